"""Measure how particles move: tracks in, diffusion and displacements out."""

from collections.abc import Mapping
from dataclasses import dataclass

import narwhals as nw
import numpy as np
import pyarrow as pa

from corpuscle.api.tables import Frame, make_scale, read_frame, take_frame
from corpuscle.data.units import LENGTH, convert_quantity
from corpuscle.estimation.movement.displacement import lay_paths
from corpuscle.estimation.movement.moving import Moving, Whole, measure_motion
from corpuscle.io.table import Table, flatten, read_detections, read_probabilities, read_tracks

MICROMETRE = 1e-6
DISAGREE = 3.0
"""Standard errors between two estimates of D from which on it is said."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Units:
    """What values are given in.

    Args:
        length: the length of one unit of position [`length_name`].
        length_name: um, or the table's unit.
        time: the time of one lag [`time_name`].
        time_name: s, or frames.
    """

    length: float
    length_name: str
    time: float
    time_name: str

    def list_names(self) -> dict[str, str]:
        """List the units by what they are of."""
        diffusion = f"{self.length_name}^2/{self.time_name}"
        return {"length": self.length_name, "time": self.time_name, "diffusion": diffusion}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Motion:
    """How particles move.

    Args:
        values: what all tracks say together, by name (see the page on motion); errors are standard errors.
        units: the units of length, time and diffusion.
        tracks: one row a track, of the kind of table that was given.
        lags: one row a lag of the mean squared displacement, likewise.
        notes: what is worth saying, one sentence each.
    """

    values: dict[str, float]
    units: dict[str, str]
    tracks: Frame
    lags: Frame
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Measured:
    """A table whose motion was measured: what was found, in its own units, and what the values are given in."""

    table: Table
    moving: Moving
    units: Units
    notes: tuple[str, ...]


def motion(
    table: Frame,
    *,
    lags: int = 10,
    minimum_length: int = 10,
    measurement_noise: float | str | None = None,
    blur: float = 0.0,
    replicates: int = 200,
    seed: int = 0,
    columns: Mapping[str, str] | None = None,
    pixel_size: float | str | None = None,
    frame_interval: float | str | None = None,
) -> Motion:
    """Measure how particles move.

    Args:
        table: one row a detection with `track, frame, x, y[, z]`, as `link` gives it; where it has `link_probability`,
            the uncertainty of the links is carried through.
        lags: lags of the mean squared displacement.
        minimum_length: the fewest detections of a track that has values of its own.
        measurement_noise: standard deviation of a measured coordinate, where known [length]; by default the precision
            in the table, if any. The exponent needs it; D does not.
        blur: motion blur: 0 where positions are measured in an instant, 1/6 where light is gathered all the time.
        replicates: how often tracks and links are drawn anew for the errors.
        seed: where the chances come from.
        columns: which column plays which role, where the names do not tell.
        pixel_size: length of one unit of position [um, or "160nm"].
        frame_interval: time of one frame [s, or "50ms"].

    Returns:
        Values of all tracks together and their units, a table of the tracks and one of the lags, and notes. With both
        units known they are in um and s, else in the table's unit and frames.

    Raises: ValueError, when there is nothing to measure; the message says why.

    >>> walk = np.random.default_rng(0).normal(0, 1.0, (500, 2)).cumsum(axis=0)
    >>> tracks = pa.table({"track": [0] * 500, "frame": range(500), "x": walk[:, 0], "y": walk[:, 1]})
    >>> found = motion(tracks).values
    >>> bool(abs(found["diffusion"] - 0.5) < 3 * found["diffusion_error"])
    True
    """
    frame = take_frame(table)
    read = flatten(read_frame(frame, columns=columns, scale=make_scale(pixel_size, frame_interval)))
    found = measure_table(
        read, lags=lags, minimum_length=minimum_length, measurement_noise=measurement_noise, blur=blur,
        replicates=replicates, seed=seed,
    )  # fmt: skip
    kind = frame.implementation
    tracks, steps = (nw.from_dict(part, backend=kind).to_native() for part in (list_tracks(found), list_lags(found)))
    values, units = list_values(found), found.units.list_names()
    return Motion(values=values, units=units, tracks=tracks, lags=steps, notes=found.notes)


def measure_table(
    table: Table,
    *,
    lags: int = 10,
    minimum_length: int = 10,
    measurement_noise: float | str | None = None,
    blur: float = 0.0,
    replicates: int = 200,
    seed: int = 0,
) -> Measured:
    """Measure the motion in a table that was read from a file or a data frame."""
    check_settings(lags=lags, minimum_length=minimum_length, blur=blur, replicates=replicates)
    detections = read_detections(table)
    label, _, _ = read_tracks(table)
    sure = read_probabilities(table)
    paths = lay_paths(label, detections.frame, detections.position, sure)
    if not len(paths):
        raise ValueError("there are no tracks to measure: no row has a track")
    if paths.tracks == len(paths):
        raise ValueError("there are no steps to measure: every track has one detection")
    noise, told = 0.0, "no measurement noise is known, so it is not taken off for the exponent"
    if measurement_noise is not None:
        noise = read_length(measurement_noise, table)
        told = ""
    elif detections.deviation is not None:
        noise = float(np.sqrt((detections.deviation[label >= 0] ** 2).mean()))
        told = f"the precision of the detections is taken off for the exponent: {noise:.3g}"
    moving = measure_motion(
        paths, np.random.default_rng(seed), lags=lags, minimum=minimum_length, noise=noise**2, blur=blur,
        replicates=replicates,
    )  # fmt: skip
    units = find_units(table, moving.stride)
    known = () if told == "" else (told,)
    return Measured(table=table, moving=moving, units=units, notes=(*list_notes(moving, label, sure, units), *known))


def check_settings(*, lags: int, minimum_length: int, blur: float, replicates: int) -> None:
    """Refuse settings that mean nothing."""
    for name, value, least in (("lags", lags, 1), ("minimum_length", minimum_length, 3), ("replicates", replicates, 2)):
        if value < least:
            message = f"{name} is at least {least}, not {value}"
            raise ValueError(message)
    if not 0 <= blur <= 0.25:
        message = f"blur lies in 0 to 0.25, not {blur:g}"
        raise ValueError(message)


def read_length(length: float | str, table: Table) -> float:
    """Read a length that is not below 0, in the table's units."""
    value = convert_quantity(str(length), LENGTH, table.scale)
    if not 0 <= value < np.inf:
        message = f"the measurement noise is a length not below 0, not {length}"
        raise ValueError(message)
    return value


