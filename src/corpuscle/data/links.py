"""Which detection continues which, how likely that is, and what it would continue otherwise."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int, Shaped

NOTHING = -1
SHARES = {
    "probability": ("a probability", "probabilities"),
    "runner_up_probability": ("a runner-up's probability", "runner-up probabilities"),
    "identity": ("an identity's probability", "identities"),
}


@dataclass(frozen=True, slots=True, eq=False)
class Links:
    """Pairs of detections, each the same particle seen again.

    Where a row has two later rows (a split) the first listed pair continues its track and the other begins one; where
    a row has two earlier rows (a merge) the first listed pair continues and the other track ends there.

    Args:
        pair: row number of the earlier and of the later detection.
        probability: how likely each link is, NaN where the method does not say; a table without any has none.
        runner_up: for each link the row that its later row would otherwise continue, the likeliest other one; -1
            where there is none.
        runner_up_probability: how likely that is; NaN where there is none.
        identity: for each link how likely its later row still shows the particle that its track began as, where the
            method knows better than the product of the probabilities so far; NaN where it does not say.

    Raises: ValueError, when a pair names no row or itself, a runner-up is one of the pair, a probability lies outside
        0 to 1, or a column is not as long as there are links.
    """

    pair: Int[np.ndarray, "m 2"]
    probability: Float[np.ndarray, " m"] | None = None
    runner_up: Int[np.ndarray, " m"] | None = None
    runner_up_probability: Float[np.ndarray, " m"] | None = None
    identity: Float[np.ndarray, " m"] | None = None

    def __post_init__(self) -> None:
        bad = (self.pair < 0).any(axis=1) | (self.pair[:, 0] == self.pair[:, 1])
        refuse_links(bad, "a link joins two different rows", "joins", self.pair)
        for name, (what, several) in SHARES.items():
            share = getattr(self, name)
            if share is not None:
                check_length(share, len(self), several)
                wrong = ~(np.isnan(share) | ((share >= 0) & (share <= 1)))
                refuse_links(wrong, f"{what} lies in 0 to 1", "has", share)
        if self.runner_up is not None:
            check_length(self.runner_up, len(self), "runners-up")
            wrong = (self.runner_up < NOTHING) | (self.runner_up[:, None] == self.pair).any(axis=1)
            refuse_links(wrong, "a runner-up is a third row, or -1 for none", "has", self.runner_up)

    def __len__(self) -> int:
        return len(self.pair)


def check_length(column: Shaped[np.ndarray, " k"], links: int, several: str) -> None:
    """Check that a column has one value a link."""
    if len(column) != links:
        message = f"{links} links need as many {several}, not {len(column)}"
        raise ValueError(message)


def refuse_links(bad: Bool[np.ndarray, " m"], rule: str, verb: str, values: Shaped[np.ndarray, "m ..."]) -> None:
    """Refuse the first bad link, with the rule that it breaks."""
    if bad.any():
        index = int(np.argmax(bad))
        message = f"{rule}, but link {index} {verb} {values[index].tolist()}"
        raise ValueError(message)


def no_links() -> Links:
    """Give a table without links.

    >>> len(no_links())
    0
    """
    return Links(np.empty((0, 2), dtype=np.int64))
