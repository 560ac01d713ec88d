"""Operations with arguments, by name: those of which every pullback is held against differences."""

import builtins
import math
import operator

import numpy as np

RNG = np.random.default_rng(3)
V, U = RNG.normal(size=4), RNG.normal(size=4)
X, Y = RNG.normal(size=(3, 4)), RNG.normal(size=(3, 4))
W, SQUARE = RNG.normal(size=(4, 2)), RNG.normal(size=(3, 3))
CUBE = RNG.normal(size=(2, 3, 4))
POS, UNIT = RNG.uniform(0.5, 2, size=(3, 4)), RNG.uniform(0.1, 0.9, size=(3, 4))
ZERO = np.array(0.7)
MASK = X > 0
SOME = np.arange(12).reshape(3, 4) % 3 > 0


def getitem(array, index):
    return array[index]


def scatter(old, index, new):
    copy = list(old) if isinstance(old, list) else old.copy()
    copy[index] = new
    return copy


def scatter_add(old, index, new):
    copy = old.copy()
    np.add.at(copy, index, new)
    return copy


def attribute(name):
    return lambda x: getattr(x, name)


def method(name):
    return lambda x, *args, **kw: getattr(x, name)(*args, **kw)


def expit(x):
    return 1 / (1 + np.exp(-x))


def case(name, function, *args, **kw):
    return (name, function, args, kw)


OPERATORS = [
    case("Add", operator.add, X, V),
    case("Add", operator.add, X, 2.0),
    case("Add", operator.add, 1.5, ZERO),
    case("Add", operator.add, [X, V], [U]),
    case("Sub", operator.sub, X[:, :1], V),
    case("Sub", operator.sub, 1, X),
    case("Mult", operator.mul, X, X[:1]),
    case("Mult", operator.mul, 3, V),
    case("Mult", operator.mul, 1.5, 2.5),
    case("Mult", operator.mul, CUBE, X),
    case("Mult", operator.mul, MASK, X),
    case("Mult", operator.mul, [1.0, V], 3),
    case("Div", operator.truediv, X, POS),
    case("Div", operator.truediv, 1, POS),
    case("Div", operator.truediv, X, 3.0),
    case("FloorDiv", operator.floordiv, X, 0.3),
    case("Mod", operator.mod, X, POS),
    case("Mod", operator.mod, 2.3, 0.7),
    case("Pow", operator.pow, X, 2),
    case("Pow", operator.pow, X, 3),
    case("Pow", operator.pow, POS, 0.5),
    case("Pow", operator.pow, 2.0, X),
    case("Pow", operator.pow, POS, V),
    case("Pow", operator.pow, 1.3, 2.1),
    case("Pow", operator.pow, np.array([0.0, 1.0, -2.0]), np.array([2, 0, 1])),
    case("MatMult", operator.matmul, X, W),
    case("MatMult", operator.matmul, V, W),
    case("MatMult", operator.matmul, X, V),
    case("MatMult", operator.matmul, V, U),
    case("MatMult", operator.matmul, CUBE, W),
    case("MatMult", operator.matmul, X, RNG.normal(size=(2, 4, 3))),
    case("MatMult", operator.matmul, V, RNG.normal(size=(2, 4, 3))),
    case("MatMult", operator.matmul, CUBE, V),
    case("MatMult", operator.matmul, RNG.normal(size=(5, 1, 3, 4)), RNG.normal(size=(2, 4, 3))),
    case("USub", operator.neg, X),
    case("USub", operator.neg, 0.4),
    case("UAdd", operator.pos, X),
    case("Gt", operator.gt, X, 0.0),
    case("Eq", operator.eq, X, Y),
    case("Invert", operator.invert, MASK),
]

