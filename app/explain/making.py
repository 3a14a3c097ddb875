"""How the value of a card comes about, in English: what is done to the values that it is made from."""

from __future__ import annotations

from collections.abc import Sequence

from app.engine.code import operand_code
from app.engine.program import LEAVES, Graph
from app.engine.views import Card, View
from app.explain import words
from app.explain.derivation.figures import is_comparison

DONE, LISTED, LONGEST = 3, 8, 40
"""So many operations and names are told one by one; and so many characters of what a sentence calls a value."""
THAT = "the result"
DOINGS = {
    "add": "{b} is added to {a}",
    "subtract": "{b} is subtracted from {a}",
    "multiply": "{a} is multiplied with {b}",
    "divide": "{a} is divided by {b}",
    "power": "{a} is raised to the power {b}",
    "square": "{a} is squared",
    "negative": "the sign of {a} is changed",
    "identity": "{a} is taken as it is",
    "stop_gradient": "{a} is taken as it is, and no gradient goes back through it",
    "maximum": "the larger of {a} and {b} is taken",
    "minimum": "the smaller of {a} and {b} is taken",
    "where": "{b} is taken where {a} is not 0, and {c} elsewhere",
    "sum": "the sum of {a} is taken",
    "mean": "the mean of {a} is taken",
    "matmul": "the matrix product of {a} and {b} is taken",
    "transpose": "{a} is transposed",
    "matrix_transpose": "{a} is transposed",
    "reshape": "{a} is brought into another shape",
    "broadcast_to": "{a} is repeated to a larger shape",
    "getitem": "elements of {a} are picked out",
}
"""What is done to the arguments; any other operation is applied to them."""


class Maker:
    """Tells of the cards of one view."""

    def __init__(self, graph: Graph, shown: View) -> None:
        self.graph, self.shown = graph, shown
        self.names = {node: words.plain_name(name) for node, name in shown.names.items()}
        self.plain = {card.id: self.plain_name(card) for card in shown.cards}
        self.standing = {card.node: card.id for card in shown.cards if card.stands_for == 1}

    def plain_name(self, card: Card) -> str:
        """A card in running text."""
        return self.short(words.card_name(card) if card.stands_for == 1 else str(card.expression), card.node)

    def short(self, text: str, node: int) -> str:
        return text if len(text) <= LONGEST else f"the result of {self.graph.nodes[node].op}"

    def made(self, card: Card, sources: Sequence[str]) -> str:
        """What is done to come to a card's value from those of other cards."""
        name, done, shape = self.plain[card.id], self.done(card), self.graph.shapes[card.node]
        after = f" from {words.few(sources, LISTED)}" if sources else ""
        if card.stands_for > 1:
            last = self.short(words.card_name(card), card.node)
            return f"{name}: {card.stands_for} values are calculated{after}, one after the other. Shown is the last, {last}."
        if not done:
            said = f"{name} is written in the program."
        elif len(done) > DONE:
            said = f"{name} is calculated{after}, in {len(done)} operations."
        else:
            said = f"{name}: {'; then '.join(map(self.doing, done, [None, *done[:-1]]))}."
        return f"{said} Its shape is {shape}." if shape else said

    def done(self, card: Card) -> list[int]:
        """The operations that a card is made by, in order; a call that is written as one is one."""
        inside, found, stack = {*card.inside}, {card.node}, [card.node]
        while stack:
            new = {arg for arg in self.arguments(stack.pop()) if arg in inside} - found
            found |= new
            stack += new
        return sorted(index for index in found if self.graph.nodes[index].op not in LEAVES)

    def arguments(self, index: int) -> Sequence[int]:
        call = self.shown.calls.get(index)
        return self.graph.nodes[index].args if call is None else call.args

    def doing(self, index: int, before: int | None) -> str:
        """One operation, told after the one `before`."""
        node, call = self.graph.nodes[index], self.shown.calls.get(index)
        args = [THAT if arg == before else self.said(arg) for arg in self.arguments(index)]
        if call is not None or (node.op not in DOINGS and not is_comparison(node.op)):
            name = node.op if call is None else words.plain_name(call.name)
            return f"{name} is applied to {words.few(args, LISTED)}" if args else f"{name} makes its numbers"
        text = DOINGS.get(node.op, "{a} is compared with {b}")
        if node.op == "power" and args[1] == "2":
            text = DOINGS["square"]
        elif node.op == "matmul" and min(len(self.graph.shapes[arg]) for arg in node.args) < 2:
            text = DOINGS["multiply"]
        return text.format(**dict(zip("abc", args, strict=False)))

    def said(self, index: int) -> str:
        """A value as a sentence names it."""
        if index in self.standing:
            return self.plain[self.standing[index]]
        return self.short(operand_code(self.graph.nodes, self.names, index), index)
