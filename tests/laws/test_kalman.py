"""Filtering equals conditioning the joint Gaussian of all states and all measurements, built explicitly."""

from dataclasses import dataclass
from typing import get_args

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from corpuscle.estimation.kalman import Belief, begin, predict, score_innovation, update
from corpuscle.estimation.motion import Kind, Motion

every_motion = pytest.mark.parametrize("kind", get_args(Kind))


@dataclass(frozen=True, kw_only=True)
class Record:
    """Measurements of some particles, first one at time 0; `seen` is False where one was missed."""

    elapsed: np.ndarray  # [step], from the time before
    measured: np.ndarray  # [time, particle, axis]
    variance: np.ndarray  # [time, particle, axis]
    seen: np.ndarray  # [time, particle]
    step: float
    rate: float

    def motion(self, kind: Kind) -> Motion:
        return Motion(kind=kind, step=self.step, rate=self.rate)


@st.composite
def records(draw: st.DrawFn) -> Record:
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    times, particles, space = draw(st.integers(1, 6)), draw(st.integers(1, 3)), draw(st.sampled_from([2, 3]))
    seen = random.random((times, particles)) < 0.7
    seen[0] = True
    return Record(
        elapsed=random.uniform(0.1, 4.0, times - 1),
        measured=random.normal(0, 5, (times, particles, space)),
        variance=random.uniform(0.01, 4.0, (times, particles, space)) * random.integers(0, 2, (times, particles, 1)),
        seen=seen,
        step=draw(st.floats(0.1, 3.0)),
        rate=draw(st.floats(0.1, 3.0)),
    )


def run_filter(record: Record, motion: Motion) -> Belief:
    """Filter every particle up to the last time, before its measurement there."""
    belief = begin(motion, record.measured[0], record.variance[0])
    for time, elapsed in enumerate(record.elapsed.tolist(), start=1):
        if time > 1:
            belief = correct(belief, record, time - 1)
        belief = predict(belief, motion, np.full(len(belief), elapsed))
    return belief


def correct(belief: Belief, record: Record, time: int) -> Belief:
    """Update those particles that were seen."""
    seen = np.flatnonzero(record.seen[time])
    updated = update(belief.take(seen), record.measured[time][seen], record.variance[time][seen])
    mean, covariance = belief.mean.copy(), belief.covariance.copy()
    mean[seen], covariance[seen] = updated.mean, updated.covariance
    return Belief(mean, covariance)


def condition(record: Record, motion: Motion, particle: int, axis: int, last: int) -> tuple[np.ndarray, np.ndarray]:
    """Give mean and covariance of the state at the last time, given the measurements up to time `last`.

    Every state is a linear map of the first state and the noises: stacked, x = map @ source, with the sources
    independent. A measurement is the first entry of its state plus its own noise.
    """
    width, times = motion.width, len(record.measured)
    source = np.zeros((times * width, times * width))
    source[0, 0] = record.variance[0, particle, axis]
    if width == 2:
        source[1, 1] = motion.rate**2
    carried = np.eye(times * width)
    for time in range(1, times):
        here, before = slice(time * width, (time + 1) * width), slice((time - 1) * width, time * width)
        elapsed = record.elapsed[time - 1 : time]
        source[here, here] = motion.noise(elapsed)[0]
        carried[here] += motion.transition(elapsed)[0] @ carried[before]
    mean = carried[:, 0] * record.measured[0, particle, axis]
    covariance = carried @ source @ carried.T
    seen = [time for time in range(1, last + 1) if record.seen[time, particle]]
    observed = np.array([time * width for time in seen], dtype=np.int64)
    end = slice((times - 1) * width, times * width)
    spread = covariance[np.ix_(observed, observed)] + np.diag(record.variance[seen, particle, axis])
    gain = covariance[end][:, observed] @ np.linalg.inv(spread)
    posterior = mean[end] + gain @ (record.measured[seen, particle, axis] - mean[observed])
    return posterior, covariance[end, end] - gain @ covariance[observed][:, end]


