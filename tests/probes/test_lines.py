"""Findings point at the statement that is at fault."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from buggy_reference import NETWORK as POST
from diagnose.instruments import line_tracing, statements
from diagnose.network.authors_code import text_of
from diagnose.probes.frozen_parameter import DEFECT as FROZEN
from diagnose.probes.initialization_scale import DEFECT as SCALE
from diagnose.probes.softmax_overflow import DEFECT as OVERFLOW
from diagnose.probes.unnormalized_input import DEFECT as INPUT
from diagnose.probes.update_direction import DEFECT as STEP
from diagnose.probes.wrong_gradient import DEFECT as GRADIENT
from diagnose.report import PRESENT
from diagnose.testing import in_beats
from tests.networks import bench
from tests.probes.built import functions, thing


def without_axis(X: Any, Y: Any, A1: Any, P: Any, W2: Any) -> Any:
    d2 = (P - Y) / len(X)
    d1 = d2 @ W2.T * (1 - A1**2)
    return (
        X.T @ d1,
        d1.mean() + 0 * d1.sum(axis=0),
        A1.T @ d2,
        d2.sum(axis=0),
    )


def unread(X: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
    Z1 = X @ W1
    A1 = np.tanh(Z1)
    Z2 = A1 @ W2 + b2
    E = np.exp(Z2 - Z2.max(axis=1, keepdims=True))
    return Z1, A1, Z2, E / E.sum(axis=1, keepdims=True)


def test_a_bias_that_is_trained_and_never_added() -> None:
    finding = GRADIENT.probe(bench(functions(forward=unread)))
    assert finding.where.text == "Z1 = X @ W1"
    assert "the forward pass never uses b1" in finding.observed
    assert "add b1 where the forward pass makes its layer's sums, in line" in finding.advice


def test_a_wrong_gradient_is_told_where_it_is_made() -> None:
    finding = GRADIENT.probe(bench(functions(backward=without_axis)))
    assert finding.where.text == "d1.mean() + 0 * d1.sum(axis=0),"
    assert f"line {finding.where.line} (`d1.mean() + 0" in finding.advice


def he(entering: int, leaving: int) -> Any:
    return np.random.randn(entering, leaving) * 40


def drawn() -> Any:
    W1 = np.random.randn(36, 6) * 0.2
    W2 = he(6, 4)
    W2 = W2 / 2
    return W1, np.zeros(6), W2, np.zeros(4)


def test_the_draw_of_the_parameter_that_is_meant() -> None:
    finding = SCALE.probe(bench(functions(init=drawn)))
    assert finding.status == PRESENT
    assert finding.where.text == "return np.random.randn(entering, leaving) * 40"


def as_they_are(pictures: Any) -> Any:
    flat = pictures.reshape(len(pictures), -1)
    return flat * 1.0


def test_the_statement_that_scales_the_input_or_does_not() -> None:
    finding = INPUT.probe(bench(functions(prepare=as_they_are)))
    assert finding.where.text == "return flat * 1.0"
    assert "return flat * 1.0" in in_beats("", finding)


def overflowing(X: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
    Z1 = X @ W1 + b1
    A1 = np.tanh(Z1)
    Z2 = A1 @ W2 + b2
    E = np.exp(Z2)
    return Z1, A1, Z2, E / E.sum(axis=1, keepdims=True)


def test_the_line_that_overflows() -> None:
    finding = OVERFLOW.probe(bench(functions(forward=overflowing)))
    assert finding.where.text == "E = np.exp(Z2)"


def aside(
    W1: Any, b1: Any, W2: Any, b2: Any, dW1: Any, db1: Any, dW2: Any, db2: Any, lr: float
) -> Any:
    b1_new = b1 - lr * db1  # noqa: F841
    return W1 - lr * dW1, b1, W2 - lr * dW2, b2 - lr * db2


def lacking(
    W1: Any, b1: Any, W2: Any, b2: Any, dW1: Any, db1: Any, dW2: Any, db2: Any, rate: float
) -> Any:
    W1 = W1 - rate * dW1
    W2 = W2 - rate * dW2
    b2 = b2 - rate * db2
    return W1, b1, W2, b2


def test_a_step_that_is_missing_is_told_where_it_belongs() -> None:
    finding = FROZEN.probe(bench(functions(lacking)))
    assert finding.where.text == "W2 = W2 - rate * dW2"


def cutting(
    W1: Any, b1: Any, W2: Any, b2: Any, dW1: Any, db1: Any, dW2: Any, db2: Any, rate: float
) -> Any:
    g1, g2 = (np.clip(one, -1e-6, 1e-6) for one in (dW1, dW2))
    W1 = W1 - rate * g1
    W2 = W2 - rate * g2
    return W1, b1 - rate * db1, W2, b2 - rate * db2


def adding(
    W1: Any, b1: Any, W2: Any, b2: Any, dW1: Any, db1: Any, dW2: Any, db2: Any, v: Any, rate: float
) -> Any:
    v = v + dW1
    W1 = W1 - rate * v
    return W1, b1 - rate * db1, W2 - rate * dW2, b2 - rate * db2, v


def test_what_a_step_cuts_or_keeps_is_told_where_it_is_made() -> None:
    assert STEP.probe(bench(functions(cutting))).where.text.startswith("g1, g2 = (np.clip(")
    kept = functions(adding, state={"v": np.zeros((36, 6))})
    assert STEP.probe(bench(kept)).where.text == "v = v + dW1"


def test_the_step_that_goes_to_another_name() -> None:
    finding = FROZEN.probe(bench(functions(aside)))
    assert finding.where.text.startswith("b1_new = b1 - lr * db1")


def test_the_number_that_was_handed_to_a_builder() -> None:
    one = bench(functions())
    assert one.place("learning_rate")["text"] == '"learning_rate": 0.3,'
    assert one.place("epochs")["text"] == '"epochs": 4,'


def test_arrays_in_attributes_and_their_lines() -> None:
    one = bench(thing())
    lines = one.lines("backward", ["W1", "b2"])
    assert lines["W1"]["text"] == "self.dW1, self.db1 = self.X.T @ d1, d1.sum(axis=0)"
    assert lines["b2"]["text"] == "self.dW2, self.db2 = self.a1.T @ d2, d2.sum(axis=0)"
    assert one.lines("forward", ["a1"])["a1"]["text"] == "self.a1 = np.tanh(self.z1)"
    assert one.lines("init", ["W2"])["W2"]["text"] == "self.W2 = np.random.randn(6, 4) * 0.4"


def test_what_cannot_be_told_is_the_function() -> None:
    def forward(*given: Any) -> Any:
        raise ValueError

    one = bench(functions(forward=forward))
    assert one.place("forward", "P")["text"].startswith("def forward")


def test_writes_into_an_array_count_as_making_it() -> None:
    def work() -> Any:
        first = np.zeros(3)
        second = first
        first += 1
        return second

    watch = statements.Watch()
    made = watch.run(work)
    place = statements.place_of(watch.made, made)
    assert place is not None
    assert text_of(*place) == "first += 1"
    assert len(watch.made) == 2


def test_code_that_is_installed_is_looked_into_line_by_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    libraries = str(Path(POST.stands("init")[0]).parents[1])  # type: ignore[index]
    monkeypatch.setattr(line_tracing, "_NOT_THEIRS", (libraries,))
    line_tracing.is_theirs.cache_clear()
    assert not line_tracing.is_theirs(__file__)
    place = bench(POST).place("init", "w1")
    line_tracing.is_theirs.cache_clear()
    assert place["text"] == "w1=np.random.randn(10,784)-0.8"
