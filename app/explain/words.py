"""Sentences: what a card and an edge say in English."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from app.engine.local import LocalDerivative
from app.engine.program import Shape
from app.engine.shapes import say
from app.engine.views import Card, Kind

PRIMES = "′″‴"


def plain_name(name: str) -> str:
    """A name in running text: h for h, h′ for h__2, the second value of h; of mse.diff all of it, so that it can be told from others."""

    def primed(match: re.Match[str]) -> str:
        number = int(match[1]) - 1
        return PRIMES[number - 1] if 1 <= number <= len(PRIMES) else f"⁽{str(number).translate(_RAISED)}⁾"

    return re.sub(r"__(\d+)", primed, name)


_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def card_name(card: Card) -> str:
    """A card's name in running text, or what it is where it has none."""
    return plain_name(card.name) if card.name else card.expression or card.id


def listing(items: Sequence[str]) -> str:
    """a, b and c."""
    return " and ".join(filter(None, (", ".join(items[:-1]), *items[-1:])))


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


def card_sentence(plain: str, kind: Kind, shape: Shape, value: str, gradient: str | None, *, beside: str = "") -> str:
    """One card in one sentence, for those who hear the picture or point at a card."""
    what = {Kind.INTERMEDIATE: "intermediate value", Kind.LOSS: "the loss"}.get(kind, kind.value)
    back = "" if gradient is None else f"; gradient {gradient}"
    return f"{plain}: {what}, {say(shape)}; value {value}{back}{beside}"


NEIGHBOURS = 5
"""So many are told by name."""


def neighbours(made: Sequence[str], used: Sequence[str]) -> str:
    """What a card is made from, and what it is used by."""
    return "".join(f"; {verb} {few(names)}" for verb, names in (("made from", made), ("used by", used)) if names)


def few(names: Sequence[str], most: int = NEIGHBOURS) -> str:
    """x, w1 and 3 more."""
    names = [*dict.fromkeys(names)]
    return listing(names if len(names) <= most else [*names[: most - 1], f"{len(names) - most + 1} more"])


def edge_sentence(source: str, target: str, local: str | None, summed: str, contribution: str | None) -> str:
    """One edge in words: its local derivative, and what it sends back."""
    if local is None:
        return f"{target} uses {source}; nothing comes back this way." if contribution is None else f"{target} uses {source}."
    said = f"The derivative of {target} with respect to {source} is {local}{', ' + summed if summed else ''}."
    return said if contribution is None else f"{said} It sends back {contribution}."


def picture_sentence(cards: int, loss: str, value: str) -> str:
    """The whole picture in one sentence."""
    return f"Computation graph of {cards} values with their gradients. The loss {loss} is {value}."
