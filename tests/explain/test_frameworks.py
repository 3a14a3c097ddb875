"""Programs printed for frameworks: they run by themselves, their checks hold, and their lines are tied to the cards."""

import contextlib
import io
import re
from importlib.util import find_spec

import numpy as np
import pytest
from seed_network import EXAMPLE, PROGRAM

from app.engine.evaluate import run
from app.engine.gradient import differentiate
from app.engine.parser import parse
from app.engine.verify import verify
from app.engine.views import Detail, Shown, view
from app.examples import gallery
from app.explain.frameworks import Framework, listing
from app.explain.frameworks.program import STYLES

NUMPY = (Framework.NUMPY_STEPS, Framework.NUMPY)
MODULES = {Framework.PYTORCH: "torch", Framework.JAX: "jax"}
RUNNABLE = [framework for framework in Framework if framework in NUMPY or find_spec(MODULES[framework])]


class Run:
    """A graph with numbers: its trace, its view, and whether finite differences can judge it."""

    def __init__(self, graph, arrays, shown=None):
        self.graph, self.arrays = graph, arrays
        self.trace = run(graph, arrays)
        self.view = view(graph, shown or Shown())
        self.judged = judged(self.trace, arrays)

    def listing(self, framework, *, judged=None):
        return listing(self.trace, self.view, framework, judged=self.judged if judged is None else judged)


def judged(trace, arrays):
    """Whether no kink is near and every number is finite."""
    if not all(np.isfinite(trace.value(index)).all() for index in range(len(trace.graph.nodes))):
        return False
    verdict = verify(trace.graph, arrays)
    return verdict.passed and not any(one.kinks or one.skipped for one in verdict.inputs)


def written(text, *, shown=None, wrt=None, **given):
    """A program's text with numbers for its inputs."""
    program = parse(text)
    arrays = {name: np.asarray(value, dtype=float) for name, value in (program.literals | given).items()}
    graph = differentiate(program, {name: array.shape for name, array in arrays.items()}, wrt)
    return Run(graph, arrays, shown)


def executed(code):
    """What a program prints, and the names it leaves; its own checks raise where they fail."""
    names = {"__name__": "__main__"}
    told = io.StringIO()
    with contextlib.redirect_stdout(told), np.errstate():
        exec(compile(code, "<listing>", "exec"), names)
    return told.getvalue(), names


def agreed(found, framework):
    """What is left to be said once a program has run: nothing but that all agree."""
    code = found.listing(framework).code
    told, _ = executed(code)
    assert re.fullmatch(r"loss \S+, (its gradient agrees|all \d+ gradients agree|no input has a gradient)\n", told), told
    return code


def seed():
    return written(PROGRAM, **EXAMPLE)


# --- what is printed


def test_the_seed_network_step_by_step():
    code = seed().listing(Framework.NUMPY_STEPS).code
    assert "made by curly d" in code.lower()
    for line in (
        "u1 = x @ w1 + b1  # (3, 3)", "u2 = np.maximum(0, u1)  # (3, 3)", "MSE = np.mean(u5)  # ()",
        "MSE_g = np.array(1.0)  # gradient of MSE, ()", "u4_g = u5_g * (2 * u4)  # gradient of u4, (3, 1)",
        "y_g = u4_g  # gradient of y, (3, 1)", "u1_g = u2_g * (u1 > 0)  # gradient of u1, (3, 3)",
        "w1_g = x.T @ u1_g  # gradient of w1, (2, 3)", "b1_g = np.sum(u1_g, axis=0)  # gradient of b1, (3,)",
    ):  # fmt: skip
        assert line in code.split("\n"), line


@pytest.mark.parametrize("framework", Framework)
def test_each_line_is_tied_to_its_card(framework):
    found = seed()
    printed = found.listing(framework)
    lines = printed.code.split("\n")
    for tie in printed.lines:
        name = f"{tie.node}_g" if tie.gradient else tie.node
        assert lines[tie.line - 1].strip().startswith(f"{name} = "), tie
    ids = [card.id for card in found.view.cards]
    assert sorted(tie.node for tie in printed.lines if not tie.gradient) == sorted(ids)
    assert sorted(tie.node for tie in printed.lines if tie.gradient) == sorted(ids)
    assert [tie.line for tie in printed.lines] == sorted(tie.line for tie in printed.lines)


