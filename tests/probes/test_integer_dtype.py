"""Integers where fractions are needed: what is lost, what repairs it, and the traps."""

from dataclasses import replace

import numpy as np
import pytest

from diagnose.errors import BadInputError
from diagnose.examining.probing import probe
from diagnose.instruments import integer_images
from diagnose.instruments.admission import admit as check
from diagnose.probes import DEFECTS, integer_dtype
from diagnose.study import diagnose
from diagnose.training.trainer import Trainer
from tests.calculus.test_losses import BINARY, MULTI
from tests.networks import CLASSES, bench, correct_networks, dense, images
from tests.probes import built
from tests.probes.assertions import planted_and_repaired, silent
from tests.probes.updating import in_place

DEFECT = integer_dtype.DEFECT
ROWS = dense(layout="rows", batch_size=8, bias="flat")
WITH_BIAS = [one for one in correct_networks() if "none" not in one.name]


def probed(one, data=None):
    return DEFECT.probe(bench(one, data=data or images(classes=one.classes)))


def with_integers(one, *names, kind=int):
    def init(seed):
        drawn = one.init(seed)
        return drawn | {name: drawn[name].astype(kind) for name in names}

    return replace(one, init=init)


def assigned(parameters, gradients, rate):
    for name, one in parameters.items():
        one[...] = one - rate * gradients[name]
    return parameters


@pytest.mark.parametrize("one", [*correct_networks(), *MULTI, *BINARY], ids=lambda one: one.name)
def test_correct_networks_raise_nothing(one):
    silent(DEFECT, one, data=images(classes=one.classes))


class TestSteps:
    @pytest.mark.parametrize("kind", ["int64", "int8", "uint8"])
    def test_steps_that_are_cut_off(self, kind):
        found = probed(replace(with_integers(ROWS, "b1", "b3", kind=kind), update=assigned))
        assert found.status == "present"
        assert [one["name"] for one in found.numbers["steps"]] == ["b1", "b3"]
        assert f"b1 is drawn as {kind}: of a step of 0.0" in found.observed
        assert "on float64, 100% is lost" in found.observed
        assert found.advice == "draw b1, b3 as floats, as by np.zeros(shape)"

    def test_a_step_that_numpy_refuses_is_let_through_and_diagnosed(self):
        one = replace(with_integers(ROWS, "b2"), update=in_place)
        check(one, images())
        report = diagnose(one, data=images(), seeds=2, select=["integer-dtype"])
        (found,) = report.findings[one.name]
        assert found.status == "present"
        assert "the update stops with Cannot cast ufunc 'subtract' output" in found.observed
        assert report.causes["balanced_accuracy"].verdicts["integer-dtype"].verdict == "cause"

    def test_weights_of_whole_numbers_blind_the_network(self):
        def init(seed):
            random = np.random.default_rng(seed)
            drawn = ROWS.init(seed)
            return {name: random.integers(-1, 2, one.shape) for name, one in drawn.items()}

        one = replace(ROWS, init=init, update=assigned)
        report = diagnose(one, data=images(), seeds=2, select=["integer-dtype"])
        assert report.causes["balanced_accuracy"].verdicts["integer-dtype"].verdict == "cause"

    def test_a_first_step_that_makes_floats_is_a_trap(self):
        def descend(parameters, gradients, rate):
            return {name: one - rate * gradients[name] for name, one in parameters.items()}

        assert probed(replace(with_integers(ROWS, "b1"), update=descend)).status == "absent"

    def test_other_steps_that_stop_are_still_refused(self):
        def update(parameters, gradients, rate):
            return {name: one - rate * [gradients[name]] for name, one in parameters.items()}

        for one in (ROWS, with_integers(ROWS, "b1")):
            with pytest.raises(BadInputError, match=r"update .* stopped at .* TypeError"):
                check(replace(one, update=update), images())


