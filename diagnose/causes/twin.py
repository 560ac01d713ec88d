"""What a sound network of the same shape can do, and which parts keep the author's from it.

The twin has the author's data, layers and batches, and every part as a careful engineer would
write it (``sound_parts``). It says what is possible. Where the author's network falls short of it,
parts of the twin are put in the place of the author's, in sets, on the same seeds, and the smallest
sets that close the gap are what is to blame: the difference between a run that fails and one that
passes, narrowed down by trying (Zeller and Hildebrandt 2002, "Simplifying and isolating
failure-inducing input", IEEE Transactions on Software Engineering 28). No probe need have found
anything.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

import numpy as np

from diagnose.calculus.convention import differences
from diagnose.causes.answer import understated
from diagnose.causes.exchange import Author, Pace, exchanged, look_at, looked_at
from diagnose.causes.experiment import AT_FIRST, COMPARED, PACE, SWEPT, Experiment, own_rate
from diagnose.causes.lattice import chosen, cures, shapley
from diagnose.causes.smallest import hopeless, least, smallest
from diagnose.causes.tried import Tried
from diagnose.causes.widening import AUTHORS, MORE, NONLINEARITY, wider
from diagnose.errors import BadInputError
from diagnose.instruments.comparing import falls_short, working
from diagnose.network.authors_code import described
from diagnose.network.record import Network, widths
from diagnose.network.tasks import NOTICEABLE
from diagnose.report import PARTS, Parts, Share, Twin, Where
from diagnose.symptoms import chance, half_way
from diagnose.training.budget import OutOfTime
from diagnose.training.trainer import Trainer

# The gap is shared out among up to four parts: among more, that takes too many trainings.
MOST_SHARING = 4
# A twin that gets no more than half way to where a network no longer fails shows of no part that it
# is sound: what it answers of such samples is nearly what anybody guesses.
LITTLE = 0.25
# Of two networks that answer so many samples differently, one is right each time by chance once in
# 2^5 = 32 (the sign test): with 40 test samples, .93 and 1.0 are three apart.
FEWEST_BETTER = 5
LINEAR_END = "a linear last layer"
# The author's function in which each part stands.
ROLES = {
    "data": "order", "answer": "accuracy",
    "input": "prepare", "targets": "encode", "order": "order", "start": "init",
    "forward": "forward", "gradient": "backward", "step": "update", PACE: "learning_rate",
}  # fmt: skip


def compare(
    network: Network, trainer: Trainer, seeds: Sequence[int]
) -> tuple[Twin, Parts] | str | None:
    """Hold a network against its sound twin, and exchange their parts where it falls short.

    None where the twin is no yardstick: the network itself does better, or a wider one does and it
    was not shown that this shape cannot. The reason instead where there can be no twin: layers that
    are not dense ones, trainings that would take too long, or code that stops when it is handed
    what the contract allows. OutOfTime where it, and the network as found, cannot be trained in
    time.
    """
    try:
        return _compare(network, trainer, seeds)
    except BadInputError:
        raise
    except Exception as error:  # the author's code may raise anything
        return described(error)


def foresee(network: Network, trainer: Trainer, seeds: Sequence[int]) -> None:
    """Have the twin trained at the rates at which it is tried first, whatever the probes find.

    Not where these are looked for on fewer samples: sound inputs of all take memory until then.
    """
    with suppress(Exception):  # the author's code may raise anything; it is heard of in its turn
        if not trainer.pool.foresees or trainer.brief(network, seeds[0]) is not trainer:
            return
        author = look_at(network, trainer, seeds[0])
        if not isinstance(author, str):
            tried = [exchanged(author, author.differing, pace) for pace in AT_FIRST]
            trainer.foresee([(one, seed) for one in tried for seed in seeds[:SWEPT]], whole=True)


def _compare(
    network: Network, trainer: Trainer, seeds: Sequence[int]
) -> tuple[Twin, Parts] | str | None:
    author = look_at(network, trainer, seeds[0])
    if isinstance(author, str):
        return author
    needed = trainer.seconds([(network, seed) for seed in seeds[:COMPARED]])
    if not trainer.pool.budget.fits(needed):
        # Then the twin, each part alone and all but each, as if each set took as long.
        raise OutOfTime(2 * (1 + len(author.differing)) * needed)
    experiment = Experiment(author, trainer, seeds)
    sound = _sound(experiment)
    found = _as_found(experiment)
    if sound is None or found is None:
        _not_for_want_of_time(experiment)
        return "it would take too long to train"
    short = falls_short(found.scores, sound.scores, chance(network)) and not _learns_nothing(
        network, sound
    )
    minimal = _smallest(experiment) if short else []
    if sound.mean < working(chance(network), 1.0):
        wide = _widened(experiment, sound, found, minimal)
        if isinstance(wide, tuple):
            return wide
        if wide and not minimal:
            return None
    if falls_short(sound.scores, found.scores, chance(network)) and not _fails(network, found):
        return None
    parts = _parts(experiment, found, sound, minimal)
    if short and not minimal:
        parts = replace(parts, undecided=True)
    if not short:
        parts = _with_answer(parts, network, _printed(experiment, found))
    return _twin(experiment, sound, found), parts


def _not_for_want_of_time(experiment: Experiment) -> None:
    """OutOfTime where sets were given up for that reason: nothing is to be concluded then."""
    if experiment.cut:
        raise OutOfTime(experiment.needed or None)


def _smallest(experiment: Experiment) -> list[frozenset[str]]:
    """The smallest sets that close the gap, as far as there was time to find them.

    A set counts where nothing was left untried for want of time that might do with one part less.
    """
    found: list[frozenset[str]] = []
    try:
        for one in smallest(experiment):
            found.append(one)
    except OutOfTime as stop:
        experiment.cut += 1
        experiment.given_up += 1
        experiment.needed += stop.needed or 0.0
    return [one for one in least(found) if not experiment.cut or _is_smallest(experiment, one)]


def _is_smallest(experiment: Experiment, parts: frozenset[str]) -> bool:
    """Whether no part can be left out of a set: each with one less was tried, or need not be."""
    smaller = [parts - {one} for one in parts] if len(parts) > 1 else []
    return all(experiment.tried.get(one) or hopeless(experiment, one) for one in smaller)


def _printed(experiment: Experiment, found: Tried) -> float | None:
    """What the author's accuracy says too little, on the trainings by which it was compared."""
    seeds = experiment.seeds[: len(found.scores)]
    try:
        return understated(experiment.author.network, experiment.trainer, seeds)
    except OutOfTime:
        return None


