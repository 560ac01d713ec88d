"""From a step that was understood to what is handed over: functions, samples, steps, a table."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from diagnose.folding.elements import held
from diagnose.network.arrays import Array
from diagnose.reading.batches import is_looped
from diagnose.reading.before_whole import MADE, raw_samples
from diagnose.reading.began import firsts_taken
from diagnose.reading.collecting import Collector
from diagnose.reading.dropping import Mask, is_noisy
from diagnose.reading.late_steps import LateStep
from diagnose.reading.lineage import places
from diagnose.reading.loops import Key
from diagnose.reading.losses import multiplies_error, takes_logarithm
from diagnose.reading.not_read import NotReadError
from diagnose.reading.overlapping import Overlapping
from diagnose.reading.pacing import changed_at, read_rates
from diagnose.reading.pairing import Apart
from diagnose.reading.parts import kept_in
from diagnose.reading.passes import Passes
from diagnose.reading.roles import Roles
from diagnose.reading.samples import Samples, read_samples
from diagnose.reading.steps import Step
from diagnose.reading.taken import behind_targets, left_over, places_behind, rows_taken
from diagnose.reading.unmixed import whole_samples
from diagnose.reading.writing import Line
from diagnose.recording.origins import Origins
from diagnose.recording.sites import Site
from diagnose.watching.early import Early, early_steps, first_step
from diagnose.watching.epochs_done import all_taken, of_each_pass, passes_unlike
from diagnose.watching.handover import FEWEST_HELD, Handover, Parted
from diagnose.watching.never_taken import PLACES, ROWS, Went, never_taken
from diagnose.watching.understanding import Understood, as_contract

# Of a training that is held against all of its steps, so many are none that it was read from.
FEWEST_UNREAD = 2


def table(
    understood: Understood, samples: Samples | None, sites: list[Site]
) -> dict[str, dict[str, Any]]:
    """What was read, each with its line."""
    roles, passes = understood.roles, understood.passes
    step = roles.step

    def at(node: int) -> int:
        return sites[step.nodes[node].site].line

    found: dict[str, dict[str, Any]] = {
        "training loop": {"line": sites[step.loop.site].line, "text": sites[step.loop.site].text},
        "samples": {"line": at(step.need[roles.x[0]]), "text": _source(step, roles.x, sites)},
        "targets": {"line": at(step.need[roles.joint]), "text": _source(step, roles.target, sites)},
    }
    state = {key: step.value(ref) for key, ref in step.carried.items()}
    for count, (layer, words) in enumerate(zip(roles.layers, passes.layers, strict=True), 1):
        weight, bias, _, _, activation, *_ = words.split()
        shape = as_contract(understood, weight, held(state, kept_in(layer.weight))).shape
        wide = "x".join(map(str, shape))
        found[f"layer {count}"] = {
            "line": at(layer.pre),
            "text": f"{weight} ({wide}){'' if bias == '-' else f', {bias}'}, {activation}",
        }
        if layer.mask:
            found[f"dropout {count}"] = {
                "line": at(layer.mask.node),
                "text": f"{layer.mask.keep:.3g} of its outputs stay, times {layer.mask.scale:.3g}",
            }
    rate = roles.rate_place
    found["learning rate"] = {
        "line": at(step.need[rate[0]]) if rate else at(step.need[-1]),
        "text": f"{passes.rate:g}",
    }
    if samples is not None:
        of_all = f"{len(samples.labels)} samples"
        found["batches"] = {
            "line": sites[step.loop.site].line,
            "text": f"{samples.batch_size}{' or one less' if samples.uneven else ''} of {of_all}, "
            f"{samples.order}"
            + (", each with the noise that it had first" if is_noisy(step, roles.x) else ""),
        }
    if samples is not None and samples.apart is not None:
        found["labels"] = {
            "line": sites[samples.apart.site].line,
            "text": f"not those of their samples: {told(samples.apart)}",
        }
    return found


def paces(
    understood: Understood, rates: list[list[float]], sites: list[Site], *, whole: bool
) -> dict[str, dict[str, Any]]:
    """The learning rate, where it changes: from what to what, and where.

    whole: whether these are all that there are.
    """
    every = [rate for one in rates for rate in one]
    if len(set(every)) < 2:
        return {}
    unit = "step" if max(map(len, rates)) > 1 else "epoch"
    last = f"{every[-1]:.3g} in the last of {len(every):,}"
    text = f"{every[0]:g} in the first {unit}, {last}{'' if whole else ' seen'}"
    site = changed_at(understood.roles, sites)
    before = table(understood, None, sites)["learning rate"]
    return {"learning rate": {"line": site.line if site else before["line"], "text": text}}


def told(apart: Apart) -> str:
    """How many samples stand beside the label of another, and since when."""
    when = "and others in the next one" if apart.again else "and the same in each"
    count = f"{apart.wrong:,} of {apart.of:,}"
    left = f"; {apart.left} whose own label is not among them are left out" if apart.left else ""
    return f"in an epoch {count} samples stand beside another label than their own, {when}{left}"


def _source(step: Step, place: Any, sites: list[Site]) -> str:
    """The author's text of what an operation takes."""
    return step.text(place, sites) or sites[step.graph[place[0]].site].text


