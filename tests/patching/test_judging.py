"""What a script prints last, as found and patched, and which of the two is better."""

import pytest

from diagnose.patching.judging import (
    Kind,
    are_few,
    gained,
    is_better,
    is_share,
    is_the_same,
    is_worse,
    last_result,
    level,
    pointed,
    result,
)


@pytest.mark.parametrize(
    ("line", "beside", "share"),
    [
        ("accuracy 0.97", "accuracy 0.11", 0.97),
        ("accuracy 97.0", "accuracy 11.0", 0.97),
        ("accuracy 0.9", "accuracy 97.0", 0.009),
        # A share that was printed with a per cent sign, and one of a hundred.
        ("Accuracy: 0.97%", "Accuracy: 0.11%", 0.97),
        ("Accuracy: 0.97 per cent", "Accuracy: 97.0 per cent", 0.0097),
        ("accuracy (%): 1.0", "accuracy (%): 97.0", 0.01),
        # So many of so many.
        ("test 50 / 83", "test 76 / 83", 50 / 83),
        ("bonnes reponses : 1 sur 4", "bonnes reponses : 4 sur 4", 0.25),
        ("of 400 test points classified correctly: 355", "", 355 / 400),
        ("Out of 300 test digits the net got right: 23", "", 23 / 300),
        ("errors of 400 test points: 45", "", 0.0),
        ("Cifre riconosciute: 50 su 400, cioe' il 12.5 per cento", "", 0.125),
        ("accuracy 0.5 in 35.2 s", "accuracy 0.95 in 29.0 s", 0.5),
        ("accuracy nan", "accuracy 0.5", 0.0),
        ("nothing", "nothing", 0.0),
    ],
)
def test_a_share_is_read_in_the_unit_of_both_lines(line, beside, share):
    assert level(line, beside, 3) == pytest.approx(share)


@pytest.mark.parametrize(
    ("before", "after", "share"),
    [
        ("MSE 0.5", "MSE 0.02", 0.96),
        ("final loss: 2.0", "final loss: 3.0", 0),
        ("scarto medio assoluto: 0.5", "scarto medio assoluto: 0.02", 0.96),
        ("loss nan", "loss 0.1", 1),
        ("R2 = -3.0", "R2 = 0.9", 0.9),
        ("test error 0.5", "stopped 0.1", 0),
        ("x = 0.5", "x = 0.1", 0),
        ("MSE 0.0", "MSE nan", 0),
        ("wrong: 60 / 120", "wrong: 6 / 120", 0.9),
        ("Number of misread digits: 80", "Number of misread digits: 8", 0.9),
        ("mislabelled flowers 40", "mislabelled flowers 4", 0.9),
        ("errors among 200 test points: 60", "errors among 200 test points: 6", 0.9),
        ("errors on 90 test digits: 40", "errors on 90 test digits: 4", 0.9),
    ],
)
def test_an_error_is_measured_by_what_is_gone_of_it(before, after, share):
    assert level(after, before) == pytest.approx(share)


@pytest.mark.parametrize(
    ("before", "after", "few"),
    [
        ("errors on 300 test points: 1", "errors on 300 test points: 0", True),
        ("wrong: 9 / 120", "wrong: 2 / 120", True),
        ("misread digits: 12", "misread digits: 3", True),
        ("misread digits: 87", "misread digits: 41", False),
        ("errors in total 151", "errors in total 0", False),
        ("mse 0.9", "mse 0.1", False),
        ("error 12 %", "error 3 %", False),
        ("accuracy 0", "accuracy 1", False),
        ("loss nan", "loss 0", False),
    ],
)
def test_a_few_wrong_answers_fewer_are_none_that_an_edit_brings(before, after, few):
    assert are_few(before, after) is few
    better = not few and "accuracy" not in before
    assert not (few and is_better(before, after))
    assert not better or is_better(before, after)
    assert not (few and is_worse(after, before))


