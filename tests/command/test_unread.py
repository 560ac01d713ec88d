"""Of a script that is not read, a sound network says what can be learned of its samples."""

from diagnose.command import cli, report_command
from diagnose.report import from_json
from tests.watching.scripts import DATA

# A residual connection, which is not read.
RESIDUAL = """
W1, W2, W3 = np.random.randn(4, 6) / 2, np.random.randn(6, 6) / 3, np.random.randn(6, 3) / 3
for epoch in range(30):
    order = np.random.permutation(len(X))
    for at in range(0, 90, 15):
        x, y = X[order[at:at + 15]], Y[order[at:at + 15]]
        a = np.tanh(x @ W1)
        h = np.tanh(a @ W2)
        s = h + a
        e = np.exp(s @ W3)
        d = (e / e.sum(axis=1, keepdims=True) - y) / 15
        ds = d @ W3.T
        dh = ds * (1 - h ** 2)
        da = (ds + dh @ W2.T) * (1 - a ** 2)
        W3 -= 0.2 * s.T @ d
        W2 -= 0.2 * a.T @ dh
        W1 -= 0.2 * x.T @ da
"""
UNPAIRED = "\nlabels = np.random.randint(0, 3, 90)\nY = np.eye(3)[labels]\n"
NOISE = "\n        x = x + 0.1 * np.random.randn(*x.shape)"


def made(folder, text, *options):
    (folder / "mine.py").write_text(text, encoding="utf-8")
    given = [str(folder / "mine.py"), "--quiet", "--no-cache", "-o", str(folder / "r.json")]
    code = cli.main([*given, *options])
    return code, from_json((folder / "r.json").read_text(encoding="utf-8"))


def told(folder):
    return " ".join((folder / "r.md").read_text(encoding="utf-8").split())


def test_what_can_be_learned_of_its_samples_is_said(tmp_path):
    code, report = made(tmp_path, DATA + RESIDUAL, "-o", str(tmp_path / "r.md"))
    assert code == 3
    assert report.watched["certified"] is False
    assert report.watched["roles"]["samples"]["text"] == "90 of 4 numbers"
    assert report.watched["roles"]["targets"]["text"] == "3 classes"
    assert report.twin.score > 0.8
    assert report.twin.shape == "4-6-6-3, tanh, tanh, softmax"
    assert (report.data["images"], report.data["test_images"]) == (76, 14)
    assert "trained on the 76 samples that it trains on, answers" in told(tmp_path)
    assert "it loses in what it makes of them" in told(tmp_path)


def test_so_it_is_where_nothing_can_be_learned(tmp_path):
    code, report = made(tmp_path, DATA + UNPAIRED + RESIDUAL, "-o", str(tmp_path / "r.md"))
    assert code == 3
    assert report.twin.fails
    assert "their labels tell nothing, or too little, of other samples" in told(tmp_path)


def test_what_the_process_did_before_takes_none_of_the_time(monkeypatch, tmp_path):
    monkeypatch.setattr(report_command.time, "process_time", lambda: 4000.0)  # a kernel's, say
    _, report = made(tmp_path, DATA + RESIDUAL, "--within", "60")
    assert report.twin is not None


def test_nothing_is_trained_where_that_is_not_wanted(tmp_path):
    code, report = made(tmp_path, DATA + RESIDUAL, "--probes-only")
    assert code == 3
    assert report.twin is None


def test_nothing_is_trained_where_the_time_is_over(monkeypatch, tmp_path):
    # However fast the machine is: starting took an hour, and nothing is left of a minute.
    monkeypatch.setattr(report_command.time, "process_time", lambda: 3600.0)
    monkeypatch.setattr(report_command, "STARTING", 3600.0)
    monkeypatch.setattr(report_command, "LEAST", 1e-9)
    code, report = made(tmp_path, DATA + RESIDUAL, "--within", "60")
    assert code == 3
    assert report.twin is None


def test_samples_with_noise_of_their_own_in_each_step_are_each_taken_once(tmp_path):
    head, line, tail = RESIDUAL.partition("Y[order[at:at + 15]]")
    _, report = made(tmp_path, DATA + head + line + NOISE + tail)
    assert report.watched["roles"]["samples"]["text"] == "90 of 4 numbers"
    assert report.twin.score > 0.8
    assert (report.data["images"], report.data["test_images"]) == (76, 14)
