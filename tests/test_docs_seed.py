"""docs/seed.md: every number on the page, calculated anew; what is right is found by finite differences of the loss."""

import ast
import re
from pathlib import Path

import numpy as np
import pytest
from derivations import calculated, derived, named
from seed_network import EXAMPLE, PROGRAM, by_name, closed_forms, differences, forward, gradients, traced

from app.examples import gallery
from app.explain.derivation import Notation, plain
from app.explain.frameworks import Framework
from app.service import Given, Request, analyse, program_code
from app.settings import Limits

PAGE = (Path(__file__).parents[1] / "docs" / "seed.md").read_text(encoding="utf-8")
NAMES = ("x", "w1", "b1", "w2", "b2", "y")


def rows(first, count):
    """The cells of every table row of the page that begins with one of these."""
    lines = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in PAGE.splitlines() if line.startswith("| ")]
    return {cells[0]: cells[1:] for cells in lines if len(cells) == count and cells[0] in first}


NETWORKS = {
    name: dict(zip(NAMES, (np.array(ast.literal_eval(cell), dtype=float) for cell in cells), strict=True))
    for name, cells in rows("BCDE", 7).items()
}
SLIPS = rows({str(number) for number in range(1, 100)}, 5)
B, C, D, E = (NETWORKS[name] for name in "BCDE")
AT = {name: forward(given) for name, given in NETWORKS.items()}


def true(name, of):
    """The gradient of the loss with respect to a value, by finite differences."""
    given = NETWORKS[name]
    known = given if of in NAMES else given | {of: AT[name][of]}
    return differences(lambda array: forward(known | {of: array})["MSE"], (given | AT[name])[of])


def error(given):
    """eᵢ of every sample."""
    return forward(given)["u3"] - given["y"]


def as_code(given):
    """The tutorial's code, line by line, up to the gradient of w1."""
    at = forward(given)
    diff = given["y"] - at["u3"]
    loss_g = (2 / given["x"].shape[0]) * diff
    diff_g = loss_g * -1
    l2_g = diff_g @ given["w2"].T
    l1_g = l2_g * (at["u2"] > 0)
    return {"loss.g": loss_g, "diff.g": diff_g, "l2.g": l2_g, "l1.g": l1_g, "x": given["x"]}


def second_unit(sample):
    """The gradient of w1 for the second hidden unit of C, with one sample's case for all of them."""
    on = AT["C"]["u1"][sample, 1] > 0
    return sum(error(C)[i, 0] * C["w2"][1, 0] * C["x"][i] for i in range(2)) * on


def half(given, w1):
    return forward(given | {"w1": w1})["u5"].sum() / 2


def by_hand():
    """For every slip: what stands in the tutorial, and what is right."""
    code = as_code(C)
    through = [(error(C)[i] @ C["w2"].T) * (AT["C"]["u1"][i] > 0) for i in range(2)]
    w1 = true("C", "w1")

    def first_square(array):
        return forward(C | {"w1": array})["u5"][0, 0]

    at = AT["B"]
    wrong_error = B["y"] - at["u2"] @ B["w2"] + B["b2"]
    return {
        1: (at["u5"][0, 0] / 2, at["MSE"]),
        2: (differences(lambda array: half(B, array), B["w1"]), true("B", "w1")),
        3: (-1, true("C", "u3")),
        4: (2 * AT["C"]["u4"], true("C", "u4")),
        5: (differences(first_square, C["w1"]), w1),
        6: (second_unit(0), w1[:, 1]),
        7: (second_unit(1), w1[:, 1]),
        8: (-2 * wrong_error @ B["w2"].T @ B["x"], true("B", "w1")),
        9: (0 - at["u3"][0, 0], differences(lambda u3: (B["y"] - u3)[0, 0], at["u3"])[0, 0]),
        10: (B["w2"][0, 0] + B["b2"][0], differences(lambda u2: (u2 @ B["w2"] + B["b2"])[0, 0], at["u2"])[0, 0]),
        11: (sum(row @ C["w1"].T for row in through), true("C", "x")[0]),
        12: (sum(row @ C["x"][i] for i, row in enumerate(through)), w1),
        13: (error(C).T @ AT["C"]["u2"], true("C", "w2")),
        14: (code["loss.g"], 1),
        15: (code["diff.g"], true("C", "u4")),
        16: (code["l2.g"], true("C", "u3")),
        17: (code["l1.g"], true("C", "u2")),
        18: ((code["l1.g"] * code["x"]).sum(), w1),
        19: ((code["l1.g"] * 1).sum(), true("C", "b1")),
        20: (code["l1.g"] @ code["x"], w1),
        21: (as_code(D)["loss.g"], true("D", "u4")),
        22: (at["u4"][0, 0] ** 5, at["u5"][0, 0]),
    }


BY_HAND = by_hand()


def test_page_and_test_know_the_same_slips():
    assert set(SLIPS) == {str(number) for number in BY_HAND}
    assert set(NETWORKS) == set("BCDE")


@pytest.mark.parametrize("number", BY_HAND)
def test_slip(number):
    wrong, right = (np.array(ast.literal_eval(cell), dtype=float) for cell in SLIPS[str(number)][2:])
    stands, is_right = BY_HAND[number]
    assert wrong.shape == np.shape(stands)
    assert right.shape == np.shape(is_right)
    np.testing.assert_allclose(wrong, stands, atol=1e-9)
    np.testing.assert_allclose(right, is_right, atol=1e-9)
    assert wrong.shape != right.shape or not np.allclose(wrong, right)


