"""The picture in its frame: moved, zoomed, fitted and searched, by mouse, fingers and keys."""

import json
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser.waiting import until
from playwright.sync_api import expect

from app.examples import gallery

SETTLED = """() => {
    const svg = document.querySelector("#graph .graph");
    const now = svg.getAttribute("viewBox");
    const still = window.seenLast === now && document.getAnimations().length === 0;
    window.seenLast = now;
    return still;
}"""


def canvas(page):
    return page.get_by_role("group", name="Picture: arrows move it")


def view(page):
    """What is seen once nothing moves any more: x, y, width and height in units of the picture."""
    page.evaluate("window.seenLast = null")
    until(page, SETTLED)
    return [float(number) for number in canvas(page).locator(".graph").get_attribute("viewBox").split()]


def place(page, node):
    view(page)
    return page.locator(f'#graph [data-node="{node}"] .bar').bounding_box()


def inside(page, node):
    """Whether all of a card stands within the canvas."""
    view(page)
    box, card = page.locator("#graph").bounding_box(), page.locator(f'#graph [data-node="{node}"]').bounding_box()
    return (
        card["x"] >= box["x"] and card["y"] >= box["y"]
        and card["x"] + card["width"] <= box["x"] + box["width"] and card["y"] + card["height"] <= box["y"] + box["height"]
    )  # fmt: skip


def whole(page):
    nodes = page.locator("#graph [data-node]").evaluate_all("cards => cards.map(card => card.dataset.node)")
    return all(inside(page, node) for node in nodes)


def middle(locator):
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def press(page, key, times=1):
    for _ in range(times):
        page.keyboard.press(key)


def minimap(page):
    return page.locator(".minimap")


# --- moved


@pytest.mark.parametrize("held", ["paper", "card"])
def test_a_drag_moves_the_picture_and_is_no_click(page, held):
    select = page.get_by_label("Selected", exact=True)
    chosen = select.input_value()
    before = place(page, "u4")
    if held == "card":
        x, y = middle(page.locator('#graph [data-node="u4"]'))
    else:
        box = page.locator("#graph").bounding_box()
        x, y = box["x"] + 6, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 30, y - 20, steps=4)
    page.mouse.move(x + 90, y - 50, steps=4)
    page.mouse.up()
    after = place(page, "u4")
    assert (after["x"] - before["x"], after["y"] - before["y"]) == pytest.approx((90, -50), abs=1)
    assert select.input_value() == chosen
    page.locator('#graph [data-node="u4"]').click()
    expect(select).to_have_value("u4")


def test_a_trembling_click_is_a_click(page):
    before = view(page)
    x, y = middle(page.locator('#graph [data-node="u4"]'))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 2, y + 2)
    page.mouse.up()
    expect(page.get_by_label("Selected", exact=True)).to_have_value("u4")
    assert view(page) == before


def test_arrows_move_the_picture_when_the_canvas_has_the_focus(page):
    before = place(page, "u4")
    canvas(page).focus()
    press(page, "ArrowRight", 2)
    press(page, "ArrowDown")
    after = place(page, "u4")
    assert (after["x"] - before["x"], after["y"] - before["y"]) == pytest.approx((-120, -60), abs=1)


def test_the_picture_is_never_lost(page):
    canvas(page).focus()
    for key in ("ArrowRight", "ArrowDown"):
        press(page, key, 60)
    box = page.locator("#graph").bounding_box()
    x, _, width, _ = view(page)
    natural = page.locator(".minimap").evaluate("map => map.viewBox.baseVal.width + map.viewBox.baseVal.x")
    assert 10 < (natural - x) * box["width"] / width < 100
    press(page, "-", 40)
    assert view(page)[2] < 10 * natural


def test_two_fingers_on_a_trackpad_move_the_picture(page):
    before = place(page, "u4")
    page.mouse.move(*middle(page.locator("#graph")))
    page.evaluate("window.scrolled = new WheelEvent('wheel', {deltaX: 12, deltaY: 8, bubbles: true, cancelable: true})")
    page.locator("#graph .graph").evaluate("svg => svg.dispatchEvent(window.scrolled)")
    after = place(page, "u4")
    assert (after["x"] - before["x"], after["y"] - before["y"]) == pytest.approx((-12, -8), abs=1)


