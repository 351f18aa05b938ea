"""Studies of fitting: samples, the bound beside them, what a fitter is scored by, what decides."""

import dataclasses
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corpuscle.data.helix import HelixParameters
from corpuscle.fitting.base import Fit
from corpuscle.fitting.classical.karimaki import Karimaki
from corpuscle.report.study import draw_study, list_cells
from corpuscle.studies import study as declaration
from corpuscle.studies.fitting.bound import BOUND_STUDY, lay_helix
from corpuscle.studies.fitting.collided import Collided
from corpuscle.studies.fitting.constants import Constant
from corpuscle.studies.fitting.couthures2025 import LOSSES
from corpuscle.studies.fitting.fits import QUANTILES, measure_bound, measure_fit, pool_mean, pool_median
from corpuscle.studies.fitting.kept import KeptTracks
from corpuscle.studies.fitting.loads import ON_THE_FLY, WAYS, judge_loading
from corpuscle.studies.fitting.losses import ORDER, judge_losses
from corpuscle.studies.fitting.reached import judge_bound
from corpuscle.studies.fitting.sample import Sample
from corpuscle.studies.pupil import place_net
from corpuscle.studies.run import list_jobs, run_study
from corpuscle.studies.study import Contender, Grid, Study
from corpuscle.studies.verdict import Row, Verdict

KARIMAKI = Contender(name="karimaki", label="closed form", role="reference", fitter="karimaki")


def make_case(tracks: int = 300, **settings: Any) -> Collided:
    low = settings.pop("lowest_pt", 2.0)
    values = {"tracks": tracks, "lowest_pt": low, "highest_pt": 5.0, **settings}
    return Collided(world="helix", settings=values, shown={"bin": "2-5", "pt": low}, repeats=2)


def decide_nothing(rows: Sequence[Row]) -> Verdict:
    return Verdict(statements=(), reading=f"{len(rows)} rows")


def make_study(**changes: Any) -> Study:
    grid = Grid(worlds=(make_case(), make_case(lowest_pt=3.0)))
    methods = (
        KARIMAKI,
        Contender(name="elsewhere", label="elsewhere", role="rival", fitter="karimaki", where={"pt": 3.0}),
        Contender(name="later", label="later", role="rival", fitter="not_written_yet"),
        Contender(name="bound", label="bound", role="ceiling"),
    )
    values: dict[str, Any] = {
        "name": "any", "worlds": {"quick": grid, "paper": grid}, "methods": methods, "holds": decide_nothing,
        "columns": {"bin": "pT [GeV]", "pt": "middle [GeV]"}, "facets": (),
    }  # fmt: skip
    return dataclasses.replace(BOUND_STUDY, **values | changes)


def test_a_sample_has_its_truth_and_its_bound_track_by_track() -> None:
    sample = make_case(holes=0.3).draw_scene(0)
    assert len(sample.truth) == len(sample) == len(sample.bound if sample.bound is not None else ())
    assert (sample.hits.event == sample.truth.event).all()
    full = make_case().draw_scene(0)
    assert sample.bound is not None
    assert full.bound is not None
    assert np.nanmedian(sample.bound[:, 4, 4]) > np.nanmedian(full.bound[:, 4, 4])
    with pytest.raises(ValueError, match="300 tracks, but 299 of bound"):
        dataclasses.replace(full, bound=full.bound[1:])


def test_a_seed_gives_the_same_sample_whatever_was_drawn_before() -> None:
    one = make_case().draw_scene(1)
    assert make_case().draw_scene(1) is one
    other = make_case(tracks=301).draw_scene(1)
    assert make_case().derive_seed(1) == make_case(tracks=301).derive_seed(1)
    assert len(other) == 301


def test_a_fit_is_scored_beside_its_bound() -> None:
    sample = make_case(2000).draw_scene(0)
    row = measure_fit(KARIMAKI, Karimaki(), sample)
    assert row["ratio"] == row["ratio_to_bound"]
    assert 0.95 < row["ratio"] < 1.2
    assert row["tracks"] == 2000
    assert row["invalid"] == 0.0
    assert np.median(row[QUANTILES]) == pytest.approx(row["relative_error"], abs=1e-8)
    bound = measure_bound(sample)
    assert bound["ratio"] == 1.0
    assert bound["r68"] == pytest.approx(row["r68"] / row["ratio"], rel=0.03)
    assert row.keys() == bound.keys()


