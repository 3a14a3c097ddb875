"""How edges run: straight down where they can, else in right angles, along the channels between the rows of cards.

Every edge leaves a card at its foot and arrives at its head, at a port of its own. A way over several rows goes down a lane that is free
of cards. In each channel, ways that would lie on each other run on different levels, and the channel is as high as they need.

To the right it is the same with x and y exchanged, but for the labels: text stays level, so a label lies along its edge, on top of it,
and the levels begin only behind the labels.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TypeAlias

from app.draw.graph import LABEL_SIZE, Direction, Frame, FrameCard, FrameEdge
from app.draw.type import width

Point: TypeAlias = tuple[float, float]
Bar: TypeAlias = tuple[int, float, float]
"""A level way: in the channel below this row, from one x to another."""

BOX, BOX_HEAD = 10.0, 22.0
"""From a box's border to what is in it; above it there is room for its name."""
PORT = 22.0
"""Between two edges at one card, at least, where the card is wide enough."""
CORNER = 12.0
"""From the last edge to the corner of its card."""
LANE, BESIDE = 9.0, 12.0
"""Between two lanes; between a lane and a card."""
LABEL_GAP = 12.0
"""Between a label and the next edge."""
LABEL_LINE, FIRST_LEVEL, LAST_LEVEL, LEVEL = 14.0, 19.0, 12.0, 8.0
"""In a channel: the labels' line and the first level from above, the last level from below, and from level to level."""
CROWDED = 2500
"""Stretches of ways up to which there is room for labels beside them."""
TANGLED = 100
"""Ways in one channel up to which an order is sought in which few cross."""
LABEL_LONG = 120.0
"""A label along its edge widens the channel up to so much; its short form stands for one that is longer."""
LABEL_HEIGHT, LABEL_RISE = 16.0, 5.0
"""Above its edge: what a label needs, and the line it stands on."""
LABEL_INDENT, LABEL_END = 6.0, 5.0
"""Along its edge: from the card to the label, and from there, at least, to what crosses the edge."""


@dataclass(frozen=True, slots=True)
class Route:
    """An edge: the corners of its line, first to last. Its label begins at `label`, and has so much `room`."""

    points: tuple[Point, ...]
    label: Point
    room: float

    def lowered(self, by: float) -> Route:
        """The same further down."""
        return Route(tuple((x, y + by) for x, y in self.points), (self.label[0], self.label[1] + by), self.room)


class _Rows:
    """Cards by row, from the top, with the lowest foot and the highest head of each.

    To the right, a box counts too: labels, levels and lanes keep clear of its border, and lanes of its name.
    """

    def __init__(self, frame: Frame, middles: Sequence[Point]) -> None:
        self.at = {card.id: (middle, card) for card, middle in zip(frame.cards, middles, strict=True)}
        heights = sorted({round(y) for _, y in middles})
        self.row = {name: heights.index(round(y)) for name, ((_, y), _) in self.at.items()}
        self.cards: dict[int, list[tuple[Point, FrameCard]]] = defaultdict(list)
        for name, row in self.row.items():
            self.cards[row].append(self.at[name])
        self.floor = {row: max(y + card.height / 2 for (_, y), card in cards) for row, cards in self.cards.items()}
        self.ceiling = {row: min(y - card.height / 2 for (_, y), card in cards) for row, cards in self.cards.items()}
        self.before, self.after = dict.fromkeys(self.at, BESIDE), dict.fromkeys(self.at, BESIDE)
        self.foot = {name: y + card.height / 2 for name, ((_, y), card) in self.at.items()}
        # Cards are low, and their edges lie close to each other: there the ports need all of a side, and every lane a place of its own.
        beside = frame.direction is Direction.RIGHT
        self.corner, self.apart = (CORNER / 2, 1) if beside else (CORNER, 0)
        if beside:
            self._bound(frame)

    def _bound(self, frame: Frame) -> None:
        """Widens the rows by the boxes that begin or end there, and each card's surroundings by the boxes around it."""
        head = {name: y - card.height / 2 for name, ((_, y), card) in self.at.items()}
        inside = {box.id: [card.id for card in frame.cards if card.group == box.id] for box in frame.boxes}
        for box in reversed(frame.boxes):
            first, last = min(self.row[name] for name in inside[box.id]), max(self.row[name] for name in inside[box.id])
            begins, ends = ([name for name in inside[box.id] if self.row[name] == row] for row in (first, last))
            begin, end = min(head[name] for name in begins) - BOX, max(self.foot[name] for name in ends) + BOX
            head |= dict.fromkeys(begins, begin)
            self.foot |= dict.fromkeys(ends, end)
            self.ceiling[first], self.floor[last] = min(self.ceiling[first], begin), max(self.floor[last], end)
            self.before |= {name: self.before[name] + BOX_HEAD for name in inside[box.id]}
            self.after |= {name: self.after[name] + BOX for name in inside[box.id]}
            if box.parent is not None:
                inside[box.parent] += inside[box.id]

    def blocked(self, rows: Iterable[int]) -> list[tuple[float, float]]:
        """Where no lane can run through these rows."""
        return [
            (x - card.width / 2 - self.before[card.id], x + card.width / 2 + self.after[card.id])
            for row in rows for (x, _), card in self.cards[row]
        ]  # fmt: skip


