"""The inputs as grids of numbers: stepped, dragged, pasted, filled, turned, loaded from files; by role and accessible name."""

import io
import json
import re

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from browser.waiting import until
from playwright.sync_api import expect


@pytest.fixture
def page(page):
    """The seed network; what the panel tells of scrubs and changed grids is kept in `told`."""
    page.evaluate(
        """() => {
            window.told = [];
            for (const type of ["scrub", "gridchange"]) {
                document.getElementById("inputs").addEventListener(type, (event) => told.push([type, event.detail]));
            }
        }"""
    )
    return page


def told(page, kind):
    return [detail for what, detail in page.evaluate("told") if what == kind]


def cell(page, name, row=1, column=1):
    return page.get_by_role("textbox", name=f"{name} row {row} column {column}", exact=True)


def numbers(page, name):
    """The cells of an input as they are written, row by row."""
    rows = page.get_by_role("group", name=name, exact=True).get_by_role("row")
    return rows.evaluate_all("rows => rows.map(row => [...row.querySelectorAll('input')].map(cell => cell.value))")


def shape(page, name):
    return page.get_by_label(f"Shape of {name}")


def change(page, name, *actions):
    """Opens what an input can be changed by, and does it."""
    page.get_by_role("button", name=f"Change {name}", exact=True).click()
    popup = page.get_by_role("dialog", name=f"Change {name}", exact=True)
    for action in actions:
        popup.get_by_role("button", name=action, exact=True).click()
    page.keyboard.press("Escape")
    expect(popup).to_be_hidden()


def drag(page, target, by, release=True):
    target.scroll_into_view_if_needed()
    box = target.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + by, y + 1, steps=6)
    if release:
        page.mouse.up()


def drop(page, name, **files):
    """Drops files on an input; their names have an underscore in place of the point."""
    data = page.evaluate_handle(
        """files => {
            const data = new DataTransfer();
            for (const [name, bytes] of files) data.items.add(new File([new Uint8Array(bytes)], name));
            return data;
        }""",
        [[key.replace("_", "."), list(content)] for key, content in files.items()],
    )
    field = page.get_by_role("group", name=name, exact=True)
    field.dispatch_event("dragover", {"dataTransfer": data})
    expect(field).to_have_class(re.compile(r"\bover\b"))
    field.dispatch_event("drop", {"dataTransfer": data})
    expect(field).not_to_have_class(re.compile(r"\bover\b"))


