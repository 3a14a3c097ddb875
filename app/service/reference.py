"""What there is to start from: examples and operations, as plain data."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from app.engine.ops import OPERATIONS
from app.errors import Fault, UnknownExampleError
from app.examples import gallery


def examples() -> list[dict[str, Any]]:
    """Every example of the gallery as plain data."""
    return [asdict(item) for item in gallery().values()]


def example(name: str) -> dict[str, Any]:
    """One example as plain data.

    Raises:
        UnknownExampleError: there is none of that name.
    """
    found = gallery().get(name)
    if found is None:
        raise UnknownExampleError(Fault("There is no such example.", hint=f"There are {', '.join(gallery())}."))
    return asdict(found)


def operations() -> list[dict[str, Any]]:
    """The table of operations as plain data."""
    return [
        {
            "name": item.name, "signature": item.signature, "summary": item.summary, "derivative": item.derivative,
            "differentiable": item.differentiable, "convention": item.kink.convention if item.kink else None,
        }
        for item in OPERATIONS.values()
    ]  # fmt: skip
