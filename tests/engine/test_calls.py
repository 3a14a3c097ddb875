"""Calls: functions, methods, prefixes, NumPy's and PyTorch's names and keywords, the prelude; each with the value it has."""

import difflib

import numpy as np
import pytest
from seed_network import gradients, traced, values

from app.engine.language import names
from app.engine.language.prelude import prelude, summary
from app.engine.ops import OPERATIONS, REQUIRED
from app.engine.parser import parse
from app.errors import ProgramError

X = np.arange(1.0, 7.0).reshape(2, 3)
U, V = np.array([-1.0, 2.0, 3.0]), np.array([3.0, 1.0, 2.0])
Q = np.arange(24.0).reshape(2, 3, 4)
GIVEN = {"x": X, "u": U, "v": V, "q": Q, "a": 5.0, "b": 3.0, "w": 2 * np.eye(3), "k": np.array([2.0, 0.0])}


def value(expression, given=GIVEN):
    """The value of an expression of any shape."""
    text = f"y = {expression}\nL = sum(y)"
    wanted = {item.name for item in parse(text).inputs}
    return np.asarray(values(text, {name: array for name, array in given.items() if name in wanted})["y"])


STATIC = {"axis": "0", "places": "0", "shape": "(1,)", "whole": "1", "number": "1.5", "word": "'ij->j'", "index": "0", "widths": "1"}


@pytest.mark.parametrize("name", [name for name in OPERATIONS if name not in ("getitem", "split")])
def test_every_operation_can_be_called_by_its_name_and_its_keywords(name):
    operation = OPERATIONS[name]
    arguments = ["[a, b]"] if operation.variadic else [*operation.arguments]
    keywords = [f"{p.name}={STATIC[p.kind]}" for p in operation.parameters if p.default is REQUIRED]
    program = parse(f"y = {name}({', '.join([*arguments, *keywords])})")
    assert program.nodes[-1].op == name
    assert [key for key, _ in program.nodes[-1].parameters] == [parameter.name for parameter in operation.parameters]


@pytest.mark.parametrize(("other", "name"), names.ALSO.items())
def test_every_other_name_finds_its_operation(other, name):
    assert names.find(other) == name
    assert other not in OPERATIONS


def test_suggestions_are_names_that_there_are():
    assert names.suggestion("softmaks", ["softmax", "mean"]) == "Did you mean softmax?"
    assert names.suggestion("Relu", ["relu"]) == "Did you mean relu?"
    assert "sigmoid" in names.suggestion("sigma", [])
    assert "/api/v1/operations" in names.suggestion("frobnicate", [*OPERATIONS])
    assert not difflib.get_close_matches("frobnicate", [*OPERATIONS], 1, 0.74)


