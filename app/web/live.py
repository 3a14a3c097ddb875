"""The live page: a state in, what changed out. Over a socket while it lasts, else by one POST for each change."""

from __future__ import annotations

import json
from typing import Any

from anyio import to_thread
from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request as HTTPRequest
from starlette.responses import Response

from app import service
from app.draw import svg
from app.errors import CurlydError
from app.settings import Limits
from app.web import forms, problems, views
from app.web.body import decode, graph_request, read
from app.web.problems import RequestError

router = APIRouter(include_in_schema=False)


class Since(BaseModel):
    """One number of an input, and what it was when it began to change."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    input: str
    index: list[int] = Field(default_factory=list, max_length=64)
    value: float


class Message(BaseModel):
    """What the page sends: a request as every POST takes it, which card it inspects, whether it shows the picture's twin, whether it
    wants the panel of inputs in any case, and since when it wants changes told."""

    model_config = ConfigDict(extra="forbid")

    id: int = 0
    request: dict[str, Any]
    select: str | None = None
    table: bool = False
    fields: bool = False
    since: Since | None = None


class Session:
    """One page that is open: remembers what it shows, so that only what changed need travel."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.shown: service.Picture | None = None

    async def answer(self, data: Any) -> dict[str, Any]:
        """What the page has to change, or a problem; the `id` of the message comes back with it."""
        found: dict[str, Any] = {"id": data.get("id") if isinstance(data, dict) and type(data.get("id")) is int else 0}
        try:
            message = Message.model_validate(data)
            request = graph_request(message.request)
            found |= await self.update(request, message)
        except ValidationError as error:
            found["problem"] = problems.of_error(
                problems.validation(error.errors(include_input=False, include_url=False, include_context=False))
            )
        except (CurlydError, RequestError) as error:
            found["problem"] = problems.of_error(error)
            found |= {} if isinstance(error, RequestError) else await to_thread.run_sync(self.inputs, request)
        return found

    def inputs(self, request: service.Request) -> dict[str, Any]:
        """The panel of inputs anew, where the program has others than the page knows."""
        try:
            names = service.inputs_of(request.program, self.limits)
        except CurlydError:
            return {}
        fields = forms.fields(names, request.inputs)
        return {"signature": forms.signature(fields), "inputs": views.inputs(fields)}

    async def update(self, request: service.Request, message: Message) -> dict[str, Any]:
        """The changed cells while the structure stands, else the whole picture; and the inspected card."""
        found, drawn = await to_thread.run_sync(self._calculate, request, message, self.shown)
        self.shown = None
        if "cells" not in found:
            found["svg"] = await service.to_svg(drawn, self.limits, None)
        self.shown = drawn
        return found

    def _calculate(
        self, request: service.Request, message: Message, before: service.Picture | None
    ) -> tuple[dict[str, Any], service.Picture]:
        """All of an answer but a new picture's SVG."""
        analysis = service.analyse(request, self.limits)
        drawn, card = service.picture(analysis), service.selected(analysis, message.select)
        found: dict[str, Any] = {"title": drawn.told.title, "select": card, "inspector": views.inspector(service.inspect(analysis, card))}
        if message.table:
            found["table"] = views.table(analysis)
        if message.since is not None:
            since = service.Since(message.since.input, tuple(message.since.index), message.since.value)
            found["moved"] = service.moved_answer(service.moved(analysis, since))
        if before is not None and before.frame is drawn.frame and before.told.kinks == drawn.told.kinks:
            return found | changes(before, drawn) | (self.inputs(request) if message.fields else {}), drawn
        found |= {"cards": views.options(analysis), "groups": views.groups(analysis), "samples": service.sample_count(analysis)}
        return found | self.inputs(request), drawn


def changes(before: service.Picture, after: service.Picture) -> dict[str, Any]:
    """The cells that differ, as [card, part, index, text, tint], where an index of None is the line under a large tensor;
    and the words of the cards and edges that differ, by id, with what edges send back."""
    cells: list[list[Any]] = []
    for card, parts in after.painted.items():
        for part, new in parts.items():
            old = before.painted[card][part]
            if new == old:
                continue
            for was, now in zip(old.cells, new.cells, strict=True):
                if was != now:
                    cells.append([card, part, now.place, now.text, svg.tint_class(now.tint)])
            if new.line != old.line:
                cells.append([card, part, None, new.line, None])
    return {
        "cells": cells,
        "words": {name: said for name, said in after.told.cards.items() if before.told.cards[name] != said},
        "edges": {name: said for name, said in after.told.edges.items() if before.told.edges[name] != said},
        "sent": {name: said for name, said in after.told.briefs.items() if before.told.briefs.get(name) != said},
    }


@router.websocket("/api/v1/live")
async def socket(websocket: WebSocket) -> None:
    """Answers each message in turn."""
    await websocket.accept()
    limits: Limits = websocket.app.state.settings.limits
    session = Session(limits)
    try:
        while True:
            message = await websocket.receive()
            if message["type"] == "websocket.disconnect":
                return
            body = message.get("bytes") or (message.get("text") or "").encode("utf-8", "replace")
            await websocket.send_text(json.dumps(await _answer(session, body)))
    except WebSocketDisconnect:
        return


@router.post("/verdict")
async def verdict(request: HTTPRequest) -> Response:
    """Whether the gradients of what the page shows are right, in one line."""
    limits: Limits = request.app.state.settings.limits
    wanted = graph_request(decode(await read(request, limits.body_bytes)))

    def judged() -> str:
        return json.dumps(views.verdict(service.analyse(wanted, limits)))

    return Response(await to_thread.run_sync(judged), media_type="application/json")


class Lesson(BaseModel):
    """What the page asks about one gradient: its request, the card, and how it wants to be told."""

    model_config = ConfigDict(extra="forbid")

    request: dict[str, Any]
    select: str
    explained: dict[str, Any] = {}


@router.post("/derivation")
async def derivation(request: HTTPRequest) -> Response:
    """How the gradient of the selected card comes about, as a part of the page."""
    limits: Limits = request.app.state.settings.limits
    data = decode(await read(request, limits.body_bytes))
    try:
        asked = Lesson.model_validate(data)
    except ValidationError as error:
        raise problems.validation(error.errors(include_input=False, include_url=False, include_context=False)) from None
    wanted, explained = graph_request(asked.request), forms.Explained.of(asked.explained)
    html = await to_thread.run_sync(lambda: views.derivation(service.analyse(wanted, limits), asked.select, explained))
    return Response(html, media_type="text/html")


@router.post("/live")
async def posted(request: HTTPRequest) -> Response:
    """The same for one change, where there is no socket: always the whole picture."""
    limits: Limits = request.app.state.settings.limits
    found = await _answer(Session(limits), await read(request, limits.body_bytes))
    return Response(json.dumps(found), media_type="application/json")


async def _answer(session: Session, body: bytes) -> dict[str, Any]:
    try:
        return await session.answer(decode(body))
    except RequestError as error:
        return {"id": 0, "problem": problems.of_error(error)}
