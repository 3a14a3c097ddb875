"""Formulas as golden text: every operation, the seed's statements, names; and each of them converts to MathML."""

from xml.etree import ElementTree

import numpy as np
import pytest
from formulas import FORMS
from hypothesis import given, settings
from hypothesis import strategies as st
from seed_network import EXAMPLE, PROGRAM, traced

from app.draw.type import CHARACTERS
from app.engine.gradient import differentiate
from app.engine.local import local_derivative
from app.engine.ops import OPERATIONS
from app.engine.parser import parse
from app.engine.views import Detail, Shown, view
from app.explain import notation

SHAPES = {"a": (2, 3), "b": (2, 3), "m": (3, 2), "k": (), "v": (3,), "i": (2,), "w1": (3, 3), "u1": ()}
SAMPLES = {sample.call: (entry.name, sample.shapes) for entry in OPERATIONS.values() for sample in entry.samples}


def equation(expression):
    """A statement as LaTeX, and as text with ^ before what is raised and _ before what is lowered."""
    return written(expression, SHAPES)


def written(expression, shapes):
    program = parse(f"y = negative({expression})\nz = sum(y)")
    graph = differentiate(program, {item.name: shapes[item.name] for item in program.inputs}, [])
    (node,), names = program.nodes[program.statements[0].node].args, program.names()
    return notation.latex_equation(graph, node, names), plain(notation.runs_expression(graph, node, names))


def plain(runs):
    return "".join({0: "", 1: "^", -1: "_"}.get(run.level, f"<{run.level}>") + run.text for run in runs)


def mathml(latex):
    """The formula as an element tree, once it is well-formed and nothing in it is left as a command."""
    tree = ElementTree.fromstring(notation.mathml(latex))
    assert "\\" not in "".join(tree.itertext())
    return tree


PRECEDENCE = [
    ("k * a", r"k \cdot a", "k · a"),
    ("2 * a", r"2 a", "2a"),
    ("a * 2", r"a \cdot 2", "a · 2"),
    ("2 * 3 + a", r"2 \cdot 3 + a", "2 · 3 + a"),
    ("-2 * a", r"-2 a", "−2a"),
    ("a * -2", r"a \cdot \left(-2\right)", "a · (−2)"),
    ("2 * -a", r"2 \left(- a\right)", "2(−a)"),
    ("2 * (3 * a)", r"2 \left(3 a\right)", "2(3a)"),
    ("a - 2 * b", r"a - 2 b", "a − 2b"),
    ("(a - b) - a", r"a - b - a", "a − b − a"),
    ("a - (b - a)", r"a - \left(b - a\right)", "a − (b − a)"),
    ("-(a + b)", r"- \left(a + b\right)", "−(a + b)"),
    ("a * (b + a)", r"a \odot \left(b + a\right)", "a ⊙ (b + a)"),
    ("-a ** 2", r"- {a}^{2}", "−a^2"),
    ("(-a) ** 2", r"{\left(- a\right)}^{2}", "(−a)^2"),
    ("(a + b) ** 2", r"{\left(a + b\right)}^{2}", "(a + b)^2"),
    ("a ** 0.5", r"{a}^{0.5}", "a^0.5"),
    ("2 ** -a", r"{2}^{- a}", "2^−^a"),
    ("(a ** b) ** a", r"{\left({a}^{b}\right)}^{a}", "(a^b)^a"),
    ("a ** b ** a", r"{a}^{{b}^{a}}", "a^(b^a)"),
    ("exp(a) ** 2", r"{\left({e}^{a}\right)}^{2}", "(e^a)^2"),
    ("exp(a + b) * 2", r"{e}^{a + b} \cdot 2", "e^a^ + ^b · 2"),
    ("a / (b * a)", r"\frac{a}{b \odot a}", "a/(b ⊙ a)"),
    ("a / b / a", r"\frac{\frac{a}{b}}{a}", "a/b/a"),
    ("(a / b) ** 2", r"{\left(\frac{a}{b}\right)}^{2}", "(a/b)^2"),
    ("(a @ m).T", r"{\left(a \cdot m\right)}^{\mathsf{T}}", "(a · m)^T"),
    ("(a + b).T", r"{\left(a + b\right)}^{\mathsf{T}}", "(a + b)^T"),
    ("a.T ** 2", r"{\left({a}^{\mathsf{T}}\right)}^{2}", "(a^T)^2"),
    ("a.T @ b", r"{a}^{\mathsf{T}} \cdot b", "a^T · b"),
    ("a * (b @ m @ b)", r"a \odot \left(b \cdot m \cdot b\right)", "a ⊙ (b · m · b)"),
    ("(a > b) * a", r"\left[a > b\right] \odot a", "[a > b] ⊙ a"),
    ("(a > b) > a", r"\left[\left[a > b\right] > a\right]", "[[a > b] > a]"),
    ("sum(a) * a", r"\sum \left(a\right) \cdot a", "Σ(a) · a"),
    ("sqrt(a + b)", r"\sqrt{a + b}", "√(a + b)"),
    ("abs(a - b)", r"\left|a - b\right|", "|a − b|"),
    ("maximum(0, a)", r"\max \left(0 , a\right)", "max(0, a)"),
]


