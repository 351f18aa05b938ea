"""How pictures look: colours that a colour-blind reader can tell apart, sizes, saving whole or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

BLACK = "#000000"
ORANGE = "#E69F00"
SKY = "#56B4E9"
GREEN = "#009E73"
BLUE = "#0072B2"
VERMILION = "#D55E00"
PURPLE = "#CC79A7"
GREY = "#8C8C8C"

CYCLE = (BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILION)
"""Colours of things that follow one another (Okabe and Ito, 2008)."""

RC: dict[Any, Any] = {
    "font.size": 10.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "figure.constrained_layout.use": True,
    "savefig.dpi": 150,
}


@contextmanager
def styled() -> Iterator[Any]:
    """Draw in the house's style, without a window; gives matplotlib's `Figure` class."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(RC):
        yield Figure


def save(figure: Any, path: Path) -> None:  # noqa: ANN401 - a matplotlib figure, whose import is late
    """Save a figure through a temporary file, so that no half picture is left behind."""
    made = path.with_name(f".{path.name}.part")
    try:
        figure.savefig(made, format=path.suffix.lstrip("."))
        made.replace(path)
    finally:
        made.unlink(missing_ok=True)
