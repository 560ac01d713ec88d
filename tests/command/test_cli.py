"""The command line: what it prints, writes and returns, also when it is used wrongly."""

import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from diagnose import from_json
from diagnose.command import cli, console, parameter_types, progress_bar
from diagnose.command.cli import main
from diagnose.command.console import can_say, terminal_width, wants_color
from diagnose.command.files import check_targets, write_all
from diagnose.command.parameter_types import DefectName, explained
from diagnose.command.report_command import has_failed
from diagnose.data import carried, write_jpegs
from diagnose.errors import BadInputError
from diagnose.probes import DEFECTS
from diagnose.report import CAUSE, HARMLESS
from diagnose.study import diagnose
from diagnose.telling.record import KINDS

ROOT = Path(__file__).parents[2]
FAST = ["--images", "200", "--epochs", "1", "--seeds", "1", "--probes-only"]
NAMES = [defect.name for defect in DEFECTS]


@pytest.fixture(autouse=True)
def _plain_terminal(monkeypatch):
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A folder with the reports of one fast bare run, and what it printed as printed.txt."""
    folder = tmp_path_factory.mktemp("saved")
    files = [folder / f"report{ending}" for ending in (".json", ".html", ".md", ".txt")]
    out, err, code = outside(*FAST, *outputs(files))
    assert code == 0, err
    (folder / "printed.txt").write_text(out, encoding="utf-8")
    (folder / "stages.txt").write_text(err, encoding="utf-8")
    return folder


def outputs(files):
    return [part for file in files for part in ("-o", str(file))]


def environment(**more):
    kept = {k: v for k, v in os.environ.items() if k not in {"NO_COLOR", "FORCE_COLOR", "COLUMNS"}}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", **more}


def outside(*args, **more):
    """Run in a process of its own: output, errors, exit code."""
    run = subprocess.run(
        [sys.executable, "-m", "diagnose", *args], capture_output=True, env=environment(**more)
    )
    return run.stdout.decode("utf-8", "strict"), run.stderr.decode("utf-8"), run.returncode


def complaint(capsys, *args):
    """Run with bad input: exit code 2, nothing on stdout, one line on stderr, which is returned."""
    assert main([str(one) for one in args]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    return err.removeprefix("error: ").removesuffix("\n")


class TestReport:
    def test_bare_is_the_posts_network_against_the_fixed_one(self, saved):
        report = from_json((saved / "report.json").read_text(encoding="utf-8"))
        assert (report.network.name, report.against.name) == ("buggy_reference", "fixed")
        assert report.data["training_images"] == 200
        assert report.settings == {
            "epochs": 1,
            "seed": 0,
            "seeds": 1,
            "probes_only": True,
            "defects": NAMES,
        }

    def test_the_options_reach_the_diagnosis(self, saved):
        """The command gives what the function gives."""
        from buggy_reference import NETWORK
        from fixed import NETWORK as FIXED

        few = {"images": 200, "epochs": 1, "seeds": 1, "select": NAMES[:3], "probes_only": True}
        expected = from_json(diagnose(NETWORK, against=FIXED, **few).to_json())
        report = from_json((saved / "report.json").read_text(encoding="utf-8"))
        found = {name: every[:3] for name, every in report.findings.items()}
        assert found == expected.findings  # the first probes, which no later one touches
        assert report.symptoms == expected.symptoms
        assert (report.network, report.against) == (expected.network, expected.against)
        assert report.data == expected.data
        assert report.settings == {**expected.settings, "defects": NAMES}

    def test_terminal_report_is_printed_and_is_what_a_txt_file_holds(self, saved):
        printed = (saved / "printed.txt").read_text(encoding="utf-8")
        assert printed.startswith("buggy_reference answers ")
        assert "SYMPTOMS" in printed
        assert printed == (saved / "report.txt").read_text(encoding="utf-8")
        assert max(map(len, printed.splitlines())) <= 80

    def test_every_format_is_written(self, saved):
        texts = {one.suffix: one.read_text(encoding="utf-8") for one in saved.glob("report.*")}
        assert texts[".html"].lstrip().startswith("<!DOCTYPE html>")
        assert "# " in texts[".md"]
        assert json.loads(texts[".json"])["schema_version"] == 2
        assert sorted(one.name for one in saved.iterdir()) == [
            "printed.txt",
            "report.html",
            "report.json",
            "report.md",
            "report.txt",
            "stages.txt",
        ]

    def test_progress_is_a_line_per_stage_and_the_files_are_named(self, saved):
        lines = (saved / "stages.txt").read_text(encoding="utf-8").splitlines()
        assert "probing buggy_reference" in lines
        assert "probing fixed" in lines
        assert lines[-4:] == [
            f"wrote {saved / name}"
            for name in ("report.json", "report.html", "report.md", "report.txt")
        ]
        found = "buggy_reference: class-order (buggy_reference/post.py:"
        assert any(line.startswith(found) for line in lines)
        assert len(lines) <= 30
        assert len(set(lines)) == len(lines)

    def test_own_target_select_and_ignore(self, capsys, tmp_path):
        file = tmp_path / "r.json"
        args = [
            "report",
            "fixed",
            *FAST,
            "--select",
            "class-order",
            "--select",
            "wrong-gradient",
            "--ignore",
            "wrong-gradient",
            "--seed",
            "3",
            "--jobs",
            "1",
            "-o",
            str(file),
        ]
        assert main(args) == 0
        report = from_json(file.read_text(encoding="utf-8"))
        assert report.against is None
        assert [one.defect for one in report.findings["fixed"]] == ["class-order"]
        assert report.settings["seed"] == 3
        assert capsys.readouterr().out.startswith("fixed answers ")

    def test_an_option_given_again_replaces_that_of_the_bare_command(self, tmp_path):
        file = tmp_path / "r.json"
        args = [*FAST, "--against", "buggy_reference:REVISION", "--select", "class-order"]
        assert main([*args, "--quiet", "-o", str(file)]) == 0
        report = from_json(file.read_text(encoding="utf-8"))
        assert report.against.name == "buggy_reference.revision"

    def test_quiet_with_a_file_says_nothing(self, capfd, tmp_path):
        args = ["report", "fixed", *FAST, "--select", "class-order", "--quiet"]
        assert main([*args, "-o", str(tmp_path / "r.md")]) == 0
        assert capfd.readouterr() == ("", "")
        assert (tmp_path / "r.md").read_text(encoding="utf-8").startswith("#")

    def test_quiet_without_a_file_says_the_report_only(self, capfd):
        assert main(["report", "fixed", *FAST, "--select", "class-order", "--quiet"]) == 0
        out, err = capfd.readouterr()
        assert out.startswith("fixed answers ")
        assert err == ""

    def test_a_file_whose_own_functions_train_in_worker_processes(self, tmp_path, monkeypatch):
        """An L1 penalty is outside the compiled loop; workers know nothing of the file."""
        monkeypatch.setattr(sys, "path", sys.path[:])
        (tmp_path / "decay_rate.py").write_text("RATE = 1e-4\n", encoding="utf-8")
        file = tmp_path / "decaying.py"
        file.write_text(
            "from dataclasses import replace\nimport numpy as np\n"
            "from buggy_reference import NETWORK as POST\nfrom decay_rate import RATE\n"
            "def update(p, gradients, rate):\n"
            "    return {k: p[k] - RATE * np.sign(p[k]) - rate * gradients[k] for k in p}\n"
            "NETWORK = replace(POST, name='decaying', update=update, prepare=lambda images: "
            "images.reshape(len(images), -1) / 255)\n",
            encoding="utf-8",
        )
        made = []
        for jobs in ("1", "2"):
            out = tmp_path / f"r{jobs}.json"
            args = [
                "report",
                f"{file}:NETWORK",
                "--images",
                "40",
                "--epochs",
                "1",
                "--seeds",
                "1",
                "--select",
                "class-order",
                "--quiet",
                "--jobs",
                jobs,
                "-o",
                str(out),
            ]
            assert main(args) == 0
            made.append(from_json(out.read_text(encoding="utf-8")))
        assert sum(made[1].runs["own_functions"]["decaying"].values()) >= 4
        assert replace(made[0], runs={}) == replace(made[1], runs={})

    def test_data_of_ones_own_and_resized(self, capsys, tmp_path):
        digits = carried()
        keep = np.concatenate([np.flatnonzero(digits.labels == k)[:12] for k in range(10)])
        wide = np.repeat(digits.images[keep], 2, axis=2)
        write_jpegs(wide, digits.labels[keep], digits.numbers[keep], tmp_path / "wide")
        args = ["report", "fixed", "--data", tmp_path / "wide", "--epochs", "1", "--probes-only"]
        assert "28x56, not 28x28" in complaint(capsys, *args, "--quiet")
        file = tmp_path / "r.json"
        chosen = ["--select", "unnormalized-input", "--resize", "28x28", "-o"]
        assert main([*map(str, args), *chosen, str(file)]) == 0
        assert "reading wide\n" in capsys.readouterr().err
        report = from_json(file.read_text(encoding="utf-8"))
        assert report.data["training_images"] == 100
        assert report.data["test_images"] == 20
        assert len(report.data["notes"]) == 1


class TestFailOn:
    ONE = ("--images", "200", "--epochs", "1", "--seeds", "1", "--select", "class-order", "--quiet")

    @pytest.mark.parametrize(
        ("target", "fail_on", "code"),
        [
            ("buggy_reference", "defect", 1),
            ("buggy_reference", "never", 0),
            ("fixed", "defect", 0),
        ],
    )
    def test_defect(self, target, fail_on, code, tmp_path):
        file = tmp_path / "r.json"
        args = ["report", target, *self.ONE, "--probes-only", "--fail-on", fail_on]
        assert main([*args, "-o", str(file)]) == code
        assert file.exists(), "the report is made all the same"

    def test_of_the_network_under_test_not_of_the_other(self, tmp_path):
        args = ["report", "fixed", "--against", "buggy_reference", *self.ONE, "--probes-only"]
        assert main([*args, "--fail-on", "defect", "-o", str(tmp_path / "r.md")]) == 0

    def test_cause_found_by_training(self, tmp_path):
        """On 600 digits the class order makes the skew; a network without defects has none."""
        file = tmp_path / "r.json"
        args = [
            "--images",
            "600",
            "--epochs",
            "3",
            "--seeds",
            "2",
            "--select",
            "class-order",
            "--quiet",
            "--fail-on",
            "cause",
            "-o",
            str(file),
        ]
        assert main(["report", "buggy_reference", *args]) == 1
        report = from_json(file.read_text(encoding="utf-8"))
        assert report.causes["skew"].verdicts["class-order"].verdict == CAUSE
        assert main(["report", "fixed", *args]) == 0

    def test_a_defect_that_is_harmless_is_no_cause(self, tmp_path):
        file = tmp_path / "r.json"
        args = [
            "report",
            "buggy_reference",
            "--images",
            "200",
            "--epochs",
            "1",
            "--seeds",
            "1",
            "--select",
            "inplace-mutation",
            "--quiet",
            "-o",
            str(file),
            "--fail-on",
        ]
        assert main([*args, "cause"]) == 0
        assert main([*args, "defect"]) == 0
        assert main([*args, "risk"]) == 1
        report = from_json(file.read_text(encoding="utf-8"))
        verdicts = {one.verdicts["inplace-mutation"].verdict for one in report.causes.values()}
        assert verdicts == {HARMLESS}
        assert not has_failed(report, "cause")
        assert not has_failed(report, "defect")
        assert has_failed(report, "risk")

    def test_cause_needs_trainings(self, capsys):
        assert "--fail-on cause needs the trainings that --probes-only leaves out" in complaint(
            capsys, "--probes-only", "--fail-on", "cause"
        )


class TestBadUse:
    @pytest.mark.parametrize(
        ("args", "line"),
        [
            (["--nonsense"], "No such option"),
            (["report"], "Missing argument 'TARGET'"),
            (["report", "fixed", "another"], "unexpected extra argument (another)"),
            (["my_network"], "no such command: 'my_network'; did you mean diagnose report "
                             "my_network?"),
            (["explian", "x"], "no such command: 'explian'; did you mean diagnose explain?"),
            (["--seeds", "0"], "'--seeds': 0 is not in the range"),
            (["--epochs", "0"], "'--epochs': 0 is not in the range"),
            (["--images", "-1"], "'--images': -1 is not in the range"),
            (["--images", "many"], "'--images': 'many' is not a valid integer"),
            (["--jobs", "0"], "'--jobs': 0 is not in the range"),
            (["--seed", "-1"], "'--seed': -1 is not in the range"),
            (["--fail-on", "sometimes"], "'sometimes' is not one of"),
            (["--resize", "28"], "'28' is no size; give height and width, such as 28x28"),
            (["--resize", "0x28"], "'0x28' is no size"),
            (["--resize", "28x28"], "--resize goes with --data"),
            (["--select", "class-ordr"], "'class-ordr'; did you mean class-order?"),
            (["--ignore", "zzz"], "'zzz'; There are missing-classes, class-order"),
            (["explain", "shuffle"], "there is no defect 'shuffle'"),
            (["explain"], "Missing argument 'NAME'"),
            (["render"], "Missing argument 'SAVED.json'"),
        ],
    )  # fmt: skip
    def test_of_the_options(self, capsys, args, line):
        message = complaint(capsys, *args)
        assert line in message
        assert re.search(r"\(see diagnose( report| explain| render)? --help\)$", message)

    @pytest.mark.parametrize("name", ["my_netwrok.py", "my_netwrok.ipynb"])
    def test_a_script_that_is_not_there_is_no_command(self, capsys, name):
        assert re.search(f"^{name}: .*; check the spelling ", complaint(capsys, name))

    @pytest.mark.parametrize(
        ("args", "line"),
        [
            (["report", "no_such"], "there is no module named 'no_such'"),
            (["report", "no_such.py"], "no_such.py: does not exist"),
            (["report", "fixed:WRONG"], "fixed has no 'WRONG'; networks in it: NETWORK"),
            (["report", "fixed", "--against", "fixed"], "both networks are named fixed"),
            (["--against", "no_such"], "there is no module named 'no_such'"),
            (["--images", "3"], "3 training images are too few"),
            (["--images", "99999"], "99999 training images asked for where there are 5000"),
            (["--data", "no_such_folder"], "no_such_folder: does not exist"),
            (["--select", "class-order", "--ignore", "class-order"], "every defect was left out"),
            (["-o", "report.pdf"], "report.pdf: no report can be written with the ending '.pdf'"),
            (["-o", "report"], "no report can be written with the ending 'missing'"),
            (["-o", "no_such_folder/report.html"], "its folder does not exist; make it first"),
            (["-o", "file.txt/report.html"], "what should be its folder is a file"),
            (["-o", "folder.html"], "folder.html: is a folder"),
            (["-o", "good.html", "-o", "bad.xyz"], "bad.xyz: no report can be written"),
            (["render", "no_such.json"], "no_such.json: cannot be read (No such file"),
            (["render", "folder.html"], "folder.html: cannot be read"),
            (["render", "file.txt"], "file.txt: not a JSON file"),
            (["render", "bytes.json"], "bytes.json: is no text in UTF-8"),
            (["render", "other.json"], "other.json: not a report of schema version 2"),
            (["render", "part.json"], "part.json: a report with a part missing"),
            (["render", "part.json", "-o", "x.pdf"], "x.pdf: no report can be written"),
        ],
    )
    def test_of_what_is_handed_in(self, capsys, tmp_path, monkeypatch, args, line):
        (tmp_path / "file.txt").write_text("text", encoding="utf-8")
        (tmp_path / "bytes.json").write_bytes(b"\xff\xfe\x00")
        (tmp_path / "other.json").write_text("[1]", encoding="utf-8")
        (tmp_path / "part.json").write_text('{"schema_version": 1}', encoding="utf-8")
        (tmp_path / "folder.html").mkdir()
        before = sorted(tmp_path.rglob("*"))
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "path", sys.path[:])
        trained = []
        monkeypatch.setattr("diagnose.study.observe", lambda *a: trained.append(a))
        message = complaint(capsys, *args, *(["--quiet"] if args[0] != "render" else []))
        assert line in message
        assert trained == [], "bad input is refused before anything is trained"
        assert sorted(tmp_path.rglob("*")) == before, "nothing is written"

    def test_the_networks_own_code_stops(self, capsys, tmp_path, monkeypatch):
        monkeypatch.setattr(sys, "path", sys.path[:])
        file = tmp_path / "stopping.py"
        file.write_text(
            "from dataclasses import replace\nfrom fixed import NETWORK\n"
            "def init(seed):\n    return {'w1': [][seed]}\n"
            "NETWORK = replace(NETWORK, init=init)\n",
            encoding="utf-8",
        )
        assert complaint(capsys, "report", file, "--quiet") == (
            "fixed: init (stopping.py:3) called with seed 0, stopped at stopping.py:4: "
            "IndexError: list index out of range, in `return {'w1': [][seed]}`"
        )

    def test_the_networks_own_code_stops_while_it_trains(self, capsys, tmp_path, monkeypatch):
        monkeypatch.setattr(sys, "path", sys.path[:])
        file = tmp_path / "stopping_later.py"
        file.write_text(
            "from dataclasses import replace\nfrom fixed import NETWORK\n"
            "def order(labels, epoch, seed):\n"
            "    return [range(len(labels))][epoch]\n"
            "NETWORK = replace(NETWORK, order=order)\n",
            encoding="utf-8",
        )
        assert complaint(capsys, "report", file, "--quiet", "--no-cache") == (
            "the network's own code stopped: stopping_later.py:4: IndexError: list index out of "
            "range, in `return [range(len(labels))][epoch]`"
        )

    def test_our_own_mistakes_show_their_traceback(self, monkeypatch):
        def broken(*_, **__):
            raise RuntimeError("ours")

        monkeypatch.setattr("diagnose.study.diagnose", broken)
        monkeypatch.setattr("diagnose.network.authors_code.own_line", lambda error: None)
        with pytest.raises(RuntimeError, match="ours"):
            main(["--quiet"])


class TestRender:
    def test_text_is_that_of_the_direct_run(self, saved, capsys):
        assert main(["render", str(saved / "report.json")]) == 0
        assert capsys.readouterr() == ((saved / "printed.txt").read_text(encoding="utf-8"), "")

    def test_files_are_those_of_the_direct_run(self, saved, capsys, tmp_path):
        files = [tmp_path / f"again{ending}" for ending in (".json", ".html", ".md", ".txt")]
        assert main(["render", str(saved / "report.json"), *outputs(files)]) == 0
        out, err = capsys.readouterr()
        assert out == ""
        assert err.splitlines() == [f"wrote {file}" for file in files]
        for file in files:
            assert file.read_bytes() == (saved / f"report{file.suffix}").read_bytes()

    def test_needs_no_network(self, saved, tmp_path):
        """Neither the network's module nor a trainer is imported."""
        program = (
            "import sys\nfrom diagnose.command.cli import main\n"
            f"assert main(['render', {str(saved / 'report.json')!r}]) == 0\n"
            "assert not {'buggy_reference', 'fixed', 'numba'} & set(sys.modules)"
        )
        subprocess.run(
            [sys.executable, "-c", program], check=True, env=environment(), capture_output=True
        )

    def test_parts_that_do_not_fit(self, saved, capsys, tmp_path):
        raw = json.loads((saved / "report.json").read_text(encoding="utf-8"))
        raw["symptoms"]["buggy_reference"]["mean_probabilities"] = 3
        file = tmp_path / "odd.json"
        file.write_text(json.dumps(raw), encoding="utf-8")
        assert "odd.json: a report with parts that do not fit together (TypeError" in complaint(
            capsys, "render", file
        )