NEW = [
    ("inv(w1 + w1)", r"{\left(w_{1} + w_{1}\right)}^{-1}", "(w_1 + w_1)^−1"),
    ("inv(w1.T)", r"{\left({w_{1}}^{\mathsf{T}}\right)}^{-1}", "(w_1^T)^−1"),
    ("inv(w1) @ v", r"{w_{1}}^{-1} \cdot v", "w_1^−1 · v"),
    ("solve(w1, v) + v", r"{w_{1}}^{-1} \cdot v + v", "w_1^−1 · v + v"),
    ("solve(w1, v) ** 2", r"{\left({w_{1}}^{-1} \cdot v\right)}^{2}", "(w_1^−1 · v)^2"),
    ("a[0, 1:].T", r"{a_{0,\ 1{:}}}^{\mathsf{T}}", "a_0, 1:^T"),
    ("a.T[0]", r"{\left({a}^{\mathsf{T}}\right)}_{0}", "(a^T)_0"),
    ("(a + b)[0]", r"\left(a + b\right)_{0}", "(a + b)_0"),
    ("a[0][1]", r"a_{0} \left[1\right]", "a_0[1]"),
    ("w1[0, 1]", r"w_{1} \left[0,\ 1\right]", "w_1[0, 1]"),
    ("w1[0][1]", r"w_{1} \left[0\right] \left[1\right]", "w_1[0][1]"),
    ("a[..., None]", r"a_{\dots ,\ \mathrm{new}}", "a_…, new"),
    ("a[::-1, [0, 2]]", r"a_{{:}{:}{-1},\ [0,\ 2]}", "a_::−1, [0, 2]"),
    ("a[i]", "a_{i}", "a_i"),
    ("v[u1]", "v_{u_{1}}", "v[u_1]"),
    ("w1[i]", r"w_{1} \left[i\right]", "w_1[i]"),
    ("sin(a) ** 2", r"{\sin \left(a\right)}^{2}", "sin(a)^2"),
    ("softmax(a + b) ** 2", r"{\operatorname{softmax} \left(a + b\right)}^{2}", "softmax(a + b)^2"),
    ("norm(a - b) ** 2", r"{\left\|a - b\right\|}^{2}", "‖a − b‖^2"),
    ("det(w1) * a", r"\det \left(w_{1}\right) \cdot a", "det(w_1) · a"),
    ("exp(u1)", "{e}^{u_{1}}", "exp(u_1)"),
    ("2 ** u1", "{2}^{u_{1}}", "2^(u_1)"),
    ("exp2(a) * exp2(b)", r"{2}^{a} \odot {2}^{b}", "2^a ⊙ 2^b"),
    ("2 * exp2(a)", r"2 \cdot {2}^{a}", "2 · 2^a"),
    ("2 * 3 ** a", r"2 \cdot {3}^{a}", "2 · 3^a"),
    ("2 * (1 / a)", r"2 \left(\frac{1}{a}\right)", "2(1/a)"),
    ("2 * expm1(a)", r"2 \left({e}^{a} - 1\right)", "2(e^a − 1)"),
    ("b - expm1(a)", r"b - \left({e}^{a} - 1\right)", "b − (e^a − 1)"),
    ("log1p(a * b)", r"\log \left(1 + a \odot b\right)", "log(1 + a ⊙ b)"),
    ("rsqrt(a) ** 2", r"{\left(\frac{1}{\sqrt{a}}\right)}^{2}", "(1/√(a))^2"),
    ("hypot(a - b, b)", r"\sqrt{{\left(a - b\right)}^{2} + {b}^{2}}", "√((a − b)^2 + b^2)"),
    ("a // b * k", r"\left\lfloor \frac{a}{b}\right\rfloor \cdot k", "⌊a/b⌋ · k"),
    ("(a + b) // k", r"\left\lfloor \frac{a + b}{k}\right\rfloor", "⌊(a + b)/k⌋"),
    ("a % b + k", r"\left(a \;\mathrm{mod}\; b\right) + k", "(a mod b) + k"),
    ("(a + b) % (k * a)", r"\left(a + b\right) \;\mathrm{mod}\; \left(k \cdot a\right)", "(a + b) mod (k · a)"),
    ("exp(a % b)", r"{e}^{a \;\mathrm{mod}\; b}", "e^a^ mod ^b"),
    ("(a > 0) & (b < k) | ~a", r"\left[a > 0\right] \land \left[b < k\right] \lor \lnot a", "[a > 0] ∧ [b < k] ∨ ¬a"),
    ("a & (b | k)", r"a \land \left(b \lor k\right)", "a ∧ (b ∨ k)"),
    ("a & b + k", r"a \land b + k", "a ∧ b + k"),
    ("(a & b) + k", r"\left(a \land b\right) + k", "(a ∧ b) + k"),
    ("~(a > b)", r"\lnot \left[a > b\right]", "¬[a > b]"),
    ("~(a + b)", r"\lnot \left(a + b\right)", "¬(a + b)"),
    ("where(a > b, a, 0)", r"\begin{cases}a & \text{if } a > b \\ 0 & \text{else}\end{cases}", "where(a > b, a, 0)"),
    ("where(~a, a, b)", r"\begin{cases}a & \text{if } \lnot a \\ b & \text{else}\end{cases}", "where(¬a, a, b)"),
    (
        "where(a, a, b) + k",
        r"\left(\begin{cases}a & \text{if } a \ne 0 \\ b & \text{else}\end{cases}\right) + k",
        "where(a, a, b) + k",
    ),
    ("outer(v, v) @ m", r"v \otimes v \cdot m", "v ⊗ v · m"),
    ("outer(v + v, -v)", r"\left(v + v\right) \otimes \left(- v\right)", "(v + v) ⊗ (−v)"),
    ("dot(v, v) * a", r"v \cdot v \cdot a", "v · v · a"),
    ("concatenate([a, b + a], axis=1) * 2", r"\left[a , b + a\right]_{\mathrm{axis}\ 1} \cdot 2", "[a, b + a]_axis 1 · 2"),
    ("sum(a, axis=0) ** 2", r"{\sum_{\mathrm{axis}\ 0} \left(a\right)}^{2}", "Σ_axis 0(a)^2"),
    ("a.shape[0] * k + a.size", r"\#_{0} a \cdot k + \# a", "#_0a · k + #a"),
    ("(a + b).shape[1] + k", r"\#_{1} \left(a + b\right) + k", "#_1(a + b) + k"),
    ("k / a.size", r"\frac{k}{\# a}", "k/#a"),
    ("eye(3) @ w1", r"I_{3} \cdot w_{1}", "I_3 · w_1"),
    ("2 * ones((2, 3))", r"2 \cdot 1_{2\times 3}", "2 · 1_2×3"),
    ("[[1, 2], [3, 4]] @ a", r"\left[\left[1 , 2\right] , \left[3 , 4\right]\right] \cdot a", "[[1, 2], [3, 4]] · a"),
    ("[1, 2, 3, 4, 5, 6, 7] * k", r"\left[1 , 2 , 3 , 4 , 5 , 6 , \dots\right] \cdot k", "[1, 2, 3, 4, 5, 6, …] · k"),
    ("a * inf", r"a \cdot \infty", "a · ∞"),
    ("maximum(a, -inf)", r"\max \left(a , -\infty\right)", "max(a, −∞)"),
    ("sum_to(a, (3,)) * 2", r"\sum_{\to \ 3} \left(a\right) \cdot 2", "Σ_→ 3(a) · 2"),
]
SHAPED = [
    ("expand_dims(v, 0)", "v", "v"),
    ("reshape(v, (1, 1, 3))", "v", "v"),
    ("squeeze(reshape(v, (1, 3)), axis=0) + v", "v + v", "v + v"),
    ("reshape(k, (1, 1))", "k", "k"),
    ("reshape(a, (2, 3))", "a", "a"),
    ("identity(a + b) * 2", r"\left(a + b\right) \cdot 2", "(a + b) · 2"),
    ("expand_dims(v, 1) * v", r"v_{(3\times 1)} \odot v", "v_(3×1) ⊙ v"),
    ("reshape(v + v, (3, 1))", r"\left(v + v\right)_{(3\times 1)}", "(v + v)_(3×1)"),
    ("broadcast_to(v, (2, 3))", r"v_{(2\times 3)}", "v_(2×3)"),
    ("broadcast_to(k, (2,))", "k_{(2)}", "k_(2)"),
    ("broadcast_to(w1, (2, 3, 3))", r"{w_{1}}_{(2\times 3\times 3)}", "w_1_(2×3×3)"),
    ("reshape(a, (-1,))", r"\operatorname{reshape}_{6} \left(a\right)", "reshape_6(a)"),
    ("reshape(a, (3, -1)) @ a", r"\operatorname{reshape}_{3\times 2} \left(a\right) \cdot a", "reshape_3×2(a) · a"),
    ("transpose(a, axes=(1, 0))", r"{a}^{\mathsf{T}}", "a^T"),
]
OTHERS = PRECEDENCE + NEW + SHAPED


