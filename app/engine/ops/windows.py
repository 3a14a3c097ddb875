"""Windows that slide along the trailing axes: what convolutions and pools are made of.

An unfolded array has the windows' places first, then the places within a window: (N, C, H, W) becomes (N, C, H', W', kh, kw).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from app.engine.program import Array, Shape, Static
from app.engine.shapes import Mismatch, say

ROOM = 2**24
"""As many numbers an array may have with its padding, or 16 times as many as without it."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The windows of an array: for each axis that they slide along, the axis' size, and the window's size, stride, padding and dilation."""

    sizes: Shape
    size: Shape
    stride: Shape
    padding: Shape
    dilation: Shape

    @property
    def padded(self) -> Shape:
        return tuple(n + 2 * p for n, p in zip(self.sizes, self.padding, strict=True))

    @property
    def extent(self) -> Shape:
        """How far a window reaches, from its first element to its last."""
        return tuple(d * (k - 1) + 1 for d, k in zip(self.dilation, self.size, strict=True))

    @property
    def counts(self) -> Shape:
        """How many windows there are."""
        return tuple((n - k) // s + 1 for n, k, s in zip(self.padded, self.extent, self.stride, strict=True))

    @property
    def few_places(self) -> bool:
        """Whether a window has no more places than there are windows: then it is quicker to go from place to place."""
        return math.prod(self.size) <= math.prod(self.counts)


def wholes(name: str, given: Static, count: int, least: int) -> Shape:
    """A whole number for each axis: one for all of them, or each its own."""
    items = given if isinstance(given, tuple) else (given,)
    if len(items) not in (1, count) or not all(isinstance(item, int) for item in items):
        wanted = "one whole number" if count == 1 else f"one whole number, or {count}"
        raise Mismatch(f"{name} {given} must be {wanted}: a window slides along {count} ax{'is' if count == 1 else 'es'} here.")
    numbers = tuple(int(item) for item in items) * (count // len(items))
    if min(numbers) < least:
        raise Mismatch(f"{name} must be at least {least}, and is {given}.")
    return numbers


def grid(shape: Shape, size: Static, stride: Static, padding: Static, dilation: Static, *, whom: str = "{a} is ") -> Grid:
    """The windows along the last axes of a shape, as many as `size` has numbers.

    Raises:
        Mismatch: a number is out of its range, the array has too few axes, or a window does not fit.
    """
    count = len(size) if isinstance(size, tuple) else 1
    if count == 0 or count > len(shape):
        raise Mismatch(f"{whom}{say(shape)}, and the window {size} slides along {count} axes.")
    found = Grid(
        shape[-count:],
        wholes("size", size, count, 1),
        wholes("stride", stride, count, 1),
        wholes("padding", padding, count, 0),
        wholes("dilation", dilation, count, 1),
    )
    for i, (extent, padded) in enumerate(zip(found.extent, found.padded, strict=True)):
        if extent > padded:
            axis = len(shape) - count + i
            with_padding = f" with the padding {found.padding[i]}" if found.padding[i] else ""
            needed = math.ceil((extent - found.sizes[i]) / 2)
            repair = f", or padding={needed}" if needed < 1000 else ""
            raise Mismatch(
                f"{whom}{say(shape)}; on axis {axis} a window spans {extent}, and there are only {padded}{with_padding}.",
                f"Did you mean a smaller window{repair}?",
            )
    lead = math.prod(shape[:-count])
    whole = lead * math.prod(found.padded)
    if whole > max(ROOM, 16 * math.prod(shape)):
        raise Mismatch(f"{whom}{say(shape)}, and the padding {padding} would make {whole:,} numbers of {math.prod(shape):,}.")
    return found


def steps(start: Shape, step: Shape, count: Shape) -> tuple[slice, ...]:
    return tuple(slice(a, a + s * (n - 1) + 1, s) for a, s, n in zip(start, step, count, strict=True))


def places(windows: Grid, index: Shape) -> tuple[Any, ...]:
    """Of the padded array: the elements at one place of every window."""
    start = tuple(i * d for i, d in zip(index, windows.dilation, strict=True))
    return (..., *steps(start, windows.stride, windows.counts))


def window(windows: Grid, index: Shape) -> tuple[Any, ...]:
    """Of the padded array: the elements of one window."""
    start = tuple(i * s for i, s in zip(index, windows.stride, strict=True))
    return (..., *steps(start, windows.dilation, windows.size))


def inner(windows: Grid) -> tuple[Any, ...]:
    """Of the padded array: what is not padding."""
    return (..., *(slice(p, p + n) for p, n in zip(windows.padding, windows.sizes, strict=True)))


def pad(x: Array, windows: Grid, value: float = 0.0) -> Array:
    """`x` with its padding; itself where there is none."""
    if not any(windows.padding):
        return x
    out = np.full((*x.shape[: -len(windows.sizes)], *windows.padded), value, x.dtype)
    out[inner(windows)] = x
    return out


def view(padded: Array, windows: Grid) -> Array:
    """The windows of a padded array, as a view of its memory."""
    count = len(windows.size)
    every = sliding_window_view(padded, windows.extent, axis=tuple(range(-count, 0)))
    chosen: tuple[Any, ...] = tuple(slice(None, None, n) for n in (*windows.stride, *windows.dilation))
    return every[(..., *chosen)]


def added_back(x: Array, windows: Grid) -> Array:
    """The sum of all windows, each element where it came from: the transpose of `view` with `pad`."""
    count = len(windows.size)
    out = np.zeros((*x.shape[: -2 * count], *windows.padded), x.dtype)
    if windows.few_places:
        for index in np.ndindex(windows.size):
            out[places(windows, index)] += x[(..., *index)]
    else:
        for index in np.ndindex(windows.counts):
            out[window(windows, index)] += x[(..., *index, *(slice(None),) * count)]
    found: Array = out[inner(windows)]
    return found


def reduced(ufunc: np.ufunc, padded: Array, windows: Grid) -> Array:
    """One number of each window, made by adding, taking the larger, and the like."""
    if not windows.few_places:
        return ufunc.reduce(view(padded, windows), axis=tuple(range(-len(windows.size), 0)))  # type: ignore[no-any-return]
    indices = np.ndindex(windows.size)
    out: Array = padded[places(windows, next(indices))].copy()
    for index in indices:
        ufunc(out, padded[places(windows, index)], out=out)
    return out
