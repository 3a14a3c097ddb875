"""A request becomes an analysis: parsed, differentiated and run. Every reading starts from one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from app.draw.svg import Theme
from app.engine.arrays import array_of
from app.engine.evaluate import run
from app.engine.gradient import differentiate
from app.engine.parser import parse
from app.engine.program import Array, Graph, Program, Shape, Trace
from app.engine.views import Detail, Kind, View, view
from app.errors import Fault, InputError
from app.settings import Limits

_DATA = re.compile(r"[xy](_\w*)?|trn_[xy]")
ROLES = (Kind.DATA, Kind.PARAMETER, Kind.CONSTANT)
GRAPHS = 128
"""So many programs, graphs and their readings are kept."""


@dataclass(frozen=True, slots=True)
class Given:
    """What a request gives for one input: a number or a nested list, and its role, if it says one."""

    value: Any
    role: Kind | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """A program with its inputs. `loss` is a statement's name; the last statement, if None."""

    program: str
    inputs: Mapping[str, Given] = field(default_factory=dict)
    loss: str | None = None
    detail: Detail = Detail.STATEMENTS
    theme: Theme = Theme.AUTO


@dataclass(frozen=True, slots=True)
class Analysis:
    """A request, answered: every reading starts from here. `roles` are those of the program's inputs, by name."""

    program: Program
    graph: Graph
    trace: Trace
    view: View
    roles: tuple[tuple[str, Kind], ...]
    unused: tuple[str, ...]
    limits: Limits

    @property
    def loss(self) -> Array:
        return self.trace.value(self.graph.loss.node)


def default_role(name: str) -> Kind:
    """x, y and their like are data, any other input is a parameter."""
    return Kind.DATA if _DATA.fullmatch(name) else Kind.PARAMETER


def input_names(program: str, limits: Limits) -> tuple[str, ...]:
    """The inputs of a program, in the order of their first use.

    Raises:
        ProgramError, LimitError: it is none.
    """
    return tuple(item.name for item in _program(program, limits).inputs)


def analyse(request: Request, limits: Limits) -> Analysis:
    """Parses, differentiates and runs. What depends on text, shapes and roles alone is kept, and costs nothing again.

    Raises:
        CurlydError: the program, an input or a limit is at fault.
    """
    program = _program(request.program, limits)
    used = {item.name for item in program.inputs}
    arrays = {name: array_of(name, given.value, limits) for name, given in request.inputs.items() if name in used}
    roles = []
    for item in program.inputs:
        role = request.inputs[item.name].role if item.name in request.inputs else None
        roles.append((item.name, role or default_role(item.name)))
    shapes = tuple((item.name, arrays[item.name].shape) for item in program.inputs if item.name in arrays)
    wrt = tuple(name for name, role in roles if role is not Kind.CONSTANT)
    unused = [name for name in request.inputs if name not in used]
    try:
        made = _graph(program, shapes, wrt, request.loss, limits)
    except InputError as error:
        if not unused:
            raise
        more = f"The program does not use {', '.join(unused[:10])}: is a name misspelt?"
        raise InputError(*(_with_hint(fault, more) for fault in error.faults)) from None
    trace = run(made, arrays)
    return Analysis(program, made, trace, view(made, request.detail), tuple(roles), tuple(unused), limits)


def _with_hint(fault: Fault, more: str) -> Fault:
    return Fault(fault.message, fault.line, fault.column, fault.end_column, f"{fault.hint} {more}" if fault.hint else more)


@lru_cache(maxsize=GRAPHS)
def _program(text: str, limits: Limits) -> Program:
    return parse(text, limits)


@lru_cache(maxsize=GRAPHS)
def _graph(program: Program, shapes: tuple[tuple[str, Shape], ...], wrt: tuple[str, ...], loss: str | None, limits: Limits) -> Graph:
    return differentiate(program, dict(shapes), wrt, loss, limits)
