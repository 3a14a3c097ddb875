"""Convolutions, pools, choosing by index and dropout at their edges: what is refused, padding, ties, and numbers that are no index."""

import math

import numpy as np
import pytest
from table import calculated, refused
from table import gradients_by_name as gradients

from app.engine.ops import OPERATIONS

NAN = np.nan
SLIDING = {"stride": 1, "padding": 0, "dilation": 1}
POOL = {"size": 2, "stride": None, "padding": 0}


# --- convolutions


@pytest.mark.parametrize(
    ("shapes", "parameters", "message", "hint"),
    [
        (((3, 8, 8), (4, 3, 3, 3)), {},
         "a is (3, 8, 8) and b is (4, 3, 3, 3); conv2d takes a as (batch, channels, height, width), 4 axes, and here are 3.",
         "Did you mean reshape(a, (1, 3, 8, 8))?"),
        (((5, 8, 8), (4, 1, 3, 3)), {},
         "a is (5, 8, 8) and b is (4, 1, 3, 3); conv2d takes a as (batch, channels, height, width), 4 axes, and here are 3.",
         "Did you mean reshape(a, (5, 1, 8, 8))?"),
        (((8, 9), (4, 1, 3, 3)), {},
         "a is (8, 9) and b is (4, 1, 3, 3); conv2d takes a as (batch, channels, height, width), 4 axes, and here are 2.",
         "Did you mean reshape(a, (1, 1, 8, 9))?"),
        (((2, 3, 8, 8), (3, 3, 3)), {},
         "a is (2, 3, 8, 8) and b is (3, 3, 3); conv2d takes b as (outputs, channels, height, width), 4 axes, and here are 3.",
         "Did you mean reshape(b, (1, 3, 3, 3))?"),
        (((2, 1, 8, 8), (3, 3)), {},
         "a is (2, 1, 8, 8) and b is (3, 3); conv2d takes b as (outputs, channels, height, width), 4 axes, and here are 2.",
         "Did you mean reshape(b, (1, 1, 3, 3))?"),
        (((2, 8, 8, 3), (4, 3, 3, 3)), {},
         "a is (2, 8, 8, 3) and b is (4, 3, 3, 3); on axis 1 a has 8 channels and the kernels b are for 3 channels: they must agree.",
         "Did you mean transpose(a, axes=(0, 3, 1, 2))?"),
        (((2, 4, 8, 8), (4, 1, 3, 3)), {},
         "a is (2, 4, 8, 8) and b is (4, 1, 3, 3); on axis 1 a has 4 channels and the kernels b are for 1 channel: they must agree.",
         "Did you mean transpose(b, axes=(1, 0, 2, 3))?"),
        (((1, 1, 8, 2), (1, 1, 3, 5)), {}, "a is (1, 1, 8, 2); on axis 3 a window spans 5, and there are only 2.",
         "Did you mean a smaller window, or padding=2?"),
        (((1, 1, 2, 8), (1, 1, 3, 3)), {"padding": (1, 0), "dilation": 2},
         "a is (1, 1, 2, 8); on axis 2 a window spans 5, and there are only 4 with the padding 1.",
         "Did you mean a smaller window, or padding=2?"),
        (((1, 1, 8, 8), (1, 1, 3, 3)), {"stride": 0}, "stride must be at least 1, and is 0.", None),
        (((1, 1, 8, 8), (1, 1, 3, 3)), {"stride": (2, -1)}, "stride must be at least 1, and is (2, -1).", None),
        (((1, 1, 8, 8), (1, 1, 3, 3)), {"padding": -1}, "padding must be at least 0, and is -1.", None),
        (((1, 1, 8, 8), (1, 1, 3, 3)), {"dilation": (0,)}, "dilation must be at least 1, and is (0,).", None),
        (((1, 1, 8, 8), (1, 1, 3, 3)), {"stride": (1, 1, 1)},
         "stride (1, 1, 1) must be one whole number, or 2: a window slides along 2 axes here.", None),
        (((1, 1, 8, 8), (1, 1, 3, 3)), {"stride": ()},
         "stride () must be one whole number, or 2: a window slides along 2 axes here.", None),
        (((1, 1, 8, 8), (1, 1, 3, 3)), {"padding": 10**6, "stride": 10**6},
         "a is (1, 1, 8, 8), and the padding 1000000 would make 4,000,032,000,064 numbers of 64.", None),
        (((1, 1, 8, 8), (1, 1, 3, 3)), {"dilation": 2**31 - 1},
         "a is (1, 1, 8, 8); on axis 2 a window spans 4294967295, and there are only 8.", "Did you mean a smaller window?"),
    ],
)  # fmt: skip
def test_conv2d_says_what_does_not_fit(shapes, parameters, message, hint):
    assert refused("conv2d", *shapes, **SLIDING | parameters) == (message, hint)


