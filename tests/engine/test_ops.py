"""THE TABLE, as programs use it: what is agreed at kinks and ties, powers, sums over any axes, products of any shapes."""

import math

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import mutually_broadcastable_shapes
from seed_network import by_name, differences, gradients, traced, values
from table import DOMAINS
from twins import TWINS

from app.engine import shapes
from app.engine.ops import OPERATIONS

PAIRWISE = [name for name, item in OPERATIONS.items() if item.shape is shapes.broadcast]


def check(call, args, twin, out_shape=None):
    """The gradient of sum(call · fixed weights) for each argument, against finite differences and autograd."""
    rng = np.random.default_rng(7)
    names = "abc"[: len(args)]
    shape = np.shape(twin(*args)) if out_shape is None else out_shape
    weights = rng.uniform(0.5, 1.5, shape) * rng.choice([-1.0, 1.0], shape)
    text = f"out = {call}\nloss = sum(out * k)"
    arrays = dict(zip(names, args, strict=True)) | {"k": weights}
    found = values(text, arrays)
    np.testing.assert_allclose(found["out"], twin(*args), rtol=1e-12, atol=1e-14)
    assert found["out"].shape == shape
    ours = gradients(text, arrays, wrt=names)
    for position, name in enumerate(names):

        def loss(array, name=name):
            return values(text, arrays | {name: array})["loss"]

        def told(array, position=position):
            return anp.sum(twin(*args[:position], array, *args[position + 1 :]) * weights)

        np.testing.assert_allclose(ours[name], differences(loss, args[position], 1e-5), rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(ours[name], grad(told)(args[position]), rtol=1e-10, atol=1e-10)
        assert ours[name].shape == np.shape(args[position])


@pytest.mark.parametrize("name", PAIRWISE)
@settings(deadline=None, max_examples=12)
@given(made=mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3), seed=st.integers(0, 10**6))
def test_pairwise_rule_agrees_for_all_shapes_that_broadcast(name, made, seed):
    rng = np.random.default_rng(seed)
    domains = OPERATIONS[name].domain * (2 // len(OPERATIONS[name].domain))
    args = [DOMAINS[domain](rng, shape) for domain, shape in zip(domains, made.input_shapes, strict=True)]
    # Away from ties, and from where a quotient passes a whole number.
    while np.any(np.abs(args[0] - args[1]) < 0.01) or (
        name in ("remainder", "floor_divide") and np.any(np.abs(args[0] / args[1] % 1 - 0.5) > 0.49)
    ):
        args = [DOMAINS[domain](rng, shape) for domain, shape in zip(domains, made.input_shapes, strict=True)]
    check(f"{name}(a, b)", args, TWINS[name], made.result_shape)


def test_signature_is_the_call_as_one_writes_it():
    assert OPERATIONS["matmul"].signature == "matmul(a, b)"
    assert OPERATIONS["sum"].signature == "sum(a, axis=None, keepdims=False)"
    assert OPERATIONS["reshape"].signature == "reshape(a, shape)"
    assert OPERATIONS["concatenate"].signature == "concatenate([a, b, …], axis=0)"
    assert OPERATIONS["gelu"].signature == "gelu(a, approximate='none')"


# --- at kinks


@pytest.mark.parametrize("call", ["relu(u)", "abs(u)", "maximum(0, u)", "maximum(u, 0)", "minimum(0, u)", "minimum(u, 0)"])
def test_derivative_at_zero_is_zero(call):
    np.testing.assert_array_equal(gradients(f"y = sum({call})", {"u": [0.0, -0.0]})["u"], [0.0, 0.0])


@pytest.mark.parametrize(
    ("call", "expected"),
    [("relu(u)", [0, 1]), ("abs(u)", [-1, 1]), ("maximum(0, u)", [0, 1]), ("minimum(0, u)", [1, 0]), ("minimum(u, 0)", [1, 0])],
)
def test_derivative_beside_zero(call, expected):
    np.testing.assert_array_equal(gradients(f"y = sum({call})", {"u": [-1e-300, 1e-300]})["u"], expected)


@pytest.mark.parametrize("name", ["maximum", "minimum"])
def test_two_variables_that_tie_share_the_gradient(name):
    found = gradients(f"y = sum(k * {name}(a, b))", {"a": [1.0, 5.0], "b": [1.0, 5.0], "k": [3.0, -8.0]}, wrt=["a", "b"])
    np.testing.assert_array_equal(found["a"], [1.5, -4.0])
    np.testing.assert_array_equal(found["b"], [1.5, -4.0])


@pytest.mark.parametrize("name", ["maximum", "minimum"])
@pytest.mark.parametrize("order", ["a, c", "c, a"])
def test_tie_with_an_input_that_is_constant_leaves_the_variable_nothing(name, order):
    found = gradients(f"y = sum({name}({order}))", {"a": [1.0, 2.0, 3.0], "c": [2.0, 2.0, 2.0]}, wrt=["a"])
    np.testing.assert_array_equal(found["a"], [0, 0, 1] if name == "maximum" else [1, 0, 0])


@pytest.mark.parametrize("name", ["maximum", "minimum"])
def test_variable_that_meets_itself_gets_the_whole_gradient(name):
    np.testing.assert_array_equal(gradients(f"y = sum({name}(a, a))", {"a": [1.0, 0.0, -2.0]})["a"], [1, 1, 1])


# --- powers


def test_zero_to_the_power_of_a_literal_zero():
    assert values("y = a ** 0", {"a": 0.0})["y"] == 1.0
    assert gradients("y = a ** 0", {"a": 0.0})["a"] == 0.0


def test_zero_to_the_power_of_a_variable_zero():
    found = gradients("y = a ** b", {"a": 0.0, "b": 0.0})
    assert values("y = a ** b", {"a": 0.0, "b": 0.0})["y"] == 1.0
    assert found["a"] == 0.0
    assert found["b"] == 0.0


@pytest.mark.parametrize(("b", "expected"), [(1.0, 1.0), (2.0, 0.0), (3.0, 0.0)])
def test_variable_exponent_at_base_zero(b, expected):
    found = gradients("y = a ** b", {"a": 0.0, "b": b})
    assert found["a"] == expected
    assert found["b"] == 0.0


@pytest.mark.parametrize(("n", "expected"), [(1, 1.0), (2, -6.0), (3, 27.0), (-1, -1 / 9)])
def test_negative_base_with_a_literal_exponent(n, expected):
    assert values(f"y = a ** {n}", {"a": -3.0})["y"] == pytest.approx((-3.0) ** n)
    assert gradients(f"y = a ** {n}", {"a": -3.0})["a"] == pytest.approx(expected, rel=1e-15)


def test_base_of_a_literal_power_at_zero():
    assert gradients("y = a ** 1", {"a": 0.0})["a"] == 1.0
    assert gradients("y = a ** 2", {"a": 0.0})["a"] == 0.0
    assert gradients("y = a ** 0.5", {"a": 0.0})["a"] == math.inf


def test_literal_base():
    assert gradients("y = 2 ** b", {"b": 3.0})["b"] == pytest.approx(8 * math.log(2), rel=1e-15)


# --- sigmoid


@pytest.mark.parametrize("a", [0.0, 1.0, -1.0, 40.0, -40.0, 800.0, -800.0])
def test_sigmoid_is_exact_on_both_sides(a):
    e = math.exp(-abs(a))
    expected = 1 / (1 + e) if a >= 0 else e / (1 + e)
    assert values("s = sigmoid(a)", {"a": a})["s"] == pytest.approx(expected, rel=1e-15, abs=0)


def test_derivative_of_sigmoid_far_out():
    assert gradients("s = sigmoid(a)", {"a": -40.0})["a"] == pytest.approx(math.exp(-40), rel=1e-14)
    assert gradients("s = sigmoid(a)", {"a": 800.0})["a"] == 0.0
    assert gradients("s = sigmoid(a)", {"a": -800.0})["a"] == 0.0


# --- reductions


@pytest.mark.parametrize("name", ["sum", "mean"])
@pytest.mark.parametrize("axis", [None, 0, 1, 2, -1, -3, (0, 1), (2, 0), (-1, 1), (0, 1, 2), ()], ids=str)
@pytest.mark.parametrize("keepdims", [False, True])
def test_reduction_over_any_axes(name, axis, keepdims):
    a = np.random.default_rng(3).normal(size=(2, 3, 4))
    check(f"{name}(a, axis={axis}, keepdims={keepdims})", [a], lambda a: TWINS[name](a, axis=axis, keepdims=keepdims))


def test_axis_may_be_given_by_position():
    assert values("s = sum(a, 1)\nt = sum(s)", {"a": np.ones((2, 3))})["s"].tolist() == [3.0, 3.0]
    assert values("s = mean(a, 0, True)\nt = sum(s)", {"a": np.ones((2, 3))})["s"].shape == (1, 3)


# --- linear algebra and shape


SHAPES = [
    ((3,), (3,)),
    ((3,), (3, 4)),
    ((2, 3), (3,)),
    ((2, 3), (3, 4)),
    ((1, 1), (1, 1)),
    ((3,), (5, 3, 4)),
    ((5, 2, 3), (3,)),
    ((5, 2, 3), (3, 4)),
    ((2, 3), (5, 3, 4)),
    ((5, 2, 3), (5, 3, 4)),
    ((1, 2, 3), (5, 3, 4)),
    ((5, 2, 3), (1, 3, 4)),
    ((2, 1, 2, 3), (5, 3, 2)),
    ((3,), (2, 5, 3, 4)),
    ((2, 5, 4, 3), (3,)),
]


@pytest.mark.parametrize("shapes", SHAPES, ids=str)
def test_matmul_of_vectors_matrices_and_batches(shapes):
    rng = np.random.default_rng(11)
    check("a @ b", [rng.normal(size=shape) for shape in shapes], anp.matmul)


@pytest.mark.parametrize("axes", [(0, 1, 2), (2, 0, 1), (1, 2, 0), (0, 2, 1), (-1, 0, 1), (-2, -1, -3)])
def test_transpose_in_any_order(axes):
    a = np.random.default_rng(5).normal(size=(2, 3, 4))
    counted = [axis % 3 for axis in axes]
    check(f"transpose(a, axes={axes})", [a], lambda a: anp.transpose(a, counted))


@pytest.mark.parametrize("call", ["a.T", "transpose(a)"])
@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 3, 4)])
def test_transpose_reverses(call, shape):
    check(call, [np.random.default_rng(5).normal(size=shape)], anp.transpose)


