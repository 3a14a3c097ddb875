"""The way of every POST: a body is read, a job is done with it where it belongs, and what it says is sent."""

from __future__ import annotations

import gzip
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import anyio
import orjson
from anyio import to_thread
from starlette.requests import Request as HTTPRequest
from starlette.responses import Response

from app import service
from app.errors import Fault, LimitError
from app.settings import Limits
from app.web.body import Model, decode, must_be_json, read, taken
from app.work.desk import Desk
from app.work.processes import NO_LIMIT, confine
from app.work.weight import TooHeavy

T = TypeVar("T")
SQUEEZED = 1024
"""Bytes from which on an answer is compressed."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it is sent. It may come from another process."""

    body: bytes
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


def json_bytes(data: Any) -> bytes:
    """Data as JSON. NaN and infinities stand in it as strings; see `engine.arrays.nested`."""
    # Where there is no memory left, orjson ends the process. What is written has been bounded before.
    confine(NO_LIMIT)
    try:
        return orjson.dumps(data)
    except TypeError:
        # Half of a pair of surrogates, or a whole number that 64 bits don't hold: JSON can say it.
        return json.dumps(data, allow_nan=False, separators=(",", ":")).encode()


def json_reply(data: Any) -> Reply:
    return Reply(json_bytes(data))


def text_reply(text: str, media_type: str, **headers: str) -> Reply:
    return Reply(text.encode("utf-8", "replace"), media_type, headers)


def desk_of(request: HTTPRequest) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


async def worked(request: HTTPRequest, job: Callable[[bytes, Limits], T]) -> T:
    """What a job makes of the body. It is a function of a module, or a part of one, so that another process can do it.

    Raises:
        CurlydError, RequestError: what the job raises, and what `Desk.done` does.
    """
    with request.app.state.held.more() as counted:
        body = await read(request, counted)
        desk, limits = desk_of(request), request.app.state.settings.limits
        try:
            return await desk.lightly(job, body, limits, size=len(body))
        except TooHeavy:
            return await _unless_gone(request, partial(desk.heavily, job, body, limits))


async def _unless_gone(request: HTTPRequest, call: Callable[[], Awaitable[T]]) -> T:
    """What a call returns; whoever asked may go away, and it is given up."""
    found: list[T] = []
    failed: list[Exception] = []

    async def watch() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        group.cancel_scope.cancel()

    async with anyio.create_task_group() as group:
        group.start_soon(watch)
        try:
            found.append(await call())
        except Exception as error:
            failed.append(error)
        group.cancel_scope.cancel()
    if failed:
        try:
            raise failed[0]
        finally:
            # The error holds this frame, which would hold the error: both would wait for the garbage collector, and the body too.
            failed.clear()
    if not found:
        raise GoneError
    return found[0]


class GoneError(Exception):
    """Nobody waits for the answer any more."""


async def sent(request: HTTPRequest, reply: Reply) -> Response:
    """A reply as a response.

    Raises:
        LimitError: it is too large.
    """
    bound(reply, request.app.state.settings.limits)
    body, more = await squeezed(request, reply.body)
    if more and "Vary" in reply.headers:
        more["Vary"] = f"{reply.headers['Vary']}, {more['Vary']}"
    return Response(body, media_type=reply.media_type, headers=dict(reply.headers) | more)


def accepts_gzip(request: HTTPRequest) -> bool:
    """Whether whoever asked can read what is compressed."""
    return "gzip" in request.headers.get("accept-encoding", "")


async def squeezed(request: HTTPRequest, body: bytes) -> tuple[bytes, dict[str, str]]:
    """A body, compressed if whoever asked can read that, and the headers that say so."""
    if len(body) < SQUEEZED or not accepts_gzip(request):
        return body, {}
    # In a thread: the event loop would stand still meanwhile.
    packed = await to_thread.run_sync(partial(gzip.compress, compresslevel=5, mtime=0), body)
    return packed, {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}


def bound(reply: Reply, limits: Limits) -> None:
    """Holds an answer against the limit.

    Raises:
        LimitError: it is too large.
    """
    size, most = len(reply.body), limits.response_bytes
    if size > most:
        fault = Fault(f"The answer would have {size:,} bytes; at most {most:,} are sent.", hint=_LESS)
        raise LimitError("response_bytes", size, most, fault)


_LESS = 'A request may lower what it is told: "limits": {"json_elements": 100}.'


async def replied(request: HTTPRequest, job: Callable[[bytes, Limits], Reply]) -> Response:
    """What a job says to the JSON that was posted."""
    must_be_json(request)
    return await sent(request, await worked(request, job))


async def answered(request: HTTPRequest, model: type[Model], answer: Callable[[Model, service.Analysis], Reply]) -> Response:
    """What is said of a program that was posted as one of the requests of the API."""
    return await replied(request, partial(_answer, model, answer))


def _answer(model: type[Model], answer: Callable[[Model, service.Analysis], Reply], body: bytes, limits: Limits) -> Reply:
    with taken(model, decode(body), limits, len(body)) as (asked, wanted, lowered):
        reply = answer(asked, service.analyse(wanted, lowered))
    bound(reply, lowered)
    return reply
