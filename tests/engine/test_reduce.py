"""Reductions and the running sum at ties, zeros and edges."""

import math

import numpy as np
import pytest
from table import gradients_of, value_of

from app.engine import shapes
from app.engine.ops import OPERATIONS

INF, NAN = math.inf, math.nan
SMALL = 1e-300
REDUCTIONS = ["sum", "mean", "prod", "max", "min", "var", "std", "norm", "logsumexp", "argmax", "argmin"]


def static(name, given):
    return {parameter.name: parameter.default for parameter in OPERATIONS[name].parameters} | given


def value(name, a, **given):
    return np.asarray(value_of(OPERATIONS[name], [np.array(a, float)], static(name, given)))


def gradient(name, a, weights=None, **given):
    """The gradient of sum(out · weights)."""
    a = np.array(a, float)
    out = OPERATIONS[name].shape(a.shape, **static(name, given))
    weights = np.ones(out) if weights is None else np.array(weights, float)
    return gradients_of(OPERATIONS[name], [a], static(name, given), weights)[0]


def at_kink(name, a, **given):
    found = OPERATIONS[name].kink.at(np.array(a, float), **static(name, given))
    assert np.shape(found) == value(name, a, **given).shape
    return np.asarray(found).tolist()


# --- all of them


@pytest.mark.parametrize("name", REDUCTIONS)
@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", [None, 0, 1, -1, -3], ids=str)
def test_shape_is_what_numpy_makes_of_it(name, axis, keepdims):
    a = np.random.default_rng(2).uniform(0.5, 2, (2, 3, 4))
    expected = np.sum(a, axis=axis, keepdims=keepdims).shape
    assert value(name, a, axis=axis, keepdims=keepdims).shape == expected
    assert OPERATIONS[name].shape((2, 3, 4), **static(name, {"axis": axis, "keepdims": keepdims})) == expected
    assert gradient(name, a, axis=axis, keepdims=keepdims).shape == (2, 3, 4)


@pytest.mark.parametrize("name", [*REDUCTIONS, "cumsum"])
@pytest.mark.parametrize(("shape", "axis"), [((2, 3), 2), ((2, 3), -3), ((3,), 1), ((), 0)])
def test_axis_that_is_not_there(name, shape, axis):
    with pytest.raises(shapes.Mismatch) as caught:
        OPERATIONS[name].shape(shape, **static(name, {"axis": axis}))
    assert caught.value.message.startswith(f"there is no axis {axis}: {{a}} has ")


@pytest.mark.parametrize("name", [name for name in REDUCTIONS if not name.startswith("arg")])
def test_an_axis_named_twice(name):
    with pytest.raises(shapes.Mismatch):
        OPERATIONS[name].shape((2, 3), **static(name, {"axis": (0, -2)}))


@pytest.mark.parametrize("name", ["argmax", "argmin", "cumsum"])
def test_two_axes_where_one_is_meant(name):
    with pytest.raises(shapes.Mismatch, match="one axis"):
        OPERATIONS[name].shape((2, 3), **static(name, {"axis": (0, 1)}))


@pytest.mark.parametrize("name", [*REDUCTIONS, "cumsum"])
def test_argument_stays_as_it_was(name):
    a = np.array([[1.0, 5.0, 2.0], [4.0, 3.0, 9.0]])
    for axis in (None, 0, 1):
        value_of(OPERATIONS[name], [a], static(name, {"axis": axis}))
    assert a.tolist() == [[1, 5, 2], [4, 3, 9]]


@pytest.mark.parametrize("name", REDUCTIONS)
def test_parameters_have_the_names_of_numpy_and_of_pytorch(name):
    known = {other: p.name for p in OPERATIONS[name].parameters for other in (p.name, *p.also)}
    assert known.items() >= {"axis": "axis", "dim": "axis", "keepdims": "keepdims", "keepdim": "keepdims"}.items()
    assert known.get("correction") == ("ddof" if name in ("var", "std") else None)
    assert known.get("p") == ("ord" if name == "norm" else None)


# --- prod


@pytest.mark.parametrize(
    ("a", "expected"),
    [
        ([2, 3, 4], [12, 8, 6]),
        ([2, 0, 4], [0, 8, 0]),
        ([2, -0.0, 4], [0, 8, 0]),
        ([0, 0, 4], [0, 0, 0]),
        ([0, 0, 0], [0, 0, 0]),
        ([0], [1]),
        ([-2, 0, -3], [0, 6, 0]),
    ],
)
def test_product_with_zeros_among_its_factors(a, expected):
    np.testing.assert_array_equal(gradient("prod", a), expected)
    assert value("prod", a) == math.prod(a)


