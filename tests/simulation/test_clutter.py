"""Detections that are missed or false."""

import numpy as np

from corpuscle.simulation.brownian import Brownian
from corpuscle.simulation.clutter import draw_false


def test_false_detections_are_uniform_over_their_box() -> None:
    low, width = np.array([[0.0, -1.0], [5.0, 5.0]]), np.array([[10.0, 2.0], [1.0, 1.0]])
    frame, position = draw_false(np.random.default_rng(0), np.array([20_000.0, 0.0]), low, width)
    assert set(frame.tolist()) == {0}
    share = (position - low[0]) / width[0]
    assert ((share >= 0) & (share <= 1)).all()
    np.testing.assert_allclose(share.mean(axis=0), 0.5, atol=5 * np.sqrt(1 / 12 / len(share)))
    np.testing.assert_allclose(share.var(axis=0), 1 / 12, rtol=0.05)


def test_a_lone_particle_does_not_carry_its_false_detections() -> None:
    world = Brownian(particles=1, frames=200, step=2.0, false_detections=3.0)
    scene = world.simulate(np.random.default_rng(0))
    assert scene.truth.detection is not None
    false = np.setdiff1d(np.arange(len(scene.detections)), scene.truth.detection)
    away = np.abs(scene.detections.position[false] - scene.truth.position[scene.detections.frame[false]])
    assert 4.5 < away.mean() < 5.5
    assert away.max() <= 10.0


def test_frames_without_particles_have_no_false_detections() -> None:
    for field in ("open", "periodic"):
        scene = Brownian(particles=5, frames=30, deaths=0.5, false_detections=5.0, field=field).simulate(
            np.random.default_rng(0)
        )
        assert set(scene.detections.frame.tolist()) <= set(scene.truth.frame.tolist())


def test_a_sequence_in_which_everything_is_missed_is_empty() -> None:
    scene = Brownian(particles=5, frames=3, misses=1.0).simulate(np.random.default_rng(0))
    assert len(scene.detections) == 0
    assert len(scene.truth) == 15
