"""The endpoint that reads a file of numbers, such as one that was dropped on the page."""

from __future__ import annotations

import math
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.requests import Request as HTTPRequest
from starlette.responses import Response

from app import service
from app.settings import Limits
from app.web.api import documented
from app.web.replies import Reply, json_reply, sent, worked
from app.web.schemas import Tensor
from app.work.weight import weigh

router = APIRouter(tags=["data"])
MILLISECONDS_PER_BYTE = 0.002
"""What a table takes to be read."""

_EXAMPLE = {"two columns": {"summary": "A table with a header", "value": "length,width\n5.1,3.5\n4.9,3.0\n"}}
_BODY: dict[str, Any] = {
    "requestBody": {
        "description": "The file as it is: .csv, .tsv, .txt, .npy or .npz. Any content type is taken.",
        "required": True,
        "content": {
            "text/csv": {"schema": {"type": "string"}, "examples": _EXAMPLE},
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}
_FAILURES = documented("too-large", "request", "file", "limit", "internal")


class ArraysAnswer(BaseModel):
    """Arrays as inputs of a program, by names that the language takes."""

    arrays: dict[str, Tensor]
    columns: dict[str, list[str]] = Field(description="Of a table with a header, what its columns are called.")


@router.post("/api/v1/arrays", response_model=ArraysAnswer, responses=_FAILURES, openapi_extra=_BODY)
async def arrays(
    request: HTTPRequest,
    filename: Annotated[str, Query(max_length=1000, description="Its ending says what the file is; without one, its first bytes do.")] = "",
) -> Response:
    """Reads a file of numbers: CSV and its kin, .npy or .npz. Nothing in it is ever unpickled."""
    return await sent(request, await worked(request, partial(_read, filename)))


def _read(filename: str, body: bytes, limits: Limits) -> Reply:
    # What an archive unpacks to is seen when it is unpacked.
    weigh(math.inf if body.startswith(b"PK") else len(body) * MILLISECONDS_PER_BYTE)
    found = service.arrays_of(filename, body, limits)
    return json_reply({"arrays": found.arrays, "columns": found.columns})
