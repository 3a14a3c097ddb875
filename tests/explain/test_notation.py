"""Formulas as golden text: every operation, the seed's statements, names; and each of them converts to MathML."""

from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seed_network import EXAMPLE, PROGRAM, traced

from app.engine.gradient import differentiate
from app.engine.local import local_derivative
from app.engine.ops import OPERATIONS
from app.engine.parser import parse
from app.engine.views import Detail, Shown, view
from app.explain import notation

SHAPES = {"a": (2, 3), "b": (2, 3), "m": (3, 2), "k": ()}


def equation(expression):
    """A statement as LaTeX, and as text with ^ before what is raised and _ before what is lowered."""
    program = parse(f"y = {expression}\nz = sum(y)")
    graph = differentiate(program, {item.name: SHAPES[item.name] for item in program.inputs})
    names, node = program.names(), program.statements[0].node
    return notation.latex_equation(graph, node, names), plain(notation.runs_expression(graph, node, names))


def plain(runs):
    return "".join({0: "", 1: "^", -1: "_"}.get(run.level, f"<{run.level}>") + run.text for run in runs)


def mathml(latex):
    """The formula as an element tree, once it is well-formed and nothing in it is left as a command."""
    tree = ElementTree.fromstring(notation.mathml(latex))
    assert "\\" not in "".join(tree.itertext())
    return tree


FORMS = [
    ("add(a, b)", r"a + b", "a + b"),
    ("subtract(a, b)", r"a - b", "a − b"),
    ("multiply(a, b)", r"a \odot b", "a ⊙ b"),
    ("divide(a, b)", r"\frac{a}{b}", "a/b"),
    ("power(a, b)", r"{a}^{b}", "a^b"),
    ("negative(a)", r"- a", "−a"),
    ("identity(a)", r"\operatorname{identity} \left(a\right)", "identity(a)"),
    ("greater(a, b)", r"\left[a > b\right]", "[a > b]"),
    ("greater_equal(a, b)", r"\left[a \ge b\right]", "[a ≥ b]"),
    ("less(a, b)", r"\left[a < b\right]", "[a < b]"),
    ("less_equal(a, b)", r"\left[a \le b\right]", "[a ≤ b]"),
    ("equal(a, b)", r"\left[a = b\right]", "[a = b]"),
    ("not_equal(a, b)", r"\left[a \ne b\right]", "[a ≠ b]"),
    ("maximum(a, b)", r"\max \left(a , b\right)", "max(a, b)"),
    ("minimum(a, b)", r"\min \left(a , b\right)", "min(a, b)"),
    ("relu(a)", r"\operatorname{ReLU} \left(a\right)", "ReLU(a)"),
    ("abs(a)", r"\left|a\right|", "|a|"),
    ("exp(a)", r"{e}^{a}", "e^a"),
    ("log(a)", r"\log \left(a\right)", "log(a)"),
    ("tanh(a)", r"\tanh \left(a\right)", "tanh(a)"),
    ("sigmoid(a)", r"\sigma \left(a\right)", "σ(a)"),
    ("square(a)", r"{a}^{2}", "a^2"),
    ("sqrt(a)", r"\sqrt{a}", "√(a)"),
    ("sum(a)", r"\operatorname{sum} \left(a\right)", "sum(a)"),
    ("mean(a)", r"\operatorname{mean} \left(a\right)", "mean(a)"),
    ("matmul(a, m)", r"a \cdot m", "a · m"),
    ("transpose(a)", r"{a}^{\mathsf{T}}", "a^T"),
]

PRECEDENCE = [
    ("k * a", r"k \cdot a", "k · a"),
    ("2 * a", r"2 a", "2a"),
    ("a * 2", r"a \cdot 2", "a · 2"),
    ("2 * 3", r"2 \cdot 3", "2 · 3"),
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
    ("a ** b ** a", r"{a}^{{b}^{a}}", "a^b<2>a"),
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
    ("sum(a) * a", r"\operatorname{sum} \left(a\right) \cdot a", "sum(a) · a"),
    ("sqrt(a + b)", r"\sqrt{a + b}", "√(a + b)"),
    ("abs(a - b)", r"\left|a - b\right|", "|a − b|"),
    ("maximum(0, a)", r"\max \left(0 , a\right)", "max(0, a)"),
]


@pytest.mark.parametrize(("expression", "latex", "text"), FORMS + PRECEDENCE, ids=[row[0] for row in FORMS + PRECEDENCE])
def test_expression(expression, latex, text):
    found, written = equation(expression)
    assert found == f"y = {latex}"
    assert written == text
    assert mathml(found).tag.endswith("math")


def test_every_operation_has_a_golden_form():
    with_parameters = {"reshape", "broadcast_to", "sum_to"}
    assert {row[0].partition("(")[0] for row in FORMS} | with_parameters == set(OPERATIONS)


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("sum(a, axis=0)", "axis 0"),
        ("mean(a, axis=(0, 1), keepdims=True)", "axis (0, 1)"),
        ("transpose(a, axes=(1, 0))", "axes (1, 0)"),
        ("reshape(a, (3, 2))", "shape (3, 2)"),
        ("broadcast_to(a, (4, 2, 3))", "shape (4, 2, 3)"),
        ("sum_to(a, (3,))", "shape (3,)"),
    ],
)
def test_static_arguments_stand_below_the_name(expression, said):
    latex, text = equation(expression)
    name = expression.partition("(")[0]
    assert text == f"{name}_{said}(a)"
    spoken = "".join(mathml(latex).itertext()).replace("\xa0", " ")
    assert spoken.replace(" ", "") == f"y={name}{said}(a)".replace(" ", "")
    assert said.partition(" ")[0] + " " in spoken


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


# --- numbers


@pytest.mark.parametrize(
    ("number", "latex"),
    [("3", "3"), ("2.50", "2.5"), ("-0.5", "-0.5"), ("1e20", r"1 \cdot 10^{20}"), ("-2.5e-9", r"-2.5 \cdot 10^{-9}")],
)
def test_number(number, latex):
    assert equation(f"maximum(a, {number})")[0] == rf"y = \max \left(a , {latex}\right)"


def test_power_of_ten_is_not_mistaken_for_a_base():
    assert equation("1e-9 ** a")[0] == r"y = {\left(1 \cdot 10^{-9}\right)}^{a}"


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
    latex, text = equation(expression)
    assert latex.count("{") == latex.count("}")
    assert text.count("(") == text.count(")")
    assert text.count("[") == text.count("]")
    assert len(mathml(latex))


def test_numbers_of_the_run_have_no_part_in_a_formula():
    one, two = (traced("y = sum(a * 2)", {"a": np.full(3, value)}).graph for value in (1.0, 9.0))
    written = {notation.latex_equation(graph, graph.loss.node, graph.program.names()) for graph in (one, two)}
    assert written == {r"y = \operatorname{sum} \left(a \cdot 2\right)"}
