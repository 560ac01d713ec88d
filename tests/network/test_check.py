"""What does not fit is told in the author's terms before anything is trained."""

import time
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest

from buggy_reference import NETWORK as POST
from buggy_reference import REVISION
from diagnose.errors import BadInputError
from diagnose.instruments.admission import admit as check
from diagnose.network.declared import FUNCTIONS
from diagnose.probes import DEFECTS
from diagnose.study import diagnose
from fixed import NETWORK as FIXED
from tests.networks import correct_networks, dense, images

ROWS = dense(layout="rows", batch_size=8, bias="flat")


def refused(network, data=None) -> str:
    with pytest.raises(BadInputError) as caught:
        check(network, data or images())
    message = str(caught.value)
    assert message.startswith(f"{network.name}")
    assert "\n" not in message
    return message


def returning(function, **changes):
    """The function, with entries of the dict that it returns changed; None takes one out."""

    def changed(*arguments):
        found = dict(function(*arguments))
        for name, change in changes.items():
            if change is None:
                del found[name]
            else:
                found[name] = change(found[name])
        return found

    return changed


@pytest.mark.parametrize("network", correct_networks(), ids=lambda one: one.name)
def test_correct_networks_pass_and_with_every_planted_defect(network):
    check(network, images())
    for defect in DEFECTS:
        with suppress(ValueError):  # where it cannot be planted, it says why
            check(defect.inject(network), images())


def test_the_post_its_revision_and_its_twin_pass_quickly(digits):
    for network in (POST, REVISION, FIXED):
        check(network, digits)
        started = time.perf_counter()
        check(network, digits)
        assert time.perf_counter() - started < 0.05


def test_the_digits_and_the_trainings_are_left_alone(digits):
    before = digits.images.copy(), digits.labels.copy()
    check(POST, digits)
    assert np.array_equal(digits.images, before[0])
    assert np.array_equal(digits.labels, before[1])


def test_it_is_told_before_anything_is_trained(monkeypatch, few_digits):
    monkeypatch.setattr("diagnose.study.observe", lambda *_: pytest.fail("it was trained"))
    network = replace(FIXED, backward=returning(FIXED.backward, b2=None))
    with pytest.raises(BadInputError, match="there is none for b2"):
        diagnose(network, data=few_digits)


class TestParameters:
    def test_a_seed_that_gives_two_draws(self):
        random = np.random.default_rng()
        network = replace(ROWS, init=returning(ROWS.init, W1=lambda w: random.normal(size=w.shape)))
        assert "gives two different W1 when called twice with the same seed" in refused(network)

    def test_no_dict(self):
        network = replace(ROWS, init=lambda seed: tuple(ROWS.init(seed).values()))
        message = refused(network)
        assert "returned a tuple of 6, expected the parameters, a dict of name and array" in message

    def test_a_layer_with_a_name_that_is_not_drawn(self):
        wrong = replace(ROWS.layers[1], bias="c2")
        network = replace(ROWS, layers=(ROWS.layers[0], wrong, ROWS.layers[2]))
        assert "returned W1, b1, W2, b2, W3, b3, and layer 2 names the bias c2" in refused(network)

    def test_a_weight_that_is_no_matrix(self):
        network = replace(ROWS, init=returning(ROWS.init, W2=np.ravel))
        assert "returned W2 of shape (35,), expected a matrix" in refused(network)

    def test_a_parameter_that_is_no_array(self):
        network = replace(ROWS, init=returning(ROWS.init, b1=list))
        assert "returned a list of 7 for b1, expected an array of numbers" in refused(network)


