"""The published tensors as worlds: parts that share no particle, innermost hits, what decides."""

from pathlib import Path

import numpy as np
import pytest

from corpuscle.data.event import TrackHits
from corpuscle.simulation.helical import Helix
from corpuscle.studies.fitting import tensors
from corpuscle.studies.fitting.boosted import predict_left_out
from corpuscle.studies.fitting.couthures2025 import TRACKS
from corpuscle.studies.fitting.innermost import Innermost, Kasa, choose_innermost
from corpuscle.studies.fitting.momenta import judge_momenta, measure_momenta
from corpuscle.studies.fitting.sample import pair_truth
from corpuscle.studies.fitting.tensors import BOOSTED, Tensors, read_set
from corpuscle.studies.study import Contender

DATA = Path(__file__).parents[2].parent / "shared" / "data"
KASA = Contender(name="kasa6", label="Kasa", role="rival", fitter="kasa", settings={"hits": 6})


def make_hits(tracks: int = 40, **settings: float) -> tuple[TrackHits, np.ndarray, np.ndarray]:
    world = Helix(tracks=tracks, d0_spread=0.0, **settings)  # type: ignore[arg-type] # settings of any type
    hits, truth = pair_truth(world.simulate(np.random.default_rng(0)))
    return hits, truth.parameters.transverse_momentum, truth.parameters.longitudinal_momentum


def write_tensors(folder: Path) -> None:
    """Write files of the published layout, in which every particle stands three times."""
    (folder / "trackformer-tracks").mkdir()
    drawn, across, along = make_hits()
    hits = drawn.choose(np.tile(np.arange(40), 3))
    for file in ("trackml_train", "trackml_val", "acts_val"):
        target = np.stack([np.tile(across, 3), np.tile(along, 3)], axis=1)
        target = target[:, :1] if file == "acts_val" else target
        np.savez(
            folder / "trackformer-tracks" / f"{file}.npz", xyz=hits.position.astype(np.float32), offsets=hits.offset,
            targets=target.astype(np.float32),
        )  # fmt: skip


def test_innermost_hits_are_those_nearest_to_the_axis() -> None:
    hits, _, _ = make_hits(holes=0.2)
    few = choose_innermost(hits, 4)
    assert (few.length == np.minimum(hits.length, 4)).all()
    for track in range(len(hits)):
        radius = np.sort(np.hypot(*hits.choose(np.array([track])).position[:, :2].T))
        np.testing.assert_allclose(np.hypot(*few.choose(np.array([track])).position[:, :2].T), radius[:4])
    assert choose_innermost(hits, 0).length.tolist() == hits.length.tolist()


def test_circles_through_hits_without_error_have_the_true_momentum() -> None:
    hits, momentum, _ = make_hits(resolution=1e-9, material=0.0)
    for fitter in (Kasa(), Kasa(hits=6), Innermost(hits=6)):
        fit = fitter.fit(hits, tensors.APPARATUS)
        assert fit.valid.all()
        np.testing.assert_allclose(fit.parameters.transverse_momentum, momentum, rtol=1e-4)
    short = Kasa(hits=2).fit(hits, tensors.APPARATUS)
    assert not short.valid.any()


def test_no_particle_is_in_two_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tensors(tmp_path)
    monkeypatch.setattr(tensors, "find_spec", lambda name: None)
    hits, momentum, _, part, boosted = read_set("TrackML", tmp_path)
    assert (len(hits), len(set(part.tolist())), boosted) == (240, 5, None)
    for one in np.unique(momentum):
        assert len(set(part[momentum == one].tolist())) == 1
    case = Tensors(data="TrackML", low=0.0, high=300.0, shown={"bin": "all", "pt": 5.0})
    samples = [case.draw_scene(repeat, tmp_path) for repeat in range(5)]
    assert sum(len(sample) for sample in samples) == 240
    row = measure_momenta(KASA, Kasa(hits=6), samples[0])
    assert row["relative_error"] < 0.2
    assert row["refused"] == 0.0
    with pytest.raises(ValueError, match="the tracks of TrackML come from files; give --data DIR"):
        case.draw_scene(0)


def test_a_method_that_says_nothing_is_infinitely_far_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tensors(tmp_path)
    monkeypatch.setattr(tensors, "find_spec", lambda name: None)
    sample = Tensors(data="ACTS", low=0.0, high=300.0, shown={}).draw_scene(1, tmp_path)
    row = measure_momenta(KASA, Kasa(hits=2), sample)
    assert row["refused"] == 1.0
    assert np.isnan(row["relative_error"])


def test_trees_correct_what_they_have_not_seen() -> None:
    pytest.importorskip("sklearn")
    hits, momentum, _ = make_hits(300, resolution=1e-6, material=0.0)
    halved = 2 * momentum  # as if half of the momentum were lost before the first hit
    said = predict_left_out(hits, halved, np.arange(300) % 5, base=6)
    assert np.median(np.abs(said / halved - 1)) < 0.01


def test_the_nearest_learned_method_decides() -> None:
    error = {"kasa6": 0.04, "kasa8": 0.04, BOOSTED: 0.03, "corrector": 0.5}
    rows = [
        {
            "data": data, "bin": "all", "method": method, "seed": repeat, "repeat": repeat, "tracks": 9, "invalid": 0.0,
            "relative_error": value, "relative_error_quantiles": [value + 0.001 * repeat] * 3,
        }
        for data in ("TrackML", "ACTS")
        for method, value in error.items()
        for repeat in range(5)
    ]  # fmt: skip
    verdict = judge_momenta(rows)
    assert verdict.holds
    assert [one.text.split()[0] for one in verdict.statements if one.headline] == [BOOSTED, BOOSTED]
    assert not judge_momenta([row for row in rows if row["method"] != BOOSTED]).holds


@pytest.mark.slow
def test_the_published_tensors_have_the_errors_that_were_measured() -> None:
    if not (DATA / "trackformer-tracks").exists():
        pytest.skip("the published tensors are not here")
    for name, count, expected in (("TrackML", 6, 0.039), ("ACTS", 8, 0.039)):
        hits, momentum, _, _, _ = read_set(name, DATA)
        found = Kasa(hits=count).fit(hits, tensors.APPARATUS).parameters.transverse_momentum
        assert np.nanmedian(np.abs(found / momentum - 1)) == pytest.approx(expected, abs=0.002)
    assert {case.columns["data"] for case in TRACKS.worlds["quick"].worlds} == {"TrackML", "ACTS"}
