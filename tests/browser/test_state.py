"""What the page shows as a link and as a file: copied, opened elsewhere, as it was."""

import json
import re
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from browser.test_page import open_menu
from browser.test_scrubbing import cell, loss
from browser.test_seed import grid_values, wait_for_loss
from browser.waiting import until
from playwright.sync_api import expect


def link_of(page):
    """The link that "Copy link" puts on the clipboard."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_menu(page, "Share")
    page.get_by_role("button", name="Copy link").click()
    expect(page.locator("#link-note")).to_have_text("The link is copied.")
    page.keyboard.press("Escape")
    return page.evaluate("navigator.clipboard.readText()")


def settings(page):
    open_menu(page, "View")
    return page.get_by_role("group")


def test_everything_is_as_it_was_behind_a_link(page, open_page):
    cell(page).fill("0.75")
    page.get_by_label("Role of y").select_option("constant")
    page.get_by_label("Selected", exact=True).select_option("u3")
    page.get_by_label("Paths to").select_option("MSE")
    page.get_by_text("One sample", exact=True).click()
    open_menu(page, "View")
    page.get_by_label("Significant digits").fill("5")
    page.get_by_label("Look at").select_option("sample 2")
    page.get_by_role("radio", name="to the right").check(force=True)
    page.keyboard.press("Escape")
    page.get_by_role("slider", name="Step").press("Home")
    page.get_by_role("button", name="Step forward").click()
    expect(page.locator("#player")).to_contain_text("step 2 of 17")
    link = link_of(page)
    values = grid_values(page)
    other = open_page(link.removeprefix(re.match(r"http://[^/]+", link)[0]))
    wait_for_loss(other, values)
    assert grid_values(other) == values
    expect(other.get_by_label("Role of y")).to_have_value("constant")
    expect(other.get_by_label("Selected", exact=True)).to_have_value("u3")
    expect(other.get_by_label("Paths to")).to_have_value("MSE")
    expect(other.get_by_role("heading", name="Paths from u3 to MSE")).to_be_visible()
    expect(other.get_by_role("radio", name="One sample")).to_be_checked()
    expect(other.locator("#player")).to_contain_text("step 2 of 17")
    expect(other.locator('#graph [data-node="u1"] .sample')).not_to_have_count(0)
    assert other.locator("#graph svg.graph").get_attribute("data-direction") == "right"
    assert link_of(other) == link


def test_a_link_written_by_hand(open_page):
    inputs = json.dumps({"a": 3, "x": [1, 2, 3]})
    page = open_page(f"/#program={quote('loss = sum(a * x ** 2)')}&inputs={quote(inputs)}&show=gradients")
    expect(loss(page)).to_have_text("loss = 42")
    expect(page.get_by_label("Role of x")).to_have_value("data")
    expect(page.locator('#graph [data-part="value"]')).to_have_count(0)


@pytest.mark.parametrize("wrong", ["data=%%%", "data=AAAA", "inputs={", "data=q1YqSS1RslIqKMpPL0rMBQA", "example=nothing"])
def test_a_link_that_is_damaged_says_so_and_the_page_works(open_page, wrong):
    page = open_page(f"/#{wrong}")
    expect(page.locator("#link-note")).to_contain_text(re.compile("^The link cannot be read"))
    expect(page.locator("#link-note")).to_be_visible()
    expect(loss(page)).to_have_text("MSE = 2.14291")
    cell(page).fill("0.75")
    wait_for_loss(page, grid_values(page))


def test_another_address_is_another_state(page):
    cell(page).fill("0.75")
    wait_for_loss(page, grid_values(page))
    page.wait_for_timeout(400)
    page.evaluate("location.hash = 'example=attention&detail=operations'")
    expect(loss(page)).to_have_text("loss = 0.20805")
    expect(page.get_by_role("radio", name="Operations")).to_be_checked()
    page.go_back()
    expect(loss(page)).to_have_text("MSE = 2.58161")
    expect(cell(page)).to_have_value("0.75")


def test_a_state_too_long_for_a_link_says_so_and_offers_a_file(page, open_page, tmp_path):
    import random

    numbers = random.Random(0)
    text = "\n".join(" ".join(repr(numbers.random()) for _ in range(40)) for _ in range(120))
    page.get_by_role("textbox", name="Program").fill("loss = mean(x ** 2)")
    cell(page, "x row 1 column 1").focus()
    page.evaluate(
        """text => {
            const data = new DataTransfer();
            data.setData("text", text);
            document.activeElement.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
        }""",
        text,
    )
    expect(loss(page)).to_have_text(re.compile("^loss = 0.3"))
    before = loss(page).inner_text()
    expect(page.locator("#link-note")).to_contain_text("too long for a link")
    expect(page.locator("#link-note")).to_be_visible()
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="Save as a file")).to_be_focused()
    assert "data=" not in page.evaluate("location.href")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as a file").click()
    path = tmp_path / "state.json"
    download.value.save_as(path)
    other = open_page("/")
    open_menu(other, "Share")
    with other.expect_file_chooser() as chooser:
        other.get_by_role("button", name="Open a file").click()
    chooser.value.set_files(path)
    expect(loss(other)).to_have_text(before)


@pytest.mark.parametrize("text", ["[]", "{", '{"program": 3}', '{"program": "y = x", "inputs": [1]}'])
def test_a_file_that_holds_no_state_is_refused(page, tmp_path, text):
    path = tmp_path / "state.json"
    path.write_text(text)
    open_menu(page, "Share")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Open a file").click()
    chooser.value.set_files(path)
    expect(page.locator("#link-note")).to_contain_text("The file cannot be read")
    expect(loss(page)).to_have_text("MSE = 2.14291")


def test_a_file_is_whole_even_where_the_example_says_the_same(page):
    open_menu(page, "Share")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as a file").click()
    found = json.loads(download.value.path().read_text())
    assert found["program"].startswith("u1 = x @ w1 + b1")
    assert found["inputs"]["w1"]["value"] == [[0.5, -1, 0.8], [0.9, 0.25, -0.6]]


def test_a_teachers_link_hides_and_locks(open_page):
    page = open_page("/#hide=program,code,legend&lock=inputs")
    expect(page.get_by_role("textbox", name="Program")).to_be_hidden()
    expect(page.locator("[data-part=code]")).to_be_hidden()
    expect(page.locator(".legend")).to_be_hidden()
    expect(page.locator("#inputs")).to_have_attribute("inert", "")
    expect(page.locator("#graph .card")).to_have_count(12)
    page.get_by_label("Selected", exact=True).select_option("u2")
    page.wait_for_timeout(400)
    given = parse_qs(urlsplit(page.evaluate("location.href")).fragment)
    assert given["hide"] == ["program,code,legend"]
    assert given["lock"] == ["inputs"]
    page = open_page("/#hide=program,inputs,inspector,player,header&lock=program")
    assert page.locator("#graph").bounding_box()["width"] > 1400


def test_examples_change_in_place_and_are_undone(page):
    cell(page).fill("0.75")
    page.locator("#example-title").click()
    page.get_by_role("link", name=re.compile("^Attention")).first.click()
    expect(loss(page)).to_have_text(re.compile("^loss = "))
    expect(page.locator("#example-title")).to_contain_text("Attention")
    page.keyboard.press("Control+z")
    expect(page.locator("#example-title")).to_contain_text("Two layers")
    expect(cell(page)).to_have_value("0.75")
    wait_for_loss(page, grid_values(page))


def choose_example(page, name):
    page.locator("#example-title").click()
    page.get_by_role("link", name=re.compile(f"^{name}")).first.click()
    expect(page.locator("#example-title")).to_contain_text(name[:12])


def test_nothing_of_one_example_is_left_in_the_next(page):
    page.get_by_label("Role of x").select_option("constant")
    choose_example(page, "Attention")
    expect(page.get_by_label("Role of x")).to_have_value("data")
    choose_example(page, "Two layers")
    expect(page.get_by_label("Role of x")).to_have_value("data")
    expect(loss(page)).to_have_text("MSE = 2.14291")
    until(page, "!location.hash.includes('data=')")


def test_what_is_half_typed_is_not_meant_for_another_address(page):
    cell(page, "x row 1 column 1").fill("7")
    page.evaluate("location.hash = '#example=dead-relu'")
    expect(page.locator("#example-title")).to_contain_text("dead", ignore_case=True)
    expect(loss(page)).to_contain_text("1.34266")
    page.wait_for_timeout(300)
    before = loss(page).inner_text()
    field = page.locator("#inputs .parameter .grid input").first
    was = field.input_value()
    field.fill("5")
    expect(loss(page)).not_to_have_text(before)
    field.fill(was)
    expect(loss(page)).to_have_text(before)


def test_another_address_of_the_same_structure_fills_its_grids(page):
    inputs = quote(json.dumps({"w1": {"value": [[1, -1, 0.8], [0.9, 0.25, -0.6]], "role": "parameter"}}))
    page.evaluate(f"location.hash = '#example=seed-network&inputs={inputs}'")
    expect(cell(page)).to_have_value("1")
    expect(cell(page, "x row 2 column 1")).to_have_value("-1")
    wait_for_loss(page, grid_values(page))


def test_a_locked_program_stays_as_it_is(open_page):
    page = open_page("/#lock=program")
    program = page.get_by_role("textbox", name="Program")
    before = program.input_value()
    program.focus()
    for key in ("Enter", "x", "Control+/"):
        page.keyboard.press(key)
    page.keyboard.press("Tab")
    expect(program).not_to_be_focused()
    assert program.input_value() == before
    open_menu(page, "View")
    expect(page.get_by_label("Loss scaled by")).to_be_disabled()
    choose_example(page, "Attention")
    expect(program).to_have_attribute("readonly", "")


def test_the_sample_of_another_example_is_kept_in_its_link(open_page):
    page = open_page("/#example=seed-network-diabetes&sample=7")
    expect(page.locator("#example-title")).to_contain_text("real data")
    open_menu(page, "View")
    expect(page.get_by_label("Look at")).to_have_value("7")
    expect(page.locator("#graph .sample").first).to_be_attached()
    expect(page.locator("#inputs tr.sample")).to_have_count(2)
