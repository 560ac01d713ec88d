"""Parts are blamed where it was tried that no fewer do, also where time is short."""

from dataclasses import replace
from types import SimpleNamespace

from diagnose.causes.twin import _is_smallest
from diagnose.render import part_words
from diagnose.render.verdict import is_healthy, verdict
from diagnose.report import from_json
from diagnose.study import diagnose
from tests.networks import dense, images

BOTH, INPUT, ORDER = frozenset({"input", "order"}), frozenset({"input"}), frozenset({"order"})


def test_a_set_is_blamed_where_each_with_one_part_less_was_tried():
    tried = {BOTH: "cures", INPUT: "does not", ORDER: None}
    experiment = SimpleNamespace(tried=tried, closed=lambda parts: 1.0)
    assert not _is_smallest(experiment, BOTH)
    assert _is_smallest(experiment, INPUT)
    assert _is_smallest(SimpleNamespace(tried={**tried, ORDER: "does not"}), BOTH)


def test_where_it_was_not_found_out_no_part_is_blamed_and_no_all_clear_given():
    report = diagnose(dense(), data=images(), seeds=2, select=["class-order"], jobs=1)
    assert is_healthy(report)
    parts = replace(report.parts, found=0.2, undecided=True, needed=3.0, given_up=4)
    unknown = from_json(replace(report, parts=parts).to_json())
    assert unknown.parts.undecided
    assert not is_healthy(unknown)
    assert not part_words.is_as_good(unknown)
    assert part_words.rows(unknown) == []
    said = " ".join(verdict(unknown))
    assert "where this one reaches 0.200" in said
    assert "Which of its parts make the difference, there was no time to find out." in said
    assert "The difference is in" not in said