def npz(**arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def npy(array):
    file = io.BytesIO()
    np.save(file, np.asarray(array))
    return file.getvalue()


@pytest.mark.parametrize(
    ("was", "key", "now"),
    [
        ("0.5", "ArrowUp", "0.6"),
        ("0.925", "ArrowDown", "0.924"),
        ("0.1", "ArrowUp", "0.2"),
        ("0.9", "ArrowUp", "1.0"),
        ("-0.1", "ArrowUp", "0.0"),
        ("−0.5", "ArrowDown", "-0.6"),
        ("0.5", "Shift+ArrowUp", "1.5"),
        ("0.5", "Alt+ArrowUp", "0.51"),
        ("2", "ArrowUp", "2.1"),
        ("2", "Shift+ArrowUp", "3"),
        ("0", "ArrowDown", "-0.1"),
        ("1e-3", "ArrowUp", "2e-3"),
        ("1.5e-3", "ArrowUp", "1.6e-3"),
        ("1e-3", "Alt+ArrowUp", "1.1e-3"),
        ("0.0616962065186885", "ArrowUp", "0.0617962065186885"),
        ("", "ArrowUp", "0.1"),
        ("abc", "ArrowUp", "abc"),
    ],
)
def test_the_arrow_keys_change_a_number_by_its_step(page, was, key, now):
    target = cell(page, "w1")
    target.fill(was)
    target.press(key)
    expect(target).to_have_value(now)
    expect(target).to_be_focused()


def test_whole_numbers_among_whole_numbers_step_by_one(page):
    target = cell(page, "y", 1)
    target.fill("5")
    for key, now in (("ArrowUp", "6"), ("Shift+ArrowUp", "16"), ("Alt+ArrowUp", "16.1")):
        target.press(key)
        expect(target).to_have_value(now)


def test_presses_are_one_scrub_until_they_pause_or_the_cell_is_left(page):
    target = cell(page, "w1", 1, 2)
    target.fill("-0.2")
    target.press("ArrowUp")
    target.press("ArrowUp")
    expect(target).to_have_value("0.0")
    common = {"input": "w1", "index": [0, 1], "from": -0.2}
    begun = [common | {"phase": phase, "value": value} for phase, value in (("start", -0.2), ("move", -0.1), ("move", 0))]
    assert told(page, "scrub") == begun
    until(page, "told.at(-1)[1].phase === 'end'", 3.0)
    assert told(page, "scrub") == [*begun, common | {"phase": "end", "value": 0}]
    target.press("ArrowDown")
    target.press("Tab")
    assert [one["phase"] for one in told(page, "scrub")[4:]] == ["start", "move", "end"]
    assert told(page, "scrub")[-1] == {"phase": "end", "input": "w1", "index": [0, 1], "from": 0, "value": -0.1}


def test_typing_ends_a_scrub_and_counts(page):
    target = cell(page, "b1", 1, 3)
    target.press("ArrowUp")
    target.press("End")
    page.keyboard.type("5")
    expect(target).to_have_value("0.45")
    assert [(one["phase"], one["index"]) for one in told(page, "scrub")] == [("start", [2]), ("move", [2]), ("end", [2])]
    expect(page.locator('#graph [data-node="b1"] [data-part="value"] [data-cell="2"]')).to_have_text("0.45")


def test_a_single_number_has_no_index(open_page):
    page = open_page("/?example=chain-rule")
    page.evaluate("document.getElementById('inputs').addEventListener('scrub', (event) => (window.last = event.detail))")
    name = page.locator("fieldset[data-input]").first.get_attribute("data-input")
    shape(page, name).fill("")
    shape(page, name).press("Enter")
    cell(page, name).press("ArrowUp")
    assert page.evaluate("last.index") == []


def test_dragging_sideways_scrubs_and_paints_while_it_goes(page):
    target = cell(page, "w1")
    drag(page, target, 42, release=False)
    expect(target).to_have_value("1.5")
    expect(page.locator('#graph [data-node="w1"] [data-part="value"] [data-cell="0,0"]')).to_have_text("1.5")
    scrubs = told(page, "scrub")
    assert [scrubs[0]["phase"], scrubs[0]["from"], scrubs[0]["index"]] == ["start", 0.5, [0, 0]]
    assert {one["phase"] for one in scrubs[1:]} == {"move"}
    assert page.evaluate("document.activeElement.selectionStart === document.activeElement.selectionEnd"), "text is selected"
    page.mouse.up()
    assert told(page, "scrub")[-1] == {"phase": "end", "input": "w1", "index": [0, 0], "from": 0.5, "value": 1.5}


@pytest.mark.parametrize(("key", "now"), [("Shift", "-9.5"), ("Alt", "0.40")])
def test_shift_and_alt_change_the_step_of_a_drag(page, key, now):
    page.keyboard.down(key)
    drag(page, cell(page, "w1"), -41)
    page.keyboard.up(key)
    expect(cell(page, "w1")).to_have_value(now)


def test_escape_puts_the_old_number_back(page):
    target = cell(page, "w1")
    drag(page, target, 30, release=False)
    expect(target).not_to_have_value("0.5")
    page.keyboard.press("Escape")
    expect(target).to_have_value("0.5")
    page.mouse.move(5, 5)
    page.mouse.up()
    expect(target).to_have_value("0.5")
    assert told(page, "scrub")[-1] == {"phase": "end", "input": "w1", "index": [0, 0], "from": 0.5, "value": 0.5}
    expect(page.locator("#loss")).to_have_text("MSE = 2.14291")


def test_a_click_is_no_drag(page):
    target = cell(page, "w1")
    drag(page, target, 3)
    expect(target).to_be_focused()
    expect(target).to_have_value("0.5")
    assert told(page, "scrub") == []
    target.dblclick()
    assert page.evaluate("document.getSelection().toString()") == "0.5"


def test_a_finger_drags_too(open_page):
    page = open_page("/", viewport={"width": 390, "height": 844}, has_touch=True)
    target = cell(page, "w1")
    target.scroll_into_view_if_needed()
    assert target.evaluate("cell => getComputedStyle(cell).touchAction") == "pan-y"
    box = target.bounding_box()
    x, y = box["x"] + 30, box["y"] + 10
    touch = page.context.new_cdp_session(page)
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for far in (6, 20, 41):
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x + far, "y": y}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    # A browser keeps the first few pixels of a touch to itself, until it is clear that the page is not scrolled.
    assert 0.5 < float(target.input_value()) <= 1.5


