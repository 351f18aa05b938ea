"""What hypotheses are worth: against the Bayes ceiling of two particles, and at many."""

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from corpuscle.data.detections import Detections
from corpuscle.data.links import Links
from corpuscle.data.scene import Scene
from corpuscle.estimation.posterior.ising import LinkPosterior, turn_jaccard
from corpuscle.linking.base import Linker
from corpuscle.linking.classical.kalman import KalmanLinker
from corpuscle.linking.classical.lap import FrameAssignment
from corpuscle.linking.controls import ConstantPoints
from corpuscle.linking.panel import lay_panel, read_steps
from corpuscle.linking.probabilistic.exact import ExactPosterior, expect_accuracy
from corpuscle.linking.probabilistic.hypothesis import TooManyHypotheses
from corpuscle.linking.probabilistic.merged import MergedHypotheses, decide_many, decide_pair, read_same
from corpuscle.linking.probabilistic.mht import MultipleHypotheses
from corpuscle.metrics.links import score_links
from corpuscle.metrics.positions import measure_positions, pool_scores
from corpuscle.simulation.brownian import Brownian
from corpuscle.simulation.worlds import PRESETS

KNOWN = {"origin": (0.0, 0.0), "paper": (10.0, 0.0), "drift": (10.0, 0.5)}
"""What each preset's start and drift are: start_spread, drift."""


@dataclass(frozen=True, kw_only=True)
class Judged:
    """Scenes of one preset, with the posterior of their links."""

    scenes: list[Scene]
    posteriors: list[LinkPosterior]
    right: dict[str, Any]

    def ceiling(self) -> float:
        return turn_jaccard(float(np.mean([posterior.expect_accuracy() for posterior in self.posteriors])))

    def lies_below(self, linker: Linker) -> float:
        """How far the expected pooled Jaccard of a linker lies below the ceiling."""
        accuracy = [
            expect_accuracy(linker.link(scene.detections), scene.detections, posterior)
            for scene, posterior in zip(self.scenes, self.posteriors, strict=True)
        ]
        return self.ceiling() - turn_jaccard(float(np.mean(accuracy)))


def judge(preset: str, frames: int, noise: float, scenes: int, sweeps: int = 1500) -> Judged:
    world = Brownian(**PRESETS[preset], frames=frames, measurement_noise=noise)
    drawn = [world.simulate(np.random.default_rng((seed, 77))) for seed in range(scenes)]
    spread, drift = KNOWN[preset]
    right: dict[str, Any] = {"step": 1.5, "measurement_noise": noise, "drift": drift, "start_spread": spread}
    exact = ExactPosterior(**right, sweeps=sweeps)
    return Judged(scenes=drawn, posteriors=[exact.weigh(scene.detections) for scene in drawn], right=right)


def follow(judged: Judged, window: int, **settings: Any) -> MultipleHypotheses:
    """Make the paper's tracker with the right motion."""
    right = judged.right
    return MultipleHypotheses(
        window=window, process_noise=1.5, measurement_noise=right["measurement_noise"],
        velocity_spread=right["drift"], **settings,
    )  # fmt: skip


@pytest.mark.parametrize("preset", KNOWN)
@pytest.mark.parametrize(
    ("frames", "noise", "scenes"),
    [(8, 4.0, 60), (8, 10.0, 60), (64, 7.0, 12), pytest.param(150, 10.0, 12, marks=pytest.mark.slow)],
)
def test_merged_reaches_the_ceiling(preset: str, frames: int, noise: float, scenes: int) -> None:
    judged = judge(preset, frames, noise, scenes)
    assert judged.lies_below(MergedHypotheses(**judged.right, window=8)) <= 0.0025


@pytest.mark.slow
@pytest.mark.parametrize("preset", KNOWN)
@pytest.mark.parametrize(("frames", "scenes"), [(8, 400), (16, 200), (32, 200), (64, 150), (150, 120)])
@pytest.mark.parametrize("noise", [0.0, 1.0, 2.0, 4.0, 7.0, 10.0])
def test_merged_reaches_the_ceiling_everywhere(preset: str, frames: int, noise: float, scenes: int) -> None:
    judged = judge(preset, frames, noise, scenes)
    assert judged.lies_below(MergedHypotheses(**judged.right, window=8)) <= 0.0025


