"""`corpuscle score` of track parameters."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from corpuscle.cli.console import out, progress, say
from corpuscle.cli.outcome import check_outcome, write_json

if TYPE_CHECKING:
    from corpuscle.api.parameters import ParameterScores
    from corpuscle.metrics.regression import BinScore

SHOWN = (
    "bias", "r68", "tails", "pull_mean", "pull_width", "coverage68", "coverage95", "charge_wrong", "mae_pt", "mae_pz",
    "relative_error", "ratio_to_bound", "ratio_to_reference",
)  # fmt: skip

MEANING = (
    "bias, r68 (half the width of the middle 68.27 %) and tails (that of 95.45 % over it) are of q/pT in parts of its "
    "true value; pulls and coverage are of q/pT; mae in GeV; relative_error is the median of |pT - true| / true; "
    "ratio_to_bound is r68 in units of each track's own bound"
)


def score_fitted(
    result: Path,
    truth: Path,
    *,
    hits: Path | None,
    against: Path | None,
    json_out: Path | None,
    picture: Path | None,
    force: bool,
    quiet: bool,
) -> None:
    """Score track parameters against the truth, and print, write or draw what came out."""
    from corpuscle.api.parameters import score_parameters
    from corpuscle.io.collisions import read_hits
    from corpuscle.io.parameters import read_parameters
    from corpuscle.io.parts import read_true_particles

    check_outcome(json_out, picture, force=force)
    with progress(quiet=quiet):
        found, apparatus = read_parameters(result)
        events = None
        if hits is not None:
            events, apparatus = read_hits(hits)
        other = None if against is None else read_parameters(against)[0]
        scores = score_parameters(found, read_true_particles(truth), apparatus=apparatus, hits=events, against=other)
    for note in tell(scores, apparatus is not None, hits is not None):
        say(f"{result.name}: {note}", quiet=quiet)
    if picture is not None:
        from corpuscle.report.fit import draw_fit

        draw_fit(picture, scores.residuals, scores.pt_bins, scores.eta_bins, title=result.name)
        say(f"wrote {picture}", quiet=quiet)
    if not write_json(scores.list_values(), json_out, force=force):
        print_bins("pT [GeV]", [*scores.pt_bins, scores.whole])
        say(MEANING, quiet=quiet)


def tell(scores: "ParameterScores", apparatus: bool, hits: bool) -> list[str]:
    """Tell what was left out and why, and what the bound knows of."""
    why = ", ".join(f"{count} ({reason})" for reason, count in scores.reasons.items())
    bound = "each layer that is crossed has a hit; --hits tells of holes" if not hits else "holes as the hits have them"
    notes = [
        f"{scores.whole.tracks} true tracks in {scores.whole.events} events",
        f"without parameters: {why}" if why else "",
        f"{scores.unknown} tracks are not in the truth and were left out" if scores.unknown else "",
        f"{scores.neutral} true tracks have no charge or momentum and were left out" if scores.neutral else "",
        f"bound: {bound}" if apparatus else "no bound: nothing says what the apparatus was; --hits FILE does",
    ]
    return [note for note in notes if note]


def print_bins(words: str, bins: "Sequence[BinScore]") -> None:
    """Print the scores as a table, a column a bin; scores that no bin has are left out."""
    from rich.table import Table

    table = Table(words, *(tell_bin(one) for one in bins), box=None, pad_edge=False, padding=(0, 1, 0, 0))
    for column in table.columns:
        column.no_wrap = True
        column.justify = "left" if column is table.columns[0] else "right"
    table.add_row("tracks", *(f"{one.tracks}" for one in bins))
    table.add_row("invalid", *(f"{one.invalid:.4f}" for one in bins))
    for name in SHOWN:
        values = [one.values[name] for one in bins]
        if any(math.isfinite(value) for value in values):
            table.add_row(name, *("" if math.isnan(value) else f"{value:.4f}" for value in values))
    out.print(table)


def tell_bin(one: "BinScore") -> str:
    """Tell a bin in words."""
    if one.low == 0 and math.isinf(one.high):
        return "all"
    return f"{one.low:g}+" if math.isinf(one.high) else f"{one.low:g}-{one.high:g}"
