"""The two passes, to be watched one step after the other."""

from __future__ import annotations

from anyio import to_thread
from fastapi import APIRouter
from starlette.requests import Request as HTTPRequest
from starlette.responses import Response

from app import service
from app.web import schemas
from app.web.api import POST, described_body, json_response
from app.web.body import checked, json_of

router = APIRouter(tags=["explanation"])


@router.post(
    "/api/v1/steps", response_model=schemas.StepsAnswer, responses=POST, openapi_extra=described_body("StepsRequest", step=7)
)  # fmt: skip
async def steps(request: HTTPRequest) -> Response:
    """Tells the two passes one step at a time: first every value, then what comes back along every edge."""
    limits = request.app.state.settings.limits
    asked, wanted = checked(schemas.StepsRequest, await json_of(request))

    def answer() -> Response:
        return json_response(service.steps_answer(service.analyse(wanted, limits), asked.step))

    return await to_thread.run_sync(answer)
