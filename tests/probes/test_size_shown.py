"""Too few units that a probe left open are a finding, with a repair, where exchanges show them."""

from dataclasses import replace

import pytest

from diagnose.examining.probing import repairs
from diagnose.examining.size_shown import with_size
from diagnose.report import ABSENT, MASKED, PRESENT
from tests.command.test_told import parts_of, probed, twin_of
from tests.networks import bench, dense

LACKS = twin_of(same_shape=0.4, lacks="16 hidden units")
ONE_UNIT = dense(hidden=(1,))


def found(status=ABSENT):
    one = probed(status, 7, "too-few-units")
    return replace(one, part="size", numbers={"units": [1]})


def shown(finding, network=ONE_UNIT, minimal=(("start", "size"),), twin=LACKS, **changed):
    parts = parts_of([[*one] for one in minimal], **changed)
    (one,) = with_size([finding], network, bench(network).trainer, (twin, parts))
    return one


@pytest.mark.parametrize("status", [ABSENT, MASKED])
def test_what_an_exchange_shows_is_a_finding_with_a_repair(status):
    finding = shown(found(status))
    assert finding.status == PRESENT
    assert finding.advice == "give it 16 hidden units"
    (repair,) = repairs([finding])
    before, after = (one.init(0)[one.layers[0].weight] for one in (ONE_UNIT, repair(ONE_UNIT)))
    assert after.size == 16 * before.size


def test_what_the_probe_has_shown_stays_as_it_is():
    assert shown(found(PRESENT)) == found(PRESENT)


@pytest.mark.parametrize(
    "given",
    [
        {"minimal": [["start"]]},
        {"minimal": []},
        {"twin": replace(LACKS, lacks="biases")},
    ],
)  # fmt: skip
def test_where_exchanges_show_none_there_is_none(given):
    assert shown(found(), **given) == found()


def test_code_that_runs_with_its_own_width_alone_has_no_repair():
    def forward(parameters, x):
        if len(parameters[ONE_UNIT.layers[0].weight]) != 1:
            raise ValueError("of one unit")
        return ONE_UNIT.forward(parameters, x)

    assert ONE_UNIT.layout == "columns"
    assert shown(found(), replace(ONE_UNIT, forward=forward)) == found()
