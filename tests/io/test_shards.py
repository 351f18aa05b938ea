"""Shards give back what was put in, row by row, and refuse to be anything else."""

import json
import pickle
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from corpuscle.data.apparatus import lay_barrel
from corpuscle.data.event import Collisions, Events, Particles
from corpuscle.data.helix import HelixParameters
from corpuscle.io.errors import FormatError
from corpuscle.io.recorded import record
from corpuscle.io.shard_layout import COLUMNS, HIT_BYTES
from corpuscle.io.shard_writer import ShardWriter, write_shards
from corpuscle.io.shards import Shards, open_shards


def collide(event: int, tracks: int = 5, noise: int = 3) -> Collisions:
    generator = np.random.default_rng(event)
    length = generator.integers(3, 12, tracks)
    owner = np.concatenate([np.repeat(np.arange(tracks) * 7, length), np.full(noise, -1)])
    order = generator.permutation(len(owner))
    hits = Events(
        np.array([event]), np.array([0, len(owner)]), generator.normal(0, 300, (len(owner), 3)),
        generator.integers(-1, 10, len(owner)), owner[order],
    )  # fmt: skip
    value = np.stack([
        generator.normal(size=tracks), generator.normal(size=tracks), generator.uniform(-3, 3, tracks),
        generator.uniform(0.5, 2.5, tracks), generator.choice([-1, 1], tracks) / generator.uniform(0.5, 9, tracks),
    ], axis=1)  # fmt: skip
    particles = Particles(
        event=np.full(tracks, event), track=np.arange(tracks) * 7, parameters=HelixParameters(value),
        kind=np.full(tracks, 211), lost=generator.uniform(0, 0.1, tracks),
    )  # fmt: skip
    return Collisions(hits, particles)


def make(folder: Path, events: int = 6, shard_hits: int = 2**25) -> Shards:
    return write_shards(folder, [collide(k) for k in range(events)], lay_barrel(), shard_hits=shard_hits)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make(tmp_path / "shards")
    return tmp_path / "shards"


@pytest.mark.parametrize("shard_hits", [2**25, 90])
def test_rows_are_the_tracks_that_were_written(tmp_path: Path, shard_hits: int) -> None:
    shards = make(tmp_path / "shards", shard_hits=shard_hits)
    assert (len(shards.parts) > 1) == (shard_hits == 90)
    rows = np.array([29, 0, 7, 13, 7])
    found = shards.choose(rows)
    for k, row in enumerate(rows):
        event, track = divmod(int(row), 5)
        there = collide(event)
        mine = there.hits.track == track * 7
        assert (found.event[k], found.track[k]) == (event, track * 7)
        place = slice(found.offset[k], found.offset[k + 1])
        np.testing.assert_array_equal(found.position[place], there.hits.position[mine].astype(np.float32))
        np.testing.assert_array_equal(found.layer[place], there.hits.layer[mine])
        np.testing.assert_array_equal(shards.parameters(rows).value[k], there.particles.parameters.value[track])
    np.testing.assert_array_equal(shards.length[rows], found.length)
    particles = shards.particles(rows[:3])
    assert particles.kind.tolist() == [211] * 3
    np.testing.assert_allclose(particles.lost[0], collide(5).particles.lost[4], rtol=1e-6)


def test_positions_are_rounded_to_single_precision(folder: Path) -> None:
    shards = open_shards(folder)
    exact = collide(0).hits.collect_tracks().position
    error = np.abs(shards.choose(np.arange(5)).position - exact)
    assert 0 < error.max() <= 2**-24 * np.abs(exact).max()


def test_the_card_counts_what_was_left_out(folder: Path) -> None:
    card = json.loads((folder / "card.json").read_text())
    assert card["counts"] == {"tracks": 30, "hits": int(open_shards(folder).length.sum()), "events": 6}
    assert card["dropped"]["noise hits"] == 18
    assert card["apparatus"]["field"] == 2.0
    size = sum(path.stat().st_size for path in (folder / "00000").iterdir())
    assert card["bytes_a_hit"] == size / card["counts"]["hits"]
    assert size == HIT_BYTES * card["counts"]["hits"] + 80 * 30 + 8
    page = (folder / "card.md").read_text()
    assert "30 tracks" in page
    assert "18 noise hits" in page
    assert "tesla" not in page


@pytest.mark.parametrize("column", [column.name for column in COLUMNS])
def test_a_file_that_is_cut_is_named(folder: Path, column: str) -> None:
    path = folder / "00000" / column
    whole = path.read_bytes()
    path.write_bytes(whole[:-3])
    with pytest.raises(FormatError, match=rf"00000/{column}: expected {len(whole)} bytes, found {len(whole) - 3}; the"):
        open_shards(folder)
    path.unlink()
    with pytest.raises(FormatError, match=rf"00000/{column}: expected a file of {len(whole)} bytes, found none"):
        open_shards(folder)


