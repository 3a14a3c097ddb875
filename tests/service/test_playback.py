"""The two passes, step by step: what they show, in which order, with which numbers and words."""

import json
import time
import xml.etree.ElementTree as ET

import numpy as np
import pytest
import table

from app.engine.ops import OPERATIONS
from app.engine.views import Detail, Kind, Shown, view
from app.errors import InputError, LimitError
from app.examples import gallery
from app.explain import notation
from app.explain.derivation.figures import matrix
from app.explain.playback import in_numbers, playback, sentence
from app.service import Given, Request, analyse, picture, steps_answer
from app.service.derive import figure
from app.settings import Limits

EVERY = [pytest.param(name, detail, id=f"{name}-{detail}") for name in gallery() for detail in Detail]


def analysed_example(name, detail=Detail.STATEMENTS, limits=None):
    example = gallery()[name]
    return analyse(
        Request(example.program, {key: Given.of(value) for key, value in example.inputs.items()}, detail=detail), limits or Limits()
    )


@pytest.fixture(params=[item.values for item in EVERY], ids=[item.id for item in EVERY], scope="module")
def example(request):
    analysis = analysed_example(*request.param)
    return analysis, steps_answer(analysis)


def check_order(analysis, answer):
    """Each value and each gradient is shown once, nothing is used before it is there, and all of it is drawn."""
    frame, steps = picture(analysis).frame, answer["steps"]
    cards, edges = {card.id for card in frame.cards}, {edge.id: edge for edge in frame.edges}
    with_gradient = {card.id for card in analysis.drawn.cards if card.node in analysis.graph.gradients}
    assert [step["number"] for step in steps] == list(range(answer["count"]))
    passes = [step["pass"] for step in steps]
    assert passes[0] == "start"
    assert passes == sorted(passes, key=["start", "forward", "backward"].index)
    assert steps[answer["forward"]]["kind"] == "seed"
    assert passes.index("backward") == answer["forward"]
    for part, wanted in (("values", cards), ("gradients", with_gradient)):
        shown = [name for step in steps for name in step["shows"][part]]
        assert sorted(shown) == sorted(wanted)
    there = {"values": set(), "gradients": set()}
    back = []
    for step in steps:
        assert step["node"] is None or step["node"] in cards
        assert {step["from"]} <= cards | {None}
        assert set(step["edges"]) <= set(edges)
        if step["kind"] == "value":
            assert {edges[name].source for name in step["edges"]} <= there["values"]
            assert {edges[name].target for name in step["edges"]} <= {step["node"]}
        if step["kind"] == "contribution":
            edge = edges[step["edge"]]
            assert (edge.source, edge.target) == (step["node"], step["from"])
            assert {edges[name].target for name in step["edges"]} == {step["from"]}
            assert step["from"] in there["gradients"]
            assert step["node"] not in there["gradients"]
            back += step["edges"]
        else:
            assert step["edge"] is None
            assert step["from"] is None
        if step["kind"] == "sum":
            assert set(step["edges"]) <= set(back)
        for part, seen in there.items():
            seen.update(step["shows"][part])
    assert len(back) == len(set(back))


def test_everything_is_shown_once_and_in_order(example):
    check_order(*example)


def test_contributions_add_up_to_gradients(example):
    analysis, answer = example
    graph, edges = analysis.graph, {edge.id: edge for edge in analysis.drawn.edges}
    cards = {card.id: card for card in analysis.drawn.cards}
    arrived = {card.id: [] for card in cards.values() if card.node in graph.gradients}
    arrived[graph.loss.name].append(np.ones(np.shape(analysis.loss)))
    for step in answer["steps"]:
        for name in step["edges"] if step["kind"] == "contribution" else ():
            arrived[edges[name].source].append(analysis.trace.value(graph.contributions[edges[name].use]))
    sums = {step["node"] for step in answer["steps"] if step["kind"] == "sum"}
    assert sums == {name for name, found in arrived.items() if len(found) > 1}
    for name, found in arrived.items():
        np.testing.assert_allclose(
            sum(found, np.zeros(graph.shapes[cards[name].node])), analysis.trace.gradient(cards[name].node), atol=1e-12
        )


