"""The closed form: the gradient as one formula, made shorter and opened step by step."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

from app.engine.code import code, lengths
from app.engine.program import Node, below
from app.engine.samples import Stand, samples
from app.engine.simplify import Simplified, simplified
from app.engine.sketch import Sketch
from app.engine.syntax import Precedence
from app.explain.derivation.scribe import FREE, Scribe, label
from app.explain.derivation.teller import LEGIBLE, OPENED, Read, Step, Teller
from app.explain.writer import Part

OPENINGS = 12
"""So many steps of it, about, are shown."""


@dataclass
class Closed:
    """The gradient as one formula, made shorter and opened step by step."""

    teller: Teller
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
            if len(self.steps) <= OPENINGS and self.occurs(gathered, card.node, names) and self.symbols(gathered, fewer) <= OPENED:
                names = fewer
                self.add(f"{plain[card.id]} = {teller.expression(card)} put back in.", gathered, names)
        turned = simplified(graph, root, names, teller.known, flip=True)
        self.add("The minus taken into the difference, which turns it round.", turned, names)
        error = self.error(turned, names)
        if error is not None:
            self.add_error(turned, names, error)

    def short_of_it(self, root: int) -> None:
        """Where the whole would be too long to be read: in terms of the gradients that come before."""
        teller = self.teller
        mine = teller.gradients[root].card == teller.numbers[teller.ways.target.id]
        text = teller.written(root, opened=mine)
        scribe = replace(teller.scribe, names=teller.names)
        body = scribe.formula(root, opened=mine).text if text else r"\cdots"
        latex = teller.settled(f"{teller.gradient(teller.ways.target)} = {body}")
        said = "Everything put in would be too long to be read: this is it in terms of the gradients before it."
        self.steps.append(Step("closed", teller.ways.target.id, said, latex, text, Read(root)))

    def symbols(self, found: Simplified, names: Collection[int]) -> int:
        return lengths(found.sketch.nodes, names).opened[found.root]

    def occurs(self, found: Simplified, node: int, names: Collection[int]) -> bool:
        return node in self.shown(found, names)

    def shown(self, found: Simplified, names: Collection[int]) -> Iterator[int]:
        """The nodes that the formula is made of, down to the named ones."""
        return below(found.sketch.nodes, [found.root], lambda index: index in names and index != found.root)

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
        differences = (index for index in self.shown(found, names) if nodes[index].op == "subtract")
        return next((index for index in differences if self.is_error(found.sketch, nodes[index], inputs)), None)

    def is_error(self, sketch: Sketch, node: Node, inputs: Collection[int]) -> bool:
        """Whether a difference is between given data and what is predicted: something of other inputs, that does not come from the data."""
        given = [arg for arg in node.args if arg in inputs]
        known = self.teller.known
        if len(given) != 1 or known is None or known.stands[given[0]] is not Stand.ROWS:
            return False
        seen = set(below(sketch.nodes, (arg for arg in node.args if arg not in inputs)))
        return given[0] not in seen and not seen.isdisjoint(inputs)

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
