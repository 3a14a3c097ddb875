"""STIX Two Math, from the installed ziamath package, under the SIL Open Font License 1.1 (which the font file itself states).

A picture that travels alone carries the few glyphs it can need, so that it looks the same wherever it is opened.
"""

from __future__ import annotations

import base64
import io
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from threading import Lock

from app.draw.type import CHARACTERS


@cache
def path() -> Path:
    """The font's file."""
    spec = find_spec("ziamath")
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0]) / "fonts" / "STIXTwoMath-Regular.ttf"


# What formulas are set in: Latin and Greek letters, upright, slanted and bold, figures, signs, arrows, and brackets with their pieces.
FORMULA_RANGES = (
    (0x20, 0x7E), (0xA0, 0xFF), (0x131, 0x131), (0x237, 0x237), (0x2C6, 0x2DD), (0x391, 0x3F5), (0x2010, 0x2044), (0x2061, 0x2064),
    (0x2070, 0x209C), (0x20D6, 0x20D7), (0x210E, 0x210F), (0x2113, 0x2113), (0x211D, 0x211D), (0x2190, 0x21A6), (0x21D0, 0x21D4),
    (0x2200, 0x22FF), (0x2308, 0x230B), (0x239B, 0x23B9), (0x23DC, 0x23DF), (0x27E8, 0x27EB), (0x2A00, 0x2A06), (0x2A7D, 0x2A7E),
    (0x1D400, 0x1D467), (0x1D6A4, 0x1D6E1), (0x1D6FC, 0x1D71B),
)  # fmt: skip


_once = Lock()
"""Whoever comes while the font is being cut waits for it, and does not cut it, too."""


def for_formulas() -> bytes:
    """The font as WOFF, cut down to what formulas are set in; what stretches and is set small goes with it."""
    with _once:
        return _for_formulas()


@cache
def _for_formulas() -> bytes:
    return _cut(
        "".join(chr(code) for first, last in FORMULA_RANGES for code in range(first, last + 1)), ("ssty", "dtls", "rtlm"), ("MATH",)
    )


def face() -> str:
    """An @font-face rule that holds the font itself, cut down to the characters of pictures: about 30 kB."""
    with _once:
        return _face()


@cache
def _face() -> str:
    data = base64.b64encode(_cut(CHARACTERS)).decode()
    return f'@font-face {{ font-family: "STIX Two Math"; src: url("data:font/woff;base64,{data}") format("woff"); }}\n'


def _cut(text: str, features: tuple[str, ...] = (), kept: tuple[str, ...] = ()) -> bytes:
    """The font as WOFF with the glyphs of some text, those features of it, and of the tables for typesetting those that are kept."""
    from fontTools import subset

    options = subset.Options(flavor="woff", hinting=False, layout_features=list(features), name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14])
    tables = {"MATH", "GPOS", "GDEF", "DSIG"} | (set() if features else {"GSUB"})
    options.drop_tables += sorted(tables - set(kept))
    font = subset.load_font(str(path()), options)
    cutter = subset.Subsetter(options)
    cutter.populate(text=text)
    cutter.subset(font)
    packed = io.BytesIO()
    subset.save_font(font, packed, options)
    font.close()
    return packed.getvalue()
