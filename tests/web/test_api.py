"""The contract of the JSON endpoints."""

import json
import time
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from app.engine.language.prelude import prelude
from app.engine.ops import OPERATIONS
from app.examples import gallery
from app.web.schemas import Example, GraphAnswer, Operation

SEED_IDS = ["x", "w1", "b1", "u1", "u2", "w2", "b2", "u3", "y", "u4", "u5", "MSE"]


def post(client, data, path="/api/v1/graph"):
    return client.post(path, json=data)


def test_the_seed_network_answers_with_everything(client, seed):
    answer = post(client, seed).json()
    GraphAnswer.model_validate(answer)
    nodes = {node["id"]: node for node in answer["nodes"]}
    assert [node["id"] for node in answer["nodes"]] == SEED_IDS
    assert {name: node["kind"] for name, node in nodes.items()} == dict.fromkeys(["x", "y"], "data") | dict.fromkeys(
        ["w1", "b1", "w2", "b2"], "parameter"
    ) | dict.fromkeys(["u1", "u2", "u3", "u4", "u5"], "intermediate") | {"MSE": "loss"}
    assert answer["loss"] == {"name": "MSE", "value": nodes["MSE"]["value"]}
    assert nodes["u1"]["expression"] == "x @ w1 + b1"
    assert nodes["u1"]["latex"] == r"u_{1} = x \cdot w_{1} + b_{1}"
    assert nodes["u1"]["line"] == 1
    assert nodes["u1"]["shape"] == [3, 3]
    for node in answer["nodes"]:
        assert np.shape(node["value"]) == np.shape(node["gradient"]) == tuple(node["shape"])
        array = np.asarray(node["value"])
        assert node["statistics"]["value"] == pytest.approx(
            {"min": array.min(), "max": array.max(), "mean": array.mean(), "norm": np.linalg.norm(array), "nonfinite": 0}
        )


def test_contributions_of_all_uses_sum_to_the_gradient(client):
    answer = post(client, {"program": "a = x * x + x\nL = sum(a * x)", "inputs": {"x": [1.5, -2]}}).json()
    nodes = {node["id"]: node for node in answer["nodes"]}
    uses = [edge for edge in answer["edges"] if edge["source"] == "x"]
    assert [(edge["target"], edge["use"]) for edge in uses] == [("a", 0), ("a", 1), ("a", 2), ("L", 0)]
    np.testing.assert_allclose(sum(np.asarray(edge["contribution"]) for edge in uses), nodes["x"]["gradient"], rtol=1e-15)


def test_edges_carry_their_local_derivative(client, seed):
    edges = {(edge["source"], edge["target"]): edge["local_derivative"] for edge in post(client, seed).json()["edges"]}
    assert edges["u1", "u2"] == {"latex": r"\left[u_{1} > 0\right]", "code": "u1 > 0", "vjp": "g * (u1 > 0)", "summed_over": []}
    assert {key: local["code"] for key, local in edges.items()} == {
        ("x", "u1"): "w1.T", ("w1", "u1"): "x.T", ("b1", "u1"): "1", ("u1", "u2"): "u1 > 0", ("u2", "u3"): "w2.T", ("w2", "u3"): "u2.T",
        ("b2", "u3"): "1", ("y", "u4"): "1", ("u3", "u4"): "-1", ("u4", "u5"): "2 * u4", ("u5", "MSE"): "1 / 3",
    }  # fmt: skip
    assert edges["b1", "u1"]["summed_over"] == [0]


def test_operations_open_each_statement(client, seed):
    answer = post(client, seed | {"detail": "operations"}).json()
    assert [node["id"] for node in answer["nodes"]] == [
        "x", "w1", "u1.1", "b1", "u1", "u2", "w2", "u3.1", "b2", "u3", "y", "u4", "u5", "MSE"
    ]  # fmt: skip
    part = answer["nodes"][2]
    assert (part["name"], part["expression"], part["latex"]) == (None, "x @ w1", r"x \cdot w_{1}")


def test_roles_decide_what_gets_a_gradient(client, seed):
    seed["inputs"]["x"] = {"value": seed["inputs"]["x"], "role": "constant"}
    seed["inputs"]["b1"] = {"value": seed["inputs"]["b1"]}
    answer = post(client, seed).json()
    nodes = {node["id"]: node for node in answer["nodes"]}
    assert nodes["x"]["kind"] == "constant"
    assert nodes["x"]["gradient"] is None
    assert nodes["x"]["statistics"]["gradient"] is None
    assert nodes["b1"]["kind"] == "parameter"
    edge = next(edge for edge in answer["edges"] if edge["source"] == "x")
    assert edge["contribution"] is None


@pytest.mark.parametrize(
    ("name", "kind"),
    [(name, "data") for name in ("x", "y", "x_train", "y_1", "trn_x", "trn_y")] + [(name, "parameter") for name in ("xs", "w", "b1", "xy")],
)
def test_an_input_without_a_role_is_data_or_parameter_by_its_name(client, name, kind):
    answer = post(client, {"program": f"L = sum({name})", "inputs": {name: [1, 2]}}).json()
    assert answer["nodes"][0]["kind"] == kind


