"""Compiled: beliefs about every detection that remember all its possible pasts, and how well two of them join."""

import numpy as np

from corpuscle.data.compiled import compiled

LOG_TWO_PI = 1.8378770664093453
NEGLIGIBLE = 16.0
"""A hypothesis that is less likely than the best by this in the logarithm is not mixed in."""


@compiled
def group_links(end: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Group candidate links by one of their ends: the first of each row's group, and the links in groups, in order."""
    first = np.zeros(count + 1, np.int64)
    for e in range(len(end)):
        first[end[e] + 1] += 1
    for k in range(count):
        first[k + 1] += first[k]
    order = np.empty(len(end), np.int64)
    cursor = first[:-1].copy()
    for e in range(len(end)):
        order[cursor[end[e]]] = e
        cursor[end[e]] += 1
    return first, order


@compiled
def change_kind(same: bool, share: float, changed: float) -> float:
    """Give the chance that a particle is of a kind some frames later: of the same, or drawn anew."""
    return changed * share + (1.0 - changed if same else 0.0)


@compiled
def carry_doubt(here: float, both: float, there: float, along: float, kept: float) -> tuple[float, float, float]:
    """Carry a covariance: F P F' with F = [[1, along], [0, kept]]."""
    return here + 2.0 * along * both + along * along * there, kept * (both + along * there), kept * kept * there


@compiled
def expect_fit(value: np.ndarray, width: int, listed: np.ndarray, weight: np.ndarray, likely: np.ndarray) -> float:
    """Give the expected log-likelihood of the step into a row, over its links and the kinds of particles."""
    expected = 0.0
    for k in range(len(listed)):
        highest = -np.inf
        for s in range(k * width, (k + 1) * width):
            highest = max(highest, value[s])
        if highest > -np.inf:
            total = 0.0
            for s in range(k * width, (k + 1) * width):
                total += np.exp(value[s] - highest)
            expected += likely[listed[k]] * (highest + np.log(total) - weight[listed[k]])
    return expected


@compiled
def pass_beliefs(
    position: np.ndarray, variance: np.ndarray, source: np.ndarray, gap: np.ndarray, first: np.ndarray,
    listed: np.ndarray, weight: np.ndarray, begins: np.ndarray, table: np.ndarray, step: np.ndarray,
    rate: np.ndarray, share: np.ndarray, changed: np.ndarray, mean: np.ndarray, doubt: np.ndarray, kind: np.ndarray,
    likely: np.ndarray, found: np.ndarray,
) -> None:  # fmt: skip
    """Believe in each detection, one after the other, what its possible predecessors say.

    The belief about a detection is one Gaussian a kind of particle, equal in covariance for all axes: that of the
    mixture of its predecessors' beliefs, carried to its frame and corrected by it (moments are matched), and of a
    particle that starts there.

    `weight` is the logarithm of what each candidate link weighs before its likelihood, `begins` that of a start;
    `table[b, g]` carries a state of kind b over g + 1 frames (see `Population.carry`). `found` takes the logarithm of
    the sum of all weights of each row; or, where it is known how `likely` each link is, the expected log-likelihood of
    the step into each row.
    """
    rows, space = position.shape
    kinds = len(step)
    most = 1
    for j in range(rows):
        most = max(most, first[j + 1] - first[j])
    value = np.empty(most * kinds * kinds)
    sums = np.empty((kinds, 4))
    moment = np.empty((kinds, space, 2))
    for j in range(rows):
        highest = begins[j]
        place = 0
        noise = variance[j]
        for k in range(first[j], first[j + 1]):
            e = listed[k]
            i, g = source[e], gap[e]
            for a in range(kinds):
                for b in range(kinds):
                    moved = change_kind(a == b, share[b], changed[g]) * kind[i, a]
                    if moved < 1e-9:
                        value[place] = -np.inf
                        place += 1
                        continue
                    stays = a == b
                    along = table[b, g, 0]
                    both = doubt[i, a, 1] if stays else 0.0
                    there = doubt[i, a, 2] if stays else rate[b]
                    spread = doubt[i, a, 0] + 2.0 * along * both + along * along * there
                    spread += (g + 1) * step[b] + table[b, g, 2] + noise
                    squared = 0.0
                    for d in range(space):
                        off = position[j, d] - mean[i, a, d, 0]
                        if stays:
                            off -= along * mean[i, a, d, 1]
                        squared += off * off
                    fit = np.log(moved) - 0.5 * (squared / spread + space * (LOG_TWO_PI + np.log(spread)))
                    value[place] = weight[e] + fit
                    highest = max(highest, value[place])
                    place += 1
        found[j] = 0.0
        if len(likely):
            found[j] = expect_fit(value, kinds * kinds, listed[first[j] : first[j + 1]], weight, likely)
        fresh = np.exp(begins[j] - highest) if highest > -np.inf else 1.0
        for b in range(kinds):
            sums[b, 0] = fresh * share[b]
            sums[b, 1] = sums[b, 0] * noise
            sums[b, 2] = 0.0
            sums[b, 3] = sums[b, 0] * rate[b]
            for d in range(space):
                moment[b, d, 0] = 0.0
                moment[b, d, 1] = 0.0
        place = 0
        for k in range(first[j], first[j + 1]):
            e = listed[k]
            i, g = source[e], gap[e]
            for a in range(kinds):
                for b in range(kinds):
                    fit = value[place]
                    place += 1
                    if fit < highest - NEGLIGIBLE:
                        continue
                    part = np.exp(fit - highest)
                    stays = a == b
                    along, kept = table[b, g, 0], table[b, g, 1]
                    here, both, there = carry_doubt(
                        doubt[i, a, 0], doubt[i, a, 1] if stays else 0.0, doubt[i, a, 2] if stays else rate[b],
                        along, kept,
                    )  # fmt: skip
                    here += (g + 1) * step[b] + table[b, g, 2]
                    both += table[b, g, 3]
                    there += table[b, g, 4]
                    spread = here + noise
                    gain, turn = here / spread, both / spread
                    squares, products, speeds = 0.0, 0.0, 0.0
                    for d in range(space):
                        velocity = mean[i, a, d, 1] if stays else 0.0
                        off = position[j, d] - mean[i, a, d, 0] - along * velocity
                        x = (gain - 1.0) * off
                        v = kept * velocity + turn * off
                        moment[b, d, 0] += part * x
                        moment[b, d, 1] += part * v
                        squares += x * x
                        products += x * v
                        speeds += v * v
                    sums[b, 0] += part
                    sums[b, 1] += part * (gain * noise + squares / space)
                    sums[b, 2] += part * (turn * noise + products / space)
                    sums[b, 3] += part * (there - turn * both + speeds / space)
        total = 0.0
        for b in range(kinds):
            total += sums[b, 0]
        if len(likely) == 0 and total > 0.0:
            found[j] = highest + np.log(total)
        for b in range(kinds):
            whole = sums[b, 0]
            if whole <= 1e-12 * total:
                kind[j, b] = 0.0
                doubt[j, b, 0], doubt[j, b, 1], doubt[j, b, 2] = noise, 0.0, rate[b]
                for d in range(space):
                    mean[j, b, d, 0], mean[j, b, d, 1] = position[j, d], 0.0
                continue
            kind[j, b] = whole / total
            squares, products, speeds = 0.0, 0.0, 0.0
            for d in range(space):
                x, v = moment[b, d, 0] / whole, moment[b, d, 1] / whole
                mean[j, b, d, 0], mean[j, b, d, 1] = position[j, d] + x, v
                squares += x * x
                products += x * v
                speeds += v * v
            here = max(sums[b, 1] / whole - squares / space, 1e-9 * noise)
            there = max(sums[b, 3] / whole - speeds / space, 1e-9 * rate[b])
            both = sums[b, 2] / whole - products / space
            bound = 0.999999 * np.sqrt(here * there)
            doubt[j, b, 0], doubt[j, b, 1], doubt[j, b, 2] = here, min(max(both, -bound), bound), there


@compiled
def join_beliefs(
    source: np.ndarray, target: np.ndarray, gap: np.ndarray, table: np.ndarray, step: np.ndarray, rate: np.ndarray,
    share: np.ndarray, changed: np.ndarray, mean: np.ndarray, doubt: np.ndarray, kind: np.ndarray,
    later_mean: np.ndarray, later_doubt: np.ndarray, later_kind: np.ndarray, fit: np.ndarray,
) -> None:  # fmt: skip
    """Give for each candidate link the logarithm of how much likelier its two ends are as one particle.

    Of the earlier end counts what it and its past say, of the later one what it and its future say, whose velocities
    are those of reversed time; the spread of velocities, which both of them know, is divided out once:
    log int N(s; past) N(s; future) / N(v; 0, rate) ds. A start of constant density is the other choice.
    """
    kinds, space = mean.shape[1], mean.shape[2]
    value = np.empty(kinds * kinds)
    for e in range(len(source)):
        i, j, g = source[e], target[e], gap[e]
        highest = -np.inf
        for a in range(kinds):
            for b in range(kinds):
                moved = change_kind(a == b, share[b], changed[g]) * kind[i, a]
                if moved < 1e-9 or later_kind[j, b] < 1e-9:
                    value[a * kinds + b] = -np.inf
                    continue
                stays = a == b
                along, kept = table[b, g, 0], table[b, g, 1]
                here, both, there = carry_doubt(
                    doubt[i, a, 0], doubt[i, a, 1] if stays else 0.0, doubt[i, a, 2] if stays else rate[b], along, kept
                )
                here += (g + 1) * step[b] + table[b, g, 2]
                both += table[b, g, 3]
                there += table[b, g, 4]
                one = here * there - both * both
                q, r, s = later_doubt[j, b, 0], -later_doubt[j, b, 1], later_doubt[j, b, 2]
                other = q * s - r * r
                p00, p01, p11 = there / one, -both / one, here / one
                j00, j01, j11 = s / other, -r / other, q / other
                free = min(1.0 / rate[b], j11 - j01 * j01 / j00)
                a00, a01, a11 = p00 + j00, p01 + j01, p11 + j11 - free
                whole = a00 * a11 - a01 * a01
                squared = 0.0
                for d in range(space):
                    velocity = mean[i, a, d, 1] if stays else 0.0
                    off = later_mean[j, b, d, 0] - mean[i, a, d, 0] - along * velocity
                    v = kept * velocity
                    w = -later_mean[j, b, d, 1]
                    e0, e1 = p01 * v + j00 * off + j01 * w, p11 * v + j01 * off + j11 * w
                    squared += p11 * v * v + j00 * off * off + 2.0 * j01 * off * w + j11 * w * w
                    squared -= (e0 * e0 * a11 - 2.0 * e0 * e1 * a01 + e1 * e1 * a00) / whole
                scale = -0.5 * space * (LOG_TWO_PI + np.log(one * other * whole / rate[b]))
                found = scale - 0.5 * squared + np.log(moved * later_kind[j, b] / share[b])
                value[a * kinds + b] = found
                highest = max(highest, found)
        total = 0.0
        for k in range(kinds * kinds):
            if value[k] > -np.inf:
                total += np.exp(value[k] - highest)
        fit[e] = highest + np.log(total) if total > 0.0 else -np.inf
