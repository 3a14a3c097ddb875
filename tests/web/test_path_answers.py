"""All paths between two values over HTTP, as JSON and as a part of the page."""

import json
import re
from html import unescape
from html.parser import HTMLParser

import pytest

from app.examples import gallery
from app.web.schemas import PathsAnswer

SEED = {"program": gallery()["seed-network"].program, "inputs": dict(gallery()["seed-network"].inputs)}
BOTH = pytest.mark.parametrize("address", ["/api/v1/paths", "/paths"])


def asked(client, address="/api/v1/paths", **more):
    return client.post(address, json=SEED | {"source": "w1", "target": "MSE"} | more)


def test_paths_are_answered_as_the_contract_says(client):
    response = asked(client)
    assert response.headers["content-type"] == "application/json"
    found = response.json()
    PathsAnswer.model_validate(found, strict=True)
    assert list(found) == ["source", "target", "shape", "path_count", "paths", "sum", "words"]
    assert (found["source"], found["target"], found["shape"], found["path_count"]) == ("w1", "MSE", [2, 3], 1)
    (path,) = found["paths"]
    assert path["nodes"] == ["w1", "u1", "u2", "u3", "u4", "u5", "MSE"]
    graph = client.post("/api/v1/graph", json=SEED).json()
    gradient = next(node["gradient"] for node in graph["nodes"] if node["id"] == "w1")
    assert path["value"] == found["sum"]["value"] == gradient


@pytest.mark.parametrize("detail", ["statements", "operations"])
def test_the_edges_are_those_of_the_picture(client, detail):
    drawn = client.post("/api/v1/graph.svg", json=SEED | {"detail": detail}).text
    for path in asked(client, detail=detail, source="x").json()["paths"]:
        assert {f'data-edge="{edge}"' for edge in path["edges"]} <= set(re.findall(r'data-edge="[^"]+"', drawn))


def test_the_part_of_the_page(client):
    more = {"program": "a = x * x\nL = sum(a)", "inputs": {"x": [1.0, -2.5]}, "source": "x", "target": "L"}
    response = client.post("/paths", json=more)
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    html = response.text
    assert '<h2 id="paths-title">Paths from x to L</h2>' in html
    assert "Two paths lead from x to L; what comes back along them adds up to the gradient." in html
    items = re.findall(r"<li ([^>]*)>", html)
    assert items == [
        f'data-path="{number}" data-edges="x-a-{number} a-L-0" data-nodes="x a L" tabindex="0"' for number in range(2)
    ]  # fmt: skip
    assert html.count("x → a → L") == 2
    assert html.count("<math ") == 3
    assert 'data-node="a" class="intermediate"' in html
    assert re.findall(r'<td class="\w+" title="[^"]*">([^<]*)</td>', html) == ["1", "−2.5", "1", "−2.5", "2", "−5"]
    assert '<button type="button" class="quiet" data-close-paths>Close</button>' in html
    assert _Balanced.of(html)


def test_numbers_stand_in_the_part_as_the_page_writes_them(client):
    more = {"program": "L = x * (1 / 3)", "inputs": {"x": 1.0}, "source": "x", "target": "L", "fractions": True}
    assert ">1/3</td>" in client.post("/paths", json=more).text


def test_large_numbers_are_left_out_of_the_part(client):
    more = {"program": "L = sum(x * x)", "source": "x", "target": "L"}
    html = client.post("/paths", json=more | {"inputs": {"x": [1.0] * 50}}).text
    assert "50: 50 numbers. All of them come with POST /api/v1/paths." in html
    html = client.post("/paths", json=more | {"inputs": {"x": [1.0] * 100}}).text
    assert "It has 100 numbers, which is too many to be written out." in html
    assert "<td" not in html


def test_no_path_has_no_list(client):
    html = asked(client, "/paths", source="u3", target="w1").text
    assert "No path leads from u3 to w1" in html
    assert "<ol" not in html
    assert "data-close-paths" in html


def test_nothing_that_was_written_reaches_the_part_unescaped(client):
    more = {"program": 'a = where(x < 2, x, "</h2><b>" if False else 3)\nL = sum(a * a)', "inputs": {"x": [1.0]}}
    assert client.post("/paths", json=more | {"source": "x", "target": "L"}).status_code == 422
    more = {"program": "a = where(x < 2, x, 3)\nL = sum(a * a)", "inputs": {"x": [1.0]}, "detail": "operations"}
    nodes = [node["id"] for node in client.post("/api/v1/graph", json=more).json()["nodes"]]
    condition = next(name for name in nodes if name not in ("x", "a", "L"))
    html = client.post("/paths", json=more | {"source": "x", "target": condition}).text
    assert f"Paths from x to {'x &lt; 2'}" in html
    assert "x < 2" not in html
    assert "x < 2" in unescape(html)
    assert _Balanced.of(html)


@BOTH
@pytest.mark.parametrize("wanted", ["nothing", "", "<script>alert(1)</script>", "w1\n", "\ud800", "__proto__", "q" * 5000])
def test_unknown_values_are_refused(client, is_problem, address, wanted):
    for more in ({"source": wanted}, {"target": wanted}):
        response = client.post(
            address, content=json.dumps(SEED | {"source": "w1", "target": "MSE"} | more), headers={"Content-Type": "application/json"}
        )
        document = is_problem(response, 422, "input")
        assert document["detail"].startswith("There is no value called ")
        assert "w1" in document["errors"][0]["hint"]


@BOTH
def test_failures_are_problem_documents(client, is_problem, address):
    for more in ({"source": None}, {"target": 3}, {"source": ["w1"]}, {"paths": 1}):
        is_problem(asked(client, address, **more), 422, "request")
    is_problem(client.post(address, json=SEED), 422, "request")
    is_problem(asked(client, address, program="L = w1 @"), 422, "program")
    is_problem(client.post(address, content="{", headers={"Content-Type": "application/json"}), 400, "malformed")
    is_problem(client.post(address, content="{}", headers={"Content-Type": "text/plain"}), 415, "unsupported-media-type")
    is_problem(client.post(address, content=" " * 200_001, headers={"Content-Type": "application/json"}), 413, "too-large")
    is_problem(client.get(address), 405, "method-not-allowed")
    constant = SEED["inputs"] | {"y": {"value": SEED["inputs"]["y"], "role": "constant"}}
    assert "constant" in is_problem(asked(client, address, inputs=constant, source="y"), 422, "input")["detail"]


def test_the_part_is_not_in_the_document(client):
    document = client.get("/openapi.json").json()
    assert "/paths" not in document["paths"]
    assert document["paths"]["/api/v1/paths"]["post"]["tags"] == ["explanation"]
    assert {"PathsRequest", "PathsAnswer", "ValuePath"} <= set(document["components"]["schemas"])


class _Balanced(HTMLParser):
    """Whether every tag that is opened is closed, innermost first."""

    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, _):
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    @classmethod
    def of(cls, html):
        parser = cls()
        parser.feed(html)
        return not parser.open
