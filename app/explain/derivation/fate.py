"""Why a gradient is 0, huge, tiny or no number: walked back to the first factor that made it so."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.engine.linear import pushed
from app.engine.ops import OPERATIONS
from app.engine.program import CONSTANT, Array, Trace
from app.engine.views import Edge
from app.explain import notes, words
from app.explain.derivation.figures import Figure
from app.explain.derivation.ways import Ways

HUGE, TINY, JUMP = 1e3, 1e-6, 10.0
"""A gradient beyond these is asked for its reason; a step that makes it so many times larger or smaller is one."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a gradient, and why; `where` lists the elements."""

    kind: str
    words: str
    where: tuple[tuple[int, ...], ...] = ()


def fate(trace: Trace, found: Ways, figure: Figure) -> Fate | None:
    """What is to be said of the target's gradient, if anything is."""
    gradient = np.asarray(trace.value(trace.graph.gradients[found.target.node]))
    if not found.count or found.target is found.loss:
        return None
    if not np.isfinite(gradient).all():
        return _Walk(trace, found, figure).not_finite(gradient)
    if not gradient.all():
        return _Walk(trace, found, figure).zero(gradient)
    size = float(np.abs(gradient).max())
    return _Walk(trace, found, figure).sized(size) if size > HUGE or size < TINY else None


@dataclass
class _Walk:
    trace: Trace
    found: Ways
    figure: Figure

    def __post_init__(self) -> None:
        cards = self.found.cards
        self.cards = {card.id: card for card in cards}
        self.plain = {card.id: words.card_name(card) for card in cards}

    def gradient(self, card: str) -> Array:
        return np.asarray(self.trace.value(self.trace.graph.gradients[self.cards[card].node]))

    def not_finite(self, gradient: Array) -> Fate:
        odd = ~np.isfinite(gradient)
        where = notes.places(odd)
        opening = (
            f"{int(odd.sum())} of {gradient.size} elements of this gradient are not finite." if gradient.size > 1 else "It is not finite."
        )
        # Forward first: what is not finite there is the reason for what comes back.
        for card in reversed(self.found.cards):
            for note in notes.notes(self.trace, card):
                if note.kind == "nonfinite" and "begins here" in note.message and note.message.startswith("The value"):
                    return Fate("nonfinite", f"{opening} It begins in the forward pass, at {self.plain[card.id]}. {note.message}", where)
        for card in self.found.cards:
            if not np.isfinite(self.gradient(card.id)).all():
                reasons = [note.message for note in notes.notes(self.trace, card) if note.kind == "nonfinite"]
                return Fate(
                    "nonfinite", f"{opening} On the way back it begins at {self.plain[card.id]}. {' '.join(reasons)}".strip(), where
                )
        return Fate("nonfinite", opening, where)

    def zero(self, gradient: Array) -> Fate:
        """The first 0, followed towards the loss to where it came from."""
        where, count = notes.places(gradient == 0), int((gradient == 0).sum())
        card, place = self.found.target.id, where[0]
        opening = (
            f"{count} of {gradient.size} elements of this gradient {'is' if count == 1 else 'are'} 0"
            if gradient.size > 1
            else "This gradient is 0"
        )
        one = f"; take {self.element(card, place)}. " if gradient.size > 1 else ". "
        passed: list[str] = []
        while card != self.found.loss.id:
            following, alive = None, False
            for edge in self.found.uses[card]:
                if self.nothing_arrives(edge.target):
                    following = following or (
                        edge.target,
                        place if self.shape(edge.target) == self.shape(card) else self.first(edge.target),
                    )
                    continue
                column, back = self.column(edge, card, place), self.gradient(edge.target)
                alive = alive or bool(np.any((column != 0) & (back != 0)))
                linked = np.argwhere((column != 0) & (back == 0))
                if following is None and len(linked):
                    following = (edge.target, tuple(int(i) for i in linked[0]))
            if alive:
                ways = "What its uses send back adds up to 0"
                return Fate("zero", f"{opening}{one}{ways} at {self.element(card, place)}: the shares cancel.{_told(passed[:-1])}", where)
            if following is None:
                stopped = words.listing([self.plain[name] for name in self.found.consumers(card)])
                said = f"The way back is closed between {stopped} and {self.element(card, place)}: the derivative there is 0"
                return Fate("zero", f"{opening}{one}{said}{self.seen(card, place)}.{_told(passed[:-1])}", where)
            card, place = following
            passed.append(self.element(card, place))
        return Fate("zero", f"{opening}.", where)

    def shape(self, card: str) -> tuple[int, ...]:
        return self.trace.graph.shapes[self.cards[card].node]

    def first(self, card: str) -> tuple[int, ...]:
        return tuple(0 for _ in self.shape(card))

    def nothing_arrives(self, card: str) -> bool:
        """Whether a gradient is 0 whatever the numbers are: then nothing is sent on, and no derivative can be read off it."""
        node = self.trace.graph.nodes[self.trace.graph.gradients[self.cards[card].node]]
        return node.op == CONSTANT and node.number == 0

    def column(self, edge: Edge, card: str, place: tuple[int, ...]) -> Array:
        """The derivative of a whole card with respect to one element of another."""
        unit = np.zeros(self.shape(card))
        unit[place] = 1.0
        return np.asarray(pushed(self.trace, edge.target_node, edge.use, unit))

    def element(self, card: str, place: tuple[int, ...]) -> str:
        return f"{self.plain[card]}{list(place)}" if place else self.plain[card]

    def seen(self, card: str, place: tuple[int, ...]) -> str:
        """The value at which a mask stopped it, if it was one."""
        uses = self.found.uses[card]
        masked = [OPERATIONS[self.trace.graph.nodes[edge.use.node].op].kink is not None for edge in uses]
        if len(uses) > 1 or not all(masked):
            return ""
        value = float(np.asarray(self.trace.value(self.cards[card].node))[place])
        return f", where {self.element(card, place)} is {self.figure(value)}"

    def sized(self, size: float) -> Fate:
        """The first step from the loss that made the gradient much larger, or much smaller; or the one that did most. At each value
        the use is followed that sends most back."""
        steps: list[tuple[str, str, float]] = []
        card = self.found.target.id
        while card != self.found.loss.id:
            sent = [(float(np.abs(self.contribution(edge)).max()), edge.target) for edge in self.found.uses[card]]
            most, consumer = max(sent)
            before = float(np.abs(self.gradient(consumer)).max())
            steps.append((consumer, card, most / before if before else 1.0))
            card = consumer
        steps.reverse()
        grown = size > HUGE
        strong = [step for step in steps if (step[2] >= JUMP if grown else step[2] <= 1 / JUMP)]
        consumer, card, ratio = strong[0] if strong else max(steps, key=lambda step: step[2] if grown else -step[2])
        kind, word = ("huge", "larger") if grown else ("tiny", "smaller")
        times = self.figure(ratio if grown or not ratio else 1 / ratio)
        said = (
            f"This gradient is {'huge' if grown else 'tiny'}, {self.figure(size)} at most. The first step back that makes it so is from "
            f"{self.plain[consumer]} to {self.plain[card]}: what comes back is {times} times {word} behind it"
        )
        others = len(strong) - 1
        return Fate(kind, f"{said}{f', and {others} more steps do the same' if others > 0 else ''}.")

    def contribution(self, edge: Edge) -> Array:
        return np.asarray(self.trace.value(self.trace.graph.contributions[edge.use]))


def _told(passed: list[str]) -> str:
    return f" The 0 was handed on from there by {words.listing(passed[-4:][::-1])}." if passed else ""