NUMBERWISE = [
    *(case(name, getattr(np, name), X) for name in (
        "negative", "positive", "exp", "exp2", "expm1", "cbrt", "square", "reciprocal", "abs",
        "absolute", "fabs", "sign", "floor", "ceil", "rint", "sin", "cos", "tan", "arctan", "sinh",
        "cosh", "tanh", "arcsinh", "nan_to_num", "sinc", "round")),
    *(case(name, getattr(np, name), POS) for name in ("log", "log2", "log10", "log1p", "sqrt")),
    *(case(name, getattr(np, name), UNIT) for name in ("arcsin", "arccos", "arctanh")),
    case("arccosh", np.arccosh, POS + 1),
    *(case(name, getattr(np, name), X, V) for name in (
        "add", "subtract", "multiply", "divide", "true_divide", "logaddexp", "logaddexp2", "hypot",
        "maximum", "minimum", "fmax", "fmin", "arctan2", "heaviside")),
    *(case(name, getattr(np, name), POS, 1.7) for name in ("power", "float_power", "fmod")),
    case("maximum", np.maximum, 0, X),
    case("maximum", np.maximum, X[:, :1], V),
    case("maximum", np.maximum, [0.5, -1.0], [0.1, 2.0]),
    case("heaviside", np.heaviside, np.array([-1.0, 2.0]), 0.5),
    case("where", np.where, MASK, X, V),
    case("where", np.where, MASK, X, 0.1),
    case("where", np.where, [True, False], [1.0, 2.0], 3.0),
    case("where", np.where, MASK),
    case("clip", np.clip, X, -0.5, 0.5),
    case("clip", np.clip, X, V, None),
    case("clip", np.clip, X, a_min=None, a_max=0.2),
    case("clip", method("clip"), X, 0, 1),
    case("clip", method("clip"), X, max=0.3),
    case("multiply", np.multiply, X, Y, where=MASK, out=np.ones((3, 4))),
    case("divide", np.divide, X, POS, out=np.zeros((3, 4)), where=MASK),
    case("tanh", math.tanh, 0.3),
    case("exp", math.exp, -0.4),
    case("log", math.log, 1.7),
    case("log", math.log, 1.7, 3.0),
    case("pow", math.pow, 1.7, 3.0),
    case("pow", pow, 1.7, 3),
    case("hypot", math.hypot, 1.0, 2.0, 3.0),
    case("acos", math.acos, 0.3),
    case("atan2", math.atan2, 0.3, -1.2),
    case("erf", math.erf, 0.3),
    case("erfc", math.erfc, 0.3),
    case("fabs", math.fabs, -0.3),
    case("abs", abs, -0.3),
    case("abs", abs, X),
    case("round", round, 1.26, 1),
    case("exp", np.exp, np.float64(0.2)),
    case("exp", np.exp, [0.2, 0.3]),
    case("multiply.outer", np.multiply.outer, X, V),
    case("subtract.outer", np.subtract.outer, V, U),
    case("maximum.outer", np.maximum.outer, V, X),
]  # fmt: skip

INDEX = [
    case("index", getitem, V, 2),
    case("index", getitem, V, [0, 0, 3, 0]),
    case("index", getitem, X, (slice(None), 1)),
    case("index", getitem, X, MASK),
    case("index", getitem, X, (np.array([0, 1, 1, 0]), np.array([2, 3, 3, 2]))),
    case("index", getitem, X, (np.array([0, 0]), slice(1, 3))),
    case("index", getitem, X, (slice(None, None, -1), None, np.array([1, 1]))),
    case("index", getitem, CUBE, (..., 0)),
    case("index", getitem, CUBE, (np.array([True, False]), slice(None), -1)),
    case("index", getitem, V, (slice(None), None)),
    case("index", getitem, [X, V, 2.0], 1),
    case("index", getitem, [X, V, 2.0], slice(0, 2)),
    case("index", getitem, (1.0, 2.0), -1),
    case("index", getitem, np.r_, (V, 0.5, U)),
    case("index", getitem, np.c_, (V, U)),
    case("scatter", scatter, V, 2, 0.3),
    case("scatter", scatter, X, (slice(None), 1), np.ones(3)),
    case("scatter", scatter, X, slice(1, 3), V),
    case("scatter", scatter, X, slice(1, 3), V[None, None]),
    case("scatter", scatter, X, MASK, 0.5),
    case("scatter", scatter, X, MASK, X[MASK]),
    case("scatter", scatter, V, [1, 1, 0], np.array([1.0, 2.0, 3.0])),
    case("scatter", scatter, V, slice(0, 2), [0.1, 0.2]),
    case("scatter", scatter, X, ..., 1.5),
    case("scatter", scatter, [X, V], 1, U),
    case("scatter_add", scatter_add, V, [1, 1, 0], np.array([1.0, 2.0, 3.0])),
    case("scatter_add", scatter_add, X, ([0, 0], slice(None)), V),
    case("scatter_add", scatter_add, X, [0, 0, 2], 0.5),
    case("attribute:T", attribute("T"), X),
    case("attribute:T", attribute("T"), CUBE),
    case("attribute:real", attribute("real"), X),
    case("attribute:flat", attribute("flat"), X),
    case("attribute:shape", attribute("shape"), X),
]

