"""Calls that are more than one operation, or another one than their name says."""

from __future__ import annotations

import ast
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from app.engine.language import names
from app.engine.language.draft import NotStaticError, dotted_name
from app.engine.language.values import Known, Listed, Tensor, Value
from app.engine.ops import OPERATIONS
from app.engine.program import Measure

if TYPE_CHECKING:
    from app.engine.language.calls import Calls


@dataclass(frozen=True, slots=True)
class Called:
    """A call as it stands: what it is called by, the value it is a method of, and the prefix before it."""

    node: ast.Call
    name: str
    receiver: ast.expr | None = None
    prefix: str = ""

    @property
    def positional(self) -> list[ast.expr]:
        return [*([self.receiver] if self.receiver else []), *self.node.args]

    @property
    def keywords(self) -> list[ast.keyword]:
        return [keyword for keyword in self.node.keywords if keyword.arg not in names.IGNORED]

    @property
    def is_torch(self) -> bool:
        """Whether it is certainly PyTorch's: by its prefix, or by a keyword that NumPy has not."""
        return self.prefix in ("torch", "F") or any(keyword.arg in ("dim", "keepdim", "unbiased") for keyword in self.keywords)


Special: TypeAlias = Callable[["Calls", Called], Generator[Any, Any, Value | None]]
"""Reads a call; what it gives None for is read as the table has it."""
DEEPEST = 8
"""How deeply lists of values may be nested that become one tensor."""


def extreme(reader: Calls, called: Called) -> Generator[Any, Any, Value | None]:
    """max and min: of several values element by element, as Python's and PyTorch's; of one, over its axes."""
    name = {"max": "maximum", "min": "minimum"}[called.name]
    if len(called.positional) == 1 and not called.keywords:
        return (yield from of_list(reader, called, name))
    several = len(called.positional) > 1 and not called.keywords and called.prefix not in names.NUMPY
    if several and (called.prefix or called.receiver is not None):
        # x.max(0) names an axis; torch.max(a, b) another tensor.
        several = reader.with_literals(called.positional[1])[0] is None
    if not several:
        return None
    found = yield from reader.node(called.positional[0])
    for other in called.positional[1:]:
        found = reader.apply(name, reader.place(called.node), found, (yield from reader.node(other)))
    return Tensor(found)


def total(reader: Calls, called: Called) -> Generator[Any, Any, Value | None]:
    """sum of a list: its values added up, as Python's."""
    return (yield from of_list(reader, called, "add")) if len(called.positional) == 1 and not called.keywords else None


def of_list(reader: Calls, called: Called, name: str) -> Generator[Any, Any, Value | None]:
    """Python's sum, max and min of one argument: of a list from value to value, of a tensor over all its numbers."""
    if called.prefix or called.receiver is not None:
        return None
    node = called.positional[0]
    value = yield reader.value(node)
    if isinstance(value, Listed) and value.items and not all(isinstance(item, Known) for item in value.items):
        found = reader.node_of(value.items[0], node)
        for item in value.items[1:]:
            found = reader.apply(name, reader.place(called.node), found, reader.node_of(item, node))
        return Tensor(found)
    return Tensor(reader.apply(called.name, reader.place(called.node), reader.node_of(value, node)))


def unchanged(reader: Calls, called: Called) -> Generator[Any, Any, Value | None]:
    """x.float(), np.array(…), torch.tensor(…): the numbers as they are; a list of values becomes one tensor."""
    if not called.positional:
        return None
    first = called.positional[0]
    if isinstance(first, ast.Constant) and isinstance(first.value, str) and first.value.lstrip("+-") in ("inf", "nan"):
        return Tensor(reader.constant(reader.place(called.node), float(first.value)))
    value = yield reader.value(first)
    if isinstance(value, Listed) and not all(isinstance(item, Known) for item in value.items):
        return Tensor(stacked(reader, called, value, DEEPEST))
    return value  # type: ignore[no-any-return]


def stacked(reader: Calls, called: Called, value: Value, depth: int) -> int:
    """Nested lists of values as one tensor."""
    if not isinstance(value, Listed) or all(isinstance(item, Known) for item in value.items):
        return reader.node_of(value, called.node)
    if not depth:
        reader.fail(called.node, f"Lists are nested more than {DEEPEST} deep.", "A tensor has at most 8 axes.")
    items = [stacked(reader, called, item, depth - 1) for item in value.items]
    return reader.apply("stack", reader.place(called.node), *items, axis=0)


