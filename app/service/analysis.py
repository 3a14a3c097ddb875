"""A request becomes an analysis: parsed, differentiated and run. Every reading starts from one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any

import numpy as np

from app.draw.graph import AS_USUAL, Display
from app.draw.svg import Theme
from app.engine import weights
from app.engine.arrays import array_of
from app.engine.evaluate import run
from app.engine.gradient import differentiate
from app.engine.keeping import graph_bytes, program_bytes
from app.engine.language.grammar import Source
from app.engine.parser import parse
from app.engine.program import Array, Graph, Nested, Program, Shape, Trace
from app.engine.views import Detail, Kind, Shown, View, view
from app.errors import Fault, InputError, Repair
from app.settings import Limits
from app.work.caches import kept
from app.work.times import timed
from app.work.weight import weigh

_DATA = re.compile(r"[xy](_\w*)?|trn_[xy]")
ROLES = (Kind.DATA, Kind.PARAMETER, Kind.CONSTANT)
COMPARED, COMPARED_WITH, LONGEST = 8, 100, 64
"""So many missing inputs are compared with so many names that are there, of so many characters at most."""


@dataclass(frozen=True, slots=True)
class Given:
    """What a request gives for one input: a number or a nested list, and its role, if it says one.

    Without a value it is what the program's text gives it.
    """

    value: Any
    role: Kind | None = None

    @classmethod
    def of(cls, item: Any) -> Given:
        """From plain data: a value, or a table with value and role."""
        if not isinstance(item, dict):
            return cls(item)
        return cls(item.get("value"), Kind(item["role"]) if "role" in item else None)


@dataclass(frozen=True, slots=True)
class Request:
    """A program with its inputs. `loss` is a statement's name; the last statement, if None. `open` and `closed` are groups."""

    program: str
    inputs: Mapping[str, Given] = field(default_factory=dict)
    loss: str | None = None
    detail: Detail = Detail.STATEMENTS
    theme: Theme = Theme.AUTO
    open: frozenset[str] = frozenset()
    closed: frozenset[str] = frozenset()
    display: Display = AS_USUAL

    @property
    def shown(self) -> Shown:
        return Shown(self.detail, self.open, self.closed)


@dataclass(frozen=True, slots=True)
class Analysis:
    """A request, answered: every reading starts from here. `roles` are those of the program's inputs, by name."""

    program: Program
    graph: Graph
    trace: Trace
    shown: Shown
    roles: tuple[tuple[str, Kind], ...]
    unused: tuple[str, ...]
    limits: Limits
    display: Display = AS_USUAL

    @property
    def loss(self) -> Array:
        return self.trace.value(self.graph.loss.node)

    def weigh(self, per_node: float, runs: float = 0.0) -> None:
        """Says what is about to be done with the graph: so many milliseconds for each node, and so many more runs.

        Raises:
            TooHeavy: it is too much for where it would be done.
        """
        weigh(per_node * len(self.graph.nodes) + runs * weights.of_run(self.graph))

    @property
    def parameters(self) -> frozenset[str]:
        return frozenset(name for name, role in self.roles if role is Kind.PARAMETER)

    @property
    def view(self) -> View:
        """All that was asked for."""
        return view(self.graph, self.shown)

    @property
    def drawn(self) -> View:
        """What of it can be drawn to be read."""
        return view(self.graph, replace(self.shown, most=self.limits.cards))


def default_role(name: str) -> Kind:
    """x, y and their like are data, any other input is a parameter."""
    return Kind.DATA if _DATA.fullmatch(name) else Kind.PARAMETER


def inputs_of(program: str, limits: Limits) -> dict[str, Nested]:
    """The inputs of a program by name, in the order of their first use, each with the literal that the text gives it, or None.

    Raises:
        ProgramError, LimitError: it is none.
    """
    return {item.name: unfrozen(item.literal) for item in _program(program, limits).inputs}


def unfrozen(literal: Nested) -> Nested:
    """A literal as nested lists, the way a request gives it."""
    return [unfrozen(item) for item in literal] if isinstance(literal, tuple) else literal


