"""`corpuscle demo`: the main job on a scene of its own making."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from corpuscle.cli.console import out, progress, say
from corpuscle.cli.options import Force, Quiet

if TYPE_CHECKING:
    from corpuscle.linking.base import Linker
    from corpuscle.studies.linking.compare import Summary

SCENES = 5
CROWD: dict[str, object] = {
    "particles": 100,
    "frames": 50,
    "spacing": 10.0,
    "step": 1.5,
    "measurement_noise": 0.3,
    "misses": 0.03,
    "false_detections": 0.03,
    "field": "reflecting",
}
PAIRS = 20
PAIR: dict[str, object] = {
    "particles": 2,
    "frames": 16,
    "start": "normal",
    "start_spread": 10.0,
    "measurement_noise": 4.0,
}
KNOWN: dict[str, object] = {
    "gap": 1,
    "step": 1.5,
    "drift": 0.0,
    "measurement_noise": 0.3,
    "misses": 0.03,
    "false_detections": 3.0,
    "births": 0.0,
    "deaths": 0.0,
}
"""Settings that every linker of the crowd gets, where it has them: those of the world; but `auto`, which learns."""
TOLD: dict[str, object] = {
    "step": 1.5,
    "process_noise": 1.5,
    "measurement_noise": 4.0,
    "start_spread": 10.0,
    "drift": 0.0,
    "misses": 0.0,
    "false_detections": 0.0,
    "births": 0.0,
    "deaths": 0.0,
}
"""Settings that every linker of a pair gets, where it has them: those of the world."""
SHOWN = {
    "link_jaccard": "link Jaccard",
    "alpha": "ISBI alpha",
    "beta": "ISBI beta",
    "jsc": "ISBI JSC",
    "microseconds": "us/detection",
}
DRAWN = "auto"


def demo(
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder to write.")] = Path("corpuscle-demo"),
    seed: Annotated[int, typer.Option(help="Where all chances come from.")] = 0,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """Simulate a scene, link it with every method, score each, and draw the tracks."""
    from corpuscle.api.link import list_columns
    from corpuscle.api.simulate import list_detections, list_truth, simulate_scene
    from corpuscle.api.tables import read_columns_of
    from corpuscle.io.files import write_all
    from corpuscle.linking.linkers import LINKERS
    from corpuscle.linking.result import run_linker
    from corpuscle.report.tracks import draw_tracks
    from corpuscle.studies.linking.compare import compare, summarise

    names = ("detections.csv", "truth.csv", "tracks.csv", "tracks.png")
    check_outputs([output / name for name in names], force=force)
    crowded = {name: build_told(LINKERS[name], {} if name == DRAWN else KNOWN) for name in LINKERS}
    paired = {name: build_told(LINKERS[name], TOLD) for name in LINKERS}
    with progress(quiet=quiet):
        scenes = [simulate_scene("brownian", CROWD, seed * SCENES + number) for number in range(SCENES)]
        pairs = [simulate_scene("brownian", PAIR, seed * PAIRS + number) for number in range(PAIRS)]
        summaries = summarise(compare(scenes, crowded))
        duels = summarise(compare(pairs, paired))
    scene = scenes[0]
    linked = run_linker(DRAWN, crowded[DRAWN], scene.detections)
    output.mkdir(exist_ok=True)
    detections = list_detections(scene)
    tables = (detections, list_truth(scene), detections | list_columns(linked))
    write_all(
        [(read_columns_of(columns), output / name) for name, columns in zip(names, tables, strict=False)], force=force
    )
    title = f"{DRAWN} on the demo's scene: {len(scene.detections)} detections, link Jaccard {jaccard_of(summaries):s}"
    draw_tracks(output / "tracks.png", scene, linked.links, linked.tracks, title=title)
    print_summaries(
        f"{SCENES} scenes of 100 particles over 50 frames, 3 % missed, 3 % false; auto is told nothing", summaries
    )
    print_summaries(f"{PAIRS} scenes of 2 particles over 16 frames, noise 4; exact is the ceiling, on average", duels)
    say(f"wrote {', '.join(names)} into {output}/ (the first scene, linked by {DRAWN})", quiet=quiet)


def build_told(method: type["Linker"], told: dict[str, object]) -> "Linker":
    """Make a linker with those settings that it has."""
    from corpuscle.data.settings import build_method, list_settings

    names = {setting.name for setting in list_settings(method)}
    return build_method(method, {name: value for name, value in told.items() if name in names})


def check_outputs(paths: list[Path], *, force: bool) -> None:
    """Refuse to replace what is there."""
    from corpuscle.io.files import check_writable

    folder = paths[0].parent
    if not folder.exists():
        check_writable(folder)
        return
    for path in paths:
        check_writable(path, force=force)


def jaccard_of(summaries: "list[Summary]") -> str:
    """Give the Jaccard of the drawn method with its standard error."""
    drawn = next(summary for summary in summaries if summary.method == DRAWN)
    return f"{drawn.mean['link_jaccard']:.3f} ± {drawn.error['link_jaccard']:.3f} over {SCENES} such scenes"


def print_summaries(title: str, summaries: "list[Summary]") -> None:
    """Print one row a method, best first."""
    from rich.table import Table

    table = Table("method", *SHOWN.values(), box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    for summary in sorted(summaries, key=lambda summary: -summary.mean["link_jaccard"]):
        cells = [
            f"{summary.mean[key]:.2f}" if key == "microseconds" else f"{summary.mean[key]:.3f}±{summary.error[key]:.3f}"
            for key in SHOWN
        ]
        table.add_row(summary.method, *cells)
    out.print(f"{title}; mean ± standard error", style="dim")
    out.print(table)
