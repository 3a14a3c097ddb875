"""Groups, literals and the verdict, as people meet them on the page."""

import re

import pytest
from playwright.sync_api import expect


def node(page, name):
    return page.locator(f'#graph [data-node="{name}"]')


def program(page):
    return page.get_by_role("textbox", name="Program")


# --- groups


def test_a_call_is_opened_and_closed_with_the_mouse(open_page):
    page = open_page("/?example=seed-code")
    expect(node(page, "mse.diff")).to_have_count(0)
    node(page, "loss").locator(".fold").click()
    expect(node(page, "mse.diff")).to_be_visible()
    expect(page.locator('.box[data-group="mse"]')).to_be_visible()
    expect(page.get_by_role("status")).to_have_text("loss = 2.14291")
    page.locator('.box[data-group="mse"] .fold').click()
    expect(node(page, "mse.diff")).to_have_count(0)


def test_a_call_is_opened_and_closed_with_the_keyboard(open_page):
    page = open_page("/?example=seed-code")
    node(page, "loss").focus()
    page.keyboard.press("+")
    expect(node(page, "mse.sq")).to_be_visible()
    page.get_by_text("Groups", exact=True).focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    for _ in range(10):
        if page.evaluate("document.activeElement.value") == "mse":
            break
        page.keyboard.press("Tab")
    expect(page.get_by_role("checkbox", name=re.compile("^mse"))).to_be_checked()
    page.keyboard.press("Space")
    expect(node(page, "mse.sq")).to_have_count(0)
    expect(page.get_by_role("checkbox", name=re.compile("^mse"))).to_be_focused()


def test_values_within_an_open_call_are_read_in_full(open_page):
    page = open_page("/?example=seed-code")
    node(page, "loss").locator(".fold").click()
    node(page, "mse.diff").click()
    section = page.get_by_role("region", name="Selected value")
    expect(section.get_by_role("region", name="Numbers: gradient of mse.diff").get_by_role("cell")).to_have_count(3)
    page.get_by_role("textbox", name="b2 row 1 column 1").fill("3")
    expect(node(page, "mse.diff")).to_be_visible()
    expect(page.get_by_label("Selected", exact=True)).to_have_value("mse.diff")


def test_operations_show_every_part_even_of_what_was_closed(open_page):
    page = open_page("/?example=seed-code")
    page.get_by_role("radio", name="Operations").check(force=True)
    expect(node(page, "mse.diff")).to_be_visible()
    expect(page.locator('.box[data-group="lin"]')).to_be_visible()


def test_passes_of_a_loop_are_boxes_that_close(open_page):
    page = open_page("/?example=rnn")
    box = page.locator('.box[data-group="t=1"]')
    expect(box).to_be_visible()
    program(page).fill("h = x\nfor t in range(2):\n    u = h * w\n    h = tanh(u)\nloss = sum(h)")
    page.get_by_role("textbox", name="w row 1 column 1", exact=True).fill("2")
    page.get_by_role("textbox", name="x row 1 column 1", exact=True).fill("1")
    expect(node(page, "u__2")).to_be_visible()
    box.locator(".fold").click()
    expect(node(page, "u__2")).to_have_count(0)
    expect(node(page, "t=1")).to_be_visible()
    node(page, "t=1").locator(".fold").click()
    expect(node(page, "u__2")).to_be_visible()


def test_without_scripts_groups_are_ticked(open_page):
    page = open_page("/?example=seed-code", java_script_enabled=False)
    page.get_by_text("Groups", exact=True).click()
    page.get_by_role("checkbox", name=re.compile("^mse")).check()
    page.get_by_role("button", name="Run").click()
    expect(node(page, "mse.diff")).to_have_count(1)
    page.get_by_text("Groups", exact=True).click()
    expect(page.get_by_role("checkbox", name=re.compile("^mse"))).to_be_checked()
    page.get_by_role("checkbox", name=re.compile("^mse")).uncheck()
    page.get_by_role("button", name="Run").click()
    expect(node(page, "mse.diff")).to_have_count(0)