def test_conv1d_says_what_does_not_fit():
    assert refused("conv1d", (3, 9), (4, 3, 2), **SLIDING) == (
        "a is (3, 9) and b is (4, 3, 2); conv1d takes a as (batch, channels, length), 3 axes, and here are 2.",
        "Did you mean reshape(a, (1, 3, 9))?",
    )
    assert refused("conv1d", (1, 3, 9), (4, 3, 2), **SLIDING | {"stride": (1, 2)}) == (
        "stride (1, 2) must be one whole number: a window slides along 1 axis here.",
        None,
    )


def test_convolution_does_not_flip_the_kernel():
    np.testing.assert_array_equal(calculated("conv1d", [[[1, 2, 3, 4]]], [[[10, 1]]], **SLIDING), [[[12, 23, 34]]])


def test_large_convolution_goes_from_place_to_place_and_gives_the_same():
    rng = np.random.default_rng(2)
    a, b = rng.normal(size=(2, 3, 120, 110)), rng.normal(size=(2, 3, 11, 9))
    assert 2 * 3 * 110 * 102 * 99 > 4_000_000
    found = calculated("conv2d", a, b, **SLIDING)
    np.testing.assert_allclose(found[1, 1, 100, 50], np.sum(a[1, :, 100:111, 50:59] * b[1]), rtol=1e-10)
    halves = [calculated("conv2d", part, b, **SLIDING) for part in (a[:, :, :60], a[:, :, 50:])]
    np.testing.assert_allclose(found, np.concatenate(halves, axis=2), rtol=1e-9, atol=1e-11)


def test_strides_that_leave_a_rest_send_nothing_back_to_it():
    (found, _) = gradients("conv1d", [np.ones((1, 1, 6)), np.ones((1, 1, 2))], [[[1, 1]]], **SLIDING | {"stride": 3})
    np.testing.assert_array_equal(found, [[[1, 1, 0, 1, 1, 0]]])


# --- windows


@pytest.mark.parametrize(
    ("name", "shape", "parameters", "message"),
    [
        ("unfold", (3,), {"size": (2, 2)}, "a is (3,), and the window (2, 2) slides along 2 axes."),
        ("unfold", (3,), {"size": ()}, "a is (3,), and the window () slides along 0 axes."),
        ("unfold", (3,), {"size": 0}, "size must be at least 1, and is 0."),
        ("unfold", (3,), {"size": 4}, "a is (3,); on axis 0 a window spans 4, and there are only 3."),
        ("fold", (3, 2), {"shape": 5}, "a is (3, 2), with (3,) windows, and the shape (5,) has (4,) of them."),
        ("fold", (2,), {"shape": 5}, "a is (2,), which are no windows of the shape (5,): it needs at least 2 axes."),
        ("fold", (2, 2), {"shape": 1}, "what a is folded to is (1,); on axis 0 a window spans 2, and there are only 1."),
        ("fold", (2, 2), {"shape": 0}, "a is (2, 2), which are no windows of the shape (0,): it needs at least 2 axes."),
        ("fold", (1, 1), {"shape": 1, "stride": 10**9, "padding": 10**8},
         "what a is folded to is (1,), and the padding 100000000 would make 200,000,001 numbers of 1."),
    ],
)  # fmt: skip
def test_windows_say_what_does_not_fit(name, shape, parameters, message):
    assert refused(name, shape, **SLIDING | parameters)[0] == message


