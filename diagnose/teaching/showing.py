"""Pictures in a notebook: those of the report, and digits with what is said of them."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from diagnose.network.arrays import Array
from diagnose.style.figures import FOUND, INK, NEUTRAL, REPAIRED, legend, new_figure, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DOTS_PER_INCH = 100
COLOURS = (FOUND, REPAIRED, NEUTRAL)


@dataclass(frozen=True)
class Picture:
    """A figure with what it shows in words, for those who cannot see it."""

    figure: Figure
    alt_text: str

    def _repr_mimebundle_(
        self, include: Any = None, exclude: Any = None
    ) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
        with style():
            buffer = io.BytesIO()
            # Without the name of the program, so that the same figure gives the same file.
            self.figure.savefig(
                buffer, format="png", dpi=DOTS_PER_INCH, metadata={"Software": None}
            )
        encoded = base64.b64encode(buffer.getvalue()).decode("ascii")
        bundle = {"image/png": encoded, "text/plain": self.alt_text}
        return bundle, {"image/png": {"alt": self.alt_text}}


def picture(figure: Figure, alt_text: str) -> Picture:
    """Show a figure when it is the last line of a cell."""
    return Picture(figure, alt_text)


def digit_row(images: Sequence[Array] | Array, captions: Sequence[str]) -> Picture:
    """Show images of 28 x 28, such as digits, in a row, each with a caption."""
    figure, axes = new_figure(min(9.6, 1.2 * len(images)), 1.7, columns=len(images))
    for one, image, caption in zip(axes, images, captions, strict=True):
        one.imshow(image, cmap="gray_r")
        one.set_title(caption, fontsize=9)
        one.set_xticks([])
        one.set_yticks([])
        one.grid(visible=False)
    said = ", ".join(caption.replace("\n", " ") for caption in captions)
    return Picture(figure, f"{len(images)} images: {said}.")


def class_bars(
    vectors: Mapping[str, Any], *, marks: Mapping[str, Any] | None = None, label: str = ""
) -> Picture:
    """Show a few vectors, one number per class: as bars beside each other, others as marks."""
    figure, (axes,) = new_figure(6.4, 3.0)
    width = 0.8 / max(len(vectors), 1)
    for index, (name, values) in enumerate(vectors.items()):
        at = np.arange(len(values)) + (index - (len(vectors) - 1) / 2) * width
        axes.bar(at, values, width, color=COLOURS[index % len(COLOURS)], label=name)
    for shape, (name, values) in zip("D_o", (marks or {}).items(), strict=False):
        axes.plot(
            range(len(values)),
            values,
            shape,
            color="white" if shape == "D" else INK,
            markeredgecolor=INK,
            markersize=6 if shape == "D" else 14,
            label=name,
        )
    every = {**vectors, **(marks or {})}
    axes.set_xticks(range(max(len(values) for values in every.values())))
    axes.set_xlabel("class")
    axes.set_ylabel(label)
    legend(figure, axes, columns=len(every))
    said = "; ".join(
        f"{name} {', '.join(f'{value:.3f}' for value in values)}" for name, values in every.items()
    )
    return Picture(figure, f"{label or 'A number'} for each class. {said}.")