@pytest.mark.parametrize(("expression", "latex", "text"), OTHERS, ids=[row[0] for row in OTHERS])
def test_expression(expression, latex, text):
    found, said = equation(expression)
    assert (found, said) == (latex, text)
    assert mathml(found).tag.endswith("math")


@pytest.mark.parametrize("call", SAMPLES)
def test_form_of_every_call_in_the_table(call):
    found, said = written(call, dict(zip("abcdefgh", SAMPLES[call][1], strict=False)))
    assert (found, said) == FORMS[call]
    assert len(mathml(found))


def test_every_operation_has_a_golden_form_and_no_other_has():
    assert set(FORMS) == set(SAMPLES)
    assert {name for name, _ in SAMPLES.values()} == set(OPERATIONS)


def test_every_sign_of_a_formula_has_a_width_and_a_glyph():
    texts = [written(call, dict(zip("abcdefgh", shapes, strict=False)))[1] for call, (_, shapes) in SAMPLES.items()]
    signs = set("".join([*texts, *(text for _, _, text in OTHERS), *notation.GREEK.values(), "′″‴∂[]"]))
    assert signs <= set(CHARACTERS)


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("sum(a, axis=0)", "axis 0"),
        ("mean(a, axis=(0, 1), keepdims=True)", "axis (0, 1)"),
        ("transpose(expand_dims(a, 1), axes=(1, 2, 0))", "axes (1, 2, 0)"),
        ("reshape(a, (3, 2))", "3×2"),
        ("sum_to(a, (3,))", "→ 3"),
        ("softmax(a, axis=-2)", "axis −2"),
        ("softmax(a, axis=None)", "all axes"),
        ("clip(a, 0, 1)", "low 0, high 1"),
        ("clip(a, low=0)", "low 0"),
        ("leaky_relu(a, 0.2)", "slope 0.2"),
        ("elu(a, 0.5)", "α 0.5"),
        ("gelu(a, approximate='tanh')", "tanh"),
        ("einsum([a, b], subscripts='ij,kj->ik')", "ij,kj→ik"),
        ("var(a, ddof=1)", "ddof 1"),
        ("split(a, 2)[0]", "2, part 0"),
        ("max_pool2d(a, 2, stride=1)", "2, stride 1"),
        ("pad(a, ((1, 0), (0, 2)))", "((1, 0), (0, 2))"),
        ("one_hot(i, classes=3)", "3"),
    ],
)
def test_static_arguments_stand_below_the_name(expression, said):
    latex, _ = equation(expression)
    program = parse(f"y = negative({expression})\nz = sum(y)")
    graph = differentiate(program, {item.name: SHAPES[item.name] for item in program.inputs}, [])
    node = program.nodes[program.statements[0].node].args[0]
    runs = notation.runs_expression(graph, node, program.names())
    assert [run.text for run in runs if run.level == -1] == [said] or said in [run.text for run in runs if run.level == -1]
    spoken = "".join(mathml(latex).itertext()).replace("\xa0", " ").replace("-", "−")
    assert said.replace(" ", "") in spoken.replace(" ", "").replace("ϵ", "ε")
    if said[0].isalpha() and " " in said:
        assert said.partition(" ")[0] + " " in spoken