def test_what_others_found_comes_with_the_sample() -> None:
    sample = make_case().draw_scene(0)
    fit = Karimaki().fit(sample.hits, sample.apparatus)
    theirs = dataclasses.replace(sample, bound=None, fits={"theirs": fit})
    row = measure_fit(Contender(name="theirs", label="theirs", role="reference"), None, theirs)
    assert row["ratio"] == row["ratio_to_reference"] == 1.0
    assert np.isnan(row["microseconds"])
    with pytest.raises(ValueError, match="a bound is asked for where none is known"):
        measure_bound(Sample(hits=sample.hits, apparatus=sample.apparatus, truth=sample.truth))


def test_a_study_of_fitters_runs_goes_on_and_is_drawn(tmp_path: Path) -> None:
    study = make_study()
    found = run_study(study, "quick", tmp_path / "run")
    assert found.missing == ("later (no fitter 'not_written_yet' in this version)",)
    met = [(row["method"], row["pt"]) for row in found.rows]
    assert met.count(("karimaki", 2.0)) == met.count(("elsewhere", 3.0)) == met.count(("bound", 3.0)) == 2
    assert ("elsewhere", 2.0) not in met
    assert len({row["seed"] for row in found.rows}) == 4
    again = run_study(study, "quick", tmp_path / "run")
    assert [row["r68"] for row in again.rows] == [row["r68"] for row in found.rows]
    draw_study(tmp_path / "figure.png", study, found.rows)
    assert (tmp_path / "figure.png").stat().st_size > 10_000
    head, body = list_cells(study, found.rows)
    assert "coverage68" in head
    assert len(body) == 5


def test_a_world_that_cannot_be_drawn_is_left_out_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    without = importlib.util.find_spec
    monkeypatch.setattr(
        "corpuscle.studies.fitting.acts.find_spec", lambda name: None if name == "acts" else without(name)
    )
    cases = BOUND_STUDY.list_worlds("quick")
    assert {case.columns["world"] for case in cases} == {"helix"}
    assert "events through ACTS (no pyacts: pip install 'corpuscle[hep]')" in BOUND_STUDY.list_missing("quick")
    assert {job.case.columns["world"] for job in list_jobs(BOUND_STUDY, "quick")} == {"helix"}
    assert len(BOUND_STUDY.declare("quick")["worlds"]) == len(lay_helix(1, 1))


def test_names_of_nets_change_with_the_trainer_alone(tmp_path: Path) -> None:
    plain = place_net(tmp_path, {"epochs": 1}, 0)
    assert plain == place_net(tmp_path, {"epochs": 1}, 0, "transformer")
    assert plain != place_net(tmp_path, {"epochs": 1}, 0, "corrector")
    assert Contender(name="a", label="a", role="rival", linker="lap").declare() == "('lap', {}, {}, 0, {})"


def test_constants_are_those_of_the_spectrum() -> None:
    drawn = 0.5 * 100 ** np.random.default_rng(0).random(200_000)
    assert Constant().transverse_momentum == pytest.approx(drawn.mean(), rel=0.01)
    assert Constant(statistic="median").transverse_momentum == pytest.approx(np.median(drawn), rel=0.02)
    sample = make_case(5).draw_scene(0)
    fit = Constant().fit(sample.hits, sample.apparatus)
    np.testing.assert_allclose(fit.parameters.transverse_momentum, Constant().transverse_momentum)
    assert isinstance(fit, Fit)
    assert isinstance(fit.parameters, HelixParameters)


def test_pooled_scores_weigh_tracks() -> None:
    rows = [
        {"tracks": 100, "invalid": 0.0, "mae_pt": 1.0, QUANTILES: np.linspace(0, 1, 201).tolist()},
        {"tracks": 600, "invalid": 0.5, "mae_pt": 3.0, QUANTILES: np.linspace(2, 3, 201).tolist()},
    ]
    assert pool_mean(rows, "mae_pt") == pytest.approx(2.5)
    assert pool_median(rows) == pytest.approx(2 + 1 / 3, abs=0.01)
    assert np.isnan(pool_median([{"tracks": 1, "invalid": 1.0, QUANTILES: []}]))


