import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpuscle.data.detections import Detections
from corpuscle.data.scene import Scene, Truth, true_links


def build(track: list[int], frame: list[int], detection: list[int] | None = None) -> Truth:
    seen = None if detection is None else np.array(detection)
    return Truth(np.array(track), np.array(frame), np.zeros((len(track), 2)), seen)


def test_true_positions_are_finite() -> None:
    with pytest.raises(ValueError, match=r"a true position is finite, but row 0 has \[nan, *0\.\]"):
        Truth(np.array([0]), np.array([0]), np.array([[np.nan, 0.0]]))


def test_frames_and_particles_count_from_0() -> None:
    with pytest.raises(ValueError, match="a frame is a number from 0, but row 1 has -2"):
        build([0, 0], [0, -2])
    with pytest.raises(ValueError, match="a particle is a number from 0, but row 1 has -1"):
        build([0, -1], [0, 1])


def test_a_particle_stands_once_in_a_frame() -> None:
    said = "a track has one row a frame, but rows 0 and 3 are both track 4, frame 2"
    with pytest.raises(ValueError, match=said):
        build([4, 4, 5, 4], [2, 1, 2, 2])


def test_a_detection_shows_one_particle() -> None:
    with pytest.raises(ValueError, match="a detection shows one particle, but 7 stands in two rows"):
        build([0, 1, 2, 3], [0, 0, 0, 0], [7, -1, -1, 7])
    with pytest.raises(ValueError, match="a detection is a row number, or -1 where missed, but row 0 has -2"):
        build([0], [0], [-2])


def test_a_scene_names_detections_that_are_there() -> None:
    detections = Detections(np.array([0, 1]), np.zeros((2, 2)))
    with pytest.raises(ValueError, match="the truth names detection 2, but there are 2 rows of detections"):
        Scene(detections, build([0], [0], [2]))
    said = r"row 1 of the truth says that detection 0 is in frame 1, but it is in frame 0: the result's rows must be"
    with pytest.raises(ValueError, match=said):
        Scene(detections, build([0, 0], [0, 1], [-1, 0]))
    assert len(Scene(detections, build([0, 0], [0, 1], [0, 1])).truth) == 2
    assert Scene(detections, build([0], [9])).truth.detection is None


def test_a_true_link_goes_across_missed_frames() -> None:
    truth = build([1, 0, 0, 0, 1], [0, 0, 1, 4, 2], [3, 0, -1, 1, 5])
    assert sorted(true_links(truth).pair.tolist()) == [[0, 1], [3, 5]]


def test_true_links_need_to_know_whose_detections_are() -> None:
    with pytest.raises(ValueError, match="true links between detections need the truth's `detection` column"):
        true_links(build([0], [0]))


@given(seed=st.integers(0, 2**32 - 1))
def test_true_links_do_not_depend_on_the_order_of_the_rows(seed: int) -> None:
    random = np.random.default_rng(seed)
    track, frame = (part.ravel() for part in np.meshgrid(np.arange(3), np.arange(5)))
    detection = np.where(random.random(15) < 0.7, random.permutation(15), -1)
    order = random.permutation(15)
    truth = Truth(track, frame, np.zeros((15, 2)), detection)
    shuffled = Truth(track[order], frame[order], np.zeros((15, 2)), detection[order])
    assert sorted(true_links(truth).pair.tolist()) == sorted(true_links(shuffled).pair.tolist())
