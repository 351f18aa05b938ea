"""Compiled: a Kalman filter from each track's outermost hit inwards to the perigee, and a smoother back out."""

import numpy as np

from corpuscle.data.compiled import compiled
from corpuscle.estimation.helices.helix_kernel import predict_hit
from corpuscle.estimation.helices.symmetric_kernel import invert
from corpuscle.estimation.helices.weigh_kernel import carry_kicks

ROUND = 2.0 * np.pi


@compiled
def order_hits(place: np.ndarray, radius: np.ndarray, order: np.ndarray) -> None:
    """Order hits from the outside in: by cylinder, on one cylinder by radius."""
    for i in range(len(place)):
        h = i
        while h > 0:
            other = order[h - 1]
            if place[other] > place[i] or (place[other] == place[i] and radius[other] >= radius[i]):
                break
            order[h] = other
            h -= 1
        order[h] = i


@compiled
def add_hit(jacobian: np.ndarray, off: np.ndarray, variance: np.ndarray, known: np.ndarray) -> None:
    """Add what one hit knows: information += h'h/var, pull += h' m/var, constant += m^2/var, of both coordinates."""
    for c in range(2):
        for a in range(6):
            left = (off[c] if a == 5 else jacobian[c, a]) / variance[c]
            for b in range(6):
                known[a, b] += left * (off[c] if b == 5 else jacobian[c, b])


@compiled
def pass_cylinder(carried: np.ndarray, angle: float, growth: float, sine: float, known: np.ndarray) -> None:
    """Pass a cylinder: the helix behind it is x = x' + g e + G growth, e a standard normal number for each turn.

    pull -= information G growth (and the constant with it); then for g = G angle of each turn, v = information g:
    information -= v v'/(1 + g'v), which is what is left when e is not known, and so the pull and the constant.
    """
    v = np.empty(6)
    if growth != 0.0:
        for a in range(6):
            v[a] = 0.0
            for b in range(5):
                v[a] += known[a, b] * carried[b, 2] * growth
        square = 0.0
        for b in range(5):
            square += carried[b, 2] * growth * v[b]
        for a in range(5):
            known[a, 5] -= v[a]
            known[5, a] -= v[a]
        known[5, 5] += square - 2.0 * v[5]
    if angle == 0.0:
        return
    for c in range(2):
        size = angle / sine if c == 0 else angle
        whole = 1.0
        for a in range(6):
            v[a] = 0.0
            for b in range(5):
                v[a] += known[a, b] * carried[b, c] * size
        for b in range(5):
            whole += carried[b, c] * size * v[b]
        for a in range(6):
            for b in range(6):
                known[a, b] -= v[a] * v[b] / whole


@compiled
def filter_inwards(
    order: np.ndarray, place: np.ndarray, variance: np.ndarray, sine: float, jacobian: np.ndarray, off: np.ndarray,
    carried: np.ndarray, angle: np.ndarray, growth: np.ndarray, known: np.ndarray, passed: np.ndarray,
) -> None:  # fmt: skip
    """Filter one track from the outside in; `passed` takes what hits farther out know where each hit is."""
    known[:, :] = 0.0
    here = place[order[0]]
    for n in range(len(order)):
        h = order[n]
        while here > place[h]:
            here -= 1
            if here < len(angle):
                pass_cylinder(carried[here], angle[here], growth[here], sine, known)
        passed[n] = known
        add_hit(jacobian[h], off[h], variance[h], known)


@compiled
def solve_known(known: np.ndarray, covariance: np.ndarray, mean: np.ndarray) -> float:
    """Write the covariance and the mean that are known; give chi2 there, or NaN where not all is known."""
    covariance[:, :] = known[:5, :5]
    if not invert(covariance, 5):
        return np.nan
    chi2 = known[5, 5]
    for a in range(5):
        mean[a] = 0.0
        for b in range(5):
            mean[a] += covariance[a, b] * known[b, 5]
        chi2 -= mean[a] * known[a, 5]
    return float(chi2)


@compiled
def linearise(
    radius: np.ndarray, azimuth: np.ndarray, z: np.ndarray, cylinder: np.ndarray, field: float, value: np.ndarray,
    jacobian: np.ndarray, off: np.ndarray, carried: np.ndarray,
) -> None:  # fmt: skip
    """Write what hits measure beyond a helix, and how that changes with it."""
    carry_kicks(value, field, cylinder, carried)
    for h in range(len(radius)):
        predicted, predicted_z, _ = predict_hit(value, field, radius[h], jacobian[h])
        turn = azimuth[h] - predicted
        off[h, 0] = radius[h] * (turn - ROUND * np.round(turn / ROUND))
        off[h, 1] = z[h] - predicted_z


