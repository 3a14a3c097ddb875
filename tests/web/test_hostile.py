"""Whatever is posted is answered quickly and clearly, and whoever comes next is served as if nothing had been."""

import itertools
import json
import resource
import time

import pytest
from hostile import CASES, LIVE, NUMBERS, PAGE, SEED
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings

LONGEST = 20.0
"""Seconds that any answer may take: a guard against what hangs, not a measure of speed."""
SOON = 2.0
"""Seconds after which the next one must have been served."""
LONGEST_PROBLEM = 4096
LONGEST_ECHO = 2048
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def client():
    """The app with the limits that it is delivered with."""
    with TestClient(create_app(Settings()), raise_server_exceptions=False, follow_redirects=False) as found:
        yield found


def test_the_table_is_large_and_no_name_stands_twice():
    assert len(CASES) >= 200
    assert len({case.name for case in CASES}) == len(CASES)


def test_nothing_before_it_makes_the_control_request_fail(client):
    is_served(client)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name[:80])
def test_hostile(client, case):
    body = case.content()
    start = time.perf_counter()
    response = client.request(case.method, case.path, content=body, headers=dict(case.headers))
    seconds = time.perf_counter() - start
    try:
        assert response.status_code in case.expected, (response.status_code, seconds, response.text[:500])
        assert seconds < LONGEST
        if response.status_code >= 400 and case.method != "HEAD":
            is_clear(response, case, body)
        elif case.answer == LIVE:
            problem = response.json().get("problem")
            if problem is not None:
                assert problem["status"] in (400, 413, 422), problem
                assert len(json.dumps(problem)) < LONGEST_PROBLEM
        if response.status_code in (429, 503):
            assert response.headers["retry-after"].isdecimal()
    finally:
        is_served(client)


def is_clear(response, case, body):
    """A failure is a problem document, or for a form that was sent the page with what is wrong in it."""
    if case.answer == PAGE and response.headers["content-type"].startswith("text/html"):
        assert 'role="alert"><strong>' in response.text
        return
    assert response.headers["content-type"] == "application/problem+json"
    assert len(response.content) < LONGEST_PROBLEM
    document = json.loads(response.text, parse_constant=pytest.fail)
    assert document["status"] == response.status_code
    assert document["type"].startswith("/problems#")
    assert document["title"]
    assert document["detail"]
    assert not any(sign in document["detail"] for sign in ("Traceback", ".py", "site-packages", "object at 0x"))
    sent = (body if isinstance(body, bytes) else b"") + case.path.encode("utf-8", "replace")
    answer = response.content
    assert not any(answer[i : i + LONGEST_ECHO] in sent for i in range(len(answer) - LONGEST_ECHO + 1))


def is_served(client):
    """The next one's request: a program that was not asked for before, so that nothing that is kept answers it."""
    data = {"program": f"{SEED}L{next(_numbers)} = 2 * MSE\n", "inputs": NUMBERS}
    start = time.perf_counter()
    response = client.post("/api/v1/graph", json=data)
    assert response.status_code == 200
    assert response.json()["loss"]["value"] == pytest.approx(4.28582, rel=1e-4)
    assert time.perf_counter() - start < SOON


def test_pictures_are_drawn_as_before(client):
    """After all that the process that lays out pictures works, too, with a picture that it has not drawn before."""
    start = time.perf_counter()
    response = client.post("/api/v1/graph.svg", json={"program": f"{SEED}a_last_value = 2 * MSE\n", "inputs": NUMBERS})
    assert response.status_code == 200
    assert time.perf_counter() - start < SOON


def test_memory_is_bounded():
    """The largest that this process has been, in kilobytes: no case may have taken gigabytes."""
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 3_000_000
