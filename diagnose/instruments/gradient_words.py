"""What wrong-gradient says: a sentence for each kind of mistake, and what to try."""

from __future__ import annotations

from diagnose.calculus.gradient_kinds import SOUND, kind_of
from diagnose.report import Numbers
from diagnose.style.text import listed

# At a point where plain differences are off by more, CS231n's bands call a right gradient wrong.
DROWNED = 1e-2


def sentence(name: str, kind: str, one: Numbers, numbers: Numbers) -> str:
    """What is wrong with the gradient of one parameter; kind: what ``kind_of`` says of it."""
    error = f"relative error {_number(one['relative_error'])}"
    match kind:
        case "absent":
            return f"backward returns no gradient for {name}"
        case "shape":
            return f"the gradient of {name} has shape {one['given_shape']}, {name} {one['shape']}"
        case "not-finite":
            return f"the gradient of {name} is not finite"
        case "nonzero" if not one["used"]:
            return (
                f"the forward pass never uses {name}, and backward returns a gradient for it: it "
                "is trained, and nothing reads it"
            )
        case "nonzero":
            return f"the gradient of {name} is not 0 where the true one is exactly 0"
        case "zero":
            return f"the gradient of {name} is 0 where the true one is not: a term is missing"
        case "factor":
            reason = _reason(one["factor"], numbers)
            return f"the gradient of {name} is {_factor(one)} times the true one{reason} ({error})"
        case "sign":
            return f"the gradient of {name} has the wrong sign: {_factor(one)} times the true one"
        case "transposed":
            return f"the gradient of {name} is the transpose of the true one ({error})"
        case "clipped" if one["cut"]["share"] == 1:
            return f"of each number of the gradient of {name} nothing but its sign is left"
        case "clipped":
            return (
                f"each number of the gradient of {name} is cut at {_number(one['cut']['bound'])}, "
                f"and {one['cut']['share']:.0%} of them are larger: little but their signs is left"
            )
        case "shortened":
            return (
                f"the gradient of {name} has the true direction in each step, and another length "
                f"in each, {one['lengths']['least']:.3g} to {one['lengths']['most']:.3g} of the "
                "true one: shortened as a whole"
            )
        case "entries":
            count, total = one["coordinates_off"], one["coordinates"]
            first = one["first_off"]
            return f"the gradient of {name} is wrong in {count} of {total} entries, as {first}"
        case _:
            lo, hi = one["factors"] or (0.0, 0.0)
            span = f", factor {lo:.3g} to {hi:.3g}" if one["factors"] else ""
            cosine = f"cosine {one['cosine']:.6g}"
            return f"the gradient of {name} has a wrong direction ({cosine}{span}, {error})"


def loss(numbers: Numbers) -> str:
    """Say that the gradients are those of another loss than is declared, if they are."""
    used, declared = (numbers[one].replace("-", " ") for one in ("loss", "declared_loss"))
    if used == declared:
        return ""
    return (
        f"they are the gradients of {numbers['loss']}, not of the {declared} that is declared; "
        "this is the loss that fits the output, so they are kept"
    )


def unit(numbers: Numbers, wrong: list[str]) -> str:
    """Say in which unit the gradients are taken, if it is not that of the mean loss."""
    scale, said = f"{numbers['scale']:.4g}", numbers["scale_is"]
    if numbers["scale"] == 1:
        return ""
    if said and (numbers["sane"]["known"] or not wrong):
        return (
            f"all are taken as {scale} times those of the loss, for {said}, which acts as a "
            "learning rate that many times as large"
        )
    why = f", near what {said} gives" if said else ""
    return f"put right they are {scale} times those of the loss{why}: the steps keep their length"


def remark(name: str, one: Numbers, kind: str) -> str:
    """What is to be said of a gradient that is right, if anything."""
    if kind == "decay":
        decay = _number(abs(one["decay"]))
        spares = f" to all but {one['spares']} of its weights" if one["spares"] else ""
        return f"{name} has weight decay of {decay} added{spares}, which is no mistake"
    if kind == "bounded" and not one["cut"]:
        share = one["lengths"]["share"]
        return f"{name} is shortened in {share:.0%} of the steps, which is no mistake"
    if kind == "bounded":
        bound, share = _number(one["cut"]["bound"]), one["cut"]["share"]
        return f"{name} is cut at {bound}, as {share:.0%} of its numbers are, which is no mistake"
    if one["sign"] == -1:
        return f"that of {name} is negative, and the update adds it, which is right together"
    return ""


def _reason(factor: float, numbers: Numbers) -> str:
    """Name the number that a factor most plausibly comes from, where only one is near."""
    counts = {"the batch size": numbers["sane"]["samples"]}
    if numbers["classes"]:
        counts["the number of classes"] = numbers["classes"]
    else:
        counts["the number of outputs"] = numbers["outputs"]
    known = {f"{name}, {count}": count for name, count in counts.items() if count > 1}
    known |= {f"1 / {name}": 1 / count for name, count in known.items()}
    near = [text for text, value in known.items() if abs(factor / value - 1) < 1e-6]
    return f", {near[0]}" if len(near) == 1 else ""