def test_the_same_listing_twice_is_the_same_text():
    assert seed().listing(Framework.JAX) == seed().listing(Framework.JAX)


@pytest.mark.parametrize("framework", Framework)
def test_helpers_fit_the_width_and_say_what_they_do(framework):
    for name, text in STYLES[framework].dialect.helpers.items():
        assert all(len(line) <= 100 for line in text.split("\n")), name
        assert re.match(r'def \w+\(.*\):\n    """[^"]+\."""\n', text), name


def test_only_the_helpers_that_are_needed_are_brought():
    code = written("loss = sum(gelu(x))", x=[0.5, -1.0]).listing(Framework.NUMPY).code
    assert [name for name in re.findall(r"^def (\w+)", code, re.M) if name in STYLES[Framework.NUMPY].dialect.helpers] == [
        "not_below",
        "erfc",
        "gelu",
    ]


def test_long_arrays_and_expressions_are_broken():
    rng = np.random.default_rng(0)
    found = written(
        "loss = mean(softmax(tanh(x @ w1 + b1) @ w2 + sigmoid(x @ w3) * maximum(x @ w4, 0.1), axis=1) ** 2)",
        x=rng.normal(size=(30, 40)), w1=rng.normal(size=(40, 5)), b1=rng.normal(size=5), w2=rng.normal(size=(5, 3)),
        w3=rng.normal(size=(40, 3)), w4=rng.normal(size=(40, 3)),
    )  # fmt: skip
    for framework in NUMPY:
        code = agreed(found, framework)
        assert max(map(len, code.split("\n"))) <= 101


@pytest.mark.parametrize("framework", Framework)
def test_text_grows_with_the_program_and_no_faster(framework):
    """Each call reads its value twice: written out the last would be 2 to the power of the passes."""
    sizes = []
    for passes in (30, 60, 120):
        text = f"def twice(v):\n    u = v + v\n    return tanh(u * v)\ny = {'twice(' * passes}x{')' * passes}\nloss = sum(y)"
        found = written(text, x=[0.7, -0.9])
        needed = found.listing(framework, judged=False)
        sizes.append(len(needed.code))
        if framework in NUMPY:
            executed(needed.code)
    assert sizes[2] - sizes[1] < 2.3 * (sizes[1] - sizes[0])


def test_a_deep_expression_is_cut_into_lines_that_python_reads():
    agreed(written(f"loss = {'tanh(' * 150}x{')' * 150}", x=0.3), Framework.NUMPY_STEPS)


# --- that they run


@pytest.mark.parametrize("framework", MODULES)
def test_the_framework_is_there_for_the_tests_below(framework):
    pytest.importorskip(MODULES[framework])


@pytest.mark.parametrize("framework", RUNNABLE)
@pytest.mark.parametrize("name", list(gallery()))
def test_every_example_of_the_gallery(name, framework):
    example = gallery()[name]
    given = {key: item["value"] if isinstance(item, dict) else item for key, item in example.inputs.items()}
    constant = {key for key, item in example.inputs.items() if isinstance(item, dict) and item.get("role") == "constant"}
    program = parse(example.program)
    wrt = [item.name for item in program.inputs if item.name not in constant]
    used = {item.name for item in program.inputs}
    for detail in Detail:
        found = written(example.program, shown=Shown(detail), wrt=wrt, **{key: given[key] for key in given if key in used})
        agreed(found, framework)


