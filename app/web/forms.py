"""What stands in the page's fields, and how it becomes a request: cells of text, one grid for each input."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import parse_qsl

from app.draw import graph, numbers
from app.draw.graph import Direction, Display, Show
from app.engine.views import Detail, Kind
from app.errors import Fault, LimitError
from app.examples import Example
from app.explain.derivation import Notation, Order
from app.service import EPSILON, ROLES, Framework, Given, Request, default_role
from app.settings import Limits
from app.web.problems import RequestError
from app.work.weight import weigh

MOST_EPSILON = 1e6
"""An element is nudged by no more than that."""
GRID_CELLS = 320
"""An input up to this many numbers is a grid of cells; a larger one, or one of more than two axes, a block of text."""
BYTE, GRID = 0.0002, 1.0
"""Milliseconds that a byte of a form takes to be read, and an input's grid to be read and written."""
MOST_FIELDS = 100_000
DIGITS = 6
"""Of a size or an index in a form, at most."""
_SHAPE = re.compile(r"\s*\d{1,6}(\s*[x×*,]\s*\d{1,6})*\s*,?\s*")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
MOST_DIGITS = 400
"""Characters of a number; the largest has 309 digits."""


@dataclass(frozen=True, slots=True)
class Field:
    """One input on the page: its name, role, and what its cells say."""

    name: str
    role: Kind
    value: Any
    literal: Any = None
    """What the program's text gives it; the text's word counts until the cells say something else."""

    @property
    def rows(self) -> list[list[str]] | None:
        """The cells as text, or None where the input is a block. A vector is one row, a single number one cell."""
        rows = self.value if isinstance(self.value, list) else [[self.value]]
        if not all(isinstance(row, list) for row in rows):
            rows = [rows]
        cells = [cell for row in rows for cell in row]
        if len(cells) > GRID_CELLS or not cells or any(isinstance(cell, list) for cell in cells):
            return None
        return [[cell_text(cell) for cell in row] for row in rows]

    @property
    def shape(self) -> str:
        """The shape as one edits it: 3 × 2, 4, or nothing for a single number."""
        sizes, level = [], self.value
        while isinstance(level, list) and level:
            sizes.append(len(level))
            level = level[0]
        return " × ".join(map(str, sizes))

    @property
    def block(self) -> str:
        """The numbers as text, a row a line; further axes as JSON, and a vector too, which would be read as a column otherwise."""
        rows = self.value if isinstance(self.value, list) else [self.value]
        vector = isinstance(self.value, list) and not any(isinstance(item, list) for item in rows)
        if vector or any(isinstance(item, list) and any(isinstance(cell, list) for cell in item) for item in rows):
            return "[" + ",\n ".join(json.dumps(item) for item in rows) + "]"
        return "\n".join("\t".join(map(cell_text, row)) if isinstance(row, list) else cell_text(row) for row in rows)


@dataclass(frozen=True, slots=True)
class Explained:
    """How the derivation is told, which element is nudged by how much, and for what a program is written, if one is wanted."""

    notation: Notation = Notation.MATRIX
    order: Order | None = None
    element: str = ""
    epsilon: float | None = EPSILON
    """None where something else than a step was typed."""
    framework: Framework = Framework.NUMPY_STEPS
    listed: bool = False

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Self:
        """From the fields of a form, or of a message; what is none of its kind is as usual."""
        notation, order, epsilon, framework = (str(data.get(key) or "")[:40] for key in ("notation", "order", "epsilon", "framework"))
        step = number(epsilon)
        return cls(
            Notation(notation) if notation in set(Notation) else Notation.MATRIX,
            Order(order) if order in set(Order) else None,
            str(data.get("element") or "")[:80],
            EPSILON if not epsilon.strip() else step if isinstance(step, float) and 0 < abs(step) <= MOST_EPSILON else None,
            Framework(framework) if framework in set(Framework) else Framework.NUMPY_STEPS,
            bool(data.get("listed")),
        )


AS_USUAL = Explained()


def display_of(data: Mapping[str, Any]) -> Display:
    """How the picture is wanted, from the fields of a form or of an address; what is none of its kind is as usual. Samples count from 1."""
    show, direction, digits, sample = (str(data.get(key) or "")[:20] for key in ("show", "direction", "digits", "sample"))
    wanted = int(digits) if digits.isdecimal() else numbers.DIGITS
    return Display(
        Show(show) if show in set(Show) else Show.BOTH,
        numbers.Format(wanted if numbers.MIN_DIGITS <= wanted <= numbers.MAX_DIGITS else numbers.DIGITS, bool(data.get("fractions"))),
        int(sample) - 1 if sample.isdecimal() and 0 < int(sample) < MOST_FIELDS else None,
        Direction(direction) if direction in set(Direction) else Direction.DOWN,
    )


@dataclass(frozen=True, slots=True)
class State:
    """All that the page's form holds. `select` is the card that is inspected."""

    program: str
    given: Mapping[str, Given]
    detail: Detail = Detail.STATEMENTS
    select: str | None = None
    example: str | None = None
    open: frozenset[str] = frozenset()
    closed: frozenset[str] = frozenset()
    explained: Explained = AS_USUAL
    display: Display = graph.AS_USUAL
    table: bool = False
    """Whether the picture's twin is shown instead."""

    @property
    def request(self) -> Request:
        return Request(self.program, self.given, detail=self.detail, open=self.open, closed=self.closed, display=self.display)


