"""What an operator may set, read once from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Self, TypeVar

T = TypeVar("T")

HOST, PORT = "127.0.0.1", 8000

_HERE = Path(__file__).resolve().parent
_ROOT = _HERE if (_HERE / "templates").is_dir() else _HERE.parent
STATIC, TEMPLATES = _ROOT / "static", _ROOT / "templates"
"""Beside the package in a checkout, inside it when installed."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a request may cost at most. Each is an environment variable, CURLYD_ and its name in capitals."""

    body_bytes: int = 8 * 1024 * 1024
    program_characters: int = 256 * 1024
    statements: int = 20_000
    nesting: int = 2_000
    nodes: int = 50_000
    inputs: int = 256
    rank: int = 8
    tensor_elements: int = 1_000_000
    total_bytes: int = 256_000_000
    flops: float = 2e10
    json_elements: int = 10_000
    listing_elements: int = 50_000
    verify_elements: int = 2_000
    verify_steps: int = 4_000_000
    cards: int = 150
    layout_seconds: float = 6.0


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the app listens, and its limits."""

    host: str = HOST
    port: int = PORT
    limits: Limits = field(default_factory=Limits)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Settings with HOST, PORT and CURLYD_* taken from the environment.

        Raises:
            ValueError: a variable does not hold a positive number.
        """
        given: dict[str, Any] = {}
        for limit in fields(Limits):
            name = f"CURLYD_{limit.name.upper()}"
            if name in environment:
                given[limit.name] = _positive(name, environment[name], type(limit.default))
        port = _positive("PORT", environment.get("PORT", str(PORT)), int)
        return cls(host=environment.get("HOST", HOST), port=port, limits=Limits(**given))


def _positive(name: str, text: str, kind: type[T]) -> T:
    try:
        number: Any = kind(text)  # type: ignore[call-arg]
    except ValueError:
        number = 0
    if not number > 0:
        raise ValueError(f"{name} must be a positive number, not {text!r}")
    return number  # type: ignore[no-any-return]
