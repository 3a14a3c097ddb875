"""The whole graph as plain data, for JSON."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

import numpy as np

from app.draw import numbers
from app.engine.arrays import nested
from app.engine.digest import Extent, digest
from app.engine.program import Array
from app.engine.views import LINES, Card
from app.errors import Fault, LimitError
from app.explain import notes
from app.service import facts
from app.service.analysis import Analysis
from app.settings import Limits
from app.text import visible
from app.work.weight import weigh

NUMBER, DIGITS = 0.0004, 4
"""Milliseconds for a number that is written, and the bytes that it takes at least."""


def answer(analysis: Analysis) -> dict[str, Any]:
    """The whole graph as plain data, ready for JSON: loss, nodes in the order of evaluation, edges."""
    trace, made = analysis.trace, analysis.graph
    analysis.weigh(0.05)
    _bound(analysis)
    loss = float(analysis.loss.reshape(()))
    parameters = analysis.parameters
    nodes = [fixed | _measured(analysis, card, parameters) for card, fixed in facts.cards(made, analysis.view, analysis.roles)]
    edges, finite = [], digest(trace).finite
    for edge, fixed in facts.edges(made, analysis.view):
        sent = None if edge.bundled else made.contributions.get(edge.use)
        edges.append(fixed | {"contribution": None if sent is None else bounded(trace.value(sent), analysis.limits, finite=finite)})
    unused = [f"The program does not use the input {visible(name[:60])}." for name in analysis.unused]
    return {
        "loss": {"name": made.loss.name, "value": _scalar(loss)}, "nodes": nodes, "edges": edges, "groups": groups(analysis),
        "cost": asdict(made.cost), "notes": unused,
    }  # fmt: skip


def _bound(analysis: Analysis) -> None:
    """Holds the numbers that would be written against the limit, before any is."""
    most, shapes = analysis.limits.json_elements, analysis.graph.shapes
    cards = 2 * sum(size for card in analysis.view.cards if (size := math.prod(shapes[card.node])) <= most)
    edges = sum(size for edge in analysis.view.edges if (size := math.prod(shapes[edge.source_node])) <= most)
    weigh((cards + edges) * NUMBER)
    size, limit = (cards + edges) * DIGITS, analysis.limits.response_bytes
    if size > limit:
        hint = 'Fewer of them are sent where a request says so: "limits": {"json_elements": 100}.'
        fault = Fault(f"The numbers of the answer would take {size:,} bytes or more; at most {limit:,} are sent.", hint=hint)
        raise LimitError("response_bytes", size, limit, fault)


def groups(analysis: Analysis) -> list[dict[str, Any]]:
    """The calls and passes of the program, outer ones first, and which of them stand open."""
    stand = {box.id for box in analysis.view.boxes}
    return [
        {
            "id": group.id, "name": group.name, "kind": "call" if group.is_call else "pass", "parent": group.parent,
            "line": group.place.line, "open": group.id in stand,
        }
        for group in analysis.program.groups
    ]  # fmt: skip


def foldable(analysis: Analysis) -> list[dict[str, Any]]:
    """The groups that can be opened or closed in the picture, as it is drawn: its boxes, and what is folded into its cards."""
    shown = analysis.drawn
    program = {group.id: group for group in analysis.program.groups}
    found = {box.id: True for box in shown.boxes} | {name: False for card in shown.cards for name in card.opens}
    found |= {name: True for name in analysis.shown.open if LINES in name and name not in found}
    return [
        {
            "id": name,
            "name": program[name].name if name in program else name.replace(LINES, f" {LINES} "),
            "line": program[name].place.line if name in program else None,
            "open": stands,
        }
        for name, stands in sorted(found.items(), key=lambda item: program[item[0]].start if item[0] in program else 0)
    ]


def _measured(analysis: Analysis, card: Card, parameters: frozenset[str]) -> dict[str, Any]:
    trace, limits = analysis.trace, analysis.limits
    read = digest(trace)
    index = analysis.graph.gradients.get(card.node)
    value, gradient = trace.value(card.node), None if index is None else trace.value(index)
    found: dict[str, Any] = {
        "value": bounded(value, limits, finite=read.finite),
        "gradient": None if gradient is None else bounded(gradient, limits, finite=read.finite),
        "statistics": {
            "value": _statistics(value, read.extents.get(card.node)),
            "gradient": None if gradient is None or index is None else _statistics(gradient, read.extents.get(index)),
        },
        "notes": [{"kind": note.kind, "message": note.message, "where": note.where} for note in notes.notes(trace, card, parameters)],
    }
    if value.size > limits.json_elements:
        found["preview"] = {"value": _preview(value), "gradient": None if gradient is None else _preview(gradient)}
    return found


def bounded(array: Array, limits: Limits, *, finite: bool = False) -> Any:
    """An array for JSON; None where it would be too large. `finite` says that every element is known to be."""
    if np.size(array) > limits.json_elements:
        return None
    return array.tolist() if finite else nested(np.asarray(array))


def _statistics(array: Array, known: Extent | None) -> dict[str, Any]:
    found = numbers.statistics(array, known)
    return {
        "min": _scalar(found.min), "max": _scalar(found.max), "mean": _scalar(found.mean), "norm": _scalar(found.norm),
        "nonfinite": found.nonfinite,
    }  # fmt: skip


def _scalar(value: float | None) -> Any:
    return value if value is None or math.isfinite(value) else nested(np.float64(value))  # type: ignore[arg-type]


def _preview(array: Array) -> list[dict[str, Any]]:
    """The elements that a picture shows, each with its index."""
    shown = numbers.cells(array, numbers.grid(array.shape))
    places = [[int(i) for i in cell.place.split(",")] for cell in shown if cell.place]
    return [{"index": place, "value": _scalar(float(array[tuple(place)]))} for place in places]
