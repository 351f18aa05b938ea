"""Score track parameters against the truth, on tables and files."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from jaxtyping import Bool, Float, Int

from corpuscle.data.apparatus import Apparatus
from corpuscle.data.event import Events, Particles, pair_tracks
from corpuscle.data.helix import HelixParameters
from corpuscle.data.material import ELECTRON, KAON, MUON, PION, PROTON
from corpuscle.estimation.helices.bound import cramer_rao
from corpuscle.io.geometry import find_apparatus, settle_apparatus
from corpuscle.io.parameters import FittedTracks
from corpuscle.metrics.regression import ETA_EDGES, BinScore, score_all_of, score_bins, score_quantity
from corpuscle.metrics.residuals import QUANTITIES, Residuals, subtract

MASSES = {11: ELECTRON, 13: MUON, 211: PION, 321: KAON, 2212: PROTON}
"""Mass [GeV] by the number of a kind, whatever its sign; what is not here scatters as a pion."""

ABSENT = "not in the result"
"""The reason of a true track that the result does not name."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ParameterScores:
    """Track parameters, scored.

    Args:
        residuals: what was found less what is true, track by track of the truth.
        whole: the scores of all tracks together.
        pt_bins: the same in bins of true transverse momentum [GeV].
        eta_bins: the same in bins of true pseudorapidity, whichever its sign.
        quantities: the scores of each parameter by itself, in its unit.
        reasons: how many tracks have no parameters, by reason.
        unknown: how many tracks of the result the truth does not name.
        neutral: how many true tracks were left out, because they have no charge or no known momentum.
    """

    residuals: Residuals
    whole: BinScore
    pt_bins: list[BinScore]
    eta_bins: list[BinScore]
    quantities: Mapping[str, Mapping[str, float]]
    reasons: Mapping[str, int]
    unknown: int
    neutral: int

    def list_values(self) -> dict[str, Any]:
        """List everything by name, as `corpuscle score --json` writes it."""
        return {
            "tracks": self.whole.tracks,
            "events": self.whole.events,
            "invalid": self.whole.invalid,
            "reasons": dict(self.reasons),
            "unknown": self.unknown,
            "neutral": self.neutral,
            "all": self.whole.list_values(),
            "pt_bins": [one.list_values() for one in self.pt_bins],
            "eta_bins": [one.list_values() for one in self.eta_bins],
            "parameters": {name: dict(values) for name, values in self.quantities.items()},
        }


def score_parameters(
    found: FittedTracks,
    truth: Particles,
    *,
    apparatus: Apparatus | None = None,
    hits: Events | None = None,
    against: FittedTracks | None = None,
    seed: int = 0,
    replicates: int = 200,
) -> ParameterScores:
    """Score track parameters against the truth; tracks are told apart by event and track.

    Args:
        found: the parameters.
        truth: the particles.
        apparatus: the field and the layers, by which the bound is found; none: there is no bound.
        hits: the hits, which tell the layers that saw each track; none: each layer that is crossed.
        against: the parameters of another fit, whose width is compared with.
        seed: where the chances of intervals come from.
        replicates: how often events are drawn for them; 0: no intervals.

    Raises: ValueError, when result and truth have no track in common.
    """
    known = np.isfinite(truth.parameters.value[:, 4]) & (truth.parameters.value[:, 4] != 0)
    kept = np.flatnonzero(known)
    event, track, true = truth.event[kept], truth.track[kept], HelixParameters(truth.parameters.value[kept])
    place = place_tracks(event, track, found)
    if not (place >= 0).any():
        message = (
            f"the result has {len(found)} tracks and the truth {len(truth)}, but none of the same event and track: "
            "give the truth of the hits that were fitted"
        )
        raise ValueError(message)
    other = None if against is None else take_rows(against.parameters, place_tracks(event, track, against))
    bound = None
    if apparatus is not None:
        seen = None if hits is None else find_seen(hits, event, track, len(apparatus.radius))
        bound = find_bound(apparatus, true, truth.kind[kept], seen)
    residuals = subtract(take_rows(found.parameters, place), true, event=event, bound=bound, reference=other)
    generator = np.random.default_rng(seed) if replicates else None
    chances: dict[str, Any] = {"generator": generator, "replicates": replicates}
    return ParameterScores(
        residuals=residuals,
        whole=score_all_of(residuals, **chances),
        pt_bins=score_bins(residuals, **chances),
        eta_bins=score_bins(residuals, by="eta", edges=ETA_EDGES, **chances),
        quantities={name: score_quantity(residuals, name) for name in list(QUANTITIES)[1:]},
        reasons=count_reasons(found, place),
        unknown=len(found) - int((place >= 0).sum()),
        neutral=int((~known).sum()),
    )


