"""The gallery: data only. Each example is a TOML file beside this one, and its name is its address."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

ORDER = (
    "chain-rule", "used-twice", "neuron", "seed-network", "seed-code", "seed-network-diabetes", "broadcast-bias",
    "logistic-regression", "softmax-classifier", "softmax-safe", "dead-relu", "vanishing-sigmoid", "vanishing-relu",
    "residual-block", "layer-norm", "convolution", "rnn", "attention",
)  # fmt: skip
"""From one number to attention, as one would teach it."""
FIRST = "seed-network"
"""What a newcomer sees first."""


@dataclass(frozen=True, slots=True)
class Example:
    """A program with its numbers, a sentence of what to look for, and where it comes from.

    An input is its value, or a mapping of `value` and `role`: either way as one posts it.
    """

    id: str
    title: str
    summary: str
    source: str
    program: str
    inputs: Mapping[str, Any]


@cache
def gallery() -> Mapping[str, Example]:
    """Every example by its name, in the order in which they are shown."""
    return {name: _read(name) for name in ORDER}


def _read(name: str) -> Example:
    data = tomllib.loads((resources.files(__name__) / f"{name}.toml").read_text(encoding="utf-8"))
    inputs = data.get("inputs", {})
    odd = [key for key, item in inputs.items() if isinstance(item, dict) and item.keys() - {"role"} != {"value"}]
    if odd:
        raise ValueError(f"{name}.toml: {', '.join(odd)} needs a value, and may have a role beside it")
    return Example(name, data["title"], data["summary"], data["source"], data["program"].strip(), inputs)
