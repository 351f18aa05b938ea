"""Which linker to use for some detections."""

from collections.abc import Mapping
from typing import Any

from corpuscle.api.tables import Frame, make_scale, read_frame, take_frame
from corpuscle.io.table import Table, flatten, read_detections
from corpuscle.studies.linking.ranking import Ranking, rank_linkers


def compare(
    table: Frame,
    *,
    scenes: int = 10,
    seed: int = 0,
    columns: Mapping[str, str] | None = None,
    pixel_size: float | str | None = None,
    frame_interval: float | str | None = None,
) -> dict[str, Any]:
    """Compare all linkers on scenes like some detections, and name the one to use.

    Args:
        table: one row a detection, with `frame, x, y[, z]`, as `link` takes it.
        scenes: how many scenes are simulated.
        seed: where all chances come from.
        columns: which column plays which role, where the names do not tell.
        pixel_size: length of one unit of position [um, or "160nm"].
        frame_interval: time of one frame [s, or "50ms"].

    Returns:
        `chosen` (of the linkers that are not below the first by two standard errors, the cheapest), `ranking` (best
        first: link Jaccard, its error, how far behind the first on the same scenes, cost in microseconds a detection),
        `left_out` with reasons, and what was learned.

    Raises: ValueError, when the detections are too few to learn from or never two in a frame.
    """
    read = flatten(read_frame(take_frame(table), columns=columns, scale=make_scale(pixel_size, frame_interval)))
    return rank_table(read, scenes=scenes, seed=seed).list_values()


def rank_table(table: Table, *, scenes: int, seed: int) -> Ranking:
    """Rank all linkers for a table."""
    return rank_linkers(read_detections(table), scenes=scenes, seed=seed)
