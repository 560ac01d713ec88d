"""Scripts as no editor leaves them: damaged, cut off, oddly encoded, beside hidden libraries."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tests.hostile.cases import Case

# Trains in a moment, so that what is made of it does too.
SCRIPT = """\
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(60, 4)); y = (X[:, 0] > 0).astype(int)
Y = np.eye(2)[y]
W, b = rng.normal(size=(4, 2)) * 0.3, np.zeros(2)
for epoch in range(20):
    for s in range(0, 60, 10):
        x, t = X[s:s + 10], Y[s:s + 10]
        p = np.exp(x @ W + b); p /= p.sum(1, keepdims=True)
        d = (p - t) / len(x)
        W -= 0.5 * x.T @ d; b -= 0.5 * d.sum(0)
print("accuracy", (np.argmax(X @ W + b, 1) == y).mean())
"""
DATA = SCRIPT.encode()
# Nothing is known of how a damaged script ends, but that it is one of these.
ENDS = (0, 2, 3)
TEXTS = {
    "latin-1": b"# caf\xe9\n" + DATA,
    "no-such-coding": b"# coding: nonsense\n" + DATA,
    "no-text-coding": b"# coding: hex\n" + DATA,
    "rot13": b"# coding: rot13\n" + DATA,
    "undefined": b"# coding: undefined\n" + DATA,
    "utf-16": SCRIPT.encode("utf-16"),
    "other-mark": b"\xef\xbb\xbf# coding: latin-1\n" + DATA,
    "zeros": DATA + b"\0",
    "surrogate": b"s = '\xed\xa0\x80'\n" + DATA,
    "empty": b"",
    "blank": b"  \n\n",
    "only-a-mark": b"\xef\xbb\xbf",
    "deep-brackets": b"(" * 5000 + b")" * 5000,
    "deep-signs": b"x = " + b"-" * 20_000 + b"1\n" + DATA,
    "deep-blocks": b"".join(b" " * at + b"if 1:\n" for at in range(120)) + b" " * 120 + b"pass\n",
    "long-number": b"x = " + b"9" * 100_000 + b"\n" + DATA,
    "blanks-and-tabs": b"if 1:\n\tx = 1\n        y = 2\n",
    "await": b"import asyncio\nawait asyncio.sleep(0)\n",
    "return": b"return 3\n",
    "future": b"from __future__ import braces\n",
}
SOUND = {
    "mark": b"\xef\xbb\xbf" + DATA,
    "windows": DATA.replace(b"\n", b"\r\n"),
    "old-mac": DATA.replace(b"\n", b"\r"),
    "form-feed": b"\x0c" + DATA,
    "coding": b"# coding: latin-1\n# caf\xe9\n" + DATA,
    "many-terms": b"x = " + b" + ".join([b"1"] * 1500) + b"\n" + DATA,
    "long-line": DATA + b"x = [" + b"1," * 5_000 + b"]\n",
}
HIDING = ("numpy", "random", "types", "typing", "re", "enum", "ast", "math", "collections", "time")


def cases() -> Iterator[Case]:
    """Scripts, and what lies beside them."""

    def put(folder: Path, *, files: dict[str, bytes], args: tuple[str, ...] = ()) -> list[str]:
        for name, content in files.items():
            (folder / name).write_bytes(content)
        return ["s.py", "--quiet", "--within", "12s", *args]

    def case(name: str, content: bytes, *codes: int, **files: bytes) -> Case:
        beside = {f"{one}.py": text for one, text in files.items()}
        made = partial(put, files={"s.py": content, **beside})
        return Case(id=f"late-script-{name}", make=made, codes=codes or (2,))

    for name, content in TEXTS.items():
        yield case(name, content, *ENDS)
    for name, content in SOUND.items():
        yield case(name, content, 0)
    dice = random.Random(0)
    for at in range(15):
        yield case(f"cut-{at}", DATA[: dice.randrange(len(DATA))], *ENDS)
        damaged = bytearray(DATA)
        for _ in range(dice.choice([1, 2, 5, 30])):
            damaged[dice.randrange(len(DATA))] = dice.choice([0, 10, 40, 58, 91, 200, 255])
        yield case(f"damaged-{at}", bytes(damaged), *ENDS)
    for name in HIDING:
        yield case(f"beside-{name}", DATA, *ENDS, **{name: b"x = 1\n"})
    options = ("--watch-seconds", "nan"), ("--watch-seconds", "1e400"), ("--watch-seconds", "-1"), (
        "--folder", ""), ("--folder", "/dev/null"), ("-o", "page.html/"), ("--patch", "/"), (
        "--line", "0"), ("--within", "nan")  # fmt: skip
    for option, value in options:
        made = partial(put, files={"s.py": DATA}, args=(option, value))
        yield Case(id=f"script{option}-{value.strip('/')}", make=made)