def own_point(numbers: Numbers) -> str:
    """Say what a check at the network's own points would have said."""
    start, trained = (_said(numbers[point]) for point in ("start", "trained"))
    if start == trained:
        return f"At the network's own point, at its start and trained, {start}."
    return f"At the network's own point, at its start, {start}; trained, {trained}."


def _said(own: Numbers) -> str:
    if "reason" in own:
        return f"nothing can be checked ({own['reason']})"
    parameters = own["parameters"]
    kinds = {name: kind_of(one) for name, one in parameters.items()}
    zeros = [name for name, kind in kinds.items() if kind == "unseen"]
    faults = [name for name, kind in kinds.items() if kind not in SOUND]
    drowned = {
        name: error
        for name, one in parameters.items()
        if kinds[name] in ("right", "decay") and (error := one["numeric_distance"]) > DROWNED
    }
    parts = [f"finds fault with {listed(faults)}" if faults else "finds no fault"]
    if zeros:
        parts.append(f"is masked for {listed(zeros)} (exactly 0 in truth and by the code: 0 = 0)")
    if drowned:
        parts.append(
            f"calls {listed(list(drowned))} wrong by up to {max(drowned.values()):.0%} with plain "
            "differences where the code is right (rounding, saturation)"
        )
    if own["not_finite"]:
        parts.append(f"meets an output that is not finite on {own['not_finite']} samples")
    return f"the check {listed(parts)}"


def advice(numbers: Numbers, kinds: dict[str, str], wrong: list[str]) -> str:
    """What to try."""
    steps = []
    for name in wrong:
        one = numbers["sane"]["parameters"][name]
        match kinds[name]:
            case "factor":
                steps.append(f"multiply the gradient of {name} by {1 / one['factor']:.4g}")
            case "sign":
                steps.append(f"turn the sign of the gradient of {name}")
            case "nonzero" if not one["used"]:
                steps.append(f"add {name} where the forward pass makes{_pre(name, numbers)}")
            case "clipped":
                steps.append(
                    f"cut the gradient of {name} at a larger number{_line(name, numbers)}, such as "
                    "1, or shorten it as a whole"
                )
            case "shortened":
                steps.append(
                    f"let the gradient of {name} keep more of its length{_line(name, numbers)}"
                )
            case "transposed":
                steps.append(f"transpose the gradient of {name}")
            case "absent" | "zero":
                steps.append(f"compute the gradient of {name}")
            case "shape":
                steps.append(f"give the gradient of {name} the shape {one['shape']}")
            case _:
                steps.append(f"derive the gradient of {name} again{_line(name, numbers)}")
    if numbers["sane"]["extra"] and "absent" in kinds.values():
        steps.append(f"name gradients as the parameters, unlike {listed(numbers['sane']['extra'])}")
    if len(wrong) > 1:
        steps.append(f"begin at {wrong[-1]}, nearest the output: errors there spread downwards")
    return "; ".join(steps)


def _line(name: str, numbers: Numbers) -> str:
    """Say which line makes the gradient of a parameter, where that is known."""
    place = numbers.get("lines", {}).get(name)
    if not place:
        return ""
    return f", made in line {place['line']} ({_quoted(place)})"


def _pre(name: str, numbers: Numbers) -> str:
    """Where a parameter is to be added that the forward pass leaves out, if that is known."""
    place = numbers.get("lines", {}).get(name)
    if not place:
        return " its layer's sums"
    return f" its layer's sums, in line {place['line']} ({_quoted(place)})"


def _quoted(place: Numbers) -> str:
    text = place["text"].replace("`", "'")
    return f"`{text}`"


def exact(sane: Numbers) -> str:
    """What the entries were held against."""
    if sane["not_followed"] is None:
        return "exact gradient of the forward pass (reverse mode)"
    reason = sane["not_followed"]
    return f"formula for the declared layers (the forward pass cannot be followed: {reason})"


def _factor(one: Numbers) -> str:
    """Write the factor with as many digits as it takes to tell it from 1."""
    factor = one["factor"]
    near = abs(abs(factor) - 1) < 0.05
    return f"{factor:.6f}" if near else f"{factor:#.4g}"


def _number(value: float) -> str:
    return f"{value:.2g}"


def label(kind: str, one: Numbers) -> str:
    """The kind, as short as a picture needs it."""
    if kind in ("factor", "sign"):
        return f"{_factor(one)} × the truth"
    return {"direction": "wrong direction", "entries": "wrong entries", "unseen": "not seen"}.get(
        kind, kind
    )
