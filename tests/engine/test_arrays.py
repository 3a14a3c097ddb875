"""Numbers as people send them: what is an array, what is refused and where, and the way back."""

import json
import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from app.engine.arrays import array_of, nested
from app.errors import CurlydError, InputError, LimitError
from app.settings import Limits

LIMITS = Limits()


def refused(value):
    with pytest.raises(InputError) as caught:
        array_of("w1", value, LIMITS)
    return caught.value.faults[0]


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        (3, ()),
        (2.5, ()),
        ("NaN", ()),
        ([1], (1,)),
        ([1, 2.5], (2,)),
        ([[1, 2], [3, 4], [5, 6]], (3, 2)),
        ([[[1]], [[2]]], (2, 1, 1)),
        (((1, 2),), (1, 2)),
    ],
)
def test_nested_list_is_an_array_of_its_shape(value, shape):
    found = array_of("w1", value, LIMITS)
    assert found.shape == shape
    assert found.dtype == np.float64


def test_numbers_stand_where_they_stood():
    np.testing.assert_array_equal(array_of("w1", [[1, 2, 3], [4, 5, 6]], LIMITS), [[1, 2, 3], [4, 5, 6]])


def test_spelled_numbers():
    np.testing.assert_array_equal(array_of("w1", ["NaN", "Infinity", "-Infinity", 1], LIMITS), [math.nan, math.inf, -math.inf, 1.0])


@pytest.mark.parametrize(
    ("value", "message", "hint"),
    [
        ([[1, 2], [3]], "w1 is not rectangular: it has 1 entries at [1], and 2 elsewhere.", "same number"),
        ([[1, 2], 3], "w1 is not rectangular: it has a single number at [1], and 2 elsewhere.", "same number"),
        ([[[1], [2]], [[3], [4, 5]]], "w1 is not rectangular: it has 2 entries at [1, 1], and 1 elsewhere.", "same number"),
        ([[1, 2], [3, [4]]], "w1 is not rectangular: it has a list at [1, 1], and numbers elsewhere.", "same depth"),
        ([1, [2]], "w1 is not rectangular: it has a list at [1], and numbers elsewhere.", "same depth"),
        ([], "w1 is empty.", "at least one number"),
        ([[]], "w1 is empty at [0].", "at least one number"),
        ([[1], []], "w1 is not rectangular: it has 0 entries at [1], and 1 elsewhere.", "same number"),
        (None, "w1 holds null, which is not a number.", "NaN"),
        ([1, None], "w1 holds null at [1], which is not a number.", "NaN"),
        ([[True]], "w1 holds true or false at [0, 0], which is not a number.", "NaN"),
        ("3", "w1 holds '3', which is not a number.", "NaN"),
        ([0, "nan"], "w1 holds 'nan' at [1], which is not a number.", "Infinity"),
        ({"value": 1}, "w1 holds {'value': 1}, which is not a number.", "NaN"),
        ([1 + 2j], "w1 holds (1+2j) at [0], which is not a number.", "NaN"),
        (10**400, "w1 holds a number beyond 1.8e308.", None),
        ([0, -(10**400)], "w1 holds a number beyond 1.8e308 at [1].", None),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_no_array_is_refused_at_its_place(value, message, hint):
    found = refused(value)
    assert found.message == message
    assert (hint in found.hint) if hint else found.hint is None


def test_whole_number_of_any_length_is_refused():
    assert refused(-(10**5000)).message == "w1 holds a number beyond 1.8e308."


def test_long_text_is_not_repeated():
    assert len(refused(["x" * 100_000]).message) < 100


def test_depth_is_bounded():
    assert array_of("w1", [[[[[[[[1]]]]]]]], LIMITS).shape == (1,) * 8
    with pytest.raises(LimitError, match="w1 is nested more than 8 deep") as caught:
        array_of("w1", [[[[[[[[[1]]]]]]]]], LIMITS)
    assert (caught.value.limit, caught.value.value, caught.value.maximum) == ("rank", 9, 8)
    value = 1
    for _ in range(100_000):
        value = [value]
    with pytest.raises(LimitError):
        array_of("w1", value, LIMITS)
    while isinstance(value, list):
        value = value.pop()


def test_size_is_bounded():
    limits = Limits(tensor_elements=6)
    assert array_of("w1", [[1, 2, 3], [4, 5, 6]], limits).size == 6
    with pytest.raises(LimitError, match="more than 6 numbers") as caught:
        array_of("w1", [[1, 2, 3, 4], [5, 6, 7, 8]], limits)
    assert (caught.value.limit, caught.value.value, caught.value.maximum) == ("tensor_elements", 8, 6)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["NaN", "Infinity", "-Infinity", "", "1"])
    | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=12,
)


@settings(deadline=None, max_examples=300)
@given(JSON)
@example([[1, 2], [[3], [4]]])
def test_any_json_is_an_array_or_refused_in_our_own_words(value):
    try:
        found = array_of("w1", value, LIMITS)
    except CurlydError as error:
        told = [fault.message for fault in error.faults]
    else:
        told = [f"w1 is {found.dtype}"]
    assert told
    assert all(message.startswith("w1 ") for message in told)


@settings(deadline=None, max_examples=200)
@given(arrays(np.float64, array_shapes(min_dims=0, max_dims=4, max_side=3), elements=st.floats()))
def test_arrays_come_back_as_they_went_through_json(array):
    text = json.dumps(nested(array), allow_nan=False)
    again = array_of("w1", json.loads(text), LIMITS)
    assert again.shape == array.shape
    np.testing.assert_array_equal(again, array)
    assert (np.signbit(again) == np.signbit(array))[~np.isnan(array)].all()


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (np.float64(2), 2.0),
        (np.float64(math.nan), "NaN"),
        (np.array([1.0, -math.inf]), [1.0, "-Infinity"]),
        (np.array([[math.inf], [0.5]]), [["Infinity"], [0.5]]),
        (np.full((2, 1, 2), math.nan), [[["NaN", "NaN"]], [["NaN", "NaN"]]]),
    ],
    ids=str,
)
def test_nested(array, expected):
    assert nested(array) == expected
