"""Formulas: the nodes of the graph as LaTeX, and as runs of styled text for a picture.

One way of writing (`_Writer`), two pens. A pen knows how its language raises, lowers and encloses; nothing else does.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, reduce
from typing import ClassVar, Generic, Protocol, TypeAlias, TypeVar

from latex2mathml.converter import convert

from app.engine import views as viewed
from app.engine.code import code, index_text, static_text
from app.engine.local import LocalDerivative, Side
from app.engine.ops import OPERATIONS
from app.engine.program import ARRAY, CONSTANT, Graph, Nested, Node, Static, fold
from app.engine.syntax import (
    Call,
    Enclosed,
    Exponential,
    Fraction,
    Index,
    Infix,
    Negation,
    Power,
    Precedence,
    Product,
    Raised,
    Root,
)

T = TypeVar("T")
Calls: TypeAlias = Mapping[int, viewed.Call]
MOST_PRIMES = 3


@dataclass(frozen=True, slots=True)
class Run:
    """Text set in one style. `level` is how often it is raised (above 0) or lowered (below 0)."""

    text: str
    italic: bool = False
    level: int = 0


Runs: TypeAlias = tuple[Run, ...]


GREEK = dict(
    zip(
        (
            "alpha",
            "beta",
            "gamma",
            "delta",
            "epsilon",
            "zeta",
            "eta",
            "theta",
            "kappa",
            "mu",
            "nu",
            "rho",
            "sigma",
            "tau",
            "phi",
            "chi",
            "psi",
            "omega",
        ),
        "αβγδεζηθκμνρστφχψω",
        strict=True,
    )
)
"""Greek names that people spell out; `lambda` is no name in Python."""


class Pen(Protocol[T]):
    """One language for formulas."""

    def variable(self, letter: str) -> T: ...
    def greek(self, name: str) -> T: ...
    def name(self, text: str) -> T: ...
    def word(self, text: str) -> T: ...
    def number(self, text: str) -> T: ...
    def mark(self, text: str) -> T: ...
    def sign(self, text: str) -> T: ...
    def join(self, *parts: T) -> T: ...
    def beside(self, left: T, right: T) -> T: ...
    def indexed(self, base: T, index: str, primes: int) -> T: ...
    def raised(self, base: T, up: T) -> T: ...
    def lowered(self, base: T, down: T) -> T: ...
    def enclosed(self, left: str, inner: T, right: str) -> T: ...
    def fraction(self, over: T, under: T) -> T | None: ...
    def root(self, inner: T) -> T: ...


class LatexPen:
    """LaTeX, for a math environment; no package but amsmath is needed."""

    SIGNS: ClassVar = {
        "−": "-", "∞": r"\infty ", "−∞": r"-\infty ", "NaN": r"\mathrm{NaN}", "…": r"\dots ", "∧": r"\land ", "∨": r"\lor ", "·": r"\cdot ", "⊙": r"\odot ", "≥": r"\ge ", "≤": r"\le ", "≠": r"\ne ", ">": "> ", "<": "< ", "∂": r"\partial ",
    }  # fmt: skip
    WORDS: ClassVar = {
        "max": r"\max", "min": r"\min", "log": r"\log", "ln": r"\ln", "tanh": r"\tanh", "σ": r"\sigma", "sin": r"\sin", "cos": r"\cos",
        "tan": r"\tan", "arcsin": r"\arcsin", "arccos": r"\arccos", "arctan": r"\arctan", "sinh": r"\sinh", "cosh": r"\cosh", "det": r"\det",
    }  # fmt: skip
    BRACKETS: ClassVar = {"⌊": r"\lfloor ", "⌋": r"\rfloor ", "⌈": r"\lceil ", "⌉": r"\rceil ", "‖": r"\|"}

    def variable(self, letter: str) -> str:
        return letter

    def greek(self, name: str) -> str:
        return f"\\{name}"

    def word(self, text: str) -> str:
        return self.WORDS.get(text) or rf"\operatorname{{{text}}}"

    def name(self, text: str) -> str:
        return rf"\mathrm{{{re.sub(r'[_%&#$ ]', lambda match: chr(92) + match[0], text)}}}"

    def mark(self, text: str) -> str:
        return text if text.isdigit() else rf"\mathsf{{{text}}}"

    def number(self, text: str) -> str:
        mantissa, _, exponent = text.partition("e")
        plain = mantissa.replace("−", "-")
        return rf"{plain} \cdot 10^{{{int(exponent.replace('−', '-'))}}}" if exponent else plain

    def sign(self, text: str) -> str:
        return self.SIGNS.get(text.strip(), text.strip())

    def join(self, *parts: str) -> str:
        return " ".join(part.strip() for part in parts if part)

    def beside(self, left: str, right: str) -> str:
        return self.join(left, right)

    def indexed(self, base: str, index: str, primes: int) -> str:
        """With a subscript and primes; more than three primes are a number in parentheses."""
        low = f"_{{{index}}}" if index else ""
        high = "'" * primes if primes <= MOST_PRIMES else f"^{{({primes})}}"
        return f"{base}{low}{high}"

    def raised(self, base: str, up: str) -> str:
        return f"{{{base}}}^{{{up}}}"

    def lowered(self, base: str, down: str) -> str:
        return f"{base}_{{{down}}}"

    def enclosed(self, left: str, inner: str, right: str) -> str:
        return rf"\left{self.BRACKETS.get(left, left)}{inner}\right{self.BRACKETS.get(right, right)}"

    def fraction(self, over: str, under: str) -> str | None:
        return rf"\frac{{{over}}}{{{under}}}"

    def root(self, inner: str) -> str:
        return rf"\sqrt{{{inner}}}"


class RunsPen:
    """Runs of text on one line; fractions and roots are written with signs."""

    def variable(self, letter: str) -> Runs:
        return (Run(letter, italic=True),)

    def greek(self, name: str) -> Runs:
        return self.variable(GREEK[name])

    def word(self, text: str) -> Runs:
        return (Run(text),)

    def name(self, text: str) -> Runs:
        return (Run(text),)

    def mark(self, text: str) -> Runs:
        return (Run(text),)

    def number(self, text: str) -> Runs:
        return (Run(text),)

    def sign(self, text: str) -> Runs:
        return (Run(text),)

    def join(self, *parts: Runs) -> Runs:
        return sum(parts, ())

    def beside(self, left: Runs, right: Runs) -> Runs:
        """A number and what it multiplies; before an upright word with a thin space."""
        word = not right[0].italic and right[0].text[:1].isalpha()
        return (*left, Run("\u2009"), *right) if word else left + right

    def indexed(self, base: Runs, index: str, primes: int) -> Runs:
        found = self.lowered(base, self.number(index)) if index else base
        if not primes:
            return found
        return (*found, Run("′" * primes)) if primes <= MOST_PRIMES else (*found, Run(f"({primes})", level=1))

    def raised(self, base: Runs, up: Runs) -> Runs:
        return base + tuple(replace(run, level=run.level + 1) for run in up)

    def lowered(self, base: Runs, down: Runs) -> Runs:
        return base + tuple(replace(run, level=run.level - 1) for run in down)

    def enclosed(self, left: str, inner: Runs, right: str) -> Runs:
        return (Run(left), *inner, Run(right))

    def fraction(self, over: Runs, under: Runs) -> Runs | None:  # noqa: ARG002 (on one line there is none)
        return None

    def root(self, inner: Runs) -> Runs:
        return (Run("√("), *inner, Run(")"))


def _said(name: str, value: Static) -> str:
    """A static argument below a name: axis 0, and of shapes and words the value alone."""
    text = value if isinstance(value, str) else static_text(value)
    return text if name in ("shape", "subscripts") else f"{name} {text}"


def _spaced(index: str) -> str:
    return index.replace("None", "·").replace("...", "…")


@lru_cache(maxsize=4096)
def _parted(name: str) -> tuple[str, str, int]:
    """A name's last part, the digits at its end, and how many primes it gets: w, 12 and 1 of u.w12__2 and of w_12__2."""
    last, _, version = name.rpartition(".")[2].partition("__")
    match = re.fullmatch(r"(.*?[^\W\d_]|.+[^\W_])_?(\d+)", last)
    base, index = (match[1], match[2]) if match else (last, "")
    return base, index, int(version) - 1 if version.isdecimal() else 0