PARTS = (
    "an epoch takes a part of the samples, and the next goes on behind them, at another rate; read "
    "is a loop over epochs each of which takes all samples"
)


UNLIKE = (
    "it goes through its samples again and again, in {} steps at one time and in {} at the next; "
    "read are epochs each of which takes all of them, whatever the network has answered before"
)


@dataclass(frozen=True, kw_only=True)
class Around:
    """What is known of a program beside its steps.

    variables: what the program's variables stand for, in which more samples may lie. origins: of
    its arrays, until enough was seen. tell: is handed what keeps the samples from being put
    together.
    """

    variables: Callable[[], list[Any]]
    origins: Origins | None
    tell: Callable[[NotReadError], None]


def handed_over(
    understood: Understood,
    seen: Collector,
    sites: list[Site],
    epochs: int | None,
    around: Around,
) -> Handover:
    """Everything for the contract; the steps that were kept go along, to be held against it."""
    try:
        trained = _trained(understood, seen, sites, epochs, around)
    except NotReadError as error:
        around.tell(error)
        step = understood.roles.step
        site = error.site or sites[step.graph[understood.roles.x[0]].site]
        return Handover(
            parted=Parted(file=site.file, line=site.line, reason=error.reason),
            roles=table(understood, None, sites),
            steps=len(seen.steps),
        )
    roles, initial = understood.roles, understood.initial
    samples, rates = trained.samples, of_each_pass(read_rates(roles, seen), trained.samples)
    arrays = _arrays(understood, seen, trained)
    steps = _steps(understood, seen, arrays)
    arrays |= late_arrays(understood, seen.late_kept, len(steps))
    read = table(understood, samples, sites) | paces(
        understood, rates, sites, whole=len(rates) >= (trained.turns or math.inf)
    )
    behind = places_behind(seen)
    if behind is not None and len(behind[1]) == len(samples.rows):
        arrays["places"] = behind[1]
    if left := left_over(seen):
        every = around.variables()
        went = Went(rows=rows_taken(seen), labels=_labels_of(seen, every, around.origins))
        arrays.update(never_taken(samples, roles.layout == "columns", every, went))
        read["batches"]["text"] += f"; no step takes {left:,} more that lie in the same array"
    counted = (trained.epochs, seen.epoch_site) if trained.epochs else None
    raw, made = raw_samples(seen, samples.rows, arrays.pop(PLACES, None), arrays.get(ROWS))
    arrays.update(raw)
    stands = places(roles, initial, [one for each in rates for one in each], counted, sites)
    read["targets"]["made"] = stands["encode"][1]
    if samples.apart:
        stands["pairs"] = sites[samples.apart.site].at
    said = {
        **_said_of_functions(understood, sites),
        **_said_of_samples(samples, seen, sites),
        "rates": rates,
        "behind": behind[0] if behind is not None else 0,
        "epochs": trained.epochs,
        "turns": trained.turns,
        "places": stands,
        "steps": steps,
        MADE: made.plain() if made else None,
    }
    return Handover(roles=read, steps=len(seen.steps), said=said, arrays=arrays)


@dataclass(frozen=True, kw_only=True)
class _Trained:
    """What a training goes through, once all of it holds together.

    turns: how many turns the loop over the epochs has, each of which may be several. began: what is
    carried beside the parameters before the first step.
    """

    samples: Samples
    epochs: int | None
    turns: int | None
    began: dict[str, Array]


def _trained(
    understood: Understood, seen: Collector, sites: list[Site], epochs: int | None, around: Around
) -> _Trained:
    """Samples and epochs; NotReadError where these cannot be put together."""
    roles = understood.roles
    outputs = int(np.size(roles.step.value(roles.output))) // understood.targets.sizes[0]
    samples = read_samples(seen, outputs)
    if samples.order == "drawn" and (unlike := passes_unlike(seen)) is not None:
        raise NotReadError(UNLIKE.format(*unlike), sites[roles.step.loop.site])
    turns = epochs
    if turns is not None:
        epochs = all_taken(turns, samples, read_rates(roles, seen))
        if epochs is None:
            raise NotReadError(PARTS)
    began = _began(understood, sites)
    return _Trained(samples=samples, epochs=epochs, turns=turns, began=began)


