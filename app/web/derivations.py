"""The endpoints that explain one gradient: its derivation, as JSON or as a document, what a nudge does, and the same as code."""

from __future__ import annotations

from collections.abc import Callable

from anyio import to_thread
from fastapi import APIRouter
from starlette.requests import Request as HTTPRequest
from starlette.responses import Response

from app import service
from app.web import schemas
from app.web.api import POST, described_body, drawn_as, json_response
from app.web.body import checked, json_of

router = APIRouter(tags=["explanation"])

_BODY = described_body("DerivationRequest", target="w1")
_MARKDOWN = drawn_as("text/markdown", "The derivation as Markdown, its formulas between dollar signs.")
_LATEX = drawn_as("application/x-latex", "The derivation as a LaTeX document.")


@router.post("/api/v1/derivation", response_model=schemas.DerivationAnswer, responses=POST, openapi_extra=_BODY)
async def derivation(request: HTTPRequest) -> Response:
    """Tells how one gradient comes about, step by step: in words, symbols, numbers and code."""
    return await _explained(request, lambda analysis, found: json_response(service.derivation_answer(analysis, found)))


@router.post("/api/v1/derivation.md", response_class=Response, responses=_MARKDOWN | POST, openapi_extra=_BODY)
async def derivation_markdown(request: HTTPRequest) -> Response:
    """The same as a page of Markdown."""
    return await _explained(
        request, lambda analysis, found: _text(service.derivation_markdown(analysis, found), "text/markdown; charset=utf-8")
    )


@router.post("/api/v1/derivation.tex", response_class=Response, responses=_LATEX | POST, openapi_extra=_BODY)
async def derivation_latex(request: HTTPRequest) -> Response:
    """The same as a LaTeX document."""
    return await _explained(request, lambda analysis, found: _text(service.derivation_latex(analysis, found), "application/x-latex"))


async def _explained(request: HTTPRequest, form: Callable[[service.Analysis, service.Derivation], Response]) -> Response:
    """The derivation that a request asks for, in a form."""
    limits = request.app.state.settings.limits
    asked, wanted = checked(schemas.DerivationRequest, await json_of(request))

    def answer() -> Response:
        analysis = service.analyse(wanted, limits)
        return form(analysis, service.derived(analysis, asked.target, asked.notation, asked.order))

    return await to_thread.run_sync(answer)


def _text(text: str, media_type: str) -> Response:
    return Response(text, media_type=media_type, headers={"X-Content-Type-Options": "nosniff"})


@router.post(
    "/api/v1/nudge", response_model=schemas.NudgeAnswer, responses=POST,
    openapi_extra=described_body("NudgeRequest", target="w1", index=[0, 0], epsilon=0.001),
)  # fmt: skip
async def nudge(request: HTTPRequest) -> Response:
    """Changes one element by a little and runs again: the change that the gradient predicts beside the one that comes about."""
    limits = request.app.state.settings.limits
    asked, wanted = checked(schemas.NudgeRequest, await json_of(request))

    def answer() -> Response:
        return json_response(service.nudged(service.analyse(wanted, limits), asked.target, asked.index, asked.epsilon))

    return await to_thread.run_sync(answer)


@router.post(
    "/api/v1/code", response_model=schemas.CodeAnswer, responses=POST, openapi_extra=described_body("CodeRequest", framework="pytorch")
)
async def code(request: HTTPRequest) -> Response:
    """Writes forward and backward pass as a program that runs as it is, with the inputs' own numbers, and ends by checking itself."""
    limits = request.app.state.settings.limits
    asked, wanted = checked(schemas.CodeRequest, await json_of(request))

    def answer() -> Response:
        found = service.program_code(service.analyse(wanted, limits), asked.framework)
        return json_response(service.code_answer(found, asked.framework))

    return await to_thread.run_sync(answer)
