"""`corpuscle simulate`: detections, the hits of a collider, or labelled images, and their truth."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from corpuscle.cli.console import progress, say
from corpuscle.cli.options import Force, Output, Quiet, Settings, read_settings

SCENES, HITS, IMAGES = ("particles", "frames"), ("tracks", "field"), ("events", "field")
"""The options of each kind of worlds."""


def simulate(
    world: Annotated[
        str,
        typer.Argument(
            help="brownian, drift, directed, straight, confined, mixed, switching; helix, toytrack; "
            "showers, jets, templates, pythia-jets."
        ),
    ],
    output: Output,
    truth: Annotated[
        Path | None, typer.Option(help="The file to write the truth into; a store of images has it.")
    ] = None,
    particles: Annotated[int | None, typer.Option(help="Particles in the first frame (100).")] = None,
    frames: Annotated[int | None, typer.Option(help="Length of the sequence (50).")] = None,
    tracks: Annotated[int | None, typer.Option(help="Tracks in all events (1000); helix, toytrack.")] = None,
    field: Annotated[float | None, typer.Option(help="Magnetic field [T]; helix (2), worlds of images (3.8).")] = None,
    events: Annotated[
        int | None, typer.Option(help="Images, half of each class (1000); showers, jets, templates, pythia-jets.")
    ] = None,
    settings: Settings = None,
    seed: Annotated[int, typer.Option(help="Where all chances come from.")] = 0,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """Simulate detections, the hits of a collider, or labelled images, with their truth."""
    from corpuscle.simulation.worlds import ALL_WORLDS, EVENT_WORLDS, IMAGE_WORLDS

    ALL_WORLDS[world]
    options = {"particles": particles, "frames": frames, "tracks": tracks, "field": field, "events": events}
    names = IMAGES if world in IMAGE_WORLDS else HITS if world in EVENT_WORLDS else SCENES
    refuse_options(world, names, options)
    given = {name: str(options[name]) for name in names if options[name] is not None} | read_settings(settings)
    with progress(quiet=quiet):
        if world in IMAGE_WORLDS:
            notes = write_images(world, given, seed, output, truth, force=force)
        else:
            write = write_events if world in EVENT_WORLDS else write_scene
            notes = write(world, given, seed, output, check_truth(world, output, truth), force=force)
    for note in notes:
        say(note, quiet=quiet)


def check_truth(world: str, output: Path, truth: Path | None) -> Path:
    """Give the file of the truth.

    Raises: ValueError, when there is none, or it is that of the world.
    """
    if truth is None:
        message = f"{world} needs a file for its truth: --truth FILE"
        raise ValueError(message)
    if output.absolute() == truth.absolute():
        message = f"a world and its truth need two files, but both are {output}"
        raise ValueError(message)
    return truth


def refuse_options(world: str, ours: tuple[str, ...], given: Mapping[str, object]) -> None:
    """Refuse an option that is for another kind of worlds.

    Raises: ValueError, naming it and those that there are.
    """
    wrong = next((name for name, value in given.items() if value is not None and name not in ours), None)
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


def write_images(
    world: str, given: dict[str, str], seed: int, output: Path, truth: Path | None, *, force: bool
) -> list[str]:
    """Simulate labelled images into a store, and say what became of them.

    Raises: ValueError, when a file for the truth is named.
    """
    from corpuscle.api.images import simulate_images

    if truth is not None:
        message = f"{world} makes a store with the labels in it: leave --truth out"
        raise ValueError(message)
    return simulate_images(world, output, settings=given, seed=seed, force=force)
