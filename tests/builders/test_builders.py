"""Networks written by hand in the usual styles, handed over: each trains as it does by hand."""

import inspect
import textwrap

import numpy as np
import pytest
from joblib import Parallel, delayed

from diagnose.builders import from_functions, from_layers, from_object
from diagnose.calculus.gradients import exact_gradients
from diagnose.errors import BadInputError
from diagnose.instruments.admission import admit as check
from diagnose.network.samples import Data
from diagnose.training.loop import train

FEATURES, HIDDEN, CLASSES = 6, 5, 3
SAMPLES, EPOCHS, BATCH, RATE = 61, 3, 8, 0.3


def samples():
    rng = np.random.default_rng(5)
    x = rng.normal(size=(SAMPLES, FEATURES))
    return x, (x[:, 0] > 0).astype(int) + (x[:, 1] > 0)


X, LABELS = samples()
ONE_HOT = np.eye(CLASSES)[LABELS]
USUAL = {
    "learning_rate": RATE,
    "classes": CLASSES,
    "epochs": EPOCHS,
    "order": "shuffled",
    "data": (X, LABELS),
}
BATCHES = {"batch_size": BATCH, **USUAL}
ROWS = {"layout": "rows", **BATCHES}


def orders(seed):
    return [np.random.default_rng([seed, e]).permutation(SAMPLES) for e in range(EPOCHS)]


def one_by_one(seed):
    return np.concatenate(orders(seed))


def batches(seed):
    return [o[at : at + BATCH] for o in orders(seed) for at in range(0, SAMPLES, BATCH)]


