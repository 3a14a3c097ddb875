"""What is said of cards and edges whatever the numbers are: made once for a graph and kept."""

from __future__ import annotations

from collections import ChainMap
from dataclasses import dataclass
from typing import Any, TypeAlias

from app.engine.code import READABLE, code, lengths
from app.engine.keeping import reading
from app.engine.local import LocalDerivative, local_derivative
from app.engine.program import Graph
from app.engine.samples import Stand, sample_inputs, samples
from app.engine.views import Card, Edge, Kind, View, kind
from app.explain import notation, words
from app.service.analysis import Analysis

Roles: TypeAlias = tuple[tuple[str, Kind], ...]


@reading()
def cards(made: Graph, shown: View, roles: Roles) -> list[tuple[Card, dict[str, Any]]]:
    """What a node's answer says whatever the numbers are."""
    of = dict(roles)
    return [
        (
            card,
            {
                "id": card.id,
                "name": card.name,
                "kind": kind(made, card.node, of).value,
                "expression": card.expression,
                "latex": _latex(made, card, shown),
                "line": card.line,
                "group": card.group,
                "shape": list(made.shapes[card.node]),
            },
        )
        for card in shown.cards
    ]


def plain(card: Card) -> str:
    """A card's name in running text, or what it is where it has none."""
    return words.card_name(card)


@reading()
def beside(shown: View) -> dict[str, tuple[list[str], list[str]]]:
    """Of each card, the names of those that it is made from, and of those that it is used by."""
    names = {card.id: plain(card) for card in shown.cards}
    found: dict[str, tuple[list[str], list[str]]] = {name: ([], []) for name in names}
    for edge in shown.edges:
        found[edge.target][0].append(names[edge.source])
        found[edge.source][1].append(names[edge.target])
    return found


@reading()
def neighbours(shown: View) -> dict[str, str]:
    """The same in words."""
    return {name: words.neighbours(made, used) for name, (made, used) in beside(shown).items()}


def plain_equation(card: Card) -> str:
    """A card in running text: its name, and what it is."""
    if card.stands_for > 1:
        return f"{card.expression}: {card.stands_for} values, the last of them {plain(card)}"
    return " = ".join(filter(None, (words.plain_name(card.name) if card.name else None, card.expression)))


def _latex(made: Graph, card: Card, shown: View) -> str:
    if card.expression is None:
        return notation.latex_name(card.id)
    return notation.latex_equation(made, card.node, shown.names, shown.calls) if card.readable and card.stands_for == 1 else r"\cdots"


@reading()
def edges(made: Graph, shown: View) -> list[tuple[Edge, dict[str, Any]]]:
    """What an edge's answer says whatever the numbers are."""
    names = dict(shown.names)
    sign = next(one for one in ("g", "grad", "grad_out", "g_out_") if one not in names.values())
    found = []
    for edge, local in locals_of(made, shown):
        told = None
        if local is not None:
            g = ChainMap({made.gradients[edge.target_node]: sign}, names)
            told = {
                "latex": notation.latex_partial(made, local, edge.target_node, edge.source_node, names)
                if local.compound
                else notation.latex_local(made, local, names),
                "code": notation.code_local(made, local, names),
                "vjp": code(made.nodes, made.contributions[edge.use], g, opened=False),
                "summed_over": [axis for axis, _ in local.summed],
            }
        found.append((edge, {"source": edge.source, "target": edge.target, "use": edge.number, "local_derivative": told}))
    return found


@reading()
def locals_of(made: Graph, shown: View) -> list[tuple[Edge, LocalDerivative | None]]:
    """The local derivative of each edge; None where the loss does not depend on it, or where it is longer than anyone reads."""
    gradients = {made.gradients[card.node] for card in shown.cards if card.node in made.gradients}
    symbols = lengths(made.nodes, shown.names.keys() | gradients).used
    found = []
    for edge in shown.edges:
        local = None
        ends = symbols[edge.target_node] + symbols[edge.source_node]
        if not edge.bundled and ends + symbols[made.contributions.get(edge.use, 0)] <= READABLE:
            local = local_derivative(made, edge.target_node, edge.use)
            if local is not None and sum(symbols[factor.node] for factor in local.factors if factor.node is not None) > READABLE:
                local = None
        found.append((edge, local))
    return found


@reading()
def local_by_edge(made: Graph, shown: View) -> dict[Edge, LocalDerivative | None]:
    """The same, by edge."""
    return dict(locals_of(made, shown))


@dataclass(frozen=True, slots=True)
class Batch:
    """How many samples the data holds, 0 where it does not say, and the nodes that hold a row for each."""

    count: int
    nodes: frozenset[int]


@reading()
def batched(made: Graph, roles: Roles) -> Batch:
    """The samples of a graph."""
    inputs = sample_inputs(made, [name for name, role in roles if role is Kind.DATA])
    if not inputs:
        return Batch(0, frozenset())
    found = samples(made.nodes, made.shapes, inputs)
    return Batch(found.count, frozenset(node for node, stand in enumerate(found.stands) if stand is Stand.ROWS))


def sample_count(analysis: Analysis) -> int:
    """How many samples the data holds; 0 where it does not say."""
    return batched(analysis.graph, analysis.roles).count


@reading()
def card_by_id(shown: View) -> dict[str, Card]:
    return {card.id: card for card in shown.cards}
