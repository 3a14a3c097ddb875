"""The picture's twin has every card of it, with the same numbers."""

import pytest

from app import service
from app.engine.views import Detail
from app.examples import gallery
from app.service import Given, Request
from app.settings import Limits


@pytest.mark.parametrize("detail", list(Detail))
@pytest.mark.parametrize("name", list(gallery()))
def test_it_says_what_the_picture_says(name, detail):
    given = {key: Given.of(value) for key, value in gallery()[name].inputs.items()}
    analysis = service.analyse(Request(gallery()[name].program, given, detail=detail), Limits())
    rows, drawn = service.table(analysis), service.picture(analysis)
    assert [row["id"] for row in rows] == [card.id for card in drawn.frame.cards]
    for row in rows:
        for part, numbers in drawn.painted[row["id"]].items():
            told = [cell["text"] for line in row[part]["rows"] for cell in line]
            assert told == [cell.text for cell in numbers.cells]
            assert row[part]["line"] == numbers.line
        assert (row["gradient"] is None) == ("gradient" not in drawn.painted[row["id"]])
    by_id = {row["id"]: row for row in rows}
    for edge in drawn.frame.edges:
        assert by_id[edge.source]["used"]
        assert by_id[edge.target]["made"]