@pytest.mark.parametrize("shape", [(6,), (3, 2), (1, 6, 1), (-1,), (3, -1), (-1, 1)])
def test_reshape(shape):
    check(f"reshape(a, {shape})", [np.random.default_rng(5).normal(size=(2, 3))], lambda a: anp.reshape(a, shape))


@pytest.mark.parametrize(("source", "shape"), [((), (2,)), ((3,), (2, 3)), ((2, 1), (2, 3)), ((1, 3), (4, 2, 3)), ((2, 3), (2, 3))])
def test_broadcast_to_and_sum_to_are_each_other_transposed(source, shape):
    rng = np.random.default_rng(5)
    check(f"broadcast_to(a, {shape})", [rng.normal(size=source)], lambda a: a + anp.zeros(shape))
    lead = len(shape) - len(source)
    axes = (*range(lead), *(lead + i for i, size in enumerate(source) if size != shape[lead + i]))
    check(f"sum_to(a, {source})", [rng.normal(size=shape)], lambda a: anp.reshape(anp.sum(a, axis=axes), source), source)


def test_arithmetic_follows_ieee_754_and_raises_nothing():
    found = values("p = a / b\nq = log(b)\nr = exp(c)\ns = p + q + r", {"a": 1.0, "b": 0.0, "c": 1000.0})
    assert (found["p"], found["q"], found["r"]) == (math.inf, -math.inf, math.inf)
    assert math.isnan(found["s"])


def test_operators_and_calls_are_the_same_operations():
    trace = traced("s = a + b - a * b / (a ** b)\nt = -a\nu = a @ b\nv = (a > b) + (a >= b) + (a < b) + (a <= b) + (a == b) + (a != b)\n"
                   "z = sum(s) + sum(t) + u + sum(v)", {"a": [1.0, 2.0], "b": [3.0, 4.0]})  # fmt: skip
    used = {node.op for node in trace.graph.program.nodes}
    assert used >= {"add", "subtract", "multiply", "divide", "power", "negative", "matmul"}
    assert used >= {"greater", "greater_equal", "less", "less_equal", "equal", "not_equal"}
    assert trace.value(by_name(trace)["v"]).tolist() == [3.0, 3.0]
