"""`corpuscle study`: the published comparisons, run again."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from corpuscle.cli.console import out, progress, say
from corpuscle.cli.options import Quiet

if TYPE_CHECKING:
    from corpuscle.studies.study import Study

study = typer.Typer(help="The published comparisons: list them, run them, report on them.", no_args_is_help=True)

FIGURES = ("figure.png", "figure.svg")
TABLE = "table.md"
PAGE = "report.html"


@study.command("list")
def list_studies() -> None:
    """List the studies."""
    from rich.table import Table

    from corpuscle.studies.studies import STUDIES

    table = Table("study", "what is compared", "source", box=None, pad_edge=False)
    table.columns[0].no_wrap = True
    for name, one in STUDIES.items():
        table.add_row(name, one.title, one.source)
    out.print(table)


@study.command("run")
def run_one(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The study (`corpuscle study list`).")],
    scale: Annotated[str, typer.Option(help="quick (minutes) or paper (the published grids, hours).")] = "quick",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="DIR", help="The folder of the run; default NAME-SCALE.")
    ] = None,
    workers: Annotated[int, typer.Option(min=0, help="Processes on this machine; 0: this one alone.")] = 0,
    scheduler: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="A Dask scheduler whose workers see the folder.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The folder of data, for a study that reads some.")
    ] = None,
    accelerator: Annotated[
        str, typer.Option(help="Where nets are trained: cpu, gpu, or auto: a GPU where there is one.")
    ] = "cpu",
    quiet: Quiet = False,
) -> None:
    """Run a study: rows, verdict, figure, table. A run that was stopped goes on where it was."""
    from corpuscle.studies.cluster import Where
    from corpuscle.studies.run import run_study
    from corpuscle.studies.studies import STUDIES
    from corpuscle.studies.study import find_scale

    chosen = STUDIES[name]
    where = Where(workers=workers, scheduler=scheduler, accelerator=accelerator)
    folder = Path(f"{name}-{scale}") if output is None else output
    if chosen.serial and not where.here:
        say(f"{name} measures time: it runs in this process, alone", quiet=quiet)
    with progress(quiet=quiet):
        finished = run_study(chosen, find_scale(scale), folder, where, data)
    drawn = draw(chosen, finished.rows, folder)
    tell(chosen, finished.verdict.list_values())
    for reason in finished.missing:
        say(f"left out: {reason}", quiet=quiet)
    trained = sorted({row["accelerator"] for row in finished.rows if row.get("accelerator")})
    if trained:
        say(f"nets were trained on: {', '.join(trained)}", quiet=quiet)
    names = ", ".join(("rows.parquet", *drawn, "verdict.json"))
    say(f"{len(finished.rows)} rows; wrote {names} into {folder}/", quiet=quiet)


@study.command("report")
def report(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a run.")],
    quiet: Quiet = False,
) -> None:
    """Write one page about a run, with everything in it."""
    from corpuscle.report.page import write_page
    from corpuscle.studies.store import Store
    from corpuscle.studies.studies import STUDIES

    store = Store(folder)
    declared = store.read_declared()
    chosen, rows = STUDIES[declared["study"]], store.read_rows()
    draw(chosen, rows, folder)
    write_page(folder / PAGE, chosen, rows, chosen.holds(rows).list_values(), declared, folder / FIGURES[1])
    say(f"wrote {folder / PAGE}", quiet=quiet)


def draw(chosen: "Study", rows: list[dict[str, Any]], folder: Path) -> list[str]:
    """Draw the figure and write the tables; give the names of the files."""
    from corpuscle.report.study import draw_study, write_lists, write_table

    for name in FIGURES:
        draw_study(folder / name, chosen, rows)
    write_table(folder / TABLE, chosen, rows)
    return [*FIGURES, TABLE, *(path.name for path in write_lists(folder, chosen, rows))]


def tell(chosen: "Study", verdict: dict[str, Any]) -> None:
    """Print the claim and what became of it."""
    from corpuscle.studies.verdict import tell_held, tell_outcome

    out.print(f'"{chosen.claim}" ({chosen.source})', markup=False)
    read = " as it is read here" if verdict["decided"] else ""
    out.print(f"{chosen.name}: the claim {tell_outcome(verdict)}{read}", markup=False)
    for one in verdict["statements"]:
        if one["headline"]:
            error = f" ± {one['error']:.2g}" if math.isfinite(one["error"]) else ""
            margin = f"{one['margin']:+.4g}{error}"
            out.print(f"  {tell_held(one):>4}  {one['text']} ({one['score']}, {one['where']}; {margin})", markup=False)
    for score, held in verdict["under"].items() if verdict["decided"] else ():
        out.print(f"  {'yes' if held else 'no':>4}  all of it under {score}", markup=False)
    for line in verdict["controls"]:
        out.print(f"        {line}", markup=False)
