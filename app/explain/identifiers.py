"""Names that a program's values and their gradients get in code: u1 and u1_g."""

from __future__ import annotations

import keyword
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from app.engine.keeping import reading
from app.engine.language.names import CONSTANTS, MODULES
from app.engine.language.prelude import prelude
from app.engine.ops import OPERATIONS
from app.engine.program import Graph
from app.engine.views import View

LONGEST = 56
"""Characters of a name, at most, so that `_g` can follow it."""


@dataclass(frozen=True, slots=True)
class Identifiers:
    """For each card's node the name of its value, and that of its gradient. Every name is one that the language takes, and no two are
    the same; a card whose own name is such a name keeps it."""

    values: Mapping[int, str]
    gradients: Mapping[int, str]


@reading()
def identifiers(graph: Graph, shown: View) -> Identifiers:
    """Names for all cards of a view."""
    taken = set(OPERATIONS) | set(MODULES) | set(prelude())
    kept = {card.id for card in shown.cards if card.id.isidentifier() and not _refused(card.id)} - taken
    values = {}
    for card in shown.cards:
        values[card.node] = card.id if card.id in kept else _free(card.id, taken | kept)
        taken.add(values[card.node])
    # A gradient's name is one that neither a value nor a constant of the language has.
    taken |= set(CONSTANTS)
    gradients = {}
    for node, name in values.items():
        if node in graph.gradients:
            gradients[node] = _free(f"{name}_g", taken)
            taken.add(gradients[node])
    return Identifiers(values, gradients)


def _refused(name: str) -> bool:
    return "__" in name or len(name) > LONGEST or keyword.iskeyword(name)


def _free(name: str, taken: Collection[str]) -> str:
    """A name like the one that is wanted, and not yet taken."""
    plain = re.sub(r"_{2,}", "_", re.sub(r"\W", "_", name))[:LONGEST].strip("_") or "v"
    plain = f"v{plain}" if plain[0].isdigit() else plain
    found, number = plain, 1
    while found in taken or keyword.iskeyword(found):
        number += 1
        found = f"{plain}_{number}"
    return found
