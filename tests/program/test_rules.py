import operator
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from diagnose.program.cotangents import unbroadcast
from diagnose.program.rules import RULES, NoRuleError, pullback
from tests.program.rule_cases import (
    CASES,
    CUBE,
    POS,
    RNG,
    SQUARE,
    UNIT,
    U,
    V,
    W,
    X,
    Y,
    attribute,
    getitem,
    method,
    scatter,
)


def leaves(structure, path=()):
    """Paths to the numbers and arrays of a structure."""
    if isinstance(structure, list | tuple):
        for at, one in enumerate(structure):
            yield from leaves(one, (*path, at))
    elif isinstance(structure, dict):
        for at, one in structure.items():
            yield from leaves(one, (*path, at))
    else:
        yield path, structure


def is_float(argument):
    if isinstance(argument, np.ndarray | np.generic):
        return argument.dtype.kind == "f"
    return isinstance(argument, float)


def at(structure, path):
    for one in path:
        structure = None if structure is None else structure[one]
    return structure


def exchanged(structure, path, new):
    if not path:
        return new
    if isinstance(structure, dict):
        return {**structure, path[0]: exchanged(structure[path[0]], path[1:], new)}
    items = list(structure)
    items[path[0]] = exchanged(items[path[0]], path[1:], new)
    return items if isinstance(structure, list) else tuple(items)


def weights_like(value, rng):
    if isinstance(value, list | tuple):
        return [weights_like(one, rng) for one in value]
    return rng.normal(size=np.shape(value))


def weighted(value, weights):
    if isinstance(value, list | tuple):
        return sum(weighted(*both) for both in zip(value, weights, strict=True))
    return float(np.sum(np.asarray(value) * weights))


def copied(structure):
    if isinstance(structure, list | tuple):
        return type(structure)([copied(one) for one in structure])
    if isinstance(structure, dict):
        return {key: copied(one) for key, one in structure.items()}
    return structure.copy(order="K") if isinstance(structure, np.ndarray) else structure


def done(function, args, kw):
    return function(*copied(args), **copied(kw))


def slope(function, args, kw, path, argument, weights):
    """Of the weighted sum of the value, by the entries of one argument: central differences."""
    slopes = np.zeros(np.shape(argument))
    for one in range(slopes.size):
        sides = []
        for step in (1e-6, -1e-6):
            moved = np.array(argument, dtype=float, order="K")
            moved.flat[one] += step
            new = float(moved) if isinstance(argument, float) else moved
            both = exchanged({"args": args, "kw": kw}, path, new)
            sides.append(weighted(done(function, both["args"], both["kw"]), weights))
        slopes.flat[one] = (sides[0] - sides[1]) / 2e-6
    return slopes


def check(name, function, args, kw, tolerance=2e-7):
    value = done(function, args, kw)
    weights = weights_like(value, np.random.default_rng(zlib.crc32(name.encode())))
    given = copied({"args": args, "kw": kw})
    rows, words = pullback(name, function, args, kw, value, weights)
    for (path, before), (_, after) in zip(
        leaves(given), leaves({"args": args, "kw": kw}), strict=True
    ):
        assert before is after or np.array_equal(before, after), path
    assert len(rows) == len(args)
    assert words.keys() == kw.keys()
    for path, argument in leaves({"args": args, "kw": kw}):
        if not is_float(argument):
            continue
        flow = at({"args": rows, "kw": words}, path)
        wanted = slope(function, args, kw, path, argument, weights)
        if flow is None:
            assert not np.any(wanted), path
        else:
            assert isinstance(flow, np.ndarray | np.float64), path
            assert flow.dtype == np.float64
            assert flow.shape == np.shape(argument), path
            np.testing.assert_allclose(flow, wanted, rtol=tolerance, atol=2e-8, err_msg=str(path))


def numbered(cases):
    return [f"{one[0]}-{at}" for at, one in enumerate(cases)]


