"""A repair, put into the program, makes its fault go away; what is not certain gets none."""

from time import process_time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes
from test_grammar import WRONG

from app.engine.evaluate import run
from app.engine.gradient import differentiate
from app.engine.language.misread import LONGEST
from app.engine.language.proof import mended
from app.engine.parser import parse
from app.errors import CurlydError


def fault(read, *given_):
    """The first fault, or None."""
    try:
        read(*given_)
    except CurlydError as error:
        return error.faults[0]
    return None


def repaired(text):
    """A faulty program with its repair put in; it must not have the same fault at the same place then."""
    found = fault(parse, text)
    assert found.repair is not None, found
    assert len(found.repair.text) <= LONGEST
    after = mended(text, found.repair)
    again = fault(parse, after)
    assert again is None or (again.line, again.column, again.message) != (found.line, found.column, found.message)
    return after


REPAIRS = [
    # signs
    ("y = a − b − c  # − d", "y = a - b - c  # − d"),
    ("y = a × b", "y = a * b"),
    ("y = x² + x³", "y = x ** 2 + x ** 3"),
    ("y = a ≤ b", "y = a <= b"),
    ("y = a ÷ b", "y = a / b"),
    ("y = √x + √(x + 1)", "y = sqrt(x) + sqrt(x + 1)"),
    ("u₁ = x·w₁ + 2·b₁", "u1 = x @ w1 + 2 * b1"),
    ("y = x·w", "y = x @ w"),
    ("y = 2⋅x", "y = 2 * x"),
    ("y = 2 * （a + b）", "y = 2 * (a + b)"),
    ("y = a\u00a0+ b", "y = a + b"),
    ("y = a\u200b\u200b + b", "y = a + b"),
    ("größe = ü − é", "größe = ü - é"),
    # operators
    ("y = x ^ 2", "y = x ** 2"),
    ("y = x^2 + z^2", "y = x**2 + z**2"),
    ("y = (a ^\n  b)", "y = (a **\n  b)"),
    ("y = a\ny ^= 2", "y = a\ny **= 2"),
    ("y = a << 2", "y = a * 2 ** 2"),
    ("y = a is b", "y = a == b"),
    ("y = a is not b", "y = a != b"),
    ("y = a && b", "y = a & b"),
    ("y = a || b", "y = a | b"),
    ("y = !a", "y = ~a"),
    ("y = a <> b", "y = a != b"),
    ("y = a => b", "y = a >= b"),
    ("y = a === b", "y = a == b"),
    ("y = a .* b", "y = a * b"),
    ("y = a.^2", "y = a ** 2"),
    ("y = a ? b : c", "y = where(a, b, c)"),
    ("y = a\ny + = 3", "y = a\ny += 3"),
    ("y = a\ny++", "y = a\ny += 1"),
    ("y := a", "y = a"),
    ("y == a", "y = a"),
    ("y = (a = b)", "y = (a == b)"),
    ("y = a < b + 1 < c", "y = (a < b + 1) * (b + 1 < c)"),
    ("y = a and b or not c", "y = logical_or(logical_and(a, b), logical_not(c))"),
    ("y = a if b > 0 else c", "y = where(b > 0, a, c)"),
    # a missing sign
    ("y = 12x", "y = 12 * x"),
    ("y = 2 x", "y = 2 * x"),
    ("y = 2(a + b)", "y = 2 * (a + b)"),
    ("y = (a + b)(a - b)", "y = (a + b) * (a - b)"),
    ("z = a * 2\ny = z(3)", "z = a * 2\ny = z * (3)"),
    # brackets, quotes, colons
    ("y = (a + b", "y = (a + b)"),
    ("y = sum(a  # all", "y = sum(a)  # all"),
    ("y = relu(x @ w + b", "y = relu(x @ w + b)"),
    ("y = 2 * (a + b", "y = 2 * (a + b)"),
    ("y = relu(a[0", "y = relu(a[0])"),
    ("w = [[1, 2],\n     [3, 4]\ny = 2 * w", "w = [[1, 2],\n     [3, 4]]\ny = 2 * w"),
    ("y = a)", "y = a"),
    ("y = (a]", "y = (a)"),
    ("y = (a + b[0)", "y = (a + b[0])"),
    ("y = a * [1 2 3]", "y = a * [1, 2, 3]"),
    ("y = x'", "y = x.T"),
    ('y = "a', "y = a"),
    ("y = a * 007", "y = a * 7"),
    ("def f(x)\n    return x\ny = f(a)", "def f(x):\n    return x\ny = f(a)"),
    ("for i in range(3) y = a", "for i in range(3): y = a"),
    # indentation
    (" y = a", "y = a"),
    ("y = a\n\tz = y", "y = a\nz = y"),
    ("for i in range(3):\ny = a", "for i in range(3):\n    y = a"),
    ("for i in range(3):\n    y = a\n   z = a", "for i in range(3):\n    y = a\n    z = a"),
    ("for i in range(3):\n    y = a\n\tz = a", "for i in range(3):\n    y = a\n    z = a"),
    # lines that are left out
    ("import numpy as np  # the usual\ny = a", "\ny = a"),
    ("y = a\ny.backward()", "y = a\n"),
    ("w = np.random.randn(3)\ny = w * 2", "\ny = w * 2"),
    ("for i in range(2):\n    print(i)\ny = a", "for i in range(2):\n    pass\ny = a"),
    ("print x\ny = a", "\ny = a"),
    ("for i in range(2):\n    print i\ny = a", "for i in range(2):\n    pass\ny = a"),
    ("// a comment\ny = a", "# a comment\ny = a"),
    ("@jit\ndef f(x):\n    return x\ny = f(a)", "\ndef f(x):\n    return x\ny = f(a)"),
    # statements
    ("let y = a", "y = a"),
    ("y: float = a", "y = a"),
    ("loss = m + lambda * sum(w)", "loss = m + lambda_ * sum(w)"),
    ("y = a\nmean(y)", "y = a\nloss = mean(y)"),
    ("return a", "loss = a"),
    ("y = a\n'text'", "y = a\n# text"),
    ("y = a\n'a\\nb'", "y = a\n# a\\nb"),
    ("def f(x):\n    x * 2\ny = f(a)", "def f(x):\n    return x * 2\ny = f(a)"),
    ("def f(x):\n    z = x * 2\ny = f(a)", "def f(x):\n    z = x * 2\n    return z\ny = f(a)"),
    ("for i in range(2):\n    hs.append(a)\ny = stack(hs)", "hs = []\nfor i in range(2):\n    hs.append(a)\ny = stack(hs)"),
    ("n = 3\nfor i in n: y = a", "n = 3\nfor i in range(n): y = a"),
    ("for i in range(1, 5, 0): y = a", "for i in range(1, 5): y = a"),
    ("y = a * {1, 2}", "y = a * [1, 2]"),
    # names and calls
    ("y = 1 + relv(u)", "y = 1 + relu(u)"),
    ("größe = ü + relv(é)", "größe = ü + relu(é)"),
    ("y = np.matmult(x, w)", "y = np.matmul(x, w)"),
    ("y = x.dott(w)", "y = x.dot(w)"),
    ("y = np.foo.exp(a)", "y = exp(a)"),
    ("y = x.meen", "y = x.mean()"),
    ("y = x.mean", "y = x.mean()"),
    ("y = x.t", "y = x.T"),
    ("y = x.T()", "y = x.T"),
    ("y = sum(a, axs=0)", "y = sum(a, axis=0)"),
    ("y = layer_norm(x, gama=2)", "y = layer_norm(x, gamma=2)"),
    ("y = sum(a, axis=0, keepdims=true)", "y = sum(a, axis=0, keepdims=True)"),
    ("y = gelu(a, approximate=tanh)", "y = gelu(a, approximate='tanh')"),
    ("y = a[1.0]", "y = a[1]"),
    ("y = a[0:2.0]", "y = a[0:2]"),
    ("y = stack(a, b, 1)", "y = stack([a, b], 1)"),
    ("y = hstack((a, b))", "y = concatenate((a, b), axis=1)"),
    ("y = isnan(a)", "y = (a != a)"),
    ("y = tf.reduce_mean(a)", "y = tf.mean(a)"),
    ("y = ln(a)", "y = log(a)"),
    ("a = Value(2.0, label='a')\ny = a * b", "a = 2.0\ny = a * b"),
    ("y = nn.MSELoss()(a, b)", "y = mse(a, b)"),
    ("y = x.gather(1, ids)", "y = take_along_axis(x, ids, axis=1)"),
    ("y = F.layer_norm(x, (4,), g, b)", "y = layer_norm(x, g, b)"),
    ("y = 2 * F.conv2d(x, w, b, stride=2)", "y = 2 * (conv2d(x, w, stride=2) + reshape(b, (-1, 1, 1)))"),
]


