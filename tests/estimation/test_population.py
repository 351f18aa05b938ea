"""The model of a population: chances that sum to one, and motion that equals powers of its matrices."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from corpuscle.estimation.posterior.population import Population, measure_volume

shares = st.floats(0, 1)
rates = st.floats(0, 5)
gaps = st.integers(0, 6)


@given(seen=shares, death=shares, gap=gaps, left=st.integers(0, 10))
def test_a_track_goes_on_or_ends(seen: float, death: float, gap: int, left: int) -> None:
    population = Population(step=1.0, detection_probability=seen, death_rate=death)
    onward = population.weigh_continuations(gap)[: min(left, gap + 1)].sum()
    ends = population.weigh_ends(np.array([left]), gap)[0]
    assert onward + ends == pytest.approx(1.0, abs=1e-12)
    assert 0 <= ends <= 1


@given(seen=shares, death=shares, birth=rates, particles=st.floats(0, 100), frames=st.integers(0, 400))
def test_starts_are_counted_frame_by_frame(
    seen: float, death: float, birth: float, particles: float, frames: int
) -> None:
    population = Population(step=1.0, detection_probability=seen, death_rate=death, birth_rate=birth)
    waiting, wanted = particles, []
    for _ in range(frames):
        wanted.append(waiting * seen)
        waiting = waiting * (1.0 - seen) * (1.0 - death) + birth
    np.testing.assert_allclose(population.weigh_starts(frames, particles), wanted, rtol=1e-6, atol=1e-50)


def carry_by_matrices(population: Population, frames: int, *, back: bool) -> np.ndarray:
    """Carry a state frame by frame: F P F' + Q."""
    kept = population.persistence
    fresh = (1.0 - kept**2) * population.rate**2
    move = np.array([[1.0, kept if back else 1.0], [0.0, kept]])
    noise = fresh * np.array([[1.0, 1.0], [1.0, 1.0]] if back else [[0.0, 0.0], [0.0, 1.0]])
    doubt, table = np.zeros((2, 2)), []
    for frame in range(1, frames + 1):
        doubt = move @ doubt @ move.T + noise
        whole = np.linalg.matrix_power(move, frame)
        table.append([whole[0, 1], whole[1, 1], doubt[0, 0], doubt[0, 1], doubt[1, 1]])
    return np.array(table)


@given(persistence=shares, rate=rates, frames=st.integers(1, 7), back=st.booleans())
def test_carrying_a_state_equals_powers_of_its_matrix(persistence: float, rate: float, frames: int, back: bool) -> None:
    population = Population(step=1.0, rate=rate, persistence=persistence)
    wanted = carry_by_matrices(population, frames, back=back)
    np.testing.assert_allclose(population.carry(frames, back=back), wanted, rtol=1e-9, atol=1e-12)


@given(persistence=shares, rate=rates, frames=st.integers(1, 7))
def test_time_may_run_backwards(persistence: float, rate: float, frames: int) -> None:
    """A displacement varies as much, and goes with the velocities at its ends, whichever way it is read."""
    population = Population(step=1.0, rate=rate, persistence=persistence)
    along, kept, here, both, _ = population.carry(frames).T
    along_back, kept_back, here_back, both_back, _ = population.carry(frames, back=True).T
    np.testing.assert_allclose(here + along**2 * rate**2, here_back + along_back**2 * rate**2, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(both + along * kept * rate**2, along_back * rate**2, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(both_back + along_back * kept_back * rate**2, along * rate**2, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("space", [2, 3])
def test_the_field_does_not_depend_on_the_axes(space: int) -> None:
    random = np.random.default_rng(3)
    position = random.uniform(0, 1, (500, space)) * np.arange(1, space + 1)
    turned = position @ np.linalg.qr(random.normal(size=(space, space)))[0] + 100.0
    assert measure_volume(turned, 0.1) == pytest.approx(measure_volume(position, 0.1))
    assert measure_volume(np.zeros((5, space)), 0.1) == pytest.approx(0.1**space)