LAYOUT = [
    case("transpose", np.transpose, X),
    case("transpose", np.transpose, CUBE, (2, 0, 1)),
    case("transpose", method("transpose"), CUBE, 1, 0, 2),
    case("swapaxes", np.swapaxes, CUBE, 0, -1),
    case("swapaxes", method("swapaxes"), CUBE, 0, 1),
    case("moveaxis", np.moveaxis, CUBE, 0, -1),
    case("rollaxis", np.rollaxis, CUBE, 2),
    case("reshape", np.reshape, X, (4, 3)),
    case("reshape", np.reshape, X, (4, -1), order="F"),
    case("reshape", method("reshape"), X, 2, 6),
    case("reshape", method("reshape"), X.T, (2, 6), order="A"),
    case("ravel", np.ravel, X.T),
    case("ravel", method("ravel"), X.T, "K"),
    case("flatten", method("flatten"), X),
    case("flatten", method("flatten"), X, "F"),
    case("squeeze", np.squeeze, X[:, :1]),
    case("expand_dims", np.expand_dims, X, 1),
    case("expand_dims", np.expand_dims, X, axis=(0, 2)),
    case("atleast_1d", np.atleast_1d, 2.0),
    case("atleast_2d", np.atleast_2d, V),
    case("atleast_3d", np.atleast_3d, X),
    case("atleast_2d", np.atleast_2d, V, 1.0),
    case("broadcast_to", np.broadcast_to, V, (3, 4)),
    case("repeat", np.repeat, X, 2),
    case("repeat", method("repeat"), X, 2, axis=0),
    case("repeat", np.repeat, V, [1, 0, 2, 1]),
    case("repeat", np.repeat, 0.5, 3),
    case("tile", np.tile, X, (2, 1)),
    case("concatenate", np.concatenate, [X, Y]),
    case("concatenate", np.concatenate, (X, V[None]), axis=0),
    case("concatenate", np.concatenate, [X, X[:, :1]], axis=1, dtype=np.float64),
    case("hstack", np.hstack, [V, [1.0, 2.0], 3.0]),
    case("vstack", np.vstack, [X, V]),
    case("dstack", np.dstack, [X, Y]),
    case("column_stack", np.column_stack, [V, U]),
    case("stack", np.stack, [V, U], axis=1),
    case("append", np.append, V, 1.0),
    case("append", np.append, X, V[None], axis=0),
    case("insert", np.insert, X, 0, 1.0, axis=1),
    case("insert", np.insert, V, [1, 3], [0.5, 0.6]),
    case("delete", np.delete, X, 1, axis=1),
    case("split", np.split, X, 2, axis=1),
    case("array_split", np.array_split, V, 3),
    case("hsplit", np.hsplit, X, [1, 3]),
    case("vsplit", np.vsplit, X, 3),
    case("pad", np.pad, X, 1),
    case("pad", np.pad, X, ((0, 0), (1, 2)), "constant", constant_values=3.0),
    case("pad", np.pad, X, 1, mode="edge"),
    case("pad", np.pad, V, 2, mode="reflect"),
    case("roll", np.roll, X, 1, axis=0),
    case("flip", np.flip, X),
    case("fliplr", np.fliplr, X),
    case("flipud", np.flipud, X),
    case("rot90", np.rot90, X),
    case("take", np.take, X, [0, 5, 5]),
    case("take", method("take"), X, [1, 1], axis=1),
    case("take_along_axis", np.take_along_axis, X, np.argsort(X, axis=1), axis=1),
    case("choose", np.choose, [0, 1, 1, 0], [V, U]),
    case("select", np.select, [MASK, X < -1], [X, Y], 0.5),
    case("extract", np.extract, MASK, X),
    case("diag", np.diag, V),
    case("diag", np.diag, X, 1),
    case("diagonal", np.diagonal, X),
    case("trace", np.trace, SQUARE),
    case("trace", method("trace"), CUBE, 1, 1, 2),
    case("triu", np.triu, X),
    case("tril", np.tril, SQUARE, -1),
    case("copy", np.copy, X),
    case("copy", method("copy"), X),
    case("array", np.array, X),
    case("array", np.array, [1.0, 2.0]),
    case("array", np.array, [V, U]),
    case("array", np.array, [[1.0, ZERO], [V[0], 2.0]], float),
    case("array", np.array, [0.2, 1.7], int),
    case("asarray", np.asarray, [V, U], dtype=np.float64),
    case("ascontiguousarray", np.ascontiguousarray, X.T),
    case("astype", method("astype"), X, float),
    case("astype", method("astype"), X, "f8", copy=False),
    case("astype", method("astype"), X, int),
    case("float", float, 2.0),
    case("float", float, ZERO),
    case("float64", np.float64, X),
    case("item", method("item"), V[:1]),
    case("item", method("item"), X, 1, 2),
    case("tolist", method("tolist"), X),
    case("list", list, X),
    case("full", np.full, (2, 3), 0.4),
    case("full", np.full, (2, 4), fill_value=V),
    case("full_like", np.full_like, X, 0.4),
    case("meshgrid", np.meshgrid, V, X[:, 0]),
    *(case(name, getattr(np, name), X)
      for name in ("ones_like", "zeros_like", "empty_like", "argmax", "argsort", "nonzero")),
    *(case(name, getattr(np, name), 3) for name in ("zeros", "ones", "eye")),
    case("searchsorted", np.searchsorted, np.sort(V), 0.1),
]  # fmt: skip

