"""What both harnesses share: the bounds of one case, and the cases to begin with. `python tests/fuzz/seeds.py FOLDER` writes those."""

import io
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from app.examples import gallery

SECONDS, MEGABYTES = 1.0, 200.0


class TooCostlyError(Exception):
    """A case took more time or memory than one may."""


@contextmanager
def bounded() -> Iterator[None]:
    """Holds what is done inside against the bounds, if it ends; libFuzzer's -timeout and -rss_limit_mb catch what does not."""
    peak, held, start = _peak(), _held(), time.process_time()
    yield
    seconds, grown = time.process_time() - start, _peak() - held
    if seconds > SECONDS:
        raise TooCostlyError(f"{seconds:.1f} s")
    # The peak is that of the whole process: only a case that raises it says anything about itself.
    if _peak() > peak and grown > MEGABYTES:
        raise TooCostlyError(f"{grown:.0f} MB")


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _held() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def programs() -> dict[str, bytes]:
    """The gallery as cases of the parser: a first byte below 128 says that text follows, and which shapes the inputs have."""
    return {name: b"\0" + item.program.encode() for name, item in gallery().items()}


def files() -> dict[str, bytes]:
    """Files of every kind as cases of the reader: the first byte chooses the name, the second one says that the file follows as it is."""
    arrays = {"x": np.arange(6.0).reshape(2, 3), "n": np.arange(4, dtype="<i2"), "b": np.array([True, False]), "s": np.array(2.5)}
    found = {"plain.csv": b"1,2\n3,4\n", "header.csv": b"a,b\n1,2\n", "decimal.csv": b"1,5;2,5\n3;4\n", "tabs.tsv": b"1\t2\n3\t4\n"}
    found |= {"quoted.csv": b'"a ""b""",c\n"1","2"\n', "saved.txt": b"# a b\n1.0e+00 2.0e+00\n", "marked.csv": b"\xef\xbb\xbf1,NaN\n"}
    for name, array in arrays.items():
        stream = io.BytesIO()
        np.save(stream, array)
        found[f"{name}.npy"] = stream.getvalue()
    stream = io.BytesIO()
    np.save(stream, np.asfortranarray(arrays["x"]))
    found["fortran.npy"] = stream.getvalue()
    for save in (np.savez, np.savez_compressed):
        stream = io.BytesIO()
        save(stream, **arrays)
        found[f"{save.__name__}.npz"] = stream.getvalue()
    # Name 0 has no ending: the first bytes say what the file is.
    return {name: b"\0\0" + body for name, body in found.items()}


def write(folder: Path) -> None:
    for room, cases in (("parser", programs()), ("files", files())):
        (folder / room).mkdir(parents=True, exist_ok=True)
        for name, case in cases.items():
            (folder / room / name).write_bytes(case)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