class TestGradientsLikeTheParameters:
    """Gradients that are summed up in ``np.zeros_like`` of an integer parameter."""

    def summing(self, add):
        def backward(parameters, trace, x, labels):
            found = ROWS.backward(parameters, trace, x, labels)
            sums = {name: np.zeros_like(one) for name, one in parameters.items()}
            for name, one in sums.items():
                add(one, found[name])
            return sums

        def update(parameters, gradients, rate):
            return {name: one - rate * gradients[name] for name, one in parameters.items()}

        one = with_integers(ROWS, "b1", "b2")
        one = replace(one, backward=backward, update=update)
        check(one, images())
        return one

    def test_a_sum_that_numpy_refuses(self):
        def add(total, one):
            total += one

        one = self.summing(add)
        found = probed(one)
        assert found.status == "present"
        assert "with parameters as integers a pass stops with Cannot cast ufunc" in found.observed
        assert found.advice == "draw b1, b2 as floats, as by np.zeros(shape)"
        others = Trainer(data=images(), epochs=4)
        wrong, right = (
            {
                found.defect
                for found in probe(net, others, DEFECTS, (0, 1, 2))
                if found.status in ("present", "error")
            }
            for net in (one, ROWS)
        )
        assert wrong - right == {"integer-dtype"}

    def test_a_sum_that_is_cut_off(self):
        def add(total, one):
            total[...] = one

        found = probed(self.summing(add))
        assert found.status == "present"
        assert "the gradient of b1 is off by " in found.observed


