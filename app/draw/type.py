"""How wide text is, before anyone draws it: advance widths of STIX Two Math, in em (read off the font's own tables).

A reader without that font falls back to a serif of nearly the same widths; every text has some room to spare.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import repeat
from typing import Protocol

_UPRIGHT = {
    0.12: "\u2009", 0.19: "'", 0.22: "`", 0.23: " ", 0.24: ",.:;", 0.26: "jι", 0.27: "|", 0.28: "!il·", 0.30: "′", 0.31: "f", 0.32: "-t",
    0.33: '"{}', 0.35: "[]⌈⌉⌊⌋", 0.36: "()I", 0.38: "rες", 0.39: "/\\ζξτ", 0.40: "Js", 0.41: "*?", 0.43: "‖", 0.44: "″", 0.45: "cν",
    0.46: "ezχ", 0.47: "γο", 0.48: "^agvxyδ∂", 0.49: "$0123456789κυ", 0.50: "S", 0.51: "_oηθλ", 0.52: "bqρ⋮", 0.53: "β", 0.54: "dkp∗",
    0.55: "μσ", 0.56: "~α", 0.57: "PuΓ", 0.58: "Lhn‴", 0.59: "FZπ", 0.60: "TΣφ", 0.62: "Bψ", 0.63: "E", 0.64: "∧∨", 0.65: "YΞΥ",
    0.66: "RX×ω", 0.67: "CΔ", 0.68: "V", 0.69: "%", 0.70: "#<>K∓≠≤≥", 0.71: "Λ", 0.72: "+=AG¬ΦΨ−", 0.73: "D", 0.74: "&NOQΘ", 0.75: "Uw",
    0.76: "Π", 0.78: "HΩ", 0.79: "√", 0.85: "m", 0.86: "⊗⊙", 0.89: "…", 0.90: "M", 0.91: "@", 0.94: "W", 0.95: "→∞⋯", 0.96: "⋱",
}  # fmt: skip
_ITALIC = {
    0.25: "ι", 0.27: "i", 0.28: "l", 0.34: "tI", 0.39: "sε", 0.40: "Jς", 0.41: "cr", 0.42: "e", 0.43: "j", 0.46: "τ", 0.47: "ο",
    0.48: "ζ", 0.49: "ozξ", 0.50: "gvγν", 0.51: "yηθκυ", 0.52: "bqδ", 0.53: "kSλ", 0.55: "βρ", 0.56: "adnux", 0.57: "hLPσ", 0.58: "fFα",
    0.59: "Bμ", 0.60: "p", 0.61: "ETYZφ", 0.62: "R", 0.63: "πψ", 0.64: "VXχ", 0.66: "CKω", 0.68: "A", 0.70: "DG", 0.71: "NOQ", 0.73: "wU",
    0.76: "H", 0.83: "m", 0.87: "M", 0.91: "W",
}  # fmt: skip
_ADVANCE = {character: width for width, characters in _UPRIGHT.items() for character in characters}
_SLANTED = _ADVANCE | {character: width for width, characters in _ITALIC.items() for character in characters}
SHORT = 64
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


def _em(text: str, italic: bool) -> float:
    # What is kept is bounded by its count, so long texts are not.
    return (_short_em if len(text) <= SHORT else _sum_em)(text, italic)


def _sum_em(text: str, italic: bool) -> float:
    return sum(map((_SLANTED if italic else _ADVANCE).get, text, repeat(0.65)))


_short_em = lru_cache(maxsize=4096)(_sum_em)


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
        *_ADVANCE,
        "\u200b",
        *map(_slanted, "".join(_ITALIC.values())),
    ]
)
"""What a picture is written with; other letters of a user's names come from the reader's own fonts."""