@pytest.mark.parametrize("size", [2, 7], ids=["more windows than places", "more places than windows"])
def test_fold_counts_how_many_windows_an_element_is_in(size):
    windows = calculated("unfold", np.ones(8), **SLIDING | {"size": size})
    expected = [sum(start <= i < start + size for start in range(9 - size)) for i in range(8)]
    np.testing.assert_array_equal(calculated("fold", windows, **SLIDING | {"shape": 8}), expected)


def test_unfold_has_memory_of_its_own():
    a = np.arange(5.0)
    windows = calculated("unfold", a, **SLIDING | {"size": 2})
    windows *= 2.0
    np.testing.assert_array_equal(a, np.arange(5.0))
    np.testing.assert_array_equal(windows, [[0, 2], [2, 4], [4, 6], [6, 8]])


# --- pools


@pytest.mark.parametrize("kind", ["max", "avg"])
@pytest.mark.parametrize(
    ("shape", "parameters", "message", "hint"),
    [
        ((5,), {}, "a is (5,), and a pool slides along its last 2 axes.", "Did you mean reshape(a, (1, 5))?"),
        ((4, 4), {"size": 5}, "a is (4, 4); on axis 0 a window spans 5, and there are only 4.",
         "Did you mean a smaller window, or padding=1?"),
        ((4, 4), {"size": (2, 2, 2)}, "size (2, 2, 2) must be one whole number, or 2: a window slides along 2 axes here.", None),
        ((4, 4), {"size": 0}, "size must be at least 1, and is 0.", None),
        ((4, 4), {"stride": 0}, "stride must be at least 1, and is 0.", None),
        ((4, 4), {"size": (4, 2), "padding": 2}, "padding can be at most half the size of the window, and is 2 for 2.", None),
    ],
)  # fmt: skip
def test_pools_say_what_does_not_fit(kind, shape, parameters, message, hint):
    assert refused(f"{kind}_pool2d", shape, **POOL | parameters) == (message, hint)


def test_padding_never_wins_a_max_pool():
    a = [[-5.0, -3.0, -4.0]]
    parameters = {"size": 2, "stride": 1, "padding": 1}
    np.testing.assert_array_equal(calculated("max_pool1d", a, **parameters), [[-5, -3, -3, -4]])
    np.testing.assert_array_equal(gradients("max_pool1d", [a], [[1, 10, 100, 1000]], **parameters)[0], [[1, 110, 1000]])


def test_padding_does_not_share_with_a_largest_element_of_zero():
    parameters = {"size": 2, "stride": 2, "padding": 1}
    np.testing.assert_array_equal(gradients("max_pool1d", [[0.0, -1.0]], [3.0, 5.0], **parameters)[0], [3.0, 5.0])


def test_elements_that_tie_share_equally():
    a = [[2.0, 2.0, 1.0], [2.0, 0.0, 7.0]]
    found = gradients("max_pool2d", [a], [[6.0, 5.0]], **POOL | {"stride": 1})[0]
    np.testing.assert_array_equal(found, [[2, 2, 0], [2, 0, 5]])
    kink = OPERATIONS["max_pool2d"].kink
    np.testing.assert_array_equal(kink.at(np.array(a), **POOL | {"stride": 1}), [[True, False]])
    assert not kink.at(np.array([[1.0, 2.0], [0.0, -1.0]]), **POOL).any()


def test_average_counts_the_padding():
    np.testing.assert_array_equal(calculated("avg_pool1d", [4.0, 8.0], size=2, stride=2, padding=1), [2.0, 4.0])


def test_stride_of_a_pool_is_the_size_of_its_window():
    for kind in ("max", "avg"):
        assert OPERATIONS[f"{kind}_pool2d"].shape((7, 6, 9), **POOL | {"size": (2, 4)}) == (7, 3, 2)
        assert OPERATIONS[f"{kind}_pool2d"].shape((7, 6, 9), size=(2, 4), stride=1, padding=(0, 1)) == (7, 5, 8)


