"""The reliability diagram: every method that has links with a probability, in each format."""

from pathlib import Path

import numpy as np

from corpuscle.metrics.calibration import Calibration
from corpuscle.report.calibration import draw_calibration


def make(links: int, scenes: int) -> Calibration:
    random = np.random.default_rng(links)
    said = random.uniform(0.3, 1, links)
    scene = np.arange(links) * scenes // max(links, 1)
    return Calibration(probability=said, right=random.random(links) < said, scene=scene)


def test_every_method_with_links_is_drawn(tmp_path: Path) -> None:
    found = {"merged": make(2000, 10), "exact": make(50, 1), "nothing": make(0, 1), "one": make(1, 1)}
    draw_calibration(tmp_path / "a.png", found, title="made up")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    draw_calibration(tmp_path / "a.svg", found, title="made up")
    text = (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert "merged: error" in text
    assert "2,000 links" in text
    assert "right probabilities" in text
    assert "nothing" not in text
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["a.png", "a.svg"]