class TestExplainAndList:
    @pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
    def test_explain_prints_the_whole_page(self, capsys, defect):
        assert main(["explain", defect.name]) == 0
        out, err = capsys.readouterr()
        assert out.splitlines()[:3] == [defect.name, "=" * len(defect.name), defect.summary]
        assert out.endswith(f"{defect.page.strip()}\n")
        assert err == ""

    def test_explain_in_colour_marks_the_headings(self, capsys, monkeypatch):
        monkeypatch.setenv("FORCE_COLOR", "1")
        assert main(["explain", "class-order"]) == 0
        out = capsys.readouterr().out
        assert "\x1b[1mclass-order\x1b[0m" in out
        assert "\x1b[1mUse instead\x1b[0m" in out

    def test_list_names_every_defect_with_its_summary(self, capsys):
        assert main(["list"]) == 0
        lines = capsys.readouterr().out.splitlines()
        every = explained()
        assert [line.split()[0] for line in lines] == [*every]
        assert [line.split(maxsplit=1)[1] for line in lines] == [
            one.summary for one in every.values()
        ]
        assert [*every][: len(NAMES)] == NAMES
        assert every.keys() == {*NAMES, *KINDS}

    def test_what_is_listed_is_explained_and_completed(self):
        name = DefectName(told=True)
        assert [one.value for one in name.shell_complete(None, None, "")] == [*explained()]


