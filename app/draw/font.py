"""STIX Two Math, from the installed ziamath package, under the SIL Open Font License 1.1 (which the font file itself states).

A picture that travels alone carries the few glyphs it can need, so that it looks the same wherever it is opened.
"""

from __future__ import annotations

import base64
import io
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from app.draw.type import CHARACTERS


@cache
def path() -> Path:
    """The font's file."""
    spec = find_spec("ziamath")
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0]) / "fonts" / "STIXTwoMath-Regular.ttf"


@cache
def face() -> str:
    """An @font-face rule that holds the font itself, cut down to the characters of pictures: about 30 kB."""
    from fontTools import subset

    options = subset.Options(flavor="woff", hinting=False, layout_features=[], name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14])
    options.drop_tables += ["MATH", "GSUB", "GPOS", "GDEF", "DSIG"]
    font = subset.load_font(str(path()), options)
    cutter = subset.Subsetter(options)
    cutter.populate(text=CHARACTERS)
    cutter.subset(font)
    packed = io.BytesIO()
    subset.save_font(font, packed, options)
    font.close()
    data = base64.b64encode(packed.getvalue()).decode()
    return f'@font-face {{ font-family: "STIX Two Math"; src: url("data:font/woff;base64,{data}") format("woff"); }}\n'
