"""The page as people use it: by role and accessible name, in all sizes and both schemes, without a script too."""

import json
import re
import xml.etree.ElementTree as ET

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser.test_seed import grid_values, wait_for_loss
from playwright.sync_api import expect

from app.examples import gallery


def loss(page):
    return page.get_by_role("status")


def open_menu(page, name):
    page.locator("summary").get_by_text(name, exact=True).click()


def test_the_loss_and_the_selected_card_are_read_in_full(page):
    expect(loss(page)).to_have_text("MSE = 2.14291")
    page.get_by_role("button", name=re.compile("^u1 = x @ w1")).click()
    section = page.get_by_role("region", name="Selected value")
    expect(section).to_contain_text("3 × 3")
    value = section.get_by_role("region", name="Numbers: value of u1").get_by_role("cell")
    expect(value).to_have_count(9)
    assert value.nth(4).get_attribute("title") == "0.925"
    expect(section.get_by_role("region", name="Numbers: gradient of u1").get_by_role("cell")).to_have_count(9)
    expect(page.get_by_label("Selected", exact=True)).to_have_value("u1")


def test_links_between_cards_are_followed(page):
    page.get_by_label("Selected", exact=True).select_option("u3")
    inspector = page.get_by_role("region", name="Selected value")
    inspector.get_by_role("button", name="w2").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Selected", exact=True)).to_have_value("w2")
    expect(page.locator("#inspector")).to_be_focused()
    expect(inspector.get_by_role("region", name="Numbers: gradient of w2")).to_be_visible()


def test_pasting_a_block_fills_and_grows_the_grid(page):
    cell = page.get_by_role("textbox", name="x row 1 column 1")
    cell.focus()
    page.evaluate(
        """text => {
            const data = new DataTransfer();
            data.setData("text", text);
            document.activeElement.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
        }""",
        "1\t0.5\n2\t−0.5\n3\t0\n4\t1\n",
    )
    expect(page.get_by_role("textbox", name=re.compile("^x row"))).to_have_count(8)
    assert page.get_by_role("textbox", name="x row 2 column 2").input_value() == "−0.5"
    expect(page.get_by_label("Shape of x")).to_have_value("4 × 2")
    expect(page.get_by_role("alert")).to_contain_text("y is (3, 1)")
    page.get_by_label("Shape of y").fill("4 × 1")
    page.get_by_label("Shape of y").press("Enter")
    expect(page.get_by_role("alert")).to_be_empty()
    expect(page.locator('#graph [data-node="x"] [data-part="value"] [data-cell="3,0"]')).to_have_text("4")


def test_the_arrows_walk_the_grid(page):
    page.get_by_role("textbox", name="w1 row 1 column 1").focus()
    for key, row, column in (
        ("Control+ArrowDown", 2, 1), ("Control+ArrowRight", 2, 2), ("Control+ArrowUp", 1, 2), ("Control+ArrowUp", 1, 2),
        ("Enter", 2, 2), ("Shift+Enter", 1, 2), ("Control+ArrowLeft", 1, 1), ("ArrowRight", 1, 1),
    ):  # fmt: skip
        page.keyboard.press(key)
        expect(page.get_by_role("textbox", name=f"w1 row {row} column {column}")).to_be_focused()
    expect(loss(page)).to_have_text("MSE = 2.14291")


def test_a_new_name_gets_a_field_and_keeps_its_number(page):
    program = page.get_by_role("textbox", name="Program")
    text = program.input_value()
    program.fill(text + "\nloss = MSE + k * sum(w1 ** 2)")
    field = page.get_by_role("textbox", name="k row 1 column 1")
    expect(field).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("k has no value")
    field.fill("0.5")
    expect(loss(page)).to_have_text(re.compile("^loss = "))
    program.fill(text)
    expect(loss(page)).to_have_text("MSE = 2.14291")
    expect(field).to_have_count(0)
    program.fill(text + "\nloss = MSE + k")
    expect(loss(page)).to_have_text("loss = 2.64291")


def test_a_constant_has_no_gradient(page):
    page.get_by_label("Role of x").select_option("constant")
    expect(page.locator('#graph [data-node="x"] [data-part="gradient"]')).to_have_count(0)
    expect(page.locator('#graph [data-node="x"]')).to_have_class(re.compile("constant"))


