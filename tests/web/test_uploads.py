"""Files of numbers over HTTP."""

import csv
import io
import json
import pickle
import zipfile

import numpy as np
import pytest

from app.web.arrays import ArraysAnswer

W = np.arange(6.0).reshape(2, 3)


def saved(array, save=np.save, **arrays):
    stream = io.BytesIO()
    save(stream, **arrays) if arrays else save(stream, array)
    return stream.getvalue()


def sent(client, body, filename=None, **headers):
    return client.post("/api/v1/arrays", content=body, params={} if filename is None else {"filename": filename}, headers=headers)


def test_a_table_becomes_an_input(client):
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows([["length", "width"], *W.T.tolist()])
    answer = sent(client, stream.getvalue().encode(), "x.csv").json()
    assert ArraysAnswer.model_validate(answer)
    assert answer == {"arrays": {"x": W.T.tolist()}, "columns": {"x": ["length", "width"]}}
    posted = client.post("/api/v1/graph", json={"program": "L = sum(x ** 2)", "inputs": answer["arrays"]})
    assert posted.json()["loss"]["value"] == 55


@pytest.mark.parametrize("dtype", ["?", "u1", ">i4", "<f2", "<f4", "f8"])
def test_what_numpy_saves_becomes_inputs(client, dtype):
    whole = W.astype(dtype).astype(float).tolist()
    assert sent(client, saved(W.astype(dtype)), "w1.npy").json() == {"arrays": {"w1": whole}, "columns": {}}
    for save in (np.savez, np.savez_compressed):
        answer = sent(client, saved(None, save, w1=W.astype(dtype), b1=np.float64(0.5)), "all.npz").json()
        assert answer == {"arrays": {"w1": whole, "b1": 0.5}, "columns": {}}


def test_numbers_that_are_none_travel_as_strings(client):
    for body, filename in ((saved(np.array([np.nan, np.inf, -np.inf])), "x.npy"), (b"nan,inf,-inf", "x.csv")):
        answer = json.loads(sent(client, body, filename).text, parse_constant=pytest.fail)
        assert answer["arrays"] == {"x": ["NaN", "Infinity", "-Infinity"]}
        assert client.post("/api/v1/graph", json={"program": "L = sum(x)", "inputs": answer["arrays"]}).status_code == 200


@pytest.mark.parametrize(
    "kind", ["text/csv", "application/octet-stream", "application/json", "text/csv; charset=latin-1", "no/such kind", ""]
)
def test_any_content_type_is_taken(client, kind):
    assert sent(client, b"1,2", "x.csv", **{"Content-Type": kind}).json()["arrays"] == {"x": [1, 2]}


def test_without_a_name_the_first_bytes_decide(client):
    for body in (saved(np.array([1.0, 2.0])), b"1,2", saved(None, np.savez, x=[1, 2])):
        assert sent(client, body).json()["arrays"] == {"x": [1, 2]}


@pytest.mark.parametrize("filename", ["größe (1).csv", r"C:\data\größe (1).csv", "../../größe (1).csv"])
def test_names_are_mended(client, filename):
    assert list(sent(client, b"1,2", filename).json()["arrays"]) == ["gro_e_1"]


def test_a_chunked_body_is_taken_and_bounded(client, is_problem):
    assert sent(client, iter([b"1,", b"2\n", b"3,4"]), "x.csv").json()["arrays"] == {"x": [[1, 2], [3, 4]]}
    document = is_problem(sent(client, (b"1\n" * 500 for _ in range(300)), "x.csv"), 413, "too-large")
    assert document["maximum"] == 200_000


def test_a_table_at_fault_is_told_by_row_and_cell(client, is_problem):
    document = is_problem(sent(client, b"a,b\n1,2\n3,oops\n", "x.csv"), 422, "file")
    assert document["title"] == "The file cannot be read"
    assert document["detail"].startswith("Line 3, column 2: oops is not a number.")
    [error] = document["errors"]
    assert (error["line"], error["column"], error["message"]) == (3, 2, "oops is not a number.")
    assert "Write NaN" in error["hint"]


def zipped(**members):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("_npy", ".npy"), data)
    return stream.getvalue()


def header(text, length=None):
    return b"\x93NUMPY\x02\x00" + (len(text) if length is None else length).to_bytes(4, "little") + text.encode()


@pytest.mark.parametrize(
    ("filename", "body", "slug"),
    [
        ("x.csv", b"", "file"), ("", b"", "file"), ("x.csv", b"\xff\xfe1\x00", "file"), ("x.csv", b"1\n\n2,3", "file"),
        ("x.csv", b'"', "file"), ("x.csv", b"1e400", "file"), ("x.csv", b"\0" * 1000, "file"), ("x.csv", b"1\n" * 5001, "limit"),
        ("x.csv", b"1\n" + b"z" * 150_000, "file"), ("x.csv", "1\n\u202e\x1b<script>".encode(), "file"), ("x.xlsx", b"PK\x03\x04", "file"),
        ("x.json", b"[1, 2]", "file"), ("x.pt", pickle.dumps(1), "file"), ("x." + "<" * 900, b"1", "file"), ("x" * 1001, b"1", "request"),
        ("x.npy", pickle.dumps([1]), "file"), ("x.npy", saved(W)[:-1], "file"), ("x.npy", saved(W) + b"\0", "file"),
        ("x.npy", saved(np.zeros(5001, "i1")), "limit"), ("x.npy", saved(np.zeros((1,) * 9)), "limit"),
        ("x.npy", header("", 2**32 - 1), "file"),
        ("x.npy", header(f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({'9' * 4000}, {'9' * 4000})}}"), "limit"),
        ("x.npy", header(f"{{'descr': '<f8', 'fortran_order': False, 'shape': '{'q' * 9000}'}}"), "file"),
        ("x.npy", header("-" * 9000 + "1"), "file"), ("x.npy", saved(np.array([None])), "file"),
        ("x.npz", zipped(), "file"), ("x.npz", zipped(w_npy=b"\0" * 20_000_000), "file"), ("x.npz", saved(W), "file"),
        ("x.npz", zipped(w_npy=saved(W), secret=b"1"), "file"), ("x.npz", zipped(**{f"w{i}_npy": b"" for i in range(300)}), "limit"),
        ("x.npz", zipped(**{f"w{i}_npy": saved(np.zeros(5000)) for i in range(6)}), "limit"),
    ],
)  # fmt: skip
def test_files_at_fault(client, is_problem, filename, body, slug):
    document = is_problem(sent(client, body, filename), 422, slug)
    assert document["detail"].isprintable()
    if slug == "limit":
        assert document["value"] > document["maximum"]


def test_files_are_sent_not_fetched(client, is_problem):
    is_problem(client.get("/api/v1/arrays"), 405, "method-not-allowed")


def test_the_endpoint_is_documented(client):
    endpoint = client.get("/openapi.json").json()["paths"]["/api/v1/arrays"]["post"]
    assert [one["name"] for one in endpoint["parameters"]] == ["filename"]
    assert endpoint["requestBody"]["content"]["application/octet-stream"]["schema"]["format"] == "binary"
    for media, content in endpoint["requestBody"]["content"].items():
        for example in content.get("examples", {}).values():
            assert sent(client, example["value"].encode(), "x.csv", **{"Content-Type": media}).status_code == 200
    assert set(endpoint["responses"]) == {"200", "413", "422", "500"}
    assert set(endpoint["responses"]["422"]["content"]["application/problem+json"]["examples"]) == {"request", "file", "limit"}
    assert 'id="file"' in client.get("/problems").text
