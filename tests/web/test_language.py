"""The language over HTTP: literals, groups, what a graph costs, and the verdict on its gradients."""

import pytest
from seed_network import EXAMPLE, PROGRAM

from app.web.schemas import GraphAnswer, Verdict

CALL = "def layer(a, w):\n    z = a @ w\n    return relu(z)\nh = layer(x, w)\nloss = mse(h, y)"
INPUTS = {"x": [[1, 2], [3, -4]], "w": [[1, -1], [0.5, 1]], "y": [[1, 0], [0, 1]]}


def post(client, data, path="/api/v1/graph"):
    return client.post(path, json=data)


def answer(client, **data):
    response = post(client, data)
    assert response.status_code == 200, response.text
    GraphAnswer.model_validate(response.json())
    return response.json()


def nodes(found):
    return {node["id"]: node for node in found["nodes"]}


# --- literals


def test_a_literal_is_an_input_that_a_request_may_override(client):
    program = "a = -4.0\nloss = a ** 2"
    assert nodes(answer(client, program=program))["a"]["value"] == -4.0
    found = nodes(answer(client, program=program, inputs={"a": 3}))
    assert (found["a"]["value"], found["a"]["kind"], found["loss"]["value"]) == (3.0, "parameter", 9.0)
    assert nodes(answer(client, program=program, inputs={"a": {"role": "constant"}}))["a"]["gradient"] is None
    assert nodes(answer(client, program=program))["a"]["line"] == 1


def test_a_literal_that_the_structure_depends_on_is_the_programs(client, is_problem):
    program = "n = 2\nfor i in range(n):\n    x = x * 2\nloss = x"
    assert answer(client, program=program, inputs={"x": 1})["loss"]["value"] == 4.0
    assert answer(client, program=program, inputs={"x": 1, "n": 2})["loss"]["value"] == 4.0
    document = is_problem(post(client, {"program": program, "inputs": {"x": 1, "n": 3}}), 422, "input")
    (error,) = document["errors"]
    assert error["message"] == "n cannot be given: line 2 builds the graph from it."
    assert error["hint"] == "Change it in the program: n = …"


# --- groups


def test_groups_are_told_and_opened(client):
    found = answer(client, program=CALL, inputs=INPUTS)
    assert [node["id"] for node in found["nodes"]] == ["x", "w", "h", "y", "loss"]
    assert [(group["id"], group["kind"], group["line"], group["open"]) for group in found["groups"]] == [
        ("layer", "call", 4, False),
        ("mse", "call", 5, False),
    ]
    assert nodes(found)["h"]["expression"] == "layer(x, w)"
    assert nodes(found)["h"]["latex"] == r"h = \mathrm{layer} \left(x , w\right)"
    opened = answer(client, program=CALL, inputs=INPUTS, open=["mse"])
    assert [node["id"] for node in opened["nodes"]] == ["x", "w", "h", "y", "mse.diff", "mse.sq", "loss"]
    assert nodes(opened)["mse.diff"]["group"] == "mse"
    assert [group["open"] for group in opened["groups"]] == [False, True]
    assert nodes(opened)["w"]["gradient"] == nodes(found)["w"]["gradient"]


def test_passes_are_groups(client):
    found = answer(client, program="for i in range(2):\n    x = x * w\nloss = x", inputs={"x": 3, "w": 2})
    assert [(group["id"], group["name"], group["kind"]) for group in found["groups"]] == [
        ("i=0", "i = 0", "pass"),
        ("i=1", "i = 1", "pass"),
    ]
    assert [node["id"] for node in found["nodes"]] == ["x", "w", "x__2", "x__3", "loss"]
    assert nodes(found)["x__3"]["latex"] == r"x^{\prime\prime} = x^{\prime} \cdot w"


def test_a_local_derivative_that_is_no_product_is_told_by_its_rule(client):
    found = answer(client, program="p = softmax(z)\nloss = sum(p * k)", inputs={"z": [1, 2], "k": [3, 4]})
    local = next(edge["local_derivative"] for edge in found["edges"] if (edge["source"], edge["target"]) == ("z", "p"))
    assert local["code"] is None
    assert local["latex"] == r"\frac{\partial p}{\partial z}"
    assert "p" in local["vjp"]
    assert "g" in local["vjp"]


# --- cost


def test_the_cost_is_told(client):
    found = answer(client, program="u = x @ w\nloss = sum(u)", inputs={"x": [[1.0] * 3] * 4, "w": [[1.0] * 5] * 3})
    assert found["cost"]["forward"] == 2 * 4 * 3 * 5 + 4 * 5
    assert found["cost"]["bytes"] == 8 * found["cost"]["elements"]
    assert found["cost"]["backward"] >= 2 * 2 * 4 * 3 * 5


# --- the verdict


def verify(client, **data):
    response = post(client, data, "/api/v1/verify")
    assert response.status_code == 200, response.text
    Verdict.model_validate(response.json())
    return response.json()


def test_the_seed_network_is_verified(client):
    inputs = {name: array.tolist() for name, array in EXAMPLE.items()}
    found = verify(client, program=PROGRAM, inputs=inputs)
    assert found["passed"] is True
    assert found["max_relative_error"] < 1e-9
    assert found["epsilon"] == 1e-4
    assert [node["id"] for node in found["nodes"]] == ["x", "w1", "b1", "w2", "b2", "y"]
    assert all(node["elements"] == EXAMPLE[node["id"]].size and node["kinks"] == [] for node in found["nodes"])
    wide = verify(client, program=PROGRAM, inputs=inputs, epsilon=0.5)
    assert wide["epsilon"] == 0.5
    assert any(node["kinks"] for node in wide["nodes"])


def test_kinks_are_named(client):
    found = verify(client, program="loss = sum(relu(u))", inputs={"u": [0, 1]})
    assert found["passed"] is True
    assert found["nodes"][0]["kinks"] == [[0]]


def test_what_cannot_be_judged_is_said(client):
    found = verify(client, program="loss = log(u)", inputs={"u": -1})
    assert found == {
        "passed": False, "max_relative_error": "NaN", "epsilon": 1e-4, "nodes": [],
        "reason": "The loss loss is not finite, so there is nothing to compare.",
    }  # fmt: skip


@pytest.mark.parametrize("epsilon", [0, -1, 2, "x", [1]])
def test_a_step_that_is_none_is_refused(client, is_problem, epsilon):
    is_problem(post(client, {"program": "loss = x", "inputs": {"x": 1}, "epsilon": epsilon}, "/api/v1/verify"), 422, "request")


def test_the_line_on_the_page_says_the_same(client):
    response = post(client, {"program": "loss = x ** 2", "inputs": {"x": 3}}, "/verdict")
    assert response.json()["passed"] is True
    assert response.json()["text"].startswith("✓ every gradient verified · ")
