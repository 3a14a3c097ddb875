"""Numbers that move: scrubbed, undone, answered late or not at all."""

import json
import random
import re

import numpy as np
import pytest
from browser.test_seed import check_all_cards, grid_values, numpy_network, wait_for_loss
from playwright.sync_api import expect

NO_SOCKET = "window.WebSocket = class { addEventListener() {} };"


def loss(page):
    return page.get_by_role("status")


def cell(page, name="w1 row 1 column 1"):
    return page.get_by_role("textbox", name=name, exact=True)


def drag(page, places, name="w1 row 1 column 1"):
    """Drags a cell sideways to one place after the other, in pixels from its middle, and lets it go."""
    box = cell(page, name).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for place in places:
        page.mouse.move(x + place, y)
    page.mouse.up()


@pytest.mark.parametrize("way", ["socket", "fetch"])
def test_two_hundred_moves_end_with_the_numbers_of_numpy(open_page, way):
    page = open_page("/problems")
    if way == "fetch":
        page.context.add_init_script(NO_SOCKET)
    asked, answered = [], []

    def listen(socket):
        socket.on("framesent", lambda text: asked.append(str(text)))
        socket.on("framereceived", lambda text: answered.append(str(text)))

    page.on("websocket", listen)
    page.on("request", lambda request: asked.append(request.post_data) if request.url.endswith("/live") else None)
    page.goto(page.url.replace("/problems", "/"))
    places = random.Random(0)
    drag(page, [places.randint(-240, 240) for _ in range(199)] + [37])
    values = grid_values(page)
    assert values["w1"][0][0] != 0.5
    wait_for_loss(page, values)
    check_all_cards(page, values)
    # The last question is about what stands in the field, and nobody was asked about every pixel while an answer was on its way.
    last = json.loads(asked[-1])
    assert last["request"]["inputs"]["w1"]["value"][0][0] == values["w1"][0][0]
    assert last["id"] <= 201
    if way == "socket":
        found = [json.loads(text) for text in answered]
        assert found[-1]["id"] == last["id"]
        assert [one["id"] for one in found] == sorted(one["id"] for one in found)
        # While the structure stands only cells travel.
        assert ["svg" in one for one in found] == [True] + [False] * (len(found) - 1)
    expect(page.get_by_role("region", name="Numbers: value of w1").get_by_role("cell").first).to_have_attribute(
        "title", str(values["w1"][0][0]).replace("-", "−")
    )


def test_the_change_and_its_prediction_are_told(page):
    before = grid_values(page)
    drag(page, [4, 8, 12, 16, 20, 24])
    after = grid_values(page)
    wait_for_loss(page, after)
    step = after["w1"][0][0] - before["w1"][0][0]
    assert step != 0
    was, now = numpy_network(before), numpy_network(after)
    actual, predicted = now["MSE"][0] - was["MSE"][0], was["w1"][1][0, 0] * step

    def told(text):
        return [float(part.lstrip("Δ≤ +").replace("−", "-")) for part in text.replace("predicted", "").split("·")]

    assert told(page.locator("#moved").inner_text()) == pytest.approx([actual, predicted], rel=6e-3)
    card = page.locator('#graph [data-node="u1"] .delta').text_content()
    largest = np.abs(now["u1"][0] - was["u1"][0]).max()
    assert told(card.replace("(", "·").replace(")", "")) == pytest.approx([largest, largest], rel=6e-3)
    # What does not depend on the number has not moved, and says nothing.
    expect(page.locator('#graph [data-node="b2"] .delta')).to_have_count(0)
    cell(page, "b2 row 1 column 1").fill("1")
    expect(page.locator("#moved")).to_be_empty()
    expect(page.locator("#graph .delta")).to_have_count(0)


def test_the_derivation_follows_while_a_number_is_dragged(page):
    box = cell(page).bounding_box()
    links = page.locator('#derivation [data-part="links"]')
    before = links.inner_text()
    page.mouse.move(box["x"] + 20, box["y"] + 8)
    page.mouse.down()
    for place in range(40):
        page.mouse.move(box["x"] + 20 + 3 * place, box["y"] + 8)
        page.wait_for_timeout(20)
    expect(page.locator("#derivation")).not_to_have_class("stale")
    assert links.inner_text() != before, "it changes before the button is let go"
    page.mouse.up()