@pytest.mark.parametrize(("name", "function", "args", "kw"), CASES, ids=numbered(CASES))
def test_a_pullback_is_what_differences_say(name, function, args, kw):
    check(name, function, args, kw)


SCIPY = [
    *(("special", name, (X,), {}) for name in (
        "expit", "softmax", "log_softmax", "logsumexp", "erf", "erfc", "log_expit", "gammaln")),
    *(("special", name, (CUBE,), {"axis": 1}) for name in ("softmax", "log_softmax", "logsumexp")),
    ("special", "logsumexp", (X, 1), {"keepdims": True}),
    ("special", "logsumexp", (X, 1, V ** 2), {}),
    ("special", "logit", (UNIT,), {}),
    ("special", "xlogy", (POS, UNIT), {}),
    ("special", "entr", (POS,), {}),
    *(("signal", name, (RNG.normal(size=(5, 6)), RNG.normal(size=size), mode), {})
      for name in ("convolve2d", "correlate2d", "fftconvolve", "convolve", "correlate")
      for mode in ("full", "same", "valid") for size in ((2, 3), (4, 2))),
    ("signal", "correlate2d", (X, SQUARE), {"mode": "same", "boundary": "wrap"}),
    ("signal", "convolve2d", (SQUARE, RNG.normal(size=(5, 5)), "valid"), {}),
    ("signal", "convolve", (CUBE, RNG.normal(size=(2, 2, 2))), {}),
]  # fmt: skip


@pytest.mark.parametrize(("module", "name", "args", "kw"), SCIPY)
def test_of_scipy_too(module, name, args, kw):
    function = getattr(pytest.importorskip(f"scipy.{module}"), name)
    check(name, function, args, kw)


@pytest.mark.parametrize("order", ["C", "F"])
def test_operations_that_follow_the_order_in_memory(order):
    x = np.array(CUBE, order=order)
    for how in ("C", "F", "A", "K"):
        check("ravel", method("ravel"), (x.swapaxes(0, 1), how), {})


