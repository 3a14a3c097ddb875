"""Notes: kinks, what is not finite and where it began, dead and saturated units, vanishing and exploding gradients."""

import numpy as np
import pytest
from seed_network import EXAMPLE, PROGRAM, traced

from app.engine.ops import OPERATIONS
from app.engine.views import Detail, Shown, view
from app.explain import notes as told


def notes(text, arrays, detail=Detail.STATEMENTS, **more):
    """The notes of every card that has some, by the card's id."""
    trace = traced(text, arrays, **more)
    found = {card.id: told.notes(trace, card) for card in view(trace.graph, Shown(detail)).cards}
    return {key: value for key, value in found.items() if value}


def test_no_notes_where_nothing_is_to_be_said():
    assert notes(PROGRAM, EXAMPLE) == {}


@pytest.mark.parametrize("call", ["relu(u)", "abs(u)", "maximum(0, u)", "minimum(u, 0)"])
def test_kink_is_told_with_its_places_and_the_convention(call):
    found = notes(f"v = {call}\nloss = sum(v)", {"u": [[1.0, 0.0], [-1.0, 2.0], [0.0, -3.0]]})
    assert list(found) == ["v"]
    (note,) = found["v"]
    convention = OPERATIONS[call.partition("(")[0]].kink.convention
    assert note.kind == "kink"
    assert note.message == f"At [0, 1], [2, 0]: {convention}"
    assert note.where == ((0, 1), (2, 0))


def test_kink_of_a_single_number_is_here():
    (note,) = notes("loss = relu(u)", {"u": 0.0})["loss"]
    assert note.message == "Here: The derivative of relu at 0 is taken as 0."
    assert note.where == ((),)


def test_only_some_places_are_named_and_the_rest_counted():
    (note,) = notes("v = relu(u)\nloss = sum(v)", {"u": np.zeros(8)})["v"]
    assert note.message.startswith("At [0], [1], [2], [3], [4] and 3 more: ")
    assert len(note.where) == 8


def test_tie_of_two_variables_is_a_kink():
    (note,) = notes("v = maximum(a, b)\nloss = sum(v)", {"a": [[1.0, 2.0]], "b": [2.0, 2.0]})["v"]
    assert note.where == ((0, 1),)
    assert "half each" in note.message


def test_kink_inside_a_statement_is_told_on_its_card_and_on_the_operation_itself():
    text, arrays = "loss = sum(relu(u) * 2)", {"u": [0.0, 1.0]}
    assert [note.where for note in notes(text, arrays)["loss"]] == [((0,),)]
    assert list(notes(text, arrays, Detail.OPERATIONS)) == ["loss.1"]


def test_constants_have_no_kink():
    assert notes("v = relu(k)\nloss = sum(v * x)", {"k": [0.0, 1.0], "x": [1.0, 2.0]}, wrt=["x"]) == {}


def test_what_is_not_finite_is_told_for_value_and_gradient_apart():
    found = notes("v = log(u)\nloss = sum(v)", {"u": [1.0, 0.0, -1.0]})
    assert [(note.kind, note.message) for note in found["v"]] == [
        ("nonfinite", "The value is not finite at [1], [2]. It begins here: log of 0 at [1].")
    ]
    assert [note.message for note in found["u"]] == ["The gradient is not finite at [1]. It begins here: 1 divided by 0 at [1]."]
    assert [note.message for note in found["loss"]] == ["The value is not finite here."]


# --- where what is not finite begins


@pytest.mark.parametrize(
    ("program", "arrays", "node", "reason"),
    [
        ("v = log(u)\nloss = sum(v)", {"u": [[1.0, 2.0], [3.0, 4.0], [5.0, 0.0]]}, "v", "log of 0 at [2, 1]"),
        ("v = sqrt(u)\nloss = sum(v)", {"u": [4.0, -4.0]}, "v", "sqrt of −4 at [1]"),
        ("v = a / b\nloss = v", {"a": 1.0, "b": 0.0}, "v", "1 divided by 0"),
        ("v = exp(u)\nloss = sum(v)", {"u": [1.0, 1000.0]}, "v", "exp of 1000 at [1]"),
        ("v = a ** b\nloss = v", {"a": -2.0, "b": 0.5}, "v", "−2 to the power of 0.5"),
        ("v = a * b\nloss = v", {"a": 1e200, "b": 1e200}, "v", "1e+200 times 1e+200"),
        ("v = a @ b\nloss = sum(v)", {"a": [[1e200]], "b": [[1e200]]}, "v", "the result of matmul is too large at [0, 0]"),
    ],
)
def test_reason_is_told_where_it_begins(program, arrays, node, reason):
    (note,) = [one for one in notes(program, arrays)[node] if one.message.startswith("The value")]
    assert note.message.endswith(f"It begins here: {reason}.")


