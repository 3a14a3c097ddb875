"""Shapes before numbers: what fits, how a mismatch is told, which repair is offered, and what is refused as too large."""

import re

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes

from app.engine import shapes
from app.engine.gradient import differentiate
from app.engine.ops import OPERATIONS
from app.engine.parser import parse
from app.errors import CurlydError, InputError, LimitError, ProgramError
from app.settings import Limits


def graph(text, limits=None, loss=None, **given_shapes):
    program = parse(text)
    literals = {name: np.shape(value) for name, value in program.literals.items()}
    return differentiate(program, literals | given_shapes, None, loss, limits)


def fault(text, limits=None, loss=None, **given_shapes):
    """The first fault of a program whose shapes don't fit."""
    with pytest.raises((ProgramError, LimitError)) as caught:
        graph(text, limits, loss, **given_shapes)
    return caught.value.faults[0]


# --- mismatches


MISMATCHES = [
    (
        "u = x @ w1",
        {"x": (3, 2), "w1": (3, 2)},
        "x @ w1: x is (3, 2) and w1 is (3, 2); the inner sizes 2 and 3 must agree.",
        "Did you mean x @ w1.T?",
    ),
    (
        "u = x @ w",
        {"x": (3, 2), "w": (3, 4)},
        "x @ w: x is (3, 2) and w is (3, 4); the inner sizes 2 and 3 must agree.",
        "Did you mean x.T @ w?",
    ),
    (
        "u = w @ x",
        {"x": (5, 3, 2), "w": (2, 4)},
        "w @ x: w is (2, 4) and x is (5, 3, 2); the inner sizes 4 and 3 must agree.",
        "Did you mean x @ w?",
    ),
    ("u = a @ b", {"a": (2, 2), "b": (3,)}, "a @ b: a is (2, 2) and b is (3,); the inner sizes 2 and 3 must agree.", None),
    ("u = a @ b", {"a": (2, 3), "b": (4, 5)}, "a @ b: a is (2, 3) and b is (4, 5); the inner sizes 3 and 4 must agree.", None),
    (
        "u = a @ b",
        {"a": (2, 4, 3), "b": (5, 3, 4)},
        "a @ b: a is (2, 4, 3) and b is (5, 3, 4); the leading sizes (2,) and (5,) must agree, or be 1.",
        None,
    ),
    ("u = 2 @ a", {"a": (3,)}, "2 @ a: @ multiplies vectors and matrices, and 2 is a single number.", "Did you mean 2 * a?"),
    ("u = a @ c", {"a": (3,), "c": ()}, "a @ c: @ multiplies vectors and matrices, and c is a single number.", "Did you mean a * c?"),
    (
        "u = a + b",
        {"a": (2, 3), "b": (2, 2)},
        "a + b: a is (2, 3) and b is (2, 2); on the last axis the sizes 3 and 2 must agree, or one of them be 1.",
        None,
    ),
    (
        "u = a - b",
        {"a": (4, 2, 3), "b": (5, 3)},
        "a - b: a is (4, 2, 3) and b is (5, 3); on axis -2 the sizes 2 and 5 must agree, or one of them be 1.",
        None,
    ),
    (
        "u = x - b",
        {"x": (3, 2), "b": (3,)},
        "x - b: x is (3, 2) and b is (3,); on the last axis the sizes 2 and 3 must agree, or one of them be 1.",
        "Did you mean reshape(b, (3, 1))?",
    ),
    (
        "u = b / x",
        {"x": (3, 2), "b": (3,)},
        "b / x: b is (3,) and x is (3, 2); on the last axis the sizes 3 and 2 must agree, or one of them be 1.",
        "Did you mean reshape(b, (3, 1))?",
    ),
    (
        "u = maximum(a, b)",
        {"a": (3, 2), "b": (2, 3)},
        "maximum(a, b): a is (3, 2) and b is (2, 3); on the last axis the sizes 2 and 3 must agree, or one of them be 1.",
        "Did you mean b.T?",
    ),
    (
        "u = a * b",
        {"a": (3, 2), "b": (4, 2, 3)},
        "a * b: a is (3, 2) and b is (4, 2, 3); on the last axis the sizes 2 and 3 must agree, or one of them be 1.",
        "Did you mean a.T?",
    ),
    ("u = sum(a, axis=2)", {"a": (2, 3)}, "sum(a, axis=2): there is no axis 2: a has only 2 axes, 0 to 1.", None),
    ("u = mean(a, axis=-2)", {"a": (3,)}, "mean(a, axis=-2): there is no axis -2: a has only axis 0.", None),
    ("u = sum(a, axis=0)", {"a": ()}, "sum(a, axis=0): there is no axis 0: a has no axis.", None),
    ("u = sum(a, axis=(0, -2))", {"a": (2, 3)}, "sum(a, axis=(0, -2)): axis (0, -2) names the same axis twice.", None),
    (
        "u = transpose(a, axes=(0, 0))",
        {"a": (2, 3)},
        "transpose(a, axes=(0, 0)): axes (0, 0) must name each of the 2 axes of a once.",
        None,
    ),
    (
        "u = transpose(a, axes=(3, 0))",
        {"a": (2, 3)},
        "transpose(a, axes=(3, 0)): axes (3, 0) must name each of the 2 axes of a once.",
        None,
    ),
    ("u = transpose(a, axes=5)", {"a": (3,)}, "transpose(a, axes=(5,)): axes (5,) must name each of the 1 axes of a once.", None),
    ("u = reshape(a, (4, 2))", {"a": (2, 3)}, "reshape(a, shape=(4, 2)): a is (2, 3), 6 numbers, and cannot take the shape (4, 2).", None),
    (
        "u = reshape(a, (-1, 4))",
        {"a": (2, 3)},
        "reshape(a, shape=(-1, 4)): a is (2, 3), 6 numbers, and cannot take the shape (-1, 4).",
        None,
    ),
    (
        "u = broadcast_to(a, (2, 4))",
        {"a": (2, 3)},
        "broadcast_to(a, shape=(2, 4)): a is (2, 3) and cannot be repeated to the shape (2, 4).",
        None,
    ),
    ("u = broadcast_to(a, (0,))", {"a": (1,)}, "broadcast_to(a, shape=(0,)): a is (1,) and cannot be repeated to the shape (0,).", None),
    ("u = broadcast_to(a, (-1,))", {"a": ()}, "a is a single number and cannot be repeated to the shape (-1,).", None),
    (
        "u = sum_to(a, (2, 2))",
        {"a": (2, 3)},
        "sum_to(a, shape=(2, 2)): a is (2, 3) and was not broadcast from (2, 2), so it cannot be summed back to it.",
        None,
    ),
]


