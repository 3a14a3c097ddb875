"""Elementwise operations at kinks and edges: what is agreed there, for values and gradients."""

import math

import numpy as np
import pytest
from table import gradients_of, value_of

from app.engine import shapes
from app.engine.ops import OPERATIONS, flat
from app.engine.ops.activation import ENTRIES as ACTIVATIONS
from app.engine.ops.arithmetic import ENTRIES as ARITHMETIC
from app.engine.ops.elementwise import ENTRIES as FUNCTIONS

INF, NAN = math.inf, math.nan
SMALL, HUGE = 1e-300, 1e200


def defaults(name):
    return {parameter.name: parameter.default for parameter in OPERATIONS[name].parameters}


def value(name, *args, **static):
    return np.asarray(value_of(OPERATIONS[name], [np.array(arg, float) for arg in args], defaults(name) | static))


def slopes(name, *args, **static):
    """The gradients of sum(out), one for each argument."""
    arrays = [np.array(arg, float) for arg in args]
    out = OPERATIONS[name].shape(*(array.shape for array in arrays), **defaults(name) | static)
    return gradients_of(OPERATIONS[name], arrays, defaults(name) | static, np.ones(out))


def slope(name, a, **static):
    return slopes(name, a, **static)[0]


def at_kink(name, *args, **static):
    found = OPERATIONS[name].kink.at(*(np.array(arg, float) for arg in args), **defaults(name) | static)
    return np.broadcast_to(found, value(name, *args, **static).shape).tolist()


# --- kinks


KINKS = [
    ("relu", {}, [-SMALL, -0.0, 0.0, SMALL], [0, 0, 0, 1], [False, True, True, False]),
    ("relu6", {}, [-SMALL, -0.0, 0.0, SMALL, 6 - 1e-9, 6, 6 + 1e-9], [0, 0, 0, 1, 1, 0, 0], [False, True, True, False, False, True, False]),
    ("leaky_relu", {}, [-SMALL, -0.0, 0.0, SMALL], [0.01, 0.01, 0.01, 1], [False, True, True, False]),
    ("leaky_relu", {"slope": 0.3}, [-2, 0, 2], [0.3, 0.3, 1], [False, True, False]),
    ("leaky_relu", {"slope": 1.0}, [-2, 0, 2], [1, 1, 1], [False, False, False]),
    ("elu", {}, [-SMALL, 0.0, SMALL], [1, 1, 1], [False, False, False]),
    ("elu", {"alpha": 0.5}, [-SMALL, 0.0, SMALL], [0.5, 0.5, 1], [False, True, False]),
    ("selu", {}, [-SMALL, 0.0, SMALL], [1.7580993408473766, 1.7580993408473766, 1.0507009873554805], [False, True, False]),
    ("hardtanh", {}, [-1 - 1e-9, -1, -1 + 1e-9, 1 - 1e-9, 1, 1 + 1e-9], [0, 0, 1, 1, 0, 0], [False, True, False, False, True, False]),
    ("hardtanh", {"low": -2.0, "high": 0.5}, [-2, -1, 0.5, 0.75], [0, 1, 0, 0], [True, False, True, False]),
    ("hardsigmoid", {}, [-3, -2.9, 2.9, 3, 4], [0, 1 / 6, 1 / 6, 0, 0], [True, False, False, True, False]),
    ("clip", {}, [-HUGE, 0, HUGE], [1, 1, 1], [False, False, False]),
    ("clip", {"low": 0}, [-SMALL, 0, SMALL, HUGE], [0, 0, 1, 1], [False, True, False, False]),
    ("clip", {"high": 0}, [-HUGE, -SMALL, 0, SMALL], [1, 1, 0, 0], [False, False, True, False]),
    ("clip", {"low": -1, "high": 2}, [-1, -0.5, 2, 3], [0, 1, 0, 0], [True, False, True, False]),
    ("clip", {"low": 1, "high": 1}, [0.5, 1, 1.5], [0, 0, 0], [False, True, False]),
    ("clip", {"low": 2, "high": -1}, [-3, 0, 3], [0, 0, 0], [False, False, False]),
    ("abs", {}, [-SMALL, -0.0, 0.0, SMALL], [-1, 0, 0, 1], [False, True, True, False]),
    ("sign", {}, [-SMALL, -0.0, 0.0, SMALL], [0, 0, 0, 0], [False, True, True, False]),
    ("floor", {}, [-1, -0.5, 0, 1, 1.5, INF], [0, 0, 0, 0, 0, 0], [True, False, True, True, False, False]),
    ("ceil", {}, [-1, -0.5, 0, 1, 1.5, INF], [0, 0, 0, 0, 0, 0], [True, False, True, True, False, False]),
    ("trunc", {}, [-1, -0.5, 0, 0.5, 1, INF], [0, 0, 0, 0, 0, 0], [True, False, False, False, True, False]),
    ("round", {}, [-0.5, 0, 0.25, 0.5, 1, INF], [0, 0, 0, 0, 0, 0], [True, False, False, True, False, False]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "static", "a", "expected", "kinks"), KINKS, ids=[f"{case[0]} {case[1]}" for case in KINKS])