def test_rows_and_columns_come_and_go(page):
    change(page, "x", "Add a row", "Add a column")
    assert numbers(page, "x") == [["1", "2", "0"], ["-1", "0.5", "0"], ["0.3", "-1.2", "0"], ["0", "0", "0"]]
    expect(shape(page, "x")).to_have_value("4 × 3")
    change(page, "x", "Remove a row", "Remove a column", "Remove a column")
    assert numbers(page, "x") == [["1"], ["-1"], ["0.3"]]
    assert told(page, "gridchange") == [{"input": "x", "what": what} for what in ("rows", "columns", "rows", "columns", "columns")]


def test_what_a_shape_does_not_allow_cannot_be_chosen(page):
    page.get_by_role("button", name="Change b1").click()
    popup = page.get_by_role("dialog", name="Change b1")
    for action, can in (("Add a row", False), ("Remove a row", False), ("Add a column", True), ("Transpose", False)):
        expect(popup.get_by_role("button", name=action)).to_be_enabled(enabled=can)
    remove = popup.get_by_role("button", name="Remove a column")
    remove.click()
    remove.click()
    expect(remove).to_be_disabled()
    assert numbers(page, "b1") == [["0.1"]]
    expect(popup.get_by_role("button", name="Add a column")).to_be_focused()


def test_a_single_number_becomes_a_vector(page):
    shape(page, "b2").fill("")
    shape(page, "b2").press("Enter")
    assert numbers(page, "b2") == [["0.05"]]
    change(page, "b2", "Add a row")
    assert numbers(page, "b2") == [["0.05", "0"]]
    expect(shape(page, "b2")).to_have_value("2")


def test_a_shape_is_told_once(page):
    page.evaluate("document.getElementById('inputs').addEventListener('change', () => told.push(['change', null]))")
    shape(page, "w1").fill("3x2")
    shape(page, "w1").press("Enter")
    expect(shape(page, "w1")).to_have_value("3 × 2")
    assert numbers(page, "w1") == [["0.5", "-1"], ["0.8", "0.9"], ["0.25", "-0.6"]]
    assert page.evaluate("told") == [["gridchange", {"input": "w1", "what": "shape"}]]


def test_transposing_turns_the_grid(page):
    change(page, "w1", "Transpose")
    assert numbers(page, "w1") == [["0.5", "0.9"], ["-1", "0.25"], ["0.8", "-0.6"]]
    expect(page.get_by_role("alert").first).to_contain_text("w1")
    change(page, "w1", "Transpose")
    expect(page.locator("#loss")).to_have_text("MSE = 2.14291")


@pytest.mark.parametrize("fill", ["Random normal", "Xavier", "He"])
def test_the_same_seed_gives_the_same_numbers(page, fill):
    change(page, "w1", fill)
    first = numbers(page, "w1")
    assert all(len(text.strip("-0.").replace(".", "")) <= 4 for row in first for text in row)
    change(page, "w1", "Zeros")
    assert numbers(page, "w1") == [["0"] * 3] * 2
    change(page, "w1", fill)
    assert numbers(page, "w1") == first
    page.get_by_role("button", name="Change w1").click()
    page.get_by_label("Seed").fill("7")
    page.keyboard.press("Escape")
    change(page, "w1", fill)
    assert numbers(page, "w1") != first
    page.get_by_role("button", name="Change w2").click()
    expect(page.get_by_label("Seed")).to_have_value("7")


