"""The process in which the step of a network that is handed over is run, recorded and examined.

``python handed_child.py FILE NAME FOLDER SECONDS`` writes what the step tells into the folder. The
file is loaded rewritten, and so are the modules beside it, and what a builder puts between the
author's functions: by it arrays come from one of these to the next.
"""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":
    # Beside a script, this folder would hide modules of its own from it.
    sys.path[0] = str(Path(__file__).resolve().parents[2])

import builtins
import importlib
import importlib.util
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from threadpoolctl import threadpool_limits

from diagnose.data import carried
from diagnose.network import arrays
from diagnose.network.arrays import Array
from diagnose.network.authors_code import PACKAGE
from diagnose.network.protected import protect
from diagnose.network.record import Network
from diagnose.program.verdict import examine
from diagnose.program.writing import Text
from diagnose.reading.loops import Key, Loop
from diagnose.recording.recorder import Recorder
from diagnose.recording.rewriting import HOOK
from diagnose.recording.sites import Site, Sites
from diagnose.style.places import NETWORK
from diagnose.telling.record import Told
from diagnose.watching.child import Neighbours, Rewriting
from diagnose.watching.handover import write_told
from diagnose.watching.step_told import STEPS, told_of_step

# What stands between an author's functions.
BETWEEN = PACKAGE / "builders", Path(arrays.__file__)
# The first turn of a loop may be unlike the others, and the last one has no other behind it.
BESIDE = 2


@dataclass(kw_only=True)
class Files:
    """Of what is recorded the places, the files, and their texts."""

    sites: Sites = field(default_factory=lambda: Sites([Site(file="", line=0, text="")]))
    own: set[str] = field(default_factory=set)
    texts: dict[str, str] = field(default_factory=dict)


def told_of_handed(file: Path, name: str, seconds: float) -> list[Told]:
    """What the step of a network tells that a file hands over."""
    recorded = Files()
    tape = Recorder(lambda site: None, recorded.own)
    Neighbours.recorded, Neighbours.roots = recorded, (file.parent, *BETWEEN)
    setattr(builtins, HOOK, tape)
    sys.meta_path.insert(0, Neighbours)
    importlib.reload(arrays)
    sys.path.insert(0, str(file.parent))
    network = loaded(file, name)
    batches = [*batches_of(network)]
    from diagnose.builders.plain_training import steps

    tape.keeping.always = True
    tape.keeping.begin(len(tape.nodes), tape.calls)
    after = [*steps(network, batches, 0)]
    sites, training = recorded.sites.every, steps.__code__.co_filename
    starts = [at for at, one in tape.turns if sites[one].file == training]
    loop = Loop(tape, dict(tape.turns)[starts[0]], starts)
    texts = {key: text for key, text in recorded.texts.items() if not is_between(key)}
    names = names_in(loop, after[1])
    written = {key: Text(source) for key, source in texts.items()}
    found = examine(loop, range(1, 1 + STEPS), sites, written, seconds=seconds)
    step = told_of_step(found, sites, written, names)
    return [one for one in step.told if not is_between(one.file)]


def loaded(file: Path, name: str) -> Network:
    """The network of that name in a file, or the only one there, with all of it recorded."""
    spec = importlib.util.spec_from_loader(file.stem, Rewriting(file.stem, str(file)))
    assert spec is not None
    assert spec.loader is not None
    sys.modules[file.stem] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    every = {key: one for key, one in vars(module).items() if isinstance(one, Network)}
    return every[name] if name else every.get(NETWORK) or next(iter(every.values()))


def is_between(file: str) -> bool:
    """Whether a file is none of the author's."""
    return any(map(Path(file).is_relative_to, BETWEEN))


def batches_of(network: Network) -> Iterator[tuple[Array, Array, float]]:
    """Batches of a network's own samples: inputs laid out as it takes them, labels, the rate."""
    data, size = (network.data or carried)(), network.batch_size
    rows = np.resize(np.random.default_rng(0).permutation(len(data.labels)), (STEPS + BESIDE, size))
    rate = network.rate(0, 0)
    for some in rows:
        inputs = np.asarray(network.prepare(data.images[some]), float)
        yield network.lay_out(inputs), data.labels[some], rate


def names_in(loop: Loop, parameters: Mapping[str, Array]) -> dict[Key, str]:
    """The names of parameters by what carries them: the numbers after the turn numbered 1 tell.

    Of those that hold the same numbers none.
    """
    numbers = {name: np.asarray(one).tobytes() for name, one in parameters.items()}
    times = Counter(numbers.values())
    names = {one: name for name, one in numbers.items() if times[one] == 1}
    made = {key: loop.made(1, key) for key in loop.state(1)}
    held = {key: np.asarray(loop.tape.nodes[at].value).tobytes()
            for key, at in made.items() if at is not None}  # fmt: skip
    return {key: names[one] for key, one in held.items() if one in names}


def main(given: Sequence[str]) -> None:
    """Examine what the command line names."""
    file, name, folder, seconds = given
    protect()
    with threadpool_limits(1):
        write_told(Path(folder), told_of_handed(Path(file).resolve(), name, float(seconds)))


if __name__ == "__main__":
    main(sys.argv[1:])
