"""Which mistake an answer is: the true gradient with one thing changed, or two, is held against it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from app.engine.program import INPUT, Array, Graph
from app.engine.sketch import Valued
from app.practice.changes import Changes, replaced
from app.practice.closeness import all_same, largest, ratio
from app.practice.region import END, Change, Changed, Region
from app.practice.scales import Scale, explained, scales
from app.practice.speech import Speech

COSTS: Mapping[str, float] = {
    "sign": 1.0, "factor-missing": 1.0, "mask-missing": 1.0, "not-summed": 1.0, "transposed": 1.0, "all-summed": 1.0, "kept-axis": 1.0,
    "axis": 1.05, "over-summed": 1.1, "transpose-missing": 1.1, "path-missing": 1.1, "order": 1.15, "mask-wrong": 1.2, "elementwise": 1.2,
    "link-missing": 1.25, "factor-twice": 1.3, "neighbour": 1.35, "not-differentiated": 1.4, "wrong-value": 1.45,
    "upstream-missing": 1.5, "updated": 1.6, "factor": 2.8,
}  # fmt: skip
"""How far-fetched each mistake is: of several that an answer may be, the nearest is named."""
TWICE = frozenset((
    "mask-missing", "not-summed", "transposed", "all-summed", "kept-axis", "axis", "transpose-missing", "path-missing", "order", "mask-wrong",
    "link-missing", "not-differentiated", "elementwise",
))  # fmt: skip
"""The mistakes of which two are looked for at once."""
MOST, MOST_PAIRS = 300, 400
WORK = 2e8
"""Numbers that may be calculated for one answer's mistakes."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake: its id, what it is in words, the node of the program whose derivative it belongs to, and the factor it makes."""

    id: str
    about: str
    origin: int | None = None
    factor: float | None = None


@dataclass(frozen=True, eq=False)
class Finding:
    """What an answer is: mistakes that together explain it. `changed` is the gradient with them, up to constants."""

    mistakes: tuple[Mistake, ...]
    cost: float
    changed: Changed | None = None


@dataclass(frozen=True, eq=False)
class Signs:
    """What the way an answer is written gives away: it is a mere name of another gradient, or takes a mean."""

    bare: int | None = None
    """The node of the graph whose gradient it names, and does nothing with."""
    averages: bool = False


