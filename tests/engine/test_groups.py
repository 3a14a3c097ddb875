"""Groups: calls that open into their parts, passes of loops, and programs too large to be read at once."""

import numpy as np
import pytest
from seed_network import traced

from app.engine.views import Detail, Shown, view

LAYER = "def layer(x, w):\n    z = x @ w\n    return relu(z)\n"
X, W = np.linspace(-1, 1, 6).reshape(3, 2), np.array([[1.0, -2.0], [0.5, 1.0]])


def shown(text, arrays, *, opened=(), closed=(), detail=Detail.STATEMENTS, most=None):
    return view(traced(text, arrays).graph, Shown(detail, frozenset(opened), frozenset(closed), most))


def ids(found):
    return [card.id for card in found.cards]


def edges(found):
    return {(edge.source, edge.target) for edge in found.edges}


def boxes(found):
    return [(box.id, box.parent) for box in found.boxes]


def of(found, name):
    return next(card for card in found.cards if card.id == name)


# --- calls


def test_a_call_is_folded_into_the_statement_that_makes_it():
    found = shown(LAYER + "h = layer(x, w)\nloss = sum(h)", {"x": X, "w": W})
    assert ids(found) == ["x", "w", "h", "loss"]
    assert boxes(found) == []
    assert of(found, "h").opens == ("layer",)
    assert of(found, "h").expression == "layer(x, w)"
    (call,) = found.calls.values()
    assert (call.name, len(call.args)) == ("layer", 2)


def test_a_call_opens_into_its_parts():
    found = shown(LAYER + "h = layer(x, w)\nloss = sum(h)", {"x": X, "w": W}, opened=["layer"])
    assert ids(found) == ["x", "w", "layer.z", "h", "loss"]
    assert boxes(found) == [("layer", None)]
    assert [card.group for card in found.cards] == [None, None, "layer", "layer", None]
    assert {("x", "layer.z"), ("w", "layer.z"), ("layer.z", "h"), ("h", "loss")} == edges(found)
    assert of(found, "h").expression == "relu(layer.z)"
    assert found.calls == {}


def test_what_a_call_returns_has_its_name_where_nothing_else_names_it():
    found = shown(LAYER + "loss = sum(2 * layer(x, w))", {"x": X, "w": W}, opened=["layer"])
    assert ids(found) == ["x", "w", "layer.z", "layer", "loss"]
    assert of(found, "loss").group is None


def test_a_value_that_several_open_parts_share_is_a_card_of_its_own():
    text = "def spread(a):\n    low = min(a)\n    high = max(a)\n    return high - low\nloss = spread(x * 2)"
    assert ids(shown(text, {"x": [1.0, 2.0]})) == ["x", "loss"]
    found = shown(text, {"x": [1.0, 2.0]}, opened=["spread"])
    assert ids(found) == ["x", "spread.low.1", "spread.low", "spread.high", "loss"]
    shared = of(found, "spread.low.1")
    assert (shared.name, shared.expression) == (None, "x * 2")
    assert ("spread.low.1", "spread.high") in edges(found)
    assert ("x", "spread.high") not in edges(found)


def test_calls_within_calls_open_one_after_the_other():
    text = LAYER + "def two(x, w):\n    a = layer(x, w)\n    return layer(a, w)\nh = two(x, w)\nloss = sum(h)"
    arrays = {"x": X, "w": W}
    assert of(shown(text, arrays), "h").opens == ("two",)
    assert ids(shown(text, arrays, opened=["two.layer"])) == ["x", "w", "h", "loss"], "its own call is closed"
    found = shown(text, arrays, opened=["two"])
    assert ids(found) == ["x", "w", "two.a", "h", "loss"]
    assert of(found, "two.a").opens == ("two.layer",)
    found = shown(text, arrays, opened=["two", "two.layer"])
    assert ids(found) == ["x", "w", "two.layer.z", "two.a", "h", "loss"]
    assert boxes(found) == [("two", None), ("two.layer", "two")]
    assert of(found, "two.a").group == "two.layer"


def test_each_call_is_a_group_of_its_own():
    text = LAYER + "h = layer(x, w)\nk = layer(h, w)\nloss = sum(k)"
    found = shown(text, {"x": X, "w": W}, opened=["layer__2"])
    assert ids(found) == ["x", "w", "h", "layer__2.z", "k", "loss"]


def test_operations_stand_open_unless_they_are_closed():
    text = LAYER + "h = layer(x, w)\nloss = sum(h)"
    found = shown(text, {"x": X, "w": W}, detail=Detail.OPERATIONS)
    assert ids(found) == ["x", "w", "layer.z", "h", "loss"]
    assert boxes(found) == [("layer", None)]
    found = shown(text, {"x": X, "w": W}, detail=Detail.OPERATIONS, closed=["layer"])
    assert ids(found) == ["x", "w", "h", "loss"]
    assert of(found, "h").opens == ("layer",)


