"""How values, gradients and steps are called in verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from app.engine.code import READABLE, code, lengths, operand_code
from app.engine.program import Graph, below
from app.engine.sketch import Sketch
from app.engine.views import Card, Shown, view
from app.explain.identifiers import identifiers

LONGEST = 80
"""Characters of an expression within a sentence."""


@dataclass(frozen=True, slots=True)
class Link:
    """A step of the chain rule: ∂node/∂source, and the line of the program that calculates the node."""

    node: str
    source: str | None
    line: int | None
    equation: str


@dataclass(frozen=True, eq=False)
class Speech:
    """Names for the nodes of a graph; `own` are names that a person gives to values that have none, or have one only within a call."""

    graph: Graph
    own: Mapping[int, str] = field(default_factory=dict)

    @cached_property
    def names(self) -> dict[int, str]:
        """Of values and of gradients, by their node, as derivations give them; of what several share, the first."""
        graph = self.graph
        plain = identifiers(graph, view(graph, Shown()))
        found = {graph.gradients[node]: name for node, name in reversed([*plain.gradients.items()])}
        return found | dict(plain.values) | dict(self.own)

    def say(self, index: int) -> str:
        """A node of the graph: its name, or the expression that it is."""
        text = self.names.get(index) or operand_code(self.graph.nodes, self.names, index, self.graph.nodes[index])
        return text if len(text) <= LONGEST else "…"

    def gradient(self, node: int) -> str:
        """∂loss/∂node in running text."""
        inner = next((item.name for item in self.graph.program.statements if item.node == node), None)
        value = self.names.get(node) or inner
        loss = self.graph.loss.name
        return f"∂{loss}/∂{value}" if value else f"∂{loss}/∂({self.say(node)})"

    @cached_property
    def cards(self) -> tuple[Card, ...]:
        return view(self.graph, Shown()).cards

    def link(self, origin: int, target: int) -> Link | None:
        """The step that the derivative of a node of the program belongs to, on the way from `target` to the loss."""
        card = next((card for card in self.cards if origin in card.inside), None)
        if card is None:
            return None
        named = {one.node: one for one in self.cards}
        args = {arg for index in card.inside for arg in self.graph.program.nodes[index].args} & named.keys()
        leading = [
            arg for arg in sorted(args) if arg == target or target in below(self.graph.program.nodes, [arg], lambda one: one < target)
        ]
        source = named[leading[0]].id if len(leading) == 1 else None
        return Link(card.id, source, card.line, f"{card.id} = {card.expression}" if card.expression else card.id)

    def formula(self, root: int, leaves: Mapping[int, str]) -> str:
        """A gradient as code: closed over the values' names and those in `leaves`; sums back to a shape as one writes them.

        Nothing, where it would be too long to be read.
        """
        sketch = Sketch(self.graph)
        first = len(self.graph.program.nodes)
        names = {node: name for node, name in self.names.items() if node < first} | dict(leaves)
        names.pop(root, None)
        new: dict[int, int] = {}
        for index in sorted(below(self.graph.nodes, [root], lambda one: one < first or one in names)):
            node = self.graph.nodes[index]
            if index < first or index in names:
                continue
            args = tuple(new.get(arg, arg) for arg in node.args)
            before, after = self.graph.shapes[node.args[0]] if node.args else (), self.graph.shapes[index]
            dropped = len(before) - len(after)
            if node.op == "sum_to" and dropped and before[dropped:] == after:
                axis = 0 if dropped == 1 else tuple(range(dropped))
                new[index] = sketch.apply("sum", args, **({} if not after else {"axis": axis}))
            elif args != node.args:
                new[index] = sketch.again(node, args)
        made = new.get(root, root)
        if lengths(sketch.nodes, names).opened[made] > READABLE:
            return ""
        return code(sketch.nodes, made, names)
