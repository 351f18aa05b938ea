"""A store gives back the images that were put in, row by row, and refuses to be anything else."""

import json
import pickle
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from corpuscle.data.images import Images, gather_images, join_images
from corpuscle.io.errors import FormatError
from corpuscle.io.images.layout import ImageLayout, list_columns, read_layout
from corpuscle.io.images.store import ImageStore, open_images
from corpuscle.io.images.writer import ImageWriter, LabelCheck, write_images

LAYOUT = ImageLayout(
    shape=(2, 6, 5), channels=("energy", "time"), names=("photon", "electron"), columns={"pt": "momentum [GeV]"},
    negative=(1,),
)  # fmt: skip
SOURCE = {"kind": "toy", "format": "test", "names": ["a"]}


def draw(count: int, seed: int = 0) -> Images:
    generator = np.random.default_rng(seed)
    dense = np.where(generator.random((count, *LAYOUT.shape)) < 0.2, generator.random((count, *LAYOUT.shape)), 0)
    dense[:1] = 0
    label = generator.integers(0, 2, count)
    return gather_images(dense, label=label, names=LAYOUT.names, columns={"pt": generator.random(count)})


def pieces(count: int = 5, each: int = 20) -> list[Images]:
    return [draw(each, seed) for seed in range(count)]


def other() -> Images:
    return gather_images(np.zeros((1, 1, 6, 5)), label=np.array([0]), names=LAYOUT.names)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_images(tmp_path / "store", pieces(), LAYOUT, source=SOURCE)
    return tmp_path / "store"


def read_bytes(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "verified.json"}


def test_rows_are_the_images_that_were_written(folder: Path) -> None:
    store, whole = open_images(folder), join_images(pieces())
    rows = np.array([99, 0, 41, 41])
    np.testing.assert_array_equal(store.images.densify(rows), whole.densify(rows))
    np.testing.assert_array_equal(store.images.label, whole.label)
    np.testing.assert_array_equal(store.images.columns["pt"], whole.columns["pt"])
    assert "100 images of 2 x 6 x 5" in repr(store)


def test_the_card_counts_and_measures_training_images_only(folder: Path) -> None:
    store, whole = open_images(folder), join_images(pieces())
    card = store.card
    assert card["counts"] == {"images": 100, "pixels": len(whole.index)}
    assert [one["images"] for one in card["classes"]] == whole.count_classes()
    assert card["empty"] == {"images": 5, "rows": [0, 20, 40, 60, 80], "channels": card["empty"]["channels"]}
    train = store.split()[0]
    assert len(train) == card["statistics"]["images"] == 80
    dense = whole.densify(train).astype(float)
    np.testing.assert_allclose(card["statistics"]["mean"], dense.mean(axis=(0, 2, 3)), rtol=1e-12)
    assert card["ranges"]["columns"]["pt"] == [whole.columns["pt"].min(), whole.columns["pt"].max()]
    size = sum((folder / column.name).stat().st_size for column in list_columns(LAYOUT))
    assert card["bytes_an_image"] == size / 100
    assert size == 6 * len(whole.index) + 18 * 100 + 8
    page = (folder / "card.md").read_text()
    assert "toy (simulated, not data)" in page
    assert "| pt | momentum [GeV] |" in page


def test_splits_are_exact_disjoint_and_repeat_themselves(folder: Path) -> None:
    store = open_images(folder)
    parts = store.split(seed=3)
    assert [len(rows) for rows in parts] == [80, 10, 10]
    assert sorted(np.concatenate(parts).tolist()) == list(range(100))
    for again, rows in zip(store.split(seed=3), parts, strict=True):
        np.testing.assert_array_equal(again, rows)
    assert set(store.split(seed=4)[1]) != set(parts[1])
    with pytest.raises(ValueError, match="shares are numbers from 0 that add up to 1"):
        store.split(shares=(0.5, 0.6))


