"""Nets judge images as they were trained to, whatever is judged beside these, alone or several together."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corpuscle.api.train import train_method
from corpuscle.data.pixels import Pixels
from corpuscle.fitting.learned.shipped import CORRECTOR
from corpuscle.identification.learned import judge
from corpuscle.identification.learned.judge import NetJudge
from corpuscle.io.images.store import ImageStore
from corpuscle.training.machine import Machine
from corpuscle.training.run import read_run
from tests.stored import draw_bars, store_images

TINY: dict[str, Any] = {"patch": 4, "width": 8, "depth": 1, "heads": 2, "hidden": 8, "epochs": 1, "batch": 32}


def train(store: ImageStore, folder: Path, **options: Any) -> Path:
    train_method("vit", {**TINY, "data": str(store.folder)}, folder, machine=Machine(accelerator="cpu"), **options)
    return folder


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> ImageStore:
    return store_images(tmp_path_factory.mktemp("images") / "store", draw_bars(classes=3))


@pytest.fixture(scope="module")
def ensemble(store: ImageStore, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train(store, tmp_path_factory.mktemp("runs") / "run", ensemble=2, seed=5)


def test_those_beside_an_image_change_nothing(
    store: ImageStore, ensemble: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = NetJudge(weights=str(ensemble / "member-0"))
    whole = member.identify(store.images.pixels)
    assert whole.names == ("c0", "c1", "c2")
    rows = np.array([40, 0, 3])
    some = member.identify(store.images.pixels.choose(rows))
    np.testing.assert_allclose(some.probability, whole.probability[rows], atol=1e-6)
    monkeypatch.setattr(judge, "PIECE", 300)
    np.testing.assert_allclose(member.identify(store.images.pixels).probability, whole.probability, atol=1e-6)


def test_several_judge_by_their_mean(store: ImageStore, ensemble: Path) -> None:
    each = [NetJudge(weights=str(ensemble / f"member-{k}")).identify(store.images.pixels) for k in range(2)]
    together = NetJudge(weights=str(ensemble)).identify(store.images.pixels)
    np.testing.assert_allclose(together.probability, (each[0].probability + each[1].probability) / 2)
    assert not np.array_equal(each[0].probability, each[1].probability)
    assert (
        NetJudge(weights=str(ensemble)).count_parameters()
        == 2 * NetJudge(weights=str(ensemble / "member-1" / "weights.safetensors")).count_parameters()
    )


def test_members_share_the_split_of_the_whole(ensemble: Path) -> None:
    runs = [read_run(folder) for folder in (ensemble, ensemble / "member-0", ensemble / "member-1")]
    assert [run.seed for run in runs] == [5, 5, 6]
    assert [run.settings["split_seed"] for run in runs] == [5, 5, 5]
    assert runs[0].method == "vit"


def test_an_ensemble_goes_on(store: ImageStore, ensemble: Path, tmp_path: Path) -> None:
    whole = train(store, tmp_path / "run", ensemble=2, seed=5)
    (whole / "member-1" / "weights.safetensors").unlink()
    with pytest.raises(ValueError, match="expected 2 trained nets, but member-1 has no weights: go on: --resume"):
        NetJudge(weights=str(whole)).identify(store.images.pixels)
    train(store, whole, ensemble=2, seed=5, resume=True)
    ours, theirs = (NetJudge(weights=str(one)).identify(store.images.pixels) for one in (whole, ensemble))
    np.testing.assert_array_equal(ours.probability, theirs.probability)
    with pytest.raises(ValueError, match="was begun with ensemble=2, not 3"):
        train(store, whole, ensemble=3, seed=5, resume=True)


def test_mistakes(store: ImageStore, ensemble: Path, tmp_path: Path) -> None:
    member = NetJudge(weights=str(ensemble / "member-0"))
    wrong = Pixels(indptr=np.array([0, 0]), index=np.zeros(0, np.uint16), value=np.zeros(0), shape=(3, 8, 8))
    with pytest.raises(ValueError, match=r"learned from images of 1 x 8 x 8 .*, and these are of 3 x 8 x 8"):
        member.identify(wrong)
    with pytest.raises(ValueError, match=r"expected a file of weights, and there is none; train one: corpuscle train"):
        NetJudge(weights=str(tmp_path)).identify(store.images.pixels)
    (tmp_path / "odd.safetensors").write_bytes(b"no weights")
    with pytest.raises(ValueError, match="expected weights written by `corpuscle train`"):
        NetJudge(weights=str(tmp_path / "odd.safetensors")).identify(store.images.pixels)
    with pytest.raises(ValueError, match="found those of 'corrector'"):
        NetJudge(weights=str(CORRECTOR.folder / "barrel.safetensors")).identify(store.images.pixels)
    with pytest.raises(ValueError, match="an ensemble is of 2 or more nets that read images, not of 1 vit"):
        train(store, tmp_path / "one", ensemble=1)
    assert len(member.identify(store.images.pixels.choose(np.zeros(0, np.int64)))) == 0
