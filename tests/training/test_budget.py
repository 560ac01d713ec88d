"""Time that is limited: asked before a training and within it; what it cuts is never a value."""

import gc
import io
import pickle
import signal
import subprocess
import sys
import threading
import time
import weakref
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np
import pytest

from diagnose.causes.in_time import compare_in_time, lattice_in_time
from diagnose.causes.lattice import measure_lattice
from diagnose.instruments.handful import Constant
from diagnose.report import CUT_CAUSES, CUT_DEFECTS, CUT_SEEDS, CUT_TWIN
from diagnose.training.budget import AGAIN, SIGNAL, UNLIMITED, Budget, OutOfTime
from diagnose.training.cuts import SURELY, Cuts
from diagnose.training.loop import train
from diagnose.training.own_pace import MEASURED_STEPS, each
from diagnose.training.pool import Pool
from diagnose.training.trainer import Trainer
from tests.networks import dense, images

DATA = images()


@dataclass
class Clock:
    """A clock that goes on by ``tick`` whenever it is read."""

    now: float = 0.0
    tick: float = 0.0

    def __call__(self):
        self.now += self.tick
        return self.now


class Steps:
    """A backward pass that counts how often it was called."""

    def __init__(self, network):
        self.backward, self.made = network.backward, 0

    def __call__(self, *given):
        self.made += 1
        return self.backward(*given)


def counted(network):
    steps = Steps(network)
    return replace(network, backward=steps), steps


class TestBudget:
    def test_what_is_left_and_what_fits_in(self):
        clock = Clock(now=100.0)
        budget = Budget.of(10.0, clock)
        assert budget.left() == 10.0
        assert budget.fits(9.9)
        assert not budget.fits(10.0)
        clock.now += 10.0
        assert budget.is_over()
        assert not budget.fits(0.0)

    def test_a_share_is_of_what_is_left(self):
        clock = Clock()
        budget = Budget.of(10.0, clock)
        clock.now += 6.0
        assert budget.part(0.5).left() == 2.0
        clock.now += 10.0
        assert budget.part(0.5).left() == 0.0

    def test_without_a_limit_everything_fits(self):
        assert UNLIMITED.fits(1e300)
        assert not UNLIMITED.is_over()
        assert UNLIMITED.part(0.1) is UNLIMITED

    def test_sent_to_another_process_it_ends_at_the_same_time(self):
        budget = Budget.of(1000.0)
        packed = pickle.dumps(budget)
        assert pickle.loads(packed).left() == pytest.approx(budget.left(), abs=30)
        assert not pickle.loads(pickle.dumps(UNLIMITED)).is_limited


class TestAlarm:
    def test_it_ends_what_waits_and_no_exception_handler_takes_it(self):
        def patient():
            try:
                time.sleep(60)
            except Exception:
                pytest.fail("taken for a mistake of the author's")

        began = time.monotonic()
        with pytest.raises(OutOfTime), Budget.of(0.05).alarm():
            patient()
        assert time.monotonic() - began < 50

    def test_afterwards_nothing_rings_and_the_handler_is_what_it_was(self):
        before = signal.getsignal(SIGNAL)
        with Budget.of(0.05).alarm():
            pass
        assert signal.getsignal(SIGNAL) == before
        time.sleep(0.1)

    def test_one_within_another(self):
        with Budget.of(60.0).alarm():
            with pytest.raises(OutOfTime), Budget.of(0.02).alarm():
                time.sleep(60)
            assert signal.getsignal(SIGNAL) not in (signal.SIG_DFL, signal.SIG_IGN)

    def test_what_rings_before_the_time_is_over_is_left_to_who_was_there_before(self):
        heard = []
        before = signal.signal(SIGNAL, lambda *given: heard.append(given))
        try:
            with Budget.of(1e6).alarm(), Budget.of(1e5).alarm():
                signal.raise_signal(SIGNAL)
        finally:
            signal.signal(SIGNAL, before)
        assert len(heard) == 1

    def test_nothing_rings_on_where_it_rang_while_it_was_set(self, monkeypatch):
        clock, later = Clock(), []

        def at_once(seconds, ring):
            if not later:
                clock.now += 10.0
                later.append(ring)
                ring()
            return threading.Timer(1e6, ring)

        monkeypatch.setattr("diagnose.training.budget._timer", at_once)
        before = signal.getsignal(SIGNAL)
        try:
            with suppress(OutOfTime), Budget.of(5.0, clock).alarm():
                pass
            assert signal.getsignal(SIGNAL) == before
        finally:
            signal.signal(SIGNAL, before)

    def test_what_is_over_does_not_begin(self):
        with pytest.raises(OutOfTime), Budget.of(-1.0).alarm():
            pytest.fail("begun")


