"""Bodies are read as bytes, bounded, and only then looked at."""

from __future__ import annotations

import json
from typing import Any, NoReturn, TypeVar

from pydantic import ValidationError
from starlette.requests import Request

from app import service
from app.web.problems import RequestError, validation
from app.web.schemas import GraphRequest

Model = TypeVar("Model", bound=GraphRequest)


async def read(request: Request, most: int) -> bytes:
    """The body, chunked or not, of at most `most` bytes.

    Raises:
        RequestError: it is larger.
    """
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise RequestError("too-large", f"The body has more than {most:,} bytes.", limit="body_bytes", value=size, maximum=most)
        parts.append(part)
    return b"".join(parts)


def decode(body: bytes) -> Any:
    """The JSON value of a body.

    Raises:
        RequestError: it is no JSON in UTF-8, or nested beyond reason.
    """
    try:
        return json.loads(body.decode(), parse_constant=_refuse)
    except RecursionError:
        raise RequestError("malformed", "The JSON is nested too deeply.") from None
    except json.JSONDecodeError as error:
        raise RequestError("malformed", f"This is not JSON: {error.msg} at line {error.lineno}, column {error.colno}.") from None
    except UnicodeDecodeError as error:
        raise RequestError("malformed", f"The body is not UTF-8: see byte {error.start}.") from None
    except ValueError:
        raise RequestError("malformed", "A number in the JSON has too many digits.") from None


def _refuse(name: str) -> NoReturn:
    raise RequestError("malformed", f'{name} is not JSON. Write it as a string, "{name}".')


def graph_request(data: Any) -> service.Request:
    """The request that a JSON value is.

    Raises:
        RequestError: a field is missing, unknown or of the wrong type.
    """
    return checked(GraphRequest, data)[1]


def checked(model: type[Model], data: Any) -> tuple[Model, service.Request]:
    """A JSON value as one of the requests of the API, with the request to the service in it.

    Raises:
        RequestError: a field is missing, unknown or of the wrong type.
    """
    try:
        found = model.model_validate(data)
        return found, found.to_request()
    except ValidationError as error:
        raise validation(error.errors(include_input=False, include_url=False, include_context=False)) from None
    except RecursionError:
        raise RequestError("malformed", "The JSON is nested too deeply.") from None


async def posted(request: Request) -> service.Request:
    """The request of a POST endpoint; a FastAPI dependency."""
    return graph_request(await json_of(request))


async def json_of(request: Request) -> Any:
    """The JSON that was posted.

    Raises:
        RequestError: it is none, or not said to be, or too large.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        raise RequestError("unsupported-media-type", "Send the request as application/json.")
    return decode(await read(request, request.app.state.settings.limits.body_bytes))