def test_usual_static_arguments_are_left_out():
    assert equation("softmax(a, axis=-1)") == equation("softmax(a)") == (r"\operatorname{softmax} \left(a\right)", "softmax(a)")
    assert equation("conv1d(reshape(a, (1, 2, 3)), reshape(b, (1, 2, 3)), stride=1, padding=0)")[1] == "a ∗ b"


def test_a_transposition_of_each_matrix_is_a_plain_t():
    assert equation("transpose(stack([a, b]), axes=(0, 2, 1))")[1] == "stack(a, b)^T"
    assert equation("transpose(stack([a, b]), axes=(2, 1, 0))")[1] == "transpose_axes (2, 1, 0)(stack(a, b))"


def test_seed_network():
    graph = traced(PROGRAM, EXAMPLE).graph
    names = graph.program.names()
    written = [notation.latex_equation(graph, statement.node, names) for statement in graph.program.statements]
    assert written == [
        r"u_{1} = x \cdot w_{1} + b_{1}",
        r"u_{2} = \max \left(0 , u_{1}\right)",
        r"u_{3} = u_{2} \cdot w_{2} + b_{2}",
        r"u_{4} = y - u_{3}",
        r"u_{5} = {u_{4}}^{2}",
        r"\mathrm{MSE} = \operatorname{mean} \left(u_{5}\right)",
    ]
    assert all(len(mathml(latex)) for latex in written)