class TestHelp:
    def test_examples_exit_codes_and_commands(self, capsys):
        assert main(["--help"]) == 0
        out = capsys.readouterr().out
        assert "\n    diagnose --probes-only   " in out
        assert "Exit codes: 0 report made, 1 by --fail-on, 2 bad use or bad input" in out
        assert set(re.findall(r"^  (\w+)  ", out, re.MULTILINE)) == {
            "explain",
            "list",
            "new",
            "render",
            "report",
        }

    def test_every_option_of_report_is_explained(self, capsys):
        assert main(["report", "--help"]) == 0
        out = capsys.readouterr().out
        for option in cli.report.params[2:]:
            assert f"{option.opts[-1]} " in out
            assert option.help

    def test_version(self, capsys):
        assert main(["--version"]) == 0
        assert capsys.readouterr().out == "diagnose 0.1.0 (netdiagnose)\n"

    def test_names_are_completed_in_shells_that_ask(self):
        found = parameter_types.DefectName().shell_complete(None, None, "init")
        assert [one.value for one in found] == ["initialization-offset", "initialization-scale"]

    def test_help_comes_at_once(self):
        def seconds(*command):
            started = time.perf_counter()
            assert not subprocess.run([sys.executable, *command], capture_output=True).returncode
            return time.perf_counter() - started

        # NumPy alone takes longer than Python does: whatever imports it is seen.
        pairs = [
            (seconds("-m", "diagnose", "--help"), seconds("-c", "import numpy")) for _ in range(3)
        ]
        assert min(one for one, _ in pairs) < 2 * min(other for _, other in pairs)