def test_pool_is_the_same_by_place_and_by_window():
    a = np.random.default_rng(3).normal(size=(2, 9))
    for size in (2, 7):
        rows = np.stack([a[:, i : i + size] for i in range(10 - size)], axis=1)
        np.testing.assert_array_equal(calculated("max_pool1d", a, size=size, stride=1, padding=0), rows.max(axis=-1))
        np.testing.assert_allclose(calculated("avg_pool1d", a, size=size, stride=1, padding=0), rows.mean(axis=-1), rtol=1e-14, atol=1e-15)


# --- by index


def test_index_counts_from_the_end_and_out_of_range_gives_nan():
    a = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]
    found = calculated("take", a, [0, -1, -3, 3, -4, NAN, np.inf, 1e300, 2.4], axis=0)
    np.testing.assert_array_equal(found, [[1, 2], [5, 6], [1, 2], *[[NAN, NAN]] * 5, [5, 6]])
    assert math.isnan(calculated("take", [1.0, 2.0], 2.0, axis=0))
    assert calculated("take", [1.0, 2.0], -1.0, axis=0) == 2.0
    found = calculated("take", a, [[1, 2]], axis=1)
    np.testing.assert_array_equal(found, [[[2, NAN]], [[4, NAN]], [[6, NAN]]])


def test_rows_that_are_chosen_twice_get_both_gradients_and_those_out_of_range_none():
    a, b = np.zeros((3, 2)), [1, 1, 7, -1]
    found, nothing = gradients("take", [a, b], [[1, 2], [10, 20], [100, 200], [1000, 2000]], axis=0)
    np.testing.assert_array_equal(found, [[0, 0], [11, 22], [1000, 2000]])
    np.testing.assert_array_equal(nothing, np.zeros(4))


def test_put_leaves_out_what_is_out_of_range():
    found = calculated("put", [[1.0, 2.0], [10.0, 20.0], [NAN, 1.0], [5.0, 6.0]], [1, -2, 2, 1], size=2, axis=0)
    np.testing.assert_array_equal(found, [[10, 20], [6, 8]])
    found = calculated("put", [[1.0, 2.0], [3.0, 4.0]], [2, 0], size=3, axis=1)
    np.testing.assert_array_equal(found, [[2, 0, 1], [4, 0, 3]])


def test_choosing_along_an_axis_at_the_edges():
    a = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
    np.testing.assert_array_equal(calculated("take_along_axis", a, [[-1, 3], [0, -4]], axis=-1), [[3, NAN], [4, NAN]])
    found = calculated("put_along_axis", [[1.0, 2.0], [3.0, NAN]], [[-1, -1], [0, 9]], size=2, axis=1)
    np.testing.assert_array_equal(found, [[0, 3], [3, 0]])
    found, _ = gradients("take_along_axis", [a, [[0, 0], [2, 5]]], [[1, 10], [100, 1000]], axis=-1)
    np.testing.assert_array_equal(found, [[11, 0, 0], [0, 0, 100]])