@pytest.mark.parametrize("detail", list(Detail))
@pytest.mark.parametrize("opened", [[], ["attention"], ["mse"], ["attention", "mse"]])
def test_contributions_of_all_edges_sum_to_the_gradient_whatever_stands_open(detail, opened):
    rng = np.random.default_rng(3)
    text = "q = x @ a\nout = attention(q, x @ b, x)\nloss = mse(out, y)"
    trace = traced(text, {"x": rng.normal(size=(4, 3)), "a": rng.normal(size=(3, 3)), "b": rng.normal(size=(3, 3)), "y": np.ones((4, 3))})
    found = view(trace.graph, Shown(detail, frozenset(opened)))
    for card in found.cards:
        uses = [edge.use for edge in found.edges if edge.source == card.id]
        if uses and card.node in trace.graph.gradients:
            total = sum(trace.value(trace.graph.contributions[use]) for use in uses if use in trace.graph.contributions)
            np.testing.assert_allclose(trace.gradient(card.node), total, rtol=1e-12, atol=1e-12, err_msg=card.id)


# --- passes of loops

LOOP = "h = x\nfor t in range(3):\n    u = h * w\n    h = tanh(u)\nloss = sum(h)"


def test_passes_of_a_loop_stand_open():
    found = shown(LOOP, {"x": [0.5, 1.0], "w": 2.0})
    assert ids(found) == ["x", "h", "w", "u", "h__2", "u__2", "h__3", "u__3", "h__4", "loss"]
    assert boxes(found) == [("t=0", None), ("t=1", None), ("t=2", None)]
    assert of(found, "u__2").group == "t=1"


def test_a_closed_pass_is_shown_by_its_last_value():
    found = shown(LOOP, {"x": [0.5, 1.0], "w": 2.0}, closed=["t=1"])
    assert "u__2" not in ids(found)
    card = of(found, "t=1")
    assert (card.name, card.expression, card.stands_for, card.opens) == ("h__3", "t = 1", 2, ("t=1",))
    assert ("h__2", "t=1") in edges(found)
    assert ("t=1", "u__3") in edges(found)
    assert ("w", "t=1") in edges(found)
    assert all(edge.bundled for edge in found.edges if edge.target == "t=1")


def test_loops_within_loops_are_closed_as_one():
    text = "h = x\nfor i in range(2):\n    for j in range(2):\n        h = h * w\n        h = tanh(h)\nloss = sum(h)"
    found = shown(text, {"x": [1.0], "w": 2.0}, closed=["i=0"])
    assert of(found, "i=0").stands_for == 4
    assert [box for box, _ in boxes(found)] == ["i=1", "j=0__2", "j=1__2"]


# --- more than can be read


def chain(count):
    return "\n".join(["h0 = x * w", *(f"h{i} = tanh(h{i - 1}) * w" for i in range(1, count)), f"loss = sum(h{count - 1})"])


def test_many_lines_are_put_together_and_can_be_opened():
    arrays = {"x": [1.0, 2.0], "w": 0.5}
    assert len(shown(chain(100), arrays, most=150).cards) == 103
    found = shown(chain(400), arrays, most=100)
    assert len(found.cards) <= 100
    runs = [card for card in found.cards if card.stands_for > 1]
    assert sum(card.stands_for for card in runs) + sum(card.stands_for == 1 for card in found.cards) == 403
    assert runs[0].id == f"h0…{runs[0].name}"
    assert runs[0].opens == (runs[0].id,)
    opened = shown(chain(400), arrays, most=100, opened=[runs[0].id])
    assert {"h0", "h1", runs[0].name} <= set(ids(opened))
    assert runs[0].id not in ids(opened)
    assert runs[1].id in ids(opened)


def test_runs_of_very_many_lines_open_into_runs():
    arrays = {"x": [1.0, 2.0], "w": 0.5}
    found = shown(chain(3000), arrays, most=100)
    first = next(card for card in found.cards if card.stands_for > 1)
    assert first.stands_for > 60
    opened = shown(chain(3000), arrays, most=100, opened=[first.id])
    assert len(opened.cards) <= 100
    inner = [card for card in opened.cards if card.stands_for > 1 and card.id.startswith("h0…")]
    assert len(inner) == 1
    assert inner[0].stands_for < first.stands_for


def test_calls_and_passes_are_closed_before_lines_are_put_together():
    text = "h = x\nfor t in range(30):\n    a = h * w\n    b = a + 1\n    h = tanh(b)\nloss = sum(h)"
    found = shown(text, {"x": [1.0], "w": 2.0}, most=60)
    assert [card.id for card in found.cards if card.stands_for > 1] == [f"t={i}" for i in range(30)]
    assert len(found.cards) <= 60


def test_inputs_that_one_run_alone_reads_go_with_it():
    text = "\n".join([f"h{i} = {'x' if i == 0 else f'h{i - 1}'} * w{i}" for i in range(60)] + ["loss = sum(h59)"])
    found = shown(text, {"x": [1.0], **{f"w{i}": 1.0 for i in range(60)}}, most=50)
    assert len(found.cards) <= 50
    assert not any(name.startswith("w") and "…" not in name for name in ids(found))
    assert sum(card.stands_for for card in found.cards) == 122