def test_a_byte_that_changed_is_found_at_the_first_opening_and_on_demand(folder: Path) -> None:
    path = folder / "00000" / "position.f32"
    changed = bytearray(path.read_bytes())
    changed[5] ^= 1
    path.write_bytes(changed)
    with pytest.raises(FormatError, match=r"position.f32: expected the checksum \(SHA-256\) \w{64}, found \w{64}; the"):
        open_shards(folder)
    with pytest.raises(FormatError, match=r"position\.f32"):
        open_shards(folder, check=False).verify()


def test_what_is_no_folder_of_shards_is_refused(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        open_shards(tmp_path / "nowhere")
    with pytest.raises(FormatError, match=r"expected a folder of shards, with card.json in it, found none; make"):
        open_shards(tmp_path)
    card = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps({**card, "schema": 9}))
    with pytest.raises(FormatError, match=r"expected schema 1, found schema 9; convert again"):
        open_shards(folder)
    (folder / "card.json").write_text("{")
    with pytest.raises(FormatError, match=r"card.json: expected JSON"):
        open_shards(folder)


def test_rows_that_are_none_are_refused(folder: Path) -> None:
    for row in (-1, 30):
        with pytest.raises(IndexError, match=f"a row is a number from 0 to 29, not {row}"):
            open_shards(folder).choose(np.array([0, row]))


def test_shards_travel_as_their_folder(folder: Path) -> None:
    shards = open_shards(folder)
    sent = pickle.dumps(shards)
    assert len(sent) < 500
    np.testing.assert_array_equal(
        pickle.loads(sent).choose(np.array([3])).position, shards.choose(np.array([3])).position
    )


def test_existing_folders_are_kept(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(FileExistsError, match="exists; replace it with --force"):
        make(folder)
    write_shards(folder, [collide(9)], lay_barrel(), force=True)
    assert len(open_shards(folder)) == 5
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("years")
    with pytest.raises(FileExistsError, match="is no folder of shards"):
        write_shards(tmp_path / "mine", [collide(9)], lay_barrel(), force=True)


def test_an_event_that_comes_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="expected every event once, found event 3 twice"):
        write_shards(tmp_path / "shards", [collide(3), collide(3)], lay_barrel())
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("shard_hits", [2**25, 90])
def test_a_stopped_conversion_goes_on_to_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shard_hits: int
) -> None:
    monkeypatch.setattr("corpuscle.io.shard_writer.FLUSH_HITS", 1)
    asked: list[int] = []

    def stream(until: int) -> Iterator[Collisions]:
        for k in range(6):
            if k >= until:
                raise KeyboardInterrupt
            asked.append(k)
            yield collide(k)

    with pytest.raises(KeyboardInterrupt):
        write_shards(tmp_path / "shards", stream(4), lay_barrel(), shard_hits=shard_hits)
    assert not (tmp_path / "shards").exists()
    stray = tmp_path / ".shards.part"
    last = sorted(path for path in stray.iterdir() if path.is_dir())[-1]
    with (last / "layer.i16").open("ab") as file:
        file.write(b"what was on its way when it was stopped")
    (stray / "00099").mkdir()
    (stray / "00099" / "layer.i16").write_bytes(b"a shard that was begun")
    with ShardWriter(
        tmp_path / "shards", lay_barrel(), source={"format": "simulated"}, shard_hits=shard_hits
    ) as writer:
        assert writer.done == 4
        for k in (4, 5):
            writer.add(record(collide(k)))
        writer.seal()
        writer.publish()
    make(tmp_path / "once", shard_hits=shard_hits)
    first, second = (json.loads((tmp_path / name / "card.json").read_text()) for name in ("shards", "once"))
    assert first == second
    open_shards(tmp_path / "shards").verify()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_nothing_to_keep_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(
        FormatError, match=r"expected tracks to keep, found none \(3 noise hits, 5 tracks of fewer than 99"
    ):
        write_shards(tmp_path / "shards", [collide(3)], lay_barrel(), least=99)
    assert not list(tmp_path.iterdir())


def test_splits_keep_events_whole_and_repeat_themselves(tmp_path: Path) -> None:
    shards = make(tmp_path / "shards", events=20)
    parts = shards.split(seed=3)
    assert sorted(np.concatenate(parts).tolist()) == list(range(100))
    assert [len(np.unique(shards.event[rows])) for rows in parts] == [16, 2, 2]
    for k, rows in enumerate(parts):
        others = np.concatenate([part for j, part in enumerate(parts) if j != k])
        assert not set(shards.event[rows]) & set(shards.event[others])
    for again, rows in zip(shards.split(seed=3), parts, strict=True):
        np.testing.assert_array_equal(again, rows)
    assert set(shards.split(seed=4)[1]) != set(parts[1])
    with pytest.raises(ValueError, match=r"shares are numbers from 0 that add up to 1, not \(0.5, 0.6\)"):
        shards.split(shares=(0.5, 0.6))
