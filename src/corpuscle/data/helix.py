"""The five parameters of a charged track in a uniform field; where it crosses a cylinder."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

NAMES = ("d0", "z0", "phi", "theta", "q_over_p")
"""The parameters, in the order of the columns [mm, mm, rad, rad, 1/GeV]."""

LIGHT = 0.299792458e-3
"""The speed of light, as the momentum that a unit charge has for each tesla and millimetre of radius [GeV/T/mm]."""


@dataclass(frozen=True, slots=True, eq=False)
class HelixParameters:
    """Tracks where they come closest to the z axis (their perigee).

    The point of closest approach is (-d0 sin phi, d0 cos phi, z0), phi the direction of flight there, theta the angle
    to +z, q/p the charge over the momentum. A row is finite, or it is NaN throughout: nothing is known.

    Args:
        value: d0 [mm], z0 [mm], phi [rad], theta [rad], q/p [1/GeV], row by row.
        covariance: their covariance, where known.

    Raises: ValueError, naming the first row that breaks a promise.

    >>> HelixParameters(np.array([[0.0, 0.0, 0.5, 1.5, -0.1]])).transverse_momentum
    array([9.97494987])
    """

    value: Float[np.ndarray, "track 5"]
    covariance: Float[np.ndarray, "track 5 5"] | None = None

    def __post_init__(self) -> None:
        finite = np.isfinite(self.value)
        partial = np.asarray(finite.any(axis=1) & ~finite.all(axis=1))
        refuse_tracks(partial, "five finite parameters, or none", self.value)
        theta = self.value[:, 3]
        refuse_tracks(np.asarray((theta <= 0) | (theta >= np.pi)), "theta between 0 and pi", theta)
        if self.covariance is not None:
            if len(self.covariance) != len(self.value):
                message = f"{len(self.value)} tracks need as many covariances, not {len(self.covariance)}"
                raise ValueError(message)
            variance = np.diagonal(self.covariance, axis1=1, axis2=2)
            refuse_tracks(np.asarray((variance < 0).any(axis=1)), "variances not below 0", variance)

    def __len__(self) -> int:
        return len(self.value)

    def __repr__(self) -> str:
        return f"HelixParameters({len(self)} tracks{', with covariance' if self.covariance is not None else ''})"

    def choose(self, rows: Int[np.ndarray, " some"] | Bool[np.ndarray, " track"]) -> "HelixParameters":
        """Give some of the tracks, in the order asked for."""
        return HelixParameters(self.value[rows], None if self.covariance is None else self.covariance[rows])

    @property
    def transverse_momentum(self) -> Float[np.ndarray, " track"]:
        """The momentum across the field (pT) [GeV]."""
        with np.errstate(divide="ignore"):
            return np.asarray(np.sin(self.value[:, 3]) / np.abs(self.value[:, 4]))

    @property
    def longitudinal_momentum(self) -> Float[np.ndarray, " track"]:
        """The momentum along the field (pz) [GeV]."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.cos(self.value[:, 3]) / np.abs(self.value[:, 4]))

    @property
    def q_over_pt(self) -> Float[np.ndarray, " track"]:
        """Charge over transverse momentum, the quantity that hits measure linearly [1/GeV]."""
        return np.asarray(self.value[:, 4] / np.sin(self.value[:, 3]))

    @property
    def charge(self) -> Float[np.ndarray, " track"]:
        """The sign of the charge."""
        return np.asarray(np.sign(self.value[:, 4]))

    @property
    def pseudorapidity(self) -> Float[np.ndarray, " track"]:
        """The pseudorapidity (eta), -ln tan(theta/2)."""
        return np.asarray(-np.log(np.tan(self.value[:, 3] / 2)))


def refuse_tracks(bad: np.ndarray, promise: str, values: np.ndarray) -> None:
    """Refuse the first track that breaks a promise."""
    if bad.any():
        row = int(np.argmax(bad))
        message = f"expected {promise}, but track {row} has {values[row]}"
        raise ValueError(message)


def curve(q_over_pt: Float[np.ndarray, "*any"], field: float) -> Float[np.ndarray, "*any"]:
    """Give the signed curvature (kappa) of tracks, above 0 where they turn counter-clockwise [1/mm].

    kappa = -c B q/pT, with c B = 0.299792458e-3 B [T] GeV/mm.

    Args:
        q_over_pt: charge over transverse momentum [1/GeV].
        field: the magnetic field along +z [T].

    >>> curve(np.array([-1.0]), 2.0)
    array([0.00059958])
    """
    return -LIGHT * field * q_over_pt