def test_operations_open_the_statements(page):
    cards = page.locator("#graph [data-node]")
    expect(cards).to_have_count(12)
    page.get_by_role("radio", name="Operations").check(force=True)
    expect(cards).to_have_count(14)
    expect(page.locator('#graph [data-node="u1.1"]')).to_be_visible()


def test_a_value_on_the_kink_is_marked_and_explained(page):
    program = page.get_by_role("textbox", name="Program")
    program.fill("u = relu(x)\nL = sum(u)")
    page.get_by_role("textbox", name="x row 1 column 1").fill("0")
    expect(page.locator('#graph [data-node="u"] .kink')).to_be_visible()
    page.get_by_label("Selected", exact=True).select_option("u")
    expect(page.get_by_role("region", name="Selected value")).to_contain_text("The derivative of relu at 0 is taken as 0.")


def test_a_failing_server_is_said_and_the_picture_stays(open_page):
    page = open_page("/problems")
    page.context.add_init_script("window.WebSocket = class { constructor() { this.readyState = 3 } addEventListener() {} }")
    page.goto(page.url.replace("/problems", "/"))
    page.route("**/live", lambda route: route.fulfill(status=500, json={"title": "The server failed", "status": 500, "detail": "Sorry."}))
    cell = page.get_by_role("textbox", name="b2 row 1 column 1")
    cell.fill("2")
    expect(page.get_by_role("alert")).to_contain_text("The server failed")
    expect(page.locator("#graph [data-node]")).to_have_count(12)
    page.unroute("**/live")
    page.route("**/live", lambda route: route.abort())
    cell.fill("3")
    expect(page.get_by_role("alert")).to_contain_text("The server does not answer")
    page.unroute("**/live")
    cell.fill("4")
    expect(page.get_by_role("alert")).to_be_empty()


def tab_to(page, condition, most=80):
    for _ in range(most):
        # In the program Tab indents, unless Escape was pressed before.
        if page.evaluate("document.activeElement.id") == "program":
            page.keyboard.press("Escape")
        page.keyboard.press("Tab")
        if page.evaluate(f"(element => Boolean({condition}))(document.activeElement)"):
            return
    raise AssertionError(f"Tab never comes to {condition}")


def focused_card(page):
    return page.evaluate("document.activeElement.closest('.card')?.dataset.node")


def test_keyboard_alone_from_an_example_to_the_derivation_of_a_weight(open_page):
    page = open_page("/?example=attention")
    tab_to(page, "element.id === 'example-title'")
    page.keyboard.press("Enter")
    tab_to(page, "element.dataset.example === 'seed-network'")
    page.keyboard.press("Enter")
    expect(loss(page)).to_have_text("MSE = 2.14291")
    # One stop for the picture's cards; from there along the edges.
    tab_to(page, "element.matches('.card')")
    assert focused_card(page) == "w1"
    walked = []
    for key in ["ArrowDown", "ArrowDown", "ArrowUp", "ArrowUp", "ArrowRight", "ArrowLeft"]:
        page.keyboard.press(key)
        walked.append(focused_card(page))
    assert walked == ["u1", "u2", "u1", "x", "w1", "x"]
    page.keyboard.press("ArrowRight")
    told = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert told.startswith("w1: parameter, (2, 3); value 0.5 −1 0.8; 0.9 0.25 −0.6; gradient 1.97")
    assert told.endswith("used by u1")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Selected", exact=True)).to_have_value("w1")
    assert focused_card(page) == "w1"
    derivation = page.get_by_role("heading", name="How the gradient comes about")
    expect(derivation).to_be_visible()
    tab_to(page, "element.name === 'notation'")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="One sample")).to_be_checked()
    expect(page.locator('#derivation [data-part="closed"] math').first).to_contain_text("∑")


def test_the_picture_can_be_saved(page):
    page.get_by_role("textbox", name="b2 row 1 column 1").fill("3")
    open_menu(page, "Share")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save picture").click()
    root = ET.parse(download.value.path()).getroot()
    assert root.tag.endswith("svg")
    cells = root.findall(".//*[@data-node='b2']//*[@data-part='value']//*[@data-cell='0']")
    assert "".join(cells[0].itertext()) == "3"


