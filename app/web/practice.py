"""Practice: exercises, hints, lessons and worksheets, and answers that are judged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal, TypeVar

from anyio import to_thread
from fastapi import APIRouter, Query
from starlette.requests import Request as HTTPRequest
from starlette.responses import Response

from app import service
from app.web import practice_schemas as schemas
from app.web import views
from app.web.api import POST, described_body, documented, json_response
from app.web.body import checked, json_of
from app.web.schemas import GraphRequest

router = APIRouter(tags=["practice"])

_HINTS = described_body("HintsRequest", variable="w1")
_CHECK = described_body("CheckRequest", answers={"u3": "2/N * (u3 - y)", "w1": "x.T @ (u3_g @ w2.T * (u1 > 0))"})


@router.post("/api/v1/check", response_model=schemas.CheckAnswer, responses=POST, openapi_extra=_CHECK)
async def check(request: HTTPRequest) -> Response:
    """Judges gradients that somebody derived, and names the mistakes in them."""

    def answer(asked: schemas.CheckRequest, found: service.Analysis) -> Any:
        return service.judged_answer(service.judged(found, service.answers_of(asked.answers), asked.backward), found.limits)

    return await _answered(request, schemas.CheckRequest, answer)


@router.post("/api/v1/exercises", response_model=list[schemas.Exercise], responses=POST, openapi_extra=described_body("ExercisesRequest"))
async def exercises(request: HTTPRequest) -> Response:
    """Makes exercises for a program: for each value four, from the loss's own argument to the inputs."""
    return await _answered(request, schemas.ExercisesRequest, lambda asked, found: service.exercises_answer(found, asked.seed))


@router.post("/api/v1/hints", response_model=list[schemas.Hint], responses=POST, openapi_extra=_HINTS)
async def hints(request: HTTPRequest) -> Response:
    """Gives hints for one gradient, each giving away more than the one before: path, last derivative, shapes, formula."""
    return await _answered(request, schemas.HintsRequest, lambda asked, found: service.hints_answer(found, asked.variable))


@router.get("/api/v1/lessons", response_model=list[schemas.Lesson], responses=documented("internal"))
async def lessons() -> Response:
    """Lists the lessons."""
    return json_response(service.lessons_answer())


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
    limits = request.app.state.settings.limits
    found = await to_thread.run_sync(service.worksheet, example, seed, limits)
    if (format or ("html" if "text/html" in request.headers.get("accept", "") else "json")) == "html":
        return Response(await to_thread.run_sync(views.worksheet, found), media_type="text/html", headers={"Vary": "Accept"})
    return json_response(found, Vary="Accept")


Model = TypeVar("Model", bound=GraphRequest)


async def _answered(request: HTTPRequest, model: type[Model], answer: Callable[[Model, service.Analysis], Any]) -> Response:
    """What is said of an analysis, as JSON."""
    limits = request.app.state.settings.limits
    asked, wanted = checked(model, await json_of(request))
    return await to_thread.run_sync(lambda: json_response(answer(asked, service.analyse(wanted, limits))))
