"""The far ends of what can be written: refused in our own words, or right like anything else."""

import numpy as np
import pytest

from app.engine.evaluate import run
from app.engine.gradient import differentiate
from app.engine.parser import parse
from app.errors import CurlydError, ProgramError


def traced(text, **arrays):
    program = parse(text)
    arrays = {name: np.asarray(array, dtype=float) for name, array in (program.literals | arrays).items()}
    return run(differentiate(program, {name: array.shape for name, array in arrays.items()}), arrays)


def gradient(text, name="x", **arrays):
    trace = traced(text, **arrays)
    return trace.gradient(next(item.node for item in trace.graph.program.inputs if item.name == name)).tolist()


def refusal(text, **arrays):
    with pytest.raises(CurlydError) as caught:
        traced(text, **arrays)
    fault = caught.value.faults[0]
    return f"{fault.message} {fault.hint or ''}"


VECTOR, MATRIX = np.arange(3.0), np.arange(6.0).reshape(2, 3)


def test_a_place_listed_twice_by_two_signs_counts_twice():
    assert gradient("L = sum(x[[2, -1]] * [1., 10.])", x=VECTOR) == [0, 0, 11]
    assert gradient("L = sum(x[[0, 1], [2, -1]] * [1., 10.])", x=MATRIX) == [[0, 0, 1], [0, 0, 10]]


@pytest.mark.parametrize("call", ["put(x, ids, size=2)", "put_along_axis(x, ids, size=2)"])
def test_what_is_put_nowhere_gets_nothing_back(call):
    assert gradient(f"L = sum({call} * [3., 5.])", x=VECTOR, ids=[0, 7, -1]) == [3, 0, 5]


def test_a_slice_that_is_put_nowhere_gets_nothing_back():
    assert gradient("L = sum(put(x, ids, size=1))", x=MATRIX, ids=[-9, 0]) == [[0, 0, 0], [1, 1, 1]]


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("concatenate([x, x], axis=None)", "axis"),
        ("concatenate([x, x], axis=(0, 1))", "axis"),
        ("stack([x, x], axis=None)", "axis"),
        ("stack([x, x], axis=())", "axis"),
        ("repeat(x, 2, axis=(0, 1))", "axis"),
        ("expand_dims(x, axis=None)", "axis"),
        ("expand_dims(x, axis=())", "axis"),
        ("split(x, 3, axis=None)[0]", "axis"),
        ("pad(sum(x), 1)", "a single number has no axis"),
        ("x[::0]", "0"),
        ("x[::y.shape[0] - y.shape[0]]", "steps of 0"),
        ("sum(arange(10 ** 400)) * x", ""),
        ("einsum('" + ",".join("a" * 27) + "', " + ", ".join(["x"] * 27) + ")", "26 operands"),
        ("stack([" + ", ".join(["x"] * 1_001) + "])", "1,000"),
        ("gather(x, 0, y)", "take_along_axis"),
        ("index_select(x, 0, y)", "take(x, ids, axis=0)"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(expression, said):
    arrays = {name: VECTOR for name in ("x", "y") if name in {item.name for item in _inputs(expression)}}
    assert said in refusal(f"L = sum({expression})", **arrays)


def _inputs(expression):
    try:
        return parse(f"L = sum({expression})").inputs
    except CurlydError:
        return ()


def test_as_many_names_as_there_are_axes():
    assert refusal("n, d = x.shape\nL = sum(x) / n", x=np.ones((2, 3, 4))) == (
        "The shape is (2, 3, 4): it has 3 sizes, and there are 2 names for them. Write as many names as there are axes."
    )
    assert gradient("n, d = x.shape\nL = sum(x) / n / d", x=np.ones((2, 5))) == [[0.1] * 5] * 2


@pytest.mark.parametrize("name", ["𝐓rue", "𝐍one", "𝐥ambda"])
def test_python_words_in_other_letters_are_no_names(name):
    with pytest.raises(ProgramError):
        parse(f"{name} = x * 2")


def test_an_input_may_have_the_letter_of_what_comes_back():
    assert gradient("L = sum(g * grad * x)", x=VECTOR, g=2 * VECTOR, grad=3 * np.ones(3)) == [0, 6, 12]
