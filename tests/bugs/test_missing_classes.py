"""The answer quotes an earlier revision of the post that trained on ``range(2)``.

Such a network never sees eight of its ten classes. The post itself shows all ten: the probe must
find this in the revision and not in the post.
"""

from dataclasses import replace

import numpy as np
import pytest

from buggy_reference import REVISION
from diagnose.probes.missing_classes import DEFECT, missing
from tests.bugs.stories import (
    assert_found_alone_and_repaired,
    findings,
    in_post,
    in_twin,
    planted,
    trainer,
)
from tests.networks import bench, dense, images

NAME = DEFECT.name


def test_absent_in_the_post_and_in_its_twin(report):
    assert in_post(report, NAME).status == "absent"
    assert in_twin(report, NAME).status == "absent"


def test_present_in_the_earlier_revision_two_of_ten_seen():
    found = findings(REVISION)[NAME]
    assert found.status == "present"
    assert missing(found.numbers) == list(range(2, 10))
    assert "2 of 10 classes" in found.observed


def test_planted_alone_and_repaired():
    assert_found_alone_and_repaired(NAME)


def test_what_is_never_shown_is_never_answered():
    network = planted(NAME)
    seen = trainer().symptoms(network, trainer().run(network, 0))
    assert sum(seen.mean_probabilities[2:]) < 0.05
    assert seen.balanced_accuracy <= 0.2


def test_the_repair_keeps_the_manner_of_the_order():
    """The revision goes class by class, and so does its repair; the twin shuffles, likewise."""
    labels = trainer().data.labels
    for network, in_order in ((REVISION, True), (planted(NAME), False)):
        order = DEFECT.repair(network, findings(network)[NAME].numbers).order(labels, 0, 0)
        assert sorted(order) == list(range(len(labels)))
        shown = labels[order]
        assert (list(shown) == sorted(shown)) is in_order


@pytest.mark.parametrize(
    ("trained", "tested", "part", "severity"),
    [(5, 5, "order", "error"), (0, 5, "data", "error"), (0, 0, "data", "risk")],
)
def test_where_samples_of_a_class_are_missing(trained, tested, part, severity):
    network = dense(classes=4)
    data = images()
    kept = [
        np.concatenate([np.flatnonzero(data.labels < 3), np.flatnonzero(data.labels == 3)[:count]])
        for count in (trained, tested)
    ]
    some = replace(
        data, images=data.images[kept[0]], labels=data.labels[kept[0]],
        test_images=data.images[kept[1]], test_labels=data.labels[kept[1]],
    )  # fmt: skip
    without = replace(network, order=lambda labels, epoch, seed: np.flatnonzero(labels < 3))
    found = DEFECT.probe(bench(without, data=some))
    assert (found.status, found.part, found.severity) == ("present", part, severity)


def test_where_a_handful_is_gone_over_again_and_again_all_samples_are_shown():
    def handful(labels, epoch, seed):
        kept = np.flatnonzero(labels != 2)[:10]
        return np.random.default_rng([seed, epoch]).choice(kept, len(labels))

    data = images()
    network = replace(dense(layout="rows", batch_size=8), order=handful)
    numbers = DEFECT.measure(bench(network, data))
    found = DEFECT.judge(numbers)
    assert "of the others 10 of " in found.observed
    assert "over all samples" in found.advice
    order = DEFECT.repair(network, numbers).order(data.labels.copy(), 0, 0)
    assert sorted(order.tolist()) == list(range(len(data.labels)))
