"""Score labels of images against the classes that a store knows, on tables and files."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Int

from corpuscle.data.images import Images
from corpuscle.data.labels import Labels
from corpuscle.io.errors import FormatError
from corpuscle.io.images.store import ImageStore, open_images
from corpuscle.io.labels import LabelledRows
from corpuscle.metrics.classes.score import LabelScores, score_labels

Known = str | Path | ImageStore | Images
"""What knows the classes of images."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ScoredLabels:
    """Labels beside the truth.

    Args:
        scores: what came out.
        labels: the probability of each class, in the order of the truth's.
        truth: the number of each image's class.
    """

    scores: LabelScores
    labels: Labels
    truth: Int[np.ndarray, " image"]


def score_rows(found: LabelledRows, truth: Known, *, source: str = "", seed: int = 0) -> ScoredLabels:
    """Score labels; each row is compared with the image of that row.

    Args:
        found: the labels.
        truth: the store whose images they are of.
        source: the file of the labels, for messages.
        seed: where the chances of intervals come from.

    Raises: FormatError, when the truth has other classes or no such row; ValueError, when all images are of one class.
    """
    images = take_truth(truth)
    names = images.names
    if set(found.labels.names) != set(names):
        odd = [name for name in found.labels.names if name not in names]
        told = f"the class {odd[0]!r}" if odd else f"no {', '.join(sorted(set(names) - set(found.labels.names))[:8])}"
        raise FormatError(source, f"the classes of the truth: {', '.join(names[:8])}", told)
    beyond = np.flatnonzero(found.row >= len(images))
    if len(beyond):
        wrong = f"row {found.row[beyond[0]]}"
        hint = "give the store that was judged"
        raise FormatError(source, f"rows of the truth, which has {len(images)} images", wrong, hint=hint)
    order = [found.labels.names.index(name) for name in names]
    labels = Labels(probability=found.labels.probability[:, order], names=names)
    label = images.label[found.row].astype(np.int64)
    return ScoredLabels(scores=score_labels(labels, label, seed=seed), labels=labels, truth=label)


def take_truth(truth: Known) -> Images:
    """Take what knows the classes of images."""
    if isinstance(truth, (str, Path)):
        truth = open_images(truth)
    return truth.images if isinstance(truth, ImageStore) else truth


def list_scores(scored: ScoredLabels, found: LabelledRows) -> dict[str, Any]:
    """List everything by name, as `corpuscle score --json` writes it."""
    return {**{name: found.about[name] for name in ("method", "run", "part") if name in found.about},
            **scored.scores.list_values()}  # fmt: skip
