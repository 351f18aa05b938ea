"""`corpuscle simulate helix` and `corpuscle fit` from end to end, and what they refuse."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import corpuscle
from corpuscle.cli.main import run
from corpuscle.data.apparatus import lay_barrel, write_apparatus
from corpuscle.data.progress import listening
from corpuscle.fitting.base import REASONS
from corpuscle.fitting.chunks import fit_chunks
from corpuscle.fitting.classical.karimaki import Karimaki
from corpuscle.io.collisions import make_events, read_hits, read_particles
from corpuscle.io.parameters import read_parameters
from corpuscle.io.shard_writer import write_shards
from corpuscle.io.table import Table
from corpuscle.simulation.helical import Helix

KARIMAKI = ("--method", "karimaki")
RADII = (32.0, 72.0, 116.0, 172.0)


@pytest.fixture(autouse=True)
def _in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def simulate(ending: str = "parquet", *more: str) -> None:
    arguments = ["simulate", "helix", "-o", f"hits.{ending}", "--truth", f"particles.{ending}", "--tracks", "40"]
    assert run([*arguments, "--quiet", *more]) == 0


def refuse(arguments: list[str], pattern: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Expect exit code 2, one line that matches, and no new file."""
    before = sorted(Path.cwd().rglob("*"))
    capsys.readouterr()
    assert run(arguments) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    assert re.search(pattern, lines[0]), lines[0]
    assert sorted(Path.cwd().rglob("*")) == before


def write_tracks(tracks: list[list[list[float]]]) -> None:
    """Write the hits of tracks, x, y, z of each, as a file with its geometry beside it."""
    rows = [(number, *hit) for number, hits in enumerate(tracks) for hit in hits]
    track, x, y, z = zip(*rows, strict=True)
    columns: dict[str, Any] = {"event": [0] * len(rows), "track": track, "x": x, "y": y, "z": z}
    pq.write_table(pa.table({**columns, "layer": [-1] * len(rows)}), "hits.parquet")
    Path("geometry.json").write_text(json.dumps(write_apparatus(lay_barrel())))


@pytest.mark.parametrize("ending", ["parquet", "csv", "tsv"])
def test_simulate_and_fit(ending: str, capsys: pytest.CaptureFixture[str]) -> None:
    simulate(ending)
    assert run(["fit", f"hits.{ending}", "-o", f"parameters.{ending}", *KARIMAKI]) == 0
    assert capsys.readouterr().err.splitlines() == [
        f"hits.{ending}: 40 tracks in 4 events, 40 valid -> parameters.{ending}",
        f"hits.{ending}: method karimaki: Karimaki()",
    ]
    found, apparatus = read_parameters(Path(f"parameters.{ending}"))
    truth = read_particles(Path(f"particles.{ending}"))
    np.testing.assert_array_equal(found.track, truth.track)
    np.testing.assert_allclose(found.parameters.q_over_pt, truth.parameters.q_over_pt, rtol=0.1, atol=0.01)
    assert apparatus is not None
    assert apparatus.field == 2.0


def test_options_and_settings_make_the_world() -> None:
    simulate("parquet", "--field", "3.8", "--set", "material=0.01", "--set", "resolution=0.03", "--seed", "4")
    apparatus = read_hits(Path("hits.parquet"))[1]
    assert (apparatus.field, apparatus.material[0], apparatus.resolution[0]) == (3.8, 0.01, 0.03)
    hits, particles = corpuscle.simulate("helix", tracks=40, field=3.8, material=0.01, resolution=0.03, seed=4)
    assert hits.equals(pq.read_table("hits.parquet"))
    assert particles.equals(pq.read_table("particles.parquet"))


def test_python_and_command_agree() -> None:
    simulate("parquet", "--set", "noise=3")
    assert run(["fit", "hits.parquet", "-o", "parameters.parquet", *KARIMAKI, "--quiet"]) == 0
    ours, theirs = corpuscle.fit(pq.read_table("hits.parquet"), method="karimaki"), pq.read_table("parameters.parquet")
    assert ours.drop_columns("reason").equals(theirs.drop_columns("reason"))
    assert ours["reason"].to_pylist() == theirs["reason"].to_pylist() == [""] * 40


