"""What there is to start from: examples and operations, as plain data."""

from __future__ import annotations

import ast
from dataclasses import asdict
from functools import cache
from string import ascii_lowercase
from typing import Any

from app.engine.gradient import differentiate
from app.engine.language.prelude import prelude, summary
from app.engine.language.values import Definition
from app.engine.ops import FAMILIES, OPERATIONS, Operation
from app.engine.parser import parse
from app.errors import Fault, UnknownExampleError
from app.examples import gallery
from app.explain import notation


def examples() -> list[dict[str, Any]]:
    """Every example of the gallery as plain data."""
    return [asdict(item) for item in gallery().values()]


def example(name: str) -> dict[str, Any]:
    """One example as plain data.

    Raises:
        UnknownExampleError: there is none of that name.
    """
    found = gallery().get(name)
    if found is None:
        raise UnknownExampleError(Fault("There is no such example.", hint=f"There are {', '.join(gallery())}."))
    return asdict(found)


@cache
def operations() -> list[dict[str, Any]]:
    """The table of operations as plain data, and behind it what is written in the language itself."""
    return [_operation(item) for item in OPERATIONS.values()] + [_function(item) for item in prelude().values()]


def _operation(entry: Operation) -> dict[str, Any]:
    sentences = entry.sentences(entry.plain_names)
    return {
        "name": entry.name,
        "signature": entry.signature,
        "kind": "operation",
        "also": list(entry.also),
        "summary": entry.summary,
        "latex": _latex(entry),
        "derivative": entry.derivative or "It takes no value, so nothing comes back.",
        "inputs": [{"name": name, "sentence": sentence} for name, sentence in zip(entry.arguments, sentences, strict=True)],
        "differentiable": entry.differentiable,
        "convention": entry.kink.convention if entry.kink else None,
        "edges": entry.edges or None,
        "samples": [sample.call for sample in entry.samples],
        "source": None,
    }


def _latex(entry: Operation) -> str:
    """How formulas write the first of its samples."""
    sample = entry.samples[0]
    program = parse(f"out = {sample.call}\nloss = sum(out)")
    graph = differentiate(program, dict(zip(ascii_lowercase, sample.shapes, strict=False)))
    return notation.latex_expression(graph, program.statements[0].node, program.names())


def _function(item: Definition) -> dict[str, Any]:
    return {
        "name": item.name,
        "signature": item.signature,
        "kind": "function",
        "also": [],
        "summary": summary(item),
        "latex": None,
        "derivative": "That of its parts, into which it opens.",
        "inputs": [],
        "differentiable": True,
        "convention": None,
        "edges": None,
        "samples": [],
        "source": ast.unparse(item.tree),
    }


def operations_page() -> str:
    """The table of operations as a page of Markdown: docs/operations.md."""
    lines = [
        "# The operations",
        "",
        "<!-- made by `make docs` from the table of operations: change it there -->",
        "",
        f"{len(OPERATIONS)} operations, and {len(prelude())} functions that are written in the language itself and open into their parts.",
        "The same is to be had as JSON from `/api/v1/operations`. Where something has other names, NumPy's or PyTorch's, they are listed.",
        "How calls are written is told in [the language](language.md).",
    ]
    for title, entries in FAMILIES.items():
        lines += ["", f"## {title}", ""]
        for entry in entries:
            lines += _entry(entry)
    lines += ["", "## Written in the language itself", ""]
    for item in prelude().values():
        lines += [f"### `{item.signature}`", "", summary(item), "", "```python", ast.unparse(_plain(item.tree)), "```", ""]
    return "\n".join(lines).rstrip() + "\n"


def _entry(entry: Operation) -> list[str]:
    """One operation: its call, what it is, what comes back, and what is to be known of it."""
    lines = [f"### `{entry.signature}`", "", entry.summary, ""]
    names = {one: f"`{one}`" for one in entry.arguments} | {"out": "the result"}
    lines += [f"- *{name}*: {sentence}" for name, sentence in zip(entry.arguments, entry.sentences(names), strict=True)]
    if entry.kink:
        lines.append(f"- At kinks: {entry.kink.convention}")
    if entry.edges:
        lines.append(f"- At edges: {entry.edges}")
    if entry.also:
        lines.append(f"- Also called {', '.join(f'`{name}`' for name in entry.also)}.")
    others = [f"`{p.name}` also as {', '.join(f'`{name}`' for name in p.also)}" for p in entry.parameters if p.also]
    if others:
        lines.append(f"- {'; '.join(others)}.")
    lines.append(f"- For example {', '.join(f'`{call}`' for call in dict.fromkeys(sample.call for sample in entry.samples))}.")
    return [*lines, ""]


def _plain(tree: ast.FunctionDef) -> ast.FunctionDef:
    """A definition without the sentence that describes it."""
    return ast.FunctionDef(tree.name, tree.args, tree.body[1:], [], lineno=1)
