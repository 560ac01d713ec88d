"""Arrays that are one where two are meant: what each kind of sharing does, and the traps."""

from dataclasses import replace

import numpy as np
import pytest

from diagnose.instruments.admission import admit as check
from diagnose.probes import aliased_arrays, inplace_mutation
from diagnose.study import diagnose
from diagnose.training.trainer import Trainer
from tests.calculus.test_losses import BINARY, MULTI
from tests.networks import CLASSES, bench, correct_networks, dense, images
from tests.probes import built
from tests.probes.updating import in_place
from tests.regression import NETWORKS as REGRESSIONS

DEFECT = aliased_arrays.DEFECT
SINE = REGRESSIONS[0]
ROWS = dense(layout="rows", batch_size=8, bias="flat", hidden=(7, 7))


def probed(one, data=None):
    """The finding; and what is handed in, data and draws, is as it was."""
    data = data or images(classes=one.classes)
    before = data.images.copy(), data.labels.copy()
    found = DEFECT.probe(bench(one, data=data))
    assert found.status != "error", found.observed
    assert np.array_equal(data.images, before[0])
    assert np.array_equal(data.labels, before[1])
    return found


def kinds(found):
    return {kind for kind in aliased_arrays.ROLES if found.numbers[kind]}


def mended(one):
    found = probed(one)
    assert found.status == "present"
    repaired = DEFECT.repair(one, found.numbers)
    assert repaired == DEFECT.repair(one, found.numbers)
    assert probed(repaired).status == "absent"
    return repaired


@pytest.mark.parametrize("one", [*correct_networks(), *MULTI, *BINARY], ids=lambda one: one.name)
def test_correct_networks_raise_nothing_with_any_kind_of_step(one):
    assert probed(one).status == "absent"
    assert probed(replace(one, update=in_place)).status == "absent"


class TestDraws:
    def test_one_draw_for_all(self):
        drawn = ROWS.init(0)
        one = replace(ROWS, init=lambda seed: dict(drawn), update=in_place)
        before = {name: array.copy() for name, array in drawn.items()}
        found = probed(one)
        assert kinds(found) == {"draws"}
        assert (
            "init gives the same arrays each time for W1, b1, W2, b2, W3 and b3" in found.observed
        )
        assert all(np.array_equal(drawn[name], before[name]) for name in drawn)
        mended(one)

    def test_one_draw_that_is_never_written_into_is_a_trap(self):
        drawn = ROWS.init(0)
        assert probed(replace(ROWS, init=lambda seed: dict(drawn))).status == "absent"

    def test_arrays_that_each_draw_fills_anew(self):
        drawn = ROWS.init(0)

        def init(seed):
            for name, one in ROWS.init(seed).items():
                drawn[name][...] = one
            return dict(drawn)

        one = replace(ROWS, init=init)
        assert kinds(probed(one)) == {"draws"}
        mended(one)

    def test_trainings_begin_afresh_all_the_same(self):
        drawn = ROWS.init(0)
        one = replace(ROWS, init=lambda seed: dict(drawn), update=in_place)
        for fast in (True, False):
            trainer = Trainer(data=images(), epochs=1, compiled_path=fast)
            first = trainer.run(one, 0).parameters["W1"].copy()
            second = trainer.run(replace(one, name="again"), 0).parameters["W1"]
            assert np.array_equal(first, second)


class TestTwins:
    def twins(self, update=in_place):
        def init(seed):
            drawn = ROWS.init(seed)
            return {**drawn, "b2": drawn["b1"]}

        return replace(ROWS, init=init, update=update)

    def test_two_biases_that_are_one(self):
        found = probed(self.twins())
        assert kinds(found) == {"twins"}
        assert "b1 and b2 are one array: a step takes them " in found.observed
        mended(self.twins())

    def test_a_step_that_parts_them_is_a_trap(self):
        assert probed(self.twins(ROWS.update)).status == "absent"

    def test_the_training_as_found_has_them_as_one(self):
        trainer = Trainer(data=images(), epochs=1)
        run = trainer.run(self.twins(), 0)
        assert run.path == "own functions"
        assert np.array_equal(run.parameters["b1"], run.parameters["b2"])

    def test_one_long_vector_and_tied_weights_are_traps(self):
        def parts(seed):
            drawn = ROWS.init(seed)
            long = np.concatenate([one.ravel() for one in drawn.values()])
            ends = np.cumsum([one.size for one in drawn.values()])
            return {
                name: long[end - one.size : end].reshape(one.shape)
                for (name, one), end in zip(drawn.items(), ends, strict=True)
            }

        assert probed(replace(ROWS, init=parts, update=in_place)).status == "absent"
        mirrored = dense(layout="rows", bias="flat", hidden=(4, 6), batch_size=2)

        def tied(seed):
            drawn = mirrored.init(seed)
            return {**drawn, "W3": drawn["W2"].T}

        assert probed(replace(mirrored, init=tied, update=in_place)).status == "absent"


