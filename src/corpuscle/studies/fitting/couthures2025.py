"""Couthures 2025, Tracking with ML: two losses, and what else a transformer's momenta hang on."""

import itertools
import math
from collections.abc import Mapping
from typing import Any

from corpuscle.fitting.base import Fitter
from corpuscle.fitting.learned.trackformer import TrackFormer
from corpuscle.studies.fitting.bins import EDGES, find_middle, tell_bin
from corpuscle.studies.fitting.collided import Collided
from corpuscle.studies.fitting.fits import measure_fit
from corpuscle.studies.fitting.kept import KeptTracks
from corpuscle.studies.fitting.loads import LISTED, MAPPED, ON_THE_FLY, PACKED, judge_loading, measure_loading
from corpuscle.studies.fitting.losses import judge_losses
from corpuscle.studies.fitting.momenta import judge_momenta, measure_momenta
from corpuscle.studies.fitting.padding import measure_shift
from corpuscle.studies.fitting.sample import Sample
from corpuscle.studies.fitting.tensors import BOOSTED, Tensors
from corpuscle.studies.study import Contender, Grid, Role, ScaleName, Study

SOURCE = "Couthures, Tracking with ML, 22 January 2025, slides"

HIGHEST = 50.0
"""As far as the spectrum goes that nets learn from [GeV]."""

ROWS = 10
"""Rows of zeros that show what padding does."""

STEPS: Mapping[ScaleName, tuple[int, int]] = {"quick": (4, 100), "paper": (40, 100)}
"""Epochs, and batches of 256 tracks in each, of every net by scale."""

NETS: Mapping[ScaleName, int] = {"quick": 1, "paper": 3}
"""Nets of each kind by scale, which the repeats take in turn: whether one leaves the constant is chance."""


def lay_spectrum(tracks: int, repeats: int) -> Grid:
    """Lay a spectrum uniform in log pT in bins, each with its share of the tracks."""
    edges = [edge for edge in EDGES if edge <= HIGHEST]
    whole = math.log(edges[-1] / edges[0])
    return Grid(
        worlds=tuple(
            Collided(
                world="helix",
                settings={
                    "tracks": round(tracks * math.log(high / low) / whole),
                    "lowest_pt": low,
                    "highest_pt": high,
                    "holes": 0.05,
                },
                shown={"bin": tell_bin(low, high), "pt": find_middle(low, high)},
                repeats=repeats,
            )
            for low, high in itertools.pairwise(edges)
        )
    )


def learn(name: str, label: str, role: Role, *, fitter: str = "trackformer", **training: object) -> list[Contender]:
    """Enter a net that the study trains itself, as long as each scale has it."""
    budget = {"experiments": 256, "validation": 2000, "highest_pt": HIGHEST, "lowest_pt": EDGES[0], "highest_eta": 1.0}
    return [
        Contender(
            name=name,
            label=label,
            role=role,
            fitter=fitter,
            trainer=fitter,
            needs="lightning",
            nets=NETS[scale],
            training={"epochs": epochs, "batches": batches, **budget, **training},
            scales=(scale,),
        )
        for scale, (epochs, batches) in STEPS.items()
    ]


def publish(name: str, label: str, loss: str) -> list[Contender]:
    """Enter the net as published: coordinates in millimetres, pT and pz, padding not left out."""
    return learn(name, label, "claimed", loss=loss, inputs="raw", target="momentum", errors="plain", masked=False)


def scale_inputs(name: str, label: str, loss: str) -> list[Contender]:
    """Enter the net with scaled coordinates and padding left out."""
    return learn(name, label, "claimed", loss=loss, inputs="scaled", target="momentum", errors="plain")


def bend(name: str, label: str, inputs: str, *, errors: str = "plain") -> list[Contender]:
    """Enter the net that says the curvature."""
    return learn(name, label, "rival", loss="huber", inputs=inputs, target="curvature", errors=errors)


def measure_losses(method: Contender, fitter: Fitter, sample: Sample) -> dict[str, Any]:
    """Score a fit, and of nets that are told coordinates what rows of zeros do to them."""
    shift = measure_shift(fitter, sample, rows=ROWS) if isinstance(fitter, TrackFormer) else float("nan")
    return {**measure_fit(method, fitter, sample), "padding_shift": shift}


