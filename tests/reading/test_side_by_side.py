"""Samples that are taken with their targets, row by row, are asked nothing more."""

from types import SimpleNamespace

import numpy as np
import pytest

from diagnose.reading import pairing
from diagnose.reading.kept_samples import KeptSamples
from diagnose.recording.origins import Origins

ROLES = SimpleNamespace(layout="rows", vectors=True)


class Seen(SimpleNamespace):
    size_of, each_of = KeptSamples.size_of, KeptSamples.each_of


def steps(pairs, labels=6):
    """What was seen of steps that took ``X[i]`` and ``y[k]``."""
    origins, X, y = Origins(), np.random.default_rng(0).normal(size=(6, 3)), np.eye(labels)
    taken = []
    for i, k in pairs:
        both = X[i], y[k]
        origins.made(1, "get", None, (X, i), {}, both[0])
        origins.made(2, "get", None, (y, k), {}, both[1])
        taken.append(both)
    held = [(origins.of(x), origins.of(t)) for x, t in taken]
    arrays = [(x[None], t[None]) for x, t in taken]
    count = range(len(pairs))
    return Seen(
        origins=held, arrays=arrays, steps=[*count], of_each=[[] for _ in count], roles=ROLES
    )


@pytest.mark.parametrize(
    ("pairs", "labels", "plain"),
    [
        ([(0, 0), (3, 3), (5, 5)], 6, True),
        ([(0, 0), (3, 4), (5, 5)], 6, False),
        ([(0, 0), (3, 3)], 7, False),  # who knows what the other rows are
    ],
)
def test_the_plain_case_is_asked_no_further(monkeypatch, pairs, labels, plain):
    asked = []
    moved = pairing.moved
    monkeypatch.setattr(pairing, "moved", lambda *two: asked.append(two) or moved(*two))
    seen = steps(pairs, labels)
    assert pairing.read_apart(seen, seen.steps, seen.steps) is None
    assert bool(asked) is not plain
