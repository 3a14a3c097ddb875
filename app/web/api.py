"""The endpoints of a graph: its numbers, its pictures, its verdict."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request as HTTPRequest
from starlette.responses import Response

from app import service
from app.draw.svg import Theme
from app.settings import Limits
from app.web import schemas
from app.web.body import decode, must_be_json, taken
from app.web.problems import KINDS, MEDIA_TYPE, problem
from app.web.replies import Reply, answered, bound, desk_of, json_reply, sent, text_reply, worked

router = APIRouter()

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


POST = documented(
    "malformed", "slow", "too-large", "unsupported-media-type", "request", "program", "input", "limit", "internal", "busy", "unavailable"
)  # fmt: skip
_PICTURE = POST | documented("request", "program", "input", "limit", "layout")


_SVG = drawn_as("image/svg+xml", "The picture, complete on its own.")
_DOT = drawn_as("text/vnd.graphviz", "The graph in Graphviz's language.")


def _graph(_: schemas.GraphRequest, found: service.Analysis) -> Reply:
    return json_reply(service.answer(found))


@router.post("/api/v1/graph", tags=["graph"], response_model=schemas.GraphAnswer, responses=POST, openapi_extra=_BODY)
async def graph(request: HTTPRequest) -> Response:
    """Runs the forward and the backward pass: every value, gradient, use and contribution."""
    return await answered(request, schemas.GraphRequest, _graph)


def _picture(body: bytes, limits: Limits) -> tuple[service.Picture, Theme, Limits]:
    with taken(schemas.GraphRequest, decode(body), limits, len(body)) as (_, wanted, lowered):
        return service.picture(service.analyse(wanted, lowered)), wanted.theme, lowered


@router.post("/api/v1/graph.svg", tags=["graph"], response_class=Response, openapi_extra=_BODY, responses=_SVG | _PICTURE)
async def graph_svg(request: HTTPRequest) -> Response:
    """Draws the graph with every value and gradient, as SVG."""
    must_be_json(request)
    drawn, theme, limits = await worked(request, _picture)
    svg = await service.to_svg(drawn, limits, theme, desk_of(request).layouts)
    reply = text_reply(svg, "image/svg+xml", **SVG_HEADERS)
    bound(reply, limits)
    return await sent(request, reply)


def _dot(_: schemas.GraphRequest, found: service.Analysis) -> Reply:
    return text_reply(service.to_dot(service.picture(found)), "text/vnd.graphviz; charset=utf-8")


@router.post("/api/v1/graph.dot", tags=["graph"], response_class=Response, openapi_extra=_BODY, responses=_DOT | POST)
async def graph_dot(request: HTTPRequest) -> Response:
    """Writes the graph as DOT text, for Graphviz."""
    return await answered(request, schemas.GraphRequest, _dot)


def _verified(asked: schemas.VerifyRequest, found: service.Analysis) -> Reply:
    return json_reply(service.verified(service.verdict(found, asked.epsilon)))


@router.post(
    "/api/v1/verify", tags=["graph"], response_model=schemas.Verdict, responses=POST, openapi_extra=described_body("VerifyRequest")
)
async def verify(request: HTTPRequest) -> Response:
    """Holds every gradient against finite differences of the loss."""
    return await answered(request, schemas.VerifyRequest, _verified)
