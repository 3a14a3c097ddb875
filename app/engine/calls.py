"""Calls: of operations, as functions and as methods, by NumPy's and PyTorch's names and keywords; and of what is defined in the language."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any

from app.engine import names
from app.engine.grammar import Source, fail
from app.engine.lower import Expressions, NotStaticError, Reading, dotted_name
from app.engine.ops import OPERATIONS, REQUIRED, Operation, Parameter
from app.engine.prelude import prelude
from app.engine.program import Group, Measure, Place, Reckoned, Span, Statement, Static
from app.engine.values import Definition, Known, Listed, Scope, Tensor, Value
from app.settings import Limits

CALL_DEPTH = 64
"""Calls within calls, at most."""
COUNTS = {1: "one argument", 2: "two arguments", 3: "three arguments"}


@dataclass(frozen=True, slots=True)
class Called:
    """A call as it stands: what it is called by, the value it is a method of, and the prefix before it."""

    node: ast.Call
    name: str
    receiver: ast.expr | None = None
    prefix: str = ""

    @property
    def positional(self) -> list[ast.expr]:
        return [*([self.receiver] if self.receiver else []), *self.node.args]

    @property
    def keywords(self) -> list[ast.keyword]:
        return [keyword for keyword in self.node.keywords if keyword.arg not in names.IGNORED]

    @property
    def is_torch(self) -> bool:
        """Whether it is certainly PyTorch's: by its prefix, or by a keyword that NumPy has not."""
        return self.prefix in ("torch", "F") or any(keyword.arg in ("dim", "keepdim", "unbiased") for keyword in self.keywords)


