"""Simulate detections or hits with their truth."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from corpuscle.api.tables import Backend, Frame, make_backend, make_frame
from corpuscle.data.apparatus import Apparatus
from corpuscle.data.scene import Scene
from corpuscle.data.settings import build_method
from corpuscle.io.collisions import list_hits, list_particles
from corpuscle.io.geometry import add_apparatus
from corpuscle.simulation.collider import EventWorld
from corpuscle.simulation.worlds import ALL_WORLDS, EVENT_WORLDS, IMAGE_WORLDS

AXES = "xyz"


def simulate(
    world: str = "brownian", *, seed: int = 0, backend: Backend = "pyarrow", **settings: object
) -> tuple[Frame, Frame]:
    """Simulate a scene, or the events of a collider.

    Args:
        world: the name of a world (`corpuscle methods simulate`).
        seed: where all chances come from; the same seed gives the same scene.
        backend: the kind of the tables: pyarrow, pandas or polars.
        settings: the world's settings, `particles=100, frames=50, step=1.5` and so on; of a world of events (`helix`,
            `toytrack`) `tracks=1000` and so on.

    Returns:
        The detections (`frame, x, y[, z]`) and the truth (`track, frame, x, y[, z], detection`). Of a world of events
        the hits (`event, track, x, y, z, layer`) and the particles (`event, track, d0, z0, phi, theta, q_over_p, kind,
        lost`); pyarrow tables carry the apparatus in their metadata.

    Raises: ValueError, when the world or a setting is unknown or a value does not fit.

    >>> detections, truth = simulate("brownian", particles=3, frames=4, seed=0)
    >>> detections.num_rows, truth.column_names
    (12, ['track', 'frame', 'x', 'y', 'detection'])
    """
    refuse_images(world)
    if world in EVENT_WORLDS:
        hits, particles, _ = simulate_tables(world, settings, seed)
        return make_backend(hits, backend), make_backend(particles, backend)
    scene = simulate_scene(world, settings, seed)
    return make_frame(list_detections(scene), backend), make_frame(list_truth(scene), backend)


def refuse_images(world: str) -> None:
    """Refuse a world whose images are no tables.

    Raises: ValueError, saying what makes them.
    """
    if world in IMAGE_WORLDS:
        message = (
            f"{world} makes images, which are no tables: corpuscle simulate {world} -o STORE writes a store of them"
        )
        raise ValueError(message)


def simulate_scene(world: str, settings: Mapping[str, object], seed: int) -> Scene:
    """Draw a scene from a world by name."""
    check_plain(settings, seed)
    scene: Scene = build_method(ALL_WORLDS[world], settings, name=world).simulate(np.random.default_rng(seed))
    return scene


def simulate_tables(world: str, settings: Mapping[str, object], seed: int) -> tuple[pa.Table, pa.Table, Apparatus]:
    """Draw events from a world by name: their hits, their particles, and the apparatus that saw them."""
    check_plain(settings, seed)
    events: EventWorld = build_method(EVENT_WORLDS[world], settings, name=world)
    collisions, apparatus = events.simulate(np.random.default_rng(seed)), events.apparatus
    tables = list_hits(collisions.hits), list_particles(collisions.particles)
    return add_apparatus(tables[0], apparatus), add_apparatus(tables[1], apparatus), apparatus


def check_plain(settings: Mapping[str, object], seed: int) -> None:
    """Refuse quantities with a unit, and a seed that is none.

    Raises: ValueError, naming what was said.
    """
    for name, value in settings.items():
        if isinstance(value, str) and value[-1:].isalpha() and value[:1].isdigit():
            message = f"setting {name}: a world is in its own units; expected a plain number, not {value!r}"
            raise ValueError(message)
    check_seed(seed)


def check_seed(seed: int) -> None:
    """Refuse a seed that is none.

    Raises: ValueError, with what was said.
    """
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
        message = f"expected a seed that is a whole number from 0, not {seed!r}"
        raise ValueError(message)


def list_detections(scene: Scene) -> dict[str, np.ndarray]:
    """List the columns of a table of detections."""
    position = scene.detections.position
    return {"frame": scene.detections.frame} | {AXES[d]: position[:, d] for d in range(position.shape[1])}


def list_truth(scene: Scene) -> dict[str, np.ndarray]:
    """List the columns of a table of truth."""
    truth = scene.truth
    axes = {AXES[d]: truth.position[:, d] for d in range(truth.position.shape[1])}
    known = {} if truth.detection is None else {"detection": truth.detection}
    return {"track": truth.track, "frame": truth.frame, **axes, **known}
