"""What the server says while it runs: a line of JSON each, or of text where somebody sits before it. No address, nothing that was sent."""

from __future__ import annotations

import logging
import sys
import warnings
from datetime import UTC, datetime

import orjson

FIELDS = "fields"
"""The attribute of a record that holds what a line of JSON says besides its message."""


class JsonLines(logging.Formatter):
    """Time, level, message and fields; of an error where it happened."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
        } | getattr(record, FIELDS, {})
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str).decode("utf-8", "replace")


class TextLines(logging.Formatter):
    """The same for the eye."""

    def format(self, record: logging.LogRecord) -> str:
        fields = " ".join(f"{name}={value}" for name, value in getattr(record, FIELDS, {}).items())
        return f"{datetime.fromtimestamp(record.created):%H:%M:%S} {super().format(record)}{' ' if fields else ''}{fields}"


def start() -> None:
    """Sends what the app and its server say to standard error."""
    # What Python would say of a program that a visitor sent, such as of the decimal in 1if.
    warnings.simplefilter("ignore", SyntaxWarning)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(TextLines() if sys.stderr.isatty() else JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    # uvicorn would name the address of everyone who connects.
    logging.getLogger("curlyd").setLevel(logging.INFO)
