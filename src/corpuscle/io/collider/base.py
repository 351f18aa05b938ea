"""What every reader of collisions promises: events one after another, with their truth."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from corpuscle.data.settings import check_settings, setting
from corpuscle.io.collider.barrel import Barrel, find_barrel, override, read_geometry
from corpuscle.io.recorded import Recorded

TRUE_POSITIONS = "truth positions: measurement error absent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Collider(ABC):
    """A layout in which collisions are kept."""

    known: ClassVar[str] = "trackml"
    """The barrel that the layout usually comes from."""

    step: ClassVar[int] = 1
    """Events that are read at once."""

    barrel: Literal["usual", "trackml", "acts", "odd"] = setting(
        "usual", "whose volumes and cylinders; usual: those that the layout usually comes from"
    )
    positions: Literal["measured", "true"] = setting("measured", "of hits: as measured, or as they truly were")
    field: float | None = setting(None, "magnetic field along z; none: the barrel's own, or geometry.json's", unit="T")
    resolution: float | None = setting(None, "of a position along r phi; none: the barrel's own", unit="mm", above=0)
    resolution_z: float | None = setting(None, "the same along z; none: the barrel's own", unit="mm", above=0)
    material: float | None = setting(
        None, "thickness of each cylinder; none: the barrel's own", unit="radiation lengths", least=0
    )
    least: int = setting(3, "the fewest hits of a track that is kept", least=1)

    def __post_init__(self) -> None:
        check_settings(self)

    @abstractmethod
    def list_events(self, path: Path) -> list[int]:
        """List the numbers of the events in the order in which they are read.

        Raises: FormatError, when a file is missing or no event is there; FileNotFoundError.
        """

    @abstractmethod
    def stream(self, path: Path, barrel: Barrel, first: int = 0) -> Iterator[Recorded]:
        """Read one event after another, from some place of the list on.

        Raises: FormatError, with the file and the line that is wrong.
        """

    def lay(self, path: Path) -> Barrel:
        """Give the cylinders: of `geometry.json` where there is one, of the barrel otherwise; settings go first."""
        usual = find_barrel(self.known if self.barrel == "usual" else self.barrel)
        return override(
            read_geometry(path, usual),
            field=self.field,
            resolution=self.resolution,
            resolution_z=self.resolution_z,
            material=self.material,
        )

    def list_notes(self) -> list[str]:
        """List what someone who uses the tracks must know."""
        return [TRUE_POSITIONS] if self.positions == "true" else []
