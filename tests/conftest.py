"""What more than one room's tests need."""

import hypothesis.core
import hypothesis.vendor.pretty
import pytest
import schemathesis.generation.hypothesis

from app.examples import gallery
from app.service import Given, Request, analyse
from app.settings import Limits

assert schemathesis.generation.hypothesis
# Schemathesis, once imported, shows no values of a failing example but its own: the other tests show theirs.
hypothesis.core.RepresentationPrinter = hypothesis.vendor.pretty.RepresentationPrinter


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
