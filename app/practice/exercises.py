"""Exercises for any program: one for each value, of four kinds, from the loss's own argument to the inputs."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from app.engine.program import INPUT, Graph, Trace
from app.engine.shapes import say
from app.engine.views import Card, View
from app.explain.identifiers import identifiers
from app.practice.blame import size_of
from app.practice.closeness import ROUNDING
from app.practice.region import Region

MOST = 200
"""So many values have exercises: those nearest to the loss, and the inputs."""


class Task(StrEnum):
    """What is asked of a gradient, from the easiest on."""

    SHAPE = "shape"
    SIGN = "sign"
    NUMBER = "number"
    FORMULA = "formula"


@dataclass(frozen=True, slots=True)
class Exercise:
    """One question about ∂loss/∂variable. `element` is asked for a sign or a number; `level` counts the steps from the loss."""

    id: str
    variable: str
    task: Task
    question: str
    level: int
    element: tuple[int, ...] | None = None


def exercises(trace: Trace, shown: View, seed: int = 0) -> list[Exercise]:
    """The exercises for all values of a view whose gradient is not the trivial one of the loss itself, the nearest to the loss first,
    the inputs last; `seed` chooses the elements that are asked for."""
    names = identifiers(trace.graph, shown).values
    return [one for card, level in _ordered(trace.graph, shown) for one in _of_card(trace, card, names[card.node], level, seed)]


def _ordered(graph: Graph, shown: View) -> list[tuple[Card, int]]:
    """The values that are asked for, each with its distance from the loss: intermediates from the loss down, then inputs."""
    levels = _levels(graph, shown)
    asked = [
        card
        for card in shown.cards
        if card.id in levels and levels[card.id] and card.node in graph.gradients and card.stands_for == 1 and card.name is not None
    ]
    found = sorted(asked, key=lambda card: (graph.nodes[card.node].op == INPUT, levels[card.id], -card.node))
    return [(card, levels[card.id]) for card in found[:MOST]]


def _levels(graph: Graph, shown: View) -> dict[str, int]:
    """How many steps lie between each value and the loss, on the shortest way; of those that the loss depends on."""
    loss = next((card.id for card in shown.cards if card.node == graph.loss.node), None)
    found = {} if loss is None else {loss: 0}
    for edge in sorted(shown.edges, key=lambda one: -one.target_node):
        if edge.target in found:
            found[edge.source] = min(found.get(edge.source, len(shown.cards)), found[edge.target] + 1)
    return found


def _of_card(trace: Trace, card: Card, name: str, level: int, seed: int) -> Iterator[Exercise]:
    graph, loss = trace.graph, trace.graph.loss.name
    shape = graph.shapes[card.node]
    partial = f"∂{loss}/∂{name}"
    yield Exercise(f"shape-{card.id}", card.id, Task.SHAPE, f"What shape does {partial} have?", level)
    sign, number = _elements(trace, card, seed)
    for task, element, question in (
        (Task.SIGN, sign, "Is {} negative, 0 or positive?"),
        (Task.NUMBER, number, "Which number is {}?"),
    ):
        if element is not None:
            said = f"element {list(element)} of {partial}" if shape else partial
            yield Exercise(f"{task.value}-{card.id}", card.id, task, question.format(said), level, element)
    shaped = f"its shape is {say(shape)}" if shape else "it is a single number"
    yield Exercise(f"formula-{card.id}", card.id, Task.FORMULA, f"Write {partial} as an expression: {shaped}.", level)


def _elements(trace: Trace, card: Card, seed: int) -> Sequence[tuple[int, ...] | None]:
    """The elements whose sign, and whose number, are asked for: a sign that is 0 where there is one, a number that is not."""
    gradient = np.asarray(trace.value(trace.graph.gradients[card.node]))
    if not np.all(np.isfinite(gradient)):
        return None, None
    rng = np.random.default_rng([seed % 2**32, zlib.crc32(card.id.encode())])
    size = ROUNDING * size_of(trace, Region(trace.graph, trace.graph.gradients[card.node], frozenset()))
    zero, others = np.argwhere(np.abs(gradient) <= size), np.argwhere(np.abs(gradient) > size)
    first = zero if len(zero) and (not len(others) or rng.random() < 0.5) else others
    second = others if len(others) else zero
    return [tuple(int(i) for i in places[int(rng.integers(len(places)))]) for places in (first, second)]
