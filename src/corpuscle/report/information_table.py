"""The tables of an information study, from its rows."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from corpuscle.studies.information.entries import TABLES
from corpuscle.studies.information.judged import adjust_rows
from corpuscle.studies.verdict import Row, choose_rows

Cells = Mapping[str, Callable[[Row], str]]


def number(value: Any, digits: int = 3) -> str:  # noqa: ANN401 - a column may be empty
    """Show a number; nothing where there is none.

    >>> number(0.12345), number(None), number(float("nan"))
    ('0.123', '', '')
    """
    return "" if value is None or not math.isfinite(value) else f"{value:.{digits}f}"


def column(name: str, digits: int = 3) -> Callable[[Row], str]:
    """Show a column."""
    return lambda row: number(row[name], digits)


def show_null(row: Row) -> str:
    """Show what is permuted, and what that gives."""
    return f"{row['null_mean']:.3f} ± {row['null_deviation']:.3f} ({row['null']})"


def show_interval(row: Row) -> str:
    """Show an estimate with its interval over events."""
    interval = "" if math.isnan(row["low"]) else f" ({row['low']:.3f} to {row['high']:.3f})"
    return f"{row['bits']:.3f}{interval}"


def show_flags(row: Row) -> str:
    """Show what is wrong with a measurement."""
    flags = ["saturated"] if row.get("saturated") else []
    return ", ".join([*flags, *(["not converged"] if row.get("converged") is False else [])])


def show_curve(row: Row) -> str:
    """Show the estimate with 1, 2, 4, ... events."""
    return " ".join(number(bits, 2) for bits in row.get("curve_bits") or ())


def show_sample(row: Row) -> str:
    """Show which sample a row is of."""
    return f"{row['world']} {row['repeat'] + 1:g}"


def show_significance(row: Row) -> str:
    """Show the adjusted p."""
    return "" if row.get("q") is None else f"{row['q']:.1g}"


def show_list(name: str) -> Callable[[Row], str]:
    """Show a list of numbers."""
    return lambda row: ", ".join(number(value) for value in row[name])


MEASURED: Cells = {
    "entry": lambda row: row["entry"],
    "estimator": lambda row: f"{row['estimator']}" + (f", k = {row['neighbours']:g}" if row["neighbours"] else ""),
    "I [bit]": show_interval,
    "null": show_null,
    "excess": column("excess"),
    "z": column("z", 1),
    "q": show_significance,
    "H(target)": column("ceiling", 2),
    "excess/H": column("share"),
    "1, 2, 4, ... events": show_curve,
    "hits / particles / events": lambda row: f"{row['hits']} / {row['particles']} / {row['events']}",
    "flags": show_flags,
}

SHOWN: Mapping[str, Cells] = {
    **dict.fromkeys(("T1", "T2", "T3", "T4"), MEASURED),
    "T5": {
        "entry": lambda row: row["entry"],
        "written": lambda row: ", ".join(row["ways"]),
        "I, one event [bit]": show_list("bits_one"),
        "spread": column("spread_one"),
        "I, all events [bit]": show_list("bits_all"),
        "spread, all": column("spread_all"),
        "I(x; x), one": lambda row: number(row["self_bits_one"][0], 2),
        "I(x; x), all": lambda row: number(row["self_bits_all"][0], 2),
        "flags": lambda row: "spread over 5 %" if row["flagged_all"] else "",
    },
    "T6": {
        "entry": lambda row: row["entry"],
        "neurons": lambda row: f"{row['neurons']:g}",
        "median I [bit]": column("median_bits"),
        "max I": column("max_bits"),
        "median null": lambda row: f"{row['median_null']:.3f} ({row['null']})",
        "median excess": column("median_excess"),
        "max excess": column("max_excess"),
        "share above null": column("above_null", 2),
        "linear probe R²": column("probe_r2"),
        "I(x; x)": column("self_bits", 2),
    },
    "T7": {
        "entry": lambda row: row["entry"],
        "known [bit]": column("known_bits"),
        "I [bit]": show_interval,
        "error [bit]": column("error_bits"),
        "rows": lambda row: f"{row['hits']:g}",
    },
    "T8": {
        "entry": lambda row: row["entry"],
        "chosen": lambda row: ", ".join(part for part in (row["chosen"], f"radius {row['radius']:.3f}") if part),
        "efficiency": column("efficiency"),
        "purity": column("purity"),
        "F1": column("f1"),
        "pairs found / true / wanted": lambda row: f"{row['found']:g} / {row['true']:g} / {row['wanted']:g}",
    },
}
"""The columns of each table."""


def list_information(rows: Sequence[Row]) -> list[tuple[str, list[str], list[list[str]]]]:
    """List the tables of an information study: title, head and lines of each."""
    found = []
    for name, title in TABLES.items():
        ours = choose_rows(adjust_rows(rows), table=name)
        several = len({(row["world"], row["repeat"]) for row in ours}) > 1
        cells = {**({"sample": show_sample} if several else {}), **SHOWN[name]}
        found.append((f"{name}: {title}", list(cells), [[show(row) for show in cells.values()] for row in ours]))
    return found
