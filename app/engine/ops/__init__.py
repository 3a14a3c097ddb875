"""THE TABLE: one entry for each operation, by family. What stands in it the parser, the formulas, the reference and the tests know."""

from __future__ import annotations

from collections.abc import Mapping

from app.engine.ops import activation, arithmetic, convolution, einsum, elementwise, inverse, linalg, neural, reduce, shape
from app.engine.ops.entry import REQUIRED, Operation, Parameter, flat

__all__ = ["FAMILIES", "OPERATIONS", "REQUIRED", "Operation", "Parameter", "flat"]

FAMILIES: Mapping[str, tuple[Operation, ...]] = {
    "Arithmetic, comparisons, choices": arithmetic.ENTRIES,
    "Functions of each element": elementwise.ENTRIES,
    "Activations": activation.ENTRIES,
    "Reductions": reduce.ENTRIES,
    "Linear algebra": linalg.ENTRIES,
    "Inverses, determinants, factors": inverse.ENTRIES,
    "Einstein sums": einsum.ENTRIES,
    "Shapes, indices, numbers made": shape.ENTRIES,
    "Rows by index, classes, dropout": neural.ENTRIES,
    "Convolutions and pools": convolution.ENTRIES,
}
"""The entries under the titles of the reference."""

OPERATIONS: Mapping[str, Operation] = {entry.name: entry for entries in FAMILIES.values() for entry in entries}
"""Every operation by its name, in the order of the reference."""
