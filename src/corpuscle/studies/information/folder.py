"""Events of a folder of TrackML files, as an information study reads them beside the helix world."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from corpuscle.data.event import Collisions, Events, Particles
from corpuscle.data.helix import HelixParameters
from corpuscle.io.collider.bundle import list_members
from corpuscle.io.collider.trackml import TrackML
from corpuscle.studies.case import Case
from corpuscle.studies.information.collected import Collected, collect


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder(Case[Collected]):
    """Events of TrackML files, with all hits of particles whose charge and momentum are known.

    Args:
        number: the numbers of the events.
        names: the files.
    """

    number: tuple[int, ...]
    names: tuple[str, ...]

    @property
    def columns(self) -> dict[str, Any]:
        """What a row says of the world; tracks are as many as there are."""
        return {"world": "trackml", "world_events": len(self.number), "world_tracks": None}

    @property
    def known(self) -> dict[str, Any]:
        """What a method may be told: nothing."""
        return {}

    @property
    def count(self) -> int | None:
        """There is one sample."""
        return 1

    @property
    def files(self) -> tuple[str, ...]:
        """The files that are read."""
        return self.names

    def declare(self) -> dict[str, Any]:
        """Write down the events."""
        return {"number": list(self.number)}

    def draw_scene(self, repeat: int, data: Path | None = None) -> Collected:
        """Read the events.

        Raises: ValueError, when no folder is given; FormatError, as reading does.
        """
        if data is None:
            raise ValueError("the events stand in a folder of data; give --data DIR")
        reader = TrackML()
        read = [recorded.collisions for recorded in reader.stream(data, reader.lay(data))]
        return collect(join(read), seed=self.derive_seed(repeat))


def open_folder(data: Path) -> Folder:
    """Open a folder of TrackML files.

    Raises: FormatError, when it has no event, or one lacks a file; FileNotFoundError.
    """
    number = tuple(TrackML().list_events(data))
    names = sorted({member.path.name for member in list_members(data) if member.name.startswith("event")})
    return Folder(number=number, names=tuple(names))


def join(collisions: list[Collisions]) -> Collisions:
    """Join the events of several collisions, whose numbers differ."""
    hits, truth = [one.hits for one in collisions], [one.particles for one in collisions]
    length = np.concatenate([np.diff(one.offset) for one in hits])
    return Collisions(
        Events(
            number=np.concatenate([one.number for one in hits]),
            offset=np.append(0, np.cumsum(length)),
            position=np.concatenate([one.position for one in hits]),
            layer=np.concatenate([one.layer for one in hits]),
            track=np.concatenate([one.track for one in hits]),
        ),
        Particles(
            event=np.concatenate([one.event for one in truth]),
            track=np.concatenate([one.track for one in truth]),
            parameters=HelixParameters(np.concatenate([one.parameters.value for one in truth])),
            kind=np.concatenate([one.kind for one in truth]),
            lost=np.concatenate([one.lost for one in truth]),
        ),
    )
