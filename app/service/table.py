"""The picture's twin: every card of it as a row of a table."""

from __future__ import annotations

from typing import Any

from app.draw import graph, numbers
from app.engine.program import Array
from app.explain import words
from app.service import facts
from app.service.analysis import Analysis


def table(analysis: Analysis) -> list[dict[str, Any]]:
    """A row for each card that is drawn, in the order of evaluation: what it is, its numbers, and what it is made from and used by."""
    shown, form = analysis.drawn, analysis.display.form
    beside = facts.beside(shown)

    def numbers_of(array: Array | None) -> dict[str, Any] | None:
        if array is None:
            return None
        found = graph.numbers_of(array, form=form)
        rows: dict[int, list[dict[str, Any]]] = {}
        for cell in found.cells:
            rows.setdefault(cell.row, []).append({"text": cell.text, "tint": None if cell.place is None else cell.tint})
        return {"rows": list(rows.values()), "line": found.line}

    return [
        {
            "id": card.id,
            "plain": facts.plain_equation(card),
            "kind": fixed["kind"],
            "shape": numbers.shape_text(analysis.graph.shapes[card.node]),
            "value": numbers_of(analysis.trace.value(card.node)),
            "gradient": numbers_of(analysis.trace.gradient(card.node)),
            "made": words.few(beside[card.id][0]),
            "used": words.few(beside[card.id][1]),
        }
        for card, fixed in facts.cards(analysis.graph, shown, analysis.roles)
    ]