@pytest.mark.parametrize(("text", "given_shapes", "message", "hint"), MISMATCHES, ids=[f"{row[0]} {row[1]}" for row in MISMATCHES])
def test_mismatch_is_told_with_both_shapes(text, given_shapes, message, hint):
    found = fault(text, **given_shapes)
    assert found.message.endswith(message)
    assert found.hint == hint
    assert (found.line, found.column, found.end_column) == (1, 5, len(text) + 1)


def test_mismatch_is_told_in_the_words_of_the_program_and_at_its_place():
    found = fault("h = x * 2\ny = 1 + relu(h) @ (w + 1)", x=(3, 2), w=(3, 2))
    assert found.message == "relu(h) @ (w + 1): relu(h) is (3, 2) and (w + 1) is (3, 2); the inner sizes 2 and 3 must agree."
    assert found.hint == "Did you mean relu(h) @ (w + 1).T?"
    assert (found.line, found.column, found.end_column) == (2, 9, 26)


REPAIRED = [row for row in MISMATCHES if row[3]]


@pytest.mark.parametrize(("text", "given_shapes", "message", "hint"), REPAIRED, ids=[row[3] for row in REPAIRED])
def test_repair_of_the_hint_is_accepted(text, given_shapes, message, hint):
    assert message
    accepted(text, hint, given_shapes)


