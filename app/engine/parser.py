"""Program text to `Program`. Nothing is ever evaluated by Python: statements bind names, and expressions become nodes."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from app.engine import weights
from app.engine.language import mending, names
from app.engine.language.calls import Calls, is_docstring
from app.engine.language.draft import NotStaticError, is_counting
from app.engine.language.expressions import Reading, is_pair, places_of
from app.engine.language.grammar import REFUSED, Source, fail
from app.engine.language.mending import PLAIN
from app.engine.language.proof import proven
from app.engine.language.values import Definition, Known, Listed, Literal, Tensor, Value
from app.engine.program import LEAVES, Fixed, Group, Measure, Nested, Place, Program, Rank, Statement, Static
from app.errors import Fault, LimitError, ProgramError, Repair
from app.settings import Limits
from app.work.weight import weigh


def parse(text: str, limits: Limits | None = None) -> Program:
    """The program that a text says.

    Names that are used but never assigned are its inputs, in the order of their first use; so are names that are assigned a literal.

    Raises:
        ProgramError: the text is no such program; every fault has its line and column, and a hint where one helps.
        LimitError: it is longer than the limits allow.
    """
    bounds = limits or Limits()
    try:
        return _read(text, bounds)
    except ProgramError as error:
        raise proven(error, text, lambda mended: _read(mended, bounds)) from None


def _read(text: str, limits: Limits) -> Program:
    source = Source(text)
    return Parser(source, limits).program(source.module(limits))


class Parser(Calls):
    """Reads statements. The module that it reads is one of the source's, or made of it with the places kept."""

    def __init__(self, source: Source, limits: Limits) -> None:
        super().__init__(source, limits)
        self.counted = 0
        self.ranks: list[Rank] = []
        self.unread: dict[str, Literal] = {}
        self.last: list[ast.stmt] = []
        """The last statement of the text, if it has one."""

    def program(self, module: ast.Module) -> Program:
        self.last = module.body[-1:]
        self.later = {one.name: one.lineno for one in module.body if isinstance(one, ast.FunctionDef)}
        first = module.body[:1]
        self.drive(self.block(module.body[1:] if first and is_docstring(first[0]) else module.body))
        for name, literal in self.unread.items():
            if name not in self.literals and name not in self.fixed:
                self.literals[name] = self.input(name, literal.place, literal.value)
        if not self.statements:
            if self.inputs:
                place = self.inputs[-1].place
                fail(place, "The program only names numbers; it calculates nothing.", "Write a further line, such as loss = 3 * x ** 2.")
            if module.body:
                hint = "Write a further line, such as loss = mean(x ** 2)."
                self.fail(module.body[-1], "The program calculates nothing from its inputs.", hint)
            raise ProgramError(Fault("The program is empty.", 1, 1, 1, "Write a first line, such as y = 3 * x ** 2."))
        groups = tuple(group for group in self.groups if group.stop > group.start)
        fixed = {name: Fixed(place, self.unread[name].value) for name, place in self.fixed.items()}
        return Program(
            self.source.text, tuple(self.nodes), tuple(self.inputs), tuple(self.ordered()), groups, fixed, tuple(self.ranks)
        )  # fmt: skip

    def ordered(self) -> list[Statement]:
        """All statements, results of calls among them where they are returned; the last is one that the text names."""
        taken = {item.name for item in self.inputs} | {item.name for item in self.statements}
        last = self.statements.pop()
        returned: dict[int, list[Statement]] = {}
        for number, item in self.results.values():
            name = item.name
            while name in taken:
                name += ".out"
            taken.add(name)
            returned.setdefault(min(number, len(self.statements)), []).append(replace(item, name=name))
        found = [one for i, item in enumerate(self.statements) for one in (*returned.get(i, ()), item)]
        return [*found, *returned.get(len(self.statements), ()), last]

    def block(self, statements: Iterable[ast.stmt]) -> Reading:
        for statement in statements:
            self.count(statement)
            yield self.statement(statement)
        return Listed([])

    def count(self, where: ast.AST, steps: int = 1) -> None:
        """Holds the number of statements, passes and calls, each once for every time it is read, against the limit."""
        self.counted += steps
        weigh(min(steps, self.limits.statements) * weights.STATEMENT)
        most = self.limits.statements
        if self.counted > most:
            place = self.place(where)
            message = f"The program takes more than {most:,} steps, with every pass of its loops and every call written out."
            raise LimitError("statements", self.counted, most, Fault(message, place.line, place.column, place.end_column))

    def statement(self, statement: ast.stmt) -> Reading:
        match statement:
            case ast.Assign(targets=targets, value=value):
                yield self.assignment(targets, value)
            case ast.AugAssign(target=ast.Name() as target, op=op, value=value):
                if type(op) not in names.SIGNS:
                    self.refuse(statement, op)
                left = ast.copy_location(ast.Name(target.id, ast.Load()), target)
                whole = ast.copy_location(ast.BinOp(left, op, value), statement)
                said = self.source.said(value)
                said = said if isinstance(value, PLAIN) or said.startswith("(") else f"({said})"
                found = yield self.assigned(target, whole)
                self.bind(target, found, statement, f"{target.id} {names.SIGNS[type(op)]} {said}")
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="append"), args=[item])):
                listed = self.found(name)
                if not isinstance(listed, Listed):
                    free = listed is None and self.scope is self.root
                    repair = mending.of_append(self.source, statement, name) if free else None
                    self.fail(statement, f"{name} is no list.", f"Begin it as one: {name} = [] in an earlier line.", repair)
                value = yield self.value(item)
                listed.items.append(value if not isinstance(value, Literal) else Tensor(self.node_of(value, item)))
            case ast.Expr(value=value):
                self.loose(statement, value)
            case ast.For():
                yield self.loop(statement)
            case ast.FunctionDef():
                self.define(statement)
            case ast.Pass():
                pass
            case ast.AugAssign():
                self.fail(statement, "Values cannot be changed in place.", "Make a new value: give it a name of its own.")
            case _:
                self.refuse(statement)
        return Listed([])

    def loose(self, statement: ast.Expr, value: ast.expr) -> None:
        """An expression that is given no name."""
        source = self.source
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            comment = "# " + source.said(value).strip("\"'")
            repair = mending.instead(source, value, comment) if mending.without(source, statement) else None
            self.fail(statement, "A string is not part of the language.", "Write a comment: # …", repair)
        if type(value) in REFUSED:
            self.refuse(value)
        if isinstance(value, ast.Call):
            name = value.func.attr if isinstance(value.func, ast.Attribute) else getattr(value.func, "id", "")
            if name in names.GRADIENTS or name in names.DELETED:
                hint = "Delete this line: the gradients are calculated from the forward pass, and every value is shown."
                self.fail(statement, f"{name} is not part of the language.", hint, mending.without(source, statement))
        hint, repair = "Give the value a name: loss = …", None
        if isinstance(value, ast.Compare) and isinstance(value.left, ast.Name) and isinstance(value.ops[0], ast.Eq):
            hint = f"One = gives a value its name: {value.left.id} = …"
            repair = mending.between(source, value.left, value.comparators[0], "==", "=")
        elif self.last == [statement]:
            repair = mending.before(source, statement, "loss = ")
        self.fail(statement, "An expression without a name is not part of the language.", hint, repair)

    # assignments

    def assignment(self, targets: list[ast.expr], value: ast.expr) -> Reading:
        for target in targets:
            if not isinstance(target, ast.Name | ast.Tuple | ast.List):
                self.refuse_target(target)
        first = targets[0]
        if isinstance(first, ast.Tuple | ast.List) and isinstance(value, ast.Tuple | ast.List) and len(first.elts) == len(value.elts):
            found = []
            for target, part in zip(first.elts, value.elts, strict=True):
                found.append((target, (yield self.assigned(target, part)), part))
            for target, one, part in found:
                self.bind(target, one, part, self.source.said(part))
            targets = targets[1:]
        elif isinstance(first, ast.Tuple | ast.List):
            if is_pair(value) and len(first.elts) == 2:
                assert isinstance(value, ast.Call)
                whole = Listed([(yield value), (yield places_of(value))])
            else:
                whole = yield self.value(value)
            self.unpack(first, whole, value)
            targets = targets[1:]
        for target in targets:
            one = yield self.assigned(target, value)
            self.bind(target, one, value, self.source.said(value))
        return Listed([])

    def assigned(self, target: ast.expr, value: ast.expr) -> Reading:
        """What an assignment gives its name: a literal, a static value, a list, or a node."""
        if isinstance(target, ast.Name):
            literal = self.literal_of(value)
            if literal is not None:
                if self.scope is not self.root or self.passes:
                    return Known(literal)
                return Literal("", literal, self.place(target))
        found = yield self.value(value)
        if isinstance(found, Known) and (found.value is None or isinstance(found.value, bool | str) or found.value is ...):
            self.fail(value, "Only real numbers can stand here.", "Write a number, such as 1 or 0.5.")
        if isinstance(found, Tensor):
            return Tensor(found.node, *self.with_literals(value))
        return found  # type: ignore[no-any-return]

    def literal_of(self, node: ast.expr) -> Nested:
        """The number, or nested tuples of numbers, that an expression writes out; None of anything else."""
        if (
            isinstance(node, ast.Call)
            and len(node.args) >= 1
            and isinstance(node.args[0], ast.List | ast.Tuple | ast.Constant | ast.UnaryOp)
        ):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in ("array", "tensor", "asarray", "as_tensor", "float"):
                return self.literal_of(node.args[0])
        if isinstance(node, ast.Tuple):
            return None
        stack, plain = [node], True
        while stack and plain:
            one = stack.pop()
            if isinstance(one, ast.List | ast.Tuple):
                stack.extend(one.elts)
                plain = bool(one.elts)
            elif isinstance(one, ast.UnaryOp | ast.BinOp):
                stack.extend([one.operand] if isinstance(one, ast.UnaryOp) else [one.left, one.right])
            else:
                plain = isinstance(one, ast.Constant) and type(one.value) in (int, float)
        if not plain:
            return None
        try:
            value = self.static(node)
        except NotStaticError:
            return None
        if isinstance(value, tuple):
            self.array(node, self.place(node), value)
            self.nodes.pop()
        return value

    def static_of(self, value: Value) -> tuple[Static, tuple[str, ...]]:
        match value:
            case Literal(name=name, value=static):
                return static, (name,)
            case Tensor(static=static, literals=literals):
                return static, literals
            case Known(value=static):
                return static, ()
        return None, ()

    def bind(self, target: ast.expr, value: Value, where: ast.AST, text: str) -> None:
        """Gives a value a name; a node that has one already, and an input, get a node of their own for it."""
        if not isinstance(target, ast.Name):
            self.refuse_target(target)
        assert isinstance(target, ast.Name)
        self.check_name(target, target.id)
        scope, name = self.scope, target.id
        if isinstance(value, Known | Listed):
            scope.names[name] = value
            return
        number = scope.versions[name] = scope.versions.get(name, 0) + 1
        prefix = f"{scope.id}." if scope.id else ""
        id_ = f"{prefix}{name}" if number == 1 else f"{prefix}{name}__{number}"
        if isinstance(value, Literal) and not value.name:
            scope.names[name] = self.unread[id_] = Literal(id_, value.value, value.place)
            return
        static, literals = self.static_of(value)
        node = self.node_of(value, where)
        if node in self.named or self.nodes[node].op in LEAVES:
            node = self.apply("identity", self.place(where), node)
        self.results.pop(node, None)
        self.named.add(node)
        self.ids[id_] = node
        scope.names[name] = Tensor(node, static, literals)
        start, end = self.place(target), self.place(where)
        place = Place(start.line, start.column, end.end_column if end.line == start.line else start.end_column)
        self.statements.append(Statement(id_, node, place, text, self.group))

    def unpack(self, target: ast.Tuple | ast.List, value: Value, where: ast.expr) -> None:
        if not isinstance(value, Listed):
            hint = "Write one assignment for each value: a = x[0], then b = x[1]."
            if isinstance(value, Known) and isinstance(value.value, tuple):
                value = Listed([Known(item) for item in value.value])
            elif isinstance(value, Known) and isinstance(value.value, Measure) and value.value.what == "shape":
                node, count = value.value.node, len(target.elts)
                self.ranks.append(Rank(node, count, self.place(target)))
                value = Listed([Known(Measure(node, axis)) for axis in range(count)])
            else:
                self.fail(where, "A tensor is not several values.", hint)
        if len(value.items) != len(target.elts):
            hint = "Write as many names as there are values."
            self.fail(target, f"There are {len(target.elts)} names for {len(value.items)} values.", hint)
        for name, item in zip(target.elts, value.items, strict=True):
            self.bind(name, item, where, self.source.said(where))

    def refuse_target(self, target: ast.expr) -> None:
        if isinstance(target, ast.Attribute) and target.attr in names.GRADIENTS:
            self.fail(target, f".{target.attr} cannot be assigned.", "Write the forward pass alone: the gradients are calculated from it.")
        if isinstance(target, ast.Subscript):
            self.fail(target, "Values cannot be changed in place.", "Make a new value, with where(c, a, b) or stack([a, b]).")
        self.fail(target, "A statement gives a name to a value.", "Write name = expression.")

    # loops and definitions

    def loop(self, statement: ast.For) -> Reading:
        """for i in range(n), or over a list: its body once for each pass, each a group of its own."""
        if statement.orelse:
            self.fail(statement.orelse[0], "else is not part of a loop here.", "Write its lines after the loop.")
        if not isinstance(statement.target, ast.Name):
            self.fail(statement.target, "A loop has one name that counts.", "Write for i in range(3): and use xs[i] in it.")
        name = statement.target.id
        self.check_name(statement.target, name)
        rounds: list[Value]
        if is_counting(statement.iter):
            numbers = self.counting(statement.iter)
            try:
                passes = len(numbers)
            except OverflowError:
                passes = self.limits.statements + 1
            self.count(statement, passes)
            rounds = [Known(number) for number in numbers]
        else:
            over = yield self.value(statement.iter)
            static, literals = self.static_of(over)
            if isinstance(static, tuple):
                self.used += literals
                self.fix(statement.iter, len(self.used) - len(literals))
                over = Listed([Known(one) for one in static])
            if not isinstance(over, Listed):
                whole = type(static) is int
                repair = mending.instead(self.source, statement.iter, f"range({self.source.said(statement.iter)})") if whole else None
                hint = "Write for i in range(3): and use x[i] in it."
                self.fail(statement.iter, "A loop runs over range(…) or a list.", hint, repair)
            rounds = list(over.items)
            self.count(statement, len(rounds))
        for number, value in enumerate(rounds):
            self.scope.names[name] = value
            outer, start, place = self.group, len(self.nodes), self.place(statement)
            shown = value.value if isinstance(value, Known) and type(value.value) in (int, float) else number
            label = f"{name} = {shown}"
            group = self.open_group(label, place)
            self.passes += 1
            yield self.block(statement.body)
            self.passes -= 1
            self.group = outer
            self.close_group(group, Group(group, label, False, outer, start, len(self.nodes), place))
        return Listed([])

    def counting(self, node: ast.expr) -> range:
        """The numbers of range(…), which the text has to say."""
        assert isinstance(node, ast.Call)
        if node.keywords or not 1 <= len(node.args) <= 3:
            self.fail(node, "range takes one to three whole numbers.", "Write for i in range(3):")
        ends: list[Any] = []
        for argument in node.args:
            used = len(self.used)
            try:
                value = self.static(argument)
            except NotStaticError as error:
                self.fail(
                    error.node, f"The number of passes must be known from the text: {error.why}.", "Write range(3), or n = 3 before it."
                )
            if type(value) is not int:
                hint = "Write the number itself: range(3). A loop is unrolled before the inputs are known."
                self.fail(argument, "The number of passes must be a whole number that the text says.", hint)
            self.fix(argument, used)
            ends.append(value)
        if len(ends) == 3 and ends[2] == 0:
            said = ", ".join(self.source.said(argument) for argument in node.args[:2])
            repair = mending.instead(self.source, node, f"{self.source.said(node.func)}({said})")
            self.fail(node.args[2], "range cannot go in steps of 0.", "Leave the third number out.", repair)
        return range(*ends)

    def define(self, tree: ast.FunctionDef) -> None:
        """A def: kept, and inlined wherever it is called."""
        if self.scope is not self.root or self.passes:
            self.fail(tree, "A def stands by itself, not inside another or in a loop.", "Move it up, to the first column.")
        arguments = tree.args
        if arguments.vararg or arguments.kwarg or arguments.kwonlyargs:
            self.fail(tree, "A def takes plain arguments, with or without defaults.", "Leave * and ** out.")
        parameters = [*arguments.posonlyargs, *arguments.args]
        twice = next((one for i, one in enumerate(parameters) if one.arg in {other.arg for other in parameters[:i]}), None)
        if twice is not None:
            self.fail(twice, f"{tree.name} has two parameters called {twice.arg}.", "Give one of them another name.")
        if tree.decorator_list:
            at = tree.decorator_list[0]
            repair = Repair(at.lineno, 1, len(self.source.lines[at.lineno - 1]) + 1, "") if at.lineno == at.end_lineno else None
            self.fail(at, "A decorator is not part of the language.", "Delete this line.", repair)
        inner = next((one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef) and one is not tree), None)
        if inner is not None:
            self.fail(inner, "A def stands by itself, not inside another or in a loop.", "Move it up, to the first column.")
        returns = [one for one in ast.walk(tree) if isinstance(one, ast.Return)]
        last = tree.body[-1]
        if not isinstance(last, ast.Return) or last.value is None:
            self.fail(
                last if isinstance(last, ast.Return) else tree,
                f"{tree.name} has no return at its end.",
                "End it with return and the value.",
                mending.of_def(self.source, tree),
            )
        if len(returns) > 1:
            early = next(one for one in returns if one is not last)
            self.fail(early, "A def has a single return, at its end.", "Choose between values with where(c, a, b).")
        every = [*arguments.posonlyargs, *arguments.args]
        for argument in every:
            self.check_name(argument, argument.arg)
        self.check_name(tree, tree.name)
        defaults: dict[str, Value] = {}
        for argument, default in zip(every[len(every) - len(arguments.defaults) :], arguments.defaults, strict=True):
            known = self.attempt(default)
            defaults[argument.arg] = Known(known) if known is not None or _is_none(default) else self.drive(self.expression(default))
        self.definitions[tree.name] = Definition(tree.name, tree, self.source, defaults)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
