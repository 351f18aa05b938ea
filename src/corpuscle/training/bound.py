"""A bound on information from below: what a net can learn of it, asked on rows that it was not taught."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from jaxtyping import Float

from corpuscle.data.settings import setting
from corpuscle.metrics.information.base import Columns, Estimator, Kind, check_pairs, normal_scores
from corpuscle.nets.weights import import_torch

if TYPE_CHECKING:
    from torch import Tensor

    from corpuscle.nets.critic import Critic

PARTS = 256
"""Rows that are compared with each other where the bound is read off; InfoNCE cannot exceed ln of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedBound(Estimator):
    """Teach two nets which values go together, and read the bound off the other half of the rows.

    Each half is read by the nets that the other half taught, so that nothing learned by heart counts. What is found is
    there; what is not found may be, all the more with few rows: a bound, no estimate.
    """

    kinds: ClassVar[tuple[Kind, Kind]] = ("continuous", "continuous")

    form: Literal["contrast", "densities"] = setting(
        "contrast", "InfoNCE (contrast), or Donsker and Varadhan's bound as in MINE (densities), which varies more"
    )
    steps: int = setting(300, "steps of Adam", least=1)
    rows: int = setting(256, "rows of a step", least=2)
    width: int = setting(32, "neurons of a layer", least=1)
    said: int = setting(8, "numbers that each net says of a value", least=1)
    learning_rate: float = setting(3e-3, "of Adam", above=0)
    seed: int = setting(0, "where the chances of learning come from", least=0)

    def weigh(self, one: Columns, other: Columns) -> Float[np.ndarray, " n"]:
        """Give the part of every row [nat]."""
        check_pairs(one, other, least=8)
        from corpuscle.nets.threads import one_thread

        values = tuple(normal_scores(half).astype(np.float32) for half in (one, other))
        order = np.random.default_rng(self.seed).permutation(len(one))
        halves = order[::2], order[1::2]
        part = np.empty(len(one))
        with one_thread():
            for taught, asked in (halves, halves[::-1]):
                critic = self.teach(values[0][taught], values[1][taught])
                part[asked] = self.ask(critic, values[0][asked], values[1][asked])
        return part

    def teach(self, one: Float[np.ndarray, "n d"], other: Float[np.ndarray, "n e"]) -> "Critic":
        """Teach two nets to raise the bound."""
        torch = import_torch()
        from corpuscle.nets.critic import Critic

        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            critic = Critic(one.shape[1], other.shape[1], self.width, self.said)
        optimizer = torch.optim.Adam(critic.parameters(), lr=self.learning_rate, weight_decay=1e-4)
        generator = np.random.default_rng(self.seed)
        for _ in range(self.steps):
            rows = generator.integers(len(one), size=min(self.rows, len(one)))
            loss = -self.read(critic(torch.as_tensor(one[rows]), torch.as_tensor(other[rows]))).mean()
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call] # torch's own
            optimizer.step()
        return critic

    def ask(
        self, critic: "Critic", one: Float[np.ndarray, "n d"], other: Float[np.ndarray, "n e"]
    ) -> Float[np.ndarray, " n"]:
        """Read the bound off rows, part by part."""
        torch = import_torch()
        blocks = np.array_split(np.arange(len(one)), max(1, len(one) // PARTS))
        with torch.no_grad():
            parts = [self.read(critic(torch.as_tensor(one[rows]), torch.as_tensor(other[rows]))) for rows in blocks]
        return np.concatenate([part.numpy() for part in parts]).astype(float)

    def read(self, score: "Tensor") -> "Tensor":
        """Give the part of every row of a block of scores."""
        from corpuscle.nets.critic import contrast, weigh_densities

        return contrast(score) if self.form == "contrast" else weigh_densities(score)