def softmax(z, axis):
    powers = np.exp(z - z.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


# 1. Functions that take and return arrays by position; columns, one sample at a time, as the post.


class TupleFunctions:
    @staticmethod
    def init_setup():
        w1 = np.random.randn(HIDDEN, FEATURES) * 0.5
        b1 = np.random.rand(HIDDEN, 1) - 0.5
        w2 = np.random.randn(CLASSES, HIDDEN) * 0.5
        return w1, b1, w2, np.zeros((CLASSES, 1))

    @staticmethod
    def forward(A, w1, b1, w2, b2):
        z1 = w1 @ A + b1
        A1 = np.maximum(0, z1)
        z2 = w2 @ A1 + b2
        return z1, A1, z2, softmax(z2, 0)

    @staticmethod
    def back(A, z1, A1, prob, w2, Y):
        dz2 = prob - Y
        dz1 = (z1 > 0) * (w2.T @ dz2)
        return dz1, dz1 @ A.T, dz2 @ A1.T, dz2

    @staticmethod
    def step(lr, w1, b1, w2, b2, dw1, db1, dw2, db2):
        return w1 - lr * dw1, b1 - lr * db1, w2 - lr * dw2, b2 - lr * db2

    @classmethod
    def handed_over(cls):
        return from_functions(
            parameters="w1 b1 w2 b2",
            init=cls.init_setup,
            forward=cls.forward,
            trace="z1 A1 z2 prob",
            backward=cls.back,
            backward_takes="x z1 A1 prob w2 targets",
            gradients="b1 w1 w2 b2",
            update=cls.step,
            update_takes="rate w1 b1 w2 b2 dw1 db1 dw2 db2",
            layers=("w1 b1 z1 A1 relu", "w2 b2 z2 prob softmax"),
            **USUAL,
        )

    @classmethod
    def by_hand(cls, seed):
        np.random.seed(seed)
        w1, b1, w2, b2 = cls.init_setup()
        for i in one_by_one(seed):
            A, Y = X[i].reshape(-1, 1), ONE_HOT[i].reshape(-1, 1)
            z1, A1, _, prob = cls.forward(A, w1, b1, w2, b2)
            db1, dw1, dw2, db2 = cls.back(A, z1, A1, prob, w2, Y)
            w1, b1, w2, b2 = cls.step(RATE, w1, b1, w2, b2, dw1, db1, dw2, db2)
        return {"w1": w1, "b1": b1, "w2": w2, "b2": b2}


# 2. Functions that pass dicts around, columns in batches; the step writes into what it is handed.


class DictFunctions:
    @staticmethod
    def initialize_parameters(seed):
        rng = np.random.default_rng(seed)
        return {
            "W1": rng.normal(size=(HIDDEN, FEATURES)) * 0.5,
            "b1": np.zeros((HIDDEN, 1)),
            "W2": rng.normal(size=(CLASSES, HIDDEN)) * 0.5,
            "b2": np.zeros((CLASSES, 1)),
        }

    @staticmethod
    def forward_propagation(X, parameters):
        Z1 = parameters["W1"] @ X + parameters["b1"]
        A1 = np.tanh(Z1)
        Z2 = parameters["W2"] @ A1 + parameters["b2"]
        A2 = softmax(Z2, 0)
        return A2, {"Z1": Z1, "A1": A1, "Z2": Z2, "A2": A2, "W2": parameters["W2"]}

    @staticmethod
    def backward_propagation(cache, X, Y):
        m = X.shape[1]
        dZ2 = cache["A2"] - Y
        dZ1 = cache["W2"].T @ dZ2 * (1 - cache["A1"] ** 2)
        return {
            "dW2": dZ2 @ cache["A1"].T / m,
            "db2": dZ2.sum(axis=1, keepdims=True) / m,
            "dW1": dZ1 @ X.T / m,
            "db1": dZ1.sum(axis=1, keepdims=True) / m,
        }

    @staticmethod
    def update_parameters(parameters, grads, learning_rate):
        for name in parameters:
            parameters[name] = parameters[name] - learning_rate * grads["d" + name]

    @classmethod
    def handed_over(cls):
        return from_functions(
            parameters="W1 b1 W2 b2",
            init=cls.initialize_parameters,
            forward=cls.forward_propagation,
            trace="A2 cache",
            backward=cls.backward_propagation,
            update=cls.update_parameters,
            layers=("W1 b1 Z1 A1 tanh", "W2 b2 Z2 A2 softmax"),
            **BATCHES,
        )

    @classmethod
    def by_hand(cls, seed):
        parameters = cls.initialize_parameters(seed)
        for index in batches(seed):
            _, cache = cls.forward_propagation(X[index].T, parameters)
            grads = cls.backward_propagation(cache, X[index].T, ONE_HOT[index].T)
            cls.update_parameters(parameters, grads, RATE)
        return parameters


# 3. Lists of weights and biases, one sample at a time as a vector, squared error, sigmoids.


class ListsOfVectors:
    @staticmethod
    def init(rng):
        sizes = (FEATURES, HIDDEN, CLASSES)
        shapes = list(zip(sizes[1:], sizes, strict=False))
        return [rng.normal(size=s) for s in shapes], [rng.normal(size=s[0]) for s in shapes]

    @staticmethod
    def feedforward(a, weights, biases):
        zs, activations = [], []
        for w, b in zip(weights, biases, strict=True):
            zs.append(w @ a + b)
            a = 1 / (1 + np.exp(-zs[-1]))
            activations.append(a)
        return zs, activations

    @staticmethod
    def backprop(x, y, zs, activations, weights):
        hidden, out = activations
        delta = (out - y) * out * (1 - out)
        below = weights[1].T @ delta * hidden * (1 - hidden)
        return [below, delta], [np.outer(below, x), np.outer(delta, hidden)]

    @classmethod
    def handed_over(cls):
        return from_functions(
            parameters=("w1 w2", "b1 b2"),
            init=cls.init,
            forward=cls.feedforward,
            trace=("z1 z2", "a1 a2"),
            backward=cls.backprop,
            backward_takes=("x", "targets", "z1 z2", "a1 a2", "w1 w2"),
            gradients=("b1 b2", "w1 w2"),
            layers=("w1 b1 z1 a1 sigmoid", "w2 b2 z2 a2 sigmoid"),
            vectors=True,
            loss="squared-error",
            **USUAL,
        )

    @classmethod
    def by_hand(cls, seed):
        weights, biases = cls.init(np.random.default_rng(seed))
        for i in one_by_one(seed):
            zs, activations = cls.feedforward(X[i], weights, biases)
            db, dw = cls.backprop(X[i], ONE_HOT[i], zs, activations, weights)
            weights = [w - RATE * d for w, d in zip(weights, dw, strict=True)]
            biases = [b - RATE * d for b, d in zip(biases, db, strict=True)]
        return dict(zip(("w1", "w2", "b1", "b2"), (*weights, *biases), strict=True))


# 4. A class with self.W1, rows in batches, its rate in an attribute; step writes in place.


class Net:
    def __init__(self):
        self.W1 = np.random.randn(FEATURES, HIDDEN) * 0.5
        self.b1 = np.zeros(HIDDEN)
        self.W2 = np.random.randn(HIDDEN, CLASSES) * 0.5
        self.b2 = np.zeros((1, CLASSES))
        self.lr = RATE
        self.seen = 0

    def forward(self, X):
        self.X, self.size = X, len(X)
        self.seen += len(X)
        self.z1 = X @ self.W1 + self.b1
        self.a1 = np.maximum(0, self.z1)
        self.z2 = self.a1 @ self.W2 + self.b2
        return softmax(self.z2, 1)

    def backward(self, probs, y):
        d2 = probs.copy()
        d2[np.arange(self.size), y] -= 1
        d2 /= self.size
        self.dW2, self.db2 = self.a1.T @ d2, d2.sum(axis=0, keepdims=True)
        d1 = d2 @ self.W2.T * (self.z1 > 0)
        self.dW1, self.db1 = self.X.T @ d1, d1.sum(axis=0)

    def step(self):
        self.W1 -= self.lr * self.dW1
        self.b1 -= self.lr * self.db1
        self.W2 -= self.lr * self.dW2
        self.b2 -= self.lr * self.db2

    @classmethod
    def handed_over(cls):
        return from_object(
            cls,
            parameters="W1 b1 W2 b2",
            layers=("W1 b1 z1 a1 relu", "W2 b2 z2 probs softmax"),
            returns="probs",
            backward_takes="probs labels",
            step="step",
            rate_attribute="lr",
            **{name: one for name, one in ROWS.items() if name != "learning_rate"},
        )

    @classmethod
    def by_hand(cls, seed):
        np.random.seed(seed)
        net = cls()
        for index in batches(seed):
            net.backward(net.forward(X[index]), LABELS[index])
            net.step()
        return {name: getattr(net, name) for name in ("W1", "b1", "W2", "b2")}


# 5. A class with self.params and self.grads, sigmoid outputs; keeps no pre-activations.


class DictNet:
    def __init__(self, seed):
        rng = np.random.default_rng(seed)
        self.params = {
            "W1": rng.normal(size=(FEATURES, HIDDEN)),
            "b1": np.zeros(HIDDEN),
            "W2": rng.normal(size=(HIDDEN, CLASSES)),
            "b2": np.zeros(CLASSES),
        }

    def predict(self, X):
        p = self.params
        self.X, self.h = X, np.tanh(X @ p["W1"] + p["b1"])
        self.out = 1 / (1 + np.exp(-(self.h @ p["W2"] + p["b2"])))
        return self.out

    def gradient(self, Y):
        d2 = (self.out - Y) / len(Y)
        d1 = d2 @ self.params["W2"].T * (1 - self.h**2)
        self.grads = {
            "W1": self.X.T @ d1,
            "b1": d1.sum(axis=0),
            "W2": self.h.T @ d2,
            "b2": d2.sum(axis=0),
        }

    def sgd(self, learning_rate):
        for name in self.params:
            self.params[name] -= learning_rate * self.grads[name]

    @classmethod
    def handed_over(cls):
        return from_object(
            cls,
            parameters="params",
            gradients="grads",
            layers=("W1 b1 - h tanh", "W2 b2 - out sigmoid"),
            forward="predict",
            backward="gradient",
            step="sgd",
            **ROWS,
        )

    @classmethod
    def by_hand(cls, seed):
        net = cls(seed)
        for index in batches(seed):
            net.predict(X[index])
            net.gradient(ONE_HOT[index])
            net.sgd(RATE)
        return net.params


# 6. A class with lists, whose backward returns lists and makes no step; columns.


class ListNet:
    def __init__(self):
        sizes = (FEATURES, HIDDEN, CLASSES)
        shapes = list(zip(sizes[1:], sizes, strict=False))
        self.weights = [np.random.randn(*shape) for shape in shapes]
        self.biases = [np.random.randn(rows, 1) for rows, _ in shapes]

    def forward(self, x):
        self.zs, self.acts = [], [x]
        for w, b in zip(self.weights, self.biases, strict=True):
            self.zs.append(w @ self.acts[-1] + b)
            self.acts.append(np.tanh(self.zs[-1]))

    def backprop(self, targets):
        _, hidden, out = self.acts
        delta = (out - targets) * (1 - out**2) / targets.shape[1]
        below = self.weights[1].T @ delta * (1 - hidden**2)
        return (
            [below.sum(axis=1, keepdims=True), delta.sum(axis=1, keepdims=True)],
            [below @ self.acts[0].T, delta @ hidden.T],
        )

    @classmethod
    def handed_over(cls):
        return from_object(
            cls,
            parameters="weights biases",
            gradients="biases weights",
            layers=(
                "weights[0] biases[0] zs[0] acts[1] tanh",
                "weights[1] biases[1] zs[1] acts[2] tanh",
            ),
            backward="backprop",
            loss="squared-error",
            **BATCHES,
        )

    @classmethod
    def by_hand(cls, seed):
        np.random.seed(seed)
        net = cls()
        for index in batches(seed):
            net.forward(X[index].T)
            db, dw = net.backprop(ONE_HOT[index].T)
            net.weights = [w - RATE * d for w, d in zip(net.weights, dw, strict=True)]
            net.biases = [b - RATE * d for b, d in zip(net.biases, db, strict=True)]
        names = ("weights[0]", "weights[1]", "biases[0]", "biases[1]")
        return dict(zip(names, (*net.weights, *net.biases), strict=True))


# 7. Layer objects, rows in batches, with a softmax function at the end; each makes its own step.


class Dense:
    def __init__(self, inputs, units):
        self.W = np.random.randn(inputs, units) * 0.5
        self.b = np.zeros(units)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, d):
        self.dW, self.db = self.x.T @ d, d.sum(axis=0)
        return d @ self.W.T

    def step(self, rate):
        self.W -= rate * self.dW
        self.b -= rate * self.db


