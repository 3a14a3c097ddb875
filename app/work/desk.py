"""Where a job is done: what is tiny where it arrives, in the event loop; all else in processes that can be killed, heavy work in a lane
of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
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
TINY_BYTES = 8 * 1024
"""Bytes up to which a job may be done in the event loop."""
PAUSE = 0.7
"""Seconds before the first process is started."""
TIDY = 1800.0
"""Seconds between two times at which the whole memory is gone through."""
TICK, LAGGING = 0.02, 0.1
"""Seconds between two looks at the event loop, and by how many one may be late before new requests are turned away."""


class Desk:
    """The lanes of a server, and the processes that stand ready for them."""

    def __init__(self, limits: Limits, capacity: Capacity, warm: Callable[[], bool]) -> None:
        self.limits, self.capacity = limits, capacity
        self.light = Lane("light", capacity.light_at_once, capacity.light_waiting)
        self.heavy = Lane("heavy", capacity.heavy_at_once, capacity.heavy_waiting, retry_after=5)
        self.layouts = Lane("layout", capacity.layouts_at_once, capacity.layouts_waiting)
        self.seen = time.monotonic()
        """When the event loop last got round to `watch`."""
        self.keeper = Keeper(sum(int(lane.limiter.total_tokens) for lane in self.lanes), warm, limits.memory_bytes, pause=PAUSE)

    async def watch(self) -> None:
        """Shows that the event loop gets round to it, until it is cancelled; and tidies up now and then."""
        tidied = time.monotonic()
        while True:
            self.seen = time.monotonic()
            if self.seen - tidied > TIDY:
                processes.tidy()
                tidied = self.seen = time.monotonic()
            await anyio.sleep(TICK)

    async def keep(self) -> None:
        """Keeps the processes ready, until it is cancelled."""
        await self.keeper.keep(lambda: sum(int(lane.limiter.borrowed_tokens) for lane in self.lanes))

    @property
    def full(self) -> bool:
        """Whether more than can be done waits already: in the lane of light work, or for the event loop itself, which has not got round
        since."""
        return self.light.full or (self.keeper.alive and time.monotonic() - self.seen > TICK + LAGGING)

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
        if size <= TINY_BYTES:
            with suppress(TooHeavy):
                return _within(self.capacity.tiny_milliseconds, job, args)
        async with self.light.place():
            light = self.capacity.light_milliseconds
            if processes.standing():
                # Another thread would hold up the event loop each time that they take turns.
                return await self._apart(_within, (light, job, args))
            return await to_thread.run_sync(_within, light, job, args)

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
        with held_to(self.limits):
            return await processes.run(job, *args, seconds=seconds, memory=memory)


_SMALLER = "A smaller program, or one with smaller tensors, can be worked on."


@contextmanager
def held_to(limits: Limits) -> Iterator[None]:
    """Says of what takes too long, or too much memory, which limit it is beyond.

    Raises:
        LimitError: it does.
    """
    seconds, memory = limits.seconds, limits.memory_bytes
    try:
        yield
    except TimeoutError:
        raise LimitError("seconds", seconds, seconds, Fault(f"This took longer than {seconds:g} seconds.", hint=_SMALLER)) from None
    except MemoryError:
        raise LimitError("memory_bytes", memory, memory, Fault(f"This took more than {memory:,} bytes.", hint=_SMALLER)) from None


def _within(milliseconds: float, job: Callable[..., T], args: tuple[Any, ...]) -> T:
    with allowance(milliseconds):
        return job(*args)
