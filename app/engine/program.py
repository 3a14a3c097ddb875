"""The data that everything else reads: programs, graphs and traces. Frozen, and topological by construction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]
Shape: TypeAlias = tuple[int, ...]
Static: TypeAlias = float | bool | str | tuple[int, ...] | None
Parameters: TypeAlias = tuple[tuple[str, Static], ...]
T = TypeVar("T")

INPUT, CONSTANT = "input", "constant"


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in the text; lines and columns count characters from 1, `end_column` is exclusive."""

    line: int
    column: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Node:
    """One value: an input, a constant, or an operation on earlier nodes (`args` are their indices)."""

    op: str
    args: tuple[int, ...] = ()
    parameters: Parameters = ()
    place: Place | None = None

    def parameter(self, name: str) -> Static:
        return dict(self.parameters)[name]

    @property
    def number(self) -> float:
        """The number of a constant. A constant with a shape holds it in every element."""
        value = self.parameter("value")
        assert isinstance(value, float)
        return value


@dataclass(frozen=True, slots=True)
class Input:
    """A name that is used but never assigned: its value comes with the request."""

    name: str
    node: int
    place: Place


@dataclass(frozen=True, slots=True)
class Statement:
    """`name = text`; `node` is the root of the expression's nodes."""

    name: str
    node: int
    place: Place
    text: str


@dataclass(frozen=True, eq=False)
class Program:
    """A parsed program. Inputs stand in the order of their first use, nodes after everything they use."""

    text: str
    nodes: tuple[Node, ...]
    inputs: tuple[Input, ...]
    statements: tuple[Statement, ...]

    def names(self) -> dict[int, str]:
        """The name of every node that has one."""
        return {item.node: item.name for item in self.inputs} | {item.node: item.name for item in self.statements}


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a value: argument number `position` of node `node`."""

    node: int
    position: int


@dataclass(frozen=True, eq=False)
class Graph:
    """A program with its shapes and its gradient: the backward pass is nodes of the same graph.

    `nodes` are the program's own, then those of the backward pass. `gradients` gives, for a node of the program,
    the node of ∂loss/∂node, of the same shape; `contributions` gives for each use what that use sends back.
    """

    program: Program
    nodes: tuple[Node, ...]
    shapes: tuple[Shape, ...]
    loss: Statement
    gradients: Mapping[int, int]
    contributions: Mapping[Use, int]
    reaching: frozenset[int]
    """The nodes that the loss depends on."""
    varying: frozenset[int]
    """The nodes of the program that depend on an input which may change (one that is not a constant)."""


@dataclass(frozen=True, eq=False, slots=True)
class Trace:
    """One run: a value for every node of the graph, float64, of the shape the graph says.

    A large value that only one other was made from may have been overwritten by that one: it is calculated `again` when asked for.
    """

    graph: Graph
    values: Sequence[Array | None]
    again: Callable[[Trace, int], Array]

    def value(self, node: int) -> Array:
        found = self.values[node]
        return self.again(self, node) if found is None else found

    def gradient(self, node: int) -> Array | None:
        """∂loss/∂node, of the node's own shape; None for a constant."""
        found = self.graph.gradients.get(node)
        return None if found is None else self.value(found)


def fold(
    nodes: Sequence[Node],
    root: int,
    leaf: Callable[[int], T | None],
    combine: Callable[[int, list[T]], T],
) -> T:
    """Reads the expression below `root`, arguments first: every printer is such a fold.

    `leaf` says what stands for a node that is not to be opened, or None to open it; `combine` makes a node's own
    reading from those of its arguments. Iterative, so that depth is no limit; a node met twice is read once.
    """
    done: dict[int, T] = {}
    stack = [root]
    while stack:
        index = stack[-1]
        if index in done:
            stack.pop()
            continue
        known = leaf(index)
        if known is not None:
            done[index] = known
            continue
        waiting = [arg for arg in nodes[index].args if arg not in done]
        if waiting:
            stack.extend(reversed(waiting))
        else:
            done[index] = combine(index, [done[arg] for arg in nodes[index].args])
    return done[root]
