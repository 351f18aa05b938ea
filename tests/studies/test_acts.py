"""Muons through ACTS: our hits are those that its own filter fits; where it is missing, the study says so."""

import importlib.util

import numpy as np
import pytest

from corpuscle.metrics.regression import score_momentum
from corpuscle.metrics.residuals import subtract
from corpuscle.studies.fitting import acts
from corpuscle.studies.fitting.acts import KALMAN, ThroughActs, describe_barrel, simulate_muons


def make_case(muons: int = 200) -> ThroughActs:
    return ThroughActs(lowest=2.0, highest=5.0, muons=muons, shown={"world": "ACTS", "pt": 3.0}, repeats=1)


def test_the_barrel_is_that_of_the_generic_detector() -> None:
    barrel = describe_barrel()
    assert barrel.field == 2.0
    assert len(barrel.radius) == 10
    assert barrel.material.sum() == pytest.approx(0.236, abs=0.001)


def test_where_it_is_not_installed_it_takes_no_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acts, "find_spec", lambda name: None if name == "acts" else importlib.util.find_spec(name))
    assert make_case().missing == "events through ACTS (no pyacts: pip install 'corpuscle[hep]')"


@pytest.mark.slow
def test_its_filter_and_its_truth_fit_its_hits() -> None:
    pytest.importorskip("acts")
    sample = make_case().draw_scene(0)
    assert len(sample) == 200
    radius = np.hypot(*sample.hits.position[:, :2].T)
    assert np.abs(radius - sample.apparatus.radius[sample.hits.layer]).max() < 10.0
    assert (sample.truth.parameters.transverse_momentum > 1.98).all()
    assert (sample.truth.parameters.transverse_momentum < 5.0).all()
    assert np.abs(sample.truth.parameters.value[:, 0]).max() < 0.1
    found = score_momentum(subtract(sample.fits[KALMAN].parameters, sample.truth.parameters))
    assert found["r68"] == pytest.approx(0.0094, rel=0.2)
    assert found["pull_width"] == pytest.approx(1.0, abs=0.15)


@pytest.mark.slow
def test_a_seed_gives_the_same_muons() -> None:
    pytest.importorskip("acts")
    simulate_muons.cache_clear()
    one = make_case(5).draw_scene(0)
    simulate_muons.cache_clear()
    other = make_case(5).draw_scene(0)
    assert one is not other
    np.testing.assert_array_equal(one.hits.position, other.hits.position)
