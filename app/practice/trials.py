"""Other numbers for a program's inputs, of the same shapes: what is right for all of them is no coincidence."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from app.engine.evaluate import run
from app.engine.keeping import reading
from app.engine.program import ARRAY, CONSTANT, Array, Graph, Trace, below
from app.engine.views import Kind
from app.errors import Fault, LimitError
from app.settings import Limits

OTHERS, MORE, SMALL = 4, 24, 20_000
"""So many further sets of numbers an answer is tried on, and so many where all numbers of a graph are few: a single number that is
compared with another has two sides only."""
CHOOSING = {"take": 1, "take_along_axis": 1, "put": 1, "put_along_axis": 2, "one_hot": 0, "class_targets": 0}
"""Operations with an argument that says which, by its position: its numbers are not moved, but exchanged."""


@dataclass(frozen=True, eq=False)
class Trials:
    """The run for the numbers that were given, and for others."""

    given: Trace
    others: tuple[Trace, ...]

    def __iter__(self) -> Iterator[Trace]:
        yield self.given
        yield from self.others


def trials(trace: Trace, roles: Mapping[str, Kind], limits: Limits) -> Trials:
    """The runs. Constants stay as they are, unless they say which; labels, and probabilities, change places.

    Raises:
        LimitError: so many runs would exceed the limits.
    """
    graph = trace.graph
    cost = graph.cost
    count = MORE if cost.elements <= SMALL else OTHERS
    runs = count + 1
    flops = runs * (cost.forward + cost.backward)
    if flops > limits.flops:
        raise LimitError("flops", flops, limits.flops, _too_large(runs, f"{flops:,.0f} floating-point operations", limits.flops))
    size = runs * cost.bytes
    if size > limits.total_bytes:
        raise LimitError("total_bytes", size, limits.total_bytes, _too_large(runs, f"{size:,} bytes", limits.total_bytes))
    rng = np.random.default_rng(zlib.crc32(graph.program.text.encode()))
    which = choosing(graph)
    others = []
    for number in range(count):
        for draw in _DRAWS[number % 2 :]:
            found = {
                item.name: _drawn(draw, trace.value(item.node), rng, roles[item.name], which=item.node in which)
                for item in graph.program.inputs
            }
            other = run(graph, found)
            if np.isfinite(_summary(other)):
                break
        others.append(other)
    return Trials(trace, tuple(others))


def _too_large(runs: int, what: str, most: float) -> Fault:
    message = f"Trying an answer on {runs} sets of numbers would take {what}; at most {most:,.0f} are allowed."
    return Fault(message, hint="Take fewer samples or smaller layers: the gradient's formula is the same.")


def _summary(trace: Trace) -> float:
    """Not finite where the loss or a gradient of an input is not."""
    graph = trace.graph
    parts = [trace.value(graph.loss.node), *(trace.gradient(item.node) for item in graph.program.inputs)]
    with np.errstate(all="ignore"):
        return float(sum(np.sum(np.abs(part)) for part in parts if part is not None))


@reading()
def choosing(graph: Graph) -> frozenset[int]:
    """The nodes that an argument which says which is made from."""
    nodes = graph.program.nodes
    places = [node.args[CHOOSING[node.op]] for node in nodes if node.op in CHOOSING]
    return frozenset(index for index in below(nodes, places) if nodes[index].op not in (CONSTANT, ARRAY))


def _anew(a: Array, rng: np.random.Generator) -> Array:
    """As large as they were, and nothing else alike."""
    size = float(np.sqrt(np.mean(np.square(a, where=np.isfinite(a), out=np.zeros(np.shape(a))))))
    # Now and then much larger or smaller: what only happens far from 0, or close to it, happens too.
    drawn: Array = rng.normal(size=np.shape(a)) * min(max(size, 0.5), 3.0) * rng.choice([0.2, 1.0, 1.0, 2.5])
    return drawn


def _stretched(a: Array, rng: np.random.Generator) -> Array:
    """Each by a factor of its own; zeros become small numbers."""
    moved: Array = (a + 0.3 * rng.normal(size=np.shape(a)) * (a == 0)) * np.exp(0.5 * rng.normal(size=np.shape(a)))
    return moved


def _moved(a: Array, rng: np.random.Generator) -> Array:
    """A little."""
    return a * (1 + 0.05 * rng.normal(size=np.shape(a))) + 1e-3 * rng.normal(size=np.shape(a))


Draw: TypeAlias = Callable[[Array, np.random.Generator], Array]
_DRAWS: tuple[Draw, ...] = (_anew, _stretched, _moved)
"""From bold to cautious: the domain of a logarithm is left by the first, and not by the last."""


def _drawn(draw: Draw, a: Array, rng: np.random.Generator, role: Kind, *, which: bool) -> Array:
    """Other numbers for one input."""
    labels = role is Kind.DATA and len(levels := set(np.unique(a).tolist())) > 1 and levels <= {-1.0, 0.0, 1.0}
    kept = exchanged(a, rng, role, which=which or labels)
    if kept is not None:
        return kept
    with np.errstate(all="ignore"):
        moved: Array = np.where(np.isfinite(a), draw(np.where(np.isfinite(a), a, 0.0), rng), a)
    return moved


def exchanged(a: Array, rng: np.random.Generator, role: Kind, *, which: bool) -> Array | None:
    """The numbers of an input that keeps them: class numbers and probabilities in other places, constants as they are; else None."""
    if role is not Kind.PARAMETER and _is_shares(a):
        return rng.permuted(a, axis=-1)
    if which:
        return rng.permutation(np.ravel(a)).reshape(np.shape(a))
    return a if role is Kind.CONSTANT else None


def _is_shares(a: Array) -> bool:
    """Whether each row's numbers are probabilities that sum to 1; a single vector says which class, or how much."""
    return bool(np.ndim(a) > 1 and np.shape(a)[-1] > 1 and np.all(a >= 0) and np.allclose(np.sum(a, axis=-1), 1, rtol=0, atol=1e-9))
