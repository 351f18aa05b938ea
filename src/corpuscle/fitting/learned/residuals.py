"""What hits say beyond a closed-form fit, in units that suit every track, as a net is told it."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Int

from corpuscle.data.apparatus import Apparatus
from corpuscle.data.event import TrackHits
from corpuscle.data.helix import LIGHT, HelixParameters, cross_cylinders
from corpuscle.fitting.learned.circumstances import Circumstances, lay_tracks

FEATURES = 13
"""Numbers that are known of each hit before it is measured."""

LEFT = (0.06, 0.12)
"""About how much of what scattering moves the last hit is left in residuals, across the field and along it."""

SHARE = np.array([0.3, 0.4, 0.3, 0.4, 0.5])
"""About how much of the scattering angle ends in d0, z0, phi, theta, q/p of a closed-form fit."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Residuals:
    """What a net is told of tracks, hits from the inside out.

    Tracks are mirrored such that they turn counter-clockwise and fly towards +z, and `unit` mirrors back: a net can
    tell a track neither from its mirror images nor from itself turned about the axis.

    Args:
        offset: where the hits of each track begin, and the number of all hits.
        feature: where each hit is, how well it measures, how the track is deflected, how it curves.
        residual: measurement less fit along r phi and along z, in units of about its size; NaN where the fit turns
            back before its hit.
        unit: what 1 means in d0, z0, phi, theta, q/p: about the error of the fit, with the sign of the mirror.
    """

    offset: Int[np.ndarray, " track_and_1"]
    feature: Float32[np.ndarray, "hit feature"]
    residual: Float32[np.ndarray, "hit 2"]
    unit: Float[np.ndarray, "track 5"]


def read_residuals(hits: TrackHits, apparatus: Apparatus, start: HelixParameters) -> Residuals:
    """Read what hits say beyond a fit.

    Coordinates stay in double precision until the fit is taken off them: only residuals, which are small, are rounded
    to single precision.

    Args:
        hits: the hits of tracks that could be fitted.
        apparatus: the field, and what each cylinder measures and is made of.
        start: their closed-form fit, with the covariance of the measurement.

    Raises: ValueError, when coordinates come in half precision.
    """
    refuse_half(hits.position)
    known = lay_tracks(hits, apparatus, start)
    across, along = mirror(known)
    measured = np.diagonal(required(start), axis1=1, axis2=2)
    scattered = spread_scattering(known) ** 2
    sign = np.stack([across, along, across, along, -across * np.sign(known.field)], axis=1)
    heard = np.log(scattered[:, [4, 3]] / measured[:, [4, 3]])
    return Residuals(
        offset=known.offset,
        feature=np.concatenate([describe_hits(known), describe_tracks(known, heard)[known.owner]], axis=1).astype(
            np.float32
        ),
        residual=measure_residuals(known).astype(np.float32),
        unit=sign * np.sqrt(measured + scattered),
    )


def refuse_half(position: Float[np.ndarray, "hit 3"]) -> None:
    """Refuse coordinates that were rounded to half precision."""
    if position.dtype.itemsize < 4:
        message = (
            f"expected coordinates in single or double precision, not {position.dtype}: rounding them to 16 bits alone "
            f"makes the error of q/pT at 10 GeV 1.3 to 6.5 times as large; keep them as they were measured"
        )
        raise ValueError(message)


def required(start: HelixParameters) -> Float[np.ndarray, "track 5 5"]:
    """Give the covariance of a fit that has to have one."""
    if start.covariance is None:
        raise ValueError("a fit is corrected in units of its errors: expected a fit with its covariance")
    return start.covariance


def mirror(known: Circumstances) -> tuple[Float[np.ndarray, " track"], Float[np.ndarray, " track"]]:
    """Give the signs that make tracks turn counter-clockwise and fly towards +z."""
    return np.where(known.curvature < 0, -1.0, 1.0), np.where(known.cotangent < 0, -1.0, 1.0)


def spread_scattering(known: Circumstances) -> Float[np.ndarray, "track 5"]:
    """Give about how much scattering adds to the errors of d0, z0, phi, theta, q/p of a closed-form fit."""
    one, sine = np.ones(len(known.start)), known.sine
    per_curvature = sine / (LIGHT * abs(known.field) * known.reach)
    lever = np.stack([known.nearest, known.nearest / sine, one, sine, per_curvature], axis=1)
    return np.asarray(SHARE * lever * known.scattering.total[:, None])


def measure_residuals(known: Circumstances) -> Float[np.ndarray, "hit 2"]:
    """Give how far each hit lies from the fit along r phi and z, mirrored, in units of about its size."""
    owner, radius = known.owner, known.radius
    d0, z0, phi, _, _ = known.start.value[owner].T
    azimuth, path = cross_cylinders(d0, phi, known.curvature[owner], radius[:, None])
    apart = np.arctan2(known.position[:, 1], known.position[:, 0]) - azimuth[:, 0]
    across = radius * (apart - 2 * np.pi * np.round(apart / (2 * np.pi)))
    along = known.position[:, 2] - z0 - path[:, 0] * known.cotangent[owner]
    moved = move_last(known)
    size = np.hypot(known.error, (LEFT * moved)[owner])
    return np.asarray(np.stack([across, along], axis=1) * np.stack(mirror(known), axis=1)[owner] / size)


def move_last(known: Circumstances) -> Float[np.ndarray, "track 2"]:
    """Give about how far scattering moves the last hit along r phi and z [mm]."""
    across = known.scattering.total * known.reach
    return np.stack([across, across / known.sine], axis=1)


def describe_hits(known: Circumstances) -> Float[np.ndarray, "hit 6"]:
    """Describe each hit beside the others of its track."""
    owner = known.owner
    place, error = known.radius / known.reach[owner], np.log(known.error / known.blur[owner])
    own, skipped = known.scattering.own, known.scattering.skipped
    return np.stack([2 * place - 1, np.log(place) + 1, error[:, 0], error[:, 1], 4 * own - 0.4, 4 * skipped], axis=1)


def describe_tracks(known: Circumstances, heard: Float[np.ndarray, "track 2"]) -> Float[np.ndarray, "track feature"]:
    """Describe each track: scattering over errors, direction, curvature, length.

    Args:
        known: the tracks.
        heard: logarithm of the variances from scattering over those from measurement, of q/p and theta.
    """
    scattering = 0.5 * np.log(move_last(known) / known.blur) - 1
    bends = np.abs(known.curvature) * known.reach
    shape = np.stack([np.abs(known.cotangent), bends, 0.1 * known.length - 1], axis=1)
    return np.concatenate([scattering, shape, 0.25 * heard], axis=1)