@pytest.mark.parametrize("preset", KNOWN)
@pytest.mark.parametrize("noise", [*(pytest.param(noise, marks=pytest.mark.slow) for noise in (1.0, 4.0, 7.0)), 10.0])
def test_mht_over_all_frames_lies_within_5_in_1000_of_the_ceiling(preset: str, noise: float) -> None:
    judged = judge(preset, 8, noise, 200)
    below = judged.lies_below(follow(judged, 8))
    assert -1e-9 <= below <= 0.005


@pytest.mark.parametrize("noise", [4.0, *(pytest.param(noise, marks=pytest.mark.slow) for noise in (7.0, 10.0))])
def test_marginal_links_beat_the_best_single_hypothesis(noise: float) -> None:
    """The least summed distance is the best hypothesis; the most right links are the likeliest ones."""
    judged = judge("origin", 8, noise, 200)
    best = judged.lies_below(follow(judged, 8))
    assert best - judged.lies_below(MergedHypotheses(**judged.right, window=8)) > 0.0008


def test_a_longer_window_lies_nearer() -> None:
    judged = judge("paper", 32, 10.0, 40)
    below = [judged.lies_below(follow(judged, window)) for window in (1, 3, 8)]
    assert below[0] > below[1] > below[2] > 0


@pytest.mark.parametrize("preset", ["origin", "paper"])
def test_the_nearest_assignment_is_the_best_there_is_without_noise_and_drift(preset: str) -> None:
    """Two frames next to each other then say all; the assignment is that of least summed squares."""
    judged = judge(preset, 8, 0.0, 150)
    assert judged.lies_below(FrameAssignment(gate=1e4)) == pytest.approx(0.0, abs=1e-6)
    judged = judge(preset, 8, 7.0, 150)
    assert judged.lies_below(FrameAssignment(gate=1e4)) > 0.0005


def test_the_ceiling_is_what_the_best_links_really_score() -> None:
    judged = judge("paper", 8, 7.0, 300)
    linker = ExactPosterior(**judged.right)
    scores = [score_links(linker.link(scene.detections), scene.truth) for scene in judged.scenes]
    assert turn_jaccard(float(np.mean([s.recall for s in scores]))) == pytest.approx(judged.ceiling(), abs=0.03)


def test_probabilities_are_calibrated() -> None:
    judged = judge("paper", 8, 7.0, 300)
    linker = MergedHypotheses(**judged.right, window=8)
    said, right = [], []
    for scene in judged.scenes:
        links = linker.link(scene.detections)
        assert links.probability is not None
        said.append(float(links.probability.mean()))
        right.append(score_links(links, scene.truth).precision)
    assert np.mean(said) == pytest.approx(np.mean(right), abs=0.02)


@pytest.mark.parametrize("space", [2, 3])
def test_two_particles_merge_as_many_do(space: int) -> None:
    world = Brownian(particles=2, frames=40, measurement_noise=5.0, start="origin", dimensions=space)
    detections = world.simulate(np.random.default_rng(3)).detections
    linker = MergedHypotheses(step=1.5, measurement_noise=5.0, drift=0.3, start_spread=2.0)
    panel = lay_panel(detections)
    gains = linker.find_gains(detections, panel)
    for window in (1, 2, 6):
        two = read_same(panel, decide_pair(panel, gains, window))
        many = read_steps(panel, *decide_many(panel, gains, window))
        np.testing.assert_array_equal(two.pair, many.pair)
        assert two.probability is not None
        assert many.probability is not None
        np.testing.assert_allclose(two.probability, many.probability, atol=1e-9)
        assert two.runner_up_probability is not None
        assert many.runner_up_probability is not None
        np.testing.assert_array_equal(two.runner_up, many.runner_up)
        np.testing.assert_allclose(two.runner_up_probability, many.runner_up_probability, atol=1e-9)


