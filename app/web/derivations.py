"""The endpoints that explain one gradient: its derivation, as JSON or as a document, what a nudge does, and the same as code."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request as HTTPRequest
from starlette.responses import Response

from app import service
from app.web import schemas
from app.web.api import POST, described_body, drawn_as
from app.web.replies import Reply, answered, json_reply, text_reply

router = APIRouter(tags=["explanation"])

_BODY = described_body("DerivationRequest", target="w1")
_MARKDOWN_ANSWER = drawn_as("text/markdown", "The derivation as Markdown, its formulas between dollar signs.")
_LATEX_ANSWER = drawn_as("application/x-latex", "The derivation as a LaTeX document.")


def _derived(asked: schemas.DerivationRequest, found: service.Analysis) -> service.Derivation:
    return service.derived(found, asked.target, asked.notation, asked.order)


def _told(asked: schemas.DerivationRequest, found: service.Analysis) -> Reply:
    return json_reply(service.derivation_answer(found, _derived(asked, found)))


def _markdown(asked: schemas.DerivationRequest, found: service.Analysis) -> Reply:
    return text_reply(service.derivation_markdown(found, _derived(asked, found)), "text/markdown; charset=utf-8")


def _latex(asked: schemas.DerivationRequest, found: service.Analysis) -> Reply:
    return text_reply(service.derivation_latex(found, _derived(asked, found)), "application/x-latex")


@router.post("/api/v1/derivation", response_model=schemas.DerivationAnswer, responses=POST, openapi_extra=_BODY)
async def derivation(request: HTTPRequest) -> Response:
    """Tells how one gradient comes about, step by step: in words, symbols, numbers and code."""
    return await answered(request, schemas.DerivationRequest, _told)


@router.post("/api/v1/derivation.md", response_class=Response, responses=_MARKDOWN_ANSWER | POST, openapi_extra=_BODY)
async def derivation_markdown(request: HTTPRequest) -> Response:
    """The same as a page of Markdown."""
    return await answered(request, schemas.DerivationRequest, _markdown)


@router.post("/api/v1/derivation.tex", response_class=Response, responses=_LATEX_ANSWER | POST, openapi_extra=_BODY)
async def derivation_latex(request: HTTPRequest) -> Response:
    """The same as a LaTeX document."""
    return await answered(request, schemas.DerivationRequest, _latex)


def _nudged(asked: schemas.NudgeRequest, found: service.Analysis) -> Reply:
    return json_reply(service.nudged(found, asked.target, asked.index, asked.epsilon))


@router.post(
    "/api/v1/nudge", response_model=schemas.NudgeAnswer, responses=POST,
    openapi_extra=described_body("NudgeRequest", target="w1", index=[0, 0], epsilon=0.001),
)  # fmt: skip
async def nudge(request: HTTPRequest) -> Response:
    """Changes one element by a little and runs again: the change that the gradient predicts beside the one that comes about."""
    return await answered(request, schemas.NudgeRequest, _nudged)


def _code(asked: schemas.CodeRequest, found: service.Analysis) -> Reply:
    return json_reply(service.code_answer(service.program_code(found, asked.framework), asked.framework))


@router.post(
    "/api/v1/code", response_model=schemas.CodeAnswer, responses=POST, openapi_extra=described_body("CodeRequest", framework="pytorch")
)
async def code(request: HTTPRequest) -> Response:
    """Writes forward and backward pass as a program that runs as it is, with the inputs' own numbers, and ends by checking itself."""
    return await answered(request, schemas.CodeRequest, _code)