class Calls(Expressions):
    """Reads calls; a call of a definition is inlined as a group of its own."""

    def __init__(self, source: Source, limits: Limits) -> None:
        super().__init__(source, limits)
        self.definitions: dict[str, Definition] = {}
        self.later: dict[str, int] = {}
        """The lines of all defs, those to come among them."""
        self.active: list[str] = []
        self.results: dict[int, Statement] = {}
        """What calls return and nobody has named: their names, by node."""

    def block(self, statements: list[ast.stmt]) -> Reading:
        raise NotImplementedError

    # which call it is

    def is_callable(self, name: str) -> bool:
        return name in self.functions or name in OPERATIONS

    @property
    def functions(self) -> Mapping[str, Definition]:
        """What is defined in the language, as seen from here: the prelude sees itself alone."""
        return prelude() if self.at else {**prelude(), **self.definitions}

    def definition(self, name: str) -> Definition | None:
        found = None if self.at else self.definitions.get(name)
        return found or prelude().get(name)

    def call(self, node: ast.Call) -> Reading:
        for argument in node.args:
            if isinstance(argument, ast.Starred):
                self.fail(argument, "Arguments cannot be unpacked with *.", "Write them out, one by one.")
        for keyword in node.keywords:
            if keyword.arg is None:
                self.fail(keyword, "Arguments cannot be unpacked with **.", "Write them out, one by one.")
        called = self.called(node)
        special = SPECIAL.get(called.name)
        own = called.receiver is None and not called.prefix and not self.at and called.name in self.definitions
        if special is not None and not own:
            value = yield special(self, called)
            if value is not None:
                return value  # type: ignore[no-any-return]
        definition = self.definition(called.name) if not called.prefix or names.find(called.name) is None else None
        if definition is not None and (called.receiver is None or names.find(called.name) is None):
            return (yield self.inlined(definition, called))
        name = names.find(called.name)
        if name is None:
            self.unknown(called)
        return (yield self.operation(OPERATIONS[name], called))

    def called(self, node: ast.Call) -> Called:
        if isinstance(node.func, ast.Name):
            return Called(node, node.func.id)
        if not isinstance(node.func, ast.Attribute):
            self.fail(node.func, "Only an operation can be called, by its name.", "Write mean(u), for example.")
        dotted = dotted_name(node.func)
        first, *rest = (dotted or "").split(".")
        if dotted and first in names.MODULES and not self.stands(first):
            if any(part not in names.SUBMODULES for part in rest[:-1]):
                self.fail(node.func, f"There is no {dotted}.", names.suggestion(rest[-1], self.callable_names()))
            return Called(node, rest[-1], prefix=first)
        return Called(node, node.func.attr, node.func.value)

    def callable_names(self) -> list[str]:
        return [*OPERATIONS, *names.ALSO, *self.functions, *SPECIAL]

    def unknown(self, called: Called) -> None:
        func = called.node.func
        if called.name in self.root.names and called.receiver is None:
            self.fail(func, f"{called.name} is a value, not an operation.", f"To multiply, write {called.name} * (…).")
        hint = names.suggestion(called.name, self.callable_names())
        if called.name in self.later:
            hint = f"It is defined in line {self.later[called.name]}: move the def up, before its first call."
        if called.name in names.GRADIENTS:
            hint = "Write the forward pass alone: the gradients are calculated from it."
        self.fail(func, f"There is no operation called {called.name}.", hint)

    # operations

    def operation(self, entry: Operation, called: Called) -> Reading:
        """A node of the table from a call's arguments."""
        place = self.place(called.node)
        if entry.variadic:
            args, rest = yield from self.listed(entry, called)
        else:
            args, rest = yield from self.tensors(entry, called)
        static = self.parameters(entry, called, rest)
        return Tensor(self.apply(entry.name, place, *args, **static))

    def tensors(self, entry: Operation, called: Called) -> Generator[Any, Any, tuple[list[int], list[ast.expr]]]:
        """The tensor arguments in the table's order, and the positional ones that are left."""
        count = len(entry.arguments)
        given: dict[str, ast.expr] = dict(zip(entry.arguments, called.positional[:count], strict=False))
        for keyword in called.keywords:
            name = self.argument_name(entry, keyword.arg or "")
            if name is not None:
                if name in given:
                    self.fail(keyword, f"{keyword.arg} is given twice.")
                given[name] = keyword.value
        swallowing = any(p.kind == "shape" for p in entry.parameters)
        if len(given) < count or (len(called.positional) > count + len(entry.parameters) and not swallowing):
            needs = COUNTS.get(count, f"{count} arguments")
            self.fail(called.node, f"{entry.name} takes {needs}, not {len(called.positional)}.", f"It is called as {entry.signature}.")
        args = []
        for name in entry.arguments:
            args.append((yield from self.node(given[name])))
        return args, called.positional[count:]

    def listed(self, entry: Operation, called: Called) -> Generator[Any, Any, tuple[list[int], list[ast.expr]]]:
        """The tensors of an operation on a list; einsum("ij,jk->ik", a, b) names its subscripts first."""
        positional = called.positional
        if positional and isinstance(positional[0], ast.Constant) and isinstance(positional[0].value, str):
            if len(positional) < 2:
                self.fail(called.node, f"{entry.name} needs values to work on.", f"It is called as {entry.signature}.")
            args = []
            for argument in positional[1:]:
                args.append((yield from self.node(argument)))
            return args, positional[:1]
        value = (yield self.value(positional[0])) if positional else Listed([])
        if not isinstance(value, Listed) or not value.items:
            self.fail(called.node, f"{entry.name} takes a list of values.", f"It is called as {entry.signature}.")
        return [self.node_of(item, positional[0]) for item in value.items], positional[1:]

    def argument_name(self, entry: Operation, keyword: str) -> str | None:
        """The tensor argument that a keyword means, if it means one."""
        if any(keyword == p.name or keyword in p.also for p in entry.parameters) or entry.variadic:
            return None
        if keyword in entry.arguments:
            return keyword
        if keyword in names.FIRST:
            return entry.arguments[0]
        return entry.arguments[1] if keyword in names.SECOND and len(entry.arguments) > 1 else None

    def parameters(self, entry: Operation, called: Called, rest: list[ast.expr]) -> dict[str, Static]:
        """The static arguments by name; positional ones in the table's order, whole numbers in a row as one shape."""
        found: dict[str, Static] = {}
        for i, parameter in enumerate(entry.parameters):
            if not rest:
                break
            if parameter.kind == "shape" and len(rest) > 1 and i == len(entry.parameters) - 1:
                found[parameter.name] = self.checked(parameter, tuple(self.literal(parameter, one) for one in rest), rest[0])
                rest = []
            else:
                found[parameter.name] = self.checked(parameter, self.literal(parameter, rest[0]), rest[0])
                rest = rest[1:]
        if rest:
            self.fail(rest[0], f"{entry.name} takes no further argument.", f"It is called as {entry.signature}.")
        for keyword in called.keywords:
            name = keyword.arg or ""
            match = next((p for p in entry.parameters if name == p.name or name in p.also), None)
            if match is None:
                if self.argument_name(entry, name) is not None:
                    continue
                self.unknown_keyword(entry, keyword)
            if match.name in found:
                self.fail(keyword, f"{name} is given twice.")
            found[match.name] = self.checked(match, self.literal(match, keyword.value), keyword.value)
        for parameter in entry.parameters:
            if parameter.default is REQUIRED and parameter.name not in found:
                self.fail(called.node, f"{entry.name} needs {parameter.name}.", f"It is called as {entry.signature}.")
        return found

    def unknown_keyword(self, entry: Operation, keyword: ast.keyword) -> None:
        all_names = [other for p in entry.parameters for other in (p.name, *p.also)]
        near = difflib.get_close_matches(keyword.arg or "", all_names, 1)
        hint = f"Did you mean {near[0]}=?" if near else f"It is called as {entry.signature}."
        self.fail(keyword, f"{entry.name} takes no argument called {keyword.arg}.", hint)

    def literal(self, parameter: Parameter, node: ast.expr) -> Static:
        try:
            value = self.static(node)
        except NotStaticError as error:
            self.fail(node, f"{parameter.name} must be {WANTED[parameter.kind]}, which the text says: {error.why}.")
        self.fix(node)
        return value

    def checked(self, parameter: Parameter, value: Static, where: ast.expr) -> Static:
        """A static argument in the form its kind has."""
        found = accepted(parameter, value)
        if found is not NOT_ACCEPTED:
            return found
        wanted = " or ".join(map(repr, parameter.choices)) if parameter.choices else WANTED[parameter.kind]
        self.fail(where, f"{parameter.name} must be {wanted}, written out.")

    # definitions

    def inlined(self, definition: Definition, called: Called) -> Reading:
        """The body of a definition, with its parameters standing for what the call gives, as a group of its own."""
        place, label = self.place(called.node), definition.name
        if definition.name in self.active and (definition.prelude == bool(self.at)):
            fail(place, f"{label} calls itself.", "Recursion is not part of the language: write a for loop with range(…).")
        if len(self.active) >= CALL_DEPTH:
            fail(place, f"Calls are nested more than {CALL_DEPTH} deep.", "Write some of the functions out.")
        given = yield from self.arguments(definition, called)
        before = (self.scope, self.source, self.at, self.group)
        start = len(self.nodes)
        group = self.open_group(label, place)
        self.scope = Scope(group, dict(given))
        self.source, self.at = definition.source, (self.at or place) if definition.prelude else self.at
        self.active.append(label)
        *body, last = definition.tree.body
        yield self.block([one for one in body if not is_docstring(one)])
        assert isinstance(last, ast.Return)
        assert last.value is not None
        value = yield self.value(last.value)
        if isinstance(value, Listed):
            outputs = [self.node_of(item, last.value) if not isinstance(item, Known) else None for item in value.items]
        else:
            outputs = [None if isinstance(value, Known) else self.node_of(value, last.value)]
            value = value if outputs[0] is None else Tensor(outputs[0])
        text = self.source.said(last.value)
        self.active.pop()
        self.scope, self.source, self.at, self.group = before
        self.close_group(group, Group(
            group, label, True, self.group, start, len(self.nodes), place, tuple(one for one in outputs if one is not None),
            tuple(item.node for item in given.values() if isinstance(item, Tensor)),
        ))  # fmt: skip
        for number, node in enumerate(outputs, 1):
            if node is not None and node >= start and node not in self.named:
                name = group if len(outputs) == 1 else f"{group}.out{number}"
                self.results[node] = Statement(name, node, place, text, group)
                self.ids[name] = node
        return value  # type: ignore[no-any-return]

    def arguments(self, definition: Definition, called: Called) -> Generator[Any, Any, dict[str, Value]]:
        """What each parameter of a definition stands for in a call."""
        wanted = definition.parameters
        hint = f"It is called as {definition.signature}."
        if len(called.positional) > len(wanted):
            counted = COUNTS.get(len(wanted), f"{len(wanted)} arguments")
            self.fail(called.node, f"{definition.name} takes {counted}, not {len(called.positional)}.", hint)
        given: dict[str, ast.expr] = dict(zip(wanted, called.positional, strict=False))
        for keyword in called.node.keywords:
            name = keyword.arg or ""
            if name not in wanted:
                near = difflib.get_close_matches(name, wanted, 1)
                more = f"Did you mean {near[0]}=?" if near else hint
                self.fail(keyword, f"{definition.name} takes no argument called {name}.", more)
            if name in given:
                self.fail(keyword, f"{name} is given twice.")
            given[name] = keyword.value
        found: dict[str, Value] = {}
        for name in wanted:
            if name in given:
                value = yield self.value(given[name])
                plain = isinstance(value, Known | Listed) or (isinstance(value, Tensor) and value.static is not None)
                found[name] = value if plain else Tensor(self.node_of(value, given[name]), *self.static_of(value))
            elif name in definition.defaults:
                found[name] = definition.defaults[name]
            else:
                self.fail(called.node, f"{definition.name} needs {name}.", hint)
        return found

    def static_of(self, value: Value) -> tuple[Static, tuple[str, ...]]:
        raise NotImplementedError

    # groups

    def open_group(self, label: str, place: Place) -> str:
        """A place among the groups, before those within it; its address."""
        prefix = f"{self.scope.id}." if self.scope.id else ""
        number = self.scope.calls[label] = self.scope.calls.get(label, 0) + 1
        base = prefix + label.replace(" ", "")
        self.group = base if number == 1 else f"{base}__{number}"
        self.groups.append(Group(self.group, label, True, None, 0, 0, place))
        self.positions[self.group] = len(self.groups) - 1
        return self.group

    def close_group(self, name: str, group: Group) -> None:
        self.groups[self.positions[name]] = group

    @property
    def positions(self) -> dict[str, int]:
        raise NotImplementedError


