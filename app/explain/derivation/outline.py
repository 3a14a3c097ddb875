"""How one gradient comes about, step by step: all that is said of it whatever the numbers are. Made once for a graph and kept."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from itertools import pairwise

from app.engine.code import READABLE, code, lengths
from app.engine.local import LocalDerivative, Side, local_derivative
from app.engine.program import Graph, Node
from app.engine.samples import Samples, Stand, sample_inputs, samples
from app.engine.simplify import Simplified, counted, simplified
from app.engine.sketch import Sketch
from app.engine.syntax import Precedence
from app.engine.views import Card, Edge, View
from app.explain import words
from app.explain.derivation import sentences
from app.explain.derivation.scribe import FREE, Name, Notation, Order, Scribe, Signs, label, linked
from app.explain.derivation.ways import Ways, ways
from app.explain.identifiers import Identifiers, identifiers
from app.explain.writer import Part

RUNGS = 12
"""Of a longer ladder of substitutions the last so many are shown."""
LEGIBLE, OPENED = 240, 90
"""A formula of more symbols is not shown where a shorter one says the same; nor is one opened further than that."""
PRODUCTS, FACTORS = 6, 60
"""The chain is written out for so many ways at most, and so many factors; beyond it says what each next value sends."""


LEFT, RIGHT = r"\left(", r"\right)"


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


@dataclass(frozen=True, eq=False)
class Outline:
    """A derivation without its numbers. `notation` and `order` are those that could be had; `mixed` says that one sample at a time
    could not."""

    ways: Ways
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


@lru_cache(maxsize=128)
def outline(
    graph: Graph, shown: View, target: str, *, data: frozenset[str], notation: Notation = Notation.MATRIX, order: Order | None = None
) -> Outline:
    """The derivation of ∂loss/∂target. `data` are the inputs that may hold one row for each sample.

    Raises:
        KeyError: there is no such card.
    """
    return _Teller(graph, shown, ways(graph, shown, target), data=data, notation=notation, order=order).outline()


@lru_cache(maxsize=128)
def _known(graph: Graph, data: frozenset[str]) -> Samples | None:
    inputs = sample_inputs(graph, data)
    return samples(graph.nodes, graph.shapes, inputs) if inputs else None


@lru_cache(maxsize=128)
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


def _multiplied(factors: Sequence[str]) -> str:
    return r" \cdot ".join(factors)


class _Teller:
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
        self.scribe = Scribe(graph.nodes, graph.shapes, self.signs, self.values, labels, stands, self.order, _from_left(graph), calls)
        self.gradients, self.gradient_codes = self.gradient_names()
        self.lengths = lengths(graph.nodes, self.codes.keys() | self.gradient_codes.keys())
        self.locals = {edge: self.local(edge) for edges in found.uses.values() for edge in edges}

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
                names[node] = Name(self.numbers[card.id], card.name or self.identifiers.values[card.node], gradient=True)
                codes[node] = self.identifiers.gradients[card.node]
        return names, codes

    def local(self, edge: Edge) -> LocalDerivative | None:
        if edge.bundled or self.lengths.used[self.graph.contributions[edge.use]] > READABLE:
            return None
        return local_derivative(self.graph, edge.target_node, edge.use)

    def outline(self) -> Outline:
        steps: list[Step] = [Step("words", self.ways.target.id, sentences.story(self.ways, self.plain))]
        steps += self.ladder()
        closed = self.closed() if self.ways.count else _Closed(self, [])
        if self.ways.count:
            steps.append(self.chain())
            for card in self.ways.cards:
                steps += [self.link(edge) for edge in self.ways.uses.get(card.id, ())]
                steps.append(self.product(card))
            steps += closed.steps
        last = closed.steps[-1] if closed.steps else self.nothing()
        return Outline(
            self.ways, self.notation, self.order, self.mixed, tuple(steps), last, closed.gathered, self.scribe,
            self.gradient(self.ways.target), self.known, self.locals, self.identifiers,
        )  # fmt: skip

    def nothing(self) -> Step:
        """The gradient of what the loss does not depend on."""
        card = self.ways.target
        shape = self.graph.shapes[card.node]
        text = "0" if shape == () else f"broadcast_to(0, shape={shape})"
        return Step(
            "closed", card.id, "Nothing leads to the loss.", f"{self.gradient(card)} = 0", text, Read(self.graph.gradients[card.node])
        )

    # names

    @cached_property
    def plain(self) -> dict[str, str]:
        """Cards in running text."""
        return {card.id: words.plain_name(card.name) if card.name else card.expression or card.id for card in self.shown.cards}

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

    def settled(self, text: str) -> str:
        return self.scribe.settled(text)

    def written(self, root: int, *, opened: bool = True) -> str | None:
        """A node of the graph as code, closed over the names of values and of gradients; None where nobody would read it."""
        names = self.codes | self.gradient_codes
        if (self.lengths.opened if opened else self.lengths.used)[root] > READABLE:
            return None
        return code(self.graph.nodes, root, names, opened=opened)

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
            yield Step("forward", (card or loss).id, self.rung(card, folded), latex, text, Read(loss.node))

    def rung(self, card: Card | None, folded: Sequence[Card]) -> str:
        plain = self.plain
        if card is None:
            return f"The whole program as one formula of its inputs: {plain[self.ways.loss.id]}."
        said = f"Let {plain[card.id]} stand for {card.expression}."
        return f"{said} What is left is short." if card is folded[-1] and len(folded) > 1 else said

    def symbols(self, root: int, names: Collection[int]) -> int:
        return lengths(self.graph.nodes[: root + 1], names).opened[root]

    # the chain

    def chain(self) -> Step:
        target, loss = self.ways.target, self.ways.loss
        text = self.written_through(target)
        read = Read(self.graph.gradients[target.node])
        if target is loss:
            return Step("chain", target.id, sentences.chain(self.ways, self.plain), f"{self.gradient(loss)} = 1", "1", read)
        length = sum(map(len, self.ways.paths))
        if self.ways.count <= PRODUCTS and length <= FACTORS:
            products = [self.along(path) for path in self.ways.paths]
        else:
            products = [
                rf"{self.gradient(self.cards[name])} \cdot {self.partial(self.cards[name], target)}"
                for name in self.ways.consumers(target.id)
            ]
        latex = f"{self.gradient(target)} = {' + '.join(products)}"
        if len(self.ways.paths) == 1 and self.order is Order.CHAIN:
            latex += self.put_in(self.ways.paths[0])
        return Step("chain", target.id, sentences.chain(self.ways, self.plain), self.settled(latex), text, read)

    def along(self, path: Sequence[str]) -> str:
        return _multiplied([self.partial(self.cards[over], self.cards[under]) for over, under in pairwise(path)])

    def put_in(self, path: Sequence[str]) -> str:
        """The local derivatives in the order of the chain, each in parentheses; nothing where one of them is no product. Where one
        sample is written, what is the same for all stands before the sum."""
        partials, factors = [], []
        for over, under in pairwise(path):
            edges = [edge for edge in self.ways.uses[under] if edge.target == over]
            local = self.locals[edges[0]]
            if len(edges) > 1 or local is None or local.compound:
                return ""
            partials.append(self.partial(self.cards[over], self.cards[under]))
            factors.append((local, self.local_text(local)))
        front, told = "", ""
        if self.scribe.stands is not None and self.sums(path):
            same = next((count for count, (local, _) in enumerate(factors) if not self.is_number(local)), len(factors))
            numbers = [text for _, text in factors[:same]]
            front = " ".join([*numbers, rf"\sum_{{{self.signs.sample}=1}}^{{{self.signs.count}}}"]) + " "
            factors, partials = factors[same:], partials[same:]
            told = f" = {front}{_multiplied(partials)}" if partials else ""
        return f"{told} = {front}{_multiplied([rf'{LEFT}{text}{RIGHT}' for _, text in factors])}"

    def is_number(self, local: LocalDerivative) -> bool:
        """Whether a local derivative is a number, the same for all samples."""
        forward = len(self.graph.program.nodes)
        nodes = [factor.node for factor in local.factors if factor.node is not None]
        return not local.summed and all(self.graph.shapes[node] == () and node >= forward for node in nodes)

    def sums(self, path: Sequence[str]) -> bool:
        """Whether a way leads through the samples to something that they share."""
        assert self.known is not None
        stands = [self.known.stands[self.cards[name].node] for name in path]
        return Stand.ROWS in stands and stands[-1] is not Stand.ROWS

    def written_through(self, target: Card) -> str | None:
        """The gradient as code over the program's own names alone, where that is readable; else over the gradients before it too."""
        root = self.graph.gradients[target.node]
        if lengths(self.graph.nodes, self.codes.keys()).opened[root] <= LEGIBLE:
            return code(self.graph.nodes, root, self.codes)
        return self.written(root)

    # the links

    def local_text(self, local: LocalDerivative) -> str:
        return self.scribe.bare(self.scribe.factors(local, self.scribe.factor))

    def link(self, edge: Edge) -> Step:
        """One local derivative: what it is the derivative of, what it comes out as, and what it says."""
        source, target = self.cards[edge.source], self.cards[edge.target]
        local = self.locals[edge]
        said = sentences.link(self.graph, edge, source, target, plain=self.plain, local=local)
        latex = self.partial(target, source)
        read = None if local is None or local.compound else self.local_read(local)
        if local is None or read is None or read.sketch is None:
            sent = self.graph.contributions.get(edge.use)
            names = {**self.values, **self.gradients}
            own = sent is not None and sent in self.gradients and self.gradients[sent].card == self.numbers[source.id]
            if sent is None or edge.bundled or (self.lengths.opened if own else self.lengths.used)[sent] > READABLE:
                return Step("local", target.id, said, self.settled(latex), None, None, source.id)
            back = replace(self.scribe, names=names).formula(sent, opened=own)
            g = linked(self.numbers[target.id], self.scribe.gradient(target.name or self.identifiers.values[target.node]))
            latex = rf"{g} \cdot {latex} = {back.text}"
            return Step("local", target.id, said, self.settled(latex), self.written(sent, opened=own), Read(sent), source.id)
        if target.expression and target.readable and target.stands_for == 1:
            body = self.scribe.formula(target.node)
            text = body.text if body.level > Precedence.SUM else rf"\left({body.text}\right)"
            latex += rf" = \frac{{\partial}}{{\partial {self.variable(source)}}} {text}"
        latex += f" = {self.local_text(local)}"
        return Step(
            "local", target.id, said, self.settled(latex), code(read.sketch.nodes, read.node, self.codes, opened=False), read, source.id
        )

    def local_read(self, local: LocalDerivative) -> Read | None:
        """A local derivative as a value by itself: the product of its factors, where all of them act element by element or only one
        is there."""
        sketch = Sketch(self.graph)
        if local.zero:
            return Read(sketch.constant(0.0), sketch)
        factors = [factor for factor in local.written if factor.node is not None]
        sided = [factor for factor in factors if factor.side in (Side.LEFT, Side.RIGHT)]
        if sided and len(factors) > 1:
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
        graph, node = self.graph, self.graph.gradients[card.node]
        read = Read(node)
        own = linked(self.numbers[card.id], self.scribe.gradient(card.name or self.identifiers.values[card.node]))
        if card is self.ways.loss:
            return Step(
                "product",
                card.id,
                sentences.seed(self.plain[card.id], self.spoken[card.id][1]),
                f"{own} = {self.gradient(card)} = 1",
                "1",
                read,
            )
        consumers = [self.cards[consumer] for consumer in self.ways.consumers(card.id)]
        ways_back = " + ".join(
            rf"{linked(self.numbers[one.id], self.scribe.gradient(one.name or self.identifiers.values[one.node]))} "
            rf"\cdot {self.partial(one, card)}"
            for one in consumers
        )
        mine = self.gradients[node].card == self.numbers[card.id]
        text = self.written(node, opened=mine)
        latex = f"{own} = {ways_back}"
        if (self.lengths.opened if mine else self.lengths.used)[node] <= LEGIBLE:
            names = {**self.values, **self.gradients}
            latex += f" = {replace(self.scribe, names=names).formula(node, opened=mine).text}"
        others = {edge.source for edge in self.shown.edges if edge.target == card.id and edge.source_node in graph.gradients}
        said = sentences.product(card, consumers, self.spoken, uses=len(self.ways.uses[card.id]), others=sorted(others))
        return Step("product", card.id, said, self.settled(latex), text, read)

    # the closed form

    def closed(self) -> _Closed:
        found = _Closed(self, [])
        found.tell()
        return found