def test_local_derivatives_of_the_seed_network():
    graph = traced(PROGRAM, EXAMPLE).graph
    names = graph.program.names()
    found = {}
    for edge in view(graph, Shown(Detail.STATEMENTS)).edges:
        local = local_derivative(graph, edge.target_node, edge.use)
        latex = notation.latex_local(graph, local, names)
        assert len(mathml(latex))
        found[edge.id] = (latex, plain(notation.runs_local(graph, local, names)))
    assert found == {
        "x-u1-0": (r"{w_{1}}^{\mathsf{T}}", "w_1^T"),
        "w1-u1-0": (r"{x}^{\mathsf{T}}", "x^T"),
        "b1-u1-0": ("1", "1"),
        "u1-u2-0": (r"\left[u_{1} > 0\right]", "[u_1 > 0]"),
        "u2-u3-0": (r"{w_{2}}^{\mathsf{T}}", "w_2^T"),
        "w2-u3-0": (r"{u_{2}}^{\mathsf{T}}", "u_2^T"),
        "b2-u3-0": ("1", "1"),
        "y-u4-0": ("1", "1"),
        "u3-u4-0": ("-1", "−1"),
        "u4-u5-0": ("2 u_{4}", "2u_4"),
        "u5-MSE-0": (r"\frac{1}{3}", "1/3"),
    }


