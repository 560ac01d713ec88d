"""From what was seen of a program to what is handed over: its functions, samples and steps."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from diagnose.folding.buffers import filled_anew
from diagnose.folding.elements import held
from diagnose.folding.folded import folded
from diagnose.folding.initial_numbers import write_numbers
from diagnose.network.arrays import Array
from diagnose.reading.began import firsts_taken
from diagnose.reading.collecting import Collector
from diagnose.reading.dropping import Mask
from diagnose.reading.frozen import frozen
from diagnose.reading.initial import Initial, write_initial
from diagnose.reading.loops import STILL, Key, Loop, name_of, takes
from diagnose.reading.not_read import NotReadError
from diagnose.reading.pacing import changed_at, read_rates
from diagnose.reading.pairing import Apart
from diagnose.reading.parts import Part, kept_in
from diagnose.reading.passes import Passes
from diagnose.reading.places import places
from diagnose.reading.repeated import without_places, without_repeated
from diagnose.reading.residual import by_name
from diagnose.reading.roles import Roles, read_roles
from diagnose.reading.rows import by_row
from diagnose.reading.sample_loops import by_sample
from diagnose.reading.samples import Samples, read_samples
from diagnose.reading.steps import Step, common
from diagnose.reading.targets import Targets, read_targets
from diagnose.reading.unrolled import in_rows, is_looped, unrolled
from diagnose.reading.updating import write_passes
from diagnose.reading.writing import Line
from diagnose.recording.operations import MATRIX_PRODUCTS
from diagnose.recording.rewriting import Site
from diagnose.watching.early import early_steps
from diagnose.watching.handover import Handover, Parted

# What is said of programs in which a unit, or a weight, is computed after the other.
ONE_BY_ONE = ("weights are multiplied one by one", "no product of a parameter with samples")
# What is said of a loop whose turns differ: over layers, say, each of which it steps.
UNEVEN = "not every step does the same: a branch, or a loop, depends on the data"
UNROLLED = (
    "a loop over the samples within a step could not be read as one operation: its turns differ, "
    "or something goes from one to the next"
)
FEWEST = 3
# Of so many steps before those that are read, the samples are looked at too, for their rate.
MANY = 64
UNLIKE = 0.2


@dataclass(frozen=True, kw_only=True)
class Understood:
    """One step, understood; uncounted: the same, if no number in it is the size of the batch."""

    roles: Roles
    targets: Targets
    passes: Passes
    initial: Initial
    uncounted: Passes | None


def trained(loop: Loop, turns: list[int], sites: list[Site]) -> list[Step]:
    """The steps of a loop's turns; NotReadError where they do not do the same."""
    keys: list[Key] = []
    for turn in turns:
        keys = loop.state(turn)
        if keys:
            break
    steps = [one for one in (Step(loop, turn, keys) for turn in turns) if one.need]
    if steps and (fixed := frozen(steps)):
        loop.stay(fixed)
        keys = [*keys, *((STILL, number) for number in fixed)]
        steps = [Step(loop, one.turn, keys) for one in steps]
    alone = [*_by_themselves(steps[0]), *filled_anew(steps[0])] if steps else []
    if alone:
        keys = [key for key in keys if key not in alone]
        steps = [Step(loop, one.turn, keys) for one in steps]
    if len(steps) < FEWEST:
        raise NotReadError("fewer than three steps of the training were seen")
    alike = common(steps)
    others = [one for one in steps if one.shape != alike[0].shape]
    if len(others) > UNLIKE * len(steps):
        here, there = alike[0].shape, others[0].shape
        at = next(
            (n for n, pair in enumerate(zip(here, there, strict=False)) if pair[0] != pair[1]),
            min(len(here), len(there)) - 1,
        )
        _refuse_unrolled([alike[0], others[0]], sites)
        raise NotReadError(UNEVEN, sites[here[at][0]])
    return alike


def _refuse_unrolled(steps: list[Step], sites: list[Site]) -> None:
    """NotReadError for a loop over the samples of a batch that did not become one operation.

    What was seen of it has as many turns as that batch had samples, and is true of no other.
    """
    for one in steps:
        if (node := unrolled(one)) is not None:
            raise NotReadError(UNROLLED, sites[node.site])


def _by_themselves(step: Step) -> list[Key]:
    """States that change without the network, such as a rate that decays: values from outside."""
    bit = {key: 1 << at for at, key in enumerate(step.keys)}
    alone = set(step.keys)
    masks = {
        key: step.masks[made] if (made := step.loop.made(step.turn, key)) is not None else 0
        for key in step.keys
    }
    while True:
        allowed = sum(bit[key] for key in alone)
        left = {
            key
            for key in alone
            if not masks[key] & ~allowed and key[0] == "made" and _is_number(step, key)
        }
        if left == alone:
            # where all are numbers, the weights are
            return [key for key in step.keys if key in alone] if len(alone) < len(step.keys) else []
        alone = left