@dataclass
class _Closed:
    """The gradient as one formula, made shorter and opened step by step."""

    teller: _Teller
    steps: list[Step] = field(default_factory=list)
    gathered: Simplified | None = None

    def tell(self) -> None:
        teller = self.teller
        graph, target = teller.graph, teller.ways.target
        root = graph.gradients[target.node]
        names = set(teller.values)
        plain = teller.plain
        gathered = simplified(graph, root, names, teller.known, flip=False)
        if self.symbols(gathered, names) > LEGIBLE:
            self.short_of_it(root)
            return
        self.gathered = gathered
        self.add("The local derivatives put in, each where the shapes have it.", Simplified(Sketch(graph), root, {}), names)
        self.add("The numbers and signs gathered in front.", gathered, names)
        # Then one value after the other is put back in, the last first.
        occurring = [card for card in reversed(teller.shown.cards) if card.expression is not None and card.node in names]
        for card in occurring:
            fewer = names - {card.node}
            if len(self.steps) <= RUNGS and self.occurs(gathered, card.node, names) and self.symbols(gathered, fewer) <= OPENED:
                names = fewer
                self.add(f"{plain[card.id]} = {card.expression} put back in.", gathered, names)
        turned = simplified(graph, root, names, teller.known, flip=True)
        self.add("The minus taken into the difference, which turns it round.", turned, names)
        error = self.error(turned, names)
        if error is not None:
            self.add_error(turned, names, error)

    def short_of_it(self, root: int) -> None:
        """Where the whole would be too long to be read: in terms of the gradients that come before."""
        teller = self.teller
        text = teller.written(root, opened=teller.gradients[root].card == teller.numbers[teller.ways.target.id])
        body = replace(teller.scribe, names={**teller.values, **teller.gradients}).formula(root).text if text else r"\cdots"
        latex = teller.settled(f"{teller.gradient(teller.ways.target)} = {body}")
        said = "Everything put in would be too long to be read: this is it in terms of the gradients before it."
        self.steps.append(Step("closed", teller.ways.target.id, said, latex, text, Read(root)))

    def symbols(self, found: Simplified, names: Collection[int]) -> int:
        return lengths(found.sketch.nodes, names).opened[found.root]

    def occurs(self, found: Simplified, node: int, names: Collection[int]) -> bool:
        seen, stack = {found.root}, [found.root]
        while stack:
            index = stack.pop()
            if index == node:
                return True
            if index in names and index != found.root:
                continue
            new = [arg for arg in found.sketch.nodes[index].args if arg not in seen]
            seen.update(new)
            stack.extend(new)
        return False

    def scribe(self, found: Simplified, names: Collection[int]) -> Scribe:
        """Writes the nodes of a sketch as the teller writes those of the graph."""
        teller = self.teller
        graph, sketch = teller.graph, found.sketch
        stands: Sequence[Stand] | None = None
        if teller.known is not None and teller.scribe.stands is not None:
            inputs = [item.node for item in graph.program.inputs if teller.known.stands[item.node] is Stand.ROWS]
            stands = samples(sketch.nodes, sketch.shapes, inputs).stands
        instead = dict(teller.scribe.instead) | {
            node: Part(label(scale, teller.signs), Precedence.PRODUCT) for node, scale in found.labels.items()
        }
        from_left = set(teller.scribe.from_left)
        from_left |= {made for made, like in sketch.like.items() if like in from_left}
        return replace(
            teller.scribe, nodes=sketch.nodes, shapes=sketch.shapes, stands=stands, instead=instead, from_left=from_left,
            names={node: name for node, name in teller.values.items() if node in names},
        )  # fmt: skip

    def add(self, said: str, found: Simplified, names: Collection[int], *, scribe: Scribe | None = None, more: str = "") -> None:
        """A step, unless it reads as the one before."""
        teller, target = self.teller, self.teller.ways.target
        scribe = scribe or self.scribe(found, names)
        opened = found.root not in names
        body = scribe.formula(found.root, opened=opened).text
        latex = teller.settled(f"{teller.gradient(target)} = {body}") + teller.settled(more)
        if self.steps and self.steps[-1].latex == latex:
            return
        codes = {node: name for node, name in teller.codes.items() if node in names}
        text = code(found.sketch.nodes, found.root, codes, opened=opened)
        self.steps.append(Step("closed", target.id, said, latex, text, Read(found.root, found.sketch)))

    def error(self, found: Simplified, names: Collection[int]) -> int | None:
        """The difference between what is predicted and what is given, in the formula: it gets a letter."""
        nodes = found.sketch.nodes
        inputs = {item.node for item in self.teller.graph.program.inputs}
        seen, stack = {found.root}, [found.root]
        while stack:
            index = stack.pop()
            node: Node = nodes[index]
            if node.op == "subtract" and self.is_error(found.sketch, node, inputs):
                return index
            if index in names and index != found.root:
                continue
            new = [arg for arg in node.args if arg not in seen]
            seen.update(new)
            stack.extend(new)
        return None

    def is_error(self, sketch: Sketch, node: Node, inputs: Collection[int]) -> bool:
        """Whether a difference is between given data and something that does not come from it."""
        given = [arg for arg in node.args if arg in inputs]
        known = self.teller.known
        if len(given) != 1 or known is None or known.stands[given[0]] is not Stand.ROWS:
            return False
        seen, stack = set(), [arg for arg in node.args if arg not in inputs]
        while stack:
            index = stack.pop()
            if index == given[0]:
                return False
            if index not in seen:
                seen.add(index)
                stack.extend(sketch.nodes[index].args)
        return True

    def add_error(self, found: Simplified, names: Collection[int], error: int) -> None:
        teller = self.teller
        scribe = self.scribe(found, names)
        rows = scribe.stands is not None and scribe.stands[error] is Stand.ROWS
        letter = f"{teller.signs.error}_{{{FREE}}}" if rows else teller.signs.error
        instead = {**scribe.instead, error: Part(letter, Precedence.ATOM, low=rows)}
        short = replace(scribe, instead=instead)
        where = rf" \quad\text{{with }} {letter} = {scribe.formula(error).text}"
        inputs = {item.node for item in teller.graph.program.inputs}
        less = "given less what is predicted" if found.sketch.nodes[error].args[0] in inputs else "predicted less what is given"
        said = f"{teller.signs.error} for the error: what is {less}."
        self.add(said, found, names, scribe=short, more=where)
        measured = replace(short, shapes_below=True)
        self.add("The same with the shape of every factor below it.", found, names, scribe=measured, more=where)
