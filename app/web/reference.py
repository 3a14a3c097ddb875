"""What there is to start from, and how the server is: answers that do not depend on a request's body."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

import fastapi_offline
from fastapi import APIRouter
from starlette.requests import Request as HTTPRequest
from starlette.responses import Response

from app import __version__, service
from app.settings import Capacity, Limits, variable
from app.web import schemas, views
from app.web.api import documented
from app.web.problems import problem, response
from app.web.replies import accepts_gzip, json_bytes, squeezed
from app.work.caches import store

router = APIRouter()
ASSETS = Path(fastapi_offline.__file__).parent / "static"
"""Swagger UI, as the package carries it: nobody else is asked for it."""
LASTING = "public, max-age=3600"


async def lasting(request: HTTPRequest, body: bytes, media_type: str = "application/json", control: str = LASTING) -> Response:
    """An answer that stays the same while the server runs: who has it already gets no second copy. It is compressed once."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": control}
    known = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    if tag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    if not accepts_gzip(request):
        return Response(body, media_type=media_type, headers=headers)
    there, kept = store.get("compressed", tag)
    if not there:
        kept = await squeezed(request, body)
        store.put("compressed", tag, kept, len(kept[0]))
    sent, more = kept
    return Response(sent, media_type=media_type, headers=headers | more)


@cache
def _made(make: Callable[[], Any]) -> bytes:
    """What never changes, as JSON."""
    return json_bytes(make())


def _examples() -> list[dict[str, Any]]:
    return [{key: item[key] for key in schemas.ExampleSummary.model_fields} for item in service.examples()]


@router.get("/api/v1/examples", tags=["reference"], response_model=list[schemas.ExampleSummary], responses=documented("internal"))
async def examples(request: HTTPRequest) -> Response:
    """Lists the gallery."""
    return await lasting(request, _made(_examples))


@router.get("/api/v1/examples/{name}", tags=["reference"], response_model=schemas.Example, responses=documented("not-found", "internal"))
async def example(request: HTTPRequest, name: str) -> Response:
    """One example, with its program and inputs."""
    return await lasting(request, json_bytes(service.example(name)))


@router.get("/api/v1/operations", tags=["reference"], response_model=list[schemas.Operation], responses=documented("internal"))
async def operations(request: HTTPRequest) -> Response:
    """Lists the operations that a program may use, with their derivatives and the conventions at kinks."""
    return await lasting(request, _made(service.operations))


@router.get("/api/v1/limits", tags=["reference"], response_model=schemas.LimitsAnswer, responses=documented("internal"))
async def limits(request: HTTPRequest) -> Response:
    """Lists the limits of a request, and how much goes on at once."""
    settings = request.app.state.settings
    return await lasting(request, json_bytes({"limits": _bounds(settings.limits), "capacity": _bounds(settings.capacity)}))


def _bounds(of: Limits | Capacity) -> list[dict[str, Any]]:
    return [
        {"name": one.name, "value": getattr(of, one.name), "about": one.metadata["about"], "variable": variable(one.name)}
        for one in fields(of)
    ]


@router.get("/healthz", tags=["health"], response_model=schemas.Health)
async def healthz() -> Response:
    """Says that the process lives."""
    return Response(json_bytes({"status": "ok", "version": __version__}), media_type="application/json")


@router.get("/readyz", tags=["health"], response_model=schemas.Health, responses=documented("unavailable"))
async def readyz(request: HTTPRequest) -> Response:
    """Says that work can be done: the processes for it answer, and the layout engine does in them."""
    if not request.app.state.desk.keeper.alive:
        return response(problem("unavailable", "The processes for layouts and heavy work do not answer."), {"Retry-After": "2"})
    return await healthz()


@router.get("/docs", include_in_schema=False)
async def docs() -> Response:
    """The endpoints, to be read and tried out."""
    return Response(views.docs_page(), media_type="text/html")
