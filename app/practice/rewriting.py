"""A backward pass as people write it, in the terms of the language: w1.grad is a name, h[h <= 0] = 0 makes a new value.

What is written in other words keeps its place in the text, so that every fault is told where it stands.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from typing import TypeVar

from app.engine.language.draft import dotted_name, is_counting
from app.engine.program import Shape
from app.errors import Fault, LimitError
from app.practice.spelling import ATTRIBUTES, SUFFIXES

T = TypeVar("T", bound=ast.AST)
ANSWER = "answer"
"""What the last line of an answer is called, if it gives no name itself."""
PASSED_ON = frozenset(("data", "values"))
"""Attributes of a target that change nothing: w1.data -= … changes w1."""
DROPPED = frozenset(("zero_grad", "step", "backward", "print", "zero_"))
"""Calls in lines of their own that do nothing to these numbers."""
TERMS = 20_000
"""So many parts all sums of a text together may be written out to."""


def rewritten(module: ast.Module, shapes: Mapping[str, Shape], samples: int, *, answer: bool) -> ast.Module:
    """The module in the terms of the language; `shapes` are those of the program's values, by name, and `samples` is N, or 0. With
    `answer`, a last expression gets a name."""
    body = [one for statement in _unwrapped(module.body, answer=answer) for one in _plain(statement)]
    named = _Names(shapes, samples)
    body = [named.visit(statement) for statement in body]
    if answer and body and isinstance(last := body[-1], ast.Expr):
        target = ast.copy_location(ast.Name(ANSWER, ast.Store()), last)
        body[-1] = ast.copy_location(ast.Assign([target], last.value), last)
    in_place = _InPlace()
    return ast.Module([in_place.visit(statement) for statement in body], [])


def _unwrapped(body: Iterable[ast.stmt], *, answer: bool) -> list[ast.stmt]:
    """The lines within `with torch.no_grad():`, and within a def that is all there is."""
    found = [one for one in body if not (isinstance(one, ast.Import | ast.ImportFrom))]
    if len(found) == 1 and isinstance(found[0], ast.FunctionDef):
        inner = found[0].body
        last = inner[-1]
        found = [one for one in inner if not isinstance(one, ast.Return)]
        if answer and isinstance(last, ast.Return) and last.value is not None:
            found.append(ast.copy_location(ast.Expr(last.value), last))
    return [inner for one in found for inner in (one.body if isinstance(one, ast.With) else [one])]


def _plain(statement: ast.stmt) -> Iterator[ast.stmt]:
    """The line, unless it does nothing to the numbers."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    if isinstance(call, ast.Call):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if name in DROPPED:
            return
    if isinstance(call, ast.Constant) and isinstance(call.value, str):
        return
    yield statement


class _Names(ast.NodeTransformer):
    """w1.g, w1.grad and mse.diff become names; sum(f(i) for i in range(3)) a sum of three terms."""

    def __init__(self, shapes: Mapping[str, Shape], samples: int) -> None:
        self.shapes, self.samples = shapes, samples
        self.left = TERMS

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        dotted = dotted_name(node)
        if dotted is not None and (node.attr in ATTRIBUTES or dotted in self.shapes):
            return ast.copy_location(ast.Name(dotted, node.ctx), node)
        if isinstance(node.ctx, ast.Store) and node.attr in PASSED_ON:
            inner = deepcopy(node.value)
            inner.ctx = ast.Store()  # type: ignore[attr-defined]
            return self.visit(inner)  # type: ignore[no-any-return]
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        size = self.size(node)
        if size is not None:
            return ast.copy_location(ast.Constant(size), node)
        if (dotted_name(node.func) or "").rpartition(".")[2] == "outer" and len(node.args) == 2:
            # NumPy's outer takes its arguments as rows of numbers, whatever their shape.
            node.args = [_placed(_call("flatten", one), one) for one in node.args]
            return node
        one = node.args[0] if len(node.args) == 1 and not node.keywords else None
        if not (isinstance(one, ast.GeneratorExp | ast.ListComp) and isinstance(node.func, ast.Name) and node.func.id == "sum"):
            return node
        terms = self.written_out(one)
        if terms is None:
            return node
        node.args = [ast.copy_location(ast.List(terms, ast.Load()), one)]
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        """x.shape[0] is a number that is known here."""
        self.generic_visit(node)
        match node:
            case ast.Subscript(value=ast.Attribute(value=ast.Name(id=name), attr="shape"), slice=ast.Constant(value=int() as axis)):
                shape = self.shapes.get(name, ())
                if axis < len(shape):
                    return ast.copy_location(ast.Constant(shape[axis]), node)
        return node

    def size(self, node: ast.Call) -> int | None:
        """len(x) and x.size(0) of a value of the program."""
        match node:
            case ast.Call(func=ast.Name(id="len"), args=[ast.Name(id=name)], keywords=[]):
                axis = 0
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="size"), args=[ast.Constant(value=int() as axis)], keywords=[]):
                pass
            case _:
                return None
        shape = self.shapes.get(name, ())
        return shape[axis] if axis < len(shape) else None

    def end(self, node: ast.expr) -> int | None:
        """An end of range(…), where it is known."""
        if isinstance(node, ast.Name) and node.id == "N" and "N" not in self.shapes and self.samples:
            return self.samples
        return node.value if isinstance(node, ast.Constant) and type(node.value) is int else None

    def written_out(self, node: ast.GeneratorExp | ast.ListComp) -> list[ast.expr] | None:
        """The terms of f(i) for i in range(3); None where their number is not written there.

        Raises:
            LimitError: they would be too many, with those of the sums within.
        """
        (loop, *more) = node.generators
        if more or loop.ifs or not isinstance(loop.target, ast.Name) or not is_counting(loop.iter):
            return None
        assert isinstance(loop.iter, ast.Call)
        ends = [self.end(one) for one in loop.iter.args]
        if not 1 <= len(ends) <= 3 or None in ends or (len(ends) == 3 and not ends[2]):
            return None
        rounds = range(*[end for end in ends if end is not None])
        parts = sum(1 for _ in ast.walk(node.elt))
        try:
            count = len(rounds)
        except OverflowError:
            count = TERMS + 1
        if not count:
            return None
        self.left -= parts * count
        if self.left < 0:
            message = f"Written out, the sums would have more than {TERMS:,} parts."
            fault = Fault(message, node.lineno, node.col_offset + 1, None, "Write a for loop, or einsum.")
            raise LimitError("nodes", parts * count, TERMS, fault)
        return [_Counted(loop.target.id, number).visit(deepcopy(node.elt)) for number in rounds]


