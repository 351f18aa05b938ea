"""Pictures of labels, of two classes and of many, are drawn."""

from pathlib import Path

import numpy as np
import pytest

from corpuscle.data.labels import Labels
from corpuscle.metrics.classes.score import score_labels
from corpuscle.report.labels import draw_labels, draw_reliability


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


def test_none_of_few_is_drawn_as_uncertain() -> None:
    class Axes:
        def errorbar(self, _x: object, _y: object, reach: np.ndarray, **_: object) -> None:
            self.reach = reach

        def __getattr__(self, _name: str) -> object:
            return lambda *_, **__: None

    labels = Labels(probability=np.array([[0.9, 0.1], [0.1, 0.9]] * 5), names=("a", "b"))
    axes = Axes()
    draw_reliability(axes, score_labels(labels, np.array([0, 1] * 5), replicates=5), binary=True)
    np.testing.assert_allclose(axes.reach, [[0.0, 0.4345], [0.4345, 0.0]], atol=1e-4)
