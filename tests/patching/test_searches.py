"""The largest output, looked for in a loop of the author's own; labels that answers are held to."""

import pytest

from diagnose.patching.compared import labels_by_number
from diagnose.patching.counting import of_largest, of_searches
from diagnose.patching.source import Source, patched

SEARCH = """\
def answer(o):
    k = {first}
    for i in range({begin}len(o)):
        if o[i] > o[k]:
            k = i
    return k
"""
KEPT = """\
where, top = 0, 0.0
for at, one in enumerate(outputs):
    if one > top:
        where, top = at, one
"""


def texts(maker, text):
    source = Source(text.encode(), "mine.py")
    return [patched(source, [one]).decode() for one in maker(source)]


@pytest.mark.parametrize(("first", "begin"), [("1", "k, "), ("2", "0, "), ("1", "")])
def test_a_search_begins_with_the_first_output(first, begin):
    text = SEARCH.format(first=first, begin=begin)
    wanted = SEARCH.format(first="0", begin=begin)
    assert texts(of_searches, text) == [wanted]
    assert texts(of_largest, text)[0] == wanted


def test_a_search_leaves_no_output_out():
    text = SEARCH.format(first="0", begin="2, ")
    assert texts(of_searches, text) == [SEARCH.format(first="0", begin="1, ")]


def test_any_output_is_larger_than_what_a_search_begins_with():
    assert texts(of_searches, KEPT) == [KEPT.replace("0.0", '-float("inf")')]


@pytest.mark.parametrize(
    "text",
    [
        SEARCH.format(first="0", begin="1, "),
        SEARCH.format(first="1", begin="k, ").replace("k = i", "k = o[i]"),
        SEARCH.format(first="1", begin="k, ").replace("o[k]", "p[k]"),
        KEPT.replace("where, top = at, one", "top = one"),
        KEPT.replace("where, top = at, one", "stop = True"),
        KEPT.replace("where, top = at, one", "top, since = one, 0"),  # the best of some results
    ],
)
def test_what_is_no_search_or_a_right_one_stays(text):
    assert texts(of_searches, text) == []


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("seen, kept = cut(a), cut(b)\nfor j in range(len(kept)):\n"
         "    if ask(kept[j][0]) == seen[j][1]:\n        n += 1\n", ("seen[j][1]", "kept[j][1]")),
        ("y_train, y_test = y[:9], y[9:]\n"
         "n = sum(ask(x[i]) == y_train[i] for i in range(len(y_test)))\n",
         ("y_train[i]", "y_test[i]")),
        ("labels, labels_test = y[:9], y[9:]\nfor j in range(len(labels_test)):\n"
         "    wrong += labels[j] != ask(j)\n", ("labels[j] !=", "labels_test[j] !=")),
    ],
)  # fmt: skip
def test_answers_are_held_to_labels_of_what_is_asked(text, wanted):
    assert texts(labels_by_number, text) == [text.replace(*wanted)]


@pytest.mark.parametrize(
    "text",
    [
        # it is the test that is asked and compared
        "a, b = cut(x)\nfor j in range(len(b)):\n    n += ask(b[j][0]) == b[j][1]\n",
        # the two were not made together, and are not called alike
        "a = read(1)\nb = read(2)\nfor j in range(len(b)):\n    n += ask(j) == a[j]\n",
        # what is compared is not taken by the turn
        "a, b = cut(x)\nfor j in range(len(b)):\n    n += ask(j) == a[0]\n",
        "a, b = cut(x)\nfor j in range(len(b)):\n    for k in range(3):\n        n += a[j] == k\n",
    ],
)
def test_labels_that_belong_to_the_answers_stay(text):
    assert texts(labels_by_number, text) == []


def test_a_label_is_not_looked_for_in_itself():
    text = "n = sum(np.argmax(f(x)) == np.argmax(y) for x, y in pairs)\n"
    assert text.replace("np.argmax(y)", "y") in texts(of_largest, text)
    alone = "n = sum(guess(x) == np.argmax(y) for x, y in pairs)\n"
    assert alone.replace("np.argmax(y)", "y") not in texts(of_largest, alone)
