"""A store is perturbed into another one by one command: row by row, labelled as such, gone on with after a stop."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import corpuscle.api.perturb
from corpuscle.cli.main import run
from corpuscle.data.images import Images
from corpuscle.io.images.store import open_images


@pytest.fixture(autouse=True)
def _in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("corpuscle.api.images.draw_card", lambda store, path: None)
    assert run(["simulate", "showers", "-o", "store", "--events", "60", "-q"]) == 0


def read_bytes(folder: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


def test_noise_in_gev_is_noise_in_units_of_the_store_and_the_card_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    settings = ["--with", "noise", "--set", "channels=0", "--seed", "3"]
    assert run(["perturb", "store", "-o", "a", *settings, "--set", "sigma=2GeV"]) == 0
    assert "60 images (30 photon, 30 electron), kind toy, perturbed: noise -> a" in capsys.readouterr().err
    assert run(["perturb", "store", "-o", "b", *settings, "--set", "sigma=0.04", "-q"]) == 0
    assert read_bytes("a") == read_bytes("b")
    before, after = open_images("store"), open_images("a")
    np.testing.assert_array_equal(before.images.label, after.images.label)
    np.testing.assert_array_equal(before.images.columns["eta"], after.images.columns["eta"])
    added = after.images.densify() - before.images.densify()
    assert not added[:, 1].any()
    active = before.images.densify()[:, 0] != 0
    assert abs(added[:, 0][active].std() - 0.04) < 4 * 0.04 / np.sqrt(2 * active.sum())
    card = json.loads(Path("a/card.json").read_text())
    assert card["layout"]["negative"] == [0, 1]
    assert card["source"]["perturbation"]["sigma"] == 0.04
    assert card["source"]["of"]["files"] == before.card["files"]
    assert "Kind: toy, perturbed: noise (simulated, not data)" in Path("a/card.md").read_text()
    assert "perturbed: noise" in repr(after)


def test_perturbing_goes_on_where_it_was_stopped(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("corpuscle.io.images.writer.FLUSH_PIXELS", 1)
    monkeypatch.setattr("corpuscle.api.perturb.PIECE", 16)
    whole = corpuscle.api.perturb.stream

    def stop(*given: object) -> Iterator[Images]:
        for k, piece in enumerate(whole(*given)):  # type: ignore[arg-type] # as they came
            yield piece
            if k == 1:
                message = "stopped here"
                raise OSError(message)

    arguments = ["perturb", "store", "--with", "pile-up", "--set", "mean=2", "-o"]
    with monkeypatch.context() as broken:
        broken.setattr("corpuscle.api.perturb.stream", stop)
        assert run([*arguments, "a"]) == 2
    assert not Path("a").exists()
    assert run([*arguments, "a"]) == 0
    assert "goes on where it was stopped, after 32 of 60 images" in capsys.readouterr().err
    assert run([*arguments, "b", "-q"]) == 0
    assert read_bytes("a") == read_bytes("b")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-o", "x", "--with", "nose"], "no perturbation 'nose'; there are noise, dead"),
        (["-o", "x", "--with", "noise", "--set", "sigma=2GeV"], "expected channels of one unit of energy, not 0"),
        (["-o", "x", "--with", "noise", "--set", "sigma=-2GeV", "--set", "channels=0"], "noise.sigma: expected a fini"),
        (["-o", "x", "--with", "noise", "--set", "channels=2"], "channels: expected numbers from 0 to 1, not 2"),
        (["-o", "x", "--with", "mask", "--set", "side=33"], "side: expected a square within an image of 32 x 32"),
        (["-o", "store", "--with", "mask", "--force"], "perturbed images need a store of their own, not store"),
        (["-o", "x", "--with", "mask", "--seed", "-1"], "expected a seed"),
    ],
)
def test_mistakes_leave_nothing(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["perturb", "store", *arguments]) == 2
    assert message in capsys.readouterr().err
    assert [path.name for path in Path.cwd().iterdir()] == ["store"]
