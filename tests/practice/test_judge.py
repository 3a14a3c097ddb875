"""Answers of every kind, and whole backward passes as people write them."""

import numpy as np
import pytest

from app import service
from app.errors import InputError, LimitError, ProgramError
from app.practice.judge import Judge
from app.service import Given, Request, analyse
from app.settings import Limits

SEED = """\
u1 = x @ w1 + b1
u2 = maximum(0, u1)
u3 = u2 @ w2 + b2
u4 = y - u3
u5 = u4 ** 2
MSE = mean(u5)"""
NUMBERS = {
    "x": [[1.0, 2.0], [2.0, -1.0], [0.5, 1.5]],
    "w1": [[1.0, -1.0], [0.0, 1.0]],
    "b1": [0.1, 0.2],
    "w2": [[1.0], [2.0]],
    "b2": [0.5],
    "y": [[1.0], [4.0], [2.0]],
}


def judge_of(program=SEED, inputs=None, limits=None):
    given = {name: Given.of(value) for name, value in (inputs or NUMBERS).items()}
    found = analyse(Request(program, given), Limits())
    return Judge(found.trace, dict(found.roles), limits or Limits())


def of_example(name):
    found = service.example(name)
    return judge_of(found["program"], found["inputs"])


def ids(verdict):
    return [one.id for one in verdict.diagnoses]


def by_name(judge, text):
    verdicts, faults = judge.backward(text)
    assert not faults
    return {one.variable: one for one in verdicts}


# the post's own code

POST = """\
diff = (trn_y - l2)
loss.g = (2/trn_x.shape[0]) * diff
diff.g = loss.g * -1
l2.g = diff.g @ w2.T
l1.g = l2.g * (l1 > 0).float()
w1.g = (l1.g * trn_x).sum()
b1.g = (l1.g * 1).sum()
"""


def test_the_code_of_the_post_is_taken_as_it_stands():
    found = by_name(of_example("seed-code"), POST)
    assert list(found) == ["loss", "diff", "l2", "l1", "w1", "b1"]
    # Its names are shifted by one: the numbers are those of the value before.
    assert [ids(found[name]) for name in ("loss", "diff", "l2", "l1")] == [["neighbour"]] * 4
    assert "∂loss/∂diff" in found["loss"].diagnoses[0].message
    assert "∂loss/∂l1" in found["l2"].diagnoses[0].message
    # Its shape-free lines are explained, in its own names.
    assert ids(found["w1"]) == ["shape"]
    message = found["w1"].diagnoses[0].message
    assert "l1.g is (3, 3) and trn_x is (3, 2)" in message
    assert message.endswith("here it is trn_x.T @ l1.g.")
    assert found["w1"].diagnoses[0].line == 6
    assert ids(found["b1"]) == ["all-summed"]
    assert not found["b1"].shape_ok


def test_the_code_of_the_post_with_its_shapes_mended_gives_the_weights():
    mended = POST.replace("(l1.g * trn_x).sum()", "trn_x.T @ l1.g").replace("(l1.g * 1).sum()", "(l1.g * 1).sum(0)")
    found = by_name(of_example("seed-code"), mended)
    assert found["w1"].correct
    assert found["b1"].correct


def test_the_code_of_the_post_with_its_names_mended_passes_whole():
    text = """\
diff = (trn_y - l2)
diff.g = (2/trn_x.shape[0]) * diff
l2.g = diff.g * -1
l1.g = l2.g @ w2.T
lin.g = l1.g * (l1 > 0).float()
w1.g = trn_x.T @ lin.g
b1.g = lin.g.sum(0)"""
    found = by_name(of_example("seed-code"), text)
    assert list(found) == ["diff", "l2", "l1", "lin", "w1", "b1"]
    assert all(one.correct for one in found.values())


def test_where_the_shapes_happen_to_fit_the_product_by_elements_is_named():
    square = {name: np.random.default_rng(1).normal(size=(3, 3)).tolist() for name in ("trn_x", "w1", "w2", "trn_y")}
    judge = judge_of(service.example("seed-code")["program"], square | {"b1": [0.1, 0.2, 0.3], "b2": [0.1, 0.2, 0.3]})
    found = by_name(judge, POST)
    assert ids(found["w1"])[0] == "elementwise"


# how people write


