"""What an operator may set, read once from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Self, TypeVar

from app.errors import Fault, LimitError

T = TypeVar("T")

HOST, PORT = "127.0.0.1", 8000

_HERE = Path(__file__).resolve().parent
_ROOT = _HERE if (_HERE / "templates").is_dir() else _HERE.parent
STATIC, TEMPLATES = _ROOT / "static", _ROOT / "templates"
"""Beside the package in a checkout, inside it when installed."""


def _bound(default: T, about: str) -> T:
    return field(default=default, metadata={"about": about})


@dataclass(frozen=True, slots=True)
class Limits:
    """What a request may cost at most. Each is an environment variable, CURLYD_ and its name in capitals; a request may lower it."""

    body_bytes: int = _bound(8 * 1024 * 1024, "bytes of a request")
    program_characters: int = _bound(256 * 1024, "characters of a program")
    statements: int = _bound(20_000, "statements, those in loops and functions once for each time")
    nesting: int = _bound(2_000, "depth of an expression")
    nodes: int = _bound(50_000, "operations in a program")
    inputs: int = _bound(256, "inputs of a program")
    rank: int = _bound(8, "axes of a tensor")
    tensor_elements: int = _bound(1_000_000, "numbers in one tensor")
    total_bytes: int = _bound(256_000_000, "bytes of all tensors in the graph, forward and backward")
    flops: float = _bound(2e10, "floating-point operations of both passes")
    json_elements: int = _bound(10_000, "numbers of one tensor that are sent as JSON; larger ones come as statistics and a preview")
    listing_elements: int = _bound(50_000, "numbers of all inputs that are written into a program")
    verify_elements: int = _bound(2_000, "elements that are checked one by one")
    verify_steps: int = _bound(4_000_000, "operations that are evaluated for a verdict")
    cards: int = _bound(150, "cards in a picture; a larger graph is drawn as its groups")
    edges: int = _bound(1_500, "edges in a picture")
    response_bytes: int = _bound(32 * 1024 * 1024, "bytes of an answer")
    memory_bytes: int = _bound(768 * 1024 * 1024, "bytes of memory of a process that does heavy work")
    seconds: float = _bound(10.0, "seconds for a request, without its picture's layout")
    layout_seconds: float = _bound(6.0, "seconds for a layout")

    def lowered(self, wanted: Mapping[str, float]) -> Self:
        """These limits, with some of them lower.

        Raises:
            LimitError: one would be higher.
            ValueError: there is no such limit, or it would not be positive.
        """
        names: dict[str, type[Any]] = {limit.name: type(getattr(self, limit.name)) for limit in fields(self)}
        found: dict[str, Any] = {}
        for name, value in wanted.items():
            if name not in names:
                raise ValueError(f"There is no limit called {name[:40]}.")
            most = getattr(self, name)
            if value > most:
                raise LimitError(name, value, most, Fault(f"The limit {name} can be lowered only: it is {most:,}."))
            found[name] = names[name](value)
            if not found[name] > 0:
                raise ValueError(f"The limit {name} must be positive.")
        return replace(self, **found) if found else self


@dataclass(frozen=True, slots=True)
class Capacity:
    """How much goes on at once, for all requests together. Each is an environment variable, too."""

    tiny_milliseconds: float = _bound(12.0, "estimated work up to which a request is answered at once, in the server's own process")
    light_milliseconds: float = _bound(60.0, "estimated work up to which a request is light")
    light_at_once: int = _bound(2, "light requests that are worked on at once, each in a process")
    light_waiting: int = _bound(48, "requests that wait for that; more are turned away")
    heavy_at_once: int = _bound(1, "heavy requests that are worked on at once, each in a process")
    heavy_waiting: int = _bound(6, "requests that wait for that; more are turned away")
    layouts_at_once: int = _bound(1, "layouts that are made at once, in processes of their own")
    layouts_waiting: int = _bound(24, "layouts that wait for that; more are turned away")
    light_bytes: int = _bound(128 * 1024, "bytes of a request up to which it is light")
    bodies_bytes: int = _bound(64 * 1024 * 1024, "bytes of all requests that are held at once")
    body_seconds: float = _bound(10.0, "seconds within which a request has to arrive")
    cache_bytes: int = _bound(128 * 1024 * 1024, "bytes of all that is kept between requests, in each process")
    connections: int = _bound(1_000, "pages that are connected at once over a WebSocket")
    messages_per_second: float = _bound(100.0, "messages of one of them that are answered in a second; the rest wait")
    idle_seconds: float = _bound(600.0, "seconds after which one that says nothing is closed")


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the app listens, whom it trusts, its limits and its capacity."""

    host: str = HOST
    port: int = PORT
    metrics_port: int | None = None
    """Where Prometheus finds its figures; nowhere, if None."""
    hosts: tuple[str, ...] = ()
    """The names by which the app may be called; any, where there are none."""
    origins: tuple[str, ...] = ()
    """Whose pages may open a WebSocket, besides the app's own: https://example.org."""
    frame_ancestors: str = "'self'"
    """Who may show the page in a frame, as Content-Security-Policy says it."""
    limits: Limits = field(default_factory=Limits)
    capacity: Capacity = field(default_factory=Capacity)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Settings with HOST, PORT and CURLYD_* taken from the environment.

        Raises:
            ValueError: a variable does not hold a positive number, or not one line of text.
        """
        metrics = environment.get("CURLYD_METRICS_PORT")
        return cls(
            host=environment.get("HOST", HOST),
            port=_positive("PORT", environment.get("PORT", str(PORT)), int),
            metrics_port=_positive("CURLYD_METRICS_PORT", metrics, int) if metrics else None,
            hosts=_words(environment.get("CURLYD_HOSTS", "")),
            origins=_words(environment.get("CURLYD_ORIGINS", "")),
            frame_ancestors=_line("CURLYD_FRAME_ANCESTORS", environment.get("CURLYD_FRAME_ANCESTORS", "")) or "'self'",
            limits=Limits(**_numbers(Limits, environment)),
            capacity=Capacity(**_numbers(Capacity, environment)),
        )


def variable(name: str) -> str:
    """The environment variable of a limit or a capacity."""
    return f"CURLYD_{name.upper()}"


def _numbers(of: type[Limits | Capacity], environment: Mapping[str, str]) -> dict[str, Any]:
    given = {item: variable(item.name) for item in fields(of) if variable(item.name) in environment}
    return {item.name: _positive(name, environment[name], type(item.default)) for item, name in given.items()}


def _positive(name: str, text: str, kind: type[T]) -> T:
    try:
        number: Any = kind(text)  # type: ignore[call-arg]
    except ValueError:
        number = 0
    if not number > 0:
        raise ValueError(f"{name} must be a positive number, not {text!r}")
    return number  # type: ignore[no-any-return]


def _words(text: str) -> tuple[str, ...]:
    """What stands between commas."""
    return tuple(word.strip().lower() for word in text.split(",") if word.strip())


def _line(name: str, text: str) -> str:
    """Text that becomes part of a header: one line, without what would end it there."""
    if not text.isascii() or not text.isprintable() or set(text) & {";", ","}:
        raise ValueError(f"{name} must be names between spaces, not {text!r}")
    return text.strip()
