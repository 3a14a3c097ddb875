"""What there is to start from: examples and operations, as plain data."""

from __future__ import annotations

import ast
from dataclasses import asdict
from typing import Any

from app.engine.language.prelude import prelude, summary
from app.engine.ops import (
    OPERATIONS,
    Operation,
    activation,
    arithmetic,
    convolution,
    einsum,
    elementwise,
    inverse,
    linalg,
    neural,
    reduce,
    shape,
)
from app.errors import Fault, UnknownExampleError
from app.examples import gallery


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


def operations() -> list[dict[str, Any]]:
    """The table of operations as plain data, and behind it what is written in the language itself."""
    table = [
        {
            "name": item.name, "signature": item.signature, "kind": "operation", "also": list(item.also), "summary": item.summary,
            "derivative": item.derivative or "It takes no value, so nothing comes back.",
            "inputs": [
                {"name": name, "sentence": sentence}
                for name, sentence in zip(item.arguments, item.sentences(item.plain_names), strict=True)
            ],
            "differentiable": item.differentiable, "convention": item.kink.convention if item.kink else None,
            "edges": item.edges or None, "samples": [sample.call for sample in item.samples], "source": None,
        }
        for item in OPERATIONS.values()
    ]  # fmt: skip
    written: list[dict[str, Any]] = [
        {
            "name": item.name, "signature": item.signature, "kind": "function", "also": [], "summary": summary(item),
            "derivative": "That of its parts, into which it opens.", "inputs": [], "differentiable": True, "convention": None,
            "edges": None, "samples": [], "source": ast.unparse(item.tree),
        }
        for item in prelude().values()
    ]  # fmt: skip
    return table + written


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
    for family, title in FAMILIES.items():
        lines += ["", f"## {title}", ""]
        for entry in family.ENTRIES:
            lines += _entry(entry)
    lines += ["", "## Written in the language itself", ""]
    for item in prelude().values():
        lines += [f"### `{item.signature}`", "", summary(item), "", "```python", ast.unparse(_plain(item.tree)), "```", ""]
    return "\n".join(lines).rstrip() + "\n"


FAMILIES = {
    arithmetic: "Arithmetic, comparisons, choices",
    elementwise: "Functions of each element",
    activation: "Activations",
    reduce: "Reductions",
    linalg: "Linear algebra",
    inverse: "Inverses, determinants, factors",
    einsum: "Einstein sums",
    shape: "Shapes, indices, numbers made",
    neural: "Rows by index, classes, dropout",
    convolution: "Convolutions and pools",
}


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