SOFTMAX = np.exp(U) / np.exp(U).sum()
SAME = [
    # methods
    ("u.relu()", [0, 2, 3]), ("x.sum()", 21), ("x.sum(axis=0)", X.sum(0)), ("x.sum(0, keepdim=True)", X.sum(0, keepdims=True)),
    ("x.sum(1, True)", X.sum(1, keepdims=True)), ("x.sum(dim=(0, 1))", 21), ("x.T", X.T), ("q.mT", Q.swapaxes(1, 2)),
    ("x.shape[0] * a", 10),
    ("x.shape[-1] * a", 15), ("x.mean(-1)", X.mean(-1)), ("x.reshape(3, -1)", X.reshape(3, 2)), ("x.reshape((3, 2))", X.reshape(3, 2)),
    ("x.reshape([3, 2])", X.reshape(3, 2)), ("x.view(-1)", X.ravel()), ("x.view(3, 2)", X.reshape(3, 2)),
    ("q.permute(0, 2, 1)", Q.transpose(0, 2, 1)),
    ("q.permute((2, 0, 1))", Q.transpose(2, 0, 1)), ("q.transpose(0, 1)", Q.swapaxes(0, 1)), ("q.transpose(-1, 0)", Q.swapaxes(0, 2)),
    ("q.transpose(2, 0, 1)", Q.transpose(2, 0, 1)), ("q.transpose(dim0=1, dim1=2)", Q.swapaxes(1, 2)), ("q.transpose()", Q.T),
    ("q.swapaxes(0, 2)", Q.swapaxes(0, 2)), ("x.size(0) * a", 10), ("x.size(dim=1) * a", 15), ("x.size(-1) * a", 15),
    ("x.size()[1] * a", 15),
    ("x.size * a", 30), ("x.numel() * a", 30), ("len(x) * a", 10), ("x.float()", X), ("x.double().cpu().detach()", X),
    ("x.astype(float)", X),
    ("a.item() * 2", 10), ("x.unsqueeze(-1)", X[..., None]), ("x.unsqueeze(0).squeeze(0)", X), ("x.flatten()", X.ravel()),
    ("q.flatten(1)", Q.reshape(2, 12)),
    ("u.clamp(min=0)", [0, 2, 3]), ("u.clamp(0, 2)", [0, 2, 2]), ("u.clip(0, 2)", [0, 2, 2]), ("u.abs().sqrt() ** 2", [1, 2, 3]),
    ("x.matmul(w)", 2 * X), ("x.mm(w).sum()", 42), ("u.dot(v)", 5), ("u.softmax(dim=-1)", SOFTMAX), ("x.expand(2, 2, 3)", np.stack([X, X])),
    ("u.expand_as(x)", np.stack([U, U])), ("u.mse(v)", 6), ("u.view_as(v)", U), ("x.argmax(1)", [2, 2]), ("u.norm()", np.sqrt(14)),
    # prefixes
    ("np.exp(a)", np.exp(5)), ("jnp.exp(a)", np.exp(5)), ("torch.relu(u)", [0, 2, 3]), ("F.softmax(u, dim=0)", SOFTMAX),
    ("math.exp(a)", np.exp(5)),
    ("torch.nn.functional.relu(u)", [0, 2, 3]), ("np.linalg.norm(u)", np.sqrt(14)), ("torch.linalg.det(w)", 8),
    ("jax.nn.relu(u)", [0, 2, 3]),
    ("np.pi * a", np.pi * 5), ("math.e * a", np.e * 5), ("np.sum(x, axis=0)", X.sum(0)), ("np.where(u > 0, u, 0)", [0, 2, 3]),
    ("torch.cat([u, v], dim=0)", [*U, *V]), ("torch.cat((u, v), -1)", [*U, *V]), ("np.concatenate((u, v), axis=0)", [*U, *V]),
    ("np.concatenate([x, x], 1)", np.concatenate([X, X], 1)), ("torch.stack([u, v], dim=1)", np.stack([U, V], 1)),
    ("stack((u, v))", [U, V]),
    ("np.transpose(q, (2, 0, 1))", Q.transpose(2, 0, 1)), ("torch.transpose(q, 0, 1)", Q.swapaxes(0, 1)),
    ("np.reshape(x, (3, 2))", X.reshape(3, 2)),
    ("np.maximum(0, u)", [0, 2, 3]), ("np.array([[a, 1], [b, 2]])", [[5, 1], [3, 2]]), ("torch.tensor([a, b])", [5, 3]),
    ("np.asarray(x, dtype=float)", X),
    ("torch.einsum('ij,jk->ik', x, w)", 2 * X), ("np.einsum('ij->i', x)", X.sum(1)), ("torch.eye(2) * a", 5 * np.eye(2)),
    ("np.zeros((2, 2)) + a", np.full((2, 2), 5)), ("np.ones(3) * u", U), ("torch.zeros(2, 3) + x", X),
    ("ones_like(x) * a", np.full((2, 3), 5)),
    ("torch.full((2,), 1.5) * a", [7.5, 7.5]), ("np.arange(3) * u", [0, 2, 6]), ("np.linspace(0, 1, 3) * a", [0, 2.5, 5]),
    ("float('inf') > a", 1), ("-np.inf < u", [1, 1, 1]),
    # keywords
    ("sum(x, axis=0, keepdims=True)", X.sum(0, keepdims=True)), ("sum(x, dim=0, keepdim=True)", X.sum(0, keepdims=True)),
    ("sum(x, None, False)", 21),
    ("torch.add(input=a, other=b)", 8), ("F.softmax(input=u, dim=-1)", SOFTMAX), ("np.clip(u, a_min=0, a_max=2)", [0, 2, 2]),
    ("sum(x, dtype=float)", 21), ("F.relu(u, inplace=True)", [0, 2, 3]), ("F.leaky_relu(u, negative_slope=0.5)", [-0.5, 2, 3]),
    ("F.one_hot(k, num_classes=3)", [[0, 0, 1], [1, 0, 0]]), ("softmax(u)", SOFTMAX),
    ("torch.tril(w + 1, diagonal=-1)", np.tril(np.ones((3, 3)), -1)),
    # the larger of two, and the largest
    ("max(0, u)", [0, 2, 3]), ("max(u, 0)", [0, 2, 3]), ("min(u, 0)", [-1, 0, 0]), ("max(u, v, 2.5)", [3, 2.5, 3]), ("max(u)", 3),
    ("min(x)", 1),
    ("np.max(x, 0)", X.max(0)), ("x.max(0)", X.max(0)), ("x.min(1)", X.min(1)), ("torch.max(x, 1)", X.max(1)), ("np.max(x)", 6),
    ("x.max()", 6),
    ("torch.max(u, v)", [3, 2, 3]), ("u.max(v)", [3, 2, 3]), ("torch.min(u, v)", [-1, 1, 2]), ("max(x, axis=0)", X.max(0)),
    ("np.amax(x, axis=0)", X.max(0)),
    ("x.max(dim=1).values", X.max(1)), ("x.max(dim=1, keepdim=True)", X.max(1, keepdims=True)),
    # variances
    ("torch.var(u)", U.var(ddof=1)), ("u.var(dim=0)", U.var(ddof=1)), ("np.var(u)", U.var()), ("u.var(axis=0)", U.var()),
    ("u.var()", U.var()),
    ("torch.var(u, unbiased=False)", U.var()), ("u.var(dim=0, unbiased=True)", U.var(ddof=1)), ("torch.var(u, correction=0)", U.var()),
    ("np.var(u, ddof=1)", U.var(ddof=1)), ("torch.std(x, dim=1)", X.std(1, ddof=1)), ("np.std(x, axis=1)", X.std(1)),
    ("x.std(1)", X.std(1)),
    ("x.var(dim=1, keepdim=True)", X.var(1, ddof=1, keepdims=True)),
    # parts
    ("chunk(u, 3)[2]", [3]), ("q.chunk(2, dim=-1)[1]", Q[..., 2:]), ("np.split(x, 3, axis=1)[1]", X[:, 1:2]),
    ("split(x, 2, part=1)", X[1:]),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "expected"), SAME, ids=[row[0] for row in SAME])