class ReLU:
    def forward(self, x):
        self.mask = x > 0
        return x * self.mask

    def backward(self, d):
        return d * self.mask


def probabilities(z):
    return softmax(z, 1)


class LayerObjects:
    @staticmethod
    def make():
        return [Dense(FEATURES, HIDDEN), ReLU(), Dense(HIDDEN, CLASSES)]

    @classmethod
    def handed_over(cls):
        return from_layers(
            cls.make,
            output=probabilities,
            activations="relu softmax",
            loss_gradient=lambda out, targets: (out - targets) / len(out),
            step="step",
            **ROWS,
        )

    @classmethod
    def by_hand(cls, seed):
        np.random.seed(seed)
        layers = cls.make()
        for index in batches(seed):
            now = X[index]
            for layer in layers:
                now = layer.forward(now)
            now = (probabilities(now) - ONE_HOT[index]) / len(index)
            for layer in reversed(layers):
                now = layer.backward(now)
            layers[0].step(RATE)
            layers[2].step(RATE)
        return {"W1": layers[0].W, "b1": layers[0].b, "W2": layers[2].W, "b2": layers[2].b}


# 8. Layer objects with other names, columns, whose backward makes the step at once; no bias.


class Linear:
    def __init__(self, units, inputs):
        self.weights = np.random.randn(units, inputs) * 0.5

    def __call__(self, x):
        self.input = x
        return self.weights @ x

    def backprop(self, d, rate):
        below = self.weights.T @ d
        self.weights -= rate * d @ self.input.T
        return below


