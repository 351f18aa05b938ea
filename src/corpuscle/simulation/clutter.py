"""Detections that are missed, and detections of nothing."""

import numpy as np
from jaxtyping import Bool, Float, Int

from corpuscle.data.detections import Detections
from corpuscle.data.scene import Scene, Truth


def draw_seen(generator: np.random.Generator, count: int, *, misses: float) -> Bool[np.ndarray, " m"]:
    """Draw which detections are made, each missed with the chance `misses`.

    >>> draw_seen(np.random.default_rng(0), 3, misses=0.0)
    array([ True,  True,  True])
    """
    return generator.random(count) >= misses


def bound_frames(
    frame: Int[np.ndarray, " m"], position: Float[np.ndarray, "m d"], frames: int, *, narrowest: float
) -> tuple[Float[np.ndarray, "f d"], Float[np.ndarray, "f d"]]:
    """Give the lowest corner and the sides of the box around each frame's positions.

    A side shorter than `narrowest` is widened to it about its middle; frames without positions have an empty box.

    >>> bound_frames(np.array([0, 0]), np.array([[0.0, 1.0], [4.0, 1.0]]), 1, narrowest=2.0)
    (array([[0., 0.]]), array([[4., 2.]]))
    """
    order = np.argsort(frame, kind="stable")
    number, first = np.unique(frame[order], return_index=True)
    low, width = np.zeros((2, frames, position.shape[1]))
    if len(number):
        lowest = np.minimum.reduceat(position[order], first, axis=0)
        highest = np.maximum.reduceat(position[order], first, axis=0)
        width[number] = np.maximum(highest - lowest, narrowest)
        low[number] = (lowest + highest - width[number]) / 2
    return low, width


def draw_false(
    generator: np.random.Generator,
    mean: Float[np.ndarray, " f"],
    low: Float[np.ndarray, "f d"],
    width: Float[np.ndarray, "f d"],
) -> tuple[Int[np.ndarray, " k"], Float[np.ndarray, "k d"]]:
    """Draw false detections: in each frame a Poisson number of them, uniform over its box.

    Args:
        generator: where the chances come from.
        mean: the mean number in each frame.
        low: the lowest corner of each frame's box [length].
        width: the sides of each frame's box [length].

    Returns:
        The frame and the position of each false detection.

    >>> draw_false(np.random.default_rng(0), np.zeros(3), np.zeros((3, 2)), np.ones((3, 2)))[0]
    array([], dtype=int64)
    """
    frame = np.repeat(np.arange(len(mean)), generator.poisson(mean))
    return frame, low[frame] + width[frame] * generator.random((len(frame), low.shape[1]))


def mix(
    generator: np.random.Generator,
    frame: Int[np.ndarray, " n"],
    position: Float[np.ndarray, "n d"],
) -> tuple[Detections, Int[np.ndarray, " n"]]:
    """Sort rows by frame and shuffle them within each, so that their order tells nothing.

    Returns:
        The detections, and for each given row the row number that it has there.

    Source: Mishra and Roudot, EUSIPCO 2024, III.A: the measurements are shuffled independently for each frame.

    >>> mixed, place = mix(np.random.default_rng(0), np.array([1, 0]), np.array([[1.0, 1.0], [2.0, 2.0]]))
    >>> mixed.frame, place
    (array([0, 1]), array([1, 0]))
    """
    order = np.lexsort((generator.random(len(frame)), frame))
    place = np.empty(len(frame), dtype=np.int64)
    place[order] = np.arange(len(frame))
    return Detections(frame[order], position[order]), place


def join_scene(
    generator: np.random.Generator,
    truth: Truth,
    measured: Float[np.ndarray, "m d"],
    seen: Bool[np.ndarray, " m"],
    false: tuple[Int[np.ndarray, " k"], Float[np.ndarray, "k d"]],
) -> Scene:
    """Join what was seen of each particle with the false detections into a scene.

    >>> truth = Truth(np.zeros(2, int), np.arange(2), np.zeros((2, 2)))
    >>> nothing = (np.empty(0, int), np.empty((0, 2)))
    >>> seen = np.array([False, True])
    >>> join_scene(np.random.default_rng(0), truth, truth.position, seen, nothing).truth.detection
    array([-1,  0])
    """
    detections, place = mix(
        generator, np.concatenate([truth.frame[seen], false[0]]), np.concatenate([measured[seen], false[1]])
    )
    detection = np.full(len(truth), -1)
    detection[seen] = place[: int(seen.sum())]
    return Scene(detections, Truth(truth.track, truth.frame, truth.position, detection))
