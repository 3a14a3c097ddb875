"""What people call things: prefixes, other names, constants, and what to write instead of what is not there."""

from __future__ import annotations

import difflib
import math
from collections.abc import Collection, Mapping

from app.engine.ops import OPERATIONS

MODULES = frozenset(("np", "numpy", "jnp", "jax", "torch", "F", "nn", "math", "tf", "scipy", "autograd", "anp"))
"""Prefixes that people paste: np.exp, torch.nn.functional.relu. They say nothing that the name behind them does not."""
SUBMODULES = frozenset(("linalg", "nn", "functional", "special", "numpy", "scipy", "fft", "lax"))
CONSTANTS: Mapping[str, float | None] = {"pi": math.pi, "e": math.e, "inf": math.inf, "nan": math.nan, "newaxis": None, "tau": math.tau}
UNCHANGED = frozenset(
    ("float", "double", "half", "clone", "copy", "contiguous", "astype", "numpy", "cpu", "cuda", "to", "type", "requires_grad_", "item",
     "tolist", "values", "data", "real", "asarray", "array", "tensor", "as_tensor", "float64", "float32", "Parameter", "Variable")
)  # fmt: skip
"""Calls and attributes that hand on the numbers as they are: every number is a 64-bit float here."""
IGNORED = frozenset(("dtype", "device", "requires_grad", "inplace", "copy", "out_dtype", "precision"))
"""Keywords that change no number here."""
FIRST, SECOND = frozenset(("input", "x", "self", "arr", "array", "m")), frozenset(("other", "y", "x2"))
"""Keywords for the first and the second argument, as NumPy and PyTorch have them."""
GRADIENTS = frozenset(("grad", "g", "backward", "zero_grad", "requires_grad", "step"))

ALSO: Mapping[str, str] = {other: entry.name for entry in OPERATIONS.values() for other in entry.also}
"""Other names of operations."""
WRITE_INSTEAD: Mapping[str, str] = {
    "input": "a name: one that is never assigned is an input",
    "sigma": "sigmoid(a)", "range": "for i in range(3): in a line of its own", "print": "nothing: every value is shown anyway",
    "rand": "a name, and give it numbers as an input", "randn": "a name, and give it numbers as an input",
    "normal": "a name, and give it numbers as an input", "uniform": "a name, and give it numbers as an input",
    "randint": "a name, and give it numbers as an input", "grad": "the forward pass alone: the gradients are calculated from it",
    "backward": "the forward pass alone: the gradients are calculated from it", "no_grad": "nothing: leave it out",
    "Linear": "x @ w + b, or lin(x, w, b)", "Sequential": "one statement for each layer", "Conv2d": "conv2d(x, w)",
    "enumerate": "for i in range(3): in a line of its own", "zip": "for i in range(3): in a line of its own",
    "append": "hs.append(h) in a line of its own", "split": "chunk(x, 2), which cuts into equal parts",
    "isnan": "a != a", "median": "mean(a)",
    "any": "max(a)", "all": "min(a)", "unique": "an input", "sort": "max(a) or min(a)", "argsort": "argmax(a)",
}  # fmt: skip


def find(name: str) -> str | None:
    """The operation that is known by a name; None where there is none."""
    return name if name in OPERATIONS else ALSO.get(name)


def suggestion(name: str, known: Collection[str]) -> str:
    """What to write instead of a name that nothing is called by."""
    if name in WRITE_INSTEAD:
        return f"Write {WRITE_INSTEAD[name]}."
    lowered = {one.lower(): one for one in known}
    near = difflib.get_close_matches(name.lower(), lowered, 1, 0.74)
    if near:
        return f"Did you mean {lowered[near[0]]}?"
    return "All operations are listed under /api/v1/operations and in docs/language.md; your own is written as a def."