@pytest.mark.parametrize(
    "name", ["w1_g", "w1.g", "w1.grad", "w1_grad", "dw1", "d_w1", "g_w1", "grad_w1", "dMSE_dw1", "dL_dw1", "w1.grad.data"]
)
def test_a_gradient_has_many_names(name):
    found = by_name(judge_of(), f"{name} = x.T @ u1_g")
    assert found["w1"].correct


def test_numpy_as_it_is_taught():
    text = """\
dscores = np.array(p)
dscores[range(N), y] -= 1
dscores /= N
db = np.sum(dscores, axis=0)
dw = np.dot(x.T, dscores)"""
    program = "scores = x @ w + b\np = softmax(scores)\nloss = cross_entropy(scores, y)"
    numbers = {
        "x": [[1.0, 0.5], [0.2, -1.0], [0.3, 0.4]],
        "w": [[0.1, 0.2, -0.4], [0.5, -0.3, 0.2]],
        "b": [0.0, 0.1, 0.2],
        "y": {"value": [0, 2, 1], "role": "constant"},
    }
    found = by_name(judge_of(program, numbers), text)
    assert {name: one.correct for name, one in found.items()} == {"scores": True, "b": True, "w": True}


def test_a_mask_that_is_put_on_in_place_may_reuse_its_name():
    text = "du3 = 2 / N * (u3 - y)\ndu2 = du3 @ w2.T\ndu2[u2 <= 0] = 0\ndw1 = x.T @ du2\ndb1 = du2.sum(0)"
    found = by_name(judge_of(), text)
    assert all(one.correct for one in found.values())
    assert ids(found["u2"]) == ["reused"]
    assert found["u2"].line == 2


def test_torch_as_it_is_pasted():
    text = """\
import torch
with torch.no_grad():
    u4.grad = 2 * u4 / u4.numel()
    u3.grad = -u4.grad
    w2.grad += u2.t() @ u3.grad
    b2.grad = torch.sum(u3.grad, dim=0)
    u1.grad = (u3.grad @ w2.t()) * (u1 > 0).float()
    w1.grad = torch.einsum("ni,nj->ij", x, u1.grad)
    b1.grad = u1.grad.sum(dim=0, keepdim=False)
optimizer.step()"""
    found = by_name(judge_of(), text)
    assert list(found) == ["u4", "u3", "w2", "b2", "u1", "w1", "b1"]
    assert all(one.correct for one in found.values())


def test_a_def_around_all_of_it_is_taken_off():
    found = by_name(judge_of(), "def backward():\n    dw2 = u2.T @ u3_g\n    return dw2\n")
    assert found["w2"].correct


@pytest.mark.parametrize(
    "answer",
    [
        "sum(x[i][:, None] * u1_g[i][None, :] for i in range(3))",
        "sum([outer(x[i], u1_g[i]) for i in range(0, 3)])",
        "acc = 0\nfor i in range(N):\n    acc = acc + outer(x[i], u1_g[i])",
        "np.outer(x[0:1], u1_g[0]) + outer(x[1], u1_g[1:2]) + outer(x[2], u1_g[2])",
    ],
)
def test_samples_may_be_summed_one_by_one(answer):
    assert judge_of().expression("w1", answer).correct


def test_an_update_in_the_middle_is_found():
    text = "w2_g = u2.T @ u3_g\nw2 = w2 - 0.5 * w2_g\nu2_g = u3_g @ w2.T\nu1_g = u2_g * (u1 > 0)"
    found = by_name(judge_of(), text)
    assert found["w2"].correct
    assert ids(found["u2"]) == ["updated"]
    assert found["u2"].diagnoses[0].factor == pytest.approx(0.5)
    assert ids(found["u1"]) == ["follows"]


# one answer after another


def test_an_error_that_follows_is_told_apart_from_a_new_one():
    judge = judge_of()
    assert ids(judge.expression("u3", "2 * u4 / N")) == ["sign"]
    follows = judge.expression("w2", "u2.T @ u3_g")
    assert not follows.correct
    assert ids(follows) == ["follows"]
    assert "u3_g" in follows.diagnoses[0].message
    assert ids(judge.expression("b2", "u3_g")) == ["not-summed"]


def test_a_right_answer_does_not_need_the_wrong_one_before_it():
    judge = judge_of()
    judge.expression("u3", "2 * u4 / N")
    assert judge.expression("w2", "u2.T @ (-u4_g)").correct


def test_an_array_counts_for_the_given_numbers_alone():
    judge = judge_of()
    true = judge.expected(judge.target("u3"))
    wrong = judge.array("u3", 2 * true, np.asarray(0.0))
    assert ids(wrong) == ["factor-twice"]
    assert judge.expression("w2", "u2.T @ u3_g").correct is False


