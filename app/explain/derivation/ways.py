"""The ways on which a change travels from a value to the loss, or to another value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from app.engine.keeping import reading
from app.engine.program import Graph
from app.engine.views import Card, Edge, View

MOST_PATHS, MOST_STOPS = 64, 10_000
"""So many paths are listed, with so many stops in all; the rest are counted."""
MOST_COUNTED = 10**15
"""Nobody counts further."""

Path = tuple[str, ...]
T = TypeVar("T")
_Link: TypeAlias = "tuple[str, tuple[T, _Link[T]] | None]"


@dataclass(frozen=True, eq=False)
class Ways:
    """What lies between a value and the loss: the cards, from the loss down to the value, and the uses between them, by their source.

    `paths` are some of the ways, from the loss to the value, by the ids of their cards; `count` is how many there are,
    or `MOST_COUNTED` if there are more.
    """

    loss: Card
    target: Card
    cards: tuple[Card, ...]
    uses: Mapping[str, tuple[Edge, ...]]
    paths: tuple[Path, ...]
    count: int

    def consumers(self, card: str) -> tuple[str, ...]:
        """The cards in which one is used, on the way to the loss; each once, in the order of evaluation."""
        return tuple(dict.fromkeys(edge.target for edge in self.uses.get(card, ())))


@reading()
def ways(graph: Graph, shown: View, target: str) -> Ways:
    """The ways from a card to the loss.

    Raises:
        KeyError: there is no such card.
    """
    loss = next(card for card in shown.cards if card.node == graph.loss.node)
    on_way, edges = _between(shown, target, loss.id)
    uses: dict[str, list[Edge]] = {}
    for edge in edges:
        uses.setdefault(edge.source, []).append(edge)
    start = next(card for card in shown.cards if card.id == target)
    found = Ways(loss, start, on_way, {name: tuple(edges) for name, edges in uses.items()}, (), 0)
    consumers = {name: found.consumers(name) for name in uses}
    steps = {name: [(one, one) for one in ones] for name, ones in consumers.items()}
    paths = tuple((*path[::-1], target) for path in _walks(target, loss.id, steps)) if on_way else ()
    return Ways(loss, start, on_way, found.uses, paths, _count(target, loss.id, on_way, consumers))


@dataclass(frozen=True, eq=False)
class Routes:
    """What lies between two cards, told by the edges: two uses of a value in one statement are two routes.

    `cards` stand from the target down to the source, and are none where nothing leads from the one to the other. `listed` are some
    of the routes, each from the source on; `count` is how many there are, or `MOST_COUNTED` if there are more.
    """

    source: Card
    target: Card
    cards: tuple[Card, ...]
    edges: tuple[Edge, ...]
    listed: tuple[tuple[Edge, ...], ...]
    count: int


@reading()
def routes(shown: View, source: str, target: str) -> Routes:
    """The routes from one card to another.

    Raises:
        KeyError: there is no such card.
    """
    cards = {card.id: card for card in shown.cards}
    start, end = cards[source], cards[target]
    on_way, edges = _between(shown, source, target)
    onward: dict[str, list[str]] = {}
    back: dict[str, list[tuple[str, Edge]]] = {}
    for edge in edges:
        onward.setdefault(edge.source, []).append(edge.target)
        back.setdefault(edge.target, []).append((edge.source, edge))
    # Walked from the target down: what follow each other share their first factors, which need be multiplied only once.
    listed = tuple(route[::-1] for route in _walks(target, source, back)) if on_way else ()
    return Routes(start, end, on_way, edges, listed, _count(source, target, on_way, onward))


def _between(shown: View, source: str, target: str) -> tuple[tuple[Card, ...], tuple[Edge, ...]]:
    """The cards that are downstream of one and upstream of another, the last first, and the edges between them, the first first."""
    on_way = _reached({source}, shown, forwards=True) & _reached({target}, shown, forwards=False)
    cards = sorted((card for card in shown.cards if card.id in on_way), key=lambda card: -card.node)
    edges = sorted((edge for edge in shown.edges if edge.source in on_way and edge.target in on_way), key=lambda edge: edge.target_node)
    return tuple(cards), tuple(edges)


def _reached(start: set[str], shown: View, *, forwards: bool) -> set[str]:
    following: dict[str, list[str]] = {}
    for edge in shown.edges:
        source, target = (edge.source, edge.target) if forwards else (edge.target, edge.source)
        following.setdefault(source, []).append(target)
    found, stack = set(start), list(start)
    while stack:
        new = [name for name in following.get(stack.pop(), ()) if name not in found]
        found.update(new)
        stack.extend(new)
    return found


def _count(source: str, target: str, on_way: Sequence[Card], onward: Mapping[str, Sequence[str]]) -> int:
    """How many ways lead on from one card to another."""
    counts = {target: 1} if on_way else {}
    for card in on_way:
        if card.id != target:
            counts[card.id] = min(sum(counts[name] for name in onward[card.id]), MOST_COUNTED)
    return counts.get(source, 0)


def _walks(start: str, end: str, steps: Mapping[str, Sequence[tuple[str, T]]]) -> Iterator[tuple[T, ...]]:
    """The first ways from one card to another, depth first; `steps` says where each card leads, and what is told of the step. On the
    way a path is a chain of links to where it came from: nothing is copied."""
    found = stops = 0
    stack: list[_Link[T]] = [(start, None)]
    while stack and found < MOST_PATHS and stops < MOST_STOPS:
        link = stack.pop()
        if link[0] != end:
            stack.extend((name, (told, link)) for name, told in reversed(steps[link[0]]))
            continue
        path: list[T] = []
        came = link[1]
        while came is not None:
            path.append(came[0])
            came = came[1][1]
        stops += 1 + len(path)
        found += 1
        yield tuple(reversed(path))
