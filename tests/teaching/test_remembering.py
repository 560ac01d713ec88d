"""What is asked of equal networks again is not measured again; what has no hash is."""

from dataclasses import dataclass, replace

from diagnose.teaching import looking
from diagnose.teaching.remembering import remembered
from tests.networks import dense


@dataclass
class Unhashable:
    """A schedule that its author wrote as a dataclass: equal ones are equal, none has a hash."""

    rate: float

    def __call__(self, epoch: int) -> float:
        return self.rate


def test_equal_arguments_are_asked_about_once():
    calls = []

    @remembered
    def doubled(number: int) -> int:
        calls.append(number)
        return 2 * number

    assert [doubled(3), doubled(3), doubled(4)] == [6, 6, 8]
    assert calls == [3, 4]


def test_networks_that_have_no_hash_are_asked_about_each_time():
    calls = []

    @remembered
    def named(network) -> str:
        calls.append(network)
        return network.name

    network = replace(dense(), learning_rate=Unhashable(0.05))
    assert named(network) == named(network) == network.name
    assert len(calls) == 2


def test_each_probe_looks_once_at_equal_networks_and_sees_what_was_found_before_it(monkeypatch):
    looked = []

    def probed(defect, network, before, trainer, seeds):
        looked.append((defect.name, network.name, [*before]))
        return defect.name

    monkeypatch.setattr(looking, "probed", probed)
    names = looking.NAMES
    one = replace(dense(), name="looked at in this test")
    assert looking._findings(one, 3, 7) == tuple(names[:3])
    assert looking._findings(replace(one), 2, 7) == tuple(names[:2])
    assert looked == [(names[at], one.name, list(names[:at])) for at in range(3)]
    looking._findings(replace(one, epochs=one.epochs + 1), 1, 7)
    assert len(looked) == 4