def assert_conditioned(belief: Belief, record: Record, motion: Motion, last: int) -> None:
    for particle, axis in np.ndindex(belief.mean.shape[:2]):
        mean, covariance = condition(record, motion, particle, axis, last)
        np.testing.assert_allclose(belief.mean[particle, axis], mean, rtol=1e-7, atol=1e-7)
        np.testing.assert_allclose(belief.covariance[particle, axis], covariance, rtol=1e-7, atol=1e-7)


@every_motion
@given(record=records())
def test_a_prediction_is_the_joint_gaussian_conditioned(kind: Kind, record: Record) -> None:
    motion = record.motion(kind)
    assert_conditioned(run_filter(record, motion), record, motion, len(record.measured) - 2)


@every_motion
@given(record=records())
def test_a_correction_is_the_joint_gaussian_conditioned(kind: Kind, record: Record) -> None:
    motion, last = record.motion(kind), len(record.measured) - 1
    belief = run_filter(record, motion)
    if last > 0:
        belief = correct(belief, record, last)
    assert_conditioned(belief, record, motion, last)


@every_motion
@given(record=records())
def test_an_innovation_is_scored_by_its_joint_gaussian(kind: Kind, record: Record) -> None:
    motion, last = record.motion(kind), len(record.measured) - 1
    measured, variance = record.measured[last] + 1.0, record.variance[last] + 0.1
    squared, spread = score_innovation(run_filter(record, motion), measured, variance)
    for particle in range(len(squared)):
        parts = [condition(record, motion, particle, axis, last - 1) for axis in range(measured.shape[1])]
        total = [covariance[0, 0] + variance[particle, axis] for axis, (_, covariance) in enumerate(parts)]
        residual = [measured[particle, axis] - mean[0] for axis, (mean, _) in enumerate(parts)]
        assert squared[particle] == pytest.approx(sum(r**2 / s for r, s in zip(residual, total, strict=True)))
        assert spread[particle] == pytest.approx(np.log(total).sum())


@every_motion
@given(record=records(), share=st.floats(0.0, 1.0))
def test_two_predictions_are_one_over_the_whole_time(kind: Kind, record: Record, share: float) -> None:
    motion = record.motion(kind)
    belief = begin(motion, record.measured[0], record.variance[0])
    whole = np.linspace(0.5, 3.0, len(belief))
    once = predict(belief, motion, whole)
    twice = predict(predict(belief, motion, share * whole), motion, (1 - share) * whole)
    np.testing.assert_allclose(twice.mean, once.mean, atol=1e-9)
    np.testing.assert_allclose(twice.covariance, once.covariance, atol=1e-9)


@every_motion
@given(record=records())
def test_the_order_of_two_measurements_at_one_time_is_irrelevant(kind: Kind, record: Record) -> None:
    belief = predict(
        begin(record.motion(kind), record.measured[0], record.variance[0]),
        record.motion(kind),
        np.ones(record.measured.shape[1]),
    )
    first, second = (record.measured[0] + 1.0, record.variance[0] + 0.3), (record.measured[0] - 2.0, record.variance[0])
    one, other = update(update(belief, *first), *second), update(update(belief, *second), *first)
    np.testing.assert_allclose(one.mean, other.mean, atol=1e-9)
    np.testing.assert_allclose(one.covariance, other.covariance, atol=1e-9)


def test_a_belief_without_doubt_stays() -> None:
    belief = Belief(np.full((1, 2, 1), 3.0), np.zeros((1, 2, 1, 1)))
    kept = update(belief, np.zeros((1, 2)), np.zeros((1, 2)))
    np.testing.assert_array_equal(kept.mean, belief.mean)
    np.testing.assert_array_equal(kept.covariance, belief.covariance)


def test_a_simulated_velocity_has_the_noise_that_the_motion_says() -> None:
    """White noise in the acceleration, summed in small steps, against the closed form."""
    motion, elapsed, pieces = Motion(kind="velocity", step=1.3, rate=1.0), 2.5, 2_000
    small = np.array([elapsed / pieces])
    covariance = np.zeros((2, 2))
    for _ in range(pieces):
        carried = motion.transition(small)[0]
        covariance = carried @ covariance @ carried.T + np.diag([0.0, motion.step**2 * small[0]])
    np.testing.assert_allclose(covariance, motion.noise(np.array([elapsed]))[0], rtol=2e-3)