def test_the_mistake_of_a_helper_is_told_with_its_line():
    found = judge_of().expression("w2", "u3_g = 2 * u4 / N\nu2.T @ u3_g")
    assert ids(found) == ["sign", "follows"]
    assert found.diagnoses[0].line == 1


# numbers


def test_numbers_may_be_rounded_to_three_digits_and_no_further():
    judge = judge_of()
    true = judge.expected(judge.target("w1"))
    assert np.allclose(service.half_units([[1.25, 3, 0.5, 1e-7]]), [[0.005, 0.5, 0.05, 5e-8]], rtol=1e-12)
    assert judge.array("w1", np.round(true, 3), np.asarray(0.0005)).correct
    assert not judge.array("w1", np.round(true, 0), np.asarray(0.5)).correct
    assert not judge.array("w1", np.round(true, 3) + 0.002, np.asarray(0.0005)).correct


def test_rounded_numbers_still_give_the_mistake_away():
    judge = judge_of()
    true = judge.expected(judge.target("w1"))
    assert ids(judge.array("w1", np.round(-true, 3), np.asarray(0.0005))) == ["sign"]
    assert ids(judge.array("w1", np.round(true.T, 3), np.asarray(0.0005))) == ["transposed"]


def test_one_number_one_sign_and_a_shape():
    judge = judge_of()
    true = judge.expected(judge.target("w1"))
    assert judge.number("w1", (0, 1), float(true[0, 1]), np.asarray(0.0)).correct
    assert ids(judge.number("w1", (0, 1), -float(true[0, 1]), np.asarray(0.0))) == ["sign"]
    assert ids(judge.number("w1", (0, 1), 1e6, np.asarray(0.0))) == ["unknown"]
    assert judge.sign("w1", (0, 1), int(np.sign(true[0, 1]))).correct
    assert judge.sign("w1", (0, 1), -1).diagnoses[0].message == "It is not negative."
    assert judge.shape("b1", (2,)).correct
    assert ids(judge.shape("b1", (1, 2))) == ["shape"]


def test_what_rounding_leaves_of_nothing_is_nothing():
    """Moving all logits by the same does not change the loss: the gradient is 0, but for rounding."""
    judge = judge_of("loss = cross_entropy(x @ w + b, [0, 1])", {"x": [[1.0, 2.0], [0.3, 0.4]], "w": [[0.1, 0.7], [0.3, 0.9]], "b": 0.3})
    assert judge.sign("b", (), 0).correct
    assert judge.expression("b", "0 * b").correct


# what is not the person's fault


def test_what_is_right_for_these_numbers_alone_does_not_pass():
    numbers = NUMBERS | {"b1": [50.0, 60.0]}
    found = judge_of(inputs=numbers).expression("u1", "u2_g")
    assert not found.correct
    assert ids(found) == ["mask-missing", "coincidence"]
    assert found.difference() == (0.0, 0.0)


def test_at_a_kink_both_sides_are_right():
    numbers = NUMBERS | {"x": [[0.0, 0.0], [2.0, -1.0], [0.5, 1.5]], "b1": [0.0, 0.0]}
    found = judge_of(inputs=numbers).expression("u1", "u2_g * (u1 >= 0)")
    assert found.correct
    assert ids(found) == ["kink"]


def test_where_the_numbers_overflow_the_formula_decides():
    judge = of_example("softmax-safe")
    names = [name for name in judge.words.values if judge.words.values[name] in judge.graph.gradients]
    assert names
    assert judge_of("a = x * 1e200\nloss = sum(a * a)", {"x": [1e200]}).expression("x", "a_g * 1e200").correct


def test_targets_that_sum_to_one_stay_so():
    program = "p = softmax(z)\nloss = -mean(sum(y * log(p), axis=1))"
    numbers = {"z": [[0.1, 0.2, 0.3], [1.0, 0.0, -1.0]], "y": [[0.0, 1.0, 0.0], [0.5, 0.25, 0.25]]}
    assert judge_of(program, numbers).expression("z", "(p - y) / N").correct


