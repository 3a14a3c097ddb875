"""All paths between two values: as JSON, and as a part of the page."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request as HTTPRequest
from starlette.responses import Response

from app import service
from app.web import schemas, views
from app.web.api import POST, described_body
from app.web.replies import Reply, answered, json_reply, text_reply

router = APIRouter(tags=["explanation"])

_BODY = described_body("PathsRequest", source="w1", target="MSE")


def _followed(asked: schemas.PathsRequest, found: service.Analysis) -> Reply:
    return json_reply(service.paths_answer(service.paths(found, asked.source, asked.target)))


@router.post("/api/v1/paths", response_model=schemas.PathsAnswer, responses=POST, openapi_extra=_BODY)
async def paths(request: HTTPRequest) -> Response:
    """Follows every path from one value to another: what is multiplied along each, its numbers, and their sum."""
    return await answered(request, schemas.PathsRequest, _followed)


def _part(asked: schemas.PathsRequest, found: service.Analysis) -> Reply:
    return text_reply(views.paths(service.paths_told(found, service.paths(found, asked.source, asked.target))), "text/html; charset=utf-8")


@router.post("/paths", include_in_schema=False)
async def part(request: HTTPRequest) -> Response:
    """The same as a part of the page."""
    return await answered(request, schemas.PathsRequest, _part)
