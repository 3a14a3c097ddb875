"""Calls: of operations, as functions and as methods, by NumPy's and PyTorch's names; and of what is defined in the language."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Generator, Mapping
from typing import Any, NoReturn

from app.engine.language import mending, names
from app.engine.language.draft import NotStaticError, dotted_name
from app.engine.language.expressions import Expressions, Reading
from app.engine.language.grammar import Source, fail
from app.engine.language.prelude import prelude
from app.engine.language.special import SPECIAL, Called
from app.engine.language.values import Definition, Known, Listed, Literal, Scope, Tensor, Value
from app.engine.ops import OPERATIONS, REQUIRED, Operation, Parameter
from app.engine.program import Group, Place, Statement, Static
from app.engine.static import HINTS, NOT_ACCEPTED, WANTED, accepted
from app.errors import Repair
from app.settings import Limits

CALL_DEPTH = 64
"""Calls within calls, at most."""
LISTED = 1_000
"""Values in one list that become one, at most."""
COUNTS = {1: "one argument", 2: "two arguments", 3: "three arguments"}


class Calls(Expressions):
    """Reads calls; a call of a definition is inlined as a group of its own."""

    def __init__(self, source: Source, limits: Limits) -> None:
        super().__init__(source, limits)
        self.definitions: dict[str, Definition] = {}
        self.later: dict[str, int] = {}
        """The lines of all defs, those to come among them."""
        self.results: dict[int, tuple[int, Statement]] = {}
        """What calls return and nobody has named, by node: how many statements stood before it, and its own."""
        self.positions: dict[str, int] = {}
        """Where each group stands among the groups."""

    def count(self, where: ast.AST, steps: int = 1) -> None:
        raise NotImplementedError

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
        most, hint = names.OTHERWISE.get(called.name, (0, ""))
        given = len(called.positional) + sum(keyword.arg in ("bias", "weight") for keyword in called.keywords)
        if hint and called.prefix in ("torch", "F", "nn") and given > most:
            repair = mending.of_call(self.source, node, called.name, called.positional)
            self.fail(node, f"{called.name} takes other arguments here than PyTorch's.", hint, repair)
        special = SPECIAL.get(called.name)
        own = called.receiver is None and not called.prefix and not self.at and called.name in self.definitions
        if special is not None and not own:
            value = yield special(self, called)
            if value is not None:
                return value  # type: ignore[no-any-return]
        definition = self.definition(called.name) if not called.prefix or called.name not in OPERATIONS else None
        if definition is not None and (called.receiver is None or names.find(called.name) is None):
            return (yield self.inlined(definition, called))  # type: ignore[no-any-return]
        name = names.find(called.name)
        if name is None:
            self.unknown(called)
        return (yield self.operation(OPERATIONS[name], called))  # type: ignore[no-any-return]

    def called(self, node: ast.Call) -> Called:
        if isinstance(node.func, ast.Name):
            return Called(node, node.func.id)
        if not isinstance(node.func, ast.Attribute):
            self.uncallable(node.func)
        dotted = dotted_name(node.func)
        first, *rest = (dotted or "").split(".")
        if dotted and first in names.MODULES and not self.stands(first):
            if any(part not in names.SUBMODULES for part in rest[:-1]):
                meant = names.near(rest[-1], self.callable_names())
                repair = mending.instead(self.source, node.func, meant) if meant else self.instead_of(Called(node, rest[-1], prefix=first))
                self.fail(node.func, f"There is no {dotted}.", names.suggestion(rest[-1], self.callable_names()), repair)
            return Called(node, rest[-1], prefix=first)
        return Called(node, node.func.attr, node.func.value)

    def callable_names(self) -> list[str]:
        return [*OPERATIONS, *names.ALSO, *self.functions, *SPECIAL]

    def unknown(self, called: Called) -> NoReturn:
        func, name = called.node.func, called.name
        if called.receiver is None and self.stands(name):
            one = len(called.node.args) == 1 and not called.node.keywords
            repair = mending.of_product(self.source, func) if one else None
            self.fail(func, f"{name} is a value, not an operation.", f"To multiply, write {name} * (…).", repair)
        if name in SPECIAL:
            self.fail(called.node, f"{name} takes one argument, not {len(called.positional)}.", f"Write {name}(x).")
        hint, repair = names.suggestion(name, self.callable_names()), self.instead_of(called)
        if name in self.later:
            hint, repair = f"It is defined in line {self.later[name]}: move the def up, before its first call.", None
        if called.receiver is not None and name in ("T", "mT", "shape", "ndim"):
            bare = not called.node.args and not called.node.keywords
            repair = mending.instead(self.source, called.node, self.source.said(func)) if bare else None
            hint = f"It is no operation: leave the parentheses out, .{name}."
        if name in names.GRADIENTS:
            hint, repair = "Write the forward pass alone: the gradients are calculated from it.", None
        self.fail(func, f"There is no operation called {name}.", hint, repair)

    def instead_of(self, called: Called) -> Repair | None:
        """What to write for a call of something that is not there."""
        if names.WRITE_INSTEAD.get(called.name, "").startswith("Delete"):
            return mending.without(self.source, called.node)
        meant = names.near(called.name, self.callable_names())
        if meant:
            return mending.name_of(self.source, called.node.func, called.name, meant)
        return mending.of_call(self.source, called.node, called.name, called.positional)

    def uncallable(self, func: ast.expr) -> NoReturn:
        """Refuses to call what is no name: 2(a + b) has lost its sign, nn.MSELoss()(a, b) is an operation here."""
        hint, repair = "Write mean(u), for example.", None
        if isinstance(func, ast.Constant | ast.BinOp):
            hint, repair = "To multiply, write the sign: 2 * (a + b).", mending.of_product(self.source, func)
        elif isinstance(func, ast.Call) and not func.args and not func.keywords and isinstance(func.func, ast.Attribute):
            name = func.func.attr
            meant = names.RENAMED.get(name) or names.near(name, self.callable_names())
            if meant and (dotted_name(func.func) or "").partition(".")[0] in names.MODULES:
                hint, repair = f"Write {meant}(…).", mending.instead(self.source, func, meant)
        self.fail(func, "Only an operation can be called, by its name.", hint, repair)

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
                    self.fail(keyword, f"{keyword.arg} is given twice.", "Leave one of them out.")
                given[name] = keyword.value
        swallowing = any(p.kind == "shape" for p in entry.parameters)
        if len(given) < count or (len(called.positional) > count + len(entry.parameters) and not swallowing):
            needs = COUNTS.get(count, f"{count} arguments")
            if len(given) == count:
                needs = f"at most {count + len(entry.parameters)} arguments" if entry.parameters else needs
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
        if isinstance(value, Known) and isinstance(value.value, tuple):
            value = Listed([Known(item) for item in value.value])
        if not isinstance(value, Listed) or not value.items:
            repair = self.bracketed(called.node) if isinstance(value, Tensor | Literal) else None
            self.fail(called.node, f"{entry.name} takes a list of values.", f"It is called as {entry.signature}.", repair)
        if len(value.items) > LISTED:
            self.fail(
                called.node, f"{entry.name} takes at most {LISTED:,} values, and this list has {len(value.items):,}.", "Do it in steps."
            )
        return [self.node_of(item, positional[0]) for item in value.items], positional[1:]

    def bracketed(self, call: ast.Call) -> Repair | None:
        """stack(a, b) with its values in brackets; a number behind them is the axis."""
        said = [self.source.said(one) for one in call.args]
        count = len(said) - (len(said) > 1 and self.with_literals(call.args[-1])[0] is not None)
        values = f"[{', '.join(said[:count])}]"
        others = [*said[count:], *(f"{keyword.arg}={self.source.said(keyword.value)}" for keyword in call.keywords)]
        return mending.instead(self.source, call, f"{self.source.said(call.func)}({', '.join([values, *others])})")

    def argument_name(self, entry: Operation, keyword: str) -> str | None:
        """The tensor argument that a keyword means, if it means one."""
        if any(keyword == p.name or keyword in p.also for p in entry.parameters) or entry.variadic:
            return None
        if keyword in entry.arguments:
            return keyword
        if keyword in names.FIRST and entry.arguments:
            return entry.arguments[0]
        return entry.arguments[1] if keyword in names.SECOND and len(entry.arguments) > 1 else None

    def parameters(self, entry: Operation, called: Called, rest: list[ast.expr]) -> dict[str, Static]:
        """The static arguments by name; positional ones in the table's order, whole numbers in a row as one shape."""
        found: dict[str, Static] = {}
        for i, parameter in enumerate(entry.parameters):
            if not rest:
                break
            if parameter.kind == "shape" and len(rest) > 1 and i == len(entry.parameters) - 1:
                found[parameter.name] = self.checked(entry, parameter, tuple(self.literal(parameter, one) for one in rest), rest[0])
                rest = []
            else:
                found[parameter.name] = self.checked(entry, parameter, self.literal(parameter, rest[0]), rest[0])
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
                self.fail(keyword, f"{name} is given twice.", "Leave one of them out.")
            found[match.name] = self.checked(entry, match, self.literal(match, keyword.value), keyword.value)
        for parameter in entry.parameters:
            if parameter.default is REQUIRED and parameter.name not in found:
                self.fail(called.node, f"{entry.name} needs {parameter.name}.", f"It is called as {entry.signature}.")
        return found

    def unknown_keyword(self, entry: Operation, keyword: ast.keyword) -> NoReturn:
        all_names = [other for p in entry.parameters for other in (p.name, *p.also)]
        near = difflib.get_close_matches(keyword.arg or "", all_names, 1)
        hint = f"Did you mean {near[0]}=?" if near else f"It is called as {entry.signature}."
        repair = mending.keyword(self.source, keyword, near[0]) if near else None
        self.fail(keyword, f"{entry.name} takes no argument called {keyword.arg}.", hint, repair)

    def literal(self, parameter: Parameter, node: ast.expr) -> Static:
        used = len(self.used)
        try:
            value = self.static(node)
        except NotStaticError as error:
            hint = HINTS.get(parameter.kind, "Write the number itself, a name that was given one (n = 3), or a size such as x.shape[0].")
            repair = mending.of_word(self.source, node, parameter)
            self.fail(node, f"{parameter.name} must be {WANTED[parameter.kind]}, which the text says: {error.why}.", hint, repair)
        self.fix(node, used)
        return value

    def checked(self, entry: Operation, parameter: Parameter, value: Static, where: ast.expr) -> Static:
        """A static argument in the form its kind has."""
        found = accepted(parameter, value)
        if found is not NOT_ACCEPTED:
            return found
        wanted = " or ".join(map(repr, parameter.choices)) if parameter.choices else WANTED[parameter.kind]
        self.fail(where, f"{parameter.name} must be {wanted}, written out.", f"{parameter.name} stands in {entry.signature}.")

    # definitions

    def inlined(self, definition: Definition, called: Called) -> Reading:
        """The body of a definition, with its parameters standing for what the call gives, as a group of its own."""
        place, label = self.place(called.node), definition.name
        if (label, definition.prelude) in self.active:
            fail(place, f"{label} calls itself.", "Recursion is not part of the language: write a for loop with range(…).")
        if len(self.active) >= CALL_DEPTH:
            fail(place, f"Calls are nested more than {CALL_DEPTH} deep.", "Write some of the functions out.")
        self.count(called.node)
        given = yield from self.arguments(definition, called)
        before = (self.scope, self.source, self.at, self.group)
        start = len(self.nodes)
        group = self.open_group(label, place)
        self.scope = Scope(group, dict(given))
        self.source, self.at = definition.source, (self.at or place) if definition.prelude else self.at
        self.active.append((label, definition.prelude))
        *body, last = definition.tree.body
        yield self.block([one for one in body if not is_docstring(one)])
        assert isinstance(last, ast.Return)
        assert last.value is not None
        value = yield self.value(last.value)
        if isinstance(value, Listed):
            # What is returned beside the values, such as a cache of several, is handed on as it is.
            outputs = [None if isinstance(item, Known | Listed) else self.node_of(item, last.value) for item in value.items]
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
                self.results[node] = len(self.statements), Statement(name, node, place, text, group)
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
                repair = mending.keyword(self.source, keyword, near[0]) if near else None
                self.fail(keyword, f"{definition.name} takes no argument called {name}.", more, repair)
            if name in given:
                self.fail(keyword, f"{name} is given twice.", "Leave one of them out.")
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


def is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant) and isinstance(statement.value.value, str)