@pytest.mark.parametrize(
    ("before", "after", "classes", "worse"),
    [
        ("accuracy 0.59", "accuracy 0.41", 0, True),
        ("accuracy 0.59", "accuracy 0.57", 0, False),
        ("accuracy 0.41", "accuracy 0.59", 0, False),
        ("Accuracy: 0.97%", "Accuracy: 0.11%", 0, True),
        ("epoch 90", "accuracy 0.41", 0, False),
        ("rmse 0.2", "rmse 0.5", 0, True),
        ("rmse 0.2", "rmse 0.21", 0, False),
        # The last number is what the words before it say, whatever is learned.
        ("loss 0.693", "loss 0.05", 0, False),
        ("loss 0.693", "loss 0.05", 2, False),
        ("loss 0.05", "loss 0.693", 0, True),
        ("took 35.2 s", "took 29.0 s", 0, False),
        ("accuracy 0.5 in 35.2 s", "accuracy 0.95 in 29.0 s", 0, False),
        ("accuracy 0.95 in 29.0 s", "accuracy 0.5 in 35.2 s", 0, True),
        ("accuracy 0.5 loss 0.7", "accuracy 0.9 loss 0.3", 0, False),
        ("right 0.9", "right 0.7", 3, True),
        ("test 0.9", "test 0.7", 3, True),
        # Of an answer that is printed, such as that of xor, it is not known which is better.
        ("[1 1] gives 0.5", "[1 1] gives 0.03", 0, False),
        ("RMSE 8.3", "RMSE 24", 0, True),
        ("RMSE 8.3", "RMSE 9", 0, False),
        ("R2 0.9", "R2 0.89", 0, False),
        ("76 / 83", "50 / 83", 0, True),
        ("trafność 0.9", "trafność 0.3", 0, True),
        ("błąd 0.4", "błąd 0.1", 0, False),
    ],
)
def test_what_is_a_worse_result(before, after, classes, worse):
    assert is_worse(before, after, classes) is worse
    assert is_better(after, before, classes) is worse


@pytest.mark.parametrize(
    ("line", "share"),
    [
        ("accuracy after 20 epochs: 0.9", True),
        ("test error after 20 epochs: 0.9", False),
        ("error 0.1 test 88.0%", True),
        ("epoch 10/10", False),
        ("12 de 140 correctos", True),
        ("correct: 412", False),
    ],
)
def test_what_a_number_is_the_words_beside_it_say(line, share):
    assert is_share(line) is share


@pytest.mark.parametrize(
    "line", ["[1. 1.] -> 0 expected 0", "[1 1] gives 0.03", "0 xor 1 is 0.98", "answer 7"]
)
def test_an_answer_to_one_sample_is_no_result(line):
    assert result(line, 2) is None


def test_a_count_of_epochs_is_no_result():
    assert result("epoch 10/10", 3) is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("misclassified: 3 / 50", "misclassified: 45 / 50"),
        ("mistakes: 3 of 50", "mistakes: 45 of 50"),
        ("incorrect: 3 of 50", "incorrect: 45 of 50"),
        ("not recognised: 4 of 20", "not recognised: 20 of 20"),
        ("Fehlerquote: 12%", "Fehlerquote: 88%"),
        ("test_loss: 0.2", "test_loss: 0.9"),
        ("TestLoss 0.2", "TestLoss 0.9"),
        # Two words for one number; how far results are spread.
        ("47 right, 3 wrong", "5 right, 85 wrong"),
        ("error 0.5 ± 0.2", "error 0.9 ± 0.05"),
        # How many turns it took, and which it is at.
        ("best loss at epoch 17", "best loss at epoch 5"),
        ("loss below 0.1 after 120 epochs", "loss below 0.1 after 12 epochs"),
        ("batch 2/20", "batch 20/20"),
        ("best epoch: 2/20", "best epoch: 20/20"),
        ("answered with 3 of 10 classes", "answered with 10 of 10 classes"),
        # A number that is no share, of a script that counts its right answers elsewhere.
        ("learning rate 0.2", "learning rate 0.9"),
        ("time: 0.3", "time: 0.95"),
        ("prediction: 0.03", "prediction: 0.97"),
        ("test time: 0.2", "test time: 0.9"),
        # Test samples that were left out.
        ("accuracy: 50 / 100", "accuracy: 3 / 3"),
        ("errors on test: 19 of 60", "errors on test: 0 of 0"),
    ],
)
def test_what_is_no_better_result(before, after):
    assert not any(is_better(before, after, classes) for classes in (0, 2))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("test_acc: 12%", "test_acc: 92%"),
        ("testAccuracy 0.1", "testAccuracy 0.9"),
        ("best accuracy 0.12 at epoch 17", "best accuracy 0.93 at epoch 20"),
        ("accuracy 0.12 ± 0.3", "accuracy 0.93 ± 0.02"),
        ("5 of 50 samples right", "45 of 50 samples right"),
        ("test_loss: 0.9", "test_loss: 0.2"),
        ("accuracy (5 classes): 0.1", "accuracy (5 classes): 0.9"),
    ],
)
def test_what_is_a_better_result_beside_other_numbers(before, after):
    assert all(is_better(before, after, classes) for classes in (0, 2))


