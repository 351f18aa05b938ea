"""What a filter believes along links: positions of tracks, filtered or smoothed."""

import numpy as np
from jaxtyping import Float

from corpuscle.data.detections import Detections, measure_clock
from corpuscle.data.estimates import Estimates
from corpuscle.data.links import Links
from corpuscle.data.tracks import ALONE, join_tracks
from corpuscle.estimation.movement.series import Slot, filter_series, find_gains, smooth


def follow_tracks(detections: Detections, links: Links) -> Estimates:
    """Believe the detections themselves, along their tracks.

    >>> follow_tracks(Detections(np.array([0, 1]), np.ones((2, 2))), Links(np.array([[0, 1]]))).track
    array([0, 0])
    """
    label = join_tracks(links, detections.frame).label
    rows = np.flatnonzero(label != ALONE)
    rows = rows[np.lexsort((detections.frame[rows], label[rows]))]
    return Estimates(label[rows], detections.frame[rows], detections.position[rows])


def filter_tracks(
    detections: Detections,
    links: Links,
    variance: float | Float[np.ndarray, "n d"],
    *,
    slot: Slot,
    process_noise: float,
    rate: float,
    smoothed: bool,
) -> Estimates:
    """Believe what a Kalman filter says along each track, begun at its first detection.

    Args:
        detections: what was measured.
        links: how they are linked.
        variance: variance of a measured coordinate, one for all or one each [length squared].
        slot: where the process noise enters (see `find_gains`).
        process_noise: its standard deviation.
        rate: standard deviation of the first rate [length per frame].
        smoothed: whether later frames count as well (Rauch, Tung and Striebel).
    """
    label = join_tracks(links, detections.frame).label
    rows = np.flatnonzero(label != ALONE)
    rows = rows[np.lexsort((detections.frame[rows], label[rows]))]
    start = np.flatnonzero(np.diff(label[rows], prepend=-1))
    clock = measure_clock(detections)
    position = detections.position[rows]
    doubt = np.broadcast_to(np.asarray(variance, dtype=np.float64), detections.position.shape)[rows]
    believed = np.empty_like(position)
    for first, last in zip(start, np.append(start[1:], len(rows)), strict=True):
        part = slice(int(first), int(last))
        one = bool((doubt[part] == doubt[part, :1]).all())
        axes = [slice(None)] if one else [slice(d, d + 1) for d in range(position.shape[1])]
        for axis in axes:
            gains = find_gains(
                clock[rows[part]], np.ascontiguousarray(doubt[part, axis][:, 0]), slot=slot,
                process_noise=process_noise, rate=rate,
            )  # fmt: skip
            state = filter_series(position[part, None, axis], gains)
            believed[part, axis] = (smooth(state, gains) if smoothed else state)[:, 0, :, 0]
    return Estimates(label[rows], detections.frame[rows], believed)
