"""The fitters by name."""

from corpuscle.data.registry import Registry

FITTERS = Registry(
    "fitter",
    {
        "karimaki": "corpuscle.fitting.classical.karimaki:Karimaki",
        "gls": "corpuscle.fitting.classical.least_squares:LeastSquares",
        "kalman": "corpuscle.fitting.classical.kalman:Kalman",
        "corrector": "corpuscle.fitting.learned.corrector:Corrector",
        "trackformer": "corpuscle.fitting.learned.trackformer:TrackFormer",
    },
)
