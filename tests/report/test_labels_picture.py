"""Pictures of labels, of two classes and of many, are drawn."""

from pathlib import Path

import numpy as np
import pytest

from corpuscle.data.labels import Labels
from corpuscle.metrics.classes.score import score_labels
from corpuscle.report.labels import draw_labels


@pytest.mark.parametrize("classes", [2, 8])
def test_a_picture_of_labels(classes: int, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    truth = np.arange(120) % (classes - classes // 8)  # of eight classes one has no image
    said = random.dirichlet(np.ones(classes), 120) + np.eye(classes)[truth]
    labels = Labels(probability=said / said.sum(axis=1, keepdims=True), names=tuple("abcdefgh"[:classes]))
    draw_labels(tmp_path / "p.svg", labels, truth, score_labels(labels, truth, replicates=5), title="made")
    text = (tmp_path / "p.svg").read_text()
    assert text.count("<svg") == 1
    assert len(text) > 10_000