@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame])
def test_a_data_frame_is_fitted_to_its_own_kind(kind: Any) -> None:
    backend: Any = "pandas" if kind is pd.DataFrame else "polars"
    hits, truth = corpuscle.simulate("toytrack", tracks=5, backend=backend)
    settings: dict[str, Any] = {"resolution": 0.01, "resolution_z": 0.01, "material": 0.0, "radius": "0.5,1,2,3"}
    with pytest.raises(ValueError, match=r"no field, radius, resolution, resolution_z, material; put geometry\.json"):
        corpuscle.fit(hits, method="karimaki")
    with pytest.raises(ValueError, match="expected a cylinder from 0 to 3, or -1, in column 'layer', found 9"):
        corpuscle.fit(hits, method="karimaki", field=2.0, **settings)
    found = corpuscle.fit(hits, method=Karimaki(), **{**settings, "field": 2.0, "radius": "trackml"})
    assert isinstance(found, kind)
    assert isinstance(truth, kind)
    assert len(found) == 5
    with pytest.raises(ValueError, match="settings go with the name of a fitter; Karimaki has its own already"):
        corpuscle.fit(hits, method=Karimaki(), iterations=3)


def test_every_track_that_cannot_be_fitted_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    good = [[r * np.cos(r / 2000), r * np.sin(r / 2000), r / 3] for r in RADII]
    nan = float("nan")
    circle = [[50 * np.cos(a), 50 + 50 * np.sin(a), a] for a in np.linspace(-1.5, 4.5, 8)]
    tracks = [
        good,
        good[:2],
        [*good[:3], [nan, 1.0, 1.0]],
        [*good[:3], [float("inf"), 1.0, 1.0]],
        [[0.0, 0.0, 0.0], *good],
        [good[0]] * 4,
        [good[0], good[1]] * 3,
        [[r, 0.0, r] for r in RADII],
        circle,
        good,
    ]
    write_tracks(tracks)
    assert run(["fit", "hits.parquet", "-o", "parameters.parquet", *KARIMAKI, "--json", "-"]) == 0
    said = capsys.readouterr()
    counts = json.loads(said.out)
    table = pq.read_table("parameters.parquet").to_pydict()
    assert table["valid"] == [True, *[False] * 8, True]
    assert table["reason"][1:9] == [REASONS[number] for number in (1, 2, 2, 3, 4, 4, 5, 6)]
    assert (counts["tracks"], counts["valid"], sum(counts["invalid"].values())) == (10, 2, 8)
    assert "hits.parquet: not valid: 1 (fewer than 3 hits), 2 (a hit has no finite position), " in said.err
    assert np.isnan(np.array(table["d0"][1:9])).all()
    assert np.isnan(np.array(table["cov_d0_d0"][1:9])).all()
    for name, column in table.items():
        if name != "track":
            assert column[0] == column[9], "one bad track does not touch another"


def test_noise_is_left_out_and_counted(capsys: pytest.CaptureFixture[str]) -> None:
    simulate("parquet", "--set", "noise=5")
    noise = pq.read_table("hits.parquet")["track"].to_pylist().count(-1)
    assert noise > 0
    assert run(["fit", "hits.parquet", "-o", "parameters.parquet", *KARIMAKI]) == 0
    assert f"hits.parquet: {noise} noise hits left out" in capsys.readouterr().err
    assert pq.read_table("parameters.parquet").num_rows == 40


