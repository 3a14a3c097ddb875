"""The live page: a state in, what changed out. Over a socket while it lasts, else by one POST for each change."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeAlias, TypeVar

import anyio
from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request as HTTPRequest
from starlette.responses import Response

from app import service
from app.draw import svg
from app.errors import BusyError, CurlydError
from app.settings import Capacity, Limits
from app.web import forms, problems, views
from app.web.body import decode, read, taken
from app.web.problems import RequestError
from app.web.replies import Reply, json_bytes, json_reply, sent, text_reply, worked
from app.web.schemas import GraphRequest
from app.work.desk import Desk

router = APIRouter(include_in_schema=False)
Model = TypeVar("Model", bound=BaseModel)


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


Before: TypeAlias = service.Picture | None
"""What the page shows while it asks."""


def answer(body: bytes, limits: Limits, before: Before) -> tuple[dict[str, Any], service.Picture | None]:
    """What the page has to change, or a problem, and the picture that it shows then; the `id` of the message comes back with it."""
    found: dict[str, Any] = {"id": 0}
    request = None
    try:
        data = decode(body)
        found["id"] = data.get("id") if isinstance(data, dict) and type(data.get("id")) is int else 0
        message = _taken(Message, data)
        with taken(GraphRequest, message.request, limits, len(body)) as (_, request, lowered):
            changed, drawn = _changed(request, message, lowered, before)
        return found | changed, drawn
    except (CurlydError, RequestError) as error:
        panel = {} if request is None else _inputs(request, limits)
        # What the page shows stands until something else can be shown.
        return found | {"problem": problems.of_error(error)} | panel, before


def _taken(model: type[Model], data: Any) -> Model:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise problems.validation(error.errors(include_input=False, include_url=False, include_context=False)) from None


def _changed(
    request: service.Request, message: Message, limits: Limits, before: Before
) -> tuple[dict[str, Any], service.Picture]:  # fmt: skip
    """All of an answer but a new picture's SVG: the changed cells, while the structure stands; and the inspected card."""
    analysis = service.analyse(request, limits)
    drawn, card = service.picture(analysis), service.selected(analysis, message.select)
    found: dict[str, Any] = {"title": drawn.told.title, "select": card, "inspector": views.inspector(service.inspect(analysis, card))}
    if message.table:
        found["table"] = views.table(analysis)
    if message.since is not None:
        since = service.Since(message.since.input, tuple(message.since.index), message.since.value)
        found["moved"] = service.moved_answer(service.moved(analysis, since))
    if before is not None and before.text == drawn.text and before.told.kinks == drawn.told.kinks and before.frame == drawn.frame:
        return found | changes(before, drawn) | (_inputs(request, limits) if message.fields else {}), drawn
    found |= {"cards": views.options(analysis), "groups": views.groups(analysis), "samples": service.sample_count(analysis)}
    return found | _inputs(request, limits), drawn


def _inputs(request: service.Request, limits: Limits) -> dict[str, Any]:
    """The panel of inputs anew, where the program has others than the page knows."""
    try:
        names = service.inputs_of(request.program, limits)
    except CurlydError:
        return {}
    fields = forms.fields(names, request.inputs)
    return {"signature": forms.signature(fields), "inputs": views.inputs(fields)}


class Session:
    """One page that is open: remembers what it shows, so that only what changed need travel."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.shown: Before = None

    async def answer(self, body: bytes) -> dict[str, Any]:
        """What the page has to change, or a problem."""
        limits = self.desk.limits
        try:
            found, drawn = await self.desk.done(answer, body, limits, self.shown, size=len(body))
            if drawn is not None and "problem" not in found and "cells" not in found:
                self.shown = None
                found["svg"] = await service.to_svg(drawn, limits, None, self.desk.layouts)
            self.shown = drawn
            return found
        except CurlydError as error:
            # The message has not been read here, so its number is not known: the page knows that it asked one thing.
            return {"id": 0, "problem": problems.of_error(error)}


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
    lines: Lines = websocket.app.state.lines
    with lines.line() as line:
        if line is None:
            await websocket.close(1013, "Too many pages are connected.")
            return
        await websocket.accept()
        session, held = Session(websocket.app.state.desk), websocket.app.state.held
        try:
            while True:
                with anyio.fail_after(lines.capacity.idle_seconds):
                    message = await websocket.receive()
                if message["type"] == "websocket.disconnect":
                    return
                await line.pace()
                body = message.get("bytes") or (message.get("text") or "").encode("utf-8", "replace")
                del message
                with held.more() as counted:
                    try:
                        counted.take(len(body))
                        found = await session.answer(body)
                    except BusyError as error:
                        found = {"id": 0, "problem": problems.of_error(error)}
                await websocket.send_text(json_bytes(found).decode())
        except TimeoutError:
            with suppress(RuntimeError):
                await websocket.close(1001, "Nothing was said for a long time.")
        except WebSocketDisconnect:
            return


class Lines:
    """The pages that are connected, and how many may be."""

    def __init__(self, capacity: Capacity) -> None:
        self.capacity, self.count = capacity, 0

    @contextmanager
    def line(self) -> Iterator[Line | None]:
        """A connection, for as long as it lasts; None where there are too many."""
        if self.count >= self.capacity.connections:
            yield None
            return
        self.count += 1
        try:
            yield Line(self.capacity.messages_per_second)
        finally:
            self.count -= 1


class Line:
    """A connection, which may say so much in a second: what comes faster waits, so that nothing is lost."""

    def __init__(self, per_second: float) -> None:
        self.per_second, self.free, self.at = per_second, per_second, time.monotonic()

    async def pace(self) -> None:
        """Waits until one more message may be answered."""
        now = time.monotonic()
        self.free = min(self.per_second, self.free + (now - self.at) * self.per_second) - 1
        self.at = now
        if self.free < 0:
            await anyio.sleep(-self.free / self.per_second)


def _judged(body: bytes, limits: Limits) -> Reply:
    with taken(GraphRequest, decode(body), limits, len(body)) as (_, wanted, lowered):
        return json_reply(views.verdict(service.analyse(wanted, lowered)))


@router.post("/verdict")
async def verdict(request: HTTPRequest) -> Response:
    """Whether the gradients of what the page shows are right, in one line."""
    return await sent(request, await worked(request, _judged))


class Lesson(BaseModel):
    """What the page asks about one gradient: its request, the card, and how it wants to be told."""

    model_config = ConfigDict(extra="forbid")

    request: dict[str, Any]
    select: str
    explained: dict[str, Any] = {}


def _lesson(body: bytes, limits: Limits) -> Reply:
    asked = _taken(Lesson, decode(body))
    with taken(GraphRequest, asked.request, limits, len(body)) as (_, wanted, lowered):
        html = views.derivation(service.analyse(wanted, lowered), asked.select, forms.Explained.of(asked.explained))
    return text_reply(html, "text/html; charset=utf-8")


@router.post("/derivation")
async def derivation(request: HTTPRequest) -> Response:
    """How the gradient of the selected card comes about, as a part of the page."""
    return await sent(request, await worked(request, _lesson))


@router.post("/live")
async def posted(request: HTTPRequest) -> Response:
    """The same for one change, where there is no socket: always the whole picture."""
    with request.app.state.held.more() as counted:
        found = await Session(request.app.state.desk).answer(await read(request, counted))
    return await sent(request, json_reply(found))