@compiled
def filter_tracks(
    offset: np.ndarray, radius: np.ndarray, azimuth: np.ndarray, z: np.ndarray, place: np.ndarray,
    variance: np.ndarray, cylinder: np.ndarray, field: float, rows: np.ndarray, angle: np.ndarray,
    growth: np.ndarray, value: np.ndarray, covariance: np.ndarray, chi2: np.ndarray, moved: np.ndarray,
    smoothed: np.ndarray, residual: np.ndarray,
) -> None:  # fmt: skip
    """Filter tracks about their parameters so far; smooth them into `smoothed` [hit 5 6], where there is room.

    `residual` [hit 2 3] takes what each hit measures beyond what the others say, with its covariance.

    Row i of `angle` and `growth` is that of track `rows[i]`. What is known stands as a matrix of 6 by 6: information,
    pull and constant of the quadratic form chi2 = constant - 2 pull'x + x' information x.
    """
    most, layers = 0, len(cylinder)
    for t in rows:
        most = max(most, offset[t + 1] - offset[t])
    order, jacobian, off = np.empty(most, np.int64), np.empty((most, 2, 5)), np.empty((most, 2))
    carried, passed, known = np.empty((layers, 5, 3)), np.empty((most, 6, 6)), np.empty((6, 6))
    mean, spread = np.empty(5), np.empty((5, 5))
    for i in range(len(rows)):
        t = rows[i]
        first, last = offset[t], offset[t + 1]
        hits = last - first
        sine = np.sin(value[t, 3])
        linearise(
            radius[first:last], azimuth[first:last], z[first:last], cylinder, field, value[t], jacobian, off, carried
        )  # fmt: skip
        order_hits(place[first:last], radius[first:last], order)
        filter_inwards(
            order[:hits], place[first:last], variance[first:last], sine, jacobian, off, carried, angle[i], growth[i],
            known, passed,
        )  # fmt: skip
        chi2[t], moved[t] = solve_known(known, spread, mean), np.nan
        if not np.isfinite(chi2[t]):
            continue
        moved[t] = 0.0
        for a in range(5):
            moved[t] += mean[a] * known[a, 5]
        if len(smoothed):
            smooth_outwards(
                order[:hits], place[first:last], variance[first:last], sine, jacobian, off, carried, angle[i],
                growth[i], known, passed, value[t], smoothed[first:last], residual[first:last],
            )  # fmt: skip
        value[t] += mean
        covariance[t] = spread


@compiled
def smooth_outwards(
    order: np.ndarray, place: np.ndarray, variance: np.ndarray, sine: float, jacobian: np.ndarray, off: np.ndarray,
    carried: np.ndarray, angle: np.ndarray, growth: np.ndarray, known: np.ndarray, passed: np.ndarray,
    value: np.ndarray, smoothed: np.ndarray, residual: np.ndarray,
) -> None:  # fmt: skip
    """Filter one track from the inside out, and add what the hits inside know to what those outside do.

    Writes covariance and parameters of the helix that leads to each hit, from all hits, and the hit's residual from
    what the others say: m - h x, with h P h' + variance.
    """
    spread, mean = np.empty((5, 5)), np.empty(5)
    known[:, :] = 0.0
    here = place[order[-1]]
    for n in range(len(order) - 1, -1, -1):
        h = order[n]
        while here < place[h]:
            if here < len(angle):
                pass_cylinder(carried[here], angle[here], -growth[here], sine, known)
            here += 1
        both = passed[n] + known
        told = len(order) > 3 and np.isfinite(solve_known(both, spread, mean))
        for c in range(2):
            residual[h, c, 2] = off[h, c] - jacobian[h, c] @ mean if told else np.nan
            for e in range(2):
                own = variance[h, c] if c == e else 0.0
                residual[h, c, e] = own + jacobian[h, c] @ (spread @ jacobian[h, e]) if told else np.nan
        add_hit(jacobian[h], off[h], variance[h], both)
        solve_known(both, spread, mean)
        smoothed[h, :, :5] = spread
        smoothed[h, :, 5] = value + mean
        add_hit(jacobian[h], off[h], variance[h], known)
