"""TrackML: one event in files of hits, truth and particles; cells and detectors beside them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from jaxtyping import Int

from corpuscle.io.collider.assemble import Makers, Seen, assemble
from corpuscle.io.collider.barrel import Barrel
from corpuscle.io.collider.base import Collider
from corpuscle.io.collider.bundle import EventFiles, Member, find_events
from corpuscle.io.collider.columns import Columns, read_columns, stack
from corpuscle.io.errors import FormatError
from corpuscle.io.recorded import Recorded

PARTS = ("hits", "truth", "particles")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackML(Collider):
    """The layout of the TrackML challenges, of Kaggle and of Codalab: CSV, .csv.gz, or zip.

    Source: Amrouche et al., The Tracking Machine Learning challenge: accuracy phase (2019), arXiv 1904.06778.
    """

    known: ClassVar[str] = "trackml"

    def list_events(self, path: Path) -> list[int]:
        """List the numbers of the events."""
        return [files.number for files in find_events(path, PARTS)]

    def stream(self, path: Path, barrel: Barrel, first: int = 0) -> Iterator[Recorded]:
        """Read one event after another."""
        for files in find_events(path, PARTS)[first:]:
            yield self.read(files, barrel)

    def read(self, files: EventFiles, barrel: Barrel) -> Recorded:
        """Read one event."""
        hits = read_columns(files["hits"], numbers=("x", "y", "z"), whole=("hit_id", "volume_id", "layer_id"))
        truth = read_columns(
            files["truth"], numbers=("tx", "ty", "tz", "tpx", "tpy", "tpz"), whole=("hit_id", "particle_id")
        )
        row = pair_hits(hits["hit_id"], truth["hit_id"], files)
        makers = read_particles(files["particles"], truth["particle_id"])
        crossing = stack(truth, "tx", "ty", "tz")[row]
        layer = barrel.number(hits["volume_id"], hits["layer_id"])
        position = crossing if self.positions == "true" else stack(hits, "x", "y", "z")
        barrel.check(position, layer, str(files["hits"]))
        seen = Seen(
            position=position,
            layer=layer,
            maker=truth["particle_id"][row],
            crossing=crossing,
            momentum=stack(truth, "tpx", "tpy", "tpz")[row],
        )
        return assemble(files.number, seen, makers, field=barrel.apparatus.field, source=str(files["truth"]))


def read_particles(member: Member, made: Int[np.ndarray, " hit"]) -> Makers:
    """Read the particles; their type stands in Codalab's files only.

    Raises: FormatError, when a particle made more hits than its file says: these are files of two events.
    """
    found = read_columns(
        member,
        numbers=("vx", "vy", "vz", "px", "py", "pz", "q"),
        whole=("particle_id", "particle_type", "nhits"),
        optional=("particle_type", "nhits"),
    )
    number = found["particle_id"]
    if "nhits" in found:
        names, counts = np.unique(made, return_counts=True)
        place = np.searchsorted(names, number)
        inside = place < len(names)
        inside[inside] = names[place[inside]] == number[inside]
        count = np.where(inside, counts[np.minimum(place, len(names) - 1)], 0) if len(names) else np.zeros(len(number))
        more = count > found["nhits"]
        if more.any():
            row = int(np.argmax(more))
            expected = f"{found['nhits'][row]} hits of particle {number[row]} in the truth"
            hint = "particles and truth are of two events"
            raise FormatError(str(member), expected, f"{count[row]}", line=row + 2, hint=hint)
    return Makers(
        number=number,
        kind=found.get("particle_type", np.zeros(len(number), np.int64)),
        charge=found["q"],
        vertex=stack(found, "vx", "vy", "vz"),
        momentum=stack(found, "px", "py", "pz"),
    )


def pair_hits(
    hit: Int[np.ndarray, " hit"], told: Int[np.ndarray, " truth"], files: EventFiles
) -> Int[np.ndarray, " hit"]:
    """Give the row of the truth of each hit; identifiers need not follow each other.

    Raises: FormatError, when a hit has no truth or stands twice: these are files of two events.
    """
    order = np.argsort(told, kind="stable")
    for name, values in (("hits", np.sort(hit)), ("truth", told[order])):
        twice = np.flatnonzero(np.diff(values) == 0)
        if len(twice):
            raise FormatError(str(files[name]), "every hit_id once", f"{values[twice[0]]} twice")
    place = np.minimum(np.searchsorted(told[order], hit), len(told) - 1)
    found = told[order][place] == hit if len(told) else np.zeros(len(hit), dtype=bool)
    if not found.all():
        row = int(np.argmin(found))
        hint = "hits and truth are of two events, or the file was cut"
        raise FormatError(str(files["truth"]), f"a row for hit_id {hit[row]}", "none", hint=hint)
    return np.asarray(order[place])


def read_cells(member: Member) -> Columns:
    """Read the cells that make up each hit, summed: `hit_id`, how many, their charge."""
    cells = read_columns(member, numbers=("value",), whole=("hit_id", "ch0", "ch1"))
    hit, place = np.unique(cells["hit_id"], return_inverse=True)
    return {"hit_id": hit, "cells": np.bincount(place), "charge": np.bincount(place, weights=cells["value"])}


def read_detectors(member: Member) -> Columns:
    """Read the modules of the apparatus: where each is [mm], how it is turned (global = R local + c), its pitch [mm].

    An unnamed index column, which some copies have, is left out.
    """
    turn = tuple(f"rot_{row}{column}" for row in "xyz" for column in "uvw")
    size = ("module_t", "module_minhu", "module_maxhu", "module_hv", "pitch_u", "pitch_v")
    return read_columns(member, numbers=("cx", "cy", "cz", *turn, *size), whole=("volume_id", "layer_id", "module_id"))
