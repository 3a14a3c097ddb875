"""Every failure is a problem document, and is documented."""

import json

import pytest


def test_the_program_is_at_fault_at_its_line(client, is_problem):
    data = {"program": "u1 = x @ w1\nL = sum(u1)", "inputs": {"x": [[1, 2]] * 3, "w1": [[1, 2]] * 3}}
    document = is_problem(client.post("/api/v1/graph", json=data), 422, "program")
    assert document["errors"] == [
        {
            "message": "x @ w1: x is (3, 2) and w1 is (3, 2); the inner sizes 2 and 3 must agree.",
            "line": 1, "column": 6, "end_column": 12, "hint": "Did you mean x @ w1.T?",
            "repair": {"line": 1, "column": 10, "end_column": 12, "text": "w1.T"},
        }
    ]  # fmt: skip
    assert document["detail"].startswith("Line 1, column 6: x @ w1:")


@pytest.mark.parametrize("path", ["/api/v1/graph", "/api/v1/graph.svg", "/api/v1/graph.dot"])
@pytest.mark.parametrize(
    ("data", "status", "slug"),
    [
        ({"program": "u = "}, 422, "program"),
        ({"program": "u = x"}, 422, "input"),
        ({"program": "u = x", "inputs": {"x": [[1], [2, 3]]}}, 422, "input"),
        ({"program": "u = x", "inputs": {"x": None}}, 422, "input"),
        ({"program": "u = x", "inputs": {"x": {"value": 1, "role": "hero"}}}, 422, "request"),
        ({"program": "u = x", "inputs": {"x": {"role": "data"}}}, 422, "input"),
        ({"program": "L = sum(x)", "inputs": {"x": [1] * 5001}}, 422, "limit"),
        ({"program": "L = sum(x)", "inputs": {"x": [1, 2]}, "loss": "M"}, 422, "program"),
        ({"inputs": {}}, 422, "request"),
        ({"program": "u = 1", "surprise": 1}, 422, "request"),
        ({"program": 3}, 422, "request"),
        ({"program": "u = 1", "detail": "everything"}, 422, "request"),
        ([], 422, "request"),
        ("text", 422, "request"),
    ],
)
def test_requests_at_fault(client, is_problem, path, data, status, slug):
    is_problem(client.post(path, json=data), status, slug)


@pytest.mark.parametrize(
    ("body", "status", "slug"),
    [
        (b"", 400, "malformed"),
        (b"{", 400, "malformed"),
        (b"\xff\xfe", 400, "malformed"),
        (b'{"program": NaN}', 400, "malformed"),
        (b'{"program": "u = x", "inputs": {"x": Infinity}}', 400, "malformed"),
        (b'{"program": "u = x", "inputs": {"x": ' + b"9" * 5000 + b"}}", 400, "malformed"),
        (b'{"program": "u = x", "inputs": {"x": ' + b"[" * 90_000 + b"]" * 90_000 + b"}}", 400, "malformed"),
        (b'{"program": "u = x", "inputs": {"x": 1e999}}', 200, None),
        (b'{"program": "u = \\ud800"}', 422, "program"),
        (b'{"program": "u = x", "inputs": {"\\ud800": 1}}', 422, "input"),
        (b" " * 200_001, 413, "too-large"),
    ],
)
def test_bodies_at_fault(client, is_problem, body, status, slug):
    response = client.post("/api/v1/graph", content=body, headers={"Content-Type": "application/json"})
    if slug is None:
        assert response.status_code == status
    else:
        is_problem(response, status, slug)


def test_a_chunked_body_is_bounded_too(client, is_problem):
    def chunks():
        for _ in range(300):
            yield b" " * 1000

    document = is_problem(client.post("/api/v1/graph", content=chunks(), headers={"Content-Type": "application/json"}), 413, "too-large")
    assert document["maximum"] == 200_000


@pytest.mark.parametrize("kind", ["text/plain", "application/octet-stream", "application/x-www-form-urlencoded", ""])
def test_only_json_is_taken(client, is_problem, kind):
    is_problem(client.post("/api/v1/graph", content=b"{}", headers={"Content-Type": kind}), 415, "unsupported-media-type")


def test_missing_pages_and_methods(client, is_problem):
    is_problem(client.get("/api/v1/nothing"), 404, "not-found")
    is_problem(client.get("/static/nothing.css"), 404, "not-found")
    is_problem(client.get("/api/v1/examples/nothing"), 404, "not-found")
    is_problem(client.get("/?example=nothing"), 404, "not-found")
    response = client.get("/api/v1/graph")
    is_problem(response, 405, "method-not-allowed")
    assert response.headers["allow"] == "POST"
    is_problem(client.delete("/"), 405, "method-not-allowed")


