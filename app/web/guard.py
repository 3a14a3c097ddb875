"""What is so for every answer: an id, the headers that keep a browser from harm, a line in the log, a count, and never a bare failure."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import MutableMapping
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import logs
from app.settings import Settings
from app.web.metrics import Metrics
from app.web.problems import answer_to, problem, response
from app.web.replies import GoneError
from app.work.desk import Desk
from app.work.times import Times, recorded

log = logging.getLogger("curlyd")
_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
MOST_HEADERS = 32 * 1024
POLICY_NAME = b"content-security-policy"
METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
QUIET = frozenset(("/healthz", "/readyz"))
"""What whoever runs the server asks for every few seconds, by any name: it says nothing in the log, as long as it goes well."""
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; manifest-src 'self'; frame-ancestors "
)
"""What a page of ours may do: nothing that is not from here, and nothing that is written in it."""
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Guard:
    """Stands before the app."""

    def __init__(self, app: ASGIApp, settings: Settings, metrics: Metrics, desk: Desk) -> None:
        self.app, self.settings, self.metrics, self.desk = app, settings, metrics, desk
        self.busy = answer_to(desk.light.refusal())
        desk.light.refused = 0
        headers = HEADERS | {"Content-Security-Policy": POLICY + settings.frame_ancestors}
        self.headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.desk.full and scope["method"] == "POST":
            # As little as can be done: to turn somebody away must not cost what others could be answered with. It is counted, not logged.
            self.desk.light.refused += 1
            head = {"type": "http.response.start", "status": self.busy.status_code, "headers": self.busy.raw_headers}
            self._dress(head, uuid4().hex)
            await send(head)
            await send({"type": "http.response.body", "body": self.busy.body})
            return
        headers = Headers(scope=scope)
        asked = headers.get("x-request-id", "")
        id_ = asked if _ID.fullmatch(asked) else uuid4().hex
        begin, status = time.perf_counter(), 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._dress(message, id_)
            await send(message)

        with recorded() as times:
            try:
                if sum(len(name) + len(value) for name, value in scope["headers"]) > MOST_HEADERS:
                    await response(problem("headers", f"The headers have more than {MOST_HEADERS:,} bytes."))(scope, receive, sending)
                elif not self._is_trusted(headers) and scope["path"] not in QUIET:
                    await response(problem("host", "This server does not answer to that name."))(scope, receive, sending)
                else:
                    await self.app(scope, receive, sending)
            except GoneError:
                status = 499  # As nginx calls it: nobody was there any more.
            except Exception:
                log.exception("A request failed", extra={logs.FIELDS: {"id": id_}})
                if status:
                    raise
                await response(problem("internal", "Something went wrong on the server."))(scope, receive, sending)
            self._note(scope, id_, status, time.perf_counter() - begin, times)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        begin = time.perf_counter()
        if not (self._is_trusted(headers) and self._is_own(headers)):
            # Before it is accepted, closing answers 403.
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": ""})
            self._note(scope, uuid4().hex, 403, time.perf_counter() - begin, {})
            return
        with recorded() as times:
            await self.app(scope, receive, send)
            self._note(scope, uuid4().hex, 101, time.perf_counter() - begin, times)

    def _is_trusted(self, headers: Headers) -> bool:
        """Whether the app is called by a name of its own."""
        if not self.settings.hosts:
            return True
        return _name(headers.get("host", "")) in self.settings.hosts

    def _is_own(self, headers: Headers) -> bool:
        """Whether a page of ours asks, or no page at all: a script says no origin."""
        origin = headers.get("origin")
        if origin is None or origin.lower() in self.settings.origins:
            return True
        return urlsplit(origin).netloc.lower() == headers.get("host", "").lower() != ""

    def _dress(self, message: MutableMapping[str, Any], id_: str) -> None:
        """Adds the headers that every answer has; a policy of its own stays."""
        own = message["headers"]
        more = self.headers[:-1] if any(name == POLICY_NAME for name, _ in own) else self.headers
        message["headers"] = [*own, *more, (b"x-request-id", id_.encode())]

    def _note(self, scope: Scope, id_: str, status: int, seconds: float, times: Times) -> None:
        """A line in the log, and a count."""
        method = scope.get("method", "WS") if scope.get("method", "WS") in METHODS | {"WS"} else "other"
        route = route_of(scope)
        self.metrics.count(method, route, status, seconds, times)
        if status < 400 and route in QUIET:
            return
        fields = {"id": id_, "method": method, "route": route, "status": status, "ms": round(1000 * seconds, 2)}
        parts = {part: round(1000 * taken, 2) for part, taken in times.items()}
        log.info("answered", extra={logs.FIELDS: fields | ({"parts": parts} if parts else {})})


def route_of(scope: Scope) -> str:
    """The template of the route that answered; "other" for what is none."""
    route = scope.get("route")
    path = getattr(route, "path", None) if route is not None else None
    if path is None and scope.get("path", "").startswith("/static/"):
        path = "/static"
    return path or "other"


def _name(host: str) -> str:
    """A host without its port."""
    return host.rsplit(":", 1)[0].lower() if not host.endswith("]") else host.lower()
