"""Train a network and look at what it says; probe it for one defect and look at the picture."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from diagnose.causes.lattice import repaired
from diagnose.data import carried
from diagnose.examining.asked_for import NAMES
from diagnose.examining.probing import probed, repairs
from diagnose.network.arrays import Array, Arrays
from diagnose.network.record import Network
from diagnose.probes import DEFECTS
from diagnose.report import Finding, Symptoms
from diagnose.symptoms import probabilities, symptoms
from diagnose.teaching.printing import narrow
from diagnose.teaching.remembering import remembered
from diagnose.teaching.showing import Picture, picture
from diagnose.testing import in_beats
from diagnose.training.trainer import Trainer


@dataclass(frozen=True, kw_only=True)
class Observation:
    """A trained network, and what it says of the 1,000 test digits.

    parameters: after training; probabilities: ``(1000, classes)``; symptoms: these as numbers.
    """

    network: Network
    epochs: int
    seed: int
    parameters: Arrays
    probabilities: Array
    symptoms: Symptoms

    def __repr__(self) -> str:
        seen, epochs = self.symptoms, "epoch" if self.epochs == 1 else "epochs"
        skew, share, dependence, accuracy = (
            "not a number" if one is None else f"{one:.3f}"
            for one in (
                seen.skew,
                seen.favoured_share,
                seen.input_dependence,
                seen.balanced_accuracy,
            )
        )
        return "\n".join(
            [
                f"{self.network.name}: {self.epochs} {epochs}, seed {self.seed}, "
                f"then {seen.images:,} digits it has not seen",
                f"  favoured answer    {seen.favoured_class}, share {share}",
                f"  skew               {skew}",
                f"  input dependence   {dependence}",
                f"  balanced accuracy  {accuracy}",
            ]
        )


@dataclass(frozen=True)
class Probed:
    """What a probe says, as text and as a picture."""

    finding: Finding

    def __repr__(self) -> str:
        return narrow(in_beats(f"{self.finding.defect}: {self.finding.status}", self.finding))

    def picture(self) -> Picture:
        """Draw the numbers with the drawing function of the report."""
        (defect,) = (defect for defect in DEFECTS if defect.name == self.finding.defect)
        text = f"{self.finding.defect}: {self.finding.observed}"
        return picture(defect.draw(self.finding.numbers), text)


@lru_cache
def trainer(epochs: int) -> Trainer:
    """Train on all carried digits; each distinct training is made once."""
    return Trainer(data=carried(), epochs=epochs)


def observe(network: Network, *, seed: int = 0, epochs: int | None = None) -> Observation:
    """Train a network on the 5,000 carried digits and look at the 1,000 test digits."""
    epochs = network.epochs if epochs is None else epochs
    bench = trainer(epochs)
    run = bench.run(network, seed)
    rows = bench.rows(network, "test_images")
    outputs, overflowed = probabilities(network, run.parameters, rows)
    return Observation(
        network=network,
        epochs=epochs,
        seed=seed,
        parameters=run.parameters,
        probabilities=outputs,
        symptoms=symptoms(network, outputs, bench.data.test_labels, overflowed),
    )


def probe(network: Network, defect: str, *, seed: int = 0) -> Probed:
    """Look for one defect, as a report does: with those repaired that stand before it.

    ``numbers`` of the finding hold all that was measured.
    """
    if defect not in NAMES:
        raise ValueError(f"there is no defect named {defect!r}; there are {', '.join(NAMES)}")
    return Probed(_findings(network, NAMES.index(defect) + 1, seed)[-1])


@remembered
def _findings(network: Network, count: int, seed: int) -> tuple[Finding, ...]:
    """What the first ``count`` probes say, each with those found before it repaired."""
    if count == 0:
        return ()
    before = _findings(network, count - 1, seed)
    seeds = (seed, seed + 1, seed + 2)
    return (*before, probed(DEFECTS[count - 1], network, before, trainer(network.epochs), seeds))


def mend(network: Network, defect: str) -> Network:
    """Repair one defect as a report does; the network itself where the defect is not present."""
    return repaired(network, repairs([probe(network, defect).finding]))


def plant(network: Network, defect: str) -> Network:
    """Plant one defect in a network, and nothing else."""
    if defect not in NAMES:
        raise ValueError(f"there is no defect named {defect!r}; there are {', '.join(NAMES)}")
    return DEFECTS[NAMES.index(defect)].inject(network)
