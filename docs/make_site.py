"""Build the site of the documentation with mkdocs, which the extra ``site`` installs.

    python docs/make_site.py [FOLDER]          into site/, if no folder is named

The pages of ``docs/`` are taken as they are. The page of each symptom shows what the tool says of
the program beside it, which is run for that; those of defects are what ``diagnose explain`` prints.
"""

from __future__ import annotations

import argparse
import difflib
import html
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import diagnose
from diagnose.command.diagnosis import Diagnosis
from diagnose.command.parameter_types import defect_names, explained

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
SYMPTOMS = DOCS / "symptoms"
HERE = "<!-- shown -->"  # where what the tool says stands on the page of a symptom
# What each program prints in each epoch, by the label before it.
MEASURES = {
    "always_the_same_class": "accuracy",
    "loss_does_not_decrease": "loss",
    "loss_is_nan": "loss",
    "accuracy_stuck_at_10_percent": "test accuracy",
    "xor_outputs_one_half": "loss",
    "works_on_training_data_only": "test accuracy",
}
# What to write where the tool shows the line, and no edit of it.
BY_HAND = {
    "works_on_training_data_only": (
        "# the last quarter",
        "order = rng.permutation(200)\nimages, labels = images[order], labels[order]\n\n"
        "# the last quarter",
    ),
}
PAGES = explained()
LINK = re.compile(r"(\]\()([^)#\s]+)(#[^)\s]*)?(\))")


def patched(source: str, diff: str) -> str:
    """Apply a unified diff of one file to its source."""
    old, new, at = source.splitlines(keepends=True), [], 0
    for line in diff.splitlines(keepends=True):
        if line.startswith(("--- ", "+++ ")):
            continue
        if hunk := re.match(r"@@ -(\d+)", line):
            start = int(hunk[1]) - 1
            new += old[at:start]
            at = start
        elif line.startswith("+"):
            new.append(line[1:])
        elif line.startswith((" ", "-")):
            if old[at] != line[1:]:
                raise ValueError(f"line {at + 1} is not the one that the diff names")
            new += [old[at]] if line.startswith(" ") else []
            at += 1
    return "".join(new + old[at:])


def printed(script: Path) -> str:
    """What a program prints."""
    command = [sys.executable, "-W", "ignore", str(script)]
    return subprocess.run(command, capture_output=True, check=True, text=True, timeout=60).stdout


def measured(text: str, label: str) -> list[tuple[int, float]]:
    """The epochs that a program printed, and what it printed behind a label in each."""
    found = re.findall(rf"^epoch (\d+)\b.*?\b{label} (\S+)", text, re.M)
    return [(int(epoch), float(number)) for epoch, number in found]


def curves(lines: dict[str, list[tuple[int, float]]], label: str) -> str:
    """Draw lines of numbers over epochs as a picture for a page; what is not finite is left out."""
    finite = {
        name: [(x, y) for x, y in points if math.isfinite(y)] for name, points in lines.items()
    }
    every = [point for points in finite.values() for point in points]
    right = max(x for points in lines.values() for x, _ in points) or 1
    top = max(y for _, y in every) or 1.0
    looks = {"before": "#d1495b", "after": "#2a7f9e"}
    drawn = []
    for (name, points), height in zip(finite.items(), (16, 34), strict=True):
        places = " ".join(
            f"{50 + 420 * x / right:.1f},{190 - 170 * y / top:.1f}" for x, y in points
        )
        ink = looks[name]
        last = lines[name][-1][1]
        drawn.append(f'<polyline points="{places}" fill="none" stroke="{ink}" stroke-width="2"/>')
        if len(points) == 1:
            x, y = places.split(",")
            drawn.append(f'<circle cx="{x}" cy="{y}" r="4" fill="{ink}"/>')
        drawn.append(f'<text x="480" y="{height}" fill="{ink}">{name}: {last:.3g} at last</text>')
    return (
        f'<svg viewBox="0 0 640 225" role="img" font-size="13" fill="currentColor">'
        f"<title>{html.escape(label)} in each epoch, before and after the edit</title>"
        '<path d="M50 20V190H470" fill="none" stroke="currentColor"/>'
        f'<text x="44" y="24" text-anchor="end">{top:.3g}</text>'
        '<text x="44" y="194" text-anchor="end">0</text>'
        f'<text x="470" y="208" text-anchor="end">{right}</text>'
        f'<text x="50" y="208">epoch 0</text><text x="56" y="14">{html.escape(label)}</text>'
        f"{''.join(drawn)}</svg>"
    )


