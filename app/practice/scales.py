"""A number too many or too few in front: which constant of the chain rule it is."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from app.practice.region import Region

CLOSE = 1e-6
AT_ONCE = 3
"""So many constants may be wrong at once."""


@dataclass(frozen=True, slots=True)
class Scale:
    """One constant that is missing, or there twice; `effect` is what that multiplies the gradient with. `origin` is the node of the
    program whose derivative brings it in, None for a sign that may stand anywhere."""

    mistake: str
    effect: float
    origin: int | None
    about: str


def scales(region: Region, samples: int, *, averages: bool) -> list[Scale]:
    """Every constant that a gradient is multiplied with or divided by, missing and there twice; with `averages`, the means that may
    stand where a sum belongs. The same effect is told once, by the step that is nearest."""
    found: dict[tuple[str, float], Scale] = {}
    means = _means(region) if averages else iter(())
    for scale in (*means, *_constants(region, samples), Scale("sign", -1.0, _minus(region), "the sign is the wrong way round")):
        found.setdefault((scale.mistake, round(scale.effect, 12)), scale)
    return [*found.values()]


def _constants(region: Region, samples: int) -> Iterator[Scale]:
    graph, first = region.graph, len(region.graph.program.nodes)
    for index, way in reversed(_ways(region).items()):
        node = graph.nodes[index]
        if index < first or node.op not in ("multiply", "divide") or not way:
            continue
        for position, arg in enumerate(node.args):
            if graph.nodes[arg].op != "constant" or (node.op == "divide" and position == 0):
                continue
            number = graph.nodes[arg].number
            if number in (0.0, 1.0, -1.0) or not math.isfinite(number):
                continue
            divides = (node.op == "divide") == (way > 0)
            value, said = (1 / number, f"1/{number:g}") if divides else (number, f"{number:g}")
            origin = graph.origins[index - first]
            yield Scale("factor-missing", 1 / value, origin, f"the factor {said} is missing")
            yield Scale("factor-twice", value, origin, f"the factor {said} is there twice")
            if divides and samples > 1 and number > samples and number % samples == 0:
                others = number / samples
                about = f"it is divided by {samples}, the samples, where the mean divides by all {number:g} numbers"
                yield Scale("factor-missing", others, origin, about)
                about = f"it is divided by {others:g}, where the mean divides by all {number:g} numbers"
                yield Scale("factor-missing", float(samples), origin, about)


def _ways(region: Region) -> dict[int, int]:
    """For each node whether it multiplies (1) or divides (−1) what it is part of; 0 where it does both."""
    graph = region.graph
    found = {region.root: 1}
    for index in reversed(region.nodes):
        way = found.get(index, 0)
        node = graph.nodes[index]
        for position, arg in enumerate(node.args):
            towards = -way if node.op == "divide" and position == 1 else way
            found[arg] = towards if found.get(arg, towards) == towards else 0
    return dict(sorted(found.items()))


def _minus(region: Region) -> int | None:
    """The nearest step that turns the sign."""
    graph, first = region.graph, len(region.graph.program.nodes)
    for index in reversed(region.nodes):
        node = graph.nodes[index]
        if node.op == "negative" or (node.op == "subtract" and node.args[1] in region.spine):
            return graph.origins[index - first]
    return None


def _means(region: Region) -> Iterator[Scale]:
    """Sums that a mean may have been taken for."""
    graph = region.graph
    for index in reversed(region.nodes):
        node = graph.nodes[index]
        if node.op in ("sum_to", "sum", "matmul"):
            for size in {size for arg in node.args for size in graph.shapes[arg] if size > 1}:
                about = f"a mean is taken where the sum belongs, which divides by {size} once more"
                yield Scale("mean-for-sum", 1 / size, graph.origins[index - len(graph.program.nodes)], about)


def explanations(factor: float, known: list[Scale], close: float) -> Iterator[tuple[Scale, ...]]:
    """The constants whose effects together are a factor, as closely as it is known; none at all where it is 1."""
    if math.isclose(factor, 1.0, rel_tol=close):
        yield ()
        return
    for count in range(1, AT_ONCE + 1):
        for several in combinations(known, count):
            apart = len({(one.origin, one.mistake == "sign") for one in several}) == count
            if apart and math.isclose(math.prod(one.effect for one in several), factor, rel_tol=close):
                yield several
