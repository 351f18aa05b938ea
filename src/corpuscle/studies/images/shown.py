"""Images as a study shows them to methods, and the truth beside."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from corpuscle.data.images import Images
from corpuscle.data.pixels import Pixels


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Shown:
    """Images to judge, none of which was learned from, and what is true of them, row by row.

    Args:
        images: the images with their classes; methods are given `pixels`.
        best: what the best possible method would rank them by; none where nobody knows it.
        ceiling: the AUC of that method over all images there could be; NaN where nobody knows it.
    """

    images: Images
    best: Float[np.ndarray, " image"] | None = None
    ceiling: float = float("nan")

    @property
    def pixels(self) -> Pixels:
        """The images without their classes: all that a method is given."""
        return self.images.pixels

    @property
    def truth(self) -> Int[np.ndarray, " image"]:
        """The number of each image's class."""
        return self.images.label.astype(np.int64)
