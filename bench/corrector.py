"""The corrector beside the closed form, the weighted fit and the bound, on the helix world.

python -m bench.corrector [tracks] [weights] prints, in bins of transverse momentum: the width (half of the middle 68 %)
of q/p over the bound for each fitter, and of the corrector the widths of the other four, bias, pulls and coverage.
Events and seed are not those of any training.
"""

import itertools
import sys

import numpy as np

from corpuscle.data.apparatus import Apparatus
from corpuscle.data.event import TrackHits
from corpuscle.data.helix import NAMES, HelixParameters
from corpuscle.estimation.bound import cramer_rao
from corpuscle.fitting.base import Fit
from corpuscle.fitting.fitters import FITTERS
from corpuscle.simulation.helical import Helix

SEED = 9_000_000
EDGES = (0.5, 0.7, 1.0, 2.0, 5.0, 10.0, 20.0, 35.0, 50.0)
REPEATS = 200
"""Draws of the bootstrap."""


def draw(tracks: int) -> tuple[TrackHits, Apparatus, HelixParameters, np.ndarray]:
    """Draw tracks with six hits or more, their truth and which cylinders saw them; a little beyond the bins."""
    world = Helix(tracks=tracks, lowest_pt=EDGES[0], highest_pt=EDGES[-1], highest_eta=1.0, holes=0.05)
    made = world.simulate(np.random.default_rng(SEED))
    hits = made.hits.collect_tracks()
    row = np.searchsorted(made.particles.event * tracks + made.particles.track, hits.event * tracks + hits.track)
    long = hits.length >= 6
    hits, truth = hits.choose(long), made.particles.parameters.choose(row[long])
    seen = np.zeros((len(hits), len(world.apparatus.radius)), dtype=bool)
    seen[hits.owner, hits.layer] = True
    return hits, world.apparatus, truth, seen


def miss(fit: Fit, truth: HelixParameters) -> np.ndarray:
    """Give what was found less the truth."""
    residual = fit.parameters.value - truth.value
    residual[:, 2] -= 2 * np.pi * np.round(residual[:, 2] / (2 * np.pi))
    return np.asarray(residual)


def width(values: np.ndarray) -> np.ndarray:
    """Give half of the middle 68 %, column by column."""
    low, high = np.percentile(values, [15.865, 84.135], axis=0)
    return np.asarray((high - low) / 2)


def error(values: np.ndarray) -> np.ndarray:
    """Give the standard error of the width, by bootstrap."""
    generator = np.random.default_rng(0)
    drawn = [width(values[generator.integers(len(values), size=len(values))]) for _ in range(REPEATS)]
    return np.asarray(np.std(drawn, axis=0))


def main() -> None:
    """Print the tables."""
    tracks = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    weights = {"weights": sys.argv[2]} if len(sys.argv) > 2 else {}
    hits, apparatus, truth, seen = draw(tracks)
    bound = cramer_rao(
        apparatus.radius, field=apparatus.field, resolution=apparatus.resolution, material=apparatus.material,
        parameters=truth, resolution_z=apparatus.resolution_z, seen=seen,
    )  # fmt: skip
    sigma = np.sqrt(np.diagonal(bound, axis1=1, axis2=2))
    fits = {
        name: FITTERS[name](**(weights if name == "corrector" else {})).fit(hits, apparatus)
        for name in ("karimaki", "gls", "corrector")
    }
    wide = {name: miss(fit, truth) / sigma for name, fit in fits.items()}
    corrected = fits["corrector"]
    covariance = corrected.parameters.covariance
    assert covariance is not None
    pull = miss(corrected, truth) / np.sqrt(np.diagonal(covariance, axis1=1, axis2=2))
    momentum = truth.transverse_momentum
    head = f"| pT [GeV] | tracks | {' | '.join(fits)} | {' | '.join(NAMES[:4])} | bias | pull width | 68 % | 95 % |"
    print(f"{len(hits)} tracks, valid: { ({name: int(fit.valid.sum()) for name, fit in fits.items()}) }")
    print(head)
    for low, high in itertools.pairwise(EDGES):
        here = (momentum >= low) & (momentum < high) & corrected.valid
        row = [f"{width(each[here])[4]:.3f}" for each in wide.values()]
        row[-1] += f" ± {error(wide['corrector'][here])[4]:.3f}"
        row += [f"{value:.3f}" for value in width(wide["corrector"][here])[:4]]
        side = wide["corrector"][here, 4] * np.sign(truth.value[here, 4])
        own = pull[here, 4]
        cover = [np.mean(np.abs(own) < level) for level in (1.0, 1.95996)]
        row += [f"{np.mean(side):+.3f}", f"{np.std(own):.3f}", *(f"{share:.3f}" for share in cover)]
        print(f"| {low:g}-{high:g} | {here.sum()} | {' | '.join(row)} |")
    print("pull widths of d0, z0, phi, theta, q/p:", *np.std(pull[corrected.valid], axis=0).round(3))


if __name__ == "__main__":
    main()
