"""What there is to start from: examples and operations, as plain data."""

from __future__ import annotations

import ast
from dataclasses import asdict
from typing import Any

from app.engine.ops import OPERATIONS
from app.engine.prelude import prelude, summary
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
    """The table of operations as plain data, and behind it what is written in the language itself."""
    table = [
        {
            "name": item.name, "signature": item.signature, "kind": "operation", "also": list(item.also), "summary": item.summary,
            "derivative": item.derivative or "It takes no value, so nothing comes back.",
            "inputs": [
                {"name": name, "sentence": sentence.format(**{one: one for one in item.arguments}, out="the result")}
                for name, sentence in zip(item.arguments, item.words, strict=True)
            ],
            "differentiable": item.differentiable, "convention": item.kink.convention if item.kink else None,
            "edges": item.edges or None, "samples": [sample.call for sample in item.samples], "source": None,
        }
        for item in OPERATIONS.values()
    ]  # fmt: skip
    written: list[dict[str, Any]] = [
        {
            "name": item.name, "signature": item.signature, "kind": "function", "also": [], "summary": summary(item),
            "derivative": "That of its parts, into which it opens.", "inputs": [], "differentiable": True, "convention": None,
            "edges": None, "samples": [], "source": ast.unparse(item.tree),
        }
        for item in prelude().values()
    ]  # fmt: skip
    return table + written