class TestTraining:
    def test_one_that_does_not_end_in_time_is_left_between_steps(self):
        network, steps = counted(dense())
        budget = Budget(ends=10.5, clock=Clock(tick=1.0))
        with pytest.raises(OutOfTime):
            train(network, network.prepare(DATA.images), DATA.labels, 0, 1, budget=budget)
        assert steps.made == 10

    def test_one_that_would_not_end_in_time_is_not_begun(self):
        network, steps = counted(dense())
        pool = Pool(jobs=1, budget=Budget(ends=1e-6, clock=Clock()))
        trainer = Trainer(data=DATA, epochs=2, pool=pool, compiled_path=False)
        with pytest.raises(OutOfTime) as stop:
            trainer.run(network, 0)
        assert 0 < steps.made <= MEASURED_STEPS
        assert stop.value.needed > 0
        assert not trainer.is_trained(network, 0)
        assert trainer.asked == 0

    def test_one_cut_in_a_worker_counts_as_not_made(self):
        network = dense()
        # The clock stands until it trains, so that the training is begun.
        clock = Clock()
        pool = Pool(jobs=1, budget=Budget(ends=50.0, clock=clock))
        trainer = Trainer(data=DATA, epochs=2, pool=pool, compiled_path=False)
        trainer.seconds([(network, 0)])
        clock.tick = 1.0
        with pytest.raises(OutOfTime):
            trainer.run(network, 0)
        assert not trainer.is_trained(network, 0)
        assert trainer.own == {}

    def test_compiled_ones_that_would_not_end_in_time_are_not_begun(self):
        network = dense()
        pool = Pool(jobs=1, budget=Budget(ends=1e-9, clock=Clock()))
        trainer = Trainer(data=DATA, epochs=2, pool=pool)
        with pytest.raises(OutOfTime) as stop:
            trainer.run(network, 0)
        assert stop.value.needed > 0
        assert pool.made == 0
        pool.budget = UNLIMITED
        again = Trainer(data=DATA, epochs=2).run(network, 0)
        for name, one in trainer.run(network, 0).parameters.items():
            assert np.array_equal(one, again.parameters[name])

    def test_without_a_limit_no_step_is_made_to_measure(self):
        network, steps = counted(dense())
        trainer = Trainer(data=DATA, epochs=1, pool=Pool(jobs=1), compiled_path=False)
        assert trainer.seconds([(network, 0)]) == 0.0
        assert steps.made == 0


def test_what_the_first_of_several_took_to_start_does_not_count():
    assert each([3.0]) == 3.0
    assert each([3.0, 3.5, 4.0]) == 0.5


class Hurried(Trainer):
    """Has time for sets of some repairs with some seeds."""

    most_networks = 4
    most_seeds = 1

    def seconds(self, wanted):
        return 1e9 if len(list(wanted)) > self.most_networks else 0.0

    def runs(self, wanted, what):
        pairs = list(wanted)
        if len(pairs) > self.most_networks or max(seed for _, seed in pairs) >= self.most_seeds:
            raise OutOfTime(7.0)
        return super().runs(pairs, what)


