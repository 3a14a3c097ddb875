"""Work in processes of their own, which can be killed: each call with a deadline, so much processor time, and so much memory."""

from __future__ import annotations

import ctypes
import gc
import logging
import traceback
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import anyio
import anyio.to_process

from app.errors import CurlydError, LostError
from app.work.times import Times, add, recorded
from app.work.weight import TooHeavy, within

try:
    import resource
except ImportError:  # pragma: no cover (Windows has no limits of this kind)
    resource = None  # type: ignore[assignment]

T = TypeVar("T")
log = logging.getLogger("curlyd")
CHECK = 0.5
"""Seconds between two looks at whether the processes are there."""
STARTING = 3.0
"""Seconds that a process may take to start, and to give up by itself what takes too long, before it is killed."""
NO_LIMIT = -1
"""Of memory, as the operating system says it."""
BLOATED = 200 * 1024 * 1024
"""Bytes in memory from which on a process gives back what it does not use."""


async def run(function: Callable[..., T], *args: Any, seconds: float, memory: int) -> T:
    """What a function of a module returns, called in a process that gives up after so many seconds, or is killed, or takes too much memory.

    Raises:
        TimeoutError: it took longer.
        MemoryError: it took more.
        LostError: the process ended before it had answered.
    """
    try:
        with anyio.fail_after(seconds + STARTING):
            found, times = await anyio.to_process.run_sync(
                _confined, seconds, memory, function, args, cancellable=True, limiter=_places or anyio.CapacityLimiter(1)
            )
    except (anyio.BrokenWorkerProcess, ProcessLookupError, BrokenPipeError):
        # It has ended, at work or while it was started.
        raise LostError from None
    add(times)
    return found


def _confined(seconds: float, memory: int, function: Callable[..., T], args: tuple[Any, ...]) -> tuple[T, Times]:
    """Runs in the process: what the function returns, and how long its parts took."""
    if resource is not None:
        used = resource.getrusage(resource.RUSAGE_SELF)
        _soft(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime + seconds) + 2)
    confine(memory)
    try:
        with recorded() as times, within(seconds):
            return function(*args), times
    except (CurlydError, MemoryError, TimeoutError, TooHeavy):
        raise
    except Exception as error:
        # What went wrong here is to be read where it is logged.
        error.add_note("".join(traceback.format_exception(error)))
        raise
    finally:
        # What comes of it has to be sent, too.
        confine(NO_LIMIT)
        if _pages(1) > BLOATED:
            gc.collect()
            with suppress(OSError, AttributeError):
                ctypes.CDLL(None).malloc_trim(0)


def confine(memory: int) -> None:
    """Lets this process have so many bytes, until its next call.

    Raises:
        MemoryError: it has more already.
    """
    if resource is not None:
        if memory != NO_LIMIT and memory < _pages(0):
            raise MemoryError
        _soft(resource.RLIMIT_AS, memory)


def _soft(which: int, limit: int) -> None:
    """Sets a limit that can be raised again for the next call."""
    _, hard = resource.getrlimit(which)
    free = hard == resource.RLIM_INFINITY
    resource.setrlimit(which, (hard if limit == NO_LIMIT else limit if free else min(limit, hard), hard))


def _pages(which: int) -> int:
    """Bytes of this process, all (0) or those in memory (1); 0 where that cannot be known."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[which]) * resource.getpagesize()
    except (OSError, AttributeError):
        return 0


_standing: int | None = None
_places: anyio.CapacityLimiter | None = None
"""As many as processes are kept: no more are started, even while all of them are looked at."""


def standing() -> int | None:
    """How many processes answered when they were last looked at; None as long as nobody keeps any."""
    return _standing


def settle() -> None:
    """Lets Python's garbage collector do its work in small pieces: what has outlived it once is not gone through again until `tidy`.

    Caches hold millions of objects. To go through all of them takes half a second, in which nobody is answered.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 5, 1_000)
    if _freeze not in gc.callbacks:
        gc.callbacks.append(_freeze)


def _freeze(phase: str, found: dict[str, int]) -> None:
    if phase == "stop" and found["generation"] == 1:
        gc.freeze()


def tidy() -> None:
    """Goes through everything once, for what refers to itself and is referred to by nothing else."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


class Keeper:
    """Sees to it that so many processes stand ready: one that has ended is replaced."""

    def __init__(self, count: int, warm: Callable[[], bool], memory: int, pause: float = 0.0) -> None:
        self.count, self.warm, self.memory, self.pause = count, warm, memory, pause
        self.alive = False
        """Whether the processes answered when they were last looked at."""
        self.looking = 0
        self.looks: deque[bool] = deque(maxlen=count)
        """What the last looks found."""

    async def keep(self, busy: Callable[[], int]) -> None:
        """Looks after the processes until it is cancelled; `busy` says how many are at work, and are left in peace.

        At first there is a moment for whoever waits for the server itself: to start a process takes one.
        """
        global _standing, _places  # noqa: PLW0603 (processes are those of the whole process, not of a keeper)
        _standing, _places = 0, anyio.CapacityLimiter(self.count)
        try:
            await anyio.sleep(self.pause)
            async with anyio.create_task_group() as group:
                while True:
                    # Looks at the same time go to different processes: one that is missing is started for it, and the others' go on.
                    for _ in range(self.count - busy() - self.looking):
                        self.looking += 1
                        group.start_soon(self._look)
                    await anyio.sleep(CHECK)
        finally:
            _standing = _places = None

    async def _look(self) -> None:
        global _standing  # noqa: PLW0603
        found = False
        try:
            found = await run(self.warm, seconds=30.0, memory=self.memory)
        except Exception as error:  # whatever it is, the next look may find it mended
            log.warning("A process that should stand ready does not: %r", error)
        self.looking -= 1
        self.looks.append(found)
        _standing = sum(self.looks)
        self.alive = len(self.looks) == self.count and all(self.looks)
