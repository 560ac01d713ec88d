"""The probes as tests for a network of one's own: what passes, fails, skips, and in which words."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from diagnose import testing
from diagnose.errors import BadInputError
from diagnose.probes import DEFECTS
from diagnose.testing import (
    assert_absent,
    assert_gradients_match,
    assert_inputs_unchanged,
    assert_learns,
    assert_no_dead_units,
    check_network,
)

from .networks import dense, images, spoil

ROOT = Path(__file__).parents[1]
NAMES = [defect.name for defect in DEFECTS]
# Where only the mark of a case matters, no others are looked for.
FEW = ["class-order", "inplace-mutation", "wrong-gradient"]
BY_NAME = {defect.name: defect for defect in DEFECTS}
SOUND = dense(hidden=(9,), layout="rows", batch_size=4, bias="flat", epochs=4)
QUICK = {"data": images(), "epochs": 2}


def failing(check, network, **options) -> str:
    with pytest.raises(AssertionError) as caught:
        check(network, **{"data": images(), **options})
    return str(caught.value)


FILE = """
from dataclasses import replace

from diagnose.testing import parametrize_with_probes
from tests.networks import dense, images
from diagnose.probes import DEFECTS

SOUND = dense(hidden=(9,), layout="rows", batch_size=4, bias="flat", epochs=4)
PLANTED = next(one for one in DEFECTS if one.name == "inplace-mutation").inject(SOUND)
OPTIONS = {"data": images(), "epochs": 2}
KEPT = ("class-order", "inplace-mutation", "wrong-gradient")
FEW = {**OPTIONS, "ignore": [one.name for one in DEFECTS if one.name not in KEPT]}

@parametrize_with_probes(SOUND, **OPTIONS)
def test_sound(probe):
    probe()

@parametrize_with_probes(PLANTED, risks=True, **OPTIONS)
def test_planted(probe):
    probe()

@parametrize_with_probes(PLANTED, **FEW)
def test_risk(probe):
    probe()

@parametrize_with_probes(PLANTED, expected={"inplace-mutation": "nobody reads it"}, **FEW)
def test_expected(probe):
    probe()

@parametrize_with_probes(SOUND, expected={"class-order": "small data"}, **FEW)
def test_gone(probe):
    probe()

def unlit(pictures):
    return 0.0 * pictures.reshape(-1, 36)

@parametrize_with_probes(replace(SOUND, prepare=unlit), **OPTIONS)
def test_blind(probe):
    probe()

@parametrize_with_probes(replace(SOUND, learning_rate=lambda epoch: None), **OPTIONS)
def test_idle(probe):
    probe()
