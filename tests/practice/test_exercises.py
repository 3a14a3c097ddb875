"""Exercises, hints, lessons and worksheets, for any program."""

import numpy as np
import pytest

from app import service
from app.engine.evaluate import run
from app.errors import InputError, UnknownExampleError
from app.lessons import lessons
from app.practice.judge import Judge
from app.practice.worksheet import is_clean
from app.service import Given, Request, analyse
from app.settings import Limits

NAMES = [one["id"] for one in service.examples()]


def analysis_of(program, inputs):
    return analyse(Request(program, {name: Given.of(value) for name, value in inputs.items()}), Limits())


def of_example(name):
    found = service.example(name)
    return analysis_of(found["program"], found["inputs"])


@pytest.mark.parametrize("name", NAMES)
def test_every_value_that_the_loss_depends_on_is_asked_for(name):
    found = of_example(name)
    asked = service.exercises_answer(found, 0)
    variables = list(dict.fromkeys(one["variable"] for one in asked))
    graph = found.graph
    wanted = {card.id for card in found.view.cards if card.node in graph.gradients and card.node in graph.reaching and card.name}
    assert set(variables) == wanted - {graph.loss.name}
    assert len({one["id"] for one in asked}) == len(asked)
    # From the loss down to the inputs.
    levels = [one["level"] for one in asked if one["variable"] not in {item.name for item in found.program.inputs}]
    assert levels == sorted(levels)
    assert all(one["level"] >= 1 for one in asked)
    for one in asked:
        assert (one["element"] is not None) == (one["task"] in ("sign", "number"))
        assert f"∂{graph.loss.name}/∂{one['variable'].replace('__', '_')}" in one["question"]


@pytest.mark.parametrize("name", NAMES)
def test_the_true_answers_pass_and_the_last_hint_is_one(name):
    found = of_example(name)
    judge = Judge(found.trace, dict(found.roles), Limits())
    for one in service.exercises_answer(found, 3):
        variable, element = one["variable"], None if one["element"] is None else tuple(one["element"])
        true = judge.expected(judge.target(variable))
        match one["task"]:
            case "shape":
                assert judge.shape(variable, true.shape).correct
            case "number":
                assert judge.number(variable, element, float(true[element]), np.asarray(0.0)).correct
            case "sign":
                small = abs(true[element]) < 1e-12
                assert judge.sign(variable, element, 0 if small else int(np.sign(true[element]))).correct
            case "formula":
                codes = [hint["code"] for hint in service.hints_answer(found, variable) if hint["code"]]
                for code in codes[-1:]:
                    verdict = judge.expression(variable, code)
                    assert verdict.correct, (variable, code, verdict.diagnoses)


def test_the_seed_of_exercises_chooses_their_elements():
    found = of_example("seed-network")
    assert service.exercises_answer(found, 1) == service.exercises_answer(found, 1)
    assert service.exercises_answer(found, 1) != service.exercises_answer(found, 2)


def test_hints_give_away_more_and_more():
    found = service.hints_answer(of_example("seed-network"), "w1")
    kinds = [one["kind"] for one in found]
    assert kinds == sorted(kinds, key=["path", "local", "shapes", "formula"].index)
    assert set(kinds) == {"path", "local", "shapes", "formula"}
    assert "It changes u1, which changes u2" in found[0]["words"]
    assert found[2]["words"] == "w1 is (2, 3), and so is its gradient. It is made from these: u1_g is (3, 3), x is (3, 2)."
    assert [one["code"] for one in found][:3] == [None] * 3
    assert found[3]["code"] == "x.T @ u1_g"
    with pytest.raises(InputError):
        service.hints_answer(of_example("seed-network"), "w9")


def test_the_first_lesson_is_the_seeds():
    first, *others = service.lessons_answer()
    assert first["worked"] == "w1"
    assert {one.partition("-")[2] for one in first["exercises"]} == {"x", "b1", "w2", "u2"}
    assert {"sums", "transposes", "masks", "shared", "broadcasting", "softmax"} == {one["id"] for one in others}


@pytest.mark.parametrize("name", list(lessons()))
def test_the_exercises_of_a_lesson_are_there(name):
    lesson = lessons()[name]
    found = analysis_of(lesson.program, lesson.inputs)
    known = {one["id"] for one in service.exercises_answer(found, 0)}
    assert set(lesson.exercises) <= known
    assert len(lesson.exercises) >= 4
    # What is worked through is no secret any more; its shape stands on its card anyway.
    assert not {f"{task}-{lesson.worked}" for task in ("sign", "number", "formula")} & set(lesson.exercises)
    assert lesson.worked in {item.name for item in found.program.inputs} | {item.name for item in found.program.statements}


# worksheets


@pytest.mark.parametrize("name", ["seed-network", "used-twice", "seed-code", *[one for one in lessons() if one != "softmax"]])
@pytest.mark.parametrize("seed", [1, 2])
def test_numbers_on_paper_are_clean(name, seed):
    sheet = service.worksheet(name, seed, Limits())
    inputs = [one["value"] for one in sheet["inputs"].values()]
    assert all(float(number).is_integer() and abs(number) <= 5 for one in inputs for number in np.ravel(one))
    for one in sheet["values"]:
        assert is_clean(np.asarray(one["value"], dtype=float)), one
        if one["gradient"] is not None:
            assert is_clean(np.asarray(one["gradient"], dtype=float)), one


def test_a_worksheet_is_the_same_for_the_same_seed_and_holds_what_it_says():
    sheet = service.worksheet("seed-network", 5, Limits())
    assert sheet == service.worksheet("seed-network", 5, Limits())
    assert sheet["inputs"] != service.worksheet("seed-network", 6, Limits())["inputs"]
    found = analysis_of(sheet["program"], sheet["inputs"])
    again = run(found.graph, {name: np.asarray(one["value"], dtype=float) for name, one in sheet["inputs"].items()})
    for one in sheet["values"]:
        node = found.program.names()
        index = next(index for index, name in node.items() if name == one["id"])
        assert np.array_equal(again.value(index), one["value"])
        assert np.array_equal(again.gradient(index), one["gradient"])
    judge = Judge(found.trace, dict(found.roles), Limits())
    for one in sheet["key"]:
        assert judge.expression(one["variable"], one["code"]).correct, one


def test_class_numbers_stay_class_numbers_on_paper():
    sheet = service.worksheet("softmax", 2, Limits())
    assert sorted(sheet["inputs"]["y"]["value"]) == [0, 0, 1, 2]
    assert sheet["inputs"]["y"]["role"] == "constant"


def test_what_is_too_large_for_paper_is_refused():
    with pytest.raises(InputError, match="room for 400"):
        service.worksheet("seed-network-diabetes", 1, Limits())
    with pytest.raises(UnknownExampleError):
        service.worksheet("nothing", 1, Limits())
