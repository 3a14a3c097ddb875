"""Bodies are read as bytes, bounded, and only then looked at."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn, TypeVar

import anyio
from pydantic import ValidationError
from starlette.requests import ClientDisconnect, Request

from app import service
from app.errors import BusyError, Fault, LimitError
from app.settings import Limits
from app.web.problems import RequestError, validation
from app.web.schemas import GraphRequest
from app.work.desk import held_to
from app.work.processes import confine
from app.work.weight import weigh, within

Model = TypeVar("Model", bound=GraphRequest)
DEEPEST = 128
"""How deeply JSON may be nested: far beyond what any request needs."""


class Held:
    """How many bytes of bodies are held at once."""

    def __init__(self, most: int) -> None:
        self.most, self.size = most, 0

    @contextmanager
    def more(self) -> Iterator[Body]:
        """A body that is held within it."""
        body = Body(self)
        try:
            yield body
        finally:
            self.size -= body.size


class Body:
    """Bytes of a request, counted with those of all others."""

    def __init__(self, held: Held) -> None:
        self.held, self.size = held, 0

    def take(self, count: int) -> None:
        """Counts some more.

        Raises:
            BusyError: all bodies together are too large.
        """
        if self.held.size + count > self.held.most:
            raise BusyError("bodies", 2)
        self.held.size += count
        self.size += count


async def read(request: Request, body: Body) -> bytes:
    """The bytes of a body, chunked or not.

    Raises:
        RequestError: it is larger than the limit, or arrives too slowly.
        BusyError: all bodies together are too large.
    """
    settings = request.app.state.settings
    most, seconds = settings.limits.body_bytes, settings.capacity.body_seconds
    parts: list[bytes] = []
    try:
        with anyio.fail_after(seconds):
            async for part in request.stream():
                size = body.size + len(part)
                if size > most:
                    raise RequestError("too-large", f"The body has more than {most:,} bytes.", limit="body_bytes", value=size, maximum=most)
                body.take(len(part))
                parts.append(part)
    except TimeoutError:
        raise RequestError("slow", f"The body did not arrive within {seconds:g} seconds.") from None
    except ClientDisconnect:
        raise RequestError("malformed", "The body ended too soon.") from None
    return b"".join(parts)


def decode(body: bytes) -> Any:
    """The JSON value of a body.

    Raises:
        RequestError: it is no JSON in UTF-8, nested beyond reason, or names a member twice.
    """
    try:
        found = json.loads(body.decode(), parse_constant=_refuse, object_pairs_hook=_once)
    except RecursionError:
        raise RequestError("malformed", "The JSON is nested too deeply.") from None
    except json.JSONDecodeError as error:
        raise RequestError("malformed", f"This is not JSON: {error.msg} at line {error.lineno}, column {error.colno}.") from None
    except UnicodeDecodeError as error:
        raise RequestError("malformed", f"The body is not UTF-8: see byte {error.start}.") from None
    except ValueError:
        raise RequestError("malformed", "A number in the JSON has too many digits.") from None
    _bound_depth(found)
    return found


def _refuse(name: str) -> NoReturn:
    raise RequestError("malformed", f'{name} is not JSON. Write it as a string, "{name}".')


def _once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """An object; of two members with one name nobody can say which is meant."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise RequestError("malformed", f"The JSON has two members called {name[:40]!r} in one object.")
        found[name] = value
    return found


def _bound_depth(data: Any) -> None:
    level = [data]
    for _ in range(DEEPEST):
        level = [inner for one in level if isinstance(one, list | dict) for inner in (one.values() if isinstance(one, dict) else one)
                 if isinstance(inner, list | dict)]  # fmt: skip
        if not level:
            return
    raise RequestError("malformed", f"The JSON is nested more than {DEEPEST} deep.")


@contextmanager
def taken(model: type[Model], data: Any, limits: Limits, size: int = 0) -> Iterator[tuple[Model, service.Request, Limits]]:
    """A JSON value of so many bytes as one of the requests of the API, and the limits that it asks for, which hold within.

    Raises:
        RequestError: a field is missing, unknown or of the wrong type.
        LimitError: a limit would be raised, or is exceeded.
    """
    asked, wanted, lowered = checked(model, data, limits)
    if size > lowered.body_bytes:
        fault = Fault(f"The request has {size:,} bytes.")
        raise LimitError("body_bytes", size, lowered.body_bytes, fault)
    if lowered is limits:
        yield asked, wanted, limits
        return
    with held_to(lowered):
        if lowered.memory_bytes < limits.memory_bytes:
            # Memory is bounded in a process of its own.
            weigh(math.inf)
            confine(lowered.memory_bytes)
        with within(lowered.seconds):
            yield asked, wanted, lowered


def checked(model: type[Model], data: Any, limits: Limits) -> tuple[Model, service.Request, Limits]:
    """A JSON value as one of the requests of the API, with the request to the service in it and the limits that it asks for.

    Raises:
        RequestError: a field is missing, unknown or of the wrong type.
        LimitError: a limit would be raised.
    """
    try:
        found = model.model_validate(data)
        return found, found.to_request(), limits.lowered(found.limits)
    except ValidationError as error:
        raise validation(error.errors(include_input=False, include_url=False, include_context=False)) from None
    except RecursionError:
        raise RequestError("malformed", "The JSON is nested too deeply.") from None
    except ValueError as error:
        raise RequestError("request", str(error)) from None


def must_be_json(request: Request) -> None:
    """Holds the request to what it says it sends.

    Raises:
        RequestError: that is no JSON.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        raise RequestError("unsupported-media-type", "Send the request as application/json.")
