"""Why a gradient looks as it does: reasons with this graph's own shapes and numbers, each where it applies."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from app.engine.code import code, operand_code
from app.engine.linear import between, jacobian, sent
from app.engine.local import Side
from app.engine.program import CONSTANT, Array, Graph, Trace, Use
from app.engine.samples import Stand
from app.engine.shapes import axes_of
from app.engine.views import Card, Edge
from app.explain import notes, words
from app.explain.derivation.fate import fate
from app.explain.derivation.figures import PRINTED, Figure, is_comparison, matrix
from app.explain.derivation.outline import Outline
from app.explain.notation import code_local

MOST_SHARES, MOST_NUMBERS = 64, 400
"""So many samples' shares are shown, of so many numbers in all."""
JACOBIAN, SIDE = 144, 16
"""A Jacobian of so many entries is shown, with so many rows or columns at most."""
TERMS, NAMED = 4, 5
MULTIPLYING = frozenset(("multiply", "divide", "negative", "matmul", "sum_to", "broadcast_to"))


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason. `node` is the card it is about, `source` the one whose use of it is meant. `shares` is what each sample gives, along
    axis 0; `jacobian` the local derivative as a matrix; `where` the elements it is about."""

    kind: str
    node: str
    words: str
    source: str | None = None
    latex: str | None = None
    shares: Array | None = None
    jacobian: Array | None = None
    where: tuple[tuple[int, ...], ...] = ()


def reasons(found: Outline, trace: Trace, figure: Figure) -> list[Reason]:
    """All reasons on the way from the loss to the target, in that order, and then what is to be said of the gradient itself."""
    with np.errstate(all="ignore"):
        return [*_Reasoner(found, trace, figure).all()]


@dataclass
class _Reasoner:
    found: Outline
    trace: Trace
    figure: Figure

    def __post_init__(self) -> None:
        self.graph: Graph = self.trace.graph
        self.ways = self.found.ways
        self.cards = {card.id: card for card in self.ways.cards}
        self.plain = {card.id: words.card_name(card) for card in self.ways.cards}
        self.names: Mapping[int, str] = {node: words.plain_name(name) for node, name in self.found.spoken.items()}
        self.gradients: dict[int, str] = {}
        for card in self.ways.cards:
            self.gradients.setdefault(self.graph.gradients[card.node], self.gradient(card))

    def all(self) -> Iterator[Reason]:
        for card in self.found.told:
            uses = self.ways.uses.get(card.id, ())
            edges = [edge for edge in uses if edge in self.found.locals]
            for edge in edges:
                target = self.cards[edge.target]
                if edge.bundled:
                    continue
                for reason in (self.mean(edge, target), self.mask(edge, card, target), self.summed(edge, card, target)):
                    if reason is not None:
                        yield reason
                yield from self.transposed(edge, card, target)
            if len(uses) > 1:
                yield self.several(card, uses)
            yield from self.matrices(card, edges)
            yield from self.kinks(card)
        yield from self.whole()

    # the links

    def way(self, edge: Edge) -> tuple[int, ...]:
        """The nodes of the backward pass between a card's gradient and what one use sends back."""
        return between(self.graph, self.graph.gradients[edge.target_node], self.graph.contributions[edge.use])

    def mean(self, edge: Edge, target: Card) -> Reason | None:
        """Why 1/N."""
        node = self.graph.nodes[edge.use.node]
        if node.op != "mean":
            return None
        shape = self.graph.shapes[node.args[0]]
        count = math.prod(shape[axis] for axis in axes_of(node.parameter("axis"), len(shape)))
        said = (
            f"Why 1/{count}: the mean adds {count} elements and divides by {count}, so one element that changes by 1 changes it "
            f"by 1/{count}."
        )
        known = self.found.known
        if known and known.stands[edge.use.node] is Stand.SUMMED and count != known.count:
            said += f" These are {known.count} samples with {count // known.count} elements each."
        return Reason("mean", target.id, said, edge.source)

    def mask(self, edge: Edge, source: Card, target: Card) -> Reason | None:
        """Why a mask, and which elements it stops."""
        local = self.found.locals[edge]
        for factor in local.factors if local else ():
            if factor.node is None or factor.node >= len(self.graph.nodes) or not is_comparison(self.graph.nodes[factor.node].op):
                continue
            held = np.asarray(self.trace.value(factor.node))
            where = notes.places(held == 0)
            stopped = int((held == 0).sum())
            text = code(self.graph.nodes, factor.node, self.names, opened=True)
            by = "By this use " if len(self.ways.uses[source.id]) > 1 else ""
            said = f"Why a mask: {by}{self.plain[target.id]} follows {self.plain[source.id]} only where {text}, and stands still elsewhere."
            if held.size == 1:
                said += f" That {'does not hold' if stopped else 'holds'} here."
            else:
                listed = ", ".join(str(list(place)) for place in where[:NAMED]) + (
                    f" and {stopped - NAMED} more" if stopped > NAMED else ""
                )
                said += f" It stops {stopped} of {held.size} elements{': ' + listed if stopped else ''}."
            return Reason("mask", target.id, said, source.id, where=where)
        return None

    def summed(self, edge: Edge, source: Card, target: Card) -> Reason | None:
        """Why a sum: the un-broadcast, or the contraction over the samples, with each sample's share."""
        local = self.found.locals[edge]
        aside = words.aside(local)
        known = self.found.known
        shared = known is not None and known.stands[target.node] is Stand.ROWS and known.stands[source.node] is not Stand.ROWS
        if not aside and not shared:
            return None
        plain = self.plain
        if not shared or known is None:
            said = f"Why a sum: {plain[source.id]} is repeated to meet what it is combined with, so every repetition sends something back"
            return Reason("sum", target.id, f"{said}: {aside}.", source.id)
        shares = self.shares(edge, known.count)
        several = len(self.ways.uses[source.id]) > 1
        what = f"what comes back from {plain[target.id]}" if several else self.gradient(source)
        said = (
            f"Why a sum: the same {plain[source.id]} was used for each of the {known.count} samples, so its changes add up: every sample "
            f"gives a share of {what}, and the shares are added."
        )
        return Reason("sum", target.id, said, source.id, shares=shares)

    def shares(self, edge: Edge, count: int) -> Array | None:
        """What each sample sends back by one use: what comes back when only its row of the gradient is there."""
        start, end = self.graph.gradients[edge.target_node], self.graph.contributions[edge.use]
        if count > MOST_SHARES or count * math.prod(self.graph.shapes[end]) > MOST_NUMBERS:
            return None
        whole = np.asarray(self.trace.value(start))
        found = []
        for sample in range(count):
            alone = np.zeros_like(whole)
            alone[sample] = whole[sample]
            found.append(np.asarray(sent(self.trace, start, end, alone)))
        return np.stack(found)

    def gradient(self, card: Card) -> str:
        return f"{self.plain[card.id]}_g" if card.name else self.found.names.gradients[card.node]

    def transposed(self, edge: Edge, source: Card, target: Card) -> Iterator[Reason]:
        """Why a transpose: what shapes it leaves no other way for, and one element by hand."""
        for index in self.way(edge):
            node = self.graph.nodes[index]
            if node.op != "matmul":
                continue
            for position, arg in enumerate(node.args):
                turned = self.graph.nodes[arg]
                if turned.op != "transpose" or turned.parameter("axes") is not None or len(self.graph.shapes[arg]) != 2:
                    continue
                flow, factor = node.args[1 - position], turned.args[0]
                if "…" in operand_code(self.graph.nodes, self.names, factor):
                    continue
                if flow >= len(self.graph.program.nodes) and len(self.graph.shapes[flow]) == len(self.graph.shapes[index]) == 2:
                    yield self.turned(source, target, index=index, flow=flow, factor=factor, from_left=position == 0)

    def turned(self, source: Card, target: Card, *, index: int, flow: int, factor: int, from_left: bool) -> Reason:
        shapes = self.graph.shapes
        names = {**self.names, **self.gradients}
        g, b = (operand_code(self.graph.nodes, names, one) for one in (flow, factor))
        letter = "g" if (flow not in names or "…" in g) and "g" not in self.names.values() else g
        opening = "" if letter == g else "With g for what comes back: " if "…" in g else f"With g for {_bare(g)}: "
        g = letter
        fits = _fitting(shapes[flow], shapes[factor], shapes[index])
        form = f"{b}ᵀ · {g}" if from_left else f"{g} · {b}ᵀ"
        said = (
            f"Why a transpose: {opening}{g} is {_size(shapes[flow])}, {b} is {_size(shapes[factor])}, and what comes back must be as "
            f"{self.plain[source.id]} is, {_size(shapes[index])}. "
        )
        said += (
            f"The shapes leave no other way than {form}."
            if fits == 1
            else f"The shapes alone do not decide between {form} and other products: one element does."
        )
        said += f" {self.by_hand(index, flow, factor, from_left=from_left, names=(g, b))}"
        return Reason("transpose", target.id, said, source.id)

    def by_hand(self, index: int, flow: int, factor: int, *, from_left: bool, names: tuple[str, str]) -> str:
        """One element of a product with a transposed matrix, term by term: that with the largest magnitude."""
        g, b = names
        values = [np.asarray(self.trace.value(one)) for one in (flow, factor, index)]
        size = np.abs(np.nan_to_num(values[2], nan=0.0, posinf=0.0, neginf=0.0))
        i, j = (int(one) for one in np.unravel_index(int(np.argmax(size)), size.shape))
        count = values[1].shape[0 if from_left else 1]
        pairs = [((k, i), (k, j)) if from_left else ((j, k), (i, k)) for k in range(count)]
        terms = [(b_at, g_at, float(values[1][b_at]), float(values[0][g_at])) for b_at, g_at in pairs]
        shown = terms[:TERMS]
        symbols = " + ".join(f"{b}{list(b_at)}·{g}{list(g_at)}" for b_at, g_at, _, _ in shown)
        numbers = " + ".join(f"{_signed(self.figure(one))}·{_signed(self.figure(other))}" for _, _, one, other in shown)
        more = " + …" if len(terms) > TERMS else ""
        line = f"row {j} of {b}, a column of its transpose" if not from_left else f"column {i} of {b}, a row of its transpose"
        result = self.figure(float(values[2][i, j]))
        return f"One element by hand: [{i}, {j}] is {symbols}{more} = {numbers}{more} = {result}: it meets {line}."

    def several(self, card: Card, edges: Sequence[Edge]) -> Reason:
        """Why contributions add."""
        parts = [self.trace.value(self.graph.contributions[edge.use]) for edge in edges if edge.use in self.graph.contributions]
        said = f"Why contributions add: {self.plain[card.id]} is used {len(edges)} times, and a change of it goes all these ways at once."
        if all(np.size(part) == 1 for part in parts) and len(parts) == len(edges) <= 2 * TERMS:
            numbers = [float(np.reshape(part, ())) for part in parts]
            whole = float(np.reshape(self.trace.value(self.graph.gradients[card.node]), ()))
            said += f" Here {' + '.join(_signed(self.figure(one)) for one in numbers)} = {self.figure(whole)}."
        return Reason("twice", card.id, said)

    def matrices(self, card: Card, edges: Sequence[Edge]) -> Iterator[Reason]:
        """The full local Jacobian of small links, and how the short form comes from it."""
        by_target: dict[str, list[Use]] = {}
        for edge in edges:
            if not edge.bundled:
                by_target.setdefault(edge.target, []).append(edge.use)
        for name, uses in by_target.items():
            target = self.cards[name]
            m, n = (math.prod(self.graph.shapes[one.node]) for one in (target, card))
            arriving = self.graph.nodes[self.graph.gradients[target.node]]
            nothing = arriving.op == CONSTANT and arriving.number == 0
            if nothing or not (1 < m * n <= JACOBIAN and max(m, n) <= SIDE):
                continue
            found = jacobian(self.trace, target.node, uses)
            said = f"The whole of ∂{self.plain[name]}/∂{self.plain[card.id]} is a matrix of {m} × {n}. {self.pattern(found, card, target)}"
            short = self.short(edges[0]) if len(uses) == 1 == len(edges) else None
            if short:
                said += f" In short: {short}."
            latex = matrix(found, self.figure).text if found.size <= PRINTED else None
            yield Reason("jacobian", name, said, card.id, latex=latex, jacobian=found)

    def short(self, edge: Edge) -> str | None:
        """A local derivative as a single factor, where it acts by nothing else than multiplying, and perhaps being summed."""
        local = self.found.locals[edge]
        if local is None or local.compound or any(self.graph.nodes[index].op not in MULTIPLYING for index in self.way(edge)):
            return None
        nodes = [factor.node for factor in local.factors if factor.node is not None]
        if len([node for node in nodes if self.graph.shapes[node]]) > 1:
            return None
        aside = words.aside(local)
        return f"{code_local(self.graph, local, self.names)}{', ' + aside if aside else ''}"

    def pattern(self, found: Array, source: Card, target: Card) -> str:
        m, n = found.shape
        a, b = self.plain[target.id], self.plain[source.id]
        if not found.any():
            return "All of it is 0."
        if m == 1:
            return f"It has one row, since {a} is a single number: the short form is that row, in the shape of {b}."
        if n == 1:
            return f"It has one column, since {b} is a single number: the short form adds what its rows give."
        if m == n and not np.any(found - np.diag(np.diagonal(found))):
            return (
                f"Each element of {a} depends on the same element of {b} alone, so only the diagonal is not 0: multiplying with such a "
                "matrix is multiplying element by element, and the diagonal is all one needs."
            )
        if len(self.graph.shapes[source.node]) == 1 and m % n == 0 and np.array_equal(found, np.tile(np.eye(n), (m // n, 1))):
            return f"Every row of {a} gets {b} as it is: below each other stand {m // n} unit matrices, and in short the rows are added."
        rows = self.graph.shapes[target.node][0] if self.graph.shapes[target.node] else 1
        if rows > 1 and m % rows == 0 and n % rows == 0:
            block = found[: m // rows, : n // rows]
            if np.array_equal(found, np.kron(np.eye(rows), block)):
                part = "row" if len(self.graph.shapes[target.node]) == 2 else "part along the first axis"
                return (
                    f"Each {part} of {a} depends on the same {part} of {b} alone, so one block of {m // rows} × {n // rows} "
                    f"stands {rows} times on the diagonal: instead of the large matrix, each is multiplied by the block."
                )
        columns = self.graph.shapes[target.node][-1] if self.graph.shapes[target.node] else 1
        if columns > 1 and m % columns == 0 and n % columns == 0:
            inner = found[::columns, ::columns]
            if np.array_equal(found, np.kron(inner, np.eye(columns))):
                return (
                    f"Each column of {a} depends on the same column of {b} alone, always by the same {m // columns} × {n // columns} "
                    "numbers: instead of the large matrix, that small one, transposed, multiplies from the left."
                )
        return f"Its row k holds the derivatives of element k of {a} with respect to all elements of {b}."

    def kinks(self, card: Card) -> Iterator[Reason]:
        for note in notes.notes(self.trace, card):
            if note.kind == "kink":
                yield Reason("kink", card.id, f"{self.plain[card.id]}, {note.message[:1].lower()}{note.message[1:]}", where=note.where)

    # the whole

    def whole(self) -> Iterator[Reason]:
        target = self.ways.target
        if self.found.mixed:
            yield Reason("samples", target.id, self.no_single_sample())
        lefts = [
            edge
            for card in self.found.told
            for edge in self.ways.uses.get(card.id, ())
            if (local := self.found.locals.get(edge)) and any(factor.side is Side.LEFT for factor in local.factors)
        ]
        if lefts:
            edge = lefts[-1]
            b, a = self.plain[edge.source], self.plain[edge.target]
            said = (
                f"The order of the factors: along the chain the derivative of {a} with respect to {b} comes after what comes back to {a}, "
                "but as a matrix it multiplies from the left, since only there the inner sizes meet. So the order of the chain and that "
                "of the matrix product differ: numbers may change places, matrices may not."
            )
            yield Reason("order", edge.target, said, edge.source)
        became = fate(self.trace, self.ways, self.figure)
        if became is not None:
            yield Reason(became.kind, target.id, became.words, where=became.where)

    def no_single_sample(self) -> str:
        known, graph = self.found.known, self.graph
        opening = "One sample at a time cannot be written"
        if known is None:
            return f"{opening}: there are not several samples, or the inputs do not say how many."
        for what, of in (("", lambda node: node), ("the gradient of ", graph.gradients.__getitem__)):
            for card in reversed(self.ways.cards):
                if known.stands[of(card.node)] is Stand.MIXED:
                    return f"{opening}: {what}{self.plain[card.id]} takes the samples together, or in a way that no single row shows."
        return f"{opening}: the samples are taken together on the way."


def _fitting(flow: Sequence[int], factor: Sequence[int], wanted: Sequence[int]) -> int:
    """How many products of the two matrices, each as it is or transposed, in either order, have the wanted shape."""
    found = set()
    for a in (tuple(flow), tuple(flow)[::-1]):
        for b in (tuple(factor), tuple(factor)[::-1]):
            for order, (left, right) in enumerate(((a, b), (b, a))):
                if left[1] == right[0] and (left[0], right[1]) == tuple(wanted):
                    found.add((order, a == tuple(flow), b == tuple(factor)))
    return len(found)


def _bare(text: str) -> str:
    return text[1:-1] if text.startswith("(") and text.endswith(")") else text


def _size(shape: Sequence[int]) -> str:
    return " × ".join(map(str, shape))


def _signed(text: str) -> str:
    """A number as a factor or a term: in parentheses where it is negative."""
    return f"({text})" if text.startswith(("−", "-")) else text
