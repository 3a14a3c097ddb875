"""The part of the backward pass that one gradient is made from, and the same with something changed in it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np

from app.engine.evaluate import function_of
from app.engine.program import ARRAY, CONSTANT, Array, Graph, Node, Trace, below
from app.engine.shapes import Mismatch
from app.engine.sketch import Sketch

Make: TypeAlias = Callable[[Sketch, tuple[int, ...]], int]
"""What is drawn instead of a node, from its arguments."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing done otherwise than the chain rule says. `mistake` is its id, `site` the node of the backward pass that it is done
    to, `END` for the whole; `about` says what, in words."""

    mistake: str
    site: int
    make: Make
    about: str = ""
    also: str = ""
    """A second mistake in it, and what that is."""
    also_about: str = ""


END = -1


@dataclass(frozen=True, eq=False)
class Region:
    """The nodes of the backward pass below a gradient, down to gradients that are taken as they are (`leaves`)."""

    graph: Graph
    root: int
    leaves: frozenset[int]

    @cached_property
    def nodes(self) -> tuple[int, ...]:
        """Those that are calculated, in order."""
        first = len(self.graph.program.nodes)
        found = below(self.graph.nodes, [self.root], lambda index: index < first or index in self.leaves)
        return tuple(sorted(index for index in found if index >= first and index not in self.leaves))

    @cached_property
    def spine(self) -> frozenset[int]:
        """Those that what comes from the loss passes through, and the leaves."""
        seed = self.graph.gradients[self.graph.loss.node]
        found = set(self.leaves) | {seed}
        for index in self.nodes:
            if not found.isdisjoint(self.graph.nodes[index].args):
                found.add(index)
        return frozenset(found)

    def is_constant(self, index: int) -> bool:
        """Whether a node is a plain number, or an array of one number."""
        return self.graph.nodes[index].op in (CONSTANT, ARRAY)

    @cached_property
    def sketch(self) -> Sketch:
        return Sketch(self.graph)

    def changed(self, changes: Mapping[int, Change], most: int) -> Changed | None:
        """The gradient with changes at their sites; None where shapes do not fit then, or a tensor would have more than `most` numbers."""
        sketch, new = self.sketch, dict[int, int]()
        start = len(sketch.nodes)
        try:
            for index in self.nodes:
                node = self.graph.nodes[index]
                args = tuple([new.get(arg, arg) for arg in node.args])
                if index in changes:
                    new[index] = changes[index].make(sketch, args)
                elif args != node.args:
                    new[index] = sketch.again(_fitting(node, sketch, args), args)
            root = new.get(self.root, self.root)
            if END in changes:
                root = changes[END].make(sketch, (root,))
        except (Mismatch, ValueError, IndexError, AssertionError):
            return None
        if any(math.prod(sketch.shapes[index]) > most for index in range(start, len(sketch.nodes))):
            return None
        return Changed(tuple(changes.values()), root, frozenset((*new.values(), root)))


def _fitting(node: Node, sketch: Sketch, args: tuple[int, ...]) -> Node:
    """A node that its arguments' shapes fit: what was to be summed to a shape that is there already, or spread to it, stays."""
    if node.op in ("broadcast_to", "reshape") and math.prod(sketch.shapes[args[0]]) > math.prod(node.parameter("shape")):
        raise Mismatch("this is larger")
    return node


@dataclass(frozen=True, eq=False)
class Changed:
    """A gradient with something changed: its node in the region's sketch, and the nodes that differ because of it."""

    changes: tuple[Change, ...]
    root: int
    touched: frozenset[int]


@dataclass(frozen=True, eq=False)
class Seen:
    """A run as one sees it who takes some gradients to be others: what is made from these is calculated anew."""

    trace: Trace
    values: Mapping[int, Array]

    def value(self, node: int) -> Array:
        return self.values[node] if node in self.values else self.trace.value(node)


def seen(trace: Trace, taken: Mapping[int, Array], region: Region) -> Seen:
    """The run with gradients as somebody takes them to be, by the nodes of the gradients, which are leaves of the region."""
    graph = trace.graph
    values = dict(taken)
    with np.errstate(all="ignore"):
        for index in region.nodes:
            args = graph.nodes[index].args
            if not values.keys().isdisjoint(args):
                found = [values[arg] if arg in values else trace.value(arg) for arg in args]
                values[index] = np.asarray(function_of(graph, graph.nodes[index])(*found))
    return Seen(trace, values)
