"""What is about to be done says beforehand what it weighs. Where only light work is done, too heavy work goes elsewhere."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_left: ContextVar[list[float] | None] = ContextVar("allowance", default=None)


class TooHeavy(Exception):  # noqa: N818 (no error: the work is done all the same, elsewhere)
    """The work weighs more than is allowed here."""


@contextmanager
def allowance(milliseconds: float) -> Iterator[None]:
    """Within it, work of so many milliseconds of one core may be begun."""
    token = _left.set([milliseconds])
    try:
        yield
    finally:
        _left.reset(token)


def weigh(milliseconds: float) -> None:
    """Says that work of about so many milliseconds of one core is about to begin.

    Raises:
        TooHeavy: there is an allowance, and it does not suffice.
    """
    left = _left.get()
    if left is not None:
        left[0] -= milliseconds
        if left[0] < 0:
            raise TooHeavy


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Gives up what takes longer: at once in a process's main thread, where work of its own is done; at its end elsewhere.

    Raises:
        TimeoutError: it took longer.
    """
    begin = time.monotonic()
    alarmed = threading.current_thread() is threading.main_thread() and hasattr(signal, "setitimer")
    around = 0.0
    if alarmed:
        before = signal.signal(signal.SIGALRM, _give_up)
        around, _ = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        if alarmed:
            # What stands around this goes on counting.
            signal.setitimer(signal.ITIMER_REAL, max(around - (time.monotonic() - begin), 1e-3) if around else 0)
            signal.signal(signal.SIGALRM, before)
    if time.monotonic() - begin > seconds:
        raise TimeoutError


def _give_up(*_: object) -> None:
    raise TimeoutError