LOSSES = Study(
    name="couthures2025-losses",
    source=SOURCE,
    title="Two losses, and what a net is told and says: TrackML's barrel, 2 T, 0.5 to 50 GeV, d0 spread 1 mm",
    claim="p_t MAE: 0.2212 with mean squared error, 0.0718 with quantile loss; p_z MAE: 0.7048 and 0.4648. Here: the "
    "quantile loss (0.5) is below MSE in MAE, with coordinates as published and scaled; in median relative error of pT "
    "raw coordinates are worst, then scaled ones, curvature as target, azimuth relative to the first hit, the frame of "
    "the chord, and the correction of the closed-form fit is best.",
    worlds={"quick": lay_spectrum(6000, 3), "paper": lay_spectrum(20_000, 3)},
    methods=(
        *publish("raw_mse", "A raw, MSE, as published", "mse"),
        *publish("raw_quantile", "B raw, quantile, as published", "quantile"),
        *scale_inputs("scaled_mse", "M scaled, MSE", "mse"),
        *scale_inputs("scaled_quantile", "C scaled, quantile", "quantile"),
        *bend("curvature", "D scaled, curvature", "scaled"),
        *bend("relative", "E relative azimuth", "relative"),
        *bend("chord", "F chord frame", "chord", errors="expected"),
        *learn("corrector", "H corrector", "rival", fitter="corrector", share=1.0),
        Contender(name="karimaki", label="Karimäki, closed form", role="reference", fitter="karimaki"),
        Contender(name="gls", label="least squares with scattering", role="reference", fitter="gls"),
        Contender(
            name="mean", label="constant mean", role="control", fitter="constant", settings={"statistic": "mean"}
        ),
        Contender(
            name="median", label="constant median", role="control", fitter="constant", settings={"statistic": "median"}
        ),
    ),
    measure=measure_losses,
    holds=judge_losses,
    axis=("pt", "true transverse momentum, middle of the bin [GeV]"),
    panels=(("relative_error", "median |pT found - true| / true"), ("mae_pt", "mean |pT found - true| [GeV]")),
    columns={"bin": "pT [GeV]", "pt": "middle [GeV]"},
    facets=(),
    scores=("mae_pz", "ratio_to_bound", "charge_wrong", "padding_shift", "invalid"),
    logarithmic=(True, True),
    assumed=(
        (
            "The helix world in place of TrackML's particles: positions are measured (20 um, 50 um along z), particles "
            "scatter in 2 % of a radiation length a layer, 5 % of the hits are missing. The slides took true positions "
            "and production momenta, and had no classical fit beside them."
        ),
        (
            "Every net has a width of 32, 2 layers, 4 heads, and learns from fresh batches of 256 tracks, uniform in "
            "log pT: 400 of them at the quick scale, 4,000 at the paper scale. The published net had 22 million "
            "numbers and learned longer: what is compared here is what a net of one size makes of the same budget."
        ),
        "MAE and the median relative error are over all bins together, of each repeat; errors are over repeats.",
        (
            "The constants say the mean and the median of the spectrum, and pz 0: what a loss gains by itself. The net "
            "that says pT takes its charge from the closed-form fit, all nets d0, z0 and phi."
        ),
        (
            f"padding_shift: by how much what a net says of pT changes, in parts of itself, when {ROWS} rows of zeros "
            "stand behind each track (median over 500 tracks)."
        ),
        "One net of each kind at the quick scale, three at the paper scale; on one thread of the CPU.",
    ),
)

LOADING = Study(
    name="couthures2025-loading",
    source=SOURCE,
    title="Tracks a second that reach a training loop: read on the fly, listed in memory, gathered from shards",
    claim="This resulted in a dramatic speedup, with training time reduced to 30 minutes for 50 epochs—a 48x speedup.",
    worlds={
        "quick": Grid(worlds=tuple(KeptTracks(tracks=20_000, events=1, size=size, repeats=3) for size in (256, 3000))),
        "paper": Grid(
            worlds=tuple(KeptTracks(tracks=300_000, events=10, size=size, repeats=10) for size in (256, 1024, 3000))
        ),
    },
    methods=(
        Contender(name=ON_THE_FLY, label="on the fly", role="reference", needs="pandas"),
        Contender(name=LISTED, label="list of tensors", role="claimed", needs="torch"),
        Contender(name=MAPPED, label="shards, padded", role="rival"),
        Contender(name=PACKED, label="shards, packed", role="rival"),
    ),
    measure=measure_loading,
    holds=judge_loading,
    axis=("batch", "tracks in a batch"),
    panels=(("rate", "tracks a second of processor time"),),
    columns={"batch": "tracks in a batch"},
    facets=(),
    logarithmic=(True, True),
    serial=True,
    assumed=(
        (
            "On the fly: of each event four CSV files through pandas (hits, cells, particles, truth; cells are read "
            "and thrown away), merged, grouped by particle, a tensor a track, padded; not shuffled. As the slides' "
            "loader does, on events of 1,000 tracks of the helix world, from files that the machine has in memory."
        ),
        "The list: a tensor a track, shuffled by torch's loader, padded batch by batch. Shards are shuffled as well.",
        (
            "One process, one thread, no workers, processor time, one row after another. 23 hours for 20 epochs and 30 "
            "minutes for 50 are 48 times in all, and 115 times an epoch; both hold the time of the net too."
        ),
    ),
)

