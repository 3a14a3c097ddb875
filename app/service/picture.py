"""The picture of an analysis: what is painted, and its ways onto paper."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from anyio import to_thread

from app.draw import dot, font, graph, layout, numbers, svg
from app.draw.graph import Display, Frame
from app.draw.svg import Theme
from app.engine.keeping import reading
from app.engine.program import Graph
from app.engine.views import Edge, View, kind
from app.errors import Fault, LayoutError, LimitError
from app.explain import notation, notes, words
from app.service import facts
from app.service.analysis import Analysis
from app.settings import Limits
from app.work.caches import store
from app.work.lanes import Lane
from app.work.processes import run, settle
from app.work.times import timed

FEW_CARDS = 30
"""A picture of so many is written faster than it is handed on; a larger one in a process of its own."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture before it is written: as SVG, as DOT text, or as the cells that changed."""

    frame: Frame
    painted: Mapping[str, Mapping[str, graph.Numbers]]
    told: svg.Told
    text: str
    """The program's."""


def picture(analysis: Analysis) -> Picture:
    """The cards, edges, numbers and words of the picture.

    Raises:
        LimitError: there are more cards than can be read.
    """
    analysis.weigh(0.06)
    hint = "Its numbers are to be had as JSON."
    count, most = len(analysis.drawn.cards), analysis.limits.cards
    if count > most:
        fault = Fault(f"The picture would have {count:,} cards; at most {most:,} can be drawn to be read.", hint=hint)
        raise LimitError("cards", count, most, fault)
    count, most = len(analysis.drawn.edges), analysis.limits.edges
    if count > most:
        fault = Fault(f"The picture would have {count:,} edges; at most {most:,} can be drawn to be read.", hint=hint)
        raise LimitError("edges", count, most, fault)
    frame = _frame(analysis.graph, analysis.drawn, analysis.roles, analysis.display)
    painted = graph.paint(frame, analysis.trace)
    return Picture(frame, painted, _told(analysis, frame, painted), analysis.program.text)


@reading()
def _frame(made: Graph, shown: View, roles: facts.Roles, display: Display) -> Frame:
    of = dict(roles)
    names: dict[str, notation.Runs] = {}
    titles: dict[str, notation.Runs] = {}
    gradients, plain = {}, {}
    loss = notation.runs_name(made.loss.name)
    for card in shown.cards:
        name = notation.runs_name(card.name) if card.name else ()
        body: notation.Runs = () if card.readable else (notation.Run("…"),)
        if card.stands_for > 1:
            titles[card.id] = (notation.Run(f"   {card.expression}: {card.stands_for} values"),)
        elif card.expression and card.readable:
            body = notation.runs_expression(made, card.node, shown.names, shown.calls)
        names[card.id] = name
        titles.setdefault(card.id, (notation.Run(" = "), *body) if name and body else body)
        plain[card.id] = facts.plain_equation(card)
        if card.node in made.gradients:
            gradients[card.id] = notation.runs_gradient(loss, name or body, bool(name))
    edges, shorts = {}, {}
    for edge, local in facts.locals_of(made, shown):
        if local is not None:
            short = notation.runs_partial(names[edge.target] or (notation.Run("·"),), names[edge.source] or (notation.Run("·"),))
            shorts[edge.id] = short
            edges[edge.id] = short if local.compound else notation.runs_local(made, local, shown.names)
    asides = {edge.id: summed for edge, _, summed in _readings(made, shown)}
    kinds = {card.id: kind(made, card.node, of) for card in shown.cards}
    labels = graph.Labels(names, titles, gradients, edges, shorts, asides, plain)
    return graph.frame(shown, kinds, made.shapes, labels, made.loss.name, display=display, batched=facts.batched(made, roles).nodes)


@reading()
def _readings(made: Graph, shown: View) -> list[tuple[Edge, str | None, str]]:
    """For each edge its local derivative as code, and over what its contribution is summed."""
    return [
        (edge, None if local is None else notation.code_local(made, local, shown.names), words.aside(local))
        for edge, local in facts.locals_of(made, shown)
    ]


