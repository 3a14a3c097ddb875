"""Forms of operations that the dialects have in common."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from app.engine import shapes
from app.engine.code import enclose
from app.engine.ops.convolution import pool_grid
from app.engine.ops.einsum import terms_of
from app.engine.ops.windows import wholes
from app.engine.program import Static
from app.engine.syntax import Precedence
from app.explain.frameworks.writing import Case, Kind, Piece, Way, static_text


def same(case: Case) -> Piece:
    """The argument itself."""
    return case.args[0]


def mask(template: str) -> Callable[[Case], Piece]:
    """A call whose result is an array of booleans."""

    def form(case: Case) -> Piece:
        return Piece(case.filled(template).text, Precedence.ATOM, Kind.MASK)

    return form


def signed(template: str) -> Callable[[Case], Piece]:
    """A call with a minus before it."""
    return lambda case: Piece(f"-{case.filled(template).text}", Precedence.SIGN)


def quotient(template: str) -> Callable[[Case], Piece]:
    """Something divided by a call."""
    return lambda case: Piece(case.filled(template).text, Precedence.PRODUCT)


def condition(case: Case) -> str:
    """An argument of which only it matters whether it is 0."""
    piece = case.args[0] if case.args[0].kind is Kind.MASK else case.dialect.lifted(case.args[0])
    return piece.text if piece.kind is Kind.MASK else f"{enclose((piece.text, piece.precedence), Precedence.SUM)} != 0"


def chosen(module: str) -> Callable[[Case], Piece]:
    """b where a is not 0, else c."""
    return lambda case: Piece(f"{module}.where({condition(case)}, {case.text(1)}, {case.text(2)})")


def counted(method: str) -> Callable[[Case], Piece]:
    """How many elements there are, as a plain number of Python's."""

    def form(case: Case) -> Piece:
        axis = case.static["axis"]
        if case.args[0].kind is Kind.NUMBER:
            return case.dialect.number(float(math.prod(case.shape())))
        return Piece(f"{case.atom()}.{method if axis is None else f'shape[{axis}]'}", Precedence.ATOM, Kind.NUMBER)

    return form


def product(case: Case) -> Piece:
    """The dot product: a matrix product, or with a single number an ordinary one."""
    plain = () in (case.shape(0), case.shape(1))
    level, sign = Precedence.PRODUCT, "*" if plain else "@"
    a, b = (case.dialect.lifted(piece) for piece in case.args)
    return Piece(f"{enclose((a.text, a.precedence), level)} {sign} {enclose((b.text, b.precedence), Precedence.SIGN)}", level)


def subscripts(case: Case) -> str:
    """The letters of an Einstein sum, the output's among them."""
    terms, output = terms_of(case.static["subscripts"])
    return repr(f"{','.join(terms)}->{output}").replace("'", '"')


def windows(case: Case) -> str:
    """Stride, padding and dilation of windows, each with as many numbers as there are axes."""
    size = case.static.get("size", case.static.get("shape"))
    count = len(size) if isinstance(size, tuple) else 1
    found = ((name, wholes(name, case.static[name], count, least)) for name, least in (("stride", 1), ("padding", 0), ("dilation", 1)))
    return ", ".join(f"{name}={static_text(numbers)}" for name, numbers in found)


def several(value: Static) -> str:
    """One whole number or several, as a tuple."""
    return static_text(value if isinstance(value, tuple) else (value,))


def unfolded(case: Case) -> str:
    return f"unfold({{a}}, {several(case.static['size'])}, {windows(case)})"


def folded(case: Case) -> str:
    return f"fold({{a}}, {several(case.static['shape'])}, {windows(case)})"


def convolved(count: int) -> Callable[[Case], str]:
    def form(case: Case) -> str:
        found = ((name, wholes(name, case.static[name], count, 0)) for name in ("stride", "padding", "dilation"))
        return f"conv({{a}}, {{b}}, {', '.join(f'{name}={static_text(numbers)}' for name, numbers in found)})"

    return form


def pooled(count: int, template: str, value: str) -> Callable[[Case], str]:
    """The windows of a pool, and what is taken of each."""

    def form(case: Case) -> str:
        grid = pool_grid(count, case.shape(), **case.static)
        border = f", value={value}" if any(grid.padding) and value != "0" else ""
        found = f"unfold({{a}}, {grid.size}, stride={grid.stride}, padding={grid.padding}, dilation={grid.dilation}{border})"
        return template.format(windows=found, axes=tuple(range(-count, 0)))

    return form


def in_range(case: Case, size: int) -> bool:
    """Whether every index names one of so many places."""
    places = np.rint(case.value(1))
    return bool(np.all((places >= -size) & (places < size)))


def positive(axis: Static, rank: int) -> int:
    return shapes.axes_of(axis, rank)[0]


def put(case: Case) -> str:
    rank = len(case.shape(0)) - len(case.shape(1)) + 1
    return f"put({{a}}, {{b}}, size={{size}}, axis={positive(case.static['axis'], rank)})"


def put_along(case: Case) -> str:
    return f"put_along_axis({{a}}, {{b}}, size={{size}}, axis={positive(case.static['axis'], len(case.shape()))})"


def take_along(case: Case) -> str:
    return f"take_along_axis({{a}}, {{b}}, axis={positive(case.static['axis'], len(case.shape()))})"


def targets(case: Case) -> Piece | str:
    shape = case.static["shape"]
    shape = shape if isinstance(shape, tuple) else (shape,)
    return case.args[0] if case.shape() == shape else f"one_hot({{a}}, {shape[-1]})"


def near_zero(case: Case) -> bool:
    """Whether 1 minus what is nearly 1 keeps enough digits in a bell curve's share below these numbers."""
    return float(np.min(case.value())) > -3


def where_odd(plain: str, careful: str) -> Callable[[Case], str]:
    """A plain call; a more careful one where numbers are not finite."""
    return lambda case: plain if case.finite else careful


def where_tied(plain: str, careful: str) -> Way:
    """A plain call; a more careful one where a number sits exactly at a kink."""
    return lambda case: careful if case.tied else plain


def braced(text: str) -> str:
    """A text that a template leaves as it is."""
    return text.replace("{", "{{").replace("}", "}}")
