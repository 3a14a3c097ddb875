"""The seed network in a browser, against an independent calculation in NumPy."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

CARDS = ("x", "w1", "b1", "u1", "u2", "w2", "b2", "u3", "y", "u4", "u5", "MSE")


def numpy_network(values):
    """Values and gradients of the seed network, written out by hand."""
    x, y, w1, b1, w2, b2 = (np.asarray(values[name], float) for name in ("x", "y", "w1", "b1", "w2", "b2"))
    u1 = x @ w1 + b1
    u2 = np.where(u1 > 0, u1, 0)
    u3 = u2 @ w2 + b2
    u4 = y - u3
    u5 = u4 * u4
    g5 = np.full(u5.shape, 1 / u5.size)
    g4 = 2 * u4 * g5
    g3 = -g4
    g2 = g3 @ w2.T
    g1 = np.where(u1 > 0, g2, 0)
    return {
        "x": (x, g1 @ w1.T), "w1": (w1, x.T @ g1), "b1": (b1, g1.sum(axis=0)), "w2": (w2, u2.T @ g3), "b2": (b2, g3.sum(axis=0)),
        "y": (y, g4), "u1": (u1, g1), "u2": (u2, g2), "u3": (u3, g3), "u4": (u4, g4), "u5": (u5, g5), "MSE": (u5.mean(), np.float64(1)),
    }  # fmt: skip


def shown(page, node, part):
    """The numbers on a card, by index."""
    cells = page.locator(f'#graph [data-node="{node}"] [data-part="{part}"] [data-cell]')
    found = cells.evaluate_all("cells => cells.map(cell => [cell.dataset.cell, cell.querySelector('text').textContent])")
    return {index: float(text.replace("−", "-")) for index, text in found}


def expected(array):
    return {",".join(map(str, index)): value for index, value in np.ndenumerate(array)}


def check_all_cards(page, values):
    numbers = numpy_network(values)
    for node in CARDS:
        for part, array in zip(("value", "gradient"), numbers[node], strict=True):
            want, got = expected(array), shown(page, node, part)
            assert got.keys() == want.keys(), (node, part)
            for index, number in want.items():
                # three significant digits are shown
                assert got[index] == pytest.approx(number, rel=6e-3, abs=1e-12), (node, part, index)


def grid_values(page):
    """What stands in the input fields."""
    found = {}
    for name in ("x", "y", "w1", "b1", "w2", "b2"):
        cells = page.get_by_role("textbox", name=re.compile(rf"^{name} row"))
        entries = cells.evaluate_all("cells => cells.map(cell => [cell.name, cell.value])")
        places = {tuple(int(i) for i in key.split(":")[2].split(",")): float(text) for key, text in entries}
        rows, columns = (max(place[axis] for place in places) + 1 for axis in (0, 1))
        matrix = [[places[row, column] for column in range(columns)] for row in range(rows)]
        found[name] = matrix[0] if name.startswith("b") else matrix
    return found


def wait_for_loss(page, values):
    loss = numpy_network(values)["MSE"][0]
    expect(page.get_by_role("status")).to_have_text(f"MSE = {loss:.6g}")


def test_the_first_page_shows_every_value_and_gradient(page):
    values = grid_values(page)
    wait_for_loss(page, values)
    check_all_cards(page, values)


def test_changing_a_weight_changes_every_card(page):
    before = shown(page, "u1", "value")
    page.get_by_role("textbox", name="w1 row 1 column 1").fill("-1.75")
    values = grid_values(page)
    assert values["w1"][0][0] == -1.75
    wait_for_loss(page, values)
    assert shown(page, "u1", "value") != before
    check_all_cards(page, values)


def test_many_quick_changes_end_with_the_last(page):
    cell = page.get_by_role("textbox", name="x row 2 column 2")
    for step in range(40):
        cell.fill(f"{step / 10}")
    values = grid_values(page)
    assert values["x"][1][1] == 3.9
    wait_for_loss(page, values)
    check_all_cards(page, values)


def test_it_works_without_a_socket(open_page):
    page = open_page("/problems")
    page.context.add_init_script("window.WebSocket = class { constructor() { this.readyState = 3 } addEventListener() {} }")
    page.goto(page.url.replace("/problems", "/"))
    page.get_by_role("textbox", name="b2 row 1 column 1").fill("2")
    values = grid_values(page)
    wait_for_loss(page, values)
    check_all_cards(page, values)


def test_a_syntax_error_is_shown_at_its_line_and_the_last_good_graph_stays(page):
    values = grid_values(page)
    program = page.get_by_role("textbox", name="Program")
    program.fill(program.input_value().replace("u3 = u2 @ w2 + b2", "u3 = u2 @ @ w2 + b2"))
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("line 3, column 11")
    expect(page.locator(".gutter .bad")).to_have_text("3")
    check_all_cards(page, values)
    program.fill(program.input_value().replace("@ @", "@"))
    expect(alert).to_be_empty()
    expect(page.locator(".gutter .bad")).to_have_count(0)


def test_a_shape_error_is_shown_at_its_line_and_the_last_good_graph_stays(page):
    values = grid_values(page)
    program = page.get_by_role("textbox", name="Program")
    program.fill(program.input_value().replace("u2 @ w2", "u2 @ w2.T"))
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("line 3, column 6")
    expect(alert).to_contain_text("u2 is (3, 3) and w2.T is (1, 3); the inner sizes 3 and 1 must agree.")
    expect(page.locator(".gutter .bad")).to_have_text("3")
    check_all_cards(page, values)


def test_a_bad_number_is_named_and_the_last_good_graph_stays(page):
    values = grid_values(page)
    page.get_by_role("textbox", name="w1 row 2 column 3").fill("abc")
    expect(page.get_by_role("alert")).to_contain_text("w1 holds 'abc' at [1, 2]")
    check_all_cards(page, values)
