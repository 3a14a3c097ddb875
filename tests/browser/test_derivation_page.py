"""The derivation on the page: read, switched, followed to the cards and back, tried out, kept."""

import re
from contextlib import suppress

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser.waiting import until
from playwright.sync_api import Error, expect

SIZES = [(1440, 900), (1024, 768), (390, 844)]


@pytest.fixture
def derived(open_page):
    """The page with w1 selected."""
    page = open_page("/?select=w1")
    expect(page.locator("#derivation")).to_contain_text("Changing w1 does not change MSE directly.")
    return page


def part(page, name):
    return page.locator(f"[data-part={name}]")


def test_the_notation_and_the_order_are_switched_in_place(derived):
    expect(part(derived, "closed").locator("math").first).not_to_contain_text("∑")
    derived.get_by_text("One sample").click()
    expect(part(derived, "closed").locator("math").first).to_contain_text("∑")
    expect(derived.get_by_label("Chain order")).to_be_checked()
    expect(part(derived, "closed")).to_contain_text("from the left")
    derived.get_by_text("Shape order").click()
    expect(part(derived, "closed")).not_to_contain_text("from the left")
    expect(derived.get_by_label("One sample")).to_be_checked()
    derived.get_by_text("Batch", exact=True).click()
    expect(part(derived, "closed").locator("math").first).not_to_contain_text("∑")
    expect(part(derived, "code")).not_to_have_attribute("open", "")


def test_what_was_chosen_stays_for_the_next_card_even_after_one_without_a_gradient(derived):
    derived.get_by_text("One sample").click()
    expect(derived.get_by_label("Chain order")).to_be_checked()
    derived.get_by_label("Role of y").select_option("constant")
    derived.get_by_label("Selected", exact=True).select_option("y")
    expect(derived.locator("#derivation")).to_be_empty()
    derived.get_by_label("Selected", exact=True).select_option("b1")
    expect(derived.locator("#derivation")).to_contain_text("Changing b1 does not change MSE directly.")
    expect(derived.get_by_label("One sample")).to_be_checked()


def test_an_answer_to_an_older_question_is_dropped(derived):
    slow = []

    def hold(route):
        slow.append(route)

    derived.route("**/derivation", hold)
    derived.get_by_label("Selected", exact=True).select_option("b1")
    derived.wait_for_timeout(400)
    assert slow
    derived.unroute("**/derivation")
    derived.get_by_label("Selected", exact=True).select_option("w2")
    expect(derived.locator("#derivation")).to_contain_text("Changing w2 does not change MSE directly.")
    for route in slow:
        with suppress(Error):  # the page has given it up
            route.continue_()
    derived.wait_for_timeout(300)
    expect(derived.locator("#derivation")).to_contain_text("Changing w2 does not change MSE directly.")


def test_a_server_that_fails_leaves_the_last_derivation_and_it_looks_it(derived):
    derived.route("**/derivation", lambda route: route.fulfill(status=500, body="no"))
    derived.get_by_label("Selected", exact=True).select_option("b1")
    expect(derived.locator("#derivation")).to_have_class(re.compile("stale"))
    expect(derived.locator("#derivation")).to_contain_text("Changing w1")


def test_symbols_light_up_their_cards_and_back(derived):
    symbol = part(derived, "chain").locator('[data-node="u3"]').first
    symbol.hover()
    expect(derived.locator('#graph .card[data-node="u3"]')).to_have_class(re.compile("pointed"))
    derived.locator('#graph .card[data-node="u5"] .title').first.hover()
    expect(derived.locator('#graph .card[data-node="u3"]')).not_to_have_class(re.compile("pointed"))
    expect(part(derived, "chain").locator('[data-node="u5"]').first).to_have_class(re.compile("pointed"))
    symbol.click()
    expect(derived.get_by_label("Selected", exact=True)).to_have_value("u3")
    expect(derived.locator("#derivation")).to_contain_text("Changing u3 does not change MSE directly.")


def test_cards_are_reached_from_the_derivation_by_keyboard(derived):
    link = part(derived, "links").get_by_role("button", name="u4", exact=True)
    link.focus()
    expect(derived.locator('#graph .card[data-node="u4"]')).to_have_class(re.compile("pointed"))
    derived.keyboard.press("Enter")
    expect(derived.get_by_label("Selected", exact=True)).to_have_value("u4")


def test_the_derivation_follows_the_numbers_and_stays_as_it_was_opened(derived):
    part(derived, "numeric").locator("summary").click()
    part(derived, "chain").locator("> summary").click()
    expect(part(derived, "numeric")).to_contain_text("2.873")
    cell = derived.get_by_role("textbox", name="b2 row 1 column 1")
    cell.fill("0.5")
    expect(part(derived, "numeric")).not_to_contain_text("2.873")
    expect(part(derived, "numeric")).to_have_attribute("open", "")
    expect(part(derived, "chain")).not_to_have_attribute("open", "")
    expect(derived.locator("#derivation")).not_to_have_class(re.compile("stale"))


