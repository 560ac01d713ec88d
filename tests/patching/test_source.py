"""Edits of a source: what lies outside of them stays to the byte, and the diff makes them."""

import shutil
import subprocess

import libcst as cst
import pytest

from diagnose.errors import BadInputError
from diagnose.patching.source import (
    Edit,
    Source,
    Splice,
    applied,
    hunks,
    is_python,
    line_after,
    lines_of,
    patched,
    touched,
    unified,
)

PLAIN = (
    "import numpy as np\n\nrate = 0.5  # größe\nif rate:\n\tw = np.zeros( 3 )\n"
    "print(rate, 'é\u2028')\n"
)
FORMS = {
    "plain": PLAIN.encode(),
    "CRLF": PLAIN.replace("\n", "\r\n").encode(),
    "BOM": PLAIN.encode("utf-8-sig"),
    "BOM and CRLF": PLAIN.replace("\n", "\r\n").encode("utf-8-sig"),
    "no last newline": PLAIN.rstrip("\n").encode(),
    "tabs": PLAIN.replace(" =", "\t=").replace("if rate:", "if rate:\t").encode(),
}


def edits_of(source):
    number = next(one for one in source.of_type(cst.Float))
    call = next(one for one in source.of_type(cst.Call))
    last = source.module.body[-1]
    return [
        Edit(splices=(source.replaced(number, "0.1"),), part="pace", why="slower"),
        Edit(splices=(source.replaced(call, "np.ones( 3 )"),), part="start", why="ones"),
        Edit(splices=(source.inserted_after(last, "print(2)"),), part="input", why="more"),
    ]


@pytest.fixture(params=FORMS)
def data(request):
    return FORMS[request.param]


def test_what_was_asked_of_edited_code_is_not_compiled_again(monkeypatch):
    source, asked = Source(b"a = 1\n", "s.py"), []
    edit = Edit(splices=(Splice(start=4, end=5, text="b"),), part="", why="")
    first = is_python(source, [edit])
    monkeypatch.setattr("diagnose.patching.source.unknown_names", asked.append)
    assert (first, is_python(source, [edit]), asked) == (False, False, [])


def test_nothing_outside_of_an_edit_changes(data):
    source = Source(data, "s.py")
    rate, ones, more = edits_of(source)
    expected = data.replace(b"0.5", b"0.1")
    assert patched(source, [rate]) == expected
    assert patched(source, [ones, rate]) == expected.replace(b"np.zeros", b"np.ones")
    end = b"\r\n" if b"\r\n" in data else b"\n"
    assert patched(source, [more]) == (
        data + b"print(2)" + end if data.endswith(b"\n") else data + end + b"print(2)"
    )
    assert patched(source, []) == data
    assert is_python(source, [rate, ones, more])


def test_names_that_are_not_ascii_stay_where_they_are(data):
    text = data + (b"" if data.endswith(b"\n") else b"\n") + "größe_µ = 'ä'; λ = 0.25\n".encode()
    source = Source(text, "s.py")
    *_, number = source.of_type(cst.Float)
    edit = Edit(splices=(source.replaced(number, "λ0"),), part="pace", why="slower")
    assert patched(source, [edit]) == text.replace(b"0.25", "λ0".encode())
    assert applied(text, unified(source, [edit])) == patched(source, [edit])


def test_the_diff_makes_the_edits(data):
    source = Source(data, "s.py")
    edits = edits_of(source)
    assert applied(data, unified(source, edits)) == patched(source, edits)
    with pytest.raises(BadInputError, match="changed meanwhile"):
        applied(data.replace(b"0.5", b"0.4"), unified(source, edits))


@pytest.mark.parametrize(
    "command", [["patch", "-s", "-i", "fix.diff"], ["git", "apply", "fix.diff"]]
)
def test_patch_and_git_take_the_diff(data, command, tmp_path):
    if shutil.which(command[0]) is None:
        pytest.skip(f"there is no {command[0]} here")
    source = Source(data, "s.py")
    edits = edits_of(source)
    (tmp_path / "s.py").write_bytes(data)
    (tmp_path / "fix.diff").write_bytes(unified(source, edits).encode())
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "s.py").read_bytes() == patched(source, edits)


