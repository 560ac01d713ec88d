"""The programs on the pages of symptoms: each has its symptom, and its fault is found in its line.

Nothing here needs mkdocs: the site itself is built in CI, where a link that leads nowhere fails.
"""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path

import pytest

import diagnose

pytestmark = pytest.mark.usefixtures("processes_of_its_own")

DOCS = Path(__file__).parents[1] / "docs"
# The defect, and the text of the line in which it is found.
FAULTS = {
    "always_the_same_class": ("class-order", "for i in range(0, 400, 10):"),
    "loss_does_not_decrease": ("symmetric-initialization", "W1 = np.zeros((2, 16))"),
    "loss_is_nan": ("learning-rate", "learning_rate = 5.0"),
    "accuracy_stuck_at_10_percent": (
        "unnormalized-input",
        "images = kinds[labels] + rng.integers(0, 56, (600, 64))",
    ),
    "xor_outputs_one_half": ("wrong-gradient", "return sigmoid(x) * (1 - sigmoid(x))"),
    "works_on_training_data_only": ("sorted-split", "X_test, y_test = images[150:], labels[150:]"),
}


@pytest.fixture(scope="module")
def site():
    """The module that builds the site."""
    spec = importlib.util.spec_from_file_location("make_site", DOCS / "make_site.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_symptom_has_a_program_and_a_page(site):
    assert set(site.MEASURES) == set(FAULTS)
    for ending in (".py", ".md"):
        assert {one.stem for one in site.SYMPTOMS.glob(f"*{ending}")} == set(FAULTS)
    for name in FAULTS:
        text = (site.SYMPTOMS / f"{name}.md").read_text(encoding="utf-8")
        assert text.count(site.HERE) == 1
        assert FAULTS[name][0] in site.PAGES
        assert f"symptoms/{name}.md" in (DOCS.parent / "mkdocs.yml").read_text(encoding="utf-8")


def test_every_program_shows_its_symptom(site):
    said = {name: site.printed(site.SYMPTOMS / f"{name}.py") for name in FAULTS}
    numbers = {
        name: [number for _, number in site.measured(text, site.MEASURES[name])]
        for name, text in said.items()
    }
    assert all(len(one) >= 10 for one in numbers.values())
    assert said["always_the_same_class"].endswith("[  0   0   0 400]\n")
    loss = numbers["loss_does_not_decrease"]
    assert max(loss[1:]) - min(loss[1:]) < 0.001
    assert math.isnan(numbers["loss_is_nan"][-1])
    assert all(abs(one - 0.1) < 0.05 for one in numbers["accuracy_stuck_at_10_percent"])
    outputs = said["xor_outputs_one_half"].replace("[", "").replace("]", "").split()[-4:]
    assert all(abs(float(one) - 0.5) < 0.02 for one in outputs)
    train = site.measured(said["works_on_training_data_only"], "train accuracy")
    assert train[-1][1] > 0.95
    assert numbers["works_on_training_data_only"][-1] < 0.5


@pytest.mark.parametrize("name", FAULTS)
def test_the_fault_of_every_program_is_found_in_its_line(name):
    script = DOCS / "symptoms" / f"{name}.py"
    lines = [line.strip() for line in script.read_text(encoding="utf-8").splitlines()]
    defect, text = FAULTS[name]
    found = diagnose.run(script, patch=False).findings
    places = [(one.defect, lines[one.where.line - 1]) for one in found if one.where]
    assert (defect, text) in places


def test_a_patch_is_applied_to_its_lines_only(site):
    diff = "--- a/a.py\n+++ b/a.py\n@@ -1,3 +1,3 @@\n a = 1\n-b = 2\n+b = 3\n c = 4\n"
    assert site.patched("a = 1\nb = 2\nc = 4\nd = 5\n", diff) == "a = 1\nb = 3\nc = 4\nd = 5\n"
    with pytest.raises(ValueError, match="line 2"):
        site.patched("a = 1\nb = 0\nc = 4\n", diff)


def test_every_defect_has_a_page_with_headings(site):
    for name in site.PAGES:
        text = site.defect_page(name)
        assert text.startswith(f"# {name}\n\n")
        assert "\n## Use instead\n" in text
        assert text.count("```") % 2 == 0


def test_links_out_of_docs_lead_to_the_start_or_to_a_copy(site, tmp_path):
    text = "[a](../README.md#see-it) [b](../diagnose/study.py) [c](data.md#x) [d](https://a.b/c)"
    turned = site.relinked(text, tmp_path)
    assert turned == (
        "[a](index.md) [b](files/diagnose/study.py.txt) [c](data.md#x) [d](https://a.b/c)"
    )
    assert (tmp_path / "files/diagnose/study.py.txt").exists()
