"""What is shown of the graph, and how: lit paths, pairs, the table, settings, the stage alone, and the rooms' widths."""

import json
import re
from urllib.parse import quote

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from browser.test_page import open_menu
from browser.test_scrubbing import cell, loss
from browser.test_seed import grid_values, numpy_network
from browser.waiting import until
from playwright.sync_api import expect

INPUTS = '{"x": 2, "w": 3}'


def lit(page):
    return set(page.locator("#graph .edge.lit").evaluate_all("edges => edges.map(edge => edge.dataset.edge)"))


def violations(page):
    found = Axe().run(page).response["violations"]
    return json.dumps([(item["id"], [node["target"] for node in item["nodes"][:3]]) for item in found])


@pytest.mark.parametrize("how", ["hover", "focus"])
def test_a_card_lights_its_paths_to_the_loss_with_what_comes_back(page, how):
    card = page.locator('#graph .card[data-node="b2"]')
    if how == "hover":
        card.hover()
    else:
        card.focus()
    expect(page.locator("#graph .edge.lit")).to_have_count(4)
    assert lit(page) == {"b2-u3-0", "u3-u4-0", "u4-u5-0", "u5-MSE-0"}
    gradient = numpy_network(grid_values(page))["b2"][1]
    sent = page.locator('#graph [data-edge="b2-u3-0"] .sent-back').text_content()
    assert float(sent.replace("−", "-")) == pytest.approx(gradient[0], rel=6e-3)
    page.mouse.move(5, 5)
    page.evaluate("document.activeElement.blur()")
    expect(page.locator("#graph .edge.lit")).to_have_count(0)
    expect(page.locator("#graph .sent-back")).to_have_count(0)


def test_two_values_show_every_path_between_them_with_products_and_sum(open_page):
    program = quote("u = x * w\nv = u ** 2\nloss = sum(u * v)")
    page = open_page(f"/#program={program}&inputs={quote(INPUTS)}")
    expect(loss(page)).to_have_text("loss = 216")
    page.locator('#graph .card[data-node="u"]').click()
    page.locator('#graph .card[data-node="loss"]').click(modifiers=["Shift"])
    expect(page.get_by_role("heading", name="Paths from u to loss")).to_be_visible()
    paths = page.locator("#paths [data-path]")
    expect(paths).to_have_count(2)
    numbers = sorted(float(path.locator("td").inner_text()) for path in paths.all())
    assert numbers == [36, 72]
    expect(page.locator("#paths")).to_contain_text("108")
    expect(page.locator("#graph .edge.lit")).to_have_count(3)
    paths.nth(0).focus()
    first = lit(page)
    page.wait_for_timeout(150)
    paths.nth(1).focus()
    page.wait_for_timeout(150)
    assert lit(page) != first
    page.get_by_role("button", name="Close").click()
    expect(page.locator("#paths")).to_be_hidden()
    expect(page.get_by_label("Paths to")).to_be_focused()
    # The other way round means the same, and the keyboard can do it too.
    page.get_by_label("Selected", exact=True).select_option("loss")
    page.get_by_label("Paths to").select_option("x")
    expect(page.get_by_role("heading", name="Paths from x to loss")).to_be_visible()
    page.locator('#graph .card[data-node="w"]').focus()
    page.keyboard.press("Shift+Enter")
    expect(page.get_by_role("heading", name="Paths from w to loss")).to_be_visible()


def test_the_table_is_the_pictures_twin(page):
    page.get_by_role("radio", name="Table").check(force=True)
    table = page.get_by_role("table", name="Every value of the computation graph")
    expect(table.get_by_role("rowheader")).to_have_count(12)
    row = table.locator('[data-row="u4"]')
    expect(row).to_contain_text("u4 = y - u3")
    expect(row).to_contain_text("y and u3")
    gradient = numpy_network(grid_values(page))["u4"][1]
    shown = [
        float(text.replace("−", "-")) for text in row.get_by_role("table", name="Gradient of u4").get_by_role("cell").all_inner_texts()
    ]
    assert shown == pytest.approx(np.ravel(gradient).tolist(), rel=6e-3)
    cell(page, "b2 row 1 column 1").fill("1")
    expect(table.locator('[data-row="b2"]').get_by_role("table", name="Value of b2")).to_have_text("1")
    row.get_by_role("button", name="u4 = y - u3").click()
    expect(page.get_by_label("Selected", exact=True)).to_have_value("u4")
    assert violations(page) == "[]"