def test_a_call_has_the_value_that_numpy_or_pytorch_give_it(expression, expected):
    found = value(expression)
    assert found.shape == np.shape(expected)
    np.testing.assert_allclose(found, expected, rtol=1e-14)


def test_a_list_from_a_call_is_several_values():
    found = values("p, q = x.chunk(2, dim=0)\nL = sum(p * q)", {"x": X})
    np.testing.assert_array_equal(found["p"], X[:1])
    np.testing.assert_array_equal(found["q"], X[1:])
    assert float(values("n, d = x.shape\nL = sum(x) / (n * d)", {"x": X})["L"]) == 3.5


def test_static_arguments_may_be_calculated_from_shapes():
    assert value("q.reshape(q.shape[0] * q.shape[1], -1)").shape == (6, 4)
    assert value("q.reshape((x @ w).shape[0], -1)").shape == (2, 12)
    assert value("zeros(x.shape) + a").shape == (2, 3)
    assert value("x.sum(x.ndim - 1)").shape == (2,)
    assert value("x.reshape(len(u), -1)").shape == (3, 2)
    found = traced("B, T, C = q.shape\ny = q.view(B, T * C)\nL = sum(y)", {"q": Q})
    assert [node.op for node in found.graph.program.nodes] == ["input", "reshape", "sum"]


def test_a_shape_that_is_tried_and_not_static_leaves_nothing_behind():
    assert [node.op for node in parse("y = (x @ w).shape[0] * a").nodes] == ["input", "input", "matmul", "size", "input", "multiply"]
    assert [node.op for node in parse("y = ((x @ w).shape[0] + a) * 2").nodes].count("matmul") == 1


# --- the prelude

