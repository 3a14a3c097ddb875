"""The gallery: data only. Each example is a TOML file beside this one, and its name is its address."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

ORDER = ("chain-rule", "seed-network", "seed-network-diabetes")
FIRST = "seed-network"
"""What a newcomer sees first."""


@dataclass(frozen=True, slots=True)
class Example:
    """A program with its numbers, a sentence of what to look for, and where it comes from."""

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
    return Example(name, data["title"], data["summary"], data["source"], data["program"].strip(), data["inputs"])
