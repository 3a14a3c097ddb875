"""What people call a value's gradient: u4_g, u4.g, u4.grad, du4, dloss_du4."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from app.engine.keeping import reading
from app.engine.program import Graph
from app.engine.views import Shown, view
from app.explain.identifiers import identifiers

SUFFIXES = ("_g", "_grad", ".g", ".grad")
PREFIXES = ("d", "d_", "g_", "grad_", "grad")
_PARTIAL = re.compile(r"[d∂]\w*?_[d∂](.+)")
"""dL_dw1, dloss_dw1."""
ATTRIBUTES = frozenset(("g", "grad"))


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names of a program: of its values, and, as derivations print them, of their gradients; each with its node."""

    values: Mapping[str, int]
    gradients: Mapping[str, int]
    """By name the node whose gradient it is."""

    def gradient(self, name: str, helpers: Mapping[str, int]) -> int | None:
        """The node whose gradient a name says; `helpers` are further names for nodes. None where it says none."""
        if name in self.values:
            return None
        if name in self.gradients:
            return self.gradients[name]
        for base in bases(name):
            node = self.values.get(base, helpers.get(base))
            if node is not None:
                return node
        return None


def bases(name: str) -> list[str]:
    """What a name may be the gradient of, the likeliest first: dw1 of w1."""
    found = [name.removesuffix(suffix) for suffix in SUFFIXES if name.endswith(suffix)]
    partial = _PARTIAL.fullmatch(name)
    found += [partial[1]] if partial else []
    found += [name.removeprefix(prefix) for prefix in PREFIXES if name.startswith(prefix)]
    return [base for base in found if base]


@reading()
def vocabulary(graph: Graph) -> Vocabulary:
    """The names of a graph: those that its cards have, and those that derivations give. Of a name that is given twice the plain one is the
    first value, as in the picture, and c_2 the second."""
    program = graph.program
    named = identifiers(graph, view(graph, Shown()))
    values = {name: node for node, name in named.values.items()}
    values |= {item.name: item.node for item in program.inputs} | {item.name: item.node for item in program.statements}
    return Vocabulary(values, {name: node for node, name in named.gradients.items()})
