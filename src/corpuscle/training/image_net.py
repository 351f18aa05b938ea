"""Train a net that names images, from a store of them."""

import dataclasses
import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from jaxtyping import Int

from corpuscle.data.settings import build_method, setting
from corpuscle.identification.learned.form import LAYOUT, NET, ImageForm
from corpuscle.identification.nets import IMAGE_NETS, find_shape
from corpuscle.io.images.store import ImageStore
from corpuscle.metrics.classes.ranking import rank_images
from corpuscle.nets.images.cnn_shape import CnnShape
from corpuscle.nets.images.preparation import Preparation, Scaling
from corpuscle.nets.images.shape import VitShape
from corpuscle.training.augmentation import Augmentation, check_legal
from corpuscle.training.base import Measures, Trainer
from corpuscle.training.image_batches import Change, Held, Shuffled, aim, judge_rows
from corpuscle.training.image_rows import open_once, prepare_once, split_once

if TYPE_CHECKING:
    from torch import Tensor, nn

FOLLOWED = ("size", "channels", "outputs")
"""Settings of a net that follow the images."""

OURS = ("method", "shape", "start")
"""What is no setting of its own: the name, and the net, whose settings stand beside the trainer's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageNetTrainer(Trainer):
    """Learn the classes of images; the settings of the net stand beside these.

    An epoch goes through every training image once, in an order of its own. Validation measures the validation images;
    nothing learns from the test's.
    """

    net: ClassVar[str] = NET
    layout: ClassVar[int] = LAYOUT

    method: str = dataclasses.field(metadata={"meaning": "the name of the net"})
    shape: VitShape | CnnShape = dataclasses.field(metadata={"meaning": "the net"})
    data: str = dataclasses.field(metadata={"meaning": "the folder of images to learn from"})
    start: str | None = dataclasses.field(default=None, metadata={"meaning": "weights of what was learned before"})
    epochs: int = setting(10, "passes over the training images", least=1)
    batch: int = setting(128, "images of a batch", least=1)
    schedule: Literal["constant", "cosine"] = setting(
        "cosine", "learning rate: constant, or growing over `warm_up` and falling as a cosine"
    )
    warm_up: float = setting(1.0, "epochs over which the learning rate of a cosine schedule grows", least=0)
    weight_decay: float = setting(
        0.05, "what AdamW takes off maps and kernels, as a share of the learning rate; 0: Adam", least=0
    )
    scale: Scaling = setting(
        "standard", "pixels: as they come; less their mean, over their deviation; the same of log(1 + pixel / unit)"
    )
    unit: float | None = setting(
        None, "what stands for 1 inside the logarithm; none: of each channel, the root mean square of filled pixels",
        above=0,
    )  # fmt: skip
    crop: int | None = setting(
        None, "rows of the middle that is kept, its channels added, its length 1, as Borthakur's 33 [pixel]", least=1
    )
    augmentation: Augmentation = setting(
        "none", "changes by chance in training: left for right (mirror), up for down too (flips), moved (shift)"
    )
    mixup: float = setting(0.0, "mix pairs of images, by a Beta law of this parameter; 0: none", least=0)
    smoothing: float = setting(0.0, "share of what is wanted that is spread over all classes", least=0, most=0.99)
    pretrain: int = setting(
        0, "epochs in which a net of patches first guesses those that are hidden from it, of all training images",
        least=0,
    )  # fmt: skip
    mask: float = setting(0.5, "share of the patches that are hidden in them", above=0, most=0.95)
    share: float = setting(1.0, "of the training images, those that are learned from", above=0, most=1)
    split_seed: int = setting(0, "of the split into training, validation, test; the run's unless given", least=0)
    watch_test: bool = setting(False, "measure the test images too after each epoch; nothing is chosen by them")

    def __post_init__(self) -> None:
        Trainer.__post_init__(self)
        check_legal(self.augmentation, self.store.card["source"]["kind"])
        _ = self.rows

    @property
    def store(self) -> ImageStore:
        """The images."""
        return open_once(self.data)

    @property
    def rows(self) -> Mapping[str, Int[np.ndarray, " image"]]:
        """The rows to learn from, to validate, to judge."""
        return split_once(self.data, self.split_seed, self.share)

    @property
    def preparation(self) -> Preparation:
        """How pixels are made ready, measured on the training rows."""
        return prepare_once(self.data, self.split_seed, self.share, self.scale, self.unit, self.crop)

    @property
    def form(self) -> ImageForm:
        """Everything that the net is built from."""
        names = tuple(self.store.layout.names)
        return ImageForm(method=self.method, shape=self.shape, preparation=self.preparation, names=names)

    def gather_settings(self) -> dict[str, Any]:
        """Give every setting, the net's beside the trainer's."""
        ours = {field.name: getattr(self, field.name) for field in dataclasses.fields(self) if field.name not in OURS}
        return {**ours, **dataclasses.asdict(self.shape)}

    def describe_net(self) -> Mapping[str, Any]:
        """Give everything that the net is built from."""
        return self.form.describe()

    def build_net(self) -> "nn.Module":
        """Build the net, with what it has learned before."""
        net = self.form.build()
        if self.start is not None:
            from corpuscle.nets.images.masked import load_body

            load_body(net, Path(self.start))  # type: ignore[arg-type] # what a form builds
        return net

    def make_batches(self, seed: int, epoch: int) -> Shuffled:
        """Give the batches of an epoch."""
        change = Change(augmentation=self.augmentation, mixup=self.mixup, smoothing=self.smoothing)
        return Shuffled(self.store, self.rows["training"], size=self.batch, seed=seed, epoch=epoch, change=change)

    def make_held(self, seed: int) -> Held:
        """Give what validation measures."""
        return Held(self.rows["validation"], *([self.rows["test"]] if self.watch_test else []))

    def count_warm(self, steps: int) -> int:
        """Count the steps over which the learning rate grows."""
        return round(self.warm_up * steps)

    def measure_loss(self, net: "nn.Module", batch: "tuple[Tensor, ...]") -> "Tensor":
        """Give the cross entropy [nat]."""
        return self.measure_training(net, batch).value["training_loss"]

    def measure_training(self, net: "nn.Module", batch: "tuple[Tensor, ...]") -> Measures:
        """Give the cross entropy of a batch, and the share of it that was named rightly."""
        image, wanted = batch
        measured = measure(net(image), wanted)
        return Measures({f"training_{name}": value for name, value in measured.items()}, len(image))

    def measure_validation(self, net: "nn.Module", batch: "tuple[Tensor, ...]") -> "Tensor":
        """Give the cross entropy of the images that are held back [nat]."""
        return self.measure_held(net, batch).value["validation_loss"]

    def measure_held(self, net: "nn.Module", batch: "tuple[Tensor, ...]") -> Measures:
        """Give cross entropy, accuracy and, of two classes, the AUC of the validation rows, and the test's."""
        found: dict[str, Tensor] = {}
        for name, part in zip(("validation", "test"), batch, strict=False):
            found |= {f"{name}_{what}": value for what, value in self.judge(net, part.cpu().numpy()).items()}
        found.pop("test_auc", None)
        return Measures(found, len(batch[0]))

    def judge(self, net: "nn.Module", rows: Int[np.ndarray, " image"]) -> "dict[str, Tensor]":
        """Measure a net on some rows."""
        import torch

        from corpuscle.nets.images.odds import read_probability

        said = judge_rows(net, self.store, rows)
        found = measure(said, torch.from_numpy(aim(self.store, rows)).to(said.device))
        positive = self.store.images.label[rows] == 1
        if len(self.store.layout.names) == 2 and 0 < positive.sum() < len(rows):
            second = read_probability(said)[:, 1].cpu().numpy()
            found["auc"] = torch.tensor(rank_images(second, positive).value)
        return found