@pytest.mark.parametrize(
    ("name", "shapes", "parameters", "message", "hint"),
    [
        ("take", ((), (2,)), {"axis": 0}, "take chooses along an axis, and a is a single number; b is (2,).", None),
        ("take", ((3, 2), (2,)), {"axis": 2}, "there is no axis 2: a has only 2 axes, 0 to 1.", None),
        ("put", ((3, 2), (3,)), {"size": 0, "axis": 0}, "size must be at least 1, and is 0.", None),
        ("put", ((3, 2), (2,)), {"size": 4, "axis": 0},
         "a is (3, 2) and b is (2,); from axis 0 on, the sizes of a must be those of b.", None),
        ("put", ((3,), (3, 1, 1)), {"size": 4, "axis": 0}, "a is (3,) and b is (3, 1, 1); a needs the axes of b.", None),
        ("put", ((3,), (3,)), {"size": 4, "axis": 1}, "there is no axis 1: what a is put into has only axis 0.", None),
        ("take_along_axis", ((2, 3), (2,)), {"axis": -1}, "a is (2, 3) and b is (2,); the indices need as many axes, and at least one.",
         "Did you mean reshape(b, (2, 1))?"),
        ("take_along_axis", ((2, 3), (5,)), {"axis": 0}, "a is (2, 3) and b is (5,); the indices need as many axes, and at least one.",
         "Did you mean take(a, b)?"),
        ("take_along_axis", ((2, 3), (1, 3)), {"axis": 1},
         "a is (2, 3) and b is (1, 3); on axis 0 the sizes 2 and 1 must agree: only axis 1 is chosen along.", None),
        ("put_along_axis", ((2, 3), (2, 1)), {"size": 3, "axis": 1},
         "a is (2, 3) and b is (2, 1); each element needs one index, and there must be an axis.", None),
        ("one_hot", ((2,),), {"classes": 0}, "classes must be at least 1, and is 0.", None),
        ("class_targets", ((3,),), {"shape": (2, 3)},
         "a is (3,), and targets for (2, 3) are (2, 3) for a share of each class, or (2,) for one class number each.", None),
        ("class_targets", ((2, 1),), {"shape": (2, 3)},
         "a is (2, 1), and targets for (2, 3) are (2, 3) for a share of each class, or (2,) for one class number each.",
         "Did you mean reshape(a, (2,))?"),
        ("class_targets", ((3, 2),), {"shape": (2, 3)},
         "a is (3, 2), and targets for (2, 3) are (2, 3) for a share of each class, or (2,) for one class number each.",
         "Did you mean a.T?"),
        ("class_targets", ((),), {"shape": ()},
         "a is a single number, and targets for a single number are a single number for a share of each class.", None),
        ("class_targets", ((),), {"shape": 0}, "shape must be sizes of at least 1, and is (0,).", None),
        ("dropout", ((3,),), {"rate": 1, "seed": 0}, "rate must be at least 0 and less than 1, and is 1.",
         "It is the share of the elements that are dropped."),
        ("dropout", ((3,),), {"rate": NAN, "seed": 0}, "rate must be at least 0 and less than 1, and is nan.",
         "It is the share of the elements that are dropped."),
        ("dropout", ((3,),), {"rate": 0.5, "seed": -1}, "seed must be a whole number of at least 0, and is -1.", None),
    ],
)  # fmt: skip
def test_choosing_says_what_does_not_fit(name, shapes, parameters, message, hint):
    assert refused(name, *shapes, **parameters) == (message, hint)


# --- classes and dropout


def test_class_out_of_range_gives_a_row_of_nan():
    found = calculated("one_hot", [1, -1, 2, 0.4, NAN], classes=2)
    np.testing.assert_array_equal(found, [[0, 1], [NAN, NAN], [NAN, NAN], [1, 0], [NAN, NAN]])
    np.testing.assert_array_equal(calculated("class_targets", [1, 5], shape=(2, 3)), [[0, 1, 0], [NAN, NAN, NAN]])


def test_shares_of_classes_pass_and_class_numbers_get_nothing_back():
    shares = np.array([[0.25, 0.75], [1.0, 0.0]])
    found = calculated("class_targets", shares, shape=(2, 2))
    np.testing.assert_array_equal(found, shares)
    assert not np.shares_memory(found, shares)
    np.testing.assert_array_equal(gradients("class_targets", [shares], [[1, 2], [3, 4]], shape=(2, 2))[0], [[1, 2], [3, 4]])
    np.testing.assert_array_equal(gradients("class_targets", [[1.0, 0.0]], [[1, 2], [3, 4]], shape=(2, 2))[0], [0, 0])


def test_dropout_drops_the_same_elements_for_the_same_seed():
    a = np.ones((50, 40))
    first, again, other = (calculated("dropout", a, rate=0.25, seed=seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
    assert set(np.unique(first)) == {0.0, 1 / 0.75}
    assert abs(np.mean(first == 0) - 0.25) < 0.04


def test_dropout_drops_infinity_too_and_sends_back_through_what_it_kept():
    a = np.full(20, np.inf)
    found = calculated("dropout", a, rate=0.5, seed=0)
    assert set(found) == {0.0, np.inf}
    weights = np.arange(1.0, 21.0)
    np.testing.assert_array_equal(gradients("dropout", [np.ones(20)], weights, rate=0.5, seed=0)[0], np.where(found > 0, 2 * weights, 0.0))
