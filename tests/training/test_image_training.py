"""A net learns the classes of images, goes on where it was stopped, and looks at no image that is not its to see."""

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from corpuscle.api.train import train_method
from corpuscle.data.crops import prepare_proposed
from corpuscle.data.images import Images, gather_images
from corpuscle.identification.learned.judge import NetJudge
from corpuscle.identification.nets import IMAGE_NETS
from corpuscle.io.images.store import ImageStore
from corpuscle.nets.images.preparation import Preparation
from corpuscle.nets.images.prepared import make_preparation
from corpuscle.training.augmentation import change_images
from corpuscle.training.history import Epoch
from corpuscle.training.image_batches import Change, Shuffled, mix
from corpuscle.training.image_net import ImageNetTrainer, make_image_trainer
from corpuscle.training.image_rows import prepare_once
from corpuscle.training.loop import train
from corpuscle.training.machine import Machine
from corpuscle.training.masked import make_masked_trainer
from corpuscle.training.run import Run
from tests.stored import draw_bars, store_images

TINY: dict[str, Any] = {"patch": 4, "width": 8, "depth": 1, "heads": 2, "hidden": 8, "epochs": 3, "batch": 16}
CPU = Machine(accelerator="cpu")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> ImageStore:
    return store_images(tmp_path_factory.mktemp("images") / "store", draw_bars())


def make(store: ImageStore, method: str = "vit", **settings: Any) -> ImageNetTrainer:
    return make_image_trainer(method, {"data": str(store.folder), **TINY, **settings})


def teach(store: ImageStore, folder: Path, *, seed: int = 0, resume: bool = False, **settings: Any) -> list[Epoch]:
    trainer = make(store, **settings)
    run = Run(folder=folder, method="vit", settings=trainer.gather_settings(), seed=seed)
    return train(trainer, run, CPU, resume=resume)


def assert_same_weights(one: Path, other: Path) -> None:
    ours, theirs = (load_file(folder / "weights.safetensors") for folder in (one, other))
    assert ours.keys() == theirs.keys()
    for name, value in ours.items():
        np.testing.assert_array_equal(value, theirs[name])


def test_a_tiny_net_learns_and_judges(store: ImageStore, tmp_path: Path) -> None:
    history = teach(store, tmp_path / "run", epochs=15, learning_rate=1e-2, watch_test=True)
    last = history[-1]
    assert last.validation_accuracy is not None
    assert last.validation_accuracy > 0.85
    assert last.validation_auc is not None
    assert last.validation_auc > 0.9
    test = store.split(0)[2]
    labels = NetJudge(weights=str(tmp_path / "run")).identify(store.images.pixels.choose(test))
    right = labels.likeliest == store.images.label[test]
    assert right.mean() == pytest.approx(last.test_accuracy)
    own = labels.probability[np.arange(len(test)), store.images.label[test]]
    assert -np.log(own).mean() == pytest.approx(last.test_loss, rel=1e-5)
    header = (tmp_path / "run" / "history.csv").read_text().split("\n")[0].split(",")
    assert header == [
        "epoch", "step", "training_loss", "validation_loss", "training_accuracy", "validation_accuracy",
        "validation_auc", "test_loss", "test_accuracy", "waited", "seconds", "step_seconds",
    ]  # fmt: skip


