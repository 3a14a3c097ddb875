"""How wide text is, before anyone draws it: advance widths of STIX Two Math, in em (read off the font's own tables).

A reader without that font falls back to a serif of nearly the same widths; every text has some room to spare.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import repeat
from typing import Protocol

_GROUPS = {
    0.25: "\u2009 '`,.:;j|!il·I", 0.33: '-t{}f[]()"', 0.38: "rε/\\ζτsJ*?c", 0.46: "eνzχγagvxy^∂δ",
    0.50: "$0123456789κS_oηθ", 0.53: "bq⋮ρβdkpσμ", 0.57: "~αPunhL", 0.62: "FZTΣφBψEC", 0.67: "YRX×ωCV", 0.71: "#<>K≥≤≠+=AG−∓",
    0.74: "DN&OQUHw√", 0.88: "m⊙…MW@", 0.96: "⋯∞⋱",
}  # fmt: skip
_ADVANCE = {character: width for width, characters in _GROUPS.items() for character in characters}
_ITALIC = {0.34: "ijlst", 0.46: "cerzvgo", 0.53: "bkqyahdnupx", 0.60: "f", 0.80: "wmMWNHUKDAOQGRBEX"}
_SLANTED = {character: width for width, characters in _ITALIC.items() for character in characters}
SMALL = 0.72
"""Size of a raised or lowered run."""


class Styled(Protocol):
    """Text in one style, as formulas are made of."""

    @property
    def text(self) -> str: ...
    @property
    def italic(self) -> bool: ...
    @property
    def level(self) -> int: ...


def width(runs: Sequence[Styled], size: float) -> float:
    """Width in pixels of runs set at `size` pixels."""
    return size * sum([_em(run.text, run.italic) * (SMALL if run.level else 1.0) for run in runs])


@lru_cache(maxsize=4096)
def _em(text: str, italic: bool) -> float:
    return sum(map((_SLANTED if italic else _ADVANCE).get, text, repeat(0.65)))


def slanted(text: str) -> str:
    """Letters as mathematical italic letters, which every math font draws; others as they are."""
    return "".join(_slanted(character) for character in text)


def _slanted(character: str) -> str:
    if character == "h":
        return "ℎ"
    if "A" <= character <= "Z":
        return chr(0x1D434 + ord(character) - ord("A"))
    if "a" <= character <= "z":
        return chr(0x1D44E + ord(character) - ord("a"))
    if "α" <= character <= "ω":
        return chr(0x1D6FC + ord(character) - ord("α"))
    return character


CHARACTERS = "".join(
    [
        *map(chr, range(0x20, 0x7F)),
        *_ADVANCE,
        "\u200b",
        *map(_slanted, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZαβγδεζηθικλμνξοπρςστυφχψω"),
    ]
)
"""What a picture is written with; other letters of a user's names come from the reader's own fonts."""