def routes(frame: Frame, middles: Sequence[Point]) -> tuple[tuple[Point, ...], tuple[Route, ...]]:
    """The cards' middles, moved on where a channel needs more room, and a route for each edge."""
    if frame.direction is Direction.DOWN:
        return _down(frame, middles, [0.0] * len(frame.edges))
    spaces = [label_space(edge, frame.direction) for edge in frame.edges]
    cards = tuple(replace(card, width=card.height, height=card.width) for card in frame.cards)
    # Side by side, labels along their edges need no more than the edges do.
    edges = tuple(replace(edge, width=0.0) for edge in frame.edges)
    reach = [space + 2 * LABEL_INDENT if space else 0.0 for space in spaces]
    moved, ways = _down(replace(frame, cards=cards, edges=edges), [(y, x) for x, y in middles], reach)
    lines = [tuple((x, y) for y, x in way.points) for way in ways]
    labels = [(x, y) for y, x in (way.label for way in ways)]
    found = (Route(line, label, room) for line, label, room in zip(lines, labels, _room_along(lines, labels), strict=True))
    return tuple((x, y) for y, x in moved), tuple(found)


def label_space(edge: FrameEdge, direction: Direction) -> float:
    """How wide an edge's label is where there is room for it; along the edge, of a long one the short form."""
    return edge.width if direction is Direction.DOWN or edge.width <= LABEL_LONG else width(edge.short, LABEL_SIZE)


def _down(frame: Frame, middles: Sequence[Point], reach: Sequence[float]) -> tuple[tuple[Point, ...], tuple[Route, ...]]:
    """Routes from row to row. Behind its card, or the border of a box, each edge runs straight and uncrossed for its `reach`."""
    rows = _Rows(frame, middles)
    start, end = _ports(frame.edges, rows)
    if frame.direction is Direction.RIGHT:
        end = _parted(frame.edges, rows, start, end)
    lane = _lanes(frame.edges, rows, start, end)
    bars: dict[int, list[Bar]] = {}
    for i, edge in enumerate(frame.edges):
        above, below = rows.row[edge.source], rows.row[edge.target] - 1
        ways = [(below, start[i], end[i])] if above == below else [(above, start[i], lane[i]), (below, lane[i], end[i])]
        bars[i] = [way for way in ways if abs(way[1] - way[2]) >= 1]
    every = [bar for own in bars.values() for bar in own]
    level, count = _levels(sorted(every, key=_length) if frame.direction is Direction.DOWN else _untangled(every))
    first = _first(frame.edges, rows, reach)
    drop = _drops(rows, count, first)
    room = _room(frame.edges, rows, start, lane)
    found = []
    for i, edge in enumerate(frame.edges):
        above, below = rows.row[edge.source], rows.row[edge.target]
        (_, sy), source = rows.at[edge.source]
        (_, ty), target = rows.at[edge.target]
        points = [(start[i], sy + source.height / 2 + drop[above])]
        for bar in bars[i]:
            channel, a, b = bar
            top = rows.floor[channel] + drop[channel] + first[channel]
            bottom = rows.ceiling[channel + 1] + drop[channel + 1] - LAST_LEVEL
            y = top + (bottom - top) * (level[bar] / (count[channel] - 1) if count[channel] > 1 else 0.5)
            points += [(a, y), (b, y)]
        points.append((end[i], ty - target.height / 2 + drop[below]))
        if frame.direction is Direction.DOWN:
            label = (start[i] + 6, rows.floor[above] + drop[above] + LABEL_LINE)
        else:
            label = (start[i] - LABEL_RISE, rows.foot[edge.source] + drop[above] + LABEL_INDENT)
        found.append(Route(tuple(points), label, room[i]))
    moved = tuple((x, y + drop[rows.row[card.id]]) for card, (x, y) in zip(frame.cards, middles, strict=True))
    return moved, tuple(found)


