"""What linking will give, told before any linking."""

from collections.abc import Mapping
from typing import Any

from corpuscle.api.tables import Frame, make_scale, read_frame, take_frame
from corpuscle.io.table import Table, flatten, read_detections
from corpuscle.studies.linking.trackable import DEFAULT, Trackability, foresee


def trackable(
    table: Frame,
    *,
    method: str = DEFAULT,
    scenes: int = 10,
    seed: int = 0,
    columns: Mapping[str, str] | None = None,
    pixel_size: float | str | None = None,
    frame_interval: float | str | None = None,
) -> dict[str, Any]:
    """Tell what linking some detections will give, before any linking.

    Parameters are learned from the detections, scenes like them are simulated, linked and scored.

    Args:
        table: one row a detection, with `frame, x, y[, z]`, as `link` takes it.
        method: the linker that is tried; by default `marginal`, told what was learned.
        scenes: scenes simulated at each frame interval and density.
        seed: where all chances come from.
        columns: which column plays which role, where the names do not tell.
        pixel_size: length of one unit of position [um, or "160nm"].
        frame_interval: time of one frame [s, or "50ms"].

    Returns:
        `learned` (each parameter with its standard error), `particles`, `spacing`, `step_over_spacing`, `linker`,
        `scenes`, `intervals` and `densities` (link Jaccard, its error, 10th and 90th percentile, the share by which a
        diffusion coefficient is off, each at a `factor`), and `limits`: the factors at which the Jaccard falls below
        0.9 and 0.5 (0: it is below already; inf: not within the factors tried).

    Raises: ValueError, when the detections are too few to learn from or never two in a frame.
    """
    read = flatten(read_frame(take_frame(table), columns=columns, scale=make_scale(pixel_size, frame_interval)))
    return foresee_table(read, method=method, scenes=scenes, seed=seed).list_values()


def foresee_table(table: Table, *, method: str, scenes: int, seed: int) -> Trackability:
    """Foresee what linking a table will give."""
    return foresee(read_detections(table), method=method, scenes=scenes, seed=seed)
