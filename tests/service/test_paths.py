"""All paths between two values: what comes back along them adds up, and products along them are Jacobians."""

import json
from time import perf_counter

import numpy as np
import pytest

from app import service
from app.engine.views import Detail, Kind
from app.errors import InputError
from app.examples import gallery
from app.service import Given, Request
from app.settings import Limits


def example(name, detail=Detail.STATEMENTS, **changed):
    """An example of the gallery, some of its inputs changed."""
    given = {key: Given.of(value) for key, value in gallery()[name].inputs.items()}
    given |= {key: Given(value, given[key].role) for key, value in changed.items()}
    return service.analyse(Request(gallery()[name].program, given, detail=detail), Limits())


def answer(analysis, source, target):
    """The paths as they are answered, which JSON can hold."""
    found = service.paths_answer(service.paths(analysis, source, target))
    json.dumps(found, allow_nan=False)
    return found


def numbers(value):
    return np.array(value, dtype=np.float64)


def loss_of(analysis):
    return next(card.id for card in analysis.drawn.cards if card.node == analysis.graph.loss.node)


@pytest.mark.parametrize("detail", list(Detail))
@pytest.mark.parametrize("name", list(gallery()))
def test_what_comes_back_along_all_paths_is_the_gradient(name, detail):
    analysis = example(name, detail)
    loss, edges = loss_of(analysis), {edge.id: edge for edge in analysis.drawn.edges}
    sources = [card for card in analysis.drawn.cards if card.node in analysis.graph.gradients]
    assert any(card.expression is None for card in sources)
    for card in sources:
        start = perf_counter()
        found = answer(analysis, card.id, loss)
        service.paths_told(analysis, service.paths(analysis, card.id, loss))
        assert perf_counter() - start < 1
        gradient = analysis.trace.gradient(card.node)
        assert len(found["paths"]) == found["path_count"]
        assert found["shape"] == list(np.shape(gradient))
        for path in found["paths"]:
            assert (path["nodes"][0], path["nodes"][-1]) == (card.id, loss)
            assert [edges[edge].source for edge in path["edges"]] == path["nodes"][:-1]
            assert [edges[edge].target for edge in path["edges"]] == path["nodes"][1:]
        total = sum((numbers(path["value"]) for path in found["paths"]), np.zeros(np.shape(gradient)))
        np.testing.assert_allclose(total, gradient, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(numbers(found["sum"]["value"]), gradient, rtol=1e-12, atol=0)


@pytest.mark.parametrize(
    ("name", "source", "target"),
    [
        ("seed-network", "w1", "u1"), ("seed-network", "w1", "u3"), ("seed-network", "x", "u5"), ("seed-network", "b2", "u4"),
        ("seed-network", "b1", "MSE"), ("softmax-safe", "z", "p"), ("rnn", "w_h", "h__3"), ("rnn", "b", "h__3"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("detail", list(Detail))
def test_products_along_paths_add_up_to_the_differences(name, source, target, detail):
    analysis = example(name, detail)
    ends = {card.id: card.node for card in analysis.drawn.cards}
    at = np.array(analysis.trace.value(ends[source]))

    def value(change):
        return np.ravel(example(name, detail, **{source: (at + change).tolist()}).trace.value(ends[target]))

    columns = []
    for place in np.ndindex(at.shape):
        step = np.zeros(at.shape)
        step[place] = 1e-6
        columns.append((value(step) - value(-step)) / 2e-6)
    expected = np.transpose(columns)
    found = answer(analysis, source, target)
    assert found["shape"] == list(at.shape if len(expected) == 1 else expected.shape)
    total = sum(numbers(path["value"]) for path in found["paths"])
    np.testing.assert_allclose(np.reshape(total, expected.shape), expected, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(np.reshape(numbers(found["sum"]["value"]), expected.shape), expected, rtol=1e-5, atol=1e-7)


def test_the_paths_of_the_seed_network():
    found = answer(example("seed-network"), "w1", "u3")
    (path,) = found["paths"]
    assert path["nodes"] == ["w1", "u1", "u2", "u3"]
    assert path["edges"] == ["w1-u1-0", "u1-u2-0", "u2-u3-0"]
    factors = [rf"\frac{{\partial u_{{{over}}}}}{{\partial {under}}}" for over, under in ((3, "u_{2}"), (2, "u_{1}"), (1, "w_{1}"))]
    assert path["latex"] == r" \cdot ".join(factors)
    assert found["sum"]["latex"] == rf"\frac{{\partial u_{{3}}}}{{\partial w_{{1}}}} = {path['latex']}"
    assert found["sum"]["value"] == path["value"]
    assert found["words"] == (
        "One path leads from w1 to u3; its product is the derivative of u3 with respect to w1. "
        "It is a matrix with a row for each element of u3 and a column for each of w1."
    )


def test_each_use_is_a_path(analysed):
    found = answer(analysed("a = x * x + x\nL = a * x", x=3), "x", "L")
    assert found["words"] == "Four paths lead from x to L; what comes back along them adds up to the gradient."
    assert sorted(path["value"] for path in found["paths"]) == [3, 9, 9, 12]
    assert found["sum"]["value"] == 33
    assert r"\left.\frac{\partial a}{\partial x}\right|_{\text{use 1}}" in " ".join(path["latex"] for path in found["paths"])
    assert found["sum"]["latex"].count("+") == 3


def test_no_path(analysed):
    analysis = analysed("a = x * 2\nb = w * [1, 2]\nL = sum(a) + sum(b)", x=[1, 2, 3], w=[1, 2])
    across, back = answer(analysis, "x", "b"), answer(analysis, "a", "x")
    assert across["words"] == "No path leads from x to b: b does not depend on x."
    assert back["words"] == "No path leads from a to x: a is made from x, not x from a."
    assert across["paths"] == back["paths"] == []
    assert (across["path_count"], across["shape"], across["sum"]["value"]) == (0, [2, 3], [[0, 0, 0], [0, 0, 0]])
    assert across["sum"]["latex"] == r"\frac{\partial b}{\partial x} = 0"


def test_what_the_loss_does_not_depend_on_has_paths_too(analysed):
    found = answer(analysed("a = x * 3\nb = x ** 2\nL = sum(b)", x=[1.0, 2.0]), "x", "a")
    assert found["sum"]["value"] == [[3, 0], [0, 3]]


def test_rules_that_send_nothing_back_give_zeros(analysed):
    found = answer(analysed("a = stop_gradient(x) * x\nL = sum(a)", x=[1.0, 2.0]), "x", "L")
    assert sum(numbers(path["value"]) for path in found["paths"]).tolist() == [1, 2]
    assert answer(analysed("a = sign(x)\nL = sum(a * x)", x=[1.0, 2.0]), "x", "a")["sum"]["value"] == [[0, 0], [0, 0]]


def test_from_a_value_to_itself(analysed):
    analysis = analysed("a = x * 2\nL = sum(a)", x=[1, 2])
    found = answer(analysis, "a", "a")
    (path,) = found["paths"]
    assert (path["nodes"], path["edges"], path["latex"]) == (["a"], [], "1")
    assert path["value"] == found["sum"]["value"] == [[1, 0], [0, 1]]
    assert found["words"].startswith("The path from a to itself is empty, so its product is 1")
    assert answer(analysis, "L", "L")["sum"]["value"] == 1


def test_a_constant_is_no_source(analysed):
    analysis = analysed("c = k * 2\nL = sum(x * k * c)", x=[1.0], k=Given([2.0], Kind.CONSTANT))
    with pytest.raises(InputError, match="k is a constant"):
        service.paths(analysis, "k", "L")
    for target in ("k", "c"):
        assert answer(analysis, "x", target)["path_count"] == 0


@pytest.mark.parametrize("wanted", ["nothing", "", "w1 ", "u1.1", "<script>", "\ud800", "q" * 100_000])
def test_what_there_is_not(wanted):
    analysis = example("seed-network")
    for source, target in ((wanted, "MSE"), ("w1", wanted), (wanted, wanted)):
        with pytest.raises(InputError, match="There is no value called") as caught:
            service.paths(analysis, source, target)
        assert len(str(caught.value)) < 100


def test_numbers_that_are_not_finite_go_along(analysed):
    found = answer(analysed("L = sum(log(x)) + sum(x)", x=[0.0, 1.0]), "x", "L")
    assert found["sum"]["value"] == ["Infinity", 2]


def test_what_is_too_large_is_said(analysed):
    analysis = analysed("a = x * 2\nb = a * a\nL = sum(b)", x=[1.0] * 10_001)
    found = answer(analysis, "x", "b")
    assert [path["value"] for path in found["paths"]] == [None, None]
    assert found["sum"]["value"] is None
    assert "10,001 × 10,001 numbers, which is too large" in found["words"]
    found = answer(analysis, "x", "L")
    assert found["sum"]["value"] is None
    assert "It has 10,001 numbers, which is too many" in found["words"]


def doublings(count, step):
    return "\n".join([f"h0 = {step.format('x')}", *(f"h{i + 1} = {step.format(f'h{i}')}" for i in range(count)), f"L = sum(h{count})"])


@pytest.mark.parametrize(
    ("step", "x"), [("{0} * {0}", [1.0] * 10_000), ("{0} @ {0}", np.zeros((100, 100)).tolist()), ("tanh({0} + {0})", [[0.0] * 4] * 4)]
)
def test_very_many_paths_are_counted_and_some_are_listed_in_time(analysed, step, x):
    analysis = analysed(doublings(120, step), x=x)
    start = perf_counter()
    found = service.paths(analysis, "x", "L")
    told = service.paths_told(analysis, found)
    assert perf_counter() - start < 2
    plain = service.paths_answer(found)
    assert (len(plain["paths"]), len(told["paths"]), plain["path_count"]) == (64, 64, 10**15)
    assert "More than 1,000,000,000,000,000 paths" in plain["words"]
    assert "The first 64 are listed." in plain["words"]
    assert len({tuple(path["edges"]) for path in plain["paths"]}) == 64
    assert plain["paths"][0]["latex"].count(r"\cdots") == 1
    np.testing.assert_allclose(numbers(plain["sum"]["value"]), analysis.trace.gradient(0))


def test_what_takes_too_long_is_left_out(analysed):
    analysis = analysed(doublings(60, "{0} @ {0}"), x=np.zeros((100, 100)).tolist())
    found = answer(analysis, "x", "L")
    assert "only the sum has numbers" in found["words"]
    assert all(path["value"] is None for path in found["paths"])


def test_of_a_long_path_the_middle_is_left_out_of_the_line(analysed):
    analysis = analysed(doublings(60, "{0} * 2"), x=[1.0])
    told = service.paths_told(analysis, service.paths(analysis, "x", "L"))
    (path,) = told["paths"]
    assert path["line"].startswith("x → h0 → h1 → ")
    assert "→ … 39 more … →" in path["line"]
    assert len(path["nodes"]) == 63


def test_groups_are_gone_through_as_one(analysed):
    text = "h = x\nfor i in range(3):\n    z = h @ w\n    h = tanh(z) + h\nL = sum(h * h)"
    given = {"x": [[0.1, 0.2]], "w": [[0.5, -0.3], [0.2, 0.4]]}
    opened = analysed(text, **given)
    passes = frozenset(group.id for group in opened.program.groups)
    closed = analysed(text, closed=passes, **given)
    assert len(closed.drawn.cards) < len(opened.drawn.cards)
    for name in ("x", "w"):
        found = answer(closed, name, "L")
        assert found["path_count"] < answer(opened, name, "L")["path_count"]
        total = sum(numbers(path["value"]) for path in found["paths"])
        np.testing.assert_allclose(total, answer(opened, name, "L")["sum"]["value"])
        assert "drawn as one" in found["words"]
    stands = next(card for card in closed.drawn.cards if card.stands_for > 1)
    assert "stands for 2 values; meant is the last" in answer(closed, stands.id, "L")["words"]
    np.testing.assert_allclose(answer(closed, stands.id, "L")["sum"]["value"], closed.trace.gradient(stands.node))


def test_a_picture_of_many_values_says_where_one_is(analysed):
    analysis = analysed(doublings(2000, "{0} * 1.001"), x=[1.0])
    with pytest.raises(InputError, match="h1000 is drawn within h"):
        service.paths(analysis, "h1000", "L")
    cards = [card.id for card in analysis.drawn.cards]
    assert answer(analysis, cards[0], cards[-1])["path_count"] == 1
