"""What people paste: PyTorch's pairs, casts and what cuts gradients off; class labels as they stand in tutorials."""

import numpy as np
import pytest
from seed_network import gradients, traced, values

from app.engine.parser import parse
from app.errors import ProgramError

LP = np.log(np.array([[0.2, 0.5, 0.3], [0.1, 0.1, 0.8], [0.6, 0.3, 0.1]]))
IDS = np.array([1, 2, 0])
PICKED = LP[np.arange(3), IDS]


@pytest.mark.parametrize(
    "program",
    [
        "y = [1, 2, 0]\nloss = -lp[range(3), y].mean()",
        "y = np.array([1, 2, 0])\nloss = -lp[np.arange(3), y].mean()",
        "y = torch.tensor([1, 2, 0])\nn = 3\nloss = -lp[torch.arange(n), y].mean()",
        "loss = -lp[range(3), [1, 2, 0]].mean()",
        "y = [1, 2, 0]\nloss = -lp[range(lp.shape[0]), y].mean()",
        "y = [1, 2, 0]\nloss = -lp[arange(len(lp)), y].mean()",
        "y = [1, 2, 0]\nloss = nll_loss(lp, y)",
    ],
)
def test_the_right_class_of_each_row(program):
    assert values(program, {"lp": LP})["loss"] == pytest.approx(-PICKED.mean(), rel=1e-15)
    expected = np.zeros((3, 3))
    expected[np.arange(3), IDS] = -1 / 3
    np.testing.assert_allclose(gradients(program, {"lp": LP})["lp"], expected, rtol=1e-15)


@pytest.mark.parametrize(("rows", "taken"), [("range(2)", [0, 1]), ("arange(1, 3)", [1, 2]), ("arange(0, 3, 2)", [0, 2])])
def test_only_the_rows_that_are_named(rows, taken):
    found = values(f"loss = sum(lp[{rows}, ids])", {"lp": LP, "ids": [2, 1]})
    assert found["loss"] == pytest.approx(LP[taken, [2, 1]].sum(), rel=1e-15)


def test_rows_and_classes_of_different_number_are_refused():
    with pytest.raises(ProgramError):
        traced("loss = sum(lp[range(2), ids])", {"lp": LP, "ids": [2, 1, 0]})


def test_a_table_of_rows_by_literal_numbers():
    table = np.arange(6.0).reshape(3, 2)
    found = values("X = torch.tensor([[0, 1], [2, 1]])\ne = C[X]\nloss = sum(e)", {"C": table})
    np.testing.assert_array_equal(found["e"], table[np.array([[0, 1], [2, 1]])])
    np.testing.assert_array_equal(values("e = C[X.long()]\nloss = sum(e)", {"C": table, "X": [2, 0]})["e"], table[[2, 0]])
    np.testing.assert_array_equal(values("e = F.embedding(X, C)\nloss = sum(e)", {"C": table, "X": [2, 0]})["e"], table[[2, 0]])


A = np.array([[1.0, 4.0, 2.0], [7.0, 5.0, 6.0]])


@pytest.mark.parametrize("call", ["x.max(dim=1)", "torch.max(x, dim=1)", "torch.max(x, 1)", "x.max(1, keepdim=False)"])
def test_pytorchs_pair_of_values_and_places(call):
    found = values(f"m = {call}[0]\ni = {call}[1]\nloss = sum(m) + sum(i)", {"x": A})
    np.testing.assert_array_equal(found["m"], [4, 7])
    np.testing.assert_array_equal(found["i"], [1, 0])
    both = values(f"m, i = {call}\nloss = sum(m) + sum(i)", {"x": A})
    np.testing.assert_array_equal(both["m"], [4, 7])
    np.testing.assert_array_equal(both["i"], [1, 0])
    np.testing.assert_array_equal(values(f"m = {call}.values\nloss = sum(m)", {"x": A})["m"], [4, 7])


def test_numpys_row_of_maxima():
    assert values("loss = np.max(x, 1)[0]", {"x": A})["loss"] == 4
    assert values("m = x.max(1)\nloss = m[0]", {"x": A})["loss"] == 4


@pytest.mark.parametrize("cut", ["x.data", "x.detach()", "x.numpy()", "stop_gradient(x)"])
def test_what_cuts_gradients_off_in_pytorch_does_here(cut):
    np.testing.assert_array_equal(gradients(f"loss = sum(({cut} * x) ** 2)", {"x": [2.0, 3.0]})["x"], [16, 54])


def test_item_is_a_number_without_a_gradient():
    np.testing.assert_array_equal(gradients("s = x.sum().item()\nloss = sum(x / s)", {"x": [1.0, 3.0]})["x"], [0.25, 0.25])


@pytest.mark.parametrize(
    ("cast", "expected"),
    [
        ("x.long()", [2, -3, 0]),
        ("x.int()", [2, -3, 0]),
        ("int(x)", [2, -3, 0]),
        ("x.astype(int)", [2, -3, 0]),
        ("x.to(torch.int64)", [2, -3, 0]),
        ("x.astype(np.float32)", [2.7, -3.2, 0]),
        ("x.to(device)", [2.7, -3.2, 0]),
        ("x.float()", [2.7, -3.2, 0]),
        ("x.astype(bool)", [1, 1, 0]),
        ("x.bool()", [1, 1, 0]),
    ],
)
def test_casts_do_to_the_numbers_what_they_say(cast, expected):
    np.testing.assert_array_equal(values(f"y = {cast}\nloss = sum(y)", {"x": [2.7, -3.2, 0.0]})["y"], expected)


def test_masked_fill():
    found = values("y = x.masked_fill(m == 0, -5)\nloss = sum(y)", {"x": [1.0, 2.0], "m": [0.0, 1.0]})
    np.testing.assert_array_equal(found["y"], [-5, 2])


def test_the_number_of_axes_is_a_number():
    assert values("loss = sum(x) * x.ndim + x.dim()", {"x": A})["loss"] == 25 * 2 + 2


def test_a_cache_may_be_returned_beside_the_values():
    program = "def forward(x, w):\n    out = x @ w\n    cache = (x, w)\n    return out, cache\n"
    found = values(program + "u, cache = forward(x, w)\nloss = sum(u * cache[1])", {"x": np.eye(2), "w": [[1.0, 2.0], [3.0, 4.0]]})
    assert found["loss"] == 30


def test_numbers_are_stacked_like_values():
    assert values("loss = sum(stack([1, 2]) * x)", {"x": [3.0, 4.0]})["loss"] == 11


def test_jax_has_another_gelu():
    x = {"x": 0.7}
    assert values("loss = jax.nn.gelu(x)", x)["loss"] == values("loss = gelu(x, approximate='tanh')", x)["loss"]
    assert values("loss = jax.nn.gelu(x, approximate=False)", x)["loss"] == values("loss = gelu(x)", x)["loss"]


def test_the_unit_matrix_by_numpys_name():
    np.testing.assert_array_equal(values("e = np.identity(2)\nloss = sum(e * x)", {"x": np.ones((2, 2))})["e"], np.eye(2))


def test_a_sentence_at_the_top_is_no_part_of_the_program():
    assert len(parse('"""A net."""\nloss = x').statements) == 1
