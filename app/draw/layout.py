"""Where cards stand: sizes in, positions out. Graphviz does it, in a process of its own that is killed at its deadline.

Graphviz gets numbers and nothing else: ids are n0, n1, …, and no word that a user wrote. It comes with pygraphviz's wheels; where
those do not exist, the `dot` program on PATH serves instead.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import anyio
import anyio.to_process
import graphviz

from app.draw.graph import Frame
from app.draw.route import Point, Route, routes
from app.errors import Fault, LayoutError, NoLayoutEngineError

MARGIN = 14.0
_CACHED = 512


@dataclass(frozen=True, slots=True)
class Positions:
    """The middle of each card and the route of each edge, in the order of the frame; y grows downwards from 0, x from `left`."""

    left: float
    width: float
    height: float
    cards: tuple[Point, ...]
    routes: tuple[Route, ...]


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
    except TimeoutError:
        message = f"This graph could not be laid out within {seconds:g} seconds."
        raise LayoutError(Fault(message, hint="Its numbers are to be had as JSON; a smaller program can be drawn.")) from None
    except graphviz.ExecutableNotFound:
        hint = "Install Graphviz (dot), or what pygraphviz needs: glib 2, libX11, libXext and libXrender."
        raise NoLayoutEngineError(Fault("There is no Graphviz on the server, so nothing can be drawn.", hint=hint)) from None
    except (anyio.BrokenWorkerProcess, OSError, RuntimeError, ValueError) as error:
        raise LayoutError(Fault(f"The layout engine failed ({type(error).__name__}).")) from error
    _cache[text] = found = _read(answer, frame)
    if len(_cache) > _CACHED:
        _cache.popitem(last=False)
    return found


def dot(frame: Frame) -> str:
    """The frame in Graphviz's language: sizes, and which cards lie on the straight chain."""
    text = graphviz.Digraph(
        graph_attr={"rankdir": "TB", "nodesep": "0.25", "ranksep": "0.54", "splines": "false", "margin": "0"},
        node_attr={"shape": "box", "fixedsize": "true", "label": ""},
        edge_attr={"arrowhead": "none", "tailport": "s", "headport": "n"},
    )
    number = {card.id: f"n{i}" for i, card in enumerate(frame.cards)}
    for card in frame.cards:
        group = {"group": "chain"} if card.chain else {}
        text.node(number[card.id], width=f"{card.width / 72:.4f}", height=f"{card.height / 72:.4f}", **group)
    for edge in frame.edges:
        text.edge(number[edge.source], number[edge.target], weight="100" if edge.chain else "2")
    return str(text.source)


def _graphviz(text: str) -> bytes:
    """Graphviz's own JSON of the laid-out graph; runs in the worker process."""
    try:
        import pygraphviz
    except ImportError:
        return bytes(graphviz.Source(text).pipe(format="json0"))
    found = pygraphviz.AGraph(string=text).draw(format="json0", prog="dot")
    assert isinstance(found, bytes)
    return found


def _read(answer: bytes, frame: Frame) -> Positions:
    data: dict[str, Any] = json.loads(answer)
    _, _, width, height = (float(part) for part in data["bb"].split(","))

    def point(text: str) -> Point:
        x, y = text.rstrip("!").split(",")
        return round(float(x) + MARGIN, 1), round(height - float(y) + MARGIN, 1)

    stand = {item["name"]: point(item["pos"]) for item in data.get("objects", [])}
    cards, ways = routes(frame, [stand[f"n{i}"] for i in range(len(frame.cards))])
    right = [width + MARGIN] + [x for way in ways for x, _ in way.points]
    right += [way.label[0] + min(edge.width, way.room) for edge, way in zip(frame.edges, ways, strict=True)]
    left = min([MARGIN] + [x for way in ways for x, _ in way.points])
    foot = max(y + card.height / 2 for card, (_, y) in zip(frame.cards, cards, strict=True))
    return Positions(
        round(min(left - MARGIN, 0.0), 1), round(max(right) + MARGIN - min(left - MARGIN, 0.0), 1), round(foot + MARGIN, 1), cards, ways
    )
