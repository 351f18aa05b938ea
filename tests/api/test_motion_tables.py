"""Motion of tables: units, what is left out, what is said, and what is refused."""

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy import ndimage

import corpuscle
from tests.io.test_shared_data import DATA


def walk(tracks: int = 30, length: int = 20, seed: int = 0, step: float = 1.0) -> dict[str, Any]:
    random = np.random.default_rng(seed)
    position = random.normal(0, step, (tracks, length, 2)).cumsum(axis=1).reshape(-1, 2)
    return {
        "track": np.repeat(np.arange(tracks), length).tolist(), "frame": np.tile(np.arange(length), tracks).tolist(),
        "x": position[:, 0].tolist(), "y": position[:, 1].tolist(),
    }  # fmt: skip


@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame, pa.table])
def test_the_same_kind_of_table_comes_back(kind: Any) -> None:
    found = corpuscle.motion(kind(walk()))
    assert type(found.tracks) is type(found.lags) is type(kind(walk()))
    assert len(found.tracks) == 30
    assert len(found.lags) == 10
    assert abs(found.values["diffusion"] - 0.5) < 3 * found.values["diffusion_error"]
    assert abs(found.values["exponent"] - 1) < 3 * found.values["exponent_error"]


def test_units_are_micrometres_and_seconds_where_both_are_known() -> None:
    table = pa.table(walk())
    plain, scaled = corpuscle.motion(table), corpuscle.motion(table, pixel_size="100nm", frame_interval="20ms")
    assert plain.units["diffusion"] == "unit^2/frame"
    assert scaled.units["diffusion"] == "um^2/s"
    assert scaled.values["diffusion"] == pytest.approx(plain.values["diffusion"] * 0.01 / 0.02)
    assert scaled.lags["lag"][0].as_py() == pytest.approx(0.02)
    assert scaled.values["exponent"] == pytest.approx(plain.values["exponent"])
    assert any("without --pixel-size and --frame-interval" in note for note in plain.notes)
    half = corpuscle.motion(table, pixel_size=0.1)
    assert half.units["diffusion"] == "unit^2/frame"


def test_every_second_frame_is_one_lag() -> None:
    columns = walk()
    table = pa.table(columns | {"frame": [2 * frame for frame in columns["frame"]]})
    found = corpuscle.motion(table, pixel_size=1, frame_interval=0.5)
    once = corpuscle.motion(pa.table(columns), pixel_size=1, frame_interval=1)
    assert found.values["lag_frames"] == 2
    assert found.values["diffusion"] == pytest.approx(once.values["diffusion"])
    assert found.lags["frames"].to_pylist()[:2] == [2, 4]


def test_tracks_keep_their_names_and_short_ones_have_no_values() -> None:
    columns = walk(3, 12)
    names = [["a", "b", "c"][track] for track in columns["track"]]
    kept = [row for row in range(36) if row < 28]
    table = {name: [cells[row] for row in kept] for name, cells in (columns | {"track": names}).items()}
    found = corpuscle.motion(pa.table(table | {"track": [*table["track"][:-1], None]}))
    assert found.tracks["track"].to_pylist() == ["a", "b", "c"]
    assert found.tracks["detections"].to_pylist() == [12, 12, 3]
    assert np.isnan(found.tracks["diffusion"].to_numpy()).tolist() == [False, False, True]
    assert found.notes[:2] == ("1 rows in no track left out", "1 of 3 tracks are too short for values of their own")


def test_the_doubt_of_the_links_is_carried_through() -> None:
    random = np.random.default_rng(0)
    columns = walk(40, 20)
    sure = np.where(np.array(columns["frame"]) == 0, np.nan, np.where(random.random(800) < 0.5, 0.5, 1.0))
    certain = corpuscle.motion(pa.table(columns))
    doubted = corpuscle.motion(pa.table(columns | {"link_probability": sure}))
    assert not [name for name in certain.values if name.endswith("_with_links")]
    assert any("links are taken as true" in note for note in certain.notes)
    assert not any("links are taken as true" in note for note in doubted.notes)
    assert doubted.values["diffusion"] == pytest.approx(certain.values["diffusion"])
    assert doubted.values["expected_wrong_links"] == pytest.approx(np.nansum(1 - sure))
    for name in ("diffusion_error", "exponent_error", "noise_squared_error"):
        assert doubted.values[f"{name}_with_links"] > 1.1 * doubted.values[name]
    assert "squared_displacement_error_with_links" in doubted.lags.column_names
    wanted = np.nanprod(sure.reshape(40, 20), axis=1)
    np.testing.assert_allclose(doubted.tracks["identity"].to_numpy(), wanted)


def test_the_slope_of_crossing_particles_covers_the_truth_with_the_doubt_of_their_links() -> None:
    world: dict[str, Any] = {"particles": 4, "frames": 20, "step": 1.5, "start": "normal", "start_spread": 4.0}
    parts = []
    for seed in range(60):
        spots, _ = corpuscle.simulate("brownian", seed=seed, **world)
        linked = corpuscle.link(spots, method="merged", step=1.5, start_spread=4.0)
        label = pa.array(linked["track"].to_numpy() + 4 * seed)
        parts.append(linked.set_column(linked.column_names.index("track"), "track", label))
    values = corpuscle.motion(pa.concat_tables(parts)).values
    assert values["expected_wrong_links"] / values["steps"] > 0.03
    assert values["diffusion_slope_error_with_links"] > values["diffusion_slope_error"]
    off = abs(values["diffusion_slope_with_links"] - 1.125)
    assert off < 2 * values["diffusion_slope_error_with_links"]


