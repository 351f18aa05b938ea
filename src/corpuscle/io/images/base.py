"""What every reader of labelled images promises: a layout, then piece after piece."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
from jaxtyping import Bool, Float, Int, Num

from corpuscle.data.images import Images, keep_pixels
from corpuscle.data.settings import check_settings, setting
from corpuscle.io.errors import FormatError
from corpuscle.io.files import check_readable
from corpuscle.io.images.layout import ImageLayout, Provenance
from corpuscle.io.images.writer import LabelCheck


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageReader(ABC):
    """A layout in which labelled images are kept."""

    kind: ClassVar[Provenance]
    """Where images in this layout usually come from."""

    suffixes: ClassVar[tuple[str, ...]] = ()
    """Endings of the files that are taken from a folder; none: every file."""

    provenance: Literal["usual", "toy", "pythia", "cms"] = setting(
        "usual", "where the images come from, for the card; usual: what the layout is known for"
    )
    empty: Literal["keep", "refuse"] = setting(
        "keep", "what becomes of images without a filled pixel: kept and counted, or refused by row"
    )

    def __post_init__(self) -> None:
        check_settings(self)

    @abstractmethod
    def lay(self, paths: Sequence[Path]) -> ImageLayout:
        """Look at every file, and say what the images have in common.

        Raises: FormatError, when one is not what it should be; OSError, when one cannot be read.
        """

    @abstractmethod
    def count(self, path: Path) -> int:
        """Count the images of a file."""

    @abstractmethod
    def read(self, path: Path, layout: ImageLayout, first: int) -> Iterator[Images]:
        """Read a file piece by piece, from some row on.

        Raises: FormatError, with the file and the row that is wrong.
        """

    def get_check(self) -> LabelCheck | None:
        """Say what physics says of the labels."""
        return None

    def list_files(self, paths: Sequence[Path]) -> list[Path]:
        """List the files that are read, in order: those named, and those of folders by name.

        Raises: FileNotFoundError, when there is none; ValueError, when one is named twice: the same images in training
        and test would tell nothing.
        """
        files: list[Path] = []
        for path in paths:
            found = sorted(one for one in path.iterdir() if self.takes(one)) if path.is_dir() else [path]
            if not found:
                message = f"there is no file that ends in {', '.join(self.suffixes) or 'anything'} in {path}"
                raise FileNotFoundError(message)
            files += found
        for path in files:
            check_readable(path)
        refuse_twice(files)
        return files

    def takes(self, path: Path) -> bool:
        """Tell whether a file of a folder is one of these."""
        return path.is_file() and (not self.suffixes or path.name.endswith(self.suffixes))

    def stream(self, files: Sequence[Path], layout: ImageLayout, first: int = 0) -> Iterator[Images]:
        """Read the images of all files piece by piece, from some row of all on.

        Raises: FormatError, with the file and the row that is wrong.
        """
        for path in files:
            count = self.count(path)
            row = min(first, count)
            first -= row
            for piece in self.read(path, layout, row) if row < count else ():
                if self.empty == "refuse":
                    refuse_rows(path, piece.empty, row, "an image with a filled pixel", "none, every pixel is zero")
                yield piece
                row += len(piece)


def refuse_twice(files: Sequence[Path]) -> None:
    """Refuse a file that is there twice, by whichever name."""
    places = [path.resolve() for path in files]
    for path, place in zip(files, places, strict=True):
        if places.count(place) > 1:
            message = f"{path} is named {places.count(place)} times: each of its images would be in the store as often"
            raise ValueError(message)


def refuse_rows(
    path: Path, wrong: Bool[np.ndarray, " n"], first: int, expected: str, found: str | Num[np.ndarray, " n"]
) -> None:
    """Refuse a file for the first row, from 0, that is wrong."""
    if wrong.any():
        row = int(np.argmax(wrong))
        stands = found if isinstance(found, str) else f"{found[row]:g}"
        raise FormatError(path, expected, stands, where=f"row {first + row} (from 0)")


def gather(
    path: Path,
    dense: Num[np.ndarray, "n channel y x"],
    label: Num[np.ndarray, " n"],
    layout: ImageLayout,
    first: int,
    columns: Mapping[str, Float[np.ndarray, " n"]] | None = None,
) -> Images:
    """Keep the filled pixels of a piece of a file, checked.

    Raises: FormatError, with the row of a pixel that is no finite number or an energy below zero, or of a wrong label.
    """
    indptr, index, value = keep_pixels(dense)
    row, channel = np.repeat(np.arange(len(dense)), np.diff(indptr)), index // (layout.shape[1] * layout.shape[2])
    for wrong, promise in (
        (~np.isfinite(value), "finite numbers"),
        ((value < 0) & ~np.isin(channel, layout.negative), "nothing below zero"),
    ):
        if wrong.any():
            pixel = int(np.argmax(wrong))
            name = layout.channels[int(channel[pixel])]
            expected = f"{promise} in channel {channel[pixel]} ({name})"
            raise FormatError(path, expected, f"{value[pixel]:g}", where=f"row {first + row[pixel]} (from 0)")
    return Images(
        indptr=indptr, index=index, value=value, shape=layout.shape,
        label=check_labels(path, label, len(layout.names), first), names=layout.names, columns=columns or {},
    )  # fmt: skip


def check_labels(path: Path, label: Num[np.ndarray, " n"], classes: int, first: int) -> Int[np.ndarray, " n"]:
    """Give labels as whole numbers.

    Raises: FormatError, with the row of one that is none of the classes.
    """
    wrong = ~np.isin(label, np.arange(classes))
    expected = "a label 0 or 1" if classes == 2 else f"a label from 0 to {classes - 1}"
    refuse_rows(path, wrong, first, expected, label.astype(float))
    return label.astype(np.int64)


def shorten(error: Exception) -> str:
    """Say what a library says, in a line.

    >>> shorten(OSError("unable   to open"))
    'unable to open'
    """
    return " ".join(str(error).split())[:160]
