"""What the watched process hands over: plain JSON, and arrays beside it. Nothing is unpickled."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from diagnose.network.arrays import Array
from diagnose.network.record import Network
from diagnose.reading.room import from_disk, place_on_disk
from diagnose.telling.record import Told

TEXT, ARRAYS, TOLD, STOPPED = "read.json", "read.npy", "told.json", "stopped.txt"
ENDED, WHOLE = "ended.txt", "whole.txt"
OF_STEP = "step.json"
# Steps that were made once the training was over; and what is said of them.
AGAIN = "again.npz"
# An array of more bytes has a file of its own, which is read where it lies, without a checksum.
ALONE = 1 << 20


@dataclass(frozen=True, kw_only=True)
class OfStep:
    """What the step of a training is known by, once it was run again and differentiated.

    right, wrong: how many gradients are the derivatives of its error, and are not. told: faults.
    others: of how many parameters, stepped as these are, it is not known.
    """

    right: int
    wrong: int
    told: tuple[Told, ...] = ()
    others: int = 0

    def write(self, folder: Path) -> None:
        """Write it for who waits, while the run goes on."""
        plain = {
            "right": self.right,
            "wrong": self.wrong,
            "told": [one.plain() for one in self.told],
            "others": self.others,
        }
        write_whole_text(folder / OF_STEP, json.dumps(plain))

    @classmethod
    def read(cls, folder: Path) -> OfStep | None:
        """What was written; None as long as nothing was."""
        if not (folder / OF_STEP).exists():
            return None
        plain = json.loads((folder / OF_STEP).read_text(encoding="utf-8"))
        return cls(**plain | {"told": tuple(map(Told.of, plain["told"]))})


def write_told(folder: Path, told: Sequence[Told]) -> None:
    """Write what the run told by itself."""
    write_whole_text(folder / TOLD, json.dumps([one.plain() for one in told]))


def write_whole_text(path: Path, text: str) -> None:
    """Write a text whole, or not at all: its process may be ended meanwhile."""
    beside = path.with_name(f"{path.name}.part")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


def read_told(folder: Path) -> tuple[Told, ...]:
    """What the run told by itself; nothing if that was not written."""
    if not (folder / TOLD).exists():
        return ()
    return tuple(map(Told.of, json.loads((folder / TOLD).read_text(encoding="utf-8"))))


def write_ended(folder: Path, epochs: int) -> None:
    """Write after how many epochs the training came to its end."""
    write_whole_text(folder / ENDED, str(epochs))


def read_ended(folder: Path) -> int | None:
    """After how many epochs the training came to its end; None where that was not seen."""
    there = folder / ENDED
    return int(there.read_text(encoding="utf-8")) if there.exists() else None


def write_whole(folder: Path) -> None:
    """Write that the program came to its own end."""
    (folder / WHOLE).touch()


def read_whole(folder: Path) -> bool:
    """Whether the program came to its own end, before it was stopped."""
    return (folder / WHOLE).exists()


def write_again(folder: Path, rates: Sequence[float], arrays: Mapping[str, Array]) -> None:
    """Write steps that were made once the training was over."""
    beside = folder / f"part-{AGAIN}"
    given: dict[str, Any] = {**arrays, "rates": np.array(rates)}
    np.savez(beside, **given)
    beside.replace(folder / AGAIN)


def with_again(read: Handover, folder: Path) -> Handover:
    """What was read, with the steps that were made once the training was over, if any were."""
    if not (folder / AGAIN).exists():
        return read
    with np.load(folder / AGAIN, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files if name != "rates"}
        said = {**read.said, AGAIN: stored["rates"].tolist()}
    return replace(read, said=said, arrays={**read.arrays, **arrays})


def write_stopped(folder: Path, why: str) -> None:
    """Write with what error the program stopped, once its training was found."""
    (folder / STOPPED).write_text(why, encoding="utf-8")


def read_stopped(folder: Path) -> str:
    """The error with which the program stopped; nothing where it did not, or was stopped first."""
    there = folder / STOPPED
    return there.read_text(encoding="utf-8") if there.exists() else ""


# A training of which this is said is watched once more, from its very first step.
OVERFLOWS = "its numbers overflow within the first steps"
SHORT = "the training ended before an epoch was seen"
# Steps that what was read is held against, at the fewest.
FEWEST_HELD = 4
# Where the rate may still change, or the number of epochs is not written down, a program is watched
# to its end, but no longer than this.
LONGER = 15.0
# What is said of how many epochs the rate is known for, where it may change after these, and where.
KNOWN = "known_epochs"
# What is said of the steps of later windows; their arrays follow those of the first steps.
LATE = "late"
# What may change of a training after what was seen of it.
RATE, STEPS = "its learning rate", "what its steps do"
SAMPLES = "which samples its epochs take"
# How a child is told from where on everything is to be kept.
NO, FROM_FIRST = "0", "1"


@dataclass(frozen=True, kw_only=True)
class Parted:
    """Where the reading stopped, and why; line 0 where no line says it.

    of_run: whether the run says so, and not what its layers are thought to be.
    """

    file: str
    line: int
    reason: str
    of_run: bool = False


@dataclass(kw_only=True)
class Handover:
    """Everything that was read; ``said`` is JSON, ``arrays`` go beside it.

    parted: why there is no network, else None. trouble: what the program itself stopped at, before
    anything could be read. roles: what was read, for a table. steps: how many were seen. again: how
    to watch it once more, from its very first step.
    """

    parted: Parted | None = None
    trouble: str | None = None
    roles: dict[str, dict[str, Any]] = field(default_factory=dict)
    steps: int = 0
    again: str = ""
    said: dict[str, Any] = field(default_factory=dict)
    arrays: dict[str, Array] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        """Write the files; the text last, which says that all is there."""
        alone: dict[str, Any] = {}
        for name, given in self.arrays.items():
            one = np.asarray(given)
            if one.nbytes > ALONE:
                there = place_on_disk(one, folder)
                file, begins = there or (f"read-{len(alone)}.bin", 0)
                order: Literal["C", "F"] = "F" if one.flags.fnc else "C"
                if there is None:
                    one.ravel(order).tofile(folder / file)
                alone[name] = {
                    "file": file, "shape": one.shape, "dtype": one.dtype.str, "begins": begins,
                    "order": order,
                }  # fmt: skip
        with (folder / ARRAYS).open("wb") as rest:  # one after the other: a zip takes longer
            for name, given in self.arrays.items():
                if name not in alone:
                    np.save(rest, given, allow_pickle=False)
        text = {
            "parted": asdict(self.parted) if self.parted else None,
            "trouble": self.trouble,
            "roles": self.roles,
            "steps": self.steps,
            "again": self.again,
            "said": self.said,
            "arrays": {name: alone.get(name) for name in self.arrays},
        }
        write_whole_text(folder / TEXT, json.dumps(text))

    @classmethod
    def read(cls, folder: Path) -> Handover | None:
        """What was handed over, or None if nothing was."""
        if not (folder / TEXT).exists():
            return None
        text = json.loads((folder / TEXT).read_text(encoding="utf-8"))
        with (folder / ARRAYS).open("rb") as stored:
            arrays = {
                name: np.load(stored, allow_pickle=False)
                if alone is None
                else from_disk(folder / alone.pop("file"), **alone)
                for name, alone in text["arrays"].items()
            }
        parted = Parted(**text["parted"]) if text["parted"] else None
        return cls(
            parted=parted, trouble=text["trouble"], roles=text["roles"], steps=text["steps"],
            again=text["again"], said=text["said"], arrays=arrays,
        )  # fmt: skip


def step_of(
    read: Handover, network: Network, at: int
) -> tuple[Array, Array, dict[str, Array], dict[str, Array]]:
    """Samples, labels and the parameters before and after one of the steps that were kept.

    With those before it, the masks that it drew.
    """
    arrays = read.arrays
    targets = arrays[f"step:{at}:targets"]
    sides = [
        {
            name: np.array(arrays[f"step:{at}:{side}:{name}"])
            for name in (*read.said["parameters"], *read.said["state"])
        }
        for side in ("before", "after")
    ]
    masks = {
        one["mask"]: np.array(arrays[f"step:{at}:mask:{one['mask']}"])
        for one in read.said["dropout"]
    }
    rows = arrays[f"step:{at}:rows"]
    return rows, labels_of(read, targets), {**sides[0], **masks}, sides[1]


def labels_of(read: Handover, targets: Array) -> Array:
    """Labels of targets, as the coding has them."""
    from diagnose.reading.samples import Coding

    return Coding(**read.said["coding"]).labels(seen_targets(read, targets))


def seen_targets(read: Handover, targets: Array) -> Array:
    """The script's targets, of -1 and 1 made 0 and 1 where the network is read so."""
    return (targets + 1) / 2 if read.said.get("shifted") else targets