def test_closed_forms_put_right_are_the_finite_differences():
    for name in "BCD":
        for of, found in closed_forms(NETWORKS[name]).items():
            np.testing.assert_allclose(found, true(name, of), atol=1e-9, err_msg=f"{of} of {name}")


def test_names_in_the_code_hold_the_gradient_of_the_variable_before():
    held = {cells[0]: cells[1] for cells in ([name, *rest] for name, rest in rows({"`loss.g`", "`diff.g`", "`l2.g`", "`l1.g`"}, 3).items())}
    assert held == {"`loss.g`": "u4_g", "`diff.g`": "u3_g", "`l2.g`": "u2_g", "`l1.g`": "u1_g"}
    for name, holds in held.items():
        np.testing.assert_allclose(as_code(C)[name.strip("`")], true("C", holds.removesuffix("_g")), atol=1e-9)


def test_mask_by_l1_is_the_mask_by_u1():
    for at in AT.values():
        np.testing.assert_array_equal(at["u2"] > 0, at["u1"] > 0)


def test_one_output_makes_2_over_n_right():
    np.testing.assert_allclose(as_code(C)["loss.g"], true("C", "u4"), atol=1e-9)


def test_printed_gradients_are_right():
    block = next(part for part in PAGE.split("```") if "MSE_g = 1" in part).strip()
    trace = traced(f"{PROGRAM}\n{block}\nend = 0 * MSE", D, wrt=[])
    names = by_name(trace)
    lines = [line.partition(" = ")[0] for line in block.splitlines()]
    assert {line.removesuffix("_g") for line in lines} == {"MSE", "u5", "u4", "u3", "u2", "u1", *NAMES}
    for line in lines[1:]:
        np.testing.assert_allclose(trace.value(names[line]), true("D", line.removesuffix("_g")), atol=1e-9, err_msg=line)


def test_our_gradients_are_right():
    for name in "BCD":
        for of, found in gradients(PROGRAM, NETWORKS[name]).items():
            if of != "MSE":
                np.testing.assert_allclose(found, true(name, of), atol=1e-9, err_msg=f"{of} of {name}")


def test_slopes_on_both_sides_of_the_kink():
    said = {side: float(cells[0]) for side, cells in rows({"up", "down", "ours"}, 2).items()}
    here, step = AT["E"]["MSE"], 1e-7
    up = forward(E | {"b1": E["b1"] + [step, 0]})["MSE"]
    down = forward(E | {"b1": E["b1"] - [step, 0]})["MSE"]
    assert (AT["E"]["u1"][:, 0] == 0).all()
    assert said["up"] == pytest.approx((up - here) / step, rel=1e-5)
    assert said["down"] == pytest.approx((here - down) / step, abs=1e-6)
    assert said["ours"] == gradients(PROGRAM, E)["b1"][0]


def test_program_on_the_page_is_the_program():
    assert PROGRAM in PAGE
    assert f"u1 is {AT['C']['u1'].astype(int).tolist()}" in PAGE


# --- docs/seed-derivations.md


LINES = (Path(__file__).parents[1] / "docs" / "seed-derivations.md").read_text(encoding="utf-8")


def printed_by_us():
    """The formulas that the page says are ours, under the value whose gradient they derive."""
    for section in re.split(r"^## ∂MSE/∂", LINES, flags=re.MULTILINE)[1:]:
        target = section.split("\n")[0].replace("ᵢ", "")
        for formula in re.findall(r"Curly d:\n\n```math\n(.*?)\n```", section, re.DOTALL):
            yield target, formula


def test_the_page_of_lines_holds_the_whole_derivation_of_w1_and_the_last_line_of_the_others():
    shown = list(printed_by_us())
    assert {target for target, _ in shown} == {"w1", "b1", "x", "w2", "b2", "u2"}
    assert sum(target == "w1" for target, _ in shown) == 6 + 1 + 5 + 5 + 6


@pytest.mark.parametrize(("target", "formula"), list(printed_by_us()))
def test_what_the_page_of_lines_says_is_ours_is_what_is_printed_and_evaluated(target, formula):
    found = derived(PROGRAM, EXAMPLE, target, data=("x", "y"), notation=Notation.SAMPLE)
    (step,) = [step for step in found.steps if step.latex and plain(step.latex) == formula]
    value = calculated(step.code, named(found))
    np.testing.assert_allclose(value, found.value(step), rtol=1e-12)


def test_the_page_of_lines_names_slips_that_are_proved():
    named_slips = {int(number) for match in re.findall(r"\(slips? ([^)]*)\)", LINES) for number in re.findall(r"\d+", match)}
    assert named_slips <= {int(number) for number in SLIPS}
    assert named_slips == {int(number) for number in SLIPS}


def test_the_page_of_lines_has_the_code_that_is_written():
    lines = re.findall(r"^\|.*\| `(\w+_g = .*?)` \|", LINES, re.MULTILINE)
    example = gallery()["seed-network"]
    assert example.program == PROGRAM
    run = analyse(Request(PROGRAM, {name: Given.of(value) for name, value in example.inputs.items()}), Limits())
    written = [line.split("  # gradient of")[0] for line in program_code(run, Framework.NUMPY_STEPS).code.splitlines()]
    assert len(lines) == 7
    assert set(lines) <= set(written)