WANTED = {
    "flag": "True or False",
    "axis": "a whole number such as 0, several such as (0, 1), or None",
    "shape": "sizes such as (3, 1)",
    "whole": "a whole number",
    "number": "a number",
    "word": "a word in quotes",
    "index": "what stands between brackets",
    "widths": "a whole number, or a pair of them for each axis, such as ((1, 1), (0, 2))",
}
NOT_ACCEPTED = object()


def accepted(parameter: Parameter, value: Static) -> Static:
    """A static argument in the form its kind has; NOT_ACCEPTED where it has another."""
    if value is None and (parameter.kind == "axis" or parameter.default is None):
        return None
    if isinstance(value, Measure | Reckoned):
        return value if parameter.kind in ("axis", "shape", "whole", "number", "index", "widths") else NOT_ACCEPTED
    whole, several = _is_whole(value), isinstance(value, tuple) and all(map(_is_whole, value))
    match parameter.kind:
        case "flag":
            fits = isinstance(value, bool)
        case "axis":
            fits = whole or several
        case "shape":
            if whole:
                return (value,)
            fits = several
            if isinstance(value, tuple) and len(value) == 1 and isinstance(value[0], tuple | Measure):
                return accepted(parameter, value[0]) if isinstance(value[0], tuple) else value[0]
        case "whole":
            fits = whole
        case "number":
            fits = isinstance(value, int | float) and not isinstance(value, bool)
        case "word":
            fits = isinstance(value, str) and (not parameter.choices or value in parameter.choices)
        case "index":
            items = value if isinstance(value, tuple) else (value,)
            fits = all(_is_whole(item) or item is None or item is ... or isinstance(item, tuple | Span) for item in items)
            value = items
        case "widths":
            fits = (
                whole or several or (isinstance(value, tuple) and all(isinstance(one, tuple) and all(map(_is_whole, one)) for one in value))
            )
        case _:
            fits = False
    return value if fits else NOT_ACCEPTED


