"""All paths between two values: as JSON, and as a part of the page."""

from __future__ import annotations

from collections.abc import Callable

from anyio import to_thread
from fastapi import APIRouter
from starlette.requests import Request as HTTPRequest
from starlette.responses import Response

from app import service
from app.web import schemas, views
from app.web.api import POST, described_body, json_response
from app.web.body import checked, json_of

router = APIRouter(tags=["explanation"])

_BODY = described_body("PathsRequest", source="w1", target="MSE")


@router.post("/api/v1/paths", response_model=schemas.PathsAnswer, responses=POST, openapi_extra=_BODY)
async def paths(request: HTTPRequest) -> Response:
    """Follows every path from one value to another: what is multiplied along each, its numbers, and their sum."""
    return await _followed(request, lambda _, found: json_response(service.paths_answer(found)))


@router.post("/paths", include_in_schema=False)
async def part(request: HTTPRequest) -> Response:
    """The same as a part of the page."""
    return await _followed(
        request, lambda analysis, found: Response(views.paths(service.paths_told(analysis, found)), media_type="text/html")
    )


async def _followed(request: HTTPRequest, form: Callable[[service.Analysis, service.Paths], Response]) -> Response:
    """The paths that a request asks for, in a form."""
    limits = request.app.state.settings.limits
    asked, wanted = checked(schemas.PathsRequest, await json_of(request))

    def answer() -> Response:
        analysis = service.analyse(wanted, limits)
        return form(analysis, service.paths(analysis, asked.source, asked.target))

    return await to_thread.run_sync(answer)
