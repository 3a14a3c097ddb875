"""A whole lesson on the page: questions, verdicts, hints, veils, progress, and a teacher's link."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect


def answer(page):
    return page.locator("#answer").get_by_role("textbox")


def judged(page):
    return page.locator("#judged")


def gradient(page, node):
    """The gradient's part of a card."""
    return page.locator(f'#graph [data-node="{node}"] [data-part="gradient"]')


def practise(page):
    page.get_by_role("button", name="Practice").click()
    expect(page.locator("#exercise option")).not_to_have_count(0)


def choose(page, exercise):
    page.get_by_label("Exercise", exact=True).select_option(exercise)


def test_gradients_are_veiled_until_they_are_answered(page):
    expect(gradient(page, "u4")).to_be_visible()
    practise(page)
    for node in ("u4", "w1", "x"):
        expect(gradient(page, node)).to_be_hidden()
    expect(page.locator("#derivation")).to_be_hidden()
    assert "gradient −" not in page.locator('#graph [data-node="u3"]').get_attribute("aria-label")
    choose(page, "formula-u4")
    answer(page).fill("2 * u4 / N")
    expect(judged(page)).to_have_text("✓ Right.")
    expect(gradient(page, "u4")).to_be_visible()
    expect(gradient(page, "u3")).to_be_hidden()
    expect(page.locator("#progress")).to_have_text("1 of 44 solved")
    expect(page.locator("#exercise option:checked")).to_have_text("✓ u4: formula")
    page.get_by_role("button", name="Close").click()
    expect(gradient(page, "u3")).to_be_visible()
    assert "gradient" in page.locator('#graph [data-node="u3"]').get_attribute("aria-label")


def test_a_mistake_is_named_beside_the_numbers(page):
    practise(page)
    choose(page, "formula-w1")
    answer(page).fill("e = u3 - y\n2/N * x.T @ (e @ w2.T)")
    expect(judged(page)).to_contain_text("Line 2: u1 > 0 is not multiplied in: at ∂u2/∂u1")
    yours, true = page.locator("#compared figure").all()
    expect(yours.locator("td")).to_have_count(6)
    expect(yours.locator("td.off")).not_to_have_count(0)
    expect(true.locator("td.off")).to_have_count(0)
    answer(page).fill("e = u3 - y\n2/N * x.T @ (e @ w2.T * (u1 > 0")
    expect(judged(page)).to_contain_text("Line 2")
    answer(page).fill("e = u3 - y\n2/N * x.T @ (e @ w2.T * (u1 > 0))")
    expect(judged(page)).to_have_text("✓ Right.")
    expect(page.locator("#compared td.off")).to_have_count(0)


def test_hints_come_in_steps(page):
    practise(page)
    choose(page, "formula-w1")
    hints = page.get_by_role("list", name="Hints").get_by_role("listitem")
    button = page.locator("#hint")
    for count, said in enumerate(["It changes u1", "transposed, from the left", "u1_g is (3, 3)", "x.T @ u1_g"], 1):
        button.click()
        expect(hints).to_have_count(count)
        expect(hints.last).to_contain_text(said)
    while button.is_enabled():
        before = hints.count()
        button.click()
        expect(hints).to_have_count(before + 1)
    expect(button).to_have_text("No more hints")


def test_numbers_signs_and_shapes(page):
    practise(page)
    choose(page, "shape-w1")
    answer(page).fill("3, 2")
    expect(judged(page)).to_contain_text("w1 is (2, 3)")
    answer(page).fill("(2, 3)")
    expect(judged(page)).to_have_text("✓ Right.")
    choose(page, "sign-u4")
    question = page.locator("#question").inner_text()
    row = int(re.search(r"\[(\d), 0\]", question)[1])
    right, wrong = [("negative", "positive"), ("positive", "negative"), ("negative", "positive")][row]
    page.get_by_role("radio", name=wrong).check(force=True)
    expect(judged(page)).to_contain_text(f"It is not {wrong}")
    page.get_by_role("radio", name=right).check(force=True)
    expect(judged(page)).to_have_text("✓ Right.")
    choose(page, "number-u5")
    answer(page).fill("-1/3")
    expect(judged(page)).to_contain_text("sign")
    answer(page).fill("1/3")
    expect(judged(page)).to_have_text("✓ Right.")


def test_a_whole_lesson_with_the_keyboard_alone(page):
    page.get_by_role("button", name="Practice").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Practice")).to_be_focused()
    expect(page.locator("#exercise option")).not_to_have_count(0)

    def tab_to(selector):
        for _ in range(40):
            if page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
            page.keyboard.press("Tab")
        pytest.fail(f"{selector} is not reached")

    tab_to("#lesson")
    page.keyboard.type("Two layers")
    expect(page.locator("#question")).to_have_text("Write ∂MSE/∂u2 as an expression: its shape is (3, 3).")
    expect(page.locator("#progress")).to_have_text("0 of 4 solved")
    for number, text in enumerate(["u3_g @ w2.T", "u2.T @ u3_g", "u1_g.sum(0)", "u1_g @ w1.T"], 1):
        tab_to("#answer textarea")
        page.keyboard.type(text)
        expect(judged(page)).to_have_text("✓ Right.")
        expect(page.locator("#progress")).to_have_text(f"{number} of 4 solved")
        if number < 4:
            page.keyboard.press("Shift+Tab")
            expect(page.locator("#next")).to_be_focused()
            page.keyboard.press("Enter")
            expect(page.locator("#answer textarea")).to_be_focused()
    for node in ("u2", "w2", "b1", "x", "w1"):
        expect(gradient(page, node)).to_be_visible()
    expect(gradient(page, "b2")).to_be_hidden()