class _Writer(Generic[T]):
    """Writes nodes with a pen; parentheses only where precedence asks for them."""

    def __init__(self, pen: Pen[T]) -> None:
        self.pen = pen

    def name(self, name: str) -> T:
        """A single letter is set as a variable, digits at the end as its subscript, a longer name upright. Of mse.diff only diff is
        written, and of c__2, the second value of c, a c with a prime."""
        base, index, primes = _parted(name)
        if base in GREEK:
            written = self.pen.greek(base)
        else:
            written = self.pen.variable(base) if len(base) == 1 and base.isalpha() else self.pen.name(base)
        return self.pen.indexed(written, index, primes)

    def expression(
        self, graph: Graph, root: int, names: Mapping[int, str], calls: Calls | None = None, *, opened: bool
    ) -> tuple[T, Precedence]:
        """The expression of `root`, closed over the nodes that have a name; `opened` says not to use a name of the root itself.
        What `calls` holds is written as a call."""
        calls = calls or {}

        def leaf(index: int) -> tuple[T, Precedence] | None:
            name = None if opened and index == root else names.get(index)
            return None if name is None else (self.name(name), Precedence.ATOM)

        def combine(index: int, args: list[tuple[T, Precedence]]) -> tuple[T, Precedence]:
            if index in calls:
                return self.called(self.pen.name(calls[index].name), args), Precedence.ATOM
            return self.combine(graph, graph.nodes[index], args)

        return fold(graph.nodes, root, leaf, combine, lambda index: calls[index].args if index in calls else graph.nodes[index].args)

    def number(self, value: float) -> tuple[T, Precedence]:
        if not math.isfinite(value):
            text = {math.inf: "∞", -math.inf: "−∞"}.get(value, "NaN")
            return self.pen.sign(text), Precedence.SIGN if value < 0 else Precedence.ATOM
        text = repr(int(value)) if value.is_integer() and abs(value) < 1e16 else repr(value)
        least = Precedence.PRODUCT if "e" in text else Precedence.SIGN if text.startswith("-") else Precedence.ATOM
        return self.pen.number(text.replace("-", "−")), least

    def enclose(self, part: tuple[T, Precedence], least: Precedence) -> T:
        return part[0] if part[1] >= least else self.pen.enclosed("(", part[0], ")")

    def combine(self, graph: Graph, node: Node, args: list[tuple[T, Precedence]]) -> tuple[T, Precedence]:
        pen = self.pen
        if node.op == CONSTANT:
            return self.number(node.number)
        if node.op == ARRAY:
            return self.array(node.parameter("value")), Precedence.ATOM
        match OPERATIONS[node.op].form:
            case Infix(math=sign, precedence=Precedence.COMPARISON):
                # Iverson's bracket: 1 where it holds, else 0.
                return pen.enclosed("[", pen.join(args[0][0], pen.sign(f" {sign} "), args[1][0]), "]"), Precedence.ATOM
            case Infix(math=sign, precedence=level):
                # A sign right of another sign stands in parentheses.
                tight = Precedence.POWER if args[1][1] == Precedence.SIGN else Precedence(level + 1)
                return pen.join(self.enclose(args[0], level), pen.sign(f" {sign} "), self.enclose(args[1], tight)), level
            case Product():
                left, right = self.enclose(args[0], Precedence.PRODUCT), self.enclose(args[1], Precedence.POWER)
                kinds = [graph.nodes[arg].op == CONSTANT for arg in node.args]
                if kinds == [True, False]:
                    return pen.beside(left, right), Precedence.PRODUCT
                single = any(graph.shapes[arg] == () for arg in node.args)
                return pen.join(left, pen.sign(" · " if single else " ⊙ "), right), Precedence.PRODUCT
            case Fraction():
                fraction = pen.fraction(args[0][0], args[1][0])
                if fraction is not None:
                    return fraction, Precedence.SIGN
                over, under = self.enclose(args[0], Precedence.PRODUCT), self.enclose(args[1], Precedence.POWER)
                return pen.join(over, pen.sign("/"), under), Precedence.PRODUCT
            case Power():
                return pen.raised(self.enclose(args[0], Precedence.ATOM), args[1][0]), Precedence.POWER
            case Negation():
                return pen.join(pen.sign("−"), self.enclose(args[0], Precedence.SIGN)), Precedence.SIGN
            case Raised(mark=mark) if all(value is None for _, value in node.parameters):
                return pen.raised(self.enclose(args[0], Precedence.ATOM), pen.mark(mark)), Precedence.POWER
            case Exponential():
                return pen.raised(pen.variable("e"), args[0][0]), Precedence.POWER
            case Enclosed(left=left_sign, right=right_sign):
                return pen.enclosed(left_sign, args[0][0], right_sign), Precedence.ATOM
            case Root():
                return pen.root(args[0][0]), Precedence.ATOM
            case Index():
                index = self.pen.number(_spaced(index_text(node.parameter("index"))))
                return pen.lowered(self.enclose(args[0], Precedence.ATOM), index), Precedence.ATOM
            case Call(math=str() as word):
                return self.call(word, node, args), Precedence.ATOM
        return self.call(node.op, node, args), Precedence.ATOM

    def array(self, value: Nested) -> T:
        """A literal vector or matrix; a large one by its first entries."""
        if not isinstance(value, tuple):
            return self.number(float(value))[0]
        shown = [self.array(item) for item in value[:6]] + ([self.pen.sign("…")] if len(value) > 6 else [])
        return self.pen.enclosed("[", reduce(lambda a, b: self.pen.join(a, self.pen.sign(", "), b), shown), "]")

    def called(self, head: T, args: Sequence[tuple[T, Precedence]]) -> T:
        listed = reduce(lambda a, b: self.pen.join(a, self.pen.sign(", "), b), [part for part, _ in args]) if args else self.pen.sign("")
        return self.pen.join(head, self.pen.enclosed("(", listed, ")"))

    def call(self, word: str, node: Node, args: list[tuple[T, Precedence]]) -> T:
        pen = self.pen
        head = self.pen.name(word) if "_" in word else pen.word(word)
        defaults = {p.name: p.default for p in OPERATIONS[node.op].parameters}
        static = [(name, value) for name, value in node.parameters if value != defaults[name] and name != "keepdims"]
        if static:
            head = pen.lowered(head, pen.join(*(self.pen.name(_said(name, value)) for name, value in static)))
        return self.called(head, args)

    def local(self, graph: Graph, local: LocalDerivative, names: Mapping[int, str]) -> T:
        """The factors of a local derivative, in the order in which they meet the gradient."""
        pen = self.pen
        if local.zero:
            return self.number(0.0)[0]
        negative = sum(factor.node is None for factor in local.factors) % 2 == 1
        written: list[tuple[T, Precedence]] = []
        for factor in local.factors:
            if factor.node is None:
                continue
            part = self.expression(graph, factor.node, names, opened=False)
            if factor.side is Side.UNDER:
                one = self.number(1.0)[0]
                fraction = pen.fraction(one, part[0])
                part = (
                    pen.join(one, pen.sign("/"), self.enclose(part, Precedence.POWER)) if fraction is None else fraction,
                    Precedence.PRODUCT,
                )
            written.append(part)
        if not written:
            return self.number(-1.0 if negative else 1.0)[0]
        least = Precedence.PRODUCT if len(written) > 1 or negative else Precedence.SUM
        product = reduce(lambda a, b: pen.join(a, pen.sign(" · "), b), [self.enclose(part, least) for part in written])
        return pen.join(pen.sign("−"), product) if negative else product


