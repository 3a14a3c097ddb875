"""A frame, its positions and its numbers as SVG, by way of `templates/graph.svg`."""

from __future__ import annotations

import math
import re
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from itertools import count
from types import SimpleNamespace
from typing import TypeAlias

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from app.draw import font, numbers
from app.draw.graph import LABEL_SIZE, LINE, TITLE_SIZE, Block, Frame, FrameCard, FrameEdge, Numbers
from app.draw.layout import Positions
from app.draw.route import Point, Route
from app.draw.type import Styled, slanted, width
from app.settings import STATIC, TEMPLATES
from app.work.caches import kept

Painted: TypeAlias = Mapping[str, Mapping[str, Numbers]]
"""The numbers of one run: by card, and by part of it."""

_templates = Environment(
    loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=False, auto_reload=False
)
TINTS = {tint: f"{'p' if tint > 0 else 'm' if tint < 0 else 't'}{abs(tint)}" for tint in range(-numbers.STEPS, numbers.STEPS + 1)}
"""The class that paints a cell of a tint: p5 … p1, t0, m1 … m5."""
TIP, ROUND = 7.0, 6.0
CELL_GAP = 1.5
GROUP_EM = 7.2
"""Width of a letter in the name of a box, at most."""
ZOOM = 1.4
"""A page may show its picture so much larger than it travels alone; its style sheet makes it smaller where there is no room."""


class Theme(StrEnum):
    """Colours of a picture that travels alone: fixed, or as the reader's system has it."""

    AUTO = "auto"
    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class Told:
    """What words say beside the picture: its title and description, each card and edge, and the kinks met in this run."""

    title: str
    description: str
    cards: Mapping[str, str]
    edges: Mapping[str, str]
    kinks: Mapping[str, str]
    briefs: Mapping[str, str] = field(default_factory=dict)
    """Of the edges that carry something back, what that is, in a few characters."""


def svg(frame: Frame, positions: Positions, painted: Painted, told: Told, theme: Theme | None = None) -> str:
    """The picture. With a theme it is complete on its own; without one, the page's style sheets paint it."""
    kinks, briefs = tuple(sorted(told.kinks)), tuple(sorted(told.briefs))
    values = [told.title, told.description]
    values += [told.cards[card.id] for card in frame.cards] + [told.edges.get(edge.id, "") for edge in frame.edges]
    values += [told.kinks[name] for name in kinks] + [told.briefs[name] for name in briefs]
    values = [escape(value) for value in values]
    for card in frame.cards:
        for block in card.blocks:
            shown = painted[card.id][block.part]
            # Numbers are made of digits and signs: nothing in them needs escaping.
            for cell in shown.cells:
                if cell.place is not None:
                    values += (cell.text, TINTS[cell.tint])
            if shown.line is not None:
                values.append(shown.line)
    return _skeleton(frame, positions, theme, kinks, briefs).filled(values)


@dataclass(frozen=True, slots=True)
class Skeleton:
    """A picture but for what a run says: the text between the holes, and which value goes into each."""

    parts: tuple[str, ...]
    holes: tuple[int, ...]

    def filled(self, values: Sequence[str]) -> str:
        """The whole text."""
        text = [""] * (2 * len(self.holes) + 1)
        text[::2] = self.parts
        text[1::2] = [values[hole] for hole in self.holes]
        return "".join(text)


_MARK = secrets.token_hex(12)
"""Stands before the number of a hole, in no other text."""


@kept("skeletons", lambda found, *_: 1000 + 2 * sum(map(len, found.parts)) + 100 * len(found.parts))
def _skeleton(frame: Frame, positions: Positions, theme: Theme | None, kinks: tuple[str, ...], briefs: tuple[str, ...]) -> Skeleton:
    """The picture with a hole for each value, in the order of `svg`. It stands as long as the structure does."""
    number = count()

    def hole() -> str:
        return f"{_MARK}{next(number)};"

    told = Told(
        hole(), hole(), {card.id: hole() for card in frame.cards}, {edge.id: hole() for edge in frame.edges},
        {name: hole() for name in kinks}, {name: hole() for name in briefs},
    )  # fmt: skip
    holes = {card.id: {block.part: _holes(block, hole) for block in card.blocks} for card in frame.cards}
    text = _written(frame, positions, holes, told, theme)
    parts = re.split(rf"{_MARK}(\d+);", text)
    return Skeleton(tuple(parts[::2]), tuple(map(int, parts[1::2])))


