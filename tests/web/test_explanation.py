"""Derivations, nudges and programs over HTTP, and on the page."""

import json
import re

import numpy as np
import pytest
from web.test_pages import fields, post

from app.examples import gallery
from app.web.schemas import CodeAnswer, DerivationAnswer, NudgeAnswer

SEED = {"program": gallery()["seed-network"].program, "inputs": dict(gallery()["seed-network"].inputs)}


def asked(client, endpoint, **more):
    return client.post(f"/api/v1/{endpoint}", json=SEED | more)


def test_a_derivation_is_answered_as_the_contract_says(client):
    answer = asked(client, "derivation", target="w1").json()
    DerivationAnswer.model_validate(answer, strict=False)
    assert answer["target"] == "w1"
    assert answer["loss"] == "MSE"
    assert answer["notation"] == "matrix"
    assert answer["order"] == "shapes"
    assert answer["paths"] == [["MSE", "u5", "u4", "u3", "u2", "u1", "w1"]]
    assert answer["path_count"] == 1
    assert answer["names"]["u4"] == {"value": "u4", "gradient": "u4_g"}
    kinds = [step["kind"] for step in answer["steps"]]
    assert set(kinds) == {"words", "forward", "chain", "local", "product", "closed", "numeric"}
    local = next(step for step in answer["steps"] if step["kind"] == "local" and step["source"] == "u4")
    assert (local["node"], local["code"], local["shape"]) == ("u5", "2 * u4", [3, 1])
    assert local["latex"].endswith("= 2 u_{4}")
    assert set(answer["closed_form"]) == {"latex", "mathml", "code"}
    assert {note["kind"] for note in answer["notes"]} >= {"sum", "transpose", "mean", "mask", "jacobian", "order"}


def test_names_in_mathml_carry_their_nodes(client):
    answer = asked(client, "derivation", target="w1", notation="sample").json()
    chain = next(step for step in answer["steps"] if step["kind"] == "chain")
    assert {"MSE", "u5", "u1", "w1"} <= set(re.findall(r'data-node="([^"]+)"', chain["mathml"]))
    assert "class" not in chain["latex"]
    assert answer["order"] == "chain"


def test_what_cannot_be_derived_is_refused(client, is_problem):
    for wanted in ("nothing", "q" * 5000, ""):
        document = is_problem(asked(client, "derivation", target=wanted), 422, "input")
        assert "There is no value called" in document["detail"]
    is_problem(asked(client, "derivation"), 422, "request")
    is_problem(asked(client, "derivation", target="w1", notation="tensor"), 422, "request")
    constant = SEED | {"inputs": SEED["inputs"] | {"y": {"value": SEED["inputs"]["y"], "role": "constant"}}, "target": "y"}
    assert "constant" in is_problem(client.post("/api/v1/derivation", json=constant), 422, "input")["detail"]


def test_large_numbers_are_left_out_and_their_shapes_stay(client):
    more = {"program": "u = x * 2\nL = sum(u)", "inputs": {"x": [1.0] * 100}, "target": "x"}
    answer = client.post("/api/v1/derivation", json=more).json()
    product = next(step for step in answer["steps"] if step["kind"] == "product" and step["node"] == "x")
    assert product["value"] is None
    assert product["shape"] == [100]


def test_numbers_that_are_none_travel_as_strings(client):
    more = {"program": "u = log(x)\nL = sum(u)", "inputs": {"x": [0.0, 1.0]}, "target": "x"}
    response = client.post("/api/v1/derivation", json=more)
    answer = json.loads(response.text, parse_constant=pytest.fail)
    assert "Infinity" in response.text
    assert any(note["kind"] == "nonfinite" for note in answer["notes"])


@pytest.mark.parametrize(
    ("suffix", "media", "start"), [("md", "text/markdown", "# ∂MSE/∂w1"), ("tex", "application/x-latex", r"\documentclass")]
)
def test_a_derivation_can_be_had_as_a_document(client, suffix, media, start):
    response = asked(client, f"derivation.{suffix}", target="w1", notation="sample")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith(media)
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.text.startswith(start)


def test_a_nudge_sets_the_prediction_beside_what_comes_about(client):
    answer = asked(client, "nudge", target="w1", index=[1, 0], epsilon=0.001).json()
    NudgeAnswer.model_validate(answer)
    assert answer["value"] == 0.9
    assert answer["gradient"] == pytest.approx(2.873)
    assert answer["loss"]["predicted"] == pytest.approx(0.002873)
    assert answer["loss"]["actual"] == pytest.approx(0.002873, rel=1e-2)
    assert [node["id"] for node in answer["nodes"]] == ["w1", "u1", "u2", "u3", "u4", "u5", "MSE"]
    np.testing.assert_allclose(answer["nodes"][1]["predicted"], answer["nodes"][1]["actual"], atol=1e-12)
    assert asked(client, "nudge", target="w1", index=[-1, -3]).json()["index"] == [1, 0]
    assert asked(client, "nudge", target="MSE").json()["loss"] == {"name": "MSE", "predicted": 0.001, "actual": pytest.approx(0.001)}