def test_zeros_count_along_their_own_axis():
    a = [[0, 2, 3], [4, 0, 0]]
    np.testing.assert_array_equal(gradient("prod", a, axis=0), [[4, 0, 0], [0, 2, 3]])
    np.testing.assert_array_equal(gradient("prod", a, axis=1), [[6, 0, 0], [0, 0, 0]])
    np.testing.assert_array_equal(gradient("prod", a), np.zeros((2, 3)))


# --- max, min and their places


@pytest.mark.parametrize(("name", "sign"), [("max", 1), ("min", -1)])
def test_ties_share_the_gradient_equally(name, sign):
    a = sign * np.array([[3.0, 3, 1], [2, 5, 4], [7, 7, 7]])
    found = gradient(name, a, [6, 10, 9], axis=1)
    np.testing.assert_array_equal(found, [[3, 3, 0], [0, 10, 0], [3, 3, 3]])
    assert at_kink(name, a, axis=1) == [True, False, True]
    assert at_kink(name, a, axis=1, keepdims=True) == [[True], [False], [True]]
    np.testing.assert_allclose(gradient(name, a), [[0, 0, 0], [0, 0, 0], [1 / 3] * 3], rtol=1e-15)
    assert at_kink(name, a) is True


@pytest.mark.parametrize("name", ["max", "min"])
def test_signed_zeros_tie(name):
    assert gradient(name, [0.0, -0.0]).tolist() == [0.5, 0.5]
    assert at_kink(name, [0.0, -0.0]) is True


def test_extremes_of_infinities_and_of_what_is_no_number():
    assert value("max", [-INF, 1, INF]) == INF
    assert gradient("max", [-INF, 1, INF]).tolist() == [0, 0, 1]
    assert gradient("min", [-INF, -INF, 1]).tolist() == [0.5, 0.5, 0]
    assert np.isnan(value("max", [1, NAN]))
    assert np.isnan(gradient("max", [1, NAN])).all()


def test_sides_tell_which_element_is_ahead():
    for name in ("max", "min", "argmax", "argmin"):
        side = OPERATIONS[name].kink.side
        first, same, other = (side(np.array(a), axis=None, keepdims=False).tolist() for a in ([1.0, 2, 3], [0.5, 2.5, 4], [1.0, 3, 2]))
        assert first == same
        assert (first == other) is (name in ("min", "argmin"))


def test_places_are_the_first_ones_and_send_nothing_back():
    a = [[1, 7, 7], [0, 0, 5]]
    assert value("argmax", a, axis=1).tolist() == [1, 2]
    assert value("argmin", a, axis=1).tolist() == [0, 0]
    assert value("argmax", a, axis=0).tolist() == [0, 0, 0]
    assert value("argmax", a) == 1
    assert value("argmin", a) == 3
    assert value("argmax", a, keepdims=True).tolist() == [[1]]
    assert value("argmax", a, axis=(1,)).tolist() == [1, 2]
    assert value("argmax", 4.0) == 0
    for name in ("argmax", "argmin"):
        assert not OPERATIONS[name].differentiable
        np.testing.assert_array_equal(gradient(name, a, axis=1), np.zeros((2, 3)))
    assert at_kink("argmax", a, axis=1) == [True, False]


# --- var and std


@pytest.mark.parametrize("shared", [0.1, -7.3, 1e20, 0.0])
@pytest.mark.parametrize("n", [1, 2, 3, 7, 10])
def test_equal_numbers_do_not_vary(shared, n):
    a = np.full((2, n), shared)
    assert value("var", a, axis=1).tolist() == [0, 0]
    assert value("std", a, axis=1).tolist() == [0, 0]
    assert gradient("std", a, axis=1).tolist() == np.zeros((2, n)).tolist()
    assert at_kink("std", a, axis=1) == [True, True]


def test_only_the_rows_that_do_not_vary_have_derivative_zero():
    a = [[1, 3], [5, 5]]
    assert gradient("std", a, axis=1).tolist() == [[-0.5, 0.5], [0, 0]]
    assert at_kink("std", a, axis=1) == [False, True]
    assert at_kink("std", a) is False


def test_variance_of_numbers_far_from_zero_keeps_its_digits():
    a = 1e9 + np.array([4.0, 7, 13, 16])
    assert value("var", a) == 22.5
    assert value("var", a, ddof=1) == 30
    assert value("std", a, ddof=1) == math.sqrt(30)
    assert gradient("var", a).tolist() == [-3, -1.5, 1.5, 3]
    assert gradient("var", a, ddof=1).tolist() == [-4, -2, 2, 4]


@pytest.mark.parametrize("name", ["var", "std"])
def test_too_few_numbers_to_spread(name):
    for shape, given in (((), {"ddof": 1}), ((1, 3), {"ddof": 1, "axis": 0}), ((2,), {"ddof": 2}), ((2, 3), {"ddof": 4, "axis": 1})):
        with pytest.raises(shapes.Mismatch, match="more than"):
            OPERATIONS[name].shape(shape, **static(name, given))
    assert OPERATIONS[name].shape((1, 3), **static(name, {"axis": 0})) == (3,)
    assert OPERATIONS[name].shape((2, 3), **static(name, {"axis": 1, "ddof": 2})) == (2,)