def test_the_runner_up_is_the_likeliest_other_row() -> None:
    """Three particles, one far away: the two that are close are each other's runner-up, and nobody the third's."""
    position = np.array([[0.0, 0.0], [2.0, 0.0], [90.0, 0.0], [0.5, 0.0], [1.5, 0.0], [90.0, 0.0]])
    links = MergedHypotheses(step=1.0).link(Detections(np.repeat([0, 1], 3), position))
    assert links.pair.tolist() == [[0, 3], [1, 4], [2, 5]]
    assert links.runner_up is not None
    assert links.probability is not None
    assert links.runner_up_probability is not None
    assert links.runner_up[:2].tolist() == [1, 0]
    # exp(-(0.25 + 0.25) / 2) against exp(-(2.25 + 2.25) / 2)
    np.testing.assert_allclose(links.probability, [1 / (1 + np.exp(-2))] * 2 + [1], atol=1e-12)
    np.testing.assert_allclose(links.runner_up_probability, [1 / (1 + np.exp(2))] * 2 + [0], atol=1e-12)


def test_one_particle_has_no_runner_up() -> None:
    links = MergedHypotheses(step=1.0).link(Detections(np.arange(3), np.zeros((3, 2))))
    assert links.runner_up is not None
    assert links.runner_up.tolist() == [-1, -1]
    np.testing.assert_array_equal(links.runner_up_probability, [np.nan, np.nan])


def test_an_outlier_leaves_numbers() -> None:
    """A frame far from everything: some hypothesis must go on."""
    position = np.random.default_rng(0).normal(0, 1, (60, 2))
    position[30] += 1e6
    detections = Detections(np.repeat(np.arange(30), 2), position)
    for linker in (MergedHypotheses(step=0.1), ExactPosterior(step=0.1), MultipleHypotheses(process_noise=0.1)):
        links = linker.link(detections)
        assert len(links) == 58
        assert links.probability is None or np.isfinite(links.probability).all()


def crowd(particles: int, frames: int = 15) -> Scene:
    world = Brownian(particles=particles, frames=frames, spacing=6.0, measurement_noise=1.5)
    return world.simulate(np.random.default_rng(particles))


def test_fifty_particles_are_followed_by_a_beam() -> None:
    scene = crowd(50)
    linker = MultipleHypotheses(process_noise=1.5, measurement_noise=1.5, beam=16)
    links = linker.link(scene.detections)
    assert len(links) == 50 * 14
    assert score_links(links, scene.truth).jaccard > 0.7


def test_too_many_hypotheses_say_how_many_and_what_to_lower() -> None:
    detections = crowd(4).detections
    with pytest.raises(TooManyHypotheses) as refused:
        MultipleHypotheses(window=3, limit=10_000, beam=0).link(detections)
    assert str(refused.value) == "13,824 hypotheses are more than the limit of 10,000; lower `window` or raise `limit`"
    assert (refused.value.count, refused.value.limit, refused.value.setting) == (13_824, 10_000, "window")
    with pytest.raises(TooManyHypotheses, match="400 hypotheses are more than the limit of 300; lower `beam`"):
        MultipleHypotheses(window=3, limit=300, beam=100).link(detections)
    with pytest.raises(TooManyHypotheses, match="331,776 hypotheses are more than the limit of 20,000; lower `window`"):
        MergedHypotheses(window=4).link(detections)
    with pytest.raises(TooManyHypotheses, match=r"about 10\^121 hypotheses"):
        MultipleHypotheses(window=14, beam=0).link(crowd(12).detections)
    with pytest.raises(TooManyHypotheses, match=r"about 10\^19882 hypotheses"):
        MultipleHypotheses(window=100, beam=0).link(crowd(120, 150).detections)
    assert len(MergedHypotheses().link(detections)) == 4 * 14