@pytest.mark.parametrize(
    ("names", "function", "args"),
    [
        ("Add add", np.add, (X, V)),
        ("Mult multiply", np.multiply, (X, V)),
        ("Div divide true_divide", np.divide, (X, V)),
        ("Pow power float_power pow", np.power, (UNIT, V)),
        ("MatMult matmul linalg.matmul", np.matmul, (X, W)),
        ("USub negative", np.negative, (X,)),
        ("abs absolute fabs", np.abs, (X,)),
        ("acos arccos", np.arccos, (UNIT,)),
        ("max amax", np.max, (X,)),
        ("norm linalg.norm", np.linalg.norm, (X,)),
        ("inv linalg.inv", np.linalg.inv, (SQUARE,)),
        ("exp numpy.exp np.exp math.exp", np.exp, (X,)),
    ],
)
def test_names_of_one_operation(names, function, args):
    value = function(*args)
    first, *others = (pullback(name, function, args, {}, value, np.ones(np.shape(value)))[0]
                      for name in names.split())  # fmt: skip
    for rows in others:
        for one, other in zip(first, rows, strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.filterwarnings("ignore:the matrix subclass")
def test_a_product_of_matrices_is_no_product_of_numbers():
    check("Mult", operator.mul, (np.asmatrix(X), np.asmatrix(W)), {})


def cumulated(x):
    return np.cumsum(x)


def turned(x):
    return x.T.copy()


def drawn(x):
    return x + RNG.normal(size=x.shape)


@pytest.mark.parametrize(
    ("name", "function", "args"),
    [
        ("cumulated", cumulated, (V,)),
        ("turned", turned, (SQUARE,)),
        ("drawn", drawn, (X,)),
        ("det", np.linalg.det, (SQUARE,)),
        ("of_an_object", lambda x, thing: x, (X, object())),
        ("norm", np.linalg.norm, (X, 2)),
        ("median", np.median, (X,)),
        ("hypot.reduce", np.hypot.reduce, (X,)),
        ("kron", np.kron, (np.ones(5000), np.ones(2))),
        ("pad", lambda *args: np.pad(*args), (X, 1, "linear_ramp")),
        ("raises", lambda x: 1 / 0, (X,)),
        ("conj", np.conj, (X + 1j,)),
    ],
)
def test_what_has_no_rule_says_so(name, function, args):
    value = X if name == "raises" else function(*args)
    with pytest.raises(NoRuleError, match=name) as told:
        pullback(name, function, args, {}, value, np.ones(np.shape(value)))
    assert told.value.name == name


def test_an_unknown_function_is_called_with_copies():
    def writes(x):
        x *= 2
        return x

    x = X.copy()
    rows, _ = pullback("writes", writes, (x,), {}, 2 * X, np.ones((3, 4)))
    np.testing.assert_array_equal(x, X)
    np.testing.assert_allclose(rows[0], 2.0)


def test_entries_that_are_taken_twice_take_both_cotangents_exactly():
    g = np.array([0.1, 0.2, 0.4, 0.8])
    index = np.array([3, 1, 3, 3])
    rows, _ = pullback("index", getitem, (V, index), {}, V[index], g)
    np.testing.assert_array_equal(rows[0], [0, 0.2, 0, 0.1 + 0.4 + 0.8])
    assert rows[1] is None
    rows, _ = pullback("scatter", scatter, (V, index, U), {}, scatter(V, index, U), g)
    np.testing.assert_array_equal(rows[0], [0.1, 0, 0.4, 0])
    np.testing.assert_array_equal(rows[2], [0, 0.2, 0, 0.8])


def test_of_equals_each_takes_a_part():
    tied = np.array([1.0, 2.0, 2.0])
    for name, function in (("maximum", np.maximum), ("minimum", np.minimum)):
        rows, _ = pullback(name, function, (tied, 2.0), {}, function(tied, 2.0), np.ones(3))
        first = [0, 0.5, 0.5] if name == "maximum" else [1, 0.5, 0.5]
        np.testing.assert_array_equal(rows[0], first)
        assert rows[1] == 3 - sum(first)
    rows, _ = pullback("max", np.max, (tied,), {}, 2.0, 1.0)
    np.testing.assert_array_equal(rows[0], [0, 0.5, 0.5])


def test_a_step_takes_no_cotangent_but_its_value_at_0_does():
    x = np.array([0.0, 2.0])
    rows, _ = pullback("heaviside", np.heaviside, (x, 0.5), {}, np.heaviside(x, 0.5), np.ones(2))
    assert rows[0] is None
    assert rows[1] == 1


@pytest.mark.parametrize("name", ["sqrt", "log", "std", "norm", "reciprocal"])
def test_where_no_cotangent_comes_none_goes(name):
    function = np.linalg.norm if name == "norm" else getattr(np, name)
    x = np.zeros(3)
    with np.errstate(all="ignore"):
        value = function(x)
    rows, _ = pullback(name, function, (x,), {}, value, np.zeros(np.shape(value)))
    np.testing.assert_array_equal(rows[0], np.zeros(3))


def test_where_a_root_is_0_nothing_flows():
    for name, function in (("std", np.std), ("norm", np.linalg.norm)):
        rows, _ = pullback(name, function, (np.zeros(3),), {}, 0.0, 1.0)
        np.testing.assert_array_equal(rows[0], np.zeros(3))


def test_single_precision_gives_double():
    x, w = X.astype(np.float32), W.astype(np.float32)
    for name, function, args in (
        ("MatMult", operator.matmul, (x, w)),
        ("exp", np.exp, (x,)),
        ("sum", np.sum, (x,)),
        ("hstack", np.hstack, ([x, x],)),
    ):
        rows, _ = pullback(name, function, args, {}, function(*args), 1.0)
        assert {flow.dtype for _, flow in leaves(rows)} == {np.dtype(float)}


def test_a_cotangent_may_be_written_into():
    g = np.ones((3, 4))
    both, _ = pullback("add", np.add, (X, Y), {"where": X > 0}, X + Y, g)
    assert not np.shares_memory(*both)
    for name, function, args in (
        ("Add", operator.add, (X, Y)),
        ("sum", np.sum, (X,)),
        ("attribute:T", attribute("T"), (X,)),
        ("reshape", np.reshape, (X, (4, 3))),
    ):
        value = function(*args)
        here = g if np.shape(value) == g.shape else np.ones(np.shape(value))
        rows, _ = pullback(name, function, args, {}, value, here)
        for flow in rows:
            if flow is not None:
                flow += 1
        np.testing.assert_array_equal(here, np.ones(np.shape(value)))


def test_a_part_of_a_list_may_have_no_cotangent():
    value = np.split(X, 2, axis=1)
    rows, _ = pullback("split", np.split, (X, 2, 1), {}, value, [None, np.ones((3, 2))])
    np.testing.assert_array_equal(rows[0], np.repeat([[0, 0, 1, 1]], 3, axis=0))


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_any_index(data):
    shape = data.draw(hnp.array_shapes(min_dims=1, max_dims=3, max_side=4))
    index = data.draw(
        hnp.basic_indices(shape) | hnp.integer_array_indices(shape) | hnp.arrays(bool, shape)
    )
    array = np.arange(float(np.prod(shape))).reshape(shape)
    value = array[index]
    g = np.random.default_rng(0).normal(size=np.shape(value))
    rows, _ = pullback("index", getitem, (array, index), {}, value, g)
    wanted = np.zeros(shape)
    np.add.at(wanted, index, g)
    np.testing.assert_allclose(rows[0], wanted, rtol=1e-14, atol=1e-14)


@given(hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3))
@settings(max_examples=60, deadline=None)
def test_a_broadcast_is_undone_by_sums(shapes):
    one, _ = shapes.input_shapes
    cotangent = np.ones(shapes.result_shape)
    back = unbroadcast(cotangent, one)
    assert back.shape == one
    assert back.sum() == cotangent.sum()


