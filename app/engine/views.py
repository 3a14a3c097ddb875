"""What of a graph is shown: statements with their expressions folded in, or every operation by itself; groups open or closed.

Nothing is kept twice: a view only lists which nodes stand as cards, which uses are edges between them, and which groups are boxes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from app.engine.code import READABLE, code, lengths
from app.engine.keeping import reading
from app.engine.program import INPUT, LEAVES, Graph, Group, Use, below

LINES = "…"
"""Between the first and the last card of lines that are put together, in the address of the whole."""


class Detail(StrEnum):
    STATEMENTS = "statements"
    OPERATIONS = "operations"


class Kind(StrEnum):
    DATA = "data"
    PARAMETER = "parameter"
    CONSTANT = "constant"
    INTERMEDIATE = "intermediate"
    LOSS = "loss"


PARALLEL = 12
"""Edges drawn from one card to another, at most; more become one."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What somebody wants to see. Groups that are neither in `open` nor in `closed` are as `detail` has them: calls are
    folded into the statements that make them, unless operations are shown; passes of loops stand open.

    `most`, where it is given, is how many cards can be read: beyond it passes are closed, then lines are put together.
    """

    detail: Detail = Detail.STATEMENTS
    open: frozenset[str] = frozenset()
    closed: frozenset[str] = frozenset()
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A call that is written as one: its name, and the nodes it was given."""

    name: str
    args: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """One value that is shown. `id` addresses it; `name` is None for a part of an expression."""

    id: str
    name: str | None
    node: int
    line: int | None
    expression: str | None
    inside: tuple[int, ...]
    """The nodes that are folded into it, itself among them."""
    readable: bool = True
    """False where its formula would be too long to be read; then it is an ellipsis."""
    group: str | None = None
    """The innermost open group it stands in."""
    opens: tuple[str, ...] = ()
    """The closed groups that are folded into it."""
    stands_for: int = 1
    """How many values it stands for: more than one where a closed pass, or lines put together, are shown by their last."""


@dataclass(frozen=True, slots=True)
class Edge:
    """One use of `source` in `target`; `number` counts the uses of the one in the other from 0.

    Where a closed group is one of the two, or where there are more uses than can be read, all uses of the one in the other are one
    edge, and `use` is the first of them.
    """

    source: str
    target: str
    number: int
    use: Use
    source_node: int
    target_node: int
    bundled: bool = False

    @property
    def id(self) -> str:
        return f"{self.source}-{self.target}-{self.number}"


@dataclass(frozen=True, slots=True)
class Box:
    """An open group: its cards stand in one frame."""

    id: str
    name: str
    parent: str | None
    is_call: bool


@dataclass(frozen=True, eq=False)
class View:
    """Cards in the order of evaluation, the edges between them, and the open groups around them, outer ones first.

    `names` are the names of what is shown, by node; `calls` what is written as a call, by the node of its result.
    """

    cards: tuple[Card, ...]
    edges: tuple[Edge, ...]
    boxes: tuple[Box, ...]
    names: Mapping[int, str]
    calls: Mapping[int, Call]


@reading()
def view(graph: Graph, shown: Shown) -> View:
    """The cards, edges and boxes of a graph, as somebody wants to see it."""
    found = _Viewer(graph, shown).view()
    if shown.most is None:
        return found
    return _bundled(_within(found, graph, shown, shown.most))


def _within(found: View, graph: Graph, shown: Shown, most: int) -> View:
    """With groups closed and lines put together until at most so many cards stand."""
    if len(found.cards) <= most:
        return found
    passes = {group.id for group in graph.program.groups if not group.is_call} - shown.open
    calls = {group.id for group in graph.program.groups if group.is_call} - shown.open
    for more in (passes, passes | calls):
        found = _Viewer(graph, replace(shown, closed=shown.closed | more)).view()
        if len(found.cards) <= most:
            return found
    return _put_together(found, shown, most)


def _bundled(found: View) -> View:
    """With one edge for all uses of one card in another, where there are more than can be read."""
    uses = Counter((edge.source, edge.target) for edge in found.edges)
    kept: dict[tuple[str, str, int], Edge] = {}
    for edge in found.edges:
        if uses[edge.source, edge.target] > PARALLEL:
            kept.setdefault((edge.source, edge.target, 0), replace(edge, number=0, bundled=True))
        else:
            kept[edge.source, edge.target, edge.number] = edge
    return replace(found, edges=tuple(kept.values()))