# --- zoomed


def test_the_wheel_zooms_around_the_pointer(page):
    x, y = middle(page.locator('#graph [data-node="u4"]'))
    before, bar = view(page), place(page, "u4")
    page.mouse.move(x, y)
    page.mouse.wheel(0, -300)
    after, larger = view(page), place(page, "u4")
    factor = before[2] / after[2]
    assert factor > 1.15
    assert larger["height"] == pytest.approx(bar["height"] * factor, rel=0.02)
    assert larger["x"] - x == pytest.approx((bar["x"] - x) * factor, abs=1)
    assert larger["y"] - y == pytest.approx((bar["y"] - y) * factor, abs=1)


def test_a_pinch_on_a_trackpad_zooms(page):
    before = view(page)
    page.evaluate("window.pinched = new WheelEvent('wheel', {deltaY: -6, ctrlKey: true, bubbles: true, cancelable: true})")
    page.locator("#graph .graph").evaluate("svg => svg.dispatchEvent(window.pinched)")
    assert view(page)[2] < before[2]


def test_keys_zoom_and_fit(page):
    start = view(page)
    canvas(page).focus()
    press(page, "+")
    near = view(page)
    assert near[2] == pytest.approx(start[2] / 1.3, rel=0.01)
    press(page, "-", 2)
    assert view(page)[2] == pytest.approx(start[2] * 1.3, rel=0.01)
    press(page, "ArrowLeft", 3)
    press(page, "0")
    assert view(page) == pytest.approx(start, abs=0.5)


def test_keys_zoom_around_the_card_that_has_the_focus(page):
    card = page.locator('#graph [data-node="u5"]')
    card.focus()
    before, x = view(page), middle(card)
    press(page, "+")
    assert view(page)[2] < before[2]
    assert middle(card) == pytest.approx(x, abs=1.5)
    expect(card).to_be_focused()


def test_plus_opens_a_card_that_can_be_opened(open_page):
    page = open_page("/?example=seed-code")
    page.locator('#graph [data-node="loss"]').focus()
    press(page, "+")
    expect(page.locator('#graph [data-node="mse.sq"]')).to_be_visible()


def test_buttons_zoom_and_fit(page):
    start = view(page)
    page.get_by_role("button", name="Zoom in").click()
    page.get_by_role("button", name="Zoom in").click()
    near = view(page)
    assert near[2] < start[2] / 1.5
    page.get_by_role("button", name="Zoom out").click()
    assert view(page)[2] > near[2]
    page.get_by_role("button", name="Fit").click()
    assert view(page) == pytest.approx(start, abs=0.5)
    assert whole(page)


@pytest.mark.parametrize("button", ["Find a value", "Zoom out", "Zoom in", "Fit"])
def test_buttons_are_large_enough(page, button):
    box = page.get_by_role("button", name=button).bounding_box()
    assert min(box["width"], box["height"]) >= 24


def test_two_fingers_pinch_and_one_scrolls_the_page(open_page):
    page = open_page("/", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    before, (x, y) = view(page), middle(page.locator("#graph"))
    wire = page.context.new_cdp_session(page)

    def touch(kind, *points):
        wire.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y, "id": n} for n, (x, y) in enumerate(points)]})

    touch("touchStart", (x - 40, y), (x + 40, y))
    for apart in (50, 60, 70, 80):
        touch("touchMove", (x - apart, y), (x + apart, y))
    touch("touchEnd")
    pinched = view(page)
    assert pinched[2] == pytest.approx(before[2] / 2, rel=0.05)
    assert pinched[0] + pinched[2] / 2 == pytest.approx(before[0] + before[2] / 2, abs=2)
    assert page.evaluate("visualViewport.scale") == 1
    touch("touchStart", (x - 40, y), (x + 40, y))
    touch("touchMove", (x - 10, y + 20), (x + 70, y + 20))
    touch("touchEnd")
    moved = view(page)
    assert (pinched[0] - moved[0]) * page.locator("#graph").bounding_box()["width"] / moved[2] == pytest.approx(30, abs=2)
    assert page.evaluate("scrollY") == 0
    touch("touchStart", (x, y))
    for step in range(1, 9):
        touch("touchMove", (x, y - 20 * step))
    touch("touchEnd")
    until(page, "scrollY > 40")
    assert view(page) == moved


