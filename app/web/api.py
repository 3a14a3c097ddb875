"""The JSON endpoints, and the pictures."""

from __future__ import annotations

import json
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Depends
from starlette.requests import Request as HTTPRequest
from starlette.responses import Response

from app import __version__, service
from app.web import schemas
from app.web.body import checked, json_of, posted
from app.web.problems import KINDS, MEDIA_TYPE, problem, response

router = APIRouter()
Posted = Annotated[service.Request, Depends(posted)]

SVG_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; font-src data:; sandbox",
    "X-Content-Type-Options": "nosniff",
}
_EXAMPLE: dict[str, Any] = schemas.GraphRequest.model_config["json_schema_extra"]["examples"][0]  # type: ignore[index, assignment]


def described_body(schema: str, **more: Any) -> dict[str, Any]:
    """How OpenAPI describes a body that is read by ourselves; `more` are fields that the example has besides those of every POST."""
    example = {"seed network": {"summary": "Two layers, ReLU and MSE", "value": _EXAMPLE | more}}
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}, "examples": example}}
    return {"requestBody": {"required": True, "content": content}}


_BODY = described_body("GraphRequest")


def documented(*slugs: str) -> dict[int | str, dict[str, Any]]:
    """The failures of an endpoint, as OpenAPI has them: one entry a status, with the problems that have it."""
    found: dict[int | str, dict[str, Any]] = {}
    for slug in slugs:
        kind = KINDS[slug]
        example = {"summary": kind.title, "value": problem(slug, kind.meaning)}
        entry = found.setdefault(
            kind.status,
            {"description": "", "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": {}}}},
        )
        entry["description"] = f"{entry['description']} {kind.title}.".strip()
        entry["content"][MEDIA_TYPE]["examples"][slug] = example
    return found


def drawn_as(media_type: str, description: str) -> dict[int | str, dict[str, Any]]:
    """An answer that is text of its own kind."""
    return {200: {"description": description, "content": {media_type: {"schema": {"type": "string"}}}}}


POST = documented("malformed", "too-large", "unsupported-media-type", "request", "program", "input", "limit", "internal")
_PICTURE = POST | documented("request", "program", "input", "limit", "layout", "unavailable")


_SVG = drawn_as("image/svg+xml", "The picture, complete on its own.")
_DOT = drawn_as("text/vnd.graphviz", "The graph in Graphviz's language.")


def json_response(data: Any, **headers: str) -> Response:
    return Response(json.dumps(data, allow_nan=False, separators=(",", ":")), media_type="application/json", headers=headers)


@router.post("/api/v1/graph", tags=["graph"], response_model=schemas.GraphAnswer, responses=POST, openapi_extra=_BODY)
async def graph(request: HTTPRequest, posted: Posted) -> Response:
    """Runs the forward and the backward pass: every value, gradient, use and contribution."""
    limits = request.app.state.settings.limits

    def answer() -> str:
        return json.dumps(service.answer(service.analyse(posted, limits)), allow_nan=False, separators=(",", ":"))

    return Response(await to_thread.run_sync(answer), media_type="application/json")


@router.post("/api/v1/graph.svg", tags=["graph"], response_class=Response, openapi_extra=_BODY, responses=_SVG | _PICTURE)
async def graph_svg(request: HTTPRequest, posted: Posted) -> Response:
    """Draws the graph with every value and gradient, as SVG."""
    limits = request.app.state.settings.limits
    drawn = await to_thread.run_sync(lambda: service.picture(service.analyse(posted, limits)))
    return Response(await service.to_svg(drawn, limits, posted.theme), media_type="image/svg+xml", headers=SVG_HEADERS)


@router.post("/api/v1/graph.dot", tags=["graph"], response_class=Response, openapi_extra=_BODY, responses=_DOT | POST)
async def graph_dot(request: HTTPRequest, posted: Posted) -> Response:
    """Writes the graph as DOT text, for Graphviz."""
    limits = request.app.state.settings.limits
    text = await to_thread.run_sync(lambda: service.to_dot(service.picture(service.analyse(posted, limits))))
    return Response(text, media_type="text/vnd.graphviz", headers={"X-Content-Type-Options": "nosniff"})


@router.post(
    "/api/v1/verify", tags=["graph"], response_model=schemas.Verdict, responses=POST, openapi_extra=described_body("VerifyRequest")
)
async def verify(request: HTTPRequest) -> Response:
    """Holds every gradient against finite differences of the loss."""
    limits = request.app.state.settings.limits
    asked, wanted = checked(schemas.VerifyRequest, await json_of(request))

    def answer() -> Response:
        return json_response(service.verified(service.verdict(service.analyse(wanted, limits), asked.epsilon)))

    return await to_thread.run_sync(answer)


@router.get("/api/v1/examples", tags=["reference"], response_model=list[schemas.ExampleSummary], responses=documented("internal"))
async def examples() -> Response:
    """Lists the gallery."""
    return json_response([{key: item[key] for key in schemas.ExampleSummary.model_fields} for item in service.examples()])


@router.get("/api/v1/examples/{name}", tags=["reference"], response_model=schemas.Example, responses=documented("not-found", "internal"))
async def example(name: str) -> Response:
    """One example, with its program and inputs."""
    return json_response(service.example(name))


@router.get("/api/v1/operations", tags=["reference"], response_model=list[schemas.Operation], responses=documented("internal"))
async def operations() -> Response:
    """Lists the operations that a program may use, with their derivatives and the conventions at kinks."""
    return json_response(service.operations())


@router.get("/healthz", tags=["health"], response_model=schemas.Health)
async def healthz() -> Response:
    """Says that the process lives."""
    return json_response({"status": "ok", "version": __version__})


@router.get("/readyz", tags=["health"], response_model=schemas.Health, responses=documented("unavailable"))
async def readyz(request: HTTPRequest) -> Response:
    """Says that pictures can be drawn: the layout engine answers."""
    if not await service.ready(request.app.state.settings.limits):
        return response(problem("unavailable", "The layout engine does not answer."), {"Retry-After": "2"})
    return json_response({"status": "ok", "version": __version__})
