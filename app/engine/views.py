"""Two levels, one graph: statements with their expressions folded in, or every operation by itself.

Nothing is kept twice: a view only lists which nodes stand as cards, and which uses are edges between them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from app.engine.code import READABLE, code, lengths
from app.engine.program import CONSTANT, INPUT, Graph, Statement, Use


class Detail(StrEnum):
    STATEMENTS = "statements"
    OPERATIONS = "operations"


class Kind(StrEnum):
    DATA = "data"
    PARAMETER = "parameter"
    CONSTANT = "constant"
    INTERMEDIATE = "intermediate"
    LOSS = "loss"


@dataclass(frozen=True, slots=True)
class Card:
    """One value that is shown. `id` addresses it; `name` is None for a part of an expression."""

    id: str
    name: str | None
    node: int
    line: int | None
    expression: str | None
    inside: tuple[int, ...]
    """The nodes that are folded into it, itself among them."""
    readable: bool = True
    """False for a part that is too long to be written out; its expression is an ellipsis."""


@dataclass(frozen=True, slots=True)
class Edge:
    """One use of `source` in `target`; `number` counts the uses of the one in the other from 0."""

    source: str
    target: str
    number: int
    use: Use
    source_node: int
    target_node: int

    @property
    def id(self) -> str:
        return f"{self.source}-{self.target}-{self.number}"


@dataclass(frozen=True, eq=False)
class View:
    """Cards in the order of evaluation, and the edges between them."""

    cards: tuple[Card, ...]
    edges: tuple[Edge, ...]


@lru_cache(maxsize=256)
def view(graph: Graph, detail: Detail) -> View:
    """The cards and edges of a graph at a level of detail."""
    program = graph.program
    names = program.names()
    ids: dict[int, str] = dict(names)
    cards = [Card(item.name, item.name, item.node, item.place.line, None, (item.node,)) for item in program.inputs]
    edges: list[Edge] = []
    symbols = lengths(program.nodes, names.keys())
    uses: Counter[tuple[int, int]] = Counter()
    for statement in program.statements:
        parts = _parts(graph, statement, names)
        if detail is Detail.OPERATIONS:
            for number, index in enumerate(parts[:-1], 1):
                ids[index] = f"{statement.name}.{number}"
                readable = symbols[index] <= READABLE
                text = code(program.nodes, index, names) if readable else "…"
                cards.append(Card(ids[index], None, index, statement.place.line, text, (index,), readable))
        inside = tuple(parts) if detail is Detail.STATEMENTS else (statement.node,)
        cards.append(Card(statement.name, statement.name, statement.node, statement.place.line, statement.text, inside))
        for index in parts:
            target = index if detail is Detail.OPERATIONS else statement.node
            for position, arg in enumerate(program.nodes[index].args):
                if arg in ids:
                    edges.append(Edge(ids[arg], ids[target], uses[arg, target], Use(index, position), arg, target))
                    uses[arg, target] += 1
    return View(tuple(sorted(cards, key=lambda card: card.node)), tuple(edges))


def _parts(graph: Graph, statement: Statement, names: dict[int, str]) -> list[int]:
    """The operations of a statement's expression, in the order of evaluation; the statement's own is the last."""
    nodes, found, stack = graph.program.nodes, {statement.node}, [statement.node]
    while stack:
        for arg in nodes[stack.pop()].args:
            if arg not in names and nodes[arg].op not in (INPUT, CONSTANT):
                found.add(arg)
                stack.append(arg)
    return sorted(found)


def kind(graph: Graph, node: int, roles: Mapping[str, Kind]) -> Kind:
    """What a value is in the program; `roles` says it of the inputs, by name."""
    if node == graph.loss.node:
        return Kind.LOSS
    if graph.nodes[node].op == INPUT:
        return roles[str(graph.nodes[node].parameter("name"))]
    return Kind.INTERMEDIATE if node in graph.gradients else Kind.CONSTANT
