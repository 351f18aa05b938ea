"""Brownian motion that stays near where it began."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from corpuscle.data.settings import setting
from corpuscle.data.units import LENGTH
from corpuscle.simulation.base import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Confined(World):
    """Particles diffuse inside a disc or a ball around their start, reflected at its wall.

    Each normal step is a straight way that bounces off the wall as light off a mirror, so that in time a particle is
    anywhere inside with equal chance.

    Source: reflected Brownian motion, as in Saxton, Biophysical Journal 69 (1995) 389, in corrals.

    >>> Confined(particles=2, frames=3).simulate(np.random.default_rng(0)).detections
    Detections(6 detections, 3 frames, 2-D)
    """

    confinement: float = setting(5.0, "radius of the disc or ball around each start", unit=LENGTH, above=0)

    def move(self, generator: np.random.Generator, living: Int[np.ndarray, " a"]) -> Iterator[Float[np.ndarray, "p d"]]:
        """Add up steps, each reflected at the wall."""
        offset = np.zeros((living[0], self.dimensions))
        yield offset
        for count in living[1:]:
            eps = generator.normal(0.0, self.step, (count, self.dimensions))
            offset = bounce(offset[:count], eps, self.confinement)
            yield offset


def bounce(origin: Float[np.ndarray, "p d"], way: Float[np.ndarray, "p d"], radius: float) -> Float[np.ndarray, "p d"]:
    """Go a straight way from a point inside a disc or ball about zero, reflected at its wall as often as needed.

    All chords between two bounces are of one length and lie in one plane, so the last is found without walking the
    others. With the way's first hit at radius * normal, under an angle to the normal, each chord is
    2 radius cos(angle) long and turns the hit by pi - 2 angle.

    >>> bounce(np.array([[4.0, 0.0]]), np.array([[3.0, 0.0]]), 5.0)
    array([[3., 0.]])
    """
    end: Float[np.ndarray, "p d"] = origin + way
    outside = np.flatnonzero((end**2).sum(axis=1) > radius**2)
    if len(outside):
        end[outside] = follow_chords(origin[outside], way[outside], radius)
    return end


def follow_chords(
    origin: Float[np.ndarray, "p d"], way: Float[np.ndarray, "p d"], radius: float
) -> Float[np.ndarray, "p d"]:
    """Reflect ways that leave the disc or ball (see `bounce`)."""
    length = np.linalg.norm(way, axis=1, keepdims=True)
    heading = way / length
    along = (origin * heading).sum(axis=1, keepdims=True)
    inside = radius**2 - (origin**2).sum(axis=1, keepdims=True)
    to_wall = np.sqrt(np.maximum(along**2 + inside, 0.0)) - along

    normal = (origin + to_wall * heading) / radius
    cosine = np.clip((normal * heading).sum(axis=1, keepdims=True), 1e-9, 1.0)
    sine = np.sqrt(1 - cosine**2)
    tangent = heading - cosine * normal
    tangent /= np.maximum(np.linalg.norm(tangent, axis=1, keepdims=True), 1e-300)

    chords, last = np.divmod(np.maximum(length - to_wall, 0.0), 2 * radius * cosine)
    turn = chords * (np.pi - 2 * np.arccos(cosine))
    inward, sideways = radius - last * cosine, last * sine
    end = (inward * np.cos(turn) - sideways * np.sin(turn)) * normal
    end += (inward * np.sin(turn) + sideways * np.cos(turn)) * tangent
    beyond = np.linalg.norm(end, axis=1, keepdims=True) / radius
    inner: Float[np.ndarray, "p d"] = end / np.maximum(beyond, 1.0)
    return inner