def test_a_misspelt_input_is_suspected(client, is_problem):
    document = is_problem(client.post("/api/v1/graph", json={"program": "L = w1 * 2", "inputs": {"W1": 2}}), 422, "input")
    assert document["errors"][0]["line"] == 1
    assert "W1" in document["errors"][0]["hint"]
    assert document["errors"][0]["repair"] == {"line": 1, "column": 5, "end_column": 7, "text": "W1"}


def test_a_fault_without_a_sure_repair_says_so(client, is_problem):
    document = is_problem(client.post("/api/v1/graph", json={"program": "y = a b"}), 422, "program")
    assert document["errors"][0]["repair"] is None


def test_a_repair_is_documented(client):
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    assert schemas["ProblemError"]["properties"]["repair"]["anyOf"][0] == {"$ref": "#/components/schemas/Repair"}
    assert set(schemas["Repair"]["properties"]) == {"line", "column", "end_column", "text"}


def test_what_cannot_be_laid_out_in_time_is_said(client, is_problem, monkeypatch):
    from app.errors import Fault, LayoutError

    async def late(*_, **__):
        raise LayoutError(Fault("The edges could not be routed within 6 seconds."))

    monkeypatch.setattr("app.draw.layout.positions", late)
    is_problem(client.post("/api/v1/graph.svg", json={"program": "L = 2 * x", "inputs": {"x": 1}}), 422, "layout")


def test_a_picture_of_too_many_cards_is_refused_with_the_limit(client, is_problem):
    names = [f"a{i}" for i in range(60)]
    program = f"loss = {' + '.join(names)} + {' * '.join(names)}"
    document = is_problem(client.post("/api/v1/graph.svg", json={"program": program, "inputs": dict.fromkeys(names, 1)}), 422, "limit")
    assert (document["limit"], document["value"], document["maximum"]) == ("cards", 61, 40)


def test_our_own_faults_are_answered_too(client, is_problem, monkeypatch):
    def broken():
        raise ZeroDivisionError("secret")

    monkeypatch.setattr("app.service.operations", broken)
    response = client.get("/api/v1/operations")
    is_problem(response, 500, "internal")
    assert "secret" not in response.text


def test_what_was_sent_is_not_echoed_at_length(client, is_problem):
    name = "q" * 60
    is_problem(client.post("/api/v1/graph", json={"program": f"L = {name}(" + "1" * 3000 + ")", "inputs": {name: 1}}), 422, "program")
    is_problem(client.post("/api/v1/graph", json={"program": "L = x", "inputs": {"x": "y" * 9000}}), 422, "input")
    is_problem(client.post("/api/v1/graph", json={"program": "L = x", "k" * 9000: 1}), 422, "request")


def test_every_endpoint_documents_its_failures(client):
    document = client.get("/openapi.json").json()
    schemas = document["components"]["schemas"]
    endpoints = {"graph", "graph.svg", "graph.dot", "verify", "examples", "examples/{name}", "operations"}
    endpoints |= {"derivation", "derivation.md", "derivation.tex", "nudge", "code", "arrays", "paths", "steps"}
    endpoints |= {"check", "exercises", "hints", "lessons", "worksheet", "limits"}
    assert set(document["paths"]) == {f"/api/v1/{endpoint}" for endpoint in endpoints} | {"/healthz", "/readyz"}
    for path, methods in document["paths"].items():
        for method, endpoint in methods.items():
            assert endpoint["description"], path
            assert "HTTPValidationError" not in json.dumps(endpoint), path
            if method == "post":
                content = endpoint["requestBody"]["content"]
                wanted = {"413", "422", "500"} | ({"400", "415"} if "application/json" in content else set())
                assert wanted <= set(endpoint["responses"]), path
                assert any(one.get("examples") for one in content.values()), path
    references = [part.split('"')[0] for part in json.dumps(document).split('"#/components/schemas/')[1:]]
    assert set(references) <= set(schemas)


def test_documented_examples_are_answered(client):
    document = client.get("/openapi.json").json()
    for path, methods in document["paths"].items():
        if "post" in methods:
            for media, content in methods["post"]["requestBody"]["content"].items():
                for example in content.get("examples", {}).values():
                    body = json.dumps(example["value"]) if media == "application/json" else example["value"]
                    assert client.post(path, content=body, headers={"Content-Type": media}).status_code == 200