# --- fitted


def test_at_first_all_is_seen(page):
    assert whole(page)
    expect(minimap(page)).to_be_hidden()


def test_a_resized_canvas_stays_fitted_or_keeps_its_middle(page):
    page.set_viewport_size({"width": 1280, "height": 760})
    page.wait_for_timeout(100)
    assert whole(page)
    page.get_by_role("button", name="Zoom in").click()
    x, y, width, height = view(page)
    page.set_viewport_size({"width": 1400, "height": 880})
    page.wait_for_timeout(100)
    after = view(page)
    assert (after[0] + after[2] / 2, after[1] + after[3] / 2) == pytest.approx((x + width / 2, y + height / 2), abs=0.5)
    assert after[2] > width
    page.get_by_role("button", name="Fit").click()
    page.set_viewport_size({"width": 1300, "height": 700})
    page.wait_for_timeout(100)
    assert whole(page)


def test_on_a_narrow_screen_the_chain_begins_legibly(open_page):
    for example in ("seed-network", "attention"):
        page = open_page(f"/?example={example}", viewport={"width": 390, "height": 844})
        view(page)
        heights = page.locator("#graph .cell text").evaluate_all(
            "texts => texts.map(text => parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().d)"
        )
        assert min(heights) >= 8.95
        assert inside(page, "x")
        page.get_by_role("button", name="Fit").click()
        assert whole(page)


def test_tools_cover_no_card_of_a_fitted_picture(open_page):
    for example in gallery():
        page = open_page(f"/?example={example}")
        view(page)
        tools = page.get_by_role("group", name="View of the picture").bounding_box()
        for card in page.locator("#graph [data-node]").all():
            box = card.bounding_box()
            assert box["x"] + box["width"] <= tools["x"] or box["y"] + box["height"] <= tools["y"], example
        page.close()


def test_the_view_stays_while_numbers_change_and_fits_another_structure(page):
    page.get_by_role("button", name="Zoom in").click()
    before = view(page)
    page.get_by_role("textbox", name="b2 row 1 column 1").fill("3")
    expect(page.locator('#graph [data-node="b2"] [data-part="value"] [data-cell="0"]')).to_have_text("3")
    assert view(page) == before
    page.get_by_role("radio", name="Operations").check(force=True)
    expect(page.locator('#graph [data-node="u1.1"]')).to_be_visible()
    assert whole(page)


def test_nothing_throws_where_there_is_no_picture(page):
    page.get_by_role("textbox", name="Program").fill("u1 = x @")
    expect(page.get_by_role("alert")).to_contain_text("line 1")
    page.evaluate("document.getElementById('state').submit()")
    page.wait_for_load_state()
    expect(page.locator("#graph .empty")).to_be_visible()
    expect(page.get_by_role("button", name="Fit")).to_be_hidden()
    expect(minimap(page)).to_be_hidden()
    canvas(page).focus()
    for key in ("ArrowLeft", "+", "-", "0", "/"):
        press(page, key)
    page.mouse.move(*middle(page.locator("#graph")))
    page.mouse.wheel(0, -100)
    expect(page.get_by_role("combobox", name="Find a value")).to_be_hidden()


def test_without_scripts_there_are_no_tools(open_page):
    page = open_page("/", java_script_enabled=False)
    expect(page.get_by_role("button", name="Fit")).to_be_hidden()
    expect(minimap(page)).to_be_hidden()
    expect(page.locator("#graph .graph")).to_be_visible()


