"""Shapes before numbers: what each operation makes of its arguments' shapes, and why it refuses.

A rule takes the shapes and the static parameters and returns the result's shape, or raises `Mismatch`, whose texts name the
arguments as {a}, {b}: the caller, who knows how they are written in the program, fills them in.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

from app.engine.program import Shape, Static

ShapeRule: TypeAlias = Callable[..., Shape]


class Mismatch(Exception):  # noqa: N818 (caught within the engine, and told as a ProgramError)
    """Shapes, or an axis, that do not fit. `hint` is a repair, where one is likely."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


def say(shape: Shape) -> str:
    """A shape as a student reads it: (3, 2), (4,), or "a single number"."""
    return str(shape) if shape else "a single number"


def same(a: Shape) -> Shape:
    """The shape of its one argument."""
    return a


def broadcast(a: Shape, b: Shape) -> Shape:
    """NumPy's broadcasting: aligned at the last axis, sizes agree or one of them is 1."""
    shape = _broadcast(a, b)
    if shape is not None:
        return shape
    axis, (m, n) = next(
        (axis, pair) for axis, pair in enumerate(zip(a[::-1], b[::-1], strict=False), 1) if pair[0] != pair[1] and 1 not in pair
    )
    where = "the last axis" if axis == 1 else f"axis {-axis}"
    raise Mismatch(
        f"{{a}} is {say(a)} and {{b}} is {say(b)}; on {where} the sizes {m} and {n} must agree, or one of them be 1.",
        _broadcast_repair(a, b),
    )


def _broadcast(a: Shape, b: Shape) -> Shape | None:
    """The shape of both, broadcast; None where they don't fit."""
    rank = max(len(a), len(b))
    pairs = [*zip((1,) * (rank - len(a)) + a, (1,) * (rank - len(b)) + b, strict=True)]
    return tuple(n if m == 1 else m for m, n in pairs) if all(m == n or 1 in (m, n) for m, n in pairs) else None


def _broadcast_repair(a: Shape, b: Shape) -> str | None:
    if len(b) == 1 and len(a) == 2 and a[0] == b[0]:
        return f"Did you mean reshape({{b}}, ({b[0]}, 1))?"
    if len(a) == 1 and len(b) == 2 and a[0] == b[0]:
        return f"Did you mean reshape({{a}}, ({a[0]}, 1))?"
    if len(b) == 2 and _broadcast(a, b[::-1]) is not None:
        return "Did you mean {b}.T?"
    if len(a) == 2 and _broadcast(a[::-1], b) is not None:
        return "Did you mean {a}.T?"
    return None


def matmul(a: Shape, b: Shape) -> Shape:
    """NumPy's matmul: vectors, matrices, and batches of matrices with broadcast leading axes."""
    shape = _matmul(a, b)
    if shape is not None:
        return shape
    if not a or not b:
        which = "{a}" if not a else "{b}"
        raise Mismatch(f"@ multiplies vectors and matrices, and {which} is a single number.", "Did you mean {a} * {b}?")
    inner_a, inner_b = a[-1], b[-2] if len(b) > 1 else b[0]
    if inner_a == inner_b:
        raise Mismatch(f"{{a}} is {say(a)} and {{b}} is {say(b)}; the leading sizes {say(a[:-2])} and {say(b[:-2])} must agree, or be 1.")
    raise Mismatch(
        f"{{a}} is {say(a)} and {{b}} is {say(b)}; the inner sizes {inner_a} and {inner_b} must agree.",
        _matmul_repair(a, b),
    )


def _matmul(a: Shape, b: Shape) -> Shape | None:
    """The shape of a @ b; None where they don't fit."""
    if not a or not b or a[-1] != (b[-2] if len(b) > 1 else b[0]):
        return None
    if len(a) == 1 or len(b) == 1:
        return (b[:-2] + b[-1:] if len(b) > 1 else ()) if len(a) == 1 else a[:-1]
    batch = _broadcast(a[:-2], b[:-2])
    return None if batch is None else (*batch, a[-2], b[-1])


def _matmul_repair(a: Shape, b: Shape) -> str | None:
    if len(b) == 2 and _matmul(a, b[::-1]) is not None:
        return "Did you mean {a} @ {b}.T?"
    if len(a) == 2 and _matmul(a[::-1], b) is not None:
        return "Did you mean {a}.T @ {b}?"
    if _matmul(b, a) is not None:
        return "Did you mean {b} @ {a}?"
    return None


def axes_of(axis: Static, rank: int) -> tuple[int, ...]:
    """The reduced axes, counted from 0 and sorted; None means all of them.

    Raises:
        Mismatch: an axis that is out of range, or named twice.
    """
    if axis is None:
        return tuple(range(rank))
    given = axis if isinstance(axis, tuple) else (axis,)
    for one in given:
        if not isinstance(one, int) or not -rank <= one < rank:
            has = f"only {rank} axes, 0 to {rank - 1}" if rank > 1 else "only axis 0" if rank else "no axis"
            raise Mismatch(f"there is no axis {one}: {{a}} has {has}.")
    axes = tuple(sorted(int(one) % rank for one in given))
    if len(set(axes)) < len(axes):
        raise Mismatch(f"axis {axis} names the same axis twice.")
    return axes


def reduction(a: Shape, axis: Static = None, keepdims: Static = False) -> Shape:
    """What is left when the axes are summed over: gone, or kept with size 1."""
    axes = axes_of(axis, len(a))
    return tuple(1 if i in axes else size for i, size in enumerate(a) if keepdims or i not in axes)


def transposed(a: Shape, axes: Static = None) -> Shape:
    """Axes reversed, or in the given order."""
    if axes is None:
        return a[::-1]
    if not isinstance(axes, tuple) or sorted(axis + len(a) if axis < 0 else axis for axis in axes) != list(range(len(a))):
        raise Mismatch(f"axes {axes} must name each of the {len(a)} axes of {{a}} once.")
    return tuple(a[axis] for axis in axes)


def reshaped(a: Shape, shape: Static) -> Shape:
    """The same elements in another shape; one size may be -1, and is worked out."""
    wanted = shape if isinstance(shape, tuple) else (int(shape or 0),)
    size, known = math.prod(a), math.prod([n for n in wanted if n != -1])
    if wanted.count(-1) == 1 and known > 0 and size % known == 0:
        wanted = tuple(size // known if n == -1 else n for n in wanted)
    if min(wanted, default=1) < 1 or math.prod(wanted) != size:
        raise Mismatch(f"{{a}} is {say(a)}, {size} numbers, and cannot take the shape {say(wanted)}.")
    return wanted


def widened(a: Shape, shape: Static) -> Shape:
    """Broadcast to a given shape."""
    assert isinstance(shape, tuple)
    if min(shape, default=1) < 1 or _broadcast(a, shape) != shape:
        raise Mismatch(f"{{a}} is {say(a)} and cannot be repeated to the shape {say(shape)}.")
    return shape


def narrowed(a: Shape, shape: Static) -> Shape:
    """Summed back to a shape from which it was broadcast."""
    assert isinstance(shape, tuple)
    if _broadcast(a, shape) != a:
        raise Mismatch(f"{{a}} is {say(a)} and was not broadcast from {say(shape)}, so it cannot be summed back to it.")
    return shape


def summed_axes(a: Shape, shape: Shape) -> tuple[int, ...]:
    """The axes of `a` that are summed over to come back to `shape`."""
    lead = len(a) - len(shape)
    return (*range(lead), *(lead + i for i, size in enumerate(shape) if size == 1 and a[lead + i] != 1))
