"""Columns find their roles by name, in the spellings that people have."""

import numpy as np
import pyarrow as pa
import pytest

from corpuscle.data.units import Scale
from corpuscle.io.cells import as_labels
from corpuscle.io.table import Table, from_columns, read_detections, read_frames, read_tracks, read_truth, with_columns

HEADERS = {
    "own": (["frame", "x", "y", "track"], None),
    "trackpy": (["y", "x", "mass", "size", "ecc", "signal", "raw_mass", "ep", "frame", "particle"], None),
    "TrackMate": (["LABEL", "ID", "TRACK_ID", "POSITION_X", "POSITION_Y", "POSITION_T", "FRAME"], None),
    "celltrackR": (["Tracking ID", "Timepoint", "Time (sec)", "X pos (µm)", "Y pos (µm)", "Z pos (µm)"], 1e-6),
    "AnDi": (["traj_idx", "frame", "x", "y", "alpha", "D", "state"], None),
    "saspt": (["y", "x", "I0", "y_err", "x_err", "y_detect", "x_detect", "frame", "loc_idx", "trajectory"], None),
    "SMAP": (["xnm", "ynm", "znm", "frame", "track_id"], 1e-9),
    "btrack": (["Track ID", "t", "x", "y", "z", "parent"], None),
    "scikit-image": (["slice", "centroid_x", "centroid_y", "track id"], None),
}


@pytest.mark.parametrize("program", HEADERS)
def test_the_headers_of_other_programs_are_known(program: str) -> None:
    names, length = HEADERS[program]
    table = from_columns(pa.table({name: [0.0] for name in names}))
    assert {"frame", "x", "y", "track"} <= table.roles.keys()
    assert table.scale.pixel_size == length


def one(*names: str) -> Table:
    return from_columns(pa.table({name: [1.0] for name in names}))


def test_what_was_recognised_is_said() -> None:
    assert one("FRAME", "x", "y").notes == ("frame from 'FRAME'",)
    assert one("frame", "x", "y").notes == ()


def test_a_bare_id_is_no_track() -> None:
    assert "track" not in one("id", "frame", "x", "y").roles


def test_our_own_track_wins_over_its_aliases() -> None:
    assert one("particle", "track", "frame", "x", "y").roles["track"] == "track"


def test_one_precision_serves_both_axes() -> None:
    found = read_detections(one("frame", "x [nm]", "y [nm]", "uncertainty [nm]"))
    assert found.deviation is not None
    assert found.deviation.tolist() == [[1.0, 1.0]]


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (["frame", "x", "y", "x_sd"], "x_sd not used: there is no y_sd"),
        (["frame", "x", "y", "z", "x_sd", "y_sd"], "x_sd, y_sd not used: there is no z_sd"),
        (["frame", "x [px]", "y [px]", "uncertainty [nm]"], "has another unit than the positions"),
    ],
)
def test_a_precision_that_does_not_fit_is_said_to_be_unused(names: list[str], reason: str) -> None:
    table = one(*names)
    assert reason in table.notes[-1]
    assert read_detections(table).deviation is None


def test_integer_valued_floats_are_frames() -> None:
    table = from_columns(pa.table({"frame": ["3.0", " 5"], "x": ["1", "2"], "y": ["1", "2"]}))
    assert read_frames(table).tolist() == [3, 5]


def test_times_are_counted_in_frames_and_in_their_own_unit() -> None:
    table = from_columns(
        pa.table({"time [ms]": [20.0, 0.0, 60.0], "x": [1, 2, 3], "y": [1, 2, 3]}), scale=Scale(frame_interval=0.02)
    )
    assert read_frames(table).tolist() == [1, 0, 3]


@pytest.mark.parametrize(
    ("cells", "labels"),
    [
        (["0", "12", ""], [0, 12, -1]),
        ([0.0, 3.0, None], [0, 3, -1]),
        (["cell a", "cell b", "ø", "cell a", "None"], [0, 1, -1, 0, -1]),
        ([1.5, 2.5, 1.5, float("nan")], [0, 1, 0, -1]),
        (["18446744073709551615", "7"], [0, 1]),
        (["9007199254740993", "9007199254740992"], [9007199254740993, 9007199254740992]),
        ([-5, -1, 3], [0, -1, 1]),
        ([None, None], [-1, -1]),
        ([], []),
    ],
)
def test_names_of_tracks_become_labels(cells: list[object], labels: list[int]) -> None:
    column = pa.chunked_array([pa.array(cells)]) if cells else pa.chunked_array([], pa.string())
    assert as_labels([column])[0].tolist() == labels


def test_a_parent_is_numbered_as_its_track_is() -> None:
    columns = {"frame": [0, 1], "x": [1, 2], "y": [1, 2], "track": ["mother", "child"], "parent": [None, "mother"]}
    label, parent, merged_into = read_tracks(from_columns(pa.table(columns)))
    assert label.tolist() == [0, 1]
    assert parent is not None
    assert parent.tolist() == [-1, 0]
    assert merged_into is None


def test_truth_leaves_false_detections_out() -> None:
    columns = {"frame": [0, 0, 1], "x": [1.0, 2, 3], "y": [1.0, 2, 3], "track": [4, -1, 4], "detection": [0, 1, -1]}
    truth = read_truth(from_columns(pa.table(columns)))
    assert truth.track.tolist() == [4, 4]
    assert truth.detection is not None
    assert truth.detection.tolist() == [0, -1]


def test_new_columns_leave_the_others_in_place() -> None:
    table = one("frame", "x", "track", "track_before", "y")
    more = with_columns(table, {"track": pa.array([7]), "parent": pa.array([-1])}, {"track": "track_before"})
    names = ["frame", "x", "track_before_2", "track_before", "y", "track", "parent"]
    assert more.columns.column_names == names
    assert more.roles["track"] == "track"
    assert more.roles["parent"] == "parent"
    again = with_columns(more, {"track": pa.array([9])})
    assert again.columns.column_names == names
    assert again.column("track").to_pylist() == [9]
    assert np.array_equal(table.columns.column("track"), [1.0])
