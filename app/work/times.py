"""How long the parts of an answer take: they are added up in the record of whoever asked."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeAlias

Times: TypeAlias = dict[str, float]
"""Seconds by part."""
PARTS = ("queue", "parse", "differentiate", "run", "layout", "paint")

_record: ContextVar[Times | None] = ContextVar("times", default=None)


@contextmanager
def recorded() -> Iterator[Times]:
    """Within it, times are added to this record: in threads too, which see the same one."""
    found: Times = {}
    token = _record.set(found)
    try:
        yield found
    finally:
        _record.reset(token)


@contextmanager
def timed(part: str) -> Iterator[None]:
    """Adds the time that passes to a part of the record."""
    begin = time.perf_counter()
    try:
        yield
    finally:
        add({part: time.perf_counter() - begin})


def add(times: Times) -> None:
    """Adds to the record, if there is one: what was measured in another process too."""
    record = _record.get()
    if record is not None:
        for part, seconds in times.items():
            record[part] = record.get(part, 0.0) + seconds