class Sigmoid:
    def __call__(self, x):
        self.out = 1 / (1 + np.exp(-x))
        return self.out

    def backprop(self, d, rate):
        return d * self.out * (1 - self.out)


class StepsInBackward:
    @staticmethod
    def make():
        return [Linear(HIDDEN, FEATURES), Sigmoid(), Linear(CLASSES, HIDDEN), Sigmoid()]

    @classmethod
    def handed_over(cls):
        return from_layers(
            cls.make,
            weight="weights",
            bias=None,
            forward="__call__",
            backward="backprop",
            steps_in_backward=True,
            loss_gradient=lambda out, targets: out - targets,
            loss="squared-error",
            **USUAL,
        )

    @classmethod
    def by_hand(cls, seed):
        np.random.seed(seed)
        layers = cls.make()
        for i in one_by_one(seed):
            now = X[i].reshape(-1, 1)
            for layer in layers:
                now = layer(now)
            now = now - ONE_HOT[i].reshape(-1, 1)
            for layer in reversed(layers):
                now = layer.backprop(now, RATE)
        return {"W1": layers[0].weights, "W2": layers[2].weights}


STYLES = [
    TupleFunctions,
    DictFunctions,
    ListsOfVectors,
    Net,
    DictNet,
    ListNet,
    LayerObjects,
    StepsInBackward,
]
# What it makes at once can only be read off, as the difference of two weights.
READ_OFF = {StepsInBackward: 1e-12}


