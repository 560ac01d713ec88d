"""What a watched run tells by itself: kinds of faults, and the record of one that was seen.

No network need have been read for these, and nothing is trained for them: each was seen to happen
in the run, in one line, with its values. What was seen may still be harmless; only trainings show
causes.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

import numpy as np

from diagnose.recording.sites import Site, Span

# A file and a span of its code.
Met = tuple[str, Span]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of fault that a run tells: the part of a training that it belongs to, and what to do.

    severity: how bad it is where it is seen, unless what was seen says another. how: how it is
    seen, for its page.
    """

    name: str
    part: str
    expected: str
    advice: str
    severity: str = "error"
    how: str = "Seen to happen while a script ran, in one line, with the values met."

    @property
    def summary(self) -> str:
        """One line on it: what should be, of which it is the contrary."""
        return f"should be: {self.expected}"

    @property
    def page(self) -> str:
        """What there is to say of it, where no probe has a page on it."""
        return (
            f"{self.how}\n\n"
            f"What should be\n    {fill(self.expected)}\n\nUse instead\n    {fill(self.advice)}"
        )


def fill(text: str) -> str:
    """Break a text into lines that stand under a heading."""
    return textwrap.fill(text, 92, break_on_hyphens=False).replace("\n", "\n    ")


KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            name="not-finite",
            part="pace",
            expected="every number of a training is finite: nan and inf spread wherever they go",
            advice="look at the values that went in: a logarithm wants `np.log(p + 1e-12)`, a "
            "division a check of its divisor; where numbers grew from step to step until they "
            "overflowed, the gradient, the rate or the scale of inputs or targets is too large",
        ),
        Kind(
            name="broadcast-shape",
            part="gradient",
            expected="what belongs to one sample meets what belongs to the same sample: both have "
            "one shape",
            advice="give both one shape, with `.reshape(-1, 1)` or `.ravel()`, and write "
            "`assert a.shape == b.shape` before they meet",
        ),
        Kind(
            name="running-sum",
            part="forward",
            expected="a pre-activation is the sum of its own products, and begins at 0 or the bias",
            advice="set the sum to 0 within the loop over the units, and not before it",
        ),
        Kind(
            name="wrong-gradient",
            part="gradient",
            expected="what a step takes for the gradient of a parameter is a multiple of the "
            "derivative of the loss by it",
            advice="derive what this line computes again, from the line of the forward pass that "
            "it goes back through",
            how="The step of a script, run again and differentiated, held against what it "
            "computes.",
        ),
        Kind(
            name="reused-loop-variable",
            part="data",
            expected="the variable of a loop stays the same until its next turn",
            advice="call the variable of the inner loop otherwise",
        ),
        Kind(
            name="stepped-too-early",
            part="gradient",
            expected="the gradients of a step are all taken with the weights of its forward pass",
            advice="compute all gradients first, and then step the weights, from the first layer "
            "to the last in one go",
            severity="risk",
        ),
        Kind(
            name="aliased-arrays",
            part="start",
            expected="what is changed on its own is an object of its own",
            advice="make one for each place: `[make() for _ in range(n)]` in the place of "
            "`[make()] * n`, `a, b = make(), make()` in the place of `a = b = make()`, what an "
            "object has of its own in its `__init__`, and a table of targets anew for each step",
        ),
        Kind(
            name="integer-dtype",
            part="data",
            expected="numbers with fractions are kept as floats",
            advice="make the array one of floats, with `dtype=float`, and divide with `/`: `//` "
            "throws the fraction away",
        ),
        Kind(
            name="mixed-samples",
            part="data",
            expected="a sample that goes in is one sample of the data, whole",
            advice="keep the samples' axis first, and turn afterwards: `a.reshape(len(a), -1).T`",
        ),
        Kind(
            name="scaled-by-sample",
            part="input",
            expected="each feature is scaled by its own mean and deviation, over the samples",
            advice="take the statistics along the samples: `mean(axis=0)` of a table with a sample "
            "in each row; those of the training samples, for the test samples too",
        ),
        Kind(
            name="scaled-as-one",
            part="input",
            expected="each feature is scaled by its own mean and deviation, over the samples",
            advice="take the statistics along the samples: `mean(axis=0)` and `std(axis=0)` of a "
            "table with a sample in each row; those of the training samples, for tests too",
            severity="risk",
        ),
        Kind(
            name="target-in-window",
            part="data",
            expected="what is to be forecast lies after the numbers that it is forecast from",
            advice="begin one further on: the target of `s[i : i + n]` is `s[i + n]`",
        ),
        Kind(
            name="softmax-axis",
            part="forward",
            expected="the probabilities of one sample sum to 1, whatever samples are beside it",
            advice="sum over the classes: `e / e.sum(axis=1, keepdims=True)` where a sample is a "
            "row, `axis=0` where it is a column",
        ),
        Kind(
            name="symmetric-initialization",
            part="start",
            expected="the units of a layer begin with weights of their own, so that each learns "
            "something else",
            advice="draw the weights at random, `rng.standard_normal((n, m)) * np.sqrt(2 / n)`; "
            "biases may begin at 0",
        ),
        Kind(
            name="frozen-parameter",
            part="step",
            expected="the result of a step is kept where the next step finds it",
            advice="write into the array, `p -= rate * g`, or `p[...] = p - rate * g`: a name that "
            "is bound anew changes no array",
        ),
        Kind(
            name="update-direction",
            part="step",
            expected="a step goes down the gradient of its own samples, and of no earlier ones",
            advice="set back to 0, before each step, what the gradients are added up in",
        ),
        Kind(
            name="inplace-mutation",
            part="gradient",
            expected="a function leaves what it is handed as it was",
            advice="return a new array, as `error * slope` in the place of `error *= slope`",
            severity="risk",
        ),
        Kind(
            name="weight-decay",
            part="step",
            expected="weights are held small, and still learn: the gradient of the loss is larger",
            advice="try a hundredth of it, or none",
            how="Fitted to the gradients that a script steps by, and shown by training: without it "
            "the\nnetwork learns.",
        ),
        Kind(
            name="unused-bias",
            part="forward",
            expected="what is trained is computed with",
            advice="add it to the product of its layer: `z = x @ W + b`",
        ),
        Kind(
            name="output-range",
            part="targets",
            expected="an output can reach every target: a sigmoid lies between 0 and 1",
            advice="scale the targets into the output's range, or take an output that reaches "
            "them: tanh for -1 and 1, a linear one for any number",
        ),
        Kind(
            name="misleading-metric",
            part="answer",
            expected="there is one answer for each sample, and it can be each of the classes",
            advice="hold one output against the middle of its range, `out > 0.5` for a sigmoid; of "
            "several take the largest along the classes, `out.argmax(axis=1)` where a sample is a "
            "row",
        ),
        Kind(
            name="unscaled-targets",
            part="targets",
            expected="targets are about as large as the answers of a network that was just drawn",
            advice="standardise them by the mean and deviation of the training targets, and turn "
            "the answers back when predicting",
            severity="risk",
        ),
        Kind(
            name="dropout-scale",
            part="forward",
            expected="units that are kept are divided by the share of units that is kept, so that "
            "the next layer sees the same sum on average",
            advice="with a probability `p` to drop a unit: `mask = (rand(...) >= p) / (1 - p)`",
        ),
        Kind(
            name="sorted-split",
            part="data",
            expected="samples of every class, or with targets of all sizes, are trained on, and "
            "tested on",
            advice="shuffle samples and labels together before the split, with one permutation",
        ),
        Kind(
            name="same-targets",
            part="targets",
            expected="targets differ from sample to sample: of what is the same for all there is "
            "nothing to learn",
            advice="print `np.unique(y, return_counts=True)` just before the first step, and where "
            "y is cut out, compared or split",
        ),
        Kind(
            name="empty-batches",
            part="order",
            expected="each step has samples",
            advice="end a slice at a place, and not after a length: `X[i : i + size]`",
        ),
        Kind(
            name="spent-generator",
            part="pace",
            expected="each epoch goes through the samples",
            advice="make the generator in each epoch, in the loop over the epochs, or keep its "
            "items in a list",
        ),
        Kind(
            name="overlapping-batches",
            part="order",
            expected="the batches of an epoch show each sample once: each begins where the one "
            "before ended",
            advice="go from batch to batch by their size: `for i in range(0, len(X), size): X[i : "
            "i + size]`, or `X[k * size : (k + 1) * size]` where `k` is the number of the batch",
        ),
        Kind(
            name="never-taken",
            part="order",
            expected="an epoch shows each sample of the training once",
            advice="go over all samples, `for i in rng.permutation(len(X))`, and from batch to "
            "batch by their size",
            severity="risk",
        ),
        Kind(
            name="unrelated-labels",
            part="data",
            expected="what a sound network learns of some samples holds for others: labels belong "
            "to their samples",
            advice="print a few samples beside their labels just before the first step; shuffle, "
            "repeat and split samples and labels by the same indices",
        ),
        Kind(
            name="dataset-shift",
            part="data",
            expected="test samples are made and labelled as the training samples are: a sound "
            "network answers both about as well",
            advice="print a few test samples beside a few of the training: the same number stands "
            "in the same column for the same thing, in the same unit, and labels mean the same",
        ),
        Kind(
            name="test-preparation",
            part="answer",
            expected="test samples are prepared as the samples that the network trains on",
            advice="prepare both by the same lines and with the same numbers; mean and deviation "
            "are those of the training samples, for the test samples too",
        ),
        Kind(
            name="renumbered-classes",
            part="targets",
            expected="targets, answers and the labels that these are held against number the "
            "classes alike",
            advice="number them alike: with labels from 0 on, the target of class k is in place k, "
            "and `out.argmax(axis=1)` is held against the labels as they are",
        ),
        Kind(
            name="untrained-weights",
            part="answer",
            expected="what is tested is what was trained",
            advice="test the weights that the steps changed; where the best ones are kept, begin "
            "with a loss that every network betters, `best = np.inf`, and copy the weights "
            "whenever it falls",
        ),
        Kind(
            name="answer-unit",
            part="answer",
            expected="what a network answers, and what that is held against, are in one unit",
            advice="turn the answers back by the very numbers by which the targets were scaled, "
            "`out * std + mean`, or scale what they are held against by these",
            how="Shown by training: what a sound network answers explains the test's numbers by a "
            "line,\nand not as they are.",
        ),
        Kind(
            name="unlike-its-twin",
            part="gradient",
            expected="with the other parts sound, this one does as well as a sound one",
            advice="hold it line by line against a sound one",
            how="A part that no probe found anything in, shown by training: it keeps the network "
            "from what\na sound one reaches.",
        ),
        Kind(
            name="train-test-mismatch",
            part="answer",
            expected="a network is tested by the function that it was trained as",
            advice="let the test call the forward pass of the training",
            how="The way forward of a step is run again on the samples of the test, with its "
            "weights:\nshown by where the test computes something else.",
        ),
        Kind(
            name="dropout-when-predicting",
            part="answer",
            expected="predictions are made by the whole network, without random numbers",
            advice="call the forward pass without dropout there: `training=False`, or a "
            "probability of 1 to keep a unit",
        ),
    )
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class ShownEdit:
    """An edit that was shown to set a step right, without any training.

    splices: from which byte of the file to before which, in its lines as Python reads them, and
    what stands there instead. what: in a few words; proof: what was shown, and where. met: the file
    and the span at which the step takes what it gives from what it should, if it does.
    """

    file: str
    splices: list[tuple[int, int, str]]
    what: str
    proof: str
    met: Met | None

    @classmethod
    def of(cls, plain: dict[str, Any]) -> ShownEdit:
        """The same from JSON."""
        met = plain["met"] and (plain["met"][0], tuple(plain["met"][1]))
        return cls(**{**plain, "splices": [tuple(one) for one in plain["splices"]], "met": met})


