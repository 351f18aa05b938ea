"""One run of a linker: what it was, what it found, what it took from the detections."""

from dataclasses import dataclass

import numpy as np

from corpuscle.data.detections import Detections
from corpuscle.data.links import Links
from corpuscle.data.tracks import Tracks, join_tracks
from corpuscle.linking.base import Linker, check_domain


@dataclass(frozen=True, slots=True, eq=False)
class Linked:
    """What a linker found.

    Args:
        linker: the linker with the settings filled in that it took from the detections; its repr is the provenance.
        links: the links.
        tracks: the links read as tracks.
        notes: what the linker says it took from the detections and what it chose, one sentence each.
    """

    linker: Linker
    links: Links
    tracks: Tracks
    notes: tuple[str, ...] = ()


def run_linker(name: str, linker: Linker, detections: Detections) -> Linked:
    """Link detections with a linker whose domain they are, settings learned first.

    Raises: ValueError, when the detections are not what the linker is made for.
    """
    check_domain(linker, name, detections)
    settled, notes = linker.learn(detections)
    links = settled.link(detections)
    return Linked(settled, links, join_tracks(links, detections.frame), notes)


def explain_nothing(linked: Linked, detections: Detections) -> str:
    """Say why nothing could be linked, when the frames are too far apart for the gap; an empty text otherwise.

    >>> from corpuscle.linking.classical.nearest import NearestNeighbour
    >>> detections = Detections(np.array([0, 10]), np.zeros((2, 2)))
    >>> explain_nothing(run_linker("nearest", NearestNeighbour(gate=1.0), detections), detections)
    'nothing is linked: no frames are closer than 10 apart; say gap=9, or --frame-interval where these are times'
    """
    apart = np.diff(np.unique(detections.frame))
    if len(linked.links) or not len(apart) or apart.min() <= getattr(linked.linker, "gap", 0) + 1:
        return ""
    least = int(apart.min())
    reason = f"nothing is linked: no frames are closer than {least} apart"
    return f"{reason}; say gap={least - 1}, or --frame-interval where these are times"