@dataclass(frozen=True, slots=True)
class Holes:
    """Those of a block: for each number its text and its tint, and for the line under a large tensor."""

    numbers: tuple[tuple[str, str], ...]
    line: str | None


def _holes(block: Block, hole: Callable[[], str]) -> Holes:
    count_of = sum(slot.place is not None for slot in numbers.slots(block.shape, block.grid))
    return Holes(tuple((hole(), hole()) for _ in range(count_of)), None if block.grid.complete else hole())


def _written(frame: Frame, positions: Positions, holes: Mapping[str, Mapping[str, Holes]], told: Told, theme: Theme | None) -> str:
    scale = ZOOM if theme is None else 1
    picture = SimpleNamespace(
        direction=frame.direction.value,
        left=positions.left,
        width=positions.width,
        height=positions.height,
        shown_width=round(positions.width * scale),
        shown_height=round(positions.height * scale),
        title=told.title,
        description=told.description,
        edges=[
            _edge(edge, route, told.edges[edge.id], told.briefs.get(edge.id))
            for edge, route in zip(frame.edges, positions.routes, strict=True)
        ],
        boxes=[
            SimpleNamespace(id=box.id, name=box.name, x=x, y=y, width=w, height=h, sign=round(x + 17 + GROUP_EM * len(box.name), 1))
            for box, (x, y, w, h) in zip(frame.boxes, positions.boxes, strict=True)
        ],
        cards=[_card(card, middle, holes[card.id], told) for card, middle in zip(frame.cards, positions.cards, strict=True)],
    )  # fmt: skip
    # The style sheet is our own file: it is not escaped, so that its quotes and > stay as they are.
    style = None if theme is None else Markup(stylesheet(theme))  # noqa: S704  # nosec B704
    return _templates.get_template("graph.svg").render(picture=picture, style=style)


@lru_cache(maxsize=len(Theme))
def stylesheet(theme: Theme) -> str:
    """The style sheet of the graph with its font, and every colour written out: readers other than browsers know no variables."""
    palette = dict(re.findall(r"--([\w-]+): light-dark\(([^()]*)\)", (STATIC / "palette.css").read_text()))
    rules = re.sub(r"/\*.*?\*/\s*", "", (STATIC / "graph.css").read_text(), flags=re.DOTALL)

    def painted(which: int) -> str:
        return re.sub(r"var\(--([\w-]+)\)", lambda match: palette[match[1]].split(",")[which].strip(), rules)

    if theme is Theme.AUTO:
        coloured = "\n".join(line for line in painted(1).splitlines() if "fill:" in line or "stroke:" in line)
        return f"{font.face()}{painted(0)}@media (prefers-color-scheme: dark) {{\n{coloured}\n}}"
    return font.face() + painted(1 if theme is Theme.DARK else 0)


def _card(card: FrameCard, middle: Point, holes: Mapping[str, Holes], told: Told) -> SimpleNamespace:
    return SimpleNamespace(
        id=card.id,
        kind=card.kind.value,
        x=round(middle[0] - card.width / 2, 1),
        y=round(middle[1] - card.height / 2, 1),
        width=card.width,
        height=card.height,
        name=formula(card.name, TITLE_SIZE),
        title=formula(card.title, TITLE_SIZE),
        shape=card.shape,
        words=told.cards[card.id],
        kink=told.kinks.get(card.id),
        opens=card.opens[0] if card.opens else None,
        sign=card.sign,
        many=card.many,
        blocks=[_block(block, holes[block.part]) for block in card.blocks],
    )


def _block(block: Block, holes: Holes) -> SimpleNamespace:
    slots = numbers.slots(block.shape, block.grid)
    cells = [slot for slot in slots if slot.place is not None]
    return SimpleNamespace(
        part=block.part,
        x=block.x,
        y=block.y,
        foot=block.rows[-1][0] + block.rows[-1][1] + LINE - 4,
        label=formula(block.label, LABEL_SIZE),
        cells=[
            (cell.place, text, tint, *_cell(*block.columns[cell.column], *block.rows[cell.row]))
            for cell, (text, tint) in zip(cells, holes.numbers, strict=True)
        ],
        band=_band(block),
        gaps=[(slot.text, *_gap(*block.columns[slot.column], *block.rows[slot.row])) for slot in slots if slot.place is None],
        line=holes.line,
    )