@pytest.mark.parametrize(("text", "expected"), REPAIRS, ids=[repr(row[0][:40]) for row in REPAIRS])
def test_a_repaired_program_is_a_program(text, expected):
    assert repaired(text) == expected
    assert parse(expected).statements


@pytest.mark.parametrize("text", [row[0] for row in WRONG], ids=[repr(row[0][:40]) for row in WRONG])
def test_any_repair_makes_its_fault_go_away(text):
    if fault(parse, text).repair is not None:
        repaired(text)


UNCERTAIN = [
    "y = a b",
    "3 = y",
    "y = a / 2x",
    "y = 1 / 2(a + b)",
    "y = 1e",
    "y = √x²",
    "y = x ^ T",
    "y = a > 0 && b > 0",
    "y = a @ b @",
    "y = 2 * mean",
    "y = 1 + [a, b]",
    "y = sum(a, 0, axis=1)",
    "y = f(a)(b)",
    "y = a + b) * c",
    "y = 2 * (a + b * c",
    "y = a + sum b)",
    "print x; y = a",
    "return a\nb = c",
    "y = x + np.random.randn(3)",
    "w = a\nw += np.random.randn(3)",
    "y = np.vstack((a, b))",
    "y = np.take(x, ids)",
    "y = any(a)",
    "for i in range(3): y = a\n    z = y",
    "y = frobnicate(u)",
    "y = 1; import numpy",
    "for i in range(3):\ny = a\nz = y",
    "for i in range(3):\n    y = a\n  z = y",
    "y = torch.split(x, 2)",
    "y = F.layer_norm(x, (4, 5))",
    "y = u[u > 0]",
    "def f(x): y = x * 2\nz = f(a)",
    "y = f(1)\ndef f(x): return x",
    f"y = a if b else {' + '.join(['c'] * 60)}",
]


