"""What every step of a derivation is told with: the names of values and of their gradients, and the scribe that writes them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

from app.engine.code import READABLE, code, lengths
from app.engine.keeping import reading
from app.engine.local import LocalDerivative, local_derivative
from app.engine.program import Graph
from app.engine.samples import Samples, Stand, sample_inputs, samples
from app.engine.simplify import counted
from app.engine.sketch import Sketch
from app.engine.syntax import Precedence
from app.engine.views import Card, Edge, View
from app.explain import words
from app.explain.derivation.scribe import Name, Notation, Order, Scribe, Signs, label, linked
from app.explain.derivation.ways import Ways
from app.explain.identifiers import identifiers
from app.explain.writer import Part

LEGIBLE, OPENED = 240, 90
"""A formula of more symbols is not shown where a shorter one says the same; nor is one opened further than that."""


@dataclass(frozen=True, slots=True)
class Read:
    """Where a number comes from: a node of the graph, or of a sketch over it."""

    node: int
    sketch: Sketch | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `node` is the card it is about, `source`, of a local derivative, the card it is taken with respect to; `latex` has
    its names tied to cards, by their number; `code` is an expression in our own language."""

    kind: str
    node: str
    words: str
    latex: str | None = None
    code: str | None = None
    read: Read | None = None
    source: str | None = None


@reading()
def _known(graph: Graph, data: frozenset[str]) -> Samples | None:
    inputs = sample_inputs(graph, data)
    return samples(graph.nodes, graph.shapes, inputs) if inputs else None


@reading()
def _from_left(graph: Graph) -> frozenset[int]:
    """The matrix products in which what comes back is multiplied from the left."""
    flow, found = {graph.gradients[graph.loss.node]}, set()
    for index in range(len(graph.program.nodes), len(graph.nodes)):
        args = graph.nodes[index].args
        if not flow.isdisjoint(args):
            flow.add(index)
            if graph.nodes[index].op == "matmul" and args[0] not in flow:
                found.add(index)
    return frozenset(found)