BROAD = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 300.0)
"""Bins of true transverse momentum of the published tensors [GeV]."""


def lay_tensors() -> Grid:
    """Lay the bins of the published tensors; those of ACTS end at 10 GeV."""
    return Grid(
        worlds=tuple(
            Tensors(
                data=name,
                low=low,
                high=high,
                shown={"bin": tell_bin(low, high), "pt": find_middle(max(low, 0.2), high)},
            )
            for name, highest in (("TrackML", 300.0), ("ACTS", 10.0))
            for low, high in itertools.pairwise(BROAD)
            if high <= highest
        )
    )


def enter_circles() -> list[Contender]:
    """Enter Kasa's circles through all hits and through the innermost ones, and other fits of the same."""
    found = [
        Contender(
            name=f"kasa{count or ''}", label=f"Kasa, {f'innermost {count}' if count else 'all hits'}", role="rival",
            fitter="kasa", settings={"hits": count},
        )
        for count in (0, 6, 8)
    ]  # fmt: skip
    return found + [
        Contender(
            name=f"{method}{count or ''}", label=f"{method}, {f'innermost {count}' if count else 'all hits'}",
            role="reference", fitter="innermost", settings={"method": method, "hits": count},
        )
        for method, counts in (("karimaki", (0, 6, 8)), ("gls", (0, 6)))
        for count in counts
    ]  # fmt: skip


TRACKS = Study(
    name="couthures2025-tracks",
    source=SOURCE,
    title="The published tensors of TrackFormer: TrackML (1,593 tracks, true positions) and ACTS (1,000 muons)",
    claim="A learned method is below the best closed-form fit in the median relative error of pT (Kasa's circle "
    "through the innermost 6 hits, TrackML, or 8, ACTS), on tracks whose particle it has not seen.",
    worlds={"quick": lay_tensors(), "paper": lay_tensors()},
    methods=(
        Contender(name=BOOSTED, label="boosted trees on circle fits", role="claimed", needs="sklearn"),
        Contender(name="corrector", label="corrector, as it comes", role="claimed", fitter="corrector", needs="torch"),
        Contender(
            name="corrector_inner", label="corrector, innermost 6", role="claimed", fitter="innermost",
            settings={"method": "corrector", "hits": 6}, needs="torch",
        ),
        Contender(
            name="trackformer", label="trackformer, as it comes", role="claimed", fitter="trackformer", needs="torch"
        ),
        *enter_circles(),
    ),
    measure=measure_momenta,
    holds=judge_momenta,
    axis=("pt", "true transverse momentum, middle of the bin [GeV]"),
    panels=(("relative_error", "median |pT found - true| / true"),),
    columns={"data": "data", "bin": "pT [GeV]", "pt": "middle [GeV]"},
    facets=("data",),
    scores=("refused",),
    logarithmic=(True, True),
    assumed=(
        (
            "TrackML: training and validation tensors together, one track an event, true positions, and as truth the "
            "momentum of production; the same particles stand in many events, so that the published split leaks. "
            "ACTS: space points of single muons, pT alone."
        ),
        (
            "Tracks are dealt into five parts by their true momentum: no particle is in two. The trees are learned "
            "from the other four parts; corrector and trackformer were shown none, they learned from the helix world."
        ),
        (
            "A fitter is told TrackML's barrel in 2 T with errors of 20 um and 50 um and 2 % of a radiation length a "
            "layer; hits of end caps lie on no cylinder of it. A track that a method gives no momentum for counts as "
            "infinitely far off."
        ),
        "Medians over all bins are of the tracks themselves; errors are over the five parts.",
    ),
)  # fmt: skip
