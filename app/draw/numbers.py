"""The only place that rounds, shortens or summarises an array for the eye."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from app.engine.digest import FEW, Extent
from app.engine.program import Array, Shape

DIGITS, MIN_DIGITS, MAX_DIGITS = 3, 2, 8
BEYOND = 4
"""Characters of the widest number beyond its digits: −1.2e−9 has seven."""
FULL_DIGITS = 5
"""Where a single value is read in full, it has at least so many."""
DENOMINATOR = 999
"""Fractions are written up to this one."""
FULL_ROWS, FULL_COLUMNS = 8, 6
"""A tensor up to this size shows every number; a larger one its edges."""
EDGE = 2
TENS = [10.0 ** (digits - 1) for digits in range(20)]
"""By digits, from where on a number is whole when it is rounded to them."""
STEPS = 5
"""Tints on either side of 0."""
GLYPHS = {math.inf: "∞", -math.inf: "−∞"}


class Cell(NamedTuple):
    """One number. `place` is its index in its tensor ("0,1"; "" of a single number); an ellipsis has none.

    A named tuple, since a picture has hundreds of them.
    """

    row: int
    column: int
    place: str | None
    text: str
    tint: int = 0


@dataclass(frozen=True, slots=True)
class Grid:
    """What is shown of an array: rows and columns of slots, some of them an ellipsis."""

    rows: tuple[int | None, ...]
    columns: tuple[int | None, ...]

    @property
    def complete(self) -> bool:
        return None not in self.rows and None not in self.columns


@dataclass(frozen=True, slots=True)
class Statistics:
    """Over the finite elements; `nonfinite` counts the rest. `norm` is the Euclidean one. None where nothing is finite."""

    min: float | None
    max: float | None
    mean: float | None
    norm: float | None
    nonfinite: int


def number(value: float, digits: int = DIGITS) -> str:
    """A number in at most `digits` significant digits, with a true minus sign; exact ones stay short (2, 0.5)."""
    if 0.01 <= abs(value) < TENS[digits]:
        return ("%.*g" % (digits, value)).replace("-", "−")  # noqa: UP031 (the fastest way, and a picture has hundreds of numbers)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return GLYPHS[value]
    size = abs(value)
    if size == 0:
        return "0"
    if TENS[digits] <= size < 99999.5:
        text = f"{value:.0f}"
    else:
        room = digits - 2 if 9.95e-10 <= size < 9.95e9 else 0
        mantissa, _, exponent = f"{value:.{room}e}".partition("e")
        text = f"{mantissa.removesuffix('.0')}e{int(exponent)}"
    return text.replace("-", "−")


@dataclass(frozen=True, slots=True)
class Format:
    """How numbers are written: in so many significant digits, and small rationals as fractions if one wants."""

    digits: int = DIGITS
    fractions: bool = False

    @property
    def width(self) -> int:
        """Characters of the widest number."""
        return self.digits + BEYOND

    @property
    def full(self) -> Format:
        """The same where there is room."""
        return Format(max(self.digits, FULL_DIGITS), self.fractions)

    def text(self, value: float) -> str:
        """A number, with a true minus sign."""
        return (fraction(value, self.width) if self.fractions else None) or number(value, self.digits)


PLAIN = Format()


def fraction(value: float, most: int) -> str | None:
    """A small rational as 2/3; None where the number is none, to the last few bits, or where it takes more than `most` characters."""
    if not math.isfinite(value) or value == int(value):
        return None
    found = Fraction(value).limit_denominator(DENOMINATOR)
    if abs(float(found) - value) > 4 * math.ulp(value):
        return None
    text = f"{found.numerator}/{found.denominator}".replace("-", "−")
    return text if len(text) <= most else None


def exact(value: float) -> str:
    """Every digit that tells the number from its neighbours, with a true minus sign."""
    if not math.isfinite(value):
        return number(value)
    return (repr(int(value)) if value == int(value) and abs(value) < 1e16 else repr(float(value))).replace("-", "−")


def matrix_shape(shape: Shape) -> tuple[int, int]:
    """Rows and columns in which a tensor is shown: a vector is one row, further axes stack their matrices."""
    if len(shape) < 2:
        return 1, shape[0] if shape else 1
    return math.prod(shape[:-1]), shape[-1]


def grid(shape: Shape, kept: int | None = None) -> Grid:
    """Which rows and columns are shown; None is an ellipsis. What does not fit whole is cut to its edges on both axes; row `kept` stays."""
    rows, columns = matrix_shape(shape)
    if rows <= FULL_ROWS and columns <= FULL_COLUMNS:
        return whole(shape)
    return Grid(_edges(rows, kept), _edges(columns))


def whole(shape: Shape) -> Grid:
    """Every row and column."""
    rows, columns = matrix_shape(shape)
    return Grid(tuple(range(rows)), tuple(range(columns)))


def _edges(count: int, kept: int | None = None) -> tuple[int | None, ...]:
    if count <= 2 * EDGE:
        return tuple(range(count))
    slots: list[int | None] = []
    for place in sorted({*range(EDGE), count - 1} | ({kept} if kept is not None and kept < count else set())):
        if slots and slots[-1] != place - 1:
            slots.append(None)
        slots.append(place)
    return tuple(slots)


def cells(array: Array, shown: Grid, form: Format = PLAIN, top: float | None = None) -> list[Cell]:
    """The cells of an array, row by row. The tint is blue for +, orange for −, the strongest for the largest magnitude, `top` if known."""
    shape = np.shape(array)
    if shown.complete:
        values, top = np.ravel(array).tolist(), largest(array) if top is None else top
    else:
        matrix = np.reshape(array, matrix_shape(shape))
        rows, columns = ([place for place in side if place is not None] for side in (shown.rows, shown.columns))
        values, top = matrix[np.ix_(rows, columns)].ravel().tolist(), largest(matrix)
    left = iter(values)
    text = form.text
    return [
        slot if slot[2] is None else Cell(slot[0], slot[1], slot[2], text(value := next(left)), tint(value, top))
        for slot in slots(shape, shown)
    ]


def slots(shape: Shape, shown: Grid) -> tuple[Cell, ...]:
    """The places of the cells, row by row: those of numbers without their text."""
    few = len(shown.rows) * len(shown.columns) <= FEW
    return (_few_slots if few else _all_slots)(shape, shown)


def _all_slots(shape: Shape, shown: Grid) -> tuple[Cell, ...]:
    found = []
    for i, row in enumerate(shown.rows):
        lead = "" if row is None else lead_text(shape, row)
        for j, column in enumerate(shown.columns):
            if row is None or column is None:
                found.append(Cell(i, j, None, "⋱" if row is None and column is None else "⋮" if row is None else "⋯"))
            else:
                found.append(Cell(i, j, f"{lead}{column}" if shape else "", ""))
    return tuple(found)


_few_slots = lru_cache(maxsize=1024)(_all_slots)


def largest(array: Array) -> float:
    """The largest magnitude among the finite elements; 0 where there are none."""
    top = float(np.abs(array).max())
    if math.isfinite(top):
        return top
    finite = array[np.isfinite(array)]
    return float(np.abs(finite).max()) if finite.size else 0.0


def lead_text(shape: Shape, row: int) -> str:
    """The index of a shown row in its own tensor, before that of the column: "2," of a matrix, "" of a vector."""
    if len(shape) < 2:
        return ""
    if len(shape) == 2:
        return f"{row},"
    return "".join(f"{int(i)}," for i in np.unravel_index(row, shape[:-1]))


def tint(value: float, top: float) -> int:
    """−5 … 5, centred on 0; only 0 itself (and NaN) has none."""
    if value == 0 or math.isnan(value):
        return 0
    if math.isinf(value) or top == 0:
        return STEPS if value > 0 else -STEPS
    steps = math.ceil(STEPS * (abs(value) / top)) or 1
    return steps if value > 0 else -steps


def statistics(array: Array, known: Extent | None = None) -> Statistics:
    """The array in five numbers; they are as good as there where its extent is `known`."""
    if known is not None and math.isfinite(known.sum):
        return Statistics(known.low, known.high, known.sum / known.size, math.sqrt(known.squares), 0)
    flat = np.ravel(array)
    finite = flat if np.isfinite(flat).all() else flat[np.isfinite(flat)]
    if not finite.size:
        return Statistics(None, None, None, None, int(flat.size))
    with np.errstate(over="ignore", invalid="ignore"):
        norm, mean = float(np.sqrt(np.square(finite).sum())), float(finite.mean())
        if not math.isfinite(mean):
            mean = float((finite / finite.size).sum())
        return Statistics(float(finite.min()), float(finite.max()), mean, norm, int(flat.size - finite.size))


def summary(array: Array, form: Format = PLAIN) -> str:
    """One line under a tensor too large to show."""
    found = statistics(array)
    if found.min is None or found.max is None or found.mean is None:
        return f"{found.nonfinite} not finite"
    line = f"{form.text(found.min)} … {form.text(found.max)}, mean {form.text(found.mean)}"
    return f"{line}, {found.nonfinite} not finite" if found.nonfinite else line


BRIEF = 3
"""Numbers that are told one by one where there is little room."""


def brief(array: Array, form: Format = PLAIN) -> str:
    """An array in a few characters: its numbers, or its shape and what is largest in it."""
    if array.size <= BRIEF:
        return "  ".join(form.text(value) for value in np.ravel(array).tolist())
    return f"{'×'.join(map(str, array.shape))}, up to ±{form.text(largest(array))}"


TABLE_ELEMENTS = 5000
"""A table shows a tensor in full up to this size."""


def shape_text(shape: Shape) -> str:
    """3 × 2; nothing for a single number."""
    return " × ".join(map(str, shape))


def table(array: Array, form: Format = PLAIN) -> dict[str, Any]:
    """An array as a table: rows of cells with their text, every digit, and tint; its edges alone where it is too large."""
    form, shape = form.full, np.shape(array)
    shown = whole(shape) if array.size <= TABLE_ELEMENTS else grid(shape)
    matrix = np.reshape(array, matrix_shape(shape))
    rows: list[list[dict[str, Any]]] = [[] for _ in shown.rows]
    for cell in cells(array, shown):
        row, column = shown.rows[cell.row], shown.columns[cell.column]
        if row is None or column is None:
            rows[cell.row].append({"index": None, "text": cell.text, "exact": "", "tint": 0})
        else:
            value = float(matrix[row, column])
            rows[cell.row].append({"index": cell.place, "text": form.text(value), "exact": exact(value), "tint": cell.tint})
    found = statistics(array)
    facts = {name: None if value is None else form.text(value) for name, value in asdict(found).items() if name != "nonfinite"}
    return {"rows": rows, "complete": shown.complete, "size": int(array.size), "facts": facts, "nonfinite": found.nonfinite}