def _ports(edges: Sequence[FrameEdge], rows: _Rows) -> tuple[dict[int, float], dict[int, float]]:
    """Where each edge leaves its source and reaches its target: in the order of the cards they lead to, or come from;
    straight below where it left, if that suits all edges of the target."""
    leaving, arriving = defaultdict(list), defaultdict(list)
    for i, edge in enumerate(edges):
        leaving[edge.source].append(i)
        arriving[edge.target].append(i)
    start: dict[int, float] = {}
    end: dict[int, float] = {}
    for name, members in leaving.items():
        (x, _), card = rows.at[name]
        members.sort(key=lambda i: (rows.at[edges[i].target][0][0], i))
        centre = next((i for i in members if edges[i].chain), None)
        start.update(_spread(members, centre, x, card.width / 2 - rows.corner, [max(PORT, edges[i].width + LABEL_GAP) for i in members]))
    for name, members in arriving.items():
        (x, _), card = rows.at[name]
        members.sort(key=lambda i: (start[i], i))
        ways = [start[i] for i in members]
        if all(abs(way - x) <= card.width / 2 - rows.corner for way in ways) and all(b - a >= PORT for a, b in pairwise(ways)):
            end.update(zip(members, ways, strict=True))
            continue
        centre = next((i for i in members if edges[i].chain), next((i for i in members if abs(start[i] - x) < 1), None))
        # Beside an edge that comes straight down stands its label.
        steps = [max(PORT, edges[i].width + LABEL_GAP) if i == centre else PORT for i in members]
        end.update(_spread(members, centre, x, card.width / 2 - rows.corner, steps))
    return start, end


def _parted(edges: Sequence[FrameEdge], rows: _Rows, start: Mapping[int, float], end: Mapping[int, float]) -> dict[int, float]:
    """Ports of arrival, moved a little where a bent way would arrive in line with another that leaves in the same channel."""
    found = dict(end)
    leaving, arriving = defaultdict(list), defaultdict(list)
    for i, edge in enumerate(edges):
        leaving[rows.row[edge.source]].append(i)
        arriving[edge.target].append(i)
    for i, edge in enumerate(edges):
        (x, _), card = rows.at[edge.target]
        before = rows.row[edge.target] - 1
        if abs(start[i] - end[i]) < 1 and rows.row[edge.source] == before:
            continue
        others = [start[j] for j in leaving[before] if j != i] + [found[j] for j in arriving[edge.target] if j != i]
        room = card.width / 2 - rows.corner
        choices = [end[i], *(end[i] + by for by in (LANE, -LANE) if abs(end[i] + by - x) <= room)]
        found[i] = next((place for place in choices if all(abs(place - other) >= LEVEL for other in others)), end[i])
    return found


def _spread(members: Sequence[int], centre: int | None, middle: float, room: float, steps: Sequence[float]) -> dict[int, float]:
    """Places from left to right, each edge's step apart from the next: `centre` in the middle, or all of them around it.

    The `room` is what there is on either side of the middle.
    """
    if centre is None:
        fitted = _fitted(steps[:-1], 2 * room)
        places = [middle - sum(fitted) / 2 + sum(fitted[:k]) for k in range(len(members))]
    else:
        index = members.index(centre)
        left, right = _fitted(steps[:index], room), _fitted(steps[index:-1], room)
        places = [middle - sum(left[k:]) for k in range(index)] + [middle + sum(right[:k]) for k in range(len(members) - index)]
    return dict(zip(members, places, strict=True))


def _fitted(steps: Sequence[float], room: float) -> list[float]:
    """The steps, made smaller where they need more than there is: what exceeds the least step first, then the least itself."""
    if sum(steps) <= room:
        return list(steps)
    least = min(PORT, room / len(steps))
    share = (room - least * len(steps)) / (sum(steps) - least * len(steps))
    return [least + share * (step - least) for step in steps]


def _lanes(edges: Sequence[FrameEdge], rows: _Rows, start: Mapping[int, float], end: Mapping[int, float]) -> dict[int, float]:
    """For each edge over several rows the x at which it goes down: free of cards and of other lanes, with the least detour."""
    found: dict[int, float] = {}
    taken: list[tuple[range, float]] = []
    for i, edge in enumerate(edges):
        passed = range(rows.row[edge.source] + 1, rows.row[edge.target])
        if not passed:
            continue
        blocked = rows.blocked(passed)
        blocked += [
            (x - LANE, x + LANE) for other, x in taken if other.start < passed.stop + rows.apart and passed.start < other.stop + rows.apart
        ]
        walls = _merged(blocked)
        choices = [x for x in (start[i], end[i]) if not any(left < x < right for left, right in walls)]
        choices += [side for wall in walls for side in wall]
        found[i] = min(choices, key=lambda x: abs(x - start[i]) + abs(x - end[i]))
        taken.append((passed, found[i]))
    return found


