"""Numbers for the eye: never too wide, truly rounded, with glyphs for what is not finite; grids, tints and statistics."""

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from app.draw import numbers
from app.draw.numbers import Cell, cells, exact, grid, lead_text, matrix_shape, number, statistics, summary, tint, whole

FLOATS = st.floats()


@settings(deadline=None, max_examples=500)
@given(FLOATS)
@example(-1.5e-10)
@example(-9.96e9)
@example(-99999.5)
@example(-0.0123456)
@example(-9.999e-3)
@example(-1e-300)
@example(5e-324)
def test_number_is_at_most_seven_characters_wide(value):
    assert len(number(value)) <= numbers.PLAIN.width
    assert "-" not in number(value)


@settings(deadline=None, max_examples=500)
@given(st.floats(min_value=-1e308, max_value=1e308))
def test_number_reads_back_to_nearly_the_same(value):
    read = float(number(value).replace("−", "-"))
    size = abs(value)
    digits = 0.005 if 0.01 <= size < 99_999 else 0.05 if 1e-9 <= size < 9.9e9 else 0.5
    assert read == pytest.approx(value, rel=digits, abs=0)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (2.0, "2"),
        (-3.0, "−3"),
        (0.5, "0.5"),
        (1 / 3, "0.333"),
        (-2 / 3, "−0.667"),
        (0.9996, "1"),
        (1.005, "1"),
        (12.345, "12.3"),
        (99.96, "100"),
        (123.456, "123"),
        (99_999.0, "99999"),
        (-12_345.6, "−12346"),
        (123_456.0, "1.2e5"),
        (0.01, "0.01"),
        (0.0123456, "0.0123"),
        (0.009, "9e−3"),
        (1.24e-9, "1.2e−9"),
        (1e-300, "1e−300"),
        (-1e300, "−1e300"),
        (1e16, "1e16"),
        (math.nan, "NaN"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
    ],
)
def test_number(value, text):
    assert number(value) == text


def test_more_digits_where_there_is_room():
    assert number(0.6434782608, 6) == "0.643478"
    assert number(1 / 3, 6) == "0.333333"


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_exact_tells_a_number_from_its_neighbours(value):
    assert float(exact(value).replace("−", "-")) == value


@pytest.mark.parametrize(
    ("value", "text"), [(2.0, "2"), (-0.1, "−0.1"), (1 / 3, "0.3333333333333333"), (math.nan, "NaN"), (-math.inf, "−∞"), (1e16, "1e+16")]
)
def test_exact(value, text):
    assert exact(value) == text


# --- grids


@pytest.mark.parametrize(
    ("shape", "expected"), [((), (1, 1)), ((4,), (1, 4)), ((2, 3), (2, 3)), ((2, 3, 4), (6, 4)), ((2, 3, 4, 5), (24, 5)), ((1, 1), (1, 1))]
)
def test_tensor_is_shown_as_a_matrix(shape, expected):
    assert matrix_shape(shape) == expected


def test_small_tensors_are_shown_whole():
    for shape in ((), (6,), (8, 6), (2, 4, 6)):
        assert grid(shape).complete
    assert grid((2, 3)).rows == (0, 1)
    assert grid((2, 3)).columns == (0, 1, 2)


def test_large_tensors_are_shown_at_their_edges():
    assert grid((9, 3)).rows == (0, 1, None, 8)
    assert grid((9, 3)).columns == (0, 1, 2)
    assert grid((3, 7)).columns == (0, 1, None, 6)
    assert not grid((9, 3)).complete
    assert not grid((7,)).complete
    assert whole((9, 7)).complete
    assert whole((2, 3, 4)).rows == tuple(range(6))


def test_cells_of_a_small_tensor():
    found = cells(np.array([[1.0, -0.5], [0.0, 0.01]]), grid((2, 2)))
    assert found == [Cell(0, 0, "0,0", "1", 5), Cell(0, 1, "0,1", "−0.5", -3), Cell(1, 0, "1,0", "0", 0), Cell(1, 1, "1,1", "0.01", 1)]


