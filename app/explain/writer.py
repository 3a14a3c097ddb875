"""One way of writing formulas, for any pen: each operation as its form in the table says, parentheses only where they are needed."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, reduce
from typing import Generic, TypeAlias, TypeVar

from app.engine import views as viewed
from app.engine.code import index_text, static_text
from app.engine.local import LocalDerivative, Side
from app.engine.ops import OPERATIONS, Operation, Parameter
from app.engine.parser import parse
from app.engine.program import ARRAY, CONSTANT, INPUT, Graph, Nested, Node, Program, Shape, Static, fold
from app.engine.syntax import (
    As,
    Call,
    Cases,
    Chosen,
    Enclosed,
    Exponential,
    Form,
    Fraction,
    Index,
    Infix,
    Letter,
    Power,
    Precedence,
    Prefix,
    Product,
    Raised,
    Root,
    Shaped,
    Silent,
    Sized,
)
from app.explain.pens import GREEK, MOST_PRIMES, Pen, listed
from app.work.caches import kept

T = TypeVar("T")
Calls: TypeAlias = Mapping[int, viewed.Call]
DIGITS = 6
"""A number of more than `LONG` digits is written with so many, and an ellipsis."""
LONG = 10
MOST_ENTRIES = 6
CONTRARY = {">": "≤", "≤": ">", "<": "≥", "≥": "<", "=": "≠", "≠": "="}


@dataclass(frozen=True, slots=True)
class Part(Generic[T]):
    """Something written: how tightly it binds, whether something stands below its end already, and what is known of its value."""

    text: T
    level: Precedence
    low: bool = False
    condition: T | None = None
    """How it is said as a condition, where it is one."""
    is_constant: bool = False
    is_short: bool = False
    """Whether it is a number in plain digits, which may stand right before what it multiplies."""
    shape: Shape | None = None
    otherwise: T | None = None
    """How the contrary of the condition is said, where there is a sign for it."""
    is_sum: bool = False
    """Whether it begins with a sum sign, which takes what multiplies it before itself."""
    is_elementwise: bool = False
    """Whether it is a product of elements, which stands in parentheses within a matrix product."""


def shape_text(value: Static) -> str:
    """Sizes as one writes them in a formula: 3×2."""
    whole = isinstance(value, tuple) and all(isinstance(size, int) for size in value)
    return ("×".join(map(str, value)) or "()") if whole else static_text(value)


def value_text(parameter: Parameter, value: Static, plain: bool) -> str:
    """A static argument below a name: axis 0, or the value alone."""
    if parameter.kind == "index":
        return f"[{spaced(index_text(value))}]"
    if value is None:
        return "all axes" if parameter.kind == "axis" else f"no {parameter.name}"
    text = value.replace("->", "→") if isinstance(value, str) else static_text(unwrapped(value))
    if plain:
        return shape_text(value) if parameter.kind == "shape" else text
    return f"{parameter.name} {text}"


def unwrapped(value: Static) -> Static:
    """One size in a tuple is as good as the size itself."""
    return value[0] if isinstance(value, tuple) and len(value) == 1 else value


def spaced(index: str) -> str:
    return index.replace("None", "new").replace("...", "…")


def short(value: float) -> str:
    """A number's digits; of many, the first few and an ellipsis."""
    text = repr(int(value)) if value.is_integer() and abs(value) < 1e16 else repr(value)
    mantissa, e, exponent = text.partition("e")
    zeros, rest = re.findall(r"^(-?(?:0\.0*)?)(.*)$", mantissa)[0]
    if "." in mantissa and len(rest.replace(".", "")) > LONG:
        mantissa = f"{zeros}{rest[: max(DIGITS + ('.' in rest), rest.find('.') + 2)]}…"
    return (mantissa + e + exponent).replace("-", "−")


@kept("names", lambda _, name: 400 + 2 * len(name))
def parted(name: str) -> tuple[str, str, int]:
    """A name's last part, the digits at its end, and how many primes it gets: w, 12 and 1 of u.w12__2 and of w_12__2."""
    last, _, version = name.rpartition(".")[2].partition("__")
    match = re.fullmatch(r"(.*?[^\W\d_]|.+[^\W_])_?(\d+)", last)
    base, index = (match[1], match[2]) if match else (last, "")
    return base, index, int(version) - 1 if version.isdecimal() else 0


@lru_cache
def template(text: str) -> Program:
    """The expression of an `As` form, of its arguments' names."""
    return parse(f"out = {text}")


