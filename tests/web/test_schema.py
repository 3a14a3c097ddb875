"""Every endpoint keeps what /openapi.json promises: requests made of the document, right ones and wrong ones, are answered as it says."""

import copy

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS

from app.examples import gallery
from app.main import create_app
from app.settings import Limits, Settings

# As the other tests of the web: answers stay small, and so does the time that each takes.
LIMITS = Limits(body_bytes=200_000, json_elements=60, cards=40, tensor_elements=5_000)
APP = create_app(Settings(limits=LIMITS))


def checked(schema):
    """A schema with what its answers are held against."""
    # A document can say that a program is text, and not which text is a program: of most that is as described, a 422 is the right answer.
    # That programs and inputs that are right are taken, the tests with the gallery show.
    schema.config.checks.positive_data_acceptance.enabled = False
    # A body that is too large is refused as well, and may be wrong in another way besides.
    rejection = schema.config.checks.negative_data_rejection
    rejection.expected_statuses = [*rejection.expected_statuses, "413"]
    return schema


SCHEMA = checked(schemathesis.openapi.from_asgi("/openapi.json", APP))
[REFUSED] = CHECKS.get_by_names(["negative_data_rejection"])
# One example has more numbers than such limits let through.
PROGRAMS = [(item.program, dict(item.inputs)) for name, item in gallery().items() if name != "seed-network-diabetes"]
ANSWERS = ["0", "1 / N", "x.T @ u1_g", "2 *", 1.0, [1, 2], {"shape": []}, {"element": [], "sign": -1}, {"element": [0], "number": 0}]
QUICK = {"deadline": None, "suppress_health_check": list(HealthCheck)}
POSTS = sorted(path for path, found in SCHEMA.raw_schema["paths"].items() if "post" in found and path != "/api/v1/arrays")


@SCHEMA.parametrize()
@settings(max_examples=60, **QUICK)
def test_answers_are_as_documented(case):
    # A file is bytes: a body that is "no string" arrives as one.
    case.call_and_validate(excluded_checks=[REFUSED] if case.path == "/api/v1/arrays" else [])


@pytest.mark.parametrize("path", POSTS)
def test_answers_about_programs_are_as_documented(path):
    """What has the form of a request, and a program of the gallery in it, is taken, and the whole answer is as documented."""

    @settings(max_examples=20, **QUICK)
    @given(SCHEMA[path]["POST"].as_strategy(generation_mode=GenerationMode.POSITIVE), st.sampled_from(PROGRAMS), st.data())
    def check(case, program, data):
        names = [line.partition("=")[0].strip() for line in program[0].splitlines() if "=" in line and line[0].isalpha()]
        case.body["program"], case.body["inputs"] = program
        case.body["loss"] = data.draw(st.sampled_from([None, names[-1]]))
        value = st.sampled_from([*program[1], *names])
        for field in {"target", "source", "variable"} & case.body.keys():
            case.body[field] = data.draw(value)
        if path == "/api/v1/check":
            case.body["answers"] = data.draw(st.dictionaries(value, st.sampled_from(ANSWERS), min_size=1, max_size=3))
        taken.append(case.call_and_validate().status_code == 200)

    taken = []
    check()
    assert any(taken)


# What leads from one answer to the next request. The app's document does not say it; a copy of it does here.
# Fields that are not named are made at random, and a loss that is would hardly ever be a statement.
AGAIN = {"program": "$request.body#/program", "inputs": "$request.body#/inputs", "loss": None}
POSTED = {"program": "$response.body#/program", "inputs": "$response.body#/inputs", "loss": None}
LINKS = {
    ("/api/v1/examples", "get"): {
        "one": ("/api/v1/examples/{name}", "get", {"parameters": {"name": "$response.body#/3/id"}}),
        "worksheet": ("/api/v1/worksheet", "get", {"parameters": {"example": "$response.body#/3/id"}}),
    },
    ("/api/v1/examples/{name}", "get"): {
        path.rpartition("/")[2]: (path, "post", {"requestBody": POSTED})
        for path in ("/api/v1/graph", "/api/v1/graph.svg", "/api/v1/graph.dot", "/api/v1/verify", "/api/v1/code", "/api/v1/exercises")
    },
    ("/api/v1/lessons", "get"): {
        "exercises": (
            "/api/v1/exercises", "post",
            {"requestBody": {"program": "$response.body#/0/program", "inputs": "$response.body#/0/inputs"}},
        ),
    },
    ("/api/v1/worksheet", "get"): {"exercises": ("/api/v1/exercises", "post", {"requestBody": POSTED})},
    ("/api/v1/exercises", "post"): {
        "hints": ("/api/v1/hints", "post", {"requestBody": AGAIN | {"variable": "$response.body#/0/variable"}}),
    },
    ("/api/v1/graph", "post"): {
        "derivation": ("/api/v1/derivation", "post", {"requestBody": AGAIN | {"target": "$response.body#/nodes/0/id"}}),
        "nudge": ("/api/v1/nudge", "post", {"requestBody": AGAIN | {"target": "$response.body#/nodes/0/id"}}),
        "paths": (
            "/api/v1/paths", "post",
            {"requestBody": AGAIN | {"source": "$response.body#/nodes/0/id", "target": "$response.body#/loss/name"}},
        ),
        "steps": ("/api/v1/steps", "post", {"requestBody": AGAIN}),
    },
}  # fmt: skip


def linked():
    """The schema with its links."""
    document = copy.deepcopy(SCHEMA.raw_schema)
    paths = document["paths"]
    for (path, method), links in LINKS.items():
        paths[path][method]["responses"]["200"]["links"] = {
            name: {"operationId": paths[target][by]["operationId"], **request} for name, (target, by, request) in links.items()
        }
    found = schemathesis.openapi.from_dict(document)
    found.app = APP
    return checked(found)


# One request after another, each made of the answer to one before it.
TestOneAnswerLeadsToTheNext = linked().as_state_machine().TestCase
TestOneAnswerLeadsToTheNext.settings = settings(max_examples=15, stateful_step_count=10, **QUICK)
