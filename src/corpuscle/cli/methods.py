"""`corpuscle methods`: what there is."""

from typing import TYPE_CHECKING, Annotated

import typer

from corpuscle.cli.console import out

if TYPE_CHECKING:
    from corpuscle.api.methods import Method


def methods(
    task: Annotated[
        str | None,
        typer.Argument(help="link, fit, identify, simulate, perturb, score or convert; all where not given."),
    ] = None,
) -> None:
    """List methods with their settings and sources."""
    from corpuscle.api.methods import methods as list_methods

    task_before = ""
    for method in list_methods(task):
        if method.task != task_before:
            out.print(("\n" if task_before else "") + f"[bold]corpuscle {method.task}[/bold]")
            task_before = method.task
        print_method(method)


def print_method(method: "Method") -> None:
    """Print one method: its line, its settings, its source."""
    from rich.markup import escape
    from rich.padding import Padding
    from rich.table import Table

    out.print(f"\n  [bold]{method.name}[/bold]  {escape(method.line)}")
    if method.settings:
        table = Table("setting", "default", "unit", "meaning", box=None, pad_edge=False, header_style="dim")
        for setting in method.settings:
            default = "" if setting.default is None else str(setting.default)
            table.add_row(setting.name, escape(default), escape(setting.unit), escape(setting.meaning))
        out.print(Padding(table, (0, 0, 0, 4)))
    if method.source:
        out.print(f"    [dim]source:[/dim] {escape(method.source)}")
