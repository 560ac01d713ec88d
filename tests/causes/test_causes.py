"""Causes from lattices whose truth is known by construction, and from the post itself."""

from itertools import permutations
from math import isnan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.causes.lattice import (
    CURED,
    Lattice,
    chosen,
    cured_fractions,
    cures,
    ladder,
    minimal_sets,
    reference,
    shapley,
    within,
)
from diagnose.causes.verdicts import trace

NAMES = ["a", "b", "c", "d"]


def lattice(function, count=4, seeds=5):
    """Values ``(2^count, seeds)`` of a function of the set of repaired names."""
    values = [function(set(chosen(NAMES, mask))) for mask in range(2**count)]
    return np.array(values, float)[:, None] + np.linspace(-0.001, 0.001, seeds)


def trained(values, symptom="balanced_accuracy", scores=None, answered=None, troubles=None):
    """A lattice; without an outcome of its own, no set makes that worse."""
    same = values if symptom == "balanced_accuracy" else np.full_like(values, 0.5)
    return Lattice(
        values={symptom: values},
        scores=same if scores is None else scores,
        answered=np.ones(values.shape, bool) if answered is None else answered,
        troubles=troubles or {},
    )


def verdicts(values, symptom="balanced_accuracy", works=None, **more):
    cause = trace(symptom, NAMES, trained(values, symptom, **more), works)
    return {name: one.verdict for name, one in cause.verdicts.items()}, cause


def test_one_repair_suffices():
    found, cause = verdicts(lattice(lambda s: 0.9 if "b" in s else 0.1))
    assert found == {"a": "harmless here", "b": "cause", "c": "harmless here", "d": "harmless here"}
    assert cause.minimal_repairs == [["b"]]
    assert cause.verdicts["b"].share.mean == pytest.approx(1)
    assert "by repairing b alone" in cause.interaction


def test_all_three_at_once():
    found, cause = verdicts(lattice(lambda s: 0.9 if {"a", "b", "d"} <= s else 0.1))
    assert found == {"a": "cause", "b": "cause", "c": "harmless here", "d": "cause"}
    assert cause.minimal_repairs == [["a", "b", "d"]]
    for name in "abd":
        assert cause.verdicts[name].share.mean == pytest.approx(1 / 3)
        assert cause.verdicts[name].alone == pytest.approx(0.1)
        assert cause.verdicts[name].without == pytest.approx(0.1)
    assert "all 3 at once" in cause.interaction


def test_either_of_two_is_shown_as_two_minimal_repairs():
    found, cause = verdicts(lattice(lambda s: 0.9 if s & {"a", "c"} else 0.1))
    assert cause.minimal_repairs == [["a"], ["c"]]
    assert found["a"] == found["c"] == "cause"


def test_a_defect_that_the_others_hide_is_uncovered():
    def value(s):
        if not {"a", "b"} <= s:
            return 0.1
        # c hurts only once a and b are repaired, and only together with d's repair
        return 0.4 if "d" in s and "c" not in s else 0.9

    found, cause = verdicts(lattice(value))
    assert cause.minimal_repairs == [["a", "b"]]
    assert found["c"] == "uncovered"
    assert found["d"] == "harmless here"
    effect = cause.verdicts["d"].effect
    assert set(effect.repaired) == {"a", "b"}
    assert (effect.before, effect.after) == pytest.approx((0.9, 0.4))


def test_a_part_of_the_effect_contributes():
    found, _ = verdicts(lattice(lambda s: 0.1 + 0.6 * ("a" in s) + 0.15 * ("b" in s)
                                + 0.06 * ("c" in s)))  # fmt: skip
    assert found["a"] == found["b"] == "cause"
    found, _ = verdicts(lattice(lambda s: 0.9 if "a" in s else 0.3 if "b" in s else 0.1))
    assert found == {"a": "cause", "b": "contributes", "c": "harmless here", "d": "harmless here"}


def test_a_network_that_is_as_good_as_its_twin_has_nothing_to_cure():
    values = trained(lattice(lambda s: 0.95 if {"a", "b"} <= s else 0.2 if "c" in s else 0.84))
    assert trace("balanced_accuracy", NAMES, values).minimal_repairs == [["a", "b"]]
    cause = trace("balanced_accuracy", NAMES, values, sound=True)
    assert cause.minimal_repairs == []
    found = {name: one.verdict for name, one in cause.verdicts.items()}
    assert found == {
        name: "makes it worse here" if name == "c" else "harmless here" for name in NAMES
    }
    assert "nothing to cure" in cause.verdicts["a"].sentence


