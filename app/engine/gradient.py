"""The second verb: a program and the shapes of its inputs become one graph that holds its own backward pass."""

from __future__ import annotations

import math
import re
import string
from collections import defaultdict
from collections.abc import Collection, Mapping

import numpy as np

from app.engine import shapes
from app.engine.code import operand_code
from app.engine.language.grammar import Source
from app.engine.language.mismatch import of_mismatch
from app.engine.language.proof import proven
from app.engine.ops import OPERATIONS, flat
from app.engine.parser import parse
from app.engine.program import ARRAY, CONSTANT, INPUT, Cost, Graph, Node, Place, Program, Shape, Statement, Static, Use, below, known
from app.engine.static import NOT_ACCEPTED, WANTED, Unreckonable, accepted, resolve
from app.engine.symbol import Symbol, sum_to, turns
from app.errors import Fault, InputError, LimitError, ProgramError, Repair
from app.settings import Limits

BYTES = 8
"""Of one number."""


def differentiate(
    program: Program,
    input_shapes: Mapping[str, Shape],
    wrt: Collection[str] | None = None,
    loss: str | None = None,
    limits: Limits | None = None,
) -> Graph:
    """The program's graph with the gradient of `loss` (the last statement, if None) with respect to every value.

    `wrt` names the inputs that may change (all, if None); the others are constants and get no gradient. Every value's gradient
    is the sum of one contribution per use; where a value was broadcast, an explicit `sum_to` brings its contribution back.

    Raises:
        ProgramError: shapes that do not fit, or a loss that is not a single number; at line and column.
        InputError: an input has no value.
        LimitError: a tensor, or all of them, would exceed the limits. Nothing has been allocated then.
    """
    bounds = limits or Limits()
    try:
        return _differentiated(program, input_shapes, wrt, loss, bounds)
    except ProgramError as error:
        # Of a def that is called twice, what fits one call may not fit the other.
        raise proven(error, program.text, lambda text: _differentiated(parse(text, bounds), input_shapes, wrt, loss, bounds)) from None


def _differentiated(
    program: Program, input_shapes: Mapping[str, Shape], wrt: Collection[str] | None, loss: str | None, limits: Limits
) -> Graph:
    missing = [item for item in program.inputs if item.name not in input_shapes]
    if missing:
        raise InputError(*(_missing(item.name, item.place) for item in missing))
    builder = Builder(program, input_shapes, wrt, limits)
    builder.origin = len(program.nodes) - 1
    for rank in program.ranks:
        shape, place = builder.shapes[rank.node], rank.place
        if len(shape) != rank.count:
            message = f"The shape is {shape}: it has {len(shape)} sizes, and there are {rank.count} names for them."
            raise ProgramError(Fault(message, place.line, place.column, place.end_column, "Write as many names as there are axes."))
    target = _loss(program, loss, builder.shapes)
    reaching = frozenset(below(program.nodes, [target.node]))
    gradients: dict[int, int] = {}
    contributions: dict[Use, int] = {}
    arriving: dict[int, list[int]] = defaultdict(list)
    arriving[target.node] = [builder.constant(1.0, builder.shapes[target.node])]
    wanted = builder.varying | {item.node for item in program.statements}
    builder.flops.append(0.0)
    for index in sorted(wanted, reverse=True):
        builder.origin = index
        gradients[index] = builder.total(arriving.pop(index, []), index)
        for position, arg in reversed([*enumerate(program.nodes[index].args)]):
            if arg in wanted:
                contribution = builder.contribution(index, position, gradients[index])
                contributions[Use(index, position)] = contribution
                arriving[arg].append(contribution)
    forward, backward = builder.flops
    # Symbols hold the builder: without them nothing of it waits for the garbage collector.
    builder.args = []
    return Graph(
        program, tuple(builder.nodes), tuple(builder.shapes), target, gradients, contributions, reaching, frozenset(builder.varying),
        tuple(builder.origins), Cost(forward, backward, builder.elements, builder.elements * BYTES),
    )  # fmt: skip


def _missing(name: str, place: Place) -> Fault:
    return Fault(f"{name} has no value.", place.line, place.column, place.end_column, f"Give {name} its numbers, as an input.")