class TestInputs:
    def test_bytes_that_overflow(self):
        found = probed(replace(ROWS, prepare=lambda im: (im - 128).reshape(len(im), -1) / 128))
        assert found.status == "present"
        assert found.numbers["overflow"]["as_float"] < 0 < found.numbers["overflow"]["as_found"]
        below = float((images().images[integer_images.looked_at(images().images)] < 128).mean())
        assert found.numbers["overflow"]["share"] == pytest.approx(below)
        assert "make floats of the images first" in found.advice

    @pytest.mark.parametrize(
        "wrapping",
        [lambda im: im * 2 / 255, lambda im: -im / 255, lambda im: (im - im.min()) * 3 / 255],
    )
    def test_other_overflows(self, wrapping):
        found = probed(replace(ROWS, prepare=lambda im: wrapping(im).reshape(len(im), -1)))
        assert found.numbers["overflow"]

    @pytest.mark.parametrize(
        "cut",
        [
            lambda im: im // im.max(),
            lambda im: (im / im.max()).astype(np.uint8),
            lambda im: (im // im.max()).astype(float),
            lambda im: ((im // im.max()) - 0.1) / 0.3,
        ],
    )
    def test_pixels_that_are_cut_off(self, cut):
        found = probed(replace(ROWS, prepare=lambda im: cut(im).reshape(len(im), -1)))
        assert found.status == "present"
        assert found.numbers["shades"]["share"] > 0.9
        assert "leaves two values" in found.observed

    def test_cut_off_pixels_blind_the_network_and_the_repair_cures_it(self):
        one = replace(ROWS, prepare=lambda im: im.reshape(len(im), -1) // 209, epochs=5)
        report = diagnose(one, data=images(), seeds=2, select=["integer-dtype"])
        cause = report.causes["balanced_accuracy"]
        assert cause.verdicts["integer-dtype"].verdict == "cause"
        assert cause.found < 0.5 < cause.repaired

    @pytest.mark.parametrize(
        "prepare",
        [
            lambda im: im.reshape(len(im), -1),
            lambda im: im.reshape(len(im), -1) / 255,
            lambda im: im.reshape(len(im), -1).astype(np.float32) / 255,
            lambda im: im.reshape(len(im), -1) / np.float16(255),
            lambda im: im.reshape(len(im), -1) - 128.0,
            lambda im: (im.reshape(len(im), -1) > 127).astype(int),
            lambda im: im.reshape(len(im), -1) // 128,
            lambda im: im.reshape(len(im), -1) > 0,
            lambda im: (im / 255 if im.dtype == np.uint8 else im).reshape(len(im), -1),
            lambda im: np.linspace(-1, 1, 256)[im.reshape(len(im), -1)],
            lambda im: (im.reshape(len(im), -1) - im.mean()) / im.std(),
        ],
    )
    def test_traps(self, prepare):
        assert probed(replace(ROWS, prepare=prepare)).status == "absent"

    def test_pictures_that_are_black_and_white_anyway(self):
        data = images()
        data = replace(data, images=(data.images > 120).astype(np.uint8) * 255)
        one = replace(ROWS, prepare=lambda im: im.reshape(len(im), -1) // 255)
        assert probed(one, data).status == "absent"

    def test_products_of_bytes_that_overflow(self):
        one = with_integers(ROWS, "W1", kind=np.int8)

        def init(seed):
            random = np.random.default_rng(seed)
            return ROWS.init(seed) | {"W1": random.integers(-2, 3, (36, 7)).astype(np.int8)}

        def prepare(pictures):
            return (pictures.reshape(len(pictures), -1) // 2).astype(np.int8)

        found = probed(replace(one, init=init, prepare=prepare))
        assert found.status == "present"
        assert "the logits are off by " in found.observed
        mended = DEFECT.repair(replace(one, init=init, prepare=prepare), found.numbers)
        assert probed(mended).status == "absent"


class TestFractionsCutOff:
    """Data of fractions, as measured, and a preparation that makes whole numbers of them."""

    @staticmethod
    def measured(kind=float):
        random = np.random.default_rng(0)
        one = images()
        return replace(one, images=(random.normal(0, 3, one.images.shape)).astype(kind))

    @pytest.mark.parametrize(
        "prepare",
        [
            lambda x: (x.reshape(len(x), -1) / 2).astype(int),
            lambda x: x.reshape(len(x), -1).astype(int) // 2,
            lambda x: np.round(x.reshape(len(x), -1)),
            lambda x: np.array((x.reshape(len(x), -1) + 5) / 4, dtype=np.int64),
        ],
        ids=["cast", "floor division", "rounded", "shifted"],
    )
    def test_found_with_how_much_is_lost_and_repaired_by_the_line(self, prepare):
        data, one = self.measured(), replace(ROWS, prepare=prepare)
        found = probed(one, data=data)
        assert found.status == "present"
        assert "whole numbers of" in found.observed
        assert 0.05 < found.numbers["cut"]["lost"] < 1
        mended = DEFECT.repair(one, found.numbers)
        assert probed(mended, data=data).status == "absent"
        rows, line = prepare(data.images), mended.prepare(data.images)
        assert np.abs(rows - line).max() < integer_images.WHOLES
        assert mended.prepare == DEFECT.repair(one, found.numbers).prepare

    @pytest.mark.parametrize(
        "prepare",
        [
            lambda x: (x.reshape(len(x), -1) > 0).astype(int),
            lambda x: (x.reshape(len(x), -1) * 100).astype(int),
            lambda x: np.argsort(x.reshape(len(x), -1), axis=1),
            lambda x: x.reshape(len(x), -1) / 3,
        ],
        ids=["categories", "fine steps", "ranks", "fractions"],
    )
    def test_traps(self, prepare):
        assert not probed(replace(ROWS, prepare=prepare), data=self.measured()).numbers["cut"]


class TestSignedBytes:
    def test_the_brighter_half_is_found_and_repaired(self):
        def prepare(pixels):
            return pixels.reshape(len(pixels), -1).astype(np.int8) / 128

        one = replace(ROWS, prepare=prepare)
        found = probed(one)
        assert found.status == "present"
        assert "reads bytes as signed ones: from gray 128 on" in found.observed
        mended = DEFECT.repair(one, found.numbers)
        pixels = images().images
        np.testing.assert_allclose(mended.prepare(pixels), pixels.reshape(len(pixels), -1) / 128)
        assert probed(mended).status == "absent"

    @pytest.mark.parametrize(
        "prepare",
        [
            lambda x: x.reshape(len(x), -1) / 255,
            lambda x: np.sqrt(x.reshape(len(x), -1)),
            lambda x: np.where(x.reshape(len(x), -1) > 128, 1.0, 0.0),
        ],
    )
    def test_traps(self, prepare):
        assert not probed(replace(ROWS, prepare=prepare)).numbers["wrapped"]


class TestWithin:
    def test_a_hidden_layer_cast_to_integers(self):
        def forward(parameters, x):
            trace = ROWS.forward(parameters, x)
            hidden = trace["A1"].astype(int)
            after = ROWS.forward({**parameters, "W1": np.eye(36)[:, :7]}, x)
            return {**after, **trace, "A1": hidden}

        found = probed(replace(ROWS, forward=forward))
        assert found.status == "present"
        assert [one["name"] for one in found.numbers["arrays"]] == ["A1"]
        assert "A1 is cast to int64, which takes " in found.observed
        mended = DEFECT.repair(replace(ROWS, forward=forward), found.numbers)
        assert probed(mended).status == "absent"

    def test_a_gradient_cast_to_integers(self):
        def backward(parameters, trace, x, labels):
            found = ROWS.backward(parameters, trace, x, labels)
            return {**found, "W2": (0.3 * found["W2"]).astype(int)}

        one = replace(ROWS, backward=backward)
        found = probed(one)
        assert "the gradient of W2 is cast to int64, which takes 100% of it away" in found.observed
        mended = DEFECT.repair(one, found.numbers)
        assert mended == DEFECT.repair(one, found.numbers)
        assert probed(mended).status == "absent"
        trainer = Trainer(data=images(), epochs=1)
        mine, right = trainer.run(mended, 0), trainer.run(ROWS, 0)
        assert mine.parameters["W2"] == pytest.approx(right.parameters["W2"], abs=1e-9)

    def test_masks_in_the_trace_and_counts_are_traps(self):
        def forward(parameters, x):
            trace = ROWS.forward(parameters, x)
            return {**trace, "mask": trace["Z1"] > 0, "said": trace["A3"].argmax(axis=1)}

        assert probed(replace(ROWS, forward=forward)).status == "absent"


def init():
    return (np.random.randn(36, 6) / 6, np.zeros(6, int), np.random.randn(6, CLASSES) / 3,
            np.zeros(CLASSES, int))  # fmt: skip


class Net(built.Net):
    def __init__(self):
        self.W1, self.b1, self.W2, self.b2 = init()

    def step(self, lr):
        gradients = self.dW1, self.db1, self.dW2, self.db2
        built.in_place(self.W1, self.b1, self.W2, self.b2, *gradients, lr)


BUILT = [
    built.functions(built.in_place, name="functions", init=init, batch_size=8),
    built.thing(Net, name="object", batch_size=8),
]


@pytest.mark.parametrize("one", BUILT, ids=lambda one: one.name)
def test_through_the_builders(one):
    check(one, images())
    report = diagnose(one, data=images(), seeds=1, select=["integer-dtype"])
    (found,) = report.findings[one.name]
    assert found.status == "present"
    assert {step["name"] for step in found.numbers["steps"]} == {"b1", "b2"}
    assert found.where.file == "tests/probes/test_integer_dtype.py"
    assert report.causes["balanced_accuracy"].found < report.causes["balanced_accuracy"].repaired


@pytest.mark.parametrize("one", WITH_BIAS, ids=lambda one: one.name)
def test_planted_it_is_found_and_repaired_it_is_gone(one):
    _, _, mended = planted_and_repaired(DEFECT, one)
    trainer = Trainer(data=images(), epochs=1, compiled_path=False)
    mine, right = (trainer.run(net, 0).parameters for net in (mended, one))
    for name, array in right.items():
        assert mine[name] == pytest.approx(array, abs=1e-4)


def test_without_biases_it_cannot_be_planted():
    with pytest.raises(ValueError, match="no biases"):
        DEFECT.inject(dense(bias="none", layout="rows"))


@pytest.mark.parametrize(
    "prepare", [lambda im: im - 128, lambda im: im // 209, lambda im: im.astype(np.int8), None]
)
def test_it_draws(prepare):
    one = ROWS
    if prepare is not None:
        one = replace(one, prepare=lambda im: prepare(im).reshape(len(im), -1))
    assert DEFECT.draw(probed(one).numbers).axes
