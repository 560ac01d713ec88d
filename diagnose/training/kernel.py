"""The innermost loop, compiled by numba. ``compiled`` says what its arguments mean.

Importing this module imports numba; only ``compiled`` does it, when the first run starts. How
parameters lie in memory is plain NumPy (``lanes``). Three things keep compiling short: what happens
a few times in an epoch is plain NumPy; what is compiled does without NumPy's functions on arrays,
each of which takes as long as a page of loops; and its small parts are written into it where they
are called (``inline``), for numba compiles a function that another calls once for itself and once
more within the other. Not its large parts: to write one in, numba copies for each of its blocks all
variables of it, which takes longer than to compile it twice (``_forward`` and ``_backward`` in
lanes: 13.4 s of compiling where they are written in, 8.6 s where they are called; steps take at
most a twentieth longer), and not ``activate``, which most of them need. And what fills arrays is
handed them: to make some, numba compiles what makes and counts them (in lanes 1.2 s of 7.4; by
batches that saves little, and steps take longer).

Several runs that see the same samples in the same order are trained side by side, in lanes
(``kernel_in_lanes``): what belongs to one parameter or one unit lies beside each other for eight
runs, a block, and the processor works through it in one or two instructions. A pixel is looked up
once for all blocks. The runs share nothing else, and the arithmetic of each is the same in any
company. An array "in lanes" is flat: its row t, one parameter or unit of all runs of a block,
begins at ``t * lanes``. A run that is alone has one lane.

A run that is alone, or in little company, takes batches otherwise (``kernel_by_batches``): what
belongs to one unit lies beside each other for the samples of a batch, and each weight's terms of a
batch are added while it stays in a register. Which of the two is quicker, ``lanes.by_batches``
says. Each sum has the same terms in the same order either way, so nothing that comes out differs,
to the last bit. So it is with one sample in each step (``kernel_one_by_one``), where two or three
runs in lanes would leave most of them empty.

Runs are sorted by how many of their lower layers are dead for good: layer k lives in the first
``live[k]`` of them, and is worked through in the blocks that hold these and in no other. For a run
of such a block in which it is dead, its outputs and slopes are set to 0, so nothing moves.
"""

# mypy: allow-untyped-defs
from __future__ import annotations

import numpy as np

from diagnose.training.kernel_by_batches import train_alone
from diagnose.training.kernel_in_lanes import steps_in_lanes
from diagnose.training.kernel_one_by_one import train_one_by_one
from diagnose.training.kernel_parts import (
    HALF,
    LANES,
    MADE_OF,
    activate,
    add_halves,
    makes_no_array,
)
from diagnose.training.lanes import (
    by_batches,
    into_lanes,
    one_by_one,
    out_of_lanes,
    places,
    set_apart,
    side_by_side,
)

# How often in an epoch it is looked which runs have ended and which layers have died, and after how
# many steps at the earliest: looking, and laying out anew, takes a run as long as some forty steps.
# 500 apart, trainings of the default report took a tenth longer.
LOOKS = 8
APART = 2500
# What stands for the units that stay where all of them do.
EVERY = np.zeros((0, 0, 0), np.uint8)


