"""The use cases, called by the web and the command line alike: a request in; numbers, words and a picture out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from app.draw import dot, graph, layout, numbers, svg
from app.draw.graph import Frame
from app.draw.svg import Theme
from app.engine.arrays import array_of, nested
from app.engine.code import code
from app.engine.evaluate import run
from app.engine.gradient import differentiate
from app.engine.local import LocalDerivative, local_derivative
from app.engine.ops import OPERATIONS
from app.engine.parser import parse
from app.engine.program import Array, Graph, Program, Shape, Trace
from app.engine.views import Card, Detail, Edge, Kind, View, kind, view
from app.errors import Fault, InputError, LayoutError, LimitError, UnknownExampleError
from app.examples import gallery
from app.explain import notation, words
from app.settings import Limits

_DATA = re.compile(r"[xy](_\w*)?|trn_[xy]")
ROLES = (Kind.DATA, Kind.PARAMETER, Kind.CONSTANT)
_GRAPHS = 128


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


@lru_cache(maxsize=_GRAPHS)
def _program(text: str, limits: Limits) -> Program:
    return parse(text, limits)


@lru_cache(maxsize=_GRAPHS)
def _graph(program: Program, shapes: tuple[tuple[str, Shape], ...], wrt: tuple[str, ...], loss: str | None, limits: Limits) -> Graph:
    return differentiate(program, dict(shapes), wrt, loss, limits)


# --- the answer in JSON


def answer(analysis: Analysis) -> dict[str, Any]:
    """The whole graph as plain data, ready for JSON: loss, nodes in the order of evaluation, edges."""
    trace, made = analysis.trace, analysis.graph
    loss = float(analysis.loss.reshape(()))
    nodes = [fixed | _measured(trace, card, analysis.limits) for card, fixed in _cards(made, analysis.view, analysis.roles)]
    edges = []
    for edge, fixed in _edges(made, analysis.view):
        sent = made.contributions.get(edge.use)
        edges.append(fixed | {"contribution": None if sent is None else _bounded(trace.value(sent), analysis.limits)})
    notes = [f"The program does not use the input {name}." for name in analysis.unused]
    return {"loss": {"name": made.loss.name, "value": _scalar(loss)}, "nodes": nodes, "edges": edges, "notes": notes}


@lru_cache(maxsize=_GRAPHS)
def _cards(made: Graph, shown: View, roles: tuple[tuple[str, Kind], ...]) -> list[tuple[Card, dict[str, Any]]]:
    """What a node's answer says whatever the numbers are."""
    names = made.program.names()
    of = dict(roles)
    return [
        (
            card,
            {
                "id": card.id,
                "name": card.name,
                "kind": kind(made, card.node, of).value,
                "expression": card.expression,
                "latex": notation.latex_equation(made, card.node, names) if card.expression else notation.latex_name(card.id),
                "line": card.line,
                "shape": list(made.shapes[card.node]),
            },
        )
        for card in shown.cards
    ]


@lru_cache(maxsize=_GRAPHS)
def _edges(made: Graph, shown: View) -> list[tuple[Edge, dict[str, Any]]]:
    """What an edge's answer says whatever the numbers are."""
    names = made.program.names()
    found = []
    for edge, local in _locals(made, shown):
        told = None
        if local is not None:
            g = dict(names) | {made.gradients[edge.target_node]: "g"}
            told = {
                "latex": notation.latex_local(made, local, names),
                "code": notation.code_local(made, local, names),
                "vjp": "g" if (back := made.contributions[edge.use]) in g else code(made.nodes, back, g),
                "summed_over": [axis for axis, _ in local.summed],
            }
        found.append((edge, {"source": edge.source, "target": edge.target, "use": edge.number, "local_derivative": told}))
    return found


@lru_cache(maxsize=_GRAPHS)
def _locals(made: Graph, shown: View) -> list[tuple[Edge, LocalDerivative | None]]:
    return [(edge, local_derivative(made, edge.target_node, edge.use)) for edge in shown.edges]


def _measured(trace: Trace, card: Card, limits: Limits) -> dict[str, Any]:
    value, gradient = trace.value(card.node), trace.gradient(card.node)
    found: dict[str, Any] = {
        "value": _bounded(value, limits),
        "gradient": None if gradient is None else _bounded(gradient, limits),
        "statistics": {"value": _statistics(value), "gradient": None if gradient is None else _statistics(gradient)},
        "notes": [{"kind": note.kind, "message": note.message, "where": note.where} for note in words.notes(trace, card)],
    }
    if value.size > limits.json_elements:
        found["preview"] = {"value": _preview(value), "gradient": None if gradient is None else _preview(gradient)}
    return found


