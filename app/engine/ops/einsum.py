"""Einstein's summation: each axis has a letter, equal letters go together, and letters that the output lacks are summed over."""

from __future__ import annotations

import math
import string
from typing import TypeAlias

import numpy as np

from app.engine.ops.entry import Compute, Operation, Parameter, Sample
from app.engine.program import Array, Shape
from app.engine.shapes import Mismatch, say
from app.engine.symbol import Symbol, apply, broadcast_to, reshape
from app.engine.syntax import Call

Terms: TypeAlias = tuple[list[str], str]

ROOM = 4_000_000
"""The most numbers that a step on the way may make, beyond those that are there already."""
FEW = 4
"""Of as many operands the best order is looked for; of more it would take too long."""


def operand(position: int) -> str:
    """How a message names an operand: {a}, {b}…; the caller fills it in."""
    return f"{{{string.ascii_lowercase[position]}}}" if position < 26 else f"operand {position + 1}"


def escaped(text: str) -> str:
    """Someone's own text within a message that is yet to be filled in."""
    return text.replace("{", "{{").replace("}", "}}")


def terms_of(subscripts: str) -> Terms:
    """The letters of each operand, and those of the output: of an implicit one, the letters that stand once, in alphabetical order.

    Raises:
        Mismatch: it holds something other than letters, commas and one arrow.
    """
    text = subscripts.replace(" ", "")
    shown = escaped(subscripts)
    if "." in text:
        raise Mismatch(
            f"the subscripts '{shown}' hold an ellipsis, which is not part of the language.",
            "Did you mean a letter for each axis, as in 'bij,jk->bik'?",
        )
    given, arrow, output = text.partition("->")
    odd = next((c for c in given + output if c not in string.ascii_letters + ","), None)
    if odd is not None or "," in output:
        found = "a comma after the arrow" if odd is None else f"'{escaped(odd)}'"
        raise Mismatch(
            f"the subscripts '{shown}' hold {found}; there can be letters, commas between the operands, and one ->.",
            "Did you mean something like 'ij,jk->ik'?",
        )
    terms = given.split(",")
    if not arrow:
        output = "".join(letter for letter in sorted(set(given) - {","}) if given.count(letter) == 1)
    return terms, output


def repeated(letters: str) -> str | None:
    return next((letter for letter in letters if letters.count(letter) > 1), None)


def sizes_of(terms: list[str], operands: tuple[Shape, ...]) -> dict[str, int]:
    """The size of each letter.

    Raises:
        Mismatch: a letter stands twice in one operand, an operand has more or fewer axes than letters, or sizes disagree.
    """
    sizes: dict[str, int] = {}
    first: dict[str, int] = {}
    for position, (letters, shape) in enumerate(zip(terms, operands, strict=True)):
        name, twice = operand(position), repeated(letters)
        if len(letters) != len(shape):
            counted = f"{len(letters)} letter{'' if len(letters) == 1 else 's'}"
            axes = f"{len(shape)} ax{'is' if len(shape) == 1 else 'es'}"
            raise Mismatch(f"{name} is {say(shape)}, and '{letters}' gives it {counted} for {axes}.", "Give each axis one letter.")
        if twice is not None:
            raise Mismatch(
                f"the letter {twice} stands twice in '{letters}' for {name}, which is {say(shape)}.",
                f"Did you mean trace({name}) or diagonal({name})?",
            )
        for letter, size in zip(letters, shape, strict=True):
            if sizes.setdefault(letter, size) != size:
                other = first[letter]
                raise Mismatch(
                    f"the letter {letter} is {sizes[letter]} in {operand(other)}, which is {say(operands[other])}, "
                    f"and {size} in {name}, which is {say(shape)}; they must agree."
                )
            first.setdefault(letter, position)
    return sizes


MOST = 26
"""Operands, at most."""


def einsum_shape(*operands: Shape, subscripts: str) -> Shape:
    terms, output = terms_of(subscripts)
    if len(terms) != len(operands) or not operands:
        named = "1 operand" if len(terms) == 1 else f"{len(terms)} operands"
        given = "there is 1" if len(operands) == 1 else f"there are {len(operands)}"
        raise Mismatch(f"the subscripts '{escaped(subscripts)}' are for {named}, and {given}.", "Separate the operands' letters by commas.")
    if len(operands) > MOST:
        raise Mismatch(f"einsum takes at most {MOST} operands, and there are {len(operands)}.", "Do it in steps.")
    sizes = sizes_of(terms, operands)
    twice = repeated(output)
    if twice is not None:
        raise Mismatch(f"the output '{output}' has the letter {twice} twice.", "To make a matrix of a diagonal, call diag.")
    unknown = next((letter for letter in output if letter not in sizes), None)
    if unknown is not None:
        there = ", ".join(sizes) or "none"
        raise Mismatch(f"the output letter {unknown} is in no operand.", f"The operands' letters are: {there}.")
    return tuple(sizes[letter] for letter in output)


