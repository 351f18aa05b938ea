"""`corpuscle fit`: hits in, track parameters out."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from corpuscle.cli.console import progress, say
from corpuscle.cli.options import Force, Output, Quiet, Settings, read_settings
from corpuscle.cli.outcome import JsonOut, check_outcome, write_json

if TYPE_CHECKING:
    from corpuscle.api.fit import FittedEvents


def fit(
    hits: Annotated[Path, typer.Argument(help="A table of hits: event, track, x, y, z, layer.")],
    output: Output,
    method: Annotated[
        str, typer.Option(help="The fitter (`corpuscle methods fit`), or the folder of a training run.")
    ] = "gls",
    settings: Settings = None,
    json_out: JsonOut = None,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """Fit the parameters of tracks to their hits."""
    from corpuscle.api.fit import choose_fitter, fit_events
    from corpuscle.io.collisions import read_hits
    from corpuscle.io.parameters import list_parameters
    from corpuscle.io.tabular import check_outputs, write_together

    check_outcome(json_out, None, force=force)
    check_outputs([output], None, force=force)
    fitter, overrides = choose_fitter(method, read_settings(settings))
    with progress(quiet=quiet):
        events, apparatus = read_hits(hits, overrides)
        found = fit_events(events, apparatus, fitter)
        write_together([(list_parameters(found.fitted), output)], apparatus, force=force)
    write_json(describe(found, method), json_out, force=force)
    for note in tell(found, hits, output, method):
        say(note, quiet=quiet)


def describe(found: "FittedEvents", method: str) -> dict[str, object]:
    """Give the counts of a fit as JSON holds them."""
    from corpuscle.data.settings import describe_settings
    from corpuscle.fitting.chunks import count_reasons

    return {
        "method": method,
        "fitter": describe_settings(found.fitter),
        "events": len(found.events.number),
        "tracks": len(found.fit),
        "valid": int(found.fit.valid.sum()),
        "invalid": count_reasons(found.fit),
        "noise_hits": found.noise,
    }


def tell(found: "FittedEvents", hits: Path, output: Path, method: str) -> list[str]:
    """Tell what was fitted, what was not and why, and how."""
    from corpuscle.data.settings import describe_settings
    from corpuscle.fitting.chunks import count_reasons

    valid = int(found.fit.valid.sum())
    why = ", ".join(f"{count} ({reason})" for reason, count in count_reasons(found.fit).items())
    notes = (
        f"{len(found.fit)} tracks in {len(found.events.number)} events, {valid} valid -> {output}",
        f"not valid: {why}" if why else "",
        f"{found.noise} noise hits left out" if found.noise else "",
        f"method {method}: {describe_settings(found.fitter)}",
    )
    return [f"{hits.name}: {note}" for note in notes if note]
