"""POST /api/v1/check: verdicts on derived gradients."""

import pytest

from app.examples import FIRST, gallery

SEED = {"program": gallery()[FIRST].program, "inputs": dict(gallery()[FIRST].inputs)}


def check(client, status=200, **more):
    response = client.post("/api/v1/check", json={**SEED, **more})
    assert response.status_code == status, response.text
    return response.json()


def test_right_and_wrong_answers(client):
    found = check(client, answers={"u3": "2/N * (u3 - y)", "w1": "e = u3 - y\n2/N * x.T @ (e @ w2.T)", "b2": [0.3]})
    u3, w1, b2 = found["verdicts"]
    assert not found["correct"]
    assert u3["correct"]
    assert u3["diagnoses"] == []
    assert u3["wrong_elements"] == []
    assert u3["max_relative_difference"] < 1e-12
    assert u3["shape"] == u3["expected_shape"] == [3, 1]
    assert w1["variable"] == "w1"
    assert not w1["correct"]
    assert w1["shape_ok"]
    (one,) = w1["diagnoses"]
    assert one["id"] == "mask-missing"
    assert one["line"] == 2
    assert one["link"] == {"node": "u2", "source": "u1", "line": 2}
    assert "∂u2/∂u1" in one["message"]
    assert one["factor"] is None
    assert w1["max_absolute_difference"] > 0
    assert w1["wrong_elements"]
    assert not b2["correct"]
    assert b2["wrong_elements"] == [[0]]


def test_a_factor_is_told_as_a_number(client):
    (found,) = check(client, answers={"u4": "u4 / N"})["verdicts"]
    (one,) = found["diagnoses"]
    assert (one["id"], one["factor"]) == ("factor-missing", 0.5)


def test_a_whole_backward_pass(client):
    found = check(client, backward="u4.grad = 2 * u4 / N\nu3.grad = -u4.grad\nw2.grad = u2.T @ u3.grad\nb2.grad = u3.grad.sum(0)")
    assert found["correct"]
    assert [one["variable"] for one in found["verdicts"]] == ["u4", "u3", "w2", "b2"]
    assert [one["line"] for one in found["verdicts"]] == [1, 2, 3, 4]


def test_elements_signs_and_shapes(client):
    answers = {"w1": {"shape": [2, 3]}, "b1": {"element": [0], "sign": 1}, "b2": {"element": [0], "number": 123.5}}
    shape, sign, number = check(client, answers=answers)["verdicts"]
    assert shape["correct"]
    assert sign["expected"] in (-1.0, 0.0, 1.0)
    assert sign["correct"] == (sign["expected"] == 1.0)
    assert not number["correct"]


def test_what_is_half_typed_is_no_failure_of_the_request(client):
    (found,) = check(client, answers={"w1": "x.T @ (u1_g"})["verdicts"]
    (one,) = found["diagnoses"]
    assert one["id"] == "unreadable"
    assert one["line"] == 1
    assert one["column"] is not None
    assert found["value"] is None


def test_lines_that_cannot_be_read_are_told_beside_the_verdicts(client):
    found = check(client, backward="w2.g = u2.T @ u3_g\nb2.g = foo(u3_g)")
    assert not found["correct"]
    assert [one["correct"] for one in found["verdicts"]] == [True]
    (error,) = found["errors"]
    assert (error["line"], error["column"]) == (2, 8)
    assert "foo" in error["message"]


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ({}, "request"),
        ({"answers": {}}, "request"),
        ({"answers": {"w1": None}}, "request"),
        ({"answers": {"w1": True}}, "request"),
        ({"answers": {"w1": {"element": [0, 0]}}}, "request"),
        ({"answers": {"w1": {"element": [0, 0], "sign": 2}}}, "request"),
        ({"answers": {"w1": {"shape": [-1]}}}, "request"),
        ({"answers": {"w1": {"shape": "2"}}}, "request"),
        ({"answers": {"w1": {"element": [0, 0], "number": 1, "sign": 1}}}, "request"),
        ({"answers": ["w1"]}, "request"),
        ({"answers": {f"v{i}": "1" for i in range(65)}}, "request"),
        ({"answers": {"w9": "x"}}, "input"),
        ({"answers": {"w1": {"element": [9, 9], "number": 1}}}, "input"),
        ({"answers": {"w1": [[1, 2], [3]]}}, "input"),
        ({"answers": {"w1": []}}, "input"),
        ({"backward": "e = u3 - y"}, "program"),
        ({"backward": "w1.g = = 3"}, "program"),
        ({"backward": ""}, "program"),
        ({"backward": 3}, "request"),
        ({"answers": {"w1": "zeros((4000, 4000))"}}, "limit"),
        ({"answers": {"w1": "a=x\n" * 25_000}}, "limit"),
    ],
)
def test_bad_requests_are_problems(client, more, kind):
    found = check(client, 422, **more)
    assert found["type"] == f"/problems#{kind}"
    assert found["detail"]


def test_a_program_that_would_take_too_much_five_times_over_is_refused(client):
    program = "h = x\nfor i in range(400):\n    h = tanh(h @ x)\nloss = sum(h)"
    data = {"program": program, "inputs": {"x": [[0.1] * 64] * 64}, "answers": {"x": "x"}}
    assert client.post("/api/v1/check", json=data | {"program": program.replace("400", "100")}).status_code == 200
    response = client.post("/api/v1/check", json=data)
    assert response.status_code == 422
    assert response.json()["limit"] in ("flops", "total_bytes")
