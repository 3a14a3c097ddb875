"""Backpropagation one step at a time, on the cards and edges that are drawn: first every value, then what comes back along every edge."""

from __future__ import annotations

import math
from collections import ChainMap, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from operator import attrgetter

import numpy as np

from app.engine.code import lengths
from app.engine.local import LocalDerivative
from app.engine.program import CONSTANT, Array, Graph, Node, Shape, Trace, Use
from app.engine.syntax import Precedence
from app.engine.views import Card, Edge, View
from app.explain import notation, words
from app.explain.derivation.figures import Figure, element, equality, filled, is_comparison, matrix
from app.explain.derivation.scribe import Scribe, Signs, linked
from app.explain.derivation.sentences import link
from app.explain.derivation.teller import LEGIBLE
from app.explain.making import LISTED, Maker
from app.explain.paths import Formulas
from app.explain.writer import Part

SMALL, BRIEF = 12, 24
"""Numbers are put into a formula of at most `BRIEF` symbols: whole arrays of at most `SMALL` elements, else one element of each."""
ADDED, WRITTEN = 4, 4000
"""So many contributions are added one by one; and a formula of more characters is not written."""


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula that numbers are put into, for `leaves`: `roots` are added, and give `result`, which `left` is a name of."""

    left: str
    roots: tuple[int, ...]
    leaves: tuple[int, ...]
    result: int


@dataclass(frozen=True, slots=True)
class Step:
    """One step, whatever the numbers are.

    `phase` is start, forward or backward; `kind` inputs, value, seed, contribution or sum. `edges` are those it goes along: of a
    contribution the one from `node` to the card `origin`, which sends it back, and those that bring data its share beside it.
    `values` and `gradients` are the cards that show theirs from this step on.
    """

    phase: str
    kind: str
    node: str | None
    words: str
    latex: str | None = None
    formula: Formula | None = None
    edges: tuple[str, ...] = ()
    origin: str | None = None
    values: tuple[str, ...] = ()
    gradients: tuple[str, ...] = ()
    number: int | None = None
    """The node of the single number that it comes out as."""
    gate: int | None = None
    """The node whose numbers above 0 let something through, and whose others stop it."""
    beside: str = ""
    """What happens at the same time, in words."""


@dataclass(frozen=True, eq=False)
class Playback:
    """The steps of a graph as it is drawn, and what writes their formulas."""

    steps: tuple[Step, ...]
    scribe: Scribe


def playback(graph: Graph, shown: View, local: Mapping[Edge, LocalDerivative | None], data: Collection[int] = ()) -> Playback:
    """The inputs, every value in the order of evaluation, the loss's own gradient, and edge by edge what comes back.

    A gradient is complete before anything of it is sent on. `local` has the local derivatives of the edges, `data` the nodes of inputs
    for which nothing is learned: one that is used once gets its gradient along with what the same card sends to another.
    """
    teller = _Teller(graph, shown, local, data)
    return Playback((teller.start(), *teller.forward(), *teller.backward()), teller.scribe)


def sentence(step: Step, trace: Trace, figure: Figure) -> str:
    """What a step says, with the numbers of one run."""
    said = step.words
    if step.number is not None:
        said += f" It comes out as {figure(float(np.reshape(trace.value(step.number), ())))}."
    if step.gate is not None:
        gate = np.asarray(trace.value(step.gate))
        said += f" {_stopped(gate.size, int(np.count_nonzero(gate <= 0)))}"
    return f"{said} {step.beside}" if step.beside else said


def _stopped(count: int, stopped: int) -> str:
    if count == 1:
        return "Its one number stops here." if stopped else "Its one number passes."
    if stopped in (0, count):
        return f"All {count} numbers {'stop here' if stopped else 'pass'}."
    return f"{stopped} of the {count} numbers {'stops' if stopped == 1 else 'stop'} here."


def in_numbers(step: Step, scribe: Scribe, trace: Trace, figure: Figure) -> str | None:
    """A step's formula with the numbers of one run: whole arrays where they are small, else one element; None where it takes more."""
    formula = step.formula
    if formula is None:
        return None
    values = {index: np.asarray(trace.value(index)) for index in formula.leaves}
    result = np.asarray(trace.value(formula.result))
    parts: Sequence[Part[str] | None]
    if all(one.size <= SMALL and one.ndim <= 2 for one in (result, *values.values())):
        parts, left, shown = [filled(scribe, root, values, figure) for root in formula.roots], "", result
        sign = equality((result, *values.values()), figure)
    else:
        place = _largest(result)
        parts = [element(scribe, root, values, place, figure) for root in formula.roots]
        # Of so many numbers nobody asks whether each is written in full.
        left, shown, sign = rf"{formula.left}{list(place) or ''} \approx ", result[place], r"\approx"
    written = [part for part in parts if part is not None]
    if len(written) < len(parts):
        return None
    body = reduce(lambda a, b: scribe.combine(Node("add"), [a, b], None), written).text
    value = matrix(np.asarray(shown), figure).text
    return _bounded(f"{left}{value} {'=' if value == body else sign} {body}")