"""


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """What a pytest of its own says of the file above."""
    folder = tmp_path_factory.mktemp("tests")
    (folder / "test_mine.py").write_text(FILE, encoding="utf-8")
    options = ["-v", "-rA", "-p", "no:cacheprovider", "-W", "error", "--strict-markers"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "test_mine.py", *options, f"--rootdir={folder}"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


class TestParametrized:
    def outcomes(self, out, test, names=NAMES):
        """The outcome of each case of a test, by the probe's name."""
        found = re.findall(rf"^test_mine\.py::{test}\[([a-z-]+)\] ([A-Z]+)", out, re.M)
        assert [name for name, _ in found] == names
        return dict(found)

    def test_a_sound_network_passes_and_each_probe_is_a_case(self, out):
        outcomes = self.outcomes(out, "test_sound")
        assert set(outcomes.values()) <= {"PASSED", "SKIPPED"}
        assert list(outcomes.values()).count("PASSED") >= 9

    def test_a_defect_fails_its_case_in_four_beats_and_no_other(self, out):
        outcomes = self.outcomes(out, "test_planted")
        assert [name for name, one in outcomes.items() if one == "FAILED"] == ["inplace-mutation"]
        message = out.partition("_ test_planted[inplace-mutation] _")[2].partition("\n____")[0]
        assert ": inplace-mutation is present" in message
        for beat in ("observed  backward overwrites ", "expected  0 %", "try       let "):
            assert beat in message
        assert "where     diagnose/probes/inplace_mutation.py:" in message
        assert "probe = <inplace-mutation in relu rows 4 float64 flat>" in message
        assert "tracebackhide" not in message

    def test_a_risk_is_skipped_with_what_was_seen(self, out):
        outcomes = self.outcomes(out, "test_risk", FEW)
        assert outcomes["inplace-mutation"] == "SKIPPED"
        assert "FAILED" not in outcomes.values()
        assert "risk: backward overwrites" in out

    def test_expected_findings_are_expected_failures(self, out):
        outcomes = self.outcomes(out, "test_expected", FEW)
        assert outcomes["inplace-mutation"] == "XFAIL"
        assert "FAILED" not in outcomes.values()
        assert "XFAIL test_mine.py::test_expected[inplace-mutation] - nobody reads it" in out

    def test_an_expected_finding_that_is_gone_fails(self, out):
        outcomes = self.outcomes(out, "test_gone", FEW)
        assert [name for name, one in outcomes.items() if one == "FAILED"] == ["class-order"]
        assert "[XPASS(strict)] small data" in out

    def test_what_cannot_be_told_is_skipped_with_the_reason(self, out):
        assert self.outcomes(out, "test_blind")["learning-rate"] == "SKIPPED"
        reasons = [line for line in out.splitlines() if line.startswith("SKIPPED [")]
        assert any("masked: at the network's own rate" in line for line in reasons)

    def test_a_network_that_does_not_run_is_told_so(self, out):
        assert set(self.outcomes(out, "test_idle").values()) == {"FAILED"}
        assert "called with epoch 0, returned None, expected a finite number" in out

    def test_names_that_are_none_are_refused(self):
        with pytest.raises(BadInputError, match="there is no defect named 'clas-order'"):
            testing.parametrize_with_probes(SOUND, expected={"clas-order": "typo"})
        with pytest.raises(BadInputError, match="there is no defect named 'order'"):
            testing.parametrize_with_probes(SOUND, ignore=["order"])

    def test_nothing_is_trained_to_collect_and_each_network_is_probed_once(self, monkeypatch):
        calls = []
        real = testing.probe
        monkeypatch.setattr(testing, "probe", lambda *given: calls.append(1) or real(*given))
        mark = testing.parametrize_with_probes(SOUND, ignore=["learning-rate"], **QUICK)
        name, cases = mark.args
        assert name == "probe"
        assert [one.id for one in cases] == [one for one in NAMES if one != "learning-rate"]
        assert calls == []
        for case in cases:
            case.values[0]()
        assert calls == [1]


