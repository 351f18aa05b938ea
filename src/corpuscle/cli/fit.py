"""`corpuscle fit`: hits in, track parameters out."""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from corpuscle.cli.console import progress, say
from corpuscle.cli.options import FitSettings, Force, Output, Quiet, read_settings
from corpuscle.cli.outcome import JsonOut, check_outcome, write_json

if TYPE_CHECKING:
    from corpuscle.api.fit import Counts


def fit(
    hits: Annotated[Path, typer.Argument(help="A table of hits (event, track, x, y, z, layer), or shards.")],
    output: Output,
    method: Annotated[
        str, typer.Option(help="The fitter (`corpuscle methods fit`), or the folder of a training run.")
    ] = "gls",
    settings: FitSettings = None,
    json_out: JsonOut = None,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """Fit the parameters of tracks to their hits."""
    from corpuscle.api.fit import choose_fitter, fit_file
    from corpuscle.data.settings import describe_settings
    from corpuscle.io.tabular import check_outputs

    check_outcome(json_out, None, force=force)
    check_outputs([output], None, force=force)
    fitter, overrides = choose_fitter(method, read_settings(settings))
    with progress(quiet=quiet):
        counts = fit_file(hits, output, fitter, overrides, force=force)
    values = {**dataclasses.asdict(counts), "method": method, "fitter": describe_settings(fitter)}
    write_json(values, json_out, force=force)
    for note in (*tell(counts, output), f"method {method}: {describe_settings(fitter)}"):
        say(f"{hits.name}: {note}", quiet=quiet)


def tell(counts: "Counts", output: Path) -> list[str]:
    """Tell how many tracks were fitted, how many were not, and why."""
    why = ", ".join(f"{count} ({reason})" for reason, count in counts.invalid.items())
    fitted = f"{counts.tracks} tracks in {counts.events} events, {counts.valid} valid -> {output}"
    notes = {
        f"not valid: {why}": bool(why),
        f"{counts.noise} noise hits left out": counts.noise > 0,
        f"valid tracks with hits on no cylinder (an endcap's, say): {counts.off_cylinders}; they are fitted with the "
        f"errors of the nearest one and in one field throughout, and their errors may be far too small": (
            counts.off_cylinders > 0
        ),
    }
    return [fitted, *(note for note, said in notes.items() if said)]