class TestPasses:
    def test_a_forward_pass_with_a_buffer(self):
        buffers = {}

        def forward(parameters, x):
            trace = ROWS.forward(parameters, x)
            out = buffers.setdefault(len(x), np.empty_like(trace["A1"]))
            out[...] = trace["A1"]
            return {**trace, "A1": out}

        one = replace(ROWS, forward=forward)
        found = probed(one)
        assert kinds(found) == {"trace"}
        assert "arrays that forward returned change when forward runs on other" in found.observed
        assert inplace_mutation.DEFECT.probe(bench(one)).status == "absent"
        mended(one)

    def test_a_buffer_for_the_answers_does_not_make_all_answers_alike(self):
        out = np.empty((1, CLASSES))

        def forward(parameters, x):
            trace = ROWS.forward(parameters, x)
            if len(x) > 1:
                return trace
            out[...] = trace["A3"]
            return {**trace, "A3": out}

        trainer = Trainer(data=images(), epochs=3, compiled_path=False)
        one = replace(ROWS, forward=forward)
        run = trainer.run(one, 0)
        assert trainer.symptoms(one, run).input_dependence > 0.05

    def test_gradients_in_a_buffer_and_a_step_that_returns_them(self):
        buffers = {name: np.empty_like(one) for name, one in ROWS.init(0).items()}

        def backward(parameters, trace, x, labels):
            for name, one in ROWS.backward(parameters, trace, x, labels).items():
                buffers[name][...] = one
            return dict(buffers)

        def update(parameters, gradients, rate):
            for name, one in gradients.items():
                one *= -rate
                one += parameters[name]
            return dict(gradients)

        assert kinds(probed(replace(ROWS, backward=backward))) == {"gradients"}
        both = replace(ROWS, backward=backward, update=update)
        found = probed(both)
        assert kinds(found) == {"gradients", "steps"}
        assert "parameters that update returned change when the next pass runs" in found.observed
        mended(both)
        assert probed(replace(ROWS, update=update)).status == "absent"

    def test_a_pass_that_writes_into_what_it_is_handed_is_the_other_defect(self):
        def backward(parameters, trace, x, labels):
            found = ROWS.backward(parameters, trace, x, labels)
            trace["Z1"][...] = trace["Z1"] > 0
            x[...] = 0
            return found

        one = replace(ROWS, backward=backward)
        assert probed(one).status == "absent"
        assert inplace_mutation.DEFECT.probe(bench(one)).status == "present"


class TestData:
    def test_labels_shuffled_without_their_images(self):
        def order(labels, epoch, seed):
            np.random.default_rng([seed, epoch]).shuffle(labels)
            return np.arange(len(labels))

        one = replace(ROWS, order=order, epochs=5)
        check(one, images())
        report = diagnose(one, data=images(), seeds=2, select=["aliased-arrays", "class-order"])
        cause = report.causes["balanced_accuracy"]
        assert cause.verdicts["aliased-arrays"].verdict == "cause"
        assert cause.found < 0.5
        found = {one.defect: one for one in report.findings[one.name]}["aliased-arrays"]
        assert "order changes the labels that it is handed" in found.observed
        assert found.numbers["labels"] > 0.5

    def test_images_shuffled_without_their_labels(self):
        def prepare(pictures):
            rows = ROWS.prepare(pictures)
            np.random.default_rng(len(rows)).shuffle(rows)
            return rows

        one = replace(ROWS, prepare=prepare)
        found = probed(one)
        assert kinds(found) == {"rows"}
        assert found.numbers["rows"] > 0.9
        assert "a row that is another image's" in found.observed

    def test_pixels_shuffled_away_are_mended_one_by_one(self):
        def prepare(pictures):
            rows = pictures.reshape(len(pictures), -1) / 128 - 0.5
            np.random.shuffle(rows)
            return rows

        state = np.random.get_state()
        one = replace(ROWS, prepare=prepare, epochs=5)
        report = diagnose(one, data=images(), seeds=2, select=["aliased-arrays"])
        np.random.set_state(state)
        assert report.causes["balanced_accuracy"].verdicts["aliased-arrays"].verdict == "cause"
        assert report.causes["balanced_accuracy"].repaired > 0.8

    def test_images_that_prepare_writes_into(self):
        def prepare(pictures):
            pictures //= 2
            return pictures.reshape(len(pictures), -1) / 128

        one = replace(ROWS, prepare=prepare)
        found = probed(one)
        assert kinds(found) == {"images"}
        assert found.numbers["images"] > 0.9
        mended(one)

    @pytest.mark.parametrize(
        "prepare",
        [
            lambda im: (im.reshape(len(im), -1) - im.mean()) / im.std(),
            lambda im: (im.reshape(len(im), -1) - im.mean(axis=0).ravel()) / 255,
            lambda im: im.reshape(len(im), -1) / im.max(),
            lambda im: im.reshape(len(im), -1) / 255 + np.random.default_rng().normal(0, 0.1),
        ],
    )
    def test_preparations_that_know_the_batch_are_traps(self, prepare):
        assert probed(replace(ROWS, prepare=prepare)).status == "absent"