def test_noise_is_harmless():
    rng = np.random.default_rng(0)
    values = lattice(lambda s: 0.9 if "a" in s else 0.1) + rng.normal(0, 0.01, (16, 5))
    found, _ = verdicts(values)
    assert found == {"a": "cause", "b": "harmless here", "c": "harmless here", "d": "harmless here"}


def test_a_skew_is_better_when_lower():
    found, cause = verdicts(lattice(lambda s: 0.01 if "d" in s else 0.2), "skew")
    assert cause.minimal_repairs == [["d"]]
    assert found["d"] == "cause"
    assert next(rung.repair for rung in cause.ladder) == "d"


def test_nothing_to_cure():
    found, cause = verdicts(lattice(lambda s: 0.9))
    assert cause.minimal_repairs == []
    assert set(found.values()) == {"harmless here"}
    assert not any(isnan(one.share.mean) for one in cause.verdicts.values())


def test_repairs_that_only_make_it_worse_cure_nothing():
    """Clipped to its range, a symptom of a wild network can look better than of a tame one."""
    for symptom, found, repaired in (("input_dependence", 1.0, 0.7), ("skew", 0.01, 0.2)):
        values = lattice(lambda s, a=found, b=repaired: b if "a" in s else a)
        verdicts_, cause = verdicts(values, symptom)
        assert cause.minimal_repairs == []
        assert set(verdicts_.values()) == {"harmless here"}


def test_minimal_sets_against_all_subsets():
    cured = np.array([False, False, True, True, False, True, True, True])  # not monotone on purpose
    assert minimal_sets(cured) == [0b010, 0b101]


def brute_shapley(values):
    count = len(values).bit_length() - 1
    shares = np.zeros(count)
    orders = list(permutations(range(count)))
    for order in orders:
        mask = 0
        for bit in order:
            shares[bit] += values[mask | 1 << bit] - values[mask]
            mask |= 1 << bit
    return shares / len(orders)


@given(st.lists(st.floats(-1, 1), min_size=16, max_size=16))
def test_shapley_against_all_orders(values):
    values = np.array(values)
    assert shapley(values) == pytest.approx(brute_shapley(values), abs=1e-12)


@given(st.lists(st.floats(0, 1), min_size=8, max_size=8))
def test_shares_add_up_to_the_cure(values):
    values = np.array(values)[:, None]
    fractions = cured_fractions(values[:, 0])
    best = reference(fractions)
    total = shapley(cures(values[within(best)])).sum()
    assert total == pytest.approx(0.0 if fractions is None else 1.0)


def test_sets_within_a_set_are_a_lattice_of_their_own():
    assert within(0b1010) == [0, 0b10, 0b1000, 0b1010]
    assert within(0) == [0]


class TestAgainstTheBestSet:
    def test_a_repair_that_hurts_hides_no_cure_and_is_left_out(self):
        values = lattice(lambda s: 0.1 if "a" not in s else 0.3 if "b" in s else 0.9)
        found, cause = verdicts(values, works=0.8)
        assert cause.minimal_repairs == [["a"]]
        assert found == {
            "a": "cause",
            "b": "makes it worse here",
            "c": "harmless here",
            "d": "harmless here",
        }
        assert "b" not in cause.best_repairs
        assert cause.best == pytest.approx(0.9)
        assert cause.repaired == pytest.approx(0.3)
        assert "from 0.900 to 0.300" in cause.verdicts["b"].sentence
        assert "b" not in {rung.repair for rung in cause.ladder}
        assert cause.works_in == [5, 5]
        assert cause.verdicts["a"].share.mean == pytest.approx(1)

    def test_where_nothing_can_be_cured_a_repair_may_still_hurt(self):
        found, cause = verdicts(lattice(lambda s: 0.2 if "c" in s else 0.9))
        assert cause.minimal_repairs == []
        assert found["c"] == "makes it worse here"
        assert found["a"] == "harmless here"

    def test_a_set_that_makes_the_outcome_worse_cures_no_other_symptom(self):
        """A network that answers one class has a fine skew."""
        skew = lattice(lambda s: 0.01 if "a" in s else 0.2)
        outcome = lattice(lambda s: 0.1 if "a" in s else 0.6)
        found, cause = verdicts(skew, "skew", scores=outcome)
        assert cause.minimal_repairs == []
        assert found["a"] == "makes it worse here"
        found, cause = verdicts(skew, "skew", scores=np.full_like(skew, 0.1))
        assert cause.minimal_repairs == [["a"]]

    def test_how_many_seeds_work_is_told(self):
        values = lattice(lambda s: 0.5 if "a" in s else 0.1)
        values[1::2, :3] = 0.95
        _, cause = verdicts(values, works=0.9)
        assert cause.works_in == [3, 5]
        _, cause = verdicts(values)
        assert cause.works_in == []


