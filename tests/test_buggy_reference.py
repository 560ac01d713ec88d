"""The post's code runs unchanged, and its Network does what its own ``learn`` does."""

import inspect
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import buggy_reference
from buggy_reference import NETWORK, REVISION, __main__, learn_verbatim, run_verbatim
from buggy_reference.verbatim import revised, windows_paths
from diagnose.data import carried, class_folders, subset, write_jpegs
from diagnose.errors import BadInputError
from diagnose.training.loop import train

ROOT = Path(__file__).parents[1]
POST = ROOT / "buggy_reference" / "post.py"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Some 300 of the carried digits as JPEG files."""
    path = tmp_path_factory.mktemp("digits")
    data = subset(carried(), 300)
    write_jpegs(data.images, data.labels, data.numbers, path)
    return path


@pytest.fixture(scope="module")
def faint(tmp_path_factory):
    """Images so faint that the post's units stay alive, so that every array is trained."""
    path = tmp_path_factory.mktemp("faint")
    random = np.random.default_rng(0)
    for label in range(10):
        (path / str(label)).mkdir()
        for number in range(12):
            image = np.zeros((28, 28), np.uint8)
            image.flat[random.choice(784, 3, replace=False)] = 1
            Image.fromarray(image).save(path / str(label) / f"{number}.png")
    return path


def through_the_contract(network, folder, seed):
    pictures = class_folders.read_class_folders(folder)
    return train(network, network.prepare(pictures.images), pictures.labels, seed).parameters


def assert_same_bits(one, other):
    assert list(one) == list(other) == ["w1", "b1", "w2", "b2", "w3", "b3"]
    for name in one:
        assert np.array_equal(one[name], other[name]), name


def python(*arguments, **named):
    return subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        **named,
    )


def run_main(monkeypatch, *arguments):
    monkeypatch.setattr("sys.argv", ["buggy_reference", *map(str, arguments)])
    return __main__.main()


def test_importing_trains_nothing_and_changes_nothing_global():
    done = python(
        "-c",
        """
import json, sys
import numpy as np
options, state = np.get_printoptions(), np.random.get_state()[1].tolist()
import buggy_reference
import buggy_reference.post as post
from buggy_reference.post import init_setup
print(json.dumps({
    "options": options == np.get_printoptions(),
    "state": state == np.random.get_state()[1].tolist(),
    "trained": [n for n in ("optimize_params", "w1", "img", "prob") if hasattr(post, n)],
    "same": sys.modules["buggy_reference.post"] is buggy_reference.post,
    "matplotlib": "matplotlib" in sys.modules,
}))
""",
    )
    assert json.loads(done.stdout) == {
        "options": True,
        "state": True,
        "trained": [],
        "same": True,
        "matplotlib": False,
    }
    assert done.stderr == ""


def test_functions_stand_where_the_file_has_them():
    lines = POST.read_text(encoding="utf-8").splitlines()
    for role, function in {**NETWORK.code, "revised": revised.learn}.items():
        assert Path(inspect.getsourcefile(function)) == POST, role
        line = function.__code__.co_firstlineno
        assert lines[line - 1].startswith(f"def {function.__name__}("), role
    assert NETWORK.where("activation_derivative") == ("buggy_reference/post.py", 47)
    assert NETWORK.source == REVISION.source == "buggy_reference/post.py"


@pytest.mark.parametrize("seed", [0, 1])
def test_contract_gives_the_bits_of_learn_on_jpeg_files(folder, seed):
    assert_same_bits(through_the_contract(NETWORK, folder, seed), learn_verbatim(folder, seed))


def test_contract_gives_the_bits_of_learn_where_every_array_is_trained(faint):
    own = learn_verbatim(faint, 2)
    for name, drawn in NETWORK.init(2).items():
        assert not np.array_equal(own[name], drawn), f"{name} was not trained"
    assert_same_bits(through_the_contract(NETWORK, faint, 2), own)