def static_call(reader: Calls, called: Called) -> Generator[Any, Any, Value | None]:
    """len(x), x.size(0), x.numel(), x.dim(): numbers that the shape says."""
    is_method = called.receiver is not None
    if called.name == "len":
        if is_method or len(called.positional) != 1:
            return None
        try:
            return Known(reader.static(called.node))
        except NotStaticError as error:
            reader.fail(called.node, f"This has no length: {error.why}.", "Write len(x) of a tensor or of a list.")
    if called.name == "size" and (not is_method or len(called.positional) + len(called.node.keywords) > 1):
        if not is_method:
            return None
        try:
            return Known(reader.static(called.node))
        except NotStaticError as error:
            reader.fail(called.node, f"The axis of size must be a whole number that the text says: {error.why}.", "Write x.size(0).")
    if len(called.positional) != 1 or called.node.keywords:
        return None
    node = yield from reader.node(called.positional[0])
    return Known(Measure(node, {"numel": "size", "dim": "rank", "size": "shape"}[called.name]))


def cut(reader: Calls, called: Called) -> Generator[Any, Any, Value | None]:
    """chunk(x, 2) and NumPy's split(x, 2): a list of equal parts."""
    if called.is_torch and called.name == "split":
        reader.fail(called.node.func, "torch.split takes the size of a part.", "Write chunk(x, 2), with the number of parts.")
    if not called.positional:
        return None
    entry, place = OPERATIONS["split"], reader.place(called.node)
    a = yield from reader.node(called.positional[0])
    static = reader.parameters(entry, called, called.positional[1:])
    number = static["parts"]
    if not isinstance(number, int) or not 1 <= number <= 1000:
        reader.fail(called.node, "split needs the number of parts, from 1 to 1000.", "Write split(x, 2, axis=0).")
    if any(keyword.arg == "part" for keyword in called.node.keywords):
        return Tensor(reader.apply("split", place, a, **static))
    return Listed([Tensor(reader.apply("split", place, a, **static | {"part": part})) for part in range(number)])


def swapped(reader: Calls, called: Called) -> Generator[Any, Any, Value | None]:
    """x.transpose(0, 1), as PyTorch has it: two axes change places."""
    by_name = any(keyword.arg in ("dim0", "dim1") for keyword in called.node.keywords)
    two = len(called.positional) == 3 and all(reader.with_literals(one)[0] is not None for one in called.positional[1:])
    return (yield reader.operation(OPERATIONS["swapaxes"], called)) if two or by_name else None


def spread(reader: Calls, called: Called) -> Generator[Any, Any, Value | None]:
    """var and std: PyTorch divides by n − 1 unless it is told otherwise, NumPy by n."""
    flags = [keyword for keyword in called.node.keywords if keyword.arg == "unbiased"]
    told = any(keyword.arg in ("ddof", "correction", "unbiased") for keyword in called.node.keywords)
    if not flags and (told or not called.is_torch):
        return None
    others = [keyword for keyword in called.node.keywords if keyword not in flags]
    ddof = 1 if not flags else int(bool(reader.attempt(flags[0].value)))
    wanted = ast.keyword("ddof", ast.copy_location(ast.Constant(ddof), called.node))
    again = ast.copy_location(ast.Call(called.node.func, called.node.args, [*others, ast.copy_location(wanted, called.node)]), called.node)
    return (yield reader.operation(OPERATIONS[called.name], Called(again, called.name, called.receiver, called.prefix)))  # type: ignore[no-any-return]


def like(reader: Calls, called: Called) -> Generator[Any, Any, Value | None]:
    """zeros_like(x), ones_like(x), x.expand_as(y), x.reshape_as(y): the shape is that of another value."""
    if len(called.positional) < 1 + called.name.endswith("_as"):
        return None
    first = yield from reader.node(called.positional[0])
    place = reader.place(called.node)
    if called.name.endswith("_like"):
        value = {"zeros_like": 0.0, "ones_like": 1.0}[called.name]
        return Tensor(reader.apply("full", place, shape=Measure(first, "shape"), value=value))
    other = yield from reader.node(called.positional[1])
    op = "broadcast_to" if called.name == "expand_as" else "reshape"
    return Tensor(reader.apply(op, place, first, shape=Measure(other, "shape")))