def _largest(array: Array) -> Shape:
    size = np.abs(np.nan_to_num(array, nan=0.0, posinf=0.0, neginf=0.0))
    return tuple(int(i) for i in np.unravel_index(int(np.argmax(size)), size.shape))


class _Teller:
    """Knows what is drawn, how it is called, what comes back along which edge, and what formulas say of it."""

    def __init__(self, graph: Graph, shown: View, local: Mapping[Edge, LocalDerivative | None], data: Collection[int]) -> None:
        self.graph, self.shown, self.local, self.data = graph, shown, local, data
        self.formulas, self.maker = Formulas(graph, shown), Maker(graph, shown)
        self.cards, self.plain = self.formulas.cards, self.maker.plain
        gradients = {graph.gradients[card.node] for card in shown.cards if card.node in graph.gradients}
        calls = {index: call.args for index, call in shown.calls.items()}
        self.symbols = lengths(graph.nodes, shown.names.keys() | gradients, calls)
        self.terms = lengths(graph.nodes, self.maker.standing.keys() | shown.names.keys() | gradients, calls)
        self.scribe = Scribe(graph.nodes, graph.shapes, Signs.free(()), {}, calls=dict(shown.calls))
        self.named = {node: self.name(node, name) for node, name in shown.names.items()}
        self.loss = next(card for card in shown.cards if graph.loss.node in card.inside)
        self.loss_name = linked(self.formulas.numbers[self.loss.id], notation.latex_name(graph.loss.name))

    def name(self, node: int, name: str) -> Part[str]:
        """The name of a value, tied to its card where it has one."""
        part, card = self.scribe.named(name, self.graph.shapes[node]), self.maker.standing.get(node)
        return part if card is None else replace(part, text=linked(self.formulas.numbers[card], part.text))

    def single(self, index: int) -> int | None:
        """The node itself, where it is a single number."""
        return index if math.prod(self.graph.shapes[index]) == 1 else None

    # forward

    def start(self) -> Step:
        inputs = [card for card in self.shown.cards if card.expression is None]
        given = words.few([self.plain[card.id] for card in inputs], LISTED)
        opening = f"The input{'s are' if len(inputs) > 1 else ' is'} given: {given}. " if inputs else ""
        return Step("start", "inputs", None, f"{opening}Nothing is calculated yet.", values=tuple(card.id for card in inputs))

    def forward(self) -> Iterator[Step]:
        """The value of every card that is calculated, in the order of evaluation."""
        for card in self.shown.cards:
            if card.expression is not None:
                edges = self.incoming[card.id]
                said = self.maker.made(card, [self.plain[edge.source] for edge in edges])
                latex, formula = self.expression(card)
                yield Step(
                    "forward", "value", card.id, said, latex, formula, tuple(edge.id for edge in edges), values=(card.id,),
                    number=self.single(card.node),
                )  # fmt: skip

    # backward

    def backward(self) -> Iterator[Step]:
        """The loss's own gradient, then what every card sends back, the last card first."""
        yield self.seed()
        waiting = {name: len(edges) for name, edges in self.arriving.items()}
        for card in reversed(self.shown.cards):
            sent = [edge for edge in self.incoming[card.id] if edge in self.returns]
            beside = [edge for edge in sent if self.cards[edge.source].node in self.data and len(self.arriving[edge.source]) == 1]
            told = [edge for edge in sent if edge not in beside]
            if not told:
                told, beside = beside, []
            for edge in told:
                yield self.contribution(edge, beside if edge is told[-1] else ())
                waiting[edge.source] -= 1
                if waiting[edge.source] == 0 and len(self.arriving[edge.source]) > 1:
                    yield self.sum(self.cards[edge.source])

    def seed(self) -> Step:
        name, latex = words.plain_name(self.graph.loss.name), self.loss_name
        said = (
            f"The forward pass is done, and the backward pass begins at {name}: "
            f"a small change of {name} is a change of {name} of the same size, so ∂{name}/∂{name} = 1."
        )
        idle = [card for card in self.shown.cards if card.node in self.graph.gradients and card.id not in self.arriving]
        others = [self.plain[card.id] for card in idle if card is not self.loss]
        if others:
            said += (
                f" Nothing comes back to {words.few(others, LISTED)}: {'their gradients are' if len(others) > 1 else 'its gradient is'} 0."
            )
        return Step(
            "backward", "seed", self.loss.id, said, rf"\frac{{\partial {latex}}}{{\partial {latex}}} = 1",
            gradients=tuple(card.id for card in idle),
        )  # fmt: skip

    def contribution(self, edge: Edge, beside: Sequence[Edge]) -> Step:
        """What one card sends back to another and, beside it, to data."""
        source, target, arriving = self.cards[edge.source], self.cards[edge.target], self.arriving[edge.source]
        name = self.plain[source.id]
        said = [f"From {self.plain[target.id]} back to {name}.", self.reason(edge)]
        if len(arriving) > 1:
            said.append(f"This is one of {len(arriving)} contributions to the gradient of {name}.")
        elif source.stands_for > 1:
            said.append(self.within(source))
        else:
            said.append(f"Nothing else comes back to {name}: this is its gradient.")
        gets = "which are data, get their gradients" if len(beside) > 1 else "which is data, gets its gradient"
        latex, formula = self.returned(edge)
        return Step(
            "backward", "contribution", source.id, " ".join(said), latex, formula, tuple(one.id for one in (edge, *beside)), target.id,
            gradients=(*(() if len(arriving) > 1 else (source.id,)), *(one.source for one in beside)),
            number=None if edge.bundled else self.single(self.graph.contributions[edge.use]),
            gate=self.gate(edge),
            beside=f"At the same time {words.few([self.plain[one.source] for one in beside], LISTED)}, {gets}." if beside else "",
        )  # fmt: skip

    def reason(self, edge: Edge) -> str:
        """Why just that comes back along an edge."""
        source, target = self.cards[edge.source], self.cards[edge.target]
        if not edge.bundled:
            return link(self.graph, edge, source, target, plain=self.plain, local=self.local.get(edge))
        one, other, count = self.plain[source.id], self.plain[target.id], len(self.uses[edge])
        if source.stands_for > 1:
            return f"{other} uses values of {one}: each gets back what its uses send."
        return f"{other} uses {one} {_times(count)}{': what the uses send back is added' if count > 1 else ''}."

    def within(self, card: Card) -> str:
        """What is shown of a card that stands for several values."""
        last = self.maker.short(words.card_name(card), card.node)
        return f"Within {self.plain[card.id]} it goes on, value by value. Shown is the gradient of the last, {last}."

    def sum(self, card: Card) -> Step:
        """All that has arrived at a card, added."""
        edges, name, gradient = self.arriving[card.id], self.plain[card.id], self.graph.gradients[card.node]
        along = tuple(edge.id for edge in edges)
        if card.stands_for > 1:
            said = f"All that comes back to {name} has arrived. {self.within(card)}"
            return Step("backward", "sum", card.id, said, edges=along, gradients=(card.id,))
        uses, used = [use for edge in edges for use in self.returns[edge]], sum(len(self.uses[edge]) for edge in self.outgoing[card.id])
        led = "" if len(uses) == used else f", and {len(uses)} of these uses lead to {words.plain_name(self.graph.loss.name)}"
        latex, formula = None, None
        if not any(edge.bundled for edge in edges):
            terms = [self.product(edge) for edge in (edges if len(edges) <= ADDED else edges[:2])]
            more = r" + \cdots" if len(edges) > ADDED else ""
            latex = _bounded(f"{self.gradient(card)} = {' + '.join(terms)}{more}")
        if len(uses) <= ADDED:
            roots = tuple(self.graph.contributions[use] for use in uses)
            formula = Formula(self.gradient(card), roots, roots, gradient)
        return Step(
            "backward", "sum", card.id, f"{name} is used {_times(used)}{led}: what arrives is added.", latex, formula, along,
            gradients=(card.id,), number=self.single(gradient),
        )  # fmt: skip

    def gate(self, edge: Edge) -> int | None:
        """What lets through, or stops, all that comes back along an edge, where it does nothing else."""
        local = self.local.get(edge)
        node = local.factors[0].node if local is not None and len(local.factors) == 1 else None
        return node if node is not None and is_comparison(self.graph.nodes[node].op) else None

    # what there is to go along

    @cached_property
    def incoming(self) -> Mapping[str, list[Edge]]:
        return _by(attrgetter("target"), self.shown.edges)

    @cached_property
    def outgoing(self) -> Mapping[str, list[Edge]]:
        return _by(attrgetter("source"), self.shown.edges)

    @cached_property
    def arriving(self) -> Mapping[str, list[Edge]]:
        """What comes back to each card to which anything does, in the order of its uses."""
        return dict(_by(attrgetter("source"), self.returns))

    @cached_property
    def uses(self) -> dict[Edge, list[Use]]:
        """The uses that each edge stands for."""
        bundled = {(edge.source, edge.target): edge for edge in self.shown.edges if edge.bundled}
        found = {edge: [] if edge.bundled else [edge.use] for edge in self.shown.edges}
        owner = {index: card.id for card in self.shown.cards for index in card.inside} if bundled else {}
        for index in sorted(owner):
            for position, arg in enumerate(self.graph.nodes[index].args):
                edge = bundled.get((owner.get(arg, ""), owner[index]))
                if edge is not None:
                    found[edge].append(Use(index, position))
        return found

    @cached_property
    def returns(self) -> dict[Edge, tuple[Use, ...]]:
        """Of the edges along which something comes back, the uses that send it."""
        sent, reaching = self.graph.contributions, self.graph.reaching
        found = {edge: tuple(use for use in uses if use in sent and use.node in reaching) for edge, uses in self.uses.items()}
        return {edge: uses for edge, uses in found.items() if uses}

    # formulas

    def gradient(self, card: Card) -> str:
        """∂loss/∂card."""
        return rf"\frac{{\partial {self.loss_name}}}{{\partial {self.formulas.variable(card)}}}"

    def product(self, edge: Edge) -> str:
        """What comes back along an edge, by the chain rule."""
        return rf"{self.gradient(self.cards[edge.target])} \cdot {self.formulas.factor(edge)}"

    def expression(self, card: Card) -> tuple[str | None, Formula | None]:
        """A card's value in symbols, and what numbers are put into."""
        if card.stands_for > 1:
            return None, None
        name = self.formulas.variable(card)
        return self.written(card.node, name, f"{name} = " if card.name else "")

    def returned(self, edge: Edge) -> tuple[str | None, Formula | None]:
        """What comes back along an edge in symbols, in terms of the gradient of the card that sends it."""
        if edge.bundled:
            return None, None
        source, target = self.cards[edge.source], self.cards[edge.target]
        arrived, root = self.graph.gradients[target.node], self.graph.contributions[edge.use]
        gradient = {arrived: Part(self.gradient(target), Precedence.POWER, shape=self.graph.shapes[arrived])}
        if len(self.arriving[source.id]) == 1:
            return self.written(root, self.gradient(source), f"{self.gradient(source)} = ", gradient)
        return self.written(root, rf"\left({self.product(edge)}\right)", f"{self.product(edge)} = ", gradient)

    def written(
        self, root: int, left: str, opening: str, gradient: Mapping[int, Part[str]] | None = None
    ) -> tuple[str | None, Formula | None]:
        """A node as a formula over names and, in the backward pass, over a gradient; and the same for numbers to be put in."""
        latex, formula = None, None
        known = ChainMap(dict(gradient or {}), self.named)
        if self.symbols.opened[root] <= LEGIBLE:
            scribe = replace(self.scribe, instead=known)
            latex = _bounded(f"{opening}{scribe.formula(root, opened=gradient is None or root not in known).text}")
        if self.terms.opened[root] <= BRIEF:
            formula = Formula(left, (root,), tuple(self.leaves(root, known, back=gradient is not None)), root)
        return latex, formula

    def leaves(self, root: int, known: Mapping[int, Part[str]], *, back: bool) -> Iterator[int]:
        """What numbers are put in for: values and gradients that are shown, and on the way back what lets through or stops."""
        scribe, nodes = replace(self.scribe, instead=known), self.graph.nodes
        stack, seen = [root], {root}
        while stack:
            index = stack.pop()
            shown = index in known or index in self.maker.standing
            if (shown and (back or index != root)) or (back and is_comparison(nodes[index].op)):
                yield index
            else:
                new = {arg for arg in scribe.arguments(index) if nodes[arg].op != CONSTANT} - seen
                seen |= new
                stack += sorted(new)


def _by(end: Callable[[Edge], str], edges: Iterable[Edge]) -> defaultdict[str, list[Edge]]:
    """Edges by what stands at one of their ends."""
    found: defaultdict[str, list[Edge]] = defaultdict(list)
    for edge in edges:
        found[end(edge)].append(edge)
    return found


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _bounded(latex: str) -> str | None:
    return latex if len(latex) <= WRITTEN else None
