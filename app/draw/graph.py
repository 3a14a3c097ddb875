"""What is painted: cards and edges. First their frame, which depends on the structure alone; then the numbers in it.

Lengths are in pixels, which are also Graphviz's points. Nothing here knows where a card will stand: that is `layout`'s.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise

import numpy as np

from app.draw import numbers
from app.draw.type import Styled, width
from app.engine.digest import digest
from app.engine.program import Array, Shape, Trace
from app.engine.views import Card, Kind, View

CELL, CELL_HEIGHT, ELLIPSIS, ELLIPSIS_HEIGHT = 50.0, 19.0, 20.0, 14.0
BAR, PADDING, HEAD, GAP, FOOT, LINE = 5.0, 9.0, 25.0, 14.0, 8.0, 17.0
TITLE_SIZE, LABEL_SIZE, SMALL_SIZE = 15.5, 14.0, 11.5
TITLE_MOST = 330.0
LABEL_MOST = 170.0
CHARACTER = 7.2
"""What a cell grows by for one more digit."""
UNDER = 20.0
"""From a title to the label of what stands alone beneath it."""
SIGN = 22.0
"""Room for the sign that opens a card."""


@dataclass(frozen=True, slots=True)
class Block:
    """One array on a card, its value or its gradient: where its cells go."""

    part: str
    label: tuple[Styled, ...]
    shape: Shape
    grid: numbers.Grid
    x: float
    y: float
    """Where its label begins, and the line on which it stands."""
    columns: tuple[tuple[float, float], ...]
    """Left edge and width of each slot."""
    rows: tuple[tuple[float, float], ...]
    """Top edge and height of each slot."""
    sample: int | None = None
    """The slot of the row that belongs to the sample that is looked at."""


class Direction(StrEnum):
    """Where the loss stands, as seen from the inputs."""

    DOWN = "down"
    RIGHT = "right"


class Show(StrEnum):
    """What cards hold."""

    BOTH = "both"
    VALUES = "values"
    GRADIENTS = "gradients"


@dataclass(frozen=True, slots=True)
class Display:
    """How a picture is wanted: what its cards hold, how numbers are written, which sample is looked at, and where the loss stands."""

    show: Show = Show.BOTH
    form: numbers.Format = numbers.PLAIN
    sample: int | None = None
    direction: Direction = Direction.DOWN


AS_USUAL = Display()


@dataclass(frozen=True, slots=True)
class FrameCard:
    """A card without its numbers."""

    id: str
    kind: Kind
    node: int
    name: tuple[Styled, ...]
    title: tuple[Styled, ...]
    """What follows the name: = and the expression."""
    plain: str
    shape: str
    width: float
    height: float
    blocks: tuple[Block, ...]
    chain: bool
    group: str | None = None
    """The box it stands in."""
    opens: tuple[str, ...] = ()
    """The closed groups that are folded into it."""
    sign: float = 0.0
    """Where the sign that opens it begins, behind its title."""
    many: bool = False
    """It stands for several values."""


@dataclass(frozen=True, slots=True)
class FrameBox:
    """An open group around cards, and where it stands among the others: `parent` is the box around it."""

    id: str
    name: str
    parent: str | None


@dataclass(frozen=True, slots=True)
class FrameEdge:
    """An edge without its place. `aside` says over which axes the contribution is summed, in a few words."""

    id: str
    source: str
    target: str
    label: tuple[Styled, ...]
    aside: str
    width: float
    chain: bool
    short: tuple[Styled, ...] = ()
    """What stands for the label where there is no room for it: ∂u/∂b."""


@dataclass(frozen=True, slots=True)
class Frame:
    """All of a picture that the numbers do not change."""

    cards: tuple[FrameCard, ...]
    edges: tuple[FrameEdge, ...]
    loss: str
    boxes: tuple[FrameBox, ...] = ()
    """Outer ones first."""
    form: numbers.Format = numbers.PLAIN
    direction: Direction = Direction.DOWN

    def __hash__(self) -> int:
        # All of it would take longer than what is looked up by it.
        return hash((len(self.cards), len(self.edges), self.loss, self.form, self.direction))


@dataclass(frozen=True, slots=True)
class Labels:
    """The words on one picture, as the explanation has them: runs of text by card or edge id."""

    names: Mapping[str, Sequence[Styled]]
    titles: Mapping[str, Sequence[Styled]]
    gradients: Mapping[str, Sequence[Styled]]
    """∂loss/∂name, for the cards that have a gradient."""
    edges: Mapping[str, Sequence[Styled]]
    shorts: Mapping[str, Sequence[Styled]]
    """Of the edges that have a label, what stands for it where there is no room."""
    asides: Mapping[str, str]
    plain: Mapping[str, str]
    """The title of each card as plain text."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a block shows for one run: the text and tint of each cell, and a line where not all of them are shown."""

    cells: tuple[numbers.Cell, ...]
    line: str | None


