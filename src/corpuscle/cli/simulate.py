"""`corpuscle simulate`: detections and their truth."""

from pathlib import Path
from typing import Annotated

import typer

from corpuscle.cli.console import progress, say
from corpuscle.cli.options import Force, Output, Quiet, Settings, read_settings


def simulate(
    world: Annotated[str, typer.Argument(help="brownian, drift, directed, straight, confined, mixed or switching.")],
    output: Output,
    truth: Annotated[Path, typer.Option(help="The file to write the truth into.")],
    particles: Annotated[int, typer.Option(help="Particles in the first frame.")] = 100,
    frames: Annotated[int, typer.Option(help="Length of the sequence.")] = 50,
    settings: Settings = None,
    seed: Annotated[int, typer.Option(help="Where all chances come from.")] = 0,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """Simulate detections with their truth."""
    from corpuscle.api.simulate import list_detections, list_truth, simulate_scene
    from corpuscle.api.tables import read_columns_of
    from corpuscle.io.files import check_writable, output_format, write_all

    for path in (output, truth):
        output_format(path)
        check_writable(path, force=force)
    if output.absolute() == truth.absolute():
        message = f"detections and truth need two files, but both are {output}"
        raise ValueError(message)
    given = {"particles": str(particles), "frames": str(frames), **read_settings(settings)}
    with progress(quiet=quiet):
        scene = simulate_scene(world, given, seed)
        tables = [read_columns_of(columns) for columns in (list_detections(scene), list_truth(scene))]
        notes = write_all(list(zip(tables, (output, truth), strict=True)), force=force)
    for note in notes:
        say(note, quiet=quiet)
    count, tracks = len(scene.detections), len(set(scene.truth.track.tolist()))
    say(f"{world}: {count} detections of {tracks} particles -> {output}, truth -> {truth}", quiet=quiet)