def test_a_lesson_brings_its_own_program_and_what_is_worked_through(page):
    practise(page)
    page.get_by_label("Lesson").select_option("Broadcasting")
    expect(page.locator("#program")).to_have_value("z = x * g + b\nloss = mean((z - y) ** 2)")
    expect(page.locator("#progress")).to_have_text("0 of 6 solved")
    expect(gradient(page, "b")).to_be_visible()
    expect(gradient(page, "z")).to_be_hidden()
    # The derivation of what is worked through stands there.
    expect(page.get_by_label("Selected", exact=True)).to_have_value("b")
    expect(page.locator("#derivation")).to_be_visible()


def test_progress_is_kept_in_the_browser_and_can_be_cleared(page):
    practise(page)
    choose(page, "formula-u4")
    answer(page).fill("2 * u4 / N")
    expect(judged(page)).to_have_text("✓ Right.")
    choose(page, "formula-u3")
    page.get_by_role("button", name="Show the gradient").click()
    expect(gradient(page, "u3")).to_be_visible()
    page.reload()
    expect(gradient(page, "u4")).to_be_visible()
    expect(page.locator("#progress")).to_have_text("1 of 44 solved")
    expect(gradient(page, "u2")).to_be_hidden()
    page.get_by_role("button", name="Clear progress").click()
    expect(gradient(page, "u4")).to_be_hidden()
    expect(gradient(page, "u3")).to_be_hidden()
    assert page.context.cookies() == []


def test_a_teachers_link_opens_an_exercise_and_hides_what_gives_it_away(open_page):
    page = open_page("/#lesson=masks&exercise=sign-u&hide=program,examples")
    expect(page.locator("#question")).to_contain_text("of ∂loss/∂u negative, 0 or positive?")
    expect(page.get_by_label("Lesson")).to_have_value("masks")
    expect(page.locator('[data-panel="program"]')).to_be_hidden()
    expect(gradient(page, "u")).to_be_hidden()
    expect(gradient(page, "h")).to_be_visible()
    expect(page).to_have_url(re.compile(r"exercise=sign-u.*"))
    plain = open_page("/#hide=practice")
    expect(plain.get_by_role("button", name="Practice")).to_be_hidden()


def test_a_whole_backward_pass_is_judged_line_by_line(page):
    practise(page)
    page.get_by_text("A whole backward pass").click()
    page.get_by_label("Your lines").fill("u4.grad = 2 * u4 / N\nu3.grad = u4.grad\nw2.grad = u2.T @ u3.grad\nb9.grad = u3.grad")
    box = page.locator("#backward-judged")
    expect(box).to_contain_text("u4, line 1: ✓ Right.")
    expect(box).to_contain_text("u3, line 2: The sign is the wrong way round")
    expect(box).to_contain_text("w2, line 3: Right, given your u3.grad.")
    expect(box).to_contain_text("Line 4: b9.grad is calculated, and not judged")
    expect(gradient(page, "u4")).to_be_visible()


def test_an_answer_is_judged_anew_when_the_numbers_change(page):
    practise(page)
    choose(page, "formula-u4")
    answer(page).fill("2 * u4 / 3")
    expect(judged(page)).to_have_text("✓ Right.")
    page.get_by_role("textbox", name="x row 1 column 1").fill("3")
    expect(page.locator("#loss")).not_to_have_text("MSE = 2.14291")
    expect(judged(page)).to_have_text("✓ Right.")
    expect(answer(page)).to_have_value("2 * u4 / 3")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1440, 900), (390, 844)])
def test_practice_is_accessible(open_page, scheme, size):
    page = open_page(color_scheme=scheme, viewport={"width": size[0], "height": size[1]})
    practise(page)
    choose(page, "formula-w1")
    answer(page).fill("x.T @ u2_g")
    expect(judged(page)).to_contain_text("u1 > 0")
    page.locator("#hint").click()
    expect(page.locator("#hints li")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_a_worksheet_is_a_page_with_its_key(open_page):
    page = open_page("/api/v1/worksheet?example=seed-network&seed=3&format=html")
    expect(page.get_by_role("heading", name="Two layers, ReLU and MSE", exact=True)).to_be_visible()
    blanks, key = page.get_by_role("article").all()
    assert {cell.inner_text().strip() for cell in blanks.locator("section:not(.given) td").all()} == {""}
    assert all(cell.inner_text().strip() for cell in key.locator("td").all())
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.querySelector('#key')).breakBefore") == "page"
    expect(page.get_by_role("navigation")).to_be_hidden()