def place_tracks(
    event: Int[np.ndarray, " track"], track: Int[np.ndarray, " track"], found: FittedTracks
) -> Int[np.ndarray, " track"]:
    """Give the row of the result that names each true track; -1 where none does."""
    ours, theirs = pair_tracks(event, track, found.event, found.track)
    place = np.full(len(track), -1)
    place[ours] = theirs
    return place


def take_rows(parameters: HelixParameters, place: Int[np.ndarray, " track"]) -> HelixParameters:
    """Take rows of parameters; NaN where there is no row."""
    there = place >= 0
    value = np.where(there[:, None], parameters.value[place], np.nan)
    if parameters.covariance is None:
        return HelixParameters(value)
    return HelixParameters(value, np.where(there[:, None, None], parameters.covariance[place], np.nan))


def count_reasons(found: FittedTracks, place: Int[np.ndarray, " track"]) -> dict[str, int]:
    """Count why true tracks have no parameters."""
    counts = {ABSENT: int((place < 0).sum())}
    rows = place[place >= 0]
    for row in rows[~found.valid[rows]]:
        word = found.reasons[int(found.reason[row])] or "no reason given"
        counts[word] = counts.get(word, 0) + 1
    return {word: count for word, count in counts.items() if count}


def find_seen(
    hits: Events, event: Int[np.ndarray, " track"], track: Int[np.ndarray, " track"], layers: int
) -> Bool[np.ndarray, "track layer"]:
    """Find which layers saw each track."""
    tracks = hits.collect_tracks()
    ours, theirs = pair_tracks(event, track, tracks.event, tracks.track)
    row = np.full(len(tracks), -1)
    row[theirs] = ours
    owner = row[tracks.owner]
    seen = np.zeros((len(track), layers), dtype=bool)
    known = (owner >= 0) & (tracks.layer >= 0)
    seen[owner[known], tracks.layer[known]] = True
    return seen


def find_bound(
    apparatus: Apparatus,
    truth: HelixParameters,
    kind: Int[np.ndarray, " track"],
    seen: Bool[np.ndarray, "track layer"] | None,
) -> Float[np.ndarray, "track 5 5"]:
    """Find the bound of each track, with the mass of its kind."""
    mass = np.array([MASSES.get(abs(int(number)), PION) for number in kind])
    bound = np.full((len(truth), 5, 5), np.nan)
    for one in np.unique(mass):
        rows = np.flatnonzero(mass == one)
        bound[rows] = cramer_rao(
            apparatus.radius,
            field=apparatus.field,
            resolution=apparatus.resolution,
            resolution_z=apparatus.resolution_z,
            material=apparatus.material,
            parameters=HelixParameters(truth.value[rows]),
            seen=None if seen is None else seen[rows],
            mass=float(one),
        )
    return bound


def read_apparatus_of(columns: pa.Table) -> Apparatus | None:
    """Read the apparatus that columns bring in their metadata; none where they bring none."""
    values = find_apparatus(columns, None, "")
    return settle_apparatus(values, {}, "") if values else None