def _is_whole(value: Static) -> bool:
    return isinstance(value, Measure | Reckoned) or (type(value) is int and abs(value) < 2**31)


def is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant) and isinstance(statement.value.value, str)


# --- calls that are more than one operation, or another one than their name says

Special = Callable[[Calls, Called], Reading]


def _nothing() -> Reading:
    return None  # type: ignore[return-value]
    yield


def extreme(reader: Calls, called: Called) -> Reading:
    """max and min: of several values element by element, as Python's and PyTorch's; of one, over its axes."""
    name = {"max": "maximum", "min": "minimum"}[called.name]
    several = len(called.positional) > 1 and not called.keywords
    if several and (called.prefix or called.receiver is not None):
        # np.max(x, 0) and x.max(0) name an axis; torch.max(a, b) another tensor.
        several = reader.attempt(called.positional[1]) is None
    if not several:
        return None  # type: ignore[return-value]
    total = yield from reader.node(called.positional[0])
    for other in called.positional[1:]:
        total = reader.apply(name, reader.place(called.node), total, (yield from reader.node(other)))
    return Tensor(total)


def total(reader: Calls, called: Called) -> Reading:
    """sum of a list: its values added up, as Python's."""
    if called.prefix or called.receiver is not None or len(called.positional) != 1 or called.keywords:
        return None  # type: ignore[return-value]
    node = called.positional[0]
    if isinstance(node, ast.Name) and isinstance(reader.scope.names.get(node.id, reader.root.names.get(node.id)), Listed):
        value = yield node
        if value.items:
            found = reader.node_of(value.items[0], node)
            for item in value.items[1:]:
                found = reader.apply("add", reader.place(called.node), found, reader.node_of(item, node))
            return Tensor(found)
    return None  # type: ignore[return-value]