class TestStoppedRuns:
    def stopped(self, where, value=0.9):
        values = lattice(lambda s: value if "a" in s else 0.1)
        answered = np.ones(values.shape, bool)
        masks = [mask for mask in range(16) if where(set(chosen(NAMES, mask)))]
        values[masks], answered[masks] = 0.0, False
        return values, {"answered": answered, "troubles": dict.fromkeys(masks, "it stops with E")}

    def test_what_cannot_be_trained_repaired_is_not_judged(self):
        values, more = self.stopped(lambda s: "b" in s)
        found, cause = verdicts(values, **more)
        assert cause.minimal_repairs == [["a"]]
        assert found["b"] == "not judged"
        assert "it stops with E" in cause.verdicts["b"].sentence
        assert found["c"] == "harmless here"

    def test_nothing_is_judged_where_nothing_trains(self):
        values, more = self.stopped(lambda s: True)
        found, cause = verdicts(values, **more)
        assert set(found.values()) == {"not judged"}
        assert cause.minimal_repairs == []

    def test_a_cure_of_a_network_that_stops_as_found(self):
        values, more = self.stopped(lambda s: "a" not in s)
        found, cause = verdicts(values, **more)
        assert cause.minimal_repairs == [["a"]]
        assert found == {"a": "cause", **dict.fromkeys("bcd", "harmless here")}

    def test_a_set_that_stops_with_few_seeds_keeps_its_value(self):
        values, more = self.stopped(lambda s: False)
        values[2, 0], more["answered"][2, 0] = 0.0, False
        found, _ = verdicts(values, **more)
        assert found == {"a": "cause", **dict.fromkeys("bcd", "harmless here")}


def test_worse_than_found_counts_as_uncured():
    values = lattice(lambda s: 1.0 if s == {"a"} else 0.0 if "b" in s else 0.2)
    assert cures(-values)[1].max() == 0
    _, cause = verdicts(values, "skew")
    assert cause.verdicts["a"].share.mean == pytest.approx(0, abs=0.05)


def test_the_ladder_climbs_the_smallest_cure_first():
    values = lattice(lambda s: 0.9 if {"b", "d"} <= s else 0.2 if "a" in s else 0.1)
    order = ladder(values.mean(axis=1), 0b1010, 0b1111)
    assert [NAMES[bit] for bit in order][:2] in (["b", "d"], ["d", "b"])
    assert sorted(order) == [0, 1, 2, 3]


def test_the_post(report):
    """What the interventions must show of the post, measured in this run."""
    accuracy, skew = report.causes["balanced_accuracy"], report.causes["skew"]
    four = {
        "class-order",
        "unnormalized-input",
        "initialization-offset",
        "initialization-scale",
    }
    assert [set(one) for one in accuracy.minimal_repairs] == [four]
    assert skew.minimal_repairs == [["class-order"]]
    assert accuracy.found == pytest.approx(0.1, abs=0.01)
    assert accuracy.repaired > 0.85
    trials = {frozenset(one.repairs): one for one in accuracy.lattice}
    assert len(trials) == 2**8
    assert trials[frozenset(four)].cured > CURED
    for left_out in four:
        three = trials[frozenset(four - {left_out})]
        assert three.cured < 0.5
        assert accuracy.verdicts[left_out].without < 0.6  # put back, the symptom is back
    for harmless in ("wrong-gradient", "inplace-mutation", "softmax-overflow"):
        for cause in report.causes.values():
            assert cause.verdicts[harmless].verdict == "harmless here"
    assert next(rung.repair for rung in skew.ladder) == "class-order"
    assert {rung.repair for rung in accuracy.ladder[:4]} == four
