"""Fair timing on a noisy machine: rounds in turn, medians, and ratios within one run."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping


def medians(
    calls: Mapping[str, Callable[[], object]],
    rounds: int,
    repeat: int = 1,
    before: Mapping[str, Callable[[], object]] | None = None,
) -> dict[str, float]:
    """Median seconds of each call. In each round every call takes its turn, `repeat` times in a row; what has to happen
    `before` a call is not timed.

    What was loaded before is taken out of the garbage collector's sight: large libraries in the same process would slow everyone.
    """
    gc.collect()
    gc.freeze()
    for call in calls.values():
        call()
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            if before and name in before:
                before[name]()
            begin = time.perf_counter()
            for _ in range(repeat):
                call()
            times[name].append((time.perf_counter() - begin) / repeat)
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
