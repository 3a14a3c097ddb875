"""Where cards stand: sizes in, positions out. Graphviz does it, in a process of its own that is killed at its deadline.

Graphviz gets numbers and nothing else: ids are n0, n1, …, and no word that a user wrote. It comes with pygraphviz's wheels; where
those do not exist, the `dot` program on PATH serves instead; without any, and where it would take too long, cards stand in plain rows.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TypeAlias

import anyio.to_thread
import graphviz

from app.draw.graph import Direction, Frame
from app.draw.route import BOX, BOX_HEAD, Point, Route, label_space, routes
from app.draw.rows import rows, span
from app.errors import Fault, LayoutError, LostError
from app.work import processes
from app.work.caches import store
from app.work.lanes import Lane
from app.work.times import timed

Rectangle: TypeAlias = tuple[float, float, float, float]
"""Left, top, width and height."""
MARGIN = 14.0
MEMORY = 512 * 1024 * 1024
"""Bytes that Graphviz may take."""
SMALL = 300
"""Rows that all edges together span, at most, in a graph that Graphviz lays out in a hundredth of a second."""
FAILURES = (TimeoutError, LostError, MemoryError, OSError, RuntimeError, ValueError, graphviz.ExecutableNotFound)
MANY = 250
"""Edges from which on routing them is left to a process, too."""
_HEAD = """digraph {{
graph [rankdir={} nodesep=0.25 ranksep=0.54 splines=false margin=0{}]
node [shape=box fixedsize=true label=""]
edge [arrowhead=none tailport={} headport={}]"""
_SIDES = {Direction.DOWN: ("TB", "s", "n"), Direction.RIGHT: ("LR", "e", "w")}
"""Graphviz's words for a direction, for the side where edges leave a card, and for the side where they arrive."""


@dataclass(frozen=True, slots=True)
class Step:
    """A way to lay out: with these words to Graphviz, for graphs whose edges span no more, in this share of the time."""

    words: str
    span: int
    share: float


STEPS = (Step("", 2_500, 0.6), Step(" nslimit=1 nslimit1=1 mclimit=0.1", 12_000, 0.4))
"""From the best to the fastest. Measured: at these spans the first takes half a second and the second one; 30 cards that all use each
other span 4,495 rows and take two seconds, 50 span 20,825 and take more than a minute."""
_NUMBERS = "Its numbers are to be had as JSON; a smaller program can be drawn."
_graphviz_lock = Lock()
log = logging.getLogger("curlyd")


@dataclass(frozen=True, eq=False, slots=True)
class Positions:
    """The middle of each card and the route of each edge, in the order of the frame; y grows downwards from 0, x from `left`."""

    left: float
    width: float
    height: float
    cards: tuple[Point, ...]
    routes: tuple[Route, ...]
    boxes: tuple[Rectangle, ...] = ()
    """In the order of the frame's boxes."""


async def positions(frame: Frame, seconds: float, lane: Lane | None = None, *, cached: bool = True) -> Positions:
    """Positions for a frame; what has the same structure is laid out once, unless `cached` is false.

    Where Graphviz would take longer than `seconds`, fails, or is not there, the cards stand in plain rows.

    Raises:
        BusyError: there is no place in the lane.
        LayoutError: there are so many edges that not even routing them was done in time.
    """
    key = dot(frame)
    kept: Positions | None = store.get("layouts", key)[1] if cached else None
    if kept is not None:
        return kept
    if lane is None:
        found, whole = await _laid_out(frame, seconds)
    else:
        async with lane.place():
            found, whole = await _laid_out(frame, seconds)
    if whole:
        store.put("layouts", key, found, 2 * len(key) + 500 * (len(frame.cards) + len(frame.edges)))
    return found


async def _laid_out(frame: Frame, seconds: float) -> tuple[Positions, bool]:
    """Positions, and whether they are worth keeping: the next time it may go better."""
    with timed("layout"):
        whole, wide = True, span(frame)
        if wide <= SMALL and processes.standing() == 0:
            # They are being started, or replaced: meanwhile what takes no time is done here.
            try:
                return await _routed(frame, seconds, await anyio.to_thread.run_sync(_alone, dot(frame))), True
            except FAILURES:
                log.warning("The layout engine failed here")
        for step in STEPS:
            if wide > step.span:
                continue
            try:
                answer = await processes.run(_graphviz, dot(frame, step.words), seconds=step.share * seconds, memory=MEMORY)
                return await _routed(frame, seconds, answer), whole
            except FAILURES as error:
                log.warning("The layout engine failed: %s", type(error).__name__)
                # What took too long once does so again; a process that was killed may have been killed for another's sake.
                whole = whole and isinstance(error, TimeoutError)
        return await _routed(frame, seconds, None), whole


async def _routed(frame: Frame, seconds: float, answer: bytes | None) -> Positions:
    """Positions from Graphviz's answer, or in plain rows."""
    if len(frame.edges) > MANY:
        try:
            return await processes.run(_read, answer, frame, seconds=seconds, memory=MEMORY)
        except (TimeoutError, MemoryError):
            raise LayoutError(Fault(f"The edges could not be routed within {seconds:g} seconds.", hint=_NUMBERS)) from None
    return await anyio.to_thread.run_sync(_read, answer, frame)


def _alone(text: str) -> bytes:
    """Graphviz's account, one after the other: it keeps to itself what it is doing."""
    with _graphviz_lock:
        return _graphviz(text)


def warm() -> bool:
    """Draws a first graph, in a process that stands ready: whether that could be done."""
    try:
        return bool(_graphviz("digraph {}"))
    except FAILURES:
        return False


def dot(frame: Frame, words: str = "") -> str:
    """The frame in Graphviz's language: sizes in inches, and which cards lie on the straight chain. No words, so nothing needs quoting.

    An edge's `space` says nothing to Graphviz: it makes the text tell apart what is routed differently.
    """
    number = {card.id: i for i, card in enumerate(frame.cards)}
    rankdir, *sides = _SIDES[frame.direction]
    lines = [_HEAD.format(rankdir, words, *sides)]
    inside: dict[str | None, list[str]] = {box.id: [] for box in frame.boxes} | {None: lines}
    for i, card in enumerate(frame.cards):
        group = " group=chain" if card.chain else ""
        inside[card.group].append(f"n{i} [width={card.width / 72:.4f} height={card.height / 72:.4f}{group}]")
    for i, box in reversed([*enumerate(frame.boxes)]):
        inside[box.parent] += [f"subgraph cluster{i} {{ margin={BOX_HEAD}", *inside[box.id], "}"]
    for edge in frame.edges:
        weight = 100 if edge.chain else 2
        lines.append(f"n{number[edge.source]} -> n{number[edge.target]} [weight={weight} space={label_space(edge, frame.direction):.1f}]")
    return "\n".join([*lines, "}"])


def _graphviz(text: str) -> bytes:
    """Graphviz's plain account of the laid-out graph; runs in the worker process."""
    try:
        import pygraphviz
    except ImportError:
        return bytes(graphviz.Source(text).pipe(format="plain"))
    found = pygraphviz.AGraph(string=text).draw(format="plain", prog="dot")
    assert isinstance(found, bytes)
    return found


def _read(answer: bytes | None, frame: Frame) -> Positions:
    """Positions in pixels, from Graphviz's answer, or in plain rows."""
    if answer is None:
        points = rows(frame)
        width = max((x + card.width / 2 for card, (x, _) in zip(frame.cards, points, strict=True)), default=0.0)
        return _placed(frame, [(round(x + MARGIN, 1), round(y + MARGIN, 1)) for x, y in points], width)
    return _placed(frame, *_plain(answer, len(frame.cards)))


def _plain(answer: bytes, count: int) -> tuple[list[Point], float]:
    """The middles of the cards, and the width of all, from lines such as `graph 1 8.2 11.5` and `node n0 1.5 11 …`, in inches from the
    bottom left."""
    stand: dict[str, Point] = {}
    width = height = 0.0
    for line in answer.decode().splitlines():
        kind, *words = line.split()
        if kind == "graph":
            width, height = 72 * float(words[1]), 72 * float(words[2])
        elif kind == "node":
            x, y = 72 * float(words[1]), height - 72 * float(words[2])
            stand[words[0]] = round(x + MARGIN, 1), round(y + MARGIN, 1)
    return [stand[f"n{i}"] for i in range(count)], width


def _placed(frame: Frame, middles: Sequence[Point], width: float) -> Positions:
    """The cards with the routes between them, and the boxes around them."""
    cards, ways = _below_zero(*routes(frame, middles))
    boxes = _boxes(frame, cards)
    points = [point for way in ways for point in way.points]
    labels = [way.label[0] + min(edge.width, way.room) for edge, way in zip(frame.edges, ways, strict=True)]
    if frame.direction is Direction.RIGHT:
        # Graphviz does not know how far the routes have moved its cards.
        width = max(x + card.width / 2 for card, (x, _) in zip(frame.cards, cards, strict=True)) - MARGIN
    feet = [y + card.height / 2 for card, (_, y) in zip(frame.cards, cards, strict=True)]
    left = min([0.0, *(x - MARGIN for x, _ in points), *(x - MARGIN / 2 for x, *_ in boxes)])
    right = max([width + MARGIN, *(x for x, _ in points), *labels]) + MARGIN
    foot = max([*feet, *(y for _, y in points)]) + MARGIN
    if boxes:
        right = max(right, max(x + w for x, _, w, _ in boxes) + MARGIN / 2)
        foot = max(foot, max(y + h for _, y, _, h in boxes) + MARGIN / 2)
    return Positions(round(left, 1), round(right - left, 1), round(foot, 1), cards, ways, boxes)


def _below_zero(cards: tuple[Point, ...], ways: tuple[Route, ...]) -> tuple[tuple[Point, ...], tuple[Route, ...]]:
    """The same, moved down where an edge passes above all cards and would leave the picture."""
    top = min((y for way in ways for _, y in way.points), default=MARGIN) - MARGIN
    if top >= 0:
        return cards, ways
    return tuple((x, y - top) for x, y in cards), tuple(way.lowered(-top) for way in ways)


def _boxes(frame: Frame, cards: Sequence[Point]) -> tuple[Rectangle, ...]:
    """A rectangle around the cards of each box, and around the boxes within it."""
    sides: dict[str, list[Rectangle]] = {box.id: [] for box in frame.boxes}
    for card, (x, y) in zip(frame.cards, cards, strict=True):
        if card.group is not None:
            sides[card.group].append((x - card.width / 2, y - card.height / 2, x + card.width / 2, y + card.height / 2))
    found: dict[str, Rectangle] = {}
    for box in reversed(frame.boxes):
        lefts, tops, rights, feet = zip(*sides[box.id], strict=True)
        left, top, right, foot = min(lefts) - BOX, min(tops) - BOX_HEAD, max(rights) + BOX, max(feet) + BOX
        found[box.id] = (round(left, 1), round(top, 1), round(right - left, 1), round(foot - top, 1))
        if box.parent is not None:
            sides[box.parent].append((left, top, right, foot))
    return tuple(found[box.id] for box in frame.boxes)