class Writer(Generic[T]):
    """Writes nodes with a pen."""

    def __init__(self, pen: Pen[T]) -> None:
        self.pen = pen

    # names and numbers

    def name(self, name: str) -> T:
        """A single letter is set as a variable, digits at the end as its subscript, a longer name upright. Of mse.diff only diff is
        written, and of c__2, the second value of c, a c with a prime."""
        base, index, primes = parted(name)
        if base in GREEK:
            written = self.pen.greek(base)
        else:
            written = self.pen.variable(base) if len(base) == 1 and base.isalpha() else self.pen.name(base)
        return self.pen.indexed(written, index, primes)

    def named(self, name: str, shape: Shape | None) -> Part[T]:
        _, index, primes = parted(name)
        level = Precedence.POWER if primes > MOST_PRIMES else Precedence.ATOM
        return Part(self.name(name), level, low=bool(index), shape=shape)

    def number(self, value: float) -> Part[T]:
        if not math.isfinite(value):
            text = {math.inf: "∞", -math.inf: "−∞"}.get(value, "NaN")
            return Part(self.pen.sign(text), Precedence.SIGN if value < 0 else Precedence.ATOM, is_constant=True)
        text = short(value)
        least = Precedence.PRODUCT if "e" in text else Precedence.SIGN if text.startswith("−") else Precedence.ATOM
        return Part(self.pen.number(text), least, is_constant=True, is_short="e" not in text and "…" not in text)

    def array(self, value: Nested) -> T:
        """A literal vector or matrix; a large one by its first entries."""
        if not isinstance(value, tuple):
            return self.number(float(value)).text
        shown = [self.array(item) for item in value[:MOST_ENTRIES]] + ([self.pen.sign("…")] if len(value) > MOST_ENTRIES else [])
        return self.pen.enclosed("[", listed(self.pen, shown), "]")

    # expressions

    def expression(self, graph: Graph, root: int, names: Mapping[int, str], calls: Calls | None = None, *, opened: bool) -> Part[T]:
        """The expression of `root`, closed over the nodes that have a name; `opened` says not to use a name of the root itself.
        What `calls` holds is written as a call."""
        calls = calls or {}

        def leaf(index: int) -> Part[T] | None:
            name = None if opened and index == root else names.get(index)
            return None if name is None else self.named(name, graph.shapes[index])

        def combine(index: int, args: list[Part[T]]) -> Part[T]:
            if index in calls:
                made = Part(self.called(self.pen.name(calls[index].name), args), Precedence.ATOM)
            else:
                made = self.combine(graph.nodes[index], args, graph.shapes[index])
            return replace(made, shape=graph.shapes[index])

        return fold(graph.nodes, root, leaf, combine, lambda index: calls[index].args if index in calls else graph.nodes[index].args)

    def combine(self, node: Node, args: list[Part[T]], shape: Shape | None) -> Part[T]:
        """One node, from its arguments as they are written; the shape is unknown within an `As` form."""
        if node.op == CONSTANT:
            return self.number(node.number)
        if node.op == ARRAY:
            return Part(self.array(node.parameter("value")), Precedence.ATOM)
        operation = OPERATIONS[node.op]
        return self.arithmetic(operation.form, node, args) or self.function(operation, node, args, shape)

    def arithmetic(self, form: Form, node: Node, args: list[Part[T]]) -> Part[T] | None:
        """What is written with signs between or before its arguments."""
        pen = self.pen
        match form:
            case Infix(math=sign, precedence=Precedence.COMPARISON):
                # Iverson's bracket: 1 where it holds, else 0.
                inner, contrary = (pen.join(args[0].text, pen.sign(f" {one} "), args[1].text) for one in (sign, CONTRARY[sign]))
                return Part(pen.enclosed("[", inner, "]"), Precedence.ATOM, condition=inner, otherwise=contrary)
            case Infix(math=sign, loose=True):
                left, right = (self.enclose(arg, Precedence.POWER) for arg in args)
                return Part(pen.join(left, pen.sign(f" {sign} "), right), Precedence.COMPARISON)
            case Infix(math=sign, precedence=level):
                # A sign right of another sign stands in parentheses.
                tight = Precedence.POWER if args[1].level == Precedence.SIGN else Precedence(level + 1)
                said = self.statics(node)
                between = pen.join(self.below(pen.sign(f" {sign}"), said), pen.sign(" ")) if said else pen.sign(f" {sign} ")
                loose = Precedence.POWER if args[0].is_elementwise and level == Precedence.PRODUCT else level
                text = pen.join(self.enclose(args[0], loose), between, self.enclose(args[1], tight))
                return Part(text, level, condition=text if level in (Precedence.AND, Precedence.OR) else None)
            case Product():
                left, right = self.enclose(args[0], Precedence.PRODUCT), self.enclose(args[1], Precedence.POWER)
                if args[0].is_short and not args[1].is_constant and not pen.is_digit_first(right):
                    return Part(pen.beside(left, right), Precedence.PRODUCT)
                single = any(arg.shape == () or arg.is_constant for arg in args)
                text = pen.join(left, pen.sign(" · " if single else " ⊙ "), right)
                return Part(text, Precedence.PRODUCT, is_elementwise=not single or args[0].is_elementwise)
            case Fraction():
                fraction = pen.fraction(args[0].text, args[1].text)
                if fraction is not None:
                    return Part(fraction, Precedence.SIGN)
                over, under = self.enclose(args[0], Precedence.PRODUCT), self.enclose(args[1], Precedence.POWER)
                return Part(pen.join(over, pen.sign("/"), under), Precedence.PRODUCT)
            case Power():
                base = self.enclose(args[0], Precedence.ATOM)
                raised = pen.raised(base, args[1].text)
                if raised is None:
                    raised = pen.join(base, pen.sign("^"), pen.enclosed("(", args[1].text, ")"))
                return Part(raised, Precedence.POWER)
            case Prefix(math=sign, sign=code):
                text = pen.join(pen.sign(sign), self.enclose(args[0], Precedence.SIGN))
                return Part(text, Precedence.SIGN) if code else Part(text, Precedence.POWER, condition=text)
        return None

    def function(self, operation: Operation, node: Node, args: list[Part[T]], shape: Shape | None) -> Part[T]:
        """What is written in a way of its own, or else as a call."""
        pen = self.pen
        atom = Precedence.ATOM
        match operation.form:
            case Raised(mark=mark, covers=covers) if all(value is None or (covers and covers(value)) for _, value in node.parameters):
                raised = pen.raised(self.enclose(args[0], atom), pen.mark(mark))
                assert raised is not None
                return Part(raised, Precedence.POWER)
            case Exponential():
                raised = pen.raised(pen.variable("e"), args[0].text)
                return Part(self.called(pen.word("exp"), args), atom) if raised is None else Part(raised, Precedence.POWER)
            case Enclosed(left=left, right=right, plain=plain):
                said = self.statics(node, plain)
                return Part(self.below(pen.enclosed(left, listed(pen, [arg.text for arg in args]), right), said), atom, low=bool(said))
            case Root():
                return Part(pen.root(args[0].text), atom)
            case Cases():
                condition, this, other = args
                asked = condition.condition or pen.join(condition.text, pen.sign(" ≠ "), self.number(0.0).text)
                cases = pen.cases(asked, this.text, other.text)
                if cases is not None:
                    return Part(cases, Precedence.COMPARISON)
                first = replace(condition, text=condition.condition or condition.text)
                return Part(self.called(pen.word("where"), [first, this, other]), atom)
            case Index():
                return self.at(args[0], pen.note(spaced(index_text(node.parameter("index")))))
            case Chosen():
                before, after = _around(node.parameter("axis"))
                index = listed(pen, [*map(pen.note, before), args[1].text, *map(pen.note, after)])
                return self.at(args[0], index)
            case Sized():
                axis = node.parameter("axis")
                sign = self.below(pen.sign("#"), "" if axis is None else static_text(axis))
                return Part(pen.join(sign, self.enclose(args[0], atom)), Precedence.POWER)
            case Shaped(quiet=quiet):
                return self.shaped(node, args[0], shape, quiet)
            case Silent():
                return args[0]
            case Letter(math=letter, below=below):
                value = dict(node.parameters)
                head = pen.variable(letter) if letter.isalpha() else self.number(float(letter.format(**value))).text
                return Part(self.below(head, shape_text(value[below])), atom, low=True)
            case As(text=text):
                return self.rewritten(template(text), operation, args)
            case Call(math=word, plain=plain, always=always, below=below):
                head = pen.word(word) if word else self.operation_name(node.op)
                if not operation.arguments:
                    return Part(self.called(head, [Part(pen.note(said), atom) for said in self.said(node)]), atom)
                said = " ".join(filter(None, (below, self.statics(node, plain, always))))
                return Part(self.called(self.below(head, said), args), atom)
        return Part(self.called(self.below(self.operation_name(node.op), self.statics(node)), args), atom)

    def operation_name(self, name: str) -> T:
        return self.pen.name(name) if "_" in name else self.pen.word(name)

    def rewritten(self, program: Program, operation: Operation, args: Sequence[Part[T]]) -> Part[T]:
        """An operation as the expression that its form gives."""
        given = dict(zip(operation.arguments, args, strict=True))

        def leaf(index: int) -> Part[T] | None:
            node = program.nodes[index]
            return given[str(node.parameter("name"))] if node.op == INPUT else None

        root = program.statements[-1].node
        return fold(program.nodes, root, leaf, lambda index, parts: self.combine(program.nodes[index], parts, None))

    def shaped(self, node: Node, part: Part[T], shape: Shape | None, quiet: bool) -> Part[T]:
        """Something that is only brought to a shape."""
        before = part.shape
        if before is None or shape is None:
            return Part(self.called(self.below(self.operation_name(node.op), self.statics(node)), [part]), Precedence.ATOM)
        if _without_ones_in_front(before) == _without_ones_in_front(shape):
            return part
        if quiet or _without_ones(before) == _without_ones(shape):
            return Part(self.below(self.enclose(part, Precedence.ATOM), f"({shape_text(shape)})"), Precedence.ATOM, low=True)
        return Part(self.called(self.below(self.operation_name(node.op), shape_text(shape)), [part]), Precedence.ATOM)

    # pieces

    def enclose(self, part: Part[T], least: Precedence) -> T:
        return part.text if part.level >= least else self.pen.enclosed("(", part.text, ")")

    def below(self, head: T, text: str) -> T:
        if not text:
            return head
        lowered = self.pen.lowered(head, self.pen.note(text))
        assert lowered is not None
        return lowered

    def at(self, part: Part[T], index: T) -> Part[T]:
        """With an index below; in brackets where something stands there already, or the index has one of its own."""
        base = self.enclose(part, Precedence.ATOM)
        lowered = None if part.low else self.pen.lowered(base, index)
        if lowered is None:
            return Part(self.pen.join(base, self.pen.enclosed("[", index, "]")), Precedence.ATOM, low=True)
        return Part(lowered, Precedence.ATOM, low=True)

    def called(self, head: T, args: Sequence[Part[T]]) -> T:
        return self.pen.join(head, self.pen.enclosed("(", listed(self.pen, [arg.text for arg in args]), ")"))

    def said(self, node: Node, plain: Sequence[str] = (), always: Sequence[str] = ()) -> list[str]:
        """The static arguments that are not as usual, each as it is said."""
        entry = OPERATIONS[node.op]
        return [
            value_text(parameter, value, parameter.name in plain or not entry.arguments)
            for parameter, (_, value) in zip(entry.parameters, node.parameters, strict=True)
            if parameter.kind != "flag" and (parameter.name in always or unwrapped(value) != parameter.default)
        ]

    def statics(self, node: Node, plain: Sequence[str] = (), always: Sequence[str] = ()) -> str:
        return ", ".join(self.said(node, plain, always))

    # local derivatives

    def local(self, graph: Graph, local: LocalDerivative, names: Mapping[int, str]) -> T:
        """The factors of a local derivative, side by side."""
        return self.factors(local, lambda node: self.expression(graph, node, names, opened=False))

    def factors(self, local: LocalDerivative, write: Callable[[int], Part[T]]) -> T:
        """The same, each factor as `write` has it."""
        pen = self.pen
        if local.zero:
            return self.number(0.0).text
        negative = sum(factor.node is None for factor in local.factors) % 2 == 1
        written: list[Part[T]] = []
        for factor in local.written:
            if factor.node is None:
                continue
            part = write(factor.node)
            if factor.side is Side.UNDER:
                one = self.number(1.0).text
                fraction = pen.fraction(one, part.text)
                if fraction is None:
                    fraction = pen.join(one, pen.sign("/"), self.enclose(part, Precedence.POWER))
                part = Part(fraction, Precedence.PRODUCT)
            written.append(part)
        if not written:
            return self.number(-1.0 if negative else 1.0).text
        least = Precedence.PRODUCT if len(written) > 1 or negative else Precedence.SUM
        product = reduce(lambda a, b: pen.join(a, pen.sign(" · "), b), [self.enclose(part, least) for part in written])
        return pen.join(pen.sign("−"), product) if negative else product


def _around(axis: int) -> tuple[list[str], list[str]]:
    """What stands before and after the index of an axis: a colon for each axis there, or an ellipsis counted from the end."""
    return ([":"] * axis, []) if axis >= 0 else (["…"], [":"] * (-axis - 1))


def _without_ones_in_front(shape: Shape) -> Shape:
    first = next((axis for axis, size in enumerate(shape) if size != 1), len(shape))
    return shape[first:]


def _without_ones(shape: Shape) -> Shape:
    return tuple(size for size in shape if size != 1)