@pytest.fixture(params=STYLES, ids=lambda one: one.__name__)
def style(request):
    return request.param


def same(arrays, others):
    return all(np.array_equal(one, others[name]) for name, one in arrays.items())


def assert_exact(network, parameters, rows, labels):
    """Its gradients are those of its loss; gives the trace that they were made of."""
    x = network.lay_out(rows)
    trace = network.forward(parameters, x)
    given = network.backward(parameters, trace, x, labels)
    for name, right in exact_gradients(network, parameters, rows, labels).items():
        assert given[name] == pytest.approx(right, rel=1e-9, abs=1e-12), name
    return trace


def test_trained_through_the_contract_it_is_as_trained_by_hand(style):
    network = style.handed_over()
    check(network, network.data())
    for seed in (0, 3):
        trained = train(network, X, LABELS, seed).parameters
        own = style.by_hand(seed)
        assert set(trained) == set(own)
        for name, array in own.items():
            assert not np.array_equal(network.init(seed)[name], array), f"{name} did not move"
            if style in READ_OFF:
                assert trained[name] == pytest.approx(array, rel=READ_OFF[style], abs=1e-12)
            else:
                assert np.array_equal(trained[name], array), name


def test_its_gradients_are_those_of_its_loss(style):
    network = style.handed_over()
    size = network.batch_size
    assert_exact(network, network.init(1), X[:size], LABELS[:size])


def test_nothing_leaks_from_one_call_into_the_next(style):
    network = style.handed_over()
    size = network.batch_size
    parameters, x = network.init(1), network.lay_out(X[:size])
    before = {name: one.copy() for name, one in parameters.items()}
    trace = network.forward(parameters, x)
    kept = {name: np.array(one) for name, one in trace.items()}
    first = network.backward(parameters, trace, x, LABELS[:size])

    other = network.forward(network.init(2), network.lay_out(X[size : 2 * size]))
    network.backward(network.init(2), other, network.lay_out(X[size : 2 * size]), LABELS[:size])
    network.update(parameters, first, 0.5)

    assert same(before, parameters)
    assert same(kept, trace)
    assert same(first, network.backward(parameters, trace, x, LABELS[:size]))


def test_findings_can_name_the_authors_file(style):
    network = style.handed_over()
    for role in ("init", "forward", "backward"):
        assert network.where(role)[0] == "tests/builders/test_builders.py", role
    assert network.name == "test_builders"


def test_it_is_handed_over_in_fifteen_lines(style):
    """One argument or string in each line would be more; filled lines of 80 columns are fewer."""
    call = inspect.getsource(style.handed_over).partition("return ")[2]
    # What the styles share is counted in each of them.
    for name, settings in {"USUAL": USUAL, "BATCHES": BATCHES, "ROWS": ROWS}.items():
        call = call.replace(name, str({**settings, "data": "(X, LABELS)"}))
    assert len(textwrap.wrap(call, 80)) <= 12


def test_all_can_be_sent_to_a_worker_process():
    networks = [style.handed_over() for style in STYLES]
    drawn = Parallel(n_jobs=2)(delayed(network.init)(4) for network in networks)
    for network, parameters in zip(networks, drawn, strict=True):
        assert same(network.init(4), parameters)


def test_vectors_in_a_batch_are_averaged():
    one = ListsOfVectors.handed_over()
    trace = assert_exact(one, one.init(0), X[:4], LABELS[:4])
    assert trace["a1"].shape == (HIDDEN, 4)


def test_what_backward_writes_into_the_trace_is_seen_there():
    class Writing(Net):
        def backward(self, probs, y):
            super().backward(probs, y)
            self.z1[...] = 0

    network = Writing.handed_over()
    parameters = network.init(0)
    trace = network.forward(parameters, X[:1])
    assert trace["z1"].any()
    network.backward(parameters, trace, X[:1], LABELS[:1])
    assert not trace["z1"].any()


