"""Numbers as people send them, to float64 arrays and back: nested lists, with NaN and the infinities as strings."""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np

from app.engine.program import Array
from app.errors import Fault, InputError, LimitError
from app.settings import Limits

Nested: TypeAlias = Any
"""A number, one of the strings below, or a list of these; lists of lists are rectangular."""

SPELLED = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def array_of(name: str, value: Nested, limits: Limits) -> Array:
    """A nested list as float64 array, of rank 0 for a single number.

    Raises:
        InputError: it is empty, not rectangular, or holds something that is no number; the message says where.
        LimitError: its rank or its size is beyond the limits.
    """
    shape: list[int] = []
    level: list[Any] = [value]
    while level and isinstance(level[0], (list, tuple)):
        if len(shape) == limits.rank:
            fault = Fault(f"{name} is nested more than {limits.rank} deep.")
            raise LimitError("rank", len(shape) + 1, limits.rank, fault)
        size = len(level[0])
        if size == 0:
            raise InputError(Fault(f"{name} is empty{_at(0, shape)}.", hint="Give it at least one number."))
        for i, item in enumerate(level):
            if not isinstance(item, (list, tuple)) or len(item) != size:
                found = f"{len(item)} entries" if isinstance(item, (list, tuple)) else "a single number"
                message = f"{name} is not rectangular: it has {found}{_at(i, shape)}, and {size} elsewhere."
                raise InputError(Fault(message, hint="Every row needs the same number of entries."))
        shape.append(size)
        if math.prod(shape) > limits.tensor_elements:
            fault = Fault(f"{name} has more than {limits.tensor_elements:,} numbers.")
            raise LimitError("tensor_elements", math.prod(shape), limits.tensor_elements, fault)
        level = [entry for item in level for entry in item]
    flat = np.empty(len(level))
    for i, entry in enumerate(level):
        flat[i] = _number(name, entry, i, shape)
    return flat.reshape(shape)


def _number(name: str, entry: Any, i: int, shape: list[int]) -> float:
    if type(entry) is float or type(entry) is int:
        try:
            return float(entry)
        except OverflowError:
            raise InputError(Fault(f"{name} holds a number beyond 1.8e308{_at(i, shape)}.")) from None
    if isinstance(entry, str) and entry in SPELLED:
        return SPELLED[entry]
    if entry == "":
        raise InputError(Fault(f"{name} has no number{_at(i, shape)} yet.", hint="Fill it in."))
    if isinstance(entry, (list, tuple)):
        message, hint = (
            f"{name} is not rectangular: it has a list{_at(i, shape)}, and numbers elsewhere.",
            "Every row needs the same depth.",
        )
        raise InputError(Fault(message, hint=hint))
    shown = "null" if entry is None else "true or false" if isinstance(entry, bool) else repr(entry)[:40]
    hint = 'Write numbers as they are; NaN and infinities as "NaN", "Infinity" and "-Infinity".'
    raise InputError(Fault(f"{name} holds {shown}{_at(i, shape)}, which is not a number.", hint=hint))


def _at(i: int, shape: list[int]) -> str:
    """Where the i-th entry of a list of this shape stands: " at [0, 2]"."""
    return f" at {[int(n) for n in np.unravel_index(i, shape)]}" if shape else ""


def nested(array: Array) -> Nested:
    """An array as a nested list that JSON can hold."""
    if np.isfinite(array).all():
        return np.asarray(array).tolist()
    spelled = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
    flat = [number if math.isfinite(number) else spelled[repr(number)] for number in np.ravel(array).tolist()]
    return _folded(flat, np.shape(array))


def _folded(flat: list[Any], shape: tuple[int, ...]) -> Nested:
    for size in reversed(shape[1:]):
        flat = [flat[i : i + size] for i in range(0, len(flat), size)]
    return flat if shape else flat[0]
