"""The picture's twin: every card of it as a row of a table."""

from __future__ import annotations

from typing import Any

import numpy as np

from app.draw import graph, numbers
from app.engine.program import Array
from app.explain import words
from app.service import facts
from app.service.analysis import Analysis


def table(analysis: Analysis) -> list[dict[str, Any]]:
    """A row for each card that is drawn, in the order of evaluation: what it is, its numbers, and what it is made from and used by."""
    shown, form, batch = analysis.drawn, analysis.display.form, facts.batched(analysis.graph, analysis.roles).nodes
    beside = facts.beside(shown)

    def numbers_of(array: Array | None, node: int) -> dict[str, Any] | None:
        if array is None:
            return None
        sample = analysis.display.sample if node in batch else None
        grid = numbers.grid(array.shape, sample)
        found = graph.numbers_of(array, grid, form)
        rows: dict[int, list[dict[str, Any]]] = {}
        for cell in found.cells:
            rows.setdefault(cell.row, []).append({"text": cell.text, "tint": None if cell.place is None else cell.tint})
        return {"rows": list(rows.values()), "line": found.line, "sample": grid.rows.index(sample) if sample in grid.rows else None}

    return [
        {
            "id": card.id,
            "plain": facts.plain_equation(card),
            "kind": fixed["kind"],
            "shape": numbers.shape_text(analysis.graph.shapes[card.node]),
            "value": numbers_of(np.asarray(analysis.trace.value(card.node)), card.node),
            "gradient": numbers_of(analysis.trace.gradient(card.node), card.node),
            "made": words.few(beside[card.id][0]),
            "used": words.few(beside[card.id][1]),
        }
        for card, fixed in facts.cards(analysis.graph, shown, analysis.roles)
    ]
