import numpy as np
import pytest

from corpuscle.data.detections import Detections, measure_clock, split_frames


def build(frame: list[int], position: list[list[float]] | None = None, time: list[float] | None = None) -> Detections:
    place = np.zeros((len(frame), 2)) if position is None else np.array(position)
    return Detections(np.array(frame, dtype=np.int64), place, time=None if time is None else np.array(time))


def test_frames_count_from_0() -> None:
    with pytest.raises(ValueError, match=r"a frame is a number from 0, but row 1 has -1 \(and 1 more rows\)"):
        build([0, -1, -3])


@pytest.mark.parametrize("space", [1, 4])
def test_positions_have_two_or_three_axes(space: int) -> None:
    with pytest.raises(ValueError, match=f"positions are 2-D or 3-D, not {space}-D"):
        Detections(np.array([0]), np.zeros((1, space)))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e300])
def test_positions_are_finite(bad: float) -> None:
    with pytest.raises(
        ValueError,
        match=r"a position is finite and within 1e\+100 of 0, but row 1 has \[ *0\..*, *(nan|inf|-inf|1\.e.300)\]",
    ):
        build([0, 0], [[1.0, 2.0], [0.0, bad]])


@pytest.mark.parametrize("bad", [-0.1, np.nan, np.inf])
def test_deviations_are_finite_and_not_below_0(bad: float) -> None:
    with pytest.raises(ValueError, match=r"a standard deviation is from 0 to 1e\+100, but row 0 has"):
        Detections(np.array([0]), np.zeros((1, 2)), np.array([[bad, 1.0]]))


def test_times_are_finite() -> None:
    with pytest.raises(ValueError, match="a time is finite, but row 1 has nan"):
        build([0, 1], time=[0.0, np.nan])


@pytest.mark.parametrize("time", [[0.0, 2.0, 1.0], [0.0, 1.0, 1.0], [0.5, 0.0, 1.0]])
def test_time_grows_with_the_frame(time: list[float]) -> None:
    with pytest.raises(ValueError, match=r"time grows with the frame, but row \d \(frame \d, time .*\) is not later"):
        build([0, 1, 2], time=time)


def test_the_message_about_time_says_what_to_do() -> None:
    said = (
        r"row 0 \(frame 4, time 1\) is not later than row 1 \(frame 3, time 2\); leave the time column out with "
        r"--columns time= if it means something else"
    )
    with pytest.raises(ValueError, match=said):
        build([4, 3], time=[1.0, 2.0])


def test_detections_of_one_frame_may_differ_in_time() -> None:
    assert len(build([1, 0, 0, 1], time=[2.0, 0.5, 0.0, 1.5])) == 4


def test_frames_may_overlap_in_nothing() -> None:
    with pytest.raises(ValueError, match="time grows with the frame"):
        build([0, 0, 1], time=[0.0, 2.0, 1.0])


def test_it_says_how_many_there_are() -> None:
    assert repr(build([0, 5, 5])) == "Detections(3 detections, 2 frames, 2-D)"


def test_frames_are_split_in_the_order_of_the_rows() -> None:
    frames = split_frames(build([7, 2, 7, 0, 2]))
    assert frames.number.tolist() == [0, 2, 7]
    assert [frames.rows_of(index).tolist() for index in range(len(frames))] == [[3], [1, 4], [0, 2]]
    assert len(split_frames(build([]))) == 0


def test_the_clock_is_the_frame_without_a_time() -> None:
    assert measure_clock(build([3, 0, 9])).tolist() == [3.0, 0.0, 9.0]


def test_the_clock_counts_usual_intervals() -> None:
    assert measure_clock(build([3, 4, 5, 6], time=[10.0, 10.5, 11.0, 12.5])).tolist() == [3.0, 4.0, 5.0, 8.0]


def test_the_clock_counts_over_empty_frames() -> None:
    assert measure_clock(build([0, 2, 6], time=[0.0, 1.0, 3.0])).tolist() == [0.0, 2.0, 6.0]


def test_the_clock_of_one_frame_is_its_number() -> None:
    assert measure_clock(build([4, 4], time=[1.0, 2.0])).tolist() == [4.0, 4.0]
    assert measure_clock(build([], time=[])).tolist() == []


def test_the_clock_does_not_depend_on_the_order_of_the_rows() -> None:
    """A camera that scans its lines gives the detections of one frame different times."""
    random = np.random.default_rng(0)
    frame = np.repeat(np.arange(5), 4)
    time = 2.0 * frame + random.uniform(0, 1, 20)
    order = random.permutation(20)
    clock = measure_clock(Detections(frame, np.zeros((20, 2)), time=time))
    shuffled = measure_clock(Detections(frame[order], np.zeros((20, 2)), time=time[order]))
    np.testing.assert_allclose(shuffled, clock[order])
