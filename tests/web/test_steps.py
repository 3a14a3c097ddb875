"""The two passes over HTTP, step by step, on the picture that is drawn."""

import re

import pytest

from app.examples import gallery
from app.web.schemas import StepsAnswer

SEED = {"program": gallery()["seed-network"].program, "inputs": dict(gallery()["seed-network"].inputs)}


def steps(client, **more):
    return client.post("/api/v1/steps", json=SEED | more)


def test_the_steps_are_answered_as_the_contract_says(client):
    answer = steps(client).json()
    assert StepsAnswer.model_validate(answer).model_dump() == answer
    assert (answer["count"], answer["forward"], len(answer["steps"])) == (17, 7, 17)
    assert all(step["mathml"] is None for step in answer["steps"])


def test_the_step_that_is_asked_for_has_its_formulas_typeset(client):
    told = steps(client, step=14).json()["steps"]
    assert [step["number"] for step in told if step["mathml"]] == [14]
    assert told[14]["mathml"]["formula"].startswith("<math")
    assert told[14]["mathml"]["filled"].startswith("<math")
    assert set(re.findall('data-node="([^"]+)"', told[14]["mathml"]["formula"])) == {"MSE", "u1", "u2"}
    first = steps(client, step=0).json()["steps"][0]
    assert first["mathml"] == {"formula": None, "filled": None}


@pytest.mark.parametrize("more", [{}, {"detail": "operations"}, {"show": "values", "direction": "right"}])
def test_all_that_is_shown_is_in_the_picture(client, more):
    picture = client.post("/api/v1/graph.svg", json=SEED | more).text
    cards, edges = (set(re.findall(f'data-{what}="([^"]+)"', picture)) for what in ("node", "edge"))
    answer = steps(client, **more).json()
    assert {name for step in answer["steps"] for name in step["shows"]["values"]} == cards
    assert {name for step in answer["steps"] for name in step["shows"]["gradients"]} == cards
    assert {name for step in answer["steps"] if step["pass"] == "backward" for name in step["edges"]} == edges
    assert {name for step in answer["steps"] if step["pass"] == "forward" for name in step["edges"]} == edges


def test_steps_that_are_not_there(client, is_problem):
    document = is_problem(steps(client, step=17), 422, "input")
    assert document["detail"] == "There is no step 17. There are 17, counted from 0: the last is 16."
    is_problem(steps(client, step=-1), 422, "request")
    is_problem(steps(client, step="first"), 422, "request")
    is_problem(client.post("/api/v1/steps", json={"program": "u = "}), 422, "program")
