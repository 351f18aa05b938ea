"""What classical identifiers share: images are measured, and a learned graph judges the numbers."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from corpuscle.data.labels import Labels
from corpuscle.data.pixels import Pixels
from corpuscle.data.settings import setting
from corpuscle.identification.base import Identifier
from corpuscle.identification.classical.features import measure_features
from corpuscle.identification.classical.learned import read_learned

CHUNK = 4096
"""Images that are measured at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassicalIdentifier(Identifier):
    """Judge images by numbers measured on them."""

    method: ClassVar[str]
    """The name of the method."""

    weights: str = setting("", "what was learned: the folder of a run of `corpuscle train`, or its file weights.onnx")

    def identify(self, pixels: Pixels) -> Labels:
        """Say how likely each image is of each class.

        Raises: ValueError, when they are of another shape; FormatError, when nothing was learned.
        """
        learned = read_learned(self.weights, self.method)
        wanted, found = (" x ".join(map(str, shape)) for shape in (learned.card.shape, pixels.shape))
        if wanted != found:
            message = f"{self.weights} has learned from images of {wanted} (channels, height, width), not of {found}"
            raise ValueError(message)
        said = np.empty((len(pixels), len(learned.card.names)))
        for begin in range(0, len(pixels), CHUNK):
            some = np.arange(begin, min(begin + CHUNK, len(pixels)))
            said[some] = learned.judge(measure_features(pixels.choose(some), learned.card.features))
        return Labels(probability=said, names=learned.card.names)
