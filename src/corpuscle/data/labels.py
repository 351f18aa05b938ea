"""How likely each image is of each class, as a method says."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from corpuscle.data.images import refuse

SLACK = 1e-4
"""By how much the probabilities of an image may miss 1: single precision of a few hundred classes."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Labels:
    """The probability of every class for each image.

    Args:
        probability: of each class, between 0 and 1; those of an image sum to 1.
        names: of the classes.

    >>> Labels(probability=np.array([[0.2, 0.8]]), names=("photon", "electron")).likeliest
    array([1])
    """

    probability: Float[np.ndarray, "image klass"]
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.probability.shape[1] != len(self.names):
            message = f"expected a column for each of {len(self.names)} classes, not {self.probability.shape[1]}"
            raise ValueError(message)
        row = np.arange(len(self.probability))
        total = self.probability.sum(axis=1)
        low, high = self.probability.min(axis=1, initial=0.0), self.probability.max(axis=1, initial=0.0)
        refuse(~np.isfinite(total), row, "a probability is a finite number", total)
        refuse((low < 0) | (high > 1), row, "a probability lies between 0 and 1", np.where(low < 0, low, high))
        refuse(np.abs(total - 1) > SLACK, row, "the probabilities of an image sum to 1", total)

    def __len__(self) -> int:
        return len(self.probability)

    @property
    def likeliest(self) -> Int[np.ndarray, " image"]:
        """The number of each image's likeliest class; the first of several that tie."""
        return np.asarray(self.probability.argmax(axis=1))
