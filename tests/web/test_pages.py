"""The page as HTML, and the form it is without scripts."""

import io
from html import unescape
from urllib.parse import urlencode

import pytest
from fontTools.ttLib import TTFont

from app.examples import gallery
from app.web import forms
from app.web.problems import KINDS


def fields(**changes):
    """What a browser sends for the seed network, with some fields changed."""
    sent = {"program": gallery()["seed-network"].program, "detail": "statements"}
    for field in forms.fields(dict.fromkeys(gallery()["seed-network"].inputs), forms.of_example(gallery()["seed-network"], {}).given):
        sent[f"shape:{field.name}"] = field.shape
        sent[f"role:{field.name}"] = field.role.value
        for r, row in enumerate(field.rows):
            sent |= {f"cell:{field.name}:{r},{c}": cell for c, cell in enumerate(row)}
    return sent | changes


def post(client, data, path="/"):
    return client.post(path, content=urlencode(data), headers={"Content-Type": "application/x-www-form-urlencoded"})


def test_the_first_page_holds_the_picture_and_needs_no_other_host(client):
    page = client.get("/")
    assert page.status_code == 200
    assert "<svg" in page.text
    assert "MSE = 2.14291" in page.text
    assert "//" not in page.text.replace("http://www.w3.org", "")


@pytest.mark.parametrize("name", list(gallery()))
def test_every_example_has_its_page(client, name):
    page = client.get(f"/?example={name}&detail=operations&select=nothing")
    assert page.status_code == 200
    assert gallery()[name].title in unescape(page.text)


def test_a_form_comes_back_as_it_was_sent(client):
    page = post(client, fields(**{"cell:b2:0,0": "−0.5", "role:x": "constant", "select": "u3"}))
    assert page.status_code == 200
    assert 'name="cell:b2:0,0" value="-0.5"' in page.text
    assert "<option selected>constant</option>" in page.text
    assert '<option value="u3" selected>' in page.text


def test_a_shape_is_changed_by_the_form(client):
    page = post(client, fields(**{"shape:b1": "1 × 3", "shape:b2": ""}))
    assert page.status_code == 200
    assert 'name="shape:b1" value="1 × 3"' in page.text
    assert 'name="shape:b2" value=""' in page.text
    grown = post(client, fields(**{"shape:x": "4 × 2", "shape:y": "4 × 1"}))
    assert 'name="cell:x:3,1" value="0"' in grown.text


@pytest.mark.parametrize("shape", ["99999 × 99999", "two", "0 × 2", "1 × 2 × 3", "-1"])
def test_a_shape_that_cannot_be_keeps_the_cells(client, shape):
    page = post(client, fields(**{"shape:x": shape}))
    assert page.status_code == 200
    assert 'name="shape:x" value="3 × 2"' in page.text
    assert 'name="cell:x:2,1" value="-1.2"' in page.text


def test_a_mistake_is_shown_and_nothing_is_lost(client):
    page = post(client, fields(program="u1 = x @ w1 + nope(b1)", **{"cell:w1:0,0": "abc"}))
    assert page.status_code == 422
    assert "There is no operation called nope." in page.text
    assert 'value="abc"' in page.text
    assert '<li class="bad">1</li>' in page.text


def test_a_program_that_is_text_of_html_stays_text(client):
    page = post(client, {"program": 'x = "</textarea><script>alert(1)</script>"'})
    assert page.status_code == 422
    assert "<script>alert" not in page.text


def test_many_numbers_are_a_block(client):
    rows = "\n".join(" ".join("1" for _ in range(30)) for _ in range(20))
    page = post(client, {"program": "L = sum(x)", "block:x": rows, "role:x": "data"})
    assert page.status_code == 200
    assert "L = 600" in page.text
    assert 'name="block:x"' in page.text
    deep = post(client, {"program": "L = sum(x)", "block:x": "[[[1, 2], [3, 4]]]"})
    assert "L = 10" in deep.text
    assert "[[[1, 2], [3, 4]]]" in deep.text


def test_a_block_that_is_a_vector_stays_one(client):
    """A number a line would be read as a column."""
    page = post(client, {"program": "L = sum(x @ ones(400))", "block:x": "[" + ", ".join(["1"] * 400) + "]", "role:x": "data"})
    assert page.status_code == 200
    assert ">\n[1,\n 1,\n" in page.text


def test_the_picture_of_a_form(client):
    found = post(client, fields(), "/graph.svg")
    assert found.headers["content-disposition"] == 'attachment; filename="graph.svg"'
    assert found.text.startswith("<svg")
    assert post(client, fields(program="u ="), "/graph.svg").status_code == 422


def test_a_form_of_too_many_fields(client, is_problem):
    is_problem(client.post("/", content=b"&" * 150_000), 400, "malformed")


def test_problem_types_lead_to_a_page(client):
    page = client.get("/problems")
    assert page.status_code == 200
    for slug in KINDS:
        assert f'id="{slug}"' in page.text


def test_the_font_is_served_with_its_licence(client):
    font = client.get("/fonts/stix-two-math.woff")
    assert font.headers["content-type"] == "font/woff"
    assert "immutable" in font.headers["cache-control"]
    assert len(font.content) < 150_000
    with TTFont(io.BytesIO(font.content)) as read:
        assert "SIL Open Font License" in read["name"].getDebugName(13)
        assert "MATH" in read
        assert {ord(sign) for sign in "∂𝑢𝑥∑√·⊙ᵀ⟨"} - {ord("ᵀ")} <= set(read.getBestCmap())


def test_an_inspected_card_says_how_many_uses_are_left(client):
    page = post(
        client, {"program": "y = " + " + ".join(["x"] * 60), "shape:x": "", "cell:x:0,0": "2", "detail": "operations", "select": "x"}
    )
    assert "and 10 more. All of them" in page.text