def test_all_rules_that_are_promised_stand_in_the_table():
    words = """Add Sub Mult Div FloorDiv Mod Pow MatMult USub UAdd Invert Eq NotEq Lt LtE Gt GtE
        index scatter scatter_add attribute:T attribute:real attribute:flat dot matmul multiply add
        subtract divide true_divide power float_power negative positive exp exp2 expm1 log log2
        log10 log1p sqrt cbrt square reciprocal abs absolute fabs sign sin cos tan arctan arcsin
        arccos sinh cosh tanh arctanh arcsinh logaddexp logaddexp2 heaviside maximum minimum
        fmax fmin max amax min amin sum mean var std cumsum average where clip
        outer inner vdot einsum tensordot kron cross trace diag diagonal transpose T swapaxes
        moveaxis rollaxis reshape ravel flatten squeeze expand_dims atleast_1d atleast_2d atleast_3d
        broadcast_to repeat tile concatenate hstack vstack dstack column_stack row_stack stack
        append insert delete split array_split hsplit vsplit pad roll flip fliplr flipud rot90
        take take_along_axis choose copy array asarray asanyarray ascontiguousarray astype
        float float64 float32 item tolist real triu tril linalg.norm norm convolve correlate
        linalg.inv inv full full_like ones_like zeros_like zeros ones empty_like eye argmax argmin
        argsort round floor ceil rint searchsorted nonzero expit logit softmax log_softmax logsumexp
        erf xlogy correlate2d convolve2d fftconvolve pow fsum add.reduce multiply.outer
        add.accumulate maximum.reduce"""
    assert {*words.split()} - {*RULES} == set()