def _with_answer(parts: Parts, network: Network, printed: float | None) -> Parts:
    """Parts in which only the accuracy is to blame, for a network that is as good as its twin."""
    if printed is None:
        return parts
    place = network.where(ROLES["answer"])
    return replace(
        parts,
        found=printed,
        minimal=[["answer"]],
        rates=[None],
        epochs=[None],
        alone={**parts.alone, "answer": parts.found},
        places=parts.places | ({"answer": Where(file=place[0], line=place[1])} if place else {}),
    )


def _as_found(experiment: Experiment) -> Tried | None:
    """The network as found, with as many seeds as it takes not too long."""
    nothing = frozenset[str]()
    experiment.measure([nothing], whole=True)
    if experiment.tried[nothing] is None:
        del experiment.tried[nothing]
        experiment.measure([nothing])
    return experiment.tried[nothing]


def _fails(network: Network, sound: Tried) -> bool:
    """Whether a network is nearer to chance than to a perfect one."""
    return sound.mean < half_way(chance(network))


def _learns_nothing(network: Network, sound: Tried) -> bool:
    """Whether a twin does so little better than chance that no part can be judged by it."""
    by_chance = chance(network)
    return sound.mean < by_chance + LITTLE * (1 - by_chance)


def _sound(experiment: Experiment) -> Tried | None:
    """The network with every part sound, at its best pace; None if that would take too long."""
    everything = experiment.everything
    experiment.measure([everything], whole=True)
    sound = experiment.tried[everything]
    if sound is None:
        return None
    experiment.twin_pace = sound.pace or Pace(own_rate(experiment.author))
    experiment.steady()
    experiment.lengthen()
    return experiment.tried[everything]


def _cannot(experiment: Experiment, sound: Tried, found: Tried, better: Tried) -> bool:
    """Whether it was shown that the author's shape cannot do what another one does.

    That one works, and the author's does with no seed and at no rate that was tried, neither as it
    is nor with all else sound, for as long as the author trains it and for longer.
    """
    by_chance, scored = chance(experiment.author.network), experiment.scored[experiment.everything]
    works = working(by_chance, better.mean)
    learns = working(by_chance, better.trained)
    longer = any(pace is not None and pace.times > 1 for pace in scored)
    return (
        longer
        and better.mean >= half_way(by_chance)
        and max(*sound.scores, *found.scores) < works
        and max(scored.values()) < learns
    )