@pytest.mark.parametrize("framework", RUNNABLE)
def test_at_kinks_the_derivative_is_ours(framework):
    x = np.array([[0.0, 1.0, -1.0], [0.0, 3.0, 3.0]])
    texts = [
        "maximum(0, x)", "maximum(x, 1)", "minimum(x, k)", "maximum(x, w)", "clip(x, 0, 3)", "clip(x, high=1)", "relu(x)", "relu6(x)",
        "abs(x)", "hardtanh(x)", "hardsigmoid(x)", "leaky_relu(x)", "elu(x, alpha=0.5)", "selu(x)", "hypot(x, 0 * x)", "norm(0 * x)",
        "norm(x, ord=1)", "std(0.1 + 0 * x)", "max(x, axis=1)", "min(x)", "max_pool2d(x, size=2, stride=1)", "max_pool1d(x, 3, padding=1)",
        "sign(x)", "floor(x)", "x % 3", "x // 3", "where(x > 0, x, -x)", "prod(x, axis=0)", "argmax(x, axis=1)", "x ** 0", "x ** 2",
        "norm(0 * x, axis=1, keepdims=True)", "std(0.1 + 0 * x, axis=0)",
    ]  # fmt: skip
    for text in texts:
        more = {name: x for name in "wk" if re.search(rf"\b{name}\b", text)}
        found = written(f"loss = sum({text} * 1.5)", wrt=["x", "w"], x=x, **more)
        told, _ = executed(found.listing(framework, judged=False).code)
        assert "another" not in told, (text, told)


@pytest.mark.parametrize("framework", RUNNABLE)
def test_what_is_not_finite_is_printed_and_runs(framework):
    x = [0.5, float("nan"), float("inf"), float("-inf"), 0.0]
    for text in ("x * 2", "exp(x)", "1 / x", "log(x)", "silu(x)", "softmax(x)", "sign(x)", "maximum(x, 0)"):
        executed(written(f"loss = sum({text})", x=x).listing(framework).code)
    for text in ("take(x, k)", "put(k, k, size=3)", "one_hot(k, 2)"):
        given = {"x": x} if "x," in text else {}
        executed(written(f"loss = sum({text})", k=[0.0, 7.0, -9.0], **given).listing(framework).code)


def test_where_a_framework_has_another_derivative_it_is_told():
    pytest.importorskip("torch")
    told, _ = executed(written("loss = sum(logabsdet(a))", a=np.zeros((2, 2))).listing(Framework.PYTORCH).code)
    assert "a: PyTorch's derivative is another one in" in told
    assert told.endswith("loss -inf, the rest agrees\n")


@pytest.mark.parametrize("framework", RUNNABLE)
def test_names_that_python_or_the_program_needs(framework):
    text = (
        "θ1 = x * print\nlen = θ1 + check\ne = sum(len ** 2) + GIVEN\nh = e * 2\nh = h + t1\nsum_x = mse(x, print)\n"
        "class_2 = h + sum_x\nforward = class_2 * name"
    )
    found = written(text, x=[1.0, 2.0], print=[0.5, -0.5], check=[0.1, 0.2], GIVEN=0.3, t1=0.4, name=1.5)
    agreed(found, framework)
    agreed(written(text, shown=Shown(Detail.OPERATIONS), **found.arrays), framework)


@pytest.mark.parametrize("framework", RUNNABLE)
def test_values_that_are_held(framework):
    found = written("u = x * w\nv = stop_gradient(u) * u + stop_gradient(exp(w) + 1) * w\nloss = sum(v * v)", x=[1.0, 2.0], w=[0.3, -0.4])
    code = agreed(found, framework)
    if framework in NUMPY:
        assert "check_by_differences()" in code


@pytest.mark.parametrize("framework", RUNNABLE)
def test_inputs_without_a_gradient_and_inputs_that_the_loss_does_not_read(framework):
    agreed(written("u = x * w\nv = q + 1\nloss = sum(u)", wrt=["w", "q"], x=[1.0, 2.0], w=[0.3, -0.4], q=2.0), framework)
    agreed(written("u = x * w\nloss = sum(u)", wrt=[], x=[1.0, 2.0], w=[0.3, -0.4]), framework)
    agreed(written("loss = sum(x > w)", x=[1.0, 2.0], w=[0.3, 5.0]), framework)


