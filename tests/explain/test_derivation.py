"""Nothing is ever shown that was not evaluated: every step of every derivation, read by our own parser and calculated again."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest
from derivations import check_every_code, derived
from random_programs import Writer
from seed_network import EXAMPLE, PROGRAM

from app.engine.views import Detail, Kind, Shown
from app.examples import gallery
from app.explain.derivation import Notation, Order, plain
from app.explain.notation import mathml
from app.service import Given, Request, analyse
from app.service import derived as derived_by_service
from app.settings import Limits

FORMS = [(notation, order) for notation in Notation for order in Order]


def seed(target, notation=Notation.SAMPLE, order=None):
    return derived(PROGRAM, EXAMPLE, target, data=("x", "y"), notation=notation, order=order)


def latex(found, kind, node=None):
    return [plain(step.latex) for step in found.steps if step.kind == kind and node in (None, step.node, step.source)]


def targets(analysis):
    return [card.id for card in analysis.view.cards if card.node in analysis.graph.gradients]


@pytest.mark.parametrize("name", list(gallery()))
@pytest.mark.parametrize("detail", list(Detail))
def test_every_step_for_every_target_of_the_gallery_is_the_engines_number(name, detail):
    example = gallery()[name]
    request = Request(example.program, {key: Given.of(value) for key, value in example.inputs.items()}, detail=detail)
    analysis = analyse(request, Limits())
    typeset = set()
    for target in targets(analysis)[:: 1 if detail is Detail.STATEMENTS else 3]:
        known = {}
        for notation, order in FORMS:
            found = derived_by_service(analysis, target, notation, order)
            assert check_every_code(found, known) > 2
            for step in found.steps:
                if step.latex and step.latex not in typeset:
                    typeset.add(step.latex)
                    assert "card-" not in plain(step.latex)
                    text = "".join(ET.fromstring(mathml(step.latex, display=True)).itertext())
                    assert "\\" not in text
                    assert not any("\ue000" <= sign <= "\ue0ff" for sign in text)


@pytest.mark.parametrize("seed", range(24))
def test_every_step_of_random_programs_is_the_engines_number(seed):
    writer = Writer(seed)
    text = writer.write(3 + seed % 12)
    analysis = analyse(Request(text, {name: Given(array.tolist()) for name, array in writer.arrays.items()}), Limits())
    for target in targets(analysis)[seed % 4 :: 4]:
        known = {}
        for notation in Notation:
            check_every_code(derived_by_service(analysis, target, notation), known)


def test_the_story_names_every_value_on_the_way():
    (story,) = [step.words for step in seed("w1").steps if step.kind == "words"]
    assert story == (
        "Changing w1 does not change MSE directly. It changes u1, which changes u2, which changes u3, which changes u4, which changes u5, "
        "which changes MSE."
    )
    assert seed("u5").steps[0].words == "Changing u5 changes MSE directly."
    assert seed("MSE").steps[0].words == "MSE is the loss itself: a change of it is the change."


def test_several_ways_are_told_counted_and_added():
    found = derived("u = a * b\nv = u + a\nL = u * v + a", {"a": 2.0, "b": 3.0}, "a")
    assert found.outline.ways.count == 4
    assert set(found.outline.ways.paths) == {("L", "a"), ("L", "u", "a"), ("L", "v", "a"), ("L", "v", "u", "a")}
    assert "in 4 ways" in found.steps[0].words
    assert "directly" in found.steps[0].words
    (chain,) = latex(found, "chain")
    assert chain.count(" + ") == 3
    assert check_every_code(found) > 8


def test_what_the_loss_does_not_depend_on_has_gradient_0_and_says_so():
    found = derived("u = a * 2\nv = b * 3\nL = sum(u)", {"a": [1.0, 2.0], "b": [1.0, 2.0]}, "b")
    assert found.outline.ways.count == 0
    assert found.outline.ways.paths == ()
    assert "does not change L" in found.steps[0].words
    assert found.outline.closed.code == "broadcast_to(0, shape=(2,))"
    check_every_code(found)


def test_ways_beyond_count_are_counted_without_being_walked():
    lines = ["h0 = x * 1"] + [f"h{i} = h{i - 1} * 0.5 + sin(h{i - 1})" for i in range(1, 60)]
    lines += [f"g{i} = h{i} + h{i - 1}" for i in range(1, 60)] + ["L = " + " + ".join(f"g{i}" for i in range(1, 60))]
    found = derived("\n".join(lines), {"x": 0.1}, "x")
    assert found.outline.ways.count == 59 * 2
    doubling = derived(
        "\n".join([*(f"a{i + 1} = a{i} + b{i}\nb{i + 1} = a{i} * b{i}" for i in range(40)), "L = a40 + b40"]), {"a0": 0.1, "b0": 0.1}, "a0"
    )
    assert doubling.outline.ways.count > 2**39
    assert len(doubling.outline.ways.paths) == 64
    assert max(len(step.latex or "") + len(step.code or "") for step in doubling.steps) < 20_000


def test_the_ladder_folds_the_seed_network_up_as_the_tutorial_does():
    ladder = latex(seed("w1"), "forward")
    assert ladder[0] == (
        r"\mathrm{MSE} = \frac{1}{N} \sum_{i=1}^{N} {\left(\vec{\mathrm{y}}_{i} - \left(\max \left(0 , \vec{\mathrm{x}}_{i} \cdot "
        r"\vec{\mathrm{w}}_{1} + b_{1}\right) \cdot \vec{\mathrm{w}}_{2} + b_{2}\right)\right)}^{2}"
    )
    assert ladder[3] == r"\mathrm{MSE} = \frac{1}{N} \sum_{i=1}^{N} {\left(\vec{\mathrm{y}}_{i} - u_{3}\right)}^{2}"
    assert ladder[-1] == r"\mathrm{MSE} = \frac{1}{N} \sum_{i=1}^{N} u_{5}"
    assert len(ladder) == 6


def test_the_links_read_as_the_tutorials():
    found = seed("w1")
    assert latex(found, "local") == [
        r"\frac{\partial \mathrm{MSE}}{\partial u_{5}} = \frac{\partial}{\partial u_{5}} \frac{1}{N} \sum_{i=1}^{N} u_{5} = \frac{1}{N}",
        r"\frac{\partial u_{5}}{\partial u_{4}} = \frac{\partial}{\partial u_{4}} {u_{4}}^{2} = 2 u_{4}",
        r"\frac{\partial u_{4}}{\partial u_{3}} = \frac{\partial}{\partial u_{3}} \left(\vec{\mathrm{y}}_{i} - u_{3}\right) = -1",
        r"\frac{\partial u_{3}}{\partial u_{2}} = \frac{\partial}{\partial u_{2}} \left(u_{2} \cdot \vec{\mathrm{w}}_{2} + b_{2}\right) = "
        r"{\vec{\mathrm{w}}_{2}}^{\mathsf{T}}",
        r"\frac{\partial u_{2}}{\partial u_{1}} = \frac{\partial}{\partial u_{1}} \max \left(0 , u_{1}\right) = "
        r"\begin{cases}0 & u_{1} \le 0 \\ 1 & u_{1} > 0\end{cases}",
        r"\frac{\partial u_{1}}{\partial \vec{\mathrm{w}}_{1}} = \frac{\partial}{\partial \vec{\mathrm{w}}_{1}} "
        r"\left(\vec{\mathrm{x}}_{i} \cdot \vec{\mathrm{w}}_{1} + b_{1}\right) = {\vec{\mathrm{x}}_{i}}^{\mathsf{T}}",
    ]
    assert "u4 is squared, so a small change of u4 counts 2·u4 times." in [step.words for step in found.steps]
    assert latex(found, "product", "u4")[0].startswith(r"u_{4_g} = u_{5_g} \cdot \frac{\partial u_{5}}{\partial u_{4}}")
    told = next(step.words for step in found.steps if step.kind == "product" and step.node == "u1")
    assert told.endswith("Once calculated, it is used again for b1, w1 and x.")


BEFORE = r"\vec{\mathrm{x}}_{i} \cdot \vec{\mathrm{w}}_{1} + b_{1}"
CASES = rf"\begin{{cases}}0 & {BEFORE} \le 0 \\ e_{{i}} \cdot {{\vec{{\mathrm{{w}}}}_{{2}}}}^{{\mathsf{{T}}}} & {BEFORE} > 0\end{{cases}}"
UNIT = r"\max \left(0 , \vec{\mathrm{x}}_{i} \cdot \vec{\mathrm{w}}_{1} + b_{1}\right)"
ERROR = rf" \quad\text{{with }} e_{{i}} = {UNIT} \cdot \vec{{\mathrm{{w}}}}_{{2}} + b_{{2}} - \vec{{\mathrm{{y}}}}_{{i}}"


@pytest.mark.parametrize(
    ("target", "form"),
    [
        ("w1", rf"\frac{{2}}{{N}} \sum_{{i=1}}^{{N}} {{\vec{{\mathrm{{x}}}}_{{i}}}}^{{\mathsf{{T}}}} \cdot \left({CASES}\right)"),
        ("b1", rf"\frac{{2}}{{N}} \sum_{{i=1}}^{{N}} \left({CASES}\right)"),
        ("x", rf"\frac{{2}}{{N}} \cdot \left({CASES}\right) \cdot {{\vec{{\mathrm{{w}}}}_{{1}}}}^{{\mathsf{{T}}}}"),
        ("w2", rf"\frac{{2}}{{N}} \sum_{{i=1}}^{{N}} {{{UNIT}}}^{{\mathsf{{T}}}} \cdot e_{{i}}"),
        ("b2", r"\frac{2}{N} \sum_{i=1}^{N} e_{i}"),
        ("u2", r"\frac{2}{N} \cdot e_{i} \cdot {\vec{\mathrm{w}}_{2}}^{\mathsf{T}}"),
    ],
)
def test_closed_forms_of_the_seed_network_are_the_tutorials_put_right(target, form):
    closed = next(one for one in latex(seed(target, order=Order.SHAPES), "closed") if "with" in one)
    assert closed.partition(" = ")[2] == form + ERROR


def test_along_the_chain_what_multiplies_from_the_left_says_so():
    chained, shaped = (latex(seed("w1", order=order), "closed")[-2] for order in Order)
    assert r"\cdot \underset{\text{from the left}}{{\vec{\mathrm{x}}_{i}}^{\mathsf{T}}}" in chained
    assert "from the left" not in shaped
    assert latex(seed("w1"), "chain")[0].endswith(
        r"= \frac{1}{N} \sum_{i=1}^{N} \left(2 u_{4}\right) \cdot \left(-1\right) \cdot \left({\vec{\mathrm{w}}_{2}}^{\mathsf{T}}\right) "
        r"\odot \left(\begin{cases}0 & u_{1} \le 0 \\ 1 & u_{1} > 0\end{cases}\right) "
        r"\cdot \underset{\text{from the left}}{\left({\vec{\mathrm{x}}_{i}}^{\mathsf{T}}\right)}"
    )


def test_the_last_line_has_a_shape_below_every_factor():
    last = latex(seed("w1", Notation.MATRIX), "closed")[-1]
    for shape, factor in ((r"2 \times 3", "{x}^"), (r"3 \times 1", "e"), (r"1 \times 3", "{w_{2}}^"), ("3", "b_{1}")):
        assert rf"\underset{{{shape}}}{{{factor}" in last


def test_numbers_are_put_in_whole_for_a_calculator_and_as_matrices():
    found = derived("u = 3 * x\nL = u ** 2 - 5", {"x": 2.0}, "x")
    (step,) = [step for step in found.steps if step.kind == "numeric"]
    assert step.words == "The numbers put in, in one line for a calculator."
    assert eval(step.code) == 36.0
    (matrix,) = latex(seed("w1", Notation.MATRIX), "numeric")
    assert r"\begin{bmatrix}1 & 2 \\ −1 & 0.5".replace("−", "-") in matrix
    assert r"\approx" in matrix


def test_letters_that_the_program_has_are_not_used_for_anything_else():
    text = "e = x @ N + i\nL = mean((y - e) ** 2)"
    arrays = {"x": np.eye(2), "N": np.ones((2, 1)), "i": np.array([0.5]), "y": np.zeros((2, 1))}
    found = derived(text, arrays, "N", data=("x", "y"), notation=Notation.SAMPLE)
    assert found.outline.notation is Notation.SAMPLE
    last = latex(found, "closed")[-2]
    assert r"\frac{2}{M} \sum_{j=1}^{M}" in last
    assert "r_{j}" in last
    check_every_code(found)


def test_nested_sums_over_samples_have_letters_of_their_own():
    text = "m = mean(x, axis=0)\nc = x - m\nL = mean(c ** 2 * w)"
    found = derived(text, {"x": np.arange(6.0).reshape(3, 2), "w": np.array([1.0, 2.0])}, "w", data=("x",), notation=Notation.SAMPLE)
    assert found.outline.notation is Notation.SAMPLE
    last = latex(found, "closed")[-1]
    assert r"\sum_{i=1}^{N}" in last
    assert r"\sum_{j=1}^{N} \vec{\mathrm{x}}_{j}" in last
    check_every_code(found)


def test_where_samples_are_mixed_the_whole_batch_is_written_and_the_reason_told():
    text = "p = softmax(x @ w, axis=0)\nL = mean(p * y)"
    arrays = {"x": np.arange(6.0).reshape(3, 2), "w": np.ones((2, 2)), "y": np.ones((3, 2))}
    found = derived(text, arrays, "w", data=("x", "y"), notation=Notation.SAMPLE)
    assert found.outline.notation is Notation.MATRIX
    (reason,) = [reason.words for reason in found.reasons if reason.kind == "samples"]
    assert "p takes the samples together" in reason


def test_versions_and_names_that_stand_for_something_else_are_told_apart():
    text = "e = a * 2\ne = e * 3\nsum_ = e + 3.5\nL = sum_ * e"
    found = derived(text, {"a": 2.0}, "a", shown=Shown(Detail.OPERATIONS))
    assert len(set(found.outline.names.values.values()) | set(found.outline.names.gradients.values())) == 2 * len(
        found.outline.names.values
    )
    assert check_every_code(found) > 10


def test_roles_are_known_by_the_service():
    example = gallery()["softmax-classifier"]
    analysis = analyse(Request(example.program, {key: Given.of(value) for key, value in example.inputs.items()}), Limits())
    assert dict(analysis.roles)["y"] is Kind.CONSTANT
    assert derived_by_service(analysis, "w", Notation.SAMPLE).outline.notation is Notation.SAMPLE


# --- products are put in only where they are products


ROWS = {"x": np.arange(1.0, 7.0).reshape(3, 2), "w": np.array([0.5, -1.0]), "y": np.array([[1.0], [0.0], [2.0]])}


@pytest.mark.parametrize(
    ("text", "more", "target"),
    [
        ("u = x * w\nm = mean(u, axis=0)\nc = x * m\nL = mean(c)", {}, "w"),
        ("m = mean(x, axis=0)\nc = x - m\nL = mean(c ** 2 * w)", {}, "w"),
        ("L = mean((y - x @ v) ** 2)", {"v": np.ones((2, 1))}, "v"),
        ("h = tanh(x @ a)\nL = mean((y - h @ b) ** 2)", {"a": np.ones((2, 2)), "b": np.ones((2, 1))}, "a"),
    ],
)
def test_where_the_chain_is_no_plain_product_its_factors_are_not_put_in(text, more, target):
    arrays = {name: array for name, array in (ROWS | more).items() if name in text}
    (chain,) = latex(derived(text, arrays, target, data=("x", "y"), notation=Notation.SAMPLE), "chain")
    assert r"\left(" not in chain.replace(r"\left(\partial", "")


def test_a_single_step_is_not_said_to_be_itself():
    (chain,) = latex(seed("u5"), "chain")
    assert chain == r"\frac{\partial \mathrm{MSE}}{\partial u_{5}} = \left(\frac{1}{N}\right)"


def test_single_numbers_are_multiplied_in_both_orders():
    for order in Order:
        (chain,) = latex(derived("u = 3 * x\nL = u ** 2", {"x": 2.0}, "x", order=order), "chain")
        assert chain.endswith(r"= \left(2 u\right) \cdot \left(3\right)")


def test_a_sum_is_enclosed_where_it_is_a_factor_and_every_value_says_its_sample():
    found = derived("u = x @ w\ng = u.T @ u\nL = sum(g ** 2)", {"x": ROWS["x"], "w": np.eye(2)}, "w", data=("x",), notation=Notation.SAMPLE)
    last = latex(found, "closed")[-1]
    assert r"\left(\sum_{j=1}^{N}" in last
    assert r"\vec{\mathrm{x}}_{j}" in last
    check_every_code(found)


def test_one_sample_has_no_notation_of_its_own():
    found = derived("u = x @ w + b\nL = mean((y - u) ** 2)", {"x": [[1.0, 2.0]], "w": np.eye(2), "b": [[0.5, 0.5]], "y": [[0.0, 1.0]]}, "b",
                    data=("x", "y"), notation=Notation.SAMPLE)  # fmt: skip
    assert found.outline.notation is Notation.MATRIX
    assert any("not several samples" in reason.words for reason in found.reasons)


def test_a_mean_that_is_written_out_is_one_over_samples():
    found = derived("u = x @ w\nL = sum((y - u) ** 2) / len(x)", {"x": ROWS["x"], "w": np.ones((2, 1)), "y": ROWS["y"]}, "w",
                    data=("x", "y"), notation=Notation.SAMPLE)  # fmt: skip
    assert found.outline.notation is Notation.SAMPLE


# --- bounds


def test_very_long_ways_and_very_many_uses_are_told_at_both_ends():
    long = derived("\n".join(["h0 = x * 1", *(f"h{i} = sin(h{i - 1})" for i in range(1, 600)), "L = h599"]), {"x": 0.5}, "x")
    products = [step.node for step in long.steps if step.kind == "product"]
    assert len(products) == 200
    assert (products[0], products[-1]) == ("L", "x")
    check_every_code(long)
    many = derived("L = " + " + ".join(f"w * {i}" for i in range(1, 900)), {"w": 0.5}, "w")
    assert sum(step.kind == "local" for step in many.steps) == 50
    assert max(len(step.latex or "") for step in many.steps) < 50_000


def test_ways_are_counted_only_so_far():
    text = "\n".join([*(f"a{i + 1} = a{i} + b{i}\nb{i + 1} = a{i} * b{i} * 0.1" for i in range(200)), "L = a200 + b200"])
    found = derived(text, {"a0": 0.1, "b0": 0.1}, "a0")
    assert found.outline.ways.count == 10**15
    assert "more than 1,000,000,000,000,000 ways" in found.steps[0].words


@pytest.mark.parametrize("name", ["_", "_1", "θ", "文", "x_", "N", "i", "j"])
def test_any_name_can_be_written_for_one_sample(name):
    text = f"z = x @ {name}\nL = mean((y - z) ** 2)"
    given = {"x": np.ones((2, 2)), name: np.ones((2, 1)), "y": np.zeros((2, 1))}
    found = derived(text, given, name, data=("x", "y"), notation=Notation.SAMPLE)
    for step in found.steps:
        assert step.latex is None or mathml(step.latex, display=True).startswith("<math")


def test_what_nothing_comes_back_to_is_not_said_to_have_derivative_0():
    found = derived("z = 2 * w\nm = z > 1\nL = sum(m * x)", {"w": np.array([1.0, 0.1]), "x": np.array([1.0, 2.0])}, "w")
    link = next(step for step in found.steps if step.kind == "local" and step.source == "w")
    assert link.code is None
    assert "takes nothing from z" in link.words
    assert not any(reason.kind == "jacobian" and reason.source == "w" for reason in found.reasons)


@pytest.mark.parametrize(
    ("text", "arrays", "said"),
    [
        ("L = mean((y - u) ** 2)", {"y": np.ones(3), "u": np.zeros(3)}, "a small change of y - u counts 2·(y - u) times"),
        ("L = sum((y - u) ** 3)", {"y": np.ones(3), "u": np.zeros(3)}, "counts 3·(y - u)^2 times"),
        ("L = x ** 2.123456789", {"x": 1.5, "u": 0.0, "y": 0.0}, "counts 2.123456789·x^1.123456789 times"),
        ("L = sum(u @ y)", {"y": np.ones(3), "u": np.zeros(3)}, "counts as often as the elements of y that it meets"),
    ],
)
def test_sentences_put_parentheses_where_they_are_needed(text, arrays, said):
    used = {name: array for name, array in arrays.items() if name in text.partition("=")[2]}
    found = derived(text, used, "u" if "u" in used else "x")
    assert any(said in step.words for step in found.steps)


LOGISTIC = "z = x @ w + b\np = 1 / (1 + exp(-z))\nloss = -mean(y * log(p) + (1 - y) * log(1 - p))"
FLOWERS = {"x": np.array([[1.0, 2.0], [-1.0, 0.5], [0.3, -1.2]]), "w": np.array([[0.5], [-0.4]]), "b": np.array([0.1])}


@pytest.mark.parametrize("notation", list(Notation))
def test_only_a_prediction_less_what_is_given_is_an_error(notation):
    found = derived(LOGISTIC, FLOWERS | {"y": np.array([[1.0], [0.0], [1.0]])}, "w", data=("x", "y"), notation=notation)
    assert not any("for the error" in step.words for step in found.steps)


def test_several_uses_in_one_statement_are_shares_of_one_derivative():
    found = derived(LOGISTIC, FLOWERS | {"y": np.array([[1.0], [0.0], [1.0]])}, "w", data=("x", "y"))
    links = [step for step in found.steps if step.kind == "local" and step.source == "p"]
    assert [step.words.partition(":")[0] for step in links] == ["Use 1 of p in loss", "Use 2 of p in loss"]
    assert [r"\right|_{\text{use 1}}" in step.latex for step in links] == [True, False]
    (one,) = [step for step in found.steps if step.kind == "local" and step.source == "z"]
    assert "use" not in one.latex


def test_a_product_of_elements_stands_in_parentheses_within_a_matrix_product():
    found = derived(PROGRAM, EXAMPLE, "x", data=("x", "y"))
    (error,) = [step for step in found.steps if step.kind == "closed" and step.words.endswith("what is predicted less what is given.")]
    product = r"\left(e \cdot {w_{2}}^{\mathsf{T}} \odot \left[x \cdot w_{1} + b_{1} > 0\right]\right) \cdot {w_{1}}^{\mathsf{T}}"
    assert product in plain(error.latex)


def test_two_values_with_one_gradient_are_each_called_by_their_own_name():
    found = derived("u = a * x\nv = u + b\nL = mean(v ** 2)", {"x": np.ones(3), "a": np.array(2.0), "b": np.array(1.0)}, "x")
    (product,) = [step for step in found.steps if step.kind == "product" and step.node == "x"]
    assert product.code == "u_g * a"


def test_passes_of_a_loop_are_folded_with_their_own_names():
    example = gallery()["rnn"]
    given = {name: Given.of(value) for name, value in example.inputs.items()}
    found = derived_by_service(analyse(Request(example.program, given), Limits()), "w_x", Notation.MATRIX)
    folds = [step.words for step in found.steps if step.kind == "forward" and "h" in step.words]
    assert len(folds) == len(set(folds)) >= 3
    assert any("x[0]" in words for words in folds)
    assert any("x[2]" in words for words in folds)