def test_digits_fractions_values_and_direction(page):
    open_menu(page, "View")
    page.get_by_label("Significant digits").fill("6")
    expect(page.locator('#graph [data-node="u3"] [data-part="gradient"] [data-cell="0,0"]')).to_have_text("1.28667")
    page.get_by_label("Small rationals as fractions").check()
    expect(page.locator('#graph [data-node="u5"] [data-part="gradient"] [data-cell="0,0"]')).to_have_text("1/3")
    page.get_by_text("gradients", exact=True).click()
    expect(page.locator('#graph [data-part="value"]')).to_have_count(0)
    page.get_by_text("values", exact=True).click()
    expect(page.locator('#graph [data-part="gradient"]')).to_have_count(0)
    page.get_by_text("to the right", exact=True).click()
    expect(page.locator("#graph svg.graph")).to_have_attribute("data-direction", "right")
    x, w = (page.locator(f'#graph .card[data-node="{node}"]').bounding_box()["x"] for node in ("x", "MSE"))
    assert x < w
    assert violations(page) == "[]"


def test_one_sample_is_lit_up_everywhere(page):
    open_menu(page, "View")
    page.get_by_label("Look at").select_option("sample 3")
    for node in ("x", "u1", "u2", "u3", "y", "u4", "u5"):
        expect(page.locator(f'#graph [data-node="{node}"] .sample')).to_have_count(2)
    for node in ("w1", "b1", "MSE"):
        expect(page.locator(f'#graph [data-node="{node}"] .sample')).to_have_count(0)


def test_the_loss_is_scaled_by_a_line_of_the_program(page):
    open_menu(page, "View")
    factor = page.get_by_label("Loss scaled by")
    factor.fill("1/2")
    factor.press("Enter")
    expect(loss(page)).to_have_text("scaled = 1.07145")
    assert page.get_by_role("textbox", name="Program").input_value().endswith("\nscaled = 1/2 * MSE")
    factor.fill("3")
    factor.press("Tab")
    expect(loss(page)).to_have_text("scaled = 6.42872")
    factor.fill("much")
    factor.press("Tab")
    expect(factor).to_have_value("3")
    factor.fill("1")
    factor.press("Tab")
    expect(loss(page)).to_have_text("MSE = 2.14291")
    assert "scaled" not in page.get_by_role("textbox", name="Program").input_value()


def test_the_stage_alone_for_a_projector(page):
    open_menu(page, "View")
    page.get_by_role("button", name="Present").click()
    expect(page.get_by_role("textbox", name="Program")).to_be_hidden()
    assert page.locator("#graph").bounding_box()["width"] == 1440
    expect(page.get_by_role("button", name="Leave")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("textbox", name="Program")).to_be_visible()
    expect(page.get_by_role("button", name="Leave")).to_be_hidden()
    page.get_by_role("slider", name="Step").press("Home")
    until(page, "location.hash.includes('step=1')")


def test_the_rooms_have_the_widths_one_gives_them(page):
    divider = page.get_by_role("separator", name="Width of program and inputs")
    before = page.locator("#left").bounding_box()["width"]
    box = divider.bounding_box()
    page.mouse.move(box["x"] + 4, 400)
    page.mouse.down()
    page.mouse.move(box["x"] + 104, 400)
    page.mouse.up()
    assert page.locator("#left").bounding_box()["width"] == pytest.approx(before + 100, abs=2)
    other = page.get_by_role("separator", name="Width of what is told about a value")
    before = page.locator("#right").bounding_box()["width"]
    other.focus()
    page.keyboard.press("ArrowLeft")
    wider = page.locator("#right").bounding_box()["width"]
    assert wider == before + 24
    assert other.get_attribute("aria-valuenow") == str(round(wider))
    page.reload()
    assert page.locator("#right").bounding_box()["width"] == wider


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1440, 900), (390, 844)], ids=str)
def test_axe_finds_nothing_on_any_state(open_page, scheme, size):
    page = open_page("/#select=w1&pair=MSE&step=12", viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)
    expect(page.get_by_role("heading", name="Paths from w1 to MSE")).to_be_visible()
    expect(page.locator("#player .where")).to_contain_text("step 12")
    page.wait_for_timeout(300)
    assert violations(page) == "[]", "two values and a step"
    for menu in ("View", "Share"):
        open_menu(page, menu)
        assert violations(page) == "[]", menu
        page.keyboard.press("Escape")
    page.get_by_role("textbox", name="Program").fill("u1 = x @ w1.T\nMSE = mean(u1)")
    expect(page.get_by_role("alert")).to_contain_text("line 1")
    page.wait_for_timeout(500)
    assert violations(page) == "[]", "a fault"
    page.get_by_role("textbox", name="Program").fill("")
    expect(page.get_by_role("alert")).to_contain_text(re.compile("program", re.IGNORECASE))
    page.wait_for_timeout(500)
    assert violations(page) == "[]", "nothing"


def test_the_first_load_is_light_and_soon_there(open_page):
    page = open_page("/problems")
    sizes = {}
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    addresses = {}
    session.on("Network.responseReceived", lambda event: addresses.update({event["requestId"]: event["response"]["url"]}))
    session.on("Network.loadingFinished", lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}))
    page.goto(page.url.replace("/problems", "/"), wait_until="networkidle")
    wire = sum(size for name, size in sizes.items() if "/fonts/" not in addresses.get(name, ""))
    assert 50_000 < wire < 300_000