def approach_axis(
    position: Float[np.ndarray, "track 3"],
    momentum: Float[np.ndarray, "track 3"],
    charge: Float[np.ndarray, " track"],
    field: float,
) -> HelixParameters:
    """Follow states through the field to where they come closest to the z axis.

    With b = y cos a - x sin a, c = x cos a + y sin a and the direction of flight a at (x, y), the turn from the perigee
    is t = atan2(kappa c, 1 + kappa b); phi = a - t, d0 = [kappa r^2 + 2 b] / [1 + sqrt(1 + kappa^2 r^2 + 2 kappa b)],
    z0 = z - (t / kappa) cot(theta): regular as kappa -> 0. Of a track that circles, the nearest approach counts.

    Args:
        position: x, y, z of each state [mm].
        momentum: px, py, pz there [GeV].
        charge: in units of the positron's.
        field: the magnetic field along +z [T].

    Returns:
        The perigees; NaN where a state has no charge, no transverse momentum or no finite number.

    >>> approach_axis(np.array([[0.0, 2.0, 5.0]]), np.array([[1.0, 0.0, 0.0]]), np.ones(1), 2.0).value.round(6)
    array([[2.      , 5.      , 0.      , 1.570796, 1.      ]])
    """
    state = np.column_stack([position, momentum, charge]).astype(float)
    x, y, z, px, py, pz, q = state.T
    transverse = np.hypot(px, py)
    with np.errstate(divide="ignore", invalid="ignore"):
        cosine, sine = px / transverse, py / transverse
        kappa = curve(q / transverse, field)
        across, along = y * cosine - x * sine, x * cosine + y * sine
        turn = np.arctan2(kappa * along, 1 + kappa * across)
        path = np.where(np.abs(kappa * along) < 1e-9, along, turn / kappa)
        distance = kappa * (x**2 + y**2) + 2 * across
        d0 = distance / (1 + np.sqrt(np.maximum(1 + kappa * distance, 0.0)))
        phi = np.arctan2(py, px) - turn
        z0 = z - path * pz / transverse
        value = np.stack([d0, z0, wrap(phi), np.arctan2(transverse, pz), q / np.hypot(transverse, pz)], axis=1)
    known = np.isfinite(value).all(axis=1) & np.isfinite(state).all(axis=1) & (q != 0)
    return HelixParameters(np.where(known[:, None], value, np.nan))


def wrap(angle: Float[np.ndarray, "*any"]) -> Float[np.ndarray, "*any"]:
    """Give angles between -pi and pi [rad]."""
    return np.asarray(np.pi - np.mod(np.pi - angle, 2 * np.pi))


def cross_cylinders(
    d0: Float[np.ndarray, " track"],
    phi: Float[np.ndarray, " track"],
    curvature: Float[np.ndarray, " track"],
    radius: Float[np.ndarray, "track layer"],
) -> tuple[Float[np.ndarray, "track layer"], Float[np.ndarray, "track layer"]]:
    """Give where tracks first cross cylinders about z, and how far along the circle from the perigee.

    sin(azimuth - phi) = [kappa (r^2 + d0^2) + 2 d0] / [2 r (1 + kappa d0)],
    s = (2/kappa) asin(kappa chord/2) with chord^2 = (r^2 - d0^2)/(1 + kappa d0): no iteration, regular as kappa -> 0.

    Args:
        d0: signed distance of the perigee from the axis [mm].
        phi: direction of flight there [rad].
        curvature: signed curvature (kappa) [1/mm].
        radius: the cylinders [mm].

    Returns:
        The azimuth of each crossing [rad] and the path to it across the field (s) [mm]; NaN where a track turns back
        before.

    >>> azimuth, path = cross_cylinders(np.zeros(1), np.zeros(1), np.array([1e-3]), np.array([[100.0, 3000.0]]))
    >>> azimuth.round(4), path.round(2)
    (array([[0.05,  nan]]), array([[100.04,     nan]]))
    """
    d, k, r = d0[:, None], curvature[:, None], radius
    with np.errstate(invalid="ignore", divide="ignore"):
        sine = (k * (r**2 + d**2) + 2 * d) / (2 * r * (1 + k * d))
        chord = np.sqrt((r**2 - d**2) / (1 + k * d))
        half = k * chord / 2
        path = chord * np.where(np.abs(half) < 1e-8, 1.0, np.arcsin(half) / np.where(half == 0, 1.0, half))
        azimuth = np.where(np.isfinite(path), phi[:, None] + np.arcsin(sine), np.nan)
    return azimuth, np.where(np.isfinite(azimuth), path, np.nan)