def test_cells_of_a_large_tensor_have_ellipses_without_an_index():
    array = np.arange(70.0).reshape(10, 7)
    found = {(cell.row, cell.column): cell for cell in cells(array, grid(array.shape))}
    assert len(found) == 16
    assert [found[2, 0].text, found[0, 2].text, found[2, 2].text] == ["⋮", "⋯", "⋱"]
    assert [cell.place for cell in found.values() if cell.place is None] == [None] * 7
    assert found[3, 3] == Cell(3, 3, "9,6", "69", 5)
    assert found[1, 1] == Cell(1, 1, "1,1", "8", 1)


def test_cells_of_a_single_number():
    assert cells(np.float64(-2.5), grid(())) == [Cell(0, 0, "", "−2.5", -5)]


def test_tints_are_measured_against_the_largest_number_even_if_it_is_not_shown():
    array = np.ones(20)
    array[10] = 100.0
    assert {cell.tint for cell in cells(array, grid((20,))) if cell.place} == {1}


def test_cells_of_what_is_not_finite():
    found = cells(np.array([math.nan, math.inf, -math.inf, 2.0]), grid((4,)))
    assert [(cell.text, cell.tint) for cell in found] == [("NaN", 0), ("∞", 5), ("−∞", -5), ("2", 5)]
    assert [(cell.text, cell.tint) for cell in cells(np.array([math.nan, math.inf]), grid((2,)))] == [("NaN", 0), ("∞", 5)]


@settings(deadline=None)
@given(shape=array_shapes(min_dims=0, max_dims=4, max_side=4))
def test_every_index_addresses_the_number_beside_it(shape):
    array = np.arange(float(np.prod(shape, dtype=int))).reshape(shape)
    for cell in cells(array, whole(shape)):
        place = tuple(int(i) for i in cell.place.split(",")) if cell.place else ()
        assert len(place) == len(shape)
        assert number(float(array[place])) == cell.text


@pytest.mark.parametrize(
    ("shape", "row", "column", "text"),
    [((), 0, 0, ""), ((4,), 0, 3, "3"), ((2, 3), 1, 2, "1,2"), ((2, 3, 4), 5, 3, "1,2,3"), ((2, 3, 4, 5), 23, 4, "1,2,3,4")],
)
def test_the_index_of_a_cell(shape, row, column, text):
    assert (f"{lead_text(shape, row)}{column}" if shape else "") == text


# --- tints


@settings(deadline=None, max_examples=300)
@given(value=FLOATS, top=st.floats(min_value=0))
@example(1.7e308, 1.7e308)
@example(5e-324, 5e-324)
@example(1e-320, 1e308)
def test_tint_is_symmetric_and_zero_only_for_zero(value, top):
    if math.isfinite(value):
        top = max(top, abs(value))
    found = tint(value, top)
    assert -numbers.STEPS <= found <= numbers.STEPS
    assert (found == 0) == (value == 0 or math.isnan(value))
    if found:
        assert (found > 0) == (value > 0)
        assert tint(-value, top) == -found


def test_tint_grows_with_the_magnitude():
    steps = [tint(value, 1.0) for value in np.linspace(0.0, 1.0, 101)]
    assert steps == sorted(steps)
    assert set(steps) == {0, 1, 2, 3, 4, 5}


# --- statistics


def test_statistics():
    found = statistics(np.array([[3.0, -4.0], [math.nan, math.inf]]))
    assert (found.min, found.max, found.mean, found.norm, found.nonfinite) == (-4.0, 3.0, -0.5, 5.0, 2)


def test_statistics_where_nothing_is_finite():
    found = statistics(np.array([math.nan, -math.inf]))
    assert (found.min, found.max, found.mean, found.norm, found.nonfinite) == (None, None, None, None, 2)


@settings(deadline=None)
@given(arrays(np.float64, array_shapes(min_dims=0, max_dims=3), elements=FLOATS))
@example(np.tile([1e308, -1e308], 64))
@example(np.full(40, 1e308))
def test_statistics_of_any_numbers(array):
    found = statistics(array)
    finite = array[np.isfinite(array)]
    assert found.nonfinite == array.size - finite.size
    if finite.size:
        assert (found.min, found.max) == (finite.min(), finite.max())
        assert not math.isnan(found.mean)
        assert found.norm >= 0


def test_summary():
    assert summary(np.array([1.0, 2.0, 6.0])) == "1 … 6, mean 3"
    assert summary(np.array([-1.0, math.nan])) == "−1 … −1, mean −1, 1 not finite"
    assert summary(np.array([math.nan, math.inf])) == "2 not finite"