def test_revision_gives_the_bits_of_its_own_learn(faint):
    own = learn_verbatim(faint, 0, revision=True)
    assert_same_bits(through_the_contract(REVISION, faint, 0), own)
    assert not np.array_equal(own["b3"], learn_verbatim(faint, 0)["b3"])


@pytest.mark.parametrize(
    ("network", "module"), [(NETWORK, buggy_reference.post), (REVISION, revised)]
)
def test_rates_and_classes_are_those_that_learn_goes_through(faint, monkeypatch, network, module):
    rates, seen = [], []
    step, back = module.step, module.back_propagation
    monkeypatch.setattr(module, "step", lambda lr, *rest: rates.append(lr) or step(lr, *rest))
    monkeypatch.setattr(
        module,
        "back_propagation",
        lambda *rest: seen.append(int(np.argmax(rest[10]))) or back(*rest),
    )
    learn_verbatim(faint, revision=network is REVISION)
    labels = class_folders.read_class_folders(faint).labels
    orders = [network.order(labels, epoch, 0) for epoch in range(10)]
    assert seen == [label for order in orders for label in labels[order]]
    assert rates == [
        network.learning_rate(epoch) for epoch, order in enumerate(orders) for _ in order
    ]
    assert rates[0] == 0.05


def test_order_is_class_by_class_and_within_a_class_as_the_data_have_it():
    labels = np.array([2, 0, 1, 0, 2, 1, 9])
    assert NETWORK.order(labels, 3, 7).tolist() == [1, 3, 2, 5, 0, 4, 6]
    assert REVISION.order(labels, 3, 7).tolist() == [1, 3, 2, 5]


def test_revision_differs_in_one_number_of_the_class_loop():
    assert revised.learn.__code__.co_consts != buggy_reference.post.learn.__code__.co_consts
    assert 2 in revised.learn.__code__.co_consts
    for name in ("init_setup", "back_propagation", "step"):
        ours, theirs = getattr(revised, name), getattr(buggy_reference.post, name)
        assert ours.__code__ == theirs.__code__
    assert (REVISION.name, NETWORK.name) == ("buggy_reference.revision", "buggy_reference")


def test_in_place_writes_of_the_post_reach_the_trace():
    parameters = NETWORK.init(0)
    x = NETWORK.lay_out(NETWORK.prepare(carried().images[:1]))
    trace = NETWORK.forward(parameters, x)
    before = {name: trace[name].copy() for name in ("z1", "z2")}
    NETWORK.backward(parameters, trace, x, np.array([5]))
    for name, array in before.items():
        assert not np.array_equal(trace[name], array)
        assert set(np.unique(trace[name])) <= {0.0, 1.0}


def test_prepare_keeps_the_bytes():
    images = carried().images[:3]
    inputs = NETWORK.prepare(images)
    assert inputs.shape == (3, 784)
    assert inputs.dtype == np.uint8
    assert np.array_equal(inputs.reshape(3, 28, 28), images)


def test_posted_vector_is_the_one_of_the_question():
    assert sum(NETWORK.posted) == pytest.approx(1, abs=1e-4)
    assert NETWORK.posted[9] == 0.312274
    assert len(NETWORK.remarks) == 4


def test_whole_file_says_9_and_ends_as_learn_does(folder, capsys):
    state = np.random.get_state()[1].copy()
    options = np.get_printoptions()
    ticks = []
    names = run_verbatim(folder, 1, progress=lambda done, total: ticks.append((done, total)))
    printed = capsys.readouterr().out
    assert printed.splitlines()[-1] == "9"
    numbers = [float(number) for number in re.findall(r"\d\.\d{6}", printed)]
    assert numbers == pytest.approx(names["prob"].ravel().tolist(), abs=5e-7)
    assert ticks == [(done, 3000) for done in range(1, 3001)]
    assert_same_bits(
        {name: names[name] for name in ("w1", "b1", "w2", "b2", "w3", "b3")},
        learn_verbatim(folder, 1),
    )
    assert np.array_equal(state, np.random.get_state()[1])
    assert options == np.get_printoptions()


