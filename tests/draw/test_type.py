"""Widths of text, held against the font itself."""

import pytest
from fontTools.ttLib import TTFont

from app.draw import font, type  # noqa: A004


@pytest.fixture(scope="module")
def advance():
    face = TTFont(font.path())
    glyphs, widths, unit = face.getBestCmap(), face["hmtx"], face["head"].unitsPerEm
    yield lambda character: widths[glyphs[ord(character)]][0] / unit
    face.close()


@pytest.mark.parametrize("italic", [False, True])
def test_widths_are_those_of_the_font(advance, italic):
    known = type._ITALIC if italic else type._UPRIGHT
    for character in "".join(known.values()):
        found = advance(type.slanted(character) if italic else character)
        assert type._em(character, italic) == pytest.approx(found, abs=0.006), character


def test_every_character_of_pictures_is_in_the_font(advance):
    assert all(advance(character) >= 0 for character in type.CHARACTERS)
