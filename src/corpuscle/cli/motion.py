"""`corpuscle motion`: how the particles of tracks move."""

import json
import math
from pathlib import Path
from typing import Annotated

import typer

from corpuscle.cli.console import out, progress, say
from corpuscle.cli.options import Columns, Force, FrameInterval, From, PixelSize, Quiet, read_columns, read_scale

TABLES = {"csv", "tsv", "parquet"}
SHOWN = {
    "diffusion": "diffusion coefficient D",
    "diffusion_slope": "the same, from the slope",
    "exponent": "exponent alpha",
    "noise_squared": "measurement noise^2",
}


def motion(
    tracks: Annotated[Path, typer.Argument(help="Tracks: frame, x, y, perhaps z, and track.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write one row a track (.csv, .tsv or .parquet).")
    ] = None,
    picture: Annotated[
        Path | None, typer.Option(help="Draw steps, mean squared displacement and D (.png, .svg, .pdf).")
    ] = None,
    json_out: Annotated[
        Path | None, typer.Option("--json", metavar="OUT|-", help="Write every value, and the displacement lag by lag.")
    ] = None,
    lags: Annotated[int, typer.Option(help="Lags of the mean squared displacement.")] = 10,
    minimum_length: Annotated[int, typer.Option(help="Fewest detections of a track with values of its own.")] = 10,
    measurement_noise: Annotated[
        str | None,
        typer.Option(metavar="LENGTH", help="Standard deviation of a measured coordinate; the exponent needs it."),
    ] = None,
    blur: Annotated[
        float, typer.Option(help="Motion blur: 0 for an instant, 1/6 where light is gathered all the time.")
    ] = 0.0,
    seed: Annotated[int, typer.Option(help="Where the chances of the errors come from.")] = 0,
    columns: Columns = None,
    pixel_size: PixelSize = None,
    frame_interval: FrameInterval = None,
    source: From = None,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """Measure how particles move: diffusion, displacements, and how sure they are."""
    from corpuscle.api.motion import Measured, list_lags, list_tracks, list_values, measure_table
    from corpuscle.api.tables import read_columns_of
    from corpuscle.io.files import check_writable, read_file, write_file, write_whole
    from corpuscle.io.table import flatten
    from corpuscle.report.motion import draw_motion

    check_outputs(output, picture)
    for path in (output, picture, json_out):
        if path is not None and str(path) != "-":
            check_writable(path, force=force)
    found: Measured
    with progress(quiet=quiet):
        table = flatten(
            read_file(tracks, format=source, chosen=read_columns(columns), scale=read_scale(pixel_size, frame_interval))
        )
        found = measure_table(
            table, lags=lags, minimum_length=minimum_length, measurement_noise=measurement_noise, blur=blur, seed=seed
        )
        values, units = list_values(found), found.units
        if output is not None:
            write_file(read_columns_of(list_tracks(found)), output, force=force)
        if picture is not None:
            names = units.length_name, units.time_name
            draw_motion(picture, found.moving, title=tracks.name, length=units.length, time=units.time, units=names)
    for note in (*table.notes, *found.notes):
        say(f"{tracks.name}: {note}", quiet=quiet)
    if json_out is not None:
        steps = {name: [plain(cell) for cell in column.tolist()] for name, column in list_lags(found).items()}
        plain_values = {name: plain(value) for name, value in values.items()}
        text = json.dumps({**plain_values, "units": units.list_names(), "lags": steps}, indent=1)
        if str(json_out) == "-":
            out.print(text, markup=False)
            return
        write_whole(text + "\n", json_out, force=force)
    print_values(values, units.list_names())


def check_outputs(output: Path | None, picture: Path | None) -> None:
    """Refuse outputs whose ending is not that of a table or a picture.

    Raises: ValueError, naming those that are.
    """
    from corpuscle.io.files import output_format

    if output is not None and output_format(output) not in TABLES:
        message = f"tracks' values go into a .csv, .tsv or .parquet, not {output.name!r}"
        raise ValueError(message)
    if picture is not None and picture.suffix.lower() not in {".png", ".svg", ".pdf"}:
        message = f"a picture ends in .png, .svg or .pdf, not {picture.name!r}"
        raise ValueError(message)


def plain(value: object) -> object:
    """Give a value as JSON has it: no number is null."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def print_values(values: dict[str, float], names: dict[str, str]) -> None:
    """Print what all tracks say, without and with the doubt about their links."""
    from rich.table import Table

    doubted = "expected_wrong_links" in values
    heads = ["of all tracks", "value", "unit", *(["with the links' doubt"] if doubted else [])]
    table = Table(*heads, box=None, pad_edge=False)
    rate, area = names["diffusion"], f"{names['length']}^2"
    units = {"diffusion": rate, "diffusion_slope": rate, "exponent": "", "noise_squared": area}
    for name, meaning in SHOWN.items():
        cells = [show(values, name, ending) for ending in ("", "_with_links")[: 1 + doubted]]
        table.add_row(meaning, cells[0], units[name], *cells[1:])
    out.print(f"{values['tracks']} tracks, {values['steps']} steps; value ± standard error", style="dim")
    out.print(table)
    if doubted:
        out.print(f"{values['expected_wrong_links']:.1f} links are expected to be wrong", style="dim")


def show(values: dict[str, float], name: str, ending: str) -> str:
    """Show a value with its standard error."""
    value, error = (values[f"{name}{part}{ending}"] for part in ("", "_error"))
    return (
        "not known" if math.isnan(value) else f"{value:.4g} ± {error:.2g}" if not math.isnan(error) else f"{value:.4g}"
    )
