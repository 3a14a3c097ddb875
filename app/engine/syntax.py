"""How an operation is written down. One table of precedence for every language that is printed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any


class Precedence(IntEnum):
    """Binds tighter as it grows; Python's own order. `OR` and `AND` are for formulas alone: in code they are calls."""

    COMPARISON = 1
    OR = 2
    AND = 3
    SUM = 4
    PRODUCT = 5
    SIGN = 6
    POWER = 7
    ATOM = 8


@dataclass(frozen=True, slots=True)
class Call:
    """`name(a, b, axis=0)`. In formulas its name is `math`, and its static arguments stand below it, those that are as usual left out.

    Of those in `plain` only the value is said there; those in `always` are said in formulas and code even where they are as usual.
    `below` stands below the name in any case.
    """

    math: str | None = None
    plain: tuple[str, ...] = ()
    always: tuple[str, ...] = ()
    below: str = ""


@dataclass(frozen=True, slots=True)
class Infix:
    """`a + b`, associative to the left; `math` is its sign in formulas. Without a `sign` it is a call in code.

    A `loose` one stands in parentheses wherever it is part of a formula, and so do the sums and products within it.
    """

    sign: str | None
    math: str
    precedence: Precedence
    loose: bool = False


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
class Prefix:
    """`-a`; `math` is its sign in formulas. Without a `sign` it is a call in code."""

    sign: str | None
    math: str


@dataclass(frozen=True, slots=True)
class Raised:
    """A call that formulas write as its argument with something raised: aᵀ, a². `code` is the attribute, if any.

    With static arguments it is a call, unless `covers` says of their values that the mark means them too.
    """

    mark: str
    code: str | None = None
    covers: Callable[..., Any] | None = None


@dataclass(frozen=True, slots=True)
class Exponential:
    """`exp(a)`, e to the power of a in formulas."""


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A call that formulas write between two signs, |a| or [a, b], with its static arguments below; `plain` as of a call."""

    left: str
    right: str
    plain: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Root:
    """`sqrt(a)`."""


@dataclass(frozen=True, slots=True)
class Cases:
    """`where(a, b, c)`: b if a, else c."""


@dataclass(frozen=True, slots=True)
class Index:
    """`a[0, 1:3]`: what stands between the brackets is its one static argument, `index`."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """`take(a, b, axis=0)`: a with b as its index in formulas."""


@dataclass(frozen=True, slots=True)
class Sized:
    """`a.shape[0]`: the size of an axis, or with none of the whole, `a.size`."""


@dataclass(frozen=True, slots=True)
class Shaped:
    """A call that only brings its argument to a shape. Formulas write the argument itself where axes of size 1 come or go at the front,
    which changes nothing of what is calculated with it; with its new shape below where they do elsewhere, or where it is `quiet`; and
    a call where the elements are arranged anew."""

    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Silent:
    """A call that formulas write as its argument alone."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A call without arguments that is a letter or number in formulas, with a static argument below: I₃. `{value}` is a static argument."""

    math: str
    below: str


@dataclass(frozen=True, slots=True)
class As:
    """A call that formulas write as this expression of its arguments. `code` is its sign in code, if it has one."""

    text: str
    code: Infix | None = None


def swaps_last(axes: Any) -> bool:
    """Whether an order of axes exchanges the last two and leaves the others: what is transposed is each matrix."""
    if not isinstance(axes, tuple):
        return axes is None
    n = len(axes)
    return n > 1 and tuple(axis % n for axis in axes) == (*range(n - 2), n - 1, n - 2)


CALL = Call()
Form = (
    Call | Infix | Fraction | Product | Power | Prefix | Raised | Exponential | Enclosed | Root | Cases | Index | Chosen | Sized | Shaped
    | Silent | Letter | As
)  # fmt: skip
