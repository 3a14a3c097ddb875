"""The graph as DOT text, for people who go on with it in Graphviz. Quoting and escaping are the graphviz package's."""

from __future__ import annotations

from collections.abc import Mapping

import graphviz

from app.draw.graph import Direction, Frame, Numbers

COLOURS = {"data": "#0b7a75", "parameter": "#7444c0", "constant": "#6b7280", "intermediate": "#33415c", "loss": "#b3261e"}


def dot_text(frame: Frame, painted: Mapping[str, Mapping[str, Numbers]]) -> str:
    """A digraph: one box a card with its value and gradient, one edge a use with its local derivative."""
    text = graphviz.Digraph(
        "curlyd",
        graph_attr={"rankdir": "LR" if frame.direction is Direction.RIGHT else "TB"},
        node_attr={"shape": "box", "fontname": "monospace"},
    )
    # Groups are clusters, inner ones finished before they are put into the outer ones.
    clusters = {box.id: graphviz.Digraph(f"cluster_{i}", graph_attr={"label": _label([box.name])}) for i, box in enumerate(frame.boxes)}
    for card in frame.cards:
        lines = [f"{card.plain}   {card.shape}".rstrip()]
        for part, numbers in painted[card.id].items():
            lines += [part if part == "value" else f"gradient of {frame.loss}", *_rows(numbers)]
        inside = text if card.group is None else clusters[card.group]
        inside.node(card.id, label=_label(lines), color=COLOURS[card.kind])
    for box in reversed(frame.boxes):
        (text if box.parent is None else clusters[box.parent]).subgraph(clusters[box.id])
    for edge in frame.edges:
        derivative = "".join(run.text for run in edge.label)
        text.edge(edge.source, edge.target, label=_label([derivative, edge.aside] if edge.aside else [derivative]))
    return str(text.source)


def _label(lines: list[str]) -> str:
    """Lines set flush left; what they say is escaped, and never read as markup."""
    return str(graphviz.nohtml("".join(graphviz.escape(line) + "\\l" for line in lines)))


def _rows(numbers: Numbers) -> list[str]:
    rows: dict[int, list[str]] = {}
    for cell in numbers.cells:
        rows.setdefault(cell.row, []).append(cell.text.rjust(7))
    return ["  " + " ".join(row) for row in rows.values()] + ([f"  {numbers.line}"] if numbers.line else [])
