"""Exercises, hints, lessons and worksheets over HTTP."""

import pytest

from app.examples import FIRST, gallery
from app.web import practice_schemas as schemas

SEED = {"program": gallery()[FIRST].program, "inputs": dict(gallery()[FIRST].inputs)}


def test_answers_are_as_the_contract_says(client):
    exercises = client.post("/api/v1/exercises", json=SEED | {"seed": 4}).json()
    assert [schemas.Exercise.model_validate(one, strict=True).id for one in exercises][:2] == ["shape-u5", "sign-u5"]
    hints = client.post("/api/v1/hints", json=SEED | {"variable": "w1"}).json()
    assert {schemas.Hint.model_validate(one, strict=True).kind for one in hints} == {"path", "local", "shapes", "formula"}
    assert hints[0]["mathml"].startswith("<math")
    for lesson in client.get("/api/v1/lessons").json():
        schemas.Lesson.model_validate(lesson)
        assert client.post("/api/v1/graph", json={"program": lesson["program"], "inputs": lesson["inputs"]}).status_code == 200
    check = client.post("/api/v1/check", json=SEED | {"answers": {"w1": "x.T @ u2_g", "u1": "x"}, "backward": "b2.g = u3_g.sum(0)"}).json()
    schemas.CheckAnswer.model_validate(check, strict=True)


def test_a_worksheet_is_json_for_scripts_and_a_page_for_browsers(client):
    address = "/api/v1/worksheet?example=seed-network&seed=7"
    sheet = client.get(address)
    assert sheet.headers["content-type"] == "application/json"
    assert "Accept" in sheet.headers["vary"].split(", ")
    schemas.Worksheet.model_validate(sheet.json())
    page = client.get(address, headers={"Accept": "text/html,application/xhtml+xml"})
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.text.count("<article") == 2
    assert "seed=6&amp;format=html" in page.text
    assert client.get(f"{address}&format=json", headers={"Accept": "text/html"}).json() == sheet.json()
    assert client.get(f"{address}&format=html").text == page.text
    posted = {"program": sheet.json()["program"], "inputs": sheet.json()["inputs"]}
    assert client.post("/api/v1/graph", json=posted).status_code == 200


@pytest.mark.parametrize(
    ("query", "status", "slug"),
    [
        ("", 422, "request"),
        ("?example=nothing", 404, "not-found"),
        ("?example=seed-network&seed=-1", 422, "request"),
        ("?example=seed-network&seed=x", 422, "request"),
        ("?example=seed-network&seed=99999999999", 422, "request"),
        ("?example=seed-network&format=pdf", 422, "request"),
        ("?example=seed-network-diabetes", 422, "input"),
        ("?example=" + "x" * 200, 422, "request"),
    ],
)
def test_bad_worksheets_are_problems(client, is_problem, query, status, slug):
    is_problem(client.get(f"/api/v1/worksheet{query}"), status, slug)


@pytest.mark.parametrize(
    ("address", "more", "slug"),
    [
        ("exercises", {"seed": -1}, "request"),
        ("exercises", {"program": "y = ="}, "program"),
        ("hints", {}, "request"),
        ("hints", {"variable": "w9"}, "input"),
    ],
)
def test_bad_requests_are_problems(client, is_problem, address, more, slug):
    is_problem(client.post(f"/api/v1/{address}", json=SEED | more), 422, slug)
