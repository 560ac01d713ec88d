"""Of a training that takes longer than it is seen, it is said how far that was."""

import time
from types import SimpleNamespace

import pytest

from diagnose.watching.handover import KNOWN
from diagnose.watching.how_far import HowFar, going_on
from diagnose.watching.script import as_far_as_known, as_far_as_seen, watch
from tests.watching.scripts import FLAT

# An epoch takes far longer than it is watched for.
SLOW = (
    FLAT.replace("range(12)", "range(100)")
    .replace("import numpy", "import time\nimport numpy")
    .replace("    print(", "    time.sleep(0.02)\n    AFTER\n    print(")
)
FALLS = "lr = 0.3 / (1 + epoch)"


def watched(folder, after):
    path = folder / "mine.py"
    path.write_text(SLOW.replace("AFTER", after), encoding="utf-8")
    return watch(path, seconds=60, longer=0.1)


def test_it_is_known_for_the_epochs_that_were_seen(tmp_path):
    seen = watched(tmp_path, FALLS)
    line = 1 + SLOW.splitlines().index("    AFTER")
    assert seen.network is not None
    known = seen.read.said[KNOWN]
    assert known["line"] == line
    assert 2 <= known["epochs"] < 50
    assert seen.roles["epochs"]["line"] == line
    assert seen.roles["epochs"]["text"].startswith(f"{known['epochs']} of 100 were seen")
    # fewer epochs are looked at where these are asked for
    assert as_far_as_seen(seen, 2) == (seen, 2)
    refused, epochs = as_far_as_seen(seen, None)
    assert epochs is None
    assert refused.network is None
    assert refused.parted.line == line
    assert f"after the {known['epochs']} of 100 epochs" in refused.parted.reason


@pytest.mark.parametrize(
    "after", ["pass", "rate = lr / 2", "if epoch % 20 == 19: print(lr)", "lr = 0.3"]
)
def test_a_constant_one_is_taken_to_stay(tmp_path, after):
    seen = watched(tmp_path, after)
    assert seen.network is not None
    known = seen.read.said[KNOWN]
    assert not known["what"]
    said = seen.roles["epochs"]["text"]
    assert said == f"{known['epochs']} of 100 were seen; the others are taken to be like these"
    assert as_far_as_seen(seen, None) == (seen, None)


def test_a_training_is_as_long_as_it_was_seen_if_that_is_half_of_it(tmp_path):
    seen = watched(tmp_path, FALLS)
    for count, made in ((49, None), (50, 50), (99, 99)):
        seen.read.said[KNOWN]["epochs"] = count
        found, epochs = as_far_as_seen(seen, None)
        assert (found is seen, epochs) == (made is not None, made)
    assert as_far_as_seen(seen, 30) == (seen, 30)
    seen.read.said[KNOWN]["epochs"] = 100
    assert as_far_as_known(seen.read).said[KNOWN] is None


def test_half_of_it_is_waited_for_if_there_is_the_time():
    seen = SimpleNamespace(epoch_site=1, tape=SimpleNamespace(lengths={1: 100}))
    began = time.perf_counter() - 3.0
    how_far = HowFar(None, seen, [], {1: 11})
    assert how_far.half_is_near(began, 20.0)
    assert not how_far.half_is_near(began, 10.0)
    how_far.begun[1] = 51
    assert not how_far.half_is_near(began, 20.0)


@pytest.mark.parametrize(
    ("rates", "coming"),
    [
        ([[0.8], [0.4], [0.2], [0.1]], (0.05, 0.025)),
        ([[0.8], [0.4]], ()),  # too few to tell
        ([[1.0], [1 / 2], [1 / 3], [1 / 4]], ()),
        ([[0.8, 0.4], [0.2], [0.1], [0.05]], ()),
    ],
)
def test_a_rate_that_becomes_the_same_part_of_itself_goes_on(rates, coming):
    assert going_on(rates, 6) == pytest.approx(coming)