def _arrays(understood: Understood, seen: Collector, trained: _Trained) -> dict[str, Array]:
    """Samples, constants, draws and what all begins with, by what they are handed over as."""
    passes, initial, samples = understood.passes, understood.initial, trained.samples
    arrays: dict[str, Array] = {"rows": samples.rows, "labels": samples.labels}
    for name, value in {**passes.constants, **initial.constants}.items():
        arrays[f"constant:{name}"] = np.asarray(value)
    for at, drawn in enumerate(initial.draws):
        if drawn is not None:
            arrays[f"draw:{at}"] = np.asarray(drawn)
    for name, value in initial.values.items():
        if value is not None:
            arrays[f"initial:{name}"] = as_contract(understood, name, value)
    whole = whole_samples(seen, samples.rows)
    if whole is not None:
        arrays["whole_samples"] = whole
    return arrays | trained.began


def _said_of_functions(understood: Understood, sites: list[Site]) -> dict[str, Any]:
    """The functions of the network as they were read, and how they are to be taken."""
    roles, passes, initial = understood.roles, understood.passes, understood.initial
    return {
        "name": sites[roles.step.loop.site].file,
        "file": _file_of(roles.step, sites),
        "loop": sites[roles.step.loop.site].line,
        "parameters": list(passes.parameters),
        "state": list(passes.state),
        "init": {
            "lines": _lines(initial.lines), "returned": initial.returned,
            "draws": len(initial.draws),
        },
        **_functions(passes),
        "uncounted": _without_counts(understood),
        "layers": list(passes.layers),
        "dropout": [
            {"mask": name, "layer": at, "keep": mask.keep, "scale": mask.scale, "dtype": mask.dtype}
            for name, (at, mask) in zip(passes.masks, _masks(roles), strict=True)
        ],
        "layout": roles.layout,
        "looped": is_looped(roles.step),
        "vectors": roles.vectors,
        "rate_is_written": roles.rate_place is not None,
        "logarithm": takes_logarithm(roles),
        "error_slope": multiplies_error(roles),
        "joint": sites[roles.step.graph[roles.joint].site].line,
    }  # fmt: skip


def _file_of(step: Step, sites: list[Site]) -> str:
    """The file in which a step stands; nothing where it goes through several."""
    files = {sites[step.nodes[one].site].file for one in step.need}
    return files.pop() if len(files) == 1 else ""


def _said_of_samples(samples: Samples, seen: Collector, sites: list[Site]) -> dict[str, Any]:
    """The samples as they are taken, epoch by epoch."""
    apart = samples.apart
    return {
        "coding": asdict(samples.coding),
        "order": samples.order,
        "shown": samples.shown,
        "apart": "" if apart is None else "again" if apart.again else "once",
        **_overlapping(samples.overlapping, sites),
        "batch_size": samples.batch_size,
        "epochs_seen": samples.epochs_seen,
    }


def _overlapping(found: Overlapping | None, sites: list[Site]) -> dict[str, Any]:
    """How far after the one before a batch begins, if they overlap, and where they are cut out."""
    if found is None:
        return {"stride": 0}
    site = sites[found.site]
    cut_out = [site.file, site.line, site.text]
    return {"stride": found.stride, "mixed": found.mixed, "cut_out": cut_out}


def _began(understood: Understood, sites: list[Site]) -> dict[str, Array]:
    """What is carried beside the parameters before the first step, where it is not all 0."""
    step = understood.roles.step
    firsts, found = firsts_taken(step), {}
    for name, key in understood.passes.state.items():
        taken = firsts.get(key)
        value = step.value(taken) if taken is not None else None
        if value is None or not np.any(value):
            continue
        if np.ptp(value):
            site = sites[step.nodes[step.made(key) or 0].site]
            raise NotReadError(
                "what is carried beside the parameters begins with numbers of its own", site
            )
        found[f"began:{name}"] = np.asarray(value)
    return found


def _masks(roles: Roles) -> list[tuple[int, Mask]]:
    """The masks, each with the number of its layer."""
    return [(at, one.mask) for at, one in enumerate(roles.layers) if one.mask]


def _functions(passes: Passes) -> dict[str, Any]:
    return {
        "forward": {"lines": _lines(passes.forward), "returned": list(passes.trace)},
        "backward": {
            "lines": _lines(passes.backward), "takes": list(passes.takes),
            "returned": list(passes.gradients),
        },
        "update": {"lines": _lines(passes.update)},
        "ahead": {"lines": _lines(passes.ahead)} if passes.ahead else None,
        "sample": passes.sample
        and {
            "lines": _lines(passes.sample.lines), "returned": list(passes.sample.returned),
            "lasts": passes.sample.lasts,
        },
    }  # fmt: skip


