"""Every gradient of an analysis held against finite differences."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from app.draw import numbers
from app.engine.arrays import nested
from app.engine.verify import Verdict, runs, verify
from app.engine.weights import FLOP
from app.service.analysis import Analysis
from app.work.weight import weigh

STEP = 0.002
"""Milliseconds for a node of the program in one run."""


def verdict(analysis: Analysis, epsilon: float | None = None) -> Verdict:
    """Whether all gradients are right, by finite differences."""
    made = analysis.graph
    weigh(runs(made, analysis.limits) * (STEP * len(made.program.nodes) + made.cost.forward * FLOP))
    arrays = {item.name: analysis.trace.value(item.node) for item in analysis.program.inputs}
    return verify(analysis.graph, arrays, epsilon, analysis.limits)


def verified(found: Verdict) -> dict[str, Any]:
    """A verdict as plain data, ready for JSON."""
    nodes = []
    for checked in found.inputs:
        fields = asdict(checked)
        fields["id"] = fields.pop("name")
        fields["max_absolute_error"] = _number(checked.max_absolute_error)
        fields["max_relative_error"] = _number(checked.max_relative_error)
        nodes.append(fields)
    return {
        "passed": found.passed,
        "max_relative_error": _number(found.max_relative_error),
        "epsilon": found.epsilon,
        "reason": found.reason,
        "nodes": nodes,
    }


def _number(value: float) -> Any:
    return nested(np.array(value))


def verdict_text(found: Verdict) -> str:
    """One line: ✓ every gradient verified · 3e−10."""
    if not found.passed:
        return f"✗ {found.reason}"
    skipped, small = (sum(getattr(checked, name) for checked in found.inputs) for name in ("skipped", "unmeasured"))
    rest = (f" · {skipped} at a kink" if skipped else "") + (f" · {small} too small to measure" if small else "")
    if found.reason:
        return f"– no gradient could be judged{rest}"
    return f"✓ every gradient verified · {numbers.number(found.max_relative_error, 2)}{rest}"