@pytest.mark.parametrize("text", UNCERTAIN)
def test_what_is_not_certain_gets_no_repair(text):
    assert fault(parse, text).repair is None


def test_what_is_wrong_inside_the_prelude_gets_no_repair():
    assert fault(parse, "y = causal_mask(2.0)").repair is None


HOSTILE = {
    "names": "\n".join(f"a{i} = x * {i} + relu(w)" for i in range(750)) + "\ny = relv(a1)",
    "brackets": "y = f(" + "g(x), " * 3000 + "a b\n" + "c\n" * 60,
    "rows": "y = " + "[1 2] " * 3000,
    "choices": "y = a ? " + " " * 19_000,
    "dots": "y = " + " " * 19_000 + "?",
    "signs": "y = " + "√" * 19_000,
    "blanks": "y = (a" + " " * 19_000 + "b",
    "powers": "y = a" + " ^ b" * 90 + " " * 19_000 + "+ c",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_long_program_at_fault_is_answered_soon(text):
    begun = process_time()
    assert fault(parse, text)
    assert process_time() - begun < 1.5


# --- shapes and loss

SHAPES = [
    ("u = x @ w\nL = sum(u)", {"x": (3, 2), "w": (3, 2)}, "u = x @ w.T\nL = sum(u)"),
    ("L = sum(2 * x @ w + 1)", {"x": (3, 2), "w": (3, 2)}, "L = sum(2 * x @ w.T + 1)"),
    ("L = sum((x + 1) @ (w + 1))", {"x": (3, 2), "w": (3, 2)}, "L = sum((x + 1) @ (w + 1).T)"),
    ("L = sum(x @ w.T)", {"x": (3, 2), "w": (2, 3)}, "L = sum(x @ w)"),
    ("L = sum(x @ w)", {"x": (3, 2), "w": (3, 4)}, "L = sum(x.T @ w)"),
    ("L = sum(w @ x)", {"x": (5, 3, 2), "w": (2, 4)}, "L = sum(x @ w)"),
    ("L = sum(np.matmul(x, w))", {"x": (3, 2), "w": (3, 2)}, "L = sum(np.matmul(x, w.T))"),
    ("L = sum(x.dot(w))", {"x": (3, 2), "w": (3, 2)}, "L = sum(x.dot(w.T))"),
    ("L = sum(lin(x, w))", {"x": (3, 2), "w": (3, 2)}, "L = sum(lin(x, w.T))"),
    ("y = x\ny @= w\nL = sum(y)", {"x": (3, 2), "w": (3, 2)}, "y = x\ny = y @ w.T\nL = sum(y)"),
    ("L = sum(1 - c @ x)", {"x": (3, 2), "c": ()}, "L = sum(1 - c * x)"),
    ("L = sum(1 / np.matmul(c, x))", {"x": (3, 2), "c": ()}, "L = sum(1 / (c * x))"),
    ("L = sum(x - b)", {"x": (3, 2), "b": (3,)}, "L = sum(x - reshape(b, (3, 1)))"),
    ("L = sum(x - (b + 1))", {"x": (3, 2), "b": (3,)}, "L = sum(x - reshape(b + 1, (3, 1)))"),
    ("y = x\ny += b\nL = sum(y)", {"x": (3, 2), "b": (3,)}, "y = x\ny += reshape(b, (3, 1))\nL = sum(y)"),
    ("L = sum(maximum(a, b))", {"a": (3, 2), "b": (2, 3)}, "L = sum(maximum(a, b.T))"),
    ("L = sum(a > b)", {"a": (3, 2), "b": (2, 3)}, "L = sum(a > b.T)"),
    ("L = sum(where(c, a, b))", {"a": (3, 2), "b": (2, 3), "c": ()}, "L = sum(where(c, a, b.T))"),
    ("L = sum(solve(a, b))", {"a": (3, 3), "b": (2, 3)}, "L = sum(solve(a, b.T))"),
    ("L = sum(concatenate([a, b]))", {"a": (), "b": ()}, "L = sum(stack([a, b]))"),
    ("L = sum(v.mT)", {"v": (3,)}, "L = sum(expand_dims(v, 1).mT)"),
    ("L = sum(conv2d(x, w))", {"x": (5, 5), "w": (1, 1, 2, 2)}, "L = sum(conv2d(reshape(x, (1, 1, 5, 5)), w))"),
    (
        "def f(x, w):\n    return x @ w\nL = sum(f(x, w))",
        {"x": (3, 2), "w": (3, 2)},
        "def f(x, w):\n    return x @ w.T\nL = sum(f(x, w))",
    ),
    ("u = x * 2  # all\n\n", {"x": (3,)}, "u = x * 2  # all\nloss = mean(u)\n\n"),
    ("for i in range(2):\n    x = x * 2", {"x": (3,)}, "for i in range(2):\n    x = x * 2\nloss = mean(x__3)"),
]


@pytest.mark.parametrize(("text", "shapes", "expected"), SHAPES, ids=[row[0] for row in SHAPES])
def test_a_repaired_shape_fits_and_runs(text, shapes, expected):
    found = fault(differentiate, parse(text), shapes)
    assert mended(text, found.repair) == expected
    graph = differentiate(parse(expected), shapes)
    arrays = {name: np.eye(*shape[-2:]) + np.ones(shape) if len(shape) > 1 else np.ones(shape) for name, shape in shapes.items()}
    assert np.size(run(graph, arrays).value(graph.loss.node)) == 1


def test_a_repair_that_one_call_of_two_would_not_fit_is_not_offered():
    text = "def f(x, w):\n    return x @ w\nL = sum(f(x, w)) + sum(f(w, v))"
    found = fault(differentiate, parse(text), {"x": (3, 2), "w": (3, 2), "v": (2, 3)})
    assert found.hint == "Did you mean x @ w.T?"
    assert found.repair is None


def test_a_hint_of_two_answers_gets_no_repair():
    found = fault(differentiate, parse("L = sum(diag(x))"), {"x": (3, 3)})
    assert " or " in found.hint
    assert found.repair is None


def test_a_loss_that_the_request_names_is_not_repaired_by_another():
    found = fault(differentiate, parse("u = x * 2\nL = sum(u)"), {"x": (3,)}, None, "u")
    assert found.repair is None


@settings(deadline=None, max_examples=200)
@given(
    call=st.sampled_from(["a + b", "a @ b", "(a + 0) @ b", "maximum(a, b)", "np.dot(a, b)", "a < b", "solve(a, b)", "outer(a, b)"]),
    a=array_shapes(min_dims=0, max_dims=3, max_side=3),
    b=array_shapes(min_dims=0, max_dims=3, max_side=3),
)
def test_any_repaired_shape_fits(call, a, b):
    text = f"loss = sum({call})"
    found = fault(differentiate, parse(text), {"a": a, "b": b})
    if found is not None and found.repair is not None:
        again = fault(differentiate, parse(mended(text, found.repair)), {"a": a, "b": b})
        assert again is None or (again.line, again.column) != (found.line, found.column)
