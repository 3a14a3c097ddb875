"""The OpenAPI document: FastAPI's own, with the schemas that bodies and problems refer to."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from app.web.practice_schemas import AnsweredShape, CheckRequest, ElementNumber, ElementSign, ExercisesRequest, HintsRequest
from app.web.schemas import (
    CodeRequest,
    DerivationRequest,
    GraphRequest,
    InputValue,
    NudgeRequest,
    PathsRequest,
    Problem,
    StepsRequest,
    VerifyRequest,
)

TAGS = [
    {"name": "graph", "description": "One request, three answers: numbers as JSON, a picture as SVG, text for Graphviz."},
    {"name": "explanation", "description": "How one gradient comes about: derived, tried out, and as code."},
    {"name": "practice", "description": "Exercises and hints for any program; gradients that somebody derived, judged."},
    {"name": "data", "description": "Files of numbers, as inputs of a program."},
    {"name": "reference", "description": "What there is to start from: examples and operations."},
    {"name": "health", "description": "For whoever runs the service."},
]
MODELS = (
    GraphRequest, VerifyRequest, DerivationRequest, NudgeRequest, CodeRequest, PathsRequest, StepsRequest, InputValue, Problem,
    CheckRequest, ElementNumber, ElementSign, AnsweredShape, ExercisesRequest, HintsRequest,
)  # fmt: skip
"""What bodies and problems refer to."""


def complete(app: FastAPI) -> None:
    """Makes `app.openapi()` return the whole document; it is made once."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            found = get_openapi(
                title=app.title, version=app.version, summary=app.summary, routes=app.routes, tags=TAGS, license_info=app.license_info
            )
            _, extra = models_json_schema(
                [(model, "validation") for model in MODELS],
                ref_template="#/components/schemas/{model}",
            )
            schemas = found.setdefault("components", {}).setdefault("schemas", {})
            for name, schema in extra["$defs"].items():
                schemas.setdefault(name, schema)
            # FastAPI documents a validation error of its own for a path with a name in it; there any text is a name.
            for unused in ("HTTPValidationError", "ValidationError"):
                schemas.pop(unused, None)
            for path in found["paths"].values():
                for endpoint in path.values():
                    if "HTTPValidationError" in str(endpoint["responses"].get("422")):
                        del endpoint["responses"]["422"]
            app.openapi_schema = found
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]
