"""What a use sends back is linear in the gradient it starts from. So the nodes between the two are a matrix that is never written
down: fed with other gradients they give its columns, shares and entries; their own rules, read once more, carry changes forward."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from app.engine.evaluate import function_of, run
from app.engine.gradient import differentiate
from app.engine.ops import OPERATIONS, flat
from app.engine.program import CONSTANT, INPUT, Array, Graph, Input, Node, Place, Program, Shape, Statement, Static, Trace, Use, below
from app.engine.symbol import Symbol, sum_to


def between(graph: Graph, start: int, end: int) -> tuple[int, ...]:
    """The nodes that lead from `start` to `end`, `end` among them and `start` not, arguments first; none where there is no way."""
    seen = sorted(index for index in below(graph.nodes, [end], lambda index: index <= start) if index > start)
    reached = {start}
    for index in seen:
        if not reached.isdisjoint(graph.nodes[index].args):
            reached.add(index)
    return tuple(index for index in seen if index in reached)


def sent(trace: Trace, start: int, end: int, gradient: Array) -> Array:
    """What `end` would be if `start` were `gradient`, of the shape of `start`; everything else stays as it was."""
    return _fed(trace, start, end)(gradient)


def _fed(trace: Trace, start: int, end: int) -> Callable[[Array], Array]:
    """What gives `end` for any gradient at `start`."""
    graph = trace.graph
    steps = [(index, function_of(graph, graph.nodes[index]), graph.nodes[index].args) for index in between(graph, start, end)]

    def fed(gradient: Array) -> Array:
        values = {start: gradient}
        with np.errstate(all="ignore"):
            for index, function, args in steps:
                values[index] = function(*(values[arg] if arg in values else trace.value(arg) for arg in args))
        return values[end] if end in values else trace.value(end)

    return fed


def jacobian(trace: Trace, target: int, uses: Sequence[Use]) -> Array:
    """∂target/∂argument as a matrix, (elements of the target, elements of the argument), both in the order of rows; the uses'
    matrices are added. The loss depends on the target."""
    graph = trace.graph
    start = graph.gradients[target]
    shape = graph.shapes[start]
    feeds = [_fed(trace, start, graph.contributions[use]) for use in uses]
    unit = np.zeros(shape)
    rows = []
    for place in np.ndindex(shape):
        unit[place] = 1.0
        total = feeds[0](unit)
        for fed in feeds[1:]:
            total = _plus(total, fed(unit))
        rows.append(np.array(np.ravel(total)))
        unit[place] = 0.0
    return np.array(rows)


def pushed(trace: Trace, target: int, use: Use, change: Array) -> Array:
    """The change of the target, of its shape, that a change of the argument of one use makes, by the derivative: the Jacobian times it.

    The rules of the nodes between the target's gradient and what the use sends back give the transpose of the transpose.
    """
    graph = trace.graph
    start, end = graph.gradients[target], graph.contributions[use]
    if start == end:
        return change
    if graph.nodes[start].op == CONSTANT and graph.nodes[start].number == 0 and use.node == target:
        return _alone(trace, use, change)
    way = between(graph, start, end)
    arriving: dict[int, Array] = {end: change}
    eager = _Eager(trace)
    for index in reversed(way):
        back = arriving.pop(index, None)
        if back is None:
            continue
        node = graph.nodes[index]
        operation = OPERATIONS[node.op]
        args = [Symbol(eager, arg) for arg in node.args]
        for position, arg in enumerate(node.args):
            if arg != start and arg not in way:
                continue
            static = dict(node.parameters) | ({"position": position} if operation.variadic else {})
            share = operation.rule(position)(Symbol(eager, eager.keep(back)), Symbol(eager, index), *args, **static)
            arriving[arg] = _plus(arriving.get(arg), eager.value(sum_to(share, graph.shapes[arg]).index))
    return arriving.get(start, np.zeros(graph.shapes[target]))


def returned(trace: Trace, arriving: Mapping[int, Array], uses: Sequence[Use]) -> dict[int, Array]:
    """What comes back through some uses and no others, by node, each of the node's shape: `arriving` says what comes to the nodes that
    they start from. `uses` stand from the last to the first; what they only pass through is not among the answer.

    The rules are read once more and calculated at once, so that the loss need not depend on any of it. Where a rule sends nothing
    back, whatever the numbers are, there is no entry.
    """
    graph, eager = trace.graph, _Eager(trace)
    found = dict(arriving)
    for use in uses:
        back, node = found.get(use.node), graph.nodes[use.node]
        operation = OPERATIONS[node.op]
        rule = operation.rule(use.position)
        if back is None or rule is flat:
            continue
        static = dict(node.parameters) | ({"position": use.position} if operation.variadic else {})
        share = rule(Symbol(eager, eager.keep(back)), Symbol(eager, use.node), *(Symbol(eager, arg) for arg in node.args), **static)
        arg = node.args[use.position]
        found[arg] = _plus(found.get(arg), eager.value(sum_to(share, graph.shapes[arg]).index))
    passed = {use.node for use in uses}
    return {index: value for index, value in found.items() if index not in passed}


def leading(graph: Graph, inside: Sequence[int], leaving: Collection[Use]) -> tuple[Use, ...]:
    """The uses among some nodes, which stand in order, that lead back to those by which one leaves them; the last first."""
    found: list[Use] = []
    led: set[int] = set()
    for index in inside:
        ways = [use for position, arg in enumerate(graph.nodes[index].args) if (use := Use(index, position)) in leaving or arg in led]
        if ways:
            led.add(index)
            found += ways
    return tuple(reversed(found))


def _alone(trace: Trace, use: Use, change: Array) -> Array:
    """The same where nothing comes back to the target, whatever the numbers are, so that nothing was differentiated: the one operation
    by itself, with a loss that takes all of its result."""
    graph = trace.graph
    node, place = graph.nodes[use.node], Place(1, 1, 2)
    names = [f"a{position}" for position in range(len(node.args))]
    nodes = [Node(INPUT, (), (("name", name),), place) for name in names]
    count = len(nodes)
    nodes += [
        Node(node.op, tuple(range(count)), node.parameters, place),
        Node("sum", (count,), (("axis", None), ("keepdims", False)), place),
    ]
    inputs = tuple(Input(name, index, place) for index, name in enumerate(names))
    program = Program("", tuple(nodes), inputs, (Statement("out", count, place, ""), Statement("loss", count + 1, place, "")))
    alone = differentiate(program, {name: graph.shapes[arg] for name, arg in zip(names, node.args, strict=True)}, [names[use.position]])
    again = run(alone, {name: np.asarray(trace.value(arg)) for name, arg in zip(names, node.args, strict=True)})
    return pushed(again, count, Use(count, use.position), change)


def carried(trace: Trace, node: int, change: Array) -> Iterator[tuple[int, Array]]:
    """The change of each value that depends on `node` and that the loss depends on, by the derivative: node and change, in order."""
    graph = trace.graph
    changes = {node: change}
    for index in range(node + 1, graph.loss.node + 1):
        if index not in graph.reaching:
            continue
        found = None
        for position, arg in enumerate(graph.nodes[index].args):
            use = Use(index, position)
            if arg in changes and use in graph.contributions:
                found = _plus(found, pushed(trace, index, use, changes[arg]))
        if found is not None:
            changes[index] = found
            yield index, found


def _plus(first: Array | None, second: Array) -> Array:
    with np.errstate(all="ignore"):
        return second if first is None else first + second


class _Eager:
    """A recorder (see `symbol`) that knows a trace's values, and calculates what is added at once."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.count = len(trace.graph.nodes)
        self.added: list[Array] = []

    def keep(self, value: Any) -> int:
        self.added.append(np.asarray(value, dtype=np.float64))
        return self.count + len(self.added) - 1

    def value(self, index: int) -> Array:
        return self.added[index - self.count] if index >= self.count else self.trace.value(index)

    def shape(self, index: int) -> Shape:
        return np.shape(self.value(index))

    def literal(self, index: int) -> float | None:
        node = self.trace.graph.nodes[index] if index < self.count else None
        return node.number if node is not None and node.op == CONSTANT else None

    def varies(self, index: int) -> bool:  # noqa: ARG002 (nothing is taken for constant here)
        return True

    def constant(self, value: float, shape: Shape = ()) -> int:
        return self.keep(np.full(shape, value))

    def apply(self, op: str, args: tuple[int, ...], **parameters: Static) -> int:
        operation = OPERATIONS[op]
        values = [self.value(arg) for arg in args]
        compute = operation.compute
        if operation.parameters:
            compute = compute(*(np.shape(value) for value in values), **dict(operation.completed(parameters)))
        with np.errstate(all="ignore"):
            return self.keep(compute(*values))
