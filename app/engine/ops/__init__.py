"""THE TABLE: one entry for each operation, by family. What stands in it the parser, the formulas, the reference and the tests know."""

from __future__ import annotations

from collections.abc import Mapping

from app.engine.ops import activation, arithmetic, convolution, einsum, elementwise, inverse, linalg, neural, reduce, shape
from app.engine.ops.entry import REQUIRED, Operation, Parameter, flat

__all__ = ["OPERATIONS", "REQUIRED", "Operation", "Parameter", "flat"]

OPERATIONS: Mapping[str, Operation] = {
    entry.name: entry
    for family in (arithmetic, elementwise, activation, reduce, linalg, inverse, einsum, shape, neural, convolution)
    for entry in family.ENTRIES
}  # fmt: skip
"""Every operation by its name, in the order of the reference."""