class TestTerminal:
    def test_console_of_windows_gets_ascii(self, saved):
        run = subprocess.run(
            [sys.executable, "-m", "diagnose", "render", str(saved / "report.json")],
            capture_output=True,
            env=environment(PYTHONIOENCODING="cp1252"),
            check=True,
        )
        text = run.stdout.decode("ascii")
        assert text.startswith("buggy_reference answers ")
        assert "####" in text

    def test_what_an_encoding_lacks_is_replaced(self, saved, tmp_path):
        raw = (saved / "report.json").read_text(encoding="utf-8")
        file = tmp_path / "greek.json"
        file.write_text(raw.replace("buggy_reference", "сеть"), encoding="utf-8")
        run = subprocess.run(
            [sys.executable, "-m", "diagnose", "render", str(file)],
            capture_output=True,
            env=environment(PYTHONIOENCODING="cp1252"),
            check=True,
        )
        assert run.stderr == b""
        assert b" answers " in run.stdout

    def test_closed_pipe(self, saved):
        program = (
            "import sys\nfrom diagnose.command import cli, console\n"
            "console.click.echo = lambda text, **_: [print('x' * 80) for _ in range(9999)]\n"
            f"sys.exit(cli.main(['render', {str(saved / 'report.json')!r}]))"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", program],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
        )
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        process.stderr.close()
        assert process.wait(30) == 0

    @pytest.mark.parametrize(
        ("env", "terminal", "expected"),
        [
            ({}, True, True),
            ({}, False, False),
            ({"NO_COLOR": "1"}, True, False),
            ({"NO_COLOR": ""}, True, True),
            ({"FORCE_COLOR": "1"}, False, True),
            ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
            ({"TERM": "dumb"}, True, False),
        ],
    )
    def test_colour(self, monkeypatch, env, terminal, expected):
        monkeypatch.setenv("TERM", "xterm")
        for name, value in env.items():
            monkeypatch.setenv(name, value)
        assert wants_color(Stream(terminal)) is expected

    def test_colour_reaches_the_report(self, saved, capsys, monkeypatch):
        monkeypatch.setenv("FORCE_COLOR", "1")
        assert main(["render", str(saved / "report.json")]) == 0
        out = capsys.readouterr().out
        assert "\x1b[" in out
        plain = (saved / "printed.txt").read_text(encoding="utf-8")
        assert re.sub(r"\x1b\[[\d;]*m", "", out) == plain

    def test_width(self, saved, capsys, monkeypatch):
        monkeypatch.setenv("COLUMNS", "100")
        assert terminal_width() == 100
        assert main(["render", str(saved / "report.json")]) == 0
        assert 80 < max(map(len, capsys.readouterr().out.splitlines())) <= 100
        monkeypatch.setenv("COLUMNS", "300")
        assert terminal_width() == console.WIDEST

    def test_encodings(self):
        assert can_say(console.MARKS, Stream(encoding="utf-8"))
        assert not can_say(console.MARKS, Stream(encoding="cp1252"))
        assert not can_say(console.MARKS, Stream(encoding="cp437"))
        assert not can_say(console.MARKS, Stream(encoding="no-such-encoding"))
        assert not can_say(console.MARKS, Stream(encoding=None))