@dataclass(eq=False)
class Search:
    """Looks for the mistakes in the values of an answer; `target` is the program's node whose gradient it should be."""

    region: Region
    target: int
    speech: Speech
    samples: int
    runs: Sequence[Valued]
    most: int
    signs: Signs = field(default_factory=Signs)
    slack: float = 0.0
    """How much larger the numbers may be taken to be that rounding has moved."""

    def __post_init__(self) -> None:
        graph = self.graph
        self.sizes = [self.size(run) + self.slack for run in self.runs]
        self.scales = scales(self.region, self.samples)
        self.true = [run.value(self.region.root) for run in self.runs]
        elements = sum(math.prod(graph.shapes[index]) for index in self.region.nodes) + 1
        self.budget = int(min(MOST, max(8, WORK / elements)))

    @property
    def graph(self) -> Graph:
        return self.region.graph

    def size(self, run: Valued) -> float:
        """The largest number that the gradient is made with."""
        with np.errstate(all="ignore"):
            return max([largest(run.value(index)) for index in self.region.nodes[-MOST:]], default=0.0)

    def finding(self, found: Sequence[Array]) -> Finding | None:
        """The mistakes that an answer's values, one for each run, come from; the least far-fetched."""
        candidates = [*self.of_scale(found), *self.of_neighbours(found)]
        singles = [*self.singles()]
        for changed in singles:
            one = self.matched(found, changed)
            if one is not None:
                candidates.append(one)
        candidates += self.of_update(found)
        if not any(one.cost < COSTS["factor"] for one in candidates):
            for changed in self.pairs([one.changes[0] for one in singles]):
                one = self.matched(found, changed)
                if one is not None:
                    candidates.append(one)
                    break
        return min(candidates, key=lambda one: one.cost, default=None)

    # candidates

    def of_scale(self, found: Sequence[Array]) -> Iterator[Finding]:
        factor = ratio(found, self.true, self.sizes)
        if factor is None or factor == 0:
            return
        known = explained(factor, self.scales)
        if known:
            yield Finding(self.scaled(known), sum(COSTS[one.mistake] for one in known))
        averaged = self.averaged(factor)
        if averaged is not None:
            yield Finding((averaged,), 0.8)
        if not known:
            about = f"it is {factor:.6g} times the right one"
            yield Finding((Mistake("factor", about, factor=factor),), COSTS["factor"])

    def averaged(self, factor: float) -> Mistake | None:
        """A mean that is taken where a sum belongs, if the answer takes one."""
        if not self.signs.averages or not 0 < factor < 1 or abs(1 / factor - round(1 / factor)) > 1e-6:
            return None
        count = round(1 / factor)
        for index in self.region.nodes:
            node = self.graph.nodes[index]
            summing = node.op in ("sum_to", "sum", "matmul")
            if summing and any(count in self.graph.shapes[arg] for arg in node.args):
                origin = self.graph.origins[index - len(self.graph.program.nodes)]
                about = f"a mean is taken where the sum belongs, which divides by {count} once more"
                return Mistake("mean-for-sum", about, origin, factor)
        return None

    def scaled(self, known: Sequence[Scale]) -> tuple[Mistake, ...]:
        return tuple(Mistake(one.mistake, one.about, one.origin, one.effect) for one in known)

    def of_neighbours(self, found: Sequence[Array]) -> Iterator[Finding]:
        """The right gradient of another value."""
        graph, tried = self.graph, {self.region.root}
        for node in sorted(graph.gradients, key=lambda one: (abs(one - self.target), one)):
            gradient = graph.gradients[node]
            if gradient in tried or graph.shapes[gradient] != np.shape(found[0]) or len(tried) > MOST:
                continue
            tried.add(gradient)
            if all_same(found, [run.value(gradient) for run in self.runs], self.sizes):
                bare = self.signs.bare is not None and graph.gradients.get(self.signs.bare) == gradient
                about = f"this is {self.speech.gradient(node)}, and not {self.speech.gradient(self.target)}"
                yield Finding((Mistake("neighbour", about, node),), 0.5 if bare else COSTS["neighbour"])

    def singles(self) -> Iterator[Changed]:
        for count, change in enumerate(Changes(self.region, self.speech.say)):
            if count >= self.budget:
                return
            changed = self.region.changed({change.site: change}, self.most)
            if changed is not None:
                yield changed

    def pairs(self, singles: Sequence[Change]) -> Iterator[Changed]:
        several = [one for one in singles if one.mistake in TWICE]
        for count, (one, other) in enumerate(combinations(several, 2)):
            if count >= min(MOST_PAIRS, self.budget):
                return
            if one.site != other.site:
                changed = self.region.changed({one.site: one, other.site: other}, self.most)
                if changed is not None:
                    yield changed

    def matched(self, found: Sequence[Array], changed: Changed) -> Finding | None:
        """The finding, if the answer is the gradient with a change, up to constants that are known."""
        sketch, shape = self.region.sketch, np.shape(found[0])
        stretched = False
        if sketch.shapes[changed.root] != shape:
            stretched = len(shape) < len(sketch.shapes[changed.root]) and _fits(shape, sketch.shapes[changed.root])
            if not stretched:
                return None
        values = []
        # The last run first: what does not fit any numbers need not be tried on all.
        for number in (-1, *range(len(self.runs) - 1)):
            value = sketch.value(self.runs[number], changed.root)
            values.append(value)
            if ratio([_spread(found[number], value)], [value], [self.sizes[number]]) is None and not self.is_nothing(found[number], value):
                return None
        values = [*values[1:], values[0]]
        if all_same(values, self.true, self.sizes):
            return None
        factor = ratio([_spread(a, b) for a, b in zip(found, values, strict=True)], values, self.sizes)
        known = None if factor is None else explained(factor, self.scales)
        if known is None:
            return None
        mistakes = tuple(Mistake(one.mistake, one.about, self.origin(one)) for one in changed.changes) + self.scaled(known)
        cost = sum(COSTS[one.id] for one in mistakes) + (0.2 if stretched else 0.0)
        return Finding(mistakes, cost, changed)

    def is_nothing(self, found: Array, value: Array) -> bool:
        """Whether both are 0 in this run, which says nothing."""
        return np.shape(found) == np.shape(value) and not np.any(found) and not np.any(value)

    def origin(self, change: Change) -> int | None:
        if change.site == END:
            return None
        return self.graph.origins[change.site - len(self.graph.program.nodes)]

    def of_update(self, found: Sequence[Array]) -> Iterator[Finding]:
        """A parameter after its update: what is too much is the update's share, times a step that is the same in every run."""
        graph, first = self.graph, len(self.graph.program.nodes)
        with np.errstate(all="ignore"):
            if any(np.shape(a) != np.shape(b) for a, b in zip(found, self.true, strict=True)):
                return
            more = [a - b for a, b in zip(found, self.true, strict=True)]
        for index in self.region.nodes:
            node = graph.nodes[index]
            for position, arg in enumerate(node.args):
                if arg >= first or graph.nodes[arg].op != INPUT or arg not in graph.gradients or graph.gradients[arg] == self.region.root:
                    continue
                share = self.region.changed({index: Change("updated", index, replaced(node, position, graph.gradients[arg]))}, self.most)
                if share is None:
                    continue
                step = ratio(more, [self.region.sketch.value(run, share.root) for run in self.runs], self.sizes)
                if step is not None and step < 0:
                    name = self.speech.say(arg)
                    about = f"{name} is taken after its update by {-step:.6g} times its gradient; the gradient belongs to {name} before it"
                    origin = graph.origins[index - first]
                    yield Finding((Mistake("updated", about, origin, -step),), COSTS["updated"])


def _fits(shape: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    try:
        return np.broadcast_shapes(shape, wanted) == wanted
    except ValueError:
        return False


def _spread(found: Array, value: Array) -> Array:
    return found if np.shape(found) == np.shape(value) else np.broadcast_to(found, np.shape(value))
