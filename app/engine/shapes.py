"""Shapes before numbers: what each operation makes of its arguments' shapes, and why it refuses.

A rule takes the shapes and the static parameters and returns the result's shape, or raises `Mismatch`, whose texts name the
arguments as {a}, {b}: the caller, who knows how they are written in the program, fills them in.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

from app.engine.program import Shape, Span, Static

ShapeRule: TypeAlias = Callable[..., Shape]


class Mismatch(Exception):  # noqa: N818 (caught within the engine, and told as a ProgramError)
    """Shapes, or an axis, that do not fit. `hint` is a repair, where one is likely."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


def say(shape: Shape) -> str:
    """A shape as a student reads it: (3, 2), (4,), or "a single number"."""
    return str(shape) if shape else "a single number"


def same(a: Shape, **static: Static) -> Shape:  # noqa: ARG001 (whatever they say, the shape stays)
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


def spreads(a: Shape, to: Shape) -> bool:
    """Whether one shape is broadcast to another."""
    return _broadcast(a, to) == to


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


def matrix_transposed(a: Shape) -> Shape:
    """The last two axes exchanged."""
    if len(a) < 2:
        raise Mismatch(f"{{a}} is {say(a)}; it has no two axes to exchange.", "Did you mean expand_dims({a}, 1)?" if a else None)
    return (*a[:-2], a[-1], a[-2])


def swapped(a: Shape, axis1: Static, axis2: Static) -> Shape:
    """Two axes exchanged."""
    for axis in (axis1, axis2):
        axes_of(axis, len(a))
    sizes = list(a)
    sizes[axis1], sizes[axis2] = a[axis2], a[axis1]
    return tuple(sizes)


def flattened(a: Shape, start: Static = 0) -> Shape:
    """The axes from `start` on as one."""
    if not a:
        return (1,)
    (first,) = axes_of(start, len(a))
    return (*a[:first], math.prod(a[first:]))


def squeezed(a: Shape, axis: Static = None) -> Shape:
    """Without axes of size 1."""
    if axis is None:
        return tuple(size for size in a if size != 1)
    gone = axes_of(axis, len(a))
    for one in gone:
        if a[one] != 1:
            raise Mismatch(f"{{a}} is {say(a)}; its axis {one} has the size {a[one]}, and only one of size 1 can go.")
    return tuple(size for i, size in enumerate(a) if i not in gone)


def expanded(a: Shape, axis: Static) -> Shape:
    """With new axes of size 1."""
    count = len(axis) if isinstance(axis, tuple) else 1
    new = axes_of(axis, len(a) + count)
    sizes = iter(a)
    return tuple(1 if i in new else next(sizes) for i in range(len(a) + count))


def along(a: Shape, axis: Static = None) -> Shape:
    """Its own shape, once the axis is there."""
    axes_of(axis, len(a))
    return a


def indexed(a: Shape, index: Static) -> Shape:
    """The shape of a[index]; lists of whole numbers at several places go together, as in NumPy."""
    items = index if isinstance(index, tuple) else (index,)
    taken = sum(item is not None and item is not ... for item in items)
    if taken > len(a):
        raise Mismatch(f"{{a}} is {say(a)} and has {_axes(len(a))}, too few for {taken} indices.")
    if sum(item is ... for item in items) > 1:
        raise Mismatch("an index can hold ... only once.")
    if ... in items:
        at = items.index(...)
        items = (*items[:at], *(Span(),) * (len(a) - taken), *items[at + 1 :])
    else:
        items = (*items, *(Span(),) * (len(a) - taken))
    axis, found = 0, []
    listed: list[tuple[int, Static]] = []
    for item in items:
        if item is None:
            found.append(1)
            continue
        size = a[axis]
        if isinstance(item, Span) and item.step == 0:
            raise Mismatch("a slice cannot go in steps of 0.")
        if isinstance(item, Span):
            found.append(len(range(*slice(item.start, item.stop, item.step).indices(size))))
            if found[-1] == 0:
                raise Mismatch(f"{{a}} is {say(a)}; this slice of its axis {axis} is empty.")
        elif isinstance(item, tuple):
            for one in item:
                _within(one, a, axis)
            if not item:
                raise Mismatch("a list of indices holds at least one.")
            listed.append((len(found), item))
            found.append(len(item))
        else:
            _within(item, a, axis)
            listed.append((-1, item))
        axis += 1
    lists = [place for place, item in listed if place >= 0]
    if len(lists) > 1 or (lists and any(place < 0 for place, _ in listed)):
        return _together(items, found, lists, a)
    return tuple(found)


def _within(index: Static, a: Shape, axis: int) -> None:
    size = a[axis]
    if type(index) is not int:
        raise Mismatch(f"an index is a whole number, and {index!r} is none.")
    if not -size <= index < size:
        raise Mismatch(f"{{a}} is {say(a)}; its axis {axis} ends at {size - 1}, so there is no {index}.")


def _together(items: tuple[Static, ...], found: list[int], lists: list[int], a: Shape) -> Shape:
    """Several lists pick element by element: they need one length, and become one axis."""
    lengths = {found[place] for place in lists}
    if len(lengths) > 1:
        first, second = sorted(lengths)[:2]
        raise Mismatch(f"{{a}} is {say(a)}; the lists of indices have {first} and {second} entries, and go together pair by pair.")
    if any(isinstance(item, int) for item in items):
        raise Mismatch("a list of indices does not go with single ones.", "Index in two steps: first a[0], then [[0, 2]].")
    if lists != list(range(lists[0], lists[0] + len(lists))):
        raise Mismatch("lists of indices need to stand side by side.", "Index in two steps.")
    return (*found[: lists[0]], found[lists[0]], *found[lists[-1] + 1 :])


