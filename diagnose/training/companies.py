"""Which runs are trained side by side, and what they take."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from diagnose.training.compiled import Plan
from diagnose.training.lanes import by_batches, one_by_one

# First-layer weights of the runs trained side by side: half of a usual second-level cache.
SHARED_BYTES = 1 << 20
# Enough groups that no job idles for long at the end.
GROUPS_PER_JOB = 3
# The loop takes so many runs for about the time of three (its LANES), where it does not take each
# alone.
BLOCK, THREE = 8, 3
# What a step takes beside its products, in weights read: some hundred nanoseconds.
FEWEST = 200
# What a number that a rule steps, and what is carried for it, take in the same unit.
RULED = 1.0


def work(groups: Iterable[Sequence[Plan]]) -> float:
    """What groups of runs take together, in units of one weight read for one sample of one run."""
    return sum(_together(one[0], len(one)) * _work(one[0]) for one in groups)


def _together(plan: Plan, runs: int) -> int:
    """How many runs take alone what so many take together."""
    return min(runs, THREE * -(-runs // BLOCK)) if in_lanes(plan, runs) else runs


def in_lanes(plan: Plan, runs: int) -> bool:
    """Whether so many runs like this one begin side by side, and not one by one."""
    batch, ruled = plan.order.indices.shape[2], len(plan.rules) > 0
    alone = one_by_one(batch, runs, ruled) or by_batches(plan.sizes, _entering(plan), batch, runs)
    return not alone


def _entering(plan: Plan) -> float:
    """How many inputs of a sample are not 0."""
    return len(plan.inputs.values) / max(len(plan.inputs.starts) - 1, 1)


def _work(plan: Plan) -> float:
    entering = _entering(plan)
    inner = float(plan.sizes[1:-1] @ plan.sizes[2:])
    samples = plan.order.indices.size
    each = entering * plan.sizes[1] + inner + FEWEST
    ruled = RULED * plan.theta.size if len(plan.rules) else 0.0
    return samples * each + samples / plan.order.indices.shape[2] * ruled


def most_together(plan: Plan) -> int:
    """How many runs like this one are trained side by side at most."""
    return max(1, SHARED_BYTES // max(1, int(8 * plan.sizes[0] * plan.sizes[1])))


def split(plans: Iterable[Plan], jobs: int) -> list[list[Plan]]:
    """Split plans into groups to be trained side by side; several groups for each job.

    How they are split makes no difference to any result.
    """
    together: dict[tuple[Any, ...], list[Plan]] = {}
    for plan in plans:
        together.setdefault(plan.company, []).append(plan)
    count = sum(map(len, together.values()))
    groups = []
    for members in together.values():
        most = most_together(members[0])
        blocks = -(-count // (BLOCK * GROUPS_PER_JOB * jobs))
        size = in_blocks(min(most, blocks * BLOCK if count > jobs else 1))
        groups += [members[at : at + size] for at in range(0, len(members), size)]
    return _shared_out(groups, jobs)


def in_blocks(runs: int) -> int:
    """As many of these as fill blocks, where they fill one: a tenth takes as long as a 16th."""
    return runs - runs % BLOCK if runs > BLOCK else runs


def _shared_out(groups: list[list[Plan]], jobs: int) -> list[list[Plan]]:
    """Halve the largest groups until each job has as many, so that none idles at the end."""
    groups = sorted(groups, key=len, reverse=True)
    while len(groups) % jobs and len(groups[0]) > 1:
        most = len(groups[0])
        half = BLOCK * -(-most // (2 * BLOCK)) if most > BLOCK else most // 2
        halves = [groups[0][half:], groups[0][:half]]
        groups = sorted([*groups[1:], *halves], key=len, reverse=True)
    return groups