_latex = _Writer(LatexPen())
_runs = _Writer(RunsPen())


def latex_name(name: str) -> str:
    """w1 as LaTeX: w_{1}."""
    return _latex.name(name)


def latex_equation(graph: Graph, node: int, names: Mapping[int, str], calls: Calls | None = None) -> str:
    """A statement as LaTeX, u_{1} = x \\cdot w_{1} + b_{1}; an unnamed node as its expression alone."""
    expression = _latex.expression(graph, node, names, calls, opened=True)[0]
    return f"{_latex.name(names[node])} = {expression}" if node in names else expression


def _latex_variable(graph: Graph, node: int, names: Mapping[int, str]) -> str:
    """A node below a ∂: its name, or its expression in parentheses."""
    written = _latex.expression(graph, node, names, opened=False)[0]
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
    return _runs.expression(graph, node, names, calls, opened=True)[0]


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
    """A local derivative in our own language, u1 > 0; where matrices and elements mix, read it in the order in which it meets g."""
    if local.zero:
        return "0"
    if local.compound:
        return None
    parts = ["-1" if factor.node is None else code(graph.nodes, factor.node, names, opened=False) for factor in local.factors]
    if len(parts) < 2 and all(factor.side is not Side.UNDER for factor in local.factors):
        return parts[0] if parts else "1"
    text = ""
    for part, factor in zip(parts, local.factors, strict=True):
        atom = part if re.fullmatch(r"[\w.]+", part) else f"({part})"
        sign = {Side.EACH: " * ", Side.UNDER: " / ", Side.LEFT: " @ ", Side.RIGHT: " @ "}[factor.side]
        text = (f"1 / {atom}" if factor.side is Side.UNDER else atom) if not text else text + sign + atom
    return text


@lru_cache(maxsize=2048)
def mathml(latex: str) -> str:
    """LaTeX as MathML, set inline."""
    # Names of functions come as operators, which are set with space around them; as identifiers they stand close to their parenthesis.
    return re.sub(r"<mo>([^\W\d_]{2,})</mo>", r"<mi>\1</mi>", str(convert(latex)))
