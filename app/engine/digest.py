"""What is asked of every value of a run, worked out for all small ones together: a call of NumPy for each would take longer."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.engine.keeping import reading
from app.engine.program import Graph, Trace

FEW = 64
"""Elements of a small value, at most."""


class Extent(NamedTuple):
    """Of the elements of one value, all of them finite: least, greatest, sum, sum of the squares, and how many there are."""

    low: float
    high: float
    sum: float
    squares: float
    size: int

    @property
    def top(self) -> float:
        """The largest magnitude."""
        return max(-self.low, self.high)


@dataclass(frozen=True, slots=True)
class Digest:
    """The extents of small values, by node, and whether every number of both passes is finite; where one is not, there are none."""

    extents: Mapping[int, Extent]
    finite: bool


def digest(trace: Trace) -> Digest:
    """That of a run; made once for it."""
    found: Digest | None = trace.read.get("digest")
    if found is None:
        found = trace.read["digest"] = _digest(trace)
    return found


def _digest(trace: Trace) -> Digest:
    small, large, starts, sizes = _sorted(trace.graph)
    flat = np.concatenate([trace.value(index).reshape(-1) for index in small]) if small else np.empty(0)
    if not np.isfinite(flat).all():
        return Digest({}, finite=False)
    extents: dict[int, Extent] = {}
    if small:
        with np.errstate(over="ignore"):
            sides = [ufunc.reduceat(flat, starts).tolist() for ufunc in (np.minimum, np.maximum, np.add)]
            squares = np.add.reduceat(flat * flat, starts).tolist()
        extents = dict(zip(small, map(Extent, *sides, squares, sizes), strict=True))
    return Digest(extents, all(np.isfinite(trace.value(index)).all() for index in large))


@reading()
def _sorted(graph: Graph) -> tuple[Sequence[int], Sequence[int], NDArray[np.intp], Sequence[int]]:
    """The small values of a graph and the large ones; where each of the small ones begins in their row, and their sizes."""
    sizes = [math.prod(shape) for shape in graph.shapes]
    small = [index for index, size in enumerate(sizes) if size <= FEW]
    large = [index for index, size in enumerate(sizes) if size > FEW]
    own = [sizes[index] for index in small]
    return small, large, np.concatenate([[0], np.cumsum(own[:-1])]).astype(np.intp), own
