"""What is read off a graph is kept as long as there is room: it weighs by the nodes it was read from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from app.engine.program import ARRAY, CONSTANT, INPUT, Graph, Program
from app.work.caches import kept

P = ParamSpec("P")
T = TypeVar("T")

PER_NODE = 1200
"""Bytes of a node of a program or a graph, with its place in the plan of a run."""
PER_READING = 400
"""Bytes that a reading takes for a node, about, and its part of the graph that it holds on to."""


def reading(per_node: int = PER_READING) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Keeps what a function reads off its first argument: a program, a graph or a view."""
    return kept("readings", lambda _, of, *__: 1000 + per_node * _extent(of))


def _extent(of: Any) -> int:
    return len(of.nodes) if isinstance(of, Program | Graph) else len(of.cards)


def program_bytes(program: Program, *_: object) -> int:
    """About how many bytes a program takes."""
    return 4 * len(program.text) + PER_NODE * len(program.nodes)


def graph_bytes(graph: Graph, *_: object) -> int:
    """About how many bytes a graph takes, with the arrays that its plan holds: those that no input changes."""
    varies: list[bool] = []
    held = 0
    for node, shape in zip(graph.nodes, graph.shapes, strict=True):
        varies.append(node.op == INPUT or (node.op not in (CONSTANT, ARRAY) and any(varies[arg] for arg in node.args)))
        if not varies[-1]:
            size = 8
            for axis in shape:
                size *= axis
            held += size
    return 1000 + PER_NODE * len(graph.nodes) + held
