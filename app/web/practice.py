"""Practice: answers are judged."""

from __future__ import annotations

from anyio import to_thread
from fastapi import APIRouter
from starlette.requests import Request as HTTPRequest
from starlette.responses import Response

from app import service
from app.web import practice_schemas as schemas
from app.web.api import POST, described_body, json_response
from app.web.body import checked, json_of

router = APIRouter(tags=["practice"])

_CHECK = described_body("CheckRequest", answers={"u3": "2/N * (u3 - y)", "w1": "x.T @ (u3_g @ w2.T * (u1 > 0))"})


@router.post("/api/v1/check", response_model=schemas.CheckAnswer, responses=POST, openapi_extra=_CHECK)
async def check(request: HTTPRequest) -> Response:
    """Judges gradients that somebody derived, and names the mistakes in them."""
    limits = request.app.state.settings.limits
    asked, wanted = checked(schemas.CheckRequest, await json_of(request))

    def answer() -> Response:
        found = service.judged(service.analyse(wanted, limits), service.answers_of(asked.answers), asked.backward)
        return json_response(service.judged_answer(found, limits))

    return await to_thread.run_sync(answer)
