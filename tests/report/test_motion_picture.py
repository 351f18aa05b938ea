"""The picture of motion: drawn for tracks that move, that do not, and that are too short."""

from pathlib import Path

import numpy as np
import pytest

from corpuscle.estimation.movement.displacement import lay_paths
from corpuscle.estimation.movement.moving import measure_motion
from corpuscle.report.motion import draw_motion


@pytest.mark.parametrize("step", [0.0, 1.0])
@pytest.mark.parametrize(("tracks", "length"), [(20, 30), (1, 30), (5, 2)])
def test_motion_is_drawn(tracks: int, length: int, step: float, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    position = random.normal(0, step, (tracks, length, 2)).cumsum(axis=1).reshape(-1, 2)
    label, frame = np.repeat(np.arange(tracks), length), np.tile(np.arange(length), tracks)
    paths = lay_paths(label, frame, position, random.uniform(0.5, 1, len(label)))
    moving = measure_motion(paths, random)
    for name in ("a.png", "a.svg"):
        draw_motion(tmp_path / name, moving, title="a.csv", length=0.1, time=0.05, units=("um", "s"))
    text = (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert "links counted by their probability" in text
    assert "D of a track [um²/s]" in text
