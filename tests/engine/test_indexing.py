"""Indexing and slicing: whole numbers, slices, lists, None, ... and calculated indices; each as NumPy has it, and back again."""

import numpy as np
import pytest
from seed_network import differences, gradients, values

from app.engine.gradient import differentiate
from app.engine.parser import parse
from app.errors import ProgramError

GIVEN = {
    "x": np.arange(1.0, 7.0).reshape(2, 3) ** 2,
    "u": np.array([-1.0, 2.0, 3.0]),
    "q": np.arange(24.0).reshape(2, 3, 4) / 7,
    "k": np.array([2.0, 0.0]),
    "i": np.array([1.0, 0.0, 1.0]),
    "s": 1.0,
}


def used(text):
    names = {item.name for item in parse(text).inputs}
    return {name: array for name, array in GIVEN.items() if name in names}


X, U, Q, K = (GIVEN[name] for name in "xuqk")
WHICH, ROWS = K.astype(int), GIVEN["i"].astype(int)
PLACES = {
    "x[0]": X[0], "x[-1]": X[-1], "x[1, 2]": X[1, 2], "x[1][2]": X[1][2], "x[0, 1:]": X[0, 1:], "x[:, 1]": X[:, 1], "x[:, 1:]": X[:, 1:],
    "x[:1]": X[:1], "x[::-1]": X[::-1], "x[:, ::2]": X[:, ::2], "x[:, -2:]": X[:, -2:], "x[:]": X, "x[...]": X, "x[:-1]": X[:-1],
    "x[..., 0]": X[..., 0], "x[0, ...]": X[0], "x[None]": X[None], "x[:, None]": X[:, None], "x[np.newaxis, :]": X[None],
    "x[..., None]": X[..., None],
    "x[[0, 1, 0]]": X[[0, 1, 0]], "x[:, [2, 0]]": X[:, [2, 0]], "x[[0, 1], [2, 0]]": X[[0, 1], [2, 0]], "u[[-1]]": U[[-1]],
    "x[(0, 1)]": X[0, 1], "q[0, :, 1]": Q[0, :, 1], "q[1, 1:, ::3]": Q[1, 1:, ::3], "q[..., 1, :]": Q[..., 1, :],
    "q[:, 0][:, None, 1:]": Q[:, 0][:, None, 1:],
    "u[1 + 1]": U[2], "u[-(1 + 1)]": U[1], "u[4 // 2]": U[2], "u[x.shape[0]]": U[2], "u[:x.shape[0]]": U[:2], "u[len(x) - 1]": U[1],
    "u[x.ndim]": U[2], "u[slice(0, 2)]": U[:2], "u[int(1.5)]": U[1], "x.T[0]": X.T[0], "(x * 2)[0]": 2 * X[0], "u[abs(-2)]": U[2],
    "x[:, k]": X[:, WHICH], "x[i]": X[ROWS], "x[s]": X[1], "x[i - 1]": X[ROWS - 1], "q[:, :, k]": Q[:, :, WHICH], "x[..., :1]": X[..., :1],
    "x[arange(2), k]": X[[0, 1], WHICH], "x[range(2), k]": X[[0, 1], WHICH], "x[np.arange(2), k]": X[[0, 1], WHICH],
    "x[torch.arange(x.shape[0]), k]": X[[0, 1], WHICH], "x.size(1) * u[0]": -3.0, "u[x.shape[:1][0]]": U[2],
    "u[(x.shape[1:] + (7,))[1] - 6]": U[1], "x.size()[1] * u[0]": -3.0,
}  # fmt: skip


@pytest.mark.parametrize(("expression", "expected"), PLACES.items(), ids=PLACES)
def test_an_index_takes_what_numpy_takes(expression, expected):
    text = f"y = {expression}\nL = sum(y)"
    found = values(text, used(text))["y"]
    assert np.shape(found) == np.shape(expected)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    "expression", ["x[0]", "x[:, 1:]", "x[[0, 1, 0]]", "x[[0, 1], [2, 0]]", "x[:, None]", "x[i]", "x[:, k]", "x[arange(2), k]"]
)
def test_what_is_taken_sends_its_gradient_back_to_its_place(expression):
    text = f"y = {expression}\nL = sum(y * y * 0.5)"
    given = used(text)
    found = gradients(text, given)["x"]
    np.testing.assert_allclose(found, differences(lambda x: float(values(text, given | {"x": x})["L"]), given["x"]), rtol=1e-9, atol=1e-9)


def test_the_pass_of_a_loop_is_an_index_and_a_number():
    text = "L = 0 * s\nfor j in range(3):\n    L = L + u[j] * j + x[0, j:][0]\nM = L"
    assert float(values(text, used(text))["M"]) == float(np.sum(U * [0, 1, 2]) + X[0].sum())


def test_a_fixed_literal_is_an_index():
    text = "n = 1\nL = u[n] + u[n:][1]"
    assert float(values(text, used(text))["L"]) == 5.0
    assert set(parse(text).fixed) == {"n"}


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("y = x[2]", 5, "its axis 0 ends at 1, so there is no 2"),
        ("y = x[0, 0, 0]", 5, "too few for 3 indices"),
        ("y = x[:, 5:]", 5, "this slice of its axis 1 is empty"),
        ("y = x[x.shape[1:]:]", 5, "index must be what stands between brackets"),
        ("y = x[x.shape[1]]", 5, "so there is no 3"),
        ("y = x[[0, 1], [0, 1, 2]]", 5, "have 2 and 3 entries"),
    ],
)
def test_an_index_that_is_not_there_is_told_once_the_shapes_are_known(text, column, message):
    with pytest.raises(ProgramError) as caught:
        differentiate(parse(text), {"x": (2, 3)})
    fault = caught.value.faults[0]
    assert (fault.line, fault.column) == (1, column)
    assert message in fault.message