def test_batches_hold_every_row_once_in_an_order_of_the_seed_and_the_epoch(folder: Path) -> None:
    store = open_images(folder)
    rows = store.split()[0]
    epochs = [list(store.follow(rows, size=32, seed=1, epoch=epoch)) for epoch in (0, 0, 1)]
    assert [len(batch.rows) for batch in epochs[0]] == [32, 32, 16]
    orders = [np.concatenate([batch.rows for batch in batches]) for batches in epochs]
    np.testing.assert_array_equal(orders[0], orders[1])
    assert not np.array_equal(orders[0], orders[2])
    assert sorted(orders[2].tolist()) == rows.tolist()
    np.testing.assert_array_equal(epochs[0][1].image, store.images.densify(epochs[0][1].rows))
    np.testing.assert_array_equal(epochs[0][1].label, store.images.label[epochs[0][1].rows])
    (last,) = store.follow(rows, size=32, seed=1, first=2)
    np.testing.assert_array_equal(last.rows, epochs[0][2].rows)
    np.testing.assert_array_equal(next(store.follow(rows, size=5)).rows, rows[:5])
    with pytest.raises(ValueError, match="size: expected a batch of at least 1 image, not 0"):
        next(store.follow(rows, size=0))


@pytest.mark.parametrize("name", [column.name for column in list_columns(LAYOUT)])
def test_a_file_that_is_cut_or_changed_is_named(folder: Path, name: str) -> None:
    path = folder / name
    whole = path.read_bytes()
    path.write_bytes(bytes([whole[0] ^ 1]) + whole[1:])
    with pytest.raises(FormatError, match=rf"{name}: expected the checksum \(SHA-256\) \w{{64}}, found \w{{64}}; the"):
        open_images(folder)
    with pytest.raises(FormatError, match=name):
        open_images(folder, check=False).verify()
    path.write_bytes(whole[:-1])
    with pytest.raises(
        FormatError, match=rf"{name}: expected {len(whole)} bytes, found {len(whole) - 1}; the store was"
    ):
        open_images(folder)
    path.unlink()
    with pytest.raises(FormatError, match=rf"{name}: expected a file of {len(whole)} bytes, found none"):
        open_images(folder)


