"""How long a derivation takes, for the seed network and for a program of a hundred statements; and a nudge, and a program written."""

from __future__ import annotations

import json
from itertools import count

from app import service
from app.examples import gallery
from app.explain import notation
from app.explain.derivation import Notation, outline
from app.explain.frameworks import Framework
from app.service import Analysis, Given, Request
from app.settings import Limits
from benchmarks.growth import ARRAYS, program
from benchmarks.harness import medians, table

LIMITS = Limits()


def main() -> None:
    """Prints the tables."""
    print("## How a gradient comes about\n")
    seed = gallery()["seed-network"]
    for title, text, inputs, target in (
        ("The seed network, w1", seed.program, {name: Given.of(value) for name, value in seed.inputs.items()}, "w1"),
        ("A chain of 100 statements, x", program(100), {name: Given(array.tolist()) for name, array in ARRAYS.items()}, "x"),
    ):
        table(title, _measured(text, inputs, target), "Derivation, warm")


def _measured(text: str, inputs: dict[str, Given], target: str) -> dict[str, float]:
    numbers = count()
    kept = service.analyse(Request(text, inputs), LIMITS)

    def derived(analysis: Analysis, notation: Notation) -> str:
        found = service.derived(analysis, target, notation)
        return json.dumps(service.derivation_answer(analysis, found), allow_nan=False)

    def cold() -> str:
        """A program that no cache has seen, with formulas that none has typeset."""
        outline.cache_clear()
        notation.mathml.cache_clear()
        return derived(service.analyse(Request(f"{text}\n# {next(numbers)}", inputs), LIMITS), Notation.MATRIX)

    index = [0] * len(kept.graph.shapes[next(item.node for item in kept.program.inputs if item.name == target)])
    calls = {
        "Derivation, warm": lambda: derived(kept, Notation.MATRIX),
        "The same for one sample, warm": lambda: derived(kept, Notation.SAMPLE),
        "Derivation, cold, with parsing and differentiating": cold,
        "A nudge": lambda: service.nudged(kept, target, index, 0.001),
        "A program in NumPy, with the verdict that it needs": lambda: service.program_code(kept, Framework.NUMPY_STEPS),
    }
    return medians(calls, rounds=15)
