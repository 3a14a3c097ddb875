"""A run as a program of its own, in NumPy, PyTorch or JAX."""

from __future__ import annotations

import math
from typing import Any

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
    inputs = analysis.program.inputs
    size, most = sum(math.prod(analysis.graph.shapes[item.node]) for item in inputs), analysis.limits.listing_elements
    if size > most:
        fault = Fault(f"The inputs have {size:,} numbers; at most {most:,} are written into a program.", hint="Take fewer samples.")
        raise LimitError("listing_elements", size, most, fault)
    judged = verdict(analysis)
    # Where a kink is near, or something is too small or no number, neither differences nor another convention need agree.
    clear = judged.passed and judged.reason is None and not any(one.kinks or one.skipped or one.unmeasured for one in judged.inputs)
    return listing(analysis.trace, opened(analysis), framework, judged=clear)


def code_answer(found: Listing, framework: Framework) -> dict[str, Any]:
    """A program as plain data, ready for JSON."""
    lines = [{"line": line.line, "node": line.node, "gradient": line.gradient} for line in found.lines]
    return {"framework": framework.value, "code": found.code, "lines": lines}
