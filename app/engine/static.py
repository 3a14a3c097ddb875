"""What the graph's structure depends on: axes, shapes, indices, counts. Known from the text, or once the inputs' shapes are.

`x.shape[0]` is not known when a program is read, only when it is differentiated: until then a `Measure` stands for it, and a `Reckoned`
for what is calculated from one.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any

from app.engine.ops import Parameter
from app.engine.program import Measure, Reckoned, Shape, Span, Static, known

RECKONED: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "//": operator.floordiv, "%": operator.mod,
    "**": operator.pow,
}  # fmt: skip
LARGEST = 2**53
"""Whole numbers are held up to here: beyond it a float has gaps."""
DEEPEST = 200
"""How deeply a static value may be nested."""


class Unreckonable(Exception):  # noqa: N818 (caught where the place in the text is known)
    """A calculation with static numbers that has no result: division by zero, too large, or not a number."""


def reckon(sign: str, left: Static, right: Static) -> Static:
    """`left sign right`, or a `Reckoned` while one of them is not known.

    Raises:
        Unreckonable: it has no finite result.
    """
    if not known(left) or not known(right):
        return Reckoned(sign, left, right)
    if sign == "[]" and isinstance(left, tuple) and isinstance(right, Span):
        return left[slice(right.start, right.stop, right.step)]
    if sign == "[]" and isinstance(left, tuple) and type(right) is int:
        if not -len(left) <= right < len(left):
            raise Unreckonable(f"there is no [{right}] in {left}")
        return left[right]
    if sign == "+" and isinstance(left, tuple) and isinstance(right, tuple):
        return left + right
    if isinstance(left, bool) or isinstance(right, bool) or not isinstance(left, int | float) or not isinstance(right, int | float):
        raise Unreckonable(f"{sign} is for numbers")
    try:
        if sign == "**" and abs(right) * math.log2(max(abs(left), 2)) > 1100:
            raise OverflowError
        value = RECKONED[sign](left, right)
    except ZeroDivisionError:
        raise Unreckonable("division by zero") from None
    except OverflowError:
        raise Unreckonable("the result is too large") from None
    if isinstance(value, complex) or not math.isfinite(value):
        raise Unreckonable("there is no such number")
    if isinstance(value, int) and abs(value) > LARGEST:
        return float(value)
    return value


def parts(value: Static, most: int) -> int:
    """How many numbers a static value is made of, counted up to just beyond `most`; beyond it, too, where it is nested too deeply."""
    level: list[Static] = [value]
    count = depth = 0
    while level:
        count, depth = count + len(level), depth + 1
        if count > most or depth > DEEPEST:
            return most + 1
        level = list(islice((inner for one in level for inner in _within(one)), most - count + 1))
    return count


def _within(value: Static) -> tuple[Static, ...]:
    match value:
        case tuple():
            return value
        case Reckoned(left=left, right=right):
            return (left, right)
        case Span(start=start, stop=stop, step=step):
            return (start, stop, step)
    return ()


def resolve(value: Static, shapes: Sequence[Shape]) -> Static:
    """The value, once the shapes of all earlier nodes are known.

    Raises:
        Unreckonable: it has no finite result, or asks for an axis that is not there.
    """
    match value:
        case Measure(node=node, what=what):
            return measure(shapes[node], what)
        case Reckoned(sign=sign, left=left, right=right):
            return reckon(sign, resolve(left, shapes), resolve(right, shapes))
        case Span(start=start, stop=stop, step=step):
            return Span(resolve(start, shapes), resolve(stop, shapes), resolve(step, shapes))
        case tuple():
            return tuple(resolve(item, shapes) for item in value)
    return value


def measure(shape: Shape, what: int | str) -> Static:
    """What a `Measure` asks of a shape: the size of an axis, or "shape", "size" or "rank"."""
    if isinstance(what, int):
        if not -len(shape) <= what < len(shape):
            raise Unreckonable(f"there is no axis {what} in {shape}")
        return shape[what]
    return {"shape": shape, "size": math.prod(shape), "rank": len(shape)}[what]


WANTED = {
    "flag": "True or False",
    "axis": "a whole number such as 0, several such as (0, 1), or None",
    "places": "a whole number such as 0, or several such as (0, 1)",
    "shape": "sizes such as (3, 1)",
    "whole": "a whole number",
    "number": "a number",
    "word": "a word in quotes",
    "index": "what stands between brackets",
    "widths": "a whole number, or a pair of them for each axis, such as ((1, 1), (0, 2))",
}
HINTS = {"flag": "Write True or False.", "word": "Write it in quotes."}
NOT_ACCEPTED = object()


def accepted(parameter: Parameter, value: Static) -> Static:
    """A static argument in the form its kind has; NOT_ACCEPTED where it has another."""
    if value is None and (parameter.kind == "axis" or parameter.default is None):
        return None
    if isinstance(value, Measure | Reckoned):
        return value if parameter.kind in ("axis", "places", "shape", "whole", "number", "index", "widths") else NOT_ACCEPTED
    whole, several = _is_whole(value), isinstance(value, tuple) and all(map(_is_whole, value))
    match parameter.kind:
        case "flag":
            fits = isinstance(value, bool)
        case "axis":
            fits = whole or several
        case "shape":
            if whole:
                return (value,)
            fits = several
            if isinstance(value, tuple) and len(value) == 1 and isinstance(value[0], tuple | Measure):
                return accepted(parameter, value[0]) if isinstance(value[0], tuple) else value[0]
        case "places":
            fits = whole or (several and value != ())
        case "whole":
            fits = whole
        case "number":
            fits = isinstance(value, int | float) and not isinstance(value, bool)
        case "word":
            fits = isinstance(value, str) and (not parameter.choices or value in parameter.choices)
        case "index":
            items = value if isinstance(value, tuple) else (value,)
            fits = all(_is_whole(item) or item is None or item is ... or isinstance(item, tuple) or _is_slice(item) for item in items)
            value = items
        case "widths":
            fits = (
                whole or several or (isinstance(value, tuple) and all(isinstance(one, tuple) and all(map(_is_whole, one)) for one in value))
            )
        case _:
            fits = False
    return value if fits else NOT_ACCEPTED


def _is_whole(value: Static) -> bool:
    return isinstance(value, Measure | Reckoned) or (type(value) is int and abs(value) < 2**31)


def _is_slice(value: Static) -> bool:
    return isinstance(value, Span) and all(end is None or _is_whole(end) for end in (value.start, value.stop, value.step))
