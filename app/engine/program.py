"""The data that everything else reads: programs, graphs and traces. Frozen, and topological by construction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]
Shape: TypeAlias = tuple[int, ...]
Static: TypeAlias = Any
"""A number, a flag, a word, None, `...`, a `Span`, a `Measure` or a `Reckoned`, or a tuple of these."""
Parameters: TypeAlias = tuple[tuple[str, Static], ...]
Nested: TypeAlias = Any
"""A number, or a list of these; lists of lists are rectangular."""
T = TypeVar("T")

INPUT, CONSTANT, ARRAY = "input", "constant", "array"
LEAVES = frozenset((INPUT, CONSTANT, ARRAY))
"""Nodes that nothing is calculated for: they are no operations, and are written where they are used."""


@dataclass(frozen=True, slots=True)
class Span:
    """A slice, start:stop:step."""

    start: Static = None
    stop: Static = None
    step: Static = None


@dataclass(frozen=True, slots=True)
class Measure:
    """Something that depends on a node's shape: the size of an axis, or "shape", "size" (how many numbers) or "rank"."""

    node: int
    what: int | str


@dataclass(frozen=True, slots=True)
class Reckoned:
    """`left sign right`, to be calculated once the shapes are known."""

    sign: str
    left: Static
    right: Static


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
    """A name that is used and never calculated: its value comes with the request, or from a literal in the text."""

    name: str
    node: int
    place: Place
    literal: Nested = None
    """The number, or the nested tuples of numbers, that the text gives it."""


@dataclass(frozen=True, slots=True)
class Statement:
    """`name = text`; `node` is the root of the expression's nodes.

    `name` addresses it: c__2 is the second value of c, mse.e the value e in the call of mse. `group` is the group it stands in.
    """

    name: str
    node: int
    place: Place
    text: str
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Statements that belong together: a call of a function that is defined in the language, or one pass of a loop.

    Its nodes are those from `start` up to `stop`. Of a call, `results` are the nodes it returns and `args` those it was given.
    """

    id: str
    name: str
    is_call: bool
    parent: str | None
    start: int
    stop: int
    place: Place
    results: tuple[int, ...] = ()
    args: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Rank:
    """What a text takes for granted: that a node has so many axes, as where it writes n, d = x.shape."""

    node: int
    count: int
    place: Place


@dataclass(frozen=True, slots=True)
class Fixed:
    """A literal that the structure depends on, and where: no request can change it."""

    place: Place
    literal: Nested


@dataclass(frozen=True, eq=False)
class Program:
    """A parsed program. Inputs stand in the order of their first use, nodes after everything they use."""

    text: str
    nodes: tuple[Node, ...]
    inputs: tuple[Input, ...]
    statements: tuple[Statement, ...]
    groups: tuple[Group, ...] = ()
    fixed: Mapping[str, Fixed] = field(default_factory=dict)
    """Literals that the structure depends on, such as n in range(n), by name."""
    ranks: tuple[Rank, ...] = ()

    @cached_property
    def waiting(self) -> frozenset[int]:
        """The nodes whose parameters are known only once the shapes are."""
        return frozenset(i for i, node in enumerate(self.nodes) if any(not known(value) for _, value in node.parameters))

    @cached_property
    def literals(self) -> dict[str, Nested]:
        """The inputs that the text gives a value, by name."""
        return {item.name: item.literal for item in self.inputs if item.literal is not None}

    def names(self) -> dict[int, str]:
        """The name of every node that has one."""
        return {item.node: item.name for item in self.inputs} | {item.node: item.name for item in self.statements}


def known(value: Static) -> bool:
    """Whether nothing in it waits for the inputs' shapes."""
    if isinstance(value, Measure | Reckoned):
        return False
    if isinstance(value, Span):
        return known(value.start) and known(value.stop) and known(value.step)
    return all(known(item) for item in value) if isinstance(value, tuple) else True


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a value: argument number `position` of node `node`."""

    node: int
    position: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What a graph takes: floating-point operations of the two passes, and all numbers and bytes that it holds."""

    forward: float
    backward: float
    elements: int
    bytes: int


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
    origins: tuple[int, ...]
    """For each node of the backward pass, the node of the program whose derivative it belongs to."""
    cost: Cost


@dataclass(frozen=True, eq=False, slots=True)
class Trace:
    """One run: a value for every node of the graph, float64, of the shape the graph says.

    A large value that only one other was made from may have been overwritten by that one: it is calculated `again` when asked for.
    """

    graph: Graph
    values: Sequence[Array | None]
    again: Callable[[Trace, int], Array]
    read: dict[str, Any] = field(default_factory=dict)
    """What was read off this run, to be read again: see `digest`."""

    def value(self, node: int) -> Array:
        found = self.values[node]
        return self.again(self, node) if found is None else found

    def gradient(self, node: int) -> Array | None:
        """∂loss/∂node, of the node's own shape; None for a constant."""
        found = self.graph.gradients.get(node)
        return None if found is None else self.value(found)


def below(nodes: Sequence[Node], roots: Iterable[int], closed: Callable[[int], bool] | None = None) -> Iterator[int]:
    """The nodes that `roots` are made from, and these themselves, each once; past one that is `closed` nothing is looked for."""
    stack = [*dict.fromkeys(roots)]
    seen = set(stack)
    while stack:
        index = stack.pop()
        yield index
        if closed is None or not closed(index):
            new = [*dict.fromkeys(arg for arg in nodes[index].args if arg not in seen)]
            seen.update(new)
            stack.extend(new)


def fold(
    nodes: Sequence[Node],
    root: int,
    leaf: Callable[[int], T | None],
    combine: Callable[[int, list[T]], T],
    arguments: Callable[[int], Sequence[int]] | None = None,
) -> T:
    """Reads the expression below `root`, arguments first: every printer is such a fold.

    `leaf` says what stands for a node that is not to be opened, or None to open it; `combine` makes a node's own
    reading from those of its arguments, or of the nodes that `arguments` names instead. Iterative, so that depth is no limit; a node
    met twice is read once.
    """
    read = arguments or (lambda index: nodes[index].args)
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
        waiting = [arg for arg in read(index) if arg not in done]
        if waiting:
            stack.extend(reversed(waiting))
        else:
            done[index] = combine(index, [done[arg] for arg in read(index)])
    return done[root]
