"""Static values: what is reckoned at once, what waits for the shapes, and what is refused before it is large."""

import math

import pytest

from app.engine.program import Measure, Reckoned, Span, known
from app.engine.static import DEEPEST, LARGEST, Unreckonable, measure, parts, reckon, resolve

SHAPES = [(2, 3), (), (4,)]


@pytest.mark.parametrize(
    ("sign", "left", "right", "expected"),
    [
        ("+", 2, 3, 5),
        ("-", 2, 3, -1),
        ("*", 2, 3, 6),
        ("/", 3, 2, 1.5),
        ("//", 7, 2, 3),
        ("//", -7, 2, -4),
        ("%", -7, 3, 2),
        ("**", 2, 10, 1024),
        ("**", 2, -1, 0.5),
        ("**", 4, 0.5, 2.0),
        ("+", (1,), (2, 3), (1, 2, 3)),
        ("[]", (1, 2, 3), Span(1, None, None), (2, 3)),
    ],
)
def test_static_numbers_are_reckoned_as_in_python(sign, left, right, expected):
    found = reckon(sign, left, right)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("sign", "left", "right", "why"),
    [
        ("/", 1, 0, "division by zero"),
        ("//", 1, 0, "division by zero"),
        ("%", 1, 0, "division by zero"),
        ("**", 0, -1, "division by zero"),
        ("**", 10, 10**7, "too large"),
        ("**", 10.0, 400, "too large"),
        ("**", -8, 0.5, "no such number"),
        ("*", 1e300, 1e300, "no such number"),
        ("+", True, 1, "for numbers"),
        ("*", (1,), 2, "for numbers"),
        ("+", None, 1, "for numbers"),
        ("+", "a", "b", "for numbers"),
    ],
)
def test_what_has_no_result_says_why(sign, left, right, why):
    with pytest.raises(Unreckonable, match=why):
        reckon(sign, left, right)


def test_whole_numbers_beyond_what_a_float_holds_become_floats():
    assert type(reckon("*", LARGEST, 1)) is int
    assert type(reckon("*", LARGEST, 2)) is float
    assert reckon("*", LARGEST, 2) == 2.0 * LARGEST


def test_what_depends_on_a_shape_waits_for_it():
    size = reckon("*", Measure(0, 1), 2)
    assert size == Reckoned("*", Measure(0, 1), 2)
    assert not known(size)
    assert resolve(size, SHAPES) == 6
    assert resolve((size, reckon("-", size, 1), "word", None), SHAPES) == (6, 5, "word", None)
    assert resolve(Span(0, size, None), SHAPES) == Span(0, 6, None)
    assert resolve(reckon("[]", Measure(0, "shape"), Span(1)), SHAPES) == (3,)
    assert resolve(reckon("[]", reckon("[]", Measure(0, "shape"), Span(1)), 0), SHAPES) == 3
    with pytest.raises(Unreckonable, match=r"no \[2\]"):
        resolve(reckon("[]", Measure(0, "shape"), 2), SHAPES)
    assert resolve(reckon("+", Measure(0, "shape"), (1,)), SHAPES) == (2, 3, 1)


def test_a_measure_asks_for_an_axis_the_shape_the_rank_or_the_count():
    assert [measure((2, 3), what) for what in (0, -1, "shape", "rank", "size")] == [2, 3, (2, 3), 2, 6]
    assert measure((), "size") == 1
    with pytest.raises(Unreckonable, match="no axis 2"):
        measure((2, 3), 2)
    with pytest.raises(Unreckonable, match="no axis -1"):
        resolve(Measure(1, -1), SHAPES)
    with pytest.raises(Unreckonable, match="division by zero"):
        resolve(Reckoned("/", 1, reckon("-", Measure(0, 0), 2)), SHAPES)


def test_parts_are_counted_up_to_a_bound():
    assert parts(3, 10) == 1
    assert parts((1, (2, 3)), 10) == 5
    assert parts(Reckoned("+", Measure(0, 0), 1), 10) == 3
    assert parts(Span(1, 2, 3), 10) == 4
    assert parts((0,) * 50, 10) == 11


def test_parts_of_what_doubles_or_is_deep_are_not_counted_to_the_end():
    doubled, deep = Measure(0, 0), 0
    for _ in range(200):
        doubled = Reckoned("+", doubled, doubled)
    for _ in range(DEEPEST + 1):
        deep = (deep,)
    assert parts(doubled, 1000) == 1001
    assert parts(deep, 1000) == 1001
    assert parts(deep[0][0], 1000) == DEEPEST
    assert math.isfinite(parts(doubled, 10**5))
