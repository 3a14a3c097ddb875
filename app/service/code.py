"""A run as a program of its own, in NumPy, PyTorch or JAX."""

from __future__ import annotations

import math
from typing import Any

from app.engine.digest import digest
from app.errors import Fault, LimitError
from app.explain.frameworks import Framework, Listing, listing
from app.service.analysis import Analysis
from app.service.check import verdict
from app.service.derive import opened


def program_code(analysis: Analysis, framework: Framework) -> Listing:
    """The program, with the inputs' own numbers in it, and a check at its end.

    Raises:
        LimitError: the inputs have too many numbers to be written out.
    """
    analysis.weigh(0.2)
    inputs = analysis.program.inputs
    size, most = sum(math.prod(analysis.graph.shapes[item.node]) for item in inputs), analysis.limits.listing_elements
    if size > most:
        fault = Fault(f"The inputs have {size:,} numbers; at most {most:,} are written into a program.", hint="Take fewer samples.")
        raise LimitError("listing_elements", size, most, fault)
    return listing(analysis.trace, opened(analysis), framework, judged=_judged(analysis))


def _judged(analysis: Analysis) -> bool:
    """Whether finite differences, and other conventions, have to agree: every number is finite and no kink is near."""
    trace = analysis.trace
    if not digest(trace).finite:
        return False
    found = verdict(analysis)
    return found.passed and not any(one.kinks or one.skipped for one in found.inputs)


def code_answer(found: Listing, framework: Framework) -> dict[str, Any]:
    """A program as plain data, ready for JSON."""
    lines = [{"line": line.line, "node": line.node, "gradient": line.gradient} for line in found.lines]
    return {"framework": framework.value, "code": found.code, "lines": lines}