def test_elements_that_are_not_there_are_refused(client, is_problem):
    for index in ([], [0], [2, 0], [0, 0, 0], [10**30, 0]):
        document = is_problem(asked(client, "nudge", target="w1", index=index), 422, "input")
        assert document["errors"][0]["hint"].startswith("Its shape is (2, 3)")
    is_problem(asked(client, "nudge", target="w1", index=[0, 0], epsilon="much"), 422, "request")
    is_problem(asked(client, "nudge", target="w1", index=[0, 0], epsilon=1e300), 422, "request")


@pytest.mark.parametrize("framework", ["numpy", "numpy-steps", "pytorch", "jax"])
def test_a_program_is_written_for_each_framework(client, framework):
    answer = asked(client, "code", framework=framework).json()
    CodeAnswer.model_validate(answer)
    lines = answer["code"].split("\n")
    told = {(line["node"], line["gradient"]): lines[line["line"] - 1] for line in answer["lines"]}
    assert told["u2", False].strip().startswith("u2 = ")
    assert told["w1", True].strip().startswith("w1_g = x.T @ u1_g")
    if framework.startswith("numpy"):
        exec(compile(answer["code"], "program", "exec"), {})


def test_programs_with_too_many_numbers_are_refused():
    from starlette.testclient import TestClient

    from app.main import create_app
    from app.settings import Limits, Settings

    with TestClient(create_app(Settings(limits=Limits(listing_elements=20)))) as client:
        response = asked(client, "code", framework="numpy")
        assert response.status_code == 422
        assert response.json()["limit"] == "listing_elements"
        page = post(client, fields(select="w1", listed="1"))
        assert "at most 20 are written into a program" in page.text


# --- the page


def test_the_page_tells_the_derivation_of_the_selected_card(client):
    text = client.get("/?select=w1").text
    assert "Changing w1 does not change MSE directly." in text
    assert re.search(r'<mrow data-node="w1" class="parameter">', text)
    assert 'value="matrix" checked' in text
    assert "Write the program" in text
    assert 'value="sample" checked' in client.get("/?select=w1&notation=sample").text
    sample = post(client, fields(select="w1", notation="sample", order="chain", listed="1", framework="pytorch")).text
    assert 'value="sample" checked' in sample
    assert "import torch" in sample


def test_a_nudge_on_the_page_takes_the_element_and_the_step_that_are_asked_for(client):
    text = post(client, fields(select="w1", element="0,1", epsilon="0.5")).text
    assert 'name="element" value="0,1"' in text
    assert 'name="epsilon" value="0.5"' in text
    assert "w1[0, 1] is −1" in text
    odd = post(client, fields(select="w1", element="9,9,x", epsilon="nonsense")).text
    assert 'name="element" value="1,0"' in odd
    assert 'name="epsilon" value="0.001"' in odd
    assert "there is no element 9,9,x" in odd
    assert "0.001 is taken" in odd
    assert "is taken" not in text
    assert "The step is too small" in post(client, fields(select="w1", element="0,1", epsilon="1e-30")).text
    assert "a derivative tells of small steps" in post(client, fields(select="w1", element="0,1", epsilon="1000")).text


def test_the_page_says_why_one_sample_cannot_be_written(client):
    text = client.get("/?example=neuron&select=w&notation=sample").text
    assert 'value="matrix" checked' in text
    assert re.search(r'<p class="note" role="status">[^<]*sample', text)
    assert 'class="note" role="status"' not in client.get("/?select=w1&notation=sample").text


def test_a_constant_has_no_derivation_on_the_page(client):
    text = post(client, fields(select="y", **{"role:y": "constant"})).text
    assert "How the gradient comes about" not in text


@pytest.mark.parametrize(
    ("path", "name", "start"),
    [
        ("/derivation.md", "derivation.md", "# ∂MSE/∂w1"), ("/derivation.tex", "derivation.tex", r"\documentclass"),
        ("/program.py", "program.py", '"""'),
    ],
)  # fmt: skip
def test_what_the_page_says_can_be_kept(client, path, name, start):
    response = post(client, fields(select="w1"), path)
    assert response.headers["content-disposition"] == f'attachment; filename="{name}"'
    assert response.text.startswith(start)
    broken = post(client, fields(select="w1", program="u = "), path)
    assert broken.status_code == 422
    assert "<html" in broken.text


def test_the_part_of_the_page_is_fetched_by_itself(client, is_problem):
    message = {"request": SEED, "select": "u2", "explained": {"notation": "sample", "listed": "1", "framework": "jax"}}
    text = client.post("/derivation", json=message).text
    assert "Changing u2 does not change MSE directly." in text
    assert "import jax" in text
    assert "<html" not in text
    is_problem(client.post("/derivation", json={"request": SEED}), 422, "request")
    is_problem(client.post("/derivation", json={"request": SEED | {"program": "u ="}, "select": "u"}), 422, "program")
    assert client.post("/derivation", json=message | {"select": "nothing"}).text.strip() == ""
    assert client.post("/derivation", json=message | {"explained": {"notation": [1], "epsilon": {}, "element": 7}}).status_code == 200
