"""Which detection continues which, and how likely that is."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int


@dataclass(frozen=True, slots=True, eq=False)
class Links:
    """Pairs of detections, each the same particle seen again.

    Where a row has two later rows (a split) the first listed pair continues its track and the other begins one; where
    a row has two earlier rows (a merge) the first listed pair continues and the other track ends there.

    Args:
        pair: row number of the earlier and of the later detection.
        probability: how likely each link is, NaN where the method does not say; a table without any has none.

    Raises: ValueError, when a pair names no row or itself, or a probability lies outside 0 to 1.
    """

    pair: Int[np.ndarray, "m 2"]
    probability: Float[np.ndarray, " m"] | None = None

    def __post_init__(self) -> None:
        bad = (self.pair < 0).any(axis=1) | (self.pair[:, 0] == self.pair[:, 1])
        if bad.any():
            index = int(np.argmax(bad))
            message = f"a link joins two different rows, but link {index} joins {self.pair[index].tolist()}"
            raise ValueError(message)
        if self.probability is not None:
            if len(self.probability) != len(self.pair):
                message = f"{len(self.pair)} links need as many probabilities, not {len(self.probability)}"
                raise ValueError(message)
            wrong = ~(np.isnan(self.probability) | ((self.probability >= 0) & (self.probability <= 1)))
            if wrong.any():
                index = int(np.argmax(wrong))
                message = f"a probability lies in 0 to 1, but link {index} has {self.probability[index]}"
                raise ValueError(message)

    def __len__(self) -> int:
        return len(self.pair)


def no_links() -> Links:
    """Give a table without links.

    >>> len(no_links())
    0
    """
    return Links(np.empty((0, 2), dtype=np.int64))