EYE = np.eye(3)
LOG_P = X - np.log(np.exp(X).sum(-1, keepdims=True))
SCORES = np.exp(X @ X.T / 3**0.5)
PRELUDE = {
    "lin": ("lin(x, w, b)", 2 * X + 3),
    "linear": ("linear(x, w)", 2 * X),
    "mse": ("mse(u, v)", 6.0),
    "mse_loss": ("F.mse_loss(u, v)", 6.0),
    "mae": ("mae(u, v)", 2.0),
    "l1_loss": ("l1_loss(u, v)", 2.0),
    "huber": ("huber(u, v)", (3.5 + 0.5 + 0.5) / 3),
    "hinge": ("hinge(u, [1, 1, -1])", (2 + 0 + 4) / 3),
    "nll_loss": ("nll_loss(log_softmax(x), k)", -(LOG_P[0, 2] + LOG_P[1, 0]) / 2),
    "cross_entropy": ("torch.nn.functional.cross_entropy(x, k)", -(LOG_P[0, 2] + LOG_P[1, 0]) / 2),
    "binary_cross_entropy": ("binary_cross_entropy([0.25, 0.5], [1, 0])", (np.log(4) + np.log(2)) / 2),
    "binary_cross_entropy_with_logits": ("binary_cross_entropy_with_logits(a, 1)", np.log1p(np.exp(-5))),
    "kl_div": ("kl_div(log([0.25, 0.75]), [0.5, 0.5])", 0.5 * np.log(2) + 0.5 * np.log(2 / 3)),
    "layer_norm": ("layer_norm(x, 2, 1, eps=0)", 1 + 2 * np.array([[-1, 0, 1], [-1, 0, 1]]) * 1.5**0.5),
    "rms_norm": ("rms_norm(u, eps=0)", U / np.sqrt(14 / 3)),
    "batch_norm": ("batch_norm(x, eps=0)", [[-1, -1, -1], [1, 1, 1]]),
    "causal_mask": ("causal_mask(x.shape[0])", [[0, -np.inf], [0, 0]]),
    "attention": ("attention(x, x, x)", SCORES / SCORES.sum(-1, keepdims=True) @ X),
    "scaled_dot_product_attention": ("F.scaled_dot_product_attention(x, x, x)", SCORES / SCORES.sum(-1, keepdims=True) @ X),
    "rnn_cell": ("rnn_cell(u, v, w, w, 1)", np.tanh(2 * U + 2 * V + 1)),
    "embedding": ("embedding(k, w)", 2 * EYE[[2, 0]]),
    "cosine_similarity": ("cosine_similarity(u, v)", 5 / 14),
    "normalize": ("normalize(u)", U / np.sqrt(14)),
    "slogdet": ("slogdet(w)[1]", np.log(8)),
}


@pytest.mark.parametrize("name", prelude())
def test_every_function_of_the_prelude_has_its_value_and_a_sentence(name):
    expression, expected = PRELUDE[name]
    with np.errstate(invalid="ignore"):
        np.testing.assert_allclose(value(expression), expected, rtol=1e-12, atol=1e-15)
    assert summary(prelude()[name]).endswith(".")


def test_functions_of_the_prelude_go_into_each_other():
    assert float(value("mse(lin(x, w), lin(x, w, b=1))")) == 1.0
    assert float(value("mse(pred=u, target=v)")) == 6.0
    masked = value("attention(x, x, x, causal_mask(x.shape[0]))")
    np.testing.assert_allclose(masked[0], X[0])


def test_gradients_go_through_the_prelude():
    found = gradients("L = mse(lin(x, w, b), 0)", {"x": X, "w": 2 * EYE, "b": 3.0})
    np.testing.assert_allclose(found["b"], 2 * np.mean(2 * X + 3))
    np.testing.assert_allclose(found["x"], 2 * (2 * X + 3) @ (2 * EYE) / 6)


def test_a_signature_is_written_as_in_the_text():
    assert prelude()["lin"].signature == "lin(x, w, b=0)"
    assert prelude()["layer_norm"].signature == "layer_norm(x, gamma=1, beta=0, eps=1e-5)"
    with pytest.raises(ProgramError) as caught:
        parse("def f(x, k=-1.50):\n    return x\ny = f()")
    assert caught.value.faults[0].hint == "It is called as f(x, k=-1.50)."
