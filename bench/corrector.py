"""The corrector beside the closed form, the weighted fit and the bound, on the helix world.

python -m bench.corrector [tracks] [weights] prints, in bins of transverse momentum: the width (half of the middle 68 %)
of q/p over the bound for each fitter, and of the corrector the widths of the other four, bias, pulls and coverage.
Then, with a fifth of the tracks each, widths and pulls in other apparatuses. Events and seed are of no training.
"""

import itertools
import sys
from typing import Any

import numpy as np

from corpuscle.data.apparatus import Apparatus
from corpuscle.data.event import TrackHits
from corpuscle.data.helix import NAMES, HelixParameters
from corpuscle.data.material import MUON, PION
from corpuscle.estimation.helices.bound import cramer_rao
from corpuscle.fitting.base import Fit
from corpuscle.fitting.fitters import FITTERS
from corpuscle.simulation.helical import Helix

SEED = 9_000_000
EDGES = (0.5, 0.7, 1.0, 2.0, 5.0, 10.0, 20.0, 35.0, 50.0)
REPEATS = 200
"""Draws of the bootstrap."""


ELSEWHERE: dict[str, dict[str, Any]] = {
    "3.8 T, 0.5 % a layer, 100 um": {"field": 3.8, "material": 0.005, "resolution": 0.1},
    "1 T, 5 % a layer, 10 um": {"field": 1.0, "material": 0.05, "resolution": 0.01},
    "no material": {"material": 0.0},
    "six layers, 30 to 600 mm, 20 % holes": {"radii": "30,80,150,280,430,600", "holes": 0.2},
    "16 layers, 3 mm along z": {"radii": ",".join(map(str, range(50, 1250, 75))), "resolution_z": 3.0},
    "muons": {"kind": "muon"},
    "energy loss": {"energy_loss": True},
}


def draw(tracks: int, **settings: Any) -> tuple[TrackHits, Apparatus, HelixParameters, np.ndarray]:  # noqa: ANN401
    """Draw tracks with six hits or more (in six layers: four), their truth and which cylinders saw them."""
    chosen = {"lowest_pt": EDGES[0], "highest_pt": EDGES[-1], "highest_eta": 1.0, "holes": 0.05, **settings}
    world = Helix(tracks=tracks, **chosen)
    made = world.simulate(np.random.default_rng(SEED))
    hits = made.hits.collect_tracks()
    row = np.searchsorted(made.particles.event * tracks + made.particles.track, hits.event * tracks + hits.track)
    long = hits.length >= (6 if len(world.apparatus.radius) > 6 else 4)
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


def find_errors(apparatus: Apparatus, truth: HelixParameters, seen: np.ndarray, mass: float = PION) -> np.ndarray:
    """Give the least errors that the parameters can have."""
    bound = cramer_rao(
        apparatus.radius, field=apparatus.field, resolution=apparatus.resolution, material=apparatus.material,
        parameters=truth, resolution_z=apparatus.resolution_z, seen=seen, mass=mass,
    )  # fmt: skip
    return np.asarray(np.sqrt(np.diagonal(bound, axis1=1, axis2=2)))


def find_pulls(fit: Fit, truth: HelixParameters) -> np.ndarray:
    """Give residuals in units of the errors that a fit gives."""
    covariance = fit.parameters.covariance
    assert covariance is not None
    return np.asarray(miss(fit, truth) / np.sqrt(np.diagonal(covariance, axis1=1, axis2=2)))


def print_bins(tracks: int, weights: dict[str, str]) -> None:
    """Print widths, pulls and coverage in the apparatus of the settings, in bins of transverse momentum."""
    hits, apparatus, truth, seen = draw(tracks)
    sigma = find_errors(apparatus, truth, seen)
    fits = {
        name: FITTERS[name](**(weights if name == "corrector" else {})).fit(hits, apparatus)
        for name in ("karimaki", "gls", "corrector")
    }
    wide = {name: miss(fit, truth) / sigma for name, fit in fits.items()}
    corrected, pull = fits["corrector"], find_pulls(fits["corrector"], truth)
    momentum = truth.transverse_momentum
    print(f"{len(hits)} tracks, valid: { ({name: int(fit.valid.sum()) for name, fit in fits.items()}) }")
    print(f"| pT [GeV] | tracks | {' | '.join(fits)} | {' | '.join(NAMES[:4])} | bias | pull width | 68 % | 95 % |")
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


def print_elsewhere(tracks: int, weights: dict[str, str]) -> None:
    """Print widths and pulls in other apparatuses, all momenta together."""
    print(f"| world | tracks | karimaki | gls | {' | '.join(NAMES)} | pull widths |")
    for name, settings in ELSEWHERE.items():
        hits, apparatus, truth, seen = draw(tracks, **settings)
        sigma = find_errors(apparatus, truth, seen, mass=MUON if name == "muons" else PION)
        fits = [FITTERS[known]().fit(hits, apparatus) for known in ("karimaki", "gls")]
        fits.append(FITTERS["corrector"](**weights).fit(hits, apparatus))
        here = np.all([fit.valid for fit in fits], axis=0) & np.isfinite(sigma).all(axis=1)
        wide = [width((miss(fit, truth) / sigma)[here]) for fit in fits]
        row = [f"{wide[0][4]:.3f}", f"{wide[1][4]:.3f}", *(f"{value:.3f}" for value in wide[2])]
        pulls = " ".join(f"{value:.3f}" for value in width(find_pulls(fits[2], truth)[here]))
        print(f"| {name} | {here.sum()} of {len(hits)} | {' | '.join(row)} | {pulls} |")


def main() -> None:
    """Print the tables."""
    tracks = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    weights = {"weights": sys.argv[2]} if len(sys.argv) > 2 else {}
    print_bins(tracks, weights)
    print_elsewhere(tracks // 5, weights)


if __name__ == "__main__":
    main()
