"""The local derivative of one use, read off the gradient nodes between a statement's own gradient g and what the use sends back.

Every rule is linear in g, so the way from g to a contribution is one path, and each step on it multiplies by something:
`g @ w1.T` reads w1.T, `g * (u1 > 0)` reads u1 > 0, `g / 3` reads 1/3, and `sum_to` reads 1, summed over the axes it sums.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from app.engine.ops import OPERATIONS
from app.engine.program import CONSTANT, Graph, Shape, Use, below
from app.engine.shapes import summed_axes


class Side(StrEnum):
    """How a factor meets g: element by element, below it as a divisor, or as a matrix from the left or the right."""

    EACH = "each"
    UNDER = "under"
    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Factor:
    """`node` is what g is multiplied with; None stands for −1, a change of sign."""

    node: int | None
    side: Side


@dataclass(frozen=True, slots=True)
class LocalDerivative:
    """The factors in the order in which they meet g (none reads 1; `zero` where it is 0 throughout), and what is summed over:
    an axis, and the shape it is an axis of."""

    factors: tuple[Factor, ...]
    summed: tuple[tuple[int, Shape], ...] = ()
    zero: bool = False
    compound: bool = False
    """There are several ways, or one that is no product: nothing shorter than the whole rule says it."""

    @property
    def written(self) -> tuple[Factor, ...]:
        """The factors as they are written side by side: what multiplies from the left stands on the left."""
        lefts = [factor for factor in self.factors if factor.side is Side.LEFT]
        return (*reversed(lefts), *(factor for factor in self.factors if factor.side is not Side.LEFT))


def local_derivative(graph: Graph, target_node: int, use: Use) -> LocalDerivative | None:
    """∂target/∂argument for one use within the statement `target_node`; None where the loss does not depend on the target.

    Without a path to the loss nothing was differentiated, so there is nothing to read.
    """
    contribution = graph.contributions.get(use)
    if contribution is None or target_node not in graph.reaching:
        return None
    start = graph.gradients[target_node]
    path = _path(graph, start, contribution)
    if path == []:
        return LocalDerivative((), compound=True)
    if path is None:
        nothing = graph.nodes[start].op == CONSTANT and graph.nodes[start].number == 0
        return None if nothing else LocalDerivative((), zero=True)
    return _product(graph, path) or LocalDerivative((), compound=True)


def _product(graph: Graph, path: Sequence[int]) -> LocalDerivative | None:
    """The steps of a path as factors; None where written side by side they would say something else.

    That is so once sums have been taken, or a matrix has been multiplied with, before a further factor that is no single number; where
    a product is turned; and where g is spread over a factor with more axes, or sums are spread again.
    """
    factors: list[Factor] = []
    summed: tuple[tuple[int, Shape], ...] = ()
    closed = turned = False
    for inner, index in pairwise(path):
        node, before, after = graph.nodes[index], graph.shapes[inner], graph.shapes[index]
        if node.op == "negative":
            factors.append(Factor(None, Side.EACH))
        elif node.op == "sum_to":
            found = tuple((axis, before) for axis in summed_axes(before, after) if before[axis] > 1)
            summed, closed = summed + found, closed or bool(found)
        elif node.op in ("multiply", "divide", "matmul"):
            first = node.args[0] == inner
            side = {"multiply": Side.EACH, "divide": Side.UNDER, "matmul": Side.RIGHT if first else Side.LEFT}[node.op]
            factor = node.args[1 if first else 0]
            single = graph.shapes[factor] == () and side is not Side.RIGHT
            spread = side in (Side.EACH, Side.UNDER) and before not in ((), after)
            if (closed and not single) or (turned and not single) or spread:
                return None
            closed = closed or side in (Side.LEFT, Side.RIGHT)
            factors.append(Factor(factor, side))
        elif node.op in ("transpose", "matrix_transpose", "swapaxes"):
            if any(factor.node is not None and graph.shapes[factor.node] != () for factor in factors):
                return None
            turned = len(before) > 1
        elif not OPERATIONS[node.op].moves or (node.op == "broadcast_to" and summed):
            return None
    return LocalDerivative(tuple(factors), summed)


def _path(graph: Graph, start: int, end: int) -> list[int] | None:
    """The nodes from `start` to `end`, both among them, along arguments of the backward pass; None where there is no way, and
    nothing where there are several."""
    seen = {index for index in below(graph.nodes, [end], lambda index: index <= start) if index >= start}
    if start not in seen:
        return None
    came: dict[int, int | None] = {start: None}
    for index in sorted(seen):
        ways = [arg for arg in graph.nodes[index].args if arg in came and arg >= start]
        if index == start or not ways:
            continue
        if len(ways) > 1:
            return []
        came[index] = ways[0]
    path = [end]
    while path[-1] != start:
        before = came[path[-1]]
        assert before is not None
        path.append(before)
    return path[::-1]
