"""Every failure as an RFC 9457 problem document. The only place that knows status codes."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.errors import (
    BusyError,
    CurlydError,
    Fault,
    FileError,
    InputError,
    LayoutError,
    LimitError,
    LostError,
    ProgramError,
    UnknownExampleError,
)
from app.text import visible

MEDIA_TYPE = "application/problem+json"
MOST_SAID = 2_400
log = logging.getLogger("curlyd")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem: what it is called at /problems, its status, and what it means."""

    slug: str
    status: int
    title: str
    meaning: str


KINDS = {
    kind.slug: kind
    for kind in (
        Kind("malformed", 400, "The request is not readable JSON", "The body is no JSON in UTF-8. NaN and infinities are strings there."),
        Kind("host", 400, "The server is not called so", "The Host header has a name that the server does not answer to."),
        Kind("not-found", 404, "Nothing is here", "There is no such page, endpoint or example."),
        Kind("method-not-allowed", 405, "This method is not offered here", "The Allow header says which are."),
        Kind("slow", 408, "The request arrived too slowly", "Its body was not there in time."),
        Kind("too-large", 413, "The request is too large", "The body has more bytes than the limit."),
        Kind("unsupported-media-type", 415, "The request is not JSON", "Send Content-Type: application/json."),
        Kind("request", 422, "The request does not have the expected form", "A field is missing, unknown or of a wrong type."),
        Kind("program", 422, "The program cannot be run", "Grammar, names, shapes or loss are at fault; the errors say where."),
        Kind("input", 422, "An input is missing or is not usable", "A value is missing, not rectangular, or not a number."),
        Kind("file", 422, "The file cannot be read", "It is of another kind, damaged, or holds something that is no number."),
        Kind("limit", 422, "A limit is exceeded", "The problem names the limit, the value and the maximum."),
        Kind("layout", 422, "The graph cannot be laid out in time", "The picture is too complex; its numbers are to be had as JSON."),
        Kind("rate", 429, "Too many requests", "Retry-After says when to ask again."),
        Kind("headers", 431, "The headers are too large", "All of them together have more bytes than the limit."),
        Kind("internal", 500, "The server failed", "The fault is ours; it has been logged."),
        Kind("busy", 503, "The server is busy", "More is asked than it does at once. Retry-After says when to ask again."),
        Kind("unavailable", 503, "The server cannot do this now", "What it needs has ended, or does not answer. Retry-After says more."),
    )
}  # fmt: skip
_CLASSES: tuple[tuple[type[CurlydError], str], ...] = (
    (LimitError, "limit"),
    (ProgramError, "program"),
    (InputError, "input"),
    (FileError, "file"),
    (LayoutError, "layout"),
    (LostError, "unavailable"),
    (BusyError, "busy"),
    (UnknownExampleError, "not-found"),
)
_STATUSES = {404: "not-found", 405: "method-not-allowed", 413: "too-large", 415: "unsupported-media-type"}


class RequestError(Exception):
    """The HTTP request itself is at fault, before any program is looked at."""

    def __init__(self, slug: str, detail: str, *faults: Fault, **more: Any) -> None:
        super().__init__(detail)
        self.slug, self.detail, self.faults, self.more = slug, detail, faults, more

    def __reduce__(self) -> tuple[Any, ...]:
        return _request_error, (self.slug, self.detail, self.faults, self.more)


def _request_error(slug: str, detail: str, faults: tuple[Fault, ...], more: dict[str, Any]) -> RequestError:
    """The same error in another process."""
    return RequestError(slug, detail, *faults, **more)


def problem(slug: str, detail: str, faults: tuple[Fault, ...] = (), **more: Any) -> dict[str, Any]:
    """A problem document. `more` are members of its own, such as the limit that was exceeded.

    It never says more than `MOST_SAID` bytes of its own and of what was sent, and shows signs that a reader would not see.
    """
    kind = KINDS[slug]
    found: dict[str, Any] = {"type": f"/problems#{slug}", "title": kind.title, "status": kind.status, "detail": short(detail, 500)}
    if faults:
        found["errors"], left = [], MOST_SAID
        for fault in faults[:100]:
            told = asdict(fault) | {"message": short(fault.message, 400), "hint": fault.hint and short(fault.hint, 400)}
            if fault.repair is not None and len(fault.repair.text) > 400:
                told["repair"] = None
            left -= len(json.dumps(told))
            if left < 0 and found["errors"]:
                break
            found["errors"].append(told)
    return found | {name: _short_number(value) for name, value in more.items()}


def short(text: str, most: int) -> str:
    """Text that stays in one line and is not too long; its middle goes."""
    shown = visible(text)
    return shown if len(shown) <= most else f"{shown[: most - 60]} … {shown[-50:]}"


def _short_number(value: Any) -> Any:
    """A number that JSON has room for."""
    return min(value, 2**63) if isinstance(value, int) else value


def of_error(error: CurlydError | RequestError) -> dict[str, Any]:
    """The problem document of an error."""
    if isinstance(error, RequestError):
        return problem(error.slug, error.detail, error.faults, **error.more)
    slug = next(slug for kind, slug in _CLASSES if isinstance(error, kind))
    more = {"limit": error.limit, "value": error.value, "maximum": error.maximum} if isinstance(error, LimitError) else {}
    first = error.faults[0]
    detail = f"{first.message} {first.hint}" if first.hint else first.message
    if first.line is not None:
        detail = f"Line {first.line}, column {first.column}: {detail}"
    return problem(slug, detail, error.faults, **more)


def retry_of(error: Exception) -> dict[str, str]:
    """The header that says when to ask again, where that may help."""
    match error:
        case BusyError(retry_after=seconds):
            return {"Retry-After": str(seconds)}
        case LostError():
            return {"Retry-After": "2"}
    return {}


def answer_to(error: CurlydError | RequestError) -> Response:
    """An error as an answer."""
    return response(of_error(error), retry_of(error))


def response(document: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    """A problem document as an answer."""
    return Response(json.dumps(document), status_code=document["status"], media_type=MEDIA_TYPE, headers=headers)


def install(app: FastAPI) -> None:
    """Answers every failure of the app with a problem document."""

    async def known(_: Request, error: Exception) -> Response:
        assert isinstance(error, CurlydError | RequestError)
        return answer_to(error)

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        slug = _STATUSES.get(error.status_code, "internal" if error.status_code >= 500 else "malformed")
        detail = {
            "not-found": "There is nothing at this address.",
            "method-not-allowed": f"{request.method} is not offered at this address.",
        }
        return response(problem(slug, detail.get(slug, KINDS[slug].meaning)), error.headers)

    async def invalid(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return response(problem("request", "The request does not have the expected form.", _faults(error.errors())))

    async def unexpected(request: Request, error: Exception) -> Response:
        log.error("%s %s failed", request.method, request.url.path, exc_info=error)
        return response(problem("internal", "Something went wrong on the server."))

    app.add_exception_handler(CurlydError, known)
    app.add_exception_handler(RequestError, known)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(Exception, unexpected)


def _faults(errors: Any) -> tuple[Fault, ...]:
    """What pydantic found, without echoing what was sent."""
    return tuple(Fault(f"{'.'.join(str(part)[:40] for part in error['loc'])}: {error['msg'][:200]}") for error in list(errors)[:20])


def validation(errors: Any) -> RequestError:
    """The error for a body that is JSON, but not of the expected form."""
    faults = _faults(errors)
    return RequestError("request", faults[0].message if faults else "The request does not have the expected form.", *faults)