def unchanged(reader: Calls, called: Called) -> Reading:
    """x.float(), np.array(…), torch.tensor(…): the numbers as they are."""
    if not called.positional:
        return None  # type: ignore[return-value]
    value = yield reader.value(called.positional[0])
    if isinstance(value, Listed) and not all(isinstance(item, Known) for item in value.items):
        return Tensor(
            reader.apply("stack", reader.place(called.node), *(reader.node_of(item, called.node) for item in value.items), axis=0)
        )
    return value  # type: ignore[no-any-return]


def static_call(reader: Calls, called: Called) -> Reading:
    """len(x), x.size(0), x.numel(), x.dim(): numbers that the shape says."""
    if called.name in ("numel", "dim", "size") and len(called.positional) == 1 + (called.name == "size" and bool(called.node.args)):
        if called.name == "size" and called.receiver is None and not called.prefix:
            return None  # type: ignore[return-value]
        if called.name == "size" and len(called.positional) == 2:
            return Known(reader.static(called.node)) if called.receiver is not None else None  # type: ignore[return-value]
        node = yield from reader.node(called.positional[0])
        what = {"numel": "size", "dim": "rank", "size": "shape" if called.receiver is not None else "size"}[called.name]
        return Known(Measure(node, what))
    if called.name == "len" and called.receiver is None and len(called.positional) == 1:
        try:
            return Known(reader.static(called.node))
        except NotStaticError as error:
            reader.fail(called.node, f"This has no length: {error.why}.")
    return None  # type: ignore[return-value]


