"""Exercises, hints, lessons and worksheets, as plain data."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import numpy as np

from app.draw import numbers
from app.engine.arrays import nested
from app.engine.program import INPUT, Array
from app.engine.views import Shown, view
from app.errors import UnknownExampleError
from app.explain import notation
from app.explain.identifiers import identifiers
from app.lessons import lessons
from app.practice.exercises import exercises
from app.practice.hints import hints, key
from app.practice.worksheet import clean_inputs
from app.service.analysis import Analysis, Given, Request, analyse
from app.service.derive import derived, latex_of, opened
from app.service.facts import plain_equation
from app.service.reference import example
from app.settings import Limits


def exercises_answer(analysis: Analysis, seed: int) -> list[dict[str, Any]]:
    """The exercises for a program, the nearest to the loss first."""
    analysis.weigh(0.15)
    return [asdict(one) for one in exercises(analysis.trace, analysis.view, seed)]


def hints_answer(analysis: Analysis, variable: str) -> list[dict[str, Any]]:
    """The hints for the gradient of a variable, each giving away more than the one before.

    Raises:
        InputError: there is no such value, or it is a constant.
    """
    found = derived(analysis, variable)
    return [
        {
            "kind": one.kind,
            "words": one.words,
            "latex": one.step and latex_of(one.step),
            "mathml": notation.mathml(one.step.latex, display=True) if one.step and one.step.latex else None,
            "code": one.code,
        }
        for one in hints(found, analysis.graph)
    ]


def lessons_answer() -> list[dict[str, Any]]:
    """The lessons in their order; `program` and `inputs` can be posted as they are."""
    return [asdict(one) | {"inputs": dict(one.inputs), "exercises": list(one.exercises)} for one in lessons().values()]


def worksheet(source: str, seed: int, limits: Limits) -> dict[str, Any]:
    """An example, or a lesson, with numbers for paper: what is given, what is asked, and the key.

    Raises:
        UnknownExampleError: there is neither of that name.
        InputError: its values are too many for paper.
    """
    title, request = _source(source)
    first = analyse(request, limits)
    shown = view(first.graph, Shown())
    roles = dict(first.roles)
    arrays = clean_inputs(first.trace, shown, roles, seed)
    given = {name: Given(nested(array), roles[name]) for name, array in arrays.items()}
    found = analyse(replace(request, inputs=given), limits)
    nodes = found.graph.nodes
    cards = opened(found).cards
    names = identifiers(found.graph, opened(found)).values
    asked = exercises(found.trace, found.view, seed)
    variables = list(dict.fromkeys(one.variable for one in asked))
    return {
        "example": source,
        "title": title,
        "seed": seed,
        "program": request.program,
        "inputs": {name: {"value": nested(array), "role": roles[name].value} for name, array in arrays.items()},
        "values": [
            {
                "id": card.id,
                "name": names[card.node],
                "equation": plain_equation(card),
                "shape": list(found.graph.shapes[card.node]),
                "given": nodes[card.node].op == INPUT,
                "value": _plain(found.trace.value(card.node)),
                "gradient": _plain(found.trace.gradient(card.node)),
            }
            for card in cards
        ],
        "exercises": [asdict(one) for one in asked],
        "key": [{"variable": one, "code": key(derived(found, one), found.graph)} for one in variables],
    }


def _source(name: str) -> tuple[str, Request]:
    lesson = lessons().get(name)
    if lesson is not None:
        return lesson.title, Request(lesson.program, {key: Given.of(value) for key, value in lesson.inputs.items()})
    try:
        found = example(name)
    except UnknownExampleError as error:
        fault = error.faults[0]
        raise UnknownExampleError(replace(fault, hint=f"{fault.hint} Or a lesson: {', '.join(lessons())}.")) from None
    return found["title"], Request(found["program"], {key: Given.of(value) for key, value in found["inputs"].items()})


def _plain(array: Array | None) -> Any:
    """Numbers for paper: 0 has no sign there."""
    return None if array is None else nested(np.asarray(array) + 0.0)


PAPER = numbers.Format(4, fractions=True)


def paper_number(value: float | str) -> str:
    """A number as a worksheet has it: whole, or a fraction where it is one."""
    return PAPER.text(float(value))