def test_a_run_that_goes_on_ends_like_one_that_was_not_stopped(
    store: ImageStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings: dict[str, Any] = {"dropout": 0.2, "augmentation": "flips-shift", "mixup": 0.5, "smoothing": 0.1}
    expected = teach(store, tmp_path / "whole", **settings)
    draw, calls = Shuffled.__getitem__, []

    def stop(self: Shuffled, number: int) -> Any:
        calls.append(number)
        if len(calls) == 8:
            raise KeyboardInterrupt
        return draw(self, number)

    monkeypatch.setattr(Shuffled, "__getitem__", stop)
    with pytest.raises((KeyboardInterrupt, SystemExit)):
        teach(store, tmp_path / "stopped", **settings)
    monkeypatch.undo()
    assert not (tmp_path / "stopped" / "weights.safetensors").exists()
    assert teach(store, tmp_path / "stopped", resume=True, **settings) == expected
    assert_same_weights(tmp_path / "stopped", tmp_path / "whole")


def test_an_epoch_goes_through_every_training_image_once(store: ImageStore) -> None:
    rows = store.split(0)[0]
    batches = Shuffled(store, rows, size=7, seed=3, epoch=2, change=Change())
    got = [image for number in range(len(batches)) for image in batches[number][0].numpy()]
    wanted = [image for batch in store.follow(rows, size=7, seed=3, epoch=2) for image in batch.image]
    np.testing.assert_array_equal(got, wanted)
    assert len(wanted) == len(rows)


def spoil(images: Images, rows: Any) -> Images:
    dense = images.densify()
    dense[rows] = 1e6
    return gather_images(dense, label=images.label, names=images.names)


def test_no_image_but_those_to_learn_from_changes_the_preparation(store: ImageStore, tmp_path: Path) -> None:
    _, validation, test = store.split(0)
    other = store_images(tmp_path / "spoiled", spoil(draw_bars(), np.concatenate([validation, test])))
    for scale in ("standard", "log"):
        assert make(store, scale=scale).preparation == make(other, scale=scale).preparation
    half = make(store, share=0.5)
    assert set(half.rows["training"]) < set(store.split(0)[0])
    np.testing.assert_array_equal(half.rows["test"], test)


def test_a_test_image_changes_nothing_in_training(store: ImageStore, tmp_path: Path) -> None:
    other = store_images(tmp_path / "spoiled", spoil(draw_bars(), store.split(0)[2]))
    assert teach(store, tmp_path / "a", epochs=1) == teach(other, tmp_path / "b", epochs=1)
    assert_same_weights(tmp_path / "a", tmp_path / "b")


@pytest.mark.parametrize("scale", ["standard", "log"])
def test_prepared_pixels_have_mean_0_and_deviation_1(store: ImageStore, scale: str) -> None:
    trainer = make(store, scale=scale)
    dense = torch.from_numpy(store.images.densify(trainer.rows["training"]))
    ready = make_preparation(trainer.preparation)(dense)
    assert ready.mean().item() == pytest.approx(0, abs=1e-5)
    assert ready.std(correction=0).item() == pytest.approx(1, abs=1e-5)


def test_the_crop_is_the_proposals() -> None:
    dense = np.random.default_rng(0).poisson(0.2, (5, 3, 20, 21)).astype(np.float32)
    dense[2] = 0.0
    ready = make_preparation(Preparation(shape=(3, 20, 21), crop=9))(torch.from_numpy(dense)).numpy()
    np.testing.assert_allclose(ready, prepare_proposed(dense, 9), rtol=1e-6)


def test_classes_keep_their_shares_and_a_published_test_stays_one(tmp_path: Path) -> None:
    plain = store_images(tmp_path / "plain", draw_bars(300, classes=3))
    for rows, count in zip(plain.split(1), (80, 10, 10), strict=True):
        assert np.bincount(plain.images.label[rows]).tolist() == [count] * 3
    parted = store_images(tmp_path / "parted", draw_bars(400, part=True))
    training, validation, test = parted.split(1)
    assert test.tolist() == list(range(300, 400))
    assert (len(training), len(validation)) == (270, 30)


@pytest.mark.parametrize(("classes", "channels", "outputs"), [(2, 2, 1), (5, 3, 5)])
def test_the_net_follows_the_images(tmp_path: Path, classes: int, channels: int, outputs: int) -> None:
    store = store_images(tmp_path / "s", draw_bars(60, size=12, classes=classes, channels=channels))
    shape = make(store).shape
    assert (shape.size, shape.channels, shape.outputs) == (12, channels, outputs)


@pytest.mark.parametrize("method", list(IMAGE_NETS))
def test_every_net_learns_a_step(tmp_path: Path, method: str) -> None:
    size = 72 if method == "keras-vit-2021" else 33 if method == "jet-cnn" else 32
    store = store_images(tmp_path / "s", draw_bars(20, size=size, channels=2, classes=3))
    trainer = make_image_trainer(method, {"data": str(store.folder), "batch": 8})
    net = trainer.build_net()
    found = trainer.measure_training(net, trainer.make_batches(0, 0)[0])
    torch.autograd.backward(found.value["training_loss"])
    assert all(one.grad is not None for one in net.parameters() if one.requires_grad)
    assert sum(one.numel() for one in net.parameters()) == trainer.shape.count().parameters


def test_images_are_changed_each_by_itself() -> None:
    generator = np.random.default_rng(0)
    image = generator.random((200, 1, 8, 8)).astype(np.float32)
    flipped = change_images(image, "mirror", generator)
    turned = (flipped == image[..., ::-1]).all((1, 2, 3))
    assert ((flipped == image).all((1, 2, 3)) ^ turned).all()
    assert 60 < turned.sum() < 140
    moved = change_images(image, "shift", generator)
    assert 10 < (moved == image).all((1, 2, 3)).sum() < 40
    mixed, wanted = mix(image, np.eye(2, dtype=np.float32)[np.arange(200) % 2], 1.0, generator)
    assert mixed.mean() == pytest.approx(image.mean(), abs=1e-4)
    np.testing.assert_allclose(wanted.sum(1), 1, rtol=1e-6)


MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    "size": ({"size": 16}, r"size: the images of .*, 1 x 8 x 8 of 2 classes, need 8, not 16: leave size out"),
    "channels": ({"channels": 3}, "channels: the images of .* need 1, not 3"),
    "outputs": ({"outputs": 10}, "outputs: the images of .* need 1, not 10"),
    "patch": ({"patch": 3}, "3 does not divide 8: set patch to one of 1, 2, 4, 8"),
    "setting": ({"layers": 2}, "vit has no setting 'layers'; there are: epochs, .*, patch"),
    "crop": ({"crop": 9}, "crop: expected 1 to 8 pixels of 8 x 8, not 9"),
    "unit": ({"crop": 4, "scale": "log"}, "scale=log: a cropped image has length 1"),
    "share": ({"share": 0.001}, "expected images for training and validation, but training has none"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake(store: ImageStore, name: str) -> None:
    settings, message = MISTAKES[name]
    with pytest.raises(ValueError, match=message):
        _ = make(store, **settings).form


def test_other_mistakes(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"vit learns from images: corpuscle train vit STORE"):
        make_image_trainer("vit", {})
    digits = store_images(tmp_path / "digits", draw_bars(), kind="digits")
    with pytest.raises(ValueError, match="augmentation=flips changes what digits show: say one of none, shift"):
        make(digits, augmentation="flips")
    alone = gather_images(np.ones((20, 1, 8, 8)), label=np.zeros(20, np.int64), names=("all",))
    with pytest.raises(ValueError, match="two classes or more, found 1"):
        make(store_images(tmp_path / "alone", alone))
    long = gather_images(np.ones((20, 1, 8, 4)), label=np.arange(20) % 2, names=("a", "b"))
    with pytest.raises(ValueError, match=r"vit reads square images, and those of .* are 8 x 4: set crop"):
        make(store_images(tmp_path / "long", long))


def test_a_share_is_measured_by_itself(store: ImageStore) -> None:
    whole, half = (prepare_once(str(store.folder), 0, share, "standard", None, None) for share in (1.0, 0.5))
    assert whole.mean != half.mean


def test_a_net_that_has_guessed_hidden_patches_begins_from_there(store: ImageStore, tmp_path: Path) -> None:
    settings = {**TINY, "data": str(store.folder), "pretrain": 4, "patch": 2, "learning_rate": 1e-2}
    trained = train_method("vit", settings, tmp_path / "run", machine=CPU)
    before = tmp_path / "run" / "pretrained"
    rows = list(csv.DictReader((before / "history.csv").read_text(encoding="utf-8").splitlines()))
    assert float(rows[-1]["validation_loss"]) < float(rows[0]["validation_loss"])
    trainer = make_image_trainer("vit", {**settings, "learning_rate": 1e-9, "epochs": 1})
    begun = replace(trainer, start=str(before / "weights.safetensors")).build_net().state_dict()
    for name, value in load_file(before / "weights.safetensors").items():
        if name.startswith("body."):
            np.testing.assert_array_equal(begun[name.removeprefix("body.")], value)
    assert len(trained.history) == 3
    (tmp_path / "run" / "weights.safetensors").unlink()
    again = train_method("vit", settings, tmp_path / "run", machine=CPU, resume=True)
    assert again.history == trained.history
    assert (before / "learning_curve.png").exists()


def test_what_is_hidden_is_not_seen(store: ImageStore) -> None:
    masked = make_masked_trainer(make(store, patch=2, pretrain=1))
    net: Any = masked.build_net().eval()
    image, hidden = masked.make_batches(0, 0)[0]
    assert (hidden.sum(1) == 8).all()
    patch = hidden.reshape(-1, 1, 4, 4).repeat_interleave(2, 2).repeat_interleave(2, 3)
    spoiled = torch.where(patch, torch.randn_like(image), image)
    ready = [net.look(net.body.prepare(one), hidden) for one in (image, spoiled)]
    torch.testing.assert_close(*ready)


@pytest.mark.parametrize(
    ("method", "settings", "message"),
    [
        (
            "cnn",
            {"filters": (4,), "halved": (), "head": (4,)},
            "cnn has none in one grid: set pretrain=0, or train vit",
        ),
        ("cct", {}, "cct has none in one grid"),
        ("vit", {"patch": 8}, "it has 1: set a smaller patch"),
        ("vit", {"patch": 2, "token_drop": 0.5}, "token_drop leaves some out"),
    ],
)
def test_nets_without_patches_hide_none(store: ImageStore, method: str, settings: dict[str, Any], message: str) -> None:
    trainer = make_image_trainer(method, {"data": str(store.folder), "pretrain": 1, **settings})
    with pytest.raises(ValueError, match=message):
        make_masked_trainer(trainer)
