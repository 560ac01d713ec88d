"""Weight decay that keeps a network from learning is in its step, at the number that it is."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from diagnose.causes.exchange import look_at
from diagnose.causes.sound_parts import WithoutDecay
from diagnose.causes.twin import compare
from diagnose.command.told import joined
from diagnose.render.part_words import blame_sentences
from diagnose.report import Where
from diagnose.training.trainer import Trainer
from diagnose.watching.script import watch
from tests.networks import dense, images
from tests.render.sample import healthy_report
from tests.watching.scripts import FLAT

ROWS = replace(dense(layout="rows", batch_size=8, bias="flat"), epochs=12)


def decaying(by):
    def backward(parameters, trace, x, labels):
        found = dict(ROWS.backward(parameters, trace, x, labels))
        return {
            name: one + by * parameters[name] if name.startswith("W") else one
            for name, one in found.items()
        }

    return replace(ROWS, backward=backward)


@cache
def parts_of(by):
    """The twin and the parts, made once for the tests that ask the same of them."""
    network = decaying(by)
    return compare(network, Trainer(data=images(), epochs=network.epochs), range(3))


def test_decay_that_holds_all_weights_at_nothing_is_in_the_step():
    twin, parts = parts_of(2.0)
    assert parts.minimal == [["step"]]
    assert not twin.lacks
    assert parts.decays == {name: pytest.approx(2.0) for name in ("W1", "W2", "W3")}


def test_decay_as_it_is_used_does_no_harm():
    _, parts = parts_of(0.003)
    assert not parts.minimal
    assert not parts.decays


def shrinking(by):
    def backward(parameters, trace, x, labels):
        found = dict(ROWS.backward(parameters, trace, x, labels))
        return {
            name: one + by * np.sign(parameters[name]) if name.startswith("W") else one
            for name, one in found.items()
        }

    return replace(ROWS, backward=backward)


def test_a_penalty_of_each_weights_sign_is_in_the_step_too():
    network = shrinking(0.1)
    twin, parts = compare(network, Trainer(data=images(), epochs=network.epochs), range(3))
    assert parts.minimal == [["step"]]
    assert not twin.lacks
    assert parts.lasso
    assert parts.decays == {name: pytest.approx(0.1) for name in ("W1", "W2", "W3")}
    report = replace(healthy_report(), twin=twin, parts=parts)
    assert "It holds an L1 penalty of 0.1." in blame_sentences(report)


def test_without_it_nothing_but_the_gradient_is_left():
    network, seed = shrinking(0.1), 0
    rows, labels = images().images[:8], images().labels[:8]
    author = look_at(network, Trainer(data=images(), epochs=network.epochs), seed)
    without = WithoutDecay(network.backward, tuple(author.pulled.items()))
    parameters = network.init(seed)
    x = network.lay_out(network.prepare(rows))
    trace = network.forward(parameters, x)
    given = without(parameters, trace, x, labels)
    plain = ROWS.backward(parameters, trace, x, labels)
    for name, one in plain.items():
        assert given[name] == pytest.approx(one, abs=1e-6), name


def test_it_is_a_finding_of_its_own():
    twin, parts = parts_of(2.0)
    parts = replace(parts, places={"step": Where(file="mine.py", line=7)})
    report = replace(healthy_report(), twin=twin, parts=parts)
    made = joined(report, [])
    (one,) = (one for one in made.findings[made.network.name] if one.defect == "weight-decay")
    assert (one.part, one.where.line, one.severity) == ("step", 7, "error")
    assert "holds a weight decay of 2, where that of the mean loss is 1" in one.observed
    assert "It holds a weight decay of 2." in blame_sentences(made)


@pytest.mark.parametrize(
    ("step", "line"),
    [
        ("a1.T @ d2 + strong * W2", "strong = 0.7"),
        ("a1.T @ d2 + 2 * strong * W2", "W2 -= lr * (a1.T @ d2 + 2 * strong * W2)"),
        ("a1.T @ d2", None),
    ],
)
def test_its_number_stands_where_it_is_written(step, line, tmp_path):
    text = FLAT.replace("lr = 0.3", "strong = 0.7\nlr = 0.3").replace("a1.T @ d2", f"({step})")
    (tmp_path / "mine.py").write_text(text)
    place = watch(tmp_path / "mine.py", seconds=20).network.where("decay")
    assert (place and text.splitlines()[place[1] - 1].strip()) == line
