"""The shipped regressor of momenta beside the closed form and the corrector, on the helix world.

python -m bench.trackformer [tracks] [weights] prints, in bins of transverse momentum, the median relative error of pT
and the widths (half of the middle 68 %) of q/p and theta over the bound. Events and seed are of no training.
"""

import itertools
import sys

import numpy as np

from bench.corrector import EDGES, draw, error, find_errors, miss, width
from corpuscle.fitting.fitters import FITTERS


def main() -> None:
    """Print the table."""
    tracks = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    weights = {"weights": sys.argv[2]} if len(sys.argv) > 2 else {}
    hits, apparatus, truth, seen = draw(tracks)
    sigma, momentum = find_errors(apparatus, truth, seen), truth.transverse_momentum
    names = ("karimaki", "corrector", "trackformer")
    fits = {name: FITTERS[name](**(weights if name == "trackformer" else {})).fit(hits, apparatus) for name in names}
    apart = {name: np.abs(fit.parameters.transverse_momentum / momentum - 1) for name, fit in fits.items()}
    wide = miss(fits["trackformer"], truth) / sigma
    wrong = np.mean(fits["trackformer"].parameters.charge != truth.charge)
    print(f"{len(hits)} tracks, charge wrong {wrong:.5f}")
    print(f"| pT [GeV] | tracks | {' | '.join(f'{name} [%]' for name in names)} | q/p | theta | bias of q/p |")
    for low, high in [*itertools.pairwise(EDGES), (EDGES[0], EDGES[-1])]:
        here = (momentum >= low) & (momentum < high)
        row = [f"{100 * np.median(each[here]):.3f}" for each in apart.values()]
        here_wide, here_error = width(wide[here]), error(wide[here])
        row += [f"{here_wide[place]:.3f} ± {here_error[place]:.3f}" for place in (4, 3)]
        side = np.median(wide[here, 4] * np.sign(truth.value[here, 4]))
        print(f"| {low:g}-{high:g} | {here.sum()} | {' | '.join(row)} | {side:+.3f} |")


if __name__ == "__main__":
    main()
