"""softmax-axis: finds a softmax that sums over the wrong axis, also one sample at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from diagnose.builders import from_functions
from diagnose.causes.lattice import repaired
from diagnose.examining import probing
from diagnose.examining.probing import repairs
from diagnose.instruments.admission import admit as check
from diagnose.network.softmax import Softmax
from diagnose.probes import softmax_overflow
from diagnose.probes.softmax_axis import DEFECT
from diagnose.report import ABSENT, CAUSE, MASKED, NOT_APPLICABLE, PRESENT, Finding
from diagnose.study import diagnose
from diagnose.symptoms import probabilities
from tests.networks import CLASSES, bench, correct_networks, dense, images
from tests.probes.assertions import planted_and_repaired, silent

NETWORKS = correct_networks()
IDS = [network.name for network in NETWORKS]


def probed(network: Any, **options: Any) -> Any:
    return DEFECT.probe(bench(network, **options))


def with_output(network: Any, output: Any) -> Any:
    """The network with another output, a function of the last layer's array of logits."""
    last = network.layers[-1]

    def forward(parameters: Any, x: Any) -> Any:
        trace = network.forward(parameters, x)
        with np.errstate(all="ignore"):
            return {**trace, last.out: output(trace[last.pre])}

    return replace(network, forward=forward)


def summed(axis: Any, *, maximum: Any = None) -> Any:
    """A softmax written out by hand, over an axis."""

    def output(Z: Any) -> Any:
        powers = np.exp(Z - Z.max(axis=maximum, keepdims=True))
        return powers / powers.sum(axis=axis, keepdims=True)

    return output


def accuracy(network: Any) -> float:
    trainer = bench(network).trainer
    value = trainer.symptoms(network, trainer.run(network, 0)).balanced_accuracy
    assert value is not None
    return value


@pytest.mark.parametrize("network", NETWORKS, ids=IDS)
def test_silent_on_correct_networks(network: Any) -> None:
    for seed in range(3):
        silent(DEFECT, network, seed=seed)