def test_tracks_beside_the_cylinders_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    simulate("parquet")
    hits = pq.read_table("hits.parquet")
    first = (np.array(hits["event"]) == 0) & (np.array(hits["track"]) == 0)
    layer = np.where(first, -1, np.array(hits["layer"]))
    pq.write_table(hits.set_column(hits.column_names.index("layer"), "layer", [layer]), "beside.parquet")
    assert run(["fit", "beside.parquet", "-o", "parameters.parquet", "--json", "-", *KARIMAKI]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["off_cylinders"] == 1
    assert "valid tracks with hits on no cylinder (an endcap's, say): 1; " in said.err


def test_what_is_said_about_the_apparatus_holds_in_place_of_the_file() -> None:
    simulate()
    for field in ("2", "1"):
        arguments = ["fit", "hits.parquet", "-o", f"at{field}.parquet", *KARIMAKI, "--quiet", "--set", f"field={field}"]
        assert run(arguments) == 0
    two, one = (pq.read_table(f"at{field}.parquet")["q_over_p"].to_numpy() for field in (2, 1))
    np.testing.assert_allclose(one, 2 * two, rtol=1e-6)
    assert read_parameters(Path("at1.parquet"))[1].field == 1.0  # type: ignore[union-attr] # the file says


def test_chunks_change_nothing_and_are_told() -> None:
    hits, _ = corpuscle.simulate("helix", tracks=50)
    events = make_events(Table(columns=hits, roles={}, first_line=0), lay_barrel())
    tracks, told = events.collect_tracks(), list[tuple[str, int, int]]()
    with listening(lambda what, done, total: told.append((what, done, total))):
        parts = fit_chunks(Karimaki(), tracks, lay_barrel(), chunk=20)
    whole = fit_chunks(Karimaki(), tracks, lay_barrel())
    np.testing.assert_array_equal(parts.parameters.value, whole.parameters.value)
    np.testing.assert_array_equal(parts.chi2, whole.chi2)
    assert told == [("fitting", 1, 3), ("fitting", 2, 3), ("fitting", 3, 3)]


def test_a_file_in_parts_is_fitted_as_a_whole(capsys: pytest.CaptureFixture[str]) -> None:
    simulate("parquet", "--set", "noise=2")
    pq.write_table(pq.read_table("hits.parquet"), "parts.parquet", row_group_size=90)
    for name in ("hits", "parts"):
        assert run(["fit", f"{name}.parquet", "-o", f"{name}_fit.parquet", *KARIMAKI]) == 0
    whole, parts = (pq.read_table(f"{name}_fit.parquet") for name in ("hits", "parts"))
    assert parts.equals(whole)
    assert parts.schema.metadata == whole.schema.metadata
    said = capsys.readouterr().err
    assert said.count("40 tracks in 4 events, 40 valid") == 2
    assert run(["fit", "parts.parquet", "-o", "parts_fit.csv", *KARIMAKI]) == 0
    assert len(read_parameters(Path("parts_fit.csv"))[0]) == 40


def test_shards_are_fitted_too(capsys: pytest.CaptureFixture[str]) -> None:
    world = Helix(tracks=40, noise=2.0)
    collisions = world.simulate(np.random.default_rng(0))
    write_shards("shards", [collisions], world.apparatus)
    assert run(["fit", "shards", "-o", "parameters.parquet", *KARIMAKI]) == 0
    assert "shards: 40 tracks in 4 events, 40 valid -> parameters.parquet" in capsys.readouterr().err
    found, apparatus = read_parameters(Path("parameters.parquet"))
    whole = fit_chunks(Karimaki(), collisions.hits.collect_tracks(), world.apparatus)
    np.testing.assert_allclose(found.parameters.q_over_pt, whole.parameters.q_over_pt, atol=1e-4)
    assert apparatus is not None
    assert apparatus.field == 2.0


def test_no_tracks_give_an_empty_table() -> None:
    assert run(["simulate", "helix", "-o", "hits.csv", "--truth", "t.csv", "--tracks", "0", "--quiet"]) == 0
    assert run(["fit", "hits.csv", "-o", "parameters.csv", *KARIMAKI, "--quiet"]) == 0
    assert len(read_parameters(Path("parameters.csv"))[0]) == 0


def test_nothing_is_replaced_unless_asked(capsys: pytest.CaptureFixture[str]) -> None:
    simulate()
    fitting = ["fit", "hits.parquet", "-o", "parameters.parquet", *KARIMAKI]
    assert run(fitting) == 0
    refuse(fitting, r"parameters\.parquet exists; replace it with --force", capsys)
    assert run([*fitting, "--force"]) == 0
    refuse(["simulate", "helix", "-o", "hits.parquet", "--truth", "t.parquet"], r"hits\.parquet exists", capsys)


@pytest.mark.parametrize(
    ("arguments", "pattern"),
    [
        (["fit", "nowhere.parquet", "-o", "p.csv"], r"there is no file nowhere\.parquet"),
        (["fit", "hits.csv", "-o", "p.csv", "--method", "karimakki"], "no fitter 'karimakki'; .*did you mean 'karim"),
        (["fit", "hits.csv", "-o", "p.csv", *KARIMAKI, "--set", "gate=3"], "karimaki has no setting 'gate'"),
        (["fit", "hits.csv", "-o", "p.csv", *KARIMAKI, "--set", "field=strong"], "setting field: expected a number"),
        (["fit", "hits.csv", "-o", "p.csv", *KARIMAKI, "--set", "field=0"], "a finite number of tesla other than 0"),
        (["fit", "hits.csv", "-o", "p.xml", *KARIMAKI], r"p\.xml: expected a table that ends in \.parquet"),
        (["fit", "hits.csv", "-o", "no/p.csv", *KARIMAKI], "there is no folder no to write"),
        (["fit", "alone", "-o", "p.csv", *KARIMAKI], r"alone: expected a folder of shards, with card\.json in it"),
        (
            ["fit", "bare.csv", "-o", "p.csv", *KARIMAKI],
            r"bare\.csv: .* found no layer among event, track, x, y, z; add",
        ),
        (
            ["fit", "large.csv", "-o", "p.csv", *KARIMAKI],
            r"large\.csv, line 2: .*'track', found '9.1e15'; a float holds",
        ),
        (
            ["fit", "alone/hits.csv", "-o", "p.csv", *KARIMAKI],
            r"hits\.csv: expected the apparatus of the hits, found no",
        ),
        (["simulate", "helix", "-o", "a.csv", "--truth", "b.csv", "--particles", "3"], "helix has no --particles; it"),
        (
            ["simulate", "helix", "-o", "a.csv", "--truth", "b.csv", "--frames", "3"],
            "helix has no --frames; .*--tracks",
        ),
        (["simulate", "brownian", "-o", "a.csv", "--truth", "b.csv", "--tracks", "3"], "brownian has no --tracks; it"),
        (["simulate", "toytrack", "-o", "a.csv", "--truth", "b.csv", "--field", "3"], "no setting 'field'; there are"),
        (["simulate", "helix", "-o", "a.csv", "--truth", "a.csv"], "two files, but both are a.csv"),
        (["simulate", "helix", "-o", "a.xml", "--truth", "b.csv"], r"a\.xml: expected a table that ends in"),
        (["simulate", "helix", "-o", "a.csv", "--truth", "b.csv", "--set", "radii=9,3"], "Helix: radius: expected at"),
        (
            ["simulate", "helix", "-o", "a.csv", "--truth", "b.csv", "--tracks", "-1"],
            "tracks: expected a finite number",
        ),
        (["simulate", "helix", "-o", "a.csv", "--truth", "b.csv", "--seed", "-1"], "expected a seed"),
        (["simulate", "helixx", "-o", "a.csv", "--truth", "b.csv"], "no world 'helixx'.*did you mean 'helix'"),
    ],
)
def test_a_mistake_is_one_line(arguments: list[str], pattern: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("geometry.json").write_text(json.dumps(write_apparatus(lay_barrel())))
    Path("hits.csv").write_text("event,track,x,y,z,layer\n0,1,32,0,1,0\n")
    Path("bare.csv").write_text("event,track,x,y,z\n0,1,32,0,1\n")
    Path("large.csv").write_text("event,track,x,y,z,layer\n0,9.1e15,32,0,1,0\n")
    Path("alone").mkdir()
    Path("alone/hits.csv").write_text("event,track,x,y,z,layer\n0,1,32,0,1,0\n")
    refuse(arguments, pattern, capsys)