class Stream:
    def __init__(self, terminal=False, encoding="utf-8"):
        self.isatty = lambda: terminal
        self.encoding = encoding


class TestInterrupted:
    def test_says_what_was_finished(self, capsys, tmp_path, monkeypatch):
        def interrupted(*, progress, **_):
            progress("probing a: x", 9, 9)
            progress("training with repairs on and off", 3, 12)
            raise KeyboardInterrupt

        monkeypatch.setattr(
            "diagnose.study.diagnose", lambda network, **named: interrupted(**named)
        )
        file = tmp_path / "r.html"
        assert main(["--quiet", "-o", str(file)]) == 130
        assert capsys.readouterr() == (
            "",
            "error: interrupted while training with repairs on and off (3 of 12); "
            "finished: probing a; no report was made\n",
        )
        assert list(tmp_path.iterdir()) == []

    def test_before_anything_was_begun(self, capsys, monkeypatch):
        def interrupt(target):
            raise KeyboardInterrupt

        monkeypatch.setattr("diagnose.command.target.load_network", interrupt)
        assert main([]) == 130
        assert capsys.readouterr().err.strip() == "error: interrupted"

    @pytest.mark.skipif(os.name == "nt", reason="sends a POSIX signal")
    def test_by_a_signal_while_training(self, tmp_path):
        process = subprocess.Popen(
            [sys.executable, "-m", "diagnose", "--seeds", "50", "-o", str(tmp_path / "r.html")],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
            text=True,
        )
        first = process.stderr.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        assert first == "training\n"
        assert process.returncode == 130
        assert "Traceback" not in err
        assert out.startswith(("Interrupted while ", "Interrupted after "))
        assert "Missing here: " in out
        assert err.splitlines()[-2] == f"wrote {tmp_path / 'r.html'}"
        assert err.splitlines()[-1].startswith("error: interrupted ")
        assert err.splitlines()[-1].endswith("; the report holds what was done by then")
        assert [one.name for one in tmp_path.iterdir()] == ["r.html"]
        assert (tmp_path / "r.html").read_text(encoding="utf-8").rstrip().endswith("</html>")


