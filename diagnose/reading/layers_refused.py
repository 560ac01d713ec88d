"""Why what multiplies weights between samples and output is no network of layers, in words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from diagnose.reading.dropping import Mask, drawn, is_noisy
from diagnose.reading.loops import Key, takes
from diagnose.reading.not_read import NotReadError
from diagnose.reading.parts import Part, fill, kept_in
from diagnose.reading.steps import Place, Step
from diagnose.recording.nodes import Ref, references
from diagnose.recording.sites import Site


def refuse_other_draws(
    step: Step, x: Place, joint: int, masks: list[Mask], sites: list[Site]
) -> None:
    """NotReadError for random numbers of a forward pass that are no mask of a layer's output.

    Nor noise on the samples: these are taken with it.
    """
    noisy = step.places()[x] if is_noisy(step, x) else None
    for at, one in step.outside().items():
        if isinstance(noisy, Ref) and isinstance(one, Ref) and one.node == noisy.node:
            continue
        if at[0] < joint and isinstance(one, Ref) and step.is_drawn(one):
            made = drawn(step, one)
            if made is None or made[0].number not in {mask.node for mask in masks}:
                raise NotReadError(
                    "random numbers are drawn in each step, and are no mask by which units of a "
                    "hidden layer are left out (dropout); other noise is not read",
                    sites[step.graph[at[0]].site],
                )


def refuse_along_samples(step: Step, biased: Sequence[int], sites: list[Site]) -> None:
    """NotReadError for a bias without a second axis, of layers whose samples lie in columns.

    biased: the operations that add a bias. Broadcasting adds its numbers to the samples, as long as
    there are as many of them as units.
    """
    for one in biased:
        node = step.nodes[one]
        shapes = sorted((np.shape(step.value(ref)) for ref in references(node.args)), key=len)
        if list(map(len, shapes)) == [1, 2] and shapes[0] != (1,):
            raise NotReadError(
                f"{shapes[0]} is added to {shapes[1]}, whose columns are samples: each of these "
                "numbers goes to one sample of the batch, and none to a unit",
                sites[node.site],
                "broadcast-shape",
            )


def refuse_tied(taken: Sequence[tuple[Key, bool]], places: Sequence[Site]) -> None:
    """NotReadError for a weight that one layer takes as it is and another one transposed.

    taken: the weight of each layer, and whether it is transposed. places: where it is computed.
    """
    for count, (weight, turned) in enumerate(taken):
        for before, other in enumerate(taken[:count]):
            if other == (weight, not turned):
                raise NotReadError(
                    f"tied weights: layer {count + 1} takes the weight of layer {before + 1}, "
                    "transposed, as the decoder of an autoencoder may; layers that share one so "
                    "are not read",
                    places[count],
                )


def refuse_centred(step: Step, joint: int, key: Key, site: Site) -> None:
    """NotReadError for what is subtracted, and stepped by nothing that depends on the targets.

    joint: at which operation these come in. So is a running mean, which is no threshold.
    """
    made = step.made(kept_in(key))
    if made is None or made < step.need[joint]:
        is_fed = made is None
    else:
        fed = {step.need[joint]}
        for node in step.graph[joint:]:
            for ref in takes(node):
                if fed.intersection((ref.node, *step.loop.written(ref))):
                    fed.add(node.number)
        is_fed = made in fed
    if not is_fed:
        raise NotReadError(
            "what is subtracted here from the sums of a layer is stepped by nothing that depends "
            "on the targets, as a running mean is: it is no threshold, and not read",
            site,
        )


def refuse_rest(step: Step, keys: Sequence[Key], sites: list[Site]) -> None:
    """NotReadError for an array of which some numbers are no parameter, or several at once."""
    for whole in dict.fromkeys(key.whole for key in keys if isinstance(key, Part)):
        parts = [key for key in keys if isinstance(key, Part) and key.whole == whole]
        if whole in keys or not fill(parts):
            raise NotReadError(
                "weights and biases of the layers found are parts of this array, and do not take "
                "each of its numbers once",
                sites[step.nodes[step.made(whole) or 0].site],
            )
