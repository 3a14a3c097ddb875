"""A derivation for the page: its steps in sections, formulas typeset, numbers in tables; and a nudge, element by element."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from app.draw import numbers
from app.engine.code import number
from app.engine.nudge import nudge
from app.engine.program import Array
from app.engine.views import kind
from app.errors import InputError, LimitError
from app.explain import words
from app.explain.derivation import Derivation, Notation, Order, Reason, Step
from app.explain.frameworks import Framework
from app.service import facts
from app.service.analysis import Analysis
from app.service.code import program_code
from app.service.derive import derived, element_of, figure_of, latex_of, mathml_of, opened

LINKS, NOTES = 24, 24
"""Of more links or notes than that, as many at either end, or the first, are shown; the rest are counted."""
EPSILON = 0.001
APART = 0.1
"""What a nudge changes is said to differ from what was predicted where it does by more of it than that."""
HOW = {
    Notation.MATRIX: "Each letter stands for all samples at once.",
    Notation.SAMPLE: "One sample is written, and a sum over all of them where they share something.",
    Order.CHAIN: "Factors stand as the chain rule meets them; a matrix that has to multiply from the left says so.",
    Order.SHAPES: "Factors stand where their shapes let them: matrices, unlike numbers, may not change places.",
}
"""What the switches mean."""


def lesson(analysis: Analysis, selected: str, notation: Notation = Notation.MATRIX, order: Order | None = None) -> dict[str, Any] | None:
    """The derivation of one card's gradient, in sections; None where it has none, or stands for several values."""
    shown = opened(analysis)
    card = facts.card_by_id(shown).get(selected)
    if card is None or card.node not in analysis.graph.gradients:
        return None
    return _Lesson(analysis, derived(analysis, selected, notation, order)).told()


class _Lesson:
    def __init__(self, analysis: Analysis, found: Derivation) -> None:
        self.analysis, self.found, self.outline = analysis, found, found.outline
        self.form = analysis.display.form
        shown = opened(analysis)
        roles = dict(analysis.roles)
        self.cards = {card.id: card for card in shown.cards}
        self.ties = [(card.id, kind(analysis.graph, card.node, roles).value) for card in shown.cards]

    def told(self) -> dict[str, Any]:
        steps = {
            kind: [step for step in self.found.steps if step.kind == kind] for kind in ("words", "forward", "chain", "closed", "numeric")
        }
        ways = self.outline.ways
        notes = self.found.reasons
        links, left = self.links()
        how = f"{HOW[self.outline.notation]} {HOW[self.outline.order]}"
        if self.outline.scribe.instead and self.outline.known:
            how += f" {self.outline.scribe.signs.count} = {self.outline.known.count} samples."
        refused = next((note.words for note in notes if note.kind == "samples"), "")
        return {
            "target": ways.target.id,
            "plain": facts.plain(ways.target),
            "loss": facts.plain(ways.loss),
            "notation": self.outline.notation.value,
            "order": self.outline.order.value,
            "how": how,
            "refused": refused,
            "story": steps["words"][0].words,
            "ladder": [self.step(step) for step in steps["forward"]],
            "chain": [self.step(step) for step in steps["chain"]],
            "links": links,
            "left": left,
            "closed": [self.step(step) for step in steps["closed"]],
            "numeric": [self.step(step) for step in steps["numeric"]],
            "notes": [self.note(note) for note in notes[:NOTES]],
            "more_notes": max(0, len(notes) - NOTES),
        }

    def step(self, step: Step) -> dict[str, Any]:
        return {
            "words": step.words,
            "latex": latex_of(step),
            "mathml": mathml_of(step, self.ties),
            "code": step.code,
            "node": step.node,
            "source": step.source,
            "name": self.plain(step.source or step.node),
        }

    def plain(self, card: str) -> str:
        return facts.plain(self.cards[card])

    def links(self) -> tuple[list[dict[str, Any]], int]:
        """For each card the derivatives of what it is used in, and the running product; of very many the middle is left out."""
        found: list[dict[str, Any]] = []
        locals_: list[dict[str, Any]] = []
        for step in self.found.steps:
            if step.kind == "local":
                value = self.found.value(step)
                # A single number stands in the formula already.
                told = None if value is None or np.size(value) == 1 else np.asarray(value)
                locals_.append(self.step(step) | ({"table": None, "size": 1, "shape": ""} if told is None else self.numbers(told)))
            elif step.kind == "product":
                value = np.asarray(self.found.value(step))
                found.append(
                    {
                        "node": step.node,
                        "plain": self.plain(step.node),
                        "locals": locals_,
                        "product": self.step(step),
                        **self.numbers(value),
                    }
                )
                locals_ = []
        if len(found) <= LINKS:
            return found, 0
        half = LINKS // 2
        return found[:half] + found[-half:], len(found) - 2 * half

    def numbers(self, value: Array) -> dict[str, Any]:
        """A value as a table where it is small, and its shape."""
        return {
            "shape": numbers.shape_text(np.shape(value)),
            "table": numbers.table(value, self.form)["rows"] if value.size <= numbers.FULL_ROWS * numbers.FULL_COLUMNS else None,
            "size": value.size,
        }

    def note(self, reason: Reason) -> dict[str, Any]:
        shares = reason.shares
        lead, colon, rest = reason.words.partition(": ")
        led = bool(colon) and (lead.startswith("Why ") or lead == "The order of the factors")
        return {
            "kind": reason.kind,
            "lead": f"{lead}:" if led else "",
            "words": rest if led else reason.words,
            "shares": [] if shares is None or shares.ndim > 3 else [numbers.table(share, self.form)["rows"] for share in shares],
            "jacobian": None if reason.jacobian is None else numbers.table(reason.jacobian, self.form)["rows"],
        }


