"""Studies of images, in particular: what is learned from, what is judged, how AUCs are compared."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corpuscle.io.images.store import open_images
from corpuscle.metrics.classes.ranking import rank_images, subtract
from corpuscle.report.study import draw_study, make_table
from corpuscle.simulation.templates import Templates
from corpuscle.studies.images.contenders import enter_classical, enter_net
from corpuscle.studies.images.families import judge_families, state_control
from corpuscle.studies.images.judged import keep_ranking, measure_identifier
from corpuscle.studies.images.paired import choose_best, compare
from corpuscle.studies.images.perturbed import Happening, lay_happenings
from corpuscle.studies.images.pictured import Pictured, draw_images, gather_store
from corpuscle.studies.images.positions import judge_positions
from corpuscle.studies.images.robustness import HAPPENINGS, find_losses
from corpuscle.studies.run import run_study, sum_files
from corpuscle.studies.sources import keep_store
from corpuscle.studies.studies import STUDIES
from corpuscle.studies.study import Grid, ScaleName

SMALL = Pictured(world="templates", settings={"size": 8}, images=160, tested=80, repeats=2)


def test_the_likelihood_ratio_reaches_the_exact_ceiling() -> None:
    shown = draw_images("templates", (), 6000, 0)
    assert shown.best is not None
    ranking = rank_images(shown.best, shown.truth == 1)
    assert abs(ranking.value - Templates().compute_ceiling()) < 3 * ranking.error
    assert shown.ceiling == pytest.approx(0.8801, abs=1e-4)


def test_a_store_is_made_once_and_what_is_judged_is_not_in_it(tmp_path: Path) -> None:
    source = SMALL.known["source"]
    place = keep_store(tmp_path, source)
    made = (place / "card.json").stat().st_mtime_ns
    assert keep_store(tmp_path, source) == place
    assert (place / "card.json").stat().st_mtime_ns == made
    learned = {image.tobytes() for image in open_images(place).images.densify()}
    judged = {image.tobytes() for image in SMALL.draw_scene(0).images.densify()}
    assert not learned & judged


def test_classes_are_dealt_out_in_another_way_each_time(tmp_path: Path) -> None:
    source = SMALL.known["shuffled"]
    stores = [open_images(keep_store(tmp_path, {**source, "deal": deal})) for deal in (0, 1)]
    plain = open_images(keep_store(tmp_path, SMALL.known["source"]))
    labels = [store.images.label for store in (*stores, plain)]
    assert all((one != labels[0]).any() for one in labels[1:])
    assert {tuple(np.bincount(label)) for label in labels} == {(80, 80)}
    np.testing.assert_array_equal(stores[0].images.value, plain.images.value)


def test_every_strength_meets_the_same_images() -> None:
    noise = Happening(name="noise", perturbation="noise", strengths=(0, 0.5), settings={"pixels": "all"})
    still, moved = lay_happenings(SMALL, (noise,))
    np.testing.assert_array_equal(still.draw_scene(1).images.value, SMALL.draw_scene(1).images.value)
    difference = moved.draw_scene(1).images.densify() - SMALL.draw_scene(1).images.densify()
    assert float(difference.std()) == pytest.approx(0.5, rel=0.05)
    assert still.known["met"] == moved.known["met"]
    assert still.known["met"]["perturbed"] == [["", {}], ["noise", {"pixels": "all", "sigma": 0.5}]]


def test_the_proposals_noise_is_a_share_of_the_largest_pixel() -> None:
    point = next(one for one in HAPPENINGS if one.of_largest)
    images = SMALL.draw_scene(0).images
    assert point.settle(0.1, images)["sigma"] == pytest.approx(0.1 * float(images.value.max()))
    assert not point.learned


def make_row(method: str, score: np.ndarray, truth: np.ndarray, seed: int = 0, **more: Any) -> dict[str, Any]:
    """Make a row as a study does."""
    ranking = keep_ranking(rank_images(score, truth))
    return (
        {"method": method, "seed": seed, "repeat": seed, "images": 100, "validation_auc": ranking["auc"]}
        | ranking
        | more
    )


def test_differences_are_paired() -> None:
    generator = np.random.default_rng(0)
    truth = generator.random(400) < 0.5
    one = truth + generator.normal(size=400)
    other = one + 0.3 * generator.normal(size=400)
    margin, error = compare([make_row("a", one, truth), make_row("b", other, truth)], "a", "b")
    wanted = subtract(rank_images(one, truth), rank_images(other, truth))
    assert (margin, error) == pytest.approx((wanted.value, wanted.error), rel=1e-4)
    assert error < rank_images(one, truth).error
    with pytest.raises(ValueError, match="compared on the same images, but they judged 1 and 0"):
        compare([make_row("a", one, truth)], "a", "b")


def test_the_spread_over_nets_counts_where_it_is_larger() -> None:
    truth = np.arange(200) % 2 == 0
    rows = []
    for seed, size in enumerate((0.2, 5.0)):
        noise = np.random.default_rng(seed).normal(size=200)
        rows += [make_row("a", truth + size * noise, truth, seed), make_row("b", truth + noise, truth, seed)]
    _, error = compare(rows, "a", "b")
    gaps = [rows[2 * k]["auc"] - rows[2 * k + 1]["auc"] for k in (0, 1)]
    assert error == pytest.approx(abs(gaps[0] - gaps[1]) / 2)


def test_the_best_net_is_chosen_by_validation() -> None:
    rows = [{"method": "a", "seed": 0, "validation_auc": 0.6, "auc": 0.9}]
    rows += [{"method": "b", "seed": 0, "validation_auc": 0.7, "auc": 0.5}]
    assert choose_best(rows, ("a", "b", "c")) == "b"
    assert choose_best(rows, ("c",)) is None


def test_a_control_that_knows_something_is_told() -> None:
    truth = np.arange(1000) % 2 == 0
    blind = np.random.default_rng(0).normal(size=1000)
    assert state_control([make_row("shuffled", blind, truth)], "here").holds
    assert not state_control([make_row("shuffled", blind + truth, truth)], "here").holds


def test_a_claim_without_its_methods_is_not_decided() -> None:
    assert not judge_families([{"method": "cnn", "seed": 0, "auc": 0.6}], cnn="cnn", published="").decided
    assert not judge_positions([{"method": "none_mean", "seed": 0, "accuracy": 0.6}]).decided


def test_what_is_lost_is_lost_from_the_same_images() -> None:
    truth = np.arange(300) % 2 == 0
    score = truth + np.random.default_rng(1).normal(size=300)
    rows = [make_row("a", score, truth, perturbation="noise", strength=strength) for strength in (0.0, 1.0, 2.0)]
    (lost,) = find_losses(rows, "a", "noise")
    assert (lost.value, lost.error) == (0.0, 0.0)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_study_runs_to_its_picture_and_goes_on(tmp_path: Path) -> None:
    pytest.importorskip("lightning")
    study = STUDIES["borthakur2023-electron-photon"]
    tiny: dict[ScaleName, int] = {"quick": 1}
    small = replace(
        study,
        worlds={"quick": Grid(worlds=(SMALL,))},
        methods=(
            *enter_net("vit", "rival", tiny, nets=2, patch=4, depth=1, width=8, heads=2, hidden=8),
            *enter_net("cnn", "claimed", tiny, nets=2, filters=(4,), halved=(1,), head=(4,)),
            enter_classical("boosted-trees", "trees", nets=2),
        ),
    )
    first = run_study(small, "quick", tmp_path / "run")
    made = {path: path.stat().st_mtime_ns for path in (tmp_path / "run" / "nets").glob("*/trained.json")}
    again = run_study(small, "quick", tmp_path / "run")
    assert len(made) == 6
    assert {path: path.stat().st_mtime_ns for path in made} == made
    assert json.dumps(first.rows) == json.dumps(again.rows)
    assert first.verdict.decided
    for figure in ("scores", "listed"):
        drawn = replace(small, figure=figure)
        draw_study(tmp_path / f"{figure}.png", drawn, first.rows)
        assert (tmp_path / f"{figure}.png").stat().st_size > 1000
    assert "boosted_trees" in make_table(small, first.rows)


def test_a_store_stands_in_place_of_the_simulated_images(tmp_path: Path) -> None:
    place = keep_store(tmp_path, SMALL.known["source"])
    study = STUDIES["borthakur2023-electron-photon"].take("quick", place)
    (case,) = study.list_worlds("quick")
    assert case == gather_store(place)
    assert all(method.meets(case) for method in study.list_methods("quick"))
    assert list(sum_files(study, "quick", place)["data"]) == ["card.json"]
    assert case.columns == {"world": place.name, "source": "toy", "images": 160}
    store = open_images(place)
    np.testing.assert_array_equal(case.draw_scene(1).truth, store.images.label[store.split(1)[2]])


def test_trees_are_judged_with_what_their_training_said(tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    from corpuscle.studies.pupil import train_net

    method = enter_classical("boosted-trees", "trees")
    weights = train_net(tmp_path, {"source": SMALL.known["source"], "iterations": 3, "least": 5}, 0, "boosted-trees")
    shown = SMALL.draw_scene(0)
    row = measure_identifier(method, method.build(SMALL, 0, str(weights)), shown)
    assert row["judged"] == 80
    assert 0 <= row["auc"] <= 1
    assert len(row["influence"]) == 80
    assert np.isfinite(row["validation_auc"])
