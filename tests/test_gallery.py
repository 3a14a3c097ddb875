"""The gallery keeps its word: what each summary says is true of the numbers."""

import math
from collections import Counter
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import anyio
import numpy as np
import pytest

import app.examples
from app import service
from app.draw.svg import Theme
from app.engine.views import Detail
from app.examples import FIRST, ORDER, gallery
from app.service import Given, Request
from app.settings import Limits

EVERY = list(gallery())
LARGE = ("seed-network-diabetes",)
"""Shown by its edges, on purpose."""


def given_of(inputs):
    """What the service takes, from the inputs of an example."""
    return {name: Given.of(item) for name, item in inputs.items()}


class Found:
    """The answer to an example, read by name."""

    def __init__(self, program, given):
        self.answer = service.answer(service.analyse(Request(program, given), Limits()))
        self.nodes = {node["id"]: node for node in self.answer["nodes"]}
        self.edges = self.answer["edges"]
        self.loss = float(self.answer["loss"]["value"])

    def value(self, name):
        return np.array(self.nodes[name]["value"], dtype=float)

    def gradient(self, name):
        return np.array(self.nodes[name]["gradient"], dtype=float)

    def moves(self, name):
        """Whether the loss depends on a value: its gradient is there, and is not 0 throughout."""
        gradient = self.nodes[name]["gradient"]
        return gradient is not None and bool(np.any(np.array(gradient, dtype=float) != 0))

    def sent(self, source, target=None):
        """What the uses of a value send back, in the order of the edges."""
        uses = [edge for edge in self.edges if edge["source"] == source and target in (None, edge["target"])]
        return [np.array(edge["contribution"], dtype=float) for edge in uses if edge["contribution"] is not None]

    def noted(self, kind):
        """The values that have a note of a kind."""
        return {name for name, node in self.nodes.items() if any(note["kind"] == kind for note in node["notes"])}


@cache
def found_in(name):
    example = gallery()[name]
    return Found(example.program, given_of(example.inputs))


def norm(array):
    return float(np.linalg.norm(array))


def close(ours, theirs, rtol=1e-12, atol=1e-14):
    np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=atol)


def one_hot(classes, count):
    return np.eye(count)[classes.astype(int)]


# The gallery as a whole


def test_every_file_has_its_place():
    files = {path.stem for path in Path(app.examples.__file__).parent.glob("*.toml")}
    assert files == set(ORDER)
    assert len(ORDER) == len(files) >= 17
    assert FIRST in ORDER


@pytest.mark.parametrize("name", EVERY)
def test_every_summary_is_held_to_its_word(name):
    assert callable(globals().get(f"test_{name.replace('-', '_')}"))


@pytest.mark.parametrize("name", EVERY)
def test_example_says_what_it_is(name):
    example = gallery()[name]
    for text in (example.title, example.summary, example.source):
        assert text == " ".join(text.split())
        assert text
    assert example.summary.endswith(".")
    assert example.source.endswith(".")
    assert len(example.title) <= 50
    assert len(example.summary) <= 320


def test_titles_are_different():
    assert not [title for title, count in Counter(item.title for item in gallery().values()).items() if count > 1]


@pytest.mark.parametrize("name", EVERY)
def test_example_is_answered(name):
    found = found_in(name)
    assert math.isfinite(found.loss)
    assert found.answer["notes"] == []
    named = [node for node in found.answer["nodes"] if node["name"] is not None]
    assert 2 < len(named) <= 25


@pytest.mark.parametrize("name", [name for name in EVERY if name not in LARGE])
def test_every_number_can_be_seen(name):
    for node in found_in(name).answer["nodes"]:
        *rows, columns = node["shape"] or [1]
        assert math.prod(rows) <= 8, node["id"]
        assert columns <= 6, node["id"]


@pytest.mark.parametrize("name", [name for name in EVERY if name != "softmax-safe"])
def test_every_number_is_finite(name):
    assert not found_in(name).noted("nonfinite")


@pytest.mark.parametrize("name", EVERY)
def test_example_is_verified(name):
    example = gallery()[name]
    found = service.verdict(service.analyse(Request(example.program, given_of(example.inputs)), Limits()))
    assert found.passed, found.reason
    assert found.max_relative_error < 1e-5
    assert all(one.elements + one.skipped > 0 for one in found.inputs)


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("detail", list(Detail))
def test_example_is_drawn(name, detail):
    example = gallery()[name]
    analysis = service.analyse(Request(example.program, given_of(example.inputs), detail=detail), Limits())
    drawn = anyio.run(service.to_svg, service.picture(analysis), Limits(), Theme.LIGHT)
    root = ElementTree.fromstring(drawn)
    cards = {element.get("data-node") for element in root.iter() if element.get("data-node")}
    assert cards == {card.id for card in analysis.view.cards}