def analyse(request: Request, limits: Limits) -> Analysis:
    """Parses, differentiates and runs. What depends on text, shapes and roles alone is kept, and costs nothing again.

    Raises:
        CurlydError: the program, an input or a limit is at fault.
    """
    program = _program(request.program, limits)
    used = {item.name for item in program.inputs}
    given = {name: item.value for name, item in request.inputs.items() if name in used and item.value is not None}
    arrays = {name: array_of(name, value, limits) for name, value in (program.literals | given).items()}
    _check_fixed(program, request, limits)
    roles = []
    for item in program.inputs:
        role = request.inputs[item.name].role if item.name in request.inputs else None
        roles.append((item.name, role or default_role(item.name)))
    shapes = tuple((item.name, arrays[item.name].shape) for item in program.inputs if item.name in arrays)
    wrt = tuple(name for name, role in roles if role is not Kind.CONSTANT)
    unused = [name for name in request.inputs if name not in used and name not in program.fixed]
    missing = [item.name for item in program.inputs if item.name not in arrays]
    try:
        made = _graph(program, shapes, wrt, request.loss, limits)
    except InputError as error:
        near = _Near(program, missing, unused)
        told = [near.told(fault, name) for fault, name in zip(error.faults[:COMPARED], missing, strict=False)]
        raise InputError(*told, *error.faults[COMPARED:]) from None
    weigh(weights.of_run(made))
    with timed("run"):
        trace = run(made, arrays)
    return Analysis(program, made, trace, request.shown, tuple(roles), tuple(unused), limits, request.display)


def _check_fixed(program: Program, request: Request, limits: Limits) -> None:
    """A number that the structure depends on, such as the passes of a loop, is the program's to say."""
    for name, fixed in program.fixed.items():
        value = request.inputs[name].value if name in request.inputs else None
        if value is not None and not np.array_equal(array_of(name, value, limits), array_of(name, fixed.literal, limits)):
            place = fixed.place
            message = f"{name} cannot be given: line {place.line} builds the graph from it."
            raise InputError(Fault(message, place.line, place.column, place.end_column, f"Change it in the program: {name} = …"))


@dataclass(frozen=True, slots=True)
class _Near:
    """What a missing input may have been meant to be: an input that nothing uses, or a value that is there already."""

    program: Program
    missing: Sequence[str]
    unused: Sequence[str]

    def told(self, fault: Fault, name: str) -> Fault:
        """The fault with a name that is nearly the same, if there is one, and with the repair where the program has it once."""
        lowered = {one.lower(): one for one in self.unused[:COMPARED_WITH] if len(one) <= LONGEST}
        near = get_close_matches(name.lower(), lowered, 1, 0.7)
        if near:
            meant = lowered[near[0]]
            return replace(fault, hint=f"{fault.hint} Or is it {meant}, which nothing uses?", repair=self.renamed(fault, name, meant))
        there = [item.name for item in self.program.inputs if item.name not in self.missing]
        there += [item.name for item in self.program.statements if item.place.line < (fault.line or 0)]
        found = next((one for one in there if _is_near(one, name)), None)
        if found is None:
            return fault
        return replace(fault, hint=f"{fault.hint} Or did you mean {found}?", repair=self.renamed(fault, name, found))

    def renamed(self, fault: Fault, name: str, meant: str) -> Repair | None:
        if fault.line is None or fault.column is None or fault.end_column is None or _digits(name) != _digits(meant):
            return None
        text = self.program.text
        here = Source(text).lines[fault.line - 1][fault.column - 1 : fault.end_column - 1] == name
        once = here and len(re.findall(rf"\b{re.escape(name)}\b", text)) == 1
        return Repair(fault.line, fault.column, fault.end_column, meant) if once else None


def _is_near(one: str, other: str) -> bool:
    """Whether two names are told apart by a slip: capitals, two letters that changed places, or one too many. A digit is no slip,
    and w_xh is not w_hx."""
    if one.lower() == other.lower():
        return True
    short, long = sorted((one, other), key=len)
    if len(short) < 5 or len(long) - len(short) > 1 or _digits(one) != _digits(other):
        return False
    if len(short) == len(long):
        return any(short[:i] + short[i : i + 2][::-1] + short[i + 2 :] == long for i in range(len(short)))
    return any(long[:i] + long[i + 1 :] == short for i in range(len(long)))


def _digits(name: str) -> list[str]:
    return re.findall(r"\d", name)


@kept("programs", program_bytes)
def _program(text: str, limits: Limits) -> Program:
    weigh(weights.PARSE * len(text))
    with timed("parse"):
        return parse(text, limits)


@kept("graphs", graph_bytes)
def _graph(program: Program, shapes: tuple[tuple[str, Shape], ...], wrt: tuple[str, ...], loss: str | None, limits: Limits) -> Graph:
    weigh(weights.DIFFERENTIATE * len(program.nodes))
    with timed("differentiate"):
        return differentiate(program, dict(shapes), wrt, loss, limits)