def test_formulas_are_readable_and_their_numbers_are_the_traces(example):
    analysis, answer = example
    cards, edges = ({one.id: one for one in found} for found in (analysis.drawn.cards, analysis.drawn.edges))
    for step in answer["steps"]:
        assert (step["latex"] is None) == (step["kind"] == "inputs") or len(step["latex"] or "") == 0
        for latex in (step["latex"], step["filled"]):
            if latex is not None:
                assert "class" not in latex
                ET.fromstring(notation.mathml(latex, display=True))
        if step["filled"] is None:
            continue
        node = cards[step["node"]].node
        if step["kind"] == "contribution":
            node = analysis.graph.contributions[edges[step["edge"]].use]
        elif step["kind"] == "sum":
            node = analysis.graph.gradients[node]
        value = np.asarray(analysis.trace.value(node))
        largest = value.reshape(-1)[np.abs(value).argmax()]
        whole, one = (matrix(np.asarray(number), figure).text for number in (value, largest))
        assert step["filled"].startswith(f"{whole} ") or rf" \approx {one} " in step["filled"]


def test_words_are_sentences(example):
    for step in example[1]["steps"]:
        assert step["words"].endswith(".")
        assert not any(sign in step["words"] for sign in ("None", "{", "}", "  ", ".."))


def test_the_seed_network_takes_17_steps():
    answer = steps_answer(analysed_example("seed-network"), 8)
    steps = answer["steps"]
    assert (answer["count"], answer["forward"]) == (17, 7)
    assert [step["node"] for step in steps] == [
        None, "u1", "u2", "u3", "u4", "u5", "MSE", "MSE", "u5", "u4", "u3", "u2", "w2", "b2", "u1", "w1", "b1",
    ]  # fmt: skip
    assert steps[0]["words"] == "The inputs are given: x, w1, b1, w2, b2 and y. Nothing is calculated yet."
    assert steps[1]["words"] == "u1: the matrix product of x and w1 is taken; then b1 is added to the result. Its shape is (3, 3)."
    assert steps[1]["latex"] == r"u_{1} = x \cdot w_{1} + b_{1}"
    assert steps[6]["words"] == "MSE: the mean of u5 is taken. It comes out as 2.143."
    assert steps[7]["words"] == (
        "The forward pass is done, and the backward pass begins at MSE: "
        "a small change of MSE is a change of MSE of the same size, so ∂MSE/∂MSE = 1."
    )
    assert steps[7]["shows"] == {"values": [], "gradients": ["MSE"]}
    assert steps[8] | {"mathml": None} == {
        "number": 8,
        "pass": "backward",
        "kind": "contribution",
        "node": "u5",
        "edge": "u5-MSE-0",
        "edges": ["u5-MSE-0"],
        "from": "MSE",
        "words": "From MSE back to u5. The mean is over 3 elements of u5, so a small change of one of them counts 1/3 times. "
        "Nothing else comes back to u5: this is its gradient.",
        "latex": r"\frac{\partial \mathrm{MSE}}{\partial u_{5}} = "
        r"\left(\frac{\frac{\partial \mathrm{MSE}}{\partial \mathrm{MSE}}}{3}\right)_{(3\times 1)}",
        "filled": r"\begin{bmatrix}0.3333 \\ 0.3333 \\ 0.3333\end{bmatrix} \approx \left(\frac{1}{3}\right)_{(3\times 1)}",
        "shows": {"values": [], "gradients": ["u5"]},
        "mathml": None,
    }
    assert "5 of the 9 numbers stop here." in steps[14]["words"]
    # Data takes no step of its own.
    assert steps[16]["edges"] == ["b1-u1-0", "x-u1-0"]
    assert steps[16]["words"].endswith("this is its gradient. At the same time x, which is data, gets its gradient.")
    assert [step["number"] for step in steps if step["mathml"]] == [8]
    assert 'data-node="u5"' in steps[8]["mathml"]["formula"]
    assert set(steps[8]["mathml"]) == {"formula", "filled"}


