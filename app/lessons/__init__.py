"""The lessons: programs, what to look for in them, and which exercises to take in which order. Data only."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from app.examples import gallery


@dataclass(frozen=True, slots=True)
class Lesson:
    """One lesson. `worked` is the variable whose derivation is shown first; `exercises` are a task and a variable each, "formula-w1"."""

    id: str
    title: str
    words: str
    program: str
    inputs: Mapping[str, Any]
    worked: str
    exercises: tuple[str, ...]


@cache
def lessons() -> Mapping[str, Lesson]:
    """Every lesson by its id, in their order."""
    data = tomllib.loads((resources.files(__name__) / "lessons.toml").read_text(encoding="utf-8"))
    return {item["id"]: _read(item) for item in data["lesson"]}


def _read(item: Mapping[str, Any]) -> Lesson:
    example = gallery()[item["example"]] if "example" in item else None
    program = example.program if example else str(item["program"]).strip()
    inputs = example.inputs if example else item["inputs"]
    return Lesson(item["id"], item["title"], item["words"], program, inputs, item["worked"], tuple(item["exercises"]))