def test_derivative_at_a_kink_and_beside_it(name, static, a, expected, kinks):
    np.testing.assert_array_equal(slope(name, a, **static), expected)
    assert at_kink(name, a, **static) == kinks


@pytest.mark.parametrize(("name", "static", "a", "expected", "kinks"), KINKS, ids=[f"{case[0]} {case[1]}" for case in KINKS])
def test_sides_differ_where_a_kink_lies_between(name, static, a, expected, kinks):  # noqa: ARG001
    side = OPERATIONS[name].kink.side
    for point, kink in zip(a, kinks, strict=True):
        if kink:
            left, right = (side(np.array(point + step), **defaults(name) | static) for step in (-1e-6, 1e-6))
            assert left != right, point
        elif abs(point) < 100:
            near = [side(np.array(float(point) * factor), **defaults(name) | static) for factor in (1, 1 + 1e-12)]
            assert near[0] == near[1], point


def test_steps():
    assert value("floor", [-1.5, -0.0, 1.5]).tolist() == [-2, 0, 1]
    assert value("ceil", [-1.5, 0.2, 2.0]).tolist() == [-1, 1, 2]
    assert value("round", [-0.5, 0.5, 1.5, 2.5, 2.6]).tolist() == [0, 0, 2, 2, 3]
    assert value("trunc", [-1.5, -0.5, 0.5, 1.5]).tolist() == [-1, 0, 0, 1]
    assert value("sign", [-INF, -0.0, SMALL]).tolist() == [-1, 0, 1]


def test_clip_with_bounds_that_cross_gives_the_upper_one():
    assert value("clip", [-3, 0, 3], low=2, high=-1).tolist() == [-1, -1, -1]
    assert value("clip", [-3, 0, 3]).tolist() == [-3, 0, 3]


def test_infinities_are_clipped():
    for name in ("clip", "hardtanh"):
        assert value(name, [-INF, INF], low=-1.0, high=2.0).tolist() == [-1, 2]
        assert slope(name, [-INF, INF], low=-1.0, high=2.0).tolist() == [0, 0]
    assert value("relu6", [-INF, INF]).tolist() == [0, 6]
    assert value("hardsigmoid", [-INF, -3, 0, 3, INF]).tolist() == [0, 0, 0.5, 1, 1]


def test_dead_and_saturated_units():
    def watched(name, a, **static):
        watch = OPERATIONS[name].watch
        return watch.kind, watch.at(value(name, a, **static), np.array(a, float), **defaults(name) | static).tolist()

    assert watched("relu", [-1, 0, 1]) == ("dead", [True, True, False])
    assert watched("relu6", [-1, 0, 1, 7]) == ("dead", [True, True, False, False])
    assert watched("hardtanh", [-1, 0, 0.99, 2]) == ("saturated", [True, False, False, True])
    assert watched("hardtanh", [-1, 0, 0.99, 2], low=-2.0, high=0.5) == ("saturated", [False, False, True, True])
    assert watched("hardsigmoid", [-3, 0, 2.9, 4]) == ("saturated", [True, False, False, True])
    assert watched("tanh", [-4, 0, 2, 4]) == ("saturated", [True, False, False, True])
    assert watched("sigmoid", [-8, 0, 5, 8]) == ("saturated", [True, False, False, True])


# --- far out