# what cannot be read


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("", "no gradient here"),
        ("# nothing", "no gradient here"),
        ("x.T @ ", ""),
        ("x.T @ foo", "Nothing is called foo"),
        ("u1g", "Did you mean u1_g"),
        ("while True:\n    pass", "while"),
        ("x.T @ u1_g\nprint(x)\n3 * x", "without a name"),
        ("__import__('os')", ""),
        ("x.T @ frobnicate(u1_g)", "frobnicate"),
    ],
)
def test_what_cannot_be_read_says_so(answer, said):
    found = judge_of().expression("w1", answer)
    assert not found.correct
    assert ids(found) == ["unreadable"]
    assert said in found.diagnoses[0].message
    assert found.diagnoses[0].line is not None


def test_a_line_that_cannot_be_read_leaves_the_others():
    verdicts, faults = judge_of().backward("w2.g = u2.T @ u3_g\nb2.g = foo(u3_g)\nfoo.g = 3 * x\nb1.g = u1_g.sum(0)")
    assert {one.variable: one.correct for one in verdicts} == {"w2": True, "b1": True}
    assert [(one.line, one.message[:12]) for one in faults] == [(2, "There is no "), (3, "foo.g is cal")]


def test_a_backward_pass_without_a_gradient_is_an_error():
    with pytest.raises(ProgramError, match="No line names a gradient"):
        judge_of().backward("e = u3 - y")
    with pytest.raises(ProgramError):
        judge_of().backward("w1.g = = 3")


def test_who_asks_for_what_is_not_there_is_told():
    judge = judge_of(inputs=NUMBERS | {"y": {"value": NUMBERS["y"], "role": "constant"}})
    with pytest.raises(InputError, match="no value called w9"):
        judge.expression("w9", "x")
    with pytest.raises(InputError, match="y is a constant"):
        judge.expression("y", "x")


def test_many_runs_are_held_against_the_limits():
    found = analyse(Request(SEED, {name: Given.of(value) for name, value in NUMBERS.items()}), Limits())
    need = found.graph.cost.forward + found.graph.cost.backward
    with pytest.raises(LimitError, match="would take"):
        Judge(found.trace, dict(found.roles), Limits(flops=2 * need))


def test_an_answer_cannot_make_more_than_the_limits_allow():
    judge = judge_of(limits=Limits(tensor_elements=1000))
    with pytest.raises(LimitError):
        judge.expression("w1", "ones((100, 100))")


# values that are used again, groups, and other programs


def test_reassigned_names_have_their_numbers():
    judge = judge_of("a = x * w\na = tanh(a)\nloss = sum(a * a)", {"x": [1.0, 2.0], "w": [0.3, 0.4]})
    assert judge.expression("w", "x * a_g").correct
    assert judge.expression("a", "a_2_g * (1 - a_2 ** 2)").correct


def test_values_within_a_call_can_be_named():
    judge = of_example("seed-code")
    assert judge.expression("l2", "-2 / N * mse.diff").correct
    assert judge.expression("mse.diff", "2 / N * mse.diff").correct


@pytest.mark.parametrize("name", [one["id"] for one in service.examples()])
def test_of_every_example_the_zero_is_wrong_and_named(name):
    judge = of_example(name)
    for variable, node in judge.words.values.items():
        true = judge.reader.true(node) if node in judge.graph.gradients else ()
        if true and any(np.abs(one).max() > 1e-9 for one in true):
            found = judge.expression(variable, f"0 * {variable}") if variable.isidentifier() else None
            if found is not None:
                assert not found.correct, variable
                assert found.diagnoses


def test_all_runs_of_an_answer_together_are_held_against_the_limits():
    judge = judge_of(limits=Limits(total_bytes=10_000_000))
    assert judge.expression("w1", "a = ones((200, 100))\nx.T @ u1_g + 0 * sum(a)").correct
    with pytest.raises(LimitError, match="bytes"):
        judge.expression("w1", "a = ones((200, 200)) * 2 * 3\nx.T @ u1_g + 0 * sum(a)")


@pytest.mark.parametrize(
    "answer",
    [
        "sum(sum(w1 for i in range(10000)) for j in range(10000))",
        "sum(sum(sum(w1 for i in range(100)) for j in range(100)) for k in range(100))",
        "sum(" * 30 + "w1" + " for i in range(2))" * 30,
        "sum(w1 for i in range(10 ** 30))".replace("10 ** 30", "1" + "0" * 30),
    ],
)
def test_sums_within_sums_are_bounded_before_they_are_written_out(answer):
    with pytest.raises(LimitError, match="Written out"):
        judge_of().expression("w1", answer)


