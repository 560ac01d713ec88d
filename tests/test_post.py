"""The post's code stays as it was posted, token for token."""

import ast
import hashlib
import io
import tokenize
from pathlib import Path

POST = Path(__file__).parents[1] / "buggy_reference" / "post.py"
# The code as it stood in the question, its indentation lost.
POSTED = Path(__file__).with_name("post_unindented.txt")
PROSE = "put functions together"

LAYOUT = {
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.COMMENT,
    tokenize.ENDMARKER,
}


def tokens(source: str) -> list[str]:
    return [
        token.string
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type not in LAYOUT
    ]


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def test_only_the_indentation_and_the_prose_line_differ_from_the_posted_text():
    posted = ["# " + line if line == PROSE else line for line in lines(POSTED)]
    assert [line.lstrip(" ") for line in lines(POST)] == posted
    assert lines(POSTED).count(PROSE) == 1


def test_tokens_are_those_of_the_posted_text_one_line_at_a_time():
    found, posted = [], []
    for line in lines(POSTED):
        if line != PROSE:
            posted += tokens(line)
    found += tokens(POST.read_text(encoding="utf-8"))
    assert found == posted


def test_token_stream_is_pinned():
    text = "\n".join(tokens(POST.read_text(encoding="utf-8")))
    assert hashlib.sha256(text.encode()).hexdigest() == (
        "f3030e65091d094a9acb51cd2f1e922c1ccc16871175bfc66630394bc484ff77"
    )


def test_posted_text_begins_and_ends_where_the_code_does():
    posted = lines(POSTED)
    assert posted[0] == "import numpy as np"
    assert posted[-1] == "print(np.argmax(prob))"
    assert r"img=Image.open(r'C:\Users\Desktop\MNIST - JPG - training\2\5.jpg')" in posted


def test_indentation_puts_each_line_where_the_post_means_it():
    tree = ast.parse(POST.read_text(encoding="utf-8"))
    assert [type(node).__name__ for node in tree.body] == (
        ["Import", "ImportFrom", "Import", "Expr"]
        + 9 * ["FunctionDef"]
        + 5 * ["Assign"]
        + ["Assign", "Expr", "Expr"]
    )
    learn = next(node for node in tree.body if getattr(node, "name", "") == "learn")
    epochs = learn.body[3]
    classes = epochs.body[1]
    images = classes.body[2]
    assert [ast.unparse(loop.iter) for loop in (epochs, classes, images)] == [
        "range(10)",
        "range(10)",
        "os.listdir(path)",
    ]
    assert len(images.body) == 6
    assert ast.unparse(learn.body[-1]).startswith("return")
    assert len(learn.body) == 5
