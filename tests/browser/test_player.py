"""The playback: step by step, by buttons, by keys, from a link, and without motion."""

import pytest
from browser.test_scrubbing import cell, loss
from browser.waiting import until
from playwright.sync_api import expect


def veiled(page, part):
    """The cards whose value, or gradient, has not come about yet."""
    return set(page.locator(f'#graph .card:has([data-part="{part}"].veiled)').evaluate_all("cards => cards.map(card => card.dataset.node)"))


def where(page):
    return page.locator("#player .where")


def player(page):
    return page.get_by_role("region", name="Playback")


def test_the_forward_pass_node_by_node_then_the_backward_pass(page):
    expect(where(page)).to_have_text("17 steps")
    player(page).get_by_role("button", name="Restart").click()
    expect(where(page)).to_have_text("step 1 of 17 · forward")
    assert veiled(page, "value") == {"u1", "u2", "u3", "u4", "u5", "MSE"}
    assert len(veiled(page, "gradient")) == 12
    expect(player(page)).to_contain_text("are given")
    forward = player(page).get_by_role("button", name="Step forward")
    for number, node in enumerate(["u1", "u2", "u3", "u4", "u5", "MSE"], 2):
        forward.click()
        expect(where(page)).to_have_text(f"step {number} of 17 · forward")
        assert node not in veiled(page, "value")
        expect(page.locator("#graph .card.now")).to_have_attribute("data-node", node)
        expect(page.locator("#graph .flows").first).to_be_attached()
    expect(player(page).get_by_role("group", name="Formula").locator("math").first).to_be_visible()
    forward.click()
    expect(where(page)).to_have_text("step 8 of 17 · backward")
    assert veiled(page, "gradient") == {"x", "w1", "b1", "u1", "u2", "w2", "b2", "u3", "y", "u4", "u5"}
    forward.click()
    assert "u5" not in veiled(page, "gradient")
    expect(page.locator("#graph .flows-back")).to_have_attribute("data-edge", "u5-MSE-0")
    expect(player(page).get_by_role("slider", name="Step")).to_have_attribute("aria-valuetext", "step 9 of 17 · backward: " + words(page))
    player(page).get_by_role("button", name="Step back").click()
    expect(where(page)).to_have_text("step 8 of 17 · backward")
    player(page).get_by_role("button", name="Show everything").click()
    assert veiled(page, "value") | veiled(page, "gradient") == set()
    expect(page.locator("#graph :is(.now, .flows, .flows-back)")).to_have_count(0)


def words(page):
    return page.locator("#player .words").inner_text()


def test_it_plays_pauses_and_plays_faster(page):
    expect(where(page)).to_have_text("17 steps")
    page.get_by_label("Speed").select_option("4")
    page.get_by_role("button", name="Play").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(where(page)).to_have_text("step 4 of 17 · forward", timeout=10_000)
    page.get_by_role("button", name="Pause").click()
    at = where(page).inner_text()
    page.wait_for_timeout(900)
    assert where(page).inner_text() == at
    page.get_by_role("slider", name="Step").press("End")
    expect(where(page)).to_have_text("step 17 of 17 · backward")
    assert veiled(page, "gradient") == set()
    page.get_by_role("button", name="Play").click()
    expect(where(page)).to_have_text("step 1 of 17 · forward")


def test_keys_move_it_where_they_mean_nothing_else(page):
    expect(where(page)).to_have_text("17 steps")
    page.evaluate("document.activeElement.blur()")
    for key, at in [("Home", 1), ("ArrowRight", 2), ("ArrowRight", 3), ("ArrowLeft", 2), ("End", 17)]:
        page.keyboard.press(key)
        expect(where(page)).to_contain_text(f"step {at} of 17")
    page.keyboard.press("Home")
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    at = where(page).inner_text()
    cell(page).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Home")
    assert where(page).inner_text() == at


@pytest.mark.parametrize("reduced", ["reduce", "no-preference"])
def test_a_link_opens_exactly_at_its_step(open_page, reduced):
    page = open_page("/#step=12", reduced_motion=reduced)
    expect(where(page)).to_have_text("step 12 of 17 · backward")
    expect(page.locator("#graph .card.now")).to_have_attribute("data-node", "u2")
    assert veiled(page, "gradient") == {"x", "w1", "b1", "u1", "w2", "b2"}
    animations = page.evaluate("getComputedStyle(document.querySelector('#graph .flows-back .way')).animationName")
    assert (animations == "none") == (reduced == "reduce")
    page.get_by_role("button", name="Step forward").click()
    expect(where(page)).to_have_text("step 13 of 17 · backward")
    until(page, "location.hash.includes('step=13')")


def test_the_numbers_of_a_step_follow_the_inputs(page):
    page.get_by_role("slider", name="Step").press("Home")
    page.get_by_role("button", name="Step forward").click()
    formula = player(page).get_by_role("group", name="Formula")
    expect(formula).to_contain_text("0.925")
    cell(page, "w1 row 2 column 2").fill("1")
    expect(formula).to_contain_text("1.3")
    expect(where(page)).to_have_text("step 2 of 17 · forward")


def test_a_step_that_is_not_there_is_the_last_and_another_program_has_its_own(open_page):
    page = open_page("/#step=99")
    expect(where(page)).to_have_text("step 17 of 17 · backward")
    page.get_by_role("textbox", name="Program").fill("loss = sum(x ** 2)")
    expect(loss(page)).to_contain_text("loss =")
    expect(where(page)).to_contain_text("of 4")
