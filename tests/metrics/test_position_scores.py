"""Scores of believed positions: three scorings of the same estimates."""

import numpy as np
import pytest

from corpuscle.data.detections import Detections
from corpuscle.data.estimates import Estimates
from corpuscle.data.links import Links
from corpuscle.data.scene import Scene, Truth, true_links
from corpuscle.linking.controls import ConstantPoints
from corpuscle.metrics.links import score_links
from corpuscle.metrics.positions import measure_positions, pool_links, pool_scores, score_estimates
from corpuscle.simulation.brownian import Brownian


def draw_scene(seed: int = 0, noise: float = 1.0, frames: int = 30, particles: int = 2) -> Scene:
    world = Brownian(particles=particles, frames=frames, start="separated", measurement_noise=noise)
    return world.simulate(np.random.default_rng(seed))


def believe_truth(scene: Scene) -> Estimates:
    return Estimates(scene.truth.track, scene.truth.frame, scene.truth.position)


@pytest.mark.parametrize("particles", [2, 3])
def test_the_truth_scores_1_in_every_way(particles: int) -> None:
    scene = draw_scene(noise=0.1, particles=particles)
    values = score_estimates(believe_truth(scene), true_links(scene.truth), scene)
    expected = {"jaccard_paper": 1, "jaccard_measured": 1, "jaccard_association": 1, "rmse": 0, "invalid_share": 0}
    assert values == expected


def test_association_is_the_score_of_the_links() -> None:
    scene = draw_scene(noise=9.0)
    links = Links(true_links(scene.truth).pair[::2])
    score = measure_positions(believe_truth(scene), links, scene)
    assert score.association == score_links(links, scene.truth)
    assert measure_positions(believe_truth(scene), None, scene).association == score.measured


def test_no_number_never_scores() -> None:
    scene = draw_scene()
    truth = believe_truth(scene)
    nothing = Estimates(truth.track, truth.frame, np.full_like(truth.position, np.nan))
    values = score_estimates(nothing, None, scene)
    assert values["jaccard_paper"] == values["jaccard_measured"] == values["jaccard_association"] == 0
    assert values["invalid_share"] == 1
    assert np.isnan(values["rmse"])
    hole = truth.position.copy()
    hole[10] = np.nan
    score = measure_positions(Estimates(truth.track, truth.frame, hole), None, scene)
    assert score.paper.true_positives == 2 * 29 - 2
    assert score.paper.false_positives == 2
    assert score.invalid_share == pytest.approx(1 / 60)


def test_the_paper_pairs_however_far_and_the_detections_do_not_help_it() -> None:
    """Two points that never move, far from everything, on either side of particles that never change sides."""
    frame, track = np.tile(np.arange(4), 2), np.repeat([0, 1], 4)
    true = np.stack([np.where(track == 0, -5.0, 5.0), np.zeros(8)], axis=1)
    seen = true.copy()
    seen[[1, 5]] = seen[[5, 1]]  # measured so badly that they are on each other's side
    scene = Scene(Detections(frame, seen), Truth(track, frame, true, np.arange(8)))
    points = Estimates(track, frame, true * 1000)
    values = score_estimates(points, None, scene)
    assert values["jaccard_paper"] == 1
    assert values["jaccard_measured"] == pytest.approx(2 / (2 + 4 + 4))


def test_a_constant_pair_beats_chance_by_the_paper_only() -> None:
    world = Brownian(particles=2, frames=150, start="origin", measurement_noise=10.0)
    scenes = [world.simulate(np.random.default_rng(seed)) for seed in range(30)]
    linker = ConstantPoints()
    scores = [measure_positions(linker.estimate(s.detections, linker.link(s.detections)), None, s) for s in scenes]
    pooled = pool_scores(scores)
    assert pooled["jaccard_paper"] > 0.8
    assert pooled["jaccard_measured"] < 0.55


def test_pooled_and_mean_differ_and_are_named() -> None:
    worlds = [Brownian(particles=2, frames=frames, start="origin", measurement_noise=9.0) for frames in (5, 60)]
    scenes = [world.simulate(np.random.default_rng(1)) for world in worlds]
    scores = [measure_positions(believe_truth(scene), None, scene) for scene in scenes]
    pooled = pool_scores(scores)
    assert pooled["mean_jaccard_measured"] == pytest.approx(np.mean([score.measured.jaccard for score in scores]))
    assert pooled["jaccard_measured"] == pool_links([score.measured for score in scores]).jaccard
    assert pooled["jaccard_measured"] != pytest.approx(pooled["mean_jaccard_measured"], abs=1e-3)
