"""Who may work now, who waits, and who is turned away: at once, so that they can ask again elsewhere."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio

from app.errors import BusyError
from app.work.times import timed


class Lane:
    """Lets `at_once` in, and `waiting` wait for them."""

    def __init__(self, name: str, at_once: int, waiting: int, retry_after: int = 1) -> None:
        self.name, self.waiting, self.retry_after = name, waiting, retry_after
        self.limiter = anyio.CapacityLimiter(at_once)
        self.inside = 0
        """Those who work and those who wait."""
        self.refused = 0

    @property
    def full(self) -> bool:
        return self.inside >= self.limiter.total_tokens + self.waiting

    def refusal(self) -> BusyError:
        """What is said to who is turned away."""
        self.refused += 1
        return BusyError(self.name, self.retry_after)

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """A place in the lane, for as long as it lasts.

        Raises:
            BusyError: too many wait already.
        """
        if self.full:
            raise self.refusal()
        self.inside += 1
        try:
            with timed("queue"):
                await self.limiter.acquire()
            try:
                yield
            finally:
                self.limiter.release()
        finally:
            self.inside -= 1
