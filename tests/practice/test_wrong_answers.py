"""Every answer of the table: right ones pass in whatever form, of wrong ones the mistake is named."""

from functools import cache

import pytest
from wrong_answers import PROGRAMS, RIGHT, UNNAMED, WRONG

from app.practice.judge import Judge
from app.service import Given, Request, analyse
from app.settings import Limits

ALSO = frozenset(("follows", "coincidence", "unknown"))
"""What may be said besides."""


@cache
def analysis(program):
    text, inputs = PROGRAMS[program]
    return analyse(Request(text, {name: Given.of(value) for name, value in inputs.items()}), Limits())


def verdict(program, variable, answer):
    found = analysis(program)
    return Judge(found.trace, dict(found.roles), Limits()).expression(variable, answer)


@pytest.mark.parametrize(("program", "variable", "answer"), RIGHT)
def test_right_answers_pass_in_any_form(program, variable, answer):
    found = verdict(program, variable, answer)
    assert found.correct, found.diagnoses
    assert found.shape_ok
    assert found.wrong == ()


@pytest.mark.parametrize("case", WRONG, ids=lambda case: f"{case.program} {case.variable} {case.answer}")
def test_a_wrong_answer_is_called_what_it_is(case):
    found = verdict(case.program, case.variable, case.answer)
    said = {one.id for one in found.diagnoses}
    assert not found.correct
    assert set(case.mistakes) <= said or set(case.also) & said, found.diagnoses
    # And it is not called anything else besides.
    wanted = set(case.mistakes) | set(case.also) | ALSO
    assert len(said - wanted) <= (0 if set(case.mistakes) <= said else 1), found.diagnoses
    if case.line is not None:
        assert case.line in [one.line for one in found.diagnoses]
    assert all(one.message for one in found.diagnoses)


@pytest.mark.parametrize("case", UNNAMED, ids=lambda case: f"{case.program} {case.variable} {case.answer}")
def test_where_no_mistake_is_known_none_is_made_up(case):
    found = verdict(case.program, case.variable, case.answer)
    assert not found.correct
    assert {one.id for one in found.diagnoses} <= {"unknown", "shape"}


def test_the_table_is_large_enough():
    families = {"SEED": 60, "SOFTMAX": 20, "NORM": 10}
    counts = {
        family: sum(case.program.startswith((family, "SQUARE" if family == "SEED" else family)) for case in WRONG) for family in families
    }
    assert all(counts[family] >= least for family, least in families.items()), counts
