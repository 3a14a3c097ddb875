"""How one gradient comes about: in words, in symbols, in numbers and in code, all read off the same gradient graph."""

from __future__ import annotations

from dataclasses import dataclass

from app.engine.program import Array, Trace
from app.explain.derivation.figures import Figure, numeric
from app.explain.derivation.outline import Outline, outline
from app.explain.derivation.scribe import Notation, Order, plain
from app.explain.derivation.teller import Read, Step
from app.explain.derivation.why import Reason, reasons

__all__ = ["Derivation", "Figure", "Notation", "Order", "Outline", "Read", "Reason", "Step", "derivation", "outline", "plain"]


@dataclass(frozen=True, eq=False)
class Derivation:
    """A derivation with its numbers."""

    outline: Outline
    trace: Trace
    steps: tuple[Step, ...]
    reasons: tuple[Reason, ...]

    def value(self, step: Step) -> Array | None:
        """The number that a step's formula and code say; None where it is about words alone."""
        read = step.read
        if read is None:
            return None
        return self.trace.value(read.node) if read.sketch is None else read.sketch.value(self.trace, read.node)


def derivation(found: Outline, trace: Trace, figure: Figure) -> Derivation:
    """The numbers of one run put into an outline; `figure` rounds a number for the eye."""
    last = numeric(found, trace, figure)
    return Derivation(found, trace, (*found.steps, *([last] if last else [])), tuple(reasons(found, trace, figure)))
