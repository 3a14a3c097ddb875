"""A gradient written shorter: its numbers gathered in front, signs taken into differences. The same value, by the same operations."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from app.engine.program import CONSTANT, Graph, Node, Shape, fold
from app.engine.samples import Samples, Stand
from app.engine.shapes import axes_of
from app.engine.sketch import Sketch
from app.engine.symbol import turns

MULTILINEAR = frozenset(("matmul", "dot", "outer", "einsum", "conv1d", "conv2d"))
"""Operations that a factor of any argument passes through."""
LINEAR = frozenset((
    "transpose", "matrix_transpose", "swapaxes", "reshape", "flatten", "squeeze", "expand_dims", "broadcast_to", "sum_to", "getitem",
    "scatter", "take", "put", "take_along_axis", "put_along_axis", "flip", "roll", "cumsum", "sum", "mean", "diag", "diag_embed",
    "diagonal", "trace", "tril", "triu", "repeat", "tile", "split", "unfold", "fold", "dropout",
))  # fmt: skip
"""Operations that a factor of the first argument passes through."""
KEEPING = frozenset(("transpose", "matrix_transpose", "swapaxes", "reshape", "flatten", "squeeze", "expand_dims", "broadcast_to",
                     "getitem", "take", "flip", "roll"))  # fmt: skip
"""Those under which a tensor of one number stays one of that number."""
PLAIN = 1024
"""A number with at most so large a denominator is reckoned with as a fraction."""


@dataclass(frozen=True, slots=True)
class Scale:
    """A number: a fraction, times what is none, divided so many times by the number of samples."""

    ratio: Fraction = Fraction(1)
    rest: float = 1.0
    counts: int = 0

    def __mul__(self, other: Scale) -> Scale:
        return Scale(self.ratio * other.ratio, self.rest * other.rest, self.counts + other.counts)

    def __truediv__(self, other: Scale) -> Scale:
        return Scale(self.ratio / other.ratio, self.rest / other.rest, self.counts - other.counts)

    def __neg__(self) -> Scale:
        return replace(self, ratio=-self.ratio)


ONE = Scale()


def scale_of(number: float) -> Scale | None:
    """A number as a scale; None for 0 and for what is not finite: these are left where they stand."""
    if not math.isfinite(number) or number == 0:
        return None
    exact = Fraction(number)
    plain = exact.denominator <= PLAIN and abs(exact.numerator) <= PLAIN * PLAIN
    return Scale(exact) if plain else Scale(Fraction(-1 if number < 0 else 1), abs(number))


@dataclass(frozen=True, slots=True)
class Term:
    """A scale times a node, or (None) times a tensor of ones. `opposite` is a node for the same with the other sign, if it is as short."""

    scale: Scale
    node: int | None
    shape: Shape
    opposite: int | None = None


@dataclass(frozen=True, eq=False)
class Simplified:
    """A node of a sketch; `labels` says of constants in it how a formula calls them, given N, the number of samples."""

    sketch: Sketch
    root: int
    labels: Mapping[int, Scale] = field(default_factory=dict)


def simplified(graph: Graph, root: int, named: Collection[int], known: Samples | None, *, flip: bool) -> Simplified:
    """The gradient node `root`, closed over the named nodes, with its numbers in front; what is divided by the number of samples, if
    they are known, is remembered as such. `flip` says to take a leading minus into a difference."""
    maker = _Maker(graph, named, known)
    forward = len(graph.program.nodes)

    def leaf(index: int) -> Term | None:
        if index in named:
            return Term(ONE, index, graph.shapes[index])
        return maker.leaf(index) if index < forward and graph.nodes[index].op != CONSTANT else None

    term = fold(graph.nodes, root, leaf, maker.combine)
    if flip and term.scale.ratio < 0 and term.opposite is not None:
        term = Term(-term.scale, term.opposite, term.shape)
    return Simplified(maker.sketch, maker.whole(term), maker.labels)


def _chooses(sketch: Sketch, index: int) -> bool:
    """Whether each row of a node is 1 at one place and 0 elsewhere."""
    node = sketch.nodes[index]
    return node.op == "one_hot" or (node.op == "class_targets" and sketch.shapes[node.args[0]] != sketch.shapes[index])


def _sums_rows(sketch: Sketch, index: int, of: int) -> bool:
    node = sketch.nodes[index]
    if node.op != "sum" or node.args != (of,) or not node.parameter("keepdims"):
        return False
    rank = len(sketch.shapes[of])
    return axes_of(node.parameter("axis"), rank) == (rank - 1,)


def counted(graph: Graph, known: Samples | None) -> dict[int, Scale]:
    """The numbers by which means over the samples divide what comes back, by node: so many times the number of samples."""
    found: dict[int, Scale] = {}
    if known is None:
        return found
    forward, stands = len(graph.program.nodes), known.stands
    for index in range(forward, len(graph.nodes)):
        node, origin = graph.nodes[index], graph.nodes[graph.origins[index - forward]]
        if node.op == "divide" and origin.op == "mean" and stands[origin.args[0]] is Stand.ROWS:
            divisor = graph.nodes[node.args[1]]
            over = stands[graph.origins[index - forward]] is Stand.SUMMED and divisor.op == CONSTANT
            if over:
                found[node.args[1]] = Scale(Fraction(divisor.number) / known.count, 1.0, 1)
    return found


class _Maker:
    def __init__(self, graph: Graph, named: Collection[int], known: Samples | None) -> None:
        self.graph, self.named, self.known = graph, named, known
        self.counted = {index: replace(scale, counts=-scale.counts) for index, scale in counted(graph, known).items()}
        self.sketch = Sketch(graph)
        self.labels: dict[int, Scale] = {}

    def leaf(self, index: int) -> Term:
        """A value of the program: of a difference, the opposite is known."""
        node, opposite = self.graph.nodes[index], None
        if node.op == "subtract":
            opposite = self.sketch.again(node, (node.args[1], node.args[0]))
        return Term(ONE, index, self.graph.shapes[index], opposite)

    def combine(self, index: int, args: list[Term]) -> Term:
        node, shape = self.graph.nodes[index], self.graph.shapes[index]
        match node.op:
            case _ if node.op == CONSTANT:
                scale = scale_of(node.number)
                return Term(ONE, index, shape) if scale is None else Term(scale, None, shape)
            case "negative":
                return replace(args[0], scale=-args[0].scale)
            case "multiply":
                return self.multiplied(index, args)
            case "divide":
                return self.divided(index, args)
            case "add" | "subtract":
                return self.summed(index, args)
            case "where" if self.graph.nodes[node.args[2]] == Node(CONSTANT, (), (("value", 0.0), ("shape", ()))):
                return self.passed(index, args, (1,))
            case "exp" if args[0].node is not None and args[0].scale == ONE:
                return self.exponential(index, args[0].node)
            case _ if node.op in MULTILINEAR:
                return self.passed(index, args, tuple(range(len(args))))
            case _ if node.op in LINEAR:
                return self.linear(index, args)
        return Term(ONE, index, shape)

    def exponential(self, index: int, arg: int) -> Term:
        """exp(log_softmax(a)) is softmax(a)."""
        inner = self.sketch.nodes[arg]
        if inner.op == "log_softmax" and arg not in self.named:
            return Term(ONE, self.sketch.apply("softmax", inner.args, axis=inner.parameter("axis")), self.graph.shapes[index])
        return Term(ONE, index, self.graph.shapes[index])

    def multiplied(self, index: int, args: list[Term]) -> Term:
        a, b = args
        shape, scale = self.graph.shapes[index], a.scale * b.scale
        if a.node is None or b.node is None:
            other = b if a.node is None else a
            return Term(scale, self.widened(other.node, shape), shape, self.widened(other.opposite, shape))
        return self.made(index, scale, args, (0, 1))

    def divided(self, index: int, args: list[Term]) -> Term:
        a, b = args
        shape = self.graph.shapes[index]
        if b.node is None:
            return Term(a.scale / self.divisor(index, b.scale), self.widened(a.node, shape), shape, self.widened(a.opposite, shape))
        if a.node is None:
            a = Term(a.scale, self.sketch.constant(1.0), ())
        return self.made(index, a.scale / b.scale, [a, b], (0,))

    def divisor(self, index: int, scale: Scale) -> Scale:
        return self.counted.get(self.graph.nodes[index].args[1], scale)

    def summed(self, index: int, args: list[Term]) -> Term:
        node, shape = self.graph.nodes[index], self.graph.shapes[index]
        a, b = args
        minus = node.op == "subtract"
        if a.node is not None and b.node is not None and a.scale in (b.scale, -b.scale):
            minus ^= a.scale != b.scale
            op, nodes = "subtract" if minus else "add", self.rows_of_one(a.node, b.node)
            made = index if op == node.op and nodes == node.args else self.sketch.apply(op, nodes)
            opposite = None
            if minus:
                opposite = self.sketch.apply(op, nodes[::-1])
            elif a.opposite is not None and b.opposite is not None and a.scale == b.scale:
                opposite = self.sketch.apply(op, (a.opposite, b.opposite))
            return Term(a.scale, made, shape, opposite)
        parts = (self.whole(a), self.whole(b))
        made = index if parts == node.args else self.sketch.again(node, parts)
        return Term(ONE, made, shape, self.sketch.again(node, (parts[1], parts[0])) if minus else None)

    def rows_of_one(self, a: int, b: int) -> tuple[int, int]:
        """Two sides of a sum. Beside one_hot(y), its own sums along the rows are 1 and not multiplied with: where a class is none, both
        are NaN already."""
        return self.beside(a, b), self.beside(b, a)

    def beside(self, index: int, classes: int) -> int:
        sketch, node = self.sketch, self.sketch.nodes[index]
        if node.op == "multiply" and _chooses(sketch, classes):
            rest = [arg for arg in node.args if not _sums_rows(sketch, arg, classes)]
            if len(rest) == 1 and sketch.shapes[rest[0]] == sketch.shapes[index]:
                return rest[0]
        return index

    def linear(self, index: int, args: list[Term]) -> Term:
        first, node, shape = args[0], self.graph.nodes[index], self.graph.shapes[index]
        if first.node is None and node.op in KEEPING:
            return Term(first.scale, None, shape)
        if first.node is None and node.op in ("sum", "sum_to"):
            times = Fraction(math.prod(first.shape), max(math.prod(shape), 1))
            return Term(first.scale * Scale(times), None, shape) if times else self.passed(index, args, (0,))
        return self.passed(index, args, (0,))

    def passed(self, index: int, args: list[Term], through: tuple[int, ...]) -> Term:
        """An operation that lets the factors of some of its arguments through; the others stay as they are."""
        node = self.graph.nodes[index]
        scale, kept = ONE, []
        for position, arg in enumerate(args):
            if position in through and arg.node is not None:
                scale *= arg.scale
                kept.append(arg)
            else:
                kept.append(Term(ONE, node.args[position] if position not in through else self.ones(arg), arg.shape))
                scale *= arg.scale if position in through else ONE
        return self.made(index, scale, kept, through)

    def made(self, index: int, scale: Scale, args: list[Term], signed: tuple[int, ...]) -> Term:
        """The operation on the arguments' nodes, and with the sign of one of them changed, where that is as short."""
        node = self.graph.nodes[index]
        nodes = tuple(arg.node for arg in args if arg.node is not None)
        if turns(node) and turns(self.sketch.nodes[nodes[0]]):
            return Term(scale, self.sketch.nodes[nodes[0]].args[0], self.graph.shapes[index])
        shape = self.graph.shapes[index]
        made = index if nodes == node.args else self.widened(self.sketch.again(node, nodes, index), shape)
        opposite = None
        for position in signed:
            other = args[position].opposite
            if other is not None:
                turned = (*nodes[:position], other, *nodes[position + 1 :])
                opposite = self.widened(self.sketch.again(node, turned, index), shape)
                break
        return Term(scale, made, shape, opposite)

    def ones(self, term: Term) -> int:
        return self.sketch.constant(1.0, term.shape)

    def widened(self, node: int | None, shape: Shape) -> int | None:
        if node is None or self.sketch.shapes[node] == shape:
            return node
        return self.sketch.apply("broadcast_to", (node,), shape=shape)

    def whole(self, term: Term) -> int:
        """The term as one node."""
        node, scale = term.node, term.scale
        if node is None:
            if scale == ONE:
                return self.ones(term)
            number = self.number(scale)
            widened = self.widened(number, term.shape)
            assert widened is not None
            return widened
        if scale == ONE:
            return node
        if scale == -ONE:
            return self.sketch.apply("negative", (node,))
        return self.sketch.apply("multiply", (self.number(scale), node))

    def number(self, scale: Scale) -> int:
        """A scale as nodes: a number, or one divided by another."""
        over = self.sketch.constant(float(scale.ratio.numerator) * scale.rest)
        below = Scale(Fraction(scale.ratio.denominator), 1.0, scale.counts)
        if below == ONE:
            return over
        if below.counts < 0:
            return self.sketch.constant(float(scale.ratio) * scale.rest * self.times(-below.counts))
        under = self.sketch.constant(float(below.ratio) * self.times(below.counts))
        if below.counts:
            self.labels[under] = below
        return self.sketch.apply("divide", (over, under))

    def times(self, power: int) -> float:
        return float(self.known.count**power) if self.known else 1.0
