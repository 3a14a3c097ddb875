"""Fuzzes the way of a program: whatever the text, it is parsed, differentiated and run, or refused with a CurlydError; soon, and in
little memory. See README.md."""

import math
import sys
import warnings
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["app"]):
    from seeds import bounded

    from app.engine.arrays import array_of
    from app.engine.evaluate import run
    from app.engine.gradient import differentiate
    from app.engine.language import names
    from app.engine.language.prelude import prelude
    from app.engine.ops import OPERATIONS
    from app.engine.parser import parse
    from app.errors import CurlydError
    from app.settings import Limits

import numpy as np

# A hundredth of what a request may cost, and less: a case that takes a second then is one that the limits do not hold.
LIMITS = Limits(
    program_characters=4_000, statements=300, nesting=200, nodes=2_000, inputs=16, rank=6, tensor_elements=2_000, total_bytes=4_000_000,
    flops=1e7,
)  # fmt: skip
SHAPES = [(), (2, 3), (3,), (3, 3), (1, 3), (2, 1), (2, 3, 3), (1, 2, 4, 4)]

NAMES = ["a", "b", "x", "y", "w1", "hs", "h", "i", "f", "g", "n", "c__2", "mse.diff", "_", "é", "ſum", "_T", "lambda"]
NUMBERS = ["0", "1", "2", "3", "-1", "0.5", "1e999", "1e-320", "10**9", "2**63", "0x1f", "1_0", "1j", "True", "None", "...", "inf", "nan"]
SIGNS = [
    " + ", " - ", " * ", " / ", " // ", " % ", " ** ", " @ ", " & ", " | ", " ^ ", " << ", "-", "~", "not ", " > ", " <= ", " == ",
    " != ", " is ", " in ", " and ", " := ", "(", ")", "[", "]", "{", "}", ", ", ",", ":", "::", ".", ";", " = ", "=", " += ", " @= ", "->",
    "*", "**",
]  # fmt: skip
LINES = [
    "\n", "\n    ", "\n        ", "\r", "\t", "\\\n", "#", "'", '"', '"""', "f'{a}'", "\x00", "\u200b", "\u202e", "\ufeff", "−", "²", "∂",
    "for i in range(2):\n    ", "for h in hs:\n    ", "for i in range(3): ", "def f(x, k=1):\n    ", "def g(a, b):\n    ", "return ",
    "hs = []\n", "hs.append(", "a, b = ", "y = ", "x.data = ", "import numpy as np\n", "if a:\n    ", "class A:\n    ", "with a:\n    ",
    "lambda x: ", " for i in x", " if a else b", "yield ", "global a\n", "@f\n", "pass",
]  # fmt: skip
ARGUMENTS = [
    "axis=", "dim=", "keepdims=True", "keepdim=True", "axes=", "ddof=1", "shape=", "dtype=np.float32", "(0, 1)", "(2, -1)", "[0, 2]",
    "[[1, 2], [3, 4]]", "'ij,jk->ik'", "'ii->'", "'...i'", "stride=2", "padding=1", "reduction='sum'", "*a", "**a", "slice(0, 2)", "0:2",
    "::-1", ".T", ".mT", ".shape", ".shape[0]", ".size", ".ndim", ".size(0)", ".item()", ".grad", ".data", ".backward()", ".float()",
    "np.newaxis",
    "np.pi",
]  # fmt: skip
KNOWN = (*OPERATIONS, *prelude(), *names.ALSO, *names.WRITE_INSTEAD, *sorted(names.MISSING), *sorted(names.DELETED), "len", "range")
CALLS = [f"{name}(" for name in KNOWN]
METHODS = [f".{name}" for name in CALLS]
PREFIXES = [f"{name}." for name in (*sorted(names.MODULES), "torch.nn.functional", "np.linalg")]
BEFORE = "hs = [a, b]\nn = 2\ndef f(x, k=1):\n    return x * k\ny = "
TOKENS = [NAMES, NUMBERS, SIGNS, LINES, ARGUMENTS, CALLS, METHODS, PREFIXES]
"""By kind: a byte for the kind and one for the token, so that names of operations, which are many, do not crowd out the rest."""


def text_of(data: bytes) -> str:
    """The text that a case says: its bytes after the first, as they are or as tokens by their numbers."""
    if data[0] < 128:
        return data[1:].decode("utf-8", "ignore")
    source = atheris.FuzzedDataProvider(data[1:])
    # Tokens by themselves are seldom a statement; behind an = they often are.
    found = [BEFORE if data[0] & 1 else ""]
    while source.remaining_bytes() and len(found) < 200:
        kind = TOKENS[source.ConsumeIntInRange(0, len(TOKENS) - 1)]
        found.append(kind[source.ConsumeIntInRange(0, len(kind) - 1)])
    return "".join(found)


def work(text: str, number: int) -> None:
    """Takes a text all the way. `number` says which shapes the inputs have."""
    try:
        program = parse(text, LIMITS)
        arrays = {name: array_of(name, value, LIMITS) for name, value in program.literals.items()}
        for position, item in enumerate(program.inputs):
            shape = SHAPES[number * (position + 1) % len(SHAPES)]
            arrays.setdefault(item.name, np.linspace(-1.5, 2.0, math.prod(shape)).reshape(shape))
        graph = differentiate(program, {name: array.shape for name, array in arrays.items()}, None, None, LIMITS)
        run(graph, arrays)
    except CurlydError:
        return


def one_case(data: bytes) -> None:
    if data:
        with bounded():
            work(text_of(data), data[0] % 128)


if __name__ == "__main__":
    # What is calculated with, IEEE 754 says; NumPy is to say nothing of it in the log.
    warnings.simplefilter("error", RuntimeWarning)
    if sys.argv[1:2] == ["--show"]:
        print(text_of(Path(sys.argv[2]).read_bytes()))
    else:
        atheris.Setup(sys.argv, one_case)
        atheris.Fuzz()