class TestSamples:
    def test_another_number_of_features(self):
        network = replace(ROWS, prepare=lambda pictures: ROWS.prepare(pictures)[:, ::2])
        message = refused(network)
        assert "takes 36 numbers per image (W1 is (36, 7), in rows)" in message
        assert "patches (6x6 pixels)" in message
        assert "makes 18" in message

    def test_the_other_layout_is_offered(self):
        assert 'or is layout="rows" meant?' in refused(replace(ROWS, layout="columns"))

    def test_prepare_that_makes_no_rows(self):
        network = replace(ROWS, prepare=lambda pictures: pictures)
        message = refused(network)
        assert "called with images (8, 6, 6), returned an array (8, 6, 6)" in message
        assert "expected (8, features): a row for each image" in message

    def test_prepare_that_changes_the_images_is_left_to_its_probe(self):
        def prepare(pictures):
            pictures //= 2
            return ROWS.prepare(pictures)

        check(replace(ROWS, prepare=prepare), images())
        assert images().images.max() > 127

    def test_labels_out_of_range(self):
        data = images()
        low = replace(data, labels=data.labels - 1)
        assert "the label -1" in _message(ROWS, low)
        assert "the label 3, and" in _message(replace(ROWS, classes=3), data)

    @pytest.mark.parametrize(
        ("order", "message"),
        [
            (lambda labels, *_: np.arange(len(labels) + 1), "the number 240, expected 0 to 239"),
            (lambda labels, *_: np.arange(len(labels)) - 1, "the number -1, expected 0 to 239"),
            (lambda labels, *_: labels == 0, "of bool, expected the whole numbers of the samples"),
            (lambda labels, *_: labels / 1, "of float64, expected the whole numbers"),
            (lambda labels, *_: None, "returned None of object, expected the whole numbers"),
            (lambda labels, *_: [], "expected the whole numbers of the samples"),
        ],
    )
    def test_orders_that_are_none(self, order, message):
        assert message in refused(replace(ROWS, order=order))

    def test_a_range_is_an_order(self):
        check(replace(ROWS, order=lambda labels, *_: range(len(labels))), images())

    @pytest.mark.parametrize(
        ("rate", "message"),
        [
            (lambda epoch: float("nan"), "called with epoch 0, returned nan, expected a finite"),
            (lambda epoch: None, "called with epoch 0, returned None, expected a finite number"),
            (lambda epoch: 1 / (1 - epoch), "called with epoch 1, stopped at tests/network/"),
            (0.1, "learning_rate is a value of type float; give a function"),
        ],
    )
    def test_rates_that_are_none(self, rate, message):
        assert message in refused(replace(ROWS, learning_rate=rate))


def _message(network, data) -> str:
    with pytest.raises(BadInputError) as caught:
        check(network, data)
    return str(caught.value)


class TestForward:
    def test_no_dict(self):
        network = replace(ROWS, forward=lambda p, x: ROWS.forward(p, x)["A3"])
        assert "returned an array (8, 4), expected every intermediate array" in refused(network)

    def test_a_name_that_is_not_returned(self):
        message = refused(replace(ROWS, forward=returning(ROWS.forward, Z2=None)))
        assert "called with x (8, 36), W1 (36, 7), b1 (7,)" in message
        assert "returned Z1, A1, A2, Z3, A3, and layer 2 names Z2 as its pre" in message

    def test_parameters_that_move_while_predicting(self):
        def forward(parameters, x):
            parameters["W1"] += 0.1
            parameters["b2"] = parameters["b2"] + 1
            return ROWS.forward(parameters, x)

        message = refused(replace(ROWS, forward=forward))
        assert "changes W1 and b2 while it only predicts" in message

    def test_two_answers_to_one_question(self):
        random = np.random.default_rng(0)

        def drops(parameters, x):
            return ROWS.forward(parameters, x * (random.random(x.shape) > 0.5))

        message = refused(replace(ROWS, forward=drops))
        assert "gives two different A3 when called twice with the same parameters" in message

    def test_probabilities_that_sum_to_one_along_no_axis(self):
        def forward(parameters, x):
            trace = ROWS.forward(parameters, x)
            return {**trace, "A3": 1 / (1 + np.exp(-trace["Z3"]))}

        message = refused(replace(ROWS, forward=forward))
        assert "returned A3 (8, 4), which sums to " in message
        assert "along its classes (axis 1) and to " in message
        assert "along its samples (axis 0), expected 1 along its classes" in message

    @pytest.mark.parametrize("axis", [0, None])
    def test_a_softmax_over_another_axis_is_left_to_its_probe(self, axis):
        def forward(parameters, x):
            trace = ROWS.forward(parameters, x)
            powers = np.exp(trace["Z3"])
            return {**trace, "A3": powers / powers.sum(axis=axis, keepdims=True)}

        check(replace(ROWS, forward=forward), images())

    def test_overflow_is_left_to_its_probe(self):
        check(replace(ROWS, forward=returning(ROWS.forward, A3=lambda a: a * np.nan)), images())

    def test_outputs_that_lie_on_their_side(self):
        network = replace(ROWS, forward=returning(ROWS.forward, A3=np.transpose))
        assert "returned A3 (4, 8), expected (8, 4), as layout='rows' has it" in refused(network)

    def test_one_vector_for_a_sample(self):
        network = replace(ROWS, batch_size=1, forward=returning(ROWS.forward, A3=np.ravel))
        message = refused(network)
        assert "returned A3 (4,), expected (1, 4); if it takes one sample as a vector" in message

    def test_another_number_of_classes(self):
        message = refused(replace(ROWS, classes=10))
        assert "returned A3 (8, 4), expected (8, 10): 10 outputs, by classes=10" in message