def test_what_is_asked_for_is_no_answer():
    for text in ("w1_g", "dL_dw1 * 1", "a = w1.g\na + 0"):
        found = judge_of().expression("w1", text)
        assert not found.correct
        assert ids(found) == ["asked"]
    verdicts, _ = judge_of().backward("w1.g = w1.g\nb2.g = u3_g.sum(0)")
    assert [one.correct for one in verdicts] == [False, True]


def test_a_second_guess_is_no_reuse():
    verdicts, _ = judge_of().backward("w1.grad = x.T @ u1.grad\nw1.grad = 0 * w1")
    assert not verdicts[0].correct


def test_where_there_is_no_kink_nothing_else_is_right_either():
    judge = judge_of("y = sum(w ** 2)", {"w": [5.0, 1.0, -1.0]})
    assert not judge.expression("w", "where(w == 5, 7, 2 * w)").correct
    judge = judge_of("y = sum(maximum(0, w))", {"w": [0.0, 1.0, -1.0]})
    assert judge.expression("w", "w >= 0").correct
    assert judge.expression("w", "where(w == 0, 0.5, w > 0)").correct
    assert not judge.expression("w", "where(w == 0, 100, w > 0)").correct


def test_small_numbers_are_no_zeros():
    assert not judge_of("loss = w * 1e-20", {"w": 2.0}).expression("w", "0 * w").correct
    judge = judge_of("loss = exp(-w)", {"w": 40.0})
    assert judge.sign("w", (), -1).correct
    assert not judge.sign("w", (), 0).correct


def test_each_number_has_a_last_place_of_its_own():
    judge = judge_of("y = sum(a * w ** 2) / 2", {"w": [12.3, 0.0001], "a": {"value": [1.0, 1.0], "role": "constant"}})
    assert not judge.array("w", np.array([12.3, 0.04]), np.asarray(service.half_units([12.3, 0.04]))).correct
    assert ids(judge.array("w", np.array([12.0, 0.0]), np.asarray(service.half_units([12, 0])))) == ["rounded"]


def test_an_answer_may_come_as_a_def_or_among_others():
    judge = judge_of()
    assert judge.expression("w1", "def f():\n    return x.T @ u1_g").correct
    assert judge.expression("w1", "w1_g, b1_g = x.T @ u1_g, u1_g.sum(0)").correct
    assert judge.expression("w1", "w1_g = x.T @ u1_g\nb1_g = u1_g.sum(0)").correct


def test_only_the_rows_that_are_named_change():
    program = "loss = cross_entropy(x, y)"
    numbers = {"x": [[1.0, 0.5, 0.2], [-1.0, 0.3, 0.4]], "y": {"value": [0, 2], "role": "constant"}}
    text = "dx = softmax(x)\ndx[range({}), y] -= 1\ndx /= N"
    assert judge_of(program, numbers).expression("x", text.format("2")).correct
    assert not judge_of(program, numbers).expression("x", text.format("1")).correct
    assert ids(judge_of(program, numbers).expression("x", text.format("m"))) == ["unreadable"]


@pytest.mark.parametrize("count", ["N", "3", "len(x)", "x.shape[0]", "x.size(0)"])
def test_samples_may_be_counted_in_any_way(count):
    judge = judge_of()
    assert judge.expression("w1", f"sum(outer(x[i], u1_g[i]) for i in range({count}))").correct
    assert judge.expression("w1", f"n = {count}\nacc = 0 * w1\nfor i in range(n):\n    acc += outer(x[i], u1_g[i])\nacc").correct


def test_numbers_and_signs_at_a_kink_may_be_those_of_either_side():
    judge = judge_of("y = sum(maximum(0, w))", {"w": [0.0, 1.0, -1.0]})
    assert ids(judge.array("w", np.array([1.0, 1.0, 0.0]), np.zeros(3))) == ["kink"]
    assert judge.number("w", (0,), 1.0, np.asarray(0.5)).correct
    assert judge.sign("w", (0,), 1).correct
    assert not judge.array("w", np.array([1.0, 1.0, 1.0]), np.zeros(3)).correct
    assert not judge.sign("w", (1,), 0).correct


def test_what_is_only_not_spread_is_called_a_shape():
    assert ids(judge_of("loss = sum(w)", {"w": [1.0, 2.0]}).expression("w", "1")) == ["shape"]
    assert ids(judge_of().expression("w2", "(u2 * u3_g).sum(0)")) == ["elementwise"]


def test_where_the_numbers_given_overflow_others_still_give_the_mistake_away():
    assert "factor" in ids(judge_of("y = exp(w)", {"w": 1000.0}).expression("w", "2 * exp(w)"))
