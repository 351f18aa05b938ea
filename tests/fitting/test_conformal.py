"""Conformal intervals hold the truth as often as they say, whatever the fitter says of its errors."""

from dataclasses import dataclass

import numpy as np
import pytest

from corpuscle.data.apparatus import Apparatus, lay_barrel
from corpuscle.data.event import TrackHits
from corpuscle.data.helix import HelixParameters
from corpuscle.fitting.base import Fit, Fitter
from corpuscle.fitting.classical.karimaki import Karimaki
from corpuscle.fitting.conformal import calibrate
from corpuscle.simulation.helical import Helix


@dataclass(frozen=True, slots=True, kw_only=True)
class Blind(Fitter):
    """The closed form without its errors."""

    def fit(self, hits: TrackHits, apparatus: Apparatus) -> Fit:
        found = Karimaki().fit(hits, apparatus)
        return Fit(
            parameters=HelixParameters(found.parameters.value), chi2=found.chi2, ndf=found.ndf, reason=found.reason
        )


def draw(tracks: int, seed: int) -> tuple[TrackHits, Apparatus, HelixParameters]:
    world = Helix(tracks=tracks, tracks_per_event=tracks)
    made = world.simulate(np.random.default_rng(seed))
    hits = made.hits.collect_tracks()
    return hits, world.apparatus, HelixParameters(made.particles.parameters.value[hits.track])


@pytest.mark.parametrize("share", [0.6827, 0.95])
@pytest.mark.parametrize("fitter", [Karimaki(), Blind()])
def test_intervals_hold_the_truth_as_often_as_they_say(fitter: Fitter, share: float) -> None:
    """The closed form knows nothing of scattering: its own errors hold the truth far too rarely."""
    conformal = calibrate(fitter, *draw(4000, 0), share=share)
    hits, apparatus, truth = draw(4000, 1)
    _, interval = conformal.fit(hits, apparatus)
    middle, half = interval.mean(axis=2), np.diff(interval, axis=2)[..., 0] / 2
    apart = np.abs(middle - truth.value)
    apart[:, 2] = np.minimum(apart[:, 2], 2 * np.pi - apart[:, 2])
    held = (apart <= half).mean(axis=0)
    # the calibration and the test both count 4000 tracks
    np.testing.assert_allclose(held, share, atol=4 * np.sqrt(2 * share * (1 - share) / 4000))


def test_the_rank_is_that_of_split_conformal() -> None:
    hits, apparatus, truth = draw(19, 0)
    conformal = calibrate(Blind(), hits, apparatus, truth, share=0.95)
    apart = np.abs(Karimaki().fit(hits, apparatus).parameters.value - truth.value)[:, [0, 1, 3, 4]]
    np.testing.assert_array_equal(conformal.factor[[0, 1, 3, 4]], apart.max(axis=0))


def test_too_few_tracks() -> None:
    with pytest.raises(ValueError, match=r"intervals of 0\.95 need 19 fitted tracks .* not 18"):
        calibrate(Karimaki(), *draw(18, 0), share=0.95)
    with pytest.raises(ValueError, match="a chance between 0 and 1, not 1"):
        calibrate(Karimaki(), *draw(18, 0), share=1.0)


def test_an_apparatus_is_that_of_the_tracks() -> None:
    """What was set in one apparatus is used with the errors of another."""
    conformal = calibrate(Karimaki(), *draw(500, 0))
    hits, _, _ = draw(5, 1)
    _, sharp = conformal.fit(hits, lay_barrel())
    _, dull = conformal.fit(hits, lay_barrel(resolution=0.04))
    assert (np.diff(dull, axis=2)[:, 0] > np.diff(sharp, axis=2)[:, 0]).all()