class TestBackward:
    def test_a_missing_gradient(self):
        message = refused(replace(ROWS, backward=returning(ROWS.backward, b2=None)))
        assert message.endswith(
            "returned gradients of W3, b3, W2, W1, b1, and there is none for b2; return one for "
            "each parameter, under its name"
        )

    def test_a_missing_gradient_that_the_update_does_not_need_is_left_to_its_probe(self):
        def update(parameters, gradients, rate):
            steps = {name: parameters[name] - rate * one for name, one in gradients.items()}
            return {**parameters, **steps}

        network = replace(ROWS, backward=returning(ROWS.backward, b2=None), update=update)
        check(network, images())

    def test_a_gradient_of_another_shape(self):
        message = refused(replace(ROWS, backward=returning(ROWS.backward, W1=np.transpose)))
        assert "does not fit: W1 is (36, 7) but its gradient is (7, 36)" in message

    def test_a_wrong_gradient_and_writes_are_left_to_their_probes(self):
        def backward(parameters, trace, x, labels):
            gradients = ROWS.backward(parameters, trace, x, labels)
            trace["Z1"][...] = 0
            x[...] = 0
            return {name: -3 * one for name, one in gradients.items()}

        check(replace(ROWS, backward=backward), images())

    def test_no_dict(self):
        network = replace(ROWS, backward=lambda *given: None)
        assert "returned None, expected the gradients, in a dict" in refused(network)


class TestUpdate:
    def test_nothing_returned(self):
        network = replace(ROWS, update=lambda *given: None)
        assert "returned None, expected the parameters after the step" in refused(network)

    def test_a_parameter_that_is_lost(self):
        network = replace(ROWS, update=returning(ROWS.update, W2=None))
        assert "returned W1, b1, b2, W3, b3, and W2 is missing" in refused(network)


class TestOwnCode:
    def test_what_it_raises_is_shown_with_its_own_line(self):
        def backward(parameters, trace, x, labels):
            return trace["Z1"] @ parameters["W3"]  # does not fit

        message = refused(replace(ROWS, backward=backward, code={"backward": backward}))
        line = backward.__code__.co_firstlineno
        assert (
            f"backward (tests/network/test_check.py:{line}) called with x (8, 36), W1 " in message
        )
        assert "labels (8,), stopped at " in message
        assert f"stopped at tests/network/test_check.py:{line + 1}: ValueError: matmul" in message
        assert 'in `return trace["Z1"] @ parameters["W3"]' in message

    def test_a_function_of_another_name_is_named_with_its_role(self):
        def back_propagation(parameters, trace, x, labels):
            return None

        network = replace(ROWS, backward=back_propagation, code={"backward": back_propagation})
        assert "backward, which is back_propagation (tests/network/test_check" in refused(network)

    def test_a_function_that_takes_other_arguments(self):
        def forward(x):
            return {}

        message = refused(replace(ROWS, forward=forward))
        assert "forward() takes 1 positional argument but 2 were given" in message

    def test_targets_that_cannot_be_made(self):
        def encode(labels):
            return np.eye(2)[labels]

        message = refused(replace(ROWS, encode=encode, loss="squared-error"))
        assert "encode (tests/network/test_check.py:" in message
        assert ") called with labels (8,), stopped at tests/network/test_check.py:" in message
        assert "IndexError: index" in message

    def test_ctrl_c_goes_through(self):
        def init(seed):
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            check(replace(ROWS, init=init), images())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"layers": ()}, "layers is empty"),
        ({"batch_size": 0}, "batch_size is 0; give a whole number from 1"),
        ({"epochs": 2.5}, "epochs is 2.5; give a whole number from 1"),
        ({"prepare": None}, "prepare is None; give a function"),
    ],
)
def test_a_record_that_is_not_filled_in(changes, message):
    assert message in refused(replace(ROWS, **changes))


def test_every_function_of_the_contract_is_checked():
    assert set(FUNCTIONS) == {
        name for name, kind in type(ROWS).__annotations__.items() if kind.startswith("Callable[[")
    } - {"encode", "data", "accuracy", "tests_on", "whole", "ahead"}
