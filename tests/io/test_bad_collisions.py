"""Files of collisions that are not what they say they are: which file, which line, what was expected, what came."""

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from corpuscle.data.settings import build_method
from corpuscle.io.collider.base import Collider
from corpuscle.io.collider.readers import COLLIDERS
from corpuscle.io.errors import FormatError
from corpuscle.io.recorded import choose_tracks
from tests.io.collider_files import shoot, write_acts, write_colliderml, write_root, write_trackml, zip_folder

STEM = "event000000001-"
Break = Callable[[Path], object]


def read(name: str, folder: Path, **settings: object) -> None:
    reader: Collider = build_method(COLLIDERS[name], settings)
    reader.list_events(folder)
    list(reader.stream(folder, reader.lay(folder)))


def change(part: str, old: str, new: str, line: int | None = None) -> Break:
    """Put a text in place of another, in one line or once anywhere."""

    def edit(folder: Path) -> None:
        path = folder / f"{STEM}{part}.csv"
        lines = path.read_text().splitlines()
        place = next(k for k, text in enumerate(lines) if old in text) if line is None else line - 1
        lines[place] = lines[place].replace(old, new, 1)
        path.write_text("\n".join(lines) + "\n")

    return edit


def set_cell(part: str, line: int, column: str, value: str) -> Break:
    """Put a value into one cell."""

    def edit(folder: Path) -> None:
        path = folder / f"{STEM}{part}.csv"
        rows = [row.split(",") for row in path.read_text().splitlines()]
        rows[line - 1][rows[0].index(column)] = value
        path.write_text("\n".join(map(",".join, rows)) + "\n")

    return edit


def exchange(part: str) -> Break:
    """Give event 1 a file of event 2."""
    return lambda folder: (folder / f"{STEM}{part}.csv").write_bytes(
        (folder / f"event000000002-{part}.csv").read_bytes()
    )


def cut(part: str) -> Break:
    """Cut a file in the middle of its last row."""
    return lambda folder: (folder / f"{STEM}{part}.csv").write_bytes(
        (folder / f"{STEM}{part}.csv").read_bytes()[:-1].rpartition(b",")[0]
    )


def append(part: str) -> Break:
    """Repeat the last row."""

    def edit(folder: Path) -> None:
        path = folder / f"{STEM}{part}.csv"
        path.write_text(path.read_text() + path.read_text().splitlines()[-1] + "\n")

    return edit


