"""Expressions become nodes: an allow-list over Python's own grammar.

Every reader of an expression is a generator that yields what it needs read first and is sent the value: `drive` keeps them on a
stack of its own, so that no depth of the text, and no number of calls within calls, is a depth of Python's.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Generator
from contextlib import suppress
from keyword import iskeyword
from typing import Any, TypeAlias

from app.engine.language import mending, names
from app.engine.language.draft import MEASURES, Draft, NotStaticError, dotted_name, is_counting
from app.engine.language.misread import TOO_LARGE, TOO_LARGE_HINT, sign_repair
from app.engine.language.values import Known, Listed, Literal, Tensor, Value
from app.engine.ops import OPERATIONS
from app.engine.program import CONSTANT, Measure, Node, Place, Span, Static

Reading: TypeAlias = Generator[Any, Any, Value]

COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Gt: "greater", ast.GtE: "greater_equal", ast.Lt: "less", ast.LtE: "less_equal", ast.Eq: "equal", ast.NotEq: "not_equal",
}  # fmt: skip


class Expressions(Draft):
    """Reads expressions."""

    # reading

    def drive(self, reading: Reading) -> Value:
        """Runs a reading to its end."""
        stack: list[Reading] = [reading]
        value: Any = None
        while stack:
            try:
                wanted = stack[-1].send(value)
            except StopIteration as done:
                stack.pop()
                value = done.value
            else:
                stack.append(self.expression(wanted) if isinstance(wanted, ast.expr) else wanted)
                value = None
        return value  # type: ignore[no-any-return]

    def node(self, node: ast.expr) -> Generator[Any, Any, int]:
        """Reads an expression that has to be one tensor."""
        value = yield node
        return self.node_of(value, node)

    def expression(self, node: ast.expr) -> Reading:
        """Reads any expression that is allowed; anything else is refused."""
        place = self.place(node)
        match node:
            case ast.Name():
                return self.variable(node)
            case ast.Constant(value=value):
                return Tensor(self.constant(place, self.number(node, value)))
            case ast.BinOp(left=left, op=op, right=right):
                if type(op) not in names.SIGNS:
                    self.refuse(node, op)
                first = yield left
                if not isinstance(first, Listed):
                    first = Tensor(self.node_of(first, left))
                second = yield right
                if isinstance(first, Listed) and isinstance(second, Listed) and isinstance(op, ast.Add):
                    self.spend(len(first.items) + len(second.items), node)
                    return Listed([*first.items, *second.items])
                return Tensor(
                    self.apply(names.OPERATORS[names.SIGNS[type(op)]], place, self.node_of(first, left), self.node_of(second, right))
                )
            case ast.UnaryOp(op=ast.USub() | ast.UAdd() | ast.Invert(), operand=operand):
                arg = yield from self.node(operand)
                return Tensor(self.signed(node.op, arg, place))
            case ast.UnaryOp(op=op):
                self.refuse(node, op)
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                if type(op) not in COMPARISONS:
                    self.refuse(node, op)
                a = yield from self.node(left)
                b = yield from self.node(right)
                return Tensor(self.apply(COMPARISONS[type(op)], place, a, b))
            case ast.Compare():
                repair = mending.of_comparison(self.source, node)
                self.fail(node, "Comparisons cannot be chained.", "Write (a < b) * (b < c).", repair)
            case ast.List(elts=items) | ast.Tuple(elts=items):
                return (yield from self.several(items))
            case ast.Attribute():
                return (yield from self.attribute(node))
            case ast.Subscript():
                return (yield from self.subscript(node))
            case ast.Call():
                return (yield from self.call(node))
        self.refuse(node)

    def call(self, node: ast.Call) -> Reading:
        raise NotImplementedError

    def signed(self, op: ast.unaryop, arg: int, place: Place) -> int:
        if isinstance(op, ast.UAdd):
            return arg
        if isinstance(op, ast.Invert):
            return self.apply("logical_not", place, arg)
        operand = self.nodes[arg]
        if operand.op == CONSTANT and arg == len(self.nodes) - 1 and isinstance(operand.parameter("value"), float):
            self.nodes[arg] = Node(CONSTANT, (), (("value", -operand.number),), place)
            return arg
        return self.apply("negative", place, arg)

    def several(self, items: list[ast.expr]) -> Reading:
        found = []
        for item in items:
            found.append((yield self.value(item)))
        return Listed(found)

    def value(self, node: ast.expr) -> Reading:
        """Reads an expression as what it is: a static value stays one, so that an axis or a count may be handed on."""
        if isinstance(node, ast.Name):
            return self.variable(node)
        known = self.attempt(node)
        if known is not None and not (isinstance(node, ast.List) and not node.elts):
            return Known(known)
        return (yield node)  # type: ignore[no-any-return]

    def number(self, node: ast.Constant, value: Any) -> float:
        if isinstance(value, str):
            self.fail(node, "A string is not part of the language.", "There is no text here, only numbers: delete it.")
        if type(value) not in (int, float):
            self.fail(node, "Only real numbers can stand here.", "Write a number, such as 1 or 0.5.")
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if math.isinf(number):
            self.fail(node, TOO_LARGE, TOO_LARGE_HINT)
        return number

    def variable(self, node: ast.Name) -> Value:
        """What a name stands for; one that stands for nothing yet is an input."""
        name = node.id
        value = self.found(name)
        if value is not None:
            return value
        if name in self.ids:
            return Tensor(self.ids[name])
        if name in ("inf", "nan"):
            return Tensor(self.constant(self.place(node), float(name)))
        self.check_name(node, name)
        if self.is_callable(name):
            hint = f"Call it, {name}(…), or choose another name for a value."
            self.fail(node, f"{name} is the name of an operation.", hint)
        value = Tensor(self.input(name, self.place(node)))
        self.root.names[name], self.root.versions[name] = value, 1
        return value

    def is_callable(self, name: str) -> bool:
        raise NotImplementedError

    def check_name(self, node: ast.AST, name: str) -> None:
        if "·" in name:
            place = self.place(node)
            at = self.source.lines[place.line - 1].find("·", place.column - 1) + 1
            repair = sign_repair(self.source.lines, place.line, at) if at and not self.at else None
            self.fail(node, "The dot · is part of a name here, not a product.", "Write * for elements and @ for matrices.", repair)
        if iskeyword(name):
            self.fail(node, f"{name} is a word of Python's own.", "Choose another name.")
        if "__" in name or len(name) > 64:
            self.fail(node, "A name has at most 64 characters and no double underscore.", "Choose a shorter, plainer name.")

    def attribute(self, node: ast.Attribute) -> Reading:
        name, dotted = node.attr, dotted_name(node)
        if dotted and not self.stands(dotted.partition(".")[0]):
            if name in names.CONSTANTS and dotted.partition(".")[0] in names.MODULES:
                constant = names.CONSTANTS[name]
                return Known(None) if constant is None else Tensor(self.constant(self.place(node), constant))
            if dotted in self.ids:
                return Tensor(self.ids[dotted])
            if dotted.partition(".")[0] in names.MODULES:
                self.fail(node, f"{dotted} is an operation, or unknown.", f"Call it, {name}(…).")
        elif dotted in self.ids and name not in ("T", "mT", *MEASURES):
            return Tensor(self.ids[dotted])
        value = yield node.value
        if name in MEASURES:
            return Known(Measure(self.node_of(value, node.value), MEASURES[name]))
        if name in names.UNCHANGED and not isinstance(value, Listed):
            return value  # type: ignore[no-any-return]
        if name in names.CUT and not isinstance(value, Listed):
            return Tensor(self.apply("stop_gradient", self.place(node), self.node_of(value, node.value)))
        if name in ("T", "mT", "H"):
            turned = "transpose" if name == "T" else "matrix_transpose"
            return Tensor(self.apply(turned, self.place(node), self.node_of(value, node.value)))
        if name in names.GRADIENTS:
            self.fail(node, f".{name} is not part of the language.", "Write the forward pass alone: the gradients are calculated from it.")
        if self.is_callable(name):
            self.fail(node, f".{name} is an operation.", f"Call it: .{name}().", mending.after(self.source, node, "()"))
        known = ("T", "shape", "ndim", "size", *OPERATIONS)
        meant = names.near(name, known)
        text = f"{meant}()" if meant in OPERATIONS and meant not in MEASURES else meant
        repair = mending.name_of(self.source, node, name, text) if text else None
        self.fail(node, f".{name} is not part of the language.", f"Did you mean {text}?" if text else names.suggestion(name, known), repair)

    # indexing

    def subscript(self, node: ast.Subscript) -> Reading:
        known = self.attempt(node)
        if known is not None:
            return Known(known)
        if is_pair(node.value):
            return (yield from self.of_pair(node))
        value = yield node.value
        items = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if isinstance(value, Listed):
            return self.chosen(value, node)
        if isinstance(value, Known):
            with suppress(NotStaticError):
                return Known(self.item_of(node, value.value, node.slice))
        a = self.node_of(value, node.value)
        index: list[Static] = []
        dynamic: list[tuple[int, ast.expr]] = []
        used = len(self.used)
        for item in items:
            static = self.index_item(item)
            if static is NO_INDEX:
                dynamic.append((len(index), item))
                static = Span()
            index.append(static)
        self.fix(node.slice, used)
        if not dynamic:
            return Tensor(self.apply("getitem", self.place(node), a, index=tuple(index)))
        return (yield from self.gathered(node, a, index, dynamic))

    def chosen(self, value: Listed, node: ast.Subscript) -> Value:
        """One value of a list, or several."""
        used = len(self.used)
        index = self.index_item(node.slice)
        self.fix(node.slice, used)
        if isinstance(index, Span) and all(end is None or isinstance(end, int) for end in (index.start, index.stop, index.step)):
            chosen = value.items[slice(index.start, index.stop, index.step)]
            self.spend(len(chosen), node)
            return Listed(chosen)
        if type(index) is not int:
            self.fail(node.slice, "A list is indexed by a whole number that the text says.", "Write hs[0] or hs[-1].")
        if not -len(value.items) <= index < len(value.items):
            hint = "The first is [0], the last [-1]." if value.items else "Put values into it first, with append."
            self.fail(node.slice, f"This list has {len(value.items)} values, so there is no [{index}].", hint)
        return value.items[index]

    def index_item(self, item: ast.expr) -> Static:
        """One entry between brackets, where it is static; NO_INDEX where it is calculated."""
        if isinstance(item, ast.Slice):
            ends = [None if end is None else self.whole(end, "An end of a slice") for end in (item.lower, item.upper, item.step)]
            if ends[2] == 0:
                self.fail(item, "A slice cannot go in steps of 0.", "Write x[::1], or x[::-1] for the other way round.")
            return Span(*ends)
        if isinstance(item, ast.Name) and isinstance(named := self.found(item.id), Literal) and isinstance(named.value, tuple):
            return NO_INDEX
        try:
            value = self.static(item)
        except NotStaticError:
            return NO_INDEX
        if isinstance(value, float | bool | str):
            repair = self.as_whole(item, value)
            self.fail(item, "An index is a whole number.", "Write x[0], x[1:3], x[[0, 2]] or x[:, -1].", repair)
        return value

    def gathered(self, node: ast.Subscript, a: int, index: list[Static], dynamic: list[tuple[int, ast.expr]]) -> Reading:
        """Indexing with calculated whole numbers: rows by `take`, one element of each row by `take_along_axis`."""
        place = self.place(node)
        axis, item = dynamic[0]
        if axis == 0 and len(index) == 2 and is_counting(item):
            assert isinstance(node.slice, ast.Tuple)
            assert isinstance(item, ast.Call)
            which = yield from self.node(node.slice.elts[1])
            column = self.apply("expand_dims", place, which, axis=1)
            rows = self.rows(a, item)
            return Tensor(self.apply("squeeze", place, self.apply("take_along_axis", place, rows, column, axis=1), axis=1))
        if isinstance(item, ast.Compare | ast.BoolOp):
            self.fail(node, "How many numbers a condition picks is not known beforehand.", "Keep the shape: where(x > 0, x, 0).")
        if len(dynamic) > 1 or any(other != Span() for other in index) or ... in index:
            self.fail(node, "Only one index can be calculated, beside plain colons.", "Write x[i], x[:, i], or x[arange(n), i].")
        which = yield from self.node(item)
        return Tensor(self.apply("take", place, a, which, axis=axis))

    def rows(self, a: int, counting: ast.Call) -> int:
        """The rows of `a` that range(…) or arange(…) names; `a` itself where these are all of them, as the text says it."""
        used = len(self.used)
        ends = [self.whole(argument, "A row") for argument in counting.args]
        self.fix(counting, used)
        if ends == [Measure(a, 0)]:
            return a
        place = self.place(counting)
        if not 1 <= len(ends) <= 3 or (len(ends) == 3 and ends[2] == 0):
            self.fail(counting, "This counts no rows.", "Write x[arange(n), i], with the number of rows.")
        if len(ends) == 1:
            which = self.apply("arange", place, start=ends[0])
        else:
            which = self.apply("arange", place, **dict(zip(("start", "stop", "step"), ends, strict=False)))
        return self.apply("take", place, a, which, axis=0)

    def of_pair(self, node: ast.Subscript) -> Reading:
        """x.max(dim=1)[0]: PyTorch's pair of values and their places. Where it may be NumPy's row of maxima it is refused."""
        assert isinstance(node.value, ast.Call)
        index = self.attempt(node.slice)
        certain = any(keyword.arg in ("dim", "keepdim") for keyword in node.value.keywords) or (
            dotted_name(node.value.func) or ""
        ).startswith("torch.")
        if not certain or index not in (0, 1):
            said = self.source.said(node.value)
            hint = f"Name the values first: m = {said}. In PyTorch they are the first of a pair, in NumPy [0] is their first row: m[0]."
            self.fail(node, "What [0] takes here is not certain.", hint)
        return (yield node.value if index == 0 else places_of(node.value))  # type: ignore[no-any-return]


NO_INDEX = object()


def is_pair(node: ast.expr) -> bool:
    """Whether it is a call of max or min along an axis, which is a pair in PyTorch."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr not in ("max", "min"):
        return False
    prefix = (dotted_name(node.func) or "").partition(".")[0]
    if prefix in ("np", "numpy", "jnp"):
        return False
    named = {keyword.arg for keyword in node.keywords}
    return bool(named & {"dim", "keepdim"}) or (
        len(node.args) == (2 if prefix == "torch" else 1) and isinstance(node.args[-1], ast.Constant | ast.UnaryOp)
    )


def places_of(node: ast.Call) -> ast.Call:
    """argmax for max, argmin for min, of the same arguments."""
    assert isinstance(node.func, ast.Attribute)
    func = ast.copy_location(ast.Attribute(node.func.value, f"arg{node.func.attr}", ast.Load()), node.func)
    return ast.copy_location(ast.Call(func, node.args, node.keywords), node)