def test_random_fills_have_the_variance_that_they_say(open_page):
    page = open_page("/")
    found = page.evaluate(
        """async () => {
            const { filled } = await import("/static/js/fills.js");
            return ["normal", "xavier", "he"].map((id) => filled(id, [50, 200], "w", 3));
        }"""
    )
    for values, variance in zip(found, (1, 2 / 250, 2 / 50), strict=True):
        assert np.shape(values) == (50, 200)
        assert np.mean(values) == pytest.approx(0, abs=4 * np.sqrt(variance / 10_000))
        assert np.var(values) == pytest.approx(variance, rel=0.06)


def test_the_generator_is_mulberry32(open_page):
    """Against the same generator in Python's whole numbers."""

    def expected(state):
        while True:
            state = (state + 0x6D2B79F5) % 2**32
            mixed = (state ^ state >> 15) * (state | 1) % 2**32
            mixed ^= (mixed + (mixed ^ mixed >> 7) * (mixed | 61)) % 2**32
            yield (mixed ^ mixed >> 14) / 2**32

    page = open_page("/")
    draws = """async () => {
        const random = (await import("/static/js/fills.js")).uniform(12345);
        return Array.from({ length: 20 }, random);
    }"""
    assert page.evaluate(draws) == [value for value, _ in zip(expected(12345), range(20), strict=False)]


