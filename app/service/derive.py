"""The derivation of one gradient as plain data, and what a small change of one element does."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from markupsafe import escape

from app.draw import numbers
from app.engine.arrays import nested
from app.engine.nudge import nudge
from app.engine.views import Card, Kind, View, view
from app.errors import Fault, InputError
from app.explain import notation
from app.explain.derivation import Derivation, Notation, Order, Reason, Step, derivation, document, outline, plain
from app.explain.derivation.figures import Figure
from app.service.analysis import Analysis, default_role
from app.service.answer import bounded
from app.service.facts import card_by_id
from app.work.caches import kept_text

DIGITS = 4
"""Of the numbers in formulas and sentences."""


def derived(analysis: Analysis, target: str, notation: Notation = Notation.MATRIX, order: Order | None = None) -> Derivation:
    """The derivation of ∂loss/∂target, `target` being the id of a card.

    Raises:
        InputError: there is no such value, or it is a constant.
    """
    analysis.weigh(0.06)
    shown = opened(analysis)
    card = target_card(analysis, shown, target)
    found = outline(analysis.graph, shown, card.id, data=sample_data(analysis), notation=notation, order=order)
    return derivation(found, analysis.trace, figure_of(analysis))


def figure_of(analysis: Analysis) -> Figure:
    """How numbers are written in formulas and sentences: in as many digits as were asked for, else in `DIGITS`."""
    form = analysis.display.form
    digits = DIGITS if form.digits == numbers.DIGITS else form.digits
    return lambda value: numbers.number(value, digits)


def figure(value: float) -> str:
    return numbers.number(value, DIGITS)


def opened(analysis: Analysis) -> View:
    """The view that is derived in: as it is shown, but with the passes of loops open."""
    passes = {group.id for group in analysis.program.groups if not group.is_call}
    return view(analysis.graph, replace(analysis.shown, closed=analysis.shown.closed - passes, most=None))


def target_card(analysis: Analysis, shown: View, target: str) -> Card:
    """The card that is meant.

    Raises:
        InputError: there is none, or it has no gradient.
    """
    found = known_card(shown, target)
    if found.node not in analysis.graph.gradients:
        raise InputError(Fault(f"{target} is a constant: it gets no gradient.", hint="Give it another role, or choose another value."))
    return found


def known_card(shown: View, wanted: str) -> Card:
    """The card that is meant, a constant or not.

    Raises:
        InputError: there is none.
    """
    found = card_by_id(shown).get(wanted)
    if found is None:
        names = ", ".join(card.id for card in shown.cards[:20]) + (", …" if len(shown.cards) > 20 else "")
        raise InputError(Fault(f"There is no value called {wanted[:60]}.", hint=f"There are {names}."))
    return found


def sample_data(analysis: Analysis) -> frozenset[str]:
    """The inputs that may hold one row for each sample: the data, and constants that are called as data is."""
    return frozenset(
        name for name, role in analysis.roles if role is Kind.DATA or (role is Kind.CONSTANT and default_role(name) is Kind.DATA)
    )


def derivation_answer(analysis: Analysis, found: Derivation) -> dict[str, Any]:
    """A derivation as plain data, ready for JSON."""
    outline = found.outline
    shown = opened(analysis)
    ids = [card.id for card in shown.cards]
    closed = outline.closed
    return {
        "target": outline.ways.target.id,
        "loss": outline.ways.loss.id,
        "notation": outline.notation.value,
        "order": outline.order.value,
        "paths": [list(path) for path in outline.ways.paths],
        "path_count": outline.ways.count,
        "names": {
            card.id: {"value": outline.names.values[card.node], "gradient": outline.names.gradients.get(card.node)} for card in shown.cards
        },
        "steps": [_step(analysis, found, step, ids) for step in found.steps],
        "closed_form": {"latex": latex_of(closed), "mathml": mathml_of(closed, ids), "code": closed.code},
        "notes": [_reason(analysis, reason) for reason in found.reasons],
    }


def derivation_markdown(analysis: Analysis, found: Derivation) -> str:
    """A derivation as a page of Markdown."""
    return document.markdown(found, analysis.program.text, figure)


def derivation_latex(analysis: Analysis, found: Derivation) -> str:
    """A derivation as a LaTeX document."""
    return document.latex(found, analysis.program.text, figure)


def derivation_text(found: Derivation) -> str:
    """A derivation as lines for a terminal."""
    return document.terminal(found, figure)


def _step(analysis: Analysis, found: Derivation, step: Step, ids: Sequence[str]) -> dict[str, Any]:
    value = found.value(step)
    return {
        "kind": step.kind,
        "node": step.node,
        "source": step.source,
        "words": step.words,
        "latex": latex_of(step),
        "mathml": mathml_of(step, ids),
        "code": step.code,
        "shape": None if value is None else list(np.shape(value)),
        "value": None if value is None else bounded(value, analysis.limits),
    }


def _reason(analysis: Analysis, reason: Reason) -> dict[str, Any]:
    return {
        "kind": reason.kind,
        "node": reason.node,
        "source": reason.source,
        "words": reason.words,
        "latex": reason.latex,
        "mathml": reason.latex and notation.mathml(reason.latex, display=True),
        "shares": None if reason.shares is None else bounded(reason.shares, analysis.limits),
        "jacobian": None if reason.jacobian is None else bounded(reason.jacobian, analysis.limits),
        "where": [list(place) for place in reason.where],
    }


def latex_of(step: Step) -> str | None:
    """A step's formula as LaTeX that stands by itself."""
    return None if step.latex is None else _plain(step.latex)


