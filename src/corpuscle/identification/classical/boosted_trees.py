"""Boosted trees on shapes of images."""

from dataclasses import dataclass
from typing import ClassVar

from corpuscle.identification.classical.judge import ClassicalIdentifier


@dataclass(frozen=True, slots=True, kw_only=True)
class BoostedTrees(ClassicalIdentifier):
    """Boosted trees on what is measured of an image: widths, shares, rings, moments.

    Each score is a sum over trees, each of which was grown to mend what those before left wrong.

    Source: Friedman, Annals of Statistics 29 (2001) 1189; as scikit-learn's HistGradientBoostingClassifier.
    """

    method: ClassVar[str] = "boosted-trees"
