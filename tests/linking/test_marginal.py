"""What `marginal` and `auto` do with long sequences, with what they are told, and with bad input."""

from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from corpuscle.data.detections import Detections
from corpuscle.data.links import Links
from corpuscle.estimation.learn import TooLittle
from corpuscle.linking.probabilistic.auto import Automatic
from corpuscle.linking.probabilistic.marginal import PosteriorLinks
from corpuscle.linking.probabilistic.merged import MergedHypotheses
from corpuscle.linking.result import explain_nothing, run_linker
from corpuscle.simulation.drift import Drift

TOLD: dict[str, Any] = {
    "step": 1.0, "drift": 0.0, "measurement_noise": 0.3, "misses": 0.05, "false_detections": 1.0, "births": 0.1,
    "deaths": 0.01,
}  # fmt: skip


def walk(
    *, particles: int = 30, frames: int = 40, spacing: float = 5.0, misses: float = 0.05, seed: int = 0
) -> Detections:
    """Let particles walk, some of them missed."""
    random = np.random.default_rng(seed)
    start = random.uniform(0, spacing * np.sqrt(particles), (particles, 2))
    position = (start + random.normal(0, 1.0, (frames, particles, 2)).cumsum(axis=0)).reshape(-1, 2)
    frame = np.repeat(np.arange(frames), particles)
    seen = random.random(len(frame)) >= misses
    return Detections(frame[seen], position[seen] + random.normal(0, 0.3, (int(seen.sum()), 2)))


def pairs(links: Links) -> set[tuple[int, int]]:
    return {(earlier, later) for earlier, later in links.pair.tolist()}


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_windows_change_hardly_a_link(seed: int) -> None:
    detections = walk(seed=seed)
    whole = pairs(PosteriorLinks(**TOLD).link(detections))
    cut = pairs(PosteriorLinks(**TOLD, window=300).link(detections))
    assert len(whole & cut) >= 0.99 * max(len(whole), len(cut))


def test_a_gate_bounds_how_far_a_link_reaches() -> None:
    detections = walk()
    links = PosteriorLinks(**TOLD, gate=1.5, gap=1).link(detections).pair
    elapsed = detections.frame[links[:, 1]] - detections.frame[links[:, 0]]
    length = np.linalg.norm(detections.position[links[:, 1]] - detections.position[links[:, 0]], axis=1)
    assert len(links) > 100
    assert (length[elapsed == 1] <= 1.5).all()
    free = PosteriorLinks(**TOLD, gap=1).link(detections).pair
    reach = np.linalg.norm(detections.position[free[:, 1]] - detections.position[free[:, 0]], axis=1)
    assert (reach > 1.5).any()


@pytest.mark.parametrize("least", [0.0, 0.5, 0.9, 1.0])
def test_no_link_is_less_likely_than_the_minimum(least: float) -> None:
    detections = walk()
    links = PosteriorLinks(**TOLD, minimum_probability=least).link(detections)
    assert links.probability is not None
    assert (links.probability >= least).all()
    everything = PosteriorLinks(**TOLD, minimum_probability=0.0).link(detections)
    assert len(links) <= len(everything)


def test_a_runner_up_is_another_detection_that_may_lead_there() -> None:
    detections = walk(spacing=3.0)
    links = PosteriorLinks(**TOLD, gap=1).link(detections)
    assert links.runner_up is not None
    assert links.runner_up_probability is not None
    named = links.runner_up >= 0
    assert named.any()
    other, later = links.runner_up[named], links.pair[named, 1]
    assert (other != links.pair[named, 0]).all()
    elapsed = detections.frame[later] - detections.frame[other]
    assert ((elapsed >= 1) & (elapsed <= 2)).all()
    assert (links.runner_up_probability[named] > 0).all()
    assert np.isnan(links.runner_up_probability[~named]).all()


def test_auto_says_what_it_learned_and_chose() -> None:
    linker, notes = Automatic().learn(walk(particles=15, frames=30))
    assert isinstance(linker, PosteriorLinks)
    assert notes[0].startswith("learned from about ")
    assert " {length}" in notes[0]
    assert notes[1].startswith("method marginal: ")


@pytest.mark.slow
def test_auto_says_nothing_of_what_it_was_told() -> None:
    _, held = Automatic(step=1.0).learn(walk())
    assert " step " not in held[0]


def test_auto_takes_two_complete_particles_to_merged() -> None:
    linker, notes = Automatic().learn(walk(particles=2, frames=60, spacing=20.0, misses=0.0))
    assert isinstance(linker, MergedHypotheses)
    assert notes[-1].startswith("method merged: two particles in every frame")


def test_auto_says_what_it_assumes() -> None:
    few = walk(particles=3, frames=5, misses=0.0)
    linker, notes = Automatic(gate=1.5).learn(few)
    assert isinstance(linker, PosteriorLinks)
    assert linker.step == pytest.approx(0.5)
    assert notes[0].startswith("assumed, not learned: random walk, step 0.5 {length}")
    assert "learning needs 40 detections in 4 frames, and here are 15 in 5" in notes[0]
    with pytest.raises(TooLittle, match="learning needs 40 detections in 4 frames, and here are 15 in 5"):
        PosteriorLinks().link(few)