class _Viewer:
    """One view in the making: which nodes stand by themselves, and into which of them each other one is folded."""

    def __init__(self, graph: Graph, shown: Shown) -> None:
        self.graph, self.shown = graph, shown
        self.program = graph.program
        self.groups = {group.id: group for group in self.program.groups}
        self.states: dict[str, bool] = {}
        self.statements = [item for item in self.program.statements if self.visible(item.group)]
        self.names = {item.node: item.name for item in self.program.inputs} | {item.node: item.name for item in self.statements}
        self.shut = [group for group in self.program.groups if group.is_call and not self.visible(group.id) and self.visible(group.parent)]
        self.standing = set(self.names)
        if shown.detail is Detail.OPERATIONS:
            self.standing |= self.operations()
        self.calls = {group.results[0]: Call(group.name, group.args) for group in self.shut if len(group.results) == 1}
        self.owner = self.owners()
        self.ids = self.addresses()

    def view(self) -> View:
        cards = self.cards()
        return _passes_closed(View(tuple(cards), tuple(self.edges()), self.boxes(cards), self.names, self.calls), self.closed_passes())

    # groups

    def is_open(self, group: Group) -> bool:
        if group.id in self.shown.open:
            return True
        return group.id not in self.shown.closed and (not group.is_call or self.shown.detail is Detail.OPERATIONS)

    def visible(self, name: str | None) -> bool:
        """Whether a call, and all calls around it, are open. A closed pass hides nothing here: its cards are put together later."""
        chain = []
        while name is not None and name not in self.states:
            chain.append(name)
            name = self.groups[name].parent
        state = True if name is None else self.states[name]
        for one in reversed(chain):
            group = self.groups[one]
            state = self.states[one] = state and (self.is_open(group) or not group.is_call)
        return state

    def closed_passes(self) -> list[Group]:
        """The outermost closed passes of loops."""
        found: list[Group] = []
        for group in self.program.groups:
            inner = bool(found) and group.stop <= found[-1].stop
            if not group.is_call and not self.is_open(group) and self.visible(group.parent) and not inner:
                found.append(group)
        return found

    def open_parent(self, name: str | None) -> str | None:
        while name is not None and not self.visible(name):
            name = self.groups[name].parent
        return name

    def boxes(self, cards: Iterable[Card]) -> tuple[Box, ...]:
        """The open groups that have a card in them, at any depth."""
        stood: set[str] = set()
        for name in {card.group for card in cards}:
            inner = name
            while inner is not None and inner not in stood:
                stood.add(inner)
                inner = self.groups[inner].parent
        return tuple(
            Box(group.id, group.name, self.open_parent(group.parent), group.is_call)
            for group in self.program.groups
            if group.id in stood and self.visible(group.id)
        )

    def around(self) -> list[str | None]:
        """The innermost open group around each node, by where it stands."""
        found: list[str | None] = [None] * len(self.program.nodes)
        for group in self.program.groups:
            if self.visible(group.id):
                found[group.start : group.stop] = [group.id] * (group.stop - group.start)
        return found

    # nodes

    def operations(self) -> set[int]:
        """Every operation that something with a name is made of, but for those within closed calls."""
        hidden = {index for group in self.shut for index in range(group.start, group.stop) if index not in group.results}
        nodes = self.program.nodes
        needed = set(below(nodes, (item.node for item in self.program.statements)))
        return {index for index in needed - hidden if nodes[index].op not in LEAVES}

    def owners(self) -> list[int | None]:
        """For each node the standing one it is folded into. What several would share stands by itself."""
        nodes = self.program.nodes
        owner: list[int | None] = [None] * len(nodes)
        for index in range(len(nodes) - 1, -1, -1):
            if index in self.standing:
                owner[index] = index
            mine = owner[index]
            if mine is None:
                continue
            for arg in nodes[index].args:
                if arg in self.standing or nodes[arg].op in LEAVES:
                    continue
                if owner[arg] is None:
                    owner[arg] = mine
                elif owner[arg] != mine:
                    self.standing.add(arg)
        return owner

    def addresses(self) -> dict[int, str]:
        """An address for each standing node: its name, or u1.1, u1.2, … for the parts of u1."""
        nodes = self.program.nodes
        found = {item.node: item.name for item in self.program.statements if item.node in self.standing} | self.names
        seen: set[int] = set()
        for root in sorted(self.names):
            parts, stack = [], [root]
            while stack:
                for arg in nodes[stack.pop()].args:
                    if arg not in found and arg not in seen and nodes[arg].op not in LEAVES:
                        seen.add(arg)
                        parts.append(arg)
                        stack.append(arg)
            for number, index in enumerate(sorted(part for part in parts if part in self.standing), 1):
                found[index] = f"{self.names[root]}.{number}"
        return found

    # what is shown

    def cards(self) -> list[Card]:
        program = self.program
        inside: dict[int, list[int]] = {index: [] for index in self.standing}
        for index, mine in enumerate(self.owner):
            if mine is not None:
                inside[mine].append(index)
        opens: dict[int, list[str]] = {}
        for shut in self.shut:
            mine = self.owner[shut.results[-1]] if shut.results else None
            if mine is not None:
                opens.setdefault(mine, []).append(shut.id)
        opened = {result for group in program.groups if group.is_call and self.visible(group.id) for result in group.results}
        plain = lengths(self.graph.nodes, self.names.keys()).opened
        formula = lengths(self.graph.nodes, self.names.keys(), {index: call.args for index, call in self.calls.items()}).opened
        of = {item.node: item for item in self.statements}
        around = self.around()
        found = [Card(item.name, item.name, item.node, item.place.line, None, (item.node,)) for item in program.inputs]
        for index in self.standing:
            node, statement = program.nodes[index], of.get(index)
            if node.op == INPUT:
                continue
            line, name = node.place.line if node.place else None, None
            if statement is not None:
                line, name = statement.place.line, statement.name
            if statement is not None and index not in opened:
                text = statement.text
            else:
                text = code(self.graph.nodes, index, self.names) if plain[index] <= READABLE else "…"
            whole, folded, readable = tuple(inside[index]), tuple(opens.get(index, ())), formula[index] <= READABLE
            found.append(Card(self.ids[index], name, index, line, text, whole, readable, around[index], folded))
        return sorted(found, key=lambda card: card.node)

    def edges(self) -> list[Edge]:
        found = []
        uses: Counter[tuple[int, int]] = Counter()
        for index, target in enumerate(self.owner):
            if target is None:
                continue
            for position, arg in enumerate(self.program.nodes[index].args):
                if arg in self.standing:
                    found.append(Edge(self.ids[arg], self.ids[target], uses[arg, target], Use(index, position), arg, target))
                    uses[arg, target] += 1
        return found


