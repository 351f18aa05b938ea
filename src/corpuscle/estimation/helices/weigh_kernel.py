"""Compiled: how the coordinates of a track's hits change with its perigee, and their covariance with scattering."""

import numpy as np

from corpuscle.data.compiled import compiled
from corpuscle.estimation.helices.helix_kernel import carry_kick, cross, predict_hit


@compiled
def predict_hits(
    value: np.ndarray, radius: np.ndarray, field: float, crossing: np.ndarray, jacobian: np.ndarray
) -> None:
    """Predict where tracks cross cylinders."""
    for t in range(len(radius)):
        for i in range(radius.shape[1]):
            azimuth, z, _ = predict_hit(value[t], field, radius[t, i], jacobian[t, i])
            crossing[t, i, 0], crossing[t, i, 1] = azimuth, z


@compiled
def carry_kicks(value: np.ndarray, field: float, cylinder: np.ndarray, carried: np.ndarray) -> None:
    """Write how the perigee changes with what happens at each cylinder; 0 where one is not crossed."""
    k = -field * value[4] / np.sin(value[3])
    for j in range(len(cylinder)):
        path = cross(value[0], k, cylinder[j])[2]
        if np.isfinite(path):
            carry_kick(value, field, path, carried[j])
        else:
            carried[j] = 0.0


@compiled
def weigh_track(
    radius: np.ndarray, place: np.ndarray, variance: np.ndarray, cylinder: np.ndarray, field: float,
    value: np.ndarray, angle: np.ndarray, growth: np.ndarray, carried: np.ndarray, moved: np.ndarray,
    jacobian: np.ndarray, predicted: np.ndarray, covariance: np.ndarray,
) -> None:  # fmt: skip
    """Write the Jacobian, the prediction (azimuth, z) and the covariance (lower triangle) of one track's coordinates.

    `carried` [layer 5 3] and `moved` [coordinate layer 2] are room to work in.
    """
    hits, layers = len(radius), len(cylinder)
    carry_kicks(value, field, cylinder, carried)
    sine = np.sin(value[3])
    for i in range(hits):
        azimuth, z, _ = predict_hit(value, field, radius[i], jacobian[2 * i : 2 * i + 2])
        predicted[2 * i], predicted[2 * i + 1] = azimuth, z
        for c in range(2):
            row = jacobian[2 * i + c]
            for j in range(min(place[i], layers)):
                kick = carried[j]
                if angle[j] > 0.0:
                    moved[2 * i + c, j, 0] = (
                        angle[j] / sine * (row[0] * kick[0, 0] + row[1] * kick[1, 0] + row[2] * kick[2, 0])
                    )
                    moved[2 * i + c, j, 1] = angle[j] * (
                        row[0] * kick[0, 1] + row[1] * kick[1, 1] + row[2] * kick[2, 1] + row[3] * kick[3, 1]
                    )
                if growth[j] != 0.0:
                    shift = 0.0
                    for p in range(5):
                        shift += row[p] * kick[p, 2]
                    predicted[2 * i + c] += growth[j] * shift / (radius[i] if c == 0 else 1.0)
    for a in range(2 * hits):
        for b in range(a + 1):
            total = 0.0
            for j in range(min(place[a // 2], place[b // 2], layers)):
                if angle[j] > 0.0:
                    total += moved[a, j, 0] * moved[b, j, 0] + moved[a, j, 1] * moved[b, j, 1]
            covariance[a, b] = total
        covariance[a, a] += variance[a // 2, a % 2]


@compiled
def weigh_tracks(
    offset: np.ndarray, radius: np.ndarray, place: np.ndarray, variance: np.ndarray, cylinder: np.ndarray,
    field: float, value: np.ndarray, angle: np.ndarray, jacobian: np.ndarray, covariance: np.ndarray,
) -> None:  # fmt: skip
    """Write Jacobian and covariance of every track's coordinates."""
    size, layers = jacobian.shape[1], len(cylinder)
    carried, moved, predicted = np.empty((layers, 5, 3)), np.empty((size, layers, 2)), np.empty(size)
    still = np.zeros(layers)
    for t in range(len(value)):
        first, last = offset[t], offset[t + 1]
        weigh_track(
            radius[first:last], place[first:last], variance[first:last], cylinder, field, value[t], angle[t], still,
            carried, moved, jacobian[t], predicted, covariance[t],
        )  # fmt: skip
        for a in range(2 * (last - first)):
            for b in range(a):
                covariance[t, b, a] = covariance[t, a, b]
        for a in range(2 * (last - first), size):
            covariance[t, a, a] = 1.0
