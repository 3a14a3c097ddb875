"""Verdicts: is this the gradient, and if not, what went wrong on the way to it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from app.draw.numbers import largest
from app.engine.program import Array, Shape
from app.errors import Fault
from app.practice.closeness import agreeing
from app.practice.speech import Link


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One mistake, named: `line` is the line of the answer, from 1, `link` the step of the chain rule; a fault of the text has its
    columns. `factor` is what the answer has too much, as a number."""

    id: str
    message: str
    line: int | None = None
    factor: float | None = None
    link: Link | None = None
    fault: Fault | None = None


@dataclass(frozen=True, eq=False)
class Verdict:
    """Whether an answer is the gradient of a variable. The differences are of the given numbers; None where the shapes differ."""

    variable: str
    node: int
    correct: bool
    shape: Shape | None
    value: Array | None
    expected: Array
    diagnoses: tuple[Diagnosis, ...] = ()
    line: int | None = None

    @property
    def shape_ok(self) -> bool:
        return self.shape == np.shape(self.expected)

    @cached_property
    def wrong(self) -> tuple[tuple[int, ...], ...]:
        """The places of the elements that differ, for the given numbers."""
        if self.value is None or not self.shape_ok or self.correct:
            return ()
        return tuple(tuple(int(i) for i in place) for place in np.argwhere(np.logical_not(agreeing(self.value, self.expected))))

    def difference(self) -> tuple[float, float] | None:
        """The largest difference, and the largest in relation to the largest element of the gradient."""
        if self.value is None or not self.shape_ok:
            return None
        with np.errstate(all="ignore"):
            apart = np.abs(self.value - self.expected)
            apart = np.where((self.value == self.expected) | (np.isnan(self.value) & np.isnan(self.expected)), 0.0, apart)
            most, size = float(np.max(apart)), largest(self.expected)
            return most, most / size if size else (0.0 if most == 0 else np.inf)
