"""HTML from templates: the page, and the parts of it that change."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.ext import Extension

from app import __version__, service
from app.draw.svg import tint_class
from app.examples import gallery
from app.settings import TEMPLATES
from app.text import visible
from app.web.forms import Explained, Field, State, signature
from app.web.problems import KINDS


class _Unindented(Extension):
    """Templates without the spaces that lines begin with: they are for whoever reads the template."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:  # noqa: ARG002 (Jinja calls it so)
        return re.sub(r"(?m)^[ \t]+", "", source)


_templates = Environment(
    extensions=[_Unindented],
    loader=FileSystemLoader(TEMPLATES),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)
_templates.filters |= {"tint_class": tint_class, "visible": visible}


def _render(name: str, **values: Any) -> str:
    """A template filled in, its formulas as short as HTML lets them be: a derivation has hundreds of signs."""
    html = _templates.get_template(name).render(**values).replace(' xmlns="http://www.w3.org/1998/Math/MathML"', "")
    html = re.sub(r"&#x([0-9A-F]{3,5});", lambda match: chr(int(match[1], 16)), html)
    return re.sub(r"<mrow>(<(m[ino])>[^<]*</\2>)</mrow>", r"\1", html)


def page(
    state: State,
    fields: Sequence[Field],
    found: service.Analysis | None,
    problem: dict[str, Any] | None,
    *,
    drawn: bool,
) -> tuple[str, ...]:
    """The whole page but for its picture: what stands before it, and after it; all of it, where nothing is `drawn`."""
    select = service.selected(found, state.select) if found else None
    picture = secrets.token_hex(16)
    html = _render(
        "page.html",
        state=state,
        example=gallery().get(state.example or ""),
        gallery=gallery().values(),
        lines=state.program.count("\n") + 1,
        fields=fields,
        graph=picture if drawn else None,
        title=service.loss_text(found) if found else None,
        cards=options(found) if found else [],
        select=select,
        groups=service.foldable(found) if found else [],
        signature=signature(fields),
        inspection=service.inspect(found, select) if found and select else None,
        **(derivation_of(found, select, state.explained) if found and select else {"lesson": None, "tried": None, "listing": None}),
        verdict=verdict(found) if found else None,
        problem=problem,
        bad={error["line"] for error in (problem or {}).get("errors", [])},
        table=service.table(found) if found and state.table else None,
        show=state.display.show.value,
        samples=service.sample_count(found) if found else None,
        version=__version__,
    )
    return tuple(html.split(picture))


def verdict(found: service.Analysis) -> dict[str, Any]:
    """Whether the gradients are right, in one line."""
    judged = service.verdict(found)
    return {"passed": judged.passed, "text": service.verdict_text(judged)}


def groups(found: service.Analysis) -> str:
    """What can be opened or closed in the picture."""
    return _render("groups.html", groups=service.foldable(found))


def inputs(fields: Sequence[Field]) -> str:
    """The panel of inputs."""
    return _render("inputs.html", fields=fields)


def table(found: service.Analysis) -> str:
    """The picture's twin."""
    return _render("table.html", table=service.table(found), show=found.display.show.value)


def inspector(inspection: dict[str, Any]) -> str:
    """Everything about one card."""
    return _render("inspector.html", inspection=inspection)


def derivation_of(found: service.Analysis, select: str, explained: Explained) -> dict[str, Any]:
    """What the part of the page about a derivation is made from: nothing where the card has none."""
    lesson = service.lesson(found, select, explained.notation, explained.order)
    return {
        "lesson": lesson,
        "tried": lesson and service.tried(found, select, explained.element, explained.epsilon),
        "listing": service.listed(found, explained.framework) if lesson and explained.listed else None,
    }


def derivation(found: service.Analysis, select: str, explained: Explained) -> str:
    """How the gradient of one card comes about."""
    return _render("derivation.html", **derivation_of(found, select, explained))


def paths(told: dict[str, Any]) -> str:
    """All paths from one card to another."""
    return _render("paths.html", **told)


def worksheet(found: dict[str, Any]) -> str:
    """An example for paper, and its key."""
    return _render("worksheet.html", sheet=found, number=service.paper_number)


def docs_page() -> str:
    """The page of the endpoints."""
    return _render("docs.html")


def problem_page() -> str:
    """What each kind of problem means; the address of its type."""
    return _render("problems.html", kinds=KINDS.values())


def options(found: service.Analysis) -> list[dict[str, str]]:
    """The cards one can choose from."""
    return [{"id": card.id, "text": service.plain(card)} for card in found.view.cards]
