"""Every layout of collisions by name."""

from corpuscle.data.registry import Registry

COLLIDERS = Registry(
    "layout of collisions",
    {
        "trackml": "corpuscle.io.collider.trackml:TrackML",
        "acts": "corpuscle.io.collider.acts:Acts",
        "root": "corpuscle.io.collider.root:Root",
        "colliderml": "corpuscle.io.collider.colliderml:ColliderML",
        "corpuscle": "corpuscle.io.collider.own:Own",
    },
)
