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


def scales(region: Region, samples: int) -> list[Scale]:
    """Every constant that a gradient is multiplied with or divided by, missing and there twice. The same effect is told once, by the
    step that is nearest."""
    found: dict[tuple[str, float], Scale] = {}
    for scale in _scales(region, samples):
        found.setdefault((scale.mistake, round(scale.effect, 12)), scale)
    return [*found.values()]


def _scales(region: Region, samples: int) -> Iterator[Scale]:
    graph, first = region.graph, len(region.graph.program.nodes)
    minus = None
    for index in reversed(region.nodes):
        node, origin = graph.nodes[index], graph.origins[index - first]
        if node.op == "negative" or (node.op == "subtract" and node.args[1] in region.spine):
            minus = origin if minus is None else minus
        if node.op not in ("multiply", "divide"):
            continue
        for position, arg in enumerate(node.args):
            if not region.is_constant(arg) or graph.nodes[arg].op != "constant" or (node.op == "divide" and position == 0):
                continue
            number = graph.nodes[arg].number
            if number in (0.0, 1.0) or not math.isfinite(number):
                continue
            said = f"{number:g}" if node.op == "multiply" else f"1/{number:g}"
            value = number if node.op == "multiply" else 1 / number
            if number == -1.0:
                minus = origin if minus is None else minus
                continue
            yield Scale("factor-missing", 1 / value, origin, f"the factor {said} is missing")
            yield Scale("factor-twice", value, origin, f"the factor {said} is there twice")
            if node.op == "divide" and samples > 1 and number > samples and number % samples == 0:
                others = number / samples
                about = f"it is divided by {samples}, the samples, where the mean divides by all {number:g} numbers"
                yield Scale("factor-missing", others, origin, about)
                about = f"it is divided by {others:g}, where the mean divides by all {number:g} numbers"
                yield Scale("factor-missing", float(samples), origin, about)
    yield Scale("sign", -1.0, minus, "the sign is the wrong way round")


def explained(factor: float, known: list[Scale]) -> tuple[Scale, ...] | None:
    """The fewest constants whose effects together are a factor; none at all where it is 1, None where nothing says it."""
    if math.isclose(factor, 1.0, rel_tol=CLOSE):
        return ()
    for count in range(1, AT_ONCE + 1):
        for several in combinations(known, count):
            if len({(one.origin, one.mistake == "sign") for one in several}) < count:
                continue
            if math.isclose(math.prod(one.effect for one in several), factor, rel_tol=CLOSE):
                return several
    return None
