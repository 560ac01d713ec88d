"""Train the corrected twin and try it on unseen digits: ``python -m fixed --help``."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import numpy as np

from diagnose.builders.seeding import seeded
from diagnose.data import carried, load
from diagnose.errors import BadInputError
from fixed import prepare
from fixed.network import forward_propagation, learn


@click.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Folder of images, folder of IDX files, or npz.  [default: carried digits]",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    default=0,
    show_default=True,
    help="Seed of the initial draw and of the shuffles.",
)
def command(data: Path | None, seed: int) -> None:
    """Train the corrected network and print its accuracy on the test images."""
    digits = load(data) if data is not None else carried()
    for note in digits.notes:
        click.echo(note, err=True)
    with seeded(seed):
        parameters = learn(digits.images, digits.labels)
    *_, probabilities = forward_propagation(prepare(digits.test_images).T, *parameters)
    right = np.argmax(probabilities, axis=0) == digits.test_labels
    click.echo(f"accuracy on {len(right):,} test images: {right.mean():.1%}")


def main() -> int:
    """Return the exit code: 0, or 2 on bad use or bad input, or 130 when interrupted."""
    try:
        command.main(prog_name="python -m fixed", standalone_mode=False)
    except BadInputError as error:
        click.echo(f"error: {error}", err=True)
        return 2
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
