"""The two passes, to be watched one step after the other."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request as HTTPRequest
from starlette.responses import Response

from app import service
from app.web import schemas
from app.web.api import POST, described_body
from app.web.replies import Reply, answered, json_reply

router = APIRouter(tags=["explanation"])


def _steps(asked: schemas.StepsRequest, found: service.Analysis) -> Reply:
    return json_reply(service.steps_answer(found, asked.step))


@router.post(
    "/api/v1/steps", response_model=schemas.StepsAnswer, responses=POST, openapi_extra=described_body("StepsRequest", step=7)
)  # fmt: skip
async def steps(request: HTTPRequest) -> Response:
    """Tells the two passes one step at a time: first every value, then what comes back along every edge."""
    return await answered(request, schemas.StepsRequest, _steps)