class TestWriting:
    def test_whole_and_with_the_usual_rights(self, tmp_path):
        files = {tmp_path / "a.txt": "á\n", tmp_path / "b.txt": "b"}
        (tmp_path / "plain").touch()
        check_targets(files)
        write_all(files)
        assert (tmp_path / "a.txt").read_bytes() == "á\n".encode()
        assert sorted(one.name for one in tmp_path.iterdir()) == ["a.txt", "b.txt", "plain"]
        assert (tmp_path / "a.txt").stat().st_mode == (tmp_path / "plain").stat().st_mode

    def test_nothing_is_changed_if_one_cannot_be_written(self, tmp_path):
        old = tmp_path / "a.txt"
        old.write_text("old", encoding="utf-8")
        with pytest.raises(BadInputError, match=r"b\.txt: its folder does not exist"):
            write_all({old: "new", tmp_path / "gone" / "b.txt": "b"})
        assert old.read_text(encoding="utf-8") == "old"
        assert [one.name for one in tmp_path.iterdir()] == ["a.txt"]

    def test_nothing_is_left_if_writing_is_interrupted(self, tmp_path, monkeypatch):
        def interrupt(*_):
            raise KeyboardInterrupt

        monkeypatch.setattr(Path, "replace", interrupt)
        with pytest.raises(KeyboardInterrupt):
            write_all({tmp_path / "a.txt": "a"})
        assert list(tmp_path.iterdir()) == []

    def test_a_link_stays_a_link(self, tmp_path):
        link = tmp_path / "link.txt"
        try:
            link.symlink_to(tmp_path / "real.txt")
        except OSError:
            pytest.skip("no right to make links here")
        write_all({link: "text"})
        assert link.is_symlink()
        assert (tmp_path / "real.txt").read_text(encoding="utf-8") == "text"

    @pytest.mark.parametrize(
        "error", [PermissionError(13, "Permission denied"), OSError(30, "Read-only file system")]
    )
    def test_folder_that_takes_no_files(self, tmp_path, monkeypatch, error):
        def refuse(*_, **__):
            raise error

        monkeypatch.setattr(Path, "touch", refuse)
        with pytest.raises(BadInputError, match=rf"a\.txt: cannot be written \({error.strerror}\)"):
            check_targets([tmp_path / "a.txt"])

    def test_file_without_the_right_to_write(self, tmp_path, monkeypatch):
        file = tmp_path / "a.txt"
        file.touch()
        monkeypatch.setattr(os, "access", lambda path, mode: False)
        with pytest.raises(BadInputError, match=r"a\.txt: no permission to write it"):
            check_targets([file])