@kept_text("formulas")
def _plain(latex: str) -> str:
    return plain(latex)


def mathml_of(step: Step, ties: Sequence[str | tuple[str, str]]) -> str | None:
    """A step's formula as MathML, every name in it with its card's id as `data-node`, and with its kind as a class, if `ties` has both."""
    if step.latex is None:
        return None
    return re.sub(r'class="card-(\d+)"', lambda match: _tie(ties[int(match[1])]), notation.mathml(step.latex, display=True))


def _tie(tie: str | tuple[str, str]) -> str:
    if isinstance(tie, str):
        return f'data-node="{escape(tie)}"'
    return f'data-node="{escape(tie[0])}" class="{tie[1]}"'


def nudged(analysis: Analysis, target: str, index: Sequence[int], epsilon: float) -> dict[str, Any]:
    """What a change of one element by epsilon does, as the gradient predicts it and as it is, for every card on the way to the loss.

    Raises:
        InputError: there is no such value or element.
    """
    shown = opened(analysis)
    card = target_card(analysis, shown, target)
    graph = analysis.graph
    place = element_of(target, tuple(index), graph.shapes[card.node])
    changes = nudge(analysis.trace, card.node, place, epsilon)
    gradient = float(np.asarray(analysis.trace.value(graph.gradients[card.node]))[place])
    loss = changes.get(graph.loss.node)
    return {
        "target": card.id,
        "index": list(place),
        "epsilon": epsilon,
        "value": nested(np.asarray(np.asarray(analysis.trace.value(card.node))[place])),
        "gradient": nested(np.asarray(gradient)),
        "loss": {
            "name": graph.loss.name,
            "predicted": nested(np.asarray(gradient * epsilon)),
            "actual": 0.0 if loss is None else nested(np.reshape(loss.actual, ())),
        },
        "nodes": [
            {
                "id": one.id,
                "predicted": bounded(changes[one.node].predicted, analysis.limits),
                "actual": bounded(changes[one.node].actual, analysis.limits),
            }
            for one in shown.cards
            if one.node in changes
        ],
    }


def element_of(target: str, index: tuple[int, ...], shape: tuple[int, ...]) -> tuple[int, ...]:
    """The element that is meant, counted from 0.

    Raises:
        InputError: there is none.
    """
    if len(index) != len(shape) or any(not -size <= at < size for at, size in zip(index, shape, strict=True)):
        hint = (
            f"Its shape is {shape}: name one number for each axis, from 0 on." if shape else "It is a single number: leave the index out."
        )
        raise InputError(Fault(f"{target} has no element {list(index)[:8]}.", hint=hint))
    return tuple(at % size for at, size in zip(index, shape, strict=True))
