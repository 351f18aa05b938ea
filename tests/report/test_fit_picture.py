"""The picture of fitted parameters: it is drawn of little, of nothing found, and of fits without errors."""

from pathlib import Path

import numpy as np
import pytest

from corpuscle.data.helix import HelixParameters
from corpuscle.metrics.regression import ETA_EDGES, score_bins
from corpuscle.metrics.residuals import Residuals, subtract
from corpuscle.report.fit import draw_fit


def make_residuals(tracks: int, *, lost: float = 0.0, errors: bool = True) -> Residuals:
    random = np.random.default_rng(0)
    true = np.column_stack([
        np.zeros(tracks), np.zeros(tracks), random.uniform(-3, 3, tracks), random.uniform(0.8, 2.3, tracks),
        random.choice([-1, 1], tracks) / random.uniform(0.5, 60, tracks),
    ])  # fmt: skip
    found = true * (1 + 0.01 * random.normal(size=true.shape))
    found[random.random(tracks) < lost] = np.nan
    covariance = np.tile(np.diag([1e-4, 1e-4, 1e-4, 1e-4, 1e-6]), (tracks, 1, 1))
    said = HelixParameters(found, covariance if errors else None)
    return subtract(said, HelixParameters(true), bound=covariance)


@pytest.mark.parametrize(("tracks", "lost", "errors"), [(500, 0.0, True), (30, 0.5, False), (3, 1.0, True)])
def test_it_is_drawn_of_whatever_there_is(tmp_path: Path, tracks: int, lost: float, errors: bool) -> None:
    residuals = make_residuals(tracks, lost=lost, errors=errors)
    chances = {"generator": np.random.default_rng(0), "replicates": 10}
    bins = score_bins(residuals, **chances), score_bins(residuals, by="eta", edges=ETA_EDGES, **chances)  # type: ignore[arg-type] # a generator and a number
    for ending in ("png", "svg"):
        picture = tmp_path / f"fit.{ending}"
        draw_fit(picture, residuals, *bins, title="a fit")
        assert picture.stat().st_size > 10_000
    assert not list(tmp_path.glob(".*"))