def test_what_is_used_twice_is_added():
    steps = steps_answer(analysed_example("used-twice"))["steps"]
    told = [(step["kind"], step["node"], step["filled"]) for step in steps if step["node"] == "a"]
    assert told == [
        ("contribution", "a", r"18 = 3 \cdot \left(2 \cdot 3\right)"),
        ("contribution", "a", r"-6 = 3 \cdot \left(-2\right)"),
        ("sum", "a", "12 = -6 + 18"),
    ]
    (added,) = (step["words"] for step in steps if step["kind"] == "sum")
    assert added == "a is used twice: what arrives is added. It comes out as 12."


def test_what_the_loss_does_not_depend_on_is_told_at_once(analysed):
    steps = steps_answer(analysed("p = w * 2\nq = p + w\nL = w ** 2", w=3))["steps"]
    seed = next(step for step in steps if step["kind"] == "seed")
    assert seed["words"].endswith("Nothing comes back to p and q: their gradients are 0.")
    assert seed["shows"]["gradients"] == ["p", "q", "L"]
    assert [(step["kind"], step["node"]) for step in steps[-1:]] == [("contribution", "w")]
    steps = steps_answer(analysed("p = w * 2\nL = w ** 2 + w", w=3))["steps"]
    assert steps[-1]["words"] == "w is used 3 times, and 2 of these uses lead to L: what arrives is added. It comes out as 7."


def test_data_alone_takes_steps_of_its_own(analysed):
    steps = steps_answer(analysed("u = exp(x)\nL = sum(u)", x=[1, 2]))["steps"]
    assert [step["node"] for step in steps] == [None, "u", "L", "L", "u", "x"]
    steps = steps_answer(analysed("u = x * w\nL = sum(u * x)", x=[1, 2], w=2))["steps"]
    assert [(step["kind"], step["node"]) for step in steps if step["node"] == "x"] == [("contribution", "x")] * 2 + [("sum", "x")]


def test_a_constant_gets_nothing_back(analysed):
    answer = steps_answer(analysed("L = c * w", c=Given(3, Kind.CONSTANT), w=2))
    assert [step["node"] for step in answer["steps"]] == [None, "L", "L", "w"]
    assert all("c" not in step["shows"]["gradients"] for step in answer["steps"])


def test_of_larger_arrays_one_element_has_numbers(analysed):
    x = np.arange(40.0).reshape(10, 4)
    steps = steps_answer(analysed("u = x @ w + b\nv = u * u\nL = mean(v)", x=x.tolist(), w=[[1], [0], [0], [2]], b=[1]))["steps"]
    row, column = (r"\begin{bmatrix}36 & 37 & 38 & 39\end{bmatrix}", r"\begin{bmatrix}1 \\ 0 \\ 0 \\ 2\end{bmatrix}")
    assert steps[1]["filled"] is not None
    wide = steps_answer(analysed("u = x @ w + b\nL = mean(u)", x=(x * np.ones((10, 4))).tolist(), w=np.eye(4)[:, :2].tolist(), b=1))[
        "steps"
    ]
    assert wide[1]["filled"].startswith(r"u[9, 1] \approx 38 \approx \begin{bmatrix}36 & 37 & 38 & 39\end{bmatrix}")
    assert row in wide[1]["filled"]
    assert column in steps[1]["filled"]


def test_a_minus_before_a_negative_number_stands_before_parentheses(analysed):
    steps = steps_answer(analysed("L = -w", w=-3))["steps"]
    assert steps[1]["filled"] == r"3 = - \left(-3\right)"


LOOP = """h = x * w
for t in range(6):
    a = h * w + t
    h = tanh(a)
L = sum(h * x)
after = L * 2
"""


@pytest.mark.parametrize("most", [150, 10, 6, 3])
@pytest.mark.parametrize("detail", list(Detail))
def test_what_is_put_together_is_told_as_one(most, detail):
    request = Request(LOOP, {"x": Given([1, 2]), "w": Given(0.5)}, loss="L", detail=detail)
    analysis = analyse(request, Limits(cards=most))
    answer = steps_answer(analysis)
    shown = [name for step in answer["steps"] for name in step["shows"]["gradients"]]
    assert sorted(shown) == sorted(card.id for card in analysis.drawn.cards)
    assert [name for step in answer["steps"] for name in step["shows"]["values"]] == [
        card.id for card in sorted(analysis.drawn.cards, key=lambda card: card.expression is not None)
    ]
    told = {edge for step in answer["steps"] for edge in step["edges"]}
    assert told <= {edge.id for edge in analysis.drawn.edges}
    for card in analysis.drawn.cards:
        words = [step["words"] for step in answer["steps"] if step["node"] == card.id and step["kind"] == "value"]
        if card.stands_for > 1:
            assert f"{card.expression}: {card.stands_for} values are calculated" in words[0]
            assert "Shown is the last" in words[0]