def find_units(table: Table, stride: int) -> Units:
    """Give values in um and s where both are known, else in the table's unit and frames."""
    size, interval = table.scale.pixel_size, table.scale.frame_interval
    if size is None or interval is None:
        return Units(length=1.0, length_name="unit", time=float(max(stride, 1)), time_name="frame")
    return Units(length=size / MICROMETRE, length_name="um", time=max(stride, 1) * interval, time_name="s")


def list_notes(moving: Moving, label: np.ndarray, sure: np.ndarray | None, units: Units) -> list[str]:
    """Say what was left out, what was not known, and what the numbers cannot tell."""
    notes, whole = [], moving.whole
    alone, short = int((label < 0).sum()), int(np.isnan(moving.each.coefficient).sum())
    if alone:
        notes.append(f"{alone} rows in no track left out")
    if short:
        notes.append(f"{short} of {moving.paths.tracks} tracks are too short for values of their own")
    if moving.stride > 1:
        notes.append(f"one lag is {moving.stride} frames, the usual distance of two detections in a row")
    if units.time_name == "frame":
        notes.append("without --pixel-size and --frame-interval values are in the table's unit and frames")
    if sure is None:
        notes.append("links are taken as true: the table has no probabilities in link_probability")
    if not np.nan_to_num(whole.squared).any():
        notes.append("nothing moves: every detection is where the one before it was")
    elif np.isnan(whole.coefficient):
        notes.append("D is not known: no track has three detections in a row")
    elif whole.coefficient < 2 * whole.coefficient_error:
        notes.append("D cannot be told from 0: what moves between frames may be measurement noise alone")
    apart = abs(whole.slope - whole.coefficient)
    if apart > DISAGREE * np.hypot(whole.slope_error, whole.coefficient_error):
        why = "the motion is not Brownian, it drifts, or noise outlasts a frame, as in compressed movies"
        notes.append(f"D of the steps and of the slope disagree: {why}")
    if moving.paths.tracks == 1:
        notes.append("of a single track only D has an error: that of independent steps")
    return notes