def accepted(text, hint, given_shapes):
    """Puts the repair in the place of the whole expression, or of the one argument that it names."""
    repair = re.fullmatch(r"Did you mean (.*)\?", hint).group(1)
    expression = text.removeprefix("u = ")
    if not re.search(r"[@*]", repair):
        repair = re.sub(rf"\b{re.search(r'[a-z]+(?=[.,])', repair).group()}\b", repair, expression, count=1)
    graph(f"u = {repair}\nloss = sum(u)", **given_shapes)


@settings(deadline=None, max_examples=300)
@given(
    sign=st.sampled_from("+*@"),
    a=array_shapes(min_dims=0, max_dims=3, max_side=3),
    b=array_shapes(min_dims=0, max_dims=3, max_side=3),
)
def test_shapes_fit_as_in_numpy_and_any_repair_is_accepted(sign, a, b):
    text = f"u = a {sign} b"
    try:
        expected = {"+": np.add, "*": np.multiply, "@": np.matmul}[sign](np.ones(a), np.ones(b)).shape
    except ValueError:
        found = fault(text, a=a, b=b)
        assert f"a {sign} b: " in found.message
        if found.hint:
            accepted(text, found.hint, {"a": a, "b": b})
    else:
        made = graph(f"{text}\nloss = sum(u)", a=a, b=b)
        assert made.shapes[made.program.statements[0].node] == expected


SIZES = st.integers(-2, 4) | st.sampled_from([2**30, 10**400])
STATIC = st.none() | SIZES | st.lists(SIZES, max_size=4).map(tuple) | st.just((1,) * 70) | st.just((2**30,) * 4)


@settings(deadline=None, max_examples=400)
@given(
    name=st.sampled_from([item.name for item in OPERATIONS.values() if item.parameters]),
    static=STATIC,
    shape=array_shapes(min_dims=0, max_dims=3, max_side=3),
)
def test_any_static_argument_fits_or_is_refused(name, static, shape):
    text = f"u = {name}(a, {static})\nloss = sum(u)"
    try:
        made = graph(text, a=shape)
    except CurlydError as error:
        lines, sizes = [fault.line for fault in error.faults], [1]
    else:
        lines, sizes = [1], [size for one in made.shapes for size in one]
    # split gives a list, whose sum need not be a single number.
    assert lines == [1] or (name == "split" and lines == [2])
    assert min(sizes, default=1) >= 1


def test_whole_numbers_of_any_length_are_refused_where_they_are_no_size():
    huge = "0x" + "f" * 5_000
    for call in (f"sum(a, axis={huge})", f"reshape(a, {huge})", f"broadcast_to(a, ({huge},))"):
        assert fault(f"u = {call}", a=(3,)).line == 1


# --- the rules themselves


def test_shapes_are_said_as_a_student_reads_them():
    assert [shapes.say(shape) for shape in ((), (4,), (3, 2))] == ["a single number", "(4,)", "(3, 2)"]


@settings(deadline=None)
@given(
    shape=array_shapes(min_dims=0, max_dims=4, max_side=3),
    axes=st.lists(st.integers(-4, 3), max_size=4).map(tuple) | st.none() | st.integers(-4, 3),
    keepdims=st.booleans(),
)
def test_reduction_leaves_what_numpy_leaves(shape, axes, keepdims):
    rank = len(shape)
    given_axes = () if axes is None else axes if isinstance(axes, tuple) else (axes,)
    assume(all(-rank <= axis < rank for axis in given_axes) and len({axis % rank for axis in given_axes}) == len(given_axes))
    assert shapes.reduction(shape, axes, keepdims) == np.sum(np.ones(shape), axis=axes, keepdims=keepdims).shape


@pytest.mark.parametrize(
    ("shape", "source", "expected"),
    [
        ((3, 2), (2,), (0,)),
        ((3, 2), (1, 2), (0,)),
        ((3, 2), (3, 1), (1,)),
        ((3, 2), (), (0, 1)),
        ((1, 2), (2,), (0,)),
        ((3, 2), (3, 2), ()),
    ],
)
def test_summed_axes_are_those_that_were_broadcast(shape, source, expected):
    assert shapes.summed_axes(shape, source) == expected


# --- the loss


