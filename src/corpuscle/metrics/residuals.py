"""Found track parameters less the true ones, track by track, with the errors that were said of them."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
from jaxtyping import Bool, Float, Int

from corpuscle.data.helix import NAMES, HelixParameters, wrap

QUANTITIES: Mapping[str, str] = {
    "q_over_pt": "",
    "d0": "mm",
    "z0": "mm",
    "phi": "rad",
    "theta": "rad",
    "q_over_p": "1/GeV",
}
"""What has residuals, with its unit; that of q/pT is taken in parts of the true value."""

PHI = NAMES.index("phi")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Residuals:
    """Tracks that were fitted, beside the truth. A row is NaN where nothing was found, an error where none was said.

    Args:
        event: the event of each track.
        pt: its true transverse momentum [GeV].
        eta: its true pseudorapidity.
        difference: found less true of each of `QUANTITIES`. That of q/pT is (q/pT found - true) / |q/pT true|, signed
            so that above 0 the track is found to bend too much: its momentum is found too low.
        error: the standard deviation that was said of each, in the same units.
        charge_wrong: whether the sign of the charge is not the true one.
        pt_difference: found less true transverse momentum [GeV].
        pz_difference: found less true momentum along the field [GeV].
        bound: the least standard deviation that q/pT can have, in parts of the true value; NaN where it is unknown.
        reference: the residual of q/pT of another fit of the same tracks; NaN where there is none.
    """

    event: Int[np.ndarray, " track"]
    pt: Float[np.ndarray, " track"]
    eta: Float[np.ndarray, " track"]
    difference: Float[np.ndarray, "track 6"]
    error: Float[np.ndarray, "track 6"]
    charge_wrong: Bool[np.ndarray, " track"]
    pt_difference: Float[np.ndarray, " track"]
    pz_difference: Float[np.ndarray, " track"]
    bound: Float[np.ndarray, " track"]
    reference: Float[np.ndarray, " track"]

    def __len__(self) -> int:
        return len(self.pt)

    @property
    def found(self) -> Bool[np.ndarray, " track"]:
        """Which tracks have parameters."""
        return np.asarray(np.isfinite(self.difference[:, 0]))

    def choose(self, rows: Int[np.ndarray, " some"] | Bool[np.ndarray, " track"]) -> "Residuals":
        """Give some of the tracks."""
        return Residuals(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})


def subtract(
    found: HelixParameters,
    truth: HelixParameters,
    *,
    event: Int[np.ndarray, " track"] | None = None,
    bound: Float[np.ndarray, "track 5 5"] | None = None,
    reference: HelixParameters | None = None,
) -> Residuals:
    """Take the true parameters from those that were found, row by row.

    Args:
        found: what was found; NaN where nothing was.
        truth: what is true.
        event: the event of each track; default: each track is an event of its own.
        bound: the least covariance that each track's parameters can have (`estimation.helices.bound`).
        reference: what another fit found of the same tracks.

    Raises: ValueError, when there are not as many of one as of the other, or a true track has no charge or is unknown.

    >>> true = HelixParameters(np.array([[0.0, 0.0, 3.1, 1.5, -0.5]]))
    >>> off = HelixParameters(np.array([[0.1, 0.0, -3.1, 1.5, -0.51]]))
    >>> subtract(off, true).difference.round(3)
    array([[ 0.02 ,  0.1  ,  0.   ,  0.083,  0.   , -0.01 ]])
    """
    for name, other in (("found", found), ("reference", reference), ("bound", bound), ("event", event)):
        if other is not None and len(other) != len(truth):
            message = (
                f"residuals are taken row by row: {len(truth)} true tracks need as many of {name}, not {len(other)}"
            )
            raise ValueError(message)
    check_truth(truth)
    nothing = np.full(len(truth), np.nan)
    return Residuals(
        event=np.arange(len(truth)) if event is None else event,
        pt=truth.transverse_momentum,
        eta=truth.pseudorapidity,
        difference=np.column_stack([compare_bending(found, truth), compare_values(found, truth)]),
        error=nothing[:, None] * np.ones(6)
        if found.covariance is None
        else tell_errors(found, found.covariance, truth),
        charge_wrong=np.asarray(found.charge != truth.charge),
        pt_difference=found.transverse_momentum - truth.transverse_momentum,
        pz_difference=found.longitudinal_momentum - truth.longitudinal_momentum,
        bound=nothing if bound is None else tell_errors(truth, bound, truth)[:, 0],
        reference=nothing if reference is None else compare_bending(reference, truth),
    )


def check_truth(truth: HelixParameters) -> None:
    """Refuse a true track that has no momentum to be compared with."""
    known = np.isfinite(truth.value[:, 4]) & (truth.value[:, 4] != 0)
    if not known.all():
        row = int(np.argmin(known))
        message = (
            f"a true track has a finite q/p other than 0, but track {row} has {truth.value[row, 4]:g}: leave it out"
        )
        raise ValueError(message)


def compare_bending(found: HelixParameters, truth: HelixParameters) -> Float[np.ndarray, " track"]:
    """Give the residuals of q/pT in parts of the true value, above 0 where the track is found to bend too much."""
    return np.asarray(found.q_over_pt / truth.q_over_pt - 1)


def compare_values(found: HelixParameters, truth: HelixParameters) -> Float[np.ndarray, "track 5"]:
    """Give the residuals of the five parameters; that of phi goes the short way around."""
    difference = found.value - truth.value
    difference[:, PHI] = wrap(difference[:, PHI])
    return np.asarray(difference)


def tell_errors(
    found: HelixParameters, covariance: Float[np.ndarray, "track 5 5"], truth: HelixParameters
) -> Float[np.ndarray, "track 6"]:
    """Give the standard deviations of `QUANTITIES`, that of q/pT in parts of the true value.

    q/pT = (q/p) / sin(theta): its gradient is 1/sin(theta) along q/p and -(q/p) cos(theta)/sin(theta)^2 along theta.
    """
    theta, q_over_p = found.value[:, 3], found.value[:, 4]
    along_theta, along_q = -q_over_p * np.cos(theta) / np.sin(theta) ** 2, 1 / np.sin(theta)
    variance = (
        along_theta**2 * covariance[:, 3, 3]
        + 2 * along_theta * along_q * covariance[:, 3, 4]
        + along_q**2 * covariance[:, 4, 4]
    )
    bending = np.sqrt(variance) / np.abs(truth.q_over_pt)
    return np.column_stack([bending, np.sqrt(np.diagonal(covariance, axis1=1, axis2=2))])
