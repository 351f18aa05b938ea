"""Name images with a net that was trained to, or with several of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from jaxtyping import Float

from corpuscle.data.labels import Labels
from corpuscle.data.pixels import Pixels, Shape
from corpuscle.data.progress import follow
from corpuscle.data.settings import setting
from corpuscle.identification.base import Identifier
from corpuscle.identification.learned.form import ImageForm, build_trained, list_members, open_form
from corpuscle.nets.placed import check_device, choose_device

if TYPE_CHECKING:
    from torch import nn

PIECE = 2**20
"""Numbers of the images that are judged at once: 4 MB, 1024 images of 32 x 32."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetJudge(Identifier):
    """A net says how likely each image is of each class; of several, the mean probability counts.

    Source: Lakshminarayanan, Pritzel and Blundell, NeurIPS (2017), Eq. 2, for the mean.
    """

    weights: str = setting("", "the folder of a run of `corpuscle train`, or its weights; to be named")
    accelerator: Literal["cpu", "gpu"] = setting("cpu", "where the net runs")

    def identify(self, pixels: Pixels) -> Labels:
        """Say how likely each image is of each class; those judged beside it change nothing.

        Raises: ValueError, when the images are of another shape than those that it has learned from, or the weights
            are none.
        """
        check_device(self.accelerator)
        if not self.weights:
            raise ValueError("weights: expected the folder of a run; train one: corpuscle train vit STORE -o RUN")
        files = list_members(self.weights)
        names = check_alike([open_form(file)[0] for file in files], pixels.shape, self.weights)
        probability = np.zeros((len(pixels), len(names)))
        for file in files:
            probability += self.judge(build_trained(file), pixels, len(names)) / len(files)
        return Labels(probability=probability, names=names)

    def judge(self, net: "nn.Module", pixels: Pixels, classes: int) -> Float[np.ndarray, "image klass"]:
        """Give the probabilities of one net."""
        import torch

        from corpuscle.nets.images.odds import read_probability

        device, found = choose_device(self.accelerator), np.empty((len(pixels), classes))
        net = net.to(device)
        with torch.inference_mode():
            for rows in follow(list(cut_pieces(len(pixels), pixels.shape)), "images"):
                image = torch.from_numpy(pixels.densify(rows)).to(device)
                found[rows] = read_probability(net(image)).cpu().numpy()
        return found

    def count_parameters(self) -> int:
        """Count the numbers that training has set."""
        return sum(open_form(file)[0].shape.count().parameters for file in list_members(self.weights))


def cut_pieces(images: int, shape: Shape) -> "Iterator[np.ndarray]":
    """Cut the rows into pieces of about as many numbers each."""
    size = max(1, PIECE // int(np.prod(shape)))
    for begin in range(0, images, size):
        yield np.arange(begin, min(begin + size, images))


def check_alike(forms: list[ImageForm], shape: Shape, weights: str) -> tuple[str, ...]:
    """Give the names of the classes, and refuse images unlike those that were learned from."""
    if len({(form.names, form.preparation.shape) for form in forms}) > 1:
        message = f"{weights}: expected nets of the same images and classes"
        raise ValueError(message)
    learned = forms[0].preparation.shape
    if learned != shape:
        ours, theirs = (" x ".join(map(str, one)) for one in (learned, shape))
        message = f"{weights}: learned from images of {ours} (channels, rows, columns), and these are of {theirs}"
        raise ValueError(message)
    return forms[0].names