@pytest.mark.parametrize(("shape", "said"), [((3, 1), "(3, 1)"), ((2,), "(2,)")])
def test_loss_that_is_no_single_number_is_told_how_to_become_one(shape, said):
    found = fault("k = 1\nu5 = u4 ** 2", u4=shape)
    assert found.message == f"The loss must be a single number, and u5 is {said}."
    assert found.hint == "Add a last line: loss = mean(u5), or loss = sum(u5)."
    assert (found.line, found.column, found.end_column) == (2, 1, 13)


def test_loss_of_an_unknown_name():
    found = fault("a = x\nb = a * 2", loss="c", x=())
    assert found.message == "No statement is called c, so it cannot be the loss."
    assert found.hint == "There are a, b."
    assert fault("a = x", loss="x", x=()).message == "No statement is called x, so it cannot be the loss."


# --- missing inputs and limits


def test_every_input_without_a_value_is_told():
    with pytest.raises(InputError) as caught:
        graph("y = a + b\nz = c @ y", b=(2,))
    assert [(one.line, one.column, one.end_column) for one in caught.value.faults] == [(1, 5, 6), (2, 5, 6)]
    assert [one.message for one in caught.value.faults] == ["a has no value.", "c has no value."]
    assert "a" in caught.value.faults[0].hint


def refused(text, limits=None, **given_shapes):
    with pytest.raises(LimitError) as caught:
        graph(text, limits, **given_shapes)
    return caught.value


def test_tensor_that_is_too_large_is_refused_at_its_line_before_it_is_made():
    error = refused("k = a * 2\nu = k + b\nloss = sum(u)", a=(200_000, 1), b=(1, 200_000))
    assert (error.limit, error.value, error.maximum) == ("tensor_elements", 40_000_000_000, 1_000_000)
    assert (error.faults[0].line, error.faults[0].column) == (2, 5)
    assert "40,000,000,000" in error.faults[0].message


@pytest.mark.parametrize("call", ["a @ b", "maximum(a, b)", "broadcast_to(sum(a), (200000, 200000))", "a > b"])
def test_every_way_to_a_tensor_that_is_too_large_is_refused(call):
    text = f"u = {call}\nloss = sum(u)" + ("" if "b" in call.replace("broadcast", "") else " + sum(b)")
    assert refused(text, a=(200_000, 1), b=(1, 200_000)).limit == "tensor_elements"


def test_all_tensors_together_are_bounded():
    limits = Limits(total_bytes=800)
    graph("u = a * 2\nloss = sum(u)", limits, a=(10,))
    error = refused("u = a * 2\nv = u * 3\nw = v * 3\nloss = sum(w)", limits, a=(30,))
    assert (error.limit, error.maximum) == ("total_bytes", 800)
    assert error.faults[0].line == 3


def test_backward_pass_counts_towards_the_limit():
    text = "u = a * 2\nloss = sum(u)"
    forward = 10 + 1 + 10 + 1
    assert refused(text, Limits(total_bytes=8 * forward), a=(10,)).limit == "total_bytes"


def test_operations_of_both_passes_are_bounded():
    text = "u = a @ a\nloss = sum(u)"
    graph(text, Limits(flops=10_000), a=(10, 10))
    error = refused("k = 2\nu = k * a @ a\nloss = sum(u)", Limits(flops=1_500), a=(10, 10))
    assert (error.limit, error.value, error.maximum) == ("flops", 2_100, 1_500)
    assert error.faults[0].line == 2
    assert "2,100 floating-point operations; at most 1,500" in error.faults[0].message
    assert refused(text, Limits(flops=3_000), a=(10, 10)).limit == "flops", "the backward pass counts too"


def test_input_that_is_too_large_is_refused_where_it_is_used_first():
    error = refused("k = 1\nloss = sum(a)", Limits(tensor_elements=5), a=(6,))
    assert (error.faults[0].line, error.faults[0].column) == (2, 12)


def test_rank_is_bounded():
    graph("u = reshape(a, (1, 1, 1))\nloss = sum(u)", Limits(rank=3), a=(1,))
    error = refused("u = reshape(a, (1, 1, 1, 1))\nloss = sum(u)", Limits(rank=3), a=(1,))
    assert (error.limit, error.value, error.maximum) == ("rank", 4, 3)
    assert error.faults[0].line == 1
