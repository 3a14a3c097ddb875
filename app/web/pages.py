"""The page itself, and the files it needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
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
from app.web.api import SVG_HEADERS
from app.web.reference import lasting
from app.web.replies import Reply, desk_of, sent, text_reply, worked
from app.work.caches import store

router = APIRouter(include_in_schema=False)


@router.get("/")
async def index(request: HTTPRequest) -> Response:
    """The page with an example, `?example=…`, at a level of detail, with a card to inspect and its derivation told in some way."""
    query = request.query_params
    name = query.get("example", FIRST)
    service.example(name)
    state = forms.of_example(gallery()[name], query)
    # All that the page is made from.
    key = (state.example, state.detail, state.select, state.explained, state.display, state.table)
    there, html = store.get("pages", key)
    if not there:
        made = await desk_of(request).done(_made, state, request.app.state.settings.limits)
        html = await _drawn(request, made)
        if made.status != HTTPStatus.OK:
            return HTMLResponse(html, made.status)
        store.put("pages", key, html, len(html))
    return await lasting(request, html, "text/html; charset=utf-8", "no-cache")


@router.post("/")
async def submitted(request: HTTPRequest) -> Response:
    """The page for a form that was sent without scripts: its Run button."""
    return await _page(request, await worked(request, _submitted))


@router.post("/graph.svg")
async def save(request: HTTPRequest) -> Response:
    """The picture of a form that was sent, to keep as a file; where there is none, the page with what it lacks."""
    found = await worked(request, _saved)
    if isinstance(found, _Page):
        return await _page(request, found)
    svg = await service.to_svg(found, request.app.state.settings.limits, Theme.AUTO, desk_of(request).layouts)
    return await sent(request, text_reply(svg, "image/svg+xml", **SVG_HEADERS, **_as_file("graph.svg")))


@router.post("/derivation.md")
async def keep_markdown(request: HTTPRequest) -> Response:
    """The derivation of a form's selected card, to keep as Markdown."""
    return await _kept(request, _markdown)


@router.post("/derivation.tex")
async def keep_latex(request: HTTPRequest) -> Response:
    """The same as LaTeX."""
    return await _kept(request, _latex)


@router.post("/program.py")
async def keep_program(request: HTTPRequest) -> Response:
    """The run of a form as a program, to keep."""
    return await _kept(request, _program)


def _markdown(found: service.Analysis, state: forms.State) -> Reply:
    text = service.derivation_markdown(found, _derivation(found, state))
    return text_reply(text, "text/markdown; charset=utf-8", **_as_file("derivation.md"))


def _latex(found: service.Analysis, state: forms.State) -> Reply:
    return text_reply(service.derivation_latex(found, _derivation(found, state)), "application/x-latex", **_as_file("derivation.tex"))


def _program(found: service.Analysis, state: forms.State) -> Reply:
    text = service.program_code(found, state.explained.framework).code
    return text_reply(text, "text/x-python; charset=utf-8", **_as_file("program.py"))


def _derivation(found: service.Analysis, state: forms.State) -> service.Derivation:
    """The derivation of a form's selected card."""
    return service.derived(found, service.selected(found, state.select), state.explained.notation, state.explained.order)


def _as_file(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}


async def _kept(request: HTTPRequest, text_of: Callable[[service.Analysis, forms.State], Reply]) -> Response:
    """What a form's run says, as a file; where it cannot be had, the page with what it lacks."""
    found = await worked(request, partial(_told, text_of))
    return await (_page(request, found) if isinstance(found, _Page) else sent(request, found))


def _told(text_of: Callable[[service.Analysis, forms.State], Reply], body: bytes, limits: Limits) -> Reply | _Page:
    state = forms.read(body, limits)
    try:
        return text_of(service.analyse(state.request, limits), state)
    except CurlydError:
        return _made(state, limits)


def _saved(body: bytes, limits: Limits) -> service.Picture | _Page:
    state = forms.read(body, limits)
    try:
        return service.picture(service.analyse(state.request, limits))
    except CurlydError:
        return _made(state, limits)


def _submitted(body: bytes, limits: Limits) -> _Page:
    return _made(forms.read(body, limits), limits)


@dataclass(frozen=True, slots=True)
class _Page:
    """The page, written but for its picture."""

    parts: tuple[str, ...]
    """What stands before the picture and after it."""
    picture: service.Picture | None
    status: int


def _made(state: forms.State, limits: Limits) -> _Page:
    drawn, found, problem = None, None, None
    names: dict[str, Any] = dict.fromkeys(state.given)
    try:
        names = service.inputs_of(state.program, limits)
        found = service.analyse(state.request, limits)
        drawn = service.picture(found)
    except CurlydError as error:
        problem = problems.of_error(error)
    parts = views.page(state, forms.fields(names, state.given), found, problem, drawn=drawn is not None)
    return _Page(parts, drawn, problem["status"] if problem else 200)


async def _page(request: HTTPRequest, page: _Page) -> Response:
    """The page as an answer."""
    response = await sent(request, Reply(await _drawn(request, page), "text/html; charset=utf-8"))
    response.status_code = page.status
    return response


async def _drawn(request: HTTPRequest, page: _Page) -> bytes:
    """The page with its picture in it."""
    svg = ""
    if page.picture is not None:
        svg = await service.to_svg(page.picture, request.app.state.settings.limits, None, desk_of(request).layouts)
    return svg.join(page.parts).encode("utf-8", "replace")


@router.get("/problems")
async def problem_kinds() -> Response:
    """Where the type of every problem document leads."""
    return HTMLResponse(views.problem_page())


@router.get("/fonts/stix-two-math.woff")
async def math_font() -> Response:
    """STIX Two Math, cut down to what formulas need; under the SIL Open Font License 1.1, as the file itself says."""
    cut = await to_thread.run_sync(font.for_formulas)
    return Response(cut, media_type="font/woff", headers={"Cache-Control": "public, max-age=31536000, immutable"})
