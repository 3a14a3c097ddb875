"""What has changed since one number was another, against two runs."""

import numpy as np
import pytest

from app import service
from app.engine.views import Kind
from app.errors import InputError
from app.examples import gallery
from app.service import Given, Request, Since
from app.settings import Limits


def example(name, role=None):
    given = {key: Given.of(value) for key, value in gallery()[name].inputs.items()}
    if role:
        given["w1"] = Given(given["w1"].value, role)
    return service.analyse(Request(gallery()[name].program, given), Limits())


def number(text):
    return float(text.lstrip("≤ +").replace("−", "-"))


@pytest.mark.parametrize("name", list(gallery()))
def test_every_input_of_the_gallery(name):
    analysis = example(name)
    for item in analysis.graph.program.inputs:
        array = np.asarray(analysis.trace.value(item.node))
        place = (0,) * array.ndim
        now = float(array[place])
        before = service.analyse(changed(analysis, item.name, place, now - 0.01), Limits())
        found = service.moved(analysis, Since(item.name, place, now - 0.01))
        for card in analysis.drawn.cards:
            with np.errstate(invalid="ignore"):
                change = np.asarray(analysis.trace.value(card.node)) - np.asarray(before.trace.value(card.node))
            assert (card.id in found.cards) == bool(change.any()), card.id
            if change.any() and np.isfinite(change).all():
                largest = np.abs(change).max() if change.size > 1 else float(change.reshape(()))
                # Three digits are told, of the smallest two.
                assert number(found.cards[card.id][0]) == pytest.approx(largest, rel=0.06)
        gradient = before.trace.gradient(item.node)
        if gradient is not None:
            assert number(found.loss[1]) == pytest.approx(float(gradient[place]) * 0.01, rel=0.06, abs=1e-300)


def changed(analysis, name, place, value):
    """The request again with one number changed."""
    given = {}
    for item in analysis.graph.program.inputs:
        array = np.array(analysis.trace.value(item.node))
        if item.name == name:
            array[place] = value
        given[item.name] = Given(array.tolist(), dict(analysis.roles)[item.name])
    return Request(analysis.program.text, given)


def test_of_a_constant_nothing_is_predicted_but_the_change_is_told():
    found = service.moved(example("seed-network", Kind.CONSTANT), Since("w1", (0, 0), 0.4))
    assert number(found.loss[0]) > 0
    assert found.loss[1] == ""


def test_what_is_not_there():
    analysis = example("seed-network")
    assert service.moved(analysis, Since("nothing", (), 0.0)) is None
    assert service.moved_answer(None) is None
    with pytest.raises(InputError):
        service.moved(analysis, Since("w1", (9, 9), 0.0))
    assert service.moved(analysis, Since("w1", (0, 0), 0.5)).cards == {}
