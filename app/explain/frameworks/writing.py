"""How a node is written in the language of an array library: what all dialects have in common."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np

from app.engine import shapes
from app.engine.code import enclose, number
from app.engine.ops import OPERATIONS
from app.engine.program import ARRAY, CONSTANT, LEAVES, Array, Nested, Node, Shape, Span, Static, Trace, fold
from app.engine.syntax import As, Fraction, Infix, Power, Precedence, Prefix, Product


class Kind(Enum):
    """What an expression is in Python: an array, a plain number of Python's, or an array of booleans."""

    ARRAY = auto()
    NUMBER = auto()
    MASK = auto()


@dataclass(frozen=True, slots=True)
class Piece:
    """An expression as it is written."""

    text: str
    precedence: Precedence = Precedence.ATOM
    kind: Kind = Kind.ARRAY
    number: float | None = None
    """The number itself, where the expression is nothing else."""


Way: TypeAlias = "Callable[[Case], Piece | str]"
Form: TypeAlias = "str | Way"
"""How an operation is written: a template, or a function that gives one or a finished piece.

In a template {a}, {b} and {c} are the arguments as they stand in a call, {A}, {B} and {C} as they stand before a dot, {args} all of them,
{out} the shape of the result, and any other name is a static argument. A template names every argument once: an expression that
repeats its argument would grow beyond all bounds when it is nested.
"""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How an array library is written. `array`, `scalar` and `floats` are templates: an array of nested lists, a plain number as an
    array, a mask as numbers."""

    module: str
    forms: Mapping[str, Form]
    helpers: Mapping[str, str]
    """The functions that programs may need, by name, as source text."""
    array: str
    scalar: str
    floats: str
    listed: str
    """A list of indices."""
    tensors_only: bool = False
    """Its functions take no plain numbers."""

    def number(self, value: float, *, whole: bool = False) -> Piece:
        """A literal that reads back as the very same number; without a point only where `whole` allows it."""
        if not math.isfinite(value):
            text = f"{self.module}.nan" if math.isnan(value) else f"{self.module}.inf" if value > 0 else f"-{self.module}.inf"
        else:
            text = number(value)[0] if whole else repr(float(value))
        return Piece(text, Precedence.SIGN if text.startswith("-") else Precedence.ATOM, Kind.NUMBER, float(value))

    def nested(self, value: Nested) -> str:
        """A number, or nested lists of numbers."""
        if isinstance(value, (list, tuple)):
            return f"[{', '.join(map(self.nested, value))}]"
        return self.number(float(value)).text

    def lifted(self, piece: Piece) -> Piece:
        """The piece as an array: a plain number, or a mask, made into one."""
        if piece.kind is Kind.NUMBER:
            text = f"float({piece.text})" if piece.number is None else self.number(piece.number).text
            return Piece(self.scalar.format(text))
        if piece.kind is Kind.MASK:
            return Piece(self.floats.format(enclose((piece.text, piece.precedence), Precedence.ATOM)))
        return piece

    def argument(self, piece: Piece) -> str:
        """The piece as an argument of a function."""
        if piece.kind is Kind.NUMBER and piece.number is not None and not self.tensors_only:
            return self.number(piece.number).text
        return self.lifted(piece).text

    def atom(self, piece: Piece) -> str:
        """The piece as it stands before a dot or a bracket."""
        found = self.lifted(piece)
        return enclose((found.text, found.precedence), Precedence.ATOM)

    def index(self, index: Static) -> str:
        """What stands between brackets."""

        def one(item: Static) -> str:
            if isinstance(item, Span):
                ends = ":".join("" if end is None else str(end) for end in (item.start, item.stop))
                return ends if item.step is None else f"{ends}:{item.step}"
            if isinstance(item, tuple):
                return self.listed.format(f"[{', '.join(map(str, item))}]")
            return "..." if item is ... else repr(item)

        return ", ".join(map(one, index if isinstance(index, tuple) else (index,))) or "()"


@dataclass(frozen=True, eq=False)
class Case:
    """One operation that is to be written: its node, and its arguments as they are written."""

    dialect: Dialect
    trace: Trace
    index: int
    args: Sequence[Piece]

    @property
    def node(self) -> Node:
        return self.trace.graph.nodes[self.index]

    @cached_property
    def static(self) -> dict[str, Static]:
        """The static arguments."""
        return dict(self.node.parameters)

    @property
    def out(self) -> Shape:
        return self.trace.graph.shapes[self.index]

    def shape(self, position: int = 0) -> Shape:
        return self.trace.graph.shapes[self.node.args[position]]

    def value(self, position: int = 0) -> Array:
        return self.trace.value(self.node.args[position])

    @property
    def axes(self) -> tuple[int, ...]:
        """The axes that a reduction goes over, counted from 0."""
        return shapes.axes_of(self.static["axis"], len(self.shape()))

    def constant(self, position: int) -> bool:
        """Whether no input that may change has a part in an argument."""
        return self.node.args[position] not in self.trace.graph.varying

    @cached_property
    def tied(self) -> bool:
        """Whether an element of the forward pass sits exactly at a kink."""
        kink = OPERATIONS[self.node.op].kink
        if kink is None or self.index not in self.trace.graph.varying:
            return False
        with np.errstate(all="ignore"):
            return bool(np.any(kink.at(*(self.trace.value(arg) for arg in self.node.args), **self.static)))

    @cached_property
    def finite(self) -> bool:
        """Whether the result and all that it is made of are finite."""
        return all(np.isfinite(self.trace.value(index)).all() for index in (self.index, *self.node.args))

    def text(self, position: int = 0) -> str:
        return self.dialect.argument(self.args[position])

    def atom(self, position: int = 0) -> str:
        return self.dialect.atom(self.args[position])

    def filled(self, template: str) -> Piece:
        """A template as a finished piece."""
        names: dict[str, Any] = {name: static_text(value) for name, value in self.static.items()}
        for position, name in enumerate("abc"[: len(self.args)]):
            names[name], names[name.upper()] = self.text(position), self.atom(position)
        names["args"] = ", ".join(map(self.dialect.argument, self.args))
        names["out"] = static_text(self.out)
        return Piece(template.format(**names))


def static_text(value: Static) -> str:
    """A static argument as Python has it."""
    if isinstance(value, tuple):
        return f"({', '.join(map(static_text, value))}{',' if len(value) == 1 else ''})"
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    return "..." if value is ... else repr(value)


def expression(dialect: Dialect, trace: Trace, root: int, names: Mapping[int, str]) -> str:
    """The expression of a node, closed over the nodes that have names but for itself; always an array."""

    def leaf(index: int) -> Piece | None:
        return Piece(names[index]) if index in names and index != root else None

    piece = fold(trace.graph.nodes, root, leaf, lambda index, args: _written(Case(dialect, trace, index, args)))
    return dialect.lifted(piece).text


def _written(case: Case) -> Piece:
    """One operation, from its arguments as they are written."""
    dialect, node = case.dialect, case.node
    if node.op == ARRAY:
        return Piece(dialect.array.format(dialect.nested(node.parameter("value"))))
    if node.op == CONSTANT:
        return _constant(case)
    assert node.op not in LEAVES, "inputs have names"
    form = dialect.forms.get(node.op)
    if form is None:
        return _operator(case) or case.filled(f"{dialect.module}.{node.op}({{args}})")
    found = form if isinstance(form, str) else form(case)
    return case.filled(found) if isinstance(found, str) else found


def _constant(case: Case) -> Piece:
    """A number; with a shape, an array that holds it everywhere."""
    number, module = case.node.number, case.dialect.module
    if not case.out:
        return case.dialect.number(number, whole=True)
    made = {0.0: "zeros({out})", 1.0: "ones({out})"}.get(number)
    return case.filled(f"{module}.{made}" if made else f"{module}.full({{out}}, {case.dialect.number(number).text})")


def _operator(case: Case) -> Piece | None:
    """An operation that has a sign in Python; None if it has none."""
    form = OPERATIONS[case.node.op].form
    match form.code or form if isinstance(form, As) else form:
        case Infix(sign=str() as sign, precedence=level):
            # Comparisons cannot be chained.
            left = Precedence(level + 1) if level is Precedence.COMPARISON else level
            return _infix(case, sign, level, left, Precedence(level + 1))
        case Product():
            return _infix(case, "*", Precedence.PRODUCT, Precedence.PRODUCT, Precedence.SIGN)
        case Fraction():
            return _infix(case, "/", Precedence.PRODUCT, Precedence.PRODUCT, Precedence.SIGN)
        case Power():
            return _infix(case, "**", Precedence.POWER, Precedence.ATOM, Precedence.SIGN)
        case Prefix(sign=str() as sign):
            piece = case.dialect.lifted(case.args[0])
            return Piece(f"{sign}{enclose((piece.text, piece.precedence), Precedence.SIGN)}", Precedence.SIGN)
    return None


def _infix(case: Case, sign: str, level: Precedence, least: Precedence, least_right: Precedence) -> Piece:
    """Two arguments with a sign between them. One of them is an array: Python's own numbers have other rules."""
    a, b = case.args
    kinds = {a.kind, b.kind}
    kind = Kind.ARRAY
    if level is Precedence.COMPARISON or (sign == "*" and kinds == {Kind.MASK}):
        kind = Kind.MASK
    if not (sign == "*" and Kind.MASK in kinds and Kind.NUMBER not in kinds):
        a, b = (case.dialect.lifted(piece) if piece.kind is Kind.MASK else piece for piece in (a, b))
    if kinds == {Kind.NUMBER}:
        a = case.dialect.lifted(a)
    left, right = enclose((a.text, a.precedence), least), enclose((b.text, b.precedence), least_right)
    return Piece(f"{left} {sign} {right}", level, kind)
