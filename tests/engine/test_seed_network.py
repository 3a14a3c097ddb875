"""The seed's network, a hundred times over: every gradient against three others that know nothing of this engine."""

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad
from seed_network import EXAMPLE, INPUTS, PROGRAM, STATEMENTS, closed_forms, difference, forward, gradients, networks, values

NAMES = INPUTS + STATEMENTS
CASES = [(given, gradients(PROGRAM, given), forward(given)) for given in networks(100)]


def close(ours, theirs):
    """To 1e-9, relative to the largest of a tensor's gradients (or to 1, if that is larger)."""
    return np.abs(ours - theirs) <= 1e-9 * max(1.0, float(np.max(np.abs(theirs), initial=0.0)))


def test_values_are_those_of_numpy():
    for given, _, expected in CASES:
        found = values(PROGRAM, given)
        for name in (*NAMES, "MSE"):
            np.testing.assert_allclose(found[name], expected[name], rtol=1e-12, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("name", NAMES)
def test_gradient_is_the_finite_difference_where_the_loss_is_smooth(name):
    checked = elements = 0
    for given, found, at in CASES:
        known = dict(given) if name in INPUTS else given | {name: at[name]}

        def patterns(array, known=known):
            return forward(known | {name: array})["u1"]

        def loss(array, known=known):
            return forward(known | {name: array})["MSE"]

        for index in np.ndindex(at[name].shape):
            elements += 1
            if crosses(patterns, at[name], index):
                continue
            expected = difference(loss, at[name], index)
            assert abs(found[name][index] - expected) <= 1e-9 * max(1.0, abs(expected), float(at["MSE"])), (name, index)
            checked += 1
    assert elements > 100
    assert checked > 0.55 * elements


def crosses(u1, array, index, step=2.0**-7):
    """Whether an element's perturbation moves some u1 onto or over 0, where there is no derivative."""
    up, down = array.copy(), array.copy()
    up[index] += step
    down[index] -= step
    before, after = u1(down), u1(up)
    return bool(np.any((np.sign(before) != np.sign(after)) | ((before == 0) != (u1(array) == 0))))


@pytest.mark.parametrize("name", NAMES)
def test_gradient_is_that_of_autograd(name):
    for given, found, at in CASES:
        known = dict(given) if name in INPUTS else given | {name: at[name]}

        def loss(array, known=known):
            return forward(known | {name: array}, anp)["MSE"]

        assert close(found[name], grad(loss)(at[name])).all(), name


def test_gradient_is_the_closed_form_of_the_seed_put_right():
    for given, found, _ in CASES:
        for name, expected in closed_forms(given).items():
            assert close(found[name], expected).all(), name


def test_gradient_is_zero_where_relu_is_at_its_kink():
    ties = 0
    for _, found, at in CASES:
        tied = at["u1"] == 0
        ties += int(tied.sum())
        assert (found["u1"][tied] == 0).all()
    assert ties > 100


def test_gradients_have_the_shapes_of_their_values():
    for _, found, at in CASES:
        assert {name: found[name].shape for name in NAMES} == {name: at[name].shape for name in NAMES}


def test_example_of_the_gallery_has_the_known_numbers():
    found = gradients(PROGRAM, EXAMPLE)
    expected = forward(EXAMPLE)["MSE"]
    assert values(PROGRAM, EXAMPLE)["MSE"] == pytest.approx(expected, rel=1e-14)
    np.testing.assert_allclose(found["u4"], 2 * forward(EXAMPLE)["u4"] / 3, rtol=1e-14)
    np.testing.assert_allclose(found["b2"], [-2 / 3 * forward(EXAMPLE)["u4"].sum()], rtol=1e-13)
    np.testing.assert_allclose(found["u1"][0], [found["u3"][0, 0] * 1.2, 0.0, 0.0], rtol=1e-14)


def test_networks_are_of_many_shapes_and_hold_zeros_and_ties():
    shapes = {tuple(given[name].shape for name in ("x", "w2")) for given, _, _ in CASES}
    assert len(shapes) > 50
    assert {given["y"].shape[1] for given, _, _ in CASES} == {1, 2, 3}
    assert sum(bool((given["x"] == 0).all(axis=1).any()) for given, _, _ in CASES) >= 50