class Teller:
    """Knows one gradient of a graph, the ways to it, and how all that stands on them is called."""

    def __init__(self, graph: Graph, shown: View, found: Ways, *, data: frozenset[str], notation: Notation, order: Order | None) -> None:
        self.graph, self.shown, self.ways = graph, shown, found
        self.numbers = {card.id: number for number, card in enumerate(shown.cards)}
        self.cards = {card.id: card for card in shown.cards}
        self.identifiers = identifiers(graph, shown)
        self.known = _known(graph, data)
        self.mixed = notation is Notation.SAMPLE and not self.single()
        self.notation = Notation.MATRIX if self.mixed else notation
        self.order = order or (Order.CHAIN if self.notation is Notation.SAMPLE else Order.SHAPES)
        self.signs = Signs.free({item.name for item in graph.program.inputs} | {item.name for item in graph.program.statements})
        named = [card for card in shown.cards if card.name]
        self.values = {card.node: Name(self.numbers[card.id], card.name or "") for card in named}
        self.codes = {card.node: self.identifiers.values[card.node] for card in named}
        stands = self.known.stands if self.known and self.notation is Notation.SAMPLE else None
        labels = {node: Part(label(scale, self.signs), Precedence.PRODUCT) for node, scale in counted(graph, self.known).items()}
        # A call may hide the sum over the samples: where one sample is written, its parts are.
        calls = {} if stands is not None else dict(shown.calls)
        self.scribe = Scribe(
            graph.nodes, graph.shapes, self.signs, self.values, labels, stands, self.known.count if self.known else 0, self.order,
            _from_left(graph), calls,
        )  # fmt: skip
        self.gradients, self.gradient_codes = self.gradient_names()
        self.lengths = lengths(graph.nodes, self.codes.keys() | self.gradient_codes.keys())
        self.names = {**self.values, **self.gradients}
        self.all_codes = self.codes | self.gradient_codes
        self.sketch = Sketch(graph)
        """Where local derivatives are put together."""

    def single(self) -> bool:
        """Whether one sample at a time can be written: no value on the way is made of all of them at once."""
        if self.known is None:
            return False
        stands, graph = self.known.stands, self.graph
        on_way = [card.node for card in self.ways.cards]
        return not any(stands[node] is Stand.MIXED or stands[graph.gradients[node]] is Stand.MIXED for node in on_way)

    def gradient_names(self) -> tuple[dict[int, Name], dict[int, str]]:
        """The names of the gradients, by their nodes. Where two values have one gradient, it is called after the one nearer to the loss."""
        names: dict[int, Name] = {}
        codes: dict[int, str] = {}
        for card in self.ways.cards:
            node = self.graph.gradients[card.node]
            if node not in names:
                names[node] = self.gradient_name(card)
                codes[node] = self.identifiers.gradients[card.node]
        return names, codes

    def local(self, edge: Edge) -> LocalDerivative | None:
        if edge.bundled or self.lengths.used[self.graph.contributions[edge.use]] > READABLE:
            return None
        return local_derivative(self.graph, edge.target_node, edge.use)

    # names

    @cached_property
    def plain(self) -> dict[str, str]:
        """Cards in running text."""
        return {card.id: words.card_name(card) for card in self.shown.cards}

    @cached_property
    def spoken(self) -> dict[str, tuple[str, str]]:
        """Cards and their gradients in running text."""
        plain = self.plain
        return {
            card.id: (plain[card.id], f"{plain[card.id]}_g" if card.name else self.identifiers.gradients.get(card.node, ""))
            for card in self.shown.cards
        }

    def variable(self, card: Card) -> str:
        """A card below or above a ∂."""
        if card.name:
            return linked(self.numbers[card.id], self.scribe.value(card.name, card.node))
        return linked(self.numbers[card.id], rf"\left({self.scribe.formula(card.node).text}\right)")

    def partial(self, over: Card, under: Card) -> str:
        return rf"\frac{{\partial {self.variable(over)}}}{{\partial {self.variable(under)}}}"

    def gradient(self, card: Card) -> str:
        """∂loss/∂card."""
        return self.partial(self.ways.loss, card)

    def running(self, card: Card) -> str:
        """The running product down to a card: u4_g."""
        return linked(self.numbers[card.id], self.scribe.gradient(card.name or self.identifiers.values[card.node]))

    def settled(self, text: str) -> str:
        return self.scribe.settled(text)

    def gradient_name(self, card: Card) -> Name:
        return Name(self.numbers[card.id], card.name or self.identifiers.values[card.node], gradient=True)

    def written(self, root: int, *, opened: bool = True, through: Sequence[Card] = ()) -> str | None:
        """A node of the graph as code, closed over the names of values and of gradients, where two values have the same one by the name
        of the cards it comes through; None where nobody would read it."""
        if (self.lengths.opened if opened else self.lengths.used)[root] > READABLE:
            return None
        near = {self.graph.gradients[card.node]: self.identifiers.gradients[card.node] for card in through}
        return code(self.graph.nodes, root, self.all_codes | near, opened=opened)

    def expression(self, card: Card) -> str | None:
        """What a card is; where a loop's passes say the same, with the names and numbers of this one."""
        if not card.readable or self.expressions[card.expression] < 2:
            return card.expression
        names = {node: words.plain_name(name.name) for node, name in self.values.items()}
        return code(self.graph.nodes, card.node, names)

    @cached_property
    def expressions(self) -> Counter[str | None]:
        return Counter(card.expression for card in self.shown.cards)

    def symbols(self, root: int, names: Collection[int]) -> int:
        return lengths(self.graph.nodes[: root + 1], names).opened[root]

    def local_text(self, local: LocalDerivative) -> str:
        return self.scribe.bare(self.scribe.factors(local, self.scribe.factor))
