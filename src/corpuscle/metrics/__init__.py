"""How good a result is: links, tracks and identities against the truth."""

from corpuscle.data.registry import Registry

METRICS = Registry(
    "metric",
    {
        "links": "corpuscle.metrics.links:LinkScore",
        "tracks": "corpuscle.metrics.tracks:TrackScore",
        "identity": "corpuscle.metrics.identity:IdentityScore",
        "calibration": "corpuscle.metrics.calibration:Calibration",
    },
)
"""The scores there are, by name."""
