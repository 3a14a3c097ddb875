"""All paths from one value to another: the product along each, their sum, and a sentence about them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from app.engine.program import Graph
from app.engine.views import Card, Edge, View
from app.explain import notation, words
from app.explain.derivation.scribe import linked
from app.explain.derivation.ways import MOST_COUNTED, Routes

FACTORS, TERMS = 24, 6
"""Of a longer product so many factors are written, half of them at either end; of a longer sum, the first two terms."""
COUNTS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve")


class Formulas:
    """Writes products of local derivatives as LaTeX, in the order of the chain, every name tied to its card."""

    def __init__(self, graph: Graph, shown: View) -> None:
        self.graph, self.shown = graph, shown
        self.cards = {card.id: card for card in shown.cards}
        self.numbers = {card.id: number for number, card in enumerate(shown.cards)}
        self.uses = Counter((edge.source, edge.target) for edge in shown.edges)

    def variable(self, card: Card) -> str:
        """A card below or above a ∂."""
        if card.name:
            return linked(self.numbers[card.id], notation.latex_name(card.name))
        body = notation.latex_expression(self.graph, card.node, self.shown.names, self.shown.calls) if card.readable else r"\cdots"
        return linked(self.numbers[card.id], rf"\left({body}\right)")

    def partial(self, over: Card, under: Card) -> str:
        return rf"\frac{{\partial {self.variable(over)}}}{{\partial {self.variable(under)}}}"

    def factor(self, edge: Edge) -> str:
        """∂target/∂source of one edge; where a statement uses a value several times, the share of that use."""
        partial = self.partial(self.cards[edge.target], self.cards[edge.source])
        if self.uses[edge.source, edge.target] == 1:
            return partial
        return rf"\left.{partial}\right|_{{\text{{use {edge.number + 1}}}}}"

    def product(self, route: Sequence[Edge]) -> str:
        """What is multiplied along a route, which stands from the source on; 1 for an empty one."""
        edges, half = route[::-1], FACTORS // 2
        if len(edges) <= FACTORS:
            return r" \cdot ".join(map(self.factor, edges)) or "1"
        return r" \cdot ".join([*map(self.factor, edges[:half]), r"\cdots", *map(self.factor, edges[-half:])])

    def total(self, found: Routes) -> str:
        """∂target/∂source as the sum of the products of its routes."""
        whole = self.partial(found.target, found.source)
        if not found.count:
            return f"{whole} = 0"
        shown = found.listed if found.count <= TERMS else found.listed[:2]
        terms = [self.product(route) for route in shown] + ([r"\cdots"] if found.count > TERMS else [])
        return whole if terms == [whole] else f"{whole} = {' + '.join(terms)}"


def sentence(found: Routes, *, loss: bool, backwards: bool) -> str:
    """How many paths there are, and what they give. `loss` says that they lead to the loss, `backwards` that the way leads from the
    target to the source."""
    source, target = (words.card_name(card) for card in (found.source, found.target))
    if found.source is found.target:
        return f"The path from {source} to itself is empty, so its product is 1: a change of {source} arrives as it is."
    if not found.count:
        why = f"{source} is made from {target}, not {target} from {source}" if backwards else f"{target} does not depend on {source}"
        return f"No path leads from {source} to {target}: {why}."
    whole = "the gradient" if loss else f"the derivative of {target} with respect to {source}"
    if found.count == 1:
        gives = f"what comes back along it is {whole}" if loss else f"its product is {whole}"
        return f"One path leads from {source} to {target}; {gives}."
    count = COUNTS[found.count] if found.count < len(COUNTS) else f"{found.count:,}"
    if found.count == MOST_COUNTED:
        count = f"More than {count}"
    gives = f"what comes back along them adds up to {whole}" if loss else f"their products add up to {whole}"
    more = f" The first {len(found.listed)} are listed." if len(found.listed) < found.count else ""
    return f"{count} paths lead from {source} to {target}; {gives}.{more}"