def test_the_precision_of_detections_is_the_measurement_noise() -> None:
    random = np.random.default_rng(0)
    columns = walk(100, 30)
    for axis in "xy":
        columns[axis] = (np.array(columns[axis]) + random.normal(0, 1.5, 3000)).tolist()
    plain, told = corpuscle.motion(pa.table(columns)), corpuscle.motion(pa.table(columns), measurement_noise=1.5)
    precise = corpuscle.motion(pa.table(columns | {"x_sd": [1.5] * 3000, "y_sd": [1.5] * 3000}))
    assert plain.values["exponent"] < 0.7
    assert told.values["exponent"] == pytest.approx(1.0, abs=0.1)
    assert precise.values["exponent"] == told.values["exponent"]
    assert any("no measurement noise is known" in note for note in plain.notes)
    assert any("the precision of the detections is taken off for the exponent: 1.5" in note for note in precise.notes)
    assert abs(plain.values["diffusion"] - 0.5) < 3 * plain.values["diffusion_error"]
    assert plain.values["noise"] == pytest.approx(1.5, abs=0.1)


def test_what_cannot_be_known_is_said() -> None:
    still = pa.table({"track": [0] * 9, "frame": range(9), "x": [1.0] * 9, "y": [2.0] * 9})
    found = corpuscle.motion(still)
    assert found.values["diffusion"] == 0
    assert np.isnan(found.values["exponent"])
    assert "nothing moves: every detection is where the one before it was" in found.notes
    noise = np.random.default_rng(0).normal(0, 1, (2, 400))
    immobile = {"track": np.repeat(range(20), 20), "frame": np.tile(range(20), 20), "x": noise[0], "y": noise[1]}
    assert any("D cannot be told from 0" in note for note in corpuscle.motion(pa.table(immobile)).notes)
    pairs = pa.table({"track": [0, 0, 1, 1], "frame": [0, 1, 0, 1], "x": [0.0, 1, 5, 6], "y": [0.0] * 4})
    found = corpuscle.motion(pairs)
    assert np.isnan(found.values["diffusion"])
    assert "D is not known: no track has three detections in a row" in found.notes
    alone = corpuscle.motion(pa.table(walk(1, 50)))
    assert any("of a single track only D has an error" in note for note in alone.notes)
    lag = np.arange(40)
    ahead = np.tile(3.0 * lag, 5) + np.random.default_rng(0).normal(0, 0.1, 200)
    directed = {"track": np.repeat(range(5), 40), "frame": np.tile(lag, 5), "x": ahead, "y": [0.0] * 200}
    assert any("the steps and of the slope disagree" in note for note in corpuscle.motion(pa.table(directed)).notes)


@pytest.mark.parametrize(
    ("columns", "settings", "said"),
    [
        ({"track": [-1, -1]}, {}, "there are no tracks to measure: no row has a track"),
        ({"track": [0, 1]}, {}, "there are no steps to measure: every track has one detection"),
        ({}, {"lags": 0}, "lags is at least 1, not 0"),
        ({}, {"minimum_length": 2}, "minimum_length is at least 3, not 2"),
        ({}, {"replicates": 1}, "replicates is at least 2, not 1"),
        ({}, {"blur": 0.3}, "blur lies in 0 to 0.25, not 0.3"),
        ({}, {"measurement_noise": "-1"}, "the measurement noise is a length not below 0, not -1"),
        ({}, {"measurement_noise": "10nm"}, "needs the length of one unit of position: say --pixel-size"),
        ({"link_probability": [0.5, 2.0]}, {}, "row 1: expected a number from 0 to 1 in column 'link_probability'"),
    ],
)
def test_what_cannot_be_measured_is_refused(columns: dict[str, Any], settings: dict[str, Any], said: str) -> None:
    table = pa.table({"track": [0, 0], "frame": [0, 1], "x": [0.0, 1.0], "y": [0.0, 0.0]} | columns)
    with pytest.raises(ValueError, match=said):
        corpuscle.motion(table, **settings)


def find_spheres(picture: np.ndarray) -> np.ndarray:
    """Find the dark spheres of one frame by the centre of mass about each peak, as (x, y)."""
    smooth = ndimage.gaussian_filter(255.0 - picture, 1.0)
    sharp = np.maximum(smooth - ndimage.uniform_filter(255.0 - picture, 11), 0)
    rows, columns = np.mgrid[-5:6, -5:6]
    disc = np.hypot(rows, columns) <= 5.5
    peaks = np.argwhere((sharp == ndimage.maximum_filter(sharp, footprint=disc)) & (sharp > 6))
    inside = ((peaks >= 5) & (peaks < np.array(picture.shape) - 5)).all(axis=1)
    found = []
    for y, x in peaks[inside]:
        part = sharp[y - 5 : y + 6, x - 5 : x + 6] * disc
        found.append([x + (part * columns).sum() / part.sum(), y + (part * rows).sum() / part.sum()])
    return np.array(found)


@pytest.mark.skipif(not DATA.is_dir(), reason="needs ../shared/data, which a user's clone has not")
def test_spheres_in_water_diffuse_as_fast_as_einstein_says() -> None:
    """Spheres of 1 um: Stokes-Einstein gives 0.43 um^2/s, another program 0.38; some drift is left in."""
    with np.load(DATA / "trackpy-bulk-water" / "bulk_water_000_029_gray.npz") as stored:
        spots = [find_spheres(picture) for picture in stored["frames"]]
    frame = np.repeat(np.arange(len(spots)), [len(found) for found in spots])
    x, y = np.concatenate(spots).T
    linked = corpuscle.link(pa.table({"frame": frame, "x": x, "y": y}), method="lap", gate=5.0, gap=1)
    values = corpuscle.motion(linked, lags=8, pixel_size=1 / 2.85, frame_interval=1 / 24).values
    assert 0.32 < values["diffusion"] < 0.42
    assert 0.36 < values["diffusion_slope"] < 0.47