def _axes(count: int) -> str:
    return {0: "no axis", 1: "one axis"}.get(count, f"{count} axes")


def scattered(a: Shape, shape: Static, index: Static) -> Shape:
    """The shape to which elements are put back; indexing it gives the shape of a."""
    wanted = fresh(shape)
    taken = indexed(wanted, index)
    if taken != a:
        raise Mismatch(f"{{a}} is {say(a)}, and the index takes {say(taken)} of {say(wanted)}.")
    return wanted


def concatenated(*args: Shape, axis: Static = 0) -> Shape:
    """One behind the other along an axis; the other axes agree."""
    first = args[0]
    if not first:
        raise Mismatch("single numbers have no axis to be put together along.", "Did you mean stack?")
    (at,) = axes_of(axis, len(first)) if isinstance(axis, int) else (-1,)
    for i, other in enumerate(args[1:], 2):
        if len(other) != len(first) or any(m != n for j, (m, n) in enumerate(zip(first, other, strict=True)) if j != at):
            raise Mismatch(f"part 1 is {say(first)} and part {i} is {say(other)}; but for axis {at} their sizes must agree.")
    return (*first[:at], sum(other[at] for other in args), *first[at + 1 :])


def stacked(*args: Shape, axis: Static = 0) -> Shape:
    """Side by side along a new axis; all shapes agree."""
    first = args[0]
    for i, other in enumerate(args[1:], 2):
        if other != first:
            raise Mismatch(f"part 1 is {say(first)} and part {i} is {say(other)}; all parts need one shape.")
    (at,) = axes_of(axis, len(first) + 1)
    return (*first[:at], len(args), *first[at:])


def cut(a: Shape, parts: Static, axis: Static, part: Static = 0) -> Shape:
    """One of the equal parts along an axis."""
    (at,) = axes_of(axis, len(a))
    if not 1 <= parts <= a[at] or a[at] % parts:
        raise Mismatch(f"{{a}} is {say(a)}; the size {a[at]} of its axis {at} cannot be cut into {parts} equal parts.")
    if not 0 <= part < parts:
        raise Mismatch(f"there are {parts} parts, 0 to {parts - 1}, and no part {part}.")
    return (*a[:at], a[at] // parts, *a[at + 1 :])


def pad_widths(a: Shape, widths: Static) -> tuple[tuple[int, int], ...]:
    """The border before and behind each axis; one number is for all, one pair for the ends of all."""
    if not a:
        raise Mismatch("a single number has no axis to put a border around.", "Did you mean reshape({a}, (1,))?")
    pairs = widths if isinstance(widths, tuple) and widths and isinstance(widths[0], tuple) else None
    if pairs is None:
        both = widths if isinstance(widths, tuple) else (widths, widths)
        pairs = (both,) * len(a)
    if len(pairs) == 1:
        pairs *= len(a)
    if len(pairs) != len(a) or any(len(pair) != 2 or min(pair) < 0 for pair in pairs):
        raise Mismatch(f"{{a}} is {say(a)}; widths are one whole number, or a pair of them for each of its {len(a)} axes.")
    return tuple(pairs)


def padded(a: Shape, widths: Static, value: Static = 0) -> Shape:  # noqa: ARG001 (the number of the border)
    """With a border around it."""
    return tuple(low + size + high for size, (low, high) in zip(a, pad_widths(a, widths), strict=True))


def repeated(a: Shape, repeats: Static, axis: Static = None) -> Shape:
    """Each element so many times in a row."""
    if repeats < 1:
        raise Mismatch(f"repeats is {repeats}, and must be at least 1.")
    if axis is None:
        return (math.prod(a) * repeats,)
    (at,) = axes_of(axis, len(a)) if isinstance(axis, int) else (0,)
    return (*a[:at], a[at] * repeats, *a[at + 1 :])


def tiled_axes(a: Shape, repeats: Static) -> tuple[Shape, Shape]:
    """The sizes and the repetitions of each axis, with axes of size 1 put before the shorter of the two."""
    times = repeats if isinstance(repeats, tuple) else (repeats,)
    rank = max(len(a), len(times))
    return (1,) * (rank - len(a)) + a, (1,) * (rank - len(times)) + times


def tiled(a: Shape, repeats: Static) -> Shape:
    """As a whole so many times along each axis."""
    sizes, times = tiled_axes(a, repeats)
    if min(times, default=1) < 1:
        raise Mismatch(f"repeats is {repeats}, and must be at least 1 everywhere.")
    return tuple(size * time for size, time in zip(sizes, times, strict=True))


def counted(a: Shape, axis: Static = None) -> Shape:
    """A single number, once the axis is there."""
    axes_of(axis, len(a))
    return ()


def fresh(shape: Static) -> Shape:
    """A shape that is written out."""
    wanted = shape if isinstance(shape, tuple) else (shape,)
    if any(type(size) is not int or size < 1 for size in wanted):
        raise Mismatch(f"{wanted} is no shape: every size is a whole number from 1 on.")
    return wanted


def counting(start: Static, stop: Static = None, step: Static = 1) -> range:
    """The numbers that arange gives; one end alone is where they stop."""
    if step == 0:
        raise Mismatch("arange cannot go in steps of 0.")
    return range(0, start, step) if stop is None else range(start, stop, step)
