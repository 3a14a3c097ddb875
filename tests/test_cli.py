"""The command line."""

import json
import subprocess
import sys

import pytest

from app.cli import main


@pytest.fixture
def program(tmp_path):
    path = tmp_path / "program.txt"
    path.write_text("u = 7 + x ** 2\ny = 3 * u\n")
    (tmp_path / "inputs.json").write_text('{"x": 2}')
    return path


def test_render_json(program, capsys):
    assert main(["render", str(program), "--inputs", str(program.parent / "inputs.json"), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["loss"] == {"name": "y", "value": 33}


@pytest.mark.parametrize(("suffix", "begin"), [("svg", "<svg"), ("dot", "digraph"), ("json", "{")])
def test_the_format_follows_the_name_of_the_output(tmp_path, suffix, begin):
    output = tmp_path / "pictures" / f"graph.{suffix}"
    assert main(["render", "--example", "seed-network", "--detail", "operations", "--output", str(output)]) == 0
    assert output.read_text().startswith(begin)


def test_a_program_from_standard_input():
    command = [sys.executable, "-m", "app.cli", "render", "-", "--format", "json"]
    done = subprocess.run(command, input="a = 2\nL = a ** 3\n", capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["loss"]["value"] == 8


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--example", "nothing"], "There is no such example. There are chain-rule"),
        (["no-such-file"], "No such file"),
        ([], "name a file with a program"),
        (["--example", "seed-network", "--loss", "u1"], "The loss must be a single number"),
    ],
)
def test_errors_are_said_and_end_with_1(capsys, arguments, said):
    assert main(["render", *arguments]) == 1
    assert said in capsys.readouterr().err


def test_a_fault_is_told_with_its_place(program, capsys):
    program.write_text("u = x +\n")
    assert main(["render", str(program)]) == 1
    assert "curlyd: line 1, column" in capsys.readouterr().err


def test_derive_prints_the_derivation_in_a_terminal(program, capsys):
    assert main(["derive", str(program), "--inputs", str(program.parent / "inputs.json"), "--target", "x"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("∂y/∂x\n")
    assert "∂y/∂u · ∂u/∂x" in text
    assert "x_g = 6 * x\n" in text


@pytest.mark.parametrize(
    ("suffix", "begin"), [("md", "# ∂MSE/∂w1"), ("tex", r"\documentclass"), ("json", '{"target": "w1"'), ("txt", "∂MSE/∂w1")]
)
def test_a_derivation_is_written_as_the_name_of_the_output_says(tmp_path, suffix, begin):
    output = tmp_path / f"derivation.{suffix}"
    assert main(["derive", "--example", "seed-network", "--target", "w1", "--notation", "sample", "--output", str(output)]) == 0
    assert output.read_text(encoding="utf-8").startswith(begin)


def test_derive_says_what_it_lacks(program, capsys):
    assert main(["derive", str(program), "--inputs", str(program.parent / "inputs.json"), "--target", "w"]) == 1
    assert "There is no value called w. There are x, u, y." in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["derive", str(program)])