def test_a_scrub_is_undone_at_once_and_so_is_everything_else(page):
    page.locator("body").press("Control+z")
    drag(page, [5, 10, 15, 20])
    moved = re.compile(rf"^{float(cell(page).input_value()):g}(\.0*)?$")
    assert not moved.match("0.5")
    page.get_by_label("Role of x").select_option("constant")
    page.get_by_role("radio", name="Operations").check(force=True)
    page.get_by_role("textbox", name="Program").press("Control+End")
    page.keyboard.type("  # a note")
    expect(page.locator("#graph .card")).to_have_count(14)
    expect(page.locator('#graph .card.constant[data-node="x"]')).to_have_count(1)
    page.keyboard.press("Control+z")
    assert "# a note" not in page.get_by_role("textbox", name="Program").input_value()
    page.keyboard.press("Control+z")
    expect(page.get_by_role("radio", name="Statements")).to_be_checked()
    expect(page.locator("#graph .card")).to_have_count(12)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_label("Role of x")).to_have_value("data")
    expect(cell(page)).to_have_value(moved)
    page.get_by_role("button", name="Undo").click()
    expect(cell(page)).to_have_value("0.5")
    expect(loss(page)).to_have_text("MSE = 2.14291")
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()
    for _ in range(4):
        page.keyboard.press("Control+Shift+z")
    expect(page.get_by_role("button", name="Redo")).to_be_disabled()
    expect(page.locator("#graph .card")).to_have_count(14)
    expect(cell(page)).to_have_value(moved)
    wait_for_loss(page, grid_values(page))


def test_an_answer_that_fails_leaves_the_last_picture_and_says_so(open_page):
    page = open_page("/problems")
    page.context.add_init_script(NO_SOCKET)
    page.goto(page.url.replace("/problems", "/"))
    page.route("**/live", lambda route: route.abort())
    drag(page, [5, 10, 15])
    expect(page.get_by_role("alert")).to_contain_text("The server does not answer")
    expect(loss(page)).to_have_text("MSE = 2.14291")
    expect(page.locator("#graph .card")).to_have_count(12)
    page.unroute("**/live")
    drag(page, [5, 10, 15])
    expect(page.get_by_role("alert")).to_be_empty()
    wait_for_loss(page, grid_values(page))


def test_a_late_answer_is_not_painted_over_a_newer_one(open_page):
    page = open_page("/problems")
    page.context.add_init_script(NO_SOCKET)
    page.goto(page.url.replace("/problems", "/"))
    ids = []

    def slow(route):
        ids.append(json.loads(route.request.post_data)["id"])
        if len(ids) == 1:
            page.wait_for_timeout(400)
        route.continue_()

    page.route("**/live", slow)
    for text in ("1", "2", "3", "4"):
        cell(page).fill(text)
    wait_for_loss(page, grid_values(page))
    assert ids == sorted(ids)
    assert len(ids) <= 4
    page.wait_for_timeout(600)
    wait_for_loss(page, grid_values(page))
    check_all_cards(page, grid_values(page))


def test_a_server_that_is_too_busy_is_asked_again(open_page):
    page = open_page("/problems")
    page.context.add_init_script(NO_SOCKET)
    refused = []

    def refuse(route):
        if len(refused) < 2:
            refused.append(route.request.post_data)
            problem = {"type": "/problems#busy", "title": "The server is busy", "status": 503, "detail": "Ask again in 1 s."}
            route.fulfill(status=503, content_type="application/problem+json", body=json.dumps(problem))
        else:
            route.continue_()

    page.route("**/live", refuse)
    page.goto(page.url.replace("/problems", "/"))
    cell(page).fill("0.75")
    wait_for_loss(page, grid_values(page))
    assert len(refused) == 2
