"""Where in what a person wrote a mistake stands, and how far it is right."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from app.engine.code import code
from app.engine.program import CONSTANT, INPUT, Graph, below
from app.engine.sketch import Valued
from app.practice.closeness import largest, ratio
from app.practice.diagnosis import Finding, Search
from app.practice.reading import Line, Reading

MOST = 400
"""So many parts of a line, and gradients, are compared with each other."""


def line_of(reading: Reading, line: Line, finding: Finding, search: Search) -> int:
    """The first line, among those that a line is made from, that holds what is only there because of the mistake; else its own."""
    before = [one for one in made_from(reading, line) if one is not line]
    changed, sketch = finding.changed, search.region.sketch
    if changed is None or not before:
        return line.line
    run, size = search.runs[-1], search.sizes[-1]
    wrong = [sketch.value(run, index) for index in sorted(changed.touched)]
    right = [run.value(index) for index in search.region.nodes]
    for one in before:
        value = [np.asarray(reading.runs[-1].value(one.node))]
        if np.size(value[0]) > 1 and largest(value[0]) > 0 and not any(ratio(value, [other], [size]) for other in right):
            if any(ratio(value, [other], [size]) for other in wrong):
                return one.line
    return line.line


def made_from(reading: Reading, line: Line) -> list[Line]:
    """The named lines that a line is made from, itself the last of them."""
    found = set(below(reading.program.nodes, [line.node]))
    return [one for one in reading.lines if one.node in found and not one.broken]


def right_part(reading: Reading, line: Line, graph: Graph, runs: Sequence[Valued], sizes: Sequence[float]) -> tuple[str, int] | None:
    """The largest part of a line that is a gradient of the graph, up to a factor: as code, and the node whose gradient it is."""
    nodes = reading.program.nodes
    parts = sorted((index for index in below(nodes, [line.node]) if index != line.node), reverse=True)[:MOST]
    named = {item.node: item.name for item in reading.program.inputs}
    targets = [*dict.fromkeys(graph.program.names())][:MOST]
    for part in parts:
        if nodes[part].op in (INPUT, CONSTANT) or part in reading.shaped.broken:
            continue
        values = reading.values(part)
        if np.size(values[0]) < 2:
            continue
        for target in targets:
            gradient = graph.gradients.get(target)
            if gradient is None or graph.shapes[gradient] != np.shape(values[0]) or target == graph.loss.node:
                continue
            if ratio(values, [run.value(gradient) for run in runs], sizes) is not None:
                return code(nodes, part, named), target
    return None