# --- norm


@pytest.mark.parametrize("order", [1, 1.5, 2, 3])
def test_norm_of_zeros_has_derivative_zero(order):
    a = np.zeros((2, 3))
    assert value("norm", a, ord=order) == 0
    assert gradient("norm", a, ord=order).tolist() == np.zeros((2, 3)).tolist()
    assert at_kink("norm", a, ord=order, axis=0) == [True, True, True]


def test_norms():
    a = [[3, -4], [0, 0]]
    assert value("norm", a) == 5
    assert value("norm", a, ord=1) == 7
    assert value("norm", a, ord=3) == pytest.approx(91 ** (1 / 3), rel=1e-15)
    assert value("norm", a, axis=1).tolist() == [5, 0]
    np.testing.assert_allclose(gradient("norm", a, axis=1), [[0.6, -0.8], [0, 0]], rtol=1e-15)
    assert gradient("norm", a, ord=1, axis=1).tolist() == [[1, -1], [0, 0]]
    np.testing.assert_allclose(gradient("norm", a, ord=3), [[9 / 91 ** (2 / 3), -16 / 91 ** (2 / 3)], [0, 0]], rtol=1e-14)


def test_kinks_of_norms():
    a = [[3, 0], [0, 0]]
    assert at_kink("norm", a, axis=1) == [False, True]
    assert at_kink("norm", a, ord=3, axis=1) == [False, True]
    assert at_kink("norm", a, ord=1, axis=1) == [True, True]
    assert at_kink("norm", [[3, 1]], ord=1, axis=1) == [False]


def test_sides_of_norms():
    def side(a, order):
        return OPERATIONS["norm"].kink.side(np.array(a, float), ord=order, axis=None, keepdims=False).tolist()

    assert side([1, -2], 1) == side([5, -SMALL], 1) != side([1, 2], 1)
    assert side([1, -2], 2) == side([1, 2], 2) != side([0, 0], 2)


@pytest.mark.parametrize("order", [0, 0.5, -1, INF, NAN])
def test_order_that_makes_no_norm(order):
    with pytest.raises(shapes.Mismatch) as caught:
        OPERATIONS["norm"].shape((3,), **static("norm", {"ord": order}))
    assert caught.value.hint == ("Did you mean max(abs({a}))?" if order == INF else None)


# --- logsumexp


def test_logsumexp_does_not_overflow():
    assert value("logsumexp", [1000, 1000]) == 1000 + math.log(2)
    assert value("logsumexp", [-1000, -1000]) == pytest.approx(-1000 + math.log(2), rel=1e-15)
    assert gradient("logsumexp", [1000, 1000]).tolist() == [0.5, 0.5]
    assert gradient("logsumexp", [800, -800]).tolist() == [1, 0]


def test_logsumexp_with_infinities():
    a = [[-INF, 2, -INF], [-INF, -INF, -INF], [INF, 1, -INF]]
    assert value("logsumexp", a, axis=1).tolist() == [2, -INF, INF]
    found = gradient("logsumexp", a, axis=1)
    assert found[0].tolist() == [0, 1, 0]
    assert np.isnan(found[1]).all()


# --- cumsum


def test_running_sum_and_what_comes_back():
    a, weights = [1, 2, 4], [1, 10, 100]
    assert value("cumsum", a).tolist() == [1, 3, 7]
    assert gradient("cumsum", a, weights).tolist() == [111, 110, 100]


def test_running_sum_along_an_axis():
    a = np.arange(6).reshape(2, 3)
    weights = [[1, 10, 100], [2, 20, 200]]
    assert value("cumsum", a, axis=0).tolist() == [[0, 1, 2], [3, 5, 7]]
    assert gradient("cumsum", a, weights, axis=0).tolist() == [[3, 30, 300], [2, 20, 200]]
    assert value("cumsum", a, axis=-1).tolist() == [[0, 1, 3], [3, 7, 12]]
    assert gradient("cumsum", a, weights, axis=-1).tolist() == [[111, 110, 100], [222, 220, 200]]


def test_running_sum_of_all_stands_in_one_row():
    assert OPERATIONS["cumsum"].shape((2, 3), axis=None) == (6,)
    assert OPERATIONS["cumsum"].shape((), axis=None) == (1,)
    assert value("cumsum", [[1, 2], [3, 4]]).tolist() == [1, 3, 6, 10]
    assert gradient("cumsum", [[1, 2], [3, 4]], [1, 10, 100, 1000]).tolist() == [[1111, 1110], [1100, 1000]]