def tried(analysis: Analysis, selected: str, element: str, epsilon: float | None) -> dict[str, Any]:
    """A nudge of one element, for the page: the loss, and of each value on the way the element that changes most.

    `element` is as one writes it, 0,1; where there is none of that kind, it is the element with the largest gradient, and where the step
    is none, a small one. `remarks` say so.
    """
    remarks = []
    if epsilon is None:
        epsilon = EPSILON
        remarks.append(f"A step is a number other than 0, at most 1,000,000 either way: {number(EPSILON)[0]} is taken.")
    shown = opened(analysis)
    card = facts.card_by_id(shown)[selected]
    graph, trace = analysis.graph, analysis.trace
    gradient = np.asarray(trace.value(graph.gradients[card.node]))
    place = _place(element, gradient) if element.strip() else _largest(gradient)
    if place is None:
        place = _largest(gradient)
        remarks.append(
            f"{facts.plain(card)} is {numbers.shape_text(gradient.shape)}, and its elements are counted from 0: there is no element "
            f"{element.strip()}. The one with the largest gradient is taken."
        )
    changes = nudge(trace, card.node, place, epsilon)
    rows = []
    for one in shown.cards:
        if one.node in changes and one.node not in (card.node, graph.loss.node):
            predicted, actual = changes[one.node].predicted, changes[one.node].actual
            at = tuple(int(i) for i in np.unravel_index(int(np.argmax(np.abs(np.nan_to_num(predicted)))), np.shape(predicted)))
            rows.append({"node": one.id, "element": _element(facts.plain(one), at), **_pair(predicted[at], actual[at])})
    loss = changes.get(graph.loss.node)
    foretold, came = float(gradient[place]) * epsilon, 0.0 if loss is None else float(np.reshape(loss.actual, ()))
    if came == 0 and foretold:
        remarks.append("The step is too small: what it changes is beyond the digits that numbers have.")
    elif abs(came - foretold) > APART * max(abs(came), abs(foretold)):
        remarks.append("The two differ: a derivative tells of small steps, and this one is large for this program.")
    return {
        "element": ",".join(map(str, place)),
        "shape": np.shape(gradient),
        "epsilon": number(epsilon)[0],
        "says": f"{_element(facts.plain(card), place)} is {figure_of(analysis)(float(np.asarray(trace.value(card.node))[place]))}",
        "rows": _few(rows),
        "loss": {"node": graph.loss.name, "element": words.plain_name(graph.loss.name)}
        | _pair(foretold, came),
        "gradient": figure_of(analysis)(float(gradient[place])),
        "remarks": remarks,
    }  # fmt: skip


def _few(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Of very many rows those nearest to the element and to the loss."""
    half = LINKS // 2
    return list(rows) if len(rows) <= LINKS else [*rows[:half], *rows[-half:]]


def _pair(predicted: float, actual: float) -> dict[str, Any]:
    return {"predicted": numbers.number(float(predicted), 5), "actual": numbers.number(float(actual), 5)}


def _element(name: str, place: tuple[int, ...]) -> str:
    return f"{name}{list(place)}" if place else name


def _place(element: str, gradient: Array) -> tuple[int, ...] | None:
    """The element that is meant; None where there is none."""
    try:
        wanted = tuple(int(part) for part in element.replace("[", "").replace("]", "").split(",") if part.strip())
        return element_of("", wanted, np.shape(gradient))
    except (ValueError, InputError):
        return None


def _largest(gradient: Array) -> tuple[int, ...]:
    size = np.abs(np.nan_to_num(gradient, nan=0.0, posinf=0.0, neginf=0.0))
    return tuple(int(i) for i in np.unravel_index(int(np.argmax(size)), size.shape))


def listed(analysis: Analysis, framework: Framework) -> dict[str, Any]:
    """A program for the page: its lines, each with the card that it calculates; or why there is none."""
    try:
        found = program_code(analysis, framework)
    except LimitError as error:
        return {"framework": framework.value, "lines": [], "refused": str(error)}
    ties = {line.line: line.node for line in found.lines}
    lines = [{"text": text, "node": ties.get(number)} for number, text in enumerate(found.code.rstrip("\n").split("\n"), 1)]
    return {"framework": framework.value, "lines": lines, "refused": ""}
