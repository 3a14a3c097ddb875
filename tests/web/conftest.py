import json

import pytest
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Limits, Settings


@pytest.fixture(scope="session")
def client():
    settings = Settings(limits=Limits(body_bytes=200_000, json_elements=60, cards=40, tensor_elements=5_000))
    with TestClient(create_app(settings), raise_server_exceptions=False) as found:
        yield found


@pytest.fixture(scope="session")
def is_problem():
    """Checks that an answer is a problem document, and returns it."""

    def check(response, status, slug):
        assert response.status_code == status, response.text
        assert response.headers["content-type"] == "application/problem+json"
        assert len(response.content) < 4096
        document = json.loads(response.text, parse_constant=pytest.fail)
        assert document["type"] == f"/problems#{slug}"
        assert document["status"] == status
        assert document["title"]
        assert document["detail"]
        for error in document.get("errors", []):
            assert set(error) == {"message", "line", "column", "end_column", "hint", "repair"}
        return document

    return check