def test_the_popup_is_walked_and_left_by_keys(page):
    button = page.get_by_role("button", name="Change w1")
    expect(button).to_have_attribute("aria-expanded", "false")
    button.focus()
    page.keyboard.press("ArrowDown")
    expect(button).to_have_attribute("aria-expanded", "true")
    popup = page.get_by_role("dialog", name="Change w1")
    expect(popup.get_by_role("button", name="Add a row")).to_be_focused()
    for key, name in (("ArrowDown", "Remove a row"), ("ArrowUp", "Add a row"), ("ArrowUp", "He"), ("Home", "Add a row"), ("End", "He")):
        page.keyboard.press(key)
        expect(popup.get_by_role("button", name=name, exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    expect(popup).to_be_hidden()
    expect(button).to_be_focused()
    expect(button).to_have_attribute("aria-expanded", "false")
    button.click()
    expect(popup).to_be_visible()
    button.click()
    expect(popup).to_be_hidden()
    button.click()
    page.get_by_role("heading", name="Inputs").click()
    expect(popup).to_be_hidden()


@pytest.mark.parametrize("size", [(1440, 900), (1024, 768), (390, 844)], ids=str)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_popup_and_in_what_is_said_of_files(open_page, size, scheme):
    page = open_page("/", viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)
    drop(page, "x", a_csv=b"1,2\n3,z\n")
    expect(page.get_by_role("group", name="x", exact=True).get_by_role("alert")).to_be_visible()
    page.get_by_role("button", name="Change w1").click()
    popup = page.get_by_role("dialog", name="Change w1")
    box = popup.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= size[0]
    assert box["y"] + box["height"] <= size[1]
    for button in [*popup.get_by_role("button").all(), page.get_by_role("button", name="Close").first]:
        place = button.bounding_box()
        assert min(place["width"], place["height"]) >= 24
    found = Axe().run(page).response["violations"]
    assert found == [], json.dumps([(item["id"], [node["target"] for node in item["nodes"][:3]]) for item in found], indent=1)


def test_without_scripts_there_is_no_such_button(open_page):
    page = open_page("/", java_script_enabled=False)
    expect(page.get_by_role("button", name="Change w1")).to_have_count(0)
    assert cell(page, "w1").evaluate("cell => getComputedStyle(cell).cursor") != "ew-resize"


def test_the_role_colours_its_input_at_once(page):
    field = page.get_by_role("group", name="x", exact=True)
    expect(field).to_have_class("input data")
    for role in ("constant", "parameter", "data"):
        page.get_by_label("Role of x").select_option(role)
        expect(field).to_have_class(f"input {role}")


def test_a_table_is_dropped(page):
    drop(page, "x", numbers_csv=b"a,b\n1,2\n3,4\n5,6.5\n")
    expect(cell(page, "x", 3, 2)).to_have_value("6.5")
    assert numbers(page, "x") == [["1", "2"], ["3", "4"], ["5", "6.5"]]
    assert told(page, "gridchange") == [{"input": "x", "what": "file"}]
    expect(page.locator('#graph [data-node="x"] [data-part="value"] [data-cell="2,1"]')).to_have_text("6.5")


def test_a_column_stays_a_column_and_a_vector_a_vector(page):
    drop(page, "y", y_csv=b"5\n6\n7\n")
    expect(cell(page, "y", 3)).to_have_value("7")
    expect(shape(page, "y")).to_have_value("3 × 1")
    drop(page, "y", y_csv=b"8,9,10\n")
    expect(cell(page, "y", 3)).to_have_value("10")
    expect(shape(page, "y")).to_have_value("3 × 1")
    drop(page, "b1", b_csv=b"5\n6\n7\n")
    expect(cell(page, "b1", 1, 3)).to_have_value("7")
    expect(shape(page, "b1")).to_have_value("3")


def test_an_array_keeps_its_shape(page):
    drop(page, "w1", weights_npy=npy([[0.25, 1e-7], [-3, 4]]))
    expect(shape(page, "w1")).to_have_value("2 × 2")
    assert numbers(page, "w1") == [["0.25", "1e-7"], ["-3", "4"]]
    drop(page, "y", y_npy=npy([1.0, 2.0]))
    expect(shape(page, "y")).to_have_value("2")


def test_several_arrays_go_where_they_are_called_to(page):
    drop(page, "x", all_npz=npz(w1=np.ones((2, 3)), b1=np.zeros(3), spare=np.ones(4)))
    expect(cell(page, "w1")).to_have_value("1")
    assert numbers(page, "b1") == [["0"] * 3]
    note = page.get_by_role("group", name="x", exact=True).get_by_role("alert")
    expect(note).to_contain_text("Taken: w1, b1")
    expect(note).to_contain_text("No inputs are: spare (4).")
    assert numbers(page, "x")[0] == ["1", "2"]
    cell(page, "x").fill("3")
    expect(note).to_have_count(0)


def test_of_arrays_with_other_names_one_is_chosen(page):
    drop(page, "w1", all_npz=npz(first=np.full((2, 3), 0.5), second=np.full((2, 3), 2)))
    note = page.get_by_role("group", name="w1", exact=True).get_by_role("alert")
    expect(note).to_contain_text("Which one is w1?")
    note.get_by_role("button", name="second (2 × 3)").click()
    expect(note).to_have_count(0)
    assert numbers(page, "w1") == [["2"] * 3] * 2


def test_two_files_are_dropped_at_once(page):
    drop(page, "x", x_csv=b"1 1\n2 2\n3 3\n", y_csv=b"1\n2\n3\n")
    expect(cell(page, "y", 3)).to_have_value("3")
    assert numbers(page, "x") == [["1", "1"], ["2", "2"], ["3", "3"]]


def test_a_file_is_chosen(page):
    page.get_by_role("button", name="Change w1").click()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("dialog", name="Change w1").get_by_role("button", name="Load a file…").click()
    chooser.value.set_files([{"name": "w.csv", "mimeType": "text/csv", "buffer": b"1,2,3\n4,5,6\n"}])
    expect(cell(page, "w1", 2, 3)).to_have_value("6")
    expect(page.get_by_role("dialog", name="Change w1")).to_be_hidden()


def test_a_faulty_file_is_told_at_its_input(page):
    drop(page, "w1", bad_csv=b"1,2\n3,four\n")
    note = page.get_by_role("group", name="w1", exact=True).get_by_role("alert")
    expect(note).to_contain_text("Row 2, cell 2: four is not a number.")
    assert numbers(page, "w1")[0] == ["0.5", "-1", "0.8"]
    note.get_by_role("button", name="Close").click()
    expect(note).to_have_count(0)
    expect(page.get_by_role("button", name="Change w1")).to_be_focused()
    drop(page, "w1", bad_xlsx=b"PK")
    expect(note).to_contain_text(".xlsx")
    cell(page, "w1").press("ArrowUp")
    expect(note).to_have_count(0)


def test_a_server_that_fails_is_told_at_the_input(page):
    page.route("**/api/v1/arrays*", lambda route: route.abort())
    drop(page, "w1", w_csv=b"1,2\n")
    expect(page.get_by_role("group", name="w1", exact=True).get_by_role("alert")).to_contain_text("The server does not answer.")


def test_a_file_beside_the_inputs_does_not_leave_the_page(page):
    stopped = page.evaluate(
        """() => {
            const data = new DataTransfer();
            data.items.add(new File(["1"], "x.csv"));
            return ["dragover", "drop"].map((type) => {
                const event = new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true });
                document.getElementById("loss").dispatchEvent(event);
                return event.defaultPrevented;
            });
        }"""
    )
    assert stopped == [True, True]


def paste(page, text):
    page.evaluate(
        """text => {
            const data = new DataTransfer();
            data.setData("text", text);
            document.activeElement.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
        }""",
        text,
    )


@pytest.mark.parametrize(
    "text",
    ["[[1, 2.5, 3], [4, 5, -6e-2]]", "[\n [1, 2.5, 3],\n [4, 5, -6e-2]\n]", "1;2.5;3\n4;5;-0.06", "np.array([[1, 2.5, 3], [4, 5, -0.06]])",
     "[[ 1.   2.5  3. ]\n [ 4.   5.  -0.06]]"],
)  # fmt: skip
def test_lists_and_tables_are_pasted(page, text):
    cell(page, "w1").focus()
    paste(page, text)
    assert [[float(one) for one in row] for row in numbers(page, "w1")] == [[1, 2.5, 3], [4, 5, -0.06]]
    assert told(page, "gridchange") == [{"input": "w1", "what": "paste"}]
    expect(cell(page, "w1")).to_be_focused()


def test_a_list_is_pasted_into_a_vector(page):
    cell(page, "b1", 1, 2).focus()
    paste(page, "[\n 1,\n 2,\n 3\n]")
    assert numbers(page, "b1") == [["0.1", "1", "2", "3"]]
    expect(shape(page, "b1")).to_have_value("4")


def test_more_numbers_than_a_grid_shows_are_a_block(page):
    drop(page, "x", x_npy=npy(np.arange(400).reshape(200, 2)))
    block = page.get_by_role("textbox", name="Numbers of x")
    expect(block).to_have_value(re.compile("^0\t1\n2\t3\n"))
    change(page, "x", "Transpose")
    expect(page.get_by_role("group", name="x", exact=True).locator(".shape")).to_have_text("2 × 200")
    change(page, "x", "Ones")
    expect(block).to_have_value(re.compile("^1\t1\t1"))
    drop(page, "x", x_npy=npy([[1, 2]]))
    expect(cell(page, "x", 1, 2)).to_have_value("2")
    assert numbers(page, "x") == [["1", "2"]]
    drop(page, "x", x_npy=npy(np.arange(400)))
    expect(block).to_have_value(re.compile(r"^\[0,\n 1,"))
    read = "import('/static/js/cells.js').then(({ read }) => read(document.querySelector('[data-input=x]')))"
    assert page.evaluate(read) == [*range(400)]


DETACHED = """async () => {
    const { Grids } = await import("/static/js/grids.js");
    const panel = document.getElementById("inputs").cloneNode(true);
    const grids = new Grids(panel);
    const events = [];
    for (const type of ["input", "change", "gridchange", "scrub"]) panel.addEventListener(type, () => events.push(type));
    const told = {};
    %s
    return { ...told, events };
}"""


def test_what_was_given_is_restored_without_a_word(page):
    found = page.evaluate(
        DETACHED
        % """
        const first = grids.values();
        const text = JSON.stringify(first);
        const big = Array.from({ length: 200 }, () => [1, 2]);
        const [w1, b1] = [{ value: [[1], [2]], role: "data" }, { value: 4, role: "constant" }];
        grids.restore({ ...first, w1, b1, x: { value: big }, gone: { value: [7] } });
        const field = (name) => panel.querySelector(`[data-input=${name}]`);
        told.changed = grids.values();
        told.classes = ["w1", "b1", "x"].map((name) => field(name).className);
        const shapes = ["w1", "b1", "x"].map((name) => field(name).querySelector(".shape"));
        told.shapes = shapes.map((shape) => shape.value ?? shape.textContent);
        told.block = field("x").querySelector(".block") !== null;
        grids.restore(JSON.parse(text));
        told.same = JSON.stringify(grids.values()) === text && JSON.stringify(first) === text;
        """
    )
    assert found["events"] == []
    assert found["same"]
    assert found["changed"]["w1"] == {"value": [[1], [2]], "role": "data"}
    assert found["changed"]["b1"] == {"value": 4, "role": "constant"}
    assert found["classes"] == ["input data", "input constant", "input data"]
    assert found["shapes"] == ["2 × 1", "", "200 × 2"]
    assert found["block"]
    # What has no field is kept for when it gets one, and forgotten with the state that had it.
    assert found["changed"]["gone"] == {"value": [7]}


def test_the_focus_and_the_caret_stay_where_they_were(page):
    cell(page, "w1", 2, 2).focus()
    found = page.evaluate(
        """async () => {
            const { Grids } = await import("/static/js/grids.js");
            const grids = new Grids(document.getElementById("inputs"));
            document.activeElement.setSelectionRange(1, 2);
            grids.restore({ w1: { value: [[1, 2], [3, 0.125], [5, 6]] } });
            const { name, value, selectionStart, selectionEnd } = document.activeElement;
            return [name, value, selectionStart, selectionEnd];
        }"""
    )
    assert found == ["cell:w1:1,1", "0.125", 1, 2]


def test_what_values_gave_stays_as_it_was_and_typed_cells_count(page):
    found = page.evaluate(
        DETACHED
        % """
        const first = grids.values();
        told.kept = grids.values().w1 === first.w1;
        const cell = panel.querySelector('[name="cell:w1:0,1"]');
        cell.value = "8.5";
        cell.dispatchEvent(new InputEvent("input", { bubbles: true }));
        told.typed = grids.values().w1.value[0][1];
        cell.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowUp", bubbles: true, cancelable: true }));
        told.pressed = grids.values().w1.value;
        told.first = first.w1.value[0][1];
        """
    )
    assert found["kept"]
    assert (found["first"], found["typed"]) == (-1, 8.5)
    assert found["pressed"] == [[0.5, 8.6, 0.8], [0.9, 0.25, -0.6]]
    assert found["events"] == ["input", "scrub", "scrub"]


PANEL = """<fieldset class="input data" data-input="a"><input type="hidden" name="literal:a" value="%s">
<div class="meta"><select name="role:a"><option>data</option><option>parameter</option></select>
<input class="shape" value=""></div><table class="grid"><tr><td><input name="cell:a:0,0" value="%s"></td></tr></table></fieldset>"""


def test_a_number_of_the_text_counts_unless_another_was_restored(page):
    found = page.evaluate(
        """async ([four, changed, restored]) => {
            const { Grids } = await import("/static/js/grids.js");
            const panel = Object.assign(document.createElement("div"), { innerHTML: four });
            const grids = new Grids(panel);
            const told = [grids.values().a];
            told.push(grids.replace(changed, "5"), grids.values().a);
            grids.restore({ a: { value: 3, role: "parameter" } });
            told.push(grids.replace(restored, "4"), grids.values().a.value, grids.replace(changed, "5"), grids.values().a);
            grids.restore({ a: { role: "parameter" } });
            return [...told, grids.values().a, panel.querySelector("fieldset").className];
        }""",
        [PANEL % (4, 4), PANEL % (5, 4), PANEL % (4, 3)],
    )
    assert found == [{"role": "data"}, True, {"role": "data"}, False, 3, True, {"role": "data"}, {"role": "parameter"}, "input parameter"]
