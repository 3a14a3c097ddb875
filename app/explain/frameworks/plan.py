"""Which lines a program has: a name for every value that is shown, and for what would make a line too long to be read."""

from __future__ import annotations

import builtins
import math
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.engine.ops import OPERATIONS
from app.engine.program import ARRAY, CONSTANT, INPUT, LEAVES, Graph, Shape, below
from app.engine.views import View
from app.explain.identifiers import identifiers

LONG = 40
"""An expression of more symbols gets a line of its own."""
SHARED = 6
"""So does one of more symbols than these that is used more than once."""
LISTED = 8
"""So does an array in the program's text of more numbers."""
OURS = frozenset(dir(builtins)) | {"np", "jnp", "jax", "torch", "F", "math"}
"""Names that programs need for themselves."""
SCAFFOLD = frozenset(
    ("forward", "loss_and_gradients", "loss_of", "slope_along", "check", "check_by_differences", "apart", "gradient_of", "held", "given",
     "gradients", "values", "GIVEN", "GRADIENTS", "SHOWN", "ROUNDING", "STEPS", "LOSS", "HELD", "VALUES", "AUTOGRAD", "APART")
)  # fmt: skip
"""What the programs' own functions and tables are called."""


@dataclass(frozen=True, slots=True)
class Given:
    """An input: its name in the program, and that of its gradient if it has one."""

    name: str
    node: int
    card: str | None
    gradient: str | None


@dataclass(frozen=True, slots=True)
class Step:
    """A line that calculates one value: the node that is written out, and the card whose value, or gradient, it is."""

    name: str
    node: int
    card: str | None
    of: int | None = None
    """The value whose gradient it is."""


@dataclass(frozen=True, eq=False)
class Plan:
    """The lines of a program. `names` are the names of all nodes that have one; a gradient's is the first it gets."""

    graph: Graph
    inputs: tuple[Given, ...]
    forward: tuple[Step, ...]
    backward: tuple[Step, ...]
    names: Mapping[int, str]
    held: tuple[Step, ...]
    """The forward lines whose value finite differences must leave alone."""

    @property
    def loss(self) -> str:
        return self.names[self.graph.loss.node]

    @property
    def differentiated(self) -> list[Given]:
        """The inputs that get a gradient."""
        return [item for item in self.inputs if item.gradient is not None]

    def shape(self, step: Step) -> Shape:
        return self.graph.shapes[step.node]


def plan(graph: Graph, shown: View, helpers: Collection[str]) -> Plan:
    """The lines for what a view shows; no name is one of `helpers`."""
    found = identifiers(graph, shown)
    free = _Free(OURS | SCAFFOLD | set(helpers), {*found.values.values(), *found.gradients.values()})
    inputs = {item.node: item.name for item in graph.program.inputs}
    values = {node: free.kept(name) for node, name in found.values.items()}
    values |= {node: free.new(re.sub(r"\W", "_", name)) for node, name in inputs.items() if node not in values}
    if graph.loss.node not in values:  # it is within a bundle of cards, and needs a line like any other
        values[graph.loss.node] = free.new("loss")
    gradients = {node: free.kept(name) for node, name in found.gradients.items()}
    gradients |= {node: free.new(f"{values[node]}_g") for node in values if node in graph.gradients and node not in gradients}
    card = {item.node: item.id for item in shown.cards}
    given = [Given(values[node], node, card.get(node), gradients.get(node)) for node in sorted(inputs)]
    order = sorted(node for node in values if node not in inputs)
    # In the order in which they are calculated: from the loss to the inputs. Of values that share a gradient the later comes first.
    back = sorted((node for node in gradients if node in graph.reaching or node in inputs), key=lambda node: (graph.gradients[node], -node))
    names = dict(values)
    for node in back:
        names.setdefault(graph.gradients[node], gradients[node])
    held = {
        index for index in graph.reaching & graph.varying if graph.nodes[index].op not in LEAVES and OPERATIONS[graph.nodes[index].op].holds
    }
    parts = _parts(graph, [*order, *(graph.gradients[node] for node in back)], names, held)
    emitter = _Emitter(graph, names, parts, free)
    forward: list[Step] = []
    for node in order:
        forward.extend(emitter.parts_of(node))
        forward.append(Step(values[node], node, card.get(node)))
    backward: list[Step] = []
    for node in back:
        backward.extend(emitter.parts_of(graph.gradients[node]))
        backward.append(Step(gradients[node], graph.gradients[node], card.get(node), node))
    return Plan(graph, tuple(given), tuple(forward), tuple(backward), names, tuple(step for step in forward if step.node in held))


def _parts(graph: Graph, roots: Sequence[int], names: Mapping[int, str], held: Collection[int]) -> set[int]:
    """The nodes without a name that get a line of their own."""
    cone = set(below(graph.nodes, roots))
    uses = Counter(arg for index in cone for arg in graph.nodes[index].args)
    found: set[int] = set()
    length: dict[int, int] = {}
    for index in sorted(cone):
        node = graph.nodes[index]
        opened = 1 + sum(length[arg] for arg in node.args)
        if node.op == ARRAY:
            own = math.prod(graph.shapes[index]) > LISTED
        else:
            own = node.op not in (INPUT, CONSTANT) and (index in held or opened > LONG or (uses[index] > 1 and opened > SHARED))
        if own and index not in names:
            found.add(index)
        length[index] = 1 if own or index in names else opened
    return found


class _Emitter:
    """Parts come just before the first line that needs them."""

    def __init__(self, graph: Graph, names: dict[int, str], parts: Collection[int], free: _Free) -> None:
        self.graph, self.names, self.parts, self.free = graph, names, parts, free
        self.seen: set[int] = set()

    def parts_of(self, root: int) -> Iterator[Step]:
        needed, stack = [], [root]
        while stack:
            for arg in self.graph.nodes[stack.pop()].args:
                if arg not in self.seen and (arg in self.parts or arg not in self.names):
                    self.seen.add(arg)
                    stack.append(arg)
                    if arg in self.parts:
                        needed.append(arg)
        for node in sorted(needed):
            self.names[node] = self.free.numbered("t")
            yield Step(self.names[node], node, None)


class _Free:
    """Names that are still free."""

    def __init__(self, refused: Collection[str], taken: Collection[str]) -> None:
        self.refused, self.taken = refused, set(taken)
        self.count = 0

    def kept(self, name: str) -> str:
        """A name that is taken for this very value; another like it where it is refused."""
        return self.new(name) if name in self.refused else name

    def new(self, name: str) -> str:
        found, number = name, 1
        while found in self.taken or found in self.refused:
            number += 1
            found = f"{name}_{number}"
        self.taken.add(found)
        return found

    def numbered(self, letter: str) -> str:
        """The next of t1, t2, … that is free."""
        self.count += 1
        while f"{letter}{self.count}" in self.taken:
            self.count += 1
        return self.new(f"{letter}{self.count}")
