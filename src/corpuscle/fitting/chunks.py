"""Any number of tracks fitted, a chunk at a time."""

import numpy as np

from corpuscle.data.apparatus import Apparatus
from corpuscle.data.event import TrackHits
from corpuscle.data.helix import HelixParameters
from corpuscle.data.progress import follow
from corpuscle.fitting.base import REASONS, Fit, Fitter

CHUNK = 20_000
"""Tracks that are fitted together; what a fitter needs beside its result does not grow beyond that."""


def fit_chunks(fitter: Fitter, hits: TrackHits, apparatus: Apparatus, *, chunk: int = CHUNK) -> Fit:
    """Fit tracks a chunk at a time, telling how far that has come.

    Args:
        fitter: the fitter.
        hits: the hits of tracks.
        apparatus: the field and the cylinders.
        chunk: how many tracks are fitted together.
    """
    begins = range(0, max(len(hits), 1), chunk)
    rows = (np.arange(begin, min(begin + chunk, len(hits))) for begin in begins)
    chosen = (hits.choose(some) for some in rows)
    return join_fits([fitter.fit(some, apparatus) for some in follow(chosen, "fitting", len(begins))])


def join_fits(parts: list[Fit]) -> Fit:
    """Put fits behind one another."""
    if len(parts) == 1:
        return parts[0]
    covariances = [part.parameters.covariance for part in parts if part.parameters.covariance is not None]
    return Fit(
        parameters=HelixParameters(
            np.concatenate([part.parameters.value for part in parts]),
            np.concatenate(covariances) if len(covariances) == len(parts) else None,
        ),
        chi2=np.concatenate([part.chi2 for part in parts]),
        ndf=np.concatenate([part.ndf for part in parts]),
        reason=np.concatenate([part.reason for part in parts]),
    )


def count_reasons(fit: Fit) -> dict[str, int]:
    """Count the tracks without parameters, by reason."""
    count = np.bincount(fit.reason, minlength=len(REASONS))
    return {reason: int(count[number]) for number, reason in enumerate(REASONS) if number and count[number]}
