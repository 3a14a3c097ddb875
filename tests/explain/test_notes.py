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
    (note,) = notes("v = maximum(a, b)\nloss = sum(v)", {"a": [1.0, 2.0], "b": [[2.0], [3.0]]})["v"]
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
    assert [(note.kind, note.message) for note in found["v"]] == [("nonfinite", "The value is not finite at [1], [2]. It begins here: log of 0 at [1].")]
    assert [note.message for note in found["u"]] == ["The gradient is not finite at [1]. It begins here: 1 divided by 0 at [1]."]
    assert [note.message for note in found["loss"]] == ["The value is not finite here."]