def test_an_input_may_have_a_role():
    assert gallery()["softmax-classifier"].inputs["y"] == {"value": [0, 0, 1, 1, 2, 2], "role": "constant"}


# What each summary says


def test_chain_rule():
    found = found_in("chain-rule")
    (through_u,), (through_y,) = found.sent("x"), found.sent("u")
    assert through_y == 3
    assert through_u == 3 * 2 * found.value("x") == found.gradient("x") == 12


def test_used_twice():
    found = found_in("used-twice")
    product, square = sorted(float(part) for part in found.sent("a"))
    assert (product, square) == (-6, 18)
    assert found.gradient("a") == product + square == 12
    assert found.gradient("b") == 9
    assert found.loss == 4.5


def test_neuron():
    found = found_in("neuron")
    z = found.gradient("z")
    close(z, 2 * (found.value("a") - 1) * found.value("a") * (1 - found.value("a")))
    close(found.gradient("w"), z * found.value("x"))
    close(found.gradient("b"), z)
    close(z, -0.28768, atol=1e-5)


def test_seed_network():
    found = found_in("seed-network")
    shut = found.value("u2") == 0
    assert shut.any()
    assert np.all(found.gradient("u1")[shut] == 0)
    assert np.all(found.gradient("u1")[~shut] != 0)


def test_seed_code():
    found, known = found_in("seed-code"), found_in("seed-network")
    close(found.loss, known.loss)
    same = {"trn_x": "x", "trn_y": "y", "w1": "w1", "b1": "b1", "w2": "w2", "b2": "b2", "l1": "u2", "l2": "u3"}
    for ours, theirs in same.items():
        close(found.value(ours), known.value(theirs))
        close(found.gradient(ours), known.gradient(theirs))


def test_seed_network_diabetes():
    example, found = gallery()["seed-network-diabetes"], found_in("seed-network-diabetes")
    assert example.program == gallery()["seed-network"].program
    assert found.value("x").shape == (20, 10)
    assert found.value("u3").shape == (20, 1)


def test_broadcast_bias():
    found = found_in("broadcast-bias")
    assert found.gradient("z").shape == (4, 3)
    close(found.gradient("b"), found.gradient("z").sum(axis=0))
    close(found.gradient("u"), found.gradient("z"))
    (edge,) = [edge for edge in found.edges if (edge["source"], edge["target"]) == ("b", "z")]
    assert edge["local_derivative"]["summed_over"] == [0]


def test_logistic_regression():
    found = found_in("logistic-regression")
    y, p = found.value("y"), found.value("p")
    assert y.ravel().tolist() == [0] * 4 + [1] * 4
    close(found.gradient("z"), (p - y) / 8)
    assert np.abs(found.gradient("z")).argmax() == 2
    assert round(float(p[2, 0]), 2) == 0.63
    assert np.flatnonzero((p > 0.5) != (y == 1)).tolist() == [2]


def test_softmax_classifier():
    found = found_in("softmax-classifier")
    right = one_hot(found.value("y"), 3).astype(bool)
    p, gradient = found.value("p"), found.gradient("logits")
    assert found.nodes["y"]["kind"] == "constant"
    close(p.sum(axis=1), np.ones(6))
    close(gradient, (p - right) / 6)
    close(gradient.sum(axis=1), np.zeros(6))
    assert np.all((gradient < 0) == right)
    assert p[right].argmin() == 3
    assert round(float(p[right].min()), 2) == 0.54
    assert np.linalg.norm(gradient, axis=1).argmax() == np.abs(gradient).max(axis=1).argmax() == 3
    assert not found.moves("p")


def test_softmax_safe():
    found = found_in("softmax-safe")
    assert np.all(np.isposinf(found.value("e_unsafe")))
    assert np.all(np.isnan(found.value("p_unsafe")))
    assert not found.moves("e_unsafe")
    assert not found.moves("p_unsafe")
    assert found.noted("nonfinite") >= {"e_unsafe", "p_unsafe"}
    assert not found.noted("nonfinite") & {"z", "m", "e", "p", "loss"}
    shifted = np.exp(np.array([-2.0, 0.0, -5.0]))
    close(found.value("p"), shifted / shifted.sum())
    close(found.gradient("z"), found.value("p") - one_hot(np.array(0), 3), atol=1e-12)
    assert found.sent("m")
    close(found.gradient("m"), 0, atol=1e-12)


def test_dead_relu():
    found = found_in("dead-relu")
    assert found.value("b1")[1] == -4
    assert found.value("u").shape == (4, 3)
    assert np.all(found.value("u")[:, 1] < 0)
    assert np.all(found.value("h")[:, 1] == 0)
    for of_the_dead in (found.gradient("w1")[:, 1], found.gradient("b1")[1], found.gradient("w2")[1], found.gradient("u")[:, 1]):
        assert np.all(of_the_dead == 0)
    for of_the_living in (found.gradient("w1")[:, [0, 2]], found.gradient("b1")[[0, 2]], found.gradient("w2")[[0, 2]]):
        assert np.all(of_the_living != 0)