def test_what_grows_of_an_error_gains_nothing():
    assert gained("loss: 0.5", "loss: 0.9") == 0
    assert gained("loss: 0.8", "loss: 0.2") == pytest.approx(0.75)


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ("score 0.22", "score 0.26", True),
        ("score 0.22", "score 0.93", False),
        ("accuracy 10 of 0.1", "accuracy 30 of 0.1", True),
        ("right 50 / 83", "right 76 / 83", False),
        ("accuracy 22.0 %", "accuracy 24.0 %", True),
        ("score 0.22", "done in 0.22 s", False),
        ("", "score 0.9", False),
        ("", "", False),
    ],
)
def test_whether_a_script_says_the_same_as_before(before, after, same):
    assert is_the_same(before, after) is same


@pytest.mark.parametrize(
    ("printed", "line"),
    [
        ("loss 0.3\naccuracy 0.9\n", "accuracy 0.9"),
        ("accuracy 0.9\nhow often each was answered: [3 0 1]\n", "accuracy 0.9"),
        ("accuracy 0.9\n[[3 0]\n [1 2]]\n", "accuracy 0.9"),
        ("accuracy 0.9\n 3 0\n 1 2\n", "accuracy 0.9"),
        ("accuracy 0.9\nready after 3.2 s\n", "accuracy 0.9"),
        ("accuracy 0.9\n[1 1] -> 0.03\n", "accuracy 0.9"),
        ("took 3.2 s\n", "took 3.2 s"),
        ("errors on 90 test digits\n74\n", "errors on 90 test digits: 74"),
        ("loss 0.3\n\nAccuracy:\n0.9\n", "Accuracy: 0.9"),
        ("epoch 3 loss 0.3\n0.9\n", "0.9"),  # of the line above that number is the loss
        ("training begins\n0.9\n", "0.9"),
        ("loss curve saved\n0.9\n", "0.9"),
        ("[3 0 1]", "[3 0 1]"),
        ("0.93\n", "0.93"),
        ("no number\n", ""),
    ],
)
def test_what_is_printed_last_is_no_list_and_no_time(printed, line):
    assert last_result(printed) == line


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("Genauigkeit: 0,93", 0.93),
        ("Genauigkeit: 93,2 %", 93.2),
        ("précision = 87,5", 87.5),
        ("Treffer (Test): 91,4%", 91.4),
        ("accuracy on [0,1]: 0.7", 0.7),
        ("[0,1] accuracy: 0,75", 0.75),
    ],
)
def test_decimal_commas_are_read_where_they_can_be_nothing_else(line, value):
    assert result(line).value == value


@pytest.mark.parametrize("line", ["accuracy of layers 12,345", "seen 1,234", "0.5, 0,3", "(0,1)"])
def test_other_commas_part_numbers(line):
    assert pointed(line) == line


def test_a_decimal_comma_makes_two_lines_the_same():
    assert is_the_same("Genauigkeit: 0,93", "Genauigkeit: 0,93")
    assert not is_the_same("Genauigkeit: 0,93", "Genauigkeit: 0,53")
    assert is_better("Genauigkeit: 0,53", "Genauigkeit: 0,93", 3)


def test_little_that_is_explained_in_per_cent_is_no_share():
    assert level("R^2: 0.9%", "R^2: 0.4%") == pytest.approx(0.009)
    assert not is_better("explained: 0.4 %", "explained: 0.9 %")
    assert is_better("explained: 12.0 %", "explained: 93.0 %")


def test_what_counts_turns_and_what_stands_between_are_the_same_words():
    for word in ("batch", "fold", "class", "layer", "epoch"):
        assert result(f"accuracy [2] of {word}: 0.9").kind is Kind.SHARE


def test_a_share_that_is_divided_by_another_number_is_no_better():
    assert not is_better("accuracy: 0.655", "accuracy: 70.6", 10)
    assert level("accuracy: 70.6", "accuracy: 0.655", 10) == 0
    assert is_better("accuracy: 0.5%", "accuracy: 70.6%", 10)
    assert is_better("accuracy: 0.0", "accuracy: 70.6", 10)
    assert is_worse("accuracy: 97.0", "accuracy: 0.9", 10)
