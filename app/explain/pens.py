"""Two languages for formulas: LaTeX, and runs of styled text for a picture. A pen knows how its language raises, lowers and encloses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import ClassVar, Protocol, TypeAlias, TypeVar

T = TypeVar("T")
MOST_PRIMES = 3


@dataclass(frozen=True, slots=True)
class Run:
    """Text set in one style. `level` is 1 where it is raised and −1 where it is lowered: there is nothing smaller on one line."""

    text: str
    italic: bool = False
    level: int = 0


Runs: TypeAlias = tuple[Run, ...]

_NAMES = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa mu nu xi pi rho sigma tau upsilon phi chi psi omega "
    "Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"
)
GREEK = dict(zip(_NAMES.split(), "αβγδεζηθικμνξπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩ", strict=True))
"""Greek names that people spell out, of letters that Latin has not; `lambda` is no name in Python."""


class Pen(Protocol[T]):
    """One language for formulas."""

    def variable(self, letter: str) -> T: ...
    def greek(self, name: str) -> T: ...
    def name(self, text: str) -> T: ...
    def word(self, text: str) -> T: ...
    def number(self, text: str) -> T: ...
    def mark(self, text: str) -> T: ...
    def note(self, text: str) -> T: ...
    def sign(self, text: str) -> T: ...
    def join(self, *parts: T) -> T: ...
    def beside(self, left: T, right: T) -> T: ...
    def indexed(self, base: T, index: str, primes: int) -> T: ...
    def raised(self, base: T, up: T) -> T | None: ...
    def lowered(self, base: T, down: T) -> T | None: ...
    def enclosed(self, left: str, inner: T, right: str) -> T: ...
    def fraction(self, over: T, under: T) -> T | None: ...
    def root(self, inner: T) -> T: ...
    def cases(self, condition: T, this: T, other: T) -> T | None: ...
    def is_digit_first(self, part: T) -> bool: ...


def listed(pen: Pen[T], parts: Sequence[T]) -> T:
    """Parts in a row, with commas."""
    return reduce(lambda a, b: pen.join(a, pen.sign(", "), b), parts) if parts else pen.sign("")


class LatexPen:
    """LaTeX, for a math environment; no package but amsmath is needed."""

    SIGNS: ClassVar = {
        "−": "-", "∞": r"\infty ", "−∞": r"-\infty ", "NaN": r"\mathrm{NaN}", "…": r"\dots ", "∧": r"\land ", "∨": r"\lor ", "¬": r"\lnot ",
        "·": r"\cdot ", "⊙": r"\odot ", "⊗": r"\otimes ", "∗": r"\ast ", "≥": r"\ge ", "≤": r"\le ", "≠": r"\ne ", ">": "> ", "<": "< ",
        "∂": r"\partial ", "×": r"\times ", "→": r"\to ", "mod": r"\;\mathrm{mod}\; ", "#": r"\#", "^": r"\wedge ",
    }  # fmt: skip
    WORDS: ClassVar = {
        "max": r"\max", "min": r"\min", "log": r"\log", "tanh": r"\tanh", "σ": r"\sigma", "sin": r"\sin", "cos": r"\cos", "tan": r"\tan",
        "arcsin": r"\arcsin", "arccos": r"\arccos", "arctan": r"\arctan", "sinh": r"\sinh", "cosh": r"\cosh", "det": r"\det",
        "exp": r"\exp", "Σ": r"\sum", "Π": r"\prod",
    }  # fmt: skip
    BRACKETS: ClassVar = {"⌊": r"\lfloor ", "⌋": r"\rfloor ", "⌈": r"\lceil ", "⌉": r"\rceil ", "‖": r"\|"}

    def variable(self, letter: str) -> str:
        return letter

    def greek(self, name: str) -> str:
        return f"\\{name}"

    def word(self, text: str) -> str:
        kinds = {part: "operatorname" if part.isalpha() else "mathrm" for part in text.split()}
        return r" \, ".join(self.WORDS.get(part) or rf"\{kind}{{{part}}}" for part, kind in kinds.items())

    def name(self, text: str) -> str:
        return rf"\mathrm{{{re.sub(r'[_%&#$ ]', lambda match: chr(92) + match[0], text)}}}"

    def mark(self, text: str) -> str:
        return rf"\mathsf{{{text}}}" if text.isalpha() else text.replace("−", "-")

    def note(self, text: str) -> str:
        """Words, numbers and signs in a row, as they stand in an index."""
        return re.sub(r"[^\W\d]\w*|-[\d.]+|[^\w\s,.'()\[\]+-]| ", self._noted, text)

    def _noted(self, match: re.Match[str]) -> str:
        text = match[0]
        if text == " ":
            return r"\ "
        if text == ":" or text[0] == "-":
            return f"{{{text}}}"
        return self.SIGNS.get(text, text) if not text[0].isalpha() else self.greek(text) if text in GREEK else self.name(text)

    def number(self, text: str) -> str:
        mantissa, _, exponent = text.partition("e")
        plain = mantissa.replace("−", "-").replace("…", r"\dots")
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
        high = "\\prime" * primes if primes <= MOST_PRIMES else f"({primes})"
        return f"{base}{low}^{{{high}}}" if primes else f"{base}{low}"

    def raised(self, base: str, up: str) -> str | None:
        return f"{{{base}}}^{{{up}}}"

    def lowered(self, base: str, down: str) -> str | None:
        base = base.rstrip()
        return f"{{{base}}}_{{{down}}}" if "_" in base or "^" in base else f"{base}_{{{down}}}"

    def enclosed(self, left: str, inner: str, right: str) -> str:
        return rf"\left{self.BRACKETS.get(left, left)}{inner}\right{self.BRACKETS.get(right, right)}".rstrip()

    def fraction(self, over: str, under: str) -> str | None:
        return rf"\frac{{{over}}}{{{under}}}"

    def root(self, inner: str) -> str:
        return rf"\sqrt{{{inner}}}"

    def cases(self, condition: str, this: str, other: str) -> str | None:
        return rf"\begin{{cases}}{this} & \text{{if }} {condition} \\ {other} & \text{{else}}\end{{cases}}"

    def is_digit_first(self, part: str) -> bool:
        return re.match(r"(\{|\\frac|\s)*\d", part) is not None


class RunsPen:
    """Runs of text on one line; fractions and roots are written with signs. Nothing is raised or lowered twice: it would be too small."""

    def variable(self, letter: str) -> Runs:
        return (Run(letter, italic=True),)

    def greek(self, name: str) -> Runs:
        return (Run(GREEK[name], italic=name.islower()),)

    def word(self, text: str) -> Runs:
        return (Run(text),)

    def name(self, text: str) -> Runs:
        return (Run(text),)

    def mark(self, text: str) -> Runs:
        return (Run(text),)

    def note(self, text: str) -> Runs:
        return (Run(re.sub(r"[^\W\d]\w*", lambda match: GREEK.get(match[0], match[0]), text).replace("-", "−")),)

    def number(self, text: str) -> Runs:
        mantissa, _, exponent = text.partition("e")
        return (Run(f"{mantissa} · 10"), Run(f"{int(exponent.replace('−', '-'))}".replace("-", "−"), level=1)) if exponent else (Run(text),)

    def sign(self, text: str) -> Runs:
        return (Run(text),)

    def join(self, *parts: Runs) -> Runs:
        return sum(parts, ())

    def beside(self, left: Runs, right: Runs) -> Runs:
        """A number and what it multiplies; before an upright word with a thin space."""
        word = not right[0].italic and right[0].text[:1].isalpha()
        return (*left, Run("\u2009"), *right) if word else left + right

    def indexed(self, base: Runs, index: str, primes: int) -> Runs:
        found = (*base, Run(index, level=-1)) if index else base
        if not primes:
            return found
        return (*found, Run("′″‴"[primes - 1])) if primes <= MOST_PRIMES else (*found, Run(f"({primes})", level=1))

    def raised(self, base: Runs, up: Runs) -> Runs | None:
        return None if any(run.level for run in up) else base + tuple(replace(run, level=1) for run in up)

    def lowered(self, base: Runs, down: Runs) -> Runs | None:
        return None if any(run.level for run in down) else base + tuple(replace(run, level=-1) for run in down)

    def enclosed(self, left: str, inner: Runs, right: str) -> Runs:
        return (Run(left), *inner, Run(right))

    def fraction(self, over: Runs, under: Runs) -> Runs | None:  # noqa: ARG002 (on one line there is none)
        return None

    def root(self, inner: Runs) -> Runs:
        return (Run("√("), *inner, Run(")"))

    def cases(self, condition: Runs, this: Runs, other: Runs) -> Runs | None:  # noqa: ARG002 (on one line there are none)
        return None

    def is_digit_first(self, part: Runs) -> bool:
        return part[0].text[:1].isdigit()
