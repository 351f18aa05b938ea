"""Parameters learned from detections alone: the truth within its error, and nothing where there is too little."""

import numpy as np
import pytest

from corpuscle.data.detections import Detections
from corpuscle.estimation.learn import Learned, TooLittle, assume_population, learn_population

NOISE = 0.3


def walk(step: np.ndarray, *, drift: float, misses: float, false: float, seed: int) -> Detections:
    """Let particles walk with steps and drifts of their own over 25 frames, missed at times, among false detections."""
    random = np.random.default_rng(seed)
    particles, frames = len(step), 25
    side = 12.0 * np.sqrt(particles)
    moved = random.normal(0, 1.0, (frames, particles, 2)) * step[:, None] + drift * random.normal(0, 1, (particles, 2))
    position = (random.uniform(0, side, (particles, 2)) + moved.cumsum(axis=0)).reshape(-1, 2)
    frame = np.repeat(np.arange(frames), particles)
    seen = random.random(len(frame)) >= misses
    extra = random.poisson(false, frames)
    wrong = random.uniform(position.min(axis=0), position.max(axis=0), (int(extra.sum()), 2))
    measured = position[seen] + random.normal(0, NOISE, (int(seen.sum()), 2))
    return Detections(np.append(frame[seen], np.repeat(np.arange(frames), extra)), np.append(measured, wrong, axis=0))


def is_near(learned: Learned, **truth: float) -> None:
    """Check that truths lie within three standard errors of what was learned."""
    for name, value in truth.items():
        found, error = getattr(learned.population, name), learned.error[name]
        assert 0 < error < 0.5 * value, (name, found, error)
        assert abs(found - value) < 3 * error, (name, found, error, value)


def test_a_random_walk_with_misses_and_false_detections() -> None:
    learned = learn_population(walk(np.full(40, 1.0), drift=0.0, misses=0.1, false=4.0, seed=1))
    is_near(learned, step=1.0, measurement_noise=NOISE, detection_probability=0.9, false_rate=4.0)
    assert learned.population.rate == 0
    assert learned.population.slow_share == 0
    assert learned.confidence > 0.9


@pytest.mark.slow
def test_a_drift_of_its_own_for_each_particle() -> None:
    learned = learn_population(walk(np.full(40, 0.8), drift=1.5, misses=0.05, false=1.0, seed=2))
    is_near(learned, step=0.8, rate=1.5, measurement_noise=NOISE)
    assert learned.population.persistence > 0.99


@pytest.mark.slow
def test_two_kinds() -> None:
    step = np.repeat([2.0, 0.1], 25)
    learned = learn_population(walk(step, drift=0.0, misses=0.05, false=0.0, seed=3))
    is_near(learned, step=2.0, slow_share=0.5, measurement_noise=NOISE)
    assert learned.population.slow_step < 0.3


def test_what_is_known_stays() -> None:
    fixed = {"step": 1.3, "detection_probability": 1.0, "false_rate": 0.25}
    learned = learn_population(walk(np.full(15, 1.0), drift=0.0, misses=0.0, false=0.0, seed=4), fixed=fixed)
    assert {name: getattr(learned.population, name) for name in fixed} == fixed
    assert not set(fixed) & set(learned.error)


def test_the_precision_of_the_table_is_the_noise() -> None:
    plain = walk(np.full(15, 1.0), drift=0.0, misses=0.0, false=0.0, seed=4)
    precise = Detections(plain.frame, plain.position, np.full(plain.position.shape, 0.25))
    assert learn_population(precise).population.measurement_noise == pytest.approx(0.25)
    assert assume_population(precise).measurement_noise == pytest.approx(0.25)


def test_too_little_is_said() -> None:
    few = Detections(np.arange(39), np.arange(78.0).reshape(39, 2))
    with pytest.raises(TooLittle, match="learning needs 40 detections in 4 frames, and here are 39 in 39; say"):
        learn_population(few)
    flat = Detections(np.repeat(np.arange(3), 20), np.random.default_rng(0).uniform(0, 9, (60, 2)))
    with pytest.raises(TooLittle, match="40 detections in 4 frames, and here are 60 in 3"):
        learn_population(flat)
    still = Detections(np.arange(50), np.zeros((50, 2)))
    with pytest.raises(TooLittle, match=r"learning needs detections that move.*say step="):
        learn_population(still)
