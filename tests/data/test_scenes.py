"""The drawings of the tiny scenes are read as they look."""

import numpy as np

from corpuscle.data.scene import true_links
from tests.scenes import blinking, two_far_apart, with_false_detection


def test_a_drawing_is_read_by_frame_then_position() -> None:
    scene = two_far_apart()
    assert scene.detections.frame.tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert scene.detections.position[:, 0].tolist() == [0, 50, 1, 50, 0, 50, 1, 51]
    assert true_links(scene.truth).pair.tolist() == [[0, 2], [2, 4], [4, 6], [1, 3], [3, 5], [5, 7]]


def test_a_small_letter_is_missed() -> None:
    scene = blinking()
    assert len(scene.detections) == 7
    assert scene.truth.detection is not None
    assert np.count_nonzero(scene.truth.detection == -1) == 3


def test_a_star_is_false() -> None:
    scene = with_false_detection()
    assert scene.detections.frame.tolist() == [0, 1, 1, 2, 3]
    assert scene.truth.track.tolist() == [0, 0, 0, 0]
