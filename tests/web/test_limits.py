"""Limits are said, are set by the environment, and can be lowered by a request, all of them."""

from dataclasses import fields

import pytest
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Capacity, Limits, Settings, variable

PROGRAM = "h = x @ w\nL = mean(tanh(h) ** 2)"
INPUTS = {"x": [[1, 2], [3, 4]], "w": [[1, 0], [0, 1]]}
LOWERED = {
    "body_bytes": 10, "program_characters": 5, "statements": 1, "nesting": 1, "nodes": 2, "inputs": 1, "rank": 1, "tensor_elements": 3,
    "total_bytes": 8, "flops": 1, "cards": 1, "edges": 1, "response_bytes": 10,
}  # fmt: skip
"""What this small program exceeds."""


@pytest.fixture(scope="module")
def server():
    with TestClient(create_app(Settings()), raise_server_exceptions=False) as found:
        yield found


def test_limits_are_listed(server):
    found = server.get("/api/v1/limits").json()
    for part, of in (("limits", Limits()), ("capacity", Capacity())):
        assert {one["name"]: one["value"] for one in found[part]} == {one.name: getattr(of, one.name) for one in fields(of)}
        assert all(one["variable"] == variable(one["name"]) and one["about"] for one in found[part])


def test_limits_come_from_the_environment():
    names = [one.name for one in fields(Limits)] + [one.name for one in fields(Capacity)]
    settings = Settings.from_environment({variable(name): "7" for name in names})
    with TestClient(create_app(settings)) as found:
        listed = found.get("/api/v1/limits").json()
    assert {one["value"] for one in listed["limits"] + listed["capacity"]} == {7}


@pytest.mark.parametrize("limit", LOWERED)
def test_a_request_may_lower_a_limit(server, is_problem, limit):
    asked = {"program": PROGRAM, "inputs": INPUTS}
    path = "/api/v1/graph.svg" if limit in ("cards", "edges") else "/api/v1/graph"
    assert server.post(path, json=asked).status_code == 200
    document = is_problem(server.post(path, json=asked | {"limits": {limit: LOWERED[limit]}}), 422, "limit")
    assert document["limit"] == limit
    assert document["maximum"] == LOWERED[limit]
    assert document["value"] > document["maximum"]


def test_the_numbers_that_are_told_can_be_fewer(server):
    found = server.post("/api/v1/graph", json={"program": PROGRAM, "inputs": INPUTS, "limits": {"json_elements": 3}}).json()
    assert [node["value"] is None for node in found["nodes"]] == [True, True, True, False]


def test_time_and_memory_can_be_lowered(server, is_problem):
    heavy = {"program": "h = x\nfor i in range(150):\n    h = tanh(h @ w) * 1.01\nL = mean(h ** 2)",
             "inputs": {"x": [[0.1] * 100] * 50, "w": [[0.01] * 100] * 100}}  # fmt: skip
    for limit, value in (("seconds", 0.05), ("memory_bytes", 1000)):
        document = is_problem(server.post("/api/v1/graph", json=heavy | {"limits": {limit: value}}), 422, "limit")
        assert (document["limit"], document["maximum"]) == (limit, value)
    assert server.post("/api/v1/graph", json={"program": PROGRAM, "inputs": INPUTS, "limits": {"seconds": 9}}).status_code == 200


@pytest.mark.parametrize("limit", [one.name for one in fields(Limits)])
def test_no_limit_can_be_raised(server, is_problem, limit):
    most = getattr(Limits(), limit)
    document = is_problem(
        server.post("/api/v1/graph", json={"program": PROGRAM, "inputs": INPUTS, "limits": {limit: most + 1}}), 422, "limit"
    )
    assert (document["limit"], document["value"], document["maximum"]) == (limit, most + 1, most)


@pytest.mark.parametrize("limits", [{"nothing": 1}, {"cards": 0}, {"cards": -1}, {"cards": "7"}, {"cards": True}, {"cards": None}, [], 3])
def test_limits_that_are_none_are_refused(server, is_problem, limits):
    is_problem(server.post("/api/v1/graph", json={"program": PROGRAM, "inputs": INPUTS, "limits": limits}), 422, "request")
