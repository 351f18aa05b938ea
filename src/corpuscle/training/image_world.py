"""What a store of simulated images says of itself."""

from typing import Any

from corpuscle.data.settings import describe_settings
from corpuscle.io.images.layout import ImageLayout
from corpuscle.simulation.pictured import ImageWorld


def lay_world(world: ImageWorld) -> ImageLayout:
    """Lay out the images of a world.

    >>> from corpuscle.simulation.templates import Templates
    >>> lay_world(Templates()).shape
    (1, 32, 32)
    """
    return ImageLayout(
        shape=world.shape, channels=world.channels, names=world.classes, columns=world.known, negative=world.negative
    )


def describe_world(name: str, world: ImageWorld, seed: int) -> dict[str, Any]:
    """Describe a world and where its chances come from, for the card of a store.

    Args:
        name: of the world.
        world: the world.
        seed: where all chances come from.
    """
    return {
        "kind": world.kind, "format": "simulated", "names": [name], "settings": describe_settings(world),
        "seed": seed, "events": world.events, "ceiling": world.compute_ceiling(),
    }  # fmt: skip