def test_what_is_no_store_is_refused(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        open_images(tmp_path / "nowhere")
    with pytest.raises(FormatError, match=r"expected a store of images, with card.json in it, found none; make one"):
        open_images(tmp_path)
    card = json.loads((folder / "card.json").read_text())
    for change, message in (
        ({"schema": 9}, "expected schema 1, found schema 9; convert again"),
        ({"format": "corpuscle shards"}, "expected the card of a store, .* found 'corpuscle shards'"),
        ({"layout": {"shape": [1]}}, "expected a layout of images, found no layout"),
        ({"layout": {**card["layout"], "columns": {"../pt": ""}}}, "expected a layout of images"),
    ):
        (folder / "card.json").write_text(json.dumps({**card, **change}))
        with pytest.raises(FormatError, match=message):
            open_images(folder)
    (folder / "card.json").write_text(json.dumps({"format": card["format"], "schema": 1}))
    with pytest.raises(FormatError, match="expected a card with layout, source, counts"):
        open_images(folder)
    (folder / "card.json").write_text("{")
    with pytest.raises(FormatError, match=r"card.json: expected JSON"):
        open_images(folder)


def test_a_layout_reads_what_it_wrote() -> None:
    assert read_layout(LAYOUT.describe()) == LAYOUT


def test_a_store_travels_as_its_folder(folder: Path) -> None:
    sent = pickle.dumps(open_images(folder))
    assert len(sent) < 500
    back: ImageStore = pickle.loads(sent)
    np.testing.assert_array_equal(back.images.densify(np.array([3])), open_images(folder).images.densify(np.array([3])))


def test_existing_folders_are_kept(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(FileExistsError, match="exists; replace it with --force"):
        write_images(folder, pieces(1), LAYOUT, source=SOURCE)
    write_images(folder, pieces(1), LAYOUT, source=SOURCE, force=True)
    assert len(open_images(folder)) == 20
    (tmp_path / "shards").mkdir()
    (tmp_path / "shards" / "card.json").write_text('{"format": "corpuscle shards"}')
    with pytest.raises(FileExistsError, match="is no folder of images"):
        write_images(tmp_path / "shards", pieces(1), LAYOUT, source=SOURCE, force=True)


def test_images_of_another_kind_or_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"expected images of \(2, 6, 5\) with .* not Images\(1 image of 1 x 6 x 5"):
        write_images(tmp_path / "store", [other()], LAYOUT, source=SOURCE)
    with pytest.raises(FormatError, match="a: expected images, found none"):
        write_images(tmp_path / "store", [], LAYOUT, source=SOURCE)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("flushed", [1, 2**22])
def test_an_ingest_that_was_killed_goes_on_to_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flushed: int
) -> None:
    monkeypatch.setattr("corpuscle.io.images.writer.FLUSH_PIXELS", flushed)
    write_images(tmp_path / "once", pieces(), LAYOUT, source=SOURCE)

    def stop(until: int) -> Iterator[Images]:
        yield from pieces()[:until]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_images(tmp_path / "store", stop(3), LAYOUT, source=SOURCE)
    assert not (tmp_path / "store").exists()
    room = tmp_path / ".store.part"
    assert room.exists() == (flushed == 1)
    if room.exists():
        with (room / "value.f32").open("ab") as file:
            file.write(b"what was on its way when it was stopped")
    monkeypatch.setattr("corpuscle.io.images.writer.FLUSH_PIXELS", 100)
    with ImageWriter(tmp_path / "store", LAYOUT, source=SOURCE) as writer:
        assert writer.done == (60 if flushed == 1 else 0)
    assert room.exists() == (flushed == 1) or not any(room.glob("card*"))
    write_images(tmp_path / "store", [join_images(pieces())], LAYOUT, source=SOURCE)
    assert read_bytes(tmp_path / "store") == read_bytes(tmp_path / "once")
    open_images(tmp_path / "store").verify()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_what_was_begun_from_another_source_is_begun_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corpuscle.io.images.writer.FLUSH_PIXELS", 1)
    with pytest.raises(ValueError, match="expected images of"):
        write_images(tmp_path / "store", [draw(9), other()], LAYOUT, source=SOURCE)
    assert (tmp_path / ".store.part").exists()
    with ImageWriter(tmp_path / "store", LAYOUT, source=SOURCE | {"names": ["b"]}) as writer:
        assert writer.done == 0


@pytest.mark.parametrize(("flip", "count", "verdict"), [(0, 300, "agree"), (1, 300, "disagree"), (0, 2, "open")])
def test_labels_are_compared_with_physics(tmp_path: Path, flip: int, count: int, verdict: str) -> None:
    generator = np.random.default_rng(0)
    label = np.arange(count) % 2
    share = np.where(label == 1, 0.4, 0.2)[:, None, None, None]
    dense = (generator.random((count, 2, 6, 5)) < share).astype(float)
    images = gather_images(dense, label=label ^ flip, names=LAYOUT.names, columns={"pt": label * 1.0})
    check = LabelCheck(channel=0, more="electron", what="track pixels")
    card = write_images(tmp_path / "store", [images], LAYOUT, source=SOURCE, check=check).card
    assert card["labels"]["verdict"] == verdict
    assert card["notes"] == [card["labels"]["told"]]
    filled = [(images.densify()[images.label == k, 0] != 0).sum(axis=(1, 2)) for k in (0, 1)]
    np.testing.assert_allclose(card["labels"]["mean"], [one.mean() for one in filled])
    error = np.sqrt(sum(one.var() / len(one) for one in filled))
    np.testing.assert_allclose(card["labels"]["apart"], (filled[1].mean() - filled[0].mean()) / error if error else 0)