def hurried(**has):
    pool = Pool(jobs=1, budget=Budget(ends=1e6, clock=Clock()))
    made = Hurried(data=DATA, epochs=1, pool=pool)
    for name, value in has.items():
        setattr(made, name, value)
    return made


def faster(network):
    return replace(network, learning_rate=lambda epoch: 0.2)


def in_order(network):
    return replace(network, order=lambda labels, epoch, seed: np.arange(len(labels)))


class TestCauses:
    def test_fewer_seeds_have_the_values_that_they_have_among_more(self):
        cuts = Cuts()
        found = lattice_in_time(dense(), [faster, in_order], [], [0, 1, 2], hurried(), cuts)
        some, lattice = found
        assert list(some) == [0, 1]
        whole = measure_lattice(
            dense(), [faster, in_order], [0, 1, 2], Trainer(data=DATA, epochs=1, pool=Pool(jobs=1))
        )
        assert np.array_equal(lattice.scores, whole.scores[:, :1])
        (note,) = cuts.noted
        assert (note["what"], note["done"], note["of"]) == (CUT_SEEDS, 1, 3)

    def test_what_was_thought_to_fit_and_did_not_is_done_seed_by_seed(self):
        class Wrong(Hurried):
            def seconds(self, wanted):
                return 0.0

        pool = Pool(jobs=1, budget=Budget(ends=1e6, clock=Clock()))
        cuts, short = Cuts(), Wrong(data=DATA, epochs=1, pool=pool)
        _, lattice = lattice_in_time(dense(), [faster, in_order], [], [0, 1, 2], short, cuts)
        assert lattice.scores.shape == (4, 1)
        assert [one["what"] for one in cuts.noted] == [CUT_SEEDS]

    def test_without_time_for_all_sets_those_of_likely_repairs_are_tried(self):
        cuts, short = Cuts(), hurried(most_networks=2, most_seeds=9)
        some, lattice = lattice_in_time(dense(), [faster, in_order], [1], [0], short, cuts)
        assert list(some) == [1]
        assert lattice.scores.shape == (2, 1)
        assert [one["what"] for one in cuts.noted] == [CUT_DEFECTS]

    def test_likely_ones_come_first_with_every_seed(self):
        """Of all repairs there would be time for the first seed alone."""

        class Slower(Hurried):
            def runs(self, wanted, what):
                pairs = list(wanted)
                if not {seed for _, seed in pairs} <= {0} and len({one for one, _ in pairs}) > 2:
                    raise OutOfTime(7.0)
                return Trainer.runs(self, pairs, what)

        pool = Pool(jobs=1, budget=Budget(ends=1e6, clock=Clock()))
        cuts, short = Cuts(), Slower(data=DATA, epochs=1, pool=pool)
        some, lattice = lattice_in_time(dense(), [faster, in_order], [0], [0, 1], short, cuts)
        assert list(some) == [0]
        assert lattice.scores.shape == (2, 2)
        assert [one["what"] for one in cuts.noted] == [CUT_DEFECTS]

    def test_without_time_for_these_nothing_is_said_of_causes(self):
        cuts, short = Cuts(), hurried(most_networks=0)
        assert lattice_in_time(dense(), [faster, in_order], [1], [0, 1], short, cuts) is None
        assert cuts.noted == [{"what": CUT_CAUSES, "done": 0, "of": 4, "needed": 14.0}]

    def test_without_time_for_the_network_as_found_there_is_no_twin(self):
        cuts = Cuts()
        assert compare_in_time(dense(), hurried(most_networks=0), [0, 1], cuts) is None
        assert cuts.noted[0]["what"] == CUT_TWIN
        assert cuts.noted[0]["needed"] > 1e9