class _Counted(ast.NodeTransformer):
    """A name replaced by a number."""

    def __init__(self, name: str, number: int) -> None:
        self.name, self.number = name, number

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.copy_location(ast.Constant(self.number), node) if node.id == self.name else node


class _InPlace(ast.NodeTransformer):
    """Changes in place become new values of the same name; what is first added to is first made."""

    def __init__(self) -> None:
        self.given: set[str] = set()

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        target = node.targets[0]
        if len(node.targets) == 1 and isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
            changed = _masked(target, node.value)
            if changed is not None:
                return changed
        for one in node.targets:
            self.given |= {part.id for part in ast.walk(one) if isinstance(part, ast.Name)}
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        target = node.target
        if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
            return _picked(target, node) or node
        if isinstance(target, ast.Name):
            fresh = target.id not in self.given and target.id.endswith(SUFFIXES) and isinstance(node.op, ast.Add)
            self.given.add(target.id)
            if fresh:
                return ast.copy_location(ast.Assign([target], node.value), node)
        return node


def _name(target: ast.Subscript) -> str:
    assert isinstance(target.value, ast.Name)
    return target.value.id


def _assigned(target: ast.Subscript, node: ast.AST, value: ast.expr) -> ast.Assign:
    """`name = value`, at the place of a change in it."""
    return _placed(ast.Assign([ast.Name(_name(target), ast.Store())], value), node)


def _placed(made: T, node: ast.AST) -> T:
    """What was made, with the place of what it was made from wherever it has none."""
    for one in ast.walk(made):
        if not hasattr(one, "lineno") and isinstance(one, ast.expr | ast.stmt | ast.keyword):
            ast.copy_location(one, node)
    return made


def _call(name: str, *args: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), list(args), [])


def _masked(target: ast.Subscript, value: ast.expr) -> ast.Assign | None:
    """h[c] = v, for a condition c: where(c, v, h)."""
    if not isinstance(target.slice, ast.Compare | ast.BinOp | ast.UnaryOp | ast.Name):
        return None
    return _assigned(target, target, _call("where", target.slice, value, ast.Name(_name(target), ast.Load())))


def _picked(target: ast.Subscript, node: ast.AugAssign) -> ast.Assign | None:
    """p[range(n), y] -= 1: one element of each row changes, and p - one_hot(y, p.shape[1]) says so; h[c] *= v is where(c, h * v, h)."""
    name, index = ast.Name(_name(target), ast.Load()), target.slice
    if isinstance(index, ast.Tuple) and len(index.elts) == 2 and is_counting(index.elts[0]) and isinstance(node.op, ast.Add | ast.Sub):
        depth = ast.Subscript(ast.Attribute(name, "shape", ast.Load()), ast.Constant(1), ast.Load())
        change = ast.BinOp(_call("one_hot", index.elts[1], depth), ast.Mult(), node.value)
        counting = index.elts[0]
        assert isinstance(counting, ast.Call)
        if len(counting.args) != 1:
            return None
        # Only so many rows change; a name that stands for nothing is told.
        height = ast.Subscript(ast.Attribute(name, "shape", ast.Load()), ast.Constant(0), ast.Load())
        rows = ast.Compare(_call("arange", height), [ast.Lt()], counting.args)
        column = ast.Subscript(rows, ast.Tuple([ast.Slice(), ast.Constant(None)], ast.Load()), ast.Load())
        change = ast.BinOp(column, ast.Mult(), change)
        return _assigned(target, node, ast.BinOp(name, node.op, change))
    if isinstance(index, ast.Compare):
        return _assigned(target, node, _call("where", index, ast.BinOp(name, node.op, node.value), name))
    return None
