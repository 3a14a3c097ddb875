"""Every single thing that is commonly done otherwise than the chain rule says, for one region of the backward pass."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from app.engine import shapes
from app.engine.program import CONSTANT, LEAVES, Graph, Node
from app.engine.sketch import Sketch
from app.practice.makes import (
    along,
    constant,
    divided_by,
    doing,
    just,
    on_ones,
    only,
    opposite_second,
    put,
    replaced,
    replaced_by,
    through,
    times,
)
from app.practice.region import END, Change, Make, Region

OPPOSITE = {"greater": "less_equal", "less_equal": "greater", "less": "greater_equal", "greater_equal": "less", "equal": "not_equal",
            "not_equal": "equal"}  # fmt: skip
COMPARISONS = frozenset(OPPOSITE)
TURNED = frozenset(("transpose", "matrix_transpose"))
OTHERS = 12
"""So many other values of the same shape are tried in place of one."""


@dataclass(frozen=True, eq=False)
class Changes:
    """The changes of one region; `say` says what a node is called."""

    region: Region
    say: Callable[[int], str]

    @property
    def graph(self) -> Graph:
        return self.region.graph

    def __iter__(self) -> Iterator[Change]:
        yield from self.of_whole()
        for index in reversed(self.region.nodes):
            node = self.graph.nodes[index]
            passing = [position for position, arg in enumerate(node.args) if arg in self.region.spine]
            for position in passing:
                yield from self.of_passing(index, node, position)
            if len(passing) > 1 and node.op in ("add", "subtract"):
                yield from self.of_paths(index, node)
            yield from self.of_axis(index, node)
            for position, arg in enumerate(node.args):
                if position not in passing and not (node.op == "power" and position == 1):
                    yield from self.of_factor(index, node, position, arg)
            if not passing:
                yield from self.of_product(index, node)
        yield from self.of_bare()
        yield from self.of_factors()

    # the whole

    def of_whole(self) -> Iterator[Change]:
        """What is done to a gradient that is right but for that."""
        shape = self.graph.shapes[self.region.root]
        if len(shape) == 2:
            yield Change("transposed", END, doing("transpose"), "the result is transposed")
        if shape:
            yield Change("all-summed", END, doing("sum"), "everything is summed into one number")
        if len(shape) == 1:
            yield Change("kept-axis", END, doing("expand_dims", axis=0), "the axis that is summed along is kept")
        elif shape:
            for axis in [axis for axis, size in enumerate(shape) if size > 1]:
                about = f"the result is summed along axis {axis}, and should not be"
                yield Change("over-summed", END, doing("sum", axis=axis), about)
                yield Change("over-summed", END, doing("sum", axis=axis, keepdims=True), about)

    def of_bare(self) -> Iterator[Change]:
        """What stands without all that comes from the loss; and the loss, or the value, not differentiated at all."""
        graph, root = self.graph, self.region.root
        shape, local = graph.shapes[root], "what comes back from the loss is not multiplied in"
        if shape:
            yield Change("upstream-missing", END, constant(1.0, shape), local)
        node = graph.nodes[root]
        if root in self.region.nodes:
            for arg in node.args:
                if arg not in self.region.spine and node.op in ("matmul", "multiply"):
                    yield Change("upstream-missing", END, just(arg), local)
        yield Change("not-differentiated", END, just(graph.loss.node), f"this is {graph.loss.name} itself, and not its derivative")
        for value in self.values_of(root):
            about = f"{self.say(value)} itself is multiplied in, and not its derivative"
            yield Change("not-differentiated", END, times(value), about)

    def values_of(self, gradient: int) -> list[int]:
        """The nodes of the program that a gradient is that of, those with a name first."""
        found = [node for node, one in self.graph.gradients.items() if one == gradient]
        return sorted(found, key=lambda node: (node not in self.named, node))[:2]

    def of_factors(self) -> Iterator[Change]:
        """A factor of the whole, left out."""
        graph = self.graph
        shape = graph.shapes[self.region.root]
        divisors = {node.args[1] for node in map(graph.nodes.__getitem__, self.region.nodes) if node.op == "divide"}
        used = {arg for index in self.region.nodes for arg in graph.nodes[index].args if arg < len(graph.program.nodes)}
        for factor in sorted(used):
            if graph.nodes[factor].op == CONSTANT or graph.shapes[factor] == () or not shapes.spreads(graph.shapes[factor], shape):
                continue
            yield Change("link-missing", END, divided_by(factor), f"{self.say(factor)} is not multiplied in")
            if factor in divisors:
                yield Change("link-missing", END, times(factor), f"it is not divided by {self.say(factor)}")

    # what the gradient passes through

    def of_passing(self, index: int, node: Node, position: int) -> Iterator[Change]:
        """One step that what comes from the loss passes through, left out or done otherwise."""
        other = node.args[1 - position] if len(node.args) == 2 else None
        if other is not None or node.op == "negative":
            yield Change("upstream-missing", index, on_ones(node, position), "what comes back from the loss is not multiplied in")
        match node.op:
            case "multiply" if other is not None:
                yield Change(self.factor_kind(other), index, only(position), f"{self.say(other)} is not multiplied in")
            case "divide" if position == 0 and other is not None:
                missing = "factor-missing" if self.region.is_constant(other) else "link-missing"
                yield Change(missing, index, only(0), f"it is not divided by {self.say(other)}")
            case "negative":
                yield Change("sign", index, only(0), "the minus is missing")
            case "matmul" if other is not None:
                yield from self.of_matmul(index, node, position)
            case "sum_to" | "sum":
                yield from self.of_sum(index, node)
                yield from self.of_own_value(index, node, position)
            case "where" if position > 0:
                yield Change("mask-missing", index, only(position), "what is cut off is let through")

    def factor_kind(self, factor: int) -> str:
        if self.region.is_constant(factor):
            return "factor-missing"
        return "mask-missing" if self.is_mask(factor) else "link-missing"

    def is_mask(self, index: int) -> bool:
        node = self.graph.nodes[index]
        return node.op in COMPARISONS or node.op in ("where", "sign")

    def of_matmul(self, index: int, node: Node, position: int) -> Iterator[Change]:
        """A matrix product: without its transpose, the other way round, element by element."""
        graph, factor = self.graph, node.args[1 - position]
        bare = graph.nodes[factor].args[0] if graph.nodes[factor].op in TURNED else None
        said = self.say(factor if bare is None else bare)
        both = f"{self.say(node.args[0])} and {self.say(node.args[1])}"

        def multiplied(op: str, one: int, then: Make | None = None, *, swapped: bool = False) -> Make:
            """What comes from the loss times `one`, from its side or from the other, and what is done then."""

            def make(s: Sketch, args: tuple[int, ...]) -> int:
                pair = put(args, 1 - position, one)
                made = s.apply(op, pair[::-1] if swapped else pair)
                return made if then is None else then(s, (made,))

            return make

        if bare is not None:
            yield Change("transpose-missing", index, multiplied("matmul", bare), f"{said} is not transposed")
        elif len(graph.shapes[factor]) == 2:

            def turned(s: Sketch, args: tuple[int, ...]) -> int:
                return s.apply("matmul", put(args, 1 - position, s.apply("transpose", (factor,))))

            yield Change("transpose-missing", index, turned, f"{said} is transposed, and should not be")
        for one in dict.fromkeys((factor, factor if bare is None else bare)):
            pair = [self.say(arg) for arg in put(node.args, 1 - position, one)]
            elements = f"{pair[0]} and {pair[1]} are multiplied element by element"
            also = ("", "") if one == factor else ("transpose-missing", f"{said} is not transposed")
            about = f"the factors {both} stand in the other order"
            yield Change("order", index, multiplied("matmul", one, swapped=True), about, *also)
            yield Change("elementwise", index, multiplied("multiply", one), f"{elements}, and not as matrices")
            whole = f"{elements} and summed into one number, and not multiplied as matrices"
            yield Change("elementwise", index, multiplied("multiply", one, doing("sum")), whole)
            for axis in (0, 1):
                summed = f"{elements} and summed along axis {axis}, and not multiplied as matrices"
                yield Change("elementwise", index, multiplied("multiply", one, doing("sum", axis=axis)), summed)
        yield Change("link-missing", index, only(position), f"{said} is not multiplied in")
        yield from self.of_own_value(index, node, position)
        yield from self.of_operands(index, node, position, factor)
        if bare is not None and position == 1 and len(graph.shapes[bare]) == len(graph.shapes[node.args[1]]) == 2:

            def apart(s: Sketch, args: tuple[int, ...]) -> int:
                return s.apply("multiply", (s.apply("expand_dims", (bare,), axis=2), s.apply("expand_dims", (args[1],), axis=1)))

            yield Change("not-summed", index, apart, "each sample's share is kept apart, and not summed")
            for row in (0, -1):
                about = f"only the {'first' if row == 0 else 'last'} sample's share is there, and not the sum over all"
                yield Change("not-summed", index, self.of_sample(bare, row), about)

    def of_sample(self, bare: int, row: int) -> Make:
        """The product of one sample's rows."""

        def make(s: Sketch, args: tuple[int, ...]) -> int:
            return s.apply("outer", (s.apply("getitem", (bare,), index=(row,)), s.apply("getitem", (args[1],), index=(row,))))

        return make

    def of_own_value(self, index: int, node: Node, position: int) -> Iterator[Change]:
        """A value in place of its gradient."""
        for value in self.values_of(node.args[position]):
            about = f"{self.say(value)} itself stands where its gradient belongs"
            yield Change("wrong-value", index, replaced(node, position, value), about)

    def of_operands(self, index: int, node: Node, position: int, factor: int) -> Iterator[Change]:
        """Another matrix in a product, as it is and transposed, and masks of the same shape."""
        graph, first = self.graph, len(self.graph.program.nodes)
        bare = graph.nodes[factor].args[0] if graph.nodes[factor].op in TURNED else factor
        masks = [one for one in range(first, len(graph.nodes)) if graph.nodes[one].op in COMPARISONS][:OTHERS]
        for one in [*self.named, *masks][: 2 * OTHERS]:
            if one == bare or len(graph.shapes[one]) != 2:
                continue
            about = f"{self.say(one)} stands where {self.say(bare)} belongs"
            yield Change("wrong-value", index, replaced(node, 1 - position, one), about)
            yield Change("wrong-value", index, through(node, 1 - position, doing("transpose"), (one,)), about)

    def of_sum(self, index: int, node: Node) -> Iterator[Change]:
        """A sum back to what was broadcast: left out, along another axis, over everything."""
        before, after = self.graph.shapes[node.args[0]], self.graph.shapes[index]
        if node.op == "sum":
            about = f"only its own share comes back, and not what the other elements send: {self.say(index)}"
            yield Change("path-missing", index, only(0), about)
            return
        if len(before) == len(after) and before[:1] == after[:1] and index != self.region.root:
            yield Change("path-missing", index, only(0), "only its own share comes back, and not what the others in its row send")
            return
        yield Change("not-summed", index, only(0), f"the sum that brings shape {before} back to {shapes.say(after)} is missing")
        if after == before[1:]:
            for row in (0, -1):
                about = f"only the {'first' if row == 0 else 'last'} sample's share is there, and not the sum over all"
                yield Change("not-summed", index, doing("getitem", index=(row,)), about)
        dropped = len(before) - len(after)
        right = tuple(range(dropped)) if node.op == "sum_to" else None
        for axis in range(len(before)):
            if right != (axis,):
                about = f"the sum runs along axis {axis}"
                yield Change("axis", index, doing("sum", axis=axis), about)
                yield Change("axis", index, doing("sum", axis=axis, keepdims=True), about)
        if after:
            yield Change("all-summed", index, doing("sum"), "everything is summed into one number")
        if dropped and right:
            yield Change("kept-axis", index, doing("sum", axis=right, keepdims=True), "the axis that is summed along is kept")

    def of_paths(self, index: int, node: Node) -> Iterator[Change]:
        """Several contributions, one of them left out or with the other sign."""
        for left in (0, 1):
            about = f"of what comes back along several paths, {self.say(node.args[left])} is left out"
            keep = opposite_second if node.op == "subtract" and left == 0 else only(1 - left)
            yield Change("path-missing", index, keep, about)
        swapped = "subtract" if node.op == "add" else "add"
        yield Change("sign", index, doing(swapped), f"{self.say(node.args[1])} comes in with the other sign")

    def of_axis(self, index: int, node: Node) -> Iterator[Change]:
        """An operation along an axis, along another one."""
        if "axis" not in dict(node.parameters) or not node.args or node.op in ("sum_to", "expand_dims", "squeeze", "stack"):
            return
        rank = len(self.graph.shapes[node.args[0]])
        now = node.parameter("axis")
        for axis in range(rank):
            if isinstance(now, int) and rank > 1 and axis != now % rank:
                yield Change("axis", index, along(node, axis), f"{node.op} runs along axis {axis}, and belongs along axis {now % rank}")

    # what it is multiplied with

    def of_factor(self, index: int, node: Node, position: int, arg: int) -> Iterator[Change]:
        """Something that a gradient is multiplied with, replaced by something else."""
        graph, first = self.graph, len(self.graph.program.nodes)
        factor = graph.nodes[arg]
        passes = node.op in ("multiply", "divide", "matmul") and any(one in self.region.spine for one in node.args)
        if arg < first and factor.op != CONSTANT:
            kind = "mask-wrong" if node.op in COMPARISONS else "wrong-value"
            for other in self.instead_of(arg):
                if index >= first and other == graph.origins[index - first]:
                    about = f"{self.say(other)} itself stands where its derivative belongs"
                    yield Change("not-differentiated", index, replaced(node, position, other), about)
                    continue
                about = f"{self.say(other)} stands where {self.say(arg)} belongs"
                yield Change(kind, index, replaced(node, position, other), about)
            yield from self.of_value(index, node, position, arg)
        if passes and factor.op in COMPARISONS and arg >= first:
            yield Change("mask-wrong", arg, doing(OPPOSITE[factor.op]), f"{self.say(arg)} is the wrong way round")
        if passes and arg >= first and not self.region.is_constant(arg) and factor.op not in TURNED:
            yield from self.of_derivative(index, node, position)

    def instead_of(self, arg: int) -> list[int]:
        """Other values that may stand by mistake where one belongs: what it is made from, what is made from it, and named ones."""
        graph = self.graph
        shape = graph.shapes[arg]
        near = [one for one in graph.program.nodes[arg].args if graph.nodes[one].op != CONSTANT]
        near += self.users[arg]
        near += self.named
        return [one for one in dict.fromkeys(near) if graph.shapes[one] == shape and one != arg][:OTHERS]

    @cached_property
    def named(self) -> list[int]:
        """The nodes of the program that have a name."""
        return [*dict.fromkeys(self.graph.program.names())]

    @cached_property
    def users(self) -> Mapping[int, list[int]]:
        """By a node of the program, the nodes made from it."""
        found: dict[int, list[int]] = defaultdict(list)
        for index, node in enumerate(self.graph.program.nodes):
            for arg in node.args:
                found[arg].append(index)
        return found

    def of_value(self, index: int, node: Node, position: int, arg: int) -> Iterator[Change]:
        """A value of the forward pass, calculated along another axis, or without its normalisation."""
        graph = self.graph
        made = graph.nodes[arg]
        if made.op in LEAVES or not made.args:
            return
        now = dict(made.parameters).get("axis")
        rank = len(graph.shapes[made.args[0]])
        if isinstance(now, int) and rank > 1:
            for axis in range(rank):
                if axis != now % rank:
                    about = f"{self.say(arg)} is taken along axis {axis}, and belongs along axis {now % rank}"
                    yield Change("axis", index, through(node, position, along(made, axis), made.args), about)

    def of_derivative(self, index: int, node: Node, position: int) -> Iterator[Change]:
        """A derivative: the function's own value in its place, or its argument."""
        graph = self.graph
        origin = graph.origins[index - len(graph.program.nodes)]
        for one in dict.fromkeys((origin, *graph.program.nodes[origin].args)):
            if graph.nodes[one].op != CONSTANT:
                about = (
                    f"{self.say(one)} itself stands where its derivative belongs"
                    if one == origin
                    else (f"{self.say(one)} stands where the derivative of {self.say(origin)} belongs")
                )
                yield Change("not-differentiated" if one == origin else "wrong-value", index, replaced(node, position, one), about)

    def of_product(self, index: int, node: Node) -> Iterator[Change]:
        """One of several factors of a derivative, left out."""
        if node.op == "divide":
            top = self.graph.nodes[node.args[0]]
            inner = top.args[0] if top.op == "negative" else node.args[0]
            if not self.region.is_constant(inner):
                about = f"{self.say(inner)} is not multiplied in"
                yield Change("link-missing", index, replaced_by(node, 0, -1.0 if top.op == "negative" else 1.0), about)
        if node.op in ("multiply", "divide"):
            for left in (0, 1) if node.op == "multiply" else (1,):
                if not self.region.is_constant(node.args[left]):
                    said = (
                        f"{self.say(node.args[left])} is not multiplied in"
                        if node.op == "multiply"
                        else (f"it is not divided by {self.say(node.args[left])}")
                    )
                    yield Change("link-missing", index, only(1 - left), said)
