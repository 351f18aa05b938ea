"""Electrons and photons of the CMS simulation: crops of the calorimeter in HDF5, read slab by slab."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from corpuscle.data.images import Images
from corpuscle.io.errors import FormatError, import_extra
from corpuscle.io.images.base import ImageReader, gather, shorten
from corpuscle.io.images.layout import ImageLayout, Provenance

SLAB = 2048
"""Images that are read at once, 16 MB."""

LAYOUT = ImageLayout(
    shape=(2, 32, 32),
    channels=("energy / 50 GeV", "time / 50 ns"),
    names=("photon", "electron"),
    columns={},
    negative=(1,),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Electrons(ImageReader):
    """Crops of 32 x 32 crystals around a shower: `X` (n, 32, 32, 2), energy and time; `y`: 1 electron, 0 photon.

    Source: ML4SCI, SingleElectronPt50_IMGCROPS_n249k_RHv1.hdf5 and SinglePhotonPt50_IMGCROPS_n249k_RHv1.hdf5.
    """

    kind: ClassVar[Provenance] = "cms"
    suffixes: ClassVar[tuple[str, ...]] = (".hdf5", ".h5")

    def lay(self, paths: Sequence[Path]) -> ImageLayout:
        """Look at the datasets of every file."""
        for path in paths:
            with open_datasets(path):
                pass
        return LAYOUT

    def count(self, path: Path) -> int:
        """Count the images of a file."""
        with open_datasets(path) as (pixels, _):
            return int(pixels.shape[0])

    def read(self, path: Path, layout: ImageLayout, first: int) -> Iterator[Images]:
        """Read slab after slab."""
        with open_datasets(path) as (pixels, labels):
            for begin in range(first, pixels.shape[0], SLAB):
                try:
                    dense, label = pixels[begin : begin + SLAB], labels[begin : begin + SLAB]
                except (OSError, RuntimeError) as error:
                    raise FormatError(path, "a whole HDF5 file", shorten(error), hint="the file may be cut") from None
                dense = np.moveaxis(np.asarray(dense, np.float32), -1, 1)
                yield gather(path, dense, np.asarray(label), layout, begin)


@contextmanager
def open_datasets(path: Path) -> Iterator[tuple[Any, Any]]:
    """Open a file, and give its images and labels.

    Raises: FormatError, when a dataset is missing or of another shape.
    """
    h5py = import_extra("h5py", "identify")
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise FormatError(path, "a whole HDF5 file", shorten(error), hint="the file may be cut") from None
    with file:
        for name in ("X", "y"):
            if not isinstance(file.get(name), h5py.Dataset):
                found = ", ".join(file) or "none"
                raise FormatError(path, "the datasets X and y", found, hint="cms-eg reads (n, 32, 32, 2) images")
        pixels, labels = file["X"], file["y"]
        wanted = (LAYOUT.shape[1], LAYOUT.shape[2], LAYOUT.shape[0])
        if pixels.shape[1:] != wanted or pixels.dtype.kind not in "fiu":
            raise FormatError(path, "numbers of shape (n, 32, 32, 2) in X", f"{pixels.dtype} of {pixels.shape}")
        if labels.shape != pixels.shape[:1] or labels.dtype.kind not in "fiub":
            raise FormatError(
                path, f"a number in y for each of {pixels.shape[0]} images", f"{labels.dtype} of {labels.shape}"
            )
        yield pixels, labels
