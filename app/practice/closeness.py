"""When two arrays are the same, as far as rounding lets one say."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from app.draw.numbers import largest
from app.engine.program import Array

RELATIVE = 1e-7
"""Of the largest element."""
ROUNDED = 0.005
"""Half a unit in the last place of three digits, of the largest element."""
ROUNDING = 1e-12
"""Of the largest number that a value was calculated with: so much may be left where the true result is 0."""


def same(found: Array, wanted: Array, size: float = 0.0) -> bool:
    """Whether they have one shape and agree; `size` is the largest number on the way to them. What is not finite agrees with itself."""
    return np.shape(found) == np.shape(wanted) and bool(np.all(agreeing(found, wanted, size)))


def agreeing(found: Array, wanted: Array, size: float = 0.0) -> Array:
    """Which elements agree. The shapes fit each other."""
    with np.errstate(all="ignore"):
        near = np.abs(found - wanted) <= RELATIVE * largest(wanted) + ROUNDING * size
        return near | (found == wanted) | (np.isnan(found) & np.isnan(wanted))  # type: ignore[no-any-return]


def all_same(found: Sequence[Array], wanted: Sequence[Array], sizes: Sequence[float]) -> bool:
    return all(same(a, b, size) for a, b, size in zip(found, wanted, sizes, strict=True))


def ratio(found: Sequence[Array], wanted: Sequence[Array], sizes: Sequence[float]) -> float | None:
    """The number c with found = c · wanted in every run; None where there is none, or where nothing says it."""
    factor = None
    with np.errstate(all="ignore"):
        for a, b, size in zip(found, wanted, sizes, strict=True):
            if np.shape(a) != np.shape(b):
                return None
            if factor is None and largest(b) > ROUNDING * size:
                factor = float(np.vdot(b, a) / np.vdot(b, b))
                if not np.isfinite(factor):
                    return None
            scaled = b if factor is None else factor * b
            if not np.all(np.abs(a - scaled) <= RELATIVE * largest(scaled) + ROUNDING * size * max(1.0, abs(factor or 1.0))):
                return None
    return factor


def near_enough(found: Array, wanted: Array, slack: Array) -> bool:
    """Whether numbers that somebody wrote down agree with others of their shape: exactly, or rounded to three digits or more. `slack`
    is half a unit in the last place of each."""
    return same(found, wanted) or (is_fine(wanted, slack) and is_within(found, wanted, slack))


def is_fine(wanted: Array, slack: Array) -> bool:
    """Whether numbers are written down with three digits or more."""
    return bool(np.all(slack <= ROUNDED * largest(wanted)))


def is_within(found: Array, wanted: Array, slack: Array) -> bool:
    """Whether numbers differ by no more than rounding to their last place may have moved them."""
    with np.errstate(all="ignore"):
        return bool(np.all(np.logical_or(np.abs(found - wanted) <= slack * (1 + 1e-9), agreeing(found, wanted))))
