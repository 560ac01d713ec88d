"""A rate that may change after what was seen of a training is not taken for a constant one."""

import time
from types import SimpleNamespace

import pytest

from diagnose.watching.handover import KNOWN
from diagnose.watching.rates_to_come import RatesToCome
from diagnose.watching.script import as_far_as_known, as_far_as_seen, watch
from tests.watching.scripts import FLAT

# An epoch takes far longer than it is watched for.
SLOW = (
    FLAT.replace("range(12)", "range(100)")
    .replace("import numpy", "import time\nimport numpy")
    .replace("    print(", "    time.sleep(0.02)\n    AFTER\n    print(")
)
PLATEAU = "lr = lr if np.abs(W1).max() < 1e6 else lr / 2"


def watched(folder, after):
    path = folder / "mine.py"
    path.write_text(SLOW.replace("AFTER", after), encoding="utf-8")
    return watch(path, seconds=60, longer=0.1)


def test_it_is_known_for_the_epochs_that_were_seen(tmp_path):
    seen = watched(tmp_path, PLATEAU)
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
def test_a_constant_one_is_known_for_all(tmp_path, after):
    seen = watched(tmp_path, after)
    assert seen.network is not None
    assert seen.read.said.get(KNOWN) is None
    assert as_far_as_seen(seen, None) == (seen, None)


def test_a_training_is_as_long_as_it_was_seen_if_that_is_half_of_it(tmp_path):
    seen = watched(tmp_path, PLATEAU)
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
    to_come = RatesToCome(None, seen, [], None, {1: 11})
    assert to_come.half_is_near(began, 20.0)
    assert not to_come.half_is_near(began, 10.0)
    to_come.begun[1] = 51
    assert not to_come.half_is_near(began, 20.0)
