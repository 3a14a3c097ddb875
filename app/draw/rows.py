"""A layout without Graphviz: cards in rows, each below what it is made from. It takes no time, and serves where Graphviz would take long.

Rows are found here for Graphviz's sake, too: the time it takes grows with the square of how many rows all edges together span.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from app.draw.graph import Direction, Frame
from app.draw.route import BOX, BOX_HEAD, Point

BETWEEN, APART = 39.0, 18.0
"""From row to row, and from card to card in a row."""


def ranks(frame: Frame) -> list[int]:
    """The row of each card: below all that it is made from. What is made from nothing stands just above what needs it first."""
    number = {card.id: i for i, card in enumerate(frame.cards)}
    into: dict[int, list[int]] = defaultdict(list)
    out: dict[int, list[int]] = defaultdict(list)
    for edge in frame.edges:
        into[number[edge.target]].append(number[edge.source])
        out[number[edge.source]].append(number[edge.target])
    found = [0] * len(frame.cards)
    for i in range(len(frame.cards)):
        # Cards come in the order of evaluation; a bundle of several may use what comes behind it.
        found[i] = 1 + max((found[j] for j in into[i] if j < i), default=-1)
    for i in range(len(frame.cards)):
        if not into[i] and out[i]:
            found[i] = max(0, min(found[j] for j in out[i]) - 1)
    return found


def span(frame: Frame) -> int:
    """How many rows all edges together go over; those between the same cards count once."""
    rank = dict(zip((card.id for card in frame.cards), ranks(frame), strict=True))
    return sum(abs(rank[target] - rank[source]) for source, target in {(edge.source, edge.target) for edge in frame.edges})


def rows(frame: Frame) -> list[Point]:
    """The middle of each card: the chain straight, each box beside what is not in it."""
    down = frame.direction is Direction.DOWN
    wide = [card.width if down else card.height for card in frame.cards]
    high = [card.height if down else card.width for card in frame.cards]
    rank = ranks(frame)
    across = _Across(frame, rank, wide).middles()
    depth = 1 + max((_depth(frame, box.id) for box in frame.boxes), default=-1)
    heights: dict[int, float] = defaultdict(float)
    for i, row in enumerate(rank):
        heights[row] = max(heights[row], high[i])
    middle, y = {}, 0.0
    for row in range(max(rank, default=0) + 1):
        middle[row] = y + heights[row] / 2
        y += heights[row] + BETWEEN + depth * (BOX + BOX_HEAD)
    points = [(across[i], middle[row]) for i, row in enumerate(rank)]
    return points if down else [(y, x) for x, y in points]


def _depth(frame: Frame, box: str) -> int:
    """How many boxes stand around one."""
    parents = {one.id: one.parent for one in frame.boxes}
    count, outer = 0, parents[box]
    while outer is not None:
        count, outer = count + 1, parents[outer]
    return count


class _Across:
    """Where cards stand in their rows. A box takes the same stretch of all the rows between its first and its last card."""

    def __init__(self, frame: Frame, rank: Sequence[int], wide: Sequence[float]) -> None:
        self.frame, self.rank, self.wide = frame, rank, wide
        self.cards: dict[str | None, list[int]] = defaultdict(list)
        for i, card in enumerate(frame.cards):
            self.cards[card.group].append(i)
        self.boxes: dict[str | None, list[str]] = defaultdict(list)
        for box in frame.boxes:
            self.boxes[box.parent].append(box.id)
        self.found: dict[int, float] = {}

    def middles(self) -> dict[int, float]:
        self._fill(None)
        return self.found

    def _fill(self, box: str | None) -> tuple[list[int], dict[int, float]]:
        """Places what is in a box, from 0 on: its cards, and how far they reach in each row."""
        mine = self.cards[box]
        chain = [i for i in mine if self.frame.cards[i].chain]
        reach: dict[int, float] = defaultdict(float)
        column = max((self.wide[i] for i in chain), default=0.0)
        for i in chain:
            # Two of the chain in one row cannot both stand in its column.
            self.found[i] = column / 2 if self.rank[i] not in reach else reach[self.rank[i]] + self.wide[i] / 2
            reach[self.rank[i]] = max(column, self.found[i] + self.wide[i] / 2) + APART
        for i in (i for i in mine if not self.frame.cards[i].chain):
            self.found[i] = reach[self.rank[i]] + self.wide[i] / 2
            reach[self.rank[i]] += self.wide[i] + APART
        inside = list(mine)
        for inner in self.boxes[box]:
            cards, far = self._fill(inner)
            first, last = min(self.rank[i] for i in cards), max(self.rank[i] for i in cards)
            left = max(reach[row] for row in range(first, last + 1)) + BOX
            for i in cards:
                self.found[i] += left
            right = left + max(far.values()) + BOX
            for row in range(first, last + 1):
                reach[row] = right + APART
            inside += cards
        return inside, reach
