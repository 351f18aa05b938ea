"""Several scenes laid upon each other: particles that do not move alike in one field."""

from collections.abc import Sequence

import numpy as np

from corpuscle.data.detections import Detections
from corpuscle.data.scene import Scene, Truth
from corpuscle.simulation.clutter import mix


def overlay_scenes(generator: np.random.Generator, scenes: Sequence[Scene]) -> Scene:
    """Lay scenes upon each other; tracks are numbered scene by scene, detections shuffled within each frame.

    Args:
        generator: where the order of the detections comes from.
        scenes: the scenes, one at least, whose truth says which detection shows whom.

    >>> from corpuscle.simulation.brownian import Brownian
    >>> scenes = [Brownian(particles=2, frames=3).simulate(np.random.default_rng(seed)) for seed in (0, 1)]
    >>> overlay_scenes(np.random.default_rng(2), scenes).detections
    Detections(12 detections, 3 frames, 2-D)
    """
    detections = [scene.detections for scene in scenes]
    mixed, place = mix(
        generator,
        np.concatenate([one.frame for one in detections]),
        np.concatenate([one.position for one in detections]),
    )
    tracks, shown, used, first = [], [], 0, 0
    for scene in scenes:
        truth = scene.truth
        detection = np.full(len(truth), -1) if truth.detection is None else truth.detection
        tracks.append(truth.track + used)
        shown.append(np.where(detection >= 0, place[first + np.maximum(detection, 0)] if len(place) else -1, -1))
        used += int(truth.track.max(initial=-1)) + 1
        first += len(scene.detections)
    joined = Truth(
        np.concatenate(tracks),
        np.concatenate([scene.truth.frame for scene in scenes]),
        np.concatenate([scene.truth.position for scene in scenes]),
        np.concatenate(shown),
    )
    return Scene(Detections(mixed.frame, mixed.position), joined)
