"""Signs that nobody sees, made visible: a name that holds one shall not look like another, nor turn a line around."""

from __future__ import annotations

import re
import unicodedata

_HIDDEN = re.compile(
    "[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\xad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\u3164"
    "\\ud800-\\udfff\\ufdd0-\\ufdef\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\uffff\\U000e0000-\\U000e0fff]|[\\U00010000-\\U0010ffff]"
)
"""Controls but tab and line feed, marks of direction, joiners and fillers without width, surrogates, and what is no character at all.
Of the rest beyond the first plane those are told by their category."""

_VARIANTS = {chr(code) for code in range(0xE0100, 0xE01F0)}


def visible(text: str) -> str:
    """The text with such signs as escapes: \\u202e."""
    return _HIDDEN.sub(_escape, text) if not text.isascii() or not text.isprintable() else text


def _escape(match: re.Match[str]) -> str:
    sign = match[0]
    if ord(sign) > 0xFFFF:
        return f"\\U{ord(sign):08x}" if unicodedata.category(sign) in ("Cc", "Cf", "Cn", "Co", "Cs") or sign in _VARIANTS else sign
    return f"\\u{ord(sign):04x}" if ord(sign) > 0xFF else f"\\x{ord(sign):02x}"
