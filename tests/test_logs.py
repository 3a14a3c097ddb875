"""What the server says while it runs."""

import json
import logging

from app import logs


def record(message="answered", **fields):
    found = logging.LogRecord("curlyd", logging.INFO, "here.py", 1, message, (), None)
    setattr(found, logs.FIELDS, fields)
    return found


def test_a_line_is_json_whatever_is_in_it():
    line = logs.JsonLines().format(record("two\nlines \u202e", id="a", parts={"run": 1.5}))
    assert "\n" not in line
    assert json.loads(line) | {"time": ""} == {
        "time": "", "level": "info", "message": "two\nlines \u202e", "id": "a", "parts": {"run": 1.5},
    }  # fmt: skip


def test_an_error_says_where():
    try:
        raise ZeroDivisionError
    except ZeroDivisionError as error:
        found = record()
        found.exc_info = (type(error), error, error.__traceback__)
    assert "test_logs.py" in json.loads(logs.JsonLines().format(found))["error"]


def test_the_eye_gets_text():
    assert logs.TextLines().format(record(id="a")).endswith("answered id=a")
    assert logs.TextLines().format(record()).endswith("answered")
