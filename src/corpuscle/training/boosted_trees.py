"""Boosted trees learn: scikit-learn grows them, validation images say when there are enough."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from corpuscle.data.settings import setting
from corpuscle.identification.classical.graph import Tree, draw_trees
from corpuscle.training.classical import ClassicalTrainer, Examples, Fitted, list_epochs


@dataclass(frozen=True, slots=True, kw_only=True)
class BoostedTreesTrainer(ClassicalTrainer):
    """Boosted trees on histograms of what is told of images."""

    method: ClassVar[str] = "boosted-trees"

    iterations: int = setting(500, "trees a score at most", least=1)
    learning_rate: float = setting(0.05, "by how much a tree mends what is left", above=0, most=1)
    leaves: int = setting(15, "leaves of a tree at most", least=2)
    least: int = setting(50, "training images in a leaf at least", least=1)
    penalty: float = setting(0.0, "weight of the squares of what leaves add", least=0)
    patience: int = setting(20, "trees without a lower validation loss before growing stops", least=1)

    def fit(self, training: Examples, validation: Examples, seed: int) -> Fitted:
        """Grow trees until validation gains no more."""
        from sklearn.ensemble import HistGradientBoostingClassifier

        grown = HistGradientBoostingClassifier(
            max_iter=self.iterations, learning_rate=self.learning_rate, max_leaf_nodes=self.leaves,
            min_samples_leaf=self.least, l2_regularization=self.penalty, early_stopping=True, scoring="loss",
            n_iter_no_change=self.patience, random_state=seed,
        )  # fmt: skip
        grown.fit(training.feature, training.label, X_val=validation.feature, y_val=validation.label)
        base = np.asarray(grown._baseline_prediction, dtype=np.float64).ravel()
        graph = draw_trees(list(take_trees(grown)), base, training.feature.shape[1])
        losses = (-grown.train_score_).tolist(), (-grown.validation_score_).tolist()
        return Fitted(graph, list_epochs(range(len(losses[0])), *losses), "trees a score")


def take_trees(grown: Any) -> Iterator[Tree]:  # noqa: ANN401 - scikit-learn has no stubs
    """Take the trees that scikit-learn has grown, score by score."""
    for trees in grown._predictors:
        for target, tree in enumerate(trees):
            node = tree.nodes
            yield Tree(
                feature=node["feature_idx"].astype(np.int64),
                threshold=node["num_threshold"].astype(np.float64),
                left=node["left"].astype(np.int64),
                right=node["right"].astype(np.int64),
                leaf=node["is_leaf"].astype(bool),
                value=node["value"].astype(np.float64),
                target=target,
            )
