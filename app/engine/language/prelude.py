"""What is written in the language itself: `prelude.txt`, read like any program, inlined at each call."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import cache
from importlib import resources

from app.engine.language.grammar import Source
from app.engine.language.values import Definition, Known
from app.settings import Limits


@cache
def prelude() -> Mapping[str, Definition]:
    """The functions of the prelude by name."""
    source = Source((resources.files("app.engine.language") / "prelude.txt").read_text(encoding="utf-8"))
    found = {}
    for tree in source.module(Limits()).body:
        assert isinstance(tree, ast.FunctionDef)
        names = [argument.arg for argument in tree.args.args][-len(tree.args.defaults) or len(tree.args.args) :]
        defaults = {name: Known(ast.literal_eval(value)) for name, value in zip(names, tree.args.defaults, strict=True)}
        found[tree.name] = Definition(tree.name, tree, source, defaults, prelude=True)
    return found


def summary(definition: Definition) -> str:
    """What a definition says of itself, in one sentence."""
    return ast.get_docstring(definition.tree) or ""
