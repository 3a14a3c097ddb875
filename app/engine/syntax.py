"""How an operation is written down. One table of precedence for every language that is printed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Precedence(IntEnum):
    """Binds tighter as it grows; Python's own order."""

    COMPARISON = 1
    SUM = 2
    PRODUCT = 3
    SIGN = 4
    POWER = 5
    ATOM = 6


@dataclass(frozen=True, slots=True)
class Call:
    """`name(a, b, axis=0)`; `math` is its name in formulas."""

    math: str | None = None


@dataclass(frozen=True, slots=True)
class Infix:
    """`a + b`, associative to the left; `math` is its sign in formulas."""

    sign: str
    math: str
    precedence: Precedence


@dataclass(frozen=True, slots=True)
class Fraction:
    """`a / b`, a fraction in formulas."""


@dataclass(frozen=True, slots=True)
class Product:
    """`a * b`: juxtaposed in formulas where one factor is a single number, else the elementwise ⊙."""


@dataclass(frozen=True, slots=True)
class Power:
    """`a ** b`, raised in formulas; associative to the right."""


@dataclass(frozen=True, slots=True)
class Negation:
    """`-a`."""


@dataclass(frozen=True, slots=True)
class Raised:
    """A call that formulas write as its argument with something raised: aᵀ, a². `code` is the attribute, if any."""

    mark: str
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Exponential:
    """`exp(a)`, e to the power of a in formulas."""


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A call that formulas write between two signs: |a|."""

    left: str
    right: str


@dataclass(frozen=True, slots=True)
class Root:
    """`sqrt(a)`."""


@dataclass(frozen=True, slots=True)
class Index:
    """`a[0, 1:3]`: what stands between the brackets is its one static argument, `index`."""


@dataclass(frozen=True, slots=True)
class Sized:
    """`a.shape[0]`: the size of an axis, or with none of the whole, `a.size`."""


CALL = Call()
Form = Index | Sized | Call | Infix | Fraction | Product | Power | Negation | Raised | Exponential | Enclosed | Root