def path_of(terms: list[str], output: str, operands: tuple[Shape, ...]) -> list[tuple[int, ...]]:
    """In which order the operands are contracted: the best, or of many a good one; nothing much larger than they are is made."""
    # views of one number stand in for the operands: the search reads their shapes alone
    dummies = [np.broadcast_to(0.0, shape) for shape in operands]
    room = max(ROOM, *(math.prod(shape) for shape in operands))
    search = "optimal" if len(operands) <= FEW else "greedy"
    found = np.einsum_path(f"{','.join(terms)}->{output}", *dummies, optimize=(search, room))[0]
    return [tuple(step) for step in found[1:]]


def einsum_cost(out: Shape, *operands: Shape, subscripts: str) -> float:
    """A multiplication and an addition for each combination of the letters that a step holds."""
    terms, output = terms_of(subscripts)
    sizes = sizes_of(terms, operands)
    waiting, total = [*terms], 0.0
    for step in path_of(terms, output, operands):
        met = [waiting.pop(i) for i in sorted(step, reverse=True)]
        letters = set("".join(met))
        total += max(1, 2 * (len(met) - 1)) * math.prod([sizes[letter] for letter in letters])
        waiting.append("".join(sorted(letters & set(output + "".join(waiting)))))
    return total


def einsum_back(g: Symbol, out: Symbol, *operands: Symbol, position: int, subscripts: str) -> Symbol:
    """g takes the operand's place: another einsum, to the operand's letters. What only it has was summed over, so g is repeated there."""
    terms, output = terms_of(subscripts)
    wanted = terms[position]
    met = [*terms[:position], output, *terms[position + 1 :]]
    args = [*operands[:position], g, *operands[position + 1 :]]
    shape = operands[position].shape
    kept = "".join(letter for letter in wanted if letter in "".join(met))
    called = f"{','.join(met)}->{kept}"
    sent = g if len(args) == 1 and output == kept else apply("einsum", *args, subscripts=called)
    thin = tuple(size if letter in kept else 1 for letter, size in zip(wanted, shape, strict=True))
    return broadcast_to(reshape(sent, thin) if sent.ndim else sent, shape)


def prepare_einsum(*operands: Shape, subscripts: str) -> Compute:
    terms, output = terms_of(subscripts)
    called = f"{','.join(terms)}->{output}"
    if len(operands) == 1:

        def compute_one(a: Array) -> Array:
            out = np.einsum(called, a)
            # of one operand NumPy may return a view, and what is made here must have memory of its own
            return np.array(out) if np.may_share_memory(out, a) else out

        return compute_one
    path: list[object] = ["einsum_path", *path_of(terms, output, operands)]

    def compute(*arrays: Array) -> Array:
        return np.einsum(called, *arrays, optimize=path)  # type: ignore[no-any-return]

    return compute


CALLS: tuple[tuple[str, tuple[Shape, ...]], ...] = (
    ("einsum([a, b], subscripts='ij,jk->ik')", ((2, 3), (3, 4))),
    ("einsum([a, b], subscripts='ij,jk')", ((2, 3), (3, 4))),
    ("einsum([a, b], subscripts='bij, bjk -> bki')", ((5, 2, 3), (5, 3, 4))),
    ("einsum([a, b], subscripts='i,j->ji')", ((2,), (3,))),
    ("einsum([a, b], subscripts='i,i->')", ((3,), (3,))),
    ("einsum([a, b], subscripts='ik,jl->ij')", ((2, 3), (4, 2))),
    ("einsum([a, b], subscripts=',ij->j')", ((), (2, 3))),
    ("einsum([a], subscripts='ij->ji')", ((2, 3),)),
    ("einsum([a], subscripts='ji')", ((2, 3),)),
    ("einsum([a], subscripts='ij->ij')", ((2, 3),)),
    ("einsum([a], subscripts='ijk->j')", ((2, 3, 2),)),
    ("einsum([a], subscripts='ij->')", ((2, 3),)),
    ("einsum([a, b, c], subscripts='ij,jk,kl->il')", ((2, 3), (3, 4), (4, 2))),
    ("einsum([a, b, c], subscripts='i,i,ij->j')", ((3,), (3,), (3, 2))),
)
ENTRIES = (
    Operation(
        "einsum",
        ("a",),
        "Products of the operands' elements, summed over every letter that the output does not have.",
        ("Each element of {a} is multiplied by elements of the other operands: its share comes back through them, summed where they are.",),
        prepare_einsum,
        einsum_shape,
        (einsum_back,),
        parameters=(Parameter("subscripts", "word"),),
        cost=einsum_cost,
        samples=tuple(Sample(call, shapes) for call, shapes in CALLS),
        edges="A letter stands once for an operand, and there is no ellipsis. Sizes must agree: 1 is not stretched.",
        form=Call("einsum", plain=("subscripts",)),
        variadic=True,
        analytic=True,
        also=("contract",),
    ),
)
