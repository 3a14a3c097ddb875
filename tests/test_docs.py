"""The documents say what is."""

import json
import re
import tomllib
from dataclasses import fields
from pathlib import Path

import app
from app import service
from app.engine.ops import OPERATIONS
from app.service import Given, Request
from app.settings import Capacity, Limits, variable

ROOT = Path(__file__).parent.parent


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def is_within(part, whole):
    """Whether every member that `part` has is in `whole` with the same value."""
    if isinstance(part, dict):
        return all(key in whole and is_within(value, whole[key]) for key, value in part.items())
    if isinstance(part, list):
        return len(part) == len(whole) and all(is_within(a, b) for a, b in zip(part, whole, strict=True))
    return part == whole


def test_the_answer_in_the_readme_is_the_answer():
    text = read("README.md")
    posted = json.loads(re.search(r"-d '(.*?)'", text, re.DOTALL)[1])
    shown = json.loads(re.search(r"```json\n(.*?)```", text, re.DOTALL)[1])
    request = Request(posted["program"], {name: Given(value) for name, value in posted["inputs"].items()})
    assert is_within(shown, service.answer(service.analyse(request, Limits())))


def test_the_request_in_the_api_page_is_taken():
    from app.web.body import checked
    from app.web.schemas import GraphRequest

    posted = json.loads(re.search(r"```json\n(.*?)```", read("docs/api.md"), re.DOTALL)[1])
    assert service.analyse(checked(GraphRequest, posted, Limits())[1], Limits()).graph.loss.name == "MSE"


def test_every_operation_is_documented():
    assert read("docs/operations.md") == service.operations_page(), "make docs"
    for operation in OPERATIONS.values():
        assert f"### `{operation.signature}`\n\n{operation.summary}\n" in read("docs/operations.md")


def test_every_limit_is_documented():
    text = read("docs/language.md")
    for limit in fields(Limits):
        assert f"| `CURLYD_{limit.name.upper()}` | {limit.default} |" in text


def test_what_goes_on_at_once_is_documented():
    text = read("docs/operate.md")
    for one in fields(Capacity):
        assert f"| `{variable(one.name)}` | {one.default} |" in text


def test_links_lead_somewhere():
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists(), (page.name, link)


def test_the_version_is_in_the_changelog():
    assert f"## {app.__version__}" in read("CHANGELOG.md")


def test_locks_hold_hashes_and_no_addresses():
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = read(name)
        assert "://" not in text
        pins = re.findall(r"^([a-z0-9][\w.-]*)==", text, re.MULTILINE)
        assert len(pins) > 20
        assert text.count("--hash=sha256:") >= len(pins)
    wanted = tomllib.loads(read("pyproject.toml"))["project"]["dependencies"]
    for requirement in wanted:
        name = re.match(r"[\w-]+", requirement)[0]
        assert re.search(rf"^{name}(\[[\w,]+\])?==", read("requirements.lock"), re.MULTILINE), name
