"""The same particles in every frame: detections as a table of frame by particle, and permutations read as links."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from corpuscle.data.detections import Detections, measure_clock, split_frames
from corpuscle.data.links import Links


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """Detections of particles that are never missed.

    Args:
        rows: row number of each detection in the user's table.
        position: where each is [length].
        number: the frame's number.
        clock: the frame's time [frames].
    """

    rows: Int[np.ndarray, "t n"]
    position: Float[np.ndarray, "t n d"]
    number: Int[np.ndarray, " t"]
    clock: Float[np.ndarray, " t"]

    def __len__(self) -> int:
        return len(self.number)

    @property
    def particles(self) -> int:
        """How many detections each frame has."""
        return int(self.rows.shape[1])


def lay_panel(detections: Detections) -> Panel:
    """Lay detections out by frame; the time of a frame is the mean of its detections' times.

    >>> lay_panel(Detections(np.array([1, 0, 1, 0]), np.zeros((4, 2)))).rows
    array([[1, 3], [0, 2]])
    """
    frames = split_frames(detections)
    shape = (len(frames), len(detections) // max(len(frames), 1))
    rows = frames.rows.reshape(shape)
    clock = frames.number.astype(np.float64)
    if detections.time is not None and len(frames):
        clock = measure_clock(detections)[rows].mean(axis=1)
    return Panel(rows, np.ascontiguousarray(detections.position[rows]), frames.number.astype(np.int64), clock)


def read_permutations(panel: Panel, place: Int[np.ndarray, "t n"]) -> Links:
    """Give the links of particles, of which `place` says the detection in each frame.

    >>> panel = lay_panel(Detections(np.array([0, 0, 1, 1]), np.zeros((4, 2))))
    >>> read_permutations(panel, np.array([[0, 1], [1, 0]])).pair
    array([[0, 3], [1, 2]])
    """
    chain = np.take_along_axis(panel.rows, place, axis=1)
    return Links(np.stack([chain[:-1].ravel(), chain[1:].ravel()], axis=1))


def read_steps(
    panel: Panel,
    step: Int[np.ndarray, "links n"],
    probability: Float[np.ndarray, "links n"] | None = None,
    other: Int[np.ndarray, "links n"] | None = None,
    other_probability: Float[np.ndarray, "links n"] | None = None,
) -> Links:
    """Give the links, of which `step` says to which detection of the next frame each one leads.

    Args:
        panel: the detections.
        step: for each detection the place of the one that follows it in the next frame.
        probability: how likely each link is.
        other: the place, in the link's own frame, of the detection that the following one would otherwise continue;
            -1 where there is none.
        other_probability: how likely that is.

    >>> panel = lay_panel(Detections(np.array([0, 0, 1, 1]), np.zeros((4, 2))))
    >>> read_steps(panel, np.array([[1, 0]]), np.array([[0.9, 0.9]])).probability
    array([0.9, 0.9])
    """
    later = np.take_along_axis(panel.rows[1:], step, axis=1)
    pair = np.stack([panel.rows[:-1].ravel(), later.ravel()], axis=1)
    if probability is None or other is None or other_probability is None:
        return Links(pair, None if probability is None else probability.ravel())
    runner_up = np.where(other < 0, -1, np.take_along_axis(panel.rows[:-1], np.maximum(other, 0), axis=1))
    return Links(pair, probability.ravel(), runner_up.ravel(), other_probability.ravel())
