"""Keep a network of one's own right: the probes as pytest cases, and checks by themselves.

>>> @parametrize_with_probes(NETWORK)
... def test_my_network(probe):
...     probe()

Each probe is a case of its own. One that finds its defect fails and says what was observed, what
was expected, where, and what to try. The functions that begin with ``assert`` are for any test.
Data is the network's own if it brings some, else the digits that come with the package; of either
the first ``images``, in equal shares.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from diagnose.causes.weighing import weighed
from diagnose.data import carried, subset
from diagnose.errors import BadInputError
from diagnose.examining.asked_for import chosen_defects
from diagnose.examining.probing import PROBE_SEEDS, probe
from diagnose.instruments.admission import admit
from diagnose.instruments.bench import Bench, spread
from diagnose.instruments.handful import learn, pick
from diagnose.network.arrays import Array, Arrays
from diagnose.network.authors_code import ends_no_process
from diagnose.network.record import Network
from diagnose.network.samples import Data, leading
from diagnose.report import ABSENT, ERROR, RISK, SEVERE, SEVERITIES, Finding
from diagnose.study import find_causes
from diagnose.style.places import placed
from diagnose.training.trainer import Trainer

if TYPE_CHECKING:
    import pytest

# Enough that every defect of the post has its effect, and few enough for a test.
IMAGES = 2000
# Of the checks of one thing each, which train little or not at all.
FEW_IMAGES = 500


@ends_no_process()  # nor that of the tests
def findings(
    network: Network,
    *,
    ignore: Collection[str] = (),
    data: Data | None = None,
    images: int | None = IMAGES,
    epochs: int | None = None,
    seed: int = 0,
    trainer: Trainer | None = None,
) -> dict[str, Finding]:
    """What each probe says of a network, by name of the defect.

    trainer: in place of ``data``, ``images`` and ``epochs``, one that remembers its trainings, for
    several variants of a network. Raises BadInputError if the network cannot run.
    """
    if trainer is None:
        trainer = _trainer(network, data, images, epochs)
    admit(network, trainer.data)
    seeds = range(seed, seed + PROBE_SEEDS)
    found = probe(network, trainer, chosen_defects((), ignore), seeds)
    return {one.defect: one for one in found}


def _weighed_findings(
    network: Network, trainer: Trainer, ignore: Collection[str], seed: int
) -> dict[str, Finding]:
    """The same, where a risk is an error if trainings with and without it show that it does harm.

    They are made only where there is nothing but risks: an error fails by itself.
    """
    found = findings(network, ignore=ignore, seed=seed, trainer=trainer)
    severities = {one.severity for one in found.values()}
    if RISK not in severities or SEVERE in severities:
        return found
    seeds = range(seed, seed + PROBE_SEEDS)
    causes = find_causes(network, list(found.values()), seeds, trainer)
    return {one.defect: one for one in weighed(list(found.values()), causes)}


@dataclass(kw_only=True, repr=False)
class Case:
    """One probe as a test: calling it fails, skips or passes.

    ``found`` gives the findings of all probes; it is asked when the first case is run. fails: the
    severities with which a defect fails.
    """

    network: Network
    found: Callable[[], dict[str, Finding]]
    defect: str
    fails: Collection[str] = (SEVERE,)

    def __repr__(self) -> str:
        """Short, since pytest shows it with every failure."""
        return f"<{self.defect} in {self.network.name}>"

    def __call__(self) -> None:
        """AssertionError if the defect is there; a skip if it cannot be told."""
        __tracebackhide__ = True
        import pytest

        finding = self.found()[self.defect]
        if finding.status == ERROR or finding.severity in self.fails:
            raise AssertionError(told(finding, self.network))
        if finding.status != ABSENT:
            pytest.skip(f"{finding.severity or finding.status}: {finding.observed}")


def parametrize_with_probes(
    network: Network,
    *,
    expected: Mapping[str, str] | None = None,
    ignore: Collection[str] = (),
    risks: bool = False,
    data: Data | None = None,
    images: int | None = IMAGES,
    epochs: int | None = None,
    seed: int = 0,
) -> pytest.MarkDecorator:
    """Decorate a test that takes ``probe`` and calls it: each probe becomes a case.

    Errors fail, and what causes what one sees; risks, which do no harm here, fail if asked for.
    expected: the names of defects that are known to be there, and why they are left; such a case
    is an expected failure, and fails once the defect is gone. ignore: defects not to look for.
    data: instead of the network's own; images: how many training images (None: all). epochs: of
    each training (default: the network's own). BadInputError for a name that is none.
    """
    import pytest

    @cache
    def found() -> dict[str, Finding]:
        trainer = _trainer(network, data, images, epochs)
        return _weighed_findings(network, trainer, ignore, seed)

    reasons = dict(expected or {})
    chosen_defects(tuple(reasons), ignore)
    return pytest.mark.parametrize(
        "probe",
        [
            pytest.param(
                Case(
                    network=network,
                    found=found,
                    defect=defect.name,
                    # One that is expected fails as long as it is there.
                    fails=SEVERITIES if risks or defect.name in reasons else (SEVERE,),
                ),
                id=defect.name,
                marks=[
                    pytest.mark.xfail(
                        strict=True, raises=AssertionError, reason=reasons[defect.name]
                    )
                ]
                if defect.name in reasons
                else [],
            )
            for defect in chosen_defects((), ignore)
        ],
    )


def check_network(
    network: Network,
    *,
    expected: Collection[str] = (),
    ignore: Collection[str] = (),
    risks: bool = False,
    data: Data | None = None,
    images: int | None = IMAGES,
    epochs: int | None = None,
    seed: int = 0,
) -> dict[str, Finding]:
    """Run all probes; AssertionError that lists every error which is not ``expected``.

    Errors, and what causes what one sees; risks, which do no harm here, are listed if asked for. An
    expected one that is absent is listed too. Otherwise the findings, by name of the defect.
    """
    __tracebackhide__ = True
    chosen_defects(tuple(expected), ignore)
    found = _weighed_findings(network, _trainer(network, data, images, epochs), ignore, seed)
    fails = SEVERITIES if risks else (SEVERE,)
    wrong = [
        told(one, network)
        for name, one in found.items()
        if (one.status == ERROR or one.severity in fails) and name not in expected
    ]
    gone = [
        f"{name} was expected, and is absent: take it out of what is expected"
        for name, one in found.items()
        if one.status == ABSENT and name in expected
    ]
    if wrong or gone:
        raise AssertionError("\n\n".join([*wrong, *gone]))
    return found


def assert_absent(
    network: Network,
    defect: str,
    *,
    data: Data | None = None,
    images: int | None = FEW_IMAGES,
    epochs: int | None = None,
    seed: int = 0,
) -> Finding:
    """Run one probe by itself; AssertionError unless it can tell that its defect is absent."""
    __tracebackhide__ = True
    (chosen,) = chosen_defects((defect,), ())
    trainer = _trainer(network, data, images, epochs)
    admit(network, trainer.data)
    seeds = tuple(range(seed, seed + PROBE_SEEDS))
    finding = chosen.probe(Bench(network=network, sane=network, trainer=trainer, seeds=seeds))
    if finding.status != ABSENT:
        raise AssertionError(told(finding, network))
    return finding


def assert_gradients_match(
    network: Network, *, data: Data | None = None, images: int | None = FEW_IMAGES, seed: int = 0
) -> None:
    """AssertionError unless backward computes the derivative of the loss for every parameter."""
    __tracebackhide__ = True
    assert_absent(network, "wrong-gradient", data=data, images=images, epochs=1, seed=seed)


def assert_inputs_unchanged(
    network: Network, *, data: Data | None = None, images: int | None = FEW_IMAGES, seed: int = 0
) -> None:
    """AssertionError if forward or backward writes into an array that it was handed."""
    __tracebackhide__ = True
    assert_absent(network, "inplace-mutation", data=data, images=images, epochs=1, seed=seed)


def assert_no_dead_units(
    network: Network,
    *,
    most: float = 0.1,
    epochs: int = 1,
    data: Data | None = None,
    images: int | None = FEW_IMAGES,
    seed: int = 0,
) -> None:
    """AssertionError if more than the share ``most`` of a hidden layer's units say always the same.

    Looked at after ``epochs`` of training (0: as drawn), on up to 500 training images. A tenth is
    let through because a ReLU unit may die in a sound network too.
    """
    __tracebackhide__ = True
    trainer = _trainer(network, data, images, max(epochs, 1))
    admit(network, trainer.data)
    parameters = trainer.run(network, seed).parameters if epochs else network.init(seed)
    rows = trainer.rows(network)
    rows = rows[spread(len(rows), FEW_IMAGES)]
    for layer in network.layers[:-1]:
        constant = _is_constant(_outputs(network, parameters, rows, layer.out))
        if constant.mean() > most:
            when = f"after {epochs} epochs" if epochs else "as drawn"
            place = network.where("init")
            raise AssertionError(
                beats(
                    f"{network.name} has dead units",
                    f"{constant.sum()} of {constant.size} units of {layer.out} say the same for "
                    f"all of {len(rows)} images, {when}",
                    f"at most {most:.0%} of a layer's units are constant",
                    f"{place[0]}:{place[1]}" if place else "",
                    "draw the weights around 0, scale the input, and lower the learning rate",
                )
            )


def assert_learns(
    network: Network,
    *,
    samples: int = 10,
    epochs: int = 1000,
    data: Data | None = None,
    seed: int = 0,
) -> None:
    """AssertionError unless the network learns a handful of samples by heart.

    It is trained on nothing but them, in random order, at the rate of its first epoch, until all
    are answered rightly, or for so many epochs. A number is right that is off by less than half of
    their spread. The cheapest test that all parts work together
    (CS231n notes, "Overfit a tiny subset of data").
    """
    __tracebackhide__ = True
    data = _data(network, data, None)
    admit(network, data)
    some = np.argsort(leading(data.labels), kind="stable")[spread(len(data.labels), FEW_IMAGES)]
    rows, labels = network.prepare(data.images[some]), data.labels[some]
    chosen = pick(rows, labels, samples)
    rows, labels = rows[chosen], labels[chosen]
    right = learn(network, rows, labels, epochs, seed)
    if right < len(labels):
        raise AssertionError(
            beats(
                f"{network.name} does not learn {len(labels)} samples by heart",
                f"{right} of {len(labels)} answers are right after {epochs} epochs on them alone",
                "all of them: a network with right gradients and enough units fits a handful",
                network.source or "",
                "look for what is wrong with check_network, the gradients first",
            )
        )


def told(finding: Finding, network: Network) -> str:
    """Say in four beats what was found in a network."""
    said = "could not be looked for" if finding.status == ERROR else f"is {finding.status}"
    return in_beats(f"{network.name}: {finding.defect} {said}", finding)


def in_beats(headline: str, finding: Finding, where: str = "") -> str:
    """Say a finding in four beats; ``where`` in place of the line that it names."""
    place = finding.where
    named = placed(place.file, place.line) if place else ""
    if place and place.text:
        named += f": {place.text}"
    return beats(headline, finding.observed, finding.expected, where or named, finding.advice)


def beats(headline: str, observed: str, expected: str, where: str, advice: str) -> str:
    """Write a message: a headline, then what was observed, what expected, where, what to try.

    A beat that is empty is left out.
    """
    told = {"observed": observed, "expected": expected, "where": where, "try": advice}
    return "\n".join([headline, *(f"  {name:8}  {text}" for name, text in told.items() if text)])


def _outputs(network: Network, parameters: Arrays, rows: Array, name: str) -> Array:
    """``(n, units)``: one array of the trace for each row, by the network's own forward."""
    with np.errstate(all="ignore"):
        traces = (
            network.forward(parameters, network.lay_out(rows[at : at + 1]))
            for at in range(len(rows))
        )
        return np.array([np.ravel(trace[name]) for trace in traces])


def _is_constant(outputs: Array) -> Array:
    """For each unit whether it says the same for all rows; what is no number says nothing."""
    with np.errstate(all="ignore"):
        return ~(np.ptp(outputs, axis=0) > 0)


def _data(network: Network, data: Data | None, images: int | None) -> Data:
    if data is None:
        data = network.data() if network.data is not None else carried()
    return data if images is None or images >= len(data.labels) else subset(data, images)


def _trainer(
    network: Network, data: Data | None, images: int | None, epochs: int | None
) -> Trainer:
    if epochs is not None and epochs < 1:
        raise BadInputError(f"epochs is {epochs}; give at least 1")
    return Trainer(
        data=_data(network, data, images), epochs=network.epochs if epochs is None else epochs
    )