@pytest.mark.parametrize(
    ("text", "edge", "latex"),
    [
        ("y = x * x", "x-y-0", "x"),
        ("y = x / k", "x-y-0", r"\frac{1}{k}"),
        ("y = -(x * k)", "x-y-0", "-k"),
        ("y = 3 - k * (x + 1)", "k-y-0", r"-\left(x + 1\right)"),
        ("y = (x > k) * x", "x-y-0", "0"),
        ("y = tanh(x)", "x-y-0", "1 - {y}^{2}"),
        ("y = x * tanh(k)", "x-y-0", r"\tanh \left(k\right)"),
    ],
)
def test_local_derivative(text, edge, latex):
    graph = traced(text, {"x": 2.0, "k": 3.0} if "k" in text else {"x": 2.0}).graph
    found = next(one for one in view(graph, Shown(Detail.STATEMENTS)).edges if one.id == edge)
    local = local_derivative(graph, found.target_node, found.use)
    assert notation.latex_local(graph, local, graph.program.names()).replace("- ", "-", 1 if latex.startswith("-") else 0) == latex


# --- names


@pytest.mark.parametrize(
    ("name", "latex", "text"),
    [
        ("a", "a", "a"),
        ("w1", "w_{1}", "w_1"),
        ("w_12", "w_{12}", "w_12"),
        ("X12", "X_{12}", "X_12"),
        ("trn_x", r"\mathrm{trn\_x}", "trn_x"),
        ("MSE", r"\mathrm{MSE}", "MSE"),
        ("loss2", r"\mathrm{loss}_{2}", "loss_2"),
        ("sigma2", r"\sigma_{2}", "σ_2"),
        ("alpha", r"\alpha", "α"),
        ("omega_1", r"\omega_{1}", "ω_1"),
        ("u1_g", r"\mathrm{u1\_g}", "u1_g"),
        ("u1_2", r"\mathrm{u1}_{2}", "u1_2"),
        ("lambda_", r"\mathrm{lambda\_}", "lambda_"),
        ("größe", r"\mathrm{größe}", "größe"),
        ("hidden_1", r"\mathrm{hidden}_{1}", "hidden_1"),
        ("Sigma", r"\Sigma", "Σ"),
        ("xi3", r"\xi_{3}", "ξ_3"),
        ("mse.diff", r"\mathrm{diff}", "diff"),
        ("mse__2.inner.w1", "w_{1}", "w_1"),
        ("c__2", r"c^{\prime}", "c′"),
        ("c__3", r"c^{\prime\prime}", "c″"),
        ("c__4", r"c^{\prime\prime\prime}", "c‴"),
        ("c__5", "c^{(4)}", "c^(4)"),
        ("w12__2", r"w_{12}^{\prime}", "w_12′"),
        ("mse.diff__3", r"\mathrm{diff}^{\prime\prime}", "diff″"),
        ("alpha__2", r"\alpha^{\prime}", "α′"),
    ],
)
def test_name(name, latex, text):
    assert notation.latex_name(name) == latex
    assert plain(notation.runs_name(name)) == text
    assert len(mathml(latex))


