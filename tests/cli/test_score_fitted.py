"""`corpuscle score` of track parameters: from simulate and fit to scores, a picture, and what is refused."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from corpuscle.cli import main as command


def run(*arguments: object) -> int:
    return command.run([str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with hits, particles, and the parameters of two fits."""
    folder = tmp_path_factory.mktemp("fitted")
    hits, truth = folder / "hits.parquet", folder / "particles.parquet"
    simulate = ("simulate", "helix", "-o", hits, "--truth", truth, "--tracks", 400, "--set", "holes=0.05", "--quiet")
    assert run(*simulate) == 0
    for method in ("gls", "karimaki"):
        assert run("fit", hits, "-o", folder / f"{method}.parquet", "--method", method, "--quiet") == 0
    return folder


def test_scores_go_to_json_with_their_intervals(fitted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    truth, hits = fitted / "particles.parquet", fitted / "hits.parquet"
    assert run("score", fitted / "gls.parquet", "--truth", truth, "--hits", hits, "--json", "-") == 0
    values = json.loads(capsys.readouterr().out)
    assert values["tracks"] == 400
    assert values["all"]["ratio_to_bound"] == pytest.approx(1.0, abs=0.12)
    low, high = values["all"]["r68_interval"]
    assert low < values["all"]["r68"] < high
    assert values["all"]["pull_width"] == pytest.approx(1.0, abs=0.12)
    assert sum(one["tracks"] for one in values["pt_bins"]) == sum(one["tracks"] for one in values["eta_bins"]) == 400
    wanted = {"r68", "bias", "pull_width", "coverage68", "coverage95", "charge_wrong", "mae_pt", "mae_pz"}
    assert all(wanted | {"ratio_to_bound"} <= set(one) for one in values["pt_bins"])
    assert set(values["parameters"]) == {"d0", "z0", "phi", "theta", "q_over_p"}


def test_a_table_is_printed_and_a_picture_drawn(fitted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture, against = fitted / "gls.png", fitted / "karimaki.parquet"
    options = ("--truth", fitted / "particles.parquet", "--against", against, "--picture", picture)
    assert run("score", fitted / "gls.parquet", *options) == 0
    shown = capsys.readouterr()
    assert "ratio_to_reference" in shown.out
    assert "bound: each layer that is crossed has a hit; --hits tells of holes" in " ".join(shown.err.split())
    assert picture.stat().st_size > 20_000
    assert run("score", fitted / "gls.parquet", *options) == 2
    assert "exists" in capsys.readouterr().err


def test_what_is_about_tracks_is_refused(fitted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    truth = fitted / "particles.parquet"
    assert run("score", fitted / "gls.parquet", "--truth", truth, "--gate", "3") == 2
    error = " ".join(capsys.readouterr().err.split())
    assert "--gate is about tracks (frame, x, y); the result holds track parameters: leave it out" in error


def test_what_is_about_parameters_is_refused_of_tracks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "tracks.csv"
    table.write_text("track,frame,x,y\n0,0,0,0\n0,1,1,0\n")
    assert run("score", table, "--truth", table, "--picture", tmp_path / "a.png") == 2
    error = " ".join(capsys.readouterr().err.split())
    assert "--picture is about track parameters (d0, z0, ...), which tracks.csv does not hold" in error


def test_the_truth_of_other_events_is_refused(fitted: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    truth = tmp_path / "other.csv"
    truth.write_text("event,track,d0,z0,phi,theta,q_over_p\n9999,0,0,0,0,1,1\n")
    assert run("score", fitted / "gls.parquet", "--truth", truth) == 2
    error = " ".join(capsys.readouterr().err.split())
    assert "the result has 400 tracks and the truth 1, but none of the same event and track" in error


def test_a_track_that_stands_twice_is_refused(fitted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = pq.read_table(fitted / "gls.parquet")
    pq.write_table(pa.concat_tables([table, table.slice(0, 1)]), fitted / "twice.parquet")
    assert run("score", fitted / "twice.parquet", "--truth", fitted / "particles.parquet") == 2
    error = " ".join(capsys.readouterr().err.split())
    assert "twice.parquet: a track stands once, but track 0 of event 0 stands twice" in error


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_a_parameter_that_is_missing_is_named(ending: str, fitted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table, place = pq.read_table(fitted / "gls.parquet").drop_columns(["phi"]), fitted / f"four.{ending}"
    (pq.write_table if ending == "parquet" else pyarrow.csv.write_csv)(table, place)
    assert run("score", place, "--truth", fitted / "particles.parquet") == 2
    assert "found no phi among event, track, d0, z0, theta" in " ".join(capsys.readouterr().err.split())


@pytest.mark.slow
def test_the_truth_may_stand_in_shards(
    fitted: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("corpuscle.api.shards.draw_card", lambda shards, path: None)
    assert run("convert", fitted, "-o", fitted / "shards", "--from", "corpuscle") == 0
    assert run("fit", fitted / "shards", "-o", fitted / "again.parquet") == 0
    assert run("score", fitted / "again.parquet", "--truth", fitted / "shards", "--json", "-") == 0
    values = json.loads(capsys.readouterr().out)
    assert (values["tracks"], values["unknown"], values["invalid"]) == (400, 0, 0)


@pytest.mark.slow
def test_tracks_are_scored_by_what_they_lost(fitted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    truth = pq.read_table(fitted / "particles.parquet")
    lost = np.where(np.arange(len(truth)) < 100, 0.3, 0.0)
    lost[:10] = np.nan
    place = truth.column_names.index("lost")
    pq.write_table(truth.set_column(place, "lost", pa.array(lost)), fitted / "lost.parquet")
    assert run("score", fitted / "gls.parquet", "--truth", fitted / "lost.parquet", "--json", "-") == 0
    values = json.loads(capsys.readouterr().out)
    assert [(one["low"], one["tracks"]) for one in values["lost_bins"]] == [(0.0, 300), (0.2, 90)]
