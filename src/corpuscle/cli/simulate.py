"""`corpuscle simulate`: detections, or the hits of a collider, and their truth."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from corpuscle.cli.console import progress, say
from corpuscle.cli.options import Force, Output, Quiet, Settings, read_settings


def simulate(
    world: Annotated[
        str,
        typer.Argument(help="brownian, drift, directed, straight, confined, mixed, switching; or helix, toytrack."),
    ],
    output: Output,
    truth: Annotated[Path, typer.Option(help="The file to write the truth into.")],
    particles: Annotated[int | None, typer.Option(help="Particles in the first frame (100).")] = None,
    frames: Annotated[int | None, typer.Option(help="Length of the sequence (50).")] = None,
    tracks: Annotated[int | None, typer.Option(help="Tracks in all events (1000); helix, toytrack.")] = None,
    field: Annotated[float | None, typer.Option(help="Magnetic field [T] (2); helix.")] = None,
    settings: Settings = None,
    seed: Annotated[int, typer.Option(help="Where all chances come from.")] = 0,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """Simulate detections, or the hits of a collider, with their truth."""
    from corpuscle.simulation.worlds import ALL_WORLDS, EVENT_WORLDS

    if output.absolute() == truth.absolute():
        message = f"a world and its truth need two files, but both are {output}"
        raise ValueError(message)
    ALL_WORLDS[world]
    of_scenes, of_events = {"particles": particles, "frames": frames}, {"tracks": tracks, "field": field}
    ours, others = (of_events, of_scenes) if world in EVENT_WORLDS else (of_scenes, of_events)
    refuse_options(world, ours, others)
    given = {name: str(value) for name, value in ours.items() if value is not None} | read_settings(settings)
    write = write_events if world in EVENT_WORLDS else write_scene
    with progress(quiet=quiet):
        notes = write(world, given, seed, output, truth, force=force)
    for note in notes:
        say(note, quiet=quiet)


def refuse_options(world: str, ours: Mapping[str, object], others: Mapping[str, object]) -> None:
    """Refuse an option that is for the other kind of worlds.

    Raises: ValueError, naming it and those that there are.
    """
    wrong = next((name for name, value in others.items() if value is not None), None)
    if wrong is not None:
        message = f"{world} has no --{wrong}; it has {', '.join(f'--{name}' for name in ours)}, and --set for the rest"
        raise ValueError(message)


def write_scene(world: str, given: dict[str, str], seed: int, output: Path, truth: Path, *, force: bool) -> list[str]:
    """Simulate a scene into two tables, and say what became of it."""
    from corpuscle.api.simulate import list_detections, list_truth, simulate_scene
    from corpuscle.api.tables import read_columns_of
    from corpuscle.io.files import check_writable, output_format, write_all

    for path in (output, truth):
        output_format(path)
        check_writable(path, force=force)
    scene = simulate_scene(world, given, seed)
    tables = [read_columns_of(columns) for columns in (list_detections(scene), list_truth(scene))]
    notes = write_all(list(zip(tables, (output, truth), strict=True)), force=force)
    count, tracks = len(scene.detections), len(set(scene.truth.track.tolist()))
    return [*notes, f"{world}: {count} detections of {tracks} particles -> {output}, truth -> {truth}"]


def write_events(world: str, given: dict[str, str], seed: int, output: Path, truth: Path, *, force: bool) -> list[str]:
    """Simulate events into two tables, and say what became of them."""
    from corpuscle.api.simulate import simulate_tables
    from corpuscle.io.tabular import check_outputs, write_together

    check_outputs([output, truth], None, force=force)
    hits, particles, apparatus = simulate_tables(world, given, seed)
    write_together([(hits, output), (particles, truth)], apparatus, force=force)
    return [f"{world}: {len(hits)} hits of {len(particles)} particles -> {output}, truth -> {truth}"]
