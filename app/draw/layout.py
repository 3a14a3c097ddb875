"""Where cards stand: sizes in, positions out. Graphviz does it, in a process of its own that is killed at its deadline.

Graphviz gets numbers and nothing else: ids are n0, n1, …, and no word that a user wrote. It comes with pygraphviz's wheels; where
those do not exist, the `dot` program on PATH serves instead.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import anyio
import anyio.to_process
import anyio.to_thread
import graphviz

from app.draw.graph import Direction, Frame
from app.draw.route import BOX, BOX_HEAD, Point, Route, label_space, routes
from app.errors import Fault, LayoutError, NoLayoutEngineError

Rectangle: TypeAlias = tuple[float, float, float, float]
"""Left, top, width and height."""
MARGIN = 14.0
_CACHED = 512
_HEAD = """digraph {{
graph [rankdir={} nodesep=0.25 ranksep=0.54 splines=false margin=0]
node [shape=box fixedsize=true label=""]
edge [arrowhead=none tailport={} headport={}]"""
_SIDES = {Direction.DOWN: ("TB", "s", "n"), Direction.RIGHT: ("LR", "e", "w")}
"""Graphviz's words for a direction, for the side where edges leave a card, and for the side where they arrive."""


@dataclass(frozen=True, slots=True)
class Positions:
    """The middle of each card and the route of each edge, in the order of the frame; y grows downwards from 0, x from `left`."""

    left: float
    width: float
    height: float
    cards: tuple[Point, ...]
    routes: tuple[Route, ...]
    boxes: tuple[Rectangle, ...] = ()
    """In the order of the frame's boxes."""


_cache: OrderedDict[str, Positions] = OrderedDict()


async def positions(frame: Frame, seconds: float, *, cached: bool = True) -> Positions:
    """Positions for a frame; what has the same structure is laid out once, unless `cached` is false.

    Raises:
        LayoutError: Graphviz did not answer within `seconds`, or failed.
        NoLayoutEngineError: there is none.
    """
    text = dot(frame)
    if cached and text in _cache:
        _cache.move_to_end(text)
        return _cache[text]
    try:
        with anyio.fail_after(seconds):
            answer = await anyio.to_process.run_sync(_graphviz, text, cancellable=True)
            found = await anyio.to_thread.run_sync(_read, answer, frame, abandon_on_cancel=True)
    except TimeoutError:
        message = f"This graph could not be laid out within {seconds:g} seconds."
        raise LayoutError(Fault(message, hint="Its numbers are to be had as JSON; a smaller program can be drawn.")) from None
    except graphviz.ExecutableNotFound:
        hint = "Install Graphviz (dot), or what pygraphviz needs: glib 2, libX11, libXext and libXrender."
        raise NoLayoutEngineError(Fault("There is no Graphviz on the server, so nothing can be drawn.", hint=hint)) from None
    except (anyio.BrokenWorkerProcess, OSError, RuntimeError, ValueError) as error:
        raise LayoutError(Fault(f"The layout engine failed ({type(error).__name__}).")) from error
    _cache[text] = found
    if len(_cache) > _CACHED:
        _cache.popitem(last=False)
    return found


def dot(frame: Frame) -> str:
    """The frame in Graphviz's language: sizes in inches, and which cards lie on the straight chain. No words, so nothing needs quoting.

    An edge's `space` says nothing to Graphviz: it makes the text tell apart what is routed differently.
    """
    number = {card.id: i for i, card in enumerate(frame.cards)}
    lines = [_HEAD.format(*_SIDES[frame.direction])]
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


def _read(answer: bytes, frame: Frame) -> Positions:
    """Positions in pixels, from lines such as `graph 1 8.2 11.5` and `node n0 1.5 11 …`, in inches from the bottom left."""
    stand: dict[str, Point] = {}
    width = height = 0.0
    for line in answer.decode().splitlines():
        kind, *words = line.split()
        if kind == "graph":
            width, height = 72 * float(words[1]), 72 * float(words[2])
        elif kind == "node":
            x, y = 72 * float(words[1]), height - 72 * float(words[2])
            stand[words[0]] = round(x + MARGIN, 1), round(y + MARGIN, 1)
    cards, ways = _below_zero(*routes(frame, [stand[f"n{i}"] for i in range(len(frame.cards))]))
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
