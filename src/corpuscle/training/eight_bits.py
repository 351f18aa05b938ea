"""A graph in eight bits that loses little and saves much, or none."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Int

from corpuscle.io.images.store import ImageStore
from corpuscle.training.judged import clock_sessions, measure_ranking, open_session
from corpuscle.training.quantize import How, has_convolutions, quantize

LOSS = 0.01
"""The AUC that may be lost."""

SMALLER, LARGE = 3.0, 100_000
"""How many times smaller the file of a net of so many parameters is to be; that of a smaller one just smaller."""

CALIBRATED = 512
"""Training images on which ranges are found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """What one way of eight bits comes to.

    Args:
        how: dynamic or static.
        bytes: of the file.
        auc: on the validation images.
        latency: one thread, by images at once [microseconds an image].
    """

    how: How
    bytes: int
    auc: float
    latency: dict[int, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A graph before, the ways of eight bits that were tried, and the one that was taken.

    Args:
        bytes: of the file before.
        auc: on the validation images, before.
        latency: before [microseconds an image].
        ways: what was tried.
        chosen: the number of the way that was taken.
        images: of validation.
    """

    bytes: int
    auc: float
    latency: dict[int, float]
    ways: tuple[Way, ...]
    chosen: int
    images: int

    @property
    def taken(self) -> Way:
        """The way that was taken."""
        return self.ways[self.chosen]

    def describe(self) -> dict[str, Any]:
        """Write this down, for the description of a graph."""
        taken = self.taken
        return {
            "how": taken.how, "bits": 8, "images": self.images,
            "before": {"bytes": self.bytes, "auc": self.auc, "microseconds_an_image": self.latency},
            "after": {"bytes": taken.bytes, "auc": taken.auc, "microseconds_an_image": taken.latency},
        }  # fmt: skip

    def tell(self) -> list[str]:
        """Tell size, time and AUC before and after, a line a way."""
        lines = []
        for number, way in enumerate(self.ways):
            speed = [f"{self.latency[size] / way.latency[size]:.2f} with {size} at once" for size in way.latency]
            lines.append(
                f"{way.how} int8{' (taken)' if number == self.chosen else ''}: {self.bytes:,} -> {way.bytes:,} bytes "
                f"({self.bytes / way.bytes:.1f} times smaller), AUC {self.auc:.4f} -> {way.auc:.4f} on {self.images:,} "
                f"validation images, speed on one thread times {', '.join(speed)}"
            )
        if max(self.latency[size] / self.taken.latency[size] for size in self.latency) < FASTER:
            lines.append("eight bits buy size here, and no speed")
        return lines


FASTER = 1.1
"""From where on a time is called faster."""


def choose_eight_bits(
    graph: Path,
    store: ImageStore,
    training: Int[np.ndarray, " learned"],
    validation: Int[np.ndarray, " held"],
    *,
    parameters: int,
) -> Comparison:
    """Write a graph in eight bits in the place of one in single precision.

    Both ways are tried. Of a graph with convolutions the static one is taken first, whose runtime has them in eight
    bits; of others the dynamic one.

    Args:
        graph: the graph, replaced.
        store: images.
        training: rows on which ranges are found.
        validation: rows on which the AUC is measured.
        parameters: of the net.

    Raises: ValueError, when every way loses more than 0.01 of AUC, or is not three times smaller for a net of 100,000
        parameters or more.
    """
    images = store.images.densify(np.random.default_rng(0).permutation(training)[:CALIBRATED])
    before, size = open_session(graph), graph.stat().st_size
    auc, name = measure_ranking(before, store, validation), before.get_inputs()[0].name
    order: tuple[How, ...] = ("static", "dynamic") if has_convolutions(graph) else ("dynamic", "static")
    made = [graph.with_name(f"{how}.{graph.name}") for how in order]
    for how, path in zip(order, made, strict=True):
        quantize(graph, path, how, name=name, images=images)
    sessions = [open_session(path) for path in made]
    times, *later = clock_sessions([before, *sessions], images)
    ways = tuple(
        Way(how=how, bytes=path.stat().st_size, auc=measure_ranking(session, store, validation), latency=latency)
        for how, path, session, latency in zip(order, made, sessions, later, strict=True)
    )
    fit = [k for k, way in enumerate(ways) if fits(way, size=size, auc=auc, parameters=parameters)]
    if not fit:
        told = "; ".join(f"{way.how}: AUC {auc:.4f} -> {way.auc:.4f}, {size / way.bytes:.2f} times" for way in ways)
        message = (
            f"eight bits are to lose {LOSS} of AUC at most, and to be {SMALLER:g} times smaller for nets of {LARGE:,} "
            f"parameters or more ({parameters:,} here), but {told}: nothing is written; export without --int8"
        )
        raise ValueError(message)
    made[fit[0]].replace(graph)
    return Comparison(bytes=size, auc=auc, latency=times, ways=ways, chosen=fit[0], images=len(validation))


def fits(way: Way, *, size: int, auc: float, parameters: int) -> bool:
    """Tell whether a way loses little enough and saves enough."""
    wanted = SMALLER if parameters >= LARGE else 1.0
    return auc - way.auc <= LOSS and size / way.bytes > wanted