def cell_text(value: Any) -> str:
    """A number as it is typed: whole ones without a point."""
    if isinstance(value, float) and math.isfinite(value) and value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def number(text: str) -> float | str:
    """What a cell says; text that is no number stays as it is, for the engine to refuse at its place."""
    plain = text.strip().replace("−", "-")
    return float(plain) if len(plain) <= MOST_DIGITS and _NUMBER.fullmatch(plain) else plain


def of_example(example: Example, data: Mapping[str, Any]) -> State:
    """An example as the page shows it, in the way that the fields of an address say."""
    given = {name: Given.of(value) for name, value in example.inputs.items()}
    return State(
        example.program, given, _detail(data), data.get("select"), example.id,
        explained=Explained.of(data), display=display_of(data), table=data.get("view") == "table",
    )  # fmt: skip


def _detail(data: Mapping[str, Any]) -> Detail:
    return Detail(data["detail"]) if data.get("detail") in set(Detail) else Detail.STATEMENTS


def fields(names: Mapping[str, Any], given: Mapping[str, Given]) -> list[Field]:
    """A field for each input of the program, with the value it has, that of the text, or empty; `names` gives the text's."""
    found = []
    for name, literal in names.items():
        item = given.get(name, Given(None))
        value = item.value if item.value is not None else literal if literal is not None else ""
        found.append(Field(name, item.role or default_role(name), value, literal))
    return found


def signature(fields: Sequence[Field]) -> str:
    """What tells one panel of inputs from another: names, and what the text gives them."""
    return json.dumps([[field.name, field.literal] for field in fields])


def read(body: bytes, limits: Limits) -> State:
    """The state that a submitted form holds: `program`, and for each input its cells, its shape and its role.

    Raises:
        RequestError: it has too many fields.
        LimitError: it has too many inputs.
    """
    try:
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        raise RequestError("malformed", f"The form has more than {MOST_FIELDS:,} fields.") from None
    data = dict(pairs)
    count = sum(key.startswith(("shape:", "block:")) for key in data)
    if count > limits.inputs:
        fault = Fault(f"The form has {count:,} inputs; at most {limits.inputs:,} are allowed.")
        raise LimitError("inputs", count, limits.inputs, fault)
    weigh(len(body) * BYTE + count * GRID)
    sizes = _reach(data)
    given: dict[str, Given] = {}
    for key, text in data.items():
        kind, _, name = key.partition(":")
        if kind in ("shape", "block"):
            value = _grid(name, _sizes(text, sizes.get(name, (1, 1))), data) if kind == "shape" else _read_block(text)
            given[name] = Given(None if _is_literal(value, data.get(f"literal:{name}")) else value, _role(data.get(f"role:{name}")))
    detail = _detail(data)
    program = data.get("program", "").replace("\r\n", "\n")
    # A ticked group is open; one that is offered and not ticked is closed.
    # At another level of detail than the page had, what stands open is another matter.
    same = data.get("was", detail.value) == detail.value
    offered, opened = ({value for key, value in pairs if key == kind and same} for kind in ("group", "open"))
    return State(
        program, given, detail, data.get("select") or None, data.get("example") or None, frozenset(opened), frozenset(offered - opened),
        Explained.of(data), display_of(data), data.get("view") == "table",
    )  # fmt: skip


def _is_literal(value: Any, literal: str | None) -> bool:
    """Whether a field says what the program's text says, so that the text goes on to count."""
    return literal is not None and json.dumps(value) == json.dumps(_floats(literal))


def _floats(literal: str) -> Any:
    try:
        return json.loads(literal, parse_int=float)
    except (ValueError, RecursionError):
        return None


def _role(text: str | None) -> Kind | None:
    return Kind(text) if text in set(ROLES) else None


def _reach(data: Mapping[str, str]) -> dict[str, tuple[int, int]]:
    """How many rows and columns the cells of each input have."""
    found: dict[str, tuple[int, int]] = {}
    for key in data:
        kind, _, rest = key.partition(":")
        name, _, place = rest.rpartition(":")
        row, _, column = place.partition(",")
        if kind == "cell" and all(side.isdecimal() and len(side) <= DIGITS for side in (row, column)):
            rows, columns = found.get(name, (1, 1))
            found[name] = max(rows, 1 + int(row)), max(columns, 1 + int(column))
    return found


def _sizes(text: str, reach: tuple[int, int]) -> tuple[int, ...]:
    """The wanted shape of a grid; where it is none, or too large for a grid, the shape of the cells that were sent."""
    sizes = tuple(int(size) for size in re.findall(r"\d+", text) if len(size) <= DIGITS)
    if not text.strip() or (_SHAPE.fullmatch(text) and len(sizes) <= 2 and 1 <= math.prod(sizes) <= GRID_CELLS):
        return sizes
    return reach if math.prod(reach) <= GRID_CELLS else ()


def _grid(name: str, sizes: tuple[int, ...], data: Mapping[str, str]) -> Any:
    """The cells as a nested list of the wanted shape; a cell that was not there before is 0."""

    def cell(row: int, column: int) -> float | str:
        return number(data.get(f"cell:{name}:{row},{column}", "0"))

    if not sizes:
        return cell(0, 0)
    if len(sizes) == 1:
        return [cell(0, column) for column in range(sizes[0])]
    return [[cell(row, column) for column in range(sizes[1])] for row in range(sizes[0])]


def _read_block(text: str) -> Any:
    """A block of text: JSON where it begins with a bracket, else a row of numbers a line."""
    if text.lstrip().startswith("["):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text[:40]
    rows = [[number(cell) for cell in re.split(r"[\s,;]+", line.strip(" \t,;"))] for line in text.splitlines() if line.strip()]
    return rows or ""
