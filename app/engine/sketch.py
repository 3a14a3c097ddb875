"""A graph with more nodes drawn on it: what a formula says in another way than the graph does, and can be held against it."""

from __future__ import annotations

import numpy as np

from app.engine.ops import OPERATIONS
from app.engine.program import CONSTANT, Array, Graph, Node, Shape, Static, Trace


class Sketch:
    """The nodes and shapes of a graph, and those that are added. A recorder for symbols (see `symbol`)."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.nodes = list(graph.nodes)
        self.shapes = list(graph.shapes)
        self.like: dict[int, int] = {}
        """Of nodes that were made after one of the graph, which one."""

    def add(self, node: Node, shape: Shape) -> int:
        self.nodes.append(node)
        self.shapes.append(shape)
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
        operation = OPERATIONS[op]
        node = Node(op, args, tuple(({p.name: p.default for p in operation.parameters} | parameters).items()))
        return self.again(node, args)

    def again(self, node: Node, args: tuple[int, ...], like: int | None = None) -> int:
        """The operation of a node on other arguments; `like` is the node itself, if it is one of the graph."""
        shape = OPERATIONS[node.op].shape(*(self.shapes[arg] for arg in args), **dict(node.parameters))
        made = self.add(Node(node.op, args, node.parameters), shape)
        if like is not None:
            self.like[made] = like
        return made

    def value(self, trace: Trace, root: int) -> Array:
        """The value of a node, from those of a trace of the graph."""
        count = len(self.graph.nodes)
        found: dict[int, Array] = {}

        def known(index: int) -> Array:
            return trace.value(index) if index < count else found[index]

        needed, stack = set(), [root]
        while stack:
            index = stack.pop()
            if index >= count and index not in needed:
                needed.add(index)
                stack.extend(self.nodes[index].args)
        with np.errstate(all="ignore"):
            for index in sorted(needed):
                node = self.nodes[index]
                if node.op == CONSTANT:
                    found[index] = np.full(self.shapes[index], node.number)
                else:
                    compute = OPERATIONS[node.op].compute
                    if OPERATIONS[node.op].parameters:
                        compute = compute(*(self.shapes[arg] for arg in node.args), **dict(node.parameters))
                    found[index] = compute(*map(known, node.args))
        return known(root)