@st.composite
def bad_scenes(draw: st.DrawFn) -> Detections:
    """Draw scenes that are hardly any: few, identical, doubled, too fast, far off, or with hardly a step."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    space = draw(st.sampled_from([2, 3]))
    particles, frames = draw(st.sampled_from([(1, 1), (1, 3), (3, 5), (2, 30), (6, 12)]))
    step = draw(st.sampled_from([0.0, 1e-12, 1.0, 1e6]))
    speed = draw(st.sampled_from([0.0, 50.0]))
    offset = draw(st.sampled_from([0.0, 1e9]))
    start = random.uniform(0, draw(st.sampled_from([0.0, 10.0])), (particles, space))
    moved = random.normal(0, 1.0, (frames, particles, space)).cumsum(axis=0) * step
    moved += np.arange(frames)[:, None, None] * speed * random.normal(0, 1.0, (particles, space))
    frame, position = np.repeat(np.arange(frames), particles), (start + moved).reshape(-1, space) + offset
    if draw(st.booleans()):
        frame, position = np.append(frame, frame[:1]), np.append(position, position[:1], axis=0)
    return Detections(frame, position)


def check(links: Links) -> None:
    """Check that nothing but probabilities came out, no detection twice."""
    assert links.probability is not None
    assert ((links.probability >= 0) & (links.probability <= 1)).all()
    for side in links.pair.T:
        assert len(np.unique(side)) == len(side)


@settings(max_examples=8)
@given(detections=bad_scenes())
def test_auto_answers_bad_scenes_with_probabilities(detections: Detections) -> None:
    check(Automatic().link(detections))


@given(detections=bad_scenes(), step=st.sampled_from([1e-90, 1e-9, 1.0, 1e9]), drift=st.sampled_from([0.0, 1.0, 1e9]))
def test_marginal_answers_bad_scenes_with_probabilities(detections: Detections, step: float, drift: float) -> None:
    told = TOLD | {
        "step": step,
        "drift": drift,
        "persistence": 1.0,
        "slow_share": 0.0,
        "slow_step": 0.0,
        "switching": 0.0,
    }
    check(PosteriorLinks(**told).link(detections))


@pytest.mark.parametrize("linker", [PosteriorLinks, Automatic])
def test_a_linker_that_is_told_everything_still_says_its_gap(linker: type[PosteriorLinks]) -> None:
    told = TOLD | {"step": 1.0, "drift": 0.0, "measurement_noise": 0.1, "misses": 0.1}
    apart = Detections(np.array([0, 1]), np.array([[0.0, 0.0], [90.0, 0.0]]))
    linked = run_linker("marginal", linker(**told), apart)
    assert linked.linker.gap == 2  # type: ignore[attr-defined] # both have one
    assert not explain_nothing(linked, apart)
    assert "no frames are closer than 4 apart" in explain_nothing(linked, Detections(apart.frame * 4, apart.position))


@pytest.mark.slow
def test_a_drift_faster_than_the_spacing_is_not_taken_for_clutter_in_silence() -> None:
    scene = Drift(particles=30, frames=20, spacing=6.0, step=1.0, drift=8.0, field="crossing")
    _, notes = PosteriorLinks().learn(scene.simulate(np.random.default_rng(0)).detections)
    assert "of the detections are taken for false; if they are particles, these move farther in a frame" in notes[1]
    _, notes = PosteriorLinks().learn(walk())
    assert len(notes) == 1


@pytest.mark.parametrize("apart", [pytest.param(10**4, marks=pytest.mark.slow), 10**12])
def test_frames_that_are_far_apart_cost_nothing(apart: int) -> None:
    near = walk(particles=10, frames=12, misses=0.0)
    late = Detections(np.append(near.frame, [apart, apart + 1]), np.append(near.position, near.position[:2], axis=0))
    check(links := Automatic().link(late))
    assert len(links.pair) > 100
    assert not len(Automatic().link(Detections(near.frame * apart, near.position)).pair)


@pytest.mark.slow
@settings(max_examples=15)
@given(detections=bad_scenes())
def test_marginal_learns_or_says_why_not(detections: Detections) -> None:
    try:
        links = PosteriorLinks().link(detections)
    except TooLittle as reason:
        assert str(reason).startswith(("learning needs", "these detections tell too little"))  # noqa: PT017 - either
        return
    check(links)


@pytest.mark.slow
def test_a_drift_faster_than_the_spacing_is_not_taken_for_known() -> None:
    random = np.random.default_rng(0)
    frame, position = np.repeat(np.arange(10), 20), random.uniform(0, 10, (200, 2))
    with pytest.raises(TooLittle, match="particles move as far as they lie apart"):
        PosteriorLinks().link(Detections(frame, position))


def test_all_candidates_are_weighed_and_those_that_are_made_are_among_them() -> None:
    detections = walk()
    linker = PosteriorLinks(**TOLD)
    links, candidates = linker.link(detections), linker.weigh_candidates(detections)
    assert candidates.probability is not None
    assert links.probability is not None
    weighed = dict(zip(map(tuple, candidates.pair.tolist()), candidates.probability.tolist(), strict=True))
    made = [weighed[tuple(pair)] for pair in links.pair.tolist()]
    assert len(candidates) > len(links)
    np.testing.assert_allclose(made, links.probability, atol=1e-6)