def test_the_loss_can_be_chosen(client):
    answer = post(client, {"program": "a = x ** 2\nL = 3 * a\nz = L + a", "inputs": {"x": 2}, "loss": "L"}).json()
    gradients = {node["id"]: node["gradient"] for node in answer["nodes"]}
    assert answer["loss"] == {"name": "L", "value": 12}
    assert gradients == {"x": 12, "a": 3, "L": 1, "z": 0}
    local = {(edge["source"], edge["target"]): edge["local_derivative"] for edge in answer["edges"]}
    assert local["L", "z"] is None
    assert local["a", "L"]["code"] == "3"


def test_nan_and_infinities_come_and_go_as_strings(client):
    response = post(client, {"program": "a = log(x)\nL = sum(a)", "inputs": {"x": [0, 1, "Infinity", "NaN"]}})
    answer = json.loads(response.text, parse_constant=pytest.fail)
    nodes = {node["id"]: node for node in answer["nodes"]}
    assert nodes["a"]["value"] == ["-Infinity", 0, "Infinity", "NaN"]
    assert nodes["x"]["gradient"] == ["Infinity", 1, 0, "NaN"]
    assert answer["loss"]["value"] == "NaN"
    assert nodes["a"]["statistics"]["value"]["nonfinite"] == 3
    assert [note["kind"] for note in nodes["a"]["notes"]] == ["nonfinite"]


def test_a_value_on_the_kink_is_noted_with_its_convention(client):
    answer = post(client, {"program": "u = relu(x)\nL = sum(u)", "inputs": {"x": [[1, 0], [-1, 0]]}}).json()
    note = next(node for node in answer["nodes"] if node["id"] == "u")["notes"][0]
    assert note["kind"] == "kink"
    assert note["where"] == [[0, 1], [1, 1]]
    assert "taken as 0" in note["message"]


def test_a_large_tensor_is_sent_as_statistics_and_preview(client):
    x = np.arange(70.0).reshape(7, 10)
    answer = post(client, {"program": "L = mean(x ** 2)", "inputs": {"x": x.tolist()}}).json()
    GraphAnswer.model_validate(answer)
    node = answer["nodes"][0]
    assert node["value"] is None
    assert node["gradient"] is None
    assert node["statistics"]["value"]["max"] == 69
    for element in node["preview"]["value"]:
        assert element["value"] == x[tuple(element["index"])]
    assert {tuple(element["index"]) for element in node["preview"]["gradient"]} >= {(0, 0), (6, 9)}


def test_an_input_that_is_not_used_is_noted(client, seed):
    seed["inputs"]["w3"] = [1]
    assert post(client, seed).json()["notes"] == ["The program does not use the input w3."]


def test_svg(client, seed):
    response = post(client, seed | {"theme": "dark"}, "/api/v1/graph.svg")
    assert response.headers["content-type"] == "image/svg+xml"
    assert "sandbox" in response.headers["content-security-policy"]
    root = ET.fromstring(response.text)
    assert {group.get("data-node") for group in root.iter("{http://www.w3.org/2000/svg}g")} >= set(SEED_IDS)
    assert "var(" not in response.text


def test_dot(client, seed):
    response = post(client, seed, "/api/v1/graph.dot")
    assert response.headers["content-type"].startswith("text/vnd.graphviz")
    assert response.text.startswith("digraph")
    assert "u1 -> u2" in response.text


def test_examples_are_listed_and_can_be_posted(client):
    listed = client.get("/api/v1/examples").json()
    assert [item["id"] for item in listed] == list(gallery())
    for item in listed:
        example = client.get(f"/api/v1/examples/{item['id']}").json()
        Example.model_validate(example)
        assert post(client, {"program": example["program"], "inputs": example["inputs"]}).status_code == 200
        assert post(client, {"program": example["program"], "inputs": example["inputs"]}, "/api/v1/graph.svg").status_code == 200


def test_operations_are_the_table(client):
    listed = client.get("/api/v1/operations").json()
    assert [item["name"] for item in listed] == [*OPERATIONS, *prelude()]
    assert [item["kind"] for item in listed] == ["operation"] * len(OPERATIONS) + ["function"] * len(prelude())
    for item in listed:
        Operation.model_validate(item)
    relu = next(item for item in listed if item["name"] == "relu")
    assert relu["convention"] == "The derivative of relu at 0 is taken as 0."


def test_health(client):
    assert client.get("/healthz").json()["status"] == "ok"
    until = time.monotonic() + 20
    while client.get("/readyz").status_code == 503 and time.monotonic() < until:
        time.sleep(0.1)
    assert client.get("/readyz").json()["status"] == "ok"


def test_ready_says_when_nothing_can_be_drawn(client, monkeypatch, is_problem):
    monkeypatch.setattr(client.app.state.desk.keeper, "alive", False)
    response = client.get("/readyz")
    is_problem(response, 503, "unavailable")
    assert response.headers["retry-after"]