class TestProgress:
    def test_lines_of_long_stages_come_now_and_then(self):
        now = [0.0]
        stream = io.StringIO()
        show = progress_bar._lines(stream, lambda: now[0])
        for done in range(1, 101):
            now[0] += 1
            show("training", done, 100)
        lines = stream.getvalue().splitlines()
        assert lines[:2] == ["training", "training: 11 of 100"]
        assert len(lines) == 10

    def test_a_bar_in_a_terminal(self, monkeypatch):
        monkeypatch.setenv("TERM", "xterm")
        stream = io.StringIO()
        stream.isatty = lambda: True
        with progress_bar.showing(stream, quiet=False) as stages:
            for done in (1, 2):
                stages("probing a: x", done, 2)
            time.sleep(0.3)  # the bar is drawn ten times a second
        assert "probing a: x" in stream.getvalue()
        assert "2/2" in stream.getvalue()

    def test_what_is_found_stands_above_the_bar(self, monkeypatch):
        monkeypatch.setenv("TERM", "xterm")
        stream = io.StringIO()
        stream.isatty = lambda: True
        with progress_bar.showing(stream, quiet=False) as stages:
            stages.tell("a: class-order [mine.py:3]")
        assert "a: class-order [mine.py:3]\n" in stream.getvalue().replace("\r", "")

    def test_what_is_left_of_a_stage_follows_from_what_it_took(self):
        now = [100.0]
        left = progress_bar.Left(lambda: now[0])
        assert left("training", 0, 10) == ""
        now[0] += 10
        assert left("training", 2, 10) == ", about 40 s left"
        assert left("training: more", 9, 10) == ""
        assert left("probing", 1, 10) == ""
        assert left("training", 10, 10) == ""

    def test_quiet_shows_nothing_and_still_counts(self):
        stream = io.StringIO()
        with progress_bar.showing(stream, quiet=True) as stages:
            assert stages.story() == "finished: nothing"
            stages("probing a: x", 1, 2)
            assert stages.story() == "while probing a: x (1 of 2); finished: nothing"
            stages("probing a", 2, 2)
        assert stream.getvalue() == ""
        assert stages.story() == "after probing a"
        stages("training", 2, 2)
        assert stages.story() == "after training; finished: probing a"
        stages("training", 0, 3)  # another round of it
        assert stages.story() == "while training (0 of 3); finished: probing a"


def test_where_numba_cannot_be_imported_it_is_said_at_once_and_in_the_report(tmp_path):
    broken = tmp_path / "numba"
    broken.mkdir()
    (broken / "__init__.py").write_text("raise AttributeError('half of it')\n", encoding="utf-8")
    first = os.pathsep.join([str(tmp_path), str(ROOT)])
    out, err, code = outside(*FAST, "--select", "class-order", PYTHONPATH=first)
    assert code == 0
    told = [line for line in err.splitlines() if "numba cannot be imported (" in line]
    names = [line.partition(": trained by its own functions")[0] for line in told]
    assert names == ["buggy_reference", "fixed"]
    assert all("AttributeError: half of it); install it anew" in line for line in told)
    assert err.startswith(told[0])
    assert "own functions instead of the compiled loop: numba cannot" in " ".join(out.split())
