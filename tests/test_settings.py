import pytest

from app.settings import STATIC, TEMPLATES, Capacity, Limits, Settings


def test_defaults():
    assert Settings.from_environment({}) == Settings("127.0.0.1", 8000, limits=Limits(), capacity=Capacity())


def test_the_environment_overrides():
    found = Settings.from_environment({"HOST": "0.0.0.0", "PORT": "9000", "CURLYD_CARDS": "7", "CURLYD_LAYOUT_SECONDS": "1.5"})
    assert (found.host, found.port, found.limits.cards, found.limits.layout_seconds) == ("0.0.0.0", 9000, 7, 1.5)


@pytest.mark.parametrize(
    ("name", "text"), [("PORT", "x"), ("PORT", "-1"), ("CURLYD_CARDS", "1.5"), ("CURLYD_NODES", "0"), ("CURLYD_LAYOUT_SECONDS", "nan")]
)
def test_what_is_no_positive_number_is_refused(name, text):
    with pytest.raises(ValueError, match=name):
        Settings.from_environment({name: text})


def test_assets_are_found():
    assert (STATIC / "page.css").is_file()
    assert (TEMPLATES / "graph.svg").is_file()
