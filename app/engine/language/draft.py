"""A program in the making: its nodes, and the static values that its structure depends on."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from app.engine import weights
from app.engine.language import mending, names
from app.engine.language.grammar import REFUSED, Source, fail
from app.engine.language.values import Known, Listed, Literal, Scope, Tensor, Value
from app.engine.ops import OPERATIONS
from app.engine.program import ARRAY, CONSTANT, INPUT, Group, Input, Measure, Nested, Node, Place, Reckoned, Span, Statement, Static
from app.engine.static import DEEPEST, RECKONED, Unreckonable, parts, reckon
from app.errors import Fault, LimitError, Repair
from app.settings import Limits
from app.work.weight import weigh

MEASURES = {"shape": "shape", "ndim": "rank", "size": "size"}
CASTS: Mapping[str, Callable[[Any], Any]] = {"int": int, "float": float, "abs": abs}
WEIGHED = 200
"""So many operations are weighed together."""
ITEMS_PER_NODE = 20
"""How many entries all lists may have together, for each operation that the limits allow."""


class NotStaticError(Exception):
    """An expression that is no static value; `node` is the part that is none."""

    def __init__(self, node: ast.AST, why: str) -> None:
        super().__init__(why)
        self.node, self.why = node, why


class Draft:
    """A program in the making: its nodes so far, what each name stands for, and how static values are read."""

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
        self.spent = 0
        self.passes = 0
        """How many loops we are in."""
        self.active: list[tuple[str, bool]] = []
        """The definitions whose calls we are in, each with whether it is the prelude's."""

    # places and nodes

    def place(self, node: ast.AST) -> Place:
        return self.at or self.source.place(node)

    def fail(self, node: ast.AST, message: str, hint: str | None = None, repair: Repair | None = None) -> NoReturn:
        inside = next((name for name, is_prelude in self.active if is_prelude), None) if self.at else None
        fail(self.place(node), f"In {inside}: {message}" if inside else message, hint, None if self.at else repair)

    def refuse(self, node: ast.AST, what: ast.AST | None = None) -> NoReturn:
        """Refuses grammar that is not part of the language: an expression or statement, for `what` of it is not."""
        refused = type(what or node)
        name, hint = REFUSED.get(refused, (refused.__name__, None))
        self.fail(node, f"{name} is not part of the language.", hint, mending.of_refused(self.source, node))

    def emit(self, node: Node) -> int:
        most = self.limits.nodes
        if len(self.nodes) >= most:
            place = node.place or Place(1, 1, 2)
            fault = Fault(f"The program has more than {most:,} operations.", place.line, place.column, place.end_column)
            raise LimitError("nodes", len(self.nodes) + 1, most, fault)
        if len(self.nodes) % WEIGHED == WEIGHED - 1:
            weigh(WEIGHED * weights.EMIT)
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
            case Measure(what="rank"):
                return self.emit(Node(CONSTANT, (), (("value", value),), place))
            case Reckoned(sign=sign, left=left, right=right) if sign in names.OPERATORS:
                return self.apply(names.OPERATORS[sign], place, self.static_node(left, where), self.static_node(right, where))
        self.fail(where, "This is not a number to calculate with.", "Of a shape, take the size of one axis: x.shape[0].")

    # names

    def found(self, name: str) -> Value | None:
        """What a name stands for, here or in the program; the prelude does not see the program."""
        value = self.scope.names.get(name)
        return value if value is not None or self.at else self.root.names.get(name)

    def stands(self, name: str) -> bool:
        """Whether a name stands for a value."""
        return self.found(name) is not None

    def drive(self, reading: Any) -> Value:
        raise NotImplementedError

    def expression(self, node: ast.expr) -> Any:
        raise NotImplementedError

    def number(self, node: ast.Constant, value: Any) -> float:
        raise NotImplementedError

    # static values

    def may_be_static(self, node: ast.expr) -> bool:
        """Whether an expression may be static, told from its grammar and its names, without reading anything."""
        stack = [node]
        while stack:
            match stack.pop():
                case ast.Constant(value=value) if not isinstance(value, str | bytes | complex):
                    pass
                case ast.Name(id=name):
                    stands = self.found(name)
                    if stands is None or (isinstance(stands, Tensor) and stands.static is None):
                        return False
                case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=inner) | ast.Subscript(value=inner):
                    stack.append(inner)
                case ast.BinOp(left=left, op=op, right=right) if names.SIGNS.get(type(op)) in RECKONED:
                    stack += [right, left]
                case ast.Tuple(elts=items) | ast.List(elts=items):
                    stack += items
                case ast.Attribute() as one if self.is_measure(one):
                    pass
                case ast.Call(func=ast.Name(id=name)) if name in ("len", "slice", *CASTS):
                    pass
                case ast.Call(func=ast.Attribute(attr="size")):
                    pass
                case _:
                    return False
        return True

    def is_measure(self, node: ast.Attribute) -> bool:
        """Whether it is the shape of something, and not a value within a call that has such a name."""
        dotted = dotted_name(node)
        return node.attr in MEASURES and (dotted not in self.ids or self.stands(dotted.partition(".")[0]))

    def attempt(self, node: ast.expr) -> Static:
        """The static value of an expression that has one without any literal's name in it; None where it has none."""
        value, literals = self.with_literals(node)
        return None if literals else value

    def with_literals(self, node: ast.expr) -> tuple[Static, tuple[str, ...]]:
        """The static value of an expression, None where it has none, and the literals it was read from."""
        if not self.may_be_static(node):
            return None, ()
        before = len(self.used)
        try:
            value = self.static(node)
        except NotStaticError:
            return None, ()
        finally:
            literals = tuple(dict.fromkeys(self.used[before:]))
            del self.used[before:]
        return value, literals

    def whole(self, node: ast.expr, what: str) -> Static:
        """A static whole number.

        Raises:
            ProgramError: it is none.
        """
        try:
            value = self.static(node)
        except NotStaticError as error:
            hint = "Write the number itself, or a size such as x.shape[0]."
            self.fail(error.node, f"{what} must be a whole number that the text says: {error.why}.", hint)
        if (
            isinstance(value, bool)
            or not isinstance(value, int | Measure | Reckoned)
            or (isinstance(value, Measure) and value.what == "shape")
        ):
            self.fail(node, f"{what} must be a whole number.", "Write it without a decimal point.", self.as_whole(node, value))
        return value

    def as_whole(self, node: ast.expr, value: Static) -> Repair | None:
        """2 for 2.0."""
        if isinstance(value, float) and value.is_integer() and not isinstance(node, ast.Name):
            return mending.instead(self.source, node, str(int(value)))
        return None

    def fix(self, node: ast.AST, since: int) -> None:
        """What was read for the structure, since so many were used, fixes the literals it was read from."""
        for name in self.used[since:]:
            self.fixed.setdefault(name, self.place(node))
        del self.used[since:]

    def spend(self, entries: int, where: ast.AST) -> None:
        """Holds the entries of all lists together against a limit: a list may be doubled in every line."""
        self.spent += entries
        weigh(entries * weights.ENTRY)
        most = ITEMS_PER_NODE * self.limits.nodes
        if self.spent > most:
            place = self.place(where)
            fault = Fault(f"The lists would hold more than {most:,} entries together.", place.line, place.column, place.end_column)
            raise LimitError("nodes", self.spent, most, fault)

    def static(self, node: ast.expr) -> Static:
        """The static value of an expression. The literals it was read from are added to `used`.

        Raises:
            NotStaticError: it depends on the inputs' numbers, or is no value at all.
        """
        kept, used = (self.scope, self.source, self.at, self.group, self.passes, len(self.active)), len(self.used)
        try:
            return self._static(node)
        except NotStaticError:
            del self.used[used:]
            raise
        except RecursionError:
            del self.used[used:]
            self.scope, self.source, self.at, self.group, self.passes, active = kept
            del self.active[active:]
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
            case ast.BinOp(left=left, op=op, right=right) if names.SIGNS.get(type(op)) in RECKONED:
                return self.reckon(node, names.SIGNS[type(op)], self._static(left), self._static(right))
            case ast.Tuple(elts=items) | ast.List(elts=items):
                return self.together(node, [self._static(item) for item in items])
            case ast.Name():
                return self._static_name(node)
            case ast.Attribute(value=inner, attr=attr) if self.is_measure(node) and not isinstance(inner, ast.Constant):
                return Measure(self.node_of(self.drive(self.expression(inner)), inner), MEASURES[attr])
            case ast.Attribute(attr=attr) if attr in names.CONSTANTS and (dotted_name(node) or ".").partition(".")[0] in names.MODULES:
                return names.CONSTANTS[attr]
            case ast.Subscript(value=inner, slice=item):
                return self._static_item(node, inner, item)
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if not self.stands(name):
                return self._static_call(node, name, args)
            case ast.Call(func=ast.Attribute(value=inner, attr="size"), args=args, keywords=keywords):
                axes = [*args, *(keyword.value for keyword in keywords if keyword.arg == "dim")]
                if len(axes) == 1:
                    return Measure(self.node_of(self.drive(self.expression(inner)), inner), self._axis(axes[0]))
        raise NotStaticError(node, f"{self.source.said(node)[:60]} is calculated")

    def together(self, node: ast.AST, items: list[Static]) -> Static:
        """Several static values as one, within bounds."""
        value = tuple(items)
        plain = not any(isinstance(item, tuple | Reckoned) for item in items)
        self.spend(len(items) if plain else parts(value, ITEMS_PER_NODE * self.limits.nodes), node)
        return value

    def reckon(self, node: ast.AST, sign: str, left: Static, right: Static) -> Static:
        try:
            value = reckon(sign, left, right)
        except Unreckonable as error:
            raise NotStaticError(node, str(error)) from None
        if isinstance(value, Reckoned) and parts(value, DEEPEST) > DEEPEST:
            raise NotStaticError(node, f"it is calculated from more than {DEEPEST} numbers")
        return self.together(node, list(value)) if isinstance(value, tuple) else value

    def _static_name(self, node: ast.Name) -> Static:
        match self.found(node.id):
            case Known(value=value):
                return value
            case Literal(name=name, value=value):
                self.used.append(name)
                return value
            case Tensor(static=value, literals=literals) if value is not None:
                self.used.extend(literals)
                return value
            case Listed(items=items) if all(isinstance(item, Known) for item in items):
                return self.together(node, [item.value for item in items if isinstance(item, Known)])
        raise NotStaticError(node, f"{node.id} depends on numbers that are given or calculated")

    def _static_item(self, node: ast.Subscript, inner: ast.expr, item: ast.expr) -> Static:
        """An entry of a shape, of a tuple, or of a list."""
        listed = self.found(inner.id) if isinstance(inner, ast.Name) else None
        if isinstance(listed, Listed) and not isinstance(item, ast.Slice):
            index = self._static(item)
            chosen = listed.items[index] if type(index) is int and -len(listed.items) <= index < len(listed.items) else None
            if isinstance(chosen, Known):
                return chosen.value
            raise NotStaticError(node, f"{self.source.said(node)[:60]} is calculated")
        return self.item_of(node, self._static(inner), item)

    def item_of(self, node: ast.Subscript, base: Static, item: ast.expr) -> Static:
        """What an index takes of a static value."""
        if isinstance(item, ast.Slice):
            ends = [None if end is None else self._static(end) for end in (item.lower, item.upper, item.step)]
            if isinstance(base, Measure):
                return Reckoned("[]", base, Span(*ends))
            if isinstance(base, tuple) and all(end is None or type(end) is int for end in ends) and ends[2] != 0:
                return self.together(node, list(base[slice(*ends)]))
        else:
            index = self._static(item)
            if isinstance(base, Measure) and base.what == "shape" and type(index) is int:
                return Measure(base.node, index)
            if isinstance(base, Reckoned) and base.sign in ("[]", "+") and type(index) is int:
                return self.reckon(node, "[]", base, index)
            if isinstance(base, tuple) and type(index) is int and -len(base) <= index < len(base):
                return base[index]
        raise NotStaticError(node, f"there is no {self.source.said(node)[:60]}")

    def _static_call(self, node: ast.Call, name: str, args: list[ast.expr]) -> Static:
        """len(x), int(a), slice(0, 2) and their like."""
        if name == "len" and len(args) == 1:
            value = self.drive(self.expression(args[0]))
            if isinstance(value, Known | Literal) and isinstance(value.value, tuple):
                self.used += [value.name] if isinstance(value, Literal) else []
                return len(value.value)
            return len(value.items) if isinstance(value, Listed) else Measure(self.node_of(value, args[0]), 0)
        if name in CASTS and len(args) == 1:
            value = self._static(args[0])
            if type(value) in (int, float):
                return CASTS[name](value)
        if name == "slice" and 1 <= len(args) <= 3:
            ends = [self._static(arg) for arg in args]
            return Span(*ends) if len(ends) > 1 else Span(None, ends[0])
        raise NotStaticError(node, f"{self.source.said(node)[:60]} is calculated")

    def _axis(self, node: ast.expr) -> int:
        axis = self._static(node)
        if type(axis) is not int:
            raise NotStaticError(node, "an axis is a whole number")
        return axis


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
