"""The text of a place: as it is written, and of data that are written out no more than is shown."""

import ast

from diagnose.recording.sites import MOST_WRITTEN, text_of


def test_a_place_has_its_own_text():
    assert text_of(ast.parse("np.array([1, 2]) @ w", mode="eval").body) == "np.array([1, 2]) @ w"


def test_of_data_that_are_written_out_the_beginning_is_its_text():
    rows = ", ".join(["[" + ", ".join(["3"] * 500) + "]"] * 500)
    node = ast.parse(f"x = np.array([{rows}])").body[0]
    text = text_of(node)
    assert text.startswith("x = np.array([[3, 3,")
    assert text.count("3") == MOST_WRITTEN**2
    assert ast.unparse(node).count("3") == 500 * 500  # the program is as it was