class Momentum(Net):
    """Momentum and a count of steps, some of which are made where they are first needed."""

    def step(self):
        if not hasattr(self, "v"):
            self.v, self.count = {}, 0
        self.count += 1
        for name in ("W1", "b1", "W2", "b2"):
            before = self.v.get(name, np.zeros_like(getattr(self, name)))
            self.v[name] = 0.9 * before + getattr(self, f"d{name}") / self.count
            setattr(self, name, getattr(self, name) - self.lr * self.v[name])


def test_what_the_step_of_an_object_keeps_is_carried_on():
    network = Momentum.handed_over()
    check(network, network.data())
    trained = train(network, X, LABELS, 3).parameters
    by_hand = Momentum.by_hand(3)
    assert same(by_hand, {name: trained[name] for name in by_hand})


class DictMomentum(DictFunctions):
    @staticmethod
    def velocities():
        drawn = DictFunctions.initialize_parameters(0)
        return {name: np.zeros_like(one) for name, one in drawn.items()}

    @staticmethod
    def in_place(parameters, grads, v, learning_rate):
        for name in parameters:
            v[name] = 0.9 * v[name] + grads["d" + name]
            parameters[name] -= learning_rate * v[name]

    @staticmethod
    def returning(parameters, grads, v, t, learning_rate):
        t = t + 1
        v = {name: 0.9 * v[name] + grads["d" + name] / t for name in parameters}
        after = {name: one - learning_rate * v[name] for name, one in parameters.items()}
        return after, v, t

    @classmethod
    def stepping(cls, update, **state):
        return from_functions(
            parameters="W1 b1 W2 b2",
            init=cls.initialize_parameters,
            forward=cls.forward_propagation,
            trace="A2 cache",
            backward=cls.backward_propagation,
            update=update,
            state=state,
            layers=("W1 b1 Z1 A1 tanh", "W2 b2 Z2 A2 softmax"),
            **BATCHES,
        )


def test_the_state_of_a_step_is_carried_on_where_it_is_written_into_or_returned():
    in_place = DictMomentum.stepping(DictMomentum.in_place, v=DictMomentum.velocities())
    returning = DictMomentum.stepping(DictMomentum.returning, v=DictMomentum.velocities(), t=0)
    gradients = {name: np.ones_like(one) for name, one in in_place.init(0).items()}
    for network, steps in ((in_place, (1, 1.9, 2.71)), (returning, (1, 1.4, 1.26 + 1 / 3))):
        check(network, network.data())
        now = network.init(0)
        for step in steps:
            after = network.update(now, gradients, 0.1)
            assert np.allclose(now["W1"] - after["W1"], 0.1 * step)
            now = after
        assert network.init(0).keys() < now.keys()


def test_a_state_that_is_no_number_is_refused():
    def broken(parameters, grads, v, learning_rate):
        return parameters, None

    network = DictMomentum.stepping(broken, v=np.zeros(3))
    with pytest.raises(BadInputError, match="leaves NoneType in its state v, expected an array"):
        check(network, network.data())


def test_momentum_within_backward_is_refused():
    class Within(Net):
        def __init__(self):
            super().__init__()
            self.v = np.zeros_like(self.W1)

        def backward(self, probs, y):
            super().backward(probs, y)
            self.v = 0.9 * self.v + self.dW1
            self.W1 = self.W1 - self.lr * self.v

    network = from_object(
        Within,
        parameters="W1 b1 W2 b2",
        layers=("W1 b1 z1 a1 relu", "W2 b2 z2 probs softmax"),
        returns="probs",
        backward_takes="probs labels",
        rate_attribute="lr",
        steps_in_backward=True,
        **{name: one for name, one in ROWS.items() if name != "learning_rate"},
    )
    with pytest.raises(BadInputError, match="put the step into a method of its own, and name that"):
        check(network, network.data())