def _idle(roles: Roles) -> set[Key]:
    """States that are stepped, and on which no weight or bias of a layer ever depends."""
    step = roles.step
    bit = {key: 1 << at for at, key in enumerate(step.keys)}
    needed = {kept_in(key) for one in roles.layers for key in (one.weight, one.bias) if key}
    todo = list(needed)
    while todo:
        made = step.loop.made(step.turn, todo.pop())
        mask = step.masks.get(made, 0) if made is not None else 0
        more = {key for key in step.keys if mask & bit[key]} - needed
        needed |= more
        todo += more
    return {key for key in step.keys if key not in needed}


def _is_number(step: Step, key: Key) -> bool:
    made = step.loop.made(step.turn, key)
    return made is not None and np.size(step.nodes[made].value) == 1


def understand(loop: Loop, turns: list[int], sites: list[Site]) -> Understood:
    """Understand a step; NotReadError for the first thing that stands in the way."""
    every = list(range(1, turns[-1] + 1)) if turns[0] < MANY else turns
    try:
        return _understood(loop, turns, every, sites)
    except NotReadError as error:
        other = without_places(loop, every)
        if other is loop:
            raise
        try:
            return _understood(other, turns, every, sites)
        except NotReadError:
            raise error from None


def _understood(loop: Loop, turns: list[int], every: list[int], sites: list[Site]) -> Understood:
    """The same of a loop as it is; every: the turns that are looked at."""
    loop = by_sample(by_row(without_repeated(loop, every), every), every)
    steps = trained(loop, turns, sites)
    _refuse_unrolled(steps[:1], sites)
    try:
        return _read(loop, steps, sites)
    except NotReadError as error:
        found = _number_by_number(steps, sites, error)
        if found is None:
            raise
        return found


def _number_by_number(steps: list[Step], sites: list[Site], why: NotReadError) -> Understood | None:
    """Understand a step whose weights are multiplied one by one; None for any other."""
    try:
        found = folded(steps, sites)
    except NotReadError as error:
        if not why.reason.startswith(ONE_BY_ONE):
            return None
        raise NotReadError(f"{ONE_BY_ONE[0]}, and {error.reason}", error.site) from error
    if found is None:
        return None
    return Understood(
        roles=found.roles, targets=found.targets, passes=found.passes,
        initial=write_numbers(found.roles, found.passes.parameters, sites), uncounted=None,
    )  # fmt: skip


def _read(loop: Loop, steps: list[Step], sites: list[Site]) -> Understood:
    """Understand a step whose layers are matrix products."""
    roles = read_roles(steps, sites)
    if idle := _idle(roles):
        keys = [key for key in roles.step.keys if key not in idle]
        roles = read_roles(common([Step(loop, one.turn, keys) for one in steps]), sites)
    targets = read_targets(roles)
    _refuse_others(roles, sites)
    if roles.over_samples and len({kept_in(key) for key in roles.parameters}) < len(
        roles.step.keys
    ):
        # what is carried is stepped after the samples, where their number is not known any more
        roles = replace(roles, over_samples=False)
        targets = replace(targets, roles=roles)
    if roles.rate_place is None and (node := in_rows(roles.step)) is not None:
        raise NotReadError(
            "the learning rate was not found beside a loop over samples", sites[node.site]
        )
    passes = write_passes(roles, targets, sites)
    return Understood(
        roles=roles, targets=targets, passes=passes,
        initial=write_initial(roles, passes.parameters, sites),
        uncounted=_uncounted(roles, targets, passes, sites),
    )  # fmt: skip


def _uncounted(roles: Roles, targets: Targets, passes: Passes, sites: list[Site]) -> Passes | None:
    """The same, should a number that is as large as the batches be one of its own."""
    try:
        other = write_passes(roles, targets, sites, counted=False)
    except NotReadError:
        return None
    return other if other.counts and {*other.constants} == {*passes.constants} else None


def _refuse_others(roles: Roles, sites: list[Site]) -> None:
    """NotReadError for a state that is multiplied as a weight is, but belongs to no layer found."""
    step, held_in = roles.step, set(map(kept_in, roles.parameters))
    for node in step.graph:
        if name_of(node) in MATRIX_PRODUCTS:
            for ref in takes(node):
                key = step.origin(ref)
                if isinstance(key, tuple) and key not in held_in:
                    why = NotReadError("a weight that belongs to no layer found", sites[node.site])
                    raise by_name(step, roles.x, roles.joint, why, sites)


