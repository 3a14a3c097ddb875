"""The reasons that stand beside a derivation, with this graph's own shapes and numbers."""

import numpy as np
import pytest
from derivations import derived, figure
from seed_network import EXAMPLE, PROGRAM

from app.explain.derivation.fate import fate


def reasons(found, kind):
    return [reason for reason in found.reasons if reason.kind == kind]


def seed(target, arrays=EXAMPLE):
    return derived(PROGRAM, arrays, target, data=("x", "y"))


def test_a_sum_shows_each_samples_share_and_the_shares_add_up():
    for target in ("w1", "b1", "w2", "b2"):
        found = seed(target)
        (reason,) = reasons(found, "sum")
        assert "each of the 3 samples" in reason.words
        gradient = found.trace.gradient(found.outline.ways.target.node)
        assert reason.shares.shape == (3, *np.shape(gradient))
        np.testing.assert_allclose(reason.shares.sum(axis=0), gradient, rtol=1e-13)
    assert reasons(seed("x"), "sum") == []


def test_each_samples_share_is_its_row_times_its_gradient():
    found = seed("w1")
    (reason,) = reasons(found, "sum")
    u1 = next(card for card in found.outline.ways.cards if card.id == "u1")
    back = found.trace.gradient(u1.node)
    for sample in range(3):
        np.testing.assert_allclose(reason.shares[sample], np.outer(EXAMPLE["x"][sample], back[sample]), rtol=1e-13)


def test_a_broadcast_that_no_sample_has_to_do_with_is_told_too():
    found = derived("v = a * s\nL = sum(v)", {"a": np.ones((2, 3)), "s": np.array(2.0)}, "s")
    (reason,) = reasons(found, "sum")
    assert reason.words.endswith("Σ over all 6 elements.")
    assert reason.shares is None


def test_one_element_of_a_transposed_product_is_worked_out_by_hand():
    found = seed("w1")
    by_source = {reason.source: reason.words for reason in reasons(found, "transpose")}
    assert set(by_source) == {"w1", "u2"}
    assert "The shapes leave no other way than xᵀ · u1_g." in by_source["w1"]
    assert "[1, 0] is x[0, 1]·u1_g[0, 0] + x[1, 1]·u1_g[1, 0] + x[2, 1]·u1_g[2, 0]" in by_source["w1"]
    assert "= 2.873:" in by_source["w1"]
    assert "The shapes alone do not decide between u3_g · w2ᵀ and other products" in by_source["u2"]


def test_the_mean_says_why_1_over_n():
    assert reasons(seed("w1"), "mean")[0].words.startswith("Why 1/3: the mean adds 3 elements and divides by 3")
    several = derived("L = mean((x @ w - y) ** 2)", {"x": np.ones((4, 2)), "w": np.ones((2, 3)), "y": np.zeros((4, 3))}, "w", data="xy")
    assert reasons(several, "mean") == []
    named = derived(
        "u = (x @ w - y) ** 2\nL = mean(u)", {"x": np.ones((4, 2)), "w": np.ones((2, 3)), "y": np.zeros((4, 3))}, "w", data="xy"
    )
    assert reasons(named, "mean")[0].words.endswith("These are 4 samples with 3 elements each.")


def test_a_mask_says_which_elements_it_stops():
    (reason,) = reasons(seed("w1"), "mask")
    assert "follows u1 only where u1 > 0" in reason.words
    assert reason.where == ((0, 1), (0, 2), (1, 2), (2, 0), (2, 1))
    alone = derived("u = maximum(0, x)\nL = u * 2", {"x": -1.0}, "x")
    assert reasons(alone, "mask")[0].words.endswith("That does not hold here.")


def test_uses_of_one_value_add_and_say_so_with_their_numbers():
    (reason,) = reasons(derived("c = a * b\nd = a ** 2\nL = c + d", {"a": 3.0, "b": -2.0}, "a"), "twice")
    assert reason.words.endswith("Here (−2) + 6 = 4.")


@pytest.mark.parametrize(
    ("text", "arrays", "target", "said", "short"),
    [
        ("u = x ** 2\nL = sum(u)", {"x": np.arange(1.0, 4.0)}, "x", "only the diagonal is not 0", "2 * x"),
        ("u = x @ w\nL = sum(u)", {"x": np.ones((3, 2)), "w": np.ones((2, 2))}, "x", "one block of 2 × 2 stands 3 times", "w.T"),
        ("u = x @ w\nL = sum(u)", {"x": np.ones((3, 2)), "w": np.ones((2, 2))}, "w", "always by the same 3 × 2 numbers", "x.T"),
        ("u = x + b\nL = sum(u)", {"x": np.ones((3, 2)), "b": np.ones(2)}, "b", "3 unit matrices", "1, Σ over 3 rows"),
        ("u = x * 1\nL = mean(u)", {"x": np.ones(4)}, "u", "It has one row", "1 / 4"),
        ("u = x * s\nL = sum(u)", {"x": np.ones(4), "s": np.array(2.0)}, "s", "It has one column", "x, Σ over 4 elements"),
    ],
)
def test_the_whole_jacobian_shows_how_the_short_form_comes_from_it(text, arrays, target, said, short):
    found = derived(text, arrays, target)
    reason = reasons(found, "jacobian")[-1]
    assert said in reason.words
    assert reason.words.endswith(f"In short: {short}.")
    assert reason.jacobian.shape[1] == np.size(arrays.get(target, np.ones(4)))


