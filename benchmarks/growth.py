"""How time and memory grow: with the length of a program, and with the rows of a batch; and what a large run takes beyond what it shows.

Memory is the peak that `tracemalloc` sees during a call that is not timed. NumPy reports its arrays there, so that it counts every array
and every Python object to the byte, of ten statements as of five thousand; what the system gives a process comes in pages and chunks, and
Python and NumPy alone are more than most of what is measured here. For the largest run both are told: a child process says
how much more it had resident at its peak than before. It asks /proc for that, as `ru_maxrss` begins with what its parent had.
"""

from __future__ import annotations

import gc
import math
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np

from app import service
from app.engine.evaluate import run
from app.engine.gradient import differentiate
from app.engine.parser import parse
from app.engine.program import Graph
from app.engine.views import Shown
from app.examples import gallery
from app.service import Analysis, Given, Request, default_role
from app.settings import Limits
from app.work.caches import store
from app.work.processes import settle
from benchmarks.harness import duration, medians
from benchmarks.networks import HAND, by_hand, curlyd
from benchmarks.passes import agree

ROOT = Path(__file__).parent.parent
LENGTHS = (10, 100, 1_000, 2_000, 5_000)
ROWS = (1, 100, 10_000, 100_000, 300_000, 1_000_000)
UPPER_LENGTH, UPPER_ROWS = 100, 100_000
"""Exponents are those of the sizes from here on: below, what is the same for every size outweighs what grows, and tensors of
up to 10,000 numbers are told in full."""
AIM_EXPONENT, AIM_MEMORY = 1.1, 1.5
LIMITS = Limits()
WIDE = replace(LIMITS, tensor_elements=10**9, total_bytes=10**12, flops=1e15)
"""Limits for batches beyond what a server takes."""
ARRAYS = {"x": np.ones((4, 3)), "w": 0.5 * np.eye(3), "b": np.full(3, 0.1), "s": np.array(0.5)}
STEPS = ("tanh({0} @ w + b)", "{0} * s + x", "maximum({0}, 0.1 * {0})", "{0} - mean({0})")
"""What a statement makes of the one before it, in turn."""
PARSE, DIFFERENTIATE, RUN, BOTH = "parse", "differentiate", "plan and run", "parse, differentiate and run"
ANSWER, PICTURE = "all of a request for plain data", "all of a picture but its layout"
UNCOLLECTED = " (collector off)"


def program(length: int) -> str:
    """A program of so many statements, each of a few operations."""
    lines = ["h0 = x @ w + b"]
    lines += [f"h{i} = {STEPS[i % len(STEPS)].format(f'h{i - 1}')}" for i in range(1, length - 1)]
    return "\n".join([*lines, f"loss = mean(h{length - 2} ** 2)"])


def main() -> None:
    """Prints the tables. The garbage collector is set as the server sets it."""
    settle()
    print("## Growth\n")
    _tables("the length of a program", "statements", {length: _of_length(length) for length in LENGTHS}, UPPER_LENGTH)
    _tables("the rows of the seed network", "rows", {rows: _of_rows(rows) for rows in ROWS}, UPPER_ROWS)
    _large(ROWS[-1])


def _tables(over: str, sizes: str, found: Mapping[int, tuple[Mapping[str, float], Mapping[str, float]]], upper: int) -> None:
    _table(f"Time by {over}", sizes, {size: times for size, (times, _) in found.items()}, upper, duration)
    _table(f"Peak memory by {over}", sizes, {size: memory for size, (_, memory) in found.items()}, upper, _bytes)


def _table(title: str, sizes: str, found: Mapping[int, Mapping[str, float]], upper: int, said: Callable[[float], str]) -> None:
    print(f"### {title}\n")
    print(f"| {sizes} | {' | '.join(f'{size:,}' for size in found)} | exponent | aim |\n|---|{'---:|' * (len(found) + 2)}")
    for name in next(iter(found.values())):
        row = {size: values[name] for size, values in found.items()}
        grown = exponent({size: value for size, value in row.items() if size >= upper})
        print(f"| {name} | {' | '.join(map(said, row.values()))} | {grown:.2f} | at most {AIM_EXPONENT:g} |")
    print()


