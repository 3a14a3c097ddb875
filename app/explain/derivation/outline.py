"""How one gradient comes about, step by step: all that is said of it whatever the numbers are. Made once for a graph and kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

from app.engine.code import READABLE, code, lengths
from app.engine.keeping import reading
from app.engine.local import LocalDerivative, Side
from app.engine.program import CONSTANT, Graph
from app.engine.samples import Samples, Stand
from app.engine.simplify import Simplified
from app.engine.syntax import Precedence
from app.engine.views import Card, Edge, View
from app.explain.derivation import sentences
from app.explain.derivation.closed import Closed
from app.explain.derivation.scribe import BOUND, FREE, SIDE, Notation, Order, Scribe
from app.explain.derivation.teller import LEGIBLE, OPENED, Read, Step, Teller
from app.explain.derivation.ways import Ways, ways
from app.explain.identifiers import Identifiers
from app.work.weight import weigh

RUNGS = 12
"""Of a longer ladder of substitutions the last so many are shown."""
TOLD, USES = 200, 50
"""Of more values on the way so many are told: those nearest to the loss, and those nearest to the target. Of more uses of one value, the
first and the last."""
PRODUCTS, FACTORS = 6, 60
"""The chain is written out for so many ways at most, and so many factors; beyond it says what each next value sends."""
LEFT, RIGHT = r"\left(", r"\right)"


@dataclass(frozen=True, eq=False)
class Outline:
    """A derivation without its numbers. `told` are the values on the way that are told one by one. `notation` and `order` are those
    that could be had; `mixed` says that one sample at a time could not."""

    ways: Ways
    told: tuple[Card, ...]
    notation: Notation
    order: Order
    mixed: bool
    steps: tuple[Step, ...]
    closed: Step
    gathered: Simplified | None
    scribe: Scribe
    gradient: str
    known: Samples | None
    locals: Mapping[Edge, LocalDerivative | None]
    names: Identifiers
    spoken: Mapping[int, str]
    """The names of all values that are shown, by node."""


OUTLINE = 0.5
"""Milliseconds for a node of the graph: its part of the steps, and of the typesetting of their formulas."""


@reading(2500)
def outline(
    graph: Graph, shown: View, target: str, *, data: frozenset[str], notation: Notation = Notation.MATRIX, order: Order | None = None
) -> Outline:
    """The derivation of ∂loss/∂target. `data` are the inputs that may hold one row for each sample.

    Raises:
        KeyError: there is no such card.
    """
    weigh(OUTLINE * len(graph.nodes))
    return _Outliner(graph, shown, ways(graph, shown, target), data=data, notation=notation, order=order).outline()


class _Outliner(Teller):
    """Tells the steps, one after the other."""

    @cached_property
    def told(self) -> tuple[Card, ...]:
        cards = self.ways.cards
        return cards if len(cards) <= TOLD else cards[: TOLD // 2] + cards[-TOLD // 2 :]

    @cached_property
    def locals(self) -> dict[Edge, LocalDerivative | None]:
        return {edge: self.local(edge) for card in self.told for edge in self.uses(card)}

    def uses(self, card: Card) -> tuple[Edge, ...]:
        """The uses of a card that are told one by one."""
        found = self.ways.uses.get(card.id, ())
        return found if len(found) <= USES else found[: USES // 2] + found[-USES // 2 :]

    @cached_property
    def sources(self) -> dict[str, list[str]]:
        """What each card is made of, of that which has a gradient."""
        found: dict[str, set[str]] = {}
        for edge in self.shown.edges:
            if edge.use in self.graph.contributions and not self.is_nothing(self.graph.contributions[edge.use]):
                found.setdefault(edge.target, set()).add(edge.source)
        return {name: sorted(names) for name, names in found.items()}

    def is_nothing(self, node: int) -> bool:
        """Whether something is 0 whatever the numbers are."""
        return self.graph.nodes[node].op == CONSTANT and self.graph.nodes[node].number == 0

    def outline(self) -> Outline:
        steps: list[Step] = [Step("words", self.ways.target.id, sentences.story(self.ways, self.plain))]
        steps += self.ladder()
        closed = Closed(self)
        if self.ways.count:
            steps.append(self.chain())
            for card in self.told:
                edges = self.uses(card)
                for edge in edges:
                    same = [one for one in edges if one.target == edge.target]
                    steps.append(self.link(edge, 1 + same.index(edge) if len(same) > 1 else None))
                steps.append(self.product(card))
            closed.tell()
            steps += closed.steps
        last = closed.steps[-1] if closed.steps else self.nothing()
        return Outline(
            self.ways, self.told, self.notation, self.order, self.mixed, tuple(steps), last, closed.gathered, self.scribe,
            self.gradient(self.ways.target), self.known, self.locals, self.identifiers,
            {card.node: card.name for card in self.shown.cards if card.name},
        )  # fmt: skip

    def nothing(self) -> Step:
        """The gradient of what the loss does not depend on."""
        card = self.ways.target
        shape = self.graph.shapes[card.node]
        text = "0" if shape == () else f"broadcast_to(0, shape={shape})"
        return Step(
            "closed", card.id, "Nothing leads to the loss.", f"{self.gradient(card)} = 0", text, Read(self.graph.gradients[card.node])
        )

    # the forward pass

    def ladder(self) -> Iterator[Step]:
        """The loss as a formula of its inputs, then with one value after the other folded in."""
        graph, loss = self.graph, self.ways.loss
        inputs = {card.node for card in self.shown.cards if card.expression is None}
        folded = [card for card in self.shown.cards if card.name and card.node in graph.reaching and card.node not in inputs | {loss.node}]
        rungs: list[tuple[Card | None, set[int]]] = []
        for count in range(len(folded), -1, -1):
            names = inputs | {card.node for card in folded[:count]}
            if len(rungs) > RUNGS or self.symbols(loss.node, names) > OPENED:
                break
            rungs.append((folded[count - 1] if count else None, names))
        for card, names in reversed(rungs):
            scribe = replace(self.scribe, names={node: name for node, name in self.values.items() if node in names})
            body = scribe.formula(loss.node).text
            latex = self.settled(f"{self.variable(loss)} = {body}")
            text = code(graph.nodes, loss.node, {node: name for node, name in self.codes.items() if node in names})
            yield Step("forward", (card or loss).id, self.rung(card), latex, text, Read(loss.node))

    def rung(self, card: Card | None) -> str:
        plain = self.plain
        if card is None:
            samples = f", with {self.signs.count} = {self.known.count} samples" if self.known and self.scribe.instead else ""
            return f"The whole program as one formula of its inputs: {plain[self.ways.loss.id]}{samples}."
        return f"Let {plain[card.id]} stand for {self.expression(card)}."

    # the chain

    def chain(self) -> Step:
        target, loss = self.ways.target, self.ways.loss
        text = self.written_through(target)
        read = Read(self.graph.gradients[target.node])
        if target is loss:
            return Step("chain", target.id, sentences.chain(self.ways, self.plain), f"{self.gradient(loss)} = 1", "1", read)
        latex = self.gradient(target)
        length = sum(map(len, self.ways.paths))
        if self.ways.count > PRODUCTS or length > FACTORS:
            consumers = [self.cards[name] for name in self.ways.consumers(target.id)]
            latex += " = " + " + ".join(rf"{self.gradient(one)} \cdot {self.partial(one, target)}" for one in consumers)
        elif length > 2:
            latex += " = " + " + ".join(self.along(path) for path in self.ways.paths)
        if self.ways.count == 1 and length <= FACTORS:
            latex += self.put_in(self.ways.paths[0])
        return Step("chain", target.id, sentences.chain(self.ways, self.plain), self.settled(latex), text, read)

    def along(self, path: Sequence[str]) -> str:
        return _multiplied([self.partial(self.cards[over], self.cards[under]) for over, under in pairwise(path)])

    def put_in(self, path: Sequence[str]) -> str:
        """The local derivatives of a single way, multiplied in the order of the chain: of single numbers, or of one sample. What is
        the same for all samples stands before the sum. Nothing where it would take more than a product to say it."""
        if self.scribe.stands is None and any(self.graph.shapes[self.cards[name].node] for name in path):
            return ""
        partials: list[str] = []
        locals_: list[LocalDerivative] = []
        for over, under in pairwise(path):
            edges = [edge for edge in self.ways.uses[under] if edge.target == over]
            local = self.locals[edges[0]]
            if len(edges) > 1 or local is None or local.compound or not self.is_product(local, over, under, last=under == path[-1]):
                return ""
            partials.append(self.partial(self.cards[over], self.cards[under]))
            locals_.append(local)
        front, told = "", ""
        if self.crosses(path[-2], path[-1]):
            same = next((count for count, local in enumerate(locals_) if not self.is_number(local)), len(locals_))
            numbers = [self.local_text(local) for local in locals_[:same]]
            front = " ".join([*numbers, rf"\sum_{{{BOUND[0]}=1}}^{{{self.signs.count}}}"]) + " "
            locals_, partials = locals_[same:], partials[same:]
            told = f" = {front}{_multiplied(partials)}" if partials else ""
        product = self.product_of(locals_)
        return f"{told} = {front}{product}".replace(FREE, BOUND[0]) if front else f"{told} = {product}"

    def product_of(self, locals_: Sequence[LocalDerivative]) -> str:
        """Local derivatives side by side: element by element, or as matrices from the right or, said so, from the left."""
        written, wide = "", False
        for local in locals_:
            sides = {factor.side for factor in local.factors if factor.node is not None and self.scribe.seen(factor.node)}
            text = rf"{LEFT}{self.local_text(local)}{RIGHT}"
            if sides == {Side.LEFT}:
                text = rf"\underset{{{SIDE}}}{{{text}}}"
            sign = r"\odot" if wide and sides and sides <= {Side.EACH, Side.UNDER} else r"\cdot"
            written = f"{written} {sign} {text}" if written else text
            wide = wide or bool(sides)
        return written or "1"

    def is_product(self, local: LocalDerivative, over: str, under: str, *, last: bool) -> bool:
        """Whether one link multiplies what comes back by one factor, or by several element by element, for each sample by itself; a
        sum over the samples may be the last."""
        nodes = [factor.node for factor in local.factors if factor.node is not None and self.scribe.seen(factor.node)]
        sides = {factor.side for factor in local.factors if factor.node in nodes}
        if len(nodes) > 1 and not sides <= {Side.EACH, Side.UNDER}:
            return False
        stands = self.scribe.stands
        if stands is None:
            return not nodes
        axes, turned = {axis for axis, _ in local.summed}, any(stands[node] is Stand.TURNED for node in nodes)
        if self.crosses(over, under):
            return last and (axes == {0} or (turned and not axes))
        shared = stands[self.cards[under].node] is not Stand.ROWS
        factors = [factor.node for factor in local.factors if factor.node is not None]
        return not axes and not turned and not (shared and any(stands[node] is Stand.ROWS for node in factors))

    def crosses(self, over: str, under: str) -> bool:
        """Whether a link leads from values of single samples to one that they share."""
        stands = self.scribe.stands
        if stands is None:
            return False
        return stands[self.cards[over].node] is Stand.ROWS and stands[self.cards[under].node] is not Stand.ROWS

    def is_number(self, local: LocalDerivative) -> bool:
        """Whether a local derivative is a number, the same for all samples."""
        forward = len(self.graph.program.nodes)
        nodes = [factor.node for factor in local.factors if factor.node is not None]
        return not local.summed and all(self.graph.shapes[node] == () and node >= forward for node in nodes)

    def written_through(self, target: Card) -> str | None:
        """The gradient as code over the program's own names alone, where that is readable; else over the gradients before it too."""
        root = self.graph.gradients[target.node]
        if lengths(self.graph.nodes, self.codes.keys()).opened[root] <= LEGIBLE:
            return code(self.graph.nodes, root, self.codes)
        return self.written(root)

    # the links

    def link(self, edge: Edge, place: int | None) -> Step:
        """One local derivative: what it is the derivative of, what it comes out as, and what it says. `place` counts the uses of a value
        within one statement, each of which gives a share of its derivative."""
        source, target = self.cards[edge.source], self.cards[edge.target]
        local = self.locals[edge]
        said = sentences.link(self.graph, edge, source, target, plain=self.plain, local=local)
        latex = self.partial(target, source)
        if place is not None:
            said = f"Use {place} of {self.plain[source.id]} in {self.plain[target.id]}: {said}"
            latex = rf"\left.{latex}\right|_{{\text{{use {place}}}}}"
        if self.is_nothing(self.graph.gradients[target.node]):
            nothing = f"{said} {self.plain[self.ways.loss.id]} takes nothing from {self.plain[target.id]}, so nothing comes back."
            return Step("local", target.id, nothing, self.settled(latex), None, None, source.id)
        read = None if local is None or local.compound else self.local_read(local)
        if local is None or read is None or read.sketch is None:
            sent = self.graph.contributions.get(edge.use)
            own = sent is not None and sent in self.gradients and self.gradients[sent].card == self.numbers[source.id]
            if sent is None or edge.bundled or (self.lengths.opened if own else self.lengths.used)[sent] > READABLE:
                return Step("local", target.id, said, self.settled(latex), None, None, source.id)
            back = self.through([target]).formula(sent, opened=own)
            latex = rf"{self.running(target)} \cdot {latex} = {back.text}"
            text = self.written(sent, opened=own, through=[target])
            return Step("local", target.id, said, self.settled(latex), text, Read(sent), source.id)
        if (
            place is None
            and target.expression
            and target.readable
            and target.stands_for == 1
            and self.lengths.opened[target.node] <= OPENED
        ):
            body = self.scribe.formula(target.node)
            text = body.text if body.level > Precedence.SUM or body.is_sum else rf"\left({body.text}\right)"
            latex += rf" = \frac{{\partial}}{{\partial {self.variable(source)}}} {text}"
        latex += f" = {self.local_text(local)}"
        return Step(
            "local", target.id, said, self.settled(latex), code(read.sketch.nodes, read.node, self.codes, opened=False), read, source.id
        )

    def local_read(self, local: LocalDerivative) -> Read | None:
        """A local derivative as a value by itself: the product of its factors, where all of them act on the same elements, or only one
        is there; else there is no such value."""
        sketch = self.sketch
        if local.zero:
            return Read(sketch.constant(0.0), sketch)
        factors = [factor for factor in local.written if factor.node is not None]
        sided = [factor for factor in factors if factor.side in (Side.LEFT, Side.RIGHT)]
        shapes = {self.graph.shapes[factor.node] for factor in factors if factor.node is not None} - {()}
        if (sided and len(factors) > 1) or len(shapes) > 1:
            return None
        made: int | None = None
        for factor in factors:
            assert factor.node is not None
            if factor.side is Side.UNDER:
                over = sketch.constant(1.0) if made is None else made
                made = sketch.apply("divide", (over, factor.node))
            else:
                made = factor.node if made is None else sketch.apply("multiply", (made, factor.node))
        negative = len(local.factors) - len(factors)
        if made is None:
            return Read(sketch.constant(-1.0 if negative % 2 else 1.0), sketch)
        return Read(sketch.apply("negative", (made,)) if negative % 2 else made, sketch)

    def product(self, card: Card) -> Step:
        """The running product: what has come back to one card, from those it is used in."""
        node = self.graph.gradients[card.node]
        read = Read(node)
        own = self.running(card)
        if card is self.ways.loss:
            said = sentences.seed(self.plain[card.id], self.spoken[card.id][1])
            return Step("product", card.id, said, f"{own} = {self.gradient(card)} = 1", "1", read)
        consumers = [self.cards[consumer] for consumer in self.ways.consumers(card.id)]
        ways_back = " + ".join(rf"{self.running(one)} \cdot {self.partial(one, card)}" for one in consumers)
        mine = self.gradients[node].card == self.numbers[card.id]
        text = self.written(node, opened=mine, through=consumers)
        latex = f"{own} = {ways_back}"
        if (self.lengths.opened if mine else self.lengths.used)[node] <= LEGIBLE:
            latex += f" = {self.through(consumers).formula(node, opened=mine).text}"
        said = sentences.product(
            card, consumers, self.spoken, uses=len(self.ways.uses[card.id]), others=self.sources.get(card.id, [])
        )  # fmt: skip
        return Step("product", card.id, said, self.settled(latex), text, read)

    def through(self, cards: Sequence[Card]) -> Scribe:
        """Writes with the names of gradients too; where two values have the same one, by the name of these cards."""
        return replace(self.scribe, names=self.names | {self.graph.gradients[card.node]: self.gradient_name(card) for card in cards})


def _multiplied(factors: Sequence[str]) -> str:
    return r" \cdot ".join(factors)
