"""What is lost when images are prepared in integers: numbers that overflow, shades cut off."""

from __future__ import annotations

import numpy as np

from diagnose.instruments.bench import spread
from diagnose.instruments.whole_numbers import Preparing
from diagnose.network.arrays import Array, as_float, is_whole
from diagnose.report import Numbers

# Rounding to the coarsest number type in use, float16, is off by 5e-4 of a number.
ROUNDING = 1e-3
# Images looked at.
SAMPLES = 100
# With fewer grays than this, a picture has no shades to lose.
SHADES = 8
# A sum of bytes that overflows is off by 256, once or a few times; a function that treats bytes
# and floats differently on purpose, as by dividing bytes alone, is off by as many numbers as there
# are grays, and agrees on no gray but 0.
JUMPS = 3
AGREE = 0.05
# Cut off within a division and once more after it, a number is off by less than this many wholes.
WHOLES = 1.5
# Where a step from one whole number to the next is so small a part of the spread, little is lost.
FINE = 0.05


def looked_at(images: Array) -> Array:
    """Indices of images spread over the set, and of some that hold the brightest pixels."""
    peaks = images.reshape(len(images), -1).max(axis=1)
    brightest = np.argsort(-peaks.astype(float), kind="stable")[: SAMPLES // 10]
    return np.union1d(spread(len(images), SAMPLES), brightest)


def overflow(prepare: Preparing, images: Array, rows: Array) -> Numbers | None:
    """Where prepare makes other numbers of bytes than of the same numbers as floats."""
    if not is_whole(images):
        return None
    try:
        floats = np.asarray(prepare(as_float(images)), float)
    except Exception:
        # Code that looks bytes up in a table, or shifts their bits, can take no floats.
        return None
    if floats.shape != rows.shape or not np.isfinite(floats).all():
        return None
    made, room = as_float(rows), ROUNDING * max(float(np.ptp(floats)), 1e-300)
    apart = np.abs(floats - made) > room
    if not apart.any():  # before pairs are sorted, which takes ten times as long
        return None
    pairs = np.unique(np.stack([floats.ravel(), made.ravel()], axis=1), axis=0)
    off = pairs[:, 0] - pairs[:, 1]
    differ = np.abs(off) > room
    if len(pairs) <= SHADES:
        return None
    jumps = np.unique(np.round(off[differ] / np.abs(off[differ]).max(), 3))
    agree = float((~differ & (pairs[:, 0] != 0)).mean())
    if len(jumps) > JUMPS and agree < AGREE:
        return None
    worst = int(np.abs(off).argmax())
    return {
        "share": float(apart.mean()),
        "as_found": float(pairs[worst, 1]),
        "as_float": float(pairs[worst, 0]),
        "pairs": pairs[spread(len(pairs), 256)].tolist(),
    }


def shades(images: Array, rows: Array) -> Numbers | None:
    """How many of the pixels that are not the darkest lost their shade to an integer division."""
    pixels = np.asarray(images, float).reshape(len(images), -1)
    values = np.asarray(rows, float)
    if pixels.shape != values.shape or len(np.unique(pixels)) <= SHADES:
        return None
    darkest, brightest = float(pixels.min()), float(pixels.max())
    below = pixels < brightest
    low, high = np.unique(values[below]), np.unique(values[~below])
    gray = below & (pixels > darkest)
    if len(low) != 1 or len(high) != 1 or low[0] == high[0]:
        return None
    share = float(gray.sum() / (pixels > darkest).sum())
    if share < 0.5:
        # So few shades that the picture was black and white before.
        return None
    return {
        "share": share,
        "grays": len(np.unique(pixels)),
        "darkest": darkest,
        "brightest": brightest,
        "low": float(low[0]),
        "high": float(high[0]),
    }


def cut(images: Array, rows: Array) -> Numbers | None:
    """How much goes where prepare makes whole numbers of fractions.

    Only where what it makes is a straight line, feature by feature, but for what is cut off; zeros
    and ones are left alone, for so are categories written.
    """
    raw = np.asarray(images, float).reshape(len(images), -1)
    values = np.asarray(rows, float)
    if is_whole(images) or raw.shape != values.shape or not np.isfinite(values).all():
        return None
    fractions = float((raw != np.round(raw)).mean())
    if fractions < 0.5 or (values != np.round(values)).any() or np.isin(values, (0, 1)).all():
        return None
    centered = raw - raw.mean(axis=0)
    spread_of = np.square(centered).sum(axis=0)
    scale = (centered * values).sum(axis=0) / np.where(spread_of > 0, spread_of, 1.0)
    shift = values.mean(axis=0) - scale * raw.mean(axis=0)
    line = raw * scale + shift
    off = values - line
    size = float((line - line.mean(axis=0)).std())
    lost = float(off.std()) / size if size > 0 else 0.0
    if np.quantile(np.abs(off), 0.99) > WHOLES or lost < FINE:
        return None
    some = spread(values.size, 256)
    return {
        "lost": lost,
        "values": len(np.unique(values)),
        "numbers": len(np.unique(raw)),
        "scale": scale.tolist(),
        "shift": shift.tolist(),
        "pairs": np.stack([line.ravel()[some], values.ravel()[some]], axis=1).tolist(),
    }


def wrapped(images: Array, rows: Array) -> Numbers | None:
    """Where bytes are read as signed ones, so that the brighter half becomes darker than black.

    What prepare makes of a gray then is a straight line but for jumps of 256 grays.
    """
    pixels = np.asarray(images).reshape(len(images), -1)
    values = np.asarray(rows, float)
    if not is_whole(images) or pixels.shape != values.shape:
        return None
    grays, first, at = np.unique(pixels, return_index=True, return_inverse=True)
    made = values.ravel()[first]
    if len(grays) <= SHADES or (made[at].reshape(values.shape) != values).any():
        return None
    distance = grays.astype(float) - float(grays[0])
    slope = float(np.median(np.diff(made) / np.diff(distance)))
    if slope == 0:
        return None
    jumps = (made - made[0] - slope * distance) / (256 * slope)
    whole = np.round(jumps)
    if not whole.any() or np.abs(jumps - whole).max() > ROUNDING:
        return None
    return {
        "share": float((whole[at] != 0).mean()),
        "darkest": float(grays[0]),
        "brightest": float(grays[-1]),
        "low": float(made[0]),
        "high": float(made[0] + slope * distance[-1]),
        "gray": float(grays[whole != 0][0]),
        "as_found": float(made[whole != 0][0]),
        "pairs": np.stack([made[0] + slope * distance, made], axis=1).tolist(),
    }
