"""The hits of tracks as fits see them: on cylinders about the axis, with their errors."""

import numpy as np

from corpuscle.data.apparatus import Apparatus
from corpuscle.data.event import TrackHits
from corpuscle.estimation.helices.helix import Measured
from corpuscle.fitting.screen import measure_variance, place_hits


def measure(hits: TrackHits, apparatus: Apparatus) -> Measured:
    """See the hits of tracks on cylinders, with the errors of their places in the apparatus."""
    x, y, z = np.ascontiguousarray(hits.position.T, dtype=float)
    return Measured(
        offset=hits.offset,
        radius=np.hypot(x, y),
        azimuth=np.arctan2(y, x),
        z=z,
        place=place_hits(hits, apparatus),
        variance=measure_variance(hits, apparatus),
        cylinder=apparatus.radius,
        field=apparatus.field,
    )
