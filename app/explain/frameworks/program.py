"""A whole program: its inputs, the forward pass, the backward pass, and a check of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from app.engine.program import Trace
from app.engine.views import View
from app.explain.frameworks import by_autograd, by_numpy
from app.explain.frameworks.draft import Draft
from app.explain.frameworks.helpers import needed
from app.explain.frameworks.jax import JAX
from app.explain.frameworks.layout import Line, Text
from app.explain.frameworks.numpy import NUMPY
from app.explain.frameworks.plan import plan
from app.explain.frameworks.torch import TORCH
from app.explain.frameworks.writing import Dialect


class Framework(StrEnum):
    """What a program can be written for, and how."""

    NUMPY_STEPS = "numpy-steps"
    NUMPY = "numpy"
    PYTORCH = "pytorch"
    JAX = "jax"


@dataclass(frozen=True, slots=True)
class Listing:
    """A program, and which of its lines calculates which card."""

    code: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Style:
    """How the programs for a framework are made: `varying` stands behind the numbers of inputs that get a gradient."""

    title: str
    dialect: Dialect
    body: Callable[[Draft, Text], None]
    modules: tuple[str, ...] = ()
    setting: str | None = None
    varying: str = ""


STYLES: Mapping[Framework, Style] = {
    Framework.NUMPY_STEPS: Style("Backpropagation in NumPy, step by step", NUMPY, by_numpy.steps),
    Framework.NUMPY: Style("Backpropagation in NumPy, as one function", NUMPY, by_numpy.function),
    Framework.PYTORCH: Style(
        "Backpropagation in PyTorch, by hand and by autograd", TORCH, by_autograd.torch, ("import torch",),
        "torch.set_default_dtype(torch.float64)", ", requires_grad=True",
    ),
    Framework.JAX: Style(
        "Backpropagation in JAX, by hand and by jax.grad", JAX, by_autograd.jax, ("import jax", "import jax.numpy as jnp"),
        'jax.config.update("jax_enable_x64", True)',
    ),
}  # fmt: skip


def listing(trace: Trace, shown: View, framework: Framework, *, judged: bool) -> Listing:
    """A run as a program that can be run by itself: the values, the gradients, and a check that fails where they are not as shown.

    `judged` says that every number is finite and no kink is near, so that finite differences and autograd have to agree.
    """
    style = STYLES[framework]
    draft = Draft(trace, plan(trace.graph, shown, style.dialect.helpers), style.dialect, judged)
    body = Text()
    style.body(draft, body)
    helpers = needed(body.code, style.dialect.helpers)
    text = Text()
    _head(draft, style, text, "\n".join((body.code, *helpers)))
    text.add("", "# The inputs", "")
    draft.inputs(text, style.varying)
    for helper in helpers:
        text.add("", "", helper)
    text.add("", *([""] if helpers or body.lines[0].startswith("def ") else []))
    text.extend(body)
    return Listing(text.code, tuple(text.ties))


def _head(draft: Draft, style: Style, text: Text, code: str) -> None:
    """What the program is, and what it needs."""
    loss = float(np.reshape(draft.loss, ()))
    text.add(f'"""{style.title}. Made by Curly d.', "", f"The loss is {draft.plan.loss} = {loss!r}.", '"""', "")
    modules = list(style.modules)
    for name, module in (("np", "import numpy as np"), ("F", "import torch.nn.functional as F")):
        if re.search(rf"(?<!\w){name}\.", code):
            modules.append(module)
    if re.search(r"\bmath\.", code):
        text.add("import math", "")
    text.add(*sorted(modules))
    if style.setting:
        text.add("", style.setting)
    if not draft.finite and style.dialect is NUMPY:
        text.add("", 'np.seterr(all="ignore")  # some numbers here are not finite')