def train(
    theta, sizes, codes, slopes, factors, order, rates, labels, targets, loss, starts, columns,
    values, stable, rules, whole, masks, scales,
):  # fmt: skip
    """Train each row of ``theta``, ``(runs, parameters)``, in place.

    whole: of which runs a batch that is not full is divided as a full one. masks: which hidden
    units stay in each step, ``(epochs, steps, B, units)``; none where all do.

    rules: ``(runs, 2 * layers, ...)``; where there are any, what each parameter carries on lies
    behind the parameters in ``theta``, and no layer is ever dead for good: by its rule it moves.

    Returns for each run the largest absolute logit met (nan if one was), and whether a softmax that
    is not ``stable`` met logits at which it makes a difference: a run that never did is bit for bit
    the run of the stable softmax.
    """
    runs, hidden = theta.shape[0], sizes.size - 2
    units, at = places(sizes)
    first = np.zeros(runs, np.int64)  # layers below this one are dead for good
    witness = np.zeros((runs, hidden), np.int64)  # on which each hidden layer last lived
    stopped = np.zeros(runs, np.bool_)
    largest = np.zeros(runs)
    unsafe = np.zeros(runs, np.bool_)
    steps = order.shape[1]
    stretch = max(APART, steps // LOOKS)
    rates = rates.reshape(runs, order.shape[0], -1)
    count = at[-1] + (sizes[-2] + 1) * sizes[-1]
    ruled = rules.shape[1] > 0
    if rules.ndim > 3:
        rules = rules.reshape(runs, rules.shape[1], 6, 2)
    made, room = np.zeros(1, np.int64), _room(sizes, units)
    weights = sizes[0] * sizes[1]
    laid_out, carried, carried_rest = (None, None), None, None
    entering = values.size / max(starts.size - 1, 1)
    for epoch in range(order.shape[0]):
        for start in range(0, steps, stretch):
            # Laid out as ever: for another layout, numba would compile the loop once more.
            part = slice(start, start + stretch) if rates.shape[2] > 1 else slice(None)
            pace = np.ascontiguousarray(rates[:, epoch, part])
            its = labels if labels.ndim == 1 else labels[epoch]
            # Now and then: which runs have ended, which layers have died?
            stopped |= ~np.isfinite(theta).all(axis=1)
            # By a rule a dead layer moves; where units are left out, one that is dead may live.
            may_die = ~stopped & (first < hidden) & (not ruled and not masks.size)
            for r in np.flatnonzero(may_die):
                first[r] = _lives_from(
                    theta[r], sizes, codes, slopes, starts, columns, values, first[r], witness[r],
                    at, units, *room,
                )  # fmt: skip
            going = np.argsort(np.where(stopped, hidden + 1, first), kind="stable")
            going = going[: runs - stopped.sum()]
            if going.size == 0:
                return largest, unsafe
            if one_by_one(order.shape[2], going.size, ruled):
                laid_out = (None, None)
                for r in going:
                    train_one_by_one(
                        theta[r], r, first[r], sizes, codes, slopes, factors,
                        order[epoch, start : start + stretch], pace, its, targets, loss, starts,
                        columns, values, stable, units, largest, unsafe,
                        masks[epoch, start : start + stretch] if masks.size else EVERY, scales,
                    )  # fmt: skip
                continue
            if by_batches(sizes, entering, order.shape[2], going.size):
                before, laid_out = made[0], (None, None)
                for r in going:
                    made[0] = before
                    train_alone(
                        theta[r], r, first[r], sizes, codes, slopes, factors,
                        order[epoch, start : start + stretch], pace, its, targets, loss, starts,
                        columns, values, stable, units, largest, unsafe, rules if ruled else None,
                        made, masks[epoch, start : start + stretch] if masks.size else EVERY,
                        scales, whole,
                    )  # fmt: skip
                continue
            live = np.searchsorted(first[going], np.arange(hidden + 1), side="right")
            # Else the lanes hold what they have held.
            if not (np.array_equal(going, laid_out[0]) and np.array_equal(live, laid_out[1])):
                laid_out = going, live
                lanes = LANES if going.size > 1 else 1
                living = going[: live[0]]
                by_pixel = side_by_side(theta[living, :weights], sizes[1], LANES)
                rest = into_lanes(theta[going, weights:count], lanes)
                if ruled:
                    kept = np.split(theta[going, count:], theta.shape[1] // count - 1, axis=1)
                    carried = np.array(
                        [side_by_side(one[:, :weights], sizes[1], LANES) for one in kept]
                    )
                    carried_rest = np.array([into_lanes(one[:, weights:], lanes) for one in kept])
            steps_in_lanes(
                by_pixel, rest, lanes, going, live, sizes, codes, slopes, factors,
                order[epoch, start : start + stretch], pace, its, targets, loss, starts,
                columns, values, stable, at, units, largest, unsafe, rules if ruled else None,
                carried, carried_rest, made,
                masks[epoch, start : start + stretch] if masks.size else EVERY, scales, whole,
            )  # fmt: skip
            theta[living, :weights] = set_apart(by_pixel, sizes[1], living.size)
            theta[going, weights:count] = out_of_lanes(rest, lanes)[: going.size]
            if ruled:
                kept = [
                    part
                    for first, others in zip(carried, carried_rest, strict=True)
                    for part in (
                        set_apart(first, sizes[1], going.size),
                        out_of_lanes(others, lanes)[: going.size],
                    )
                ]
                theta[going, count:] = np.concatenate(kept, axis=1)
    return largest, unsafe


def dead_layers(theta, sizes, codes, slopes, starts, columns, values):
    """How many layers lie at or below the highest one that is dead on every training sample."""
    units, at = places(sizes)
    witness = np.zeros(sizes.size - 2, np.int64)
    return _lives_from(
        theta, sizes, codes, slopes, starts, columns, values, 0, witness, at, units,
        *_room(sizes, units),
    )  # fmt: skip


def _room(sizes, units):
    """The numbers of units, and what ``_lives_from`` fills in."""
    filled = *np.zeros((2, units[-1] + HALF)), np.zeros(sizes.size - 2, np.bool_)
    return np.arange(sizes.max(), dtype=np.int32), *filled


@makes_no_array(cache=True)
def _lives_from(
    theta, sizes, codes, slopes, starts, columns, values, first, witness, at, units, every, out,
    slope, alive, made_of=MADE_OF,
):  # fmt: skip
    """The first layer above the highest one that is dead on every training sample.

    Samples are tried until all hidden layers have lived on one: first those of ``witness``, on
    which each layer lived the last time, then all. Fills ``witness``, and out, slope and alive.

    Sums are of whole halves of vectors. What of these lies behind a layer's own units is written
    over by the next one's; and behind a row of weights there are others, or what the output has.
    """
    layers = sizes.size - 1
    samples = starts.size - 1
    living = first
    for k in range(layers - 1):
        alive[k] = False
    for tried in range(layers - 1 + samples):
        if living == layers - 1:
            break
        sample = witness[tried] if tried < layers - 1 else tried - (layers - 1)
        for k in range(first, layers - 1):
            n, width, start = sizes[k], sizes[k + 1], units[k]
            z, its = out[start : start + width], slope[start : start + width]
            for j in range(width):
                z[j] = theta[at[k] + n * width + j]
            # Called twice, it would be compiled twice.
            p, row = starts[sample], -(-width // HALF) * HALF
            given, from_ = (values, p) if k == 0 else (out, units[k - 1])
            which, i = (columns, p) if k == 0 else (every, 0)
            # Of a layer that is dead nothing comes.
            count = starts[sample + 1] - p if k == 0 else (n if k > first else 0)
            add_halves(out, start, given, from_, 1, theta, at[k], width, which, i, count, row)
            activate(z, its, codes[k], slopes[k])
            for j in range(width):
                if not alive[k] and (z[j] != 0.0 or its[j] != 0.0):
                    alive[k] = True
                    living += 1
                    witness[k] = sample
    for k in range(layers - 2, first - 1, -1):
        if not alive[k]:
            return k + 1
    return first
