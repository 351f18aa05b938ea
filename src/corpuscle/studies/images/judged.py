"""What the studies of images measure of a method on images that it has not learned from."""

from pathlib import Path
from typing import Any

import numpy as np

from corpuscle.data.labels import Labels
from corpuscle.identification.base import Identifier
from corpuscle.metrics.classes.ranking import Ranking, average, rank_images
from corpuscle.studies.images.shown import Shown
from corpuscle.studies.pupil import TRAINED
from corpuscle.studies.store import read_json
from corpuscle.studies.study import Contender

INFLUENCE = "influence"
"""What each image adds to the error of an AUC, so that rows of the same images can be compared in pairs."""

DIGITS = 5
"""Digits of each that are kept."""


def measure_identifier(method: Contender, identifier: Identifier | None, shown: Shown) -> dict[str, Any]:
    """Score what a method says of images; what is no method is the best possible one."""
    if identifier is None:
        return measure_best(shown)
    labels = identifier.identify(shown.pixels)
    trained = read_json(Path(identifier.weights) / TRAINED)  # type: ignore[attr-defined] # each has learned something
    return {
        **keep_ranking(rank_labels(labels, shown.truth)),
        "accuracy": float((labels.likeliest == shown.truth).mean()),
        "judged": len(shown.truth),
        "validation_auc": trained["validation_auc"],
        "validation_accuracy": trained["validation_accuracy"],
        "training_seconds": trained["seconds"],
    }


def rank_labels(labels: Labels, truth: np.ndarray) -> Ranking:
    """Rank images by the second of two classes; of more, by each against the others, on average."""
    if len(labels.names) == 2:
        return rank_images(labels.probability[:, 1], truth == 1)
    said = labels.probability
    return average([rank_images(said[:, k], truth == k) for k in np.unique(truth)])


def measure_best(shown: Shown) -> dict[str, Any]:
    """Score the best possible method on the same images.

    Raises: ValueError, when nobody knows it.
    """
    if shown.best is None:
        raise ValueError("a ceiling is asked for of images whose best method nobody knows")
    nothing = dict.fromkeys(("accuracy", "validation_auc", "validation_accuracy", "training_seconds"), float("nan"))
    return {**keep_ranking(rank_images(shown.best, shown.truth == 1)), **nothing, "judged": len(shown.truth)}


def keep_ranking(ranking: Ranking) -> dict[str, Any]:
    """Keep an AUC, its error, and what each image adds to this."""
    influence = [float(f"{value:.{DIGITS}g}") for value in ranking.influence]
    return {"auc": ranking.value, "auc_error": ranking.error, INFLUENCE: influence}
