"""Labelled images become a store by one command: streamed, whole or not at all, gone on with after a stop."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corpuscle.api.simulate import simulate
from corpuscle.cli.main import run
from corpuscle.io.images.store import open_images
from corpuscle.simulation.worlds import IMAGE_WORLDS
from tests.io.image_files import draw_crops, draw_jets, write_crops, write_jets


@pytest.fixture(autouse=True)
def _in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    monkeypatch.chdir(tmp_path)
    if "picture" not in request.node.name:  # which takes most of the time
        monkeypatch.setattr("corpuscle.api.images.draw_card", lambda store, path: None)


def names() -> list[str]:
    return sorted(path.name for path in Path.cwd().iterdir())


def read_bytes(folder: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


def test_jets_become_a_store_with_a_card_and_a_picture(capsys: pytest.CaptureFixture[str]) -> None:
    image, label = draw_jets(30)
    image[4] = 0
    write_jets(Path("a.parquet"), image, label)
    assert run(["convert", "a.parquet", "-o", "store", "--from", "cms-qg", "--set", "provenance=toy"]) == 0
    said = capsys.readouterr().err
    assert "30 images (15 quark, 15 gluon), kind toy -> store" in said
    assert "1 image without a filled pixel kept, the first in row 4" in said
    assert "labels: " in said
    assert "as physics expects" in said
    assert open_images("store").card["labels"]["verdict"] == "agree"
    assert {"card.json", "card.md", "card.png"} <= {path.name for path in Path("store").iterdir()}
    assert run(["convert", "a.parquet", "-o", "turned", "--from", "cms-qg", "--set", "gluon=0", "-q"]) == 0
    assert "the other way round" in open_images("turned").card["notes"][0]


def test_an_ingest_that_met_a_broken_file_goes_on_when_it_is_mended(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("corpuscle.io.images.writer.FLUSH_PIXELS", 1)
    monkeypatch.setattr("corpuscle.io.images.electrons.SLAB", 4)
    crops = draw_crops(10, 1)
    good, bad = crops.copy(), crops.copy()
    bad[9, 3, 3, 0] = np.nan
    write_crops(Path("e.hdf5"), good, 1)
    write_crops(Path("p.hdf5"), bad, 0)
    arguments = ["convert", "e.hdf5", "p.hdf5", "-o", "store", "--from", "cms-eg"]
    assert run(arguments) == 2
    said = capsys.readouterr().err.strip()
    assert re.search(r"p\.hdf5, row 9 \(from 0\): expected finite numbers", said)
    assert len(said.splitlines()) == 1
    assert names() == [".store.part", "e.hdf5", "p.hdf5"]
    write_crops(Path("p.hdf5"), good, 0)
    assert run(arguments) == 0
    assert "goes on where it was stopped, after 18 of 20 images" in capsys.readouterr().err
    assert names() == ["e.hdf5", "p.hdf5", "store"]
    assert run([*arguments[:3], "-o", "once", *arguments[5:], "-q"]) == 0
    assert read_bytes("store") == read_bytes("once")


def test_bad_files_leave_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    write_crops(Path("a.hdf5"), draw_crops(3), [0, 1, 5])
    Path("b.parquet").write_bytes(b"PAR1")
    for file, source, message in (
        ("a.hdf5", "cms-eg", r"a\.hdf5, row 2 \(from 0\): expected a label 0 or 1, found 5"),
        ("b.parquet", "cms-qg", r"b\.parquet: expected a whole Parquet file"),
        ("nowhere", "cifar", "there is no file nowhere"),
    ):
        assert run(["convert", file, "-o", "store", "--from", source]) == 2
        assert re.search(message, capsys.readouterr().err)
        assert names() == ["a.hdf5", "b.parquet"]
    assert run(["convert", "a.hdf5", "-o", "store", "--from", "cms-eg", "--to", "csv"]) == 2
    assert "--to says nothing to --from cms-eg, which makes a store: leave it out" in capsys.readouterr().err


@pytest.mark.parametrize("world", sorted(set(IMAGE_WORLDS) - {"pythia-jets"}))
def test_a_world_becomes_a_store(world: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["simulate", world, "-o", "store", "--events", "20", "--seed", "3"]) == 0
    said = capsys.readouterr().err
    assert "kind toy -> store" in said
    assert ("the best possible AUC is 0.8801" in said) == (world == "templates")
    store = open_images("store")
    expected = IMAGE_WORLDS[world](events=20).simulate(np.random.default_rng(3))
    np.testing.assert_array_equal(store.images.densify(), expected.densify())
    assert store.card["source"]["kind"] == "toy"
    assert "simulated, not data" in Path("store/card.md").read_text()
    assert run(["simulate", world, "-o", "store", "--events", "20"]) == 2
    assert "store exists; replace it with --force" in capsys.readouterr().err


def test_a_simulation_that_was_stopped_goes_on_to_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corpuscle.io.images.writer.FLUSH_PIXELS", 1)
    world: Any = IMAGE_WORLDS["templates"]
    whole = world.stream

    def stop(self: Any, generator: np.random.Generator, first: int = 0) -> Iterator[Any]:
        for k, piece in enumerate(whole(self, generator, first)):
            if k == 2:
                raise KeyboardInterrupt
            yield piece

    arguments = ["simulate", "templates", "--events", "3500", "-q"]
    with monkeypatch.context() as patch:
        patch.setattr(world, "stream", stop)
        assert run([*arguments, "-o", "store"]) == 130
        assert names() == [".store.part"]
    assert run([*arguments, "-o", "store"]) == 0
    assert run([*arguments, "-o", "once"]) == 0
    assert read_bytes("store") == read_bytes("once")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["showers", "--truth", "t.csv"], "showers makes a store with the labels in it: leave --truth out"),
        (["showers", "--tracks", "3"], "showers has no --tracks; it has --events, --field, and --set"),
        (["brownian", "--truth", "t.csv", "--events", "3"], "brownian has no --events; it has --particles, --frames"),
        (["brownian"], "brownian needs a file for its truth: --truth FILE"),
        (["jets", "--set", "gluon_colour=-1"], "gluon_colour: expected a finite number at least 0"),
        (["templates", "--field", "3"], "templates has no setting 'field'"),
        (["showers", "--events", "0"], "showers: expected images, found none"),
    ],
)
def test_mistakes_are_one_line_and_leave_nothing(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["simulate", *arguments, "-o", "out"]) == 2
    said = capsys.readouterr().err.strip()
    assert message in said
    assert len(said.splitlines()) == 1
    assert names() == []


def test_images_are_no_tables() -> None:
    with pytest.raises(
        ValueError, match="showers makes images, which are no tables: corpuscle simulate showers -o STORE"
    ):
        simulate("showers")


def test_the_picture_of_a_store_is_drawn() -> None:
    assert run(["simulate", "showers", "-o", "store", "--events", "60", "-q"]) == 0
    assert Path("store/card.png").stat().st_size > 10_000


def test_a_world_whose_program_is_missing_says_what_to_install(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "fastjet", None)
    assert run(["simulate", "pythia-jets", "-o", "store", "--events", "4"]) == 2
    assert "pythia-jets needs FastJet (GPL): pip install 'corpuscle[pythia]'" in capsys.readouterr().err
    assert names() == []
