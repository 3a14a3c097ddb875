"""Which values hold one row for each sample, so that a formula may speak of a single one of them, and where the samples are summed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from app.engine import shapes as rules
from app.engine.ops import OPERATIONS
from app.engine.ops.arithmetic import broadcast_three
from app.engine.program import ARRAY, CONSTANT, INPUT, Graph, Node, Shape, Span, Static


class Stand(Enum):
    """How a value stands to the samples: the same for all; one row for each, along axis 0; such a matrix, transposed; summed over
    them, here; or made of all of them at once, in a way that no sum over single samples says."""

    SHARED = auto()
    ROWS = auto()
    TURNED = auto()
    SUMMED = auto()
    MIXED = auto()


ALONG = frozenset(("softmax", "log_softmax", "cumsum", "flip", "roll", "sum", "mean", "prod", "max", "min", "var", "std", "norm",
                   "logsumexp", "argmax", "argmin"))  # fmt: skip
"""Operations over axes: what they do to one row is its own matter, unless the axis of the samples is among them."""
BY_SHAPE = frozenset(("reshape", "flatten", "squeeze", "expand_dims"))
CHOSEN = frozenset(("one_hot", "class_targets"))
PAIRED = frozenset(("take_along_axis", "put_along_axis"))


@dataclass(frozen=True, slots=True)
class Samples:
    """How many samples there are, and how each node stands to them."""

    count: int
    stands: Sequence[Stand]


def sample_inputs(graph: Graph, data: Collection[str]) -> tuple[int, ...]:
    """The nodes of the inputs that hold one row for each sample; none where the data does not say how many samples there are.

    They are counted along axis 0, where all data that the loss depends on has the same size there, and more than 1. A single vector
    counts as one sample.
    """
    found = [item.node for item in graph.program.inputs if item.name in data and item.node in graph.reaching]
    sizes = {graph.shapes[node][:1] for node in found}
    if len(sizes) != 1 or sizes <= {(), (1,)}:
        return ()
    return tuple(found) if len(found) > 1 or len(graph.shapes[found[0]]) > 1 else ()


def samples(nodes: Sequence[Node], shapes: Sequence[Shape], inputs: Collection[int]) -> Samples:
    """How each node stands to the samples, `inputs` being those that hold a row for each."""
    count = shapes[next(iter(inputs))][0]
    reading = _Reading(nodes, shapes, count)
    for index in range(len(nodes)):
        reading.stands.append(Stand.ROWS if index in inputs else reading.stand(index))
        reading.even.append(index not in inputs and reading.is_even(index))
    return Samples(count, reading.stands)


@dataclass(slots=True)
class _Reading:
    nodes: Sequence[Node]
    shapes: Sequence[Shape]
    count: int
    stands: list[Stand] = field(default_factory=list)
    even: list[bool] = field(default_factory=list)
    """Whether a value is the same in every row."""

    def stand(self, index: int) -> Stand:
        node = self.nodes[index]
        if node.op in (INPUT, CONSTANT, ARRAY, "size") or not node.args:
            return Stand.SHARED
        # What is summed is, from there on, the same for all.
        stands = [Stand.SHARED if self.stands[arg] is Stand.SUMMED else self.stands[arg] for arg in node.args]
        if Stand.MIXED in stands:
            return Stand.MIXED
        if all(stand is Stand.SHARED for stand in stands):
            return Stand.SHARED
        return self.moved(index, node, stands) or self.combined(index, node, stands) or Stand.MIXED

    def first(self, index: int) -> bool:
        """Whether the first axis of a node is as long as there are samples."""
        return self.shapes[index][:1] == (self.count,)

    def combined(self, index: int, node: Node, stands: Sequence[Stand]) -> Stand | None:
        """Of operations on elements, on rows, and on matrices."""
        if _on_elements(node):
            return self.elementwise(index, node, stands)
        if node.op in ("matmul", "dot"):
            return self.product(node, stands)
        if node.op in ("sum_to", "sum", "mean"):
            return self.reduced(node)
        if node.op in ALONG:
            return Stand.ROWS if self.beside(node) else None
        if node.op in ("concatenate", "stack"):
            axis = int(node.parameter("axis")) % len(self.shapes[index])
            return Stand.ROWS if axis != 0 and set(stands) == {Stand.ROWS} else None
        if node.op in ("take", "put"):
            return self.chosen(node, stands)
        if node.op in PAIRED:
            axis = int(node.parameter("axis")) % len(self.shapes[node.args[0]])
            return Stand.ROWS if axis != 0 and set(stands) == {Stand.ROWS} else None
        return Stand.ROWS if node.op in CHOSEN and self.first(index) else None

    def elementwise(self, index: int, node: Node, stands: Sequence[Stand]) -> Stand | None:
        rank = len(self.shapes[index])
        if Stand.TURNED in stands:
            alone = all(stand is Stand.TURNED or self.shapes[arg] == () for arg, stand in zip(node.args, stands, strict=True))
            return Stand.TURNED if alone else None
        for arg, stand in zip(node.args, stands, strict=True):
            shape = self.shapes[arg]
            if stand is Stand.ROWS and len(shape) != rank:
                return None
            if stand is Stand.SHARED and len(shape) == rank and shape[:1] != (1,) and not self.even[arg]:
                return None
        return Stand.ROWS

    def is_even(self, index: int) -> bool:
        node, shape = self.nodes[index], self.shapes[index]
        if shape == () or node.op == CONSTANT:
            return True
        if node.op == "broadcast_to":
            before = self.shapes[node.args[0]]
            return len(before) < len(shape) or before[:1] == (1,) or self.even[node.args[0]]
        plain = node.op in BY_SHAPE or _on_elements(node)
        return plain and bool(node.args) and all(self.even[arg] for arg in node.args)

    def product(self, node: Node, stands: Sequence[Stand]) -> Stand | None:
        (a, b), (left, right) = (self.shapes[arg] for arg in node.args), stands
        if left is Stand.ROWS and right is Stand.SHARED:
            return Stand.ROWS if len(a) > 1 and len(b) <= 2 else None
        if left is Stand.SHARED and right is Stand.TURNED:
            return Stand.TURNED if len(a) == 2 else None
        if left is Stand.TURNED and right is Stand.ROWS:
            return Stand.SUMMED if len(b) <= 2 else None
        if left is Stand.ROWS and right is Stand.ROWS:
            if len(a) == 1 and len(b) <= 2:
                return Stand.SUMMED
            return Stand.ROWS if len(a) == len(b) > 2 else None
        return None

    def reduced(self, node: Node) -> Stand | None:
        shape = self.shapes[node.args[0]]
        if node.op == "sum_to":
            to = node.parameter("shape")
            return Stand.ROWS if len(to) == len(shape) and to[0] == self.count else Stand.SUMMED
        return Stand.ROWS if self.beside(node) else Stand.SUMMED

    def beside(self, node: Node) -> bool:
        """Whether the axes of an operation leave that of the samples alone."""
        return 0 not in rules.axes_of(node.parameter("axis"), len(self.shapes[node.args[0]]))

    def chosen(self, node: Node, stands: Sequence[Stand]) -> Stand | None:
        values, places = stands
        axis = int(node.parameter("axis"))
        if node.op == "put":
            return Stand.SUMMED if values is places is Stand.ROWS and axis == 0 else None
        rank = len(self.shapes[node.args[0]])
        if values is Stand.SHARED and places is Stand.ROWS:
            return Stand.ROWS if axis % rank == 0 else None
        return Stand.ROWS if values is Stand.ROWS and places is Stand.SHARED and axis % rank != 0 else None

    def moved(self, index: int, node: Node, stands: Sequence[Stand]) -> Stand | None:
        """Of operations that only move numbers."""
        before, after = self.shapes[node.args[0]], self.shapes[index]
        if node.op in ("transpose", "matrix_transpose", "swapaxes"):
            return self.turned(node, before, stands[0])
        if stands[0] is not Stand.ROWS or not self.first(index):
            return None
        if node.op in BY_SHAPE:
            return Stand.ROWS
        if node.op == "broadcast_to":
            return Stand.ROWS if len(before) == len(after) else None
        if node.op in ("getitem", "scatter"):
            place: Static = node.parameter("index")
            leading = place[0] if isinstance(place, tuple) and place else place
            return Stand.ROWS if leading in (Span(), ...) else None
        return None

    def turned(self, node: Node, before: Shape, stand: Stand) -> Stand | None:
        axes = dict(node.parameters).get("axes")
        if len(before) == 1:
            return stand
        if len(before) > 2:
            kept = node.op == "matrix_transpose" or (isinstance(axes, tuple) and axes[0] % len(before) == 0)
            return Stand.ROWS if kept and stand is Stand.ROWS else None
        if node.op == "swapaxes" and node.parameter("axis1") % 2 == node.parameter("axis2") % 2:
            return stand
        if isinstance(axes, tuple) and axes[0] % 2 == 0:
            return stand
        return {Stand.ROWS: Stand.TURNED, Stand.TURNED: Stand.ROWS}[stand]


def _on_elements(node: Node) -> bool:
    """Whether an operation treats each element by itself, wherever it stands."""
    if node.op in (INPUT, CONSTANT, ARRAY, "dropout"):
        return False
    return OPERATIONS[node.op].shape in (rules.same, rules.broadcast, broadcast_three)
