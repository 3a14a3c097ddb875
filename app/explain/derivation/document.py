"""A derivation as a text of its own: Markdown, a LaTeX document, or lines for a terminal."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import numpy as np

from app.engine.program import Array
from app.explain import words
from app.explain.derivation import Derivation, Figure, Reason, Step, plain
from app.explain.derivation.figures import PRINTED, matrix
from app.explain.pens import GREEK

TITLES = {
    "words": "In words",
    "forward": "The forward pass, folded up",
    "chain": "The chain",
    "link": "Each link",
    "closed": "The closed form",
    "numeric": "In numbers",
    "why": "Why",
}
MADE = "Made by Curly d."
TEXT = {
    "−": "$-$", "·": r"$\cdot$", "∂": r"$\partial$", "Σ": r"$\Sigma$", "ᵀ": r"$^{\mathsf{T}}$", "×": r"$\times$", "√": r"$\sqrt{\ }$",
    "′": "$'$", "″": "$''$", "‴": "$'''$", "…": r"\dots{}", "∞": r"$\infty$", "⌊": r"$\lfloor$", "⌋": r"$\rfloor$", "⊙": r"$\odot$",
    "²": "$^2$", "³": "$^3$", "⁻": "$^-$", "¹": "$^1$", "π": r"$\pi$", "∘": r"$\circ$", "≥": r"$\ge$", "≤": r"$\le$", "→": r"$\to$",
}  # fmt: skip
ESCAPED = {"\\": r"\textbackslash{}", "^": r"\^{}", "~": r"\~{}", "<": "$<$", ">": "$>$", "|": "$|$", '"': r"\char34{}"} | {
    one: f"\\{one}" for one in "{}$&#_%"}  # fmt: skip
LETTERS = {letter: name for name, letter in GREEK.items()}


def markdown(found: Derivation, program: str, figure: Figure) -> str:
    """The derivation as Markdown, its formulas between dollar signs."""
    title = _title(found)
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", program)), default=0))
    lines = [f"# {_escaped_markdown(title)}", "", f"{fence}python", program.rstrip("\n"), fence, ""]
    for heading, steps in _sections(found):
        lines += [f"## {heading}", ""]
        for step in steps:
            lines += _markdown_step(found, step, figure)
    if found.reasons:
        lines += [f"## {TITLES['why']}", ""]
        for reason in found.reasons:
            shares = _shares(reason, figure)
            lines += [f"- {_escaped_markdown(reason.words)}", *(["", "  $$", f"  {shares}", "  $$", ""] if shares else [])]
        lines.append("")
    return "\n".join([*lines, MADE, ""])


def _markdown_step(found: Derivation, step: Step, figure: Figure) -> list[str]:
    lines = [_escaped_markdown(step.words), ""]
    if step.latex:
        lines += ["$$", plain(step.latex), "$$", ""]
    if step.code:
        lines += ["```python", _assigned(found, step), "```", ""]
    printed = _printed(found, step, figure)
    if printed:
        lines += ["$$", f"= {printed}", "$$", ""]
    return lines


def _escaped_markdown(text: str) -> str:
    """Words in which nothing is taken for a sign of Markdown."""
    return "".join(f"\\{one}" if one in "\\`*_{}[]<>#$|" else one for one in text)


def latex(found: Derivation, program: str, figure: Figure) -> str:
    """The derivation as a LaTeX document of plain ASCII: it compiles with amsmath and graphicx, by any engine."""
    lines = [
        r"\documentclass{article}",
        r"\usepackage{amsmath,amssymb,graphicx}",
        r"\usepackage[margin=25mm]{geometry}",
        r"\setlength{\parindent}{0pt}\setlength{\parskip}{6pt}",
        # A formula wider than the page is made as wide as the page.
        r"\newcommand{\fitted}[1]{\[\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{$\displaystyle #1$}\]}",
        r"\begin{document}",
        rf"\section*{{{_escaped_latex(_title(found))}}}",
        r"\begin{flushleft}\ttfamily",
        *(rf"\mbox{{{_code_line(line)}}}\\" for line in program.rstrip("\n").split("\n")),
        r"\end{flushleft}",
    ]
    for heading, steps in _sections(found):
        lines.append(rf"\subsection*{{{heading}}}")
        for step in steps:
            lines += ["", _escaped_latex(step.words)]
            if step.latex:
                lines.append(rf"\fitted{{{_math(plain(step.latex))}}}")
            printed = _printed(found, step, figure)
            if printed:
                lines.append(rf"\fitted{{= {printed}}}")
    if found.reasons:
        lines += [rf"\subsection*{{{TITLES['why']}}}", r"\begin{itemize}"]
        for reason in found.reasons:
            shares = _shares(reason, figure)
            lines += [rf"\item {_escaped_latex(reason.words)}", *([rf"\fitted{{{shares}}}"] if shares else [])]
        lines.append(r"\end{itemize}")
    return "\n".join([*lines, "", _escaped_latex(MADE), r"\end{document}", ""])


def _escaped_latex(text: str) -> str:
    return "".join(ESCAPED.get(one) or TEXT.get(one) or _letter(one, "${}$") for one in text)


def _code_line(text: str) -> str:
    return "".join("~" if one == " " else ESCAPED.get(one) or TEXT.get(one) or _letter(one, "${}$") for one in text) or "~"


def _math(text: str) -> str:
    """A formula in which every letter is one that LaTeX knows."""
    return "".join(_letter(one, "{}") for one in text)


def _letter(one: str, form: str) -> str:
    if one.isascii():
        return one
    return form.format(rf"\{LETTERS[one]} ") if one in LETTERS else rf"\text{{[U+{ord(one):04X}]}}"


def terminal(found: Derivation, figure: Figure) -> str:
    """The derivation as lines for a terminal: words, and formulas as code."""
    lines = [_title(found), ""]
    for heading, steps in _sections(found):
        lines += [heading, "-" * len(heading)]
        before = None
        for step in steps:
            if step.kind == "closed" and step.code == before:
                continue
            before = step.code
            lines.append(step.words)
            if step.kind == "chain":
                lines += [f"    {line}" for line in _chain_text(found)]
            if step.code:
                lines.append(f"    {_assigned(found, step)}")
            value = found.value(step)
            if value is not None and (step.kind in ("product", "numeric") or (step.kind == "local" and np.size(value) > 1)):
                lines += [f"      {line}" for line in _number_lines(value, figure)]
            lines.append("")
    if found.reasons:
        lines += [TITLES["why"], "-" * len(TITLES["why"])]
        for reason in found.reasons:
            lines.append(f"- {reason.words}")
            for sample, share in enumerate(reason.shares if reason.shares is not None else ()):
                first, *others = _number_lines(share, figure)
                lines += [f"    sample {sample}: {first}", *(f"              {line}" for line in others)]
        lines.append("")
    return "\n".join(lines)


def _chain_text(found: Derivation) -> Iterator[str]:
    ways = found.outline.ways
    names = {card.id: words.plain_name(card.name) if card.name else f"({card.expression or card.id})" for card in ways.cards}
    for path in ways.paths:
        yield " · ".join(f"∂{names[over]}/∂{names[under]}" for over, under in pairwise(path)) or "1"
    if ways.count > len(ways.paths):
        yield f"and {ways.count - len(ways.paths):,} ways more"


def _number_lines(value: Array, figure: Figure) -> Iterator[str]:
    """Numbers in columns; of many, only how many there are."""
    if np.size(value) > PRINTED:
        yield f"{' × '.join(map(str, np.shape(value)))} numbers"
        return
    rows = [[figure(float(one)) for one in np.ravel(row)] for row in np.atleast_2d(value)]
    width = max(len(text) for row in rows for text in row)
    for row in rows:
        yield "  ".join(text.rjust(width) for text in row)


def _assigned(found: Derivation, step: Step) -> str:
    """A step's code with the name of what it is."""
    outline = found.outline
    cards = {card.id: card for card in outline.ways.cards}
    if step.kind == "local" and step.source is not None:
        return f"{step.code}  # ∂{step.node}/∂{step.source}"
    if step.kind == "forward":
        return f"{outline.names.values[outline.ways.loss.node]} = {step.code}"
    card = cards.get(step.node, outline.ways.target)
    return f"{outline.names.gradients[card.node]} = {step.code}"


