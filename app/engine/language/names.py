"""What people call things: prefixes, other names, constants, and what to write instead of what is not there."""

from __future__ import annotations

import ast
import difflib
import math
from collections.abc import Collection, Mapping

from app.engine.ops import OPERATIONS

MODULES = frozenset(("np", "numpy", "jnp", "jax", "torch", "F", "nn", "math", "tf", "scipy", "autograd", "anp"))
"""Prefixes that people paste: np.exp, torch.nn.functional.relu. They say nothing that the name behind them does not."""
SUBMODULES = frozenset(("linalg", "nn", "functional", "special", "numpy", "scipy", "fft", "lax"))
NUMPY = MODULES - {"torch", "F", "nn", "math", "tf"}
"""The prefixes behind which NumPy's arguments are meant."""
SIGNS: Mapping[type[ast.operator], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**", ast.MatMult: "@",
    ast.BitAnd: "&", ast.BitOr: "|",
}  # fmt: skip
OPERATORS: Mapping[str, str] = {
    "+": "add", "-": "subtract", "*": "multiply", "/": "divide", "//": "floor_divide", "%": "remainder", "**": "power", "@": "matmul",
    "&": "logical_and", "|": "logical_or",
}  # fmt: skip
"""The operation that a sign stands for."""
CONSTANTS: Mapping[str, float | None] = {"pi": math.pi, "e": math.e, "inf": math.inf, "nan": math.nan, "newaxis": None, "tau": math.tau}
UNCHANGED = frozenset(
    ("float", "double", "half", "clone", "copy", "contiguous", "cpu", "cuda", "requires_grad_", "values", "real", "asarray", "array",
     "tensor", "as_tensor", "float64", "float32", "Parameter", "Variable")
)  # fmt: skip
"""Calls and attributes that hand on the numbers as they are: every number is a 64-bit float here."""
CUT = frozenset(("data", "item", "numpy", "tolist"))
"""Calls and attributes through which PyTorch lets no gradient back."""
CASTS = frozenset(("astype", "to", "type", "int", "long", "short", "bool"))
OTHERWISE: Mapping[str, tuple[int, str]] = {
    "layer_norm": (1, "Write layer_norm(x, gamma, beta): it goes along the last axis, so no shape is named."),
    "rms_norm": (1, "Write rms_norm(x, gamma): it goes along the last axis, so no shape is named."),
    "batch_norm": (1, "Write batch_norm(x, gamma, beta): it takes the mean and the variance of these samples."),
    "normalize": (1, "Write normalize(x): each row divided by its Euclidean length."),
    "kl_div": (0, "Write kl_div(log_q, p): a sum over the classes, then the mean over the rows."),
    "pad": (0, "Write pad(x, ((0, 0), (1, 2))): what comes before and behind each axis, in their order."),
    "conv1d": (2, "Write conv1d(x, w, stride=1, padding=0), and add the bias: + reshape(b, (-1, 1))."),
    "conv2d": (2, "Write conv2d(x, w, stride=1, padding=0), and add the bias: + reshape(b, (-1, 1, 1))."),
    "var": (2, "Say it by name: var(x, axis=0, ddof=0)."), "std": (2, "Say it by name: std(x, axis=0, ddof=0)."),
    "gather": (0, "Write take_along_axis(x, ids, axis=1)."), "index_select": (0, "Write take(x, ids, axis=0)."),
}  # fmt: skip
"""Of PyTorch's functions those whose arguments mean something else here: up to so many mean the same, and what to write for more."""
IGNORED = frozenset(("dtype", "device", "requires_grad", "inplace", "copy", "out_dtype", "precision"))
"""Keywords that change no number here."""
FIRST, SECOND = frozenset(("input", "x", "self", "arr", "array", "m")), frozenset(("other", "y", "x2"))
"""Keywords for the first and the second argument, as NumPy and PyTorch have them."""
GRADIENTS = frozenset(("grad", "g", "backward", "zero_grad", "requires_grad", "step"))

