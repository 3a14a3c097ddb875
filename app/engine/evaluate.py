"""The third verb: a graph and arrays become a trace, one value per node."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

import numpy as np

from app.engine.ops import OPERATIONS
from app.engine.program import ARRAY, CONSTANT, INPUT, LEAVES, Array, Graph, Node, Trace

Step: TypeAlias = tuple[Callable[..., Any], int, int]

OVERWRITING: Mapping[str, np.ufunc] = {"add": np.add, "subtract": np.subtract, "multiply": np.multiply, "divide": np.divide}
"""Operations that can leave their result in the memory of an argument."""
GATHER = -2
"""Instead of a first argument: the function takes its arguments from the values by itself, since it has more than two."""
LARGE = 4096
"""Elements from which on it pays to overwrite: fresh memory costs more than the arithmetic."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a graph is run: `start` holds what does not depend on the inputs, the steps fill in the rest, and what
    was overwritten on the way is forgotten."""

    start: list[Any]
    steps: list[Step]
    forgotten: list[int]


_plans: WeakKeyDictionary[Graph, Plan] = WeakKeyDictionary()


def run(graph: Graph, arrays: Mapping[str, Array]) -> Trace:
    """Evaluates the forward and the backward pass. `arrays` are float64, of the shapes that the graph was made for.

    Division by zero, overflow and the like follow IEEE 754: they give infinities and NaN, and raise nothing.
    """
    plan = _plans.get(graph)
    if plan is None:
        plan = _plans[graph] = _plan(graph)
    values = plan.start.copy()
    for item in graph.program.inputs:
        values[item.node] = arrays[item.name]
    with np.errstate(all="ignore"):
        for index, (function, a, b) in enumerate(plan.steps):
            if a >= 0:
                values[index] = function(values[a]) if b < 0 else function(values[a], values[b])
            elif a == GATHER:
                values[index] = function(values)
    for index in plan.forgotten:
        values[index] = None
    return Trace(graph, values, _again)


def _again(trace: Trace, index: int) -> Array:
    """A value that was overwritten, from its arguments."""
    node = trace.graph.nodes[index]
    with np.errstate(all="ignore"):
        return function_of(trace.graph, node)(*(trace.value(arg) for arg in node.args))  # type: ignore[no-any-return]


def forward(graph: Graph, held: Mapping[int, Array] | None = None) -> Callable[[Mapping[str, Array]], list[Any]]:
    """What evaluates the program alone, without its backward pass: all values by node. Those in `held` stay what they are."""
    plan = _plan(graph, len(graph.program.nodes), overwrite=False)
    held = held or {}

    def values_of(arrays: Mapping[str, Array]) -> list[Any]:
        values = plan.start.copy()
        for item in graph.program.inputs:
            values[item.node] = arrays[item.name]
        with np.errstate(all="ignore"):
            for index, (function, a, b) in enumerate(plan.steps):
                if index in held:
                    values[index] = held[index]
                elif a >= 0:
                    values[index] = function(values[a]) if b < 0 else function(values[a], values[b])
                elif a == GATHER:
                    values[index] = function(values)
        return values

    return values_of


def _plan(graph: Graph, count: int | None = None, *, overwrite: bool = True) -> Plan:
    """The plan of the first `count` nodes, or of all."""
    nodes = graph.nodes[:count]
    start: list[Any] = [None] * len(nodes)
    steps: list[Step] = []
    spare = _spare(graph) if overwrite else set()
    forgotten = []
    for index, node in enumerate(nodes):
        step: Step = (np.positive, -1, -1)
        if node.op == CONSTANT:
            shape = graph.shapes[index]
            start[index] = np.full(shape, node.number) if shape else np.float64(node.number)
        elif node.op == ARRAY:
            start[index] = np.array(node.parameter("value"), dtype=np.float64)
        elif node.op != INPUT:
            function = function_of(graph, node)
            known = [start[arg] for arg in node.args]
            if all(value is not None for value in known):
                with np.errstate(all="ignore"):
                    start[index] = function(*known)
            else:
                position = next((p for p, arg in enumerate(node.args) if start[arg] is None and _serves(graph, spare, index, arg)), None)
                if position is not None:
                    function = _overwriting(OVERWRITING[node.op], position)
                    forgotten.append(node.args[position])
                if len(node.args) > 2:
                    step = (_gathering(function, node.args), GATHER, -1)
                else:
                    first, second = (*node.args, -1)[:2]
                    step = (function, first, second)
        steps.append(step)
    return Plan(start, steps, forgotten)


def _spare(graph: Graph) -> set[int]:
    """Large values that nobody asks for by name, and that are used once."""
    kept = graph.program.names().keys() | set(graph.gradients.values()) | set(graph.contributions.values())
    uses = Counter(arg for node in graph.nodes for arg in node.args)
    large = (index for index, shape in enumerate(graph.shapes) if math.prod(shape) >= LARGE)
    return {index for index in large if uses[index] == 1 and index not in kept and _owned(graph.nodes[index])}


def _owned(node: Node) -> bool:
    """Whether a node's memory is its own."""
    return node.op not in LEAVES and not OPERATIONS[node.op].shares


def _serves(graph: Graph, spare: set[int], index: int, arg: int) -> bool:
    """Whether the memory of an argument can hold the result."""
    return graph.nodes[index].op in OVERWRITING and arg in spare and graph.shapes[arg] == graph.shapes[index]


def _gathering(function: Callable[..., Any], args: tuple[int, ...]) -> Callable[[list[Any]], Any]:
    return lambda values: function(*(values[arg] for arg in args))


def _overwriting(ufunc: np.ufunc, position: int) -> Callable[[Array, Array], Array]:
    if position == 0:
        return lambda a, b: ufunc(a, b, a)
    return lambda a, b: ufunc(a, b, b)


def function_of(graph: Graph, node: Node) -> Callable[..., Any]:
    """What calculates a node from the values of its arguments."""
    operation = OPERATIONS[node.op]
    if not operation.parameters:
        return operation.compute
    return operation.compute(*(graph.shapes[arg] for arg in node.args), **dict(node.parameters))  # type: ignore[no-any-return]