def _widened(
    experiment: Experiment, sound: Tried, found: Tried, minimal: Sequence[frozenset[str]]
) -> tuple[Twin, Parts] | bool:
    """What a sound network of another shape does, and which parts it takes beside its shape.

    minimal: the smallest sets that the author's shape takes. False where no shape that was tried is
    better than the author's, or than the network as found; True where one is, and it was not shown
    that the author's cannot do as well. More units are tried where the author's
    fail, or do not even learn what they are trained on; then it takes more that all but solve it.
    """
    by_chance = chance(experiment.author.network)
    fails = _fails(experiment.author.network, sound)
    solved = working(by_chance, 1.0)
    for words, author in wider(experiment.author, fails or sound.trained < solved):
        wide = Experiment(author, experiment.trainer, experiment.seeds, floor=found.mean)
        try:
            better = _sound(wide)
            _not_for_want_of_time(wide)
        except OutOfTime:
            if fails:
                raise
            return False  # what the author's shape takes is known by then
        if better is None or not all(
            falls_short(one.scores, better.scores, by_chance) for one in (sound, found)
        ):
            continue
        if not fails and words.endswith(MORE) and better.mean < solved:
            continue
        if not fails and _are_few(experiment, better.mean - found.mean):
            continue
        if not _cannot(experiment, sound, found, better):
            return not _fails(experiment.author.network, better)
        beside = _also(_beside_the_shape(wide), minimal)
        twin = replace(
            _twin(wide, better, found),
            same_shape=sound.mean, lacks=words, ends=_ends(experiment.author),
        )  # fmt: skip
        # an activation is what a forward pass applies: hidden layers that are there lack no size
        part = "forward" if words == NONLINEARITY else "size"
        parts = _parts(wide, found, better, [one | {part} for one in beside])
        own = sorted(frozenset().union(*beside) - {*wide.author.differing})
        alone = {one: experiment.mean({one}) for one in own}
        return twin, replace(
            parts,
            undecided=not beside,
            places=parts.places | _places(experiment.author, [part, *own]),
            alone={part: wide.mean(()) or found.mean, **_known(alone)},
            without={},
            shares={},
            decays=_decays(experiment.author, own),
            lasso=_is_lasso(experiment.author),
            gradients=_gradients(experiment, own),
        )
    return False


def _are_few(experiment: Experiment, more: float) -> bool:
    """Whether so much more is right of too few test samples to say that a shape lacks anything.

    Seeds do not tell: all of them are tested on the same samples. Those of a training that has no
    others are no draw of many, but all that it is to learn.
    """
    data = experiment.trainer.data
    drawn = bool(experiment.author.network.classes) and not data.tested_on_training
    return drawn and more * len(data.test_labels) < FEWEST_BETTER


def _also(
    beside: Sequence[frozenset[str]], minimal: Sequence[frozenset[str]]
) -> list[frozenset[str]]:
    """What is needed beside another shape, with what the author's needs and that has sound.

    A set without some of these parts is needed whole: with the other shape, it was not tried.
    """
    sound = frozenset().union(*minimal) - {*AUTHORS}
    further = [one if sound - one else one - {*AUTHORS} for one in minimal] or [frozenset[str]()]
    return least([one | more for one in beside for more in further])


def _beside_the_shape(wide: Experiment) -> list[frozenset[str]]:
    """The smallest sets that a network of another shape needs.

    Nothing is tried first, and then the start: how a network is drawn goes with its shape.
    """
    for parts in (frozenset[str](), frozenset({"start"}) & wide.everything):
        wide.measure([parts])
        if wide.cured(parts):
            return [parts]
    return _smallest(wide)


def _twin(experiment: Experiment, sound: Tried, found: Tried) -> Twin:
    author, trainer = experiment.author, experiment.trainer
    network = author.network
    sizes = widths(network, network.init(experiment.seeds[0]))
    kinds = [layer.activation for layer in author.layers]
    pace = sound.pace
    works = working(chance(network), sound.mean)
    return Twin(
        score=sound.mean,
        rate=_in_code(author, pace) if pace else float(network.learning_rate(0)),
        epochs=trainer.epochs * (pace.times if pace else 1),
        works_in=[int((sound.scores >= works).sum()), len(sound.scores)],
        found_works_in=[int((found.scores >= works).sum()), len(found.scores)],
        shape=f"{'-'.join(map(str, sizes))}, {', '.join(kinds)}",
        same_shape=sound.mean,
        lacks="",
        trained=sound.trained,
        fails=_fails(network, sound),
        symptoms=sound.seen,
        found_never=[[one, found.never[one]] for one in sorted(found.never)],
        ends=_ends(author),
    )


def _ends(author: Author) -> str:
    """What the last layer of its twin is, where the author's is another."""
    return LINEAR_END if author.layers[-1] != author.network.layers[-1] else ""