# --- the map


def test_the_map_appears_and_moves_the_view(page):
    expect(minimap(page)).to_be_hidden()
    canvas(page).focus()
    press(page, "+", 3)
    expect(minimap(page)).to_be_visible()
    expect(minimap(page).locator("g rect")).to_have_count(12)
    expect(minimap(page).locator("g .parameter")).to_have_count(4)
    before, box = view(page), minimap(page).bounding_box()
    page.mouse.click(box["x"] + 4, box["y"] + 4)
    corner = view(page)
    assert corner[0] < before[0]
    assert corner[1] < before[1]
    page.mouse.move(box["x"] + 10, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + 50, box["y"] + 40, steps=5)
    page.mouse.up()
    assert view(page)[0] > corner[0]
    assert view(page)[1] > corner[1]
    expect(canvas(page)).to_be_focused()
    press(page, "0")
    expect(minimap(page)).to_be_hidden()


def test_a_card_that_gets_the_focus_by_keyboard_comes_into_view(page):
    canvas(page).focus()
    press(page, "+", 2)
    press(page, "ArrowDown", 12)
    view(page)
    page.keyboard.press("Tab")
    focused = page.evaluate("document.activeElement.dataset.node")
    assert focused
    assert inside(page, focused)


# --- found


def test_a_value_is_found_with_the_keyboard_alone(page):
    canvas(page).focus()
    press(page, "+", 3)
    press(page, "ArrowDown", 9)
    assert not inside(page, "u2")
    page.keyboard.press("/")
    field = page.get_by_role("combobox", name="Find a value")
    expect(field).to_be_focused()
    options = page.get_by_role("listbox", name="Values").get_by_role("option")
    expect(options).to_have_count(12)
    page.keyboard.type("u")
    expect(options.first).to_have_text("u1 = x @ w1 + b1")
    expect(options.nth(4)).to_have_text("u5 = u4 ** 2")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(options.nth(2)).to_have_attribute("aria-selected", "true")
    assert field.get_attribute("aria-activedescendant") == options.nth(2).get_attribute("id")
    found = Axe().run(page).response["violations"]
    assert [item["id"] for item in found] == []
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(field).to_be_hidden()
    expect(page.get_by_label("Selected", exact=True)).to_have_value("u2")
    expect(page.locator('#graph [data-node="u2"]')).to_be_focused()
    assert inside(page, "u2")


def test_names_that_begin_with_the_text_come_first(page):
    page.get_by_role("button", name="Find a value").click()
    page.get_by_role("combobox", name="Find a value").fill("W")
    options = page.get_by_role("listbox", name="Values").get_by_role("option")
    expect(options).to_have_text(["w1", "w2", re.compile("^u1 = x @ w1"), re.compile("^u3 = ")])
    options.nth(1).click()
    expect(page.get_by_label("Selected", exact=True)).to_have_value("w2")


def test_escape_gives_the_focus_back(page):
    button = page.get_by_role("button", name="Zoom in")
    button.focus()
    page.keyboard.press("/")
    field = page.get_by_role("combobox", name="Find a value")
    page.keyboard.type("nothing like it")
    expect(page.get_by_text("No value is called so.")).to_be_visible()
    page.keyboard.press("Enter")
    expect(field).to_be_visible()
    page.keyboard.press("Escape")
    expect(field).to_be_hidden()
    expect(button).to_be_focused()


def test_a_slash_in_a_field_is_a_slash(page):
    program = page.get_by_role("textbox", name="Program")
    program.focus()
    page.keyboard.press("End")
    page.keyboard.type("/")
    expect(page.get_by_role("combobox", name="Find a value")).to_be_hidden()
    assert "/" in program.input_value()


# --- from one picture to the next


