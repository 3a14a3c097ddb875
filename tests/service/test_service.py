"""The use cases, without HTTP."""

import json
from collections import Counter

import numpy as np
import pytest

from app import service
from app.engine.language.proof import mended
from app.engine.views import Detail, Kind
from app.errors import InputError, LimitError, UnknownExampleError
from app.examples import gallery
from app.service import Given, Request
from app.settings import Limits


@pytest.mark.parametrize("name", list(gallery()))
@pytest.mark.parametrize("detail", list(Detail))
def test_every_example_answers(name, detail, limits):
    example = service.example(name)
    request = Request(example["program"], {key: Given.of(value) for key, value in example["inputs"].items()}, detail=detail)
    found = service.answer(service.analyse(request, limits))
    assert json.dumps(found, allow_nan=False)
    assert found["notes"] == []
    assert example["title"]
    assert example["summary"]
    assert example["source"]


def test_structure_is_made_once(seed, limits):
    def analyse(b2):
        given = {name: Given(value) for name, value in (seed["inputs"] | {"b2": b2}).items()}
        return service.analyse(Request(seed["program"], given), limits)

    first, second = analyse([0.1]), analyse([0.2])
    assert first.graph is second.graph
    assert first.view is second.view
    assert first.loss != second.loss
    assert analyse([[0.1]]).graph is not first.graph


def test_numbers_come_back_to_the_last_digit(analysed):
    value = 0.1 + 0.2
    found = service.answer(analysed("L = x * 1", x=value))
    assert found["nodes"][0]["value"] == value
    assert json.loads(json.dumps(found))["loss"]["value"] == value


def test_a_missing_input_is_named_at_its_first_use(analysed):
    with pytest.raises(InputError) as caught:
        analysed("a = x + 1\nL = a * w", x=1)
    (fault,) = caught.value.faults
    assert (fault.message, fault.line, fault.column) == ("w has no value.", 2, 9)


@pytest.mark.parametrize(
    ("text", "given", "meant"),
    [
        ("hidden = x * 2\nL = sum(hiden)", {"x": 1}, "hidden"),
        ("hidden = x * 2\nL = sum(hdiden)", {"x": 1}, "hidden"),
        ("L = w * W", {"w": 1}, "w"),
        ("L = w1 * 2", {"W1": 2}, "W1"),
        ("L = w1 * w1", {"W1": 2}, None),
        ("L = sum(hiden)\nhidden = L", {}, None),
        ("a = w_xh * 2\nL = a * w_hx", {"w_xh": 1}, None),
        ("a = gamma1 * 2\nL = a * gamma2", {"gamma1": 1}, None),
        ("L = w * 2", {"w + v": 3}, None),
    ],
)
def test_a_missing_input_may_be_a_slip(analysed, text, given, meant):
    with pytest.raises(InputError) as caught:
        analysed(text, **given)
    (fault,) = caught.value.faults
    assert (fault.repair and fault.repair.text) == meant
    if meant:
        assert meant in fault.hint
        mended_inputs = service.inputs_of(mended(text, fault.repair), Limits())
        assert len(mended_inputs) == 1


def test_limits_are_held():
    with pytest.raises(LimitError) as caught:
        service.picture(service.analyse(Request("a = x\nL = a", {"x": Given(1)}), Limits(cards=2)))
    assert (caught.value.limit, caught.value.value, caught.value.maximum) == ("cards", 3, 2)


def test_selection_falls_back(analysed, seed):
    found = analysed(seed["program"], **seed["inputs"])
    assert service.selected(found, "u3") == "u3"
    assert service.selected(found, "gone") == "w1"
    assert service.selected(analysed("L = x * 2", x=1), None) == "x"


def test_inspection_has_every_digit_and_every_use(analysed):
    found = service.inspect(analysed("a = x / 3\nL = sum(a * a)", x=[1.0, 2.0]), "a")
    assert [cell["exact"] for cell in found["blocks"][0]["rows"][0]] == ["0.3333333333333333", "0.6666666666666666"]
    assert [(use["target"], use["vjp"]) for use in found["uses"]] == [
        ("L", "broadcast_to(g, shape=(2,)) * a"), ("L", "broadcast_to(g, shape=(2,)) * a")
    ]  # fmt: skip
    assert [(use["source"], use["vjp"]) for use in found["made"]] == [("x", "g / 3")]
    assert "<math" in found["formula"]


def test_inspection_of_a_part_and_of_a_constant(analysed):
    opened = analysed("L = sum(x * w)", x=Given([1, 2], Kind.CONSTANT), w=[3, 4], detail=Detail.OPERATIONS)
    part = service.inspect(opened, "L.1")
    assert part["plain"] == "x * w"
    assert len(part["blocks"]) == 2
    constant = service.inspect(opened, "x")
    assert len(constant["blocks"]) == 1
    assert constant["uses"][0]["math"] is None


def test_a_large_tensor_is_inspected_by_its_edges(analysed):
    found = service.inspect(analysed("L = sum(x)", x=np.ones((100, 60)).tolist()), "x")
    assert found["blocks"][0]["complete"] is False
    assert len(found["blocks"][0]["rows"]) == 4


def test_an_unknown_example():
    with pytest.raises(UnknownExampleError):
        service.example("nothing")


@pytest.mark.parametrize("detail", list(Detail))
def test_a_formula_that_nobody_could_read_is_not_written_out(analysed, detail):
    found = service.answer(analysed("L = x" + " ** x" * 120, x=1.01, detail=detail))
    longest = max(len(str(edge["local_derivative"])) for edge in found["edges"])
    assert longest < 60_000
    assert all(np.isfinite(edge["contribution"]) for edge in found["edges"])
    uses = [edge["contribution"] for edge in found["edges"] if edge["source"] == "x"]
    assert sum(uses) == pytest.approx(found["nodes"][0]["gradient"])
    if detail is Detail.STATEMENTS:
        assert any(edge["local_derivative"] is None for edge in found["edges"])


DOUBLED = {
    "a list": "hs = [x]\nfor i in range(60):\n    hs.append(hs[-1] + hs[-1])\ny = hs[-1]",
    "names": "y = x\n" + "y = y * y + y\n" * 60,
    "calls": "def f(x):\n    return x * x + x\ny = x\nfor i in range(40):\n    y = f(f(y))",
    "uses": "y = " + " + ".join(["x"] * 900),
    "axes": "y = x\n" + "y = (y.T @ y)\n" * 30,
}


@pytest.mark.parametrize("detail", list(Detail))
@pytest.mark.parametrize("text", DOUBLED.values(), ids=DOUBLED)
def test_values_that_are_read_often_stay_readable(text, detail, limits):
    request = Request(f"{text}\nloss = mean(y)", {"x": Given([[-0.1, -0.2], [-0.05, -0.3]])}, detail=detail)
    analysis = service.analyse(request, limits)
    assert json.dumps(service.answer(analysis), allow_nan=False)
    drawn = service.picture(analysis)
    uses = Counter((edge.source, edge.target) for edge in drawn.frame.edges)
    assert max(uses.values()) <= 12
    assert service.to_dot(drawn)
    for card in drawn.frame.cards[:20]:
        assert service.inspect(analysis, service.selected(analysis, card.id))
    assert service.verdict(analysis).passed


def test_an_inspected_card_tells_some_uses_and_counts_the_rest(limits):
    analysis = service.analyse(Request("y = " + " + ".join(["x"] * 60), {"x": Given(2.0)}, detail=Detail.OPERATIONS), limits)
    found = service.inspect(analysis, "x")
    assert (len(found["uses"]), found["left"]) == (50, {"uses": 10, "made": 0})
