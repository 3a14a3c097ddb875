"""What to know about one value in one run: kinks, what is not finite and where that began, units that are dead or saturated,
gradients that vanish or explode."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.engine.code import number
from app.engine.digest import digest
from app.engine.keeping import reading
from app.engine.ops import OPERATIONS
from app.engine.program import LEAVES, Array, Graph, Node, Trace
from app.engine.shapes import broadcast, say
from app.engine.syntax import Fraction, Infix, Power, Product
from app.engine.views import Card

MOST = 5
"""As many places are named; the rest are counted."""
LISTED = 1000
"""As many places are listed."""
SATURATED = 0.5
"""From this share on, flat units are worth a note."""
SAID = {"multiply": "times", "divide": "divided by", "power": "to the power of", "add": "plus", "subtract": "minus"}
VANISHED, EXPLODED = 1e-3, 1e3
"""A gradient so many times that of the parameter nearest to the loss is worth a note."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something to know about one value in this run. `where` lists the elements it applies to."""

    kind: str
    message: str
    where: tuple[tuple[int, ...], ...]


def notes(trace: Trace, card: Card, parameters: frozenset[str] | None = None) -> tuple[Note, ...]:
    """The notes on a card: on the operations folded into it, on its value and on its gradient.

    `parameters` are the inputs that are trained (all, if None): the size of a gradient is told against theirs.
    """
    if card.stands_for > 1:
        return ()
    found: list[Note] = []
    for index in card.inside:
        node = trace.graph.nodes[index]
        if node.op in LEAVES:
            continue
        args = [trace.value(arg) for arg in node.args]
        _spread(trace, index, node, found)
        _kinks(trace, index, node, args, found)
        _units(trace, index, node, args, found)
    _not_finite(trace, card, found)
    _size(trace, card, parameters, found)
    return tuple(found)


def _spread(trace: Trace, index: int, node: Node, found: list[Note]) -> None:
    """Two values that are both repeated to fit each other: more often a column that met a row than meant."""
    shapes = [trace.graph.shapes[arg] for arg in node.args]
    if len(shapes) == 2 and OPERATIONS[node.op].shape is broadcast and trace.graph.shapes[index] not in shapes:
        first, second = shapes
        said = f"A {say(first)} meets a {say(second)} here, and both are repeated to {say(trace.graph.shapes[index])}."
        found.append(Note("broadcast", said, ()))


def _kinks(trace: Trace, index: int, node: Node, args: list[Array], found: list[Note]) -> None:
    kink = OPERATIONS[node.op].kink
    if kink is None or index not in trace.graph.varying:
        return
    at: NDArray[np.bool] = np.asarray(kink.at(*args, **dict(node.parameters)))
    if at.any():
        where = places(at)
        found.append(Note("kink", f"{_places(where, int(at.sum()))}: {kink.convention}", where))


def _units(trace: Trace, index: int, node: Node, args: list[Array], found: list[Note]) -> None:
    """Units, the last axis, over the samples, the axes before it."""
    watch = OPERATIONS[node.op].watch
    if watch is None or index not in trace.graph.varying:
        return
    with np.errstate(all="ignore"):
        at = np.broadcast_to(watch.at(trace.value(index), *args, **dict(node.parameters)), trace.graph.shapes[index])
    if watch.kind == "dead":
        if at.ndim < 2 or math.prod(at.shape[:-1]) < 2:
            return
        units = at.reshape(-1, at.shape[-1]).all(axis=0)
        if units.any():
            samples, count = math.prod(at.shape[:-1]), int(units.sum())
            said = f"{count} of {units.size} units {'is' if count == 1 else 'are'} 0 for every one of the {samples} samples"
            where = places(np.asarray(units))
            found.append(Note("dead", f"{said} ({_named(where, count)}): nothing comes back through them.", where))
    elif at.mean() >= SATURATED and at.size > 0:
        share = f"{int(at.sum())} of {at.size} values lie" if at.size > 1 else "This value lies"
        said = f"{share} where {node.op} is nearly flat: hardly anything comes back there."
        found.append(Note("saturated", said, places(np.asarray(at))))


def _not_finite(trace: Trace, card: Card, found: list[Note]) -> None:
    """Of what is not finite, the beginning says its reason, and what follows says where it began."""
    if digest(trace).finite:
        return
    for what, index in (("value", card.node), ("gradient", trace.graph.gradients.get(card.node))):
        if index is None:
            continue
        array = trace.value(index)
        odd = ~np.isfinite(array)
        if odd.any():
            where = places(odd)
            reason = _began(trace, card.inside if what == "value" else _backward(trace, card))
            said = f" It begins here: {reason}." if reason else ""
            found.append(Note("nonfinite", f"The {what} is not finite {_places(where, int(odd.sum()), 'at')}.{said}", where))
    inner = [index for index in card.inside if index != card.node and not np.isfinite(trace.value(index)).all()]
    if inner and np.isfinite(trace.value(card.node)).all():
        reason = _began(trace, tuple(inner))
        if reason:
            found.append(Note("nonfinite", f"Within it a value is not finite: {reason}.", ()))