def test_pytest_is_imported_only_where_it_is_used():
    done = subprocess.run(
        [sys.executable, "-c", "import diagnose.testing, sys; print('pytest' in sys.modules)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == "False", done.stderr


class TestCheckNetwork:
    def test_a_sound_network(self):
        found = check_network(SOUND, **QUICK)
        assert list(found) == NAMES
        assert "present" not in {one.status for one in found.values()}

    def test_all_findings_are_listed(self):
        network = SOUND
        for name in ("class-order", "inplace-mutation"):
            network = BY_NAME[name].inject(network)
        message = failing(check_network, network, epochs=2, risks=True)
        assert message.count("is present\n") == 2
        assert f"{network.name}: class-order is present\n  observed  " in message
        assert f"\n\n{network.name}: inplace-mutation is present\n  observed  " in message
        left = failing(check_network, network, epochs=2, risks=True, expected=["class-order"])
        assert left.count("is present\n") == 1
        assert "class-order is present" not in left
        check_network(network, **QUICK, expected=["class-order", "inplace-mutation"])

    def test_a_risk_that_does_no_harm_passes_and_an_error_does_not(self):
        idle = BY_NAME["inplace-mutation"].inject(SOUND)
        assert check_network(idle, **QUICK)["inplace-mutation"].severity == "risk"
        message = failing(check_network, BY_NAME["wrong-gradient"].inject(idle), epochs=2)
        assert message.count("is present\n") == 1
        assert "wrong-gradient is present" in message

    def test_a_risk_that_causes_what_one_sees_is_an_error(self):
        raw = BY_NAME["unnormalized-input"].inject(SOUND)
        message = failing(check_network, raw, images=None, epochs=12)
        assert "unnormalized-input is present" in message

    def test_an_expected_one_that_is_absent_is_listed(self):
        message = failing(check_network, SOUND, epochs=2, expected=["class-order"])
        assert message == (
            "class-order was expected, and is absent: take it out of what is expected"
        )

    def test_a_probe_that_stops_is_a_failure(self):
        def drifting(labels, epoch, seed):
            if epoch == 1:
                raise RuntimeError("my own mistake")
            return SOUND.order(labels, epoch, seed)

        message = failing(check_network, replace(SOUND, order=drifting), epochs=2)
        assert "could not be looked for" in message
        assert "RuntimeError: my own mistake" in message

    def test_data_of_its_own_is_used(self):
        seen = []

        def data():
            seen.append(1)
            return images()

        check_network(replace(SOUND, data=data), epochs=1, ignore=["learning-rate"])
        assert seen == [1]


class TestSingleChecks:
    def test_gradients(self):
        assert_gradients_match(SOUND, data=images())
        message = failing(assert_gradients_match, spoil(SOUND, b2=lambda g: 0.5 * g))
        assert "wrong-gradient is present" in message
        assert "the gradient of b2 is 0.5000 times the true one" in message
        assert "multiply the gradient of b2 by 2" in message

    def test_a_check_that_can_see_nothing_does_not_pass(self):
        def init(seed):
            return {name: one - 100 for name, one in SOUND.init(seed).items()}

        blind = replace(SOUND, init=init, prepare=lambda pictures: pictures.reshape(-1, 36) / 255)
        assert "wrong-gradient is masked" in failing(assert_gradients_match, blind)

    def test_inputs(self):
        assert_inputs_unchanged(SOUND, data=images())

        def backward(parameters, trace, x, labels):
            x *= 1.5
            return SOUND.backward(parameters, trace, x, labels)

        message = failing(assert_inputs_unchanged, replace(SOUND, backward=backward))
        assert "input x" in message
        assert "where     tests/test_testing.py:" in message

    def test_dead_units(self):
        assert_no_dead_units(SOUND, data=images())
        assert_no_dead_units(SOUND, data=images(), epochs=0)

        def init(seed):
            drawn = SOUND.init(seed)
            drawn["b1"][:4] = -100
            return drawn

        dead = replace(SOUND, init=init)
        message = failing(assert_no_dead_units, dead, epochs=0)
        assert "4 of 9 units of A1 say the same for all of 240 images, as drawn" in message
        assert "after 1 epochs" in failing(assert_no_dead_units, dead)
        assert_no_dead_units(dead, data=images(), epochs=0, most=0.5)

    def test_learning_a_handful(self):
        assert_learns(SOUND, data=images())
        ascends = replace(SOUND, learning_rate=lambda epoch: -0.05)
        message = failing(assert_learns, ascends, epochs=30)
        assert "does not learn 10 samples by heart" in message
        assert "of 10 answers are right after 30 epochs" in message

    def test_any_probe_by_its_name(self):
        assert assert_absent(SOUND, "class-order", data=images()).status == "absent"
        planted = BY_NAME["class-order"].inject(SOUND)
        message = failing(assert_absent, planted, defect="class-order")
        assert "class-order is present" in message
        with pytest.raises(BadInputError, match="there is no defect named"):
            assert_absent(SOUND, "klass-order")

    def test_few_samples_and_no_epochs(self):
        few = replace(images(), images=images().images[:40], labels=images().labels[:40])
        assert_gradients_match(SOUND, data=few)
        with pytest.raises(BadInputError, match="epochs is 0"):
            assert_absent(SOUND, "class-order", data=few, epochs=0)

    def test_without_data_the_carried_digits_are_used(self):
        from fixed import NETWORK as FIXED

        assert_gradients_match(FIXED, images=100)
        assert np.shape(FIXED.init(0)["w1"]) == (10, 784)


def test_a_network_that_ends_the_process_fails_instead():
    """Else ``os._exit(0)`` in a step would end pytest as if all had passed."""

    def update(parameters, gradients, rate):
        os._exit(0)

    with pytest.raises(BadInputError, match=r"update \(.*\) would end the program: SystemExit: 0"):
        testing.findings(replace(SOUND, update=update), **QUICK)