ALSO: Mapping[str, str] = {other: entry.name for entry in OPERATIONS.values() for other in entry.also}
"""Other names of operations."""
DRAWN = "Delete this line: the name is an input then, and you give it numbers."
MISSING = frozenset(("sort", "argsort", "topk", "median", "quantile", "unique", "cross", "nonzero", "histogram"))
"""What people look for, and is not there: nothing near it would be what they mean."""
DELETED = frozenset(
    ("print", "manual_seed", "seed", "no_grad", "update", "show", "plot", "requires_grad_", "retain_grad", "zero_", "train", "eval",
     "draw_dot", "set_printoptions", "figure")
)  # fmt: skip
"""Calls in lines of their own that do nothing to the numbers."""
WRITE_INSTEAD: Mapping[str, str] = {
    "gather": "take_along_axis(x, ids, axis=1)",
    "index_select": "take(x, ids, axis=0)",
    # A whole sentence ends with a full stop; anything else is what to write.
    "input": "a name: one that is never assigned is an input",
    "sigma": "sigmoid(a)",
    "range": "for i in range(3): in a line of its own",
    "print": "Delete this line: every value is shown.",
    "rand": DRAWN,
    "randn": DRAWN,
    "normal": DRAWN,
    "uniform": DRAWN,
    "randint": DRAWN,
    "default_rng": DRAWN,
    "grad": "the forward pass alone: the gradients are calculated from it",
    "backward": "the forward pass alone: the gradients are calculated from it",
    "no_grad": "Delete this line: there is no gradient mode to set.",
    "Linear": "x @ w + b, or lin(x, w, b)",
    "Sequential": "one statement for each layer",
    "Conv2d": "conv2d(x, w)",
    "enumerate": "for i in range(3): in a line of its own",
    "zip": "for i in range(3): in a line of its own",
    "append": "hs.append(h) in a line of its own, or concatenate([a, b])",
    "split": "chunk(x, 2), which cuts into equal parts",
    "isnan": "a != a",
    "any": "max(a)",
    "all": "min(a)",
    "hstack": "concatenate([a, b], axis=1)",
    "vstack": "concatenate([a, b], axis=0)",
    "dstack": "stack([a, b], axis=2)",
    "Value": "the number alone: a = 2.0",
    "ReLU": "relu(a)",
    "CrossEntropyLoss": "cross_entropy(logits, target)",
    "MSELoss": "mse(pred, target)",
    "BCELoss": "binary_cross_entropy(p, target)",
    "BCEWithLogitsLoss": "binary_cross_entropy_with_logits(logits, target)",
    "reduce_mean": "mean(a)",
    "reduce_sum": "sum(a)",
    "SGD": "Delete this line: one forward pass is enough.",
    "Adam": "Delete this line: one forward pass is enough.",
    "manual_seed": "Delete this line.",
    "Generator": "Delete this line.",
    "masked_fill_": "where(mask, value, x)",
    "ln": "log(a)",
}
RENAMED: Mapping[str, str] = {
    "reduce_mean": "mean", "reduce_sum": "sum", "sigma": "sigmoid", "ln": "log", "ReLU": "relu",
    "CrossEntropyLoss": "cross_entropy", "MSELoss": "mse", "BCELoss": "binary_cross_entropy",
    "BCEWithLogitsLoss": "binary_cross_entropy_with_logits",
}  # fmt: skip
"""Of these, what is the same but for its name."""


def find(name: str) -> str | None:
    """The operation that is known by a name; None where there is none."""
    return name if name in OPERATIONS else ALSO.get(name)


def near(name: str, known: Collection[str]) -> str | None:
    """The name that is most likely meant by one that nothing is called by; None where none is near, or another way is told."""
    if name in WRITE_INSTEAD or name in MISSING:
        return None
    wanted, lowered = name.lower(), {one.lower(): one for one in known}
    # Letters that changed places come first; then what begins alike and is nearly as long.
    found = [one for one in lowered if sorted(one) == sorted(wanted)]
    alike = [one for one in lowered if one[:1] == wanted[:1] and abs(len(one) - len(wanted)) <= 1]
    found += difflib.get_close_matches(wanted, alike, 1, 0.74)
    return lowered[found[0]] if found else None


def suggestion(name: str, known: Collection[str]) -> str:
    """What to write instead of a name that nothing is called by."""
    if name in WRITE_INSTEAD:
        instead = WRITE_INSTEAD[name]
        return instead if instead.endswith(".") else f"Write {instead}."
    if name in MISSING:
        return "There is nothing like it here."
    meant = near(name, known)
    if meant:
        return f"Did you mean {meant}?"
    return "All operations are listed under /api/v1/operations and in docs/language.md; your own is written as a def."
