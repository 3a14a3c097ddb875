"""Which mistake an answer is: the true gradient with one thing changed, or two, is held against it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from app.draw.numbers import largest
from app.engine.program import INPUT, Array, Graph
from app.engine.shapes import spreads
from app.engine.sketch import Valued
from app.practice.changes import Changes
from app.practice.closeness import ROUNDING, all_same, ratio
from app.practice.makes import replaced
from app.practice.region import END, Change, Changed, Region
from app.practice.scales import CLOSE, Scale, explanations, scales
from app.practice.speech import Speech

COSTS: Mapping[str, float] = {
    "sign": 1.0, "factor-missing": 1.0, "mask-missing": 1.0, "not-summed": 1.0, "transposed": 1.0, "all-summed": 1.0, "kept-axis": 1.0,
    "axis": 1.05, "over-summed": 1.1, "transpose-missing": 1.1, "path-missing": 1.1, "order": 1.15, "mask-wrong": 1.2, "elementwise": 1.2,
    "link-missing": 1.25, "factor-twice": 1.3, "neighbour": 1.35, "not-differentiated": 1.4, "wrong-value": 1.45,
    "upstream-missing": 2.2, "updated": 1.6, "factor": 2.8, "mean-for-sum": 0.8,
}  # fmt: skip
"""How far-fetched each mistake is: of several that an answer may be, the nearest is named."""
NAMED = 1.04
"""The same of a neighbour's gradient that is called by its name."""
TWICE = frozenset((
    "mask-missing", "not-summed", "transposed", "all-summed", "kept-axis", "axis", "transpose-missing", "path-missing", "order",
    "mask-wrong", "link-missing", "not-differentiated", "elementwise",
))  # fmt: skip
"""The mistakes of which two are looked for at once."""
MOST, MOST_PAIRS = 300, 400
WORK, STEPS = 2e8, 60_000
"""Numbers, and operations, that may be calculated for one answer's mistakes."""


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
    numbers: bool = True
    """Whether it has numbers in it, other than 0 and 1, or gradients that bring theirs along."""
    shifted: bool = False
    """Whether names in the same text stood for their neighbours' gradients before."""


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
    place: tuple[int, ...] | None = None
    """The one element that is asked for; None for all."""

    def __post_init__(self) -> None:
        graph = self.graph
        self.sizes = [self.size(run) + self.slack for run in self.runs]
        whole = Region(graph, self.region.root, frozenset())
        self.scales = scales(whole, self.samples, averages=self.signs.averages)
        self.true = [self.part(run.value(self.region.root)) for run in self.runs]
        self.close = CLOSE + 2 * self.slack * ROUNDING / max(largest(self.true[0]), ROUNDING)
        elements = sum(math.prod(graph.shapes[index]) for index in self.region.nodes) + 1
        self.budget = int(min(MOST, max(8, WORK / elements), max(8, STEPS / (len(self.region.nodes) + 1))))

    @property
    def graph(self) -> Graph:
        return self.region.graph

    def part(self, value: Array) -> Array:
        """The element that is asked for, or all; of what has no such element, all."""
        if self.place is None or np.shape(value) != self.graph.shapes[self.region.root]:
            return value
        return np.asarray(value[self.place])

    def size(self, run: Valued) -> float:
        """The largest number that the gradient is made with."""
        with np.errstate(all="ignore"):
            return max([largest(run.value(index)) for index in self.region.nodes[-100:]], default=0.0)

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
        known = self.explained(factor)
        if known:
            yield Finding(self.scaled(known), self.cost(known))
            return
        sign = self.scaled(self.explained(-1.0) or ()) if factor < 0 else ()
        about = f"it is {abs(factor):.6g} times the right one"
        yield Finding((*sign, Mistake("factor", about, factor=abs(factor))), COSTS["factor"])

    def explained(self, factor: float) -> tuple[Scale, ...] | None:
        """The likeliest constants whose effects together are a factor; none where it is 1, None where nothing says it."""
        return min(explanations(factor, self.scales, self.close), key=self.cost, default=None)

    def cost(self, known: Sequence[Scale]) -> float:
        """How far-fetched some constants are together. What is not written cannot be there twice."""
        return sum(COSTS[one.mistake] + (1.5 if one.mistake == "factor-twice" and not self.signs.numbers else 0.0) for one in known)

    def scaled(self, known: Sequence[Scale]) -> tuple[Mistake, ...]:
        return tuple(Mistake(one.mistake, one.about, one.origin, one.effect) for one in known)

    def of_neighbours(self, found: Sequence[Array]) -> Iterator[Finding]:
        """The right gradient of another value."""
        graph, tried = self.graph, {self.region.root}
        shape = np.shape(found[0]) if self.place is None else graph.shapes[self.region.root]
        for node in sorted(graph.gradients, key=lambda one: (abs(one - self.target), one)):
            gradient = graph.gradients[node]
            if node == graph.loss.node or gradient in tried or graph.shapes[gradient] != shape or len(tried) > MOST:
                continue
            tried.add(gradient)
            if all_same(found, [self.part(run.value(gradient)) for run in self.runs], self.sizes):
                bare = self.signs.bare is not None and graph.gradients.get(self.signs.bare) == gradient
                node = self.signs.bare if bare and self.signs.bare is not None else node  # noqa: PLW2901 (as it is called there)
                about = f"this is {self.speech.gradient(node)}, and not {self.speech.gradient(self.target)}"
                yield Finding((Mistake("neighbour", about, node),), 0.5 if self.signs.shifted else NAMED if bare else COSTS["neighbour"])

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
        if self.place is not None:
            if sketch.shapes[changed.root] != self.graph.shapes[self.region.root]:
                return None
        elif sketch.shapes[changed.root] != shape:
            bare = all(one.mistake == "upstream-missing" for one in changed.changes)
            stretched = bare and len(shape) < len(sketch.shapes[changed.root]) and spreads(shape, sketch.shapes[changed.root])
            if not stretched:
                return None
        values = []
        # The last run first: what does not fit any numbers need not be tried on all.
        for number in (-1, *range(len(self.runs) - 1)):
            value = self.part(sketch.value(self.runs[number], changed.root))
            values.append(value)
            if self.is_nothing(found[number], value, number):
                continue
            if ratio([_spread(found[number], value)], [value], [self.sizes[number]]) is None:
                return None
        values = [*values[1:], values[0]]
        if all_same(values, self.true, self.sizes):
            return None
        spread = [_spread(a, b) for a, b in zip(found, values, strict=True)]
        factor = ratio(spread, values, self.sizes)
        if factor is None and all(self.is_nothing(a, b, number) for number, (a, b) in enumerate(zip(found, values, strict=True))):
            factor = 1.0
        known = None if factor is None else self.explained(factor)
        if known is None or (stretched and known):
            return None
        several = [Mistake(one.mistake, one.about, self.origin(one)) for one in changed.changes]
        several += [Mistake(one.also, one.also_about, self.origin(one)) for one in changed.changes if one.also]
        mistakes = (*several, *self.scaled(known))
        cost = sum(COSTS[one.mistake] for one in changed.changes) + self.cost(known) + (0.2 if stretched else 0.0)
        return Finding(mistakes, cost, changed)

    def is_nothing(self, found: Array, value: Array, number: int) -> bool:
        """Whether both are 0 in a run, but for rounding: that says nothing."""
        least = ROUNDING * self.sizes[number]
        return np.shape(found) == np.shape(value) and largest(found) <= least and largest(value) <= least

    def origin(self, change: Change) -> int | None:
        if change.site == END:
            return None
        return self.graph.origins[change.site - len(self.graph.program.nodes)]

    def of_update(self, found: Sequence[Array]) -> Iterator[Finding]:
        """A parameter after its update: what is too much is the update's share, times a step that is the same in every run."""
        graph, first = self.graph, len(self.graph.program.nodes)
        if self.place is not None:
            return
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


def _spread(found: Array, value: Array) -> Array:
    return found if np.shape(found) == np.shape(value) else np.broadcast_to(found, np.shape(value))