def _told(analysis: Analysis, frame: Frame, painted: Mapping[str, Mapping[str, graph.Numbers]]) -> svg.Told:
    made, loss = analysis.graph, words.plain_name(analysis.graph.loss.name)
    cards, kinks, form, shown = {}, {}, frame.form, analysis.drawn
    beside, parameters = facts.neighbours(shown), analysis.parameters
    names: dict[str, str] = {}
    said: dict[int, str] = {}
    for card, drawn in zip(shown.cards, frame.cards, strict=True):
        parts = {part: graph.spoken(own) for part, own in painted[card.id].items()}
        for part, array in (("value", analysis.trace.value(card.node)), ("gradient", analysis.trace.gradient(card.node))):
            # What the cards do not show is said all the same.
            if part not in parts and array is not None:
                parts[part] = graph.spoken(graph.numbers_of(array, form=form))
        cards[card.id] = words.card_sentence(
            drawn.plain,
            drawn.kind,
            made.shapes[card.node],
            parts["value"],
            parts.get("gradient"),
            beside=beside[card.id],
        )
        names[card.id] = facts.plain(card)
        if card.node in made.gradients:
            said[made.gradients[card.node]] = parts["gradient"]
        found = notes.notes(analysis.trace, card, parameters)
        if found:
            kinks[card.id] = " ".join(note.message for note in found)
    edges, briefs = {}, {}
    for edge, read, summed in _readings(made, shown):
        sent = None
        if not edge.bundled and edge.target_node in made.reaching and edge.use in made.contributions:
            # What a single use sends back is the gradient itself, and has been said already.
            contribution = made.contributions[edge.use]
            sent = said.get(contribution) or sent_back(analysis, edge)
            briefs[edge.id] = numbers.brief(analysis.trace.value(contribution), form)
        edges[edge.id] = words.edge_sentence(names[edge.source], names[edge.target], read, summed, sent)
    value = numbers.number(float(analysis.loss.reshape(())), 6)
    return svg.Told(f"{loss} = {value}", words.picture_sentence(len(frame.cards), loss, value), cards, edges, kinks, briefs)


def sent_back(analysis: Analysis, edge: Edge) -> str | None:
    """What one use sends back, as text; None where nothing does, since the loss does not depend on the target."""
    contribution = analysis.graph.contributions.get(edge.use)
    if contribution is None or edge.target_node not in analysis.graph.reaching:
        return None
    return graph.spoken(graph.numbers_of(analysis.trace.value(contribution), form=analysis.display.form))


async def to_svg(drawn: Picture, limits: Limits, theme: Theme | None, lane: Lane | None = None) -> str:
    """The picture as SVG: complete on its own with a theme, for the page's style sheets without one.

    Raises:
        BusyError: there is no place in the lane of layouts.
        LayoutError: not even the edges could be routed in time.
    """
    stand = await layout.positions(drawn.frame, limits.layout_seconds, lane)
    if len(drawn.frame.cards) <= FEW_CARDS:
        return _painted(drawn, stand, theme)
    if lane is None:
        return await to_thread.run_sync(_painted, drawn, stand, theme)
    async with lane.place():
        try:
            return await run(_painted, drawn, stand, theme, seconds=limits.layout_seconds, memory=limits.memory_bytes)
        except (TimeoutError, MemoryError):
            raise LayoutError(Fault(f"The picture could not be painted within {limits.layout_seconds:g} seconds.")) from None


def _painted(drawn: Picture, stand: layout.Positions, theme: Theme | None) -> str:
    with timed("paint"):
        return svg.svg(drawn.frame, stand, drawn.painted, drawn.told, theme)


def warm(cache_bytes: int) -> bool:
    """In a process that stands ready: loads all that work needs, and draws a first graph. Whether that could be done."""
    if store.most != cache_bytes:
        store.most = cache_bytes
        settle()
    return layout.warm()


def prepare() -> None:
    """Makes beforehand what the first picture would have to wait for: the font that it carries, and that of the page."""
    font.face()
    font.for_formulas()


def to_dot(drawn: Picture) -> str:
    """The picture as DOT text."""
    return dot.dot_text(drawn.frame, drawn.painted)


def loss_text(analysis: Analysis) -> str:
    """MSE = 2.13817."""
    return f"{words.plain_name(analysis.graph.loss.name)} = {numbers.number(float(analysis.loss.reshape(())), 6)}"
