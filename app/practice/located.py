"""Where in what a person wrote a mistake stands, and how far it is right."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from app.draw.numbers import largest
from app.engine.code import operand_code
from app.engine.program import CONSTANT, INPUT, Array, Graph, below
from app.engine.sketch import Valued
from app.practice.changes import COMPARISONS
from app.practice.closeness import agreeing, ratio, same
from app.practice.diagnosis import Finding, Search
from app.practice.reading import Line, Reading
from app.practice.region import Region

MOST = 60
"""So many parts of a line, and gradients, are compared with each other."""


def line_of(reading: Reading, line: Line, finding: Finding, search: Search) -> int:
    """The first line, among those that a line is made from, that holds what is only there because of the mistake; else its own."""
    before = [one for one in made_from(reading, line) if one is not line]
    if not before:
        return line.line
    run, size = search.runs[-1], search.sizes[-1]
    right = [run.value(index) for index in search.region.nodes]
    if finding.changed is not None:
        wrong = [search.region.sketch.value(run, index) for index in sorted(finding.changed.touched)]
        factor = None
    else:
        wrong, factor = right, ratio([reading.values(line.node)[-1]], [search.true[-1]], [size])
    for one in before:
        value = [reading.values(one.node)[-1]]
        if np.size(value[0]) < 2 or not largest(value[0]):
            continue
        known = [ratio(value, [other], [size]) for other in right]
        if any(other is not None and (factor is None or math.isclose(other, 1.0, rel_tol=1e-6)) for other in known):
            continue
        found = [ratio(value, [other], [size]) for other in wrong]
        if any(other is not None and (factor is None or math.isclose(other, factor, rel_tol=1e-6)) for other in found):
            return one.line
    return line.line


def made_from(reading: Reading, line: Line, *, broken: bool = False) -> list[Line]:
    """The named lines that a line is made from, itself the last of them; or those among them that are broken."""
    found = set(below(reading.program.nodes, [line.node]))
    return [one for one in reading.lines if one.node in found and one.broken == broken]


def right_part(reading: Reading, line: Line, graph: Graph, runs: Sequence[Valued], sizes: Sequence[float]) -> tuple[str, int] | None:
    """The largest part of a line that is a gradient of the graph, up to a factor: as code, and the node whose gradient it is."""
    nodes = reading.program.nodes
    parts = [part for part in parts_of(reading, line) if part != line.node]
    named = {item.node: item.name for item in reading.program.inputs}
    targets = [*dict.fromkeys(graph.program.names())][:MOST]
    for part in parts:
        values = reading.values(part)
        if not any(np.any(value) for value in values):
            continue
        for target in targets:
            gradient = graph.gradients.get(target)
            if gradient is None or graph.shapes[gradient] != np.shape(values[0]) or target == graph.loss.node:
                continue
            if ratio(values, [run.value(gradient) for run in runs], sizes) is not None:
                return operand_code(nodes, named, part, nodes[part]), target
    return None


def parts_of(reading: Reading, line: Line) -> list[int]:
    """The nodes that a line is made from and that are several numbers, itself the first of them."""
    nodes, shapes = reading.program.nodes, reading.shaped.graph.shapes
    found = sorted(below(nodes, [line.node]), reverse=True)[:MOST]
    return [
        index
        for index in found
        if nodes[index].op not in (INPUT, CONSTANT) and index not in reading.shaped.broken and math.prod(shapes[index]) > 1
    ]


def wrong_mask(reading: Reading, line: Line, region: Region, runs: Sequence[Valued], sizes: Sequence[float]) -> int | None:
    """The node of the backward pass that lets through where a condition holds, if a part of a line does so where another one holds."""
    graph = region.graph
    for site in region.nodes:
        node = graph.nodes[site]
        masks = [arg for arg in node.args if graph.nodes[arg].op in COMPARISONS]
        if node.op != "multiply" or len(masks) != 1:
            continue
        passed = node.args[1 - node.args.index(masks[0])]
        for part in parts_of(reading, line):
            values = reading.values(part)
            if np.shape(values[0]) != graph.shapes[site] or same(values[-1], runs[-1].value(site), sizes[-1]):
                continue
            cases = [
                _otherwise(value, run.value(site), run.value(passed), size) for value, run, size in zip(values, runs, sizes, strict=True)
            ]
            if False not in cases and True in cases:
                return site
    return None


def _otherwise(found: Array, wanted: Array, passed: Array, size: float) -> bool | None:
    """Whether an array is what is passed, cut off elsewhere than wanted; or right where it passes, and not cut off elsewhere. None
    where nothing is left of it, which says nothing."""
    through, right = agreeing(found, passed, size), agreeing(found, wanted, size)
    if not np.any(found):
        return None
    return bool(np.all(through | (found == 0)) or np.all(right | (wanted == 0)))