def _backward(trace: Trace, card: Card) -> tuple[int, ...]:
    """The nodes of the backward pass that lead to a card's gradient from the gradients of what uses it."""
    graph = trace.graph
    forward = len(graph.program.nodes)
    named = {gradient for node, gradient in graph.gradients.items() if node != card.node}
    found: list[int] = []
    stack = [graph.gradients[card.node]]
    while stack:
        index = stack.pop()
        if index < forward or index in named or index in found:
            continue
        found.append(index)
        stack.extend(graph.nodes[index].args)
        if len(found) > LISTED:
            break
    return tuple(sorted(found))


def _began(trace: Trace, indices: tuple[int, ...]) -> str | None:
    """Why the first of these nodes is not finite where its arguments are; None where none of them is the first."""
    for index in indices:
        node = trace.graph.nodes[index]
        if node.op in LEAVES:
            continue
        value = trace.value(index)
        if np.isfinite(value).all():
            continue
        args = [trace.value(arg) for arg in node.args]
        if all(np.isfinite(arg).all() for arg in args):
            return _reason(node, value, args)
        if all(np.shape(arg) == () or np.shape(arg) == np.shape(value) for arg in args):
            fresh = ~np.isfinite(value) & np.logical_and.reduce([np.broadcast_to(np.isfinite(arg), np.shape(value)) for arg in args])
            if fresh.any():
                return _reason(node, np.where(fresh, value, 0.0), args)
    return None


def _reason(node: Node, value: Array, args: list[Array]) -> str:
    """log of 0 at [2, 1]: the operation with the numbers that it was given at the first place."""
    place = tuple(int(i) for i in np.argwhere(~np.isfinite(value))[0])
    at = f" at {list(place)}" if place else ""
    try:
        given = [_exact(float(np.broadcast_to(arg, np.shape(value))[place])) for arg in args]
    except ValueError:
        given = []
    form = OPERATIONS[node.op].form
    if len(given) == 2 and isinstance(form, Infix | Product | Fraction | Power) and node.op != "matmul":
        return f"{given[0]} {SAID.get(node.op, node.op)} {given[1]}{at}"
    if given and node.op != "matmul":
        return f"{node.op} of {' and '.join(given)}{at}"
    return f"the result of {node.op} is too large{at}" if np.isinf(value[place]) else f"{node.op} has no number{at}"


def _exact(value: float) -> str:
    return number(value)[0].replace("-", "−")


def _size(trace: Trace, card: Card, parameters: frozenset[str] | None, found: list[Note]) -> None:
    """A parameter's gradient against that of the parameter nearest to the loss."""
    graph = trace.graph
    if card.expression is not None or card.node not in graph.gradients:
        return
    nearest = _nearest(graph, parameters)
    if nearest is None or nearest == card.node:
        return
    mine, theirs = (_magnitude(trace, index) for index in (card.node, nearest))
    if not (math.isfinite(mine) and math.isfinite(theirs)) or not theirs or not mine:
        return
    name = graph.program.names()[nearest].rpartition(".")[2]
    if mine < VANISHED * theirs:
        found.append(
            Note(
                "vanishing",
                f"This gradient nearly vanishes: element for element, it is {theirs / mine:,.0f} times smaller than that of {name}.",
                (),
            )
        )
    elif mine > EXPLODED * theirs:
        found.append(
            Note(
                "exploding",
                f"This gradient explodes: element for element, it is {mine / theirs:,.0f} times larger than that of {name}.",
                (),
            )
        )


@reading()
def _nearest(graph: Graph, parameters: frozenset[str] | None) -> int | None:
    """The parameter whose first use stands nearest to the loss."""
    first: dict[int, int] = {}
    trained = [item for item in graph.program.inputs if parameters is None or item.name in parameters]
    inputs = {item.node for item in trained if item.node in graph.gradients and item.node in graph.reaching}
    for index in sorted(graph.reaching):
        for arg in graph.nodes[index].args:
            if arg in inputs:
                first.setdefault(arg, index)
    return max(first, key=lambda node: first[node], default=None)


def _magnitude(trace: Trace, index: int) -> float:
    """How large the elements of a gradient are, all together."""
    known = digest(trace).extents.get(trace.graph.gradients[index])
    if known is not None:
        return math.sqrt(known.squares / known.size)
    array = trace.gradient(index)
    with np.errstate(all="ignore"):
        return 0.0 if array is None else float(np.sqrt(np.mean(np.square(array))))


def places(at: NDArray[Any]) -> tuple[tuple[int, ...], ...]:
    """Where it is true, by index; of very many the first."""
    return tuple(tuple(int(i) for i in place) for place in np.argwhere(at)[:LISTED])


def _places(where: tuple[tuple[int, ...], ...], count: int, opening: str = "At") -> str:
    """At [0, 1], [2, 0] and 3 more; a single number has no place to name."""
    if where == ((),):
        return "Here" if opening == "At" else "here"
    return f"{opening} {_named(where, count)}"


def _named(where: tuple[tuple[int, ...], ...], count: int) -> str:
    listed = ", ".join(str(list(place)) for place in where[:MOST])
    return listed + (f" and {count - MOST} more" if count > MOST else "")
