"""A graph with more nodes drawn on it: what a formula says in another way than the graph does, and can be held against it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Protocol, TypeVar, overload

import numpy as np

from app.engine.ops import OPERATIONS
from app.engine.program import CONSTANT, Array, Graph, Node, Shape, Static, below

T = TypeVar("T")


class Valued(Protocol):
    """What knows the values of a graph's nodes, as a trace does."""

    def value(self, node: int) -> Array: ...


class Behind(Sequence[T]):
    """A sequence, and behind it what is added: the sequence itself is not copied."""

    def __init__(self, first: Sequence[T]) -> None:
        self.first, self.start = first, len(first)
        self.added: list[T] = []

    def __len__(self) -> int:
        return self.start + len(self.added)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...
    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        return self.first[index] if index < self.start else self.added[index - self.start]

    def __iter__(self) -> Iterator[T]:
        return chain(self.first, self.added)


class Sketch:
    """The nodes and shapes of a graph, and those that are added. A recorder for symbols (see `symbol`)."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.nodes: Behind[Node] = Behind(graph.nodes)
        self.shapes: Behind[Shape] = Behind(graph.shapes)
        self.like: dict[int, int] = {}
        """Of nodes that were made after one of the graph, which one."""

    def add(self, node: Node, shape: Shape) -> int:
        self.nodes.added.append(node)
        self.shapes.added.append(shape)
        return len(self.nodes) - 1

    def shape(self, index: int) -> Shape:
        return self.shapes[index]

    def literal(self, index: int) -> float | None:
        node = self.nodes[index]
        return node.number if node.op == CONSTANT else None

    def varies(self, index: int) -> bool:
        return index >= len(self.graph.program.nodes) or index in self.graph.varying

    def constant(self, value: float, shape: Shape = ()) -> int:
        return self.add(Node(CONSTANT, (), (("value", float(value)), ("shape", shape)) if shape else (("value", float(value)),)), shape)

    def apply(self, op: str, args: tuple[int, ...], **parameters: Static) -> int:
        return self.again(Node(op, args, OPERATIONS[op].completed(parameters)), args)

    def again(self, node: Node, args: tuple[int, ...], like: int | None = None) -> int:
        """The operation of a node on other arguments; `like` is the node itself, if it is one of the graph."""
        shape = OPERATIONS[node.op].shape(*(self.shapes[arg] for arg in args), **dict(node.parameters))
        made = self.add(Node(node.op, args, node.parameters), shape)
        if like is not None:
            self.like[made] = like
        return made

    def value(self, trace: Valued, root: int) -> Array:
        """The value of a node, from those of a trace of the graph."""
        count = len(self.graph.nodes)
        found: dict[int, Array] = {}

        def known(index: int) -> Array:
            return trace.value(index) if index < count else found[index]

        needed = sorted(index for index in below(self.nodes, [root], lambda index: index < count) if index >= count)
        with np.errstate(all="ignore"):
            for index in needed:
                node = self.nodes[index]
                if node.op == CONSTANT:
                    found[index] = np.full(self.shapes[index], node.number)
                else:
                    compute = OPERATIONS[node.op].compute
                    if OPERATIONS[node.op].parameters:
                        compute = compute(*(self.shapes[arg] for arg in node.args), **dict(node.parameters))
                    found[index] = compute(*map(known, node.args))
        return known(root)
