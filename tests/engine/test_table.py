"""THE TABLE, entry by entry, at its samples: against finite differences, against autograd, and by a complex step where that can be."""

import string

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad
from table import differences, drawn, gradients_of, parameters_of, value_of
from twins import TWINS

from app.engine.ops import OPERATIONS

CASES = [(item, sample) for item in OPERATIONS.values() for sample in item.samples]
IDS = [f"{item.name}: {sample.call} {sample.shapes}" for item, sample in CASES]


def away_from_kinks(operation, sample, rng):
    """Arguments and static arguments of a sample, with no kink within a hundredth of any argument."""
    parameters = parameters_of(operation, sample)
    for _ in range(1000):
        args = drawn(operation, sample, rng)
        if operation.kink is None:
            return args, parameters
        here = operation.kink.side(*args, **parameters)
        moved = [[*args[:i], args[i] + step, *args[i + 1 :]] for i in range(len(args)) for step in (-0.01, 0.01)]
        if all(np.array_equal(here, operation.kink.side(*other, **parameters)) for other in moved):
            return args, parameters
    raise AssertionError("no place away from kinks")


@pytest.mark.parametrize(("operation", "sample"), CASES, ids=IDS)
def test_entry_agrees_with_finite_differences_autograd_and_a_complex_step(operation, sample):
    rng = np.random.default_rng(len(sample.call))
    args, parameters = away_from_kinks(operation, sample, rng)
    twin = TWINS[operation.name]
    value = value_of(operation, args, parameters)
    np.testing.assert_allclose(value, twin(*args, **parameters), rtol=1e-12, atol=1e-14)
    assert np.shape(value) == operation.shape(*sample.shapes, **parameters)
    assert np.asarray(value).dtype == np.float64
    weights = rng.uniform(0.5, 1.5, np.shape(value)) * rng.choice([-1.0, 1.0], np.shape(value))
    ours = gradients_of(operation, args, parameters, weights)
    for position, argument in enumerate(args):

        def loss(array, position=position):
            return np.sum(value_of(operation, [*args[:position], array, *args[position + 1 :]], parameters) * weights)

        def told(array, position=position):
            return anp.sum(twin(*args[:position], array, *args[position + 1 :], **parameters) * weights)

        assert np.shape(ours[position]) == np.shape(argument)
        if operation.name != "stop_gradient":  # whose whole point is to differ
            np.testing.assert_allclose(ours[position], differences(loss, argument), rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(ours[position], grad(told)(argument), rtol=1e-10, atol=1e-10)
        if operation.analytic:
            np.testing.assert_allclose(ours[position], complex_step(loss, argument), rtol=1e-12, atol=1e-12)


def complex_step(function, array, step=1e-30):
    """The derivative at every element from the imaginary part: exact to rounding, since nothing is subtracted."""
    found = np.zeros(np.shape(array))
    for index in np.ndindex(found.shape):
        moved = np.array(array, dtype=complex)
        moved[index] += 1j * step
        found[index] = np.imag(function(moved)) / step
    return found


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=list(OPERATIONS))
def test_entry_is_documented_and_sampled(operation):
    names = {name: name for name in operation.arguments} | {"out": "out"}
    assert operation.summary.endswith("."), "a sentence"
    assert operation.summary[0] in string.ascii_uppercase + string.digits or operation.summary.split()[0] in names
    assert len(operation.words) == len(operation.vjp) == max(1, len(operation.arguments)) or not operation.arguments
    for sentence in (*operation.words, operation.edges, operation.kink.convention if operation.kink else ""):
        told = sentence.format(**names)
        assert not told or told.endswith("."), sentence
    assert operation.samples, "at least one call to test it with"
    assert all(len(p.also) == len(set(p.also)) for p in operation.parameters)


@pytest.mark.parametrize(("operation", "sample"), CASES, ids=IDS)
def test_cost_is_known_before_anything_is_calculated(operation, sample):
    parameters = parameters_of(operation, sample)
    out = operation.shape(*sample.shapes, **parameters)
    assert operation.flops(out, *sample.shapes, **parameters) >= 0


def test_every_twin_has_an_entry():
    assert set(TWINS) == set(OPERATIONS)
