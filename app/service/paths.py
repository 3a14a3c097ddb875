"""Every path between two values: what is multiplied along each, its numbers, and their sum."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from app.draw import numbers
from app.engine.arrays import nested
from app.engine.linear import leading, returned
from app.engine.ops import OPERATIONS
from app.engine.program import Array, Shape, Use
from app.engine.views import Card, Edge, kind
from app.errors import Fault, InputError
from app.explain.derivation import Step
from app.explain.derivation.ways import Routes, routes
from app.explain.paths import Formulas, sentence
from app.service import facts
from app.service.analysis import Analysis
from app.service.derive import known_card, latex_of, mathml_of, target_card
from app.work.weight import weigh

PATH = 2.0
"""Milliseconds for a path that is told, and its formula."""
SIDE = 24
"""A derivative of several numbers by several is written as a matrix of at most so many rows and columns."""
WORK, APPLIED = 8e7, 10_000
"""Floating-point operations that may be spent on multiplying out, and how many a rule costs besides its own."""
STOPS = 24
"""Of a longer path so many names are told, half of them at either end."""


@dataclass(frozen=True, eq=False)
class Path:
    """One path: the ids of its cards and edges from the source on, what is multiplied along it, and the product."""

    nodes: tuple[str, ...]
    edges: tuple[str, ...]
    formula: Step
    value: Array | None


@dataclass(frozen=True, eq=False)
class Paths:
    """The paths from one card to another. `listed` are some of them, `whole` is the sum of all; a number is None where it is too large
    or too much work. To a single number they have the shape of the source, else `shape` is that of a matrix, (elements of the target,
    elements of the source)."""

    routes: Routes
    shape: Shape
    listed: tuple[Path, ...]
    formula: Step
    whole: Array | None
    words: str


def paths(analysis: Analysis, source: str, target: str) -> Paths:
    """The paths from one card of the picture to another.

    Raises:
        InputError: there is no such value, it is drawn within another, or the source is a constant.
    """
    analysis.weigh(0.1)
    shown, graph = analysis.drawn, analysis.graph
    for wanted in (source, target):
        _check_stands(analysis, wanted)
    start, end = target_card(analysis, shown, source), known_card(shown, target)
    found = routes(shown, start.id, end.id)
    weigh(PATH * len(found.listed))
    products, formulas = _Products(analysis, found), Formulas(graph, shown)
    values = products.values or (None,) * len(found.listed)

    def step(latex: str) -> Step:
        return Step("path", end.id, "", latex, source=start.id)

    said = sentence(found, loss=end.node == graph.loss.node, backwards=bool(routes(shown, end.id, start.id).count))
    return Paths(
        found,
        products.shape,
        tuple(
            Path((start.id, *(edge.target for edge in route)), tuple(edge.id for edge in route), step(formulas.product(route)), value)
            for route, value in zip(found.listed, values, strict=True)
        ),
        step(formulas.total(found)),
        products.whole,
        " ".join([said, *products.remarks()]),
    )


def _check_stands(analysis: Analysis, wanted: str) -> None:
    """A value may have a card of its own, and yet be put together with others in the picture, since there are too many."""
    card = facts.card_by_id(analysis.view).get(wanted)
    if card is not None and wanted not in facts.card_by_id(analysis.drawn):
        around = next(one.id for one in analysis.drawn.cards if card.node in one.inside)
        raise InputError(Fault(f"{wanted} is drawn within {around}.", hint=f"Open {around}, or choose it instead."))


class _Products:
    """The numbers: what the target sends back along each path, for one unit of every element of it."""

    def __init__(self, analysis: Analysis, found: Routes) -> None:
        self.analysis, self.found = analysis, found
        self.trace, self.graph = analysis.trace, analysis.graph
        self.cards = {card.id: card for card in found.cards}
        self.sizes = [int(np.prod(self.graph.shapes[card.node])) for card in (found.target, found.source)]
        self.single = self.sizes[0] == 1
        self.shape: Shape = self.graph.shapes[found.source.node] if self.single else tuple(self.sizes)

    @cached_property
    def small(self) -> bool:
        return self.sizes[1] <= self.analysis.limits.json_elements if self.single else max(self.sizes) <= SIDE

    @cached_property
    def whole(self) -> Array | None:
        """The sum over all paths."""
        found = self.found
        if not self.small:
            return None
        if not found.count:
            return np.zeros(self.shape)
        if found.source is found.target:
            return np.ones(self.shape) if self.single else np.eye(self.sizes[0])
        if found.target.node == self.graph.loss.node:
            return self.trace.gradient(found.source.node)
        uses = sorted({use for crossed in self.crossed.values() for use in crossed}, key=lambda use: (-use.node, -use.position))
        if self.work(uses) > WORK:
            return None
        return self.gathered([returned(self.trace, unit, uses) for unit in self.units()])

    @cached_property
    def values(self) -> tuple[Array, ...] | None:
        """The product along each of the listed paths."""
        if not self.small:
            return None
        if self.found.count == 1:
            return None if self.whole is None else (self.whole,)
        if self.work(use for _, edges in self.walk() for edge in edges for use in self.crossed[edge]) > WORK:
            return None
        values = []
        stack = [self.units()]
        for shared, edges in self.walk():
            del stack[shared + 1 :]
            for edge in edges:
                stack.append([returned(self.trace, arriving, self.crossed[edge]) for arriving in stack[-1]])
            values.append(self.gathered(stack[-1]))
        return tuple(values)

    def walk(self) -> Iterator[tuple[int, tuple[Edge, ...]]]:
        """The listed paths from the target down: how many edges each shares with the one before, and those that it does not."""
        for before, route in pairwise([(), *(route[::-1] for route in self.found.listed)]):
            shared = next((i for i, (a, b) in enumerate(zip(before, route, strict=False)) if a is not b), min(len(before), len(route)))
            yield shared, route[shared:]

    @cached_property
    def crossed(self) -> dict[Edge, tuple[Use, ...]]:
        """The uses that each edge stands for, with those within the target's card that lead to them; the last first."""
        return {edge: leading(self.graph, self.cards[edge.target].inside, self.leaving(edge)) for edge in self.found.edges}

    def leaving(self, edge: Edge) -> set[Use]:
        """The uses of the one card in the other that an edge stands for."""
        if not edge.bundled:
            return {edge.use}
        of = set(self.cards[edge.source].inside)
        inside = self.cards[edge.target].inside
        return {Use(node, at) for node in inside for at, arg in enumerate(self.graph.nodes[node].args) if arg in of}

    def work(self, uses: Iterable[Use]) -> float:
        """What it costs to go back through some uses, for every element of the target."""
        shapes = self.graph.shapes
        spent = 0.0
        for use in uses:
            node = self.graph.nodes[use.node]
            own = OPERATIONS[node.op].flops(shapes[use.node], *(shapes[arg] for arg in node.args), **dict(node.parameters))
            spent += self.sizes[0] * (APPLIED + own)
        return spent

    def units(self) -> list[Mapping[int, Array]]:
        """What arrives at the target: 1 at one element after the other."""
        target = self.found.target.node
        return [{target: unit.reshape(self.graph.shapes[target])} for unit in np.eye(self.sizes[0])]

    def gathered(self, rows: Sequence[Mapping[int, Array]]) -> Array:
        """What has come back to the source, as one array."""
        nothing = np.zeros(self.graph.shapes[self.found.source.node])
        back = [row.get(self.found.source.node, nothing) for row in rows]
        return back[0] if self.single else np.array([np.ravel(one) for one in back])

    def remarks(self) -> Iterator[str]:
        """What is to be known about the numbers."""
        found = self.found
        over, under = facts.plain(found.target), facts.plain(found.source)
        each = "It" if found.count == 1 else "Each"
        rows, columns = self.sizes
        if found.count and not self.single:
            if self.small:
                yield f"{each} is a matrix with a row for each element of {over} and a column for each of {under}."
            else:
                yield f"As a matrix it has {rows:,} × {columns:,} numbers, which is too large to be written out."
        elif found.count and not self.small:
            yield f"It has {columns:,} numbers, which is too many to be written out."
        if found.count and self.small and self.whole is None:
            yield "To multiply it out would take too long."
        elif found.count and self.small and self.values is None:
            yield "To multiply out each path would take too long: only the sum has numbers."
        if any(edge.bundled for edge in found.edges):
            yield "Values and uses that are drawn as one are gone through as one."
        for card in {found.source.id: found.source, found.target.id: found.target}.values():
            if card.stands_for > 1:
                yield f"{card.expression} stands for {card.stands_for} values; meant is the last, {facts.plain(card)}."