def test_estimates_are_filtered_or_smoothed_along_the_links() -> None:
    world = Brownian(**PRESETS["paper"], frames=60, measurement_noise=7.0)
    scenes = [world.simulate(np.random.default_rng(seed)) for seed in range(20)]
    linkers: dict[str, Linker] = {
        "detections": FrameAssignment(gate=1e4),
        "filtered": MultipleHypotheses(process_noise=1.5, measurement_noise=7.0),
        "merged": MergedHypotheses(step=1.5, measurement_noise=7.0),
        "kalman": KalmanLinker(step=1.5, measurement_noise=7.0),
        "smoothed": MultipleHypotheses(process_noise=1.5, measurement_noise=7.0, smoothed=True),
    }
    rmse = {}
    for name, linker in linkers.items():
        linked = [(scene, linker.link(scene.detections)) for scene in scenes]
        scores = [measure_positions(linker.estimate(s.detections, links), links, s) for s, links in linked]
        rmse[name] = pool_scores(scores)["rmse"]
    assert rmse["smoothed"] < 0.9 * min(rmse["filtered"], rmse["merged"])
    assert max(rmse["filtered"], rmse["merged"], rmse["kalman"]) < 0.7 * rmse["detections"]


def test_settings_that_were_not_given_are_learned() -> None:
    detections = (
        Brownian(particles=2, frames=200, step=2.0, start="separated", spacing=500.0)
        .simulate(np.random.default_rng(1))
        .detections
    )
    for linker in (MergedHypotheses(), ExactPosterior()):
        settled = linker.settle(detections)
        assert isinstance(settled, (MergedHypotheses, ExactPosterior))
        assert settled.step == pytest.approx(2.0, rel=0.1)
        assert settled.measurement_noise == 0.0
        assert getattr(settled, "window", 8) == 8
    settled_mht = MultipleHypotheses(noise_slot="velocity").settle(detections)
    assert settled_mht.process_noise == settled_mht.velocity_spread == pytest.approx(2.0, rel=0.1)
    precise = dataclasses.replace(detections, deviation=np.full_like(detections.position, 0.3))
    assert MultipleHypotheses().settle(precise).measurement_noise == pytest.approx(0.3)


def test_a_dark_frame_is_bridged() -> None:
    frame = np.repeat([0, 1, 5, 6], 2)
    position = np.stack([np.tile([0.0, 50.0], 4), np.zeros(8)], axis=1)
    expected = [[0, 2], [1, 3], [2, 4], [3, 5], [4, 6], [5, 7]]
    for linker in (MergedHypotheses(step=1.0), ExactPosterior(step=1.0), MultipleHypotheses(process_noise=1.0)):
        links: Links = linker.link(Detections(frame, position))
        assert sorted(links.pair.tolist()) == expected


def test_points_that_never_move_beat_the_paper_s_tracker_by_the_paper_s_score_alone() -> None:
    """Long sequences, noise 10, and a filter that believes in noise 1: the figure needs no tracking."""
    world = Brownian(**PRESETS["origin"], frames=150, measurement_noise=10.0)
    scenes = [world.simulate(np.random.default_rng((seed, 5))) for seed in range(80)]
    wrong: dict[str, Any] = {
        "process_noise": 1.5,
        "measurement_noise": 1.0,
        "noise_slot": "velocity",
        "velocity_spread": 0.5,
    }
    linkers: dict[str, Linker] = {
        "constant": ConstantPoints(),
        "one": MultipleHypotheses(window=1, **wrong),
        "eight": MultipleHypotheses(window=8, **wrong),
        "lap": FrameAssignment(gate=1e4),
    }
    score = {}
    for name, linker in linkers.items():
        linked = [(scene, linker.link(scene.detections)) for scene in scenes]
        scores = [measure_positions(linker.estimate(s.detections, links), links, s) for s, links in linked]
        score[name] = pool_scores(scores)
    assert score["one"]["jaccard_paper"] == pytest.approx(0.73, abs=0.03)
    assert score["eight"]["jaccard_paper"] == pytest.approx(0.76, abs=0.03)
    assert score["constant"]["jaccard_paper"] > score["eight"]["jaccard_paper"] + 0.08
    for fair in ("jaccard_measured", "jaccard_association"):
        assert score["constant"][fair] < score["one"][fair] - 0.05
        assert score["constant"][fair] < score["lap"][fair] - 0.05