def _merged(intervals: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """The same stretches, those that overlap put together; where two only touch there is a way between them."""
    found: list[tuple[float, float]] = []
    for left, right in sorted(intervals):
        if found and left < found[-1][1]:
            found[-1] = (found[-1][0], max(right, found[-1][1]))
        else:
            found.append((left, right))
    return found


def _levels(bars: Sequence[Bar]) -> tuple[dict[Bar, int], dict[int, int]]:
    """A level for each bar, from above in their order, and how many levels each channel has."""
    found: dict[Bar, int] = {}
    channels: dict[int, list[tuple[float, float, int]]] = defaultdict(list)
    for bar in bars:
        channel, left, right = bar[0], min(bar[1:]) - LANE, max(bar[1:]) + LANE
        used = {level for a, b, level in channels[channel] if a < right and left < b}
        found[bar] = next(level for level in range(len(used) + 1) if level not in used)
        channels[channel].append((left, right, found[bar]))
    return found, defaultdict(int, {channel: max(level for *_, level in own) + 1 for channel, own in channels.items()})


def _first(edges: Sequence[FrameEdge], rows: _Rows, reach: Sequence[float]) -> dict[int, float]:
    """How far below each row the first level lies."""
    found = dict.fromkeys(rows.cards, FIRST_LEVEL)
    for edge, length in zip(edges, reach, strict=True):
        row = rows.row[edge.source]
        found[row] = max(found[row], rows.foot[edge.source] + length - rows.floor[row])
    return found


def _length(bar: Bar) -> float:
    return abs(bar[1] - bar[2])


def _untangled(bars: Sequence[Bar]) -> list[Bar]:
    """The bars in an order in which few ways cross: each before those that it would cross from behind; shorter ones first."""

    def crossings(bar: Bar, behind: Bar) -> int:
        # Where one arrives at the height at which the other left, their lines would lie on each other.
        shared = 10 * (abs(bar[2] - behind[1]) < LEVEL)
        return shared + (min(behind[1:]) < bar[2] < max(behind[1:])) + (min(bar[1:]) < behind[1] < max(bar[1:]))

    channels: dict[int, list[Bar]] = defaultdict(list)
    for bar in bars:
        channels[bar[0]].append(bar)

    def cost(bar: Bar) -> int:
        own = channels[bar[0]]
        # Where so many cross, no order helps.
        return sum(crossings(bar, other) - crossings(other, bar) for other in own) if len(own) <= TANGLED else 0

    return sorted(bars, key=lambda bar: (cost(bar), _length(bar)))


def _drops(rows: _Rows, count: Mapping[int, int], first: Mapping[int, float]) -> dict[int, float]:
    """How far each row moves down, so that the channels above it hold their levels."""
    found, total = {}, 0.0
    for row in sorted(rows.cards):
        found[row] = total
        if row + 1 in rows.cards:
            needed = first[row] + LAST_LEVEL + LEVEL * max(count[row] - 1, 0)
            total += max(0.0, needed - (rows.ceiling[row + 1] - rows.floor[row]))
    return found


def _room(edges: Sequence[FrameEdge], rows: _Rows, start: Mapping[int, float], lane: Mapping[int, float]) -> dict[int, float]:
    """How wide each label may be: up to the next edge that leaves the same row, or passes it."""
    there = defaultdict(list)
    for i, edge in enumerate(edges):
        there[rows.row[edge.source]].append(start[i])
        for row in range(rows.row[edge.source] + 1, rows.row[edge.target]):
            there[row].append(lane[i])
    found = {}
    for i, edge in enumerate(edges):
        following = [x for x in there[rows.row[edge.source]] if x > start[i]]
        found[i] = min(following) - start[i] - LABEL_GAP if following else float("inf")
    return found


def _room_along(lines: Sequence[Sequence[Point]], labels: Sequence[Point]) -> list[float]:
    """How wide each label on top of its edge may be: up to the head of the edge, or to what first comes into its way."""
    pieces = [(i, k, a, b) for i, line in enumerate(lines) for k, (a, b) in enumerate(pairwise(line))]
    if len(pieces) > CROWDED:
        return [0.0] * len(lines)
    found = []
    for i, (line, (x, _)) in enumerate(zip(lines, labels, strict=True)):
        y = line[0][1]
        ends = [
            min(a[0], b[0]) for j, k, a, b in pieces
            if (i, 0) != (j, k) and max(a[0], b[0]) > x and min(a[1], b[1]) <= y and max(a[1], b[1]) > y - LABEL_HEIGHT
        ]  # fmt: skip
        found.append(max(0.0, min([line[-1][0] - LABEL_INDENT, *ends]) - x - LABEL_END))
    return found