def init(rng):
    b = np.zeros(CLASSES)
    return rng.normal(0, 1 / 6, (36, 4)), b, rng.normal(0, 1 / 2, (4, CLASSES)), b


def test_through_a_builder():
    one = built.functions(built.in_place, name="built", init=init, epochs=3, batch_size=8)
    check(one, images())
    found = probed(one)
    assert kinds(found) == {"twins"}
    assert found.numbers["twins"][0]["names"] == ["b1", "b2"]
    assert found.where.file == "tests/probes/test_aliased_arrays.py"
    mended(one)


class TestTargets:
    """Tables of targets: filled once and again, cleared in between, or only shown."""

    @staticmethod
    def encoding(way):
        table = np.zeros((100, CLASSES))

        def encode(labels):
            made = table[: len(labels)]
            if way == "cleared":
                made[...] = 0
            made[np.arange(len(labels)), labels] = 1
            return made

        shown = np.eye(CLASSES)
        return {"new": lambda labels: shown[labels], "shown": lambda labels: shown[labels[0]]}.get(
            way, encode
        )

    def network(self, way, epochs=2):
        """The author's own backward asks for the targets as well."""
        encode = self.encoding(way)
        correct = dense(layout="rows", batch_size=8, bias="flat", epochs=epochs)

        def backward(parameters, trace, x, labels):
            right = correct.backward(parameters, trace, x, labels)
            off = encode(labels) - np.eye(CLASSES)[labels]
            return right | {
                "W3": right["W3"] - trace["A2"].T @ off / len(labels),
                "b3": right["b3"] - off.mean(axis=0),
            }

        return replace(correct, encode=encode, backward=backward)

    def test_marks_that_are_left_are_found_and_cause_it_and_are_repaired(self):
        one = self.network("left", epochs=4)
        found = probed(one)
        assert kinds(found) == {"targets"}
        assert "the targets of earlier labels are left in those of later ones" in found.observed
        assert probed(DEFECT.repair(one, found.numbers)).status == "absent"
        report = diagnose(one, data=images(), seeds=2, select=["aliased-arrays"])
        cause = report.causes["balanced_accuracy"]
        assert cause.minimal_repairs == [["aliased-arrays"]]
        assert cause.repaired > 0.9

    @pytest.mark.parametrize("way", ["cleared", "new"])
    def test_traps(self, way):
        assert probed(self.network(way)).status == "absent"

    def test_a_table_that_is_only_shown_stays_as_it_is(self):
        table = np.eye(CLASSES)
        one = replace(dense(), encode=lambda labels: table[labels[0]][None])
        assert not aliased_arrays._targets(one, np.array([2, 1, 0]))
        assert (table == np.eye(CLASSES)).all()


@pytest.mark.parametrize("one", correct_networks(), ids=lambda one: one.name)
def test_planted_it_is_found_and_repaired_it_is_gone(one):
    planted = DEFECT.inject(one)
    assert planted == DEFECT.inject(one)
    check(planted, images())
    assert kinds(probed(planted)) == {"labels"}
    trainer = Trainer(data=images(), epochs=1, compiled_path=False)
    right = trainer.run(one, 0).parameters
    for name, array in trainer.run(mended(planted), 0).parameters.items():
        assert np.array_equal(array, right[name])


def test_the_compiled_loop_trains_with_the_labels_that_the_order_leaves():
    planted = DEFECT.inject(ROWS)
    trainer, own = (Trainer(data=images(), epochs=2, compiled_path=one) for one in (True, False))
    mine, theirs = (one.run(planted, 0).parameters for one in (trainer, own))
    assert trainer.own == {}
    for name, array in theirs.items():
        assert mine[name] == pytest.approx(array, rel=1e-8, abs=1e-12)


def test_the_compiled_loop_leaves_changed_numbers_to_the_networks_own_functions():
    trainer = Trainer(data=SINE.data(), epochs=1)
    trainer.run(DEFECT.inject(SINE), 0)
    assert trainer.own == {"order changes the numbers that it is handed as labels": 1}


def test_it_draws():
    assert DEFECT.draw(probed(DEFECT.inject(ROWS)).numbers).axes
    assert DEFECT.draw(probed(ROWS).numbers).axes