def test_cards_move_to_their_new_places(page):
    view(page)
    page.evaluate(
        """() => new MutationObserver(() => window.moving ??= document.getAnimations().filter(one => one.effect.target.matches?.(".card"))
            .map(one => [one.effect.target.dataset.node, ...Object.keys(one.effect.getKeyframes()[0])]))
            .observe(document.getElementById("graph"), {childList: true})"""
    )
    page.get_by_role("radio", name="Operations").check(force=True)
    until(page, "window.moving")
    moving = page.evaluate("window.moving")
    assert any(node == "u3" and "transform" in keys for node, *keys in moving)
    assert any(node == "u1.1" and "opacity" in keys for node, *keys in moving)
    view(page)
    assert page.evaluate("document.getAnimations().length") == 0


def test_cards_come_from_where_they_stood_on_the_screen(page):
    view(page)
    page.evaluate(
        """() => {
            const corner = () => document.querySelector('#graph [data-node="MSE"] .bar').getBoundingClientRect();
            window.before = corner();
            new MutationObserver(() => {
                for (const one of document.getAnimations()) { one.pause(); one.currentTime = 0; }
                window.after ??= corner();
                for (const one of document.getAnimations()) one.finish();
            }).observe(document.getElementById("graph"), {childList: true});
        }"""
    )
    page.get_by_role("radio", name="Operations").check(force=True)
    until(page, "window.after")
    before, after = page.evaluate("[window.before.x, window.before.y]"), page.evaluate("[window.after.x, window.after.y]")
    assert after == pytest.approx(before, abs=1)
    assert list(place(page, "MSE").values())[:2] != pytest.approx(before, abs=1)


def test_a_movement_that_is_interrupted_goes_on_from_where_it_is(page):
    view(page)
    page.evaluate(
        """() => {
            const corner = () => {
                const { x, y } = document.querySelector('#graph [data-node="MSE"] .bar').getBoundingClientRect();
                return [x, y];
            };
            window.corners = [];
            new MutationObserver(() => {
                const at = window.corners.length ? 0 : 130;
                for (const one of document.getAnimations()) { one.pause(); one.currentTime = at; }
                window.corners.push(corner());
            }).observe(document.getElementById("graph"), {childList: true});
        }"""
    )
    page.get_by_role("radio", name="Operations").check(force=True)
    until(page, "window.corners.length === 1")
    page.get_by_role("radio", name="Statements").check(force=True)
    until(page, "window.corners.length === 2")
    first, second = page.evaluate("window.corners")
    assert second == pytest.approx(first, abs=1)
    page.evaluate("document.getAnimations().forEach(one => one.finish())")
    assert list(place(page, "MSE").values())[:2] != pytest.approx(first, abs=1)


def test_nothing_moves_for_who_asked_for_that(open_page):
    page = open_page("/", reduced_motion="reduce")
    view(page)
    page.evaluate(
        """() => new MutationObserver(() => window.moving = document.getAnimations().length)
            .observe(document.getElementById("graph"), {childList: true})"""
    )
    page.get_by_role("radio", name="Operations").check(force=True)
    expect(page.locator('#graph [data-node="u1.1"]')).to_be_visible()
    assert page.evaluate("window.moving") == 0
    start = canvas(page).locator(".graph").get_attribute("viewBox")
    canvas(page).focus()
    press(page, "+")
    assert canvas(page).locator(".graph").get_attribute("viewBox") != start
    assert page.evaluate("document.getAnimations().length") == 0


def test_the_focus_stays_on_its_card(open_page):
    page = open_page("/?example=seed-code")
    card = page.locator('#graph [data-node="loss"]')
    card.focus()
    press(page, "+")
    expect(page.locator('#graph [data-node="mse.sq"]')).to_be_visible()
    expect(card).to_be_focused()


# --- for all


@pytest.mark.parametrize("size", [(1440, 900), (1024, 768), (390, 844)], ids=str)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_a_zoomed_picture(open_page, size, scheme):
    page = open_page("/?example=attention", viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)
    canvas(page).focus()
    press(page, "+", 3)
    expect(minimap(page)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0], "the page scrolls sideways"
    found = Axe().run(page).response["violations"]
    assert found == [], json.dumps([(item["id"], [node["target"] for node in item["nodes"][:3]]) for item in found], indent=1)