def remade(network: Network, trainer: Trainer, twin: Twin, seed: int) -> Network | None:
    """The sound network of the same shape that was told of; None where there is none."""
    author = look_at(network, trainer, seed)
    if isinstance(author, str):
        return None
    pace = Pace(twin.rate * author.unit, max(1, twin.epochs // trainer.epochs))
    return exchanged(author, author.differing, pace)


def _parts(
    experiment: Experiment, found: Tried, sound: Tried, minimal: Sequence[frozenset[str]]
) -> Parts:
    author, everything = experiment.author, experiment.everything
    blamed = set().union(*minimal) & everything
    shares = _shares(experiment, sorted(blamed)) if blamed else {}
    alone = {one: experiment.mean({one}) for one in author.differing}
    without = {one: experiment.mean(everything - {one}) for one in author.differing}
    by_size = sorted(minimal, key=lambda one: (len(one), [PARTS.index(part) for part in one]))
    paces = [_pace(experiment, one) for one in by_size]
    return Parts(
        found=found.mean,
        twin=sound.mean,
        best=experiment.best,
        minimal=[[part for part in PARTS if part in one] for one in by_size],
        rates=[_in_code(author, one) if one else None for one in paces],
        epochs=[experiment.trainer.epochs * one.times if one else None for one in paces],
        alone=_known(alone),
        without=_known(without),
        shares=shares,
        places=_places(author, author.differing),
        decays=_decays(author, blamed),
        lasso=_is_lasso(author),
        given_up=experiment.given_up,
        needed=experiment.needed if experiment.cut else None,
        gradients=_gradients(experiment, blamed),
    )


def _places(author: Author, parts: Sequence[str]) -> dict[str, Where]:
    """Where each part stands, as far as that is known; a shape stands nowhere."""
    roles = dict(ROLES)
    if author.network.where("pairs"):  # where samples and labels lose each other, if that is known
        roles["data"] = "pairs"
    if author.pulled and author.network.where("decay"):
        roles["step"] = "decay"
    if _ends(author) and author.network.where("outputs"):
        roles["forward"] = "outputs"
    return {
        part: Where(file=place[0], line=place[1])
        for part in parts
        if part in roles and (place := author.network.where(roles[part]))
    }


def _known(scores: Mapping[str, float | None]) -> dict[str, float]:
    """Those of the scores for which there was time."""
    return {one: value for one, value in scores.items() if value is not None}


def _decays(author: Author, blamed: Collection[str]) -> dict[str, float]:
    """The weight decay of each parameter by the mean loss, where the step is to blame."""
    pulled = author.pulled if "step" in blamed else {}
    return {name: one.decay / author.factor for name, one in pulled.items()}


def _is_lasso(author: Author) -> bool:
    """Whether these are multiples of each weight's sign."""
    return any(one.lasso for one in author.pulled.values())


def _gradients(experiment: Experiment, blamed: Collection[str]) -> dict[str, dict[str, float]]:
    """How the author's gradients lie to the true ones, by parameter, where these are to blame."""
    if "gradient" not in blamed:
        return {}
    network = experiment.author.network
    return differences(network, *looked_at(network, experiment.trainer))


def _in_code(author: Author, pace: Pace) -> float:
    """A rate in the unit in which the author's code takes it."""
    return float(f"{pace.rate / author.unit:.6g}")


def _pace(experiment: Experiment, parts: frozenset[str]) -> Pace | None:
    """The pace with which a set was trained, where that is exchanged, or would do better with it.

    Sound parts may close the gap at a rate that only just fits them, with the seeds that were used.
    """
    everything = experiment.everything
    tried = experiment.tried.get(parts & everything)
    if tried is None or PACE in parts or not parts <= everything or PACE not in everything:
        return tried.pace if tried and PACE in parts else None
    with_pace = parts | {PACE}
    if experiment.is_fast(with_pace):
        experiment.measure([with_pace])
    other = experiment.tried.get(with_pace)
    return other.pace if other and other.mean >= tried.mean + NOTICEABLE else None


def _shares(experiment: Experiment, parts: Sequence[str]) -> dict[str, Share]:
    """Each part's share of the cure (Shapley value) among those that some smallest set needs."""
    if len(parts) > MOST_SHARING:
        return {}
    sets = [frozenset(chosen(parts, mask)) for mask in range(2 ** len(parts))]
    experiment.measure(sets)
    every = [experiment.tried[one] for one in sets]
    if any(one is None for one in every):
        return {}
    many = min(len(one.scores) for one in every if one)
    values = shapley(cures(np.array([one.scores[: min(many, COMPARED)] for one in every if one])))
    return {
        part: Share(low=float(one.min()), mean=float(one.mean()), high=float(one.max()))
        for part, one in zip(parts, values, strict=True)
    }