def by_hand(script: Path) -> str:
    """The edit of a program for which the tool has none, as a unified diff."""
    source = script.read_text(encoding="utf-8")
    old, new = BY_HAND[script.stem]
    lines = [text.splitlines(keepends=True) for text in (source, source.replace(old, new))]
    return "".join(difflib.unified_diff(*lines, f"a/{script.name}", f"b/{script.name}"))


def shown(script: Path, found: Diagnosis) -> str:
    """Show a program, what the tool says of it, its patch, and what it prints with and without."""
    source, label = script.read_text(encoding="utf-8"), MEASURES[script.stem]
    parts = [
        f"## A program that has it\n\n```python\n{source}```",
        f"## What `diagnose {script.name}` says\n\n```text\n{found.text.rstrip()}\n```",
    ]
    if found.patch:
        diff, heading = found.patch, "## The patch"
    else:
        diff, heading = by_hand(script), "## What to write\n\nThe line is shown, this edit is ours:"
    parts.append(f"{heading}\n\n```diff\n{diff.rstrip()}\n```")
    with tempfile.TemporaryDirectory() as folder:
        mended = Path(folder) / script.name
        mended.write_text(patched(source, diff), encoding="utf-8")
        lines = {
            "before": measured(printed(script), label),
            "after": measured(printed(mended), label),
        }
    parts.append(
        f"What the program prints without this edit and with it:\n\n{curves(lines, label)}"
    )
    return "\n\n".join(parts)


def linked(text: str) -> str:
    """Make the name of a defect on the page of a symptom a link to the page of that defect."""
    return re.sub(
        r"`([a-z-]+)`",
        lambda one: f"[{one[0]}](../defects/{one[1]}.md)" if one[1] in PAGES else one[0],
        text,
    )


def plain(text: str) -> str:
    """Keep Markdown from reading signs of mathematics as its own, outside of code."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(
        one if at % 2 else re.sub(r"([*_<\[\]])", r"\\\1", one) for at, one in enumerate(parts)
    )


def defect_page(name: str) -> str:
    """The page of a defect in Markdown: lines at the margin are headings."""
    first, _, rest = PAGES[name].page.strip().partition("\n\n")
    parts = [f"# {name}", plain(first)]
    code = False
    for block in re.split(r"\n\s*\n", rest):
        heading, _, body = block.partition("\n")
        if heading[:1].strip() and re.match(r" ", body):
            title = heading.rstrip(":")
            parts.append(f"## {plain(title)}")
            code = name in defect_names() and title in ("Example", "Use instead")
        elif heading[:1].strip():
            parts.append(plain(block))
            continue
        else:
            body = block
        body = re.sub(r"^    ", "", body, flags=re.M)
        parts.append(f"```text\n{body}\n```" if code else plain(body))
    return "\n\n".join(parts) + "\n"


def defect_index() -> str:
    """A table of all defects, each with the first line of its page."""
    rows = [f"| [`{name}`]({name}.md) | {plain(one.summary)} |" for name, one in PAGES.items()]
    return "\n".join(
        ["# Defects", "", "`diagnose explain NAME` prints each of these pages.", "",
         "| name | what is wrong |", "|---|---|", *rows, ""]
    )  # fmt: skip


def start_page(example: str) -> str:
    """The first page: the problem and the commands from the README, and one script's answer."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    title, problem = re.findall(r"^# (.+)\n\n((?:.+\n)+)", readme)[0]
    (command,) = re.findall(r"^<!-- report-command -->\n(```sh\n.*?\n```)", readme, re.M | re.S)
    seen = "".join(
        f"- [{_title(SYMPTOMS / f'{name}.md')}](symptoms/{name}.md)\n" for name in MEASURES
    )
    return (
        f"# {title}\n\n{problem}\n```text\n{example.rstrip()}\n```\n\n"
        f"## What do you see?\n\n{seen}\n"
        "## Install it, and point it at your own\n\nIn a clone of the project, with Python 3.11 or "
        f"newer (it ends with the report on an example):\n\n{command}\n\nThen, of a script of "
        "yours:\n\n```sh\n.venv/bin/python -m diagnose my_script.py --patch fix.diff\n```\n\n"
        "More on [a script as it is](a-script-as-it-is.md), on [the patch](the-patch.md), and on "
        "[reading the report](reading-the-report.md). All [defects](defects/index.md) have a page."
        "\n"
    )


