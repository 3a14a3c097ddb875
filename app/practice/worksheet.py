"""Numbers for paper: small whole ones, for which values and gradients come out clean."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from app.engine.evaluate import run
from app.engine.program import Array, Trace
from app.engine.views import Kind, View
from app.errors import Fault, InputError
from app.practice.changes import COMPARISONS
from app.practice.trials import choosing, exchanged

MOST = 400
"""Numbers that fit on paper: those of all values together."""
DRAWS, WORK = 600, 2e7
"""So many draws are tried, as long as all of them together calculate no more numbers than that."""
SPAN, WIDE, TINY = 3, 99, 1e-3
"""Inputs lie between −3 and 3; what comes out should have two digits, and be no next to nothing."""
CLEAN = (1, 2, 4, 3, 5, 6, 8, 9, 10, 12)
"""Denominators that are clean, the cleanest first."""


def clean_inputs(trace: Trace, shown: View, roles: Mapping[str, Kind], seed: int) -> dict[str, Array]:
    """Whole numbers for the inputs, by name, of the shapes they have, the same for the same seed. Constants stay as they are, and so do
    inputs that say which: class numbers and probabilities change places.

    Raises:
        InputError: the values are too many for paper.
    """
    graph = trace.graph
    numbers = sum(math.prod(graph.shapes[card.node]) for card in shown.cards)
    if numbers > MOST:
        message = f"The values have {numbers:,} numbers in all; a worksheet has room for {MOST}."
        raise InputError(Fault(message, hint="Choose an example with smaller tensors."))
    rng = np.random.default_rng(seed % 2**64)
    which = choosing(graph)
    best, found = -math.inf, {item.name: trace.value(item.node) for item in graph.program.inputs}
    for number in range(int(min(DRAWS, max(20, WORK / graph.cost.elements)))):
        # Every third draw is of small numbers: exponentials and the like of others come out beyond all bounds.
        span = SPAN if number % 3 else 1
        arrays = {
            item.name: _drawn(trace.value(item.node), roles[item.name], rng, span, which=item.node in which)
            for item in graph.program.inputs
        }
        score = _score(run(graph, arrays), shown)
        if score > best:
            best, found = score, arrays
        if score >= 1.0:
            break
    return found


def _drawn(a: Array, role: Kind, rng: np.random.Generator, span: int, *, which: bool) -> Array:
    kept = exchanged(a, rng, role, which=which)
    return rng.integers(-span, span + 1, np.shape(a)).astype(np.float64) if kept is None else kept


def _score(found: Trace, shown: View) -> float:
    """How clean all values and gradients are, 1 at best. What is all 0, all on or all off, or stands on a kink teaches nothing."""
    graph = found.graph
    parts = [(found.value(card.node), found.gradient(card.node)) for card in shown.cards]
    values = np.concatenate([np.ravel(one) for pair in parts for one in pair if one is not None])
    if not np.all(np.isfinite(values)):
        return -math.inf
    score = float(np.mean(_cleanness(values))) - 0.02 * float(np.mean(np.abs(values) > WIDE))
    score -= float(np.mean((np.abs(values) < TINY) & (values != 0)))
    # Weights that are all 0 but one hide what comes back through them.
    inputs = [found.value(item.node) for item in graph.program.inputs]
    score -= 0.15 * float(np.mean([np.mean(one == 0) for one in inputs]))
    score -= sum(0.2 for _, gradient in parts if gradient is not None and not np.any(gradient))
    for index, node in enumerate(graph.nodes):
        if node.op in COMPARISONS and graph.shapes[index]:
            mask = found.value(index)
            score -= 0.1 * float(np.sum(~np.any(mask, axis=0))) if np.ndim(mask) > 1 else 0.0
            score -= 0.3 * (np.all(mask) or not np.any(mask)) + 0.3 * bool(np.any(found.value(node.args[0]) == found.value(node.args[1])))
    return score


def _cleanness(values: Array) -> Array:
    """1 for whole numbers, less for fractions, 0 for what is none of a small denominator."""
    clean: Array = np.zeros(values.shape)
    for place, denominator in reversed([*enumerate(CLEAN)]):
        times = values * denominator
        clean = np.where(np.abs(times - np.round(times)) < 1e-9, 1 - 0.06 * place, clean)
    return clean


def is_clean(values: Array) -> bool:
    """Whether all numbers are whole, or fractions of a small denominator."""
    return bool(np.all(_cleanness(np.ravel(values)) > 0))
