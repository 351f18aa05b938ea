"""Images streamed into a store: whole or not at all, and gone on with where they were stopped."""

import hashlib
import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

import numpy as np

from corpuscle.data.images import Images
from corpuscle.io.checksums import CARD, describe_file
from corpuscle.io.errors import FormatError
from corpuscle.io.images.card import write_page
from corpuscle.io.images.layout import FORMAT, SCHEMA, ImageLayout, list_columns
from corpuscle.io.images.store import SHARES, ImageStore, open_images
from corpuscle.io.images.tally import Tally, begin_tally, judge_labels
from corpuscle.io.room import PROGRESS, check_folder, enter_room, leave_room, write_json

FLUSH_PIXELS = 2**22
"""Filled pixels that may be lost when an ingest is stopped: about 25 MB, and what is held in memory."""

SEED = 0
"""Of the split whose training side the card's statistics are of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelCheck:
    """What physics says of two classes: one has more filled pixels of a channel."""

    channel: int
    more: str
    what: str


class ImageWriter:
    """Writes a store into a folder beside its place, and moves it there when it is complete.

    Args:
        folder: where the store is to lie.
        layout: shape, channels, classes and columns.
        source: where the images come from, for the card, with their kind; what was begun from another source is not
            gone on with.
        check: what physics says of the labels.
        force: whether a store that exists may be replaced.

    Raises: FileExistsError, when the folder exists (unless `force`, and then only a store is replaced).
    """

    def __init__(
        self,
        folder: str | Path,
        layout: ImageLayout,
        *,
        source: Mapping[str, Any],
        check: LabelCheck | None = None,
        force: bool = False,
    ) -> None:
        self.folder, self.layout, self.check = Path(folder), layout, check
        check_folder(self.folder, force=force, what="images", marks=FORMAT)
        self.about: dict[str, Any] = {
            "format": FORMAT, "schema": SCHEMA, "source": dict(source), "layout": layout.describe(),
        }  # fmt: skip
        key = hashlib.sha256(json.dumps([self.about, check and asdict(check)], sort_keys=True).encode()).hexdigest()
        self.columns = list_columns(layout)
        self.files: dict[str, BinaryIO] = {}
        self.waiting: list[Images] = []
        self.room, known = enter_room(self.folder, key=key)
        self.progress: dict[str, Any] = {"key": key}
        self.begin(known)

    def begin(self, known: Mapping[str, Any]) -> None:
        """Go on where this was stopped, or begin."""
        self.counts = dict(known.get("counts", {"images": 0, "pixels": 0}))
        self.tally = Tally(**known["tally"]) if known else begin_tally(self.layout)
        self.done = self.counts["images"]
        for column in self.columns:
            path = self.room / column.name
            path.touch()
            with path.open("r+b") as file:
                file.truncate(column.count_bytes(self.counts, whole=False))

    def __enter__(self) -> "ImageWriter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        if kind is not None and not self.counts["images"]:
            shutil.rmtree(self.room, ignore_errors=True)

    def add(self, images: Images) -> None:
        """Take images; what is written is written in pieces.

        Raises: ValueError, when they are of another shape or have other classes or columns.
        """
        kind = (images.shape, images.names, set(images.columns))
        if kind != (self.layout.shape, self.layout.names, set(self.layout.columns)):
            message = f"expected images of {self.layout.shape} with {self.layout.names}, not {images!r}"
            raise ValueError(message)
        self.waiting.append(images)
        self.done += len(images)
        if sum(len(one.index) for one in self.waiting) >= FLUSH_PIXELS:
            self.flush()

    def flush(self) -> None:
        """Write what waits, and note how far this has come."""
        for images in self.waiting:
            arrays = [
                images.indptr[:-1] + self.counts["pixels"], images.index, images.value, images.label,
                *(images.columns[name] for name in self.layout.columns),
            ]  # fmt: skip
            for column, values in zip(self.columns, arrays, strict=True):
                np.ascontiguousarray(values, column.type).tofile(self.open_file(column.name))
            self.tally.add(images, self.counts["images"])
            self.counts["images"] += len(images)
            self.counts["pixels"] += len(images.index)
        self.waiting = []
        for file in self.files.values():
            file.flush()
        write_json(self.room / PROGRESS, {**self.progress, "counts": self.counts, "tally": asdict(self.tally)})

    def open_file(self, name: str) -> BinaryIO:
        """Give a file of the store."""
        if name not in self.files:
            self.files[name] = (self.room / name).open("ab")
        return self.files[name]

    def close(self) -> None:
        """Close all files."""
        for file in self.files.values():
            file.close()
        self.files = {}

    def seal(self) -> ImageStore:
        """Write the rest and the card; the store can be read then, and is published by `publish`.

        Raises: FormatError, when there is no image.
        """
        self.flush()
        if not self.counts["images"]:
            raise FormatError(", ".join(self.about["source"].get("names", [])), "images", "none")
        np.array([self.counts["pixels"]], "<i8").tofile(self.open_file("indptr.i64"))
        self.close()
        files = {column.name: describe_file(self.room / column.name) for column in self.columns}
        card = {**self.about, **self.describe(), "files": files}
        write_json(self.room / CARD, card, indent=1)
        store = open_images(self.room, check=False)
        card |= {"split": {"seed": SEED, "shares": list(SHARES)}, "statistics": describe_pixels(store)}
        write_json(self.room / CARD, card, indent=1)
        (self.room / "card.md").write_text(write_page(card), encoding="utf-8")
        return replace(store, card=card)

    def describe(self) -> dict[str, Any]:
        """Write down what was counted, for the card."""
        tally, size = self.tally, sum((self.room / column.name).stat().st_size for column in self.columns)
        judged = self.check and judge_labels(tally, self.layout.names, **asdict(self.check))
        return {
            "counts": self.counts,
            "bytes_an_image": size / self.counts["images"],
            "classes": [
                {"name": name, "images": images, "empty": empty}
                for name, images, empty in zip(self.layout.names, tally.images, tally.empty, strict=True)
            ],
            "empty": {"images": sum(tally.empty), "rows": tally.empty_rows, "channels": tally.empty_channels},
            "ranges": {"channels": [pair or [0.0, 0.0] for pair in tally.channels], "columns": tally.columns},
            "labels": judged,
            "notes": [judged["told"]] if judged else [],
        }

    def publish(self) -> ImageStore:
        """Move the store to its place.

        Nothing in it is of this day or this machine: the same images give the same folder, byte for byte.
        """
        leave_room(self.room, self.folder)
        return open_images(self.folder, check=False)


def describe_pixels(store: ImageStore) -> dict[str, Any]:
    """Measure the training images of the card's split."""
    rows = store.split(SEED, SHARES)[0]
    found = store.measure(rows if len(rows) else np.arange(len(store)))
    values = asdict(found)
    return {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in values.items()}


def write_images(
    folder: str | Path,
    images: Iterable[Images],
    layout: ImageLayout,
    *,
    source: Mapping[str, Any],
    check: LabelCheck | None = None,
    force: bool = False,
) -> ImageStore:
    """Write images into a store, one piece after another.

    Args:
        folder: where the store is to lie.
        images: pieces, in order.
        layout: shape, channels, classes and columns.
        source: where they come from: `kind` (toy, pythia, cms ...) and whatever else the card should say.
        check: what physics says of the labels.
        force: whether a store that exists may be replaced.

    Raises: FileExistsError, when the folder exists; FormatError, when there is no image.
    """
    with ImageWriter(folder, layout, source=source, check=check, force=force) as writer:
        done = writer.done
        for piece in images:
            if done >= len(piece):
                done -= len(piece)
                continue
            writer.add(piece.choose(np.arange(done, len(piece))) if done else piece)
            done = 0
        writer.seal()
        return writer.publish()