SUMS = [
    *(case(name, getattr(np, name), X) for name in (
        "sum", "mean", "var", "std", "max", "min", "amax", "amin",
        "cumsum", "average")),
    *(case(name, getattr(np, name), CUBE, axis=(0, -1)) for name in (
        "sum", "mean", "var", "std", "max", "min")),
    *(case(name, getattr(np, name), X, axis=-1, keepdims=True) for name in (
        "sum", "mean", "var", "std", "max", "min")),
    *(case(name, method(name), CUBE, 1) for name in (
        "sum", "mean", "var", "std", "max", "min", "cumsum")),
    *(case(name, getattr(np, name), X, axis=0, where=SOME) for name in (
        "sum", "mean", "var")),
    *(case(name, getattr(np, name), 0.7) for name in ("sum", "mean", "max")),
    case("sum", np.sum, X, 0, initial=2.0),
    case("sum", np.sum, [V, U], axis=0),
    case("sum", np.sum, [0.1, 0.2, 0.3]),
    case("sum", np.sum, X, axis=0, dtype=np.float64),
    case("max", np.max, X, axis=0, initial=0.3),
    case("max", np.max, X, axis=1, initial=-9.0, where=MASK),
    case("var", np.var, X, axis=0, ddof=1),
    case("std", method("std"), X, 0, ddof=1, keepdims=True),
    case("sum", builtins.sum, [X, V, 1.0]),
    case("sum", builtins.sum, [0.1, 0.2], 0.5),
    case("sum", builtins.sum, X, start=0.5),
    case("sum", builtins.sum, [[V], [U]], []),
    case("fsum", math.fsum, [0.1, 0.2]),
    case("max", builtins.max, 0.1, 0.4, 0.2),
    case("max", builtins.max, 0, 0.4),
    case("min", builtins.min, [0.3, 0.4, 0.2]),
    case("max", builtins.max, V),
    case("max", builtins.max, [-3.0, 0.4], key=abs),
    case("add.reduce", np.add.reduce, X),
    case("add.reduce", np.add.reduce, X, axis=None),
    case("maximum.reduce", np.maximum.reduce, X),
    case("logaddexp.reduce", np.logaddexp.reduce, X),
    case("add.accumulate", np.add.accumulate, X),
    case("add.reduceat", np.add.reduceat, V, [0, 2]),
    case("linalg.norm", np.linalg.norm, V),
    case("norm", np.linalg.norm, X),
    case("norm", np.linalg.norm, X, axis=1, keepdims=True),
    case("norm", np.linalg.norm, X, "fro", (0, 1)),
    *(case("linalg.norm", np.linalg.norm, X, order, axis=1)
      for order in (1, 2, 3, 0, np.inf, -np.inf)),
]  # fmt: skip

