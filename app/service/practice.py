"""Answers that a person derived, judged; as plain data."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from app.engine.arrays import array_of, nested
from app.engine.program import Shape
from app.errors import Fault
from app.practice.judge import Judge
from app.practice.trials import MORE
from app.practice.verdict import Diagnosis, Verdict
from app.service.analysis import Analysis
from app.service.answer import bounded
from app.service.derive import element_of
from app.settings import Limits

MOST_PLACES = 1_000
"""So many wrong elements are listed."""


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression, with helper lines before it or not."""

    text: str


@dataclass(frozen=True, slots=True)
class Numbers:
    """The whole gradient, as a number or a nested list."""

    value: Any


@dataclass(frozen=True, slots=True)
class Element:
    """One element: its number, or its sign."""

    place: tuple[int, ...]
    number: float | None = None
    sign: int | None = None


@dataclass(frozen=True, slots=True)
class Sizes:
    """The shape."""

    shape: Shape


Answer: TypeAlias = Expression | Numbers | Element | Sizes


@dataclass(frozen=True, slots=True)
class Judged:
    """Verdicts in the order of the answers, and lines of a backward pass that could not be read or judged."""

    verdicts: tuple[Verdict, ...]
    faults: tuple[Fault, ...] = ()

    @property
    def correct(self) -> bool:
        return not self.faults and all(one.correct for one in self.verdicts)


def judged(analysis: Analysis, answers: Mapping[str, Answer], backward: str | None) -> Judged:
    """The verdicts on answers, by variable, and then on a whole backward pass; each may use those before it.

    Raises:
        InputError: there is no such variable, or no such element; numbers are not usable.
        ProgramError: the backward pass cannot be read.
        LimitError: to try an answer on other numbers would take too much.
    """
    answered = len(answers) + (backward.count("\n") + 1 if backward else 0)
    analysis.weigh(0.9 * answered, runs=2 * MORE)
    judge = Judge(analysis.trace, dict(analysis.roles), analysis.limits)
    verdicts = [_verdict(judge, variable, answer, analysis.limits) for variable, answer in answers.items()]
    found, faults = judge.backward(backward) if backward is not None else ([], [])
    return Judged((*verdicts, *found), tuple(faults))


def _verdict(judge: Judge, variable: str, answer: Answer, limits: Limits) -> Verdict:
    match answer:
        case Expression(text=text):
            return judge.expression(variable, text)
        case Numbers(value=value):
            return judge.array(variable, array_of(variable, value, limits), np.asarray(half_units(value)))
        case Sizes(shape=shape):
            return judge.shape(variable, shape)
        case Element(place=place, number=number, sign=sign):
            found = element_of(variable, place, judge.graph.shapes[judge.target(variable)])
            if number is not None:
                return judge.number(variable, found, number, np.asarray(half_units(number)))
            assert sign is not None
            return judge.sign(variable, found, sign)


def half_units(value: Any) -> Any:
    """Half a unit in the last place that each number is written with, nested as the numbers are."""
    if isinstance(value, list):
        return [half_units(one) for one in value]
    if not isinstance(value, int | float) or not math.isfinite(value):
        return 0.0
    if isinstance(value, int) or value.is_integer():
        return 0.5
    digits, _, power = repr(value).partition("e")
    return 0.5 * 10.0 ** (int(power or 0) - len(digits.partition(".")[2]))


def judged_answer(found: Judged, limits: Limits) -> dict[str, Any]:
    """Verdicts as plain data, ready for JSON."""
    return {
        "correct": found.correct,
        "verdicts": [_told(one, limits) for one in found.verdicts],
        "errors": [
            {"line": one.line, "column": one.column, "end_column": one.end_column, "message": one.message, "hint": one.hint}
            for one in found.faults
        ],
    }


def _told(verdict: Verdict, limits: Limits) -> dict[str, Any]:
    apart = verdict.difference()
    return {
        "variable": verdict.variable,
        "correct": verdict.correct,
        "shape_ok": verdict.shape_ok,
        "line": verdict.line,
        "shape": None if verdict.shape is None else list(verdict.shape),
        "expected_shape": list(np.shape(verdict.expected)),
        "max_absolute_difference": None if apart is None else nested(np.asarray(apart[0])),
        "max_relative_difference": None if apart is None else nested(np.asarray(apart[1])),
        "wrong_elements": [list(place) for place in verdict.wrong[:MOST_PLACES]],
        "value": None if verdict.value is None else bounded(verdict.value, limits),
        "expected": bounded(verdict.expected, limits),
        "diagnoses": [_diagnosis(one) for one in verdict.diagnoses],
    }


def _diagnosis(found: Diagnosis) -> dict[str, Any]:
    link, fault = found.link, found.fault
    return {
        "id": found.id,
        "message": found.message,
        "line": found.line,
        "column": None if fault is None else fault.column,
        "end_column": None if fault is None else fault.end_column,
        "factor": found.factor,
        "link": None if link is None else {"node": link.node, "source": link.source, "line": link.line},
    }


def answers_of(given: Mapping[str, Any]) -> dict[str, Answer]:
    """Answers from plain data: text, numbers, or a table with an element or a shape."""
    return {name: _answer(one) for name, one in given.items()}


def _answer(one: Any) -> Answer:
    if isinstance(one, str):
        return Expression(one)
    if not isinstance(one, dict):
        return Numbers(one)
    if "shape" in one:
        return Sizes(tuple(one["shape"]))
    place: Sequence[int] = one["element"]
    return Element(tuple(place), one.get("number"), one.get("sign"))
