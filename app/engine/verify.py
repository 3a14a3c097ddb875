"""Whether a gradient is right: held against differences of the loss, element by element, or along random directions.

Differences are central, at a step and at half of it, extrapolated (Richardson 1911): what the third derivative does to them cancels.
An element within a step of a kink has no derivative to be compared: it is named, and not judged.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from app.engine.evaluate import forward, run
from app.engine.ops import OPERATIONS
from app.engine.program import LEAVES, Array, Graph
from app.settings import Limits

EPSILON = 1e-4
"""The step, relative to numbers beyond 1."""
TOLERANCE = 1e-5
"""The relative error up to which a gradient is right."""
ROUNDING = 16 * 2.0**-52
"""How far a loss may be off by rounding, relative to its size and to that of what it is made of."""
MEASURED = 1e-2
"""A difference in which rounding may be more than this share says nothing: the derivative is too small to be measured."""
SHRINK = 3
"""So often a step may be made a thousand times smaller: near log of 0 the usual one leads beyond the edge."""
RUNS = 4
"""Evaluations for one derivative: on both sides, at two steps."""
DIRECTIONS = 24
"""So many random directions stand for an input of too many elements."""
LISTED = 1000
"""As many places at kinks are named."""


@dataclass(frozen=True, slots=True)
class Checked:
    """One input. `elements` are how many differences were compared; with `directions` they are along random directions.
    `kinks` are places that are not judged; along directions they are only counted, by `skipped`. Nor are the `unmeasured` judged:
    what is not finite, and derivatives so small that the differences are lost in rounding."""

    name: str
    max_absolute_error: float
    max_relative_error: float
    elements: int
    directions: bool
    kinks: tuple[tuple[int, ...], ...]
    skipped: int
    unmeasured: int
    passed: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """Over all inputs that have a gradient; `reason` says why nothing could be judged, or what failed."""

    passed: bool
    max_relative_error: float
    epsilon: float
    inputs: tuple[Checked, ...]
    reason: str | None = None


def _budget(graph: Graph, limits: Limits) -> int:
    """How many elements may be checked one by one."""
    runs = min(limits.flops / max(graph.cost.forward, 1.0), limits.verify_steps / max(len(graph.program.nodes), 1))
    return min(limits.verify_elements, int(runs / RUNS))


def runs(graph: Graph, limits: Limits) -> int:
    """How often the program is run for a verdict, about."""
    elements = sum(math.prod(graph.shapes[item.node]) for item in graph.program.inputs if item.node in graph.gradients)
    return RUNS * max(DIRECTIONS, min(elements, _budget(graph, limits)))


def verify(graph: Graph, arrays: Mapping[str, Array], epsilon: float | None = None, limits: Limits | None = None) -> Verdict:
    """Compares the gradient of every input that has one with differences of the loss. `arrays` are as for `run`."""
    limits = limits or Limits()
    adaptive, epsilon = epsilon is None, EPSILON if epsilon is None else epsilon
    trace = run(graph, arrays)
    loss = float(np.reshape(trace.value(graph.loss.node), ()))
    if not math.isfinite(loss):
        return Verdict(False, math.nan, epsilon, (), f"The loss {graph.loss.name} is not finite, so there is nothing to compare.")
    held = {i: trace.value(i) for i, node in enumerate(graph.program.nodes) if node.op not in LEAVES and OPERATIONS[node.op].holds}
    probe = _Probe(graph, arrays, forward(graph, held), adaptive=adaptive)
    inputs = [item for item in graph.program.inputs if item.node in graph.gradients]
    gradients = {item.name: np.asarray(trace.gradient(item.node)) for item in inputs}
    top = max(map(_largest, gradients.values()), default=0.0)
    floors = {name: max(1e-2 * _largest(gradient), 1e-6 * top) or 1.0 for name, gradient in gradients.items()}
    budget = _budget(graph, limits)
    found: dict[str, Checked] = {}
    rest: list[str] = []
    for name in sorted(gradients, key=lambda name: gradients[name].size):
        size = gradients[name].size
        if size <= budget:
            budget -= size
            found[name] = _elements(probe, name, gradients[name], epsilon, floors[name])
        else:
            rest.append(name)
    # Where even one direction for each is too much, a few go through all of them at once.
    each = max(1, min(DIRECTIONS, budget // len(rest))) if rest else 0
    for names in [rest] if len(rest) * each > max(budget, DIRECTIONS) else [[name] for name in rest]:
        together = _directions(probe, {name: gradients[name] for name in names}, epsilon, max(floors[name] for name in names), each)
        found |= {name: replace(together, name=name) for name in names}
    checked = tuple(found[item.name] for item in inputs)
    worst = max((one.max_relative_error for one in checked), default=0.0, key=lambda error: (math.isnan(error), error))
    wrong = [one.name for one in checked if not one.passed]
    odd = [name for name in wrong if not np.isfinite(gradients[name]).all()]
    reason = None
    if odd:
        reason = f"The gradient of {odd[0]} is not finite, so there is nothing to compare."
    elif wrong:
        reason = f"Finite differences disagree for {', '.join(wrong)}."
    elif not any(one.elements for one in checked):
        reason = "There is no derivative that differences could judge."
    return Verdict(not wrong, worst, epsilon, checked, reason)


def _largest(array: Array) -> float:
    """The largest magnitude among the finite elements."""
    return float(np.abs(array[np.isfinite(array)]).max(initial=0.0))


@dataclass(frozen=True, slots=True)
class End:
    """The loss near the point: how large it and what it is made of are, and whether a kink lies between."""

    loss: float
    size: float
    crossed: bool


@dataclass(frozen=True, slots=True)
class Slope:
    """A derivative that was measured: how far its two steps are apart, what rounding can do to it, and whether a kink lies in reach."""

    value: float
    apart: float
    rounding: float
    kink: bool


class _Probe:
    """The loss near one point, and on which side of every kink each evaluation lies."""

    def __init__(
        self, graph: Graph, arrays: Mapping[str, Array], values_of: Callable[[Mapping[str, Array]], list[Any]], *, adaptive: bool
    ) -> None:
        self.graph, self.arrays, self.values_of, self.adaptive = graph, dict(arrays), values_of, adaptive
        self.kinked = [
            (OPERATIONS[node.op].kink, node)
            for i, node in enumerate(graph.nodes[: len(graph.program.nodes)])
            if node.op not in LEAVES and OPERATIONS[node.op].kink and i in graph.varying and i in graph.reaching
        ]
        self.here = self.sides(values_of(arrays))

    def sides(self, values: list[Any]) -> list[Array]:
        with np.errstate(all="ignore"):
            return [
                np.asarray(kink.side(*(values[arg] for arg in node.args), **dict(node.parameters))) for kink, node in self.kinked if kink
            ]

    def at(self, moved: Mapping[str, Array]) -> End:
        """The loss with other arrays for some inputs."""
        values = self.values_of({**self.arrays, **moved})
        sides = self.sides(values)
        crossed = any(not np.array_equal(one, other, equal_nan=True) for one, other in zip(self.here, sides, strict=True))
        loss = float(np.reshape(values[self.graph.loss.node], ()))
        size = max([abs(loss), *(_largest(np.asarray(values[arg])) for arg in self.graph.nodes[self.graph.loss.node].args)])
        return End(loss, size, crossed)

    def slope(self, directions: Mapping[str, Array], step: float) -> Slope:
        """The derivative along a direction of some inputs; with a smaller step where that is the only way to a number."""
        best = self._slope(directions, step)
        for _ in range(SHRINK if self.adaptive else 0):
            if best.kink or best.apart <= 1e-3 * abs(best.value):
                break
            step /= 1000
            other = self._slope(directions, step)
            if not other.apart < best.apart and math.isfinite(best.apart):
                break
            best = other
        return best

    def _slope(self, directions: Mapping[str, Array], step: float) -> Slope:
        slopes, kink, size = [], False, 0.0
        for length in (step, step / 2):
            ends = [self.at({name: self.arrays[name] + way * along for name, along in directions.items()}) for way in (length, -length)]
            slopes.append((ends[0].loss - ends[1].loss) / (2 * length))
            kink = kink or any(end.crossed for end in ends)
            size = max(size, *(end.size for end in ends))
        wide, narrow = slopes
        return Slope((4 * narrow - wide) / 3, abs(narrow - wide), ROUNDING * size / step, kink)


@dataclass(slots=True)
class _Worst:
    """The largest errors so far, and whether one of them is beyond what the differences can be wrong by."""

    absolute: float = 0.0
    relative: float = 0.0
    judged: int = 0
    unmeasured: int = 0
    passed: bool = True

    def add(self, given: float, slope: Slope, floor: float) -> None:
        error = abs(given - slope.value)
        size = max(abs(given), abs(slope.value), floor)
        if not math.isfinite(error):
            self.absolute = self.relative = math.nan
            self.passed = False
            self.judged += 1
            return
        if slope.rounding > MEASURED * size and error <= TOLERANCE * size + slope.rounding:
            self.unmeasured += 1
            return
        self.judged += 1
        self.absolute, self.relative = max(self.absolute, error), max(self.relative, error / size)
        # The two steps' disagreement is the measurement's own uncertainty, up to a point; rounding of a large loss is another.
        self.passed = self.passed and error <= TOLERANCE * size + min(slope.apart, 1e-3 * size) + slope.rounding


def _elements(probe: _Probe, name: str, gradient: Array, epsilon: float, floor: float) -> Checked:
    """Every element of an input by itself."""
    worst, kinks, array = _Worst(), [], probe.arrays[name]
    for index in np.ndindex(np.shape(gradient)):
        if not math.isfinite(array[index]):
            worst.unmeasured += 1
            continue
        direction = np.zeros(np.shape(gradient))
        direction[index] = 1.0
        slope = probe.slope({name: direction}, epsilon * max(1.0, abs(float(array[index]))))
        if slope.kink:
            kinks.append(tuple(int(i) for i in index))
        else:
            worst.add(float(gradient[index]), slope, floor)
    places = tuple(kinks[:LISTED])
    return Checked(name, worst.absolute, worst.relative, worst.judged, False, places, len(kinks), worst.unmeasured, worst.passed)


def _directions(probe: _Probe, gradients: Mapping[str, Array], epsilon: float, floor: float, count: int) -> Checked:
    """Inputs of many elements along random directions; a mistake in any element shows in nearly all of them."""
    worst, skipped = _Worst(), 0
    rng = np.random.default_rng(0)
    size = sum(gradient.size for gradient in gradients.values())
    largest = max(_largest(probe.arrays[name]) for name in gradients)
    finite = {name: np.isfinite(probe.arrays[name]) for name in gradients}
    step = epsilon * max(1.0, largest) / math.sqrt(size)
    for _ in range(count):
        directions = {name: rng.choice([-1.0, 1.0], np.shape(gradient)) * finite[name] for name, gradient in gradients.items()}
        slope = probe.slope(directions, step)
        if slope.kink:
            skipped += 1
        else:
            given = sum(float(np.sum(gradient * directions[name])) for name, gradient in gradients.items())
            worst.add(given, slope, floor * math.sqrt(size))
    return Checked("", worst.absolute, worst.relative, worst.judged, True, (), skipped, worst.unmeasured, worst.passed)
