"""What the graph's structure depends on: axes, shapes, indices, counts. Known from the text, or once the inputs' shapes are.

`x.shape[0]` is not known when a program is read, only when it is differentiated: until then a `Measure` stands for it, and a `Reckoned`
for what is calculated from one.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.engine.program import Measure, Reckoned, Shape, Span, Static, known

SIGNS: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "//": operator.floordiv, "%": operator.mod,
    "**": operator.pow,
}  # fmt: skip
LARGEST = 2**53
"""Whole numbers are held up to here: beyond it a float has gaps."""


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
    if sign == "+" and isinstance(left, tuple) and isinstance(right, tuple):
        return left + right
    if isinstance(left, bool) or isinstance(right, bool) or not isinstance(left, int | float) or not isinstance(right, int | float):
        raise Unreckonable(f"{sign} is for numbers")
    try:
        if sign == "**" and abs(right) * math.log2(max(abs(left), 2)) > 1100:
            raise OverflowError
        value = SIGNS[sign](left, right)
    except ZeroDivisionError:
        raise Unreckonable("division by zero") from None
    except OverflowError:
        raise Unreckonable("the result is too large") from None
    if isinstance(value, complex) or not math.isfinite(value):
        raise Unreckonable("there is no such number")
    if isinstance(value, int) and abs(value) > LARGEST:
        return float(value)
    return value  # type: ignore[no-any-return]


def resolve(value: Static, shapes: Sequence[Shape]) -> Static:
    """The value, once the shapes of all earlier nodes are known. A whole shape within a shape is spread out.

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
