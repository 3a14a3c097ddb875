"""Fuzzes the reader of .npy, .npz and tables: whatever the bytes, they are arrays that a program can be given, or refused with a
CurlydError; soon, and in little memory. See README.md."""

import io
import json
import sys
import warnings
import zipfile
from dataclasses import asdict
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["app.service.arrays", "app.engine.arrays"]):
    from seeds import bounded

    from app.engine.arrays import array_of
    from app.engine.parser import parse
    from app.errors import CurlydError
    from app.service import arrays_of
    from app.settings import Limits

LIMITS = Limits(body_bytes=64_000, inputs=16, rank=6, tensor_elements=4_000, total_bytes=1_000_000)

NAMES = [
    "x", "x.csv", "x.tsv", "x.txt", "x.npy", "x.npz", "x.NPY", "", ".", ".csv", "a/b\\c.csv", "sum.npy", "class.npz", "Größe 1.csv",
    "x__2.npy", "١.csv", "x" * 300 + ".npy", "x.pkl", "x\ud800.csv",
]  # fmt: skip
DESCRIPTIONS = ["<f8", ">f4", "<f2", "|b1", "|u1", "<i8", ">u2", "<f16", "<c16", "|O", "<U4", "<M8[s]", "|V8", "<f0", "<f3", "f8", ""]
SHAPES = [
    "()", "(2,)", "(2, 3)", "(0,)", "(3, 0)", "(-1,)", "(2", "[2]", "2", "(2.0,)", "(True,)", "(2L,)", "(10**9,)", "(99999999999, 9)",
    "(1, 1, 1, 1, 1, 1, 1)",
]  # fmt: skip
CELLS = [
    "1", "2.5", "-3e5", "1e999", "nan", "inf", "1,5", "1;5", "1_0", "0x1", "−1", "é", "a", "", " ", ",", ";", "\t", "\n", "\r\n", "\r", '"',
    '""', "#", "# a b", "\x00", "\ufeff", "'", "True", "9" * 400,
]  # fmt: skip


def body_of(data: bytes) -> bytes:
    """The file that a case says: its bytes as they are, or made so that more than the first look at it is passed."""
    if data[1] < 64:
        return data[2:]
    source = atheris.FuzzedDataProvider(data[2:])
    if data[1] < 128:
        return _array(source)
    if data[1] < 192:
        return "".join(_one_of(source, CELLS) for _ in range(min(source.remaining_bytes(), 200))).encode("utf-8", "surrogatepass")
    return _archive(source)


def _one_of(source: atheris.FuzzedDataProvider, items: list[str]) -> str:
    return items[source.ConsumeIntInRange(0, len(items) - 1)]


def _array(source: atheris.FuzzedDataProvider) -> bytes:
    """An .npy file whose lengths are right; the rest need not be."""
    order = source.PickValueInList(["False", "True", "0", "None"])
    header = f"{{'descr': '{_one_of(source, DESCRIPTIONS)}', 'fortran_order': {order}, 'shape': {_one_of(source, SHAPES)}, }}".encode()
    if source.ConsumeBool():
        header = source.ConsumeBytes(source.ConsumeIntInRange(0, 200))
    major = source.PickValueInList([1, 2, 3, 0, 4])
    length = len(header).to_bytes(2 if major == 1 else 4, "little")
    # Of two by three numbers of any width there are enough zeros; of other shapes too few, or too many.
    numbers = b"\0" * source.ConsumeIntInRange(0, 64) if source.ConsumeBool() else source.ConsumeBytes(source.ConsumeIntInRange(0, 64))
    return b"\x93NUMPY" + bytes([major, 0]) + length + header + numbers


def _archive(source: atheris.FuzzedDataProvider) -> bytes:
    """A zip archive whose checksums are right, and at times one byte of it changed after that."""
    stream = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(stream, "w") as archive:
        warnings.simplefilter("ignore")  # two members of one name
        for _ in range(source.ConsumeIntInRange(0, 3)):
            stem = source.PickValueInList(["x", "y", "sum", "a/b", "..", "é", "", "\0", "x__2", "arr_0"])
            member = zipfile.ZipInfo(stem + source.PickValueInList([".npy", ".npy", ".npy", ".txt", ""]))
            packing = source.PickValueInList([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
            archive.writestr(member, _array(source) if source.ConsumeBool() else source.ConsumeBytes(20), packing)
    body = bytearray(stream.getvalue())
    for _ in range(source.ConsumeIntInRange(0, 3)):
        body[source.ConsumeIntInRange(0, len(body) - 1)] = source.ConsumeIntInRange(0, 255)
    return bytes(body)


def work(filename: str, body: bytes) -> None:
    """Reads a file; what is read must be what the answer and a program can hold."""
    try:
        found = arrays_of(filename, body, LIMITS)
    except CurlydError:
        return
    json.dumps(asdict(found), allow_nan=False).encode()
    for name, value in found.arrays.items():
        array_of(name, value, LIMITS)
        assert parse(f"loss = sum({name})").inputs[0].name == name


def one_case(data: bytes) -> None:
    if len(data) > 1:
        filename, body = NAMES[data[0] % len(NAMES)], body_of(data)
        with bounded():
            work(filename, body)


if __name__ == "__main__":
    # What is calculated with, IEEE 754 says; NumPy is to say nothing of it in the log.
    warnings.simplefilter("error", RuntimeWarning)
    if sys.argv[1:2] == ["--show"]:
        case = Path(sys.argv[2]).read_bytes()
        print(repr(NAMES[case[0] % len(NAMES)]), body_of(case))
    else:
        atheris.Setup(sys.argv, one_case)
        atheris.Fuzz()
