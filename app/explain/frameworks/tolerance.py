"""How exactly numbers can agree that are calculated in another order, or by differences."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from app.engine.evaluate import forward
from app.engine.ops import OPERATIONS
from app.engine.program import LEAVES, Array, Graph, Trace

LossOf: TypeAlias = Callable[[Mapping[str, Array]], float]

UNIT = 2.0**-51
"""What a step is off by, relative to its result: a few units in the last place."""
MARGIN = 30
"""So many times the rounding that was seen is allowed."""
RUNS = 2
SUMMING = frozenset(
    ("sum", "mean", "var", "std", "norm", "logsumexp", "softmax", "log_softmax", "cumsum", "matmul", "dot", "outer", "einsum", "trace",
     "sum_to", "inv", "det", "cofactor", "logabsdet", "solve", "cholesky", "conv1d", "conv2d", "avg_pool1d", "avg_pool2d", "fold", "put",
     "put_along_axis", "scatter")
)  # fmt: skip
"""Operations within which terms may cancel, so that the order of summation shows in the result."""


def rounding(trace: Trace, wanted: Collection[int]) -> dict[int, float]:
    """How far rounding may move each of these values: the most that it moved where every step was off by a little at random.

    Vignes, "A stochastic arithmetic for reliable scientific computation" (1993).
    """
    rng = np.random.default_rng(0)
    found = dict.fromkeys(wanted, 0.0)
    graph = trace.graph
    for _ in range(RUNS):
        values: list[Any] = []
        for index, node in enumerate(graph.nodes):
            if node.op in LEAVES:
                values.append(trace.value(index))
                continue
            operation = OPERATIONS[node.op]
            args = [values[arg] for arg in node.args]
            if node.op in SUMMING:
                args = [_off(value, rng) for value in args]
            function = operation.compute
            if operation.parameters:
                function = function(*(graph.shapes[arg] for arg in node.args), **dict(node.parameters))
            with np.errstate(all="ignore"):
                value = function(*args)
                values.append(value if operation.moves or not operation.differentiable else _off(value, rng))
        for index in found:
            with np.errstate(all="ignore"):
                apart = np.abs(values[index] - trace.value(index))
            found[index] = max(found[index], float(np.max(apart, initial=0.0, where=np.isfinite(apart))))
    return {index: MARGIN * apart for index, apart in found.items()}


def _off(value: Any, rng: np.random.Generator) -> Any:
    return value * (1 + UNIT * rng.uniform(-1.0, 1.0, np.shape(value)))


def said(number: float) -> str:
    """A tolerance, rounded up to one digit."""
    if number == 0:
        return "0"
    power = math.floor(math.log10(number))
    digit = math.ceil(number / 10.0**power)
    return f"1e{power + 1}" if digit == 10 else f"{digit}e{power}"


DIFFERENCE = 1e-5
"""The relative error up to which a difference agrees with a gradient."""
NOISE = 64 * 2.0**-52
"""How far rounding may move the loss, relative to its size."""
STEP_SIZES = (1e-4, 1e-5, 1e-3, 1e-6)
DIRECTIONS = 3
RUNS_EACH = 6
"""Evaluations for one direction."""
BUDGET, PER_NODE = 2e9, 1000.0
"""Floating-point operations that looking for steps may take; to call one is worth so many of them."""


@dataclass(frozen=True, slots=True)
class Slope:
    """How one input is measured: the step, and how far the differences may be off."""

    step: float
    atol: float


def seed_of(name: str) -> int:
    """The seed of an input's random directions."""
    return sum(map(ord, name))


def slopes(trace: Trace, held: Collection[int], names: Mapping[int, str]) -> dict[str, Slope]:
    """For each input, by its name in `names`, a step with which central differences are exact enough to judge its gradient.

    Inputs for which there is none are left out: their derivative is too small beside the loss, a kink is near, or it would take too long.
    """
    graph = trace.graph
    arrays = {item.name: trace.value(item.node) for item in graph.program.inputs}
    loss_of = _loss_of(graph, forward(graph, {index: trace.value(index) for index in held}))
    cost = max(graph.cost.forward, PER_NODE * len(graph.program.nodes))
    spent = 0.0
    found: dict[str, Slope] = {}
    for item in graph.program.inputs:
        gradient, array = trace.gradient(item.node), arrays[item.name]
        if gradient is None or not np.isfinite(gradient).all() or not np.isfinite(array).all():
            continue
        rng = np.random.default_rng(seed_of(names[item.node]))
        ways = [rng.choice([-1.0, 1.0], gradient.shape) for _ in range(min(gradient.size, DIRECTIONS))]
        scale = max(1.0, float(np.abs(array).max())) / math.sqrt(gradient.size)
        for wanted in STEP_SIZES:
            spent += cost * RUNS_EACH * len(ways)
            if spent > BUDGET:
                return found
            slope = _fitting(loss_of, arrays, item.name, gradient, ways, step=float(said(wanted * scale)))
            if slope is not None:
                found[names[item.node]] = slope
                break
    return found


def _fitting(
    loss_of: LossOf, arrays: Mapping[str, Array], name: str, gradient: Array, ways: Sequence[Array], *, step: float
) -> Slope | None:
    """How an input is measured with a step; None if differences with this step cannot judge its gradient."""
    ends = [loss_of({**arrays, name: arrays[name] + step * along}) for along in ways]
    size = float(np.sum(np.abs(gradient)))
    atol = DIFFERENCE * size / math.sqrt(gradient.size) + NOISE * max(abs(loss) for loss in (*ends, loss_of(arrays))) / step
    if atol > 1e-2 * size > 0:
        return None
    for along in ways:
        given = float(np.sum(gradient * along))
        # Half of it for the engine, so that the program, which rounds in another order, stays within the whole.
        if not abs(slope_along(loss_of, arrays, name, along, step) - given) <= 0.5 * (atol + DIFFERENCE * abs(given)):
            return None
    return Slope(step, float(said(atol)))


def slope_along(loss_of: LossOf, arrays: Mapping[str, Array], name: str, along: Array, step: float) -> float:
    """How fast the loss grows along a direction of one input: central differences at two steps, extrapolated (Richardson 1911)."""

    def rise(length: float) -> float:
        ends = (loss_of({**arrays, name: arrays[name] + way * along}) for way in (length, -length))
        return (next(ends) - next(ends)) / (2 * length)

    return (4 * rise(step / 2) - rise(step)) / 3


def _loss_of(graph: Graph, values_of: Callable[[Mapping[str, Array]], list[Any]]) -> LossOf:
    return lambda arrays: float(np.reshape(values_of(arrays)[graph.loss.node], ()))
