"""THE TABLE at shapes that hypothesis makes up: against finite differences and autograd."""

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, basic_indices, mutually_broadcastable_shapes
from table import DOMAINS, differences, gradients_of, value_of
from twins import TWINS

from app.engine import shapes
from app.engine.ops import OPERATIONS
from app.engine.ops.entry import flat
from app.engine.program import Span

SHAPES = array_shapes(min_dims=0, max_dims=3, min_side=1, max_side=3)
SEEDS = st.integers(0, 10**6)
FEW = settings(deadline=None, max_examples=8)
EACH = [item for item in OPERATIONS.values() if item.shape is shapes.same and len(item.arguments) == 1 and item.vjp != (flat,)]
REDUCED = [item for item in OPERATIONS.values() if {"axis", "keepdims"} <= {p.name for p in item.parameters} and item.differentiable]
DEFAULTS = {item.name: {p.name: p.default for p in item.parameters} for item in OPERATIONS.values()}


def check(operation, args, parameters, seed):
    """Value and gradient of each argument; a place at a kink is left out."""
    if operation.kink is not None:
        sides = [operation.kink.side(*args, **parameters)]
        for i, arg in enumerate(args):
            sides += [operation.kink.side(*args[:i], arg + step, *args[i + 1 :], **parameters) for step in (-1e-3, 1e-3)]
        if not all(np.array_equal(sides[0], side) for side in sides):
            return
    twin = TWINS[operation.name]
    value = value_of(operation, args, parameters)
    np.testing.assert_allclose(value, twin(*args, **parameters), rtol=1e-11, atol=1e-13)
    assert np.shape(value) == operation.shape(*map(np.shape, args), **parameters)
    weights = np.random.default_rng(seed).uniform(0.5, 1.5, np.shape(value))
    for position, ours in enumerate(gradients_of(operation, args, parameters, weights)):

        def loss(array, position=position):
            return np.sum(value_of(operation, [*args[:position], array, *args[position + 1 :]], parameters) * weights)

        def told(array, position=position):
            return anp.sum(twin(*args[:position], array, *args[position + 1 :], **parameters) * weights)

        np.testing.assert_allclose(ours, grad(told)(args[position]), rtol=1e-9, atol=1e-9)
        if not operation.holds:
            np.testing.assert_allclose(ours, differences(loss, args[position]), rtol=1e-5, atol=1e-5)


def drawn(operation, given_shapes, seed):
    rng = np.random.default_rng(seed)
    domains = operation.domain * (len(given_shapes) // len(operation.domain))
    return [np.asarray(DOMAINS[domain](rng, shape)) for domain, shape in zip(domains, given_shapes, strict=True)]


@pytest.mark.parametrize("operation", EACH, ids=[item.name for item in EACH])
@FEW
@given(shape=SHAPES, seed=SEEDS)
def test_each_element_by_itself(operation, shape, seed):
    check(operation, drawn(operation, [shape], seed), DEFAULTS[operation.name], seed)


@pytest.mark.parametrize("operation", REDUCED, ids=[item.name for item in REDUCED])
@FEW
@given(shape=SHAPES, seed=SEEDS, keepdims=st.booleans(), data=st.data())
def test_reductions_over_any_axes(operation, shape, seed, keepdims, data):
    axes = (
        data.draw(st.none() | st.lists(st.integers(-len(shape), len(shape) - 1), unique_by=lambda i: i % len(shape)).map(tuple))
        if shape
        else None
    )
    parameters = DEFAULTS[operation.name] | {"axis": axes, "keepdims": keepdims}
    args = drawn(operation, [shape], seed)
    if operation.name == "std" and value_of(operation, args, parameters).min() < 1e-6:
        return
    check(operation, args, parameters, seed)


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "cumsum", "flip"])
@FEW
@given(shape=array_shapes(min_dims=1, max_dims=3, max_side=3), seed=SEEDS, data=st.data())
def test_along_any_axis(name, shape, seed, data):
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    operation = OPERATIONS[name]
    check(operation, drawn(operation, [shape], seed), DEFAULTS[name] | {"axis": axis}, seed)


@settings(deadline=None, max_examples=60)
@given(made=mutually_broadcastable_shapes(signature=np.matmul.signature, max_dims=2, max_side=3), seed=SEEDS)
def test_matmul_of_all_shapes_that_fit(made, seed):
    operation = OPERATIONS["matmul"]
    check(operation, drawn(operation, made.input_shapes, seed), {}, seed)


@settings(deadline=None, max_examples=60)
@given(made=mutually_broadcastable_shapes(num_shapes=3, max_dims=3, max_side=3), seed=SEEDS)
def test_where_of_all_shapes_that_fit(made, seed):
    operation = OPERATIONS["where"]
    condition, a, b = drawn(operation, made.input_shapes, seed)
    check(operation, [np.asarray(condition > 0, dtype=float), a, b], {}, seed)


@settings(deadline=None, max_examples=120)
@given(shape=array_shapes(min_dims=1, max_dims=3, max_side=4), seed=SEEDS, data=st.data())
def test_any_index_of_whole_numbers_and_slices(shape, seed, data):
    index = data.draw(basic_indices(shape, allow_newaxis=True, allow_ellipsis=True))
    items = index if isinstance(index, tuple) else (index,)
    ours = tuple(Span(item.start, item.stop, item.step) if isinstance(item, slice) else item for item in items)
    a = np.random.default_rng(seed).normal(size=shape)
    operation = OPERATIONS["getitem"]
    if a[index].size == 0:
        with pytest.raises(shapes.Mismatch):
            operation.shape(shape, index=ours)
        return
    weights = np.random.default_rng(seed).normal(size=np.shape(a[index]))
    np.testing.assert_array_equal(value_of(operation, [a], {"index": ours}), a[index])
    expected = np.zeros(shape)
    expected[index] = weights
    np.testing.assert_array_equal(gradients_of(operation, [a], {"index": ours}, weights)[0], expected)


@settings(deadline=None, max_examples=60)
@given(shape=SHAPES, times=st.lists(st.integers(1, 3), min_size=1, max_size=3).map(tuple), seed=SEEDS)
def test_any_tiling(shape, times, seed):
    operation = OPERATIONS["tile"]
    check(operation, drawn(operation, [shape], seed), {"repeats": times}, seed)