@pytest.mark.parametrize("network", NETWORKS, ids=IDS)
def test_planted_it_is_found_and_repaired_it_is_gone(network: Any) -> None:
    _, finding, mended = planted_and_repaired(DEFECT, network)
    assert "over the samples" in finding.observed
    assert finding.numbers["step"]["samples"] == network.batch_size
    axis = 1 if network.layout == "rows" else 0
    assert f"axis={axis}" in finding.advice
    parameters = network.init(1)
    x = network.lay_out(network.prepare(images().images)[: network.batch_size])
    labels = images().labels[: network.batch_size]
    here, there = (one.forward(parameters, x) for one in (network, mended))
    for name in here:
        np.testing.assert_allclose(there[name], here[name], rtol=1e-5)
    right = network.backward(parameters, here, x, labels)
    for name, one in mended.backward(parameters, there, x, labels).items():
        np.testing.assert_allclose(one, right[name], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("layout", ["rows", "columns"])
@pytest.mark.parametrize("batch_size", [1, 8])
def test_found_as_it_is_written_by_hand(layout: str, batch_size: int) -> None:
    network = dense(layout=layout, batch_size=batch_size)
    wrong = with_output(network, summed(0 if layout == "rows" else 1))
    finding = probed(wrong)
    assert finding.status == PRESENT
    alone = "of one sample alone every class gets 1, so that the answer is the first class"
    assert alone in finding.observed
    if batch_size > 1:
        assert "and to 1 over the samples" in finding.observed
    mended = DEFECT.repair(wrong, finding.numbers)
    assert accuracy(wrong) == pytest.approx(1 / CLASSES)
    assert accuracy(mended) == pytest.approx(accuracy(network))


@pytest.mark.parametrize("layout", ["rows", "columns"])
def test_over_everything_is_found_in_a_batch(layout: str) -> None:
    wrong = with_output(dense(layout=layout, batch_size=8), summed(None))
    check(wrong, images())
    finding = probed(wrong)
    assert finding.status == PRESENT
    assert "softmax of the logits over everything at once" in finding.observed
    assert probed(DEFECT.repair(wrong, finding.numbers)).status == ABSENT


def test_over_everything_is_right_where_a_step_takes_one_sample() -> None:
    finding = probed(with_output(dense(), summed(None)))
    assert finding.status == ABSENT
    assert "in a batch they would be the softmax over everything at once" in finding.observed


@pytest.mark.parametrize(
    "output",
    [
        summed(0, maximum=None),
        summed(0, maximum=1),
        lambda Z: np.exp(Z - Z.max(axis=0) - np.log(np.exp(Z - Z.max(axis=0)).sum(axis=0))),
        lambda Z: np.clip(summed(0)(Z), 1e-7, 1 - 1e-7),
        lambda Z: np.exp(Z) / (np.exp(Z).sum(axis=0) + 1e-9),
    ],
    ids=["one maximum", "another maximum", "by logarithm", "clipped", "epsilon"],
)
@pytest.mark.parametrize("batch_size", [1, 4])
def test_silent_on_right_ones_that_look_otherwise(output: Any, batch_size: int) -> None:
    assert probed(with_output(dense(batch_size=batch_size), output)).status == ABSENT


def test_as_many_samples_as_classes_do_not_confuse_it() -> None:
    network = dense(batch_size=CLASSES)
    assert probed(network).status == ABSENT
    assert probed(with_output(network, summed(1))).status == PRESENT


def test_a_dead_network_with_equal_outputs_is_not_taken_for_it() -> None:
    network = dense(batch_size=8)

    def init(seed: int) -> Any:
        return {name: one * 0 for name, one in network.init(seed).items()}

    assert probed(replace(network, init=init)).status == ABSENT
    assert probed(DEFECT.inject(replace(network, init=init))).status == PRESENT


def test_a_network_that_takes_no_batch_is_judged_by_one_sample() -> None:
    network = dense()

    def forward(parameters: Any, x: Any) -> Any:
        if x.shape[1] != 1:
            raise ValueError("one sample, please")
        return network.forward(parameters, x)

    single = replace(network, forward=forward)
    assert probed(single).status == ABSENT
    assert probed(with_output(single, summed(1))).status == PRESENT


@pytest.mark.parametrize("kind", ["sigmoid", "tanh", "linear"])
def test_not_applicable_without_a_softmax(kind: Any) -> None:
    network = dense()
    network = replace(
        network, layers=(*network.layers[:-1], replace(network.layers[-1], activation=kind))
    )
    finding = probed(network)
    assert finding.status == NOT_APPLICABLE
    assert f"the last layer is {kind}" in finding.observed
    with pytest.raises(ValueError, match="softmax-axis cannot be planted: the last layer is"):
        DEFECT.inject(network)


def test_a_built_network_whose_backward_reads_the_cache() -> None:
    sizes = (36, 6, CLASSES)

    def init() -> Any:
        random = np.random.RandomState(3)
        return {
            "W1": random.randn(36, 6) * np.sqrt(2 / 36),
            "b1": np.zeros(6),
            "W2": random.randn(6, CLASSES) * np.sqrt(2 / 6),
            "b2": np.zeros(CLASSES),
        }

    def forward(X: Any, params: Any) -> Any:
        Z1 = X @ params["W1"] + params["b1"]
        A1 = np.maximum(Z1, 0)
        Z2 = A1 @ params["W2"] + params["b2"]
        E = np.exp(Z2)
        P = E / E.sum(axis=0)
        return {"Z1": Z1, "A1": A1, "Z2": Z2, "P": P, "probs": P}

    def backward(X: Any, Y: Any, cache: Any, params: Any) -> Any:
        d2 = (cache["probs"] - Y) / len(X)
        d1 = d2 @ params["W2"].T * (cache["Z1"] > 0)
        return {"W1": X.T @ d1, "b1": d1.sum(0), "W2": cache["A1"].T @ d2, "b2": d2.sum(0)}

    network = from_functions(
        parameters="W1 b1 W2 b2",
        init=init,
        forward=forward,
        trace="Z1 A1 Z2 P",
        backward=backward,
        layers=("W1 b1 Z1 A1 relu", "W2 b2 Z2 P softmax"),
        layout="rows",
        prepare=lambda pictures: (pictures.reshape(len(pictures), -1) - 70.0) / 60,
        order="shuffled",
        learning_rate=0.2,
        epochs=20,
        batch_size=8,
        classes=sizes[-1],
    )
    check(network, images())
    finding = probed(network)
    assert finding.status == PRESENT
    assert accuracy(network) == pytest.approx(1 / CLASSES)
    assert accuracy(DEFECT.repair(network, finding.numbers)) > 0.9


def test_its_repair_and_that_of_overflow_commute_and_cure_one_thing_each() -> None:
    both = DEFECT.inject(softmax_overflow.DEFECT.inject(dense(batch_size=4)))
    assert both.forward.softmax == Softmax("samples", 1, stable=False)
    axis = probed(both)
    assert axis.status == PRESENT
    overflow = softmax_overflow.DEFECT.probe(bench(both))
    assert overflow.status == PRESENT
    (by_axis,), (by_overflow,) = repairs([axis]), repairs([overflow])
    one, other = repaired(both, [by_axis, by_overflow]), repaired(both, [by_overflow, by_axis])
    assert one.forward == other.forward
    assert softmax_overflow.DEFECT.probe(bench(by_axis(both))).status == PRESENT
    assert probed(by_overflow(both)).status == PRESENT
    assert {one.status for one in (probed(one), softmax_overflow.DEFECT.probe(bench(one)))} == {
        ABSENT
    }


def test_planted_twice_it_is_one_variant() -> None:
    network = dense()
    assert DEFECT.inject(network).forward == DEFECT.inject(network).forward


def test_it_is_the_cause_that_the_trainings_show() -> None:
    network = DEFECT.inject(dense(epochs=4, layout="rows", activation="tanh"))
    report = diagnose(
        network,
        data=images(count=120),
        seeds=2,
        jobs=1,
        select=["softmax-axis", "softmax-overflow", "wrong-gradient"],
        compiled_path=False,
    )
    statuses = {one.defect: one.status for one in report.findings[network.name]}
    assert statuses == {
        "softmax-axis": PRESENT,
        "softmax-overflow": ABSENT,
        "wrong-gradient": ABSENT,
    }
    seen = report.symptoms[network.name]
    assert (seen.favoured_class, seen.favoured_share) == (0, 1.0)
    assert seen.mean_probabilities == pytest.approx([1 / CLASSES] * CLASSES)
    for symptom in ("favoured_share", "balanced_accuracy"):
        assert report.causes[symptom].verdicts["softmax-axis"].verdict == CAUSE


def test_draws_the_distances() -> None:
    for network in (dense(), DEFECT.inject(dense(batch_size=8))):
        axes = DEFECT.draw(probed(network).numbers).axes[0]
        assert axes.get_xscale() == "log"
        assert len(axes.patches) == 3
    assert DEFECT.draw({"reason": "the last layer is linear, not softmax"}).axes


def test_what_is_taken_off_over_the_classes_and_summed_over_the_samples_is_no_softmax() -> None:
    network = dense(layout="rows", batch_size=8)
    mixed = with_output(network, summed(0, maximum=1))
    found = probed(mixed)
    assert found.status == PRESENT
    assert found.numbers["found"]["lowered"] == "classes"
    assert "but for the largest over the classes, which is taken off first" in found.observed
    mended = DEFECT.repair(mixed, found.numbers)
    parameters = network.init(0)
    x = np.random.default_rng(0).normal(size=(8, 36))
    last = network.layers[-1].out
    assert mended.forward(parameters, x)[last] == pytest.approx(
        network.forward(parameters, x)[last]
    )
    check(mixed, images())  # it is admitted, to be told of


def test_answers_of_a_batch_that_single_samples_do_not_get_are_those_of_all_at_once() -> None:
    network = DEFECT.inject(dense(layout="rows", batch_size=8))
    rows = images().test_images.reshape(80, -1) / 255
    drawn = network.init(0)
    together = network.forward(drawn, rows)[network.layers[-1].out]
    assert np.array_equal(probabilities(network, drawn, rows)[0], together)
    single = replace(network, batch_size=1)
    alone = [network.forward(drawn, row[None])[network.layers[-1].out][0] for row in rows]
    assert np.array_equal(probabilities(single, drawn, rows)[0], alone)


def test_a_forward_pass_that_a_repair_computes_anew_is_not_judged() -> None:
    """Of an author's softmax nothing is seen where declared layers are computed in its place."""
    network = dense(layout="rows")
    numbers = dict.fromkeys(("steps", "pass", "shades", "wrapped", "cut", "overflow", "gradients"))
    whole = Finding(
        defect="integer-dtype", status=PRESENT, observed="", expected="", where=None, advice="",
        numbers={**numbers, "types": {}, "arrays": [{"name": "A1"}]},
    )  # fmt: skip
    trainer = bench(network).trainer
    seen, unseen = (probing.probed(DEFECT, network, one, trainer, [0]) for one in ([], [whole]))
    assert (seen.status, unseen.status) == (ABSENT, MASKED)
    assert unseen.observed.startswith("not seen where A1, A2 and A3 are computed anew")
