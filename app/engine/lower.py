"""Expressions become nodes: an allow-list over Python's own grammar.

Every reader of an expression is a generator that yields what it needs read first and is sent the value: `drive` keeps them on a
stack of its own, so that no depth of the text, and no number of calls within calls, is a depth of Python's.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Generator
from typing import Any, NoReturn, TypeAlias

from app.engine import names
from app.engine.grammar import TOO_LARGE, Source, fail, refuse
from app.engine.ops import OPERATIONS
from app.engine.program import ARRAY, CONSTANT, INPUT, Group, Input, Measure, Nested, Node, Place, Reckoned, Span, Statement, Static
from app.engine.static import Unreckonable, reckon
from app.engine.values import Known, Listed, Literal, Scope, Tensor, Value
from app.errors import Fault, LimitError
from app.settings import Limits

Reading: TypeAlias = Generator[Any, Any, Value]

BINARY: dict[type[ast.operator], str] = {
    ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply", ast.Div: "divide", ast.Pow: "power", ast.MatMult: "matmul",
    ast.FloorDiv: "floor_divide", ast.Mod: "remainder", ast.BitAnd: "logical_and", ast.BitOr: "logical_or",
}  # fmt: skip
COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Gt: "greater", ast.GtE: "greater_equal", ast.Lt: "less", ast.LtE: "less_equal", ast.Eq: "equal", ast.NotEq: "not_equal",
}  # fmt: skip
SIGNS: dict[type[ast.operator], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
}  # fmt: skip
MEASURES = {"shape": "shape", "ndim": "rank", "size": "size"}


class NotStaticError(Exception):
    """An expression that is no static value; `node` is the part that is none."""

    def __init__(self, node: ast.AST, why: str) -> None:
        super().__init__(why)
        self.node, self.why = node, why


class Expressions:
    """A program in the making: its nodes so far, what each name stands for, and how expressions are read."""

    def __init__(self, source: Source, limits: Limits) -> None:
        self.source, self.limits = source, limits
        self.nodes: list[Node] = []
        self.inputs: list[Input] = []
        self.statements: list[Statement] = []
        self.groups: list[Group] = []
        self.group: str | None = None
        self.root = self.scope = Scope()
        self.at: Place | None = None
        """The call whose text is our own prelude: places within it are the caller's."""
        self.ids: dict[str, int] = {}
        self.named: set[int] = set()
        self.literals: dict[str, int] = {}
        self.fixed: dict[str, Place] = {}
        self.used: list[str] = []
        """The literals that a static value was read from."""

    # places and nodes

    def place(self, node: ast.AST) -> Place:
        return self.at or self.source.place(node)

    def fail(self, node: ast.AST, message: str, hint: str | None = None) -> NoReturn:
        fail(self.place(node), message, hint)

    def emit(self, node: Node) -> int:
        most = self.limits.nodes
        if len(self.nodes) >= most:
            place = node.place or Place(1, 1, 2)
            fault = Fault(f"The program has more than {most:,} operations.", place.line, place.column, place.end_column)
            raise LimitError("nodes", len(self.nodes) + 1, most, fault)
        self.nodes.append(node)
        return len(self.nodes) - 1

    def apply(self, name: str, place: Place, *args: int, **static: Static) -> int:
        """A node of the table, with the static arguments in the table's order."""
        found = tuple((p.name, static.get(p.name, p.default)) for p in OPERATIONS[name].parameters)
        return self.emit(Node(name, args, found, place))

    def constant(self, place: Place, value: float) -> int:
        return self.emit(Node(CONSTANT, (), (("value", value),), place))

    def input(self, name: str, place: Place, literal: Nested = None) -> int:
        most = self.limits.inputs
        if len(self.inputs) >= most:
            fault = Fault(f"The program has more than {most} inputs.", place.line, place.column, place.end_column)
            raise LimitError("inputs", len(self.inputs) + 1, most, fault)
        node = self.emit(Node(INPUT, (), (("name", name),), place))
        self.inputs.append(Input(name, node, place, literal))
        self.ids[name] = node
        self.named.add(node)
        return node

    def node_of(self, value: Value, where: ast.AST) -> int:
        """The node of a value: static numbers become constants, a literal with a name becomes an input."""
        place = self.place(where)
        match value:
            case Tensor(node=node):
                return node
            case Literal(name=name):
                if name not in self.literals:
                    self.literals[name] = self.input(name, value.place, value.value)
                return self.literals[name]
            case Known(value=static):
                return self.static_node(static, where)
            case Listed(items=items):
                if not items:
                    self.fail(where, "This list is empty.", "Put values into it first, with append.")
                if all(isinstance(item, Tensor) for item in items) or not all(isinstance(item, Known) for item in items):
                    self.fail(where, "This is a list of several values.", "Make one tensor of them: stack([a, b]) or concatenate([a, b]).")
                return self.array(where, place, tuple(item.value for item in items if isinstance(item, Known)))

    def array(self, where: ast.AST, place: Place, value: Nested) -> int:
        """A literal vector, matrix or further tensor within an expression."""
        level: list[Any] = [value]
        while level and isinstance(level[0], tuple):
            sizes = {len(item) if isinstance(item, tuple) else -1 for item in level}
            if len(sizes) > 1:
                self.fail(where, "This list is not rectangular.", "Every row needs the same number of entries.")
            level = [entry for item in level for entry in item]
        if not level:
            self.fail(where, "This list is empty.", "Give it at least one number.")
        if not all(type(entry) in (int, float) for entry in level):
            self.fail(where, "This is not a list of numbers.", "Make one tensor of several values: stack([a, b]) or concatenate([a, b]).")
        return self.emit(Node(ARRAY, (), (("value", value),), place))

    def static_node(self, value: Static, where: ast.AST) -> int:
        """A static value as part of a calculation."""
        place = self.place(where)
        match value:
            case bool() | int() | float():
                return self.constant(place, float(value))
            case tuple():
                return self.array(where, place, value)
            case Measure(node=node, what=int() as axis):
                return self.apply("size", place, node, axis=axis)
            case Measure(node=node, what="size"):
                return self.apply("size", place, node)
            case Reckoned(sign=sign, left=left, right=right) if sign in SIGNS.values():
                op = next(BINARY[kind] for kind, one in SIGNS.items() if one == sign)
                return self.apply(op, place, self.static_node(left, where), self.static_node(right, where))
        self.fail(where, "This is not a number to calculate with.")

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
                if type(op) not in BINARY:
                    refuse(place, op)
                first = yield left
                second = yield right
                if isinstance(first, Listed) and isinstance(second, Listed) and isinstance(op, ast.Add):
                    return Listed([*first.items, *second.items])
                return Tensor(self.apply(BINARY[type(op)], place, self.node_of(first, left), self.node_of(second, right)))
            case ast.UnaryOp(op=ast.USub() | ast.UAdd() | ast.Invert(), operand=operand):
                arg = yield from self.node(operand)
                return Tensor(self.signed(node.op, arg, place))
            case ast.UnaryOp(op=op):
                refuse(place, op)
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                if type(op) not in COMPARISONS:
                    refuse(place, op)
                a = yield from self.node(left)
                b = yield from self.node(right)
                return Tensor(self.apply(COMPARISONS[type(op)], place, a, b))
            case ast.Compare():
                self.fail(node, "Comparisons cannot be chained.", "Write (a < b) * (b < c).")
            case ast.List(elts=items) | ast.Tuple(elts=items):
                return (yield from self.several(items))
            case ast.Attribute():
                return (yield from self.attribute(node))
            case ast.Subscript():
                return (yield from self.subscript(node))
            case ast.Call():
                return (yield from self.call(node))
        refuse(place, node)

    def call(self, node: ast.Call) -> Reading:
        raise NotImplementedError

    def signed(self, op: ast.unaryop, arg: int, place: Place) -> int:
        if isinstance(op, ast.UAdd):
            return arg
        if isinstance(op, ast.Invert):
            return self.apply("logical_not", place, arg)
        operand = self.nodes[arg]
        if operand.op == CONSTANT and arg == len(self.nodes) - 1:
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
        return (yield node)

    def number(self, node: ast.Constant, value: Any) -> float:
        if isinstance(value, str):
            self.fail(node, "A string is not part of the language.", "There is no text here, only numbers: delete it.")
        if type(value) not in (int, float):
            self.fail(node, "Only real numbers can stand here.")
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if math.isinf(number):
            self.fail(node, TOO_LARGE)
        return number

    def variable(self, node: ast.Name) -> Value:
        """What a name stands for; one that stands for nothing yet is an input."""
        name = node.id
        for scope in (self.scope, self.root):
            if name in scope.names:
                return scope.names[name]
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
            self.fail(node, "The dot · is part of a name here, not a product.", "Write * for elements and @ for matrices.")
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
        if name in MEASURES:
            return Known(self.static(node))
        value = yield node.value
        if name in names.UNCHANGED and not isinstance(value, Listed):
            return value  # type: ignore[no-any-return]
        if name in ("T", "mT", "H"):
            turned = "transpose" if name == "T" else "matrix_transpose"
            return Tensor(self.apply(turned, self.place(node), self.node_of(value, node.value)))
        if name in names.GRADIENTS:
            self.fail(node, f".{name} is not part of the language.", "Write the forward pass alone: the gradients are calculated from it.")
        if self.is_callable(name):
            self.fail(node, f".{name} is an operation.", f"Call it: .{name}().")
        hint = names.suggestion(name, ("T", "shape", "ndim", "size", *OPERATIONS))
        self.fail(node, f".{name} is not part of the language.", hint)

    def stands(self, name: str) -> bool:
        """Whether a name stands for a value."""
        return name in self.scope.names or name in self.root.names

    # indexing

    def subscript(self, node: ast.Subscript) -> Reading:
        known = self.attempt(node)
        if known is not None:
            return Known(known)
        value = yield node.value
        items = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if isinstance(value, Listed):
            return self.chosen(value, node)
        a = self.node_of(value, node.value)
        index: list[Static] = []
        dynamic: list[tuple[int, ast.expr]] = []
        for item in items:
            static = self.index_item(item)
            if static is NO_INDEX:
                dynamic.append((len(index), item))
                static = Span()
            index.append(static)
        if not dynamic:
            return Tensor(self.apply("getitem", self.place(node), a, index=tuple(index)))
        return (yield from self.gathered(node, a, index, dynamic))

    def chosen(self, value: Listed, node: ast.Subscript) -> Value:
        """One value of a list, or several."""
        index = self.index_item(node.slice)
        if isinstance(index, Span) and all(end is None or isinstance(end, int) for end in (index.start, index.stop, index.step)):
            return Listed(value.items[slice(index.start, index.stop, index.step)])
        if type(index) is not int:
            self.fail(node.slice, "A list is indexed by a whole number that the text says.", "Write hs[0] or hs[-1].")
        if not -len(value.items) <= index < len(value.items):
            self.fail(node.slice, f"This list has {len(value.items)} values, so there is no [{index}].")
        return value.items[index]

    def index_item(self, item: ast.expr) -> Static:
        """One entry between brackets, where it is static; NO_INDEX where it is calculated."""
        if isinstance(item, ast.Slice):
            ends = [None if end is None else self.whole(end, "An end of a slice") for end in (item.lower, item.upper, item.step)]
            if ends[2] == 0:
                self.fail(item, "A slice cannot go in steps of 0.")
            return Span(*ends)
        try:
            value = self.static(item)
        except NotStaticError:
            return NO_INDEX
        if isinstance(value, float) or isinstance(value, bool):
            self.fail(item, "An index is a whole number.")
        return value

    def gathered(self, node: ast.Subscript, a: int, index: list[Static], dynamic: list[tuple[int, ast.expr]]) -> Reading:
        """Indexing with calculated whole numbers: rows by `take`, one element of each row by `take_along_axis`."""
        place = self.place(node)
        if len(dynamic) == 2 and len(index) == 2 and is_counting(dynamic[0][1]):
            which = yield from self.node(dynamic[1][1])
            column = self.apply("expand_dims", place, which, axis=1)
            return Tensor(self.apply("squeeze", place, self.apply("take_along_axis", place, a, column, axis=1), axis=1))
        axis, item = dynamic[0]
        if isinstance(item, ast.Compare | ast.BoolOp):
            self.fail(node, "How many numbers a condition picks is not known beforehand.", "Keep the shape: where(x > 0, x, 0).")
        if len(dynamic) > 1 or any(other != Span() for other in index) or ... in index:
            self.fail(node, "Only one index can be calculated, beside plain colons.", "Write x[i], x[:, i], or x[arange(n), i].")
        which = yield from self.node(item)
        return Tensor(self.apply("take", place, a, which, axis=axis))

    # static values

    def attempt(self, node: ast.expr) -> Static:
        """The static value of an expression that has one without any literal's name in it; None where it has none."""
        if not looks_static(node):
            return None
        before = len(self.used)
        try:
            value = self.static(node)
        except NotStaticError:
            return None
        finally:
            literal = len(self.used) > before
            del self.used[before:]
        return None if literal else value

    def whole(self, node: ast.expr, what: str) -> Static:
        """A static whole number.

        Raises:
            ProgramError: it is none.
        """
        try:
            value = self.static(node)
        except NotStaticError as error:
            self.fail(error.node, f"{what} must be a whole number that the text says: {error.why}.")
        if isinstance(value, bool) or not isinstance(value, int | Measure | Reckoned):
            self.fail(node, f"{what} must be a whole number.")
        return value

    def fix(self, node: ast.AST) -> None:
        """What was read for the structure fixes the literals it was read from."""
        for name in self.used:
            self.fixed.setdefault(name, self.place(node))
        self.used.clear()

    def static(self, node: ast.expr) -> Static:
        """The static value of an expression. The literals it was read from are added to `used`.

        Raises:
            NotStaticError: it depends on the inputs' numbers, or is no value at all.
        """
        try:
            return self._static(node)
        except RecursionError:
            raise NotStaticError(node, "it is nested too deeply") from None

    def _static(self, node: ast.expr) -> Static:
        match node:
            case ast.Constant(value=value) if not isinstance(value, complex | bytes):
                if isinstance(value, int | float) and not isinstance(value, bool):
                    self.number(node, value)
                return value
            case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
                value = self._static(operand)
                return self.reckon(node, "*", -1, value) if isinstance(node.op, ast.USub) else value
            case ast.BinOp(left=left, op=op, right=right) if type(op) in SIGNS:
                return self.reckon(node, SIGNS[type(op)], self._static(left), self._static(right))
            case ast.Tuple(elts=items) | ast.List(elts=items):
                return tuple(self._static(item) for item in items)
            case ast.Name():
                return self._static_name(node)
            case ast.Attribute(value=inner, attr=attr) if attr in MEASURES and not isinstance(inner, ast.Constant):
                return Measure(self.node_of(self.drive(self.expression(inner)), inner), MEASURES[attr])
            case ast.Attribute(attr=attr) if attr in names.CONSTANTS and (dotted_name(node) or ".").partition(".")[0] in names.MODULES:
                return names.CONSTANTS[attr]
            case ast.Subscript(value=inner, slice=item):
                return self._static_item(node, self._static(inner), item)
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if not self.stands(name):
                return self._static_call(node, name, args)
            case ast.Call(func=ast.Attribute(value=inner, attr="size"), args=[axis], keywords=[]):
                return Measure(self.node_of(self.drive(self.expression(inner)), inner), self._axis(axis))
        raise NotStaticError(node, f"{self.source.said(node)[:60]} is calculated")

    def reckon(self, node: ast.AST, sign: str, left: Static, right: Static) -> Static:
        try:
            return reckon(sign, left, right)
        except Unreckonable as error:
            raise NotStaticError(node, str(error)) from None

    def _static_name(self, node: ast.Name) -> Static:
        scope = self.scope if node.id in self.scope.names else self.root
        match scope.names.get(node.id):
            case Known(value=value):
                return value
            case Literal(name=name, value=value):
                self.used.append(name)
                return value
            case Tensor(static=value, literals=literals) if value is not None:
                self.used.extend(literals)
                return value
            case Listed(items=items) if all(isinstance(item, Known) for item in items):
                return tuple(item.value for item in items if isinstance(item, Known))
        raise NotStaticError(node, f"{node.id} depends on numbers that are given or calculated")

    def _static_item(self, node: ast.Subscript, base: Static, item: ast.expr) -> Static:
        """An entry of a shape, or of a tuple."""
        if isinstance(item, ast.Slice):
            ends = [None if end is None else self._static(end) for end in (item.lower, item.upper, item.step)]
            if isinstance(base, Measure):
                return Reckoned("[]", base, Span(*ends))
            if isinstance(base, tuple) and all(end is None or type(end) is int for end in ends) and ends[2] != 0:
                return base[slice(*ends)]
        else:
            index = self._static(item)
            if isinstance(base, Measure) and base.what == "shape" and type(index) is int:
                return Measure(base.node, index)
            if isinstance(base, tuple) and type(index) is int and -len(base) <= index < len(base):
                return base[index]
        raise NotStaticError(node, f"there is no {self.source.said(node)[:60]}")

    def _static_call(self, node: ast.Call, name: str, args: list[ast.expr]) -> Static:
        """len(x), int(a), slice(0, 2) and their like."""
        if name == "len" and len(args) == 1:
            value = self.variable(args[0]) if isinstance(args[0], ast.Name) else None
            if isinstance(value, Listed):
                return len(value.items)
            return Measure(self.node_of(value or self.drive(self.expression(args[0])), args[0]), 0)
        if name in ("int", "float", "abs") and len(args) == 1:
            value = self._static(args[0])
            if type(value) in (int, float):
                return {"int": int, "float": float, "abs": abs}[name](value)
        if name == "slice" and 1 <= len(args) <= 3:
            ends = [self._static(arg) for arg in args]
            return Span(*ends) if len(ends) > 1 else Span(None, ends[0])
        raise NotStaticError(node, f"{self.source.said(node)[:60]} is calculated")

    def _axis(self, node: ast.expr) -> int:
        axis = self._static(node)
        if type(axis) is not int:
            raise NotStaticError(node, "an axis is a whole number")
        return axis


