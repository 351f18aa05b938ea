"""Train a vision transformer to guess patches that it is not shown, before it learns what images show."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from jaxtyping import Bool

from corpuscle.nets.images.shape import VitShape
from corpuscle.nets.images.stages import count_places, list_stages
from corpuscle.nets.weights import import_torch
from corpuscle.training.base import Trainer
from corpuscle.training.image_batches import Change, Held, Shuffled, densify_pieces
from corpuscle.training.image_net import ImageNetTrainer
from corpuscle.training.image_rows import split_once

if TYPE_CHECKING:
    from torch import Tensor, nn

    from corpuscle.nets.images.prepared import PreparedNet

HIDDEN = 3
"""The stream of chances that hide patches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskedTrainer(Trainer):
    """Learn to guess the pixels of hidden patches: no class is needed, so all training images are used.

    Raises: ValueError, when the net has no patches that could be hidden.

    Source: Xie et al. (SimMIM), CVPR (2022).
    """

    net: ClassVar[str] = "masked-image-net"
    layout: ClassVar[int] = 1

    pupil: ImageNetTrainer = field(metadata={"meaning": "the training that comes after this one"})

    def __post_init__(self) -> None:
        Trainer.__post_init__(self)
        find_patches(self.pupil)

    def gather_settings(self) -> dict[str, Any]:
        """Give every setting: those of the training that comes after."""
        return self.pupil.gather_settings()

    def describe_net(self) -> Mapping[str, Any]:
        """Give everything that the net is built from."""
        return self.pupil.describe_net()

    def build_net(self) -> "nn.Module":
        """Build the net, with what guesses pixels behind it."""
        import_torch()
        from corpuscle.nets.images.masked import MaskedNet

        net: PreparedNet = self.pupil.form.build()  # type: ignore[assignment] # what it builds
        return MaskedNet(net, find_patches(self.pupil))

    def make_batches(self, seed: int, epoch: int) -> "Covered":
        """Give the batches of an epoch."""
        pupil = self.pupil
        rows = split_once(pupil.data, pupil.split_seed)["training"]
        change = Change(augmentation=pupil.augmentation)
        shuffled = Shuffled(pupil.store, rows, size=pupil.batch, seed=seed, epoch=epoch, change=change)
        return Covered(shuffled, count_places(find_patches(pupil)), pupil.mask, (seed, epoch))

    def make_held(self, seed: int) -> Held:
        """Give what validation measures."""
        return Held(self.pupil.rows["validation"])

    def count_warm(self, steps: int) -> int:
        """Count the steps over which the learning rate grows."""
        return self.pupil.count_warm(steps)

    def measure_loss(self, net: "nn.Module", batch: "tuple[Tensor, ...]") -> "Tensor":
        """Give the mean squared error of hidden pixels."""
        loss: Tensor = net(*batch)
        return loss

    def measure_validation(self, net: "nn.Module", batch: "tuple[Tensor, ...]") -> "Tensor":
        """Give the same of the images that are held back, the same patches hidden in every epoch."""
        torch = import_torch()
        device, rows = next(net.parameters()).device, batch[0].cpu().numpy()
        generator, places = np.random.default_rng(HIDDEN), count_places(find_patches(self.pupil))
        total = torch.zeros((), device=device)
        for image in densify_pieces(self.pupil.store, rows):
            hidden = torch.from_numpy(hide(len(image), places, self.pupil.mask, generator))
            total = total + len(image) * net(image.to(device), hidden.to(device))
        mean: Tensor = total / len(rows)
        return mean


class Covered:
    """Batches of images, and which patches of each are hidden."""

    def __init__(self, batches: Shuffled, places: int, share: float, source: tuple[int, int]) -> None:
        self.batches, self.places, self.share, self.source = batches, places, share, source

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, number: int) -> "tuple[Tensor, ...]":
        image, _ = self.batches[number]
        generator = np.random.default_rng([*self.source, number, HIDDEN])
        return image, import_torch().from_numpy(hide(len(image), self.places, self.share, generator))


def hide(images: int, places: int, share: float, generator: np.random.Generator) -> Bool[np.ndarray, "image place"]:
    """Choose the same number of patches of each image, one at least.

    >>> hide(2, 4, 0.5, np.random.default_rng(0)).sum(axis=1).tolist()
    [2, 2]
    """
    rank = generator.random((images, places)).argsort(axis=1)
    return np.asarray(rank < max(1, round(share * places)))


def find_patches(pupil: ImageNetTrainer) -> VitShape:
    """Give the settings of a net that has patches to hide.

    Raises: ValueError, when it has none, or they are not in one grid.
    """
    shape = pupil.shape
    if not isinstance(shape, VitShape) or shape.tokenizer != "patch" or len(list_stages(shape)) > 1:
        message = f"pretrain hides patches, and {pupil.method} has none in one grid: set pretrain=0, or train vit"
        raise ValueError(message)
    if shape.token_drop:
        raise ValueError("pretrain hides patches, and token_drop leaves some out: set token_drop=0, or pretrain=0")
    if count_places(shape) < 2:
        message = f"pretrain hides some patches of an image, and it has {count_places(shape)}: set a smaller patch"
        raise ValueError(message)
    return shape


def make_masked_trainer(pupil: ImageNetTrainer) -> MaskedTrainer:
    """Make the training that comes before another."""
    return MaskedTrainer(
        pupil=pupil,
        epochs=pupil.pretrain,
        learning_rate=pupil.learning_rate,
        schedule=pupil.schedule,
        weight_decay=pupil.weight_decay,
    )


def begin_from(pupil: ImageNetTrainer, weights: Path) -> ImageNetTrainer:
    """Give the training that begins with the weights of the one before."""
    return replace(pupil, start=str(weights))