def test_a_jacobian_without_a_pattern_is_shown_by_rows():
    found = derived("p = softmax(z)\nL = sum(p ** 2)", {"z": np.array([0.1, 0.5, -0.2])}, "z")
    reason = next(one for one in reasons(found, "jacobian") if one.source == "z")
    p = np.asarray(found.trace.value(next(card.node for card in found.outline.ways.cards if card.id == "p")))
    np.testing.assert_allclose(reason.jacobian, np.diag(p) - np.outer(p, p), atol=1e-15)
    assert "row k" in reason.words


def test_large_jacobians_and_many_samples_are_left_out():
    found = derived("L = mean((x @ w - y) ** 2)", {"x": np.ones((100, 5)), "w": np.ones((5, 4)), "y": np.zeros((100, 4))}, "w", data="xy")
    assert reasons(found, "jacobian") == []
    assert all(reason.shares is None for reason in found.reasons)


def test_kinks_on_the_way_name_their_convention():
    found = derived("u = maximum(0, x)\nL = sum(u)", {"x": np.array([0.0, 1.0])}, "x")
    (reason,) = reasons(found, "kink")
    assert "u, at [0]: At a tie a constant takes the whole gradient" in reason.words


def test_the_order_of_factors_is_explained_where_a_matrix_multiplies_from_the_left():
    assert "the derivative of u1 with respect to w1" in reasons(seed("w1"), "order")[0].words
    assert reasons(seed("b1"), "order") == []


# --- what became of a gradient


def told(text, arrays, target):
    found = derived(text, arrays, target)
    with np.errstate(all="ignore"):
        return fate(found.trace, found.outline.ways, figure)


def test_a_zero_is_walked_back_to_the_unit_that_was_off():
    found = told(
        "u = x @ w\nh = maximum(0, u)\nv = h * 3\nL = sum(v)", {"x": np.ones((2, 2)), "w": np.array([[1.0, -1.0], [1.0, -1.0]])}, "w"
    )
    assert found.kind == "zero"
    assert found.where == ((0, 1), (1, 1))
    assert "2 of 4 elements of this gradient are 0; take w[0, 1]." in found.words
    assert "The way back is closed between h and u[0, 1]" in found.words
    assert "where u[0, 1] is −2" in found.words


def test_a_zero_that_was_handed_on_says_by_whom():
    found = told("u = maximum(0, x)\nv = u * 2\nw = v + 1\nL = w ** 2", {"x": -3.0}, "x")
    assert "closed between u and x" in found.words
    later = told("u = x * 2\nv = stop_gradient(u)\nL = v * 3", {"x": 1.0}, "x")
    assert "closed between v and u" in later.words


def test_shares_that_cancel_are_told_from_a_closed_way():
    found = told("a = x * 2\nb = x * 2\nL = a - b", {"x": 1.0}, "x")
    assert "the shares cancel" in found.words


def test_a_gradient_that_is_no_number_is_walked_back_to_where_it_began():
    forward = told("u = log(x)\nv = u * 2\nL = sum(v)", {"x": np.array([1.0, 0.0])}, "x")
    assert forward.kind == "nonfinite"
    assert "begins in the forward pass, at u" in forward.words
    assert "log of 0 at [1]" in forward.words
    backward = told("u = sqrt(x)\nL = sum(u)", {"x": np.array([1.0, 0.0])}, "x")
    assert "On the way back it begins at x" in backward.words


def test_the_step_that_made_a_gradient_huge_or_tiny_is_named():
    huge = told("u = x * 2\nv = exp(u)\nL = v + 1", {"x": 5.0}, "x")
    assert huge.kind == "huge"
    assert "from v to u" in huge.words
    tiny = told("a = sigmoid(x)\nb = sigmoid(a * 20)\nL = b", {"x": 9.0}, "x")
    assert tiny.kind == "tiny"
    assert "smaller" in tiny.words


def test_an_ordinary_gradient_needs_no_reason():
    assert told(PROGRAM, EXAMPLE, "b1") is None
    assert told(PROGRAM, EXAMPLE, "MSE") is None