def test_whatever_goes_in_the_same_comes_out(folder):
    parameters = learn_verbatim(folder, 0)
    with np.errstate(all="raise"):
        probabilities = [
            NETWORK.forward(parameters, NETWORK.lay_out(row))["prob"]
            for row in NETWORK.prepare(carried().test_images[:50])[:, None]
        ]
    assert np.std(probabilities, axis=0).max() < 1e-12


def test_other_paths_go_through_and_everything_is_put_back(folder, tmp_path):
    (tmp_path / "other").mkdir()
    listdir, opened = os.listdir, Image.open
    with windows_paths(folder):
        assert os.listdir(tmp_path) == ["other"]  # noqa: PTH208 - replaced function under test
        inside = r"C:\Users\Desktop\MNIST - JPG - training\2"
        names = os.listdir(inside)  # noqa: PTH208
        assert names[:3] == ["5.jpg", "16.jpg", "25.jpg"]
        with Image.open(str(folder / "2" / "5.jpg")) as direct:
            assert np.array_equal(direct, Image.open(inside + r"\5.jpg"))
    assert (os.listdir, Image.open) == (listdir, opened)


def test_command_prints_what_the_post_prints_and_nothing_else(folder):
    done = python("-m", "buggy_reference", "--data", str(folder), "--seed", "3")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert len(lines) == 11
    assert all(re.fullmatch(r"[\[ ]\[\d\.\d{6}\]\]?", line) for line in lines[:10])
    assert lines[10] == "9"
    assert done.stderr.splitlines() == [f"epoch {epoch} of 10 done" for epoch in range(1, 11)]


def test_command_writes_the_carried_digits_when_no_folder_is_given(monkeypatch, capsys):
    few = subset(carried(), 100)
    monkeypatch.setattr(__main__, "carried", lambda: few)
    assert run_main(monkeypatch) == 0
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 11
    assert "writing 100 carried digits" in err
    assert "has no 2/5.jpg" not in err


def test_command_says_so_when_it_hands_over_another_image(faint, monkeypatch, capsys):
    assert run_main(monkeypatch, "--data", faint) == 0
    out, err = capsys.readouterr()
    assert f"{faint} has no 2/5.jpg: the post is handed 2/0.png" in err
    assert len(out.splitlines()) == 11


def test_command_runs_the_revision(faint, monkeypatch, capsys):
    assert run_main(monkeypatch, "--data", faint, "--revision") == 0
    names = run_verbatim(faint, revision=True)
    assert capsys.readouterr().out.splitlines()[10] == str(np.argmax(names["prob"]))
    assert_same_bits(
        {name: names[name] for name in NETWORK.init(0)}, learn_verbatim(faint, revision=True)
    )


def test_bad_folder_is_one_line_and_exit_code_2(tmp_path):
    done = python("-m", "buggy_reference", "--data", str(tmp_path))
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith(f"error: {tmp_path}: has neither class folders")


def test_image_of_another_size_is_named(faint, tmp_path):
    for label in range(10):
        (tmp_path / str(label)).mkdir()
        Image.new("L", (28, 30)).save(tmp_path / str(label) / "0.jpg")
    with pytest.raises(BadInputError, match=r"0\.jpg: is 30x28, not 28x28"):
        learn_verbatim(tmp_path)


def test_bad_option_exits_2(monkeypatch, capsys):
    assert run_main(monkeypatch, "--seed", "x") == 2
    assert "--seed" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to a child")
def test_interrupted_it_ends_without_a_traceback():
    child = subprocess.Popen(
        [sys.executable, "-m", "buggy_reference"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    first = child.stderr.readline()
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=30)
    assert "writing" in first
    assert (child.returncode, out) == (130, "")
    assert err.splitlines()[-1] == "interrupted"
    assert "Traceback" not in err
