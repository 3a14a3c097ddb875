"""Formulas of a derivation, as LaTeX: for the whole batch, or for one sample at a time, with every name tied to its card."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from app.engine import shapes as rules
from app.engine.program import INPUT, Node, Shape, fold
from app.engine.samples import Stand
from app.engine.simplify import Scale
from app.engine.syntax import Fraction, Infix, Precedence, Prefix, Product
from app.explain.pens import LatexPen
from app.explain.writer import Calls, Part, Writer, parted, shape_text

FREE, BOUND = "\ue000", "\ue001\ue002\ue003\ue004"
"""What stands for the number of a sample until it is known how deep sums are nested: outside of all, and within them, outer ones first."""
ALONE, BESIDE, END = "\ue010", "\ue011", "\ue012"
"""Around the number of a sample that is only written where there are several: below a name by itself, or beside an index."""
LETTERS, COUNTS, ERRORS = "ijklmnpqrst", "NMSK", ("e", "r", "d", "error")
WIDENING = frozenset(("broadcast_to", "reshape", "expand_dims"))
SIDE = r"\text{from the left}"


class Notation(StrEnum):
    MATRIX = "matrix"
    SAMPLE = "sample"


class Order(StrEnum):
    """In which order the factors of a product stand: along the chain, or so that the shapes of matrices meet."""

    CHAIN = "chain"
    SHAPES = "shapes"


def linked(card: int, text: str) -> str:
    """A name, tied to the card of that number."""
    return rf"\class{{card-{card}}}{{{text}}}"


def plain(latex: str) -> str:
    """LaTeX without the ties to cards."""
    opening = re.compile(r"\\class\{card-\d+\}\{")
    while found := opening.search(latex):
        depth, end = 1, found.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(latex[end], 0)
            end += 1
        # A group of its own is kept where something could grow together.
        latex = latex[: found.start()] + latex[found.end() : end - 1] + latex[end:]
    return latex


@dataclass(frozen=True, slots=True)
class Signs:
    """The letters that a derivation uses besides the program's names."""

    samples: tuple[str, ...]
    count: str
    error: str

    @classmethod
    def free(cls, names: Collection[str]) -> Signs:
        """Letters that the program has not."""

        def first(letters: Sequence[str]) -> str:
            return next((letter for letter in letters if letter not in names), letters[-1])

        return cls(tuple(letter for letter in LETTERS if letter not in names) or ("i",), first(COUNTS), first(ERRORS))


@dataclass(frozen=True, slots=True)
class Name:
    """The name of a card, or of its gradient; `card` is the card's number."""

    card: int
    name: str
    gradient: bool = False


