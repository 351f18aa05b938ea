"""`corpuscle score` of labels of images."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from corpuscle.cli.console import out, progress, say
from corpuscle.cli.outcome import check_outcome, write_json

MEANING = {
    "auc": "the right one of two images ranks higher",
    "rejection_30": "1 of so many others passes with 30 %",
    "rejection_50": "the same with 50 %",
    "rejection_80": "the same with 80 %",
    "accuracy": "likeliest class is the true one",
    "calibration_error": "probabilities against true shares",
    "calibration_floor": "of right probabilities, by chance",
    "brier": "mean square distance, 0 is perfect",
    "log_loss": "mean surprise, lower is better",
}

MOST = 12
"""Classes that are printed one by one."""


def score_labels(
    result: Path, truth: Path, *, json_out: Path | None, picture: Path | None, force: bool, quiet: bool
) -> None:
    """Score labels against the classes of a store, and print, write or draw what came out."""
    from corpuscle.api.labels import list_scores, score_rows
    from corpuscle.io.labels import read_labels

    check_outcome(json_out, picture, force=force)
    with progress(quiet=quiet):
        found = read_labels(result)
        scored = score_rows(found, truth, source=result.name)
    values = list_scores(scored, found)
    classes = ", ".join(f"{count} {name}" for name, count in list(scored.scores.counts.items())[:8])
    signal = f"; the signal is {values['signal']}" if "signal" in values else "; AUC: the mean of one against the rest"
    say(f"{result.name}: {scored.scores.images} images ({classes}){signal}", quiet=quiet)
    for name, count in scored.scores.counts.items():
        if not count:
            say(f"{result.name}: no image is of {name}, which is in no mean", quiet=quiet)
    if picture is not None:
        from corpuscle.report.labels import draw_labels

        draw_labels(picture, scored.labels, scored.truth, scored.scores, title=result.name)
        say(f"wrote {picture}", quiet=quiet)
    if not write_json(values, json_out, force=force):
        print_values(values)
        print_classes(values.get("one_against_rest", {}))


def print_values(values: Mapping[str, Any]) -> None:
    """Print the scores as a table."""
    from rich.table import Table

    table = Table("score", "value", "95 % interval", "meaning", box=None, pad_edge=False)
    table.columns[1].justify = table.columns[2].justify = "right"
    for name, meaning in MEANING.items():
        if name in values:
            table.add_row(name, tell(values[name]), tell_interval(values.get(f"{name}_interval")), meaning)
    out.print(table)


def print_classes(classes: Mapping[str, Mapping[str, Any]]) -> None:
    """Print the area of each class against the rest, where there are few."""
    from rich.table import Table

    if not classes:
        return
    table = Table("class", "images", "AUC", "95 % interval", box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    for name, one in list(classes.items())[:MOST]:
        table.add_row(name, str(one["images"]), tell(one["auc"]), tell_interval(one["auc_interval"]))
    out.print(table)
    if len(classes) > MOST:
        out.print(f"and {len(classes) - MOST} more classes: --json lists them")


def tell(value: float) -> str:
    """Tell a number: to four digits behind the point, or of large ones to four in all.

    >>> tell(0.86765), tell(61.634), tell(float("inf"))
    ('0.8677', '61.63', 'inf')
    """
    return f"{value:.4f}" if value < 10 else f"{value:.4g}"


def tell_interval(interval: tuple[float, float] | None) -> str:
    """Tell an interval."""
    return "" if interval is None else f"{tell(interval[0])} to {tell(interval[1])}"
