"""Hints in steps, read off the derivation: the path, the last local derivative, the shapes, the formula."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.engine.program import Graph, below
from app.engine.shapes import say
from app.explain.derivation import Derivation, Step
from app.explain.identifiers import Identifiers
from app.practice.speech import Speech

READABLE = 60
"""Characters of a gradient from those before it; a longer one is no easier than the whole."""


@dataclass(frozen=True, slots=True)
class Hint:
    """One hint; `step` is the step of the derivation that says it, whose formula goes along, if it has any; `code` is the gradient."""

    kind: str
    words: str
    step: Step | None = None
    code: str | None = None


def hints(found: Derivation, graph: Graph) -> list[Hint]:
    """The hints for the target of a derivation, each giving away more than the one before: path, local, shapes, formula."""
    return [*_path(found), *_local(found), *_shapes(found, graph), *_formula(found, graph)]


def _path(found: Derivation) -> Iterator[Hint]:
    steps = found.steps
    chain = next((step for step in steps if step.kind == "chain"), None)
    yield Hint("path", steps[0].words, chain)


def _local(found: Derivation) -> Iterator[Hint]:
    """The derivatives of the steps in which the target itself is used."""
    target = found.outline.ways.target.id
    for step in found.steps:
        if step.kind == "local" and step.source == target:
            yield Hint("local", step.words, step)


def _last(found: Derivation) -> Step | None:
    """The product in which the target's gradient comes out."""
    target = found.outline.ways.target.id
    return next((step for step in reversed(found.steps) if step.kind == "product" and step.node == target), None)


def _shapes(found: Derivation, graph: Graph) -> Iterator[Hint]:
    """The shapes of all that the last product is made from."""
    target, names = found.outline.ways.target, found.outline.names
    last = _last(found)
    if last is None:
        return
    parts = _parts(graph, names, target.node)
    told = ", ".join(f"{name} is {say(shape)}" for name, shape in parts)
    yield Hint("shapes", f"{target.id} is {say(graph.shapes[target.node])}, and so is its gradient. It is made from these: {told}.")


def _parts(graph: Graph, names: Identifiers, node: int) -> list[tuple[str, tuple[int, ...]]]:
    """What a gradient is made from, with the shapes: gradients that have a name, and values."""
    root, first = graph.gradients[node], len(graph.program.nodes)
    gradients = {graph.gradients[one]: name for one, name in names.gradients.items() if graph.gradients[one] != root}
    ends = below(graph.nodes, [root], lambda one: one < first or one in gradients)
    found = [one for one in ends if one in gradients or one in names.values]
    return [(gradients.get(one) or names.values[one], graph.shapes[one]) for one in sorted(found, reverse=True)]


def _formula(found: Derivation, graph: Graph) -> Iterator[Hint]:
    last = _last(found)
    if last is not None:
        yield Hint("formula", last.words, last, key(found, graph))
    closed = found.outline.closed
    if closed.code is not None or closed.latex is not None:
        yield Hint("formula", "All in one:", closed, closed.code)


def key(found: Derivation, graph: Graph) -> str | None:
    """The gradient of a derivation's target as one line, from those before it; where that is longer than the whole, the whole."""
    node = found.outline.ways.target.node
    root = graph.gradients[node]
    names = {graph.gradients[one]: name for one, name in found.outline.names.gradients.items() if one > node}
    text = names[root] if root in names else Speech(graph).formula(root, names)
    whole = found.outline.closed.code
    short = [one for one in (text, whole) if one and len(one) <= READABLE]
    return short[0] if short else min((one for one in (text, whole) if one), key=len, default=None)
