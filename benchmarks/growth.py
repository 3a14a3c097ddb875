"""How time grows with the length of a program: parsed, differentiated and run, and drawn."""

from __future__ import annotations

import math
from itertools import count

import numpy as np

from app import service
from app.engine.evaluate import run
from app.engine.gradient import differentiate
from app.engine.parser import parse
from app.service import Given, Request
from app.settings import Limits
from benchmarks.harness import duration, medians

LENGTHS = (10, 100, 1_000, 5_000)
LIMITS = Limits()
ARRAYS = {"x": np.ones((4, 3)), "w": 0.5 * np.eye(3), "b": np.full(3, 0.1), "s": np.array(0.5)}
STEPS = ("tanh({0} @ w + b)", "{0} * s + x", "maximum({0}, 0.1 * {0})", "{0} - mean({0})")
"""What a statement makes of the one before it, in turn."""


def program(length: int) -> str:
    """A program of so many statements, each of a few operations."""
    lines = ["h0 = x @ w + b"]
    lines += [f"h{i} = {STEPS[i % len(STEPS)].format(f'h{i - 1}')}" for i in range(1, length - 1)]
    return "\n".join([*lines, f"loss = mean(h{length - 2} ** 2)"])


def main() -> None:
    """Prints the table, and the exponents of growth from 100 statements to 5,000."""
    print("## Growth with the length of a program\n")
    names = ("parse", "differentiate", "plan and run", "all of a request for plain data", "all of a picture but its layout")
    found = {length: dict(zip(names, _measured(length), strict=True)) for length in LENGTHS}
    print(f"| statements | {' | '.join(f'{length:,}' for length in LENGTHS)} | exponent |")
    print(f"|---|{'---:|' * (len(LENGTHS) + 1)}")
    for name in names:
        _row(name, [found[length][name] for length in LENGTHS])
    _row("parse, differentiate and run", [sum([*found[length].values()][:3]) for length in LENGTHS])
    print()


def _row(name: str, times: list[float]) -> None:
    exponent = math.log(times[-1] / times[1]) / math.log(LENGTHS[-1] / LENGTHS[1])
    print(f"| {name} | {' | '.join(map(duration, times))} | {exponent:.2f} |")


def _measured(length: int) -> list[float]:
    """Median seconds of each step."""
    text = program(length)
    parsed = parse(text, LIMITS)
    shapes = {name: array.shape for name, array in ARRAYS.items()}
    inputs = {name: Given(array.tolist()) for name, array in ARRAYS.items()}
    numbers = count()

    def analysed() -> service.Analysis:
        """A request that no cache has seen."""
        return service.analyse(Request(f"{text}\n# {next(numbers)}", inputs), LIMITS)

    found = medians(
        {
            "parse": lambda: parse(text, LIMITS),
            "differentiate": lambda: differentiate(parsed, shapes, limits=LIMITS),
            "both": lambda: run(differentiate(parsed, shapes, limits=LIMITS), ARRAYS),
            "answer": lambda: service.answer(analysed()),
            "picture": lambda: service.picture(analysed()),
        },
        rounds=max(3, min(30, 3000 // length)),
    )
    return [found["parse"], found["differentiate"], found["both"] - found["differentiate"], found["answer"], found["picture"]]
