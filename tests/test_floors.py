"""The libraries stand above the versions in which holes were found (CVE numbers as the maintainers' threads name them)."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FLOORS = {
    "starlette": "1.6",  # CVE-2026-54283 (1.3.1), CVE-2026-48710 (1.0.1), CVE-2025-62727 (0.49.1)
    "fastapi": "0.165",  # CVE-2024-24762, and bounds for bodies
    "h11": "0.16",  # CVE-2025-43859
    "jinja2": "3.1.6",  # CVE-2025-27516
    "uvicorn": "0.54",
    "anyio": "4.10",
    "orjson": "3.9.15",  # CVE-2024-27454
    "numpy": "2.2",
}
ABSENT = ("python-multipart", "redis")
"""Libraries with holes of their own that we do without: with one of them, its floor belongs above."""


def parts(version):
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
@pytest.mark.parametrize("name", FLOORS)
def test_locked_versions_are_above_their_floors(lock, name):
    found = re.search(rf"^{name}(?:\[[\w,]+\])?==([\d.]+)", (ROOT / lock).read_text(), re.MULTILINE)
    assert parts(found[1]) >= parts(FLOORS[name])


@pytest.mark.parametrize("name", FLOORS)
def test_whoever_installs_us_gets_no_lower_version(name):
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    found = next(match for one in wanted if (match := re.fullmatch(rf"{name}(?:\[[\w,]+\])?>=([\d.]+)", one)))
    assert parts(found[1]) >= parts(FLOORS[name])


@pytest.mark.parametrize("name", ABSENT)
def test_what_has_no_floor_is_not_there(name):
    assert not re.search(rf"^{name}==", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
