"""What the work on a program weighs, in milliseconds of one core: rather more than it takes."""

from __future__ import annotations

from app.engine.program import Graph

PARSE, DIFFERENTIATE = 0.005, 0.1
"""For a character of a program; for a node of it."""
STATEMENT, EMIT, ENTRY = 0.005, 0.03, 0.0005
"""For a statement, each time it is read; for an operation that it becomes; for an entry of a list."""
RUN, FLOP, ELEMENT = 0.005, 1e-6, 3e-5
"""For a node of a graph, for a floating-point operation, for a number."""


def of_run(graph: Graph) -> float:
    """Both passes."""
    cost = graph.cost
    return RUN * len(graph.nodes) + (cost.forward + cost.backward) * FLOP + cost.elements * ELEMENT
