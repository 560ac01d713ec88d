"""A diagnosis whose time is limited: it ends in time, says what it left out, and nothing more."""

import json
import time
from dataclasses import replace
from importlib.resources import files

import jsonschema
import pytest

from diagnose.causes.in_time import EXCHANGING, compare_in_time
from diagnose.command import report_command
from diagnose.command.cli import main
from diagnose.command.time_asked import PATIENCE, UNATTENDED, drawing, time_for
from diagnose.errors import BadInputError
from diagnose.examining.probing import not_reached, probed
from diagnose.probes import DEFECTS
from diagnose.render import html, markdown, terminal, time_words
from diagnose.report import CUT_TWIN, CUTS, NOT_REACHED, from_json
from diagnose.study import diagnose
from diagnose.training.pool import Pool
from diagnose.training.trainer import Trainer
from tests.networks import dense, images

SECONDS = 3.0


def slow(network, pause):
    """The network, whose forward pass takes as many seconds longer."""

    def forward(parameters, x):
        time.sleep(pause)
        return network.forward(parameters, x)

    return replace(network, forward=forward)


@pytest.fixture(scope="module")
def hurried():
    """What is said within three seconds of a network that trains for half a minute, and when."""
    began = time.monotonic()
    network = slow(dense(epochs=3, rate=0.05), 0.04)
    report = diagnose(network, data=images(), compiled_path=False, jobs=1, within=SECONDS)
    return report, time.monotonic() - began


def test_it_ends_in_time(hurried):
    _, took = hurried
    assert took < 4 * SECONDS  # a tenth more on a machine that does nothing else


def test_what_was_not_trained_whole_has_no_value(hurried):
    report, _ = hurried
    assert report.symptoms == {}
    assert report.twin is None
    assert report.causes == {}
    assert {"symptoms", "twin"} <= {one["what"] for one in report.within["cut"]}
    takes = next(one["needed"] for one in report.within["cut"] if one["what"] == "symptoms")
    assert takes > 240 * 3 * 0.04
    statuses = {one.status for one in report.findings[report.network.name]}
    assert NOT_REACHED in statuses
    assert len(statuses) > 1


def test_every_format_says_it(hurried):
    report, _ = hurried
    schema = files("diagnose").joinpath("report.schema.json").read_text(encoding="utf-8")
    jsonschema.validate(json.loads(report.to_json()), json.loads(schema))
    again = from_json(report.to_json())
    assert again.within == report.within
    for render in (terminal.render, markdown.render, html.render):
        said = " ".join(render(again).split())
        assert "In 3 s there was no time for a whole training as found" in said
        assert "was not seen within 3 s: one training takes about" in said


def test_with_enough_time_nothing_is_different():
    options = {"data": images(), "seeds": 2, "select": ["class-order", "learning-rate"], "jobs": 1}
    network = dense(rate=1e-4)
    free = diagnose(network, **options)
    limited = diagnose(network, within=1e6, **options)
    assert limited.within["cut"] == []
    assert limited.causes
    same = replace(limited, within=None, runs=free.runs)
    assert same.to_json() == replace(free, within=None).to_json()


def test_what_there_was_no_time_for_at_first_gets_what_is_left_at_the_end(monkeypatch):
    shares = []

    def compare(network, trainer, seeds, cuts, share):
        shares.append(share)
        if share < 1:
            cuts.add(CUT_TWIN, 0, 1, 20.0)
            return None
        return compare_in_time(network, trainer, seeds, cuts, share)

    monkeypatch.setattr("diagnose.study.compare_in_time", compare)
    network = dense(epochs=2, batch_size=20)
    report = diagnose(network, data=images(), seeds=2, within=60.0, select=["class-order"])
    assert shares == [EXCHANGING, 1.0]
    assert report.twin is not None
    assert report.parts is not None
    assert report.within["cut"] == []


def test_a_pace_is_not_judged_where_something_before_was_not_looked_for():
    rate = next(one for one in DEFECTS if one.name == "learning-rate")
    before = not_reached(DEFECTS[0], "not within this time")
    trainer = Trainer(data=images(), epochs=1, pool=Pool(jobs=1))
    found = probed(rate, dense(), [before], trainer, [0])
    assert found.status == NOT_REACHED
    assert f"{DEFECTS[0].name}, which comes first, was not looked for" in found.observed
    assert trainer.asked == 0


@pytest.mark.parametrize("within", [0, -1.0, float("nan")])
def test_no_time_is_refused(within):
    with pytest.raises(BadInputError, match="within is"):
        diagnose(dense(), data=images(), within=within)


def noted(hurried, what, done, of, needed=None):
    report, _ = hurried
    one = {"what": what, "done": done, "of": of, "needed": needed}
    return replace(report, within={**report.within, "cut": [one], "more": needed})


@pytest.mark.parametrize("what", CUTS)
def test_each_cut_has_its_words(hurried, what):
    (said,) = time_words.sentences(noted(hurried, what, 1, 3))
    assert said.startswith("In 3 s there was no time for ")
    assert said.endswith(". --within gives it more.")


def test_how_much_time_would_do_is_said_in_what_the_option_takes(hurried):
    (said,) = time_words.sentences(noted(hurried, "seeds", 1, 5, 200.0))
    assert "4 of 5 seeds of the causes (about 3 min)" in said
    assert "With --within 4m" in said
    assert time_words.option(41) == "50s"
    assert time_words.option(3601) == "2h"


def test_few_seeds_are_told_beside_the_causes(hurried):
    said = time_words.few_seeds(noted(hurried, "seeds", 1, 5))
    assert said == "This was seen with 1 of 5 seeds only; another may say otherwise."
    assert time_words.few_seeds(noted(hurried, "twin", 0, 1)) == ""


class TestOption:
    def test_two_minutes_where_somebody_waits_and_more_or_no_limit_elsewhere(self, monkeypatch):
        monkeypatch.setattr(report_command.sys.stdout, "isatty", lambda: True, raising=False)
        assert time_for(None) == PATIENCE
        assert time_for(float("inf")) is None
        monkeypatch.setattr(report_command.sys.stdout, "isatty", lambda: False, raising=False)
        assert time_for(None) is None
        assert time_for(None, is_script=True) == UNATTENDED
        assert time_for(float("inf"), is_script=True) is None
        assert time_for(90.0) == time_for(90.0, is_script=True) == 90.0

    def test_pages_with_pictures_take_their_share(self, tmp_path):
        assert drawing((tmp_path / "a.json",)) == 0
        assert drawing((tmp_path / "a.HTML", tmp_path / "a.txt")) > 0

    @pytest.mark.parametrize(
        ("text", "seconds"),
        [("90s", 90), ("90", 90), ("2m", 120), ("1.5 min", 90), ("1H", 3600), ("none", None)],
    )
    def test_times_as_people_write_them(self, text, seconds, monkeypatch):
        seen = []
        monkeypatch.setattr(
            report_command, "time_for", lambda within, *_: seen.append(within) or 1 / 0
        )
        with pytest.raises(ZeroDivisionError):
            main(["report", "fixed", "--within", text])
        assert seen == [float("inf") if seconds is None else seconds]

    @pytest.mark.parametrize("text", ["soon", "0", "-5s", "2 days", "", "1e9"])
    def test_what_is_no_time_is_refused(self, text, capsys):
        assert main(["report", "fixed", "--within", text]) == 2
        assert "give such as 90s, 2m or 1h, or none for no limit" in capsys.readouterr().err
