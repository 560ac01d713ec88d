"""What a learner is told: of a prediction, of a sentence picked, of a repair, and by a hint."""

from dataclasses import replace

import numpy as np
import pytest

from buggy_reference import NETWORK as POST
from diagnose.probes.class_order import Shuffled
from diagnose.teaching import (
    NotYetError,
    class_bars,
    digit_row,
    explain,
    hint,
    hints,
    mend,
    observe,
    plant,
    predict,
    probe,
    verify,
    verify_numbers,
)
from diagnose.teaching.hinting import LEVELS, texts
from fixed import NETWORK as FIXED

NAME = "class-order"


def told(capsys, answer, seen, **how):
    prediction = predict("How much?", answer, choices=how.pop("choices", None))
    capsys.readouterr()
    prediction.compare(seen, **how)
    return capsys.readouterr().out.strip()


@pytest.mark.parametrize(
    ("answer", "seen", "says"),
    [
        (9, 9, "You said 9. That is right."),
        (0.26, 0.257, "You said 0.26. Right: it is 0.257."),
        (0.9, 0.25, "You said 0.9. It is 0.25: too high, by a factor of 3.6."),
        (1, 2_000, "You said 1. It is 2,000: too low, by a factor of 2,000."),
        (1000, 4, "You said 1,000. It is 4: too high, by a factor of 250."),
        (3, 4, "You said 3. It is 4: too low by 1, but of the right size."),
        (20_000, -20_000, "You said 20,000. It is -20,000: the other sign."),
        (1, -20_000, "You said 1. It is -20,000: the other sign, by a factor of 20,000."),
        (0, -2, "You said 0. It is -2: too high."),
        (10, 0.1, "You said 10. It is 0.1: that looks like per cent of it."),
        (0, 5, "You said 0. It is 5: too low."),
        (float("nan"), 5, "You said nan. It is 5."),
    ],
)
def test_a_prediction_is_told_how_it_is_wrong(capsys, answer, seen, says):
    assert told(capsys, answer, seen) == says


def test_next_to_nothing_has_no_sign_and_no_factor(capsys):
    assert told(capsys, -0.3, 0.004, within=0.03) == "You said -0.3. It is 0.004: too low."


def test_what_is_behind_an_answer_is_said_to_those_who_gave_it(capsys):
    because = {10: "Most people say 10."}
    assert told(capsys, 10, 1, because=because).endswith("Most people say 10.")
    assert "Most" not in told(capsys, 7, 1, because=because)


def test_a_choice(capsys):
    choices = {"a": "less", "b": "more"}
    assert told(capsys, "A", "a", choices=choices).startswith("You wrote no prediction down")
    assert told(capsys, "a", "b", choices=choices) == "You said a. It is b (more)."
    assert told(capsys, ..., "b", choices=choices).startswith(
        "You wrote no prediction down; it is b (more)."
    )
    assert told(capsys, "a", "b", choices={"a": "", "b": ""}) == "You said a. It is b."
    assert told(capsys, "b", "b", choices=choices) == "You said b. That is right."


@pytest.mark.parametrize("answer", [..., None, "a lot", [1, 2]])
def test_no_usable_answer_is_told_kindly_and_stops_nothing(capsys, answer):
    prediction = predict("How much?", answer)
    noted = capsys.readouterr().out
    assert "put your guess in place" in noted or "is not a number; write one" in noted
    prediction.compare(0.5, because={0.5: "never said"})
    assert capsys.readouterr().out.split(". ")[0] == "You wrote no prediction down; it is 0.5"


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (..., "Nothing is picked yet"),
        ("z", "You wrote 'z'; pick one of a, b, c."),
        ("a", "You picked a: not quite."),
        (" B ", "You picked b: yes."),
    ],
)
def test_a_sentence_picked(capsys, answer, says):
    explain("why-the-last", answer)
    assert says in capsys.readouterr().out


def test_hints_come_in_steps_and_stop_where_a_teacher_says(capsys):
    hints()
    for number, level in enumerate(LEVELS, 1):
        hint(NAME)
        out = capsys.readouterr().out
        assert out.startswith(f"Hint {number} of 4, the {level}:")
        assert ("Run this cell again" in out) == (number == 1)
    hint(NAME)
    assert "that was the last one" in capsys.readouterr().out
    hints(stop_at="area")
    for _ in range(3):
        hint(NAME)
    assert "hints stop here in your course" in capsys.readouterr().out
    hints(stop_at="symptom")
    hint(NAME)
    assert "Run this cell again" not in capsys.readouterr().out
    hints()
    with pytest.raises(ValueError, match="there are symptom, area, line, repair"):
        hints(stop_at="all")
    with pytest.raises(ValueError, match="there are no hints on 'order'"):
        hint("order")