@pytest.mark.parametrize("framework", RUNNABLE)
def test_literals_indices_and_shapes(framework):
    text = (
        "k = [[1, 2, 3], [4, 5, 6]]\nu = x @ [[0.5, -1], [2, 0.25], [-3, 1]] + k[:, 1:] / x.shape[0]\nv = u[::-1, [1, 0, 1]]\n"
        "c = where(x > 0, x, 0.1 * x) + ((x > 1) + (x < -1)) * 2 + 2 ** (x > 0) - (3 > 2)\n"
        "w = concatenate([v, c], axis=0)[None, -1:0:-2]\nn = einsum('bij,kj->bk', w, k)\n"
        "loss = mean(n ** 2) + reshape(sum(-n), (1,)) * 2 ** 0.5"
    )
    agreed(written(text, x=[[0.5, -1.5, 2.0], [1.0, 0.25, -0.3]]), framework)


@pytest.mark.parametrize("framework", NUMPY)
def test_closed_groups_and_lines_put_together(framework):
    text = "h = x\nfor i in range(12):\n    h = tanh(h * w + b)\ny = mse(h, x)\nloss = y * 2"
    given = {"x": [0.4, -0.3], "w": [0.5, 0.6], "b": 0.1}
    for shown in (Shown(), Shown(most=4), Shown(Detail.OPERATIONS, most=6), Shown(closed=frozenset(["for.1", "mse"]))):
        agreed(written(text, shown=shown, **given), framework)


# --- that they can fail


@pytest.mark.parametrize("framework", RUNNABLE)
def test_a_changed_number_or_line_is_refused(framework):
    code = agreed(seed(), framework)
    changes = [
        ("u4_g = u5_g * (2 * u4)", "u4_g = u5_g * (3 * u4)"),
        ("w1_g = x.T @ u1_g", "w1_g = x.T @ u2_g"),
        ("u3 = u2 @ w2 + b2", "u3 = u2 @ w2 - b2"),
        ("-0.7], [0.4]", "-0.7], [0.4000001]"),
        ("1.9643333333333333]", "1.9643333433333333]"),
    ]
    for old, new in changes:
        assert code.count(old) >= 1, old
        with pytest.raises(AssertionError):
            executed(code.replace(old, new))


@pytest.mark.parametrize("framework", NUMPY)
def test_differences_find_what_the_shown_numbers_cannot(framework):
    """A wrong gradient that is also what was shown: only the loss itself can tell."""
    code = agreed(seed(), framework)
    with pytest.raises(AssertionError):
        executed(re.sub(r"(\s)check\(\)\n", r"\1GRADIENTS['b2'] = GRADIENTS['b2'] * 1.001\n", code))


# --- programs at random


def random_program(rng):
    """Some lines of matrices of one shape, each made of values before it."""
    unary = ("tanh({})", "sigmoid({})", "exp(0.3 * {})", "{} ** 2", "softplus({})", "softmax({}, axis=1)", "{}.T.T", "-{}", "relu({})",
             "{} - mean({}, axis=0)", "sin({}) + 1", "abs({})", "cumsum({}, axis=1)", "roll({}, 1, axis=0)")  # fmt: skip
    binary = ("{} + {}", "{} - {}", "{} * {}", "{} @ m", "{} / (1 + {} ** 2)", "maximum({}, {})", "where({} > 0, {}, 0.5)")
    names, lines = ["x", "w"], []
    for i in range(rng.integers(2, 9)):
        form = str(rng.choice(unary + binary))
        lines.append(f"u{i} = {form.format(*rng.choice(names, form.count('{}')))}")
        names.append(f"u{i}")
    return "\n".join([*lines, f"loss = mean({' * '.join(rng.choice(names, 2))} + {names[-1]})"])


@pytest.mark.parametrize("framework", RUNNABLE)
def test_programs_at_random(framework):
    rng = np.random.default_rng(7)
    for _ in range(8 if framework is Framework.JAX else 60):
        text = random_program(rng)
        given = {
            name: rng.normal(size=shape) for name, shape in (("x", (2, 3)), ("w", (2, 3)), ("m", (3, 3))) if re.search(rf"\b{name}\b", text)
        }
        detail = Detail.OPERATIONS if rng.random() < 0.3 else Detail.STATEMENTS
        agreed(written(text, shown=Shown(detail), **given), framework)