def frame(
    view: View,
    kinds: Mapping[str, Kind],
    shapes: Sequence[Shape],
    labels: Labels,
    loss: str,
    *,
    display: Display = AS_USUAL,
    batched: Collection[int] = (),
) -> Frame:
    """Cards with their sizes, and edges with their labels, in the order of evaluation. `batched` are the nodes that hold a row a sample."""
    chain = _chain(view, kinds)
    steps = set(pairwise(chain))
    cards = [
        _card(card, kinds[card.id], shapes[card.node], labels, display, batched=card.node in batched, chain=card.id in chain)
        for card in view.cards
    ]
    edges = []
    for edge in view.edges:
        label, short = tuple(labels.edges.get(edge.id, ())), tuple(labels.shorts.get(edge.id, ()))
        aside = labels.asides.get(edge.id, "")
        if width(label, LABEL_SIZE) > LABEL_MOST:
            label, aside = short, ""
        space = width(label, LABEL_SIZE) + (6.0 + 0.46 * SMALL_SIZE * len(aside) if aside else 0.0)
        edges.append(FrameEdge(edge.id, edge.source, edge.target, label, aside, space, (edge.source, edge.target) in steps, short))
    boxes = tuple(FrameBox(box.id, box.name, box.parent) for box in view.boxes)
    return Frame(tuple(cards), tuple(edges), loss, boxes, display.form, display.direction)


def _card(card: Card, kind: Kind, shape: Shape, labels: Labels, display: Display, *, batched: bool, chain: bool) -> FrameCard:
    name = elided(labels.names[card.id], TITLE_SIZE, TITLE_MOST)
    title = elided(labels.titles[card.id], TITLE_SIZE, TITLE_MOST)
    size = "×".join(map(str, shape))
    head = width((*name, *title), TITLE_SIZE) + (10.0 + 0.5 * SMALL_SIZE * len(size) if size else 0.0)
    head += SIGN if card.opens else 0.0
    left = BAR + PADDING
    display = display if batched else replace(display, sample=None)
    blocks: list[Block] = []
    end, bottom = left + head, HEAD
    if display.show is not Show.GRADIENTS:
        value = _block("value", (), shape, (left, 0.0), display)
        blocks.append(value)
        end, bottom = max(end, left + _width(value, display.form)), _bottom(value)
    if display.show is not Show.VALUES and card.id in labels.gradients:
        label = elided(labels.gradients[card.id], LABEL_SIZE, LABEL_MOST)
        wide = width(label, LABEL_SIZE) + 2.0
        if not blocks or (len(blocks[0].rows) == 1 and len(blocks[0].columns) > 1):
            blocks.append(_block("gradient", label, shape, (left, bottom if blocks else UNDER), display))
            end, bottom = max(end, left + wide, left + _width(blocks[-1], display.form)), _bottom(blocks[-1])
        else:
            blocks.append(_block("gradient", label, shape, (end + GAP, 0.0), display))
            end += GAP + max(wide, _width(blocks[1], display.form))
    return FrameCard(
        card.id,
        kind,
        card.node,
        name,
        title,
        labels.plain[card.id],
        size,
        round(end + PADDING, 1),
        bottom + FOOT,
        tuple(blocks),
        chain,
        card.group,
        card.opens,
        round(left + head - SIGN + 4.0, 1),
        card.stands_for > 1,
    )


