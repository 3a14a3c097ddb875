"""The two passes one step after the other, on what is drawn, with the numbers of one run."""

from __future__ import annotations

from typing import Any

from app.engine.keeping import reading
from app.engine.program import INPUT, Graph
from app.engine.views import Kind, View, kind
from app.errors import Fault, InputError, LimitError
from app.explain import derivation
from app.explain.playback import Playback, Step, in_numbers, playback, sentence
from app.service import facts
from app.service.analysis import Analysis
from app.service.derive import figure_of, latex_of, mathml_of

MOST = 1000
"""So many values, and uses of them, are told one by one, at most."""


def steps_answer(analysis: Analysis, asked: int | None = None) -> dict[str, Any]:
    """All steps as plain data, ready for JSON; the formulas of the one that is asked for as MathML too.

    Raises:
        InputError: there is no such step.
        LimitError: there are more than anyone watches.
    """
    analysis.weigh(0.2)
    found = _playback(analysis.graph, _watchable(analysis.drawn), analysis.roles)
    count = len(found.steps)
    if asked is not None and asked >= count:
        raise InputError(Fault(f"There is no step {asked}.", hint=f"There are {count}, counted from 0: the last is {count - 1}."))
    return {
        "count": count,
        "forward": next(number for number, step in enumerate(found.steps) if step.phase == "backward"),
        "steps": [_told(analysis, found, number, typeset=number == asked) for number in range(count)],
    }


def _watchable(shown: View) -> View:
    told = len(shown.cards) + len(shown.edges)
    if told > MOST:
        fault = Fault(f"There are {told:,} values and uses of values; at most {MOST:,} can be told one by one.", hint="Close groups.")
        raise LimitError("steps", told, MOST, fault)
    return shown


@reading(1000)
def _playback(made: Graph, shown: View, roles: facts.Roles) -> Playback:
    of = dict(roles)
    data = {card.node for card in shown.cards if made.nodes[card.node].op == INPUT and kind(made, card.node, of) is Kind.DATA}
    return playback(made, shown, facts.local_by_edge(made, shown), data)


def _told(analysis: Analysis, found: Playback, number: int, *, typeset: bool) -> dict[str, Any]:
    step = found.steps[number]
    formula, filled = _formula(step, step.latex), _formula(step, in_numbers(step, found.scribe, analysis.trace, figure_of(analysis)))
    mathml = None
    if typeset:
        ids = [card.id for card in analysis.drawn.cards]
        mathml = {"formula": mathml_of(formula, ids), "filled": mathml_of(filled, ids)}
    return {
        "number": number,
        "pass": step.phase,
        "kind": step.kind,
        "node": step.node,
        "edge": step.edges[0] if step.kind == "contribution" else None,
        "edges": list(step.edges),
        "from": step.origin,
        "words": sentence(step, analysis.trace, figure_of(analysis)),
        "latex": latex_of(formula),
        "filled": latex_of(filled),
        "shows": {"values": list(step.values), "gradients": list(step.gradients)},
        "mathml": mathml,
    }


def _formula(step: Step, latex: str | None) -> derivation.Step:
    return derivation.Step(step.kind, step.node or "", "", latex)
