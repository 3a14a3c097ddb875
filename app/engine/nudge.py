"""One element changed by a little, and what that does: as the derivative predicts it, and as it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.engine.evaluate import forward
from app.engine.linear import carried
from app.engine.program import Array, Trace


@dataclass(frozen=True, slots=True)
class Change:
    """Of one value: the change that the derivative predicts, and the one that came about; both of the value's shape."""

    predicted: Array
    actual: Array


def nudge(trace: Trace, node: int, index: tuple[int, ...], epsilon: float) -> dict[int, Change]:
    """The changes of the value and of everything on its way to the loss when one element of it is changed by `epsilon`, by node.

    What is predicted is first-order: of the loss, the gradient's element times epsilon.
    """
    graph = trace.graph
    step = np.zeros(graph.shapes[node])
    step[index] = epsilon
    moved = np.asarray(trace.value(node)) + step
    arrays = {item.name: moved if item.node == node else trace.value(item.node) for item in graph.program.inputs}
    after = forward(graph, {node: moved})(arrays)
    changes = {node: Change(step, _difference(moved, trace.value(node)))}
    for found, predicted in carried(trace, node, step):
        changes[found] = Change(predicted, _difference(after[found], trace.value(found)))
    return changes


def _difference(after: Array, before: Array) -> Array:
    with np.errstate(all="ignore"):
        return np.asarray(after - before, dtype=np.float64)
