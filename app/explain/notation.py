"""Formulas: the nodes of the graph as LaTeX, and as runs of styled text for a picture."""

from __future__ import annotations

import re
from collections.abc import Mapping

from latex2mathml.converter import convert

from app.engine.code import code
from app.engine.local import LocalDerivative, Side
from app.engine.program import Graph
from app.explain.pens import GREEK, LatexPen, Run, Runs, RunsPen
from app.explain.writer import Calls, Writer
from app.work.caches import kept_text

__all__ = [
    "GREEK", "Run", "Runs", "code_local", "latex_equation", "latex_gradient", "latex_local", "latex_name", "latex_partial", "mathml",
    "runs_expression", "runs_gradient", "runs_local", "runs_name", "runs_partial",
]  # fmt: skip

_latex = Writer(LatexPen())
_runs = Writer(RunsPen())


def latex_name(name: str) -> str:
    """w1 as LaTeX: w_{1}."""
    return _latex.name(name)


def latex_equation(graph: Graph, node: int, names: Mapping[int, str], calls: Calls | None = None) -> str:
    """A statement as LaTeX, u_{1} = x \\cdot w_{1} + b_{1}; an unnamed node as its expression alone."""
    expression = latex_expression(graph, node, names, calls)
    return f"{_latex.name(names[node])} = {expression}" if node in names else expression


def latex_expression(graph: Graph, node: int, names: Mapping[int, str], calls: Calls | None = None) -> str:
    """The expression of a node as LaTeX, x \\cdot w_{1} + b_{1}."""
    return _latex.expression(graph, node, names, calls, opened=True).text


def _latex_variable(graph: Graph, node: int, names: Mapping[int, str]) -> str:
    """A node below a ∂: its name, or its expression in parentheses."""
    written = _latex.expression(graph, node, names, opened=False).text
    return written if node in names else rf"\left({written}\right)"


def latex_gradient(graph: Graph, node: int, names: Mapping[int, str]) -> str:
    """∂loss/∂node as LaTeX."""
    return rf"\frac{{\partial {_latex.name(graph.loss.name)}}}{{\partial {_latex_variable(graph, node, names)}}}"


def latex_partial(graph: Graph, local: LocalDerivative, target: int, source: int, names: Mapping[int, str]) -> str:
    """∂target/∂source = local derivative, as LaTeX."""
    over, under = _latex_variable(graph, target, names), _latex_variable(graph, source, names)
    partial = rf"\frac{{\partial {over}}}{{\partial {under}}}"
    return partial if local.compound else rf"{partial} = {_latex.local(graph, local, names)}"


def latex_local(graph: Graph, local: LocalDerivative, names: Mapping[int, str]) -> str:
    """A local derivative as LaTeX, [u_{1} > 0]."""
    return _latex.local(graph, local, names)


def runs_name(name: str) -> Runs:
    """w1 as text: w with a lowered 1."""
    return _runs.name(name)


def runs_expression(graph: Graph, node: int, names: Mapping[int, str], calls: Calls | None = None) -> Runs:
    """The expression of a node as text."""
    return _runs.expression(graph, node, names, calls, opened=True).text


def runs_partial(target: Runs, source: Runs) -> Runs:
    """∂target/∂source on one line, for a local derivative that nothing shorter says."""
    return (Run("∂"), *target, Run("/∂"), *source)


def runs_local(graph: Graph, local: LocalDerivative, names: Mapping[int, str]) -> Runs:
    """A local derivative as text, [u₁ > 0]."""
    return _runs.local(graph, local, names)


def runs_gradient(loss: Runs, variable: Runs, named: bool) -> Runs:
    """∂loss/∂variable on one line; an expression stands in parentheses."""
    below = variable if named else (Run("("), *variable, Run(")"))
    return (Run("∂"), *loss, Run("/∂"), *below)


def code_local(graph: Graph, local: LocalDerivative, names: Mapping[int, str]) -> str | None:
    """A local derivative in our own language, u1 > 0; None where no product of factors says it."""
    if local.zero:
        return "0"
    if local.compound:
        return None
    text, before = "", None
    for factor in local.written:
        part = "-1" if factor.node is None else code(graph.nodes, factor.node, names, opened=False)
        if len(local.factors) == 1 and factor.side is not Side.UNDER:
            return part
        atom = part if re.fullmatch(r"[\w.]+", part) else f"({part})"
        if before is Side.LEFT:
            text += f" @ (1 / {atom})" if factor.side is Side.UNDER else f" @ {atom}"
        elif text:
            text += {Side.EACH: " * ", Side.UNDER: " / ", Side.RIGHT: " @ ", Side.LEFT: " @ "}[factor.side] + atom
        else:
            text = f"1 / {atom}" if factor.side is Side.UNDER else atom
        before = factor.side
    return text or "1"


@kept_text("formulas")
def mathml(latex: str, *, display: bool = False) -> str:
    """LaTeX as MathML, set inline or on a line of its own."""
    # Names of functions come as operators, which are set with space around them; as identifiers they stand close to their parenthesis.
    found = re.sub(r"<mo[^>]*>([^\W\d_]{2,})</mo>", r"<mi>\1</mi>", str(convert(latex, display="block" if display else "inline")))
    found = re.sub(r"(?:<mi>&#x02032;</mi>)+", lambda match: f"<mo>{'′″‴'[match[0].count('<mi>') - 1]}</mo>", found)
    return found.replace("<mo>&#x0002A;</mo>", "<mo>∗</mo>")