def test_a_program_too_large_to_read_is_drawn_as_runs_of_lines(page):
    program(page).fill("\n".join(["h0 = tanh(x)", *(f"h{i} = tanh(h{i - 1}) + w" for i in range(1, 300)), "loss = sum(h299)"]))
    page.get_by_role("textbox", name="x row 1 column 1").fill("1")
    page.get_by_role("textbox", name="w row 1 column 1").fill("0.5")
    expect(page.get_by_role("status")).to_have_text(re.compile("^loss = "))
    runs = page.locator('#graph [data-node*="…"]')
    expect(runs.first).to_be_visible()
    before = runs.count()
    first = runs.first.get_attribute("data-node")
    runs.first.locator(".fold").click()
    expect(page.locator(f'#graph [data-node="{first}"]')).to_have_count(0)
    expect(runs).to_have_count(before - 1)
    page.get_by_text("Groups", exact=True).click()
    page.get_by_role("checkbox", name=first.replace("…", " … ")).uncheck()
    expect(page.locator(f'#graph [data-node="{first}"]')).to_be_visible()


# --- literals


def test_a_literal_is_an_input_that_the_text_and_the_grid_both_change(page):
    program(page).fill("a = 2.0\nloss = a ** 2")
    cell = page.get_by_role("textbox", name="a row 1 column 1")
    expect(cell).to_have_value("2")
    expect(page.get_by_role("status")).to_have_text("loss = 4")
    cell.fill("5")
    expect(page.get_by_role("status")).to_have_text("loss = 25")
    program(page).fill("a = 3.0\nloss = a ** 2")
    expect(page.get_by_role("status")).to_have_text("loss = 9")
    expect(cell).to_have_value("3")
    program(page).fill("a = [1.0, 2.0]\nloss = sum(a ** 2)")
    expect(page.get_by_role("status")).to_have_text("loss = 5")
    expect(page.get_by_role("textbox", name=re.compile("^a row"))).to_have_count(2)


def test_a_literal_keeps_the_role_it_is_given(page):
    program(page).fill("a = 2.0\nloss = a * w")
    page.get_by_role("textbox", name="w row 1 column 1").fill("3")
    page.get_by_label("Role of a").select_option("constant")
    expect(node(page, "a")).to_have_class(re.compile("constant"))
    program(page).fill("a = 4.0\nloss = a * w")
    expect(page.get_by_role("status")).to_have_text("loss = 12")
    expect(node(page, "a")).to_have_class(re.compile("constant"))


def test_without_scripts_the_text_of_a_literal_counts_until_its_cell_is_changed(open_page):
    page = open_page("/", java_script_enabled=False)
    program(page).fill("a = 2.0\nloss = a ** 2")
    run = page.get_by_role("button", name="Run")
    run.click()
    expect(page.get_by_role("status")).to_have_text("loss = 4")
    program(page).fill("a = 3.0\nloss = a ** 2")
    run.click()
    expect(page.get_by_role("status")).to_have_text("loss = 9")
    page.get_by_role("textbox", name="a row 1 column 1").fill("5")
    run.click()
    expect(page.get_by_role("status")).to_have_text("loss = 25")


# --- the verdict


def test_the_verdict_stands_beside_the_loss_and_follows(page):
    verdict = page.locator("#verdict")
    expect(verdict).to_have_text(re.compile(r"^✓ every gradient verified · \d+(\.\d+)?e−1\d$"))
    program(page).fill("u = relu(x)\nloss = sum(u)")
    page.get_by_role("textbox", name="x row 1 column 1").fill("0")
    expect(verdict).to_have_text(re.compile("1 at a kink$"))
    program(page).fill("u = log(x)\nloss = sum(u)")
    expect(verdict).to_have_text("✗ The loss loss is not finite, so there is nothing to compare.")
    expect(verdict).to_have_class(re.compile("failed"))


@pytest.mark.parametrize("scripts", [True, False])
def test_the_verdict_is_there_from_the_start(open_page, scripts):
    page = open_page("/?example=attention", java_script_enabled=scripts)
    expect(page.locator("#verdict")).to_have_text(re.compile("^✓ every gradient verified"))