@dataclass
class Scribe(Writer[str]):
    """Writes nodes, closed over those that have a name, or that something else is written instead of.

    `stands` is how they stand to the samples, where one sample at a time is written;
    `from_left` holds the products in which the gradient is multiplied from the left, so that the order of the chain can be told;
    `shapes_below` sets a factor's shape
    under it."""

    nodes: Sequence[Node]
    shapes: Sequence[Shape]
    signs: Signs
    names: Mapping[int, Name]
    instead: Mapping[int, Part[str]] = field(default_factory=dict)
    stands: Sequence[Stand] | None = None
    count: int = 0
    """How many samples there are."""
    order: Order = Order.SHAPES
    from_left: Collection[int] = ()
    calls: Calls = field(default_factory=dict)
    shapes_below: bool = False
    pen: LatexPen = field(default_factory=LatexPen)

    def formula(self, root: int, *, opened: bool = True) -> Part[str]:
        """The expression of a node; `opened` says not to use a name of its own."""

        def leaf(index: int) -> Part[str] | None:
            if not (opened and index == root):
                named = self.named_part(index)
                if named is not None:
                    return self.measured(named, index)
            if self.stands is not None and self.stands[index] is Stand.MIXED:
                return replace(self, stands=None).formula(index, opened=opened and index == root)
            return self.turned(index) if self.shapes_below else None

        return fold(self.nodes, root, leaf, self.written, self.arguments)

    def named_part(self, index: int) -> Part[str] | None:
        """A node by its name, or as it is said otherwise; None if it has none."""
        part = self.instead.get(index)
        name = self.names.get(index)
        if part is None and name is not None:
            text = self.gradient(name.name) if name.gradient else self.value(name.name, index)
            part = Part(linked(name.card, text), Precedence.ATOM, low="_" in text or ALONE in text)
        return None if part is None else replace(part, shape=self.seen(index))

    def turned(self, index: int) -> Part[str] | None:
        """A transposed name as one factor, with its shape below."""
        node = self.nodes[index]
        named = self.named_part(node.args[0]) if node.op in ("transpose", "matrix_transpose") else None
        return None if named is None else self.measured(self.combine(node, [named], self.shapes[index]), index)

    def measured(self, part: Part[str], index: int) -> Part[str]:
        shape = self.seen(index)
        if not (shape and self.shapes_below):
            return part
        below = shape_text(shape).replace("×", r" \times ")
        return replace(part, text=rf"\underset{{{below}}}{{{part.text}}}", low=True)

    def arguments(self, index: int) -> Sequence[int]:
        if index in self.calls:
            return self.calls[index].args
        args = self.nodes[index].args
        if self.nodes[index].op == "broadcast_to":
            # Of shapes that follow each other only the last is written.
            while self.widens(args[0]):
                args = self.nodes[args[0]].args
        return args

    def widens(self, index: int) -> bool:
        node = self.nodes[index]
        if index in self.names or index in self.instead or index in self.calls or node.op not in WIDENING:
            return False
        return node.op == "broadcast_to" or _sizes(self.shapes[index]) == _sizes(self.shapes[node.args[0]])

    def seen(self, index: int) -> Shape:
        """The shape that a formula speaks of: of one sample, a row."""
        shape = self.shapes[index]
        if self.stands is None:
            return shape
        if self.stands[index] is Stand.ROWS:
            shape = (1, *shape[1:])
        elif self.stands[index] is Stand.TURNED:
            shape = (*shape[:-1], 1)
        return shape if math.prod(shape) != 1 else ()

    def written(self, index: int, args: list[Part[str]]) -> Part[str]:
        node = self.nodes[index]
        if index in self.calls:
            part = Part(self.called(self.pen.name(self.calls[index].name), args), Precedence.ATOM)
        else:
            part = self.of_sample(index, node, args) or self.along_the_chain(index, args) or self.combine(node, args, self.seen(index))
        alone = bool(args) and part is args[0] and part.shape == ()
        return part if alone else replace(part, shape=self.seen(index))

    def along_the_chain(self, index: int, args: list[Part[str]]) -> Part[str] | None:
        """A matrix that multiplies from the left, written behind what it multiplies."""
        if self.order is not Order.CHAIN or index not in self.from_left:
            return None
        under = rf"\underset{{{SIDE}}}{{{self.enclose(args[0], Precedence.POWER)}}}"
        first = self.enclose(args[1], Precedence.POWER if args[1].is_elementwise else Precedence.PRODUCT)
        return Part(self.pen.join(first, self.pen.sign("·"), under), Precedence.PRODUCT)

    def arithmetic(self, form: object, node: Node, args: list[Part[str]]) -> Part[str] | None:
        """A minus stands before a fraction, and takes the place of a plus; a factor 1 is not written, and before a sum sign no
        parentheses are needed; in products of one sample, what lets through or stops is told in cases."""
        if isinstance(form, Fraction) and args[0].is_constant and args[0].text.startswith("-"):
            return Part(rf"- \frac{{{args[0].text[1:]}}}{{{args[1].text}}}", Precedence.SIGN)
        if isinstance(form, Infix) and form.math == "+" and args[1].text.startswith("-") and args[1].level >= Precedence.SUM:
            left = self.enclose(args[0], Precedence.SUM)
            return Part(self.pen.join(left, self.pen.sign(" - "), args[1].text[1:]), Precedence.SUM)
        if isinstance(form, Prefix) and form.sign and args[0].text.startswith("-"):
            return Part(rf"- \left({args[0].text}\right)", Precedence.SIGN)
        if isinstance(form, Product) and args[0].is_constant and args[0].text == "1":
            return args[1]
        if isinstance(form, Product):
            left = self.enclose(args[0], Precedence.PRODUCT)
            if args[1].is_sum:
                return Part(self.pen.join(left, args[1].text), Precedence.SUM, is_sum=True)
            single = args[0].shape == () or args[0].is_constant
            if single and args[1].level == Precedence.PRODUCT and not args[1].text.lstrip("{")[:1].isdigit():
                return replace(args[1], text=self.pen.join(left, self.pen.sign("·"), args[1].text), low=False)
            if self.stands is not None:
                masked = self.masked(args)
                if masked is not None:
                    return masked
        return super().arithmetic(form, node, args)  # type: ignore[arg-type]

    def factor(self, index: int) -> Part[str]:
        """A factor of a local derivative."""
        part = self.formula(index, opened=False)
        return self.cases_of(part, "1") if self.stands is not None and part.otherwise is not None else part

    def masked(self, args: list[Part[str]]) -> Part[str] | None:
        for mask, other in (args[::-1], args):
            if mask.otherwise is not None and mask.condition is not None and other.otherwise is None:
                return self.cases_of(mask, other.text)
        return None

    def bare(self, text: str) -> str:
        """Cases without the parentheses around them, which their brace stands for."""
        inner = text.removeprefix(r"\left(").removesuffix(r"\right)")
        lone = inner.startswith(r"\begin{cases}") and inner.endswith(r"\end{cases}") and inner.count(r"\begin{cases}") == 1
        return inner if lone else text

    def cases_of(self, mask: Part[str], value: str) -> Part[str]:
        text = rf"\begin{{cases}}0 & {mask.otherwise} \\ {value} & {mask.condition}\end{{cases}}"
        return Part(text, Precedence.COMPARISON)

    # one sample at a time

    def of_sample(self, index: int, node: Node, args: list[Part[str]]) -> Part[str] | None:
        if self.stands is None:
            return None
        if self.stands[index] is Stand.SUMMED:
            return self.summed(index, node, args)
        if node.op == "broadcast_to":
            # What is only repeated for each sample is written once.
            before, after = self.shapes[node.args[0]], self.shapes[index]
            repeated = before[1:] if len(before) == len(after) else before
            if args[0].shape == () or math.prod(repeated) == math.prod(after[1:]):
                return args[0]
        shape = dict(node.parameters).get("shape")
        if isinstance(shape, tuple) and shape[:1] == (self.count,) and shape == self.shapes[index]:
            # A shape that is named is that of one sample's row, too.
            row = tuple((name, (1, *shape[1:]) if name == "shape" else value) for name, value in node.parameters)
            return self.combine(replace(node, parameters=row), args, (1, *shape[1:]))
        return None

    def summed(self, index: int, node: Node, args: list[Part[str]]) -> Part[str]:
        """Σ over the samples, of what each of them gives."""
        if node.op not in ("sum", "mean", "sum_to"):
            product = self.along_the_chain(index, args) or self.combine(node, args, None)
            return self.sum("", self.body(product))
        inner, before = args[0], self.shapes[node.args[0]]
        if node.op == "sum_to":
            over = rules.summed_axes(before, node.parameter("shape"))
        else:
            over = rules.axes_of(node.parameter("axis"), len(before))
        if any(axis != 0 and before[axis] > 1 for axis in over):
            inner = Part(self.called(self.pen.word("mean" if node.op == "mean" else "Σ"), [inner]), Precedence.ATOM)
        share = rf"\frac{{1}}{{{self.signs.count}}} " if node.op == "mean" else ""
        return self.sum(share, self.body(inner))

    def body(self, part: Part[str]) -> str:
        """What a sum sign goes before: a product, without a sign of its own."""
        if part.is_sum:
            return part.text
        return self.pen.enclosed("(", part.text, ")") if part.text.startswith("-") else self.enclose(part, Precedence.PRODUCT)

    def sum(self, before: str, body: str) -> Part[str]:
        deeper = {ord(sign): BOUND[level + 1] for level, sign in enumerate(BOUND[:-1])}
        body = body.translate(deeper).replace(FREE, BOUND[0])
        return Part(rf"{before}\sum_{{{BOUND[0]}=1}}^{{{self.signs.count}}} {body}", Precedence.SUM, is_sum=True)

    def settled(self, text: str) -> str:
        """With letters for the numbers of samples: i outside of all sums, or in the outermost. Where there are several, every value
        says of which sample it is."""
        deepest = max((BOUND.index(sign) + 1 for sign in BOUND if sign in text), default=0)
        outside = FREE in re.sub(f"[{ALONE}{BESIDE}].{END}", "", text)
        several = deepest + outside > 1
        text = re.sub(f"{ALONE}(.){END}", r"_{\1}" if several else "", text)
        text = re.sub(f"{BESIDE}(.){END}", r", \1" if several else "", text)
        letters = self.signs.samples
        names = {ord(FREE): letters[0]}
        for level in range(deepest):
            names[ord(BOUND[level])] = letters[min(level + outside, len(letters) - 1)]
        return text.translate(names)

    # names

    def gradient(self, name: str) -> str:
        """The gradient of the loss with respect to u4: u with 4 and, below it, g."""
        base, index, primes = parted(name)
        return self.pen.indexed(self.base(base), f"{index}_g" if index else "g", primes)

    def base(self, letters: str) -> str:
        """A name without what is raised or lowered at its end."""
        return self.name(letters) if parted(letters)[1:] == ("", 0) else self.pen.name(letters)

    def value(self, name: str, node: int) -> str:
        """The name of a value. Where one sample is written, inputs that are matrices, or rows of them, carry an arrow, and data the
        number of the sample."""
        if self.stands is None:
            return self.name(name)
        base, index, primes = parted(name)
        rows = self.stands[node] is Stand.ROWS
        if self.nodes[node].op != INPUT:
            number = f"{BESIDE if index else ALONE}{FREE}{END}" if rows else ""
            return self.pen.indexed(self.base(base) + ("" if index else number), index + number if index else "", primes)
        arrow = len(self.shapes[node]) > 1 and len(base) == 1 and base.isalpha()
        text = rf"\vec{{\mathrm{{{base}}}}}" if arrow else self.base(base)
        return self.pen.indexed(text, ", ".join(filter(None, (index, FREE if rows else ""))), primes)


def _sizes(shape: Shape) -> Shape:
    return tuple(size for size in shape if size != 1)


def label(scale: Scale, signs: Signs) -> str:
    """A number counted in samples: 3N."""
    power = signs.count if scale.counts == 1 else f"{signs.count}^{{{scale.counts}}}"
    return power if scale.ratio == 1 else f"{scale.ratio} {power}"