def _title(page: Path) -> str:
    return page.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")


def relinked(text: str, folder: Path) -> str:
    """Turn links that lead out of ``docs/``: to the start page, or to a copy of the file as text.

    folder: the copy of ``docs/`` that the site is built from. Links to folders lead to the start.
    """

    def turned(link: re.Match[str]) -> str:
        target = (DOCS / link[2]).resolve()
        if "://" in link[2] or target.is_relative_to(DOCS):
            return link[0]
        if not target.exists():
            raise ValueError(f"a link leads nowhere: {link[2]}")
        if target == ROOT / "README.md" or target.is_dir():
            return f"{link[1]}index.md{link[4]}"
        name = f"files/{target.relative_to(ROOT).as_posix()}"
        name += "" if target.suffix in (".png", ".svg") else ".txt"
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(target, folder / name)
        return f"{link[1]}{name}{link[4]}"

    return LINK.sub(turned, text)


def write_pages(folder: Path) -> None:
    """Write the pages of the site, those of ``docs/`` and the generated ones, into a folder."""
    for page in DOCS.glob("*.md"):
        text = relinked(page.read_text(encoding="utf-8"), folder)
        (folder / page.name).write_text(text, encoding="utf-8")
    (folder / "symptoms").mkdir()
    (folder / "defects").mkdir()
    for name in PAGES:
        (folder / "defects" / f"{name}.md").write_text(defect_page(name), encoding="utf-8")
    (folder / "defects" / "index.md").write_text(defect_index(), encoding="utf-8")
    for name in MEASURES:
        script = SYMPTOMS / f"{name}.py"
        found = diagnose.run(script)
        text = linked(script.with_suffix(".md").read_text(encoding="utf-8"))
        text = text.replace(HERE, shown(script, found))
        (folder / "symptoms" / f"{name}.md").write_text(text, encoding="utf-8")
        if name == "xor_outputs_one_half":
            (folder / "index.md").write_text(start_page(found.text), encoding="utf-8")
        print(f"{script.name}: diagnosed", flush=True)


def build(site: Path) -> int:
    """Build the site into a folder, and return the exit code of mkdocs."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "docs"
        folder.mkdir()
        write_pages(folder)
        settings = Path(temporary) / "mkdocs.yml"
        defects = "".join(f"      - defects/{name}.md\n" for name in PAGES)
        text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
        text = text.replace(
            "  - Defects: defects/index.md\n",
            f"  - Defects:\n      - defects/index.md\n{defects}",
        )
        settings.write_text(text, encoding="utf-8")
        command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet"]
        command += ["--config-file", str(settings), "--site-dir", str(site.resolve())]
        return subprocess.run(command, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}).returncode


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit code: 0 if the site was built and all of its links lead somewhere."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT / "site")
    return build(parser.parse_args(arguments).folder)


if __name__ == "__main__":
    sys.exit(main())