def test_what_follows_is_not_told_as_the_beginning():
    found = notes("a = log(u)\nb = a * 2\nc = exp(b) + b\nloss = sum(c)", {"u": [0.0, 1.0]})
    assert "begins here" in found["a"][0].message
    assert all(
        "begins here" not in note.message for node in ("b", "c", "loss") for note in found[node] if note.message.startswith("The value")
    )


def test_a_gradient_that_is_infinite_is_told_with_its_reason():
    found = notes("v = sqrt(u)\nloss = sum(v)", {"u": [4.0, 0.0]})
    assert [note.message for note in found["u"]] == ["The gradient is not finite at [1]. It begins here: 1 divided by 0 at [1]."]


def test_what_is_not_finite_within_a_statement_is_told():
    (note,) = notes("v = 1 / exp(u)\nloss = v", {"u": 1000.0})["v"]
    assert note.message == "Within it a value is not finite: exp of 1000."


# --- units


def test_dead_units_are_counted_with_their_share():
    found = notes("h = relu(x @ w)\nloss = sum(h)", {"x": [[1.0, 2.0], [3.0, 1.0]], "w": [[1.0, -1.0, -2.0], [1.0, -1.0, 3.0]]})
    (note,) = found["h"]
    assert (note.kind, note.where) == ("dead", ((1,),))
    assert note.message == "1 of 3 units is 0 for every one of the 2 samples ([1]): nothing comes back through them."


@pytest.mark.parametrize("call", ["maximum(0, u)", "maximum(u, 0)", "relu(u)"])
def test_every_way_to_write_relu_is_watched(call):
    assert notes(f"h = {call}\nloss = sum(h)", {"u": [[-1.0, 2.0], [-3.0, 4.0]]})["h"][0].kind == "dead"


def test_a_single_sample_says_nothing_about_a_unit():
    assert notes("h = relu(u)\nloss = sum(h)", {"u": [[-1.0, 2.0]]}) == {}
    assert notes("h = relu(u)\nloss = sum(h)", {"u": [-1.0, 2.0]}) == {}


def test_saturated_units_are_counted():
    found = notes("s = sigmoid(u)\nloss = sum(s)", {"u": [9.0, -12.0, 0.3]})
    assert [(note.kind, note.where) for note in found["s"]] == [("saturated", ((0,), (1,)))]
    assert found["s"][0].message == "2 of 3 values lie where sigmoid is nearly flat: hardly anything comes back there."
    assert notes("s = sigmoid(u)\nloss = sum(s)", {"u": [9.0, 0.1, 0.3]}) == {}


# --- sizes of gradients


def test_vanishing_gradient_is_told_against_the_parameter_nearest_to_the_loss():
    found = notes("h = x * w1\nk = h * 1e-6\nloss = k * w2", {"x": 1.0, "w1": 1.0, "w2": 1.0e2})
    assert [note.kind for note in found.get("w1", [])] == []
    found = notes("h = tanh(x * w1)\nk = h * 0.0001\nloss = k + w2", {"x": 1.0, "w1": 1.0, "w2": 1.0})
    (note,) = found["w1"]
    assert note.kind == "vanishing"
    assert note.message.startswith("This gradient nearly vanishes: element for element, it is ")
    assert note.message.endswith(" times smaller than that of w2.")


def test_exploding_gradient_is_told():
    found = notes("h = x * w1\nk = h * 1e5\nloss = k + w2", {"x": 1.0, "w1": 1.0, "w2": 1.0})
    assert [note.message for note in found["w1"]] == [
        "This gradient explodes: element for element, it is 100,000 times larger than that of w2."
    ]


def test_a_gradient_of_zero_is_not_said_to_vanish():
    assert notes("loss = 0 * w1 + w2", {"w1": 1.0, "w2": 1.0}) == {}


# --- broadcasting


def test_a_row_that_meets_a_column_is_told():
    found = notes("d = p - y\nloss = mean(d ** 2)", {"p": [[1.0], [2.0], [3.0]], "y": [1.0, 2.0, 3.0]})
    assert [(note.kind, note.message) for note in found["d"]] == [
        ("broadcast", "A (3, 1) meets a (3,) here, and both are repeated to (3, 3).")
    ]
    assert notes("d = p - y\nloss = mean(d ** 2)", {"p": [[1.0], [2.0]], "y": [1.0]}) == {}
    assert notes("d = p - b\nloss = mean(d ** 2)", {"p": [[1.0, 2.0], [2.0, 3.0]], "b": [1.0, 1.0]}) == {}
