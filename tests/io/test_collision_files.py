"""Files of hits, particles and parameters: read after write is the identity, and what does not fit is refused."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from corpuscle.data.apparatus import Apparatus, write_apparatus
from corpuscle.data.event import Collisions
from corpuscle.data.helix import HelixParameters
from corpuscle.io.collisions import list_hits, read_hits, read_particles, write_hits, write_particles
from corpuscle.io.errors import FormatError
from corpuscle.io.files import read_file, write_file
from corpuscle.io.geometry import add_apparatus
from corpuscle.io.parameters import COVARIANCES, FittedTracks, read_parameters, write_parameters
from corpuscle.io.parts import open_tracks
from corpuscle.io.tabular import write_together
from corpuscle.simulation.helical import Helix

WORLD = Helix(tracks=30, noise=2.0, holes=0.1)
ENDINGS = ["parquet", "csv", "csv.gz", "tsv"]
every_ending = pytest.mark.parametrize("ending", ENDINGS)
APPARATUS: dict[str, Any] = {
    "field": 2.0, "radius": [30.0, 60.0], "resolution": 0.02, "resolution_z": 0.05, "material": 0.02,
}  # fmt: skip
HITS: dict[str, Any] = {
    "event": [0, 0, 0], "track": [0, 0, -1], "x": [30.0, 60.0, 30.0], "y": [0.0, 1.0, 0.0], "z": [1.0, 2.0, 3.0],
    "layer": [0, 1, 0],
}  # fmt: skip


def draw() -> Collisions:
    return WORLD.simulate(np.random.default_rng(0))


def same_apparatus(ours: Apparatus, theirs: Apparatus) -> bool:
    return write_apparatus(ours) == write_apparatus(theirs)


def same(ours: object, theirs: object, *names: str) -> None:
    for name in names:
        np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name), err_msg=name)
        assert getattr(ours, name).dtype == getattr(theirs, name).dtype, name


def put(folder: Path, columns: dict[str, Any], name: str = "hits.parquet") -> Path:
    pq.write_table(pa.table(columns), folder / name)
    (folder / "geometry.json").write_text(json.dumps(APPARATUS))
    return folder / name


@every_ending
def test_hits_read_after_write_are_the_same(ending: str, tmp_path: Path) -> None:
    hits, path = draw().hits, tmp_path / f"hits.{ending}"
    write_hits(path, hits, WORLD.apparatus)
    events, apparatus = read_hits(path)
    same(hits, events, "number", "offset", "position", "layer", "track")
    assert same_apparatus(apparatus, WORLD.apparatus)
    assert (tmp_path / "geometry.json").exists() == (ending != "parquet")


@every_ending
def test_particles_read_after_write_are_the_same(ending: str, tmp_path: Path) -> None:
    particles, path = draw().particles, tmp_path / f"particles.{ending}"
    write_particles(path, particles)
    read = read_particles(path)
    same(particles, read, "event", "track", "kind", "lost")
    same(particles.parameters, read.parameters, "value")


@every_ending
@pytest.mark.parametrize("known", [True, False])
def test_parameters_read_after_write_are_the_same(ending: str, known: bool, tmp_path: Path) -> None:
    truth = draw().particles
    value, reason = truth.parameters.value.copy(), np.zeros(30, dtype=np.int64)
    value[4], reason[4] = np.nan, 2
    spread = np.random.default_rng(0).normal(size=(30, 5, 5))
    covariance = spread @ spread.transpose(0, 2, 1)
    covariance = (covariance + covariance.transpose(0, 2, 1)) / 2
    covariance[4] = np.nan
    fitted = FittedTracks(
        event=truth.event,
        track=truth.track,
        parameters=HelixParameters(value, covariance if known else None),
        chi2=np.linspace(0, 9, 30),
        ndf=np.full(30, 15),
        reason=reason,
        reasons=("", "one", "a hit, far off"),
    )
    write_parameters(tmp_path / f"fit.{ending}", fitted, WORLD.apparatus)
    read, apparatus = read_parameters(tmp_path / f"fit.{ending}")
    same(fitted, read, "event", "track", "chi2", "ndf", "valid")
    same(fitted.parameters, read.parameters, "value")
    np.testing.assert_array_equal(read.parameters.covariance if known else covariance, covariance)
    assert (read.parameters.covariance is None) == (not known)
    assert read.reasons[read.reason[4]] == "a hit, far off"
    assert (read.reason[np.arange(30) != 4] == 0).all()
    assert apparatus is not None
    assert same_apparatus(apparatus, WORLD.apparatus)


def test_the_columns_are_those_of_the_page(tmp_path: Path) -> None:
    write_hits(tmp_path / "hits.parquet", draw().hits, WORLD.apparatus)
    schema = pq.read_schema(tmp_path / "hits.parquet")
    assert schema.names == ["event", "track", "x", "y", "z", "layer"]
    assert [str(kind) for kind in schema.types] == ["int64", "int64", "double", "double", "double", "int64"]
    assert (COVARIANCES[0], COVARIANCES[1], COVARIANCES[-1]) == ("cov_d0_d0", "cov_d0_z0", "cov_q_over_p_q_over_p")
    assert len(COVARIANCES) == 15


def test_rows_may_come_in_any_order(tmp_path: Path) -> None:
    hits = draw().hits
    table = list_hits(hits)
    order = np.random.default_rng(1).permutation(len(hits))
    (tmp_path / "geometry.json").write_text(json.dumps(write_apparatus(WORLD.apparatus)))
    pq.write_table(table.take(pa.array(order)), tmp_path / "hits.parquet")
    shuffled = read_hits(tmp_path / "hits.parquet")[0]
    np.testing.assert_array_equal(shuffled.number, hits.number)
    np.testing.assert_array_equal(shuffled.offset, hits.offset)
    for ours, theirs in zip(
        np.split(shuffled.position, shuffled.offset[1:-1]), np.split(hits.position, hits.offset[1:-1]), strict=True
    ):
        np.testing.assert_array_equal(ours[np.lexsort(ours.T)], theirs[np.lexsort(theirs.T)])


def test_numbers_beyond_53_bits_stay_exact_where_they_are_whole(tmp_path: Path) -> None:
    large = 2**62 + 1
    path = put(tmp_path, {**HITS, "track": [large, large, -1]})
    assert read_hits(path)[0].track.tolist() == [large, large, -1]
    text = tmp_path / "hits.csv"
    text.write_text(f"event,track,x,y,z,layer\n0,{large},30,0,1,0\n")
    assert read_hits(text)[0].track.tolist() == [large]


def test_a_position_may_be_missing(tmp_path: Path) -> None:
    path = put(tmp_path, {**HITS, "x": [None, float("nan"), float("inf")]})
    assert not np.isfinite(read_hits(path)[0].position[:, 0]).any()
    text = tmp_path / "hits.csv"
    text.write_text("event,track,x,y,z,layer\n0,1,,nan,1,0\n")
    assert np.isnan(read_hits(text)[0].position[0, :2]).all()


def test_whole_numbers_may_stand_in_columns_of_floats(tmp_path: Path) -> None:
    path = put(tmp_path, {**HITS, "track": [3.0, 3.0, -1.0]})
    assert read_hits(path)[0].track.tolist() == [3, 3, -1]


def test_an_empty_table_has_no_events(tmp_path: Path) -> None:
    none = {name: pa.array([], pa.int64() if name in {"event", "track", "layer"} else pa.float64()) for name in HITS}
    assert len(read_hits(put(tmp_path, none))[0].number) == 0


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "float beyond 53 bits": (
        {"track": [2.0**53, 0.0, 0.0]},
        r"hits.parquet, row 0: .* from -1 in column 'track', found 9007199254740992.0; a float holds no more than 53",
    ),
    "half a track": (
        {"track": [0.5, 0.0, 0.0]},
        r"row 0: expected a whole number from -1 in column 'track', found 0.5",
    ),
    "an empty event": (
        {"event": [0, None, 0]},
        r"row 1: .* whole number from 0 in column 'event', found an empty cell",
    ),
    "a NaN track": ({"track": [0.0, float("nan"), 0.0]}, r"row 1: .* in column 'track', found nan"),
    "a negative event": ({"event": [0, 0, -4]}, r"row 2: expected a whole number from 0 in column 'event', found -4"),
    "a track of -2": ({"track": [0, -2, 0]}, r"row 1: expected a whole number from -1 in column 'track', found -2"),
    "a word": ({"x": ["1", "far", "3"]}, r"row 1: expected a number in column 'x', found 'far'"),
    "a named track": ({"track": ["a", "b", "c"]}, r"row 0: .* in column 'track', found 'a'"),
    "beyond int64": ({"track": pa.array([1, 2**63, 1], pa.uint64())}, r"row 1: .* in column 'track', found 92233720"),
    "an unknown cylinder": (
        {"layer": [0, 2, 0]},
        r"hits.parquet, row 1: expected a cylinder from 0 to 1, or -1, in column 'layer', found 2; the app",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_cell_that_does_not_fit_is_named(case: str, tmp_path: Path) -> None:
    columns, message = REFUSED[case]
    with pytest.raises(FormatError, match=message):
        read_hits(put(tmp_path, {**HITS, **columns}))


@pytest.mark.parametrize(
    ("name", "hint"), [("layer", "-1 where it lies on none"), ("track", "link them first"), ("event", "one event")]
)
def test_a_missing_column_is_named_with_what_to_do(name: str, hint: str, tmp_path: Path) -> None:
    left = {key: column for key, column in HITS.items() if key != name} | {"charge": [1, 1, 1]}
    with pytest.raises(FormatError, match=rf"with the columns event.*found no {name} among .*charge.*{hint}"):
        read_hits(put(tmp_path, left))


def test_an_apparatus_that_nobody_named_is_asked_for(tmp_path: Path) -> None:
    path = put(tmp_path, HITS)
    (tmp_path / "geometry.json").unlink()
    with pytest.raises(FormatError, match=r"found no field, radius, .* put geometry.json beside it, or say field"):
        read_hits(path)
    assert same_apparatus(
        read_hits(path, {**APPARATUS, "radius": "30,60", "field": "2"})[1], read_hits(put(tmp_path, HITS))[1]
    )


def test_what_the_user_says_holds_in_place_of_the_file(tmp_path: Path) -> None:
    path = put(tmp_path, HITS)
    assert read_hits(path, {"field": "3.8"})[1].field == 3.8
    assert read_hits(path, {"radius": "trackml"})[1].radius[-1] == 1020.0
    assert read_hits(path, {"resolution": "0.1,0.2"})[1].resolution.tolist() == [0.1, 0.2]
    with pytest.raises(ValueError, match=r"setting radius: expected trackml, or numbers with commas, not 'wide'"):
        read_hits(path, {"radius": "wide"})
    with pytest.raises(ValueError, match=r"hits\.parquet: a field is a finite number of tesla"):
        read_hits(path, {"field": 0})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "geometry.json: expected JSON with field, radius"),
        ("[]", "geometry.json: expected JSON with field, radius, .*found list"),
        ('{"field": 2}', "found no radius, resolution, resolution_z, material"),
        ('{"field": 2, "radius": [60, 30], "resolution": 1, "resolution_z": 1, "material": 0}', "from the inside out"),
        (
            '{"field": 2, "radius": [30, 40], "resolution": [1, 2, 3], "resolution_z": 1, "material": 0}',
            "resolution: expected a number, or one for each of 2 radii, not 3 numbers",
        ),
        (
            '{"field": 2, "radius": [30], "resolution": [1], "resolution_z": "x", "material": 0}',
            "resolution_z: expected a number, not 'x'",
        ),
    ],
)
def test_a_broken_geometry_is_refused(text: str, message: str, tmp_path: Path) -> None:
    path = put(tmp_path, HITS)
    (tmp_path / "geometry.json").write_text(text)
    with pytest.raises(ValueError, match=message):
        read_hits(path)


def test_cut_files_and_unknown_endings_are_refused(tmp_path: Path) -> None:
    path = put(tmp_path, HITS)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(FormatError, match=r"hits.parquet: expected a whole Parquet file.*may be cut"):
        read_hits(path)
    (tmp_path / "hits.xml").write_text("")
    with pytest.raises(FormatError, match=r"ends in .parquet, .csv.* found '.xml'"):
        read_hits(tmp_path / "hits.xml")
    with pytest.raises(FileNotFoundError, match="there is no file"):
        read_hits(tmp_path / "nowhere.parquet")


def list_parts(path: Path) -> list[Any]:
    opened = open_tracks(path, {})
    parts = list(opened.parts)
    assert len(parts) == opened.count
    return parts


def test_a_long_file_comes_in_parts_of_whole_events(tmp_path: Path) -> None:
    hits, path = (
        Helix(tracks=300, noise=2.0, tracks_per_event=3).simulate(np.random.default_rng(0)).hits,
        tmp_path / "h.parquet",
    )
    pq.write_table(add_apparatus(list_hits(hits), WORLD.apparatus), path, row_group_size=400)
    whole, parts = hits.collect_tracks(), list_parts(path)
    assert len(parts) == -(-len(hits) // 400)
    assert max(len(part.tracks.position) for part in parts) < 500
    assert (sum(part.events for part in parts), sum(part.noise for part in parts)) == (100, (hits.track == -1).sum())
    for name in ("event", "track", "position", "layer"):
        np.testing.assert_array_equal(
            np.concatenate([getattr(part.tracks, name) for part in parts]), getattr(whole, name)
        )
    one = tmp_path / "one.parquet"
    pq.write_table(add_apparatus(list_hits(hits), WORLD.apparatus), one, row_group_size=20)
    np.testing.assert_array_equal(np.concatenate([part.tracks.event for part in list_parts(one)]), whole.event)


def test_parts_that_are_not_in_order_are_read_together(tmp_path: Path) -> None:
    hits, path = draw().hits, tmp_path / "hits.parquet"
    table = add_apparatus(list_hits(hits), WORLD.apparatus)
    pq.write_table(table.sort_by([("event", "descending")]), path, row_group_size=100)
    (whole,) = list_parts(path)
    np.testing.assert_array_equal(whole.tracks.offset, hits.collect_tracks().offset)


def test_a_cell_of_a_later_part_is_named_by_its_row(tmp_path: Path) -> None:
    table = list_hits(draw().hits).to_pydict()
    table["layer"][170] = 12
    path = tmp_path / "hits.parquet"
    pq.write_table(add_apparatus(pa.table(table), WORLD.apparatus), path, row_group_size=100)
    with pytest.raises(FormatError, match=r"hits.parquet, row 170: expected a cylinder from 0 to 9"):
        list_parts(path)


def test_a_damaged_part_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "hits.parquet"
    pq.write_table(add_apparatus(list_hits(draw().hits), WORLD.apparatus), path, row_group_size=100)
    data = bytearray(path.read_bytes())
    data[2500:9000] = bytes(6500)
    path.write_bytes(data)
    with pytest.raises(FormatError, match=r"hits.parquet: expected a whole Parquet file, its row group \d too"):
        list_parts(path)


def test_nothing_is_replaced_unasked_and_all_is_written_or_nothing(tmp_path: Path) -> None:
    found, apparatus = draw(), WORLD.apparatus
    write_hits(tmp_path / "hits.csv", found.hits, apparatus)
    with pytest.raises(FileExistsError, match=r"hits.csv exists; replace it with --force"):
        write_hits(tmp_path / "hits.csv", found.hits, apparatus)
    write_hits(tmp_path / "more.csv", found.hits, apparatus)
    other = Helix(field=3.8).apparatus
    before = sorted(file.name for file in tmp_path.iterdir())
    with pytest.raises(FileExistsError, match=r"geometry.json exists"):
        write_hits(tmp_path / "other.csv", found.hits, other)
    with pytest.raises(FormatError, match=r"found '\.dat'"):
        write_together([(list_hits(found.hits), tmp_path / "a.parquet"), (pa.table({}), tmp_path / "b.dat")], None)
    assert sorted(file.name for file in tmp_path.iterdir()) == before
    write_hits(tmp_path / "other.csv", found.hits, other, force=True)
    assert read_hits(tmp_path / "other.csv")[1].field == 3.8


def test_parameters_of_others_need_no_more_than_the_five(tmp_path: Path) -> None:
    path = tmp_path / "fit.csv"
    path.write_text("event,track,d0,z0,phi,theta,q_over_p\n0,3,0,0,1,1.5,-0.1\n0,4,,,,,\n")
    read, apparatus = read_parameters(path)
    assert apparatus is None
    assert read.parameters.covariance is None
    assert read.valid.tolist() == [True, False]
    path.write_text("event,track,d0,z0,phi,theta,q_over_p,valid\n0,3,0,0,1,1.5,-0.1,false\n")
    assert read_parameters(path)[0].valid.tolist() == [False]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("event,track,d0,z0,phi,theta\n0,3,0,0,1,1.5\n", "table of track parameters .* found no q_over_p among"),
        ("event,track,d0,z0,phi,theta,q_over_p\n0,3,0,0,1,4,1\n", "fit.csv: expected theta between 0 and pi"),
        ("event,track,d0,z0,phi,theta,q_over_p\n0,3,0,0,,1,1\n", "fit.csv: expected five finite parameters, or none"),
        ("event,track,d0,z0,phi,theta,q_over_p,cov_d0_d0\n0,3,0,0,1,1,1,1\n", "all 15 columns .* no cov_d0_z0; add"),
        ("event,track,d0,z0,phi,theta,q_over_p,valid\n0,3,0,0,1,1,1,perhaps\n", "true or false in every row of column"),
    ],
)
def test_parameters_that_cannot_be_are_refused(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "fit.csv").write_text(text)
    with pytest.raises(ValueError, match=message):
        read_parameters(tmp_path / "fit.csv")


def test_a_particle_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("event,track,d0,z0,phi,theta,q_over_p\n0,3,0,0,1,1,1\n0,3,0,0,1,1,1\n")
    with pytest.raises(ValueError, match=r"p.csv: a particle stands once, but track 3 of event 0 stands twice"):
        read_particles(tmp_path / "p.csv")


def test_the_apparatus_stays_when_a_file_is_converted(tmp_path: Path) -> None:
    write_hits(tmp_path / "hits.parquet", draw().hits, WORLD.apparatus)
    write_file(read_file(tmp_path / "hits.parquet"), tmp_path / "again.parquet")
    assert same_apparatus(read_hits(tmp_path / "again.parquet")[1], WORLD.apparatus)
