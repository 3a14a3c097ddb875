"""Signs that nobody sees are shown."""

import pytest

from app.text import visible


@pytest.mark.parametrize("text", ["", "abc", "a b\tc\nd", "été ∂MSE/∂w₁ ⊙ 数据 ελ", "\U0001f600", "x − 1"])
def test_what_can_be_seen_stays(text):
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x00b", "a\\x00b"), ("\x1b[31m", "\\x1b[31m"), ("a\rb", "a\\x0db"), ("a\x85", "a\\x85"), ("\xad", "\\xad"),
        ("x\u202ey", "x\\u202ey"), ("\u2066", "\\u2066"), ("a\u200bb", "a\\u200bb"), ("\u3164", "\\u3164"), ("\ufe0f", "\\ufe0f"),
        ("\ud800", "\\ud800"), ("\ufffe", "\\ufffe"), ("\ufdd0", "\\ufdd0"), ("\u2028", "\\u2028"), ("\U000e0001", "\\U000e0001"),
        ("\U0001ffff", "\\U0001ffff"), ("\U0010ffff", "\\U0010ffff"), ("\ue000", "\ue000"),
    ],
)  # fmt: skip
def test_what_cannot_be_seen_is_an_escape(text, shown):
    assert visible(text) == shown
    assert visible(shown) == shown