def cut(reader: Calls, called: Called) -> Reading:
    """chunk(x, 2) and NumPy's split(x, 2): a list of equal parts."""
    if called.prefix in ("torch",) and called.name == "split":
        reader.fail(called.node.func, "torch.split takes the size of a part.", "Write chunk(x, 2), with the number of parts.")
    entry = OPERATIONS["split"]
    rest = called.positional[1:]
    if not called.positional:
        return None  # type: ignore[return-value]
    parts = [keyword for keyword in called.node.keywords if keyword.arg == "part"]
    static = reader.parameters(entry, called, rest)
    a = yield from reader.node(called.positional[0])
    number = static["parts"]
    if not isinstance(number, int) or not 1 <= number <= 1000:
        reader.fail(called.node, "split needs the number of parts, from 1 to 1000.", "Write split(x, 2, axis=0).")
    if parts:
        return Tensor(reader.apply("split", reader.place(called.node), a, **static))
    return Listed([Tensor(reader.apply("split", reader.place(called.node), a, **static | {"part": part})) for part in range(number)])


def swapped(reader: Calls, called: Called) -> Reading:
    """x.transpose(0, 1), as PyTorch has it: two axes change places."""
    if called.name == "transpose" and not (
        len(called.positional) == 3 and all(reader.attempt(one) is not None for one in called.positional[1:])
    ):
        return None  # type: ignore[return-value]
    return (yield reader.operation(OPERATIONS["swapaxes"], called)) if called.name == "transpose" else None  # type: ignore[return-value]


def spread(reader: Calls, called: Called) -> Reading:
    """var and std: PyTorch divides by n − 1 unless it is told otherwise, NumPy by n."""
    flags = [keyword for keyword in called.node.keywords if keyword.arg == "unbiased"]
    told = any(keyword.arg in ("ddof", "correction", "unbiased") for keyword in called.node.keywords)
    if not flags and (told or not called.is_torch):
        return None  # type: ignore[return-value]
    others = [keyword for keyword in called.node.keywords if keyword not in flags]
    ddof = 1 if not flags else int(bool(reader.attempt(flags[0].value)))
    wanted = ast.keyword("ddof", ast.copy_location(ast.Constant(ddof), called.node))
    again = ast.copy_location(ast.Call(called.node.func, called.node.args, [*others, ast.copy_location(wanted, called.node)]), called.node)
    return (yield reader.operation(OPERATIONS[called.name], Called(again, called.name, called.receiver, called.prefix)))


def like(reader: Calls, called: Called) -> Reading:
    """zeros_like(x), ones_like(x), x.expand_as(y), x.reshape_as(y): the shape is that of another value."""
    if len(called.positional) < 1 + called.name.endswith("_as"):
        return None  # type: ignore[return-value]
    first = yield from reader.node(called.positional[0])
    place = reader.place(called.node)
    if called.name.endswith("_like"):
        value = {"zeros_like": 0.0, "ones_like": 1.0}[called.name]
        return Tensor(reader.apply("full", place, shape=Measure(first, "shape"), value=value))
    other = yield from reader.node(called.positional[1])
    op = "broadcast_to" if called.name == "expand_as" else "reshape"
    return Tensor(reader.apply(op, place, first, shape=Measure(other, "shape")))


SPECIAL: Mapping[str, Special] = {
    "max": extreme, "min": extreme, "sum": total, "len": static_call, "numel": static_call, "dim": static_call, "size": static_call,
    "split": cut, "chunk": cut, "transpose": swapped, "var": spread, "std": spread, "zeros_like": like, "ones_like": like,
    "expand_as": like, "view_as": like, "reshape_as": like,
} | dict.fromkeys(sorted(names.UNCHANGED), unchanged)  # fmt: skip