@dataclass(frozen=True, kw_only=True)
class Told:
    """One thing that was seen: its kind, where, and the sentence with the values met.

    part, severity, advice: where what was seen says another than its kind. numbers: plain JSON.
    text: the line as its author wrote it, if that is known. edit: what mends it.
    """

    kind: str
    file: str
    line: int
    observed: str
    text: str = ""
    part: str = ""
    advice: str = ""
    severity: str = ""
    numbers: dict[str, Any] = field(default_factory=dict)
    edit: ShownEdit | None = None

    def plain(self) -> dict[str, Any]:
        """The same as JSON takes it."""
        return asdict(self)

    @classmethod
    def of(cls, plain: dict[str, Any]) -> Told:
        """The same from JSON."""
        return cls(**{**plain, "edit": plain["edit"] and ShownEdit.of(plain["edit"])})


class Watch(Protocol):
    """What looks at each operation as it is done, for one kind of fault."""

    def takes(self, kind: str, name: str) -> bool:
        """Whether operations of that kind and name can matter to it."""

    def see(self, site: int, kind: str, name: str, args: tuple[Any, ...], value: Any) -> None:
        """An operation was done at a place: how it is called, what it took, what it gave."""

    def told(self, sites: Sequence[Site]) -> list[Told]:
        """What was seen by now."""


# Among the numbers of what was told: that it was shown by the step itself, run again.
OF_STEP = "of_step"


def at(site: Site, kind: str, observed: str, **more: Any) -> Told:
    """What was seen in one line."""
    return Told(kind=kind, file=site.file, line=site.line, observed=observed, **more)


def quoted(site: Site) -> str:
    """The author's own text, as it stands in the line."""
    return f"`{site.text.removesuffix(':')}`"


def shaped(value: Any) -> str:
    """A shape as Python writes it."""
    return str(tuple(int(size) for size in np.shape(value)))


def short(value: Any) -> str:
    """A number as briefly as it can be recognised."""
    return f"{float(value):.4g}"