def as_contract(understood: Understood, name: str, value: Any) -> Array:
    """A parameter as the author keeps it, in the shape that the contract wants."""
    roles, key = understood.roles, understood.passes.parameters[name]
    array = np.asarray(value)
    if isinstance(key, Part):
        return roles.form(key).array(array)
    layer = next(one for one in roles.layers if key in (one.weight, one.bias))
    if key == layer.weight and layer.turned:
        return array.T
    if key == layer.weight and array.ndim < 2:
        return array.reshape(layer.flat_shape(roles.layout))
    return array.reshape(1) if array.ndim == 0 else array


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
    state = {key: step.value(ref) for key, ref in step.loop.carried(step.turn).items()}
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
            f"{samples.order}",
        }
    if samples is not None and samples.apart is not None:
        found["labels"] = {
            "line": sites[samples.apart.site].line,
            "text": f"not those of their samples: {told(samples.apart)}",
        }
    return found


def paces(
    understood: Understood, rates: list[list[float]], sites: list[Site]
) -> dict[str, dict[str, Any]]:
    """The learning rate, where it changes: from what to what, and where."""
    every = [rate for one in rates for rate in one]
    if len(set(every)) < 2:
        return {}
    unit = "step" if max(map(len, rates)) > 1 else "epoch"
    text = f"{every[0]:g} in the first {unit}, {every[-1]:.3g} in the last of {len(every):,} seen"
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
    site = sites[step.graph[place[0]].site]
    return site.operand(step.graph[place[0]].kind, place[1]) or site.text


def handed_over(
    understood: Understood, seen: Collector, sites: list[Site], epochs: int | None
) -> Handover:
    """Everything for the contract; the steps that were kept go along, to be held against it."""
    roles, passes, initial = understood.roles, understood.passes, understood.initial
    outputs = int(np.size(roles.step.value(roles.output))) // understood.targets.sizes[0]
    try:
        samples = read_samples(seen, outputs)
        started = _began(understood, sites)
    except NotReadError as error:
        site = error.site or sites[roles.step.graph[roles.x[0]].site]
        return Handover(
            parted=Parted(file=site.file, line=site.line, reason=error.reason),
            roles=table(understood, None, sites),
            steps=len(seen.steps),
        )
    apart, rates = samples.apart, read_rates(roles, seen)
    arrays: dict[str, Array] = {"rows": samples.rows, "labels": samples.labels}
    for name, value in {**passes.constants, **initial.constants}.items():
        arrays[f"constant:{name}"] = np.asarray(value)
    for at, drawn in enumerate(initial.draws):
        if drawn is not None:
            arrays[f"draw:{at}"] = np.asarray(drawn)
    for name, value in initial.values.items():
        if value is not None:
            arrays[f"initial:{name}"] = as_contract(understood, name, value)
    arrays.update(started)
    steps = _steps(understood, seen, arrays)
    read = table(understood, samples, sites) | paces(understood, rates, sites)
    counted = (epochs, seen.epoch_site) if epochs else None
    stands = places(roles, initial, [one for each in rates for one in each], counted, sites)
    if apart:
        stands["order"] = sites[apart.site].file, sites[apart.site].line
    said = {
        "name": sites[roles.step.loop.site].file,
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
        "coding": asdict(samples.coding),
        "order": samples.order,
        "shown": samples.shown,
        "apart": "" if apart is None else "again" if apart.again else "once",
        "batch_size": samples.batch_size,
        "rates": rates,
        "epochs": epochs,
        "epochs_seen": samples.epochs_seen,
        "joint": sites[roles.step.graph[roles.joint].site].line,
        "places": stands,
        "steps": steps,
    }  # fmt: skip
    return Handover(roles=read, steps=len(seen.steps), said=said, arrays=arrays)


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
            site = sites[step.nodes[step.loop.made(step.turn, key) or 0].site]
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
        and {"lines": _lines(passes.sample.lines), "returned": list(passes.sample.returned)},
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
    later = [
        (
            *(kept.at, *seen.arrays[seen.steps[kept.at]], seen.rates[kept.at]),
            *(kept.before, kept.after, kept.masks),
        )
        for kept in sorted(seen.kept, key=lambda one: one.at)
    ]
    found = []
    early = early_steps(
        understood.roles, understood.targets, seen.kept, counted=bool(understood.passes.clock)
    )
    for count, step in enumerate([*early, *later]):
        at, rows, targets, rate, *sides, masks = step
        arrays[f"step:{count}:rows"], arrays[f"step:{count}:targets"] = rows, targets
        for side, state in zip(("before", "after"), sides, strict=True):
            for name, value in _named(understood, state).items():
                arrays[f"step:{count}:{side}:{name}"] = value
        for name, mask in zip(understood.passes.masks, masks, strict=True):
            arrays[f"step:{count}:mask:{name}"] = np.asarray(mask)
        found.append({"at": at, "rate": rate})
    return found


def _named(understood: Understood, state: dict[Key, Any]) -> dict[str, Array]:
    passes = understood.passes
    named = {
        name: as_contract(understood, name, held(state, kept_in(key)))
        for name, key in passes.parameters.items()
    }
    return named | {name: np.asarray(held(state, key)) for name, key in passes.state.items()}
