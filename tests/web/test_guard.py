"""What is so for every answer, and for connections."""

import json
import logging
import re

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from app.main import create_app
from app.settings import Capacity, Settings

PATHS = ["/", "/problems", "/docs", "/healthz", "/api/v1/examples", "/api/v1/limits", "/static/page.css", "/nothing", "/openapi.json",
         "/api/v1/worksheet?example=neuron", "/api/v1/graph", "/fonts/stix-two-math.woff"]  # fmt: skip


def app_with(**settings):
    return TestClient(create_app(Settings(**settings)), raise_server_exceptions=False)


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_keeps_the_browser_from_harm(client, path):
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'self'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "camera=()" in headers["permissions-policy"]
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert re.fullmatch(r"[0-9a-f]{32}", headers["x-request-id"])
    assert "set-cookie" not in headers
    assert "server" not in headers


def test_a_picture_is_a_sandbox(client, seed):
    for response in (
        client.post("/api/v1/graph.svg", json=seed),
        client.post("/graph.svg", data={"program": "L = 2 * x", "shape:x": "", "cell:x:0,0": "3"}),
    ):
        assert response.headers["content-type"].startswith("image/svg+xml")
        assert response.headers["content-security-policy"].startswith("default-src 'none'")
        assert "sandbox" in response.headers["content-security-policy"]


def test_nothing_is_written_into_a_page_that_its_policy_forbids(client):
    for path in ("/", "/docs", "/problems", "/api/v1/worksheet?example=seed-network&format=html", "/?example=rnn&view=table"):
        html = client.get(path, headers={"Accept": "text/html"}).text
        assert not re.search(r"<[^>]+\s(style|on\w+)=", html), path
        assert not re.search(r"<style|<script(?![^>]*\ssrc=\"/)[^>]*>", html), path
        assert not re.search(r"(src|href)=\"(https?:)?//", html), path


def test_who_may_show_the_page_in_a_frame_can_be_set():
    with app_with(frame_ancestors="https://school.example 'self'") as found:
        assert found.get("/").headers["content-security-policy"].endswith("frame-ancestors https://school.example 'self'")


def test_an_id_that_comes_along_is_kept_unless_it_is_odd(client):
    assert client.get("/healthz", headers={"X-Request-Id": "abc-12345.6"}).headers["x-request-id"] == "abc-12345.6"
    for odd in ("short", "a" * 65, "white space", 'quote"quote', "ünïcöde-ünïcöde".encode()):
        assert re.fullmatch(r"[0-9a-f]{32}", client.get("/healthz", headers={"X-Request-Id": odd}).headers["x-request-id"])


def test_only_trusted_names_are_answered(is_problem):
    with app_with(hosts=("curlyd.example", "localhost")) as found:
        for host in ("curlyd.example", "localhost:8000", "CURLYD.example:80"):
            assert found.get("/problems", headers={"Host": host}).status_code == 200
        for host in ("evil.example", "curlyd.example.evil.example", "", "[::1]:8000"):
            is_problem(found.get("/problems", headers={"Host": host}), 400, "host")
        assert found.get("/healthz", headers={"Host": "10.0.0.7:8000"}).status_code == 200


def test_headers_are_bounded(client, is_problem):
    is_problem(client.get("/", headers={"X-Long": "x" * 40_000}), 431, "headers")


def lines_of(caplog):
    return [record.fields for record in caplog.records if record.message == "answered"]


def test_a_line_in_the_log_says_what_took_how_long_and_nothing_of_the_user(client, seed, caplog):
    caplog.set_level(logging.INFO, "curlyd")
    seed["program"] += "\n# secret"
    response = client.post("/api/v1/graph.svg", json=seed, headers={"X-Forwarded-For": "203.0.113.9"})
    [line] = lines_of(caplog)
    assert line["id"] == response.headers["x-request-id"]
    assert (line["method"], line["route"], line["status"]) == ("POST", "/api/v1/graph.svg", 200)
    assert {"parse", "differentiate", "run", "paint"} <= line["parts"].keys()
    assert line["ms"] >= sum(line["parts"].values()) * 0.9
    assert not re.search("secret|203|testclient", json.dumps(line))


def test_routes_are_told_by_their_template(client, caplog):
    caplog.set_level(logging.INFO, "curlyd")
    for path in ("/api/v1/examples/neuron", "/api/v1/examples/x%22y", "/static/page.css", "/nothing/../here", "/nothing2"):
        client.get(path)
    client.request("FROBNICATE", "/")
    assert [(line["method"], line["route"]) for line in lines_of(caplog)] == [
        ("GET", "/api/v1/examples/{name}"), ("GET", "/api/v1/examples/{name}"), ("GET", "/static"), ("GET", "other"), ("GET", "other"),
        ("other", "/"),
    ]  # fmt: skip


def test_who_asks_for_health_says_nothing_in_the_log(client, caplog):
    caplog.set_level(logging.INFO, "curlyd")
    client.get("/healthz")
    assert lines_of(caplog) == []


def test_a_page_of_somebody_else_gets_no_connection(client):
    ours = {"Origin": "http://testserver"}
    with client.websocket_connect("/api/v1/live", headers=ours):
        pass
    for origin in ("https://evil.example", "http://testserver.evil.example", "null", "http://testserver:81"):
        with pytest.raises(WebSocketDisconnect), client.websocket_connect("/api/v1/live", headers={"Origin": origin}):
            pass
    school = {"Origin": "https://school.example"}
    with app_with(origins=("https://school.example",)) as found, found.websocket_connect("/api/v1/live", headers=school):
        pass


def test_only_so_many_pages_are_connected():
    with app_with(capacity=Capacity(connections=2)) as found:
        with (
            found.websocket_connect("/api/v1/live"),
            found.websocket_connect("/api/v1/live"),
            pytest.raises(WebSocketDisconnect),
            found.websocket_connect("/api/v1/live"),
        ):
            pass
        with found.websocket_connect("/api/v1/live"):
            pass


def test_a_connection_that_says_nothing_is_closed():
    with app_with(capacity=Capacity(idle_seconds=0.1)) as found, found.websocket_connect("/api/v1/live") as socket:
        with pytest.raises(WebSocketDisconnect) as caught:
            socket.receive_json()
        assert caught.value.code == 1001


def test_bodies_that_are_too_many_together_are_turned_away(is_problem):
    with app_with(capacity=Capacity(bodies_bytes=1000)) as found:
        response = found.post("/api/v1/graph", content=b" " * 1001, headers={"Content-Type": "application/json"})
        is_problem(response, 503, "busy")
        assert response.headers["retry-after"] == "2"
        assert found.post("/api/v1/graph", json={"program": "L = 2 * x", "inputs": {"x": 1}}).status_code == 200
        assert found.app.state.held.size == 0


def test_while_the_event_loop_is_late_questions_are_turned_away_and_the_rest_is_answered(is_problem, monkeypatch):
    with app_with() as found:
        desk = found.app.state.desk
        monkeypatch.setattr(type(desk), "full", True)
        response = found.post("/api/v1/graph", json={"program": "L = 2 * x", "inputs": {"x": 1}})
        is_problem(response, 503, "busy")
        assert response.headers["retry-after"] == "1"
        assert re.fullmatch(r"[0-9a-f]{32}", response.headers["x-request-id"])
        assert response.headers["x-content-type-options"] == "nosniff"
        assert desk.light.refused == 1
        assert found.get("/healthz").status_code == found.get("/api/v1/limits").status_code == 200