class TestData:
    def data(self, given, **settings):
        merged = {**USUAL, "data": given, **settings}
        return from_layers(
            LayerObjects.make, loss_gradient=lambda p, t: p - t, activations="relu linear", **merged
        ).data()

    def test_every_sixth_sample_of_each_class_is_held_out(self):
        data = self.data((X, LABELS))
        assert len(data.labels) + len(data.test_labels) == SAMPLES
        counts = np.bincount(LABELS) // 6
        assert np.bincount(data.test_labels).tolist() == counts.tolist()
        assert "held out" in data.notes[0]
        both = np.vstack([data.images, data.test_images])
        assert sorted(map(tuple, both)) == sorted(map(tuple, X))

    def test_a_few_samples_are_tested_on_themselves(self):
        data = self.data((X[:4], np.array([0, 1, 1, 0])))
        assert np.array_equal(data.images, data.test_images)
        assert data.notes[0].startswith("4 samples are too few")

    def test_four_arrays_a_function_and_data_itself(self):
        data = self.data(lambda: (X[:9], LABELS[:9], X[9:], LABELS[9:]))
        assert (len(data.labels), len(data.test_labels), data.notes) == (9, SAMPLES - 9, ())
        assert isinstance(data, Data)
        assert self.data(data) is data

    @pytest.mark.parametrize(
        ("given", "message"),
        [
            (X, "the data is an array"),
            ((X, LABELS[:-1]), "labels are whole numbers"),
            ((X, ONE_HOT), "labels are whole numbers"),
            ((X, LABELS / 1), "labels are whole numbers"),
        ],
    )
    def test_what_does_not_fit_is_refused(self, given, message):
        with pytest.raises(BadInputError, match=message):
            self.data(given)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"layers": ("W1 b1 z1 a1",)}, "is not five words"),
        ({"layers": ("W1 b1 z1 a1 maxout",)}, "is not five words"),
        ({"parameters": "W1 b1 W9"}, "Net has no array W9 when it is made; its arrays are W1, b1"),
        ({"gradients": "dW1 dW2"}, "gradients names 2 attributes"),
        ({"order": "sorted"}, "order is 'sorted'; give one of 'as given', 'by class'"),
        ({"learning_rate": "fast"}, "the learning rate is a value of type str"),
        ({"momentum": 0.9}, "no builder takes momentum"),
        ({"rate_attribute": "speed"}, "the learning rate is None"),
        ({"rate_attribute": None}, "learning_rate is missing"),
    ],
)
def test_what_a_builder_cannot_use_is_said(changes, message):
    usual = {
        "parameters": "W1 b1 W2 b2",
        "layers": ("W1 b1 z1 a1 relu", "W2 b2 z2 probs softmax"),
        "rate_attribute": "lr",
    }
    with pytest.raises(BadInputError, match=message):
        from_object(Net, **{**usual, **changes})


def from_fewer_words(**words):
    """TupleFunctions, handed over with too few of the words that their arguments need."""
    return from_functions(
        init=TupleFunctions.init_setup,
        forward=TupleFunctions.forward,
        backward=TupleFunctions.back,
        **words,
        **USUAL,
    )


def test_an_unknown_argument_of_a_function_is_named():
    network = from_fewer_words(
        parameters="w1 b1 w2 b2",
        trace="z1 A1 z2 prob",
        layers=("w1 b1 z1 A1 relu", "w2 b2 z2 prob softmax"),
    )
    expected = r"back \(tests/builders/test_builders.py:\d+\) takes A, which"
    with pytest.raises(BadInputError, match=expected):
        check(network, network.data())


def test_a_wrong_number_of_names_is_said():
    network = from_fewer_words(parameters="w1 b1 w2", layers=("w1 b1 z1 A1 relu",))
    with pytest.raises(BadInputError, match="returned a tuple of 4, expected 3 values, named w1"):
        network.init(0)


def test_layers_without_the_attribute_are_refused():
    with pytest.raises(BadInputError, match="none with an attribute kernel"):
        from_layers(LayerObjects.make, weight="kernel", loss_gradient=lambda p, t: p - t, **USUAL)


def test_activations_that_no_class_name_tells_must_be_said():
    class Bend:
        def forward(self, x):
            return np.tanh(x)

    with pytest.raises(BadInputError, match="2 dense layers, with the activations Bend, linear"):
        from_layers(
            lambda: [Dense(6, 5), Bend(), Dense(5, 3)], loss_gradient=lambda p, t: p - t, **USUAL
        )
