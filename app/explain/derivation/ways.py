"""The ways on which a change travels from a value to the loss."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from app.engine.program import Graph
from app.engine.views import Card, Edge, View

MOST_PATHS, MOST_STOPS = 64, 10_000
"""So many paths are listed, with so many stops in all; the rest are counted."""
MOST_COUNTED = 10**15
"""Nobody counts further."""

Path = tuple[str, ...]
_Link: TypeAlias = "tuple[str, _Link | None]"


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


@lru_cache(maxsize=256)
def ways(graph: Graph, shown: View, target: str) -> Ways:
    """The ways from a card to the loss.

    Raises:
        KeyError: there is no such card.
    """
    cards = {card.id: card for card in shown.cards}
    loss = next(card for card in shown.cards if card.node == graph.loss.node)
    # Downstream of the target, and upstream of the loss.
    below = _reached({target}, shown, forwards=True) & _reached({loss.id}, shown, forwards=False)
    uses: dict[str, list[Edge]] = {}
    for edge in sorted(shown.edges, key=lambda edge: edge.target_node):
        if edge.source in below and edge.target in below:
            uses.setdefault(edge.source, []).append(edge)
    on_way = tuple(sorted((cards[name] for name in below), key=lambda card: -card.node))
    found = Ways(loss, cards[target], on_way, {name: tuple(edges) for name, edges in uses.items()}, (), 0)
    counts = {loss.id: 1}
    for card in on_way:
        if card.id != loss.id:
            counts[card.id] = min(sum(counts[name] for name in found.consumers(card.id)), MOST_COUNTED)
    return Ways(loss, cards[target], on_way, found.uses, _paths(found), counts.get(target, 0))


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


def _paths(found: Ways) -> tuple[Path, ...]:
    """The first ways, depth first. On the way a path is a chain of links to where it came from: nothing is copied."""
    consumers = {name: found.consumers(name)[::-1] for name in found.uses}
    paths: list[Path] = []
    stops = 0
    stack: list[_Link] = [(found.target.id, None)] if found.cards else []
    while stack and len(paths) < MOST_PATHS and stops < MOST_STOPS:
        link = stack.pop()
        if link[0] != found.loss.id:
            stack.extend((name, link) for name in consumers[link[0]])
            continue
        path: list[str] = []
        behind: _Link | None = link
        while behind is not None:
            path.append(behind[0])
            behind = behind[1]
        stops += len(path)
        paths.append(tuple(path))
    return tuple(paths)