@dataclass(frozen=True, slots=True)
class _Bundle:
    """Cards that become one, shown by its last."""

    id: str
    title: str
    members: Sequence[Card]


def _passes_closed(found: View, closed: Sequence[Group]) -> View:
    """Closed passes of loops, each shown by its last value."""
    bundles = []
    cards = iter([card for card in found.cards if card.expression is not None])
    card = next(cards, None)
    for group in closed:
        while card is not None and card.node < group.start:
            card = next(cards, None)
        members = []
        while card is not None and card.node < group.stop:
            members.append(card)
            card = next(cards, None)
        if len(members) > 1:
            bundles.append(_Bundle(group.id, group.name, members))
    return _merged(found, bundles)


def _put_together(found: View, shown: Shown, most: int) -> View:
    """Lines put together until at most so many cards stand: some runs of them, each to be opened, which may be runs again."""
    wide = max(2, min(30, most // 3))
    runs = [[card for card in found.cards if card.expression is not None]]
    bundles = []
    while runs:
        run = runs.pop()
        size = max(-(-len(run) // wide), 1)
        for start in range(0, len(run), size):
            part = run[start : start + size]
            name = f"{part[0].id}{LINES}{part[-1].id}"
            if len(part) > 1 and name not in shown.open:
                bundles.append(_Bundle(name, f"{part[0].id} {LINES} {part[-1].id}", part))
            elif len(part) > wide * 2:
                runs.append(part)
    return _merged(found, bundles)


def _merged(found: View, bundles: Sequence[_Bundle]) -> View:
    """Bundles of cards as one card each, with the inputs that only they use."""
    if not bundles:
        return found
    into = {card.id: bundle.id for bundle in bundles for card in bundle.members}
    readers: dict[str, set[str]] = {}
    for edge in found.edges:
        readers.setdefault(edge.source, set()).add(into.get(edge.target, edge.target))
    names = {bundle.id for bundle in bundles}
    for card in found.cards:
        read = readers.get(card.id, set())
        if card.expression is None and len(read) == 1 and read <= names:
            into[card.id] = next(iter(read))
    inside: dict[str, list[int]] = {name: [] for name in names}
    counts = Counter(into.values())
    for card in found.cards:
        if card.id in into:
            inside[into[card.id]].extend(card.inside)
    cards = [card for card in found.cards if card.id not in into]
    for bundle in bundles:
        last = bundle.members[-1]
        cards.append(Card(
            bundle.id, last.name, last.node, bundle.members[0].line, bundle.title, tuple(sorted(inside[bundle.id])), True, None,
            (bundle.id,), counts[bundle.id],
        ))  # fmt: skip
    kept: list[Edge] = []
    bundled: dict[tuple[str, str], Edge] = {}
    for edge in found.edges:
        source, target = into.get(edge.source, edge.source), into.get(edge.target, edge.target)
        if source == edge.source and target == edge.target:
            kept.append(edge)
        elif source != target:
            bundled.setdefault((source, target), replace(edge, source=source, target=target, number=0, bundled=True))
    stood = {card.group for card in cards}
    boxes = tuple(
        box for box in found.boxes if box.id in stood or any(inner.parent == box.id and inner.id in stood for inner in found.boxes)
    )
    cards.sort(key=lambda card: card.node)
    return replace(found, cards=tuple(cards), edges=(*kept, *bundled.values()), boxes=boxes)


def kind(graph: Graph, node: int, roles: Mapping[str, Kind]) -> Kind:
    """What a value is in the program; `roles` says it of the inputs, by name."""
    if node == graph.loss.node:
        return Kind.LOSS
    if graph.nodes[node].op == INPUT:
        return roles[str(graph.nodes[node].parameter("name"))]
    return Kind.INTERMEDIATE if node in graph.gradients else Kind.CONSTANT