def test_lines_are_counted_as_a_diff_shows_them(data):
    source = Source(data, "s.py")
    rate, ones, more = edits_of(source)
    assert touched(source, [rate, ones]) == 2
    assert "".join(lines_of(data)).encode() == data
    told = hunks(source, [rate])[0]["changes"]
    assert [one["line"] for one in told] == [3]
    assert told[0]["new"][0].replace("\t", " ") == "rate = 0.1  # größe"
    assert more.part == "input"


def test_a_line_is_found_again_among_edited_ones():
    source = Source(b"a = 1\nb = 2\nc = 3\nd = 4\n", "s.py")
    first, _, third, _ = source.module.body
    edits = [
        Edit(splices=(source.inserted_after(first, "a += 1"),), part="pace", why="more"),
        Edit(splices=(source.removed(third),), part="pace", why="less"),
    ]
    assert [line_after(source, edits, line) for line in (1, 2, 4)] == [1, 3, 4]
    changed = Edit(splices=(source.replaced(third, "c = 4\nc += 1"),), part="pace", why="new")
    assert [line_after(source, [changed], line) for line in (2, 3, 4)] == [2, 3, 5]


def test_edits_in_the_same_place_do_not_go_together():
    source = Source(PLAIN.encode(), "s.py")
    rate, ones, _ = edits_of(source)
    assert rate.meets(rate)
    assert not rate.meets(ones)


def test_another_encoding_is_refused():
    with pytest.raises(BadInputError, match="UTF-8"):
        Source("# -*- coding: latin-1 -*-\nx = 'é'\n".encode("latin-1"), "s.py")


def test_what_the_parser_does_not_keep_is_refused():
    with pytest.raises(BadInputError, match="form feeds"):
        Source(b"x = 1\n\x0cy = 2\n", "s.py")


def test_what_is_no_python_is_refused():
    with pytest.raises(BadInputError, match=r"s\.py"):
        Source(b"x = (", "s.py")


@pytest.mark.parametrize(
    ("text", "space"), [("x = (a\n     + b)\n", " "), ("x = a+b+(c\n + d)\n", "")]
)
def test_an_operator_may_stand_on_a_line_of_its_own(text, space):
    assert Source(text.encode(), "s.py").space == space


def test_a_name_that_would_be_given_itself_goes_with_its_line():
    source = Source(b"d = y - t\nd = d * (y > 0)\nprint(d)\n", "mine.py")
    product = next(one for one in source.operations(cst.Multiply))
    edit = Edit(splices=(source.replaced(product, "d"),), part="gradient", why="")
    assert patched(source, [edit]) == b"d = y - t\nprint(d)\n"


def test_what_parts_two_statements_of_a_line_stays_as_it_is():
    source = Source(b"a -= b; c -= d\n", "s.py")
    first, _ = source.of_type(cst.AugAssign)
    turned = first.with_changes(operator=cst.AddAssign())
    assert patched(source, [source.edit(first, turned, "step", "")]) == b"a += b; c -= d\n"


UNKNOWN = (
    "import numpy as np\ndef f(x):\n    z = x * 2\n    return z\ndef g(x):\n    return x - f(x)\n"
)


@pytest.mark.parametrize(
    ("new", "works"),
    [
        ("x", True),  # a parameter there
        ("np.abs(x)", True),
        ("later", True),  # of the module, though below
        ("z", False),  # of another function
        ("print(x", False),
        ("missing", True),  # which is read already, wherever it comes from
    ],
)
def test_an_edit_reads_no_name_that_nothing_gives_a_value(new, works):
    source = Source((UNKNOWN + "later = missing\n").encode(), "mine.py")
    at = source.code.index(b"f(x)\n")
    edit = Edit(splices=(Splice(start=at, end=at + 4, text=new),), part="gradient", why="")
    assert is_python(source, [edit]) is works


def test_where_everything_is_imported_any_name_may_be_known():
    source = Source(b"from numpy import *\nx = 1\n", "mine.py")
    edit = Edit(splices=(Splice(start=24, end=25, text="zeros(3)"),), part="start", why="")
    assert is_python(source, [edit])


def test_what_is_nested_deeper_than_it_is_read_is_said_and_stops_nothing():
    terms = " + ".join(["x"] * 3_000)
    with pytest.raises(BadInputError, match="cannot be read as Python for a patch"):
        Source(f"x = 1\ny = {terms}\n".encode(), "deep.py")
