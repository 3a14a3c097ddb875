"""The local derivative of one use, read off the gradient nodes between a statement's own gradient g and what the use sends back.

Every rule is linear in g, so the way from g to a contribution is one path, and each step on it multiplies by something:
`g @ w1.T` reads w1.T, `g * (u1 > 0)` reads u1 > 0, `g / 3` reads 1/3, and `sum_to` reads 1, summed over the axes it sums.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from app.engine.ops import OPERATIONS
from app.engine.program import CONSTANT, Graph, Shape, Use
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


def local_derivative(graph: Graph, target_node: int, use: Use) -> LocalDerivative | None:
    """∂target/∂argument for one use within the statement `target_node`; None where the loss does not depend on the target.

    Without a path to the loss nothing was differentiated, so there is nothing to read.
    """
    contribution = graph.contributions.get(use)
    if contribution is None or target_node not in graph.reaching:
        return None
    start = graph.gradients[target_node]
    path = _path(graph, start, contribution)
    if path is None:
        nothing = graph.nodes[start].op == CONSTANT and graph.nodes[start].number == 0
        return None if nothing else LocalDerivative((), zero=True)
    factors: list[Factor] = []
    summed: tuple[tuple[int, Shape], ...] = ()
    for inner, index in pairwise(path):
        node = graph.nodes[index]
        if node.op == "negative":
            factors.append(Factor(None, Side.EACH))
        elif node.op == "sum_to":
            shape = graph.shapes[inner]
            summed += tuple((axis, shape) for axis in summed_axes(shape, graph.shapes[index]) if shape[axis] > 1)
        elif node.op in ("multiply", "divide", "matmul"):
            first = node.args[0] == inner
            side = {"multiply": Side.EACH, "divide": Side.UNDER, "matmul": Side.RIGHT if first else Side.LEFT}[node.op]
            factors.append(Factor(node.args[1 if first else 0], side))
        elif not OPERATIONS[node.op].moves:
            return LocalDerivative((), compound=True)
    return LocalDerivative(tuple(factors), summed) if path else LocalDerivative((), compound=True)


def _path(graph: Graph, start: int, end: int) -> list[int] | None:
    """The nodes from `start` to `end`, both among them, along arguments of the backward pass; None where there is no way, and
    nothing where there are several."""
    seen = {end}
    stack = [end]
    while stack:
        for arg in graph.nodes[stack.pop()].args:
            if arg >= start and arg not in seen:
                seen.add(arg)
                stack.append(arg)
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
