"""What has changed since one number of an input was another: of the loss and of every card, as it is and as the gradient predicted it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.draw import numbers
from app.engine.evaluate import run
from app.engine.linear import carried
from app.engine.program import Array, Trace
from app.service.analysis import Analysis
from app.service.derive import element_of

CARRIED = 120
"""In graphs of at most so many nodes each card is told what was predicted of it; in larger ones the loss alone."""


@dataclass(frozen=True, slots=True)
class Since:
    """One element of an input, and what it was."""

    input: str
    index: tuple[int, ...]
    value: float


@dataclass(frozen=True, slots=True)
class Moved:
    """How far things have moved, as (what changed, what was predicted of it, or "") for a line: the loss, and by id the cards that did."""

    loss: tuple[str, str]
    cards: Mapping[str, tuple[str, str]]


def moved(analysis: Analysis, since: Since) -> Moved | None:
    """The changes since an element was `since.value`; None where there is no such input.

    Raises:
        InputError: there is no such element.
    """
    analysis.weigh(0.02, runs=2)
    graph, trace = analysis.graph, analysis.trace
    node = next((item.node for item in graph.program.inputs if item.name == since.input), None)
    if node is None:
        return None
    now = np.asarray(trace.value(node))
    place = element_of(since.input, since.index, now.shape)
    before = now.copy()
    before[place] = since.value
    arrays = {item.name: before if item.node == node else trace.value(item.node) for item in graph.program.inputs}
    was = run(graph, arrays)
    with np.errstate(all="ignore"):
        predicted = _predicted(was, node, np.asarray(now - before), place)
        changes = {card.id: np.asarray(trace.value(card.node) - was.value(card.node)) for card in analysis.drawn.cards}
        loss = np.asarray(trace.value(graph.loss.node) - was.value(graph.loss.node))
    nodes = {card.id: card.node for card in analysis.drawn.cards}
    form = analysis.display.form
    cards = {name: (_told(change, form), _told(predicted.get(nodes[name]), form)) for name, change in changes.items() if change.any()}
    return Moved((_told(loss, form), _told(predicted.get(graph.loss.node), form)), cards)


def _predicted(was: Trace, node: int, step: Array, place: tuple[int, ...]) -> dict[int, Array]:
    """To first order, the change of each value that is told of; that of the loss is the gradient's element times the step."""
    graph = was.graph
    if len(graph.program.nodes) <= CARRIED:
        return {node: step, **dict(carried(was, node, step))}
    gradient = was.gradient(node)
    return {node: step} if gradient is None else {node: step, graph.loss.node: np.asarray(gradient[place] * step[place])}


def _told(change: Array | None, form: numbers.Format) -> str:
    """A change in a few characters: of a single number with its sign, of several the largest."""
    if change is None:
        return ""
    if change.size > 1:
        return f"≤ {form.text(numbers.largest(change))}"
    value = float(change.reshape(()))
    return f"{'+' if value > 0 else ''}{form.text(value)}"


def moved_answer(found: Moved | None) -> dict[str, Any] | None:
    """The same as plain data, ready for JSON."""
    return None if found is None else {"loss": list(found.loss), "cards": {name: list(told) for name, told in found.cards.items()}}
