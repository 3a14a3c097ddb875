"""Over random programs: what the engine prints passes, and whatever is done otherwise is told apart from it."""

import numpy as np
import pytest
from random_programs import Writer

from app.engine.evaluate import run
from app.practice.blame import Blame, size_of
from app.practice.changes import Changes
from app.practice.closeness import same
from app.practice.judge import Judge
from app.practice.region import Region
from app.practice.speech import Speech
from app.service import Given, Request, analyse
from app.settings import Limits

SEEDS = range(24)


def judge_of(seed, count=6):
    writer = Writer(seed)
    text = writer.write(count)
    found = analyse(Request(text, {name: Given(value.tolist()) for name, value in writer.arrays.items()}), Limits())
    return Judge(found.trace, dict(found.roles), Limits())


def printed(judge):
    """The backward pass line by line, each gradient from those before it."""
    graph, speech = judge.graph, Speech(judge.graph)
    names: dict[int, str] = {}
    lines = []
    for name, node in sorted(judge.words.gradients.items(), key=lambda item: -item[1]):
        gradient = graph.gradients[node]
        if gradient in names:
            continue
        text = speech.formula(gradient, names)
        if text:
            lines.append((name, node, text))
            names[gradient] = name
    return lines


@pytest.mark.parametrize("seed", SEEDS)
def test_the_gradients_that_are_printed_pass(seed):
    judge = judge_of(seed)
    lines = printed(judge)
    assert len(lines) >= 8
    verdicts, faults = judge.backward("\n".join(f"{name} = {text}" for name, _, text in lines))
    assert not faults
    wrong = [(one.variable, one.diagnoses) for one in verdicts if not one.correct]
    assert not wrong
    assert len(verdicts) == len({node for _, node, _ in lines})


@pytest.mark.parametrize("seed", SEEDS)
def test_every_single_change_is_told_apart_or_changes_nothing(seed):
    judge = judge_of(seed, 4)
    graph, blame = judge.graph, Blame(judge.reader)
    rng = np.random.default_rng(seed)
    counted = 0
    for item in graph.program.inputs:
        if item.node not in graph.gradients:
            continue
        region = Region(graph, graph.gradients[item.node], frozenset())
        for change in list(Changes(region, blame.speech.say))[:60]:
            changed = region.changed({change.site: change}, 100_000)
            if changed is None:
                continue
            counted += 1
            apart = False
            for one in judge.runs:
                value = region.sketch.value(one, changed.root)
                apart = apart or not same(value, one.value(region.root), size_of(one, region))
            if apart:
                continue
            # Nothing tells them apart: then nothing does, on further numbers either.
            for _ in range(8):
                arrays = {
                    other.name: rng.normal(size=graph.shapes[other.node]) if other.literal is None else judge.trace.value(other.node)
                    for other in graph.program.inputs
                }
                more = run(graph, arrays)
                value = region.sketch.value(more, changed.root)
                assert same(value, more.value(region.root), size_of(more, region)), (item.name, change)
    assert counted > 30
