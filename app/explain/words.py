"""Sentences: what a card, an edge and a kink say in English."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from app.engine.local import LocalDerivative
from app.engine.ops import OPERATIONS
from app.engine.program import CONSTANT, INPUT, Shape, Trace
from app.engine.shapes import say
from app.engine.views import Card, Kind

MOST = 5
"""As many places are named; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something to know about one value in this run. `where` lists the elements it applies to."""

    kind: str
    message: str
    where: tuple[tuple[int, ...], ...]


def notes(trace: Trace, card: Card) -> tuple[Note, ...]:
    """The notes on a card: where its operations sit on a kink, with the convention that was used, and where it is not finite."""
    graph = trace.graph
    found = []
    for index in card.inside:
        node = graph.nodes[index]
        if node.op in (INPUT, CONSTANT) or index not in graph.varying:
            continue
        kink = OPERATIONS[node.op].kink
        if kink is None:
            continue
        at = np.broadcast_to(kink.at(*(trace.value(arg) for arg in node.args)), graph.shapes[index])
        if at.any():
            where = tuple(tuple(int(i) for i in place) for place in np.argwhere(at)[:1000])
            found.append(Note("kink", f"{_places(where, int(at.sum()))}: {kink.convention}", where))
    for what, array in (("value", trace.value(card.node)), ("gradient", trace.gradient(card.node))):
        if array is not None and not np.isfinite(array).all():
            odd = ~np.isfinite(array)
            where = tuple(tuple(int(i) for i in place) for place in np.argwhere(odd)[:1000])
            found.append(Note("nonfinite", f"The {what} is not finite {_places(where, int(odd.sum()), 'at')}.", where))
    return tuple(found)


def _places(where: tuple[tuple[int, ...], ...], count: int, opening: str = "At") -> str:
    """At [0, 1], [2, 0] and 3 more; a single number has no place to name."""
    if where == ((),):
        return "Here" if opening == "At" else "here"
    listed = ", ".join(str(list(place)) for place in where[:MOST])
    return f"{opening} {listed}" + (f" and {count - MOST} more" if count > MOST else "")


def aside(local: LocalDerivative | None) -> str:
    """Over what a contribution is summed, in a few words for an edge: "Σ over 3 rows"."""
    if local is None or not local.summed:
        return ""
    shape = local.summed[0][1]
    if len(local.summed) > 1 and {axis for axis, _ in local.summed} == {axis for axis, size in enumerate(shape) if size > 1}:
        return f"Σ over all {math.prod(shape)} elements"
    return "Σ over " + " and ".join(_counted(axis, shape) for axis, shape in local.summed)


def _counted(axis: int, shape: Shape) -> str:
    names = {len(shape) - 1: "columns", len(shape) - 2: "rows"} if len(shape) > 1 else {0: "elements"}
    return f"{shape[axis]} {names[axis]}" if axis in names else f"{shape[axis]} along axis {axis}"


def card_sentence(plain: str, kind: Kind, shape: Shape, value: str, gradient: str | None) -> str:
    """One card in one sentence, for those who hear the picture or point at a card."""
    what = {Kind.INTERMEDIATE: "intermediate value", Kind.LOSS: "the loss"}.get(kind, kind.value)
    back = "" if gradient is None else f"; gradient {gradient}"
    return f"{plain}: {what}, {say(shape)}; value {value}{back}"


def edge_sentence(source: str, target: str, local: str | None, summed: str, contribution: str | None) -> str:
    """One edge in words: its local derivative, and what it sends back."""
    if local is None:
        return f"{target} uses {source}; nothing comes back this way." if contribution is None else f"{target} uses {source}."
    said = f"The derivative of {target} with respect to {source} is {local}{', ' + summed if summed else ''}."
    return said if contribution is None else f"{said} It sends back {contribution}."


def picture_sentence(cards: int, loss: str, value: str) -> str:
    """The whole picture in one sentence."""
    return f"Computation graph of {cards} values with their gradients. The loss {loss} is {value}."
