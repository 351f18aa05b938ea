"""Logistic regression learns, from ever more images, so that one sees whether more would help."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float

from corpuscle.data.progress import follow
from corpuscle.data.settings import setting
from corpuscle.identification.classical.graph import draw_line
from corpuscle.training.classical import ClassicalTrainer, Examples, Fitted, list_epochs

SHARES = (1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0)
"""Of the training images, that are learned from one after another; what was learned from all is kept."""

Line = tuple[Float[np.ndarray, "feature score"], Float[np.ndarray, " score"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogisticTrainer(ClassicalTrainer):
    """Logistic regression on what is told of images, each number in units of its spread."""

    method: ClassVar[str] = "logistic"

    penalty: float = setting(1.0, "weight of the squares of slopes against the sum of losses of all images", above=0)
    steps: int = setting(1000, "steps of the search at most", least=1)

    def fit(self, training: Examples, validation: Examples, seed: int) -> Fitted:
        """Fit slopes to more and more of the images."""
        order = np.random.default_rng(seed).permutation(len(training.label))
        counts = [count for count in (int(share * len(order)) for share in SHARES) if covers(training, order[:count])]
        losses, line = [], None
        for count in follow(counts, "fitting images"):
            some = Examples(training.feature[order[:count]], training.label[order[:count]])
            line = self.draw(some)
            losses.append((measure_loss(line, some), measure_loss(line, validation)))
        assert line is not None  # all images together cover all classes: the caller has checked
        return Fitted(draw_line(*line), list_epochs(counts, *zip(*losses, strict=True)), "training images")

    def draw(self, some: Examples) -> Line:
        """Fit the slopes of features as they are measured."""
        from sklearn.linear_model import LogisticRegression

        feature = some.feature.astype(np.float64)
        mean, spread = feature.mean(axis=0), feature.std(axis=0)
        spread[spread == 0] = 1.0
        found: Any = LogisticRegression(C=1 / self.penalty, max_iter=self.steps).fit(
            (feature - mean) / spread, some.label
        )
        slope = found.coef_.T / spread[:, None]
        return np.ascontiguousarray(slope), found.intercept_ - mean @ slope


def covers(training: Examples, rows: np.ndarray) -> bool:
    """Tell whether some images are of all classes."""
    return len(np.unique(training.label[rows])) == int(training.label.max()) + 1


def measure_loss(line: Line, some: Examples) -> float:
    """Give the mean of -log of the true class's probability [nat]."""
    score = some.feature.astype(np.float64) @ line[0] + line[1]
    if score.shape[1] == 1:
        return float(np.logaddexp(0, np.where(some.label == 1, -score[:, 0], score[:, 0])).mean())
    held = score[np.arange(len(score)), some.label]
    return float((np.logaddexp.reduce(score, axis=1) - held).mean())