def _printed(found: Derivation, step: Step, figure: Figure) -> str | None:
    """The numbers of a gradient, or of a local derivative that is more than one, as a matrix, where it is small."""
    value = found.value(step) if step.kind in ("product", "local") else None
    if value is None or np.ndim(value) > 2 or np.size(value) > PRINTED or (step.kind == "local" and np.size(value) == 1):
        return None
    return matrix(np.asarray(value), figure).text


def _shares(reason: Reason, figure: Figure) -> str | None:
    """What each sample gives, as a sum of matrices, where they are small."""
    if reason.shares is None or reason.shares.ndim > 3 or reason.shares[0].size > PRINTED:
        return None
    return " + ".join(matrix(share, figure).text for share in reason.shares)


def _title(found: Derivation) -> str:
    ways = found.outline.ways
    names = [words.card_name(card) for card in (ways.loss, ways.target)]
    return f"∂{names[0]}/∂{names[1]}"


def _sections(found: Derivation) -> Iterator[tuple[str, Sequence[Step]]]:
    """The steps under their headings; what is said of the single links stands together."""
    kinds: Sequence[tuple[str, Callable[[Step], bool]]] = (
        ("words", lambda step: step.kind == "words"),
        ("forward", lambda step: step.kind == "forward"),
        ("chain", lambda step: step.kind == "chain"),
        ("link", lambda step: step.kind in ("local", "product")),
        ("closed", lambda step: step.kind == "closed"),
        ("numeric", lambda step: step.kind == "numeric"),
    )
    for name, belongs in kinds:
        steps = [step for step in found.steps if belongs(step)]
        if steps:
            yield TITLES[name], steps