def cut_off(reader: Calls, called: Called) -> Generator[Any, Any, Value | None]:
    """x.item(), x.numpy(): the numbers, and no gradient through them."""
    if called.receiver is None or len(called.positional) != 1:
        return None
    return Tensor(reader.apply("stop_gradient", reader.place(called.node), (yield from reader.node(called.receiver))))


def cast(reader: Calls, called: Called) -> Generator[Any, Any, Value | None]:
    """x.long(), x.astype(int), x.to(torch.bool): cut to whole numbers, or to 1 where they are not 0; to floats they are as they are."""
    if called.receiver is None and (called.name != "int" or len(called.positional) != 1):
        return None
    kind = called.name
    told = [*called.node.args, *(keyword.value for keyword in called.node.keywords if keyword.arg == "dtype")]
    if called.name in ("astype", "to", "type"):
        text = told[0].value if told and isinstance(told[0], ast.Constant) else (dotted_name(told[0]) if told else "") or ""
        kind = str(text).rpartition(".")[2].lower()
    try:
        if called.name == "int" and called.receiver is None:
            return Known(reader.static(called.node))
    except NotStaticError:
        pass
    place, a = reader.place(called.node), (yield from reader.node(called.positional[0]))
    if kind.startswith("bool"):
        return Tensor(reader.apply("not_equal", place, a, reader.constant(place, 0.0)))
    return Tensor(reader.apply("trunc", place, a) if kind.startswith(("int", "uint", "long", "short")) else a)


def filled(reader: Calls, called: Called) -> Generator[Any, Any, Value | None]:
    """x.masked_fill(mask, value): value where the mask is not 0."""
    if len(called.positional) != 3 or called.node.keywords:
        return None
    x = yield from reader.node(called.positional[0])
    mask = yield from reader.node(called.positional[1])
    value = yield from reader.node(called.positional[2])
    return Tensor(reader.apply("where", reader.place(called.node), mask, value, x))


def unit(reader: Calls, called: Called) -> Generator[Any, Any, Value | None]:
    """np.identity(3): the unit matrix, which is called eye here."""
    return (yield reader.operation(OPERATIONS["eye"], called)) if called.prefix else None


def curved(reader: Calls, called: Called) -> Generator[Any, Any, Value | None]:
    """jax.nn.gelu takes the approximation by tanh unless it is told otherwise."""
    if called.prefix not in ("jax", "jnp"):
        return None
    exact = any(
        keyword.arg == "approximate" and isinstance(keyword.value, ast.Constant) and keyword.value.value is False
        for keyword in called.keywords
    )
    a = yield from reader.node(called.positional[0])
    return Tensor(reader.apply("gelu", reader.place(called.node), a, approximate="none" if exact else "tanh"))


def taken(reader: Calls, called: Called) -> Generator[Any, Any, Value | None]:
    """np.take without an axis takes from all numbers in one row."""
    if called.prefix in names.NUMPY and len(called.positional) == 2 and not called.keywords:
        reader.fail(called.node, "np.take without an axis takes from all numbers in one row.", "Write take(x, ids, axis=0).")
    return (yield reader.operation(OPERATIONS["take"], called))  # type: ignore[no-any-return]


SPECIAL: Mapping[str, Special] = {
    "max": extreme, "min": extreme, "sum": total, "len": static_call, "numel": static_call, "dim": static_call, "size": static_call,
    "split": cut, "chunk": cut, "transpose": swapped, "var": spread, "std": spread, "zeros_like": like, "ones_like": like,
    "expand_as": like, "view_as": like, "reshape_as": like,
    "masked_fill": filled, "identity": unit, "gelu": curved, "take": taken,
    **dict.fromkeys(sorted(names.UNCHANGED), unchanged), **dict.fromkeys(sorted(names.CUT), cut_off),
    **dict.fromkeys(sorted(names.CASTS), cast),
}  # fmt: skip
