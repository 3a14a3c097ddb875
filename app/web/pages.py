"""The page itself, and the files it needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from anyio import to_thread
from fastapi import APIRouter
from starlette.requests import Request as HTTPRequest
from starlette.responses import HTMLResponse, Response

from app import service
from app.draw import font
from app.draw.svg import Theme
from app.errors import CurlydError
from app.examples import FIRST, gallery
from app.settings import Limits
from app.web import forms, problems, views
from app.web.body import read

router = APIRouter(include_in_schema=False)


@router.get("/")
async def index(request: HTTPRequest) -> Response:
    """The page with an example, `?example=…`, at a level of detail, with a card to inspect and its derivation told in some way."""
    query = request.query_params
    name = query.get("example", FIRST)
    service.example(name)
    return await _page(forms.of_example(gallery()[name], query), request.app.state.settings.limits)


@router.post("/")
async def submitted(request: HTTPRequest) -> Response:
    """The page for a form that was sent without scripts: its Run button."""
    limits = request.app.state.settings.limits
    return await _page(forms.read(await read(request, limits.body_bytes)), limits)


@router.post("/graph.svg")
async def save(request: HTTPRequest) -> Response:
    """The picture of a form that was sent, to keep as a file; where there is none, the page with what it lacks."""
    limits = request.app.state.settings.limits
    state = forms.read(await read(request, limits.body_bytes))
    headers = {"Content-Disposition": 'attachment; filename="graph.svg"', "X-Content-Type-Options": "nosniff"}
    try:
        drawn = await to_thread.run_sync(lambda: service.picture(service.analyse(state.request, limits)))
        return Response(await service.to_svg(drawn, limits, Theme.AUTO), media_type="image/svg+xml", headers=headers)
    except CurlydError:
        return await _page(state, limits)


@router.post("/derivation.md")
async def keep_markdown(request: HTTPRequest) -> Response:
    """The derivation of a form's selected card, to keep as Markdown."""
    return await _kept(
        request, "derivation.md", "text/markdown; charset=utf-8",
        lambda found, state: service.derivation_markdown(found, _derivation(found, state)),
    )  # fmt: skip


@router.post("/derivation.tex")
async def keep_latex(request: HTTPRequest) -> Response:
    """The same as LaTeX."""
    return await _kept(
        request, "derivation.tex", "application/x-latex", lambda found, state: service.derivation_latex(found, _derivation(found, state))
    )


def _derivation(found: service.Analysis, state: forms.State) -> service.Derivation:
    """The derivation of a form's selected card."""
    return service.derived(found, service.selected(found, state.select), state.explained.notation, state.explained.order)


@router.post("/program.py")
async def keep_program(request: HTTPRequest) -> Response:
    """The run of a form as a program, to keep."""
    return await _kept(
        request,
        "program.py",
        "text/x-python; charset=utf-8",
        lambda found, state: service.program_code(found, state.explained.framework).code,
    )


async def _kept(
    request: HTTPRequest, name: str, media_type: str, text_of: Callable[[service.Analysis, forms.State], str]
) -> Response:  # fmt: skip
    """What a form's run says, as a file; where it cannot be had, the page with what it lacks."""
    limits = request.app.state.settings.limits
    state = forms.read(await read(request, limits.body_bytes))

    def text() -> str:
        return text_of(service.analyse(state.request, limits), state)

    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    try:
        return Response(await to_thread.run_sync(text), media_type=media_type, headers=headers)
    except CurlydError:
        return await _page(state, limits)


async def _page(state: forms.State, limits: Limits) -> Response:
    graph, found, problem = None, None, None
    names: dict[str, Any] = dict.fromkeys(state.given)
    try:
        names = await to_thread.run_sync(service.inputs_of, state.program, limits)
        found = await to_thread.run_sync(service.analyse, state.request, limits)
        graph = await service.to_svg(await to_thread.run_sync(service.picture, found), limits, None)
    except CurlydError as error:
        problem = problems.of_error(error)
    html = await to_thread.run_sync(lambda: views.page(state, forms.fields(names, state.given), graph, found, problem))
    return HTMLResponse(html, status_code=problem["status"] if problem else 200)


@router.get("/problems")
async def problem_kinds() -> Response:
    """Where the type of every problem document leads."""
    return HTMLResponse(views.problem_page())


@router.get("/fonts/stix-two-math.woff")
async def math_font() -> Response:
    """STIX Two Math, cut down to what formulas need; under the SIL Open Font License 1.1, as the file itself says."""
    cut = await to_thread.run_sync(font.for_formulas)
    return Response(cut, media_type="font/woff", headers={"Cache-Control": "public, max-age=31536000, immutable"})
