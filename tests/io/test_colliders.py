"""Every layout of collisions gives the same tracks, exact identifiers and the state at the first hit."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from corpuscle.data.settings import build_method
from corpuscle.io.collider.acts import Acts
from corpuscle.io.collider.acts_fitted import read_parameters, read_tracks
from corpuscle.io.collider.base import TRUE_POSITIONS, Collider
from corpuscle.io.collider.bundle import Member
from corpuscle.io.collider.readers import COLLIDERS
from corpuscle.io.collider.trackml import TrackML, read_cells, read_detectors
from corpuscle.io.recorded import Recorded, choose_tracks
from tests.io.collider_files import Shower, shoot, write_acts, write_colliderml, write_root, write_trackml, zip_folder

DATA = Path(__file__).parents[2].parent / "shared" / "data"
shared = pytest.mark.skipif(not DATA.is_dir(), reason=f"the reference data are not here: {DATA}")

Write = Callable[[Path, int], Shower]

LAYOUTS: dict[str, tuple[str, dict[str, object], Write]] = {
    "trackml of Codalab": ("trackml", {}, write_trackml),
    "trackml of Kaggle": ("trackml", {}, lambda folder, event: write_trackml(folder, event, codalab=False)),
    "trackml, packed": ("trackml", {}, lambda folder, event: write_trackml(folder, event, packed=True)),
    "acts, five columns": ("acts", {}, write_acts),
    "acts, one column": ("acts", {}, lambda folder, event: write_acts(folder, event, five=False)),
    "acts, space points": ("acts", {"points": "spacepoint"}, write_acts),
    "acts, space points of old": (
        "acts", {"points": "spacepoint"}, lambda folder, event: write_acts(folder, event, prefixed=True)
    ),
    "root, flat": ("root", {}, lambda folder, event: write_root(folder, event, jagged=False)),
    "root, jagged": ("root", {}, lambda folder, event: write_root(folder, event, jagged=True)),
    "colliderml": ("colliderml", {"barrel": "trackml"}, write_colliderml),
}  # fmt: skip


def read(name: str, folder: Path, **settings: object) -> list[Recorded]:
    reader: Collider = build_method(COLLIDERS[name], settings)
    return list(reader.stream(folder, reader.lay(folder)))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_the_tracks_that_were_shot(layout: str, tmp_path: Path) -> None:
    name, settings, write = LAYOUTS[layout]
    if name == "root":
        pytest.importorskip("uproot")
        pytest.importorskip("awkward")
    showers = {event: write(tmp_path / "files", event) for event in (1, 4)}
    reader: Collider = build_method(COLLIDERS[name], settings)
    assert reader.list_events(tmp_path / "files") == [1, 4]
    for event, recorded in zip((1, 4), read(name, tmp_path / "files", **settings), strict=True):
        shower, particles = showers[event], recorded.collisions.particles
        tracks, row, dropped = choose_tracks(recorded, least=3)
        assert tracks.event.tolist() == [event] * 6
        np.testing.assert_array_equal(tracks.track, shower.number)  # exact, beyond 2^53
        np.testing.assert_array_equal(particles.track[row], shower.number)
        assert dropped["noise hits"] == 4
        order = np.lexsort((tracks.layer, tracks.owner))
        np.testing.assert_array_equal(tracks.layer[order], np.tile(np.arange(10), 6))
        np.testing.assert_allclose(tracks.position[order], shower.crossing.reshape(-1, 3), atol=0.1)
        if name == "colliderml":
            assert np.isnan(particles.lost).all()
            continue
        found = particles.parameters.value[row]
        np.testing.assert_allclose(found, shower.perigee, rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(particles.lost, 0.01, atol=1e-6)


@pytest.mark.parametrize("layout", ["trackml of Codalab", "acts, five columns", "colliderml"])
def test_true_positions_are_said_to_be_true(layout: str, tmp_path: Path) -> None:
    name, settings, write = LAYOUTS[layout]
    shower = write(tmp_path / "files", 1)
    reader: Collider = build_method(COLLIDERS[name], {**settings, "positions": "true"})
    assert reader.list_notes() == [TRUE_POSITIONS]
    (recorded,) = reader.stream(tmp_path / "files", reader.lay(tmp_path / "files"))
    tracks, _, _ = choose_tracks(recorded, least=3)
    order = np.lexsort((tracks.layer, tracks.owner))
    np.testing.assert_allclose(tracks.position[order], shower.crossing.reshape(-1, 3), atol=1e-9)


def test_an_archive_is_read_as_its_files(tmp_path: Path) -> None:
    write_trackml(tmp_path / "files", 1)
    write_trackml(tmp_path / "files", 2)
    plain = read("trackml", tmp_path / "files")
    zip_folder(tmp_path / "files", tmp_path / "train_1.zip")
    for place in (tmp_path, tmp_path / "train_1.zip"):
        for one, other in zip(plain, read("trackml", place), strict=True):
            np.testing.assert_array_equal(one.collisions.hits.position, other.collisions.hits.position)


def test_reading_goes_on_from_any_event(tmp_path: Path) -> None:
    for event in (1, 2, 3):
        write_trackml(tmp_path / "files", event)
    reader = TrackML()
    (last,) = reader.stream(tmp_path / "files", reader.lay(tmp_path / "files"), first=2)
    assert last.collisions.hits.number.tolist() == [3]


def test_one_muon_of_space_points_needs_no_simulated_hits(tmp_path: Path) -> None:
    write_acts(tmp_path, 1)
    for part in ("hits", "measurement-simhit-map", "measurements"):
        (tmp_path / f"event000000001-{part}.csv").unlink()
    particles = tmp_path / "event000000001-particles.csv"
    particles.write_text("\n".join(particles.read_text().splitlines()[:2]) + "\n")
    (recorded,) = read("acts", tmp_path, points="spacepoint")
    shower = shoot(1)
    assert recorded.collisions.particles.track.tolist() == shower.number[:1].tolist()
    assert (recorded.collisions.hits.track == shower.number[0]).all()
    assert np.isnan(recorded.collisions.particles.lost).all()
    momentum = np.linalg.norm(shower.momentum[0])
    np.testing.assert_allclose(recorded.collisions.particles.parameters.value[0, 4], shower.charge[0] / momentum)


def test_a_measurement_of_two_particles_stands_in_both_tracks(tmp_path: Path) -> None:
    write_acts(tmp_path, 1)
    table = tmp_path / "event000000001-measurement-simhit-map.csv"
    (first,) = read("acts", tmp_path)
    lines = table.read_text().splitlines()
    measurement, hit = lines[1].split(",")
    other = next(line for line in lines[2:] if line.split(",")[1] != hit)
    table.write_text("\n".join([*lines, f"{measurement},{other.split(',')[1]}"]) + "\n")
    (second,) = read("acts", tmp_path)
    assert len(second.collisions.hits) == len(first.collisions.hits) + 1
    assert (second.collisions.hits.track != -1).sum() == (first.collisions.hits.track != -1).sum() + 1


def test_a_geometry_beside_the_files_goes_before_the_barrel_and_a_setting_before_it(tmp_path: Path) -> None:
    write_trackml(tmp_path, 1)
    text = """{"field": 3.8, "radius": [32, 72, 116, 172], "resolution": 0.01, "resolution_z": 0.02, "material": 0.01,
               "volumes": {"8": [2, 4, 6, 8]}}"""
    (tmp_path / "geometry.json").write_text(text)
    apparatus = TrackML().lay(tmp_path).apparatus
    assert (apparatus.field, len(apparatus.radius)) == (3.8, 4)
    apparatus = TrackML(field=1.0, resolution=0.5).lay(tmp_path).apparatus
    assert (apparatus.field, apparatus.resolution.tolist()) == (1.0, [0.5] * 4)
    (recorded,) = read("trackml", tmp_path)
    assert np.bincount(recorded.collisions.hits.layer + 1).tolist() == [4 + 36, 6, 6, 6, 6]


def test_cells_are_summed_and_detectors_have_an_unnamed_column(tmp_path: Path) -> None:
    write_trackml(tmp_path, 1)
    cells = read_cells(Member(tmp_path / "event000000001-cells.csv"))
    assert cells["cells"].tolist() == [2] * 64
    assert cells["charge"].tolist() == [0.5] * 64
    names = "cx,cy,cz,rot_xu,rot_xv,rot_xw,rot_yu,rot_yv,rot_yw,rot_zu,rot_zv,rot_zw,module_t,module_minhu,module_maxhu"
    for unnamed in ("", ","):
        (tmp_path / "detectors.csv").write_text(
            f"{unnamed}volume_id,layer_id,module_id,{names},module_hv,pitch_u,pitch_v\n"
            f"{unnamed and '0,'}7,2,1,{','.join(['1.5'] * 15)},36,0.05,0.05625\n"
        )
        modules = read_detectors(Member(tmp_path / "detectors.csv"))
        assert (modules["volume_id"].tolist(), modules["pitch_v"].tolist()) == ([7], [0.05625])


def test_what_acts_fitted_is_read_with_its_covariance(tmp_path: Path) -> None:
    names = ("d0", "z0", "phi", "theta", "qop")
    variances = [f"var_{name}" for name in names]
    others = [f"cov_{one}{other}" for one in names for other in names if one != other]
    cells = ["3", "0.1", "5", "0.5", "1.2", "-0.4", *["4"] * 5, *["0.5"] * 20]
    path = tmp_path / "event000000001-parameters.csv"
    path.write_text(",".join(["trackId", *names, *variances, *others]) + "\n" + ",".join(cells) + "\n")
    number, parameters = read_parameters(Member(path))
    assert number.tolist() == [3]
    assert parameters.value.tolist() == [[0.1, 5, 0.5, 1.2, -0.4]]
    assert parameters.covariance is not None
    np.testing.assert_array_equal(parameters.covariance[0], np.full((5, 5), 0.5) + 3.5 * np.eye(5))
    path = tmp_path / "event000000001-tracks.csv"
    path.write_text(
        "track_id,seed_id,particleId,nStates,nMajorityHits,nMeasurements,nOutliers,nHoles,nSharedHits,chi2,ndf,chi2/ndf,"
        "pT,eta,phi,truthMatchProbability,good/duplicate/fake,Measurements_ID\n"
        '0,0,vp=1|vs=0|p=10|g=0|sp=0,10,10,10,0,0,0,8.5,15,0.57,1.5,0.2,0.1,1,good,"[6,20,]"\n'
    )
    tracks = read_tracks(Member(path))
    assert tracks.particle.tolist() == [2**52 + 10 * 2**24]
    assert (tracks.measurement.tolist(), tracks.offset.tolist(), tracks.sort) == ([6, 20], [0, 2], ("good",))


@shared
def test_the_small_event_of_trackml_is_read_whole() -> None:
    folder = DATA / "trackml-small"
    (recorded,) = read("trackml", folder)
    hits, particles = recorded.collisions.hits, recorded.collisions.particles
    assert (len(hits), (hits.track == -1).sum(), len(particles)) == (5527, 829, 468)
    # the barrel: pixels, short strips, long strips
    assert np.bincount(hits.layer + 1).tolist() == [2462, 404, 340, 313, 280, 350, 344, 304, 268, 241, 221]
    assert particles.track.max() > 2**53
    assert 0 <= np.quantile(particles.lost, 0.5) < 0.001
    assert particles.lost.min() > -1e-5
    # most come from the beam, up to scattering before the first hit
    assert np.quantile(np.abs(particles.parameters.value[:, 0]), 0.5) < 0.1
    assert len(read_detectors(Member(folder / "detectors.csv.gz"))["cx"]) == 18728
    assert read_cells(Member(folder / "event000000001-cells.csv.gz"))["cells"].sum() == 18564


@shared
def test_the_synthetic_acts_files_are_read() -> None:
    (recorded,) = Acts(points="spacepoint").stream(
        DATA / "schema-fixtures-synthetic", Acts().lay(DATA / "schema-fixtures-synthetic")
    )
    assert recorded.collisions.particles.kind.tolist() == [13]
    assert recorded.collisions.particles.track.tolist() == [2**52 + 2**24]
    assert len(recorded.collisions.hits) >= 2
