"""Lines that are each judged by themselves: a fault in one leaves the others standing, and nothing is differentiated."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np

from app.engine.evaluate import run
from app.engine.gradient import Builder
from app.engine.language.grammar import Source
from app.engine.language.values import Known, Literal, Value
from app.engine.parser import Parser
from app.engine.program import CONSTANT, Array, Cost, Graph, Node, Place, Program, Shape, Statement, Static, Trace
from app.errors import Fault, ProgramError
from app.settings import Limits


@dataclass(frozen=True, eq=False)
class Listing:
    """Lines that were read: every name they give, in order, and what could not be read of them. `program.inputs` are the names that
    they use and do not give."""

    program: Program
    faults: tuple[Fault, ...]


@dataclass(frozen=True, eq=False)
class Shaped:
    """A listing with the shapes of its inputs. `graph` has no backward pass; `broken` are the nodes that cannot be calculated, each
    with the fault that it has itself, or None where it is made from one that has."""

    graph: Graph
    broken: Mapping[int, Fault | None]

    def values(self, arrays: Mapping[str, Array]) -> Trace:
        """The values for the inputs' arrays, by node; those of broken nodes say nothing."""
        return run(self.graph, arrays)


def listing(source: Source, module: ast.Module, limits: Limits, known: Mapping[str, Static]) -> Listing:
    """The lines of a module as a listing; `known` names are static values, as N is a whole number.

    Raises:
        LimitError: they are longer than the limits allow.
    """
    return _Reader(source, limits, known).listing(module)


def shaped(found: Listing, shapes: Mapping[str, Shape], unknown: Mapping[str, Fault], limits: Limits) -> Shaped:
    """A listing with its shapes; what uses one of the `unknown` names is broken.

    Raises:
        LimitError: a tensor, or all of them, would exceed the limits.
    """
    program = found.program
    builder = _Shaper(program, shapes, unknown, limits)
    loss = program.statements[-1] if program.statements else Statement("", 0, Place(1, 1, 1), "")
    cost = Cost(builder.flops[0], 0.0, builder.elements, builder.elements * 8)
    graph = Graph(
        program, tuple(builder.nodes), tuple(builder.shapes), loss, {}, {}, frozenset(), frozenset(), (), cost
    )  # fmt: skip
    return Shaped(graph, builder.broken)


class _Reader(Parser):
    """Reads statement after statement; one that cannot be read is told, and left out."""

    def __init__(self, source: Source, limits: Limits, known: Mapping[str, Static]) -> None:
        super().__init__(source, limits)
        self.known = known
        self.faults: list[Fault] = []

    def listing(self, module: ast.Module) -> Listing:
        self.root.names.update({name: Known(value) for name, value in self.known.items()})
        self.later = {one.name: one.lineno for one in module.body if isinstance(one, ast.FunctionDef)}
        for statement in module.body:
            self.tried(statement)
        for name, literal in self.unread.items():
            if name not in self.literals and name not in self.fixed:
                self.literals[name] = self.input(name, literal.place, literal.value)
        return Listing(
            Program(self.source.text, tuple(self.nodes), tuple(self.inputs), tuple(self.statements), (), {}, tuple(self.ranks)),
            tuple(self.faults),
        )

    def tried(self, statement: ast.stmt) -> None:
        kept = (self.scope, self.source, self.at, self.group, self.passes)
        try:
            self.drive(self.block([statement]))
        except ProgramError as error:
            self.scope, self.source, self.at, self.group, self.passes = kept
            self.active.clear()
            self.used.clear()
            self.faults += error.faults

    def bind(self, target: ast.expr, value: Value, where: ast.AST, text: str) -> None:
        """A number that the text or a shape says has a node too: somebody may ask for it."""
        super().bind(target, value, where, text)
        if not isinstance(target, ast.Name) or self.scope is not self.root:
            return
        named = self.root.names[target.id]
        number = isinstance(named, Known) and isinstance(named.value, int | float) and not isinstance(named.value, bool)
        if number or isinstance(named, Literal):
            node = self.node_of(named, where)
            self.statements.append(Statement(target.id, node, self.place(target), text, None))


class _Shaper(Builder):
    """Takes the nodes of a listing; what does not fit is told, and counts as a single number that nobody asks for."""

    def __init__(self, program: Program, shapes: Mapping[str, Shape], unknown: Mapping[str, Fault], limits: Limits) -> None:
        self.broken: dict[int, Fault | None] = {
            item.node: replace(unknown[item.name], line=item.place.line, column=item.place.column, end_column=item.place.end_column)
            for item in program.inputs
            if item.name in unknown
        }
        super().__init__(program, shapes, (), limits)
        for rank in program.ranks:
            place, shape = rank.place, self.shapes[rank.node]
            if len(shape) != rank.count and rank.node not in self.broken:
                message = f"The shape is {shape}: it has {len(shape)} sizes, and there are {rank.count} names for them."
                self.broken[rank.node] = Fault(message, place.line, place.column, place.end_column)

    def take(self, index: int, node: Node, input_shapes: Mapping[str, Shape], wrt: Collection[str] | None) -> None:
        if index in self.broken:
            pass
        elif self.broken.keys().isdisjoint(node.args):
            try:
                super().take(index, node, input_shapes, wrt)
                return
            except ProgramError as error:
                self.broken[index] = error.faults[0]
        else:
            self.broken[index] = None
        self.append(Node(CONSTANT, (), (("value", float(np.nan)),), node.place), ())