def _band(block: Block) -> tuple[float, float, float, float] | None:
    """The rectangle around the row of the sample that is looked at."""
    if block.sample is None:
        return None
    top, height = block.rows[block.sample]
    right = sum(block.columns[-1])
    return round(block.x - 3, 1), round(top - 2.2, 1), round(right - block.x + 4.5, 1), round(height + 2.9, 1)


@lru_cache(maxsize=4096)
def _cell(left: float, width: float, top: float, height: float) -> tuple[str, float, float]:
    """Place and size of a cell, as attributes, and where its number ends."""
    outline = f'x="{left:.1f}" y="{top:.1f}" width="{width - CELL_GAP:g}" height="{height - CELL_GAP:g}"'
    return Markup(outline), round(left + width - CELL_GAP - 3, 1), round(top + height / 2 + 3.8, 1)  # noqa: S704  # nosec B704


def _gap(left: float, width: float, top: float, height: float) -> tuple[float, float]:
    """The middle of a slot that holds an ellipsis, on the line of its text."""
    return round(left + width / 2, 1), round(top + height / 2 + 3.8, 1)


def tint_class(tint: int) -> str:
    """The class that paints a cell."""
    return TINTS[tint]


def _edge(edge: FrameEdge, route: Route, words: str, brief: str | None) -> SimpleNamespace:
    path, tip = _arrow(route)
    x, y = route.label
    label, aside = edge.label, edge.aside
    if edge.width > route.room:
        # A formula that is cut says something else than the whole one.
        label, aside = edge.short if width(edge.short, LABEL_SIZE) <= route.room else (), ""
    return SimpleNamespace(
        id=edge.id, source=edge.source, target=edge.target, chain=edge.chain, words=words, brief=brief, path=path, tip=tip,
        label=formula(label, LABEL_SIZE), aside=aside, x=round(x, 1), y=round(y, 1),
    )  # fmt: skip


def _arrow(route: Route) -> tuple[str, str]:
    """The path of an edge, and of its head: the line ends where the head begins."""
    points = route.points
    (x, y), (before_x, before_y) = points[-1], points[-2]
    if abs(x - before_x) > abs(y - before_y):
        base = max(x - TIP, before_x)
        tip = f"M{x:.1f} {y:.1f}L{base:.1f} {y - 3.4:.1f}V{y + 3.4:.1f}Z"
        end = (base + 1, y)
    else:
        base = max(y - TIP, before_y)
        tip = f"M{x:.1f} {y:.1f}L{x - 3.4:.1f} {base:.1f}H{x + 3.4:.1f}Z"
        end = (x, base + 1)
    path = f"M{_xy(points[0])}"
    for before, corner, after in zip(points, points[1:-1], (*points[2:-1], end), strict=False):
        path += f"L{_xy(_towards(corner, before))}Q{_xy(corner)} {_xy(_towards(corner, after))}"
    return f"{path}L{_xy(end)}", tip


def _towards(corner: Point, other: Point) -> Point:
    """Where the rounding of a corner begins, on the way to another point."""
    length = math.dist(corner, other) or 1.0
    part = min(ROUND, length / 2) / length
    return corner[0] + part * (other[0] - corner[0]), corner[1] + part * (other[1] - corner[1])


def _xy(point: Point) -> str:
    return f"{point[0]:.1f} {point[1]:.1f}"


def formula(runs: Iterable[Styled], size: float) -> list[tuple[str, float, bool]]:
    """Runs for the template: text with slanted letters, how far it is moved from the one before, and whether it is small."""
    shown, at = [], 0.0
    for run in runs:
        wanted = (-0.34 if run.level > 0 else 0.17 if run.level < 0 else 0.0) * size
        shown.append((slanted(run.text) if run.italic else run.text, round(wanted - at, 1), run.level != 0))
        at = wanted
    if at:
        shown.append(("\u200b", round(-at, 1), False))
    return shown