def test_a_shape_that_cannot_be_leaves_the_grid_as_it_was(page):
    for name, was in (("x", "3 × 2"), ("b1", "3")):
        shape = page.get_by_label(f"Shape of {name}")
        for wanted in ("99999 × 99999", "0 × 3", "2 × 2 × 2"):
            shape.fill(wanted)
            shape.press("Enter")
            expect(shape).to_have_value(was)
    expect(loss(page)).to_have_text("MSE = 2.14291")


def test_without_a_picture_saving_leaves_the_page_with_what_it_lacks(page):
    program = page.get_by_role("textbox", name="Program")
    program.fill("u = x @")
    open_menu(page, "Share")
    page.get_by_role("button", name="Save picture").click()
    expect(page.get_by_role("alert")).to_contain_text("line 1")
    assert program.input_value() == "u = x @"


def test_the_theme_is_chosen_and_kept(page):
    colour = "getComputedStyle(document.body).backgroundColor"
    before = page.evaluate(colour)
    open_menu(page, "View")
    button = page.get_by_role("button", name="Colours")
    button.click()
    assert page.evaluate(colour) == before
    button.click()
    dark = page.evaluate(colour)
    assert dark != before
    page.reload()
    assert page.evaluate(colour) == dark


def test_without_scripts_the_run_button_does_it_all(open_page):
    page = open_page("/", java_script_enabled=False)
    expect(page.locator("#graph [data-node]")).to_have_count(12)
    page.get_by_role("textbox", name="b2 row 1 column 1").fill("1.05")
    page.get_by_label("Selected", exact=True).select_option("u5")
    page.get_by_label("Shape of b2").fill("1 × 1")
    page.get_by_role("button", name="Run").click()
    values = grid_values(page)
    assert values["b2"] == [[1.05]] or values["b2"] == [1.05]
    wait_for_loss(page, values)
    expect(page.get_by_label("Selected", exact=True)).to_have_value("u5")
    expect(page.get_by_role("region", name="Numbers: gradient of u5")).to_be_visible()
    page.get_by_role("radio", name="Operations").check(force=True)
    page.get_by_role("textbox", name="Program").fill("u1 = x @ w1 + b1\nL = mean(u1 ** 2")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("alert")).to_contain_text("line 2, column 9")
    assert page.get_by_role("textbox", name="Program").input_value() == "u1 = x @ w1 + b1\nL = mean(u1 ** 2"
    page.get_by_role("textbox", name="Program").fill("u1 = x @ w1 + b1\nL = mean(u1 ** 2)")
    page.get_by_role("button", name="Run").click()
    expect(page.locator('#graph [data-node="L.1"]')).to_have_count(1)


@pytest.mark.parametrize("example", list(gallery()))
@pytest.mark.parametrize("size", [(1440, 900), (1024, 768), (390, 844)], ids=str)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_example_fits_and_axe_finds_nothing(open_page, example, size, scheme):
    page = open_page(f"/?example={example}", viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0], "the page scrolls sideways"
    if size == (1440, 900):
        assert page.evaluate("document.documentElement.scrollHeight") <= size[1], "the page scrolls"
        box = page.locator("#graph").bounding_box()
        for card in page.locator("#graph [data-node]").all():
            place = card.bounding_box()
            assert place["x"] >= box["x"]
            assert place["x"] + place["width"] <= box["x"] + box["width"]
            assert place["y"] + place["height"] <= box["y"] + box["height"]
    found = Axe().run(page).response["violations"]
    assert found == [], json.dumps([(item["id"], [node["target"] for node in item["nodes"][:3]]) for item in found], indent=1)


def test_all_of_the_seed_network_is_legible(page):
    heights = page.locator(".cell text, .title, .label, .derivative").evaluate_all(
        "texts => texts.map(text => parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().d)"
    )
    assert min(heights) >= 11


def test_the_api_can_be_tried_out_without_another_host(open_page):
    page = open_page("/docs")
    expect(page.get_by_text("/api/v1/graph.svg")).to_be_visible()
