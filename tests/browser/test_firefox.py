"""The page in Firefox, where there is one: read, typed, dragged, undone, played and linked."""

import re

import pytest
from browser.firefox import firefox, opened

from tests.browser.test_seed import numpy_network

CELL = '[name="cell:w1:0,0"]'
CONTROL, SHIFT, ESCAPE = "\ue009", "\ue008", "\ue00c"
VALUES = {
    "x": [[1, 2], [-1, 0.5], [0.3, -1.2]], "y": [[1], [0], [-1]], "w1": [[0.5, -1, 0.8], [0.9, 0.25, -0.6]], "b1": [0.1, -0.2, 0.3],
    "w2": [[1.2], [-0.7], [0.4]], "b2": [0.05],
}  # fmt: skip

pytestmark = pytest.mark.skipif(firefox() is None, reason="there is no Firefox")


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    with opened(firefox(), tmp_path_factory.mktemp("firefox")) as found:
        yield found


@pytest.fixture(autouse=True)
def seed_network(page, server):
    page.goto(f"{server}/")
    page.wait_for("document.querySelector('#player .where').textContent === '17 steps'")
    yield
    assert page.errors == []


def loss_of(first):
    """The loss with another first element of w1."""
    w1 = [[first, -1, 0.8], [0.9, 0.25, -0.6]]
    return f"MSE = {numpy_network(VALUES | {'w1': w1})['MSE'][0]:.6g}"


def shows(page, text):
    page.wait_for(f"document.querySelector('#loss').textContent === '{text}'")


def test_numbers_are_typed_and_taken_back(page):
    shows(page, loss_of(0.5))
    page.click(CELL)
    page.press(CONTROL, "a")
    page.type("0.75")
    shows(page, loss_of(0.75))
    page.press(CONTROL, "z")
    shows(page, loss_of(0.5))
    page.press(CONTROL, SHIFT, "z")
    shows(page, loss_of(0.75))
    assert "data=" in page.evaluate("new Promise(done => setTimeout(() => done(location.hash), 500))")


def test_a_number_is_dragged(page):
    x, y = page.middle(CELL)
    moves = [{"type": "pointerMove", "x": x + 3 * step, "y": y, "duration": 16} for step in range(1, 30)]
    page.mouse({"type": "pointerMove", "x": x, "y": y}, {"type": "pointerDown", "button": 0}, *moves, {"type": "pointerUp", "button": 0})
    first = float(page.evaluate(f"document.querySelector('{CELL}').value"))
    assert first > 0.6
    shows(page, loss_of(first))
    assert re.fullmatch(r"Δ \+\S+ · predicted \+\S+", page.text("#moved"))
    page.wait_for("document.querySelectorAll('#graph .delta').length > 4")


def test_both_passes_are_played_from_a_link(page, server):
    page.goto(f"{server}/#step=12")
    page.wait_for("document.querySelector('#player .where').textContent === 'step 12 of 17 · backward'")
    page.wait_for("document.querySelectorAll('#player .math math').length === 2")
    assert page.evaluate("document.querySelectorAll('#graph .veiled').length") == 6
    page.click('[data-go="on"]')
    page.wait_for("document.querySelector('#player .where').textContent === 'step 13 of 17 · backward'")


def test_cards_light_up_and_are_chosen(page):
    x, y = page.middle('#graph [data-node="b2"] .face')
    page.mouse({"type": "pointerMove", "x": x, "y": y})
    page.wait_for("document.querySelectorAll('#graph .edge.lit').length === 4")
    page.mouse({"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0})
    page.wait_for("document.querySelector('#select').value === 'b2'")
    page.wait_for("document.querySelector('#inspector').textContent.includes('1.96')")


def test_the_program_is_mended_by_one_click(page):
    page.evaluate("document.querySelector('#program').focus()")
    page.evaluate("document.querySelector('#program').setSelectionRange(11, 11)")
    page.type(".T")
    page.wait_for("document.querySelector('#problem button') !== null")
    page.click("#problem button")
    page.wait_for("document.querySelector('#problem').childElementCount === 0")
    shows(page, loss_of(0.5))