def test_uses_that_are_drawn_as_one_edge_are_counted(analysed):
    steps = steps_answer(analysed(f"y = {' + '.join(['w * v'] * 20)}\nL = y * 1", w=2, v=3))["steps"]
    (back,) = (step for step in steps if step["node"] == "w")
    assert back["words"].startswith("From y back to w. y uses w 20 times: what the uses send back is added.")
    assert (back["latex"], back["filled"]) == (None, None)


def test_closed_calls_are_told_as_calls(analysed):
    program = "def f(a):\n    b = a * 2\n    return b ** 2\n\nu = f(w)\nL = sum(u)"
    steps = steps_answer(analysed(program, w=[1, 2]))["steps"]
    assert steps[1]["words"] == "u: f is applied to w. Its shape is (2,)."
    assert any(step["words"].startswith("From u back to w. w goes into f:") for step in steps)
    opened = steps_answer(analysed(program, w=[1, 2], open=frozenset(["f"])))["steps"]
    assert len(opened) > len(steps)


@pytest.mark.parametrize(("name", "sample"), [(op.name, sample) for op in OPERATIONS.values() for sample in op.samples[:3]])
def test_every_operation_is_told(name, sample):
    operation, rng = OPERATIONS[name], np.random.default_rng(3)
    arrays, parameters = table.drawn(operation, sample, rng), table.parameters_of(operation, sample)
    weights = np.ones(np.shape(table.value_of(operation, arrays, parameters)))
    graph = table.graph_of(operation, [np.shape(array) for array in arrays], parameters, weights.shape)
    trace = table.run(graph, dict(zip([*table.NAMES[: len(arrays)], "k"], [*arrays, weights], strict=True)))
    found = playback(graph, view(graph, Shown()), {})
    assert [step.kind for step in found.steps[:4]] == ["inputs", "value", "value", "seed"]
    assert len(found.steps) >= 4 + bool(arrays)
    for step in found.steps:
        words = sentence(step, trace, figure)
        assert words.endswith(".")
        assert not any(sign in words for sign in ("None", "{", "}", "  "))
        for latex in (step.latex, in_numbers(step, found.scribe, trace, figure)):
            if latex is not None:
                ET.fromstring(notation.mathml(latex))


def test_a_step_that_is_not_there():
    analysis = analysed_example("seed-network")
    steps_answer(analysis, 16)
    with pytest.raises(InputError, match="There is no step 17") as caught:
        steps_answer(analysis, 17)
    assert caught.value.faults[0].hint == "There are 17, counted from 0: the last is 16."


def test_more_than_anyone_watches_is_refused():
    many = "\n".join(["h0 = w * 1", *(f"h{i} = h{i - 1} * w" for i in range(1, 700))])
    with pytest.raises(LimitError) as caught:
        steps_answer(analyse(Request(many, {"w": Given(1)}), Limits(cards=5000)))
    assert (caught.value.limit, caught.value.maximum) == ("steps", 1000)
    assert steps_answer(analyse(Request(many, {"w": Given(1)}), Limits()))["count"] < 300


def test_large_graphs_are_told_in_time():
    most = "\n".join(["h0 = w @ w", *(f"h{i} = tanh(h{i - 1} @ w + v) * h{max(0, i - 3)}" for i in range(1, 149)), "L = sum(h148)"])
    given = {"w": Given((np.eye(50) / 2).tolist()), "v": Given([0.1] * 50)}
    for analysis in (analysed_example("rnn", Detail.OPERATIONS), analyse(Request(most, given), Limits())):
        begun = time.perf_counter()
        text = json.dumps(steps_answer(analysis, 0), allow_nan=False)
        assert time.perf_counter() - begun < 3
        assert len(text) < 1_000_000
