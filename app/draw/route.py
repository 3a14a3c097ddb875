"""How edges run: straight down where they can, else in right angles, along the channels between the rows of cards.

Every edge leaves a card at its foot and arrives at its head, at a port of its own. A way over several rows goes down a lane that is free
of cards. In each channel, ways that would lie on each other run on different levels, and the channel is as high as they need.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from app.draw.graph import Frame, FrameCard, FrameEdge

Point: TypeAlias = tuple[float, float]
Bar: TypeAlias = tuple[int, float, float]
"""A level way: in the channel below this row, from one x to another."""

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


@dataclass(frozen=True, slots=True)
class Route:
    """An edge: the corners of its line, first to last. Its label begins at `label`, and has so much `room`."""

    points: tuple[Point, ...]
    label: Point
    room: float


class _Rows:
    """Cards by row, from the top, with the lowest foot and the highest head of each."""

    def __init__(self, frame: Frame, middles: Sequence[Point]) -> None:
        self.at = {card.id: (middle, card) for card, middle in zip(frame.cards, middles, strict=True)}
        heights = sorted({round(y) for _, y in middles})
        self.row = {name: heights.index(round(y)) for name, ((_, y), _) in self.at.items()}
        self.cards: dict[int, list[tuple[Point, FrameCard]]] = defaultdict(list)
        for name, row in self.row.items():
            self.cards[row].append(self.at[name])
        self.floor = {row: max(y + card.height / 2 for (_, y), card in cards) for row, cards in self.cards.items()}
        self.ceiling = {row: min(y - card.height / 2 for (_, y), card in cards) for row, cards in self.cards.items()}

    def blocked(self, rows: Iterable[int]) -> list[tuple[float, float]]:
        """Where no lane can run through these rows."""
        return [
            (x - card.width / 2 - BESIDE, x + card.width / 2 + BESIDE) for row in rows for (x, _), card in self.cards[row]
        ]  # fmt: skip


def routes(frame: Frame, middles: Sequence[Point]) -> tuple[tuple[Point, ...], tuple[Route, ...]]:
    """The cards' middles, moved down where a channel needs to be higher, and a route for each edge."""
    rows = _Rows(frame, middles)
    start, end = _ports(frame.edges, rows)
    lane = _lanes(frame.edges, rows, start, end)
    bars: dict[int, list[Bar]] = {}
    for i, edge in enumerate(frame.edges):
        above, below = rows.row[edge.source], rows.row[edge.target] - 1
        ways = [(below, start[i], end[i])] if above == below else [(above, start[i], lane[i]), (below, lane[i], end[i])]
        bars[i] = [way for way in ways if abs(way[1] - way[2]) >= 1]
    level, count = _levels([bar for own in bars.values() for bar in own])
    drop = _drops(rows, count)
    room = _room(frame.edges, rows, start, lane)
    found = []
    for i, edge in enumerate(frame.edges):
        above, below = rows.row[edge.source], rows.row[edge.target]
        (_, sy), source = rows.at[edge.source]
        (_, ty), target = rows.at[edge.target]
        points = [(start[i], sy + source.height / 2 + drop[above])]
        for bar in bars[i]:
            channel, a, b = bar
            top = rows.floor[channel] + drop[channel] + FIRST_LEVEL
            bottom = rows.ceiling[channel + 1] + drop[channel + 1] - LAST_LEVEL
            y = top + (bottom - top) * (level[bar] / (count[channel] - 1) if count[channel] > 1 else 0.5)
            points += [(a, y), (b, y)]
        points.append((end[i], ty - target.height / 2 + drop[below]))
        label = (start[i] + 6, rows.floor[above] + drop[above] + LABEL_LINE)
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
        start.update(_spread(members, centre, x, card.width, [max(PORT, edges[i].width + LABEL_GAP) for i in members]))
    for name, members in arriving.items():
        (x, _), card = rows.at[name]
        members.sort(key=lambda i: (start[i], i))
        ways = [start[i] for i in members]
        if all(abs(way - x) <= card.width / 2 - CORNER for way in ways) and all(b - a >= PORT for a, b in pairwise(ways)):
            end.update(zip(members, ways, strict=True))
            continue
        centre = next((i for i in members if edges[i].chain), next((i for i in members if abs(start[i] - x) < 1), None))
        # Beside an edge that comes straight down stands its label.
        steps = [max(PORT, edges[i].width + LABEL_GAP) if i == centre else PORT for i in members]
        end.update(_spread(members, centre, x, card.width, steps))
    return start, end


def _spread(members: Sequence[int], centre: int | None, middle: float, width: float, steps: Sequence[float]) -> dict[int, float]:
    """Places from left to right, each edge's step apart from the next: `centre` in the middle, or all of them around it."""
    room = width / 2 - CORNER
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
        blocked += [(x - LANE, x + LANE) for other, x in taken if other.start < passed.stop and passed.start < other.stop]
        choices = [start[i], end[i], *(side for interval in blocked for side in interval)]
        free = [x for x in choices if not any(left < x < right for left, right in blocked)]
        found[i] = min(free, key=lambda x: abs(x - start[i]) + abs(x - end[i]))
        taken.append((passed, found[i]))
    return found


def _levels(bars: Sequence[Bar]) -> tuple[dict[Bar, int], dict[int, int]]:
    """A level for each bar, the shorter above the longer, and how many levels each channel has."""
    found: dict[Bar, int] = {}
    channels: dict[int, list[tuple[float, float, int]]] = defaultdict(list)
    for bar in sorted(bars, key=lambda bar: abs(bar[1] - bar[2])):
        channel, left, right = bar[0], min(bar[1:]) - LANE, max(bar[1:]) + LANE
        used = {level for a, b, level in channels[channel] if a < right and left < b}
        found[bar] = next(level for level in range(len(used) + 1) if level not in used)
        channels[channel].append((left, right, found[bar]))
    return found, defaultdict(int, {channel: max(level for *_, level in own) + 1 for channel, own in channels.items()})


def _drops(rows: _Rows, count: Mapping[int, int]) -> dict[int, float]:
    """How far each row moves down, so that the channels above it hold their levels."""
    found, total = {}, 0.0
    for row in sorted(rows.cards):
        found[row] = total
        if row + 1 in rows.cards:
            needed = FIRST_LEVEL + LAST_LEVEL + LEVEL * max(count[row] - 1, 0)
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