TRACKML: dict[str, tuple[Break, str]] = {
    "no column": (change("truth", "tpx", "tpq"), r"-truth.csv, line 1: expected the columns tx, .*tpx.*, found hit_id"),
    "a word": (set_cell("hits", 3, "x", "abc"), r"-hits.csv, line 3: expected a number in column 'x', found 'abc'"),
    "an empty cell": (set_cell("truth", 5, "tz", ""), r"-truth.csv, line 5: expected a number in column 'tz', found a"),
    "an identifier as a float": (
        set_cell("truth", 4, "particle_id", "4.503599644147712e+15"),
        r"-truth.csv, line 4: expected a whole number below 2\^63 in column 'particle_id', found '4.50.*export them as",
    ),
    "an identifier of 65 bits": (
        set_cell("particles", 2, "particle_id", "18446744073709551617"),
        r"-particles.csv, line 2: expected a whole number below 2\^63 in column 'particle_id', found '1844674407370955",
    ),
    "an identifier below 0": (set_cell("particles", 2, "particle_id", "-4"), r"expected particle numbers from 1 to 2"),
    "a particle twice": (append("particles"), r"expected every particle once, found particle \d+ twice"),
    "a hit twice": (append("hits"), r"-hits.csv: expected every hit_id once, found \d+ twice"),
    "a cut row": (cut("hits"), r"-hits.csv, line 65: expected 7 cells, found 6; the file may be cut here"),
    "a file that is not there": (
        lambda folder: (folder / f"{STEM}truth.csv").unlink(),
        r"expected truth of event 1 \(event000000001-truth.csv\), found only cells, hits, particles",
    ),
    "an empty file": (lambda folder: (folder / f"{STEM}hits.csv").write_text(""), "-hits.csv: expected a header row,"),
    "truth of another event": (set_cell("truth", 2, "hit_id", "99999"), r"-truth.csv: expected a row for hit_id \d+,"),
    "particles of another event": (exchange("particles"), "expected hits of the particles of event 1, found hits of n"),
    "more hits than the particle made": (
        set_cell("particles", 3, "nhits", "7"), r"-particles.csv, line 3: expected 7 hits of particle \d+ in the truth,"
    ),
    "volumes of another apparatus": (
        lambda folder: [set_cell("hits", line, "volume_id", "17")(folder) for line in range(2, 66)],
        r"-hits.csv: expected hits of cylinder 8 at 820 mm, found \d+ mm in the median; say which volumes are which",
    ),
    "a geometry that is none": (
        lambda folder: (folder / "geometry.json").write_text('{"field": 2}'), r"geometry.json: expected the field and t"
    ),
    "two files of one part": (
        lambda folder: (folder / f"{STEM}hits.csv.gz").write_bytes(b""), r"expected one file of hits for event 1, found"
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", TRACKML)
def test_an_event_of_trackml_that_is_wrong_is_refused(case: str, tmp_path: Path) -> None:
    for event in (1, 2):
        write_trackml(tmp_path, event)
    wrong, message = TRACKML[case]
    wrong(tmp_path)
    with pytest.raises(FormatError, match=message):
        read("trackml", tmp_path)


def test_archives_that_are_cut_are_refused(tmp_path: Path) -> None:
    write_trackml(tmp_path, 1, packed=True)
    packed = tmp_path / f"{STEM}hits.csv.gz"
    whole = packed.read_bytes()
    packed.write_bytes(whole[:-40])
    with pytest.raises(FormatError, match=r"-hits.csv.gz: expected a whole file, found .*; copy it again"):
        read("trackml", tmp_path)
    packed.write_bytes(gzip.compress(gzip.decompress(whole)))
    zip_folder(tmp_path, tmp_path / "train.zip")
    data = bytearray((tmp_path / "train.zip").read_bytes())
    inside = data.index(b"hits.csv") + 60
    data[inside : inside + 20] = bytes(20)
    (tmp_path / "train.zip").write_bytes(data)
    with pytest.raises(FormatError, match=r"train.zip/train_1/event000000001-.*: expected a whole file, found"):
        read("trackml", tmp_path)
    (tmp_path / "train.zip").write_bytes(data[:300])
    with pytest.raises(FormatError, match=r"train.zip: expected a whole zip archive"):
        read("trackml", tmp_path)


def test_nothing_to_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"expected files like event000000001-hits.csv .*, found none"):
        read("trackml", tmp_path)
    for name in ("trackml", "colliderml"):
        with pytest.raises(FileNotFoundError, match="there is no folder or"):
            read(name, tmp_path / "nowhere")


def test_absurd_momenta_of_noise_are_ignored_and_those_of_tracks_are_dropped(tmp_path: Path) -> None:
    shower = write_trackml(tmp_path, 1)
    path = tmp_path / f"{STEM}truth.csv"
    cells = [line.split(",") for line in path.read_text().splitlines()]
    for line in cells[1:]:
        if line[1] == str(shower.number[0]):
            line[5] = "5e5"
    path.write_text("\n".join(map(",".join, cells)) + "\n")
    reader: Collider = build_method(COLLIDERS["trackml"], {})
    (recorded,) = reader.stream(tmp_path, reader.lay(tmp_path))
    tracks, row, dropped = choose_tracks(recorded, least=3)
    assert tracks.track.tolist() == shower.number[1:].tolist()
    assert dropped["tracks without parameters: no charge, or no credible momentum"] == 1
    assert np.abs(recorded.collisions.particles.parameters.transverse_momentum[row]).max() < 6


def test_neutral_particles_short_tracks_and_hits_at_nan_are_counted(tmp_path: Path) -> None:
    shower = write_trackml(tmp_path, 1)
    set_cell("particles", 2, "q", "0")(tmp_path)
    truth = [row.split(",") for row in (tmp_path / f"{STEM}truth.csv").read_text().splitlines()]
    mine = next(row[0] for row in truth if row[1] == str(shower.number[2]))
    hits = [row.split(",") for row in (tmp_path / f"{STEM}hits.csv").read_text().splitlines()]
    line = 1 + next(k for k, row in enumerate(hits) if row[0] == mine)
    set_cell("hits", line, "y", "nan")(tmp_path)
    reader: Collider = build_method(COLLIDERS["trackml"], {})
    (recorded,) = reader.stream(tmp_path, reader.lay(tmp_path))
    tracks, _, dropped = choose_tracks(recorded, least=3)
    assert tracks.track.tolist() == shower.number[[1, 3, 4, 5]].tolist()
    assert dropped["tracks with a hit at no finite place"] == 1
    tracks, _, dropped = choose_tracks(recorded, least=11)
    assert (len(tracks), dropped["tracks of fewer than 11 hits"]) == (0, 5)


ACTS: dict[str, tuple[dict[str, object], Break, str]] = {
    "a barcode that is too large": (
        {}, set_cell("hits", 2, "particle_id_part", "70000"), r"-hits.csv, line 2: expected particle_id_part of 16 bits"
    ),
    "no barcode": (
        {}, change("particles", "particle_id_sv", "sv"), r"-particles.csv, line 1: expected the column particle_id, or"
    ),
    "a map to no hit": (
        {}, set_cell("measurement-simhit-map", 3, "hit_id", "999"), r"-map.csv, line 3: expected a hit_id below 60, .*,"
    ),
    "measurements of old": (
        {}, change("measurements", "global_x", "gx"), r"-measurements.csv, line 1: expected the columns global_x.*point"
    ),
    "space points without x": (
        {"points": "spacepoint"}, change("spacepoint", ",x,", ",u,"), r"-spacepoint.csv, line 1: expected the column x"
    ),
    "space points of nobody": (
        {"points": "spacepoint"}, lambda folder: (folder / f"{STEM}hits.csv").unlink(),
        r"-spacepoint.csv: expected files of hits and of measurement-simhit-map, .*, found none, and 6 particles",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", ACTS)
def test_an_event_of_acts_that_is_wrong_is_refused(case: str, tmp_path: Path) -> None:
    write_acts(tmp_path, 1)
    settings, wrong, message = ACTS[case]
    wrong(tmp_path)
    with pytest.raises(FormatError, match=message):
        read("acts", tmp_path, **settings)


def test_packed_barcodes_beyond_63_bits_are_refused(tmp_path: Path) -> None:
    write_acts(tmp_path, 1, five=False)
    set_cell("particles", 3, "particle_id", str(2**63 + 5))(tmp_path)
    with pytest.raises(
        FormatError, match=r"-particles.csv, line 3: expected a particle_id below 2\^63, found 9223372036854775813"
    ):
        read("acts", tmp_path)


def test_lists_that_are_wrong_are_refused(tmp_path: Path) -> None:
    write_colliderml(tmp_path / "good", 1)
    hits = tmp_path / "good" / "ttbar_pu0_tracker_hits" / "train-00001.parquet"
    table = pq.read_table(hits)
    names = [pa.array([[float(name) for name in table["particle_id"][0].as_py()]])]
    pq.write_table(table.set_column(table.column_names.index("particle_id"), "particle_id", names), hits)
    with pytest.raises(
        FormatError, match=r"expected particle numbers as a whole number below 2\^63, found float64.*int64"
    ):
        read("colliderml", tmp_path / "good", barrel="trackml")
    pq.write_table(table, hits)
    (tmp_path / "good" / "copy.parquet").write_bytes(hits.read_bytes())
    with pytest.raises(FormatError, match=r"expected tracker hits of event 1 once, found them in copy.parquet too"):
        read("colliderml", tmp_path / "good", barrel="trackml")
    (tmp_path / "good" / "copy.parquet").write_bytes(hits.read_bytes()[:200])
    with pytest.raises(FormatError, match=r"copy.parquet: expected a whole Parquet file"):
        read("colliderml", tmp_path / "good", barrel="trackml")


def test_hits_without_their_particles_are_refused(tmp_path: Path) -> None:
    write_colliderml(tmp_path, 1)
    write_colliderml(tmp_path, 2)
    (tmp_path / "ttbar_pu0_particles" / "train-00002.parquet").unlink()
    with pytest.raises(FormatError, match="expected particles of event 2, which has hits, found none"):
        read("colliderml", tmp_path, barrel="trackml")


def test_trees_that_are_wrong_are_refused(tmp_path: Path) -> None:
    uproot = pytest.importorskip("uproot")
    write_root(tmp_path, 1, jagged=False)
    for settings, message in {
        ("hits", "tracks"): r"expected a tree 'tracks', found hits, particles; name it with --set hits=",
        (
            "branches",
            "volume=ring",
        ): r"expected a branch 'ring' \(the volume of the hit\), found .*branches=volume=NAME",
    }.items():
        with pytest.raises(FormatError, match=message):
            read("root", tmp_path, **{settings[0]: settings[1]})
    with pytest.raises(ValueError, match=r"expected ROLE=BRANCH,... with a role of event, particle"):
        read("root", tmp_path, branches="shape=round")
    with uproot.recreate(tmp_path / "events.root") as file:
        file.mktree(
            "hits", {"event_id": "int64", "particle_id": "int64", "x": "f8", "volume_id": "i4", "layer_id": "i4"}
        )
        columns = {name: np.ones(3) for name in ("particle_id", "x", "volume_id", "layer_id")}
        file["hits"].extend({"event_id": np.array([1, 2, 1]), **columns})
        file.mktree("particles", {"event_id": "int64"})
    with pytest.raises(FormatError, match="expected event 1 in one piece, found several: events are mixed up"):
        read("root", tmp_path)
    (tmp_path / "events.root").write_bytes((tmp_path / "events.root").read_bytes()[:200])
    with pytest.raises(FormatError, match=r"events.root: expected a whole ROOT file"):
        read("root", tmp_path)


def test_the_true_shower_is_what_was_meant() -> None:
    assert (shoot(1).number > 2**52).all()
