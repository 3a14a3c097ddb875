"""Where a job is done: what is light in a thread of this process, what is heavy in a process that can be killed."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

import anyio
from anyio import to_thread

from app.errors import Fault, LimitError
from app.settings import Capacity, Limits
from app.work import processes
from app.work.lanes import Lane
from app.work.processes import Keeper
from app.work.weight import TooHeavy, allowance

T = TypeVar("T")
TINY, TINY_BYTES = 4.0, 8 * 1024
"""Estimated milliseconds, and bytes, up to which a job is done in the event loop: to hand it to a thread would take longer."""
PAUSE = 0.7
"""Seconds before the first process is started."""
TICK, LOOKS, LAGGING = 0.05, 4, 0.15
"""Seconds between two looks at the event loop, and by how many it may be late so many times before such a job is turned away."""


class Desk:
    """The lanes of a server, and the processes that stand ready for them."""

    def __init__(self, limits: Limits, capacity: Capacity, warm: Callable[[], bool]) -> None:
        self.limits, self.capacity = limits, capacity
        self.light = Lane("light", capacity.light_at_once, capacity.light_waiting)
        self.heavy = Lane("heavy", capacity.heavy_at_once, capacity.heavy_waiting, retry_after=5)
        self.layouts = Lane("layout", capacity.layouts_at_once, capacity.layouts_waiting)

        self.lag = 0.0
        """Seconds by which the event loop is late."""
        self.keeper = Keeper(capacity.heavy_at_once + capacity.layouts_at_once, warm, limits.memory_bytes, pause=PAUSE)

    async def watch(self) -> None:
        """Notes how late this task is called, until it is cancelled: so long does everyone wait for the event loop. Being late once says
        nothing."""
        recent: deque[float] = deque([0.0] * LOOKS, maxlen=LOOKS)
        while True:
            begin = time.monotonic()
            await anyio.sleep(TICK)
            recent.append(time.monotonic() - begin - TICK if self.keeper.alive else 0.0)
            self.lag = min(recent)

    async def keep(self) -> None:
        """Keeps the processes ready, until it is cancelled."""
        await self.keeper.keep(lambda: int(self.heavy.limiter.borrowed_tokens + self.layouts.limiter.borrowed_tokens))

    @property
    def full(self) -> bool:
        """Whether more than can be done waits already: in the lane of light work, or for the event loop itself."""
        return self.lag > LAGGING or self.light.full

    @property
    def lanes(self) -> tuple[Lane, ...]:
        return self.light, self.heavy, self.layouts

    async def done(self, job: Callable[..., T], *args: Any, size: int = 0) -> T:
        """What a job returns: a function of a module, or a part of one. `size` is how many bytes were sent for it.

        Raises:
            BusyError: too many wait already.
            LimitError: it took too long, or too much memory.
        """
        try:
            return await self.lightly(job, *args, size=size)
        except TooHeavy:
            return await self.heavily(job, *args)

    async def lightly(self, job: Callable[..., T], *args: Any, size: int = 0) -> T:
        """What a job returns, if it is light.

        Raises:
            TooHeavy: it is not.
            BusyError: too many wait already.
        """
        if size > self.capacity.light_bytes:
            raise TooHeavy
        if self.light.inside == 0 and size <= TINY_BYTES:
            try:
                return _lightly(TINY, job, args)
            except TooHeavy:
                pass
        async with self.light.place():
            return await to_thread.run_sync(_lightly, self.capacity.light_milliseconds, job, args)

    async def heavily(self, job: Callable[..., T], *args: Any) -> T:
        """What a job returns that has a process for itself.

        Raises:
            BusyError: too many wait already.
            LimitError: it took too long, or too much memory.
        """
        async with self.heavy.place():
            return await self._apart(job, args)

    async def _apart(self, job: Callable[..., T], args: tuple[Any, ...]) -> T:
        seconds, memory = self.limits.seconds, self.limits.memory_bytes
        try:
            return await processes.run(job, *args, seconds=seconds, memory=memory)
        except TimeoutError:
            raise LimitError("seconds", seconds, seconds, Fault(f"This took longer than {seconds:g} seconds.", hint=_SMALLER)) from None
        except MemoryError:
            raise LimitError("memory_bytes", memory, memory, Fault(f"This took more than {memory:,} bytes.", hint=_SMALLER)) from None


_SMALLER = "A smaller program, or one with smaller tensors, can be worked on."


def _lightly(milliseconds: float, job: Callable[..., T], args: tuple[Any, ...]) -> T:
    with allowance(milliseconds):
        return job(*args)