def test_vanishing_sigmoid():
    found = found_in("vanishing-sigmoid")
    sizes = [norm(found.gradient(f"w{layer}")) for layer in range(1, 7)]
    assert sizes == sorted(sizes)
    assert 1900 < sizes[5] / sizes[0] < 2200
    for layer in range(1, 6):
        h = found.value(f"h{layer}")
        assert np.all(h * (1 - h) <= 0.25)


def test_vanishing_relu():
    found, twin = found_in("vanishing-relu"), gallery()["vanishing-sigmoid"]
    example = gallery()["vanishing-relu"]
    assert example.inputs == twin.inputs
    assert example.program == twin.program.replace("sigmoid", "relu")
    sizes = [norm(found.gradient(f"w{layer}")) for layer in range(1, 7)]
    assert 0.45 < sizes[0] / sizes[5] < 0.55
    assert max(sizes) / min(sizes) < 2.5


def test_residual_block():
    found = found_in("residual-block")
    (skip,), (branch,) = found.sent("x", "out"), found.sent("x", "u")
    assert np.array_equal(skip, found.gradient("out"))
    close(skip + branch, found.gradient("x"))
    assert 9 < norm(skip) / norm(branch) < 11


def test_layer_norm():
    example, found = gallery()["layer-norm"], found_in("layer-norm")
    x, gradient = found.value("x"), found.gradient("x")
    assert np.array_equal(x[1], 10 * x[0])
    for name in ("x_hat", "out"):
        first, second = found.value(name)
        close(first, second, rtol=1e-5)
    close(found.value("x_hat").mean(axis=1), [0, 0])
    close(found.value("x_hat").std(axis=1), [1, 1], rtol=1e-5)
    close(gradient.sum(axis=1), [0, 0])
    close(gradient[0], 10 * gradient[1], rtol=1e-3)
    short = Found("out = layer_norm(x, gamma, beta)\nloss = mse(out, y)", given_of(example.inputs))
    close(short.loss, found.loss)
    for name in ("x", "gamma", "beta"):
        close(short.gradient(name), found.gradient(name), rtol=1e-9, atol=1e-12)


def test_convolution():
    found = found_in("convolution")
    (x,), (w,) = found.value("x")[0], found.value("w")[0]
    patches = np.lib.stride_tricks.sliding_window_view(x, (3, 3))
    c, gradient = found.value("c")[0, 0], found.gradient("c")[0, 0]
    close(c, np.einsum("ijkl,kl->ij", patches, w))
    assert c.argmax(axis=1).tolist() == [1, 1, 1, 1]
    assert np.count_nonzero(gradient) == 4
    for row, column in np.ndindex(2, 2):
        window = np.s_[2 * row : 2 * row + 2, 2 * column : 2 * column + 2]
        winner = np.unravel_index(c[window].argmax(), (2, 2))
        assert found.value("p")[0, 0, row, column] == c[window][winner]
        assert gradient[window][winner] == found.gradient("p")[0, 0, row, column] != 0
    close(found.gradient("w")[0, 0], np.einsum("ijkl,ij->kl", patches, gradient))


def test_rnn():
    found = found_in("rnn")
    h, expected = np.zeros(3), []
    for x in found.value("x"):
        h = np.tanh(x @ found.value("w_x") + h @ found.value("w_h") + found.value("b"))
        expected.append(h)
    close(found.value("states"), expected)
    parts = found.sent("w_h")
    assert len(parts) == 3
    assert [norm(part) == 0 for part in parts].count(True) == 1
    close(sum(parts), found.gradient("w_h"))
    for size, readers in ((0.60437, 2), (0.38909, 2), (0.5874, 1)):
        (state,) = [node["id"] for node in found.answer["nodes"] if node["shape"] == [3] and abs(node["value"][0] - size) < 1e-5]
        assert len(found.sent(state)) == readers


def test_attention():
    found = found_in("attention")
    above = np.triu(np.ones((4, 4), dtype=bool), 1)
    weights, scores = found.value("weights"), found.gradient("scores")
    assert np.all(weights[above] == 0)
    assert np.all(weights[~above] > 0)
    close(weights.sum(axis=1), np.ones(4))
    assert np.all(scores[above] == 0)
    assert weights[0].tolist() == [1, 0, 0, 0]
    close(scores[0], np.zeros(4))
    assert np.all(scores[1:][~above[1:]] != 0)
    close(found.gradient("v"), weights.T @ found.gradient("out"))
