"""The networks with an unknown defect: another for each number, and checks that tell the truth."""

import re
from dataclasses import replace
from functools import partial
from itertools import combinations

import pytest

from diagnose.builders.templates.functions import NETWORK as SOUND
from diagnose.probes import DEFECTS
from diagnose.teaching import (
    PLANTED,
    NotYetError,
    against,
    checks,
    mysteries,
    mystery,
    present,
    verify_diagnosis,
    verify_network,
)

# Some forty trainings for each mystery, which are made once by the process that has them all.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("mysteries")]

ALONE = [mystery(SOUND, number) for number in range(len(PLANTED))]
PAIRS = len(list(combinations(PLANTED, 2)))
FUNCTIONS = ("init", "prepare", "order", "learning_rate", "forward", "backward", "update")
TOUCHED = {*FUNCTIONS} - {"update"}


def functions(network):
    """The network's functions; a partial by what it is made of, for it has no equality."""
    found = [getattr(network, name) for name in FUNCTIONS]
    return [(one.func, one.keywords) if isinstance(one, partial) else one for one in found]


def changed(network):
    """Which of its functions a network does not share with the sound one."""
    return {name for name in FUNCTIONS if getattr(network, name) != getattr(SOUND, name)}


def red(check, *given) -> str:
    with pytest.raises(NotYetError) as caught:
        check(*given)
    return " ".join(str(caught.value).split())


# What is planted


def test_a_number_always_gives_the_same_network():
    for defects in (1, 2, 3):
        one, again = (mystery(SOUND, 5, defects=defects) for _ in range(2))
        assert functions(one) == functions(again)
    assert functions(mystery(SOUND, 5)) == functions(mystery(SOUND, 5 + len(PLANTED)))
    assert mystery(SOUND, 5).name == "mystery 5"
    assert SOUND.name == "functions"


@pytest.mark.parametrize(("defects", "choices"), [(1, len(PLANTED)), (2, PAIRS)])
def test_as_many_numbers_in_a_row_as_there_are_choices_give_different_networks(defects, choices):
    for first in (0, 4, 1000):
        row = [mystery(SOUND, first + step, defects=defects) for step in range(choices)]
        for one, other in combinations(map(functions, row), 2):
            assert one != other


def test_nothing_but_the_defect_is_planted():
    assert [len(changed(network)) for network in ALONE] == [1] * len(PLANTED)
    assert set.union(*map(changed, ALONE)) == TOUCHED
    assert changed(mystery(SOUND, 0, defects=len(PLANTED))) == TOUCHED


def test_how_many_defects_there_can_be():
    for none in (0, -1, len(PLANTED) + 1):
        with pytest.raises(ValueError, match=f"defects is {none}; give 1 to {len(PLANTED)}"):
            mystery(SOUND, 0, defects=none)


def test_what_is_planted_is_known_to_the_probes():
    assert set(PLANTED) <= {defect.name for defect in DEFECTS}


# What is found


@pytest.fixture(scope="module", autouse=True)
def _probe_each_network_once():
    known, real = {}, checks.findings

    def findings(network, seed=0):
        key = id(network), seed
        if key not in known:
            known[key] = network, real(network, seed)
        return known[key][1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checks, "findings", findings)
        patch.setattr(mysteries, "findings", findings)
        yield


@pytest.fixture(scope="module")
def named(_probe_each_network_once):
    """Each mystery with the one name that the probes have for it."""
    found = []
    for network in ALONE:
        (name,) = present(network)
        found.append((network, name))
    return found


def test_the_probes_find_what_was_planted_and_nothing_else(named):
    assert sorted(name for _, name in named) == sorted(PLANTED)


@pytest.mark.parametrize("number", range(0, PAIRS, 9))
def test_two_are_both_found_and_nothing_else(number, named):
    two = mystery(SOUND, number, defects=2)
    there = present(two)
    assert len(there) == 2
    alone = {name: changed(network) for network, name in named}
    assert changed(two) == set.union(*(alone[name] for name in there))


# What a learner is told


def test_a_right_diagnosis_is_green_and_says_what_was_measured(named, capsys):
    for network, name in named:
        verify_diagnosis(network, name)
        lines = capsys.readouterr().out.splitlines()
        assert lines[0] == "GREEN: that is it."
        assert lines[1].startswith(f"  {name}: ")


def test_every_wrong_name_is_red_with_what_speaks_against_it_and_without_the_answer(named):
    for network, right in named:
        for wrong in set(PLANTED) - {right}:
            said = red(verify_diagnosis, network, wrong)
            assert said.startswith(f"RED: {wrong} is absent observed "), said
            assert " expected " in said
            assert "try measure again" in said
            assert right not in said


def test_a_part_of_the_diagnosis_is_told_how_much_is_missing():
    two = mystery(SOUND, 0, defects=2)
    one, other = present(two)
    assert red(verify_diagnosis, two, one) == "RED: that is there, but 1 more is"
    assert red(verify_diagnosis, two) == "RED: that is there, but 2 more are"
    verify_diagnosis(two, other, one)


@pytest.mark.parametrize("nothing", [..., None, "the loss", 7])
def test_what_is_no_name_of_a_defect_is_told_kindly(nothing):
    said = red(verify_diagnosis, ALONE[0], nothing)
    assert said.startswith(f"RED: no diagnosis yet observed {nothing!r} expected ")
    assert "class-order" in said


def test_a_suspicion_is_held_against_what_was_measured(named):
    network = next(network for network, name in named if name == "initialization-offset")
    wrong = against(network, "unnormalized-input")
    assert wrong.startswith("unnormalized-input is absent: inputs from 0 to 1")
    right = against(network, "initialization-offset")
    assert right.startswith("initialization-offset is present: initial means W1 -0.80")
    for network, name in named:
        assert re.search(r"[^.]\.$", against(network, name))


def test_a_repair_is_green_only_if_nothing_is_left(named, capsys):
    for network, name in named:
        assert red(verify_network, network).startswith(f"RED: there is {name} observed ")
    network, name = named[0]
    (role,) = changed(network)
    verify_network(replace(network, **{role: getattr(SOUND, role)}))
    assert capsys.readouterr().out == "GREEN: it runs, and no probe finds a defect.\n"


def test_no_network_yet():
    assert red(verify_network, ...).startswith("RED: there is no network yet observed Ellipsis")
    said = red(verify_network, replace(SOUND, init=lambda seed: ...))
    assert said.startswith("RED: the network does not run yet")