def test_a_nudge_is_tried_with_another_element_and_step(derived):
    nudge = part(derived, "nudge")
    nudge.locator("summary").click()
    expect(nudge.get_by_role("row", name=re.compile("^MSE"))).to_contain_text("2.873e−3")
    expect(nudge.get_by_label("Element of w1")).to_have_value("1,0")
    nudge.get_by_label("Element of w1").fill("0,1")
    nudge.get_by_label("Element of w1").press("Tab")
    expect(nudge).to_contain_text("w1[0, 1] is −1")
    nudge.get_by_label("By how much").fill("0.5")
    nudge.get_by_label("By how much").press("Tab")
    expect(nudge.get_by_role("row", name=re.compile("^MSE"))).to_contain_text("−0.1254")
    derived.get_by_label("Selected", exact=True).select_option("w2")
    expect(nudge.get_by_label("Element of w2")).to_have_value("0,0")
    expect(nudge.get_by_label("By how much")).to_have_value("0.5")


def test_the_program_is_written_when_it_is_opened_and_for_what_is_chosen(derived):
    code = part(derived, "code")
    expect(code.locator("pre")).to_have_count(0)
    code.locator("summary").click()
    expect(code.locator("pre")).to_contain_text("import numpy as np")
    code.get_by_label("For").select_option("jax")
    expect(code.locator("pre")).to_contain_text("import jax")
    code.locator('pre [data-node="u2"]').first.hover()
    expect(derived.locator('#graph .card[data-node="u2"]')).to_have_class(re.compile("pointed"))


def test_latex_is_copied(open_page):
    page = open_page("/?select=w1", permissions=["clipboard-read", "clipboard-write"])
    part(page, "chain").locator(".formula-line").hover()
    part(page, "chain").get_by_role("button", name="Copy the LaTeX of this formula").first.click()
    expect(part(page, "chain").get_by_text("Copied")).to_be_visible()
    text = page.evaluate("navigator.clipboard.readText()")
    assert text.startswith(r"\frac{\partial \mathrm{MSE}}{\partial w_{1}} = ")
    assert "class" not in text


@pytest.mark.parametrize(("label", "name"), [("Markdown", "derivation.md"), ("LaTeX", "derivation.tex")])
def test_the_derivation_is_kept_as_a_file(derived, label, name):
    with derived.expect_download() as started:
        derived.get_by_role("button", name=label, exact=True).click()
    assert started.value.suggested_filename == name


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("example", ["seed-network", "attention", "layer-norm"])
def test_nothing_overflows(open_page, size, example):
    page = open_page(f"/?example={example}", viewport={"width": size[0], "height": size[1]})
    expect(part(page, "closed")).to_have_count(1)
    page.evaluate("document.querySelectorAll('#derivation details').forEach((part) => { part.open = true; })")
    expect(part(page, "code").locator("pre")).to_have_count(1)
    page.evaluate("document.querySelectorAll('#derivation details').forEach((part) => { part.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    wide = page.evaluate(
        """() => {
            const panel = document.querySelector("#derivation").getBoundingClientRect();
            return [...document.querySelectorAll("#derivation :is(p, h3, ol, li, .math, pre, table.nudged, .scroll, .as-code)")]
                .filter((one) => one.getBoundingClientRect().right > panel.right + 1).map((one) => one.outerHTML.slice(0, 80));
        }"""
    )
    assert wide == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_derivation_is_accessible(open_page, scheme):
    page = open_page("/?select=w1", color_scheme=scheme)
    expect(part(page, "closed")).to_have_count(1)
    page.evaluate("document.querySelectorAll('#derivation details').forEach((part) => { part.open = true; })")
    expect(part(page, "code").locator("pre")).to_have_count(1)
    page.evaluate("document.querySelectorAll('#derivation details').forEach((part) => { part.open = true; })")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_without_scripts_the_switches_go_with_the_form(open_page):
    page = open_page("/?select=w1", java_script_enabled=False)
    page.get_by_text("One sample").click()
    page.get_by_text("Chain order").click()
    page.get_by_role("button", name="Run").click()
    expect(part(page, "closed")).to_contain_text("from the left")
    part(page, "code").locator("summary").click()
    page.get_by_role("button", name="Write the program").click()
    expect(part(page, "code").locator("pre")).to_contain_text("import numpy as np")


def test_what_is_refused_leaves_the_card_that_is_shown_selected(derived):
    page = derived
    program = page.locator("[name=program]")
    good = program.input_value()
    program.fill(good.replace("u4 = y - u3", "u4 = y -"))
    expect(page.locator("#problem")).to_contain_text("line 4")
    told = page.locator("#derivation .story").inner_text()
    page.locator('#graph [data-node="b1"]').first.click()
    expect(page.locator("#derivation")).to_have_class("derivation stale")
    page.wait_for_timeout(300)
    assert page.locator("#select").input_value() == "w1"
    assert page.locator("#graph .chosen").get_attribute("data-node") == "w1"
    # The switches speak of the program that is shown.
    page.locator("#derivation [name=notation][value=sample]").check(force=True)
    expect(part(page, "closed").locator("math").first).to_contain_text("∑")
    assert page.locator("#derivation .story").inner_text() == told
    program.fill(good)
    page.locator('#graph [data-node="b1"]').first.click()
    expect(page.locator("#derivation .story")).to_contain_text("Changing b1")


def test_only_what_does_not_fit_is_stopped_at_by_the_keyboard(derived):
    fits = "document.querySelector('#derivation .math').tabIndex"
    derived.set_viewport_size({"width": 1024, "height": 768})
    until(derived, f"{fits} === -1")
    derived.set_viewport_size({"width": 390, "height": 844})
    until(
        derived,
        "[...document.querySelectorAll('#derivation .math')].some((part) => part.tabIndex === 0 && part.scrollWidth > part.clientWidth)",
    )