def list_values(found: Measured) -> dict[str, float]:
    """List what all tracks say together, by name; `_with_links`: each link counts as far as it is likely."""
    moving, units = found.moving, found.units
    values: dict[str, float] = {
        "tracks": moving.paths.tracks,
        "tracks_measured": int((~np.isnan(moving.each.coefficient)).sum()),
        "detections": len(moving.paths),
        "steps": int(moving.steps.sum()),
        "lag_frames": moving.stride,
    }
    values |= list_whole(moving.whole, units, "")
    if moving.doubted is not None:
        values["expected_wrong_links"] = float((1 - moving.paths.sure).sum())
        values |= list_whole(moving.doubted, units, "_with_links")
    return values


def list_whole(whole: Whole, units: Units, ending: str) -> dict[str, float]:
    """List the estimates and their standard errors in the units of the output."""
    area = units.length**2
    noise = float(np.sqrt(max(whole.noise, 0.0))) if not np.isnan(whole.noise) else whole.noise
    rate = area / units.time
    return {
        f"diffusion{ending}": whole.coefficient * rate,
        f"diffusion_error{ending}": whole.coefficient_error * rate,
        f"diffusion_slope{ending}": whole.slope * rate,
        f"diffusion_slope_error{ending}": whole.slope_error * rate,
        f"exponent{ending}": whole.exponent,
        f"exponent_error{ending}": whole.exponent_error,
        f"noise{ending}": noise * units.length,
        f"noise_squared{ending}": whole.noise * area,
        f"noise_squared_error{ending}": whole.noise_error * area,
    }


def list_tracks(found: Measured) -> dict[str, np.ndarray]:
    """List the columns of the table of tracks."""
    moving, units = found.moving, found.units
    paths, area = moving.paths, units.length**2
    ends = np.flatnonzero(np.append(np.diff(paths.track) != 0, True))
    first = np.append(0, ends[:-1] + 1)
    label, _, _ = read_tracks(found.table)
    kept = np.flatnonzero(label >= 0)
    names = kept[np.unique(label[kept], return_index=True)[1]]
    with np.errstate(divide="ignore"):
        identity = np.exp(np.bincount(paths.track, np.log(np.maximum(paths.sure, 1e-300))))
    columns = {
        "track": found.table.column("track").take(pa.array(names)).to_numpy(),
        "detections": moving.detections,
        "first_frame": paths.frame[first] + found.table.first_frame,
        "last_frame": paths.frame[ends] + found.table.first_frame,
        "steps": moving.steps,
        "diffusion": moving.each.coefficient * area / units.time,
        "diffusion_error": moving.each.error * area / units.time,
        "noise_squared": moving.each.noise * area,
        "exponent": moving.exponent,
    }
    return columns | ({"identity": identity} if moving.doubted is not None else {})


def list_lags(found: Measured) -> dict[str, np.ndarray]:
    """List the columns of the table of lags."""
    moving, units = found.moving, found.units
    lag, area = np.arange(1, len(moving.whole.squared) + 1), units.length**2
    columns = {
        "frames": lag * moving.stride,
        "lag": lag * units.time,
        "pairs": moving.whole.pairs.astype(np.int64),
        "squared_displacement": moving.whole.squared * area,
        "squared_displacement_error": moving.whole.squared_error * area,
    }
    if moving.doubted is not None:
        columns["squared_displacement_with_links"] = moving.doubted.squared * area
        columns["squared_displacement_error_with_links"] = moving.doubted.squared_error * area
    return columns