def test_single_letters_are_italic_and_words_upright():
    assert notation.runs_name("w1") == (notation.Run("w", italic=True), notation.Run("1", level=-1))
    assert notation.runs_name("MSE") == (notation.Run("MSE"),)
    assert notation.runs_name("beta") == (notation.Run("β", italic=True),)


@pytest.mark.parametrize("name", notation.GREEK)
def test_greek_names_are_letters_in_both_languages(name):
    assert "".join(mathml(notation.latex_name(name)).itertext()) in (notation.GREEK[name], {"epsilon": "ϵ", "phi": "ϕ"}.get(name))


def test_gradient_on_one_line():
    loss, u1 = notation.runs_name("MSE"), notation.runs_name("u1")
    assert plain(notation.runs_gradient(loss, u1, True)) == "∂MSE/∂u_1"
    assert plain(notation.runs_gradient(loss, u1, False)) == "∂MSE/∂(u_1)"


def test_a_name_with_many_primes_is_no_base_without_parentheses():
    graph = traced("c = x\n" + "c = c + 1\n" * 4 + "y = c ** 2", {"x": 2.0}).graph
    assert notation.latex_equation(graph, graph.loss.node, graph.program.names()) == r"y = {\left(c^{(4)}\right)}^{2}"


def test_primes_are_one_sign_in_mathml():
    assert "<mo>″</mo>" in notation.mathml(notation.latex_name("c__3"))


def test_names_of_functions_are_identifiers_in_mathml():
    assert "<mi>det</mi>" in notation.mathml(r"\det \left(a\right)")
    assert "<mi>softmax</mi>" in notation.mathml(r"\operatorname{softmax} \left(a\right)")
    assert "<mo>∗</mo>" in notation.mathml(r"a \ast b")


# --- calls


def called(text, arrays, shown=None):
    graph = traced(text, arrays).graph
    seen = view(graph, shown or Shown(Detail.STATEMENTS))
    node = graph.loss.node
    latex = notation.latex_equation(graph, node, seen.names, seen.calls)
    assert len(mathml(latex))
    return latex, plain(notation.runs_expression(graph, node, seen.names, seen.calls))


def test_a_closed_call_is_written_as_a_call():
    arrays = {"x": [1.0, 2.0], "y": [2.0, 5.0]}
    text = "l2 = 2 * x\nloss = mse(l2, y)"
    assert called(text, arrays) == (r"\mathrm{loss} = \mathrm{mse} \left(l_{2} , y\right)", "mse(l_2, y)")
    opened = called(text, arrays, Shown(Detail.STATEMENTS, open=frozenset(("mse",))))
    assert opened == (r"\mathrm{loss} = \operatorname{mean} \left(\mathrm{sq}\right)", "mean(sq)")


def test_a_call_is_a_part_like_any_other():
    found = called("def my_loss(a, b):\n    c = a - b\n    return sum(c)\nloss = 2 * my_loss(x + 1, y) ** 2", {"x": 1.0, "y": 2.0})
    assert found == (
        r"\mathrm{loss} = 2 {\mathrm{my\_loss} \left(x + 1 , y\right)}^{2}",
        "2\u2009my_loss(x + 1, y)^2",
    )


# --- derivatives that nothing shorter says


def test_a_compound_derivative_is_its_partial_alone():
    graph = traced("p = softmax(z)\nloss = sum(p * k)", {"z": [1.0, 2.0], "k": [3.0, 1.0]}).graph
    names = graph.program.names()
    edge = next(edge for edge in view(graph, Shown(Detail.STATEMENTS)).edges if edge.id == "z-p-0")
    local = local_derivative(graph, edge.target_node, edge.use)
    assert local.compound
    latex = notation.latex_partial(graph, local, edge.target_node, edge.source_node, names)
    assert latex == r"\frac{\partial p}{\partial z}"
    assert len(mathml(latex))
    assert plain(notation.runs_partial(notation.runs_name("p"), notation.runs_name("z"))) == "∂p/∂z"
    assert notation.code_local(graph, local, names) is None