def _loss(program: Program, name: str | None, known: list[Shape]) -> Statement:
    """The statement that is differentiated: one number, or an error that says how to make it one."""
    statement = program.statements[-1]
    if name is not None:
        found = next((item for item in reversed(program.statements) if item.name.partition("__")[0] == name or item.name == name), None)
        if found is None:
            names = ", ".join(item.name for item in program.statements if "." not in item.name)
            raise ProgramError(Fault(f"No statement is called {name}, so it cannot be the loss.", hint=f"There are {names}."))
        statement = found
    shape = known[statement.node]
    if math.prod(shape) != 1:
        place = statement.place
        message = f"The loss must be a single number, and {statement.name} is {shapes.say(shape)}."
        hint = f"Add a last line: loss = mean({statement.name}), or loss = sum({statement.name})."
        raise ProgramError(Fault(message, place.line, place.column, place.end_column, hint, _with_loss(program.text, statement.name)))
    return statement


def _with_loss(text: str, name: str) -> Repair:
    """A last line that makes one number of a value."""
    lines = Source(text).lines
    last = max(number for number, line in enumerate(lines, 1) if line.strip())
    end = len(lines[last - 1]) + 1
    return Repair(last, end, end, f"\nloss = mean({name})")


def _filled(text: str, told: Mapping[str, str]) -> str:
    """A message with the arguments' names filled in; what they say is never read as a place for another."""
    return re.sub(r"\{([a-z])\}", lambda match: told.get(match[1], match[1]), text)


