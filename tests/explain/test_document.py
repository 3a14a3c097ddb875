"""Derivations as documents: Markdown, LaTeX that compiles, lines for a terminal."""

import re
import shutil
import subprocess

import numpy as np
import pytest
from derivations import derived, figure
from seed_network import EXAMPLE, PROGRAM

from app.examples import gallery
from app.explain.derivation import Notation, document
from app.service import Given, Request, analyse
from app.service import derived as derived_by_service
from app.settings import Limits

ODD = "θ = α_1 * 2 # %&$ {x}\n文 = θ ** 2\nL = sum(文)"


def seed(notation=Notation.MATRIX):
    return derived(PROGRAM, EXAMPLE, "w1", data=("x", "y"), notation=notation)


def test_markdown_has_every_step_with_formula_and_code():
    text = document.markdown(seed(), PROGRAM, figure)
    assert text.startswith("# ∂MSE/∂w1\n\n```python\nu1 = x @ w1 + b1\n")
    for heading in ("In words", "The forward pass, folded up", "The chain", "Each link", "The closed form", "In numbers", "Why"):
        assert f"\n## {heading}\n" in text
    assert text.count("$$") % 2 == 0
    assert "\nw1_g = x.T @ u1_g\n" in text
    assert "card-" not in text


def test_words_in_markdown_are_not_taken_for_its_signs():
    found = derived("u_1 = x ** 2\nL = sum(u_1)", {"x": np.array([1.0, 2.0])}, "x")
    assert r"u\_1\_g" in document.markdown(found, "", figure)


def test_a_terminal_gets_code_and_numbers():
    text = document.terminal(seed(Notation.SAMPLE), figure)
    assert "∂MSE/∂u5 · ∂u5/∂u4 · ∂u4/∂u3 · ∂u3/∂u2 · ∂u2/∂u1 · ∂u1/∂w1" in text
    assert "    u1_g = u2_g * (u1 > 0)\n" in text
    assert re.search(r"1\.974 +−0\.2508 +0\.1243", text)
    assert "\\" not in text


@pytest.mark.parametrize("notation", list(Notation))
def test_latex_is_plain_ascii_with_balanced_groups(notation):
    documents = [document.latex(seed(notation), PROGRAM, figure)]
    odd = derived(ODD, {"α_1": np.array([1.0, 2.0])}, "α_1")
    documents.append(document.latex(odd, ODD, figure))
    for text in documents:
        assert text.isascii()
        depth = 0
        for sign in re.sub(r"\\[{}\\]", "", text):
            depth += {"{": 1, "}": -1}.get(sign, 0)
            assert depth >= 0
        assert depth == 0
        assert text.count(r"\left") == text.count(r"\right")
        for name in set(re.findall(r"\\begin\{(\w+)\}", text)):
            assert text.count(rf"\begin{{{name}}}") == text.count(rf"\end{{{name}}}")


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="there is no LaTeX here")
@pytest.mark.parametrize("name", [*gallery(), "odd"])
def test_latex_compiles(name, tmp_path):
    if name == "odd":
        text = document.latex(derived(ODD, {"α_1": np.array([1.0, 2.0])}, "α_1"), ODD, figure)
    else:
        example = gallery()[name]
        analysis = analyse(Request(example.program, {key: Given.of(value) for key, value in example.inputs.items()}), Limits())
        target = next(card.id for card in analysis.view.cards if card.node in analysis.graph.gradients)
        text = document.latex(derived_by_service(analysis, target, Notation.SAMPLE), example.program, figure)
    (tmp_path / "derivation.tex").write_text(text, encoding="ascii")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "derivation.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout[-3000:]
    assert (tmp_path / "derivation.pdf").stat().st_size > 10_000
