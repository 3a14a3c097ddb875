"""The third verb: a graph and arrays become a trace, one value per node."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

import numpy as np

from app.engine.ops import OPERATIONS
from app.engine.program import CONSTANT, INPUT, Array, Graph, Node, Trace

Step: TypeAlias = tuple[Callable[..., Any], int, int]

_plans: WeakKeyDictionary[Graph, tuple[list[Any], list[Step]]] = WeakKeyDictionary()
"""For each graph that is alive: its constants, in place, and the steps that fill the rest."""


def run(graph: Graph, arrays: Mapping[str, Array]) -> Trace:
    """Evaluates the forward and the backward pass. `arrays` are float64, of the shapes that the graph was made for.

    Division by zero, overflow and the like follow IEEE 754: they give infinities and NaN, and raise nothing.
    """
    plan = _plans.get(graph)
    if plan is None:
        plan = _plans[graph] = _plan(graph)
    start, steps = plan
    values = start.copy()
    for item in graph.program.inputs:
        values[item.node] = arrays[item.name]
    with np.errstate(all="ignore"):
        for index, (function, a, b) in enumerate(steps):
            if a >= 0:
                values[index] = function(values[a]) if b < 0 else function(values[a], values[b])
    return Trace(graph, values)


def _plan(graph: Graph) -> tuple[list[Any], list[Step]]:
    """What does not depend on the inputs is calculated here, once; the rest is a flat list of calls."""
    start: list[Any] = [None] * len(graph.nodes)
    steps: list[Step] = []
    for index, node in enumerate(graph.nodes):
        step: Step = (np.positive, -1, -1)
        if node.op == CONSTANT:
            shape = graph.shapes[index]
            start[index] = np.full(shape, node.number) if shape else np.float64(node.number)
        elif node.op != INPUT:
            function = _function(graph, node)
            known = [start[arg] for arg in node.args]
            if all(value is not None for value in known):
                with np.errstate(all="ignore"):
                    start[index] = function(*known)
            else:
                first, second = (*node.args, -1)[:2]
                step = (function, first, second)
        steps.append(step)
    return start, steps


def _function(graph: Graph, node: Node) -> Callable[..., Any]:
    operation = OPERATIONS[node.op]
    if not operation.parameters:
        return operation.compute
    return operation.compute(*(graph.shapes[arg] for arg in node.args), **dict(node.parameters))  # type: ignore[no-any-return]