def _block(part: str, label: tuple[Styled, ...], shape: Shape, at: tuple[float, float], display: Display) -> Block:
    (x, y), sample = at, display.sample
    shown = numbers.grid(shape, sample)
    cell = CELL + CHARACTER * (display.form.width - numbers.PLAIN.width)
    columns, left = [], x
    for column in shown.columns:
        columns.append((left, ELLIPSIS if column is None else cell))
        left += columns[-1][1]
    rows, top = [], y + HEAD
    for row in shown.rows:
        rows.append((top, ELLIPSIS_HEIGHT if row is None else CELL_HEIGHT))
        top += rows[-1][1]
    lit = shown.rows.index(sample) if sample is not None and sample in shown.rows else None
    return Block(part, label, shape, shown, x, y, tuple(columns), tuple(rows), lit)


def _width(block: Block, form: numbers.Format) -> float:
    line = 0.0 if block.grid.complete else 0.46 * SMALL_SIZE * (28 + 3 * (form.width - numbers.PLAIN.width))
    return max(sum(column[1] for column in block.columns), line)


def _bottom(block: Block) -> float:
    top, height = block.rows[-1]
    return top + height + (0.0 if block.grid.complete else LINE)


def elided(runs: Sequence[Styled], size: float, most: float) -> tuple[Styled, ...]:
    """The runs, cut with an ellipsis where they are wider than `most`."""
    if width(runs, size) <= most:
        return tuple(runs)
    kept: list[Styled] = []
    for run in runs:
        if width([*kept, run, _Plain("…")], size) > most:
            fits = [
                n for n in range(len(run.text)) if width([*kept, _Plain(run.text[:n], run.italic, run.level), _Plain("…")], size) <= most
            ]
            kept.append(_Plain(run.text[: max(fits, default=0)], run.italic, run.level))
            break
        kept.append(run)
    return (*kept, _Plain("…"))


@dataclass(frozen=True, slots=True)
class _Plain:
    text: str
    italic: bool = False
    level: int = 0


def _chain(view: View, kinds: Mapping[str, Kind]) -> tuple[str, ...]:
    """The longest way from an input to the loss, from a data input where there is one: it is drawn straight."""
    length: dict[str, int] = {}
    after: dict[str, str] = {}
    incoming: dict[str, list[str]] = {}
    for edge in view.edges:
        incoming.setdefault(edge.target, []).append(edge.source)
    for card in reversed(view.cards):
        if kinds[card.id] is Kind.LOSS:
            length.setdefault(card.id, 0)
        if card.id in length:
            for source in incoming.get(card.id, []):
                if length[card.id] + 1 > length.get(source, -1):
                    length[source], after[source] = length[card.id] + 1, card.id
    starts = [card.id for card in view.cards if card.id in length and card.expression is None]
    if not starts:
        return ()
    start = max(starts, key=lambda name: (kinds[name] is Kind.DATA, length[name]))
    way = [start]
    while way[-1] in after:
        way.append(after[way[-1]])
    return tuple(way)


def paint(frame: Frame, trace: Trace) -> dict[str, dict[str, Numbers]]:
    """The numbers of one run for every card of the frame: part ("value", "gradient") by card id."""
    painted: dict[str, dict[str, Numbers]] = {}
    extents, gradients = digest(trace).extents, trace.graph.gradients
    for card in frame.cards:
        own = painted[card.id] = {}
        for block in card.blocks:
            index = card.node if block.part == "value" else gradients.get(card.node)
            if index is not None:
                known = extents.get(index)
                own[block.part] = numbers_of(trace.value(index), block.grid, frame.form, None if known is None else known.top)
    return painted


def numbers_of(
    array: Array, grid: numbers.Grid | None = None, form: numbers.Format = numbers.PLAIN, top: float | None = None
) -> Numbers:  # fmt: skip
    """What is shown of an array; `top` is its largest magnitude, if known."""
    grid = grid or numbers.grid(np.shape(array))
    return Numbers(tuple(numbers.cells(array, grid, form, top)), None if grid.complete else numbers.summary(array, form))


def spoken(painted: Numbers, most: int = 12) -> str:
    """A block's numbers as text, row by row; of many the first row, and of what is not all shown the summary."""
    if painted.line is not None:
        return painted.line
    rows: dict[int, list[str]] = {}
    for cell in painted.cells:
        rows.setdefault(cell.row, []).append(cell.text)
    if len(painted.cells) > most:
        return f"{len(painted.cells)} numbers: {' '.join(rows[0])} …"
    return "; ".join(" ".join(row) for row in rows.values())
