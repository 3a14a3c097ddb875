"""Everything about one card, in full."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from app.draw import numbers
from app.engine.program import Array
from app.engine.views import Edge, Kind
from app.explain import notation, notes, words
from app.service import facts
from app.service.analysis import Analysis
from app.service.picture import sent_back

LISTED = 50
"""Uses of a card, and of others in it, that are told one by one; the rest are counted."""


def selected(analysis: Analysis, wanted: str | None) -> str:
    """The card that is inspected: the one that is wanted, if it is there, else the first parameter, else the first card."""
    ids = {card.id for card in analysis.view.cards}
    if wanted in ids:
        return str(wanted)
    parameters = [name for name, role in analysis.roles if role is Kind.PARAMETER]
    return parameters[0] if parameters else analysis.view.cards[0].id


def inspect(analysis: Analysis, selected: str) -> dict[str, Any]:
    """Everything about one card, for the page: formula, numbers in full, notes, and what it gets from each use."""
    made, trace = analysis.graph, analysis.trace
    card, fixed = next(item for item in facts.cards(made, analysis.view, analysis.roles) if item[0].id == selected)
    arrays: list[tuple[str, str, str | None, Array]] = [("value", "value", None, trace.value(card.node))]
    gradient = trace.gradient(card.node)
    if gradient is not None:
        named = card.readable or card.name is not None
        arrays.append(("gradient", "gradient", notation.latex_gradient(made, card.node, analysis.view.names) if named else None, gradient))
    edges = facts.edges(made, analysis.view)
    sample = analysis.display.sample if card.node in facts.batched(made, analysis.roles).nodes else None
    uses, sources = ([item for item in edges if end(item[0]) == selected] for end in (attrgetter("source"), attrgetter("target")))
    return {
        "id": card.id,
        "plain": facts.plain_equation(card),
        "kind": fixed["kind"],
        "shape": numbers.shape_text(made.shapes[card.node]),
        "sample": sample,
        "formula": notation.mathml(fixed["latex"]),
        "blocks": [
            {"part": part, "label": label, "math": math and notation.mathml(math), **numbers.table(array, analysis.display.form)}
            for part, label, math, array in arrays
        ],
        "notes": notes.notes(trace, card, analysis.parameters),
        "uses": [_inspected(analysis, edge, fact) for edge, fact in uses[:LISTED]],
        "made": [_inspected(analysis, edge, fact) for edge, fact in sources[:LISTED]],
        "left": {"uses": max(0, len(uses) - LISTED), "made": max(0, len(sources) - LISTED)},
    }


def _inspected(analysis: Analysis, edge: Edge, fact: dict[str, Any]) -> dict[str, Any]:
    made, names = analysis.graph, analysis.view.names
    cards = facts.card_by_id(analysis.view)
    local = facts.local_by_edge(made, analysis.view)[edge]
    told = fact["local_derivative"]
    found = {
        "source": edge.source,
        "target": edge.target,
        "says": {name: facts.plain(cards[name]) for name in (edge.source, edge.target)},
        "math": None,
        "vjp": told and told["vjp"],
        "summed": words.aside(local),
        "sent": sent_back(analysis, edge),
    }
    if local is not None:
        found["math"] = notation.mathml(notation.latex_partial(made, local, edge.target_node, edge.source_node, names))
    return found
