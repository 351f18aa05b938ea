"""One run of a linker: what it was, what it found, what it took from the detections."""

from dataclasses import dataclass

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
    """

    linker: Linker
    links: Links
    tracks: Tracks


def run_linker(name: str, linker: Linker, detections: Detections) -> Linked:
    """Link detections with a linker whose domain they are, settings learned first.

    Raises: ValueError, when the detections are not what the linker is made for.
    """
    check_domain(linker, name, detections)
    settled = linker.settle(detections)
    links = settled.link(detections)
    return Linked(settled, links, join_tracks(links, detections.frame))
