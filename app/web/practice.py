"""Practice: exercises, hints, lessons and worksheets, and answers that are judged."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.requests import Request as HTTPRequest
from starlette.responses import Response

from app import service
from app.settings import Limits
from app.web import practice_schemas as schemas
from app.web import views
from app.web.api import POST, described_body, documented
from app.web.reference import lasting
from app.web.replies import Reply, answered, desk_of, json_bytes, json_reply, sent, text_reply
from app.work.weight import weigh

router = APIRouter(tags=["practice"])
WORKSHEET = 100.0
"""Milliseconds that the search for numbers that come out clean may take, and the key."""

_HINTS_BODY = described_body("HintsRequest", variable="w1")
_CHECK_BODY = described_body("CheckRequest", answers={"u3": "2/N * (u3 - y)", "w1": "x.T @ (u3_g @ w2.T * (u1 > 0))"})


def _judged(asked: schemas.CheckRequest, found: service.Analysis) -> Reply:
    return json_reply(service.judged_answer(service.judged(found, service.answers_of(asked.answers), asked.backward), found.limits))


def _exercises(asked: schemas.ExercisesRequest, found: service.Analysis) -> Reply:
    return json_reply(service.exercises_answer(found, asked.seed))


def _hints(asked: schemas.HintsRequest, found: service.Analysis) -> Reply:
    return json_reply(service.hints_answer(found, asked.variable))


@router.post("/api/v1/check", response_model=schemas.CheckAnswer, responses=POST, openapi_extra=_CHECK_BODY)
async def check(request: HTTPRequest) -> Response:
    """Judges gradients that somebody derived, and names the mistakes in them."""

    return await answered(request, schemas.CheckRequest, _judged)


@router.post("/api/v1/exercises", response_model=list[schemas.Exercise], responses=POST, openapi_extra=described_body("ExercisesRequest"))
async def exercises(request: HTTPRequest) -> Response:
    """Makes exercises for a program: for each value four, from the loss's own argument to the inputs."""
    return await answered(request, schemas.ExercisesRequest, _exercises)


@router.post("/api/v1/hints", response_model=list[schemas.Hint], responses=POST, openapi_extra=_HINTS_BODY)
async def hints(request: HTTPRequest) -> Response:
    """Gives hints for one gradient, each giving away more than the one before: path, last derivative, shapes, formula."""
    return await answered(request, schemas.HintsRequest, _hints)


@router.get("/api/v1/lessons", response_model=list[schemas.Lesson], responses=documented("internal"))
async def lessons(request: HTTPRequest) -> Response:
    """Lists the lessons."""
    return await lasting(request, json_bytes(service.lessons_answer()))


@router.get(
    "/api/v1/worksheet",
    response_model=schemas.Worksheet,
    responses=documented("request", "input", "not-found", "internal")
    | {200: {"description": "For scripts as JSON, for browsers as a page.", "content": {"text/html": {"schema": {"type": "string"}}}}},
)
async def worksheet(
    request: HTTPRequest,
    example: Annotated[str, Query(description="An example of the gallery, or a lesson.", max_length=100)],
    seed: Annotated[int, Query(description="The same seed gives the same numbers.", ge=0, le=2**32 - 1)] = 1,
    format: Annotated[Literal["html", "json"] | None, Query(description="As the Accept header says, if none is given.")] = None,  # noqa: A002
) -> Response:
    """An example for paper: small whole numbers, blanks to fill in, and the key on a page of its own."""
    html = (format or ("html" if "text/html" in request.headers.get("accept", "") else "json")) == "html"
    reply = await desk_of(request).done(_worksheet, example, seed, html, request.app.state.settings.limits)
    return await sent(request, reply)


def _worksheet(example: str, seed: int, html: bool, limits: Limits) -> Reply:
    weigh(WORKSHEET)
    found = service.worksheet(example, seed, limits)
    if html:
        return text_reply(views.worksheet(found), "text/html; charset=utf-8", Vary="Accept")
    return Reply(json_bytes(found), headers={"Vary": "Accept"})