def _bounded(array: Array, limits: Limits) -> Any:
    return nested(array) if array.size <= limits.json_elements else None


def _statistics(array: Array) -> dict[str, Any]:
    return {name: _scalar(value) for name, value in asdict(numbers.statistics(array)).items()}


def _scalar(value: float | None) -> Any:
    return value if value is None or isinstance(value, int) else nested(np.float64(value))  # type: ignore[arg-type]


def _preview(array: Array) -> list[dict[str, Any]]:
    """The elements that a picture shows, each with its index."""
    shown = numbers.cells(array, numbers.grid(array.shape))
    places = [[int(i) for i in cell.index.split(",")] for cell in shown if cell.index]
    return [{"index": place, "value": _scalar(float(array[tuple(place)]))} for place in places]


# --- the picture


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture before it is written: as SVG, as DOT text, or as the cells that changed."""

    frame: Frame
    painted: Mapping[str, Mapping[str, graph.Numbers]]
    told: svg.Told


def picture(analysis: Analysis) -> Picture:
    """The cards, edges, numbers and words of the picture.

    Raises:
        LimitError: there are more cards than can be read.
    """
    count, most = len(analysis.view.cards), analysis.limits.cards
    if count > most:
        hint = "The numbers are to be had as JSON." if analysis.view.cards[-1].name else "Show statements instead of operations."
        fault = Fault(f"The picture would have {count:,} cards; at most {most:,} can be drawn to be read.", hint=hint)
        raise LimitError("cards", count, most, fault)
    frame = _frame(analysis.graph, analysis.view, analysis.roles)
    painted = graph.paint(frame, analysis.trace)
    return Picture(frame, painted, _told(analysis, frame, painted))


@lru_cache(maxsize=_GRAPHS)
def _frame(made: Graph, shown: View, roles: tuple[tuple[str, Kind], ...]) -> Frame:
    program_names = made.program.names()
    of = dict(roles)
    names: dict[str, notation.Runs] = {}
    titles, gradients, plain = {}, {}, {}
    loss = notation.runs_name(made.loss.name)
    for card in shown.cards:
        name = notation.runs_name(card.name) if card.name else ()
        body = notation.runs_expression(made, card.node, program_names) if card.expression else ()
        names[card.id] = name
        titles[card.id] = (notation.Run(" = "), *body) if name and body else body
        plain[card.id] = " = ".join(filter(None, (card.name, card.expression)))
        if card.node in made.gradients:
            gradients[card.id] = notation.runs_gradient(loss, name or body, bool(name))
    edges = {edge.id: notation.runs_local(made, local, program_names) for edge, local in _locals(made, shown) if local}
    asides = {edge.id: words.aside(local) for edge, local in _locals(made, shown)}
    kinds = {card.id: kind(made, card.node, of) for card in shown.cards}
    return graph.frame(shown, kinds, made.shapes, graph.Labels(names, titles, gradients, edges, asides, plain), made.loss.name)


def _told(analysis: Analysis, frame: Frame, painted: Mapping[str, Mapping[str, graph.Numbers]]) -> svg.Told:
    loss = analysis.graph.loss.name
    cards, kinks = {}, {}
    for card, drawn in zip(analysis.view.cards, frame.cards, strict=True):
        said = {part: graph.spoken(shown) for part, shown in painted[card.id].items()}
        cards[card.id] = words.card_sentence(drawn.plain, drawn.kind, analysis.graph.shapes[card.node], said["value"], said.get("gradient"))
        found = words.notes(analysis.trace, card)
        if found:
            kinks[card.id] = " ".join(note.message for note in found)
    edges = {}
    for edge, local in _locals(analysis.graph, analysis.view):
        names = analysis.program.names()
        read = None if local is None else notation.code_local(analysis.graph, local, names)
        edges[edge.id] = words.edge_sentence(edge, read, words.aside(local))
    value = numbers.number(float(analysis.loss.reshape(())), 6)
    return svg.Told(f"{loss} = {value}", words.picture_sentence(len(frame.cards), loss, value), cards, edges, kinks)


async def to_svg(drawn: Picture, limits: Limits, theme: Theme | None) -> str:
    """The picture as SVG: complete on its own with a theme, for the page's style sheets without one.

    Raises:
        LayoutError: the layout took too long.
    """
    stand = await layout.positions(drawn.frame, limits.layout_seconds)
    return svg.svg(drawn.frame, stand, drawn.painted, drawn.told, theme)


def to_dot(drawn: Picture) -> str:
    """The picture as DOT text."""
    return dot.dot_text(drawn.frame, drawn.painted)


async def ready(limits: Limits) -> bool:
    """Whether a picture can be drawn: the layout engine answers. Starts its process, where none runs yet."""
    card = graph.FrameCard("n", Kind.DATA, 0, (), (), "", "", 10.0, 10.0, (), False)
    try:
        await layout.positions(Frame((card,), (), "n"), limits.layout_seconds, cached=False)
    except LayoutError:
        return False
    return True


# --- one card, in full


def input_names(program: str, limits: Limits) -> tuple[str, ...]:
    """The inputs of a program, in the order of their first use.

    Raises:
        ProgramError, LimitError: it is none.
    """
    return tuple(item.name for item in _program(program, limits).inputs)


def loss_text(analysis: Analysis) -> str:
    """MSE = 2.13817."""
    return f"{analysis.graph.loss.name} = {numbers.number(float(analysis.loss.reshape(())), 6)}"


def selected(analysis: Analysis, wanted: str | None) -> str:
    """The card that is inspected: the one that is wanted, if it is there, else the first parameter, else the first card."""
    ids = {card.id for card in analysis.view.cards}
    if wanted in ids:
        return str(wanted)
    parameters = [name for name, role in analysis.roles if role is Kind.PARAMETER]
    return parameters[0] if parameters else analysis.view.cards[0].id


def inspect(analysis: Analysis, selected: str) -> dict[str, Any]:
    """Everything about one card, for the page: formula, numbers in full, notes, and what it gets from each use."""
    made, trace = analysis.graph, analysis.trace
    card, fixed = next(item for item in _cards(made, analysis.view, analysis.roles) if item[0].id == selected)
    loss = notation.latex_name(made.loss.name)
    name = notation.latex_name(card.name) if card.name else rf"\left({fixed['latex']}\right)"
    arrays: list[tuple[str, str, str | None, Array]] = [("value", "value", None, trace.value(card.node))]
    gradient = trace.gradient(card.node)
    if gradient is not None:
        arrays.append(("gradient", "gradient", rf"\frac{{\partial {loss}}}{{\partial {name}}}", gradient))
    return {
        "id": card.id,
        "kind": fixed["kind"],
        "shape": numbers.shape_text(made.shapes[card.node]),
        "formula": notation.mathml(fixed["latex"]),
        "blocks": [
            {"part": part, "label": label, "math": math and notation.mathml(math), **numbers.table(array)}
            for part, label, math, array in arrays
        ],
        "notes": words.notes(trace, card),
        "uses": [_inspected(analysis, edge, fact) for edge, fact in _edges(made, analysis.view) if edge.source == selected],
        "made": [_inspected(analysis, edge, fact) for edge, fact in _edges(made, analysis.view) if edge.target == selected],
    }


def _inspected(analysis: Analysis, edge: Edge, fact: dict[str, Any]) -> dict[str, Any]:
    names = {card.id: card for card, _ in _cards(analysis.graph, analysis.view, analysis.roles)}

    def latex(name: str) -> str:
        found = names[name].name
        return (
            notation.latex_name(found)
            if found
            else rf"\left({notation.latex_equation(analysis.graph, names[name].node, analysis.program.names())}\right)"
        )

    told = fact["local_derivative"]
    shown = rf"\frac{{\partial {latex(edge.target)}}}{{\partial {latex(edge.source)}}} = {told['latex']}" if told else None
    return {
        "source": edge.source,
        "target": edge.target,
        "math": shown and notation.mathml(shown),
        "vjp": told and told["vjp"],
        "summed": words.aside(next(local for other, local in _locals(analysis.graph, analysis.view) if other is edge)),
    }


# --- the reference


def examples() -> list[dict[str, Any]]:
    """Every example of the gallery as plain data."""
    return [asdict(item) for item in gallery().values()]


def example(name: str) -> dict[str, Any]:
    """One example as plain data.

    Raises:
        UnknownExampleError: there is none of that name.
    """
    found = gallery().get(name)
    if found is None:
        raise UnknownExampleError(Fault("There is no such example.", hint=f"There are {', '.join(gallery())}."))
    return asdict(found)


def operations() -> list[dict[str, Any]]:
    """The table of operations as plain data."""
    return [
        {
            "name": item.name, "signature": item.signature, "summary": item.summary, "derivative": item.derivative,
            "differentiable": item.differentiable, "convention": item.kink.convention if item.kink else None,
        }
        for item in OPERATIONS.values()
    ]  # fmt: skip