def measure(said: "Tensor", wanted: "Tensor") -> "dict[str, Tensor]":
    """Give the cross entropy [nat], and the share of the images whose likeliest class is the one wanted."""
    from corpuscle.nets.images.odds import measure_surprise, read_probability

    right = read_probability(said.detach()).argmax(dim=1) == wanted.argmax(dim=1)
    return {"loss": measure_surprise(said, wanted), "accuracy": right.float().mean()}


def make_image_trainer(method: str, settings: Mapping[str, object], *, seed: int = 0) -> ImageNetTrainer:
    """Make the trainer of a net by name: size, channels and outputs of the net follow the images.

    Args:
        method: the name of the net.
        settings: of the trainer and of the net, as numbers or text; `data` among them.
        seed: of the split, where the settings do not say.

    Raises: ValueError, when there is no such net or setting, when settings do not go together, or contradict the
        images.
    """
    preset = IMAGE_NETS[method]
    ours = [field.name for field in dataclasses.fields(ImageNetTrainer) if field.name not in OURS]
    nets = [field.name for field in dataclasses.fields(preset)]
    check_known(method, settings, [*ours, *nets])
    if not settings.get("data"):
        message = f"{method} learns from images: corpuscle train {method} STORE -o RUN"
        raise ValueError(message)
    given = {"split_seed": seed, **{name: value for name, value in settings.items() if name in ours}}
    trainer: ImageNetTrainer = build_method(ImageNetTrainer, {**given, "method": method, "shape": preset}, name=method)
    wanted = {name: value for name, value in settings.items() if name in nets}
    return dataclasses.replace(trainer, shape=follow_images(method, trainer, wanted))


def check_known(method: str, settings: Mapping[str, object], known: list[str]) -> None:
    """Refuse settings that neither the trainer nor the net has."""
    for wanted in settings:
        if wanted not in known:
            near = difflib.get_close_matches(wanted, known, n=1)
            hint = f" (did you mean {near[0]!r}?)" if near else ""
            message = f"{method} has no setting {wanted!r}; there are: {', '.join(known)}{hint}"
            raise ValueError(message)


def follow_images(method: str, trainer: ImageNetTrainer, settings: Mapping[str, object]) -> VitShape | CnnShape:
    """Give the net its size, channels and outputs, and refuse settings that contradict the images."""
    plain = Preparation(shape=trainer.store.layout.shape, crop=trainer.crop)
    channels, height, width = plain.given
    if height != width:
        message = f"{method} reads square images, and those of {trainer.data} are {height} x {width}: set crop"
        raise ValueError(message)
    names = trainer.store.layout.names
    if len(names) < 2:
        message = f"{trainer.data}: expected images of two classes or more, found {len(names)}"
        raise ValueError(message)
    shape = find_shape(method, {"size": height, "channels": channels, "outputs": count_outputs(len(names)), **settings})
    fits = {"size": (height,), "channels": (channels,), "outputs": (len(names), count_outputs(len(names)))}
    for name in FOLLOWED:
        if getattr(shape, name) not in fits[name]:
            message = (
                f"{name}: the images of {trainer.data}, {channels} x {height} x {width} of {len(names)} classes, need "
                f"{fits[name][-1]}, not {getattr(shape, name)}: leave {name} out"
            )
            raise ValueError(message)
    return shape


def count_outputs(classes: int) -> int:
    """Count what a net says of so many classes: one number for two, as the published nets do."""
    return 1 if classes == 2 else classes
