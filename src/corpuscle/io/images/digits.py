"""Handwritten digits of 8 x 8 pixels, as scikit-learn bundles them: a small set for trying things out."""

import gzip
import importlib.util
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from corpuscle.data.images import Images, gather_images
from corpuscle.io.errors import FormatError, MissingExtra
from corpuscle.io.images.base import ImageReader, check_labels
from corpuscle.io.images.layout import ImageLayout, Provenance

BUNDLED = "scikit-learn"
"""What stands for the file that scikit-learn brings along."""

WIDTH = 65

LAYOUT = ImageLayout(
    shape=(1, 8, 8), channels=("ink, 0 to 16",), names=tuple("0123456789"), columns={}, value="u1"
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Digits(ImageReader):
    """Digits in text, 64 pixels from 0 to 16 and the label in a line; `scikit-learn` stands for its own file.

    Source: Alpaydin and Kaynak, Optical recognition of handwritten digits (1998), UCI.
    """

    kind: ClassVar[Provenance] = "digits"
    suffixes: ClassVar[tuple[str, ...]] = (".csv", ".csv.gz", ".tes", ".tra")

    def list_files(self, paths: Sequence[Path]) -> list[Path]:
        """List the files that are read; the word `scikit-learn` is the one it brings along."""
        return super(Digits, self).list_files([
            find_bundled() if str(path) == BUNDLED and not path.exists() else path for path in paths
        ])  # fmt: skip

    def lay(self, paths: Sequence[Path]) -> ImageLayout:
        """All digits are alike."""
        for path in paths:
            read_lines(path)
        return LAYOUT

    def count(self, path: Path) -> int:
        """Count the digits of a file."""
        return len(read_lines(path))

    def read(self, path: Path, layout: ImageLayout, first: int) -> Iterator[Images]:
        """Read a file at once: it is small."""
        rows = read_lines(path)[first:]
        label = check_labels(path, rows[:, -1], len(layout.names), first)
        yield gather_images(rows[:, :-1].astype(np.uint8).reshape(-1, *layout.shape), label=label, names=layout.names)


def find_bundled() -> Path:
    """Find the digits that scikit-learn brings along, without loading it.

    Raises: MissingExtra, when it is not installed.
    """
    found = importlib.util.find_spec("sklearn")
    if found is None or found.origin is None:
        raise MissingExtra("this needs the package sklearn, which is not installed: pip install 'corpuscle[identify]'")
    return Path(found.origin).parent / "datasets" / "data" / "digits.csv.gz"


def read_lines(path: Path) -> np.ndarray:
    """Read lines of 65 numbers.

    Raises: FormatError, with the line that is not.
    """
    try:
        text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        lines = text.decode("utf-8").splitlines()
    except (EOFError, OSError, zlib.error, UnicodeDecodeError) as error:
        raise FormatError(path, "digits in text", str(error), hint="the file may be cut") from None
    rows = np.zeros((len(lines), WIDTH))
    for k, line in enumerate(lines):
        cells = line.split(",")
        try:
            rows[k] = [float(cell) for cell in cells]
        except ValueError:
            raise FormatError(path, f"{WIDTH} numbers", f"{len(cells)} cells", line=k + 1) from None
        if not ((rows[k, :-1] >= 0) & (rows[k, :-1] <= 16)).all():
            raise FormatError(path, "pixels from 0 to 16", f"{rows[k].min():g} to {rows[k].max():g}", line=k + 1)
    return rows