PRODUCTS = [
    case("dot", np.dot, X, W),
    case("dot", method("dot"), V, W),
    case("dot", np.dot, V, U),
    case("dot", np.dot, CUBE, RNG.normal(size=(2, 4, 3))),
    case("dot", np.dot, CUBE, V),
    case("dot", np.dot, 2.0, X),
    case("dot", np.dot, [1.0, 2.0], [3.0, 4.0]),
    case("matmul", np.matmul, X, W),
    case("outer", np.outer, V, X[0, :3]),
    case("outer", np.outer, X, V),
    case("inner", np.inner, X, V),
    case("inner", np.inner, CUBE, X),
    case("inner", np.inner, 2.0, V),
    case("vdot", np.vdot, X, Y),
    case("tensordot", np.tensordot, CUBE, RNG.normal(size=(3, 4, 5))),
    case("tensordot", np.tensordot, X, W, 1),
    case("tensordot", np.tensordot, V, X, axes=0),
    case("tensordot", np.tensordot, CUBE, RNG.normal(size=(4, 5, 3)), axes=([1, 2], [2, 0])),
    case("tensordot", np.tensordot, X, Y, axes=(0, 0)),
    case("einsum", np.einsum, "ij,jk->ik", X, W),
    case("einsum", np.einsum, "ij,jk", X, W),
    case("einsum", np.einsum, "ii", SQUARE),
    case("einsum", np.einsum, "ii->i", SQUARE),
    case("einsum", np.einsum, "iij,j->i", RNG.normal(size=(3, 3, 4)), V),
    case("einsum", np.einsum, "ij->j", X),
    case("einsum", np.einsum, "ij,i->j", X, np.ones(1)),
    case("einsum", np.einsum, "...j,jk->...k", CUBE, W),
    case("einsum", np.einsum, "...i,...i", CUBE, X),
    case("einsum", np.einsum, "ij, kj, j ->", X, Y, V),
    case("einsum", np.einsum, X, [0, 1], W, [1, 2], [0, 2]),
    case("einsum", np.einsum, CUBE, [..., 1], W, [1, 2]),
    case("einsum", np.einsum, "ij,jk->ik", X, W, optimize=True),
    *(case("convolve", np.convolve, V, U[:size], mode)
      for mode in ("full", "same", "valid") for size in (2, 3)),
    case("convolve", np.convolve, U[:2], V, "same"),
    *(case("correlate", np.correlate, V, U[:size], mode)
      for mode in ("full", "same", "valid") for size in (2, 3)),
    case("correlate", np.correlate, U[:2], V),
    case("kron", np.kron, X[:2, :2], W),
    case("cross", np.cross, X[:, :3], Y[:, :3]),
    case("diff", np.diff, X),
    case("linspace", np.linspace, 0.1, 2.0, 4),
    case("diff", np.diff, X, axis=0, prepend=1.0),
    case("bincount", np.bincount, [0, 2, 2, 1], V),
    case("linalg.inv", np.linalg.inv, SQUARE),
    case("inv", np.linalg.inv, RNG.normal(size=(2, 3, 3))),
]  # fmt: skip

BY_DIFFERENCES = [
    case("sigmoid", expit, X),
    case("gamma", math.gamma, 2.3),
    case("leaky", np.vectorize(lambda x, slope: x if x > 0 else slope * x), X, 0.1),
    case("deg2rad", np.deg2rad, X),
    case("copysign", np.copysign, POS, V),
]

CASES = OPERATORS + NUMBERWISE + INDEX + LAYOUT + SUMS + PRODUCTS + BY_DIFFERENCES