FAR = [
    ("softplus", {}, [-800, -40, 0, 40, 800, HUGE, INF], [0, math.exp(-40), math.log(2), 40, 800, HUGE, INF],
     [0, math.exp(-40), 0.5, 1, 1, 1, 1]),
    ("log_sigmoid", {}, [-INF, -HUGE, -800, 0, 40, 800, INF], [-INF, -HUGE, -800, -math.log(2), -math.exp(-40), 0, 0],
     [1, 1, 1, 0.5, math.exp(-40), 0, 0]),
    ("silu", {}, [-INF, -HUGE, -1000, 0, 1000, HUGE], [0, 0, 0, 0, 1000, HUGE], [0, 0, 0, 0.5, 1, 1]),
    ("silu", {}, [-40], [-40 * math.exp(-40)], [-39 * math.exp(-40)]),
    ("mish", {}, [-HUGE, -1000, 0, 1000, HUGE, INF], [0, 0, 0, 1000, HUGE, INF], [0, 0, 0.6, 1, 1, NAN]),
    ("gelu", {}, [-HUGE, -40, 0, 40, HUGE, INF], [0, 0, 0, 40, HUGE, INF], [0, 0, 0.5, 1, 1, NAN]),
    ("gelu", {"approximate": "tanh"}, [-HUGE, -40, 0, 40, HUGE, INF], [0, 0, 0, 40, HUGE, INF], [0, 0, 0.5, 1, 1, NAN]),
    ("elu", {}, [-INF, -800, 800, HUGE, INF], [-1, -1, 800, HUGE, INF], [0, 0, 1, 1, 1]),
    ("elu", {"alpha": 2.0}, [-INF, -800, 800, HUGE, INF], [-2, -2, 800, HUGE, INF], [0, 0, 1, 1, 1]),
    ("selu", {}, [-INF, 1e4, INF], [-1.7580993408473766, 10507.009873554805, INF], [0, 1.0507009873554805, 1.0507009873554805]),
    ("softsign", {}, [-INF, -HUGE, 0, HUGE, INF], [-1, -1, 0, 1, 1], [0, 0, 1, 0, 0]),
    ("tanh", {}, [-INF, -HUGE, HUGE, INF], [-1, -1, 1, 1], [0, 0, 0, 0]),
    ("arctan", {}, [-INF, HUGE], [-math.pi / 2, math.pi / 2], [0, 0]),
    ("erf", {}, [-INF, -30, 0, 30, INF], [-1, -1, 0, 1, 1], [0, 0, 2 / math.sqrt(math.pi), 0, 0]),
    ("erfc", {}, [-INF, 0, 30, INF], [2, 1, 0, 0], [0, -2 / math.sqrt(math.pi), 0, 0]),
    ("expm1", {}, [-INF, -40, 1e-18, 800], [-1, -1, 1e-18, INF], [0, math.exp(-40), 1, INF]),
    ("log1p", {}, [-1, 1e-18, INF], [-INF, 1e-18, INF], [INF, 1, 0]),
    ("leaky_relu", {}, [-INF, INF], [-INF, INF], [0.01, 1]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "static", "a", "out", "expected"), FAR, ids=[f"{case[0]} {case[1]}" for case in FAR])
def test_far_out_the_limits_are_met(name, static, a, out, expected):
    np.testing.assert_allclose(value(name, a, **static), out, rtol=1e-14, atol=0)
    np.testing.assert_allclose(slope(name, a, **static), expected, rtol=1e-14, atol=0)


def test_gelu_keeps_its_digits_where_the_bell_curve_is_thin():
    area, height = 0.5 * math.erfc(8 / math.sqrt(2)), math.exp(-32) / math.sqrt(2 * math.pi)
    assert value("gelu", -8.0) == pytest.approx(-8 * area, rel=1e-14, abs=0)
    assert slope("gelu", -8.0) == pytest.approx(area - 8 * height, rel=1e-12, abs=0)


def test_gelu_and_its_approximation_are_two_functions():
    assert value("gelu", 1.0) == pytest.approx(0.8413447460685429, rel=1e-15)
    assert value("gelu", 1.0, approximate="tanh") == pytest.approx(0.8411919906082768, rel=1e-12)


