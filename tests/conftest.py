"""What more than one room's tests need."""

import pytest

from app.examples import gallery
from app.service import Given, Request, analyse
from app.settings import Limits


@pytest.fixture
def limits():
    return Limits()


@pytest.fixture
def seed():
    """The seed network with its three samples, as one posts it."""
    example = gallery()["seed-network"]
    return {"program": example.program, "inputs": dict(example.inputs)}


@pytest.fixture
def analysed(limits):
    """Analyses a program with inputs given by name."""

    def analyse_it(program, **inputs):
        options = {name: inputs.pop(name) for name in ("loss", "detail", "open", "closed") if name in inputs}
        given = {name: value if isinstance(value, Given) else Given(value) for name, value in inputs.items()}
        return analyse(Request(program, given, **options), limits)

    return analyse_it
