"""Compiled: one Gauss-Newton step of the weighted least-squares fit of each track."""

import numpy as np

from corpuscle.data.compiled import compiled
from corpuscle.estimation.helices.symmetric_kernel import divide, factor, invert
from corpuscle.estimation.helices.weigh_kernel import weigh_track

ROUND = 2.0 * np.pi


@compiled
def step_tracks(
    offset: np.ndarray, radius: np.ndarray, azimuth: np.ndarray, z: np.ndarray, place: np.ndarray,
    variance: np.ndarray, cylinder: np.ndarray, field: float, rows: np.ndarray, angle: np.ndarray,
    growth: np.ndarray, value: np.ndarray, covariance: np.ndarray, chi2: np.ndarray, moved: np.ndarray,
) -> None:  # fmt: skip
    """Move each track's parameters p to where the linearised chi2 = (m - h(p))' C^-1 (m - h(p)) is least.

    dp = (J' C^-1 J)^-1 J' C^-1 (m - h); with C = L L', all from L^-1 J and L^-1 (m - h). Row i of `angle` and `growth`
    is that of track `rows[i]`; `moved` takes the squared step in units of the covariance, NaN where there is none.
    """
    most, layers = 0, len(cylinder)
    for t in rows:
        most = max(most, offset[t + 1] - offset[t])
    carried, room = np.empty((layers, 5, 3)), np.empty((2 * most, layers, 2))
    jacobian, predicted = np.empty((2 * most, 6)), np.empty(2 * most)
    spread, information, step = np.empty((2 * most, 2 * most)), np.empty((5, 5)), np.empty(5)
    for i in range(len(rows)):
        t = rows[i]
        first, last = offset[t], offset[t + 1]
        size = 2 * (last - first)
        weigh_track(
            radius[first:last], place[first:last], variance[first:last], cylinder, field, value[t], angle[i], growth[i],
            carried, room, jacobian, predicted, spread,
        )  # fmt: skip
        for h in range(last - first):
            turn = azimuth[first + h] - predicted[2 * h]
            jacobian[2 * h, 5] = radius[first + h] * (turn - ROUND * np.round(turn / ROUND))
            jacobian[2 * h + 1, 5] = z[first + h] - predicted[2 * h + 1]
        chi2[t], moved[t] = np.nan, np.nan
        if not factor(spread, size):
            continue
        divide(spread, jacobian[:size])
        for a in range(5):
            for b in range(a + 1):
                total = 0.0
                for c in range(size):
                    total += jacobian[c, a] * jacobian[c, b]
                information[a, b] = total
        if not invert(information, 5):
            continue
        chi2[t], moved[t] = take_step(jacobian[:size], information, step)
        value[t] += step
        covariance[t] = information


@compiled
def take_step(whitened: np.ndarray, covariance: np.ndarray, step: np.ndarray) -> tuple[float, float]:
    """Write the step that whitened coordinates [coordinate 6] ask for; give chi2 after it and its own square."""
    pull = np.zeros(5)
    chi2, squared = 0.0, 0.0
    for c in range(len(whitened)):
        off = whitened[c, 5]
        chi2 += off * off
        for a in range(5):
            pull[a] += whitened[c, a] * off
    for a in range(5):
        step[a] = 0.0
        for b in range(5):
            step[a] += covariance[a, b] * pull[b]
        squared += pull[a] * step[a]
    return chi2 - squared, squared
