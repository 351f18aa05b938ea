"""Batches are the same for the same seed and epoch, in every shape, in every process; repeated targets are told."""

from pathlib import Path

import numpy as np
import pytest

from corpuscle.data.apparatus import lay_barrel
from corpuscle.data.event import Collisions, Events, Particles
from corpuscle.data.helix import HelixParameters
from corpuscle.io.shard_writer import write_shards
from corpuscle.io.shards import Shards
from corpuscle.io.splits import name_origins
from corpuscle.training.leaks import RepeatedTargets, find_repeated, warn_repeated
from corpuscle.training.loading import Batches, Joined, Loading, Padded
from corpuscle.training.serving import serve

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "trackformer-tracks"


def collide(event: int, tracks: int = 20, momenta: int | None = None) -> Collisions:
    generator = np.random.default_rng(event)
    length = generator.integers(3, 20, tracks)
    owner = np.repeat(np.arange(tracks), length)
    hits = Events(
        np.array([event]), np.array([0, len(owner)]), generator.normal(0, 300, (len(owner), 3)),
        generator.integers(-1, 10, len(owner)), owner,
    )  # fmt: skip
    value = np.random.default_rng(event if momenta is None else momenta).uniform(0.5, 1.5, (tracks, 5))
    particles = Particles(
        event=np.full(tracks, event), track=np.arange(tracks), parameters=HelixParameters(value),
        kind=np.full(tracks, 13), lost=np.zeros(tracks),
    )  # fmt: skip
    return Collisions(hits, particles)


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Shards:
    folder = tmp_path_factory.mktemp("loading") / "shards"
    return write_shards(folder, [collide(k) for k in range(30)], lay_barrel(), shard_hits=3000)


def batch_up(shards: Shards, **settings: object) -> Batches:
    return Batches(shards=shards, rows=np.arange(len(shards)), loading=Loading(**{"size": 64, **settings}))  # type: ignore[arg-type] # settings by name


@pytest.mark.parametrize("shape", ["bucketed", "packed", "fixed"])
def test_every_track_comes_once_an_epoch_with_its_own_hits(shards: Shards, shape: str) -> None:
    batches = batch_up(shards, shape=shape, window=2)
    seen = []
    for batch in batches.follow(epoch=1):
        expected = shards.choose(batch.rows)
        np.testing.assert_array_equal(batch.parameters, shards.parameters(batch.rows).value)
        if isinstance(batch, Joined):
            position, layer, length = batch.position, batch.layer, np.diff(batch.offset)
        else:
            position, layer, length = batch.position[batch.real], batch.layer[batch.real], batch.real.sum(axis=1)
            assert not batch.position[~batch.real].any()
            assert (batch.layer[~batch.real] == -2).all()
        np.testing.assert_array_equal(position, expected.position)
        np.testing.assert_array_equal(layer, expected.layer)
        np.testing.assert_array_equal(length, expected.length)
        assert position.dtype == np.float32
        seen.append(batch.rows)
    assert sorted(np.concatenate(seen).tolist()) == list(range(len(shards)))
    assert len(seen) == len(batches)


@pytest.mark.parametrize("shape", ["bucketed", "packed"])
def test_an_epoch_repeats_itself_and_no_other(shards: Shards, shape: str) -> None:
    batches = batch_up(shards, shape=shape)
    np.testing.assert_array_equal(batches.plan(3), batch_up(shards, shape=shape).plan(3))
    assert (batches.plan(3) != batches.plan(4)).any()
    assert (batches.plan(3) != batch_up(shards, shape=shape, seed=1).plan(3)).any()
    later = list(batches.follow(3, first=5))
    np.testing.assert_array_equal(later[0].rows, batches.load(3, 5).rows)
    assert len(later) == len(batches) - 5


def test_buckets_waste_little(shards: Shards) -> None:
    # lengths 3 to 19 alike: all padded to the longest is 19 over a mean of 11
    fixed, bucketed, packed = (
        batch_up(shards, shape=shape).measure_waste() for shape in ("fixed", "bucketed", "packed")
    )
    assert packed == 1.0
    assert 1.6 < fixed < 1.85
    assert 1.0 <= bucketed < 1.15
    counted = sum(batch.real.size for batch in batch_up(shards).follow(0) if isinstance(batch, Padded))
    assert bucketed == pytest.approx(counted / shards.length.sum())


def test_a_fixed_shape_has_the_places_asked_for(shards: Shards) -> None:
    batch = batch_up(shards, shape="fixed", hits=25).load(0, 0)
    assert isinstance(batch, Padded)
    assert batch.position.shape == (64, 25, 3)
    with pytest.raises(ValueError, match="a track has 19 hits, more than the 8 places of a fixed shape"):
        batch_up(shards, shape="fixed", hits=8)
    with pytest.raises(IndexError, match="there are batches 0 to 9, not 10"):
        batch_up(shards).load(0, 10)


def test_without_a_shuffle_rows_come_as_they_are(shards: Shards) -> None:
    np.testing.assert_array_equal(batch_up(shards, shuffle=False).plan(7), np.arange(len(shards)))


def test_torch_gets_the_same_batches(shards: Shards) -> None:
    batches = batch_up(shards)
    for number, served in enumerate(serve(batches, 2)):
        for tensor, array in zip(served, batches.load(2, number), strict=True):
            np.testing.assert_array_equal(tensor.numpy(), array)


@pytest.mark.slow
def test_processes_of_their_own_give_the_same_batches(shards: Shards) -> None:
    batches = batch_up(shards, shape="packed")
    for number, served in enumerate(serve(batches, 2, workers=2)):
        for tensor, array in zip(served, batches.load(2, number), strict=True):
            np.testing.assert_array_equal(tensor.numpy(), array)


def test_events_that_repeat_momenta_stay_on_one_side(tmp_path: Path) -> None:
    events = [collide(k, momenta=k // 5) for k in range(60)]  # blocks of 5 events with the same particles
    shards = write_shards(tmp_path / "shards", events, lay_barrel())
    leaky = dict(zip(("train", "validation", "test"), shards.split(), strict=True))
    with pytest.warns(RepeatedTargets, match=r"of its 120 tracks\) stand in 'train' too.*split with apart=True"):
        warn_repeated({name: shards.origin[rows] for name, rows in leaky.items()})
    apart = shards.split(apart=True)
    assert find_repeated({str(k): shards.origin[rows] for k, rows in enumerate(apart)}) == []
    assert sorted(np.concatenate(apart).tolist()) == list(range(len(shards)))
    assert min(map(len, apart)) > 0


def test_a_clean_split_warns_of_nothing(shards: Shards) -> None:
    parts = shards.split()
    assert warn_repeated({str(k): shards.origin[rows] for k, rows in enumerate(parts)}) == []


@pytest.mark.skipif(not DATA.is_dir(), reason=f"the reference data are not here: {DATA}")
def test_the_leak_of_the_published_tensors_is_found() -> None:
    targets = {name: np.load(DATA / f"trackml_{name}.npz")["targets"] for name in ("train", "val")}
    with pytest.warns(RepeatedTargets) as told:
        (found,) = warn_repeated({name: name_origins(values.astype(float)) for name, values in targets.items()})
    assert len(np.unique(name_origins(targets["train"].astype(float)))) == 303
    assert (found.targets, found.repeated, found.tracks, found.affected) == (98, 92, 177, 171)
    expected = "92 of the 98 targets of 'val' (171 of its 177 tracks) stand in 'train' too"
    assert str(told[0].message).startswith(expected)
