"""The live channel: what changed, and nothing else."""

import json

import pytest


@pytest.fixture
def socket(client):
    with client.websocket_connect("/api/v1/live") as found:

        def ask(request, **more):
            found.send_json({"request": request} | more)
            return found.receive_json()

        yield ask


def test_the_first_answer_is_the_whole_picture(socket, seed):
    found = socket(seed, id=7)
    assert found["id"] == 7
    assert found["svg"].startswith("<svg")
    assert "<style" not in found["svg"]
    assert found["title"] == "MSE = 2.14291"
    assert [card["id"] for card in found["cards"]][:3] == ["x", "w1", "b1"]
    assert found["select"] == "w1"
    assert "<table" in found["inspector"]


def test_while_the_structure_stands_only_changed_cells_travel(socket, seed):
    socket(seed)
    seed["inputs"]["b2"] = [0.06]
    found = socket(seed, id=2, select="u3")
    assert "svg" not in found
    changed = {(card, part) for card, part, *_ in found["cells"]}
    assert ("b2", "value") in changed
    assert ("u3", "value") in changed
    assert not {card for card, part in changed if part == "value"} & {"x", "w1", "b1", "u1", "u2", "w2", "y"}
    assert ["b2", "value", "0", "0.06", "p5"] in found["cells"]
    assert found["select"] == "u3"
    assert set(found["words"]) >= {"b2", "u3", "MSE"}
    assert "It sends back" in found["edges"]["u3-u4-0"]
    assert "y-u4-0" in found["edges"]
    assert "u1-u2-0" not in found["words"]


def test_the_same_numbers_change_nothing(socket, seed):
    socket(seed)
    found = socket(seed)
    assert found["cells"] == []
    assert found["words"] == found["edges"] == {}


def test_another_structure_is_painted_anew(socket, seed):
    socket(seed)
    assert "svg" in socket(seed | {"detail": "operations"})
    assert "cells" in socket(seed | {"detail": "operations"})


def test_an_error_leaves_the_last_picture(socket, seed):
    socket(seed)
    broken = socket(seed | {"program": seed["program"].replace("@", "@@")}, id=3)
    assert broken["id"] == 3
    assert broken["problem"]["errors"][0]["line"] == 1
    assert "svg" not in broken
    assert socket(seed)["cells"] == []


def test_a_new_input_gets_a_field(socket, seed):
    found = socket(seed | {"program": seed["program"] + "\nL = MSE + w9"})
    assert found["problem"]["type"] == "/problems#input"
    assert json.loads(found["signature"])[-1] == ["w9", None]
    assert 'data-input="w9"' in found["inputs"]


@pytest.mark.parametrize(
    "text", ["", "[]", "3", '{"id": "x"}', '{"request": 3}', '{"request": {"program": 1}}', '{"request": {}, "more": 1}', "{" * 9]
)
def test_messages_at_fault_are_answered(client, text):
    with client.websocket_connect("/api/v1/live") as found:
        found.send_text(text)
        assert found.receive_json()["problem"]["status"] in (400, 422)
        found.send_text(json.dumps({"request": {"program": "L = 2 * x", "inputs": {"x": 3}}}))
        assert found.receive_json()["title"] == "L = 6"


def test_a_kink_that_comes_or_goes_is_painted(socket):
    first = socket({"program": "L = relu(x)", "inputs": {"x": 1}})
    assert "kink" not in first["svg"]
    second = socket({"program": "L = relu(x)", "inputs": {"x": 0}})
    assert "kink" in second["svg"]
    assert "cells" in socket({"program": "L = relu(x)", "inputs": {"x": 0}})


def test_without_a_socket_one_post_does_the_same(client, seed):
    found = client.post("/live", json={"id": 4, "request": seed}).json()
    assert found["id"] == 4
    assert found["svg"].startswith("<svg")
    assert client.post("/live", content=b"{").json()["problem"]["status"] == 400


def test_what_has_moved_since_is_told(socket, seed):
    socket(seed)
    seed["inputs"]["b2"] = [0.06]
    found = socket(seed, since={"input": "b2", "index": [0], "value": 0.05})
    assert found["moved"]["loss"] == ["+0.0197", "+0.0196"]
    assert found["moved"]["cards"]["u3"][0] == "≤ 0.01"
    assert "w1" not in found["moved"]["cards"]
    assert set(found["sent"]) >= {"u3-u4-0", "u4-u5-0"}
    assert "moved" not in socket(seed)


@pytest.mark.parametrize(
    "since",
    [
        {"input": "b2", "index": [7], "value": 0.05}, {"input": "b2", "index": ["a"], "value": 0}, {"input": "b2", "value": "NaN"},
        {"input": "b2", "index": [0] * 70, "value": 0}, {"value": 1}, [], "b2",
    ],
)  # fmt: skip
def test_a_change_of_nothing_is_a_problem_and_the_line_stays(socket, seed, since):
    assert "problem" in socket(seed, since=since)
    assert "svg" in socket(seed)


def test_the_table_comes_where_it_is_shown(socket, seed):
    assert 'data-row="u4"' in socket(seed, table=True)["table"]
    assert "table" not in socket(seed)


def test_another_display_is_another_picture(socket, seed):
    socket(seed)
    assert 'data-direction="right"' in socket(seed | {"direction": "right"})["svg"]
    assert 'data-part="gradient"' not in socket(seed | {"show": "values"})["svg"]
    found = socket(seed | {"sample": 1})
    assert found["svg"].count('class="sample"') == 14
    assert found["samples"] == 3
    assert "problem" in socket(seed | {"digits": 99})