def paths_answer(found: Paths) -> dict[str, Any]:
    """The paths as plain data, ready for JSON."""
    return {
        "source": found.routes.source.id,
        "target": found.routes.target.id,
        "shape": list(found.shape),
        "path_count": found.routes.count,
        "paths": [{"nodes": list(path.nodes), "edges": list(path.edges)} | _told(path.formula, path.value) for path in found.listed],
        "sum": _told(found.formula, found.whole),
        "words": found.words,
    }


def _told(formula: Step, value: Array | None) -> dict[str, Any]:
    return {"latex": latex_of(formula), "value": None if value is None else nested(value)}


def paths_told(analysis: Analysis, found: Paths) -> dict[str, Any]:
    """The paths for the page: names in a line, formulas typeset, numbers in tables where they are small."""
    roles = dict(analysis.roles)
    cards = {card.id: card for card in analysis.drawn.cards}
    ties = [(card.id, kind(analysis.graph, card.node, roles).value) for card in analysis.drawn.cards]

    def typeset(formula: Step, value: Array | None) -> dict[str, Any]:
        small = value is not None and value.size <= numbers.FULL_ROWS * numbers.FULL_COLUMNS
        table = numbers.table(value, analysis.display.form)["rows"] if value is not None and small else None
        return {"mathml": mathml_of(formula, ties), "table": table, "size": 0 if value is None else value.size}

    return {
        "source": facts.plain(found.routes.source),
        "target": facts.plain(found.routes.target),
        "words": found.words,
        "shape": numbers.shape_text(found.shape),
        "paths": [
            {"nodes": path.nodes, "edges": path.edges, "line": _line([cards[name] for name in path.nodes])}
            | typeset(path.formula, path.value)
            for path in found.listed
        ],
        "sum": typeset(found.formula, found.whole),
    }


def _line(stops: Sequence[Card]) -> str:
    """w1 → u1 → MSE."""
    names = [facts.plain(card) for card in stops]
    if len(names) > STOPS:
        names = [*names[: STOPS // 2], f"… {len(names) - STOPS:,} more …", *names[-STOPS // 2 :]]
    return " → ".join(names)