def exponent(found: Mapping[int, float]) -> float:
    """By least squares: the slope of the straight line through the logarithms."""
    sizes, values = [math.log(size) for size in found], [math.log(value) for value in found.values()]
    return float(np.polyfit(sizes, values, 1)[0])


def _bytes(size: float) -> str:
    for unit, of in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= of:
            return f"{size / of:.3g} {unit}"
    return f"{size:.0f} B"


def _uncollected(call: Callable[[], object]) -> Callable[[], None]:
    """The call without the garbage collector, which otherwise goes through all objects again and again while more and more are made."""

    def called() -> None:
        gc.disable()
        try:
            call()
        finally:
            gc.enable()

    return called


def peak(call: Callable[[], object]) -> float:
    """The most bytes that a call holds at once, what it returns and what is kept for the next time among them."""
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        call()
        return float(tracemalloc.get_traced_memory()[1] - before)
    finally:
        tracemalloc.stop()


def _of_length(length: int) -> tuple[dict[str, float], dict[str, float]]:
    """Median seconds and peak bytes of each step."""
    text = program(length)
    parsed = parse(text, LIMITS)
    shapes = {name: array.shape for name, array in ARRAYS.items()}
    inputs = {name: Given(array.tolist()) for name, array in ARRAYS.items()}
    numbers = count()

    def analysed() -> Analysis:
        """A request that no cache has seen."""
        return service.analyse(Request(f"{text}\n# {next(numbers)}", inputs), LIMITS)

    def passes() -> object:
        return run(differentiate(parse(text, LIMITS), shapes, limits=LIMITS), ARRAYS)

    def answered() -> object:
        return service.answer(analysed())

    calls: dict[str, Callable[[], object]] = {
        PARSE: lambda: parse(text, LIMITS),
        DIFFERENTIATE: lambda: differentiate(parsed, shapes, limits=LIMITS),
        BOTH: passes,
        BOTH + UNCOLLECTED: _uncollected(passes),
        ANSWER: answered,
        ANSWER + UNCOLLECTED: _uncollected(answered),
        PICTURE: lambda: service.picture(analysed()),
    }
    store.clear()
    times = medians(calls, rounds=max(3, min(30, 3000 // length)))
    # A graph keeps its plan, so that running alone needs a new graph each time; the graphs are made beforehand.
    rounds = max(3, min(30, 3000 // length))
    fresh = iter([differentiate(parsed, shapes, limits=LIMITS) for _ in range(2 * rounds)])
    times[RUN] = medians({RUN: lambda: run(next(fresh), ARRAYS)}, rounds)[RUN]
    memory = {}
    for name, call in calls.items():
        store.clear()
        memory[name] = peak(call)
    order = (PARSE, DIFFERENTIATE, RUN, *(name for name in calls if name not in (PARSE, DIFFERENTIATE)))
    return {name: times[name] for name in order}, memory


def batch(rows: int) -> dict[str, np.ndarray]:
    """Inputs of the seed network with so many rows."""
    make = np.random.default_rng(0).normal
    given = {name: np.asarray(value, dtype=float) for name, value in gallery()["seed-network"].inputs.items()}
    return {name: make(size=(rows, *array.shape[1:])) if name in ("x", "y") else array for name, array in given.items()}


def _graph_of(given: Mapping[str, np.ndarray]) -> Graph:
    return differentiate(parse(gallery()["seed-network"].program), {name: array.shape for name, array in given.items()}, limits=WIDE)


def _of_rows(rows: int) -> tuple[dict[str, float], dict[str, float]]:
    """The same for a batch. The arrays are there already, as they are after a file was read."""
    given = batch(rows)
    made = _graph_of(given)
    roles = tuple((item.name, default_role(item.name)) for item in made.program.inputs)

    def analysed() -> Analysis:
        return Analysis(made.program, made, run(made, given), Shown(), roles, (), WIDE)

    calls: dict[str, Callable[[], object]] = {
        "differentiate, plan and run": lambda: run(_graph_of(given), given),
        "run": lambda: run(made, given),
        "run, and plain data": lambda: service.answer(analysed()),
        "run, and a picture but its layout": lambda: service.picture(analysed()),
    }
    peer = by_hand(given)
    agree({HAND: peer, "Curly d": curlyd(given, WIDE)})
    calls[HAND] = peer.both
    times = medians(calls, rounds=max(7, min(50, 1_000_000 // rows)))
    return times, {name: peak(call) for name, call in calls.items()}


def shown_bytes(made: Graph) -> int:
    """What the numbers take that are shown: inputs and named values, and the gradients of all of them, each once."""
    named = made.program.names()
    wanted = {*named, *(made.gradients[node] for node in named if node in made.gradients)}
    return sum(8 * math.prod(made.shapes[node]) for node in wanted)


def _large(rows: int) -> None:
    """Prints what a large run takes, against what it shows. The inputs, which were there before, are part of both."""
    given = batch(rows)
    made = _graph_of(given)
    wanted = shown_bytes(made)
    inputs = sum(array.nbytes for array in given.values())
    roles = tuple((item.name, default_role(item.name)) for item in made.program.inputs)

    def analysed() -> Analysis:
        return Analysis(made.program, made, run(made, given), Shown(), roles, (), WIDE)

    calls: dict[str, Callable[[], object]] = {
        "first run, its plan with it": lambda: run(_graph_of(given), given),
        "run": lambda: run(made, given),
        "run, and plain data": lambda: service.answer(analysed()),
        "run, and a picture but its layout": lambda: service.picture(analysed()),
    }
    print(f"### The memory of {rows:,} rows of the seed network\n\n| | peak | × what is shown | aim |\n|---|---:|---:|---:|")
    print(f"| inputs, named values and all gradients | {_bytes(wanted)} | 1.00 | |")
    for name, call in calls.items():
        found = inputs + peak(call)
        print(f"| {name} | {_bytes(found)} | {found / wanted:.2f} | at most {AIM_MEMORY:g} |")
    resident = _resident(rows)
    if resident:
        found = inputs + resident
        print(f"| first run, resident in a process of its own | {_bytes(found)} | {found / wanted:.2f} | at most {AIM_MEMORY:g} |")
    left, kept = _left(lambda: run(_graph_of(given), given))
    print(f"\nOnce the result of a first run is let go, {_bytes(left)} are left; {_bytes(kept)}, once the garbage collector has run.\n")


def _left(call: Callable[[], object]) -> tuple[float, float]:
    """Bytes that are left of a call whose result nobody holds: before the garbage collector has run, and after. What is left before
    hangs in circles; several requests may leave as much before the collector comes by."""
    gc.collect()
    gc.disable()
    tracemalloc.start()
    try:
        call()
        left = tracemalloc.get_traced_memory()[0]
        gc.collect()
        return float(left), float(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
        gc.enable()


def _resident(rows: int) -> float:
    """Bytes that a first run adds to a child process at its peak; 0 where the system does not say."""
    if not Path("/proc/self/status").exists():
        return 0.0
    code = f"from benchmarks import growth; print(growth.added({rows}))"
    return float(subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True).stdout)


def added(rows: int) -> int:
    """What the child says."""
    given = batch(rows)
    run(_graph_of(batch(1)), batch(1))
    before = _resident_peak()
    result = run(_graph_of(given), given)
    found = _resident_peak() - before
    del result
    return found


def _resident_peak() -> int:
    """The most bytes that this process had in memory so far."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:"))
    return 1024 * int(line.split()[1])
