"""Every operation, at each of its samples, as a program in each framework: it runs, and its own check holds."""

from functools import cache

import numpy as np
import pytest
from table import NAMES, drawn, graph_of, parameters_of
from test_frameworks import NUMPY, RUNNABLE, Run, agreed, executed

from app.engine.ops import OPERATIONS
from app.explain.frameworks import Framework

CASES = [(item, sample) for item in OPERATIONS.values() for sample in item.samples]
IDS = [f"{item.name}: {sample.call} {sample.shapes}" for item, sample in CASES]


@cache
def sampled(number):
    """A sample as a program, sum(out * k), with no kink near."""
    operation, sample = CASES[number]
    rng = np.random.default_rng(len(sample.call))
    parameters = parameters_of(operation, sample)
    out = operation.shape(*sample.shapes, **parameters)
    graph = graph_of(operation, sample.shapes, parameters, out)
    for _ in range(1000):
        args = drawn(operation, sample, rng)
        found = Run(graph, {**dict(zip(NAMES, args, strict=False)), "k": rng.uniform(0.5, 1.5, out)})
        if found.judged:
            return found
    raise AssertionError("no place away from kinks")


LAST = [number for number, (item, _) in enumerate(CASES) if number + 1 == len(CASES) or CASES[number + 1][0] is not item]
"""The last sample of each operation: JAX compiles every shape anew, and all of them would take minutes."""
PRINTED = [(number, framework) for framework in RUNNABLE for number in (LAST if framework is Framework.JAX else range(len(CASES)))]


@pytest.mark.parametrize(("number", "framework"), PRINTED, ids=[f"{framework} {IDS[number]}" for number, framework in PRINTED])
def test_every_sample(number, framework):
    found = sampled(number)
    code = agreed(found, framework)
    assert "check_by_differences()" in code or framework not in NUMPY or not found.arrays.keys() - {"k"}


@pytest.mark.parametrize("framework", [one for one in RUNNABLE if one is not Framework.JAX])
@pytest.mark.parametrize("name", OPERATIONS)
def test_numbers_at_the_edges_are_told_of_and_not_refused(name, framework):
    """Ties, zeros, whole numbers, infinities and NaN: the numbers are those that were shown, whatever a framework's derivative is."""
    operation = OPERATIONS[name]
    rng = np.random.default_rng(len(name))
    for sample in operation.samples:
        parameters = parameters_of(operation, sample)
        out = operation.shape(*sample.shapes, **parameters)
        graph = graph_of(operation, sample.shapes, parameters, out)
        for numbers in ([-1.0, 0.0, 1.0, 3.0], [0.0, 0.5, 2.0, np.inf, -np.inf, np.nan]):
            args = [
                rng.integers(0, 2, shape) * 1.0 if kind == "mask" else rng.choice(numbers, shape)
                for kind, shape in zip(operation.domain * len(sample.shapes), sample.shapes, strict=False)
            ]
            found = Run(graph, {**dict(zip(NAMES, args, strict=False)), "k": rng.uniform(0.5, 1.5, out)})
            executed(found.listing(framework, judged=False).code)