class Builder:
    """A graph in the making: every node that is added gets its shape, and is held against the limits."""

    def __init__(self, program: Program, input_shapes: Mapping[str, Shape], wrt: Collection[str] | None, limits: Limits) -> None:
        self.program = program
        self.limits = limits
        self.nodes: list[Node] = []
        self.shapes: list[Shape] = []
        self.elements = 0
        self.flops = [0.0]
        """Of the forward pass, then of the backward pass."""
        self.reading = -1
        self.args: list[Symbol] = []
        """The arguments of the node whose rules are being read."""
        self.origin: int | None = None
        self.origins: list[int] = []
        self.varying: set[int] = set()
        for index, node in enumerate(program.nodes):
            self.take(index, node, input_shapes, wrt)

    def take(self, index: int, node: Node, input_shapes: Mapping[str, Shape], wrt: Collection[str] | None) -> None:
        """A node of the program's own."""
        if index in self.program.waiting:
            node = self.resolved(node)  # from here on its parameters are known
        if node.op == INPUT:
            name = str(node.parameter("name"))
            self.append(node, input_shapes[name])
            if wrt is None or name in wrt:
                self.varying.add(index)
        elif node.op == CONSTANT:
            self.append(node, ())
        elif node.op == ARRAY:
            self.append(node, np.shape(node.parameter("value")))
        else:
            self.append(node, self.infer(node))
            if not self.varying.isdisjoint(node.args):
                self.varying.add(index)

    def resolved(self, node: Node) -> Node:
        """A node whose static arguments had to wait for the shapes."""
        if node.op == CONSTANT:
            return Node(CONSTANT, (), (("value", float(resolve(node.parameter("value"), self.shapes))),), node.place)
        found = []
        kinds = {p.name: p for p in OPERATIONS[node.op].parameters}
        place = node.place or Place(1, 1, 2)
        for name, value in node.parameters:
            try:
                now = value if known(value) else resolve(value, self.shapes)
            except (Unreckonable, TypeError) as error:
                message = f"{name} cannot be worked out: {error}."
                raise ProgramError(Fault(message, place.line, place.column, place.end_column)) from None
            if not known(value):
                now = accepted(kinds[name], now)
                if now is NOT_ACCEPTED:
                    message = f"{name} must be {WANTED[kinds[name].kind]}."
                    raise ProgramError(Fault(message, place.line, place.column, place.end_column))
            found.append((name, now))
        return Node(node.op, node.args, tuple(found), node.place)

    def infer(self, node: Node) -> Shape:
        """The shape of an operation's result; a mismatch is told in the program's own words."""
        rule = OPERATIONS[node.op].shape
        try:
            return rule(*[self.shapes[arg] for arg in node.args], **dict(node.parameters))
        except shapes.Mismatch as mismatch:
            place = node.place or Place(1, 1, 2)
            names = self.program.names()
            whole = operand_code(self.nodes, names, len(self.nodes), node)
            told = dict(zip(string.ascii_lowercase, (operand_code(self.nodes, names, arg) for arg in node.args), strict=False))
            message = f"{self.where(len(self.nodes))}{whole}: {_filled(mismatch.message, told)}"
            hint = _filled(mismatch.hint, told).replace(".T.T", "") if mismatch.hint else None
            repair = of_mismatch(self.program.text, self.limits, place, node.op, mismatch.hint, told=told) if mismatch.hint else None
            raise ProgramError(Fault(message, place.line, place.column, place.end_column, hint, repair)) from None

    def where(self, index: int) -> str:
        """In which call a node of the program stands: "In mse, "."""
        calls = [group for group in self.program.groups if group.is_call and group.start <= index < group.stop]
        if not calls:
            return ""
        outer = calls[0]
        place = self.program.nodes[index].place
        line = f" (called in line {outer.place.line})" if place and place.line != outer.place.line else ""
        return f"In {' in '.join(group.name for group in reversed(calls))}{line}, "

    def append(self, node: Node, shape: Shape) -> int:
        size = math.prod(shape)
        self.elements += size
        limits = self.limits
        self.bound("rank", len(shape), limits.rank, "axes in one tensor", node)
        self.bound("tensor_elements", size, limits.tensor_elements, "numbers in one tensor", node)
        self.bound("total_bytes", self.elements * BYTES, limits.total_bytes, "bytes in the whole graph, forward and backward", node)
        if node.args:
            flops = OPERATIONS[node.op].flops(shape, *[self.shapes[arg] for arg in node.args], **dict(node.parameters))
            self.flops[-1] += flops
            self.bound("flops", sum(self.flops), limits.flops, "floating-point operations", node)
        if self.origin is not None:
            self.origins.append(self.origin)
        self.nodes.append(node)
        self.shapes.append(shape)
        return len(self.nodes) - 1

    def bound(self, limit: str, value: float, maximum: float, what: str, node: Node) -> None:
        if value > maximum:
            message = f"This would make {value:,.0f} {what}; at most {maximum:,.0f} are allowed."
            place = node.place or (self.nodes[self.origin].place if self.origin is not None else None)
            fault = Fault(message, place.line, place.column, place.end_column) if place else Fault(message)
            raise LimitError(limit, value, maximum, fault)

    # what symbols need (symbol.Recorder)

    def shape(self, index: int) -> Shape:
        return self.shapes[index]

    def literal(self, index: int) -> float | None:
        node = self.nodes[index]
        return node.number if node.op == CONSTANT else None

    def varies(self, index: int) -> bool:
        return index in self.varying

    def constant(self, value: float, shape: Shape = ()) -> int:
        return self.append(Node(CONSTANT, (), (("value", value), ("shape", shape))), shape)

    def apply(self, op: str, args: tuple[int, ...], **parameters: Static) -> int:
        node = Node(op, args, OPERATIONS[op].completed(parameters))
        # What the program wrote as k.T comes back by k, not by k.T.T.
        if turns(node) and args[0] < len(self.program.nodes) and turns(self.nodes[args[0]]):
            return self.nodes[args[0]].args[0]
        return self.append(node, self.infer(node))

    # the backward pass

    def zero(self, shape: Shape) -> int:
        return self.constant(0.0, shape)

    def is_zero(self, index: int) -> bool:
        return self.literal(index) == 0.0

    def total(self, arriving: list[int], index: int) -> int:
        """The sum of what all uses send back, in the order of the uses."""
        first, *others = [one for one in reversed(arriving) if not self.is_zero(one)] or [self.zero(self.shapes[index])]
        total = Symbol(self, first)
        for other in others:
            total = total + Symbol(self, other)
        return total.index

    def contribution(self, index: int, position: int, gradient: int) -> int:
        """What argument `position` of a node gets back, in the argument's own shape."""
        node = self.nodes[index]
        shape = self.shapes[node.args[position]]
        operation = OPERATIONS[node.op]
        rule = operation.rule(position)
        if rule is flat or self.is_zero(gradient):
            return self.zero(shape)
        if self.reading != index:
            self.reading, self.args = index, [Symbol(self, arg) for arg in node.args]
        static = dict(node.parameters) | ({"position": position} if operation.variadic else {})
        sent = rule(Symbol(self, gradient), Symbol(self, index), *self.args, **static)
        return self.zero(shape) if self.is_zero(sent.index) else sum_to(sent, shape).index
