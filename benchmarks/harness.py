"""Fair timing on a noisy machine: rounds with turns in random order, medians, and ratios within one run."""

from __future__ import annotations

import gc
import random
import statistics
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping

Call = Callable[[], object]
Waiting = Callable[[], Awaitable[object]]


def medians(calls: Mapping[str, Call], rounds: int, repeat: int = 1) -> dict[str, float]:
    """Median seconds of each call, made `repeat` times in a row at each of its turns."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for name in _turns(calls, rounds):
        call = calls[name]
        for _ in range(repeat):
            call()
        begin = time.perf_counter()
        for _ in range(repeat):
            call()
        times[name].append((time.perf_counter() - begin) / repeat)
    return middle(times)


async def medians_waiting(calls: Mapping[str, Waiting], rounds: int, before: Mapping[str, Call] | None = None) -> dict[str, float]:
    """The same for calls that wait, in the event loop that runs already. What has to happen `before` a call is not timed."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    prepare = before or {}
    for name in _turns(calls, rounds):
        for _ in ("untimed", "timed"):
            if name in prepare:
                prepare[name]()
            begin = time.perf_counter()
            await calls[name]()
            taken = time.perf_counter() - begin
        times[name].append(taken)
    return middle(times)


def _turns(names: Iterable[str], rounds: int) -> Iterator[str]:
    """Every name once a round. In a fixed order each call would always find the caches as the same other call left them: that alone
    is worth a tenth. So the order is shuffled, and what takes its turn is first called without being timed.

    What was loaded before is taken out of the garbage collector's sight: large libraries in the same process would slow everyone.
    """
    gc.collect()
    gc.freeze()
    shuffled = random.Random(0)
    order = list(names)
    for _ in range(rounds):
        shuffled.shuffle(order)
        yield from order


def middle(times: Mapping[str, list[float]]) -> dict[str, float]:
    """The median of each."""
    return {name: statistics.median(taken) for name, taken in times.items()}


def table(title: str, found: Mapping[str, float], base: str) -> None:
    """Prints a table: each call's median and its ratio to `base`."""
    print(f"### {title}\n\n| | median | × {base} |\n|---|---:|---:|")
    for name, seconds in found.items():
        print(f"| {name} | {duration(seconds)} | {seconds / found[base]:.2f} |")
    print()


def duration(seconds: float) -> str:
    """A time in the unit that suits it."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-6:.3g} µs"
