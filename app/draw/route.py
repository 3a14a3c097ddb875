"""How edges run. Between neighbouring rows: straight down where a card stands above the other, else along the channel
between the rows, in right angles, each edge on a level of its own. Longer ways keep Graphviz's curve around the cards."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from app.draw.graph import Frame, FrameEdge

Point: TypeAlias = tuple[float, float]

PORT = 22.0
"""Between two edges at one card."""
EDGE_ROOM = 12.0
"""From the last edge to the corner of its card."""
FIRST_LEVEL, LAST_LEVEL = 18.0, 11.0
"""Room in the channel above the first level, for labels, and below the last, for arrow heads."""


@dataclass(frozen=True, slots=True)
class Route:
    """An edge: corners of a line, or the points of its cubic Bézier curves; first to last. `label` is where its text begins."""

    points: tuple[Point, ...]
    curved: bool
    label: Point


def routes(frame: Frame, middles: Sequence[Point], curves: Sequence[tuple[Point, ...]]) -> tuple[Route, ...]:
    """A route for each edge, given the cards' middles and Graphviz's curves."""
    at = {card.id: (middle, card) for card, middle in zip(frame.cards, middles, strict=True)}
    rows = sorted({round(middle[1]) for middle in middles})
    row = {name: rows.index(round(middle[1])) for name, (middle, _) in at.items()}
    floor = {i: max(m[1] + c.height / 2 for n, (m, c) in at.items() if row[n] == i) for i in range(len(rows))}
    ceiling = {i: min(m[1] - c.height / 2 for n, (m, c) in at.items() if row[n] == i) for i in range(len(rows))}
    near = [i for i, edge in enumerate(frame.edges) if row[edge.target] == row[edge.source] + 1]
    leaving, arriving = defaultdict(list), defaultdict(list)
    for i in near:
        leaving[frame.edges[i].source].append(i)
        arriving[frame.edges[i].target].append(i)
    x_of = {name: middle[0] for name, (middle, _) in at.items()}
    start: dict[int, float] = {}
    end: dict[int, float] = {}
    for name, edges in leaving.items():
        edges.sort(key=lambda i: (x_of[frame.edges[i].target], i))
        start.update(_ports(edges, x_of[name], at[name][1].width, frame.edges, set()))
    for name, edges in arriving.items():
        edges.sort(key=lambda i: (start[i], i))
        straight = {i for i in edges if abs(start[i] - x_of[name]) < 1}
        end.update(_ports(edges, x_of[name], at[name][1].width, frame.edges, straight))
    level = _levels(frame.edges, near, row, start, end)
    found = []
    for i, edge in enumerate(frame.edges):
        (_, sy), source = at[edge.source]
        (_, ty), target = at[edge.target]
        top = sy + source.height / 2
        if i not in start:
            points = curves[i]
            found.append(Route(points, True, (points[0][0] + 8, points[0][1] + 16)))
            continue
        bottom = ty - target.height / 2
        if abs(start[i] - end[i]) < 1:
            points = ((start[i], top), (start[i], bottom))
        else:
            first, last = floor[row[edge.source]] + FIRST_LEVEL, ceiling[row[edge.target]] - LAST_LEVEL
            place, count = level[i]
            y = first + (last - first) * (place / (count - 1) if count > 1 else 0.5)
            points = ((start[i], top), (start[i], y), (end[i], y), (end[i], bottom))
        found.append(Route(points, False, (start[i] + 6, top + 14)))
    return tuple(found)


def _ports(edges: Sequence[int], middle: float, width: float, all_edges: Sequence[FrameEdge], straight: set[int]) -> dict[int, float]:
    """Where edges leave or reach a card, in their order from left to right: the chain's in the middle, the others beside it."""
    if len(edges) == 1 and not straight:
        return {edges[0]: middle}
    centre = next((i for i in edges if all_edges[i].chain), next(iter(straight), None))
    if centre is None:
        step = min(PORT, (width - 2 * EDGE_ROOM) / max(len(edges) - 1, 1))
        return {i: middle + step * (k - (len(edges) - 1) / 2) for k, i in enumerate(edges)}
    found = {centre: middle}
    index = edges.index(centre)
    for side, others in ((-1, edges[:index][::-1]), (1, edges[index + 1 :])):
        room = width / 2 - EDGE_ROOM
        clear = min(PORT if side < 0 else max(PORT, all_edges[centre].width + 20), room)
        step = min(PORT, (room - clear) / max(len(others) - 1, 1)) or PORT / 2
        for k, i in enumerate(others):
            found[i] = middle + side * min(clear + k * step, room)
    return found


def _levels(
    edges: Sequence[FrameEdge], near: Sequence[int], row: dict[str, int], start: dict[int, float], end: dict[int, float]
) -> dict[int, tuple[int, int]]:
    """For each bent edge its level in its channel, and how many there are: the shorter way runs above the longer."""
    channels = defaultdict(list)
    for i in near:
        if abs(start[i] - end[i]) >= 1:
            channels[row[edges[i].source]].append(i)
    found = {}
    for members in channels.values():
        members.sort(key=lambda i: (abs(start[i] - end[i]), i))
        for place, i in enumerate(members):
            found[i] = (place, len(members))
    return found