def test_a_plain_derivative_is_told_with_its_partial():
    graph = traced("p = tanh(z1)\nloss = p * 2", {"z1": 1.0}).graph
    names = graph.program.names()
    edge = next(edge for edge in view(graph, Shown(Detail.STATEMENTS)).edges if edge.id == "z1-p-0")
    local = local_derivative(graph, edge.target_node, edge.use)
    latex = notation.latex_partial(graph, local, edge.target_node, edge.source_node, names)
    assert latex == r"\frac{\partial p}{\partial z_{1}} = 1 - {p}^{2}"


# --- numbers


@pytest.mark.parametrize(
    ("number", "latex"),
    [("3", "3"), ("2.50", "2.5"), ("-0.5", "-0.5"), ("1e20", r"1 \cdot 10^{20}"), ("-2.5e-9", r"-2.5 \cdot 10^{-9}")],
)
def test_number(number, latex):
    assert equation(f"maximum(a, {number})")[0] == rf"\max \left(a , {latex}\right)"


@pytest.mark.parametrize(
    ("number", "latex", "text"),
    [
        ("1.1283791670955126", r"1.12837\dots", "1.12837…"),
        ("0.3333333333333333", r"0.333333\dots", "0.333333…"),
        ("0.00012345678901234", r"0.000123456\dots", "0.000123456…"),
        ("-2.718281828459045", r"-2.71828\dots", "−2.71828…"),
        ("123456789.0123456", r"123456789.0\dots", "123456789.0…"),
        ("1.2345678901234567e-7", r"1.23456\dots \cdot 10^{-7}", "1.23456… · 10^−7"),
        ("1e-9", r"1 \cdot 10^{-9}", "1 · 10^−9"),
        ("1234567890123456", "1234567890123456", "1234567890123456"),
        ("0.1234567891", "0.1234567891", "0.1234567891"),
    ],
)
def test_long_numbers_are_shortened(number, latex, text):
    assert equation(f"maximum(a, {number})") == (rf"\max \left(a , {latex}\right)", f"max(a, {text})")


def test_a_shortened_number_stands_apart_from_what_it_multiplies():
    assert equation("1.1283791670955126 * a") == (r"1.12837\dots \cdot a", "1.12837… · a")


def test_power_of_ten_is_not_mistaken_for_a_base():
    assert equation("1e-9 ** a")[0] == r"{\left(1 \cdot 10^{-9}\right)}^{a}"


@settings(deadline=None, max_examples=60)
@given(st.recursive(
    st.sampled_from(["a", "b", "2", "0.5", "1e-9", "1e300"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "**", ">", "=="]), inner).map(lambda parts: f"({' '.join(parts)})"),
        st.tuples(st.sampled_from(["-", "exp", "sqrt", "abs", "sigmoid", "square", "mean"]), inner).map("{0[0]}({0[1]})".format),
    ),
    max_leaves=8,
))  # fmt: skip
def test_any_formula_converts_to_mathml_with_balanced_braces(expression):
    latex, text = equation(f"{expression} + a")
    assert latex.count("{") == latex.count("}")
    assert text.count("(") == text.count(")")
    assert text.count("[") == text.count("]")
    assert len(mathml(latex))


def test_numbers_of_the_run_have_no_part_in_a_formula():
    one, two = (traced("y = sum(a * 2)", {"a": np.full(3, value)}).graph for value in (1.0, 9.0))
    written = {notation.latex_equation(graph, graph.loss.node, graph.program.names()) for graph in (one, two)}
    assert written == {r"y = \sum \left(a \cdot 2\right)"}