def _without_counts(understood: Understood) -> dict[str, Any] | None:
    """What to try where the size of the batch was taken for one that a number does not follow."""
    passes = understood.uncounted
    if passes is None:
        return None
    size, where = understood.targets.sizes[0], passes.counts[-1]
    text = f"{where.text}: {size} also where a batch has fewer samples"
    return {"said": _functions(passes), "role": {"line": where.line, "text": text}}


def _lines(lines: tuple[Line, ...]) -> list[tuple[int, str]]:
    return [(line.number, line.text) for line in lines]


def _steps(
    understood: Understood, seen: Collector, arrays: dict[str, Array]
) -> list[dict[str, Any]]:
    """The steps that were kept: their samples and targets, and the parameters on both sides."""
    found, begins = [], {*seen.turns.get(seen.epoch_site or 0, ())} - {0}
    for count, step in enumerate(_held_against(understood, seen)):
        at, rows, targets, rate, *sides, masks = step
        arrays[f"step:{count}:rows"], arrays[f"step:{count}:targets"] = rows, targets
        for side, state in zip(("before", "after"), sides, strict=True):
            for name, value in _named(understood, state).items():
                arrays[f"step:{count}:{side}:{name}"] = value
        for name, mask in zip(understood.passes.masks, masks, strict=True):
            arrays[f"step:{count}:mask:{name}"] = _beside_samples(understood.roles, mask)
        found.append({"at": at, "rate": rate, "begins": at in begins})
    return found


def late_arrays(understood: Understood, kept: Sequence[LateStep], first: int) -> dict[str, Array]:
    """The same of steps of later windows, of which the numbers begin with ``first``."""
    arrays: dict[str, Array] = {}
    for count, one in enumerate(kept, first):
        arrays[f"step:{count}:rows"], arrays[f"step:{count}:targets"] = one.rows, one.targets
        for side, state in (("before", one.before), ("after", one.after)):
            for name, value in _named(understood, state).items():
                arrays[f"step:{count}:{side}:{name}"] = value
        for name, mask in zip(understood.passes.masks, one.masks, strict=True):
            arrays[f"step:{count}:mask:{name}"] = _beside_samples(understood.roles, mask)
    return arrays


def _beside_samples(roles: Roles, mask: Any) -> Array:
    """A mask as the contract has it, with a row or a column for each sample."""
    if not roles.vectors:
        return np.asarray(mask)
    return np.reshape(mask, (-1, 1) if roles.layout == "columns" else (1, -1))


def _later(seen: Collector) -> list[Early]:
    """The steps that were kept once it was known what to keep."""
    return [
        (
            *(kept.at, *seen.arrays[seen.steps[kept.at]], seen.rates[kept.at]),
            *(kept.before, kept.after, kept.masks),
        )
        for kept in sorted(seen.kept, key=lambda one: one.at)
    ]


def _held_against(understood: Understood, seen: Collector) -> list[Early]:
    """The steps that what was read is held against: some that it was not read from.

    Of a training with too few of these it is each step that there was. Nothing is left then that
    it could do otherwise.
    """
    given = understood.roles, understood.targets
    counted = bool(understood.passes.clock)
    later = _later(seen)
    unread = [one for one in later if one[0] not in seen.read_from]
    if seen.read_from and seen.is_ended and len(unread) < FEWEST_HELD:
        first = first_step(*given, counted=counted)
        every = [first, *later] if first else later
        if len(every) == len(seen.steps) >= len(seen.read_from) + FEWEST_UNREAD:
            return every
    kept = [one for one in seen.kept if one.at not in seen.read_from]
    return [*early_steps(*given, kept, counted=counted), *unread]


def _named(understood: Understood, state: dict[Key, Any]) -> dict[str, Array]:
    passes = understood.passes
    named = {
        name: as_contract(understood, name, held(state, kept_in(key)))
        for name, key in passes.parameters.items()
    }
    return named | {name: np.asarray(held(state, key)) for name, key in passes.state.items()}


def _labels_of(seen: Collector, every: list[Any], origins: Origins | None) -> tuple[Array, ...]:
    """The program's arrays along which the targets of the steps lie; none where it is not known."""
    whole = behind_targets(seen) if origins is not None else None
    if origins is None or whole is None:
        return ()
    arrays = {id(one): one for one in every if isinstance(one, np.ndarray)}
    return tuple(one for one in arrays.values() if origins.is_along(one, whole))