@pytest.mark.parametrize("shape", [(), (0,), (4,), (2, 1, 3)])
def test_erf_is_exact_in_every_shape(shape):
    a = np.random.default_rng(1).normal(size=shape)
    for name, function in (("erf", math.erf), ("erfc", math.erfc)):
        found = value(name, a)
        assert found.shape == shape
        assert found.ravel().tolist() == [function(x) for x in a.ravel()]


def test_erf_of_a_transposed_array_stays_in_place():
    a = np.arange(6.0).reshape(2, 3).T / 3
    np.testing.assert_array_equal(value("erf", a), np.vectorize(math.erf)(a))


# --- edges of a domain


def test_edges_of_a_domain():
    np.testing.assert_array_equal(value("arcsin", [-1, 1, 1.5]), [-math.pi / 2, math.pi / 2, NAN])
    np.testing.assert_array_equal(slope("arcsin", [-1, 1, 1.5]), [INF, INF, NAN])
    np.testing.assert_array_equal(value("arccos", [-1, 1, -1.5]), [math.pi, 0, NAN])
    np.testing.assert_array_equal(slope("arccos", [-1, 1, -1.5]), [-INF, -INF, NAN])
    np.testing.assert_array_equal(value("arccosh", [1, 0.5]), [0, NAN])
    np.testing.assert_array_equal(slope("arccosh", [1, 0.5]), [INF, NAN])
    np.testing.assert_array_equal(value("arctanh", [-1, 1, 2]), [-INF, INF, NAN])
    np.testing.assert_array_equal(slope("arctanh", [-1, 1]), [INF, INF])
    np.testing.assert_array_equal(value("log1p", [-1, -2]), [-INF, NAN])
    np.testing.assert_array_equal(value("log2", [0, -1, 8]), [-INF, NAN, 3])
    np.testing.assert_array_equal(value("log10", [0, -1, 1000]), [-INF, NAN, 3])
    np.testing.assert_array_equal(value("rsqrt", [0, -1, 4, INF]), [INF, NAN, 0.5, 0])
    np.testing.assert_array_equal(slope("rsqrt", [0, 4, INF]), [-INF, -0.0625, 0])
    np.testing.assert_array_equal(value("reciprocal", [-0.0, 0.0, INF]), [-INF, INF, 0])
    np.testing.assert_array_equal(slope("reciprocal", [-0.0, 0.0, INF, -2]), [-INF, -INF, 0, -0.25])


# --- pairs


def test_hypot_at_the_origin_has_derivative_zero():
    a, b = slopes("hypot", [0, 3, 0, 1e200], [0, 4, -2, 1e200])
    np.testing.assert_allclose(a, [0, 0.6, 0, math.sqrt(0.5)], rtol=1e-15)
    np.testing.assert_allclose(b, [0, 0.8, -1, math.sqrt(0.5)], rtol=1e-15)
    assert at_kink("hypot", [0, 0, 1], [0, 1, 0]) == [True, False, False]
    assert value("hypot", 3e200, 4e200) == pytest.approx(5e200, rel=1e-15)


def test_shares_of_logaddexp_far_apart():
    a, b = slopes("logaddexp", [0, 800, -800, 0, -INF, INF], [0, -800, 800, -40, 1, 1])
    np.testing.assert_allclose(a, [0.5, 1, 0, 1, 0, 1], rtol=1e-15)
    np.testing.assert_allclose(b, [0.5, 0, 1, math.exp(-40), 1, 0], rtol=1e-14)
    np.testing.assert_array_equal(value("logaddexp", [800, -INF, INF], [800, -INF, 1]), [800 + math.log(2), -INF, INF])
    assert np.isnan(slopes("logaddexp", [-INF, INF], [-INF, INF])).all()


def test_arctan2_at_its_cut_and_at_the_origin():
    assert value("arctan2", [0.0, -0.0, 1], [-1, -1, 0]).tolist() == [math.pi, -math.pi, math.pi / 2]
    a, b = slopes("arctan2", [0.0, -0.0, 0, 0], [-2, -2, 2, 0])
    np.testing.assert_array_equal(a, [-0.5, -0.5, 0.5, NAN])
    np.testing.assert_array_equal(b, [0, 0, 0, NAN])
    assert at_kink("arctan2", [0, -0.0, 0, 1], [-1, -1, 1, -1]) == [True, True, False, False]