def make_rows(study: Study, **scores: Any) -> list[Row]:
    """Rows of every method in every bin, all alike but for what is said."""
    return [
        {"method": method.name, "seed": case.derive_seed(repeat), "repeat": repeat, **case.columns, **scores}
        for case in study.worlds["quick"].worlds
        for method in study.list_methods("quick")
        for repeat in range(2)
    ]


GOOD = {"ratio_to_bound": 1.01, "pull_width": 1.0, "coverage68": 0.68, "coverage95": 0.95, "ratio_to_reference": 1.0}


def test_the_bound_is_reached_where_every_bin_reaches_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(declaration.Contender, "missing", property(lambda self: ""))
    rows = make_rows(BOUND_STUDY, **GOOD)
    assert judge_bound(rows).holds
    worse = [{**row, "ratio_to_bound": 1.025} if row["method"] == "kalman" and row["pt"] == 32 else row for row in rows]
    wrong = [one for one in judge_bound(worse).statements if one.headline and not one.holds]
    assert [(one.where, one.text) for one in wrong] == [
        ("bin 20-50", "kalman: ratio_to_bound is 1 to within 0.02 (found 1.0250)")
    ]
    without = judge_bound([row for row in rows if row["world"] == "helix"])
    assert without.holds
    assert "no events through ACTS: not decided by them" in without.controls
    missing = judge_bound([row for row in rows if row["method"] != "corrector"])
    assert not missing.holds
    assert missing.reading == "nothing: corrector took no part"


def test_the_order_of_nets_is_decided_over_all_bins() -> None:
    place = {name: len(ORDER) - number for number, name in enumerate(ORDER)}
    rows = [
        {
            **row,
            "tracks": 10, "invalid": 0.0, "padding_shift": float("nan"),
            "mae_pt": 2.0 + ("mse" in row["method"]) + 0.01 * row["repeat"], "mae_pz": 1.0 + ("mse" in row["method"]),
            QUANTILES: [place.get(row["method"], 0.5) + 0.01 * row["repeat"]] * 3, "relative_error": 1.0,
        }
        for row in make_rows(LOSSES)
    ]  # fmt: skip
    verdict = judge_losses(rows)
    assert verdict.holds
    assert len(verdict.statements) == 9
    turned = [{**row, QUANTILES: [9.0]} if row["method"] == "chord" else row for row in rows]
    assert [one.text for one in judge_losses(turned).statements if not one.holds] == [
        "chord has a lower relative_error than relative"
    ]


def make_kept() -> KeptTracks:
    return KeptTracks(tracks=1000, events=1, size=300, repeats=2)


def test_every_way_to_load_gives_every_track() -> None:
    pytest.importorskip("torch")
    kept = make_kept().draw_scene(0)
    ways = WAYS if importlib.util.find_spec("pandas") else {name: WAYS[name] for name in WAYS if name != ON_THE_FLY}
    for name, load in ways.items():
        assert load(kept) == 1000, name
    assert make_kept().draw_scene(1).shards is kept.shards


def test_loading_is_decided_by_ratios_within_a_repeat() -> None:
    rate = {"on_the_fly": 10.0, "list_of_tensors": 1000.0, "memory_mapped": 6000.0, "packed": 4000.0}
    rows = [
        {"method": method, "seed": seed, "batch": 300, "rate": value * (seed + 1)}
        for method, value in rate.items()
        for seed in (0, 1)
    ]
    statements = {one.text.split()[0]: one for one in judge_loading(rows).statements}
    assert {name: one.holds for name, one in statements.items()} == {
        "list_of_tensors": True, "memory_mapped": True, "packed": False,
    }  # fmt: skip
    assert statements["packed"].margin == pytest.approx(-100)
    assert judge_loading(rows).decided
    assert not judge_loading([row for row in rows if row["method"] != ON_THE_FLY]).decided


def test_what_is_not_installed_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(declaration, "find_spec", lambda name: None)
    missing = BOUND_STUDY.list_missing("quick") + LOSSES.list_missing("quick")
    assert "corrector (no torch: pip install 'corpuscle[learn]')" in missing
    assert "chord (no lightning: pip install 'corpuscle[train]')" in missing
    assert {method.name for method in LOSSES.list_methods("quick")} == {"karimaki", "gls", "mean", "median"}
    assert not judge_losses(make_rows(LOSSES, relative_error=1.0)).holds