def test_every_hint_has_four_steps_and_every_question_one_right_option(capsys):
    hints()
    for name, steps in texts()["hints"].items():
        assert set(LEVELS) <= set(steps) <= {*LEVELS, "code"}, name
        for _ in LEVELS:
            hint(name)
        assert "{place}" not in capsys.readouterr().out
    hints()
    for name, asked in texts()["questions"].items():
        assert asked["right"] in asked["options"], name
        assert len(asked["options"]) >= 2, name
        assert all(set(option) == {"says", "feedback"} for option in asked["options"].values())


def test_a_hint_names_the_line(capsys):
    hints()
    for _ in range(3):
        hint(NAME)
    out = " ".join(capsys.readouterr().out.split())
    assert "buggy_reference/post.py, line 67: `for num in range(10):`" in out
    hints()


def test_a_repair_is_green_and_says_so(capsys):
    verify(replace(POST, order=Shuffled(POST.order)), NAME, was=POST)
    assert capsys.readouterr().out.startswith("GREEN: class-order is gone.\n  observed  ")


def unfinished(labels, epoch, seed):
    return ...


def too_few(labels, epoch, seed):
    return np.random.default_rng(seed).permutation(7)


@pytest.mark.parametrize(
    ("order", "says"),
    [
        (POST.order, "RED: class-order is present"),
        (unfinished, "RED: the network does not run yet"),
        (too_few, "RED: class-order is gone, but now there is missing-classes"),
    ],
)
def test_red_says_observed_expected_where_and_what_to_try(order, says):
    with pytest.raises(NotYetError) as caught:
        verify(replace(POST, order=order), NAME, was=POST)
    lines = str(caught.value).splitlines()
    assert lines[0] == says
    beats = [line.split()[0] for line in lines[1:] if line[2] != " "]
    assert beats == ["observed", "expected", "where", "try"]
    assert caught.value._render_traceback_() == lines
    assert isinstance(caught.value, AssertionError)


def test_where_names_a_learners_own_function(monkeypatch):
    monkeypatch.setattr(unfinished, "__module__", "__main__")
    with pytest.raises(NotYetError, match="where     your own unfinished"):
        verify(replace(POST, order=unfinished), NAME)


@pytest.mark.parametrize(
    ("got", "want", "says"),
    [
        (..., 1.0, "is not a number yet"),
        ([..., 1], [1, 1], "is not a number yet"),
        ([1, 2], [1, 2, 3], "has another shape"),
        ([1, 2, 4], [1, 2, 3], "is off"),
        ([1, np.nan, 3], [1, 2, 3], "is off"),
    ],
)
def test_numbers_are_red(got, want, says):
    with pytest.raises(NotYetError, match=f"RED: your x {says}"):
        verify_numbers("your x", got, want, within=0.1)


def test_numbers_are_green(capsys):
    verify_numbers("your x", [1, 2.05], [1, 2], within=0.1)
    verify_numbers("your x", [3], [3], within=1e-9)
    green = "GREEN: your x is right, to 0.1.\nGREEN: your x is right.\n"
    assert capsys.readouterr().out == green


def test_observe_mend_and_plant():
    seen = observe(POST, epochs=1)
    assert seen.probabilities.shape == (1000, 10)
    assert "favoured answer    9, share 1.000" in repr(seen)
    assert probe(plant(FIXED, NAME), NAME).finding.status == "present"
    assert probe(mend(POST, NAME), NAME).finding.status == "absent"
    assert mend(FIXED, NAME) is FIXED
    for function in (probe, plant):
        with pytest.raises(ValueError, match="no defect named 'order'"):
            function(POST, "order")


def test_a_picture_shows_itself_and_says_what_it_shows():
    pictures = [
        class_bars({"a": [0.1, 0.9]}, marks={"b": [0.5, 0.5]}, label="share"),
        digit_row(np.zeros((2, 28, 28)), ["is 0", "is 1"]),
        probe(POST, NAME).picture(),
    ]
    for one in pictures:
        data, metadata = one._repr_mimebundle_()
        assert data == one._repr_mimebundle_()[0]
        assert data["image/png"].startswith("iVBOR")
        assert data["text/plain"] == metadata["image/png"]["alt"] == one.alt_text
    assert pictures[0].alt_text == "share for each class. a 0.100, 0.900; b 0.500, 0.500."