def test_remainder_has_the_sign_of_its_divisor_and_python_agrees():
    cases = [(5.5, 2.0), (-5.5, 2.0), (5.5, -2.0), (-5.5, -2.0), (6.0, 2.0), (1.0, 8.0)]
    a, b = (np.array(side) for side in zip(*cases, strict=True))
    assert value("remainder", a, b).tolist() == [x % y for x, y in cases]
    assert value("floor_divide", a, b).tolist() == [x // y for x, y in cases]
    np.testing.assert_array_equal(slopes("remainder", a, b)[0], 1)
    np.testing.assert_array_equal(slopes("remainder", a, b)[1], [-(x // y) for x, y in cases])
    np.testing.assert_array_equal(slopes("floor_divide", a, b), np.zeros((2, 6)))
    for name in ("remainder", "floor_divide"):
        assert at_kink(name, a, b) == [False, False, False, False, True, False]


def test_division_by_zero_in_whole_steps():
    np.testing.assert_array_equal(value("floor_divide", [1, -1, 0], [0, 0, 0]), [INF, -INF, NAN])
    np.testing.assert_array_equal(value("remainder", [1, -1, 0], [0, 0, 0]), [NAN, NAN, NAN])
    assert at_kink("floor_divide", [1, 0], [0, 0]) == [False, False]


def test_logic_asks_whether_it_is_zero():
    a, b = [0, -0.0, 2, -1, 0.5], [0, 3, 0, 5, NAN]
    assert value("logical_and", a, b).tolist() == [0, 0, 0, 1, 1]
    assert value("logical_or", a, b).tolist() == [0, 1, 1, 1, 1]
    assert value("logical_not", a).tolist() == [1, 1, 0, 0, 0]
    np.testing.assert_array_equal(slopes("logical_and", a, b), np.zeros((2, 5)))


# --- where


def test_where_chooses_and_only_the_chosen_gets_a_gradient():
    a, b, c = [0, -0.0, 2, -1, NAN], [1, 2, 3, 4, 5], [10, 20, 30, 40, 50]
    assert value("where", a, b, c).tolist() == [10, 20, 3, 4, 5]
    found = slopes("where", a, b, c)
    np.testing.assert_array_equal(found, [[0, 0, 0, 0, 0], [0, 0, 1, 1, 1], [1, 1, 0, 0, 0]])


def test_where_hides_what_it_did_not_choose():
    assert value("where", [1, 0], [5, INF], [NAN, 7]).tolist() == [5, 7]


def test_where_broadcasts_all_three():
    assert OPERATIONS["where"].shape((2, 1), (3,), ()) == (2, 3)
    assert OPERATIONS["where"].shape((), (4, 1, 1), (5, 1)) == (4, 5, 1)
    a, b, c = slopes("where", [[1], [0]], [1, 2, 3], 4.0)
    assert (a.shape, b.tolist(), c.tolist()) == ((2, 1), [1, 1, 1], 3)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (((2,), (3,), ()), "{a} is (2,) and {b} is (3,)"),
        (((2,), (1,), (3,)), "{a} is (2,) and {c} is (3,)"),
        (((1,), (2,), (3,)), "{b} is (2,) and {c} is (3,)"),
    ],
)
def test_where_names_the_two_that_do_not_fit(given, named):
    with pytest.raises(shapes.Mismatch) as caught:
        OPERATIONS["where"].shape(*given)
    assert caught.value.message.startswith(named)


def test_where_hints_at_the_repair_by_the_right_name():
    with pytest.raises(shapes.Mismatch) as caught:
        OPERATIONS["where"].shape((), (2, 3), (3, 2))
    assert caught.value.hint == "Did you mean {c}.T?"


# --- what sends nothing back


def test_stop_gradient_lets_the_value_through_and_no_gradient():
    assert value("stop_gradient", [1.5, -INF]).tolist() == [1.5, -INF]
    assert slope("stop_gradient", [1.5, 2.0]).tolist() == [0, 0]


STEPS = {
    "floor", "ceil", "round", "trunc", "sign", "floor_divide", "logical_and", "logical_or", "logical_not", "stop_gradient",
    "greater", "greater_equal", "less", "less_equal", "equal", "not_equal",
}  # fmt: skip


@pytest.mark.parametrize("operation", [*ARITHMETIC, *FUNCTIONS, *ACTIVATIONS], ids=lambda operation: operation.name)
def test_exactly_the_steps_send_nothing_back_and_say_so(operation):
    assert operation.differentiable is (operation.name not in STEPS)
    for rule, words in zip(operation.vjp, operation.words, strict=True):
        assert (rule is flat) == ("no gradient comes back" in words)


# --- softmax


def test_softmax_does_not_overflow_and_is_the_same_when_shifted():
    a = np.array([[1000.0, 1001, 999], [-1000, -1001, -999]])
    shifted = value("softmax", a - 1000 * np.sign(a))
    np.testing.assert_allclose(value("softmax", a), shifted, rtol=1e-14)
    np.testing.assert_allclose(value("log_softmax", a), np.log(shifted), rtol=1e-14)
    np.testing.assert_allclose(value("softmax", a).sum(axis=1), 1, rtol=1e-15)


def test_log_softmax_keeps_what_softmax_loses():
    assert value("log_softmax", [0, -2000]).tolist() == [0, -2000]
    assert value("softmax", [0, -2000]).tolist() == [1, 0]


def test_masked_elements_get_nothing():
    a = [[-INF, 1, 1], [2, -INF, -INF]]
    np.testing.assert_allclose(value("softmax", a), [[0, 0.5, 0.5], [1, 0, 0]], rtol=1e-15)
    weights = np.array([[3.0, 1, 5], [7, 2, 4]])
    found = gradients_of(OPERATIONS["softmax"], [np.array(a)], {"axis": -1}, weights)[0]
    np.testing.assert_allclose(found, [[0, -1, 1], [0, 0, 0]], rtol=1e-15)
    assert value("log_softmax", a)[0, 0] == -INF


def test_masked_elements_of_log_softmax_get_nothing_either():
    found = gradients_of(OPERATIONS["log_softmax"], [np.array([-INF, 1, 1])], {"axis": -1}, np.array([0.0, 1, 3]))[0]
    np.testing.assert_allclose(found, [0, -1, 1], rtol=1e-15)


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_all_masked_is_unknown(name):
    assert np.isnan(value(name, [-INF, -INF])).all()
    assert np.isnan(value(name, [INF, 1])).any()


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_softmax_needs_its_axis(name):
    for shape, axis in (((), -1), ((3,), 1), ((2, 3), -3), ((2, 3), (0, 0))):
        with pytest.raises(shapes.Mismatch):
            OPERATIONS[name].shape(shape, axis=axis)
    assert OPERATIONS[name].shape((2, 3), axis=(0, 1)) == (2, 3)


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_softmax_leaves_its_argument_as_it_was(name):
    a = np.array([[1.0, 2.0], [3.0, 5.0]])
    value_of(OPERATIONS[name], [a], {"axis": -1})
    assert a.tolist() == [[1, 2], [3, 5]]


# --- names


def test_names_that_people_know():
    known = {other: name for name, operation in OPERATIONS.items() for other in operation.also}
    expected = {
        "asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2", "asinh": "arcsinh", "acosh": "arccosh",
        "atanh": "arctanh", "absolute": "abs", "clamp": "clip", "swish": "silu", "detach": "stop_gradient", "mod": "remainder",
        "logsigmoid": "log_sigmoid", "sgn": "sign", "rint": "round", "expit": "sigmoid", "amax": "max", "amin": "min",
    }  # fmt: skip
    assert {other: known.get(other) for other in expected} == expected
    assert not known.keys() & OPERATIONS.keys()


def test_parameters_that_people_know_by_other_names():
    known = {(name, other): p.name for name in ("clip", "leaky_relu", "hardtanh") for p in OPERATIONS[name].parameters for other in p.also}
    assert known == {
        ("clip", "min"): "low", ("clip", "a_min"): "low", ("clip", "min_val"): "low",
        ("clip", "max"): "high", ("clip", "a_max"): "high", ("clip", "max_val"): "high",
        ("leaky_relu", "negative_slope"): "slope", ("hardtanh", "min_val"): "low", ("hardtanh", "max_val"): "high",
    }  # fmt: skip
