"""How much one quantity says of another: mutual information, and the chance that it is none."""

from corpuscle.data.registry import Registry

ESTIMATORS = Registry(
    "estimator of information",
    {
        "ksg": "corpuscle.metrics.information.ksg:NeighbourEstimator",
        "ross": "corpuscle.metrics.information.ross:LabelEstimator",
        "counts": "corpuscle.metrics.information.counts:CountEstimator",
        "binned": "corpuscle.metrics.information.binned:BinEstimator",
    },
)
"""The estimators there are, by name."""