NO_INDEX = object()


def looks_static(node: ast.expr) -> bool:
    """Whether an expression may be static, at a glance: what can be no number, tuple or size is told without reading it."""
    match node:
        case ast.Constant() | ast.Name():
            return not isinstance(node, ast.Constant) or not isinstance(node.value, str)
        case ast.UnaryOp(operand=inner):
            return looks_static(inner)
        case ast.BinOp():
            while isinstance(node, ast.BinOp):
                if type(node.op) not in SIGNS:
                    return False
                node = node.left
            return looks_static(node)
        case ast.Tuple() | ast.List():
            return True
        case ast.Attribute(attr=attr):
            return attr in MEASURES
        case ast.Subscript(value=inner):
            return isinstance(inner, ast.Name) or looks_static(inner)
        case ast.Call(func=ast.Name(id=name)):
            return name in ("len", "int", "float", "abs", "slice")
        case ast.Call(func=ast.Attribute(attr="size")):
            return True
    return False


def is_counting(node: ast.expr) -> bool:
    """Whether it is range(n) or arange(n)."""
    return isinstance(node, ast.Call) and (dotted_name(node.func) or "").rpartition(".")[2] in ("range", "arange")


def dotted_name(node: ast.expr) -> str | None:
    """np.linalg.norm of the expression that says so; None of any other."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join(reversed([*parts, node.id])) if isinstance(node, ast.Name) else None