def test_how_much_more_is_only_told_where_it_is_known():
    cuts = Cuts()
    assert cuts.told(10.0, 2.0) == {"seconds": 10.0, "used": 2.0, "cut": [], "more": None}
    cuts.add(CUT_SEEDS, 2, 5, 30.0)
    assert cuts.told(10.0, 9.0)["more"] == SURELY * 39.0
    assert cuts.told(50.0, 9.0)["more"] is None  # it would have fitted, but for its share
    cuts.add(CUT_TWIN, 0, 1, None)
    assert cuts.told(10.0, 9.0)["more"] is None


def test_the_same_repair_made_anew_is_one_training():
    network, steps = counted(dense())
    trainer = Trainer(data=DATA, epochs=1, pool=Pool(jobs=1), compiled_path=False)
    first, again = (replace(network, learning_rate=Constant(0.1)) for _ in range(2))
    assert first is not again
    assert trainer.run(first, 0) is trainer.run(again, 0)
    made = steps.made
    trainer.run(replace(network, learning_rate=Constant(0.2)), 0)
    assert steps.made == 2 * made


def test_what_is_called_while_memory_is_freed_ends_first():
    done = []

    def called(phase, info):
        wait(0.2 if phase == "stop" else 0.0)
        done.append(phase)

    def free():
        gc.collect()
        for _ in range(300):
            time.sleep(0.01)

    gc.collect()  # so that what other tests left is not freed while it rings
    gc.callbacks.append(called)
    try:
        with pytest.raises(OutOfTime):
            limited(free, 0.05)
    finally:
        gc.callbacks.remove(called)
    assert done[:2] == ["start", "stop"]


class Told:
    """Calls what it is given when it is freed."""

    def __init__(self, ends):
        self.ends = ends

    def __del__(self):
        self.ends()


def finalized(ends):
    one = Clock()
    weakref.finalize(one, ends)
    return one


@pytest.mark.parametrize("made", [Told, finalized])
def test_what_is_called_when_something_is_freed_ends_first(made):
    ended = []

    def ends():
        wait(0.2)
        ended.append(True)

    def free():
        one = made(ends)
        del one
        for _ in range(300):
            time.sleep(0.01)

    with pytest.raises(OutOfTime):
        limited(free, 0.05)
    assert ended == [True]


def test_a_file_that_is_being_opened_is_written_first(monkeypatch, tmp_path):
    opening, file = io.open, tmp_path / "kept"

    def slowly(*given, **options):
        made = opening(*given, **options)
        wait(0.2)
        return made

    def write():
        file.write_bytes(b"all of it")
        for _ in range(300):
            time.sleep(0.01)

    monkeypatch.setattr(io, "open", slowly)
    with pytest.raises(OutOfTime):
        limited(write, 0.05)
    assert file.read_bytes() == b"all of it"


def test_a_process_that_is_being_begun_is_there_afterwards():
    begun = []

    class Slow(subprocess.Popen):
        def _execute_child(self, *given):
            super()._execute_child(*given)
            wait(0.2)

    def begin():
        begun.append(Slow([sys.executable, "-c", ""]))
        for _ in range(300):
            time.sleep(0.01)

    with pytest.raises(OutOfTime):
        limited(begin, 0.05)
    assert begun[0].wait() == 0


def test_what_swallows_the_alarm_is_interrupted_again():
    swallowed = []

    def stubborn():
        for _ in range(500):
            try:
                time.sleep(0.01)
            except BaseException as error:
                swallowed.append(error)
                if len(swallowed) > 1:
                    raise

    with pytest.raises(OutOfTime):
        limited(stubborn, 0.05)
    assert len(swallowed) == 2


def test_what_leaves_because_of_the_alarm_ends_in_peace():
    ended = []

    def work():
        try:
            time.sleep(60)
        finally:
            wait(1.5 * AGAIN)
            ended.append(True)

    with pytest.raises(OutOfTime):
        limited(work, 0.05)
    assert ended == [True]


def wait(seconds):
    """Work for so long, as what is busy does."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        pass


def limited(work, seconds):
    with Budget.of(seconds).alarm():
        work()
