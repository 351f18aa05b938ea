"""What every world of events promises, run over the registry."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpuscle.data.event import NOISE, Collisions, pair_tracks
from corpuscle.data.helix import cross_cylinders, curve
from corpuscle.data.settings import build_method, describe_line, describe_source, list_settings
from corpuscle.simulation.worlds import EVENT_WORLDS

NAMES = list(EVENT_WORLDS)
every_world = pytest.mark.parametrize("name", NAMES)
CLEAN: dict[str, dict[str, Any]] = {"helix": {"material": 0.0, "resolution": 1e-9, "resolution_z": 1e-9}}

small = st.fixed_dictionaries(
    {
        "tracks": st.integers(0, 12),
        "tracks_per_event": st.integers(1, 5),
        "holes": st.floats(0, 1),
        "noise": st.floats(0, 5),
        "lowest_pt": st.floats(0.005, 2.0),
        "highest_pt": st.floats(2.0, 50.0),
    }
)


def simulate(name: str, *, seed: int = 0, **settings: Any) -> Collisions:
    collisions = EVENT_WORLDS[name](**settings).simulate(np.random.default_rng(seed))
    assert isinstance(collisions, Collisions)
    return collisions


@every_world
@given(settings=small, seed=st.integers(0, 2**32))
def test_hits_and_truth_agree(name: str, settings: dict[str, Any], seed: int) -> None:
    found = simulate(name, seed=seed, **settings)
    hits, truth = found.hits, found.particles
    assert len(truth) == settings["tracks"]
    assert (truth.track >= 0).all()
    assert np.isfinite(hits.position).all()
    assert np.isfinite(truth.parameters.value).all()
    tracks = hits.collect_tracks()
    ours, theirs = pair_tracks(tracks.event, tracks.track, truth.event, truth.track)
    assert len(ours) == len(tracks), "noise does not stand in the truth, and every other hit does"
    assert len(theirs) == len(np.unique(theirs))
    key = np.stack([hits.event, hits.track, hits.layer], axis=1)[hits.track != NOISE]
    assert len(np.unique(key, axis=0)) == len(key), "a cylinder sees a particle once"


@every_world
@given(settings=small, seed=st.integers(0, 2**32))
def test_hits_lie_on_their_cylinders(name: str, settings: dict[str, Any], seed: int) -> None:
    hits = simulate(name, seed=seed, **settings).hits
    radius = EVENT_WORLDS[name]().apparatus.radius[hits.layer]
    np.testing.assert_allclose(np.hypot(hits.position[:, 0], hits.position[:, 1]), radius, rtol=1e-12)


@every_world
def test_the_same_seed_gives_the_same_events(name: str) -> None:
    settings: dict[str, Any] = {"tracks": 30, "holes": 0.2, "noise": 3.0}
    first, again, other = (simulate(name, seed=seed, **settings) for seed in (5, 5, 6))
    for column in ("number", "offset", "position", "layer", "track"):
        np.testing.assert_array_equal(getattr(first.hits, column), getattr(again.hits, column))
    np.testing.assert_array_equal(first.particles.parameters.value, again.particles.parameters.value)
    assert not np.array_equal(first.particles.parameters.value, other.particles.parameters.value)


@every_world
def test_hits_without_errors_lie_on_the_helix_of_the_truth(name: str) -> None:
    found = simulate(name, tracks=200, **CLEAN.get(name, {}))
    tracks, world = found.hits.collect_tracks(), EVENT_WORLDS[name](**CLEAN.get(name, {}))
    parameters = found.particles.parameters.value[tracks.owner]
    curvature = curve(found.particles.parameters.q_over_pt, world.apparatus.field)[tracks.owner]
    radius = world.apparatus.radius[tracks.layer][:, None]
    azimuth, path = cross_cylinders(parameters[:, 0], parameters[:, 2], curvature, radius)
    expected = np.stack(
        [
            radius[:, 0] * np.cos(azimuth[:, 0]),
            radius[:, 0] * np.sin(azimuth[:, 0]),
            parameters[:, 1] + path[:, 0] / np.tan(parameters[:, 3]),
        ],
        axis=1,
    )
    np.testing.assert_allclose(tracks.position, expected, atol=2e-8)


@every_world
def test_holes_have_their_rate_and_leave_the_other_hits_alone(name: str) -> None:
    whole, holed = (simulate(name, tracks=2000, holes=holes) for holes in (0.0, 0.3))
    kept = len(holed.hits) / len(whole.hits)
    assert abs(kept - 0.7) < 5 * np.sqrt(0.21 / len(whole.hits))
    rows = {tuple(row) for row in whole.hits.position.tolist()}
    assert all(tuple(row) in rows for row in holed.hits.position.tolist())


@every_world
def test_noise_has_its_rate_and_leaves_the_other_hits_alone(name: str) -> None:
    quiet, loud = (simulate(name, tracks=3000, noise=noise).hits for noise in (0.0, 4.0))
    count = int((loud.track == NOISE).sum())
    assert abs(count - 1200) < 5 * np.sqrt(1200)
    np.testing.assert_array_equal(loud.position[loud.track != NOISE], quiet.position)
    azimuth = np.arctan2(loud.position[:, 1], loud.position[:, 0])[loud.track == NOISE]
    assert abs(np.cos(azimuth).sum()) < 5 * np.sqrt(count / 2), "noise comes from every side"


@every_world
def test_the_order_of_hits_tells_nothing(name: str) -> None:
    hits = simulate(name, tracks=3000, tracks_per_event=1, noise=10.0).hits
    place = np.arange(len(hits)) - np.repeat(hits.offset[:-1], np.diff(hits.offset))
    first = hits.track[place == 0] == NOISE
    share = (hits.track == NOISE).mean()
    assert abs(first.mean() - share) < 0.05


@every_world
@pytest.mark.parametrize("settings", [{"tracks": 0}, {"tracks": 1}, {"tracks": 3, "holes": 1.0}])
def test_empty_and_tiny_events_are_valid(name: str, settings: dict[str, Any]) -> None:
    found = simulate(name, **settings)
    assert len(found.particles) == settings["tracks"]
    assert len(found.hits) in (range(1, 11) if settings == {"tracks": 1} else {0})


@every_world
@pytest.mark.parametrize("setting", ["tracks", "tracks_per_event", "holes", "noise"])
def test_nonsense_is_refused(name: str, setting: str) -> None:
    with pytest.raises(ValueError, match=rf"\.{setting}: expected a finite number at least"):
        EVENT_WORLDS[name](**{setting: -1})
    with pytest.raises(ValueError, match="expected at most highest_pt, 1, not 2"):
        EVENT_WORLDS[name](lowest_pt=2.0, highest_pt=1.0)


@every_world
def test_settings_and_sources_are_told(name: str) -> None:
    world = EVENT_WORLDS[name]
    assert describe_line(world).endswith(".")
    assert describe_source(world)
    assert all(setting.meaning for setting in list_settings(world))
    assert build_method(world, {"tracks": "7"}) == world(tracks=7)
