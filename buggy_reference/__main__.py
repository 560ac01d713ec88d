"""Run the post's code as it stands: ``python -m buggy_reference --help``."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from buggy_reference.verbatim import EPOCHS, run_verbatim
from diagnose.data import carried, write_jpegs
from diagnose.errors import BadInputError


def say(line: str) -> None:
    """Write to stderr, so that stdout holds what the post prints and nothing else."""
    click.echo(line, err=True)


@contextmanager
def folder_of_digits(data: Path | None) -> Iterator[Path]:
    """Hand out the folder asked for, or else the carried digits as temporary JPEG files."""
    if data is not None:
        yield data
        return
    with tempfile.TemporaryDirectory(prefix="digits-") as folder:
        digits = carried()
        say(f"writing {len(digits.labels):,} carried digits as JPEG files")
        write_jpegs(digits.images, digits.labels, digits.numbers, folder)
        yield Path(folder)


def epoch_lines(done: int, total: int) -> None:
    """Say one line after each epoch: progress where no terminal can show a bar."""
    if done % (total // EPOCHS) == 0:
        say(f"epoch {done * EPOCHS // total} of {EPOCHS} done")


@click.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder with class folders 0 to 9 of 28x28 images.  [default: carried digits]",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    default=0,
    show_default=True,
    help="Seed of NumPy's random numbers, which the post does not set.",
)
@click.option(
    "--revision",
    is_flag=True,
    help="Run the post's earlier revision, which trained on the classes 0 and 1 only.",
)
def command(data: Path | None, seed: int, revision: bool) -> None:
    r"""Train the post's network with its own code, unchanged, and print what it prints.

    Its Windows paths are answered from a folder of images. Ten epochs: about ten seconds on
    the carried digits, one or two minutes on the 60,000 of MNIST.

    \b
    Examples:
      python -m buggy_reference
      python -m buggy_reference --data mnist_jpg --seed 1
    """
    with folder_of_digits(data) as folder:
        if not sys.stderr.isatty():
            run_verbatim(folder, seed, revision=revision, progress=epoch_lines, say=say)
            return
        columns = (
            TextColumn("training"),
            BarColumn(),
            TextColumn("{task.fields[epoch]}"),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("training", epoch="")

            def advance(done: int, total: int) -> None:
                # Hundreds of thousands of images pass; the bar moves a few times a second.
                if done % 200 == 0 or done == total:
                    epoch = (done - 1) * EPOCHS // total + 1
                    bar.update(task, completed=done, total=total, epoch=f"epoch {epoch}/{EPOCHS}")
                    if done == total:
                        bar.stop()

            run_verbatim(folder, seed, revision=revision, progress=advance, say=say)


def main() -> int:
    """Return the exit code: 0, or 2 on bad use or bad input, or 130 when interrupted."""
    try:
        command.main(prog_name="python -m buggy_reference", standalone_mode=False)
    except BadInputError as error:
        say(f"error: {error}")
        return 2
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        say("interrupted")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
