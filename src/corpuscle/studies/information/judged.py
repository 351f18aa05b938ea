"""What the tables say of the slides' reading of their charts: the claim in executable form."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from corpuscle.metrics.information.chance import adjust
from corpuscle.studies.information.changes import ALLOWED
from corpuscle.studies.verdict import SIGNIFICANT, Row, Statement, Verdict, choose_rows, exceeds

CONTROL = "uniform_particle · neuron"
"""The control that the claim is about: a uniform number drawn once a particle, against one neuron."""

READING = (
    "'it' is the chart of a random number drawn once a particle: not close to 0 with one event, less with more events, "
    "and nothing of it left over the null of permuted particles"
)


def adjust_rows(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Add to every row that has a p the one that is adjusted for all of them (q), table by table; none elsewhere."""
    found = [{**row, "q": None} for row in rows]
    for table in dict.fromkeys(row["table"] for row in rows):
        asked = [row for row in found if row["table"] == table and row.get("p") is not None]
        for row, q in zip(asked, adjust(np.array([row["p"] for row in asked])), strict=True):
            row["q"] = float(q)
    return found


def judge_information(rows: Sequence[Row]) -> Verdict:
    """Decide the claim, and what else the charts were read as, on the helix world."""
    rows = choose_rows(rows, world="helix")
    statements = [*judge_control(rows), *judge_cells(rows), *judge_charts(rows), *judge_changes(rows)]
    statements += [*judge_estimators(rows), *judge_pairs(rows)]
    return Verdict(
        statements=tuple(statements), reading=READING, controls=tuple(tell_controls(rows)), found=tell_found(rows)
    )


def find(rows: Sequence[Row], table: str, entry: str) -> list[Row]:
    """Find the rows of an entry, one a repeat.

    Raises: ValueError, when there is none.
    """
    found = choose_rows(rows, table=table, entry=entry)
    if not found:
        message = f"expected rows of {table} {entry!r}, and there are none"
        raise ValueError(message)
    return found


def average(values: Sequence[float], errors: Sequence[float]) -> tuple[float, float]:
    """Give the mean over repeats and its standard error, from those of the repeats: one repeat has none of its own."""
    known = np.nan_to_num(np.array(errors, dtype=float))
    return float(np.mean(values)), float(np.sqrt(np.square(known).sum()) / len(values))


def judge_control(rows: Sequence[Row]) -> list[Statement]:
    """Decide the claim itself: the control of a number a particle."""
    ours = find(rows, "T4", CONTROL)
    one = average([row["curve_bits"][0] for row in ours], [row["curve_error"][0] for row in ours])
    falls = average(
        [row["curve_bits"][0] - row["curve_bits"][-1] for row in ours],
        [math.hypot(row["curve_error"][0], row["curve_error"][-1]) for row in ours],
    )
    left = average([row["excess"] for row in ours], [row["null_deviation"] for row in ours])
    score, where = "information [bit]", "uniform number a particle, one neuron"
    return [
        state("with one event it is not close to 0", score, where, *one, headline=True),
        state("it is less with all events than with one: not enough data", score, where, *falls, headline=True),
        Statement(
            text="nothing of it is left over permuted particles", score=score, where=where, margin=left[0],
            error=left[1], holds=abs(left[0]) <= SIGNIFICANT * left[1], headline=True,
        ),
    ]  # fmt: skip


def judge_cells(rows: Sequence[Row]) -> list[Statement]:
    """Decide whether any particle can hit any cell: what a cell, and what a direction, tell of the particle."""
    tile, azimuth = find(rows, "T1", "tile · particle"), find(rows, "T1", "phi · particle")
    full = float(np.mean([row["null_mean"] / row["ceiling"] for row in tile]))
    told = average([row["excess"] for row in azimuth], [row["null_deviation"] for row in azimuth])
    return [
        Statement(
            text="counts of cells and particles can tell nothing: permuted hits give over 0.9 of the ceiling",
            score="null / ceiling", where="tile x particle, by event", margin=full - 0.9, error=0.0, holds=full > 0.9,
        ),
        state("within an event where a hit lies does tell its particle: not 0", "excess [bit]", "φ x particle", *told),
    ]  # fmt: skip


def judge_charts(rows: Sequence[Row]) -> list[Statement]:
    """Decide what the charts of high-level variables and the "proficiency" show."""
    found = []
    for name in ("pt", "q_over_pt", "eta"):
        ours = find(rows, "T4", f"{name} · neuron")
        excess = average([row["excess"] for row in ours], [row["null_deviation"] for row in ours])
        text = f"the neuron says more of {ours[0]['label']} than of a random number a particle or hit"
        found.append(state(text, "excess [bit]", "one neuron, matching null", *excess))
    ours = find(rows, "T5", "theta · neuron · ranks")
    share = [[row[f"bits_{n}"][0] / row[f"self_bits_{n}"][0] for row in ours] for n in ("one", "all")]
    gain = float(np.mean([row["bits_all"][0] - row["bits_one"][0] for row in ours]))
    lost = float(np.mean(share[0]) - np.mean(share[1]))
    where = f"θ, one neuron; information itself {gain:+.3f} bit"
    text = "proficiency falls with more hits, whose number is all that I(θ; θ) measures"
    return [*found, state(text, "share of I(θ; θ)", where, lost, 0.0)]


def judge_changes(rows: Sequence[Row]) -> list[Statement]:
    """Decide whether charts of one quantity written in two ways are the same: within 5 % of each other."""
    found = []
    for variable in ("theta", "rho", "phi", "pt"):
        for scale, words in (("spread", "as sklearn scales"), ("ranks", "by ranks")):
            ours = find(rows, "T5", f"{variable} · neuron · {scale}")
            for count, said in (("one", "one event"), ("all", "all events")):
                margin = ALLOWED - float(np.mean([row[f"spread_{count}"] for row in ours]))
                text = f"ways to write {variable} give the same within 5 %"
                found.append(
                    Statement(
                        text=text, score="spread", where=f"{words}, {said}", margin=margin, error=0.0, holds=margin >= 0
                    )
                )
    return found


def judge_estimators(rows: Sequence[Row]) -> list[Statement]:
    """Decide whether neighbours tell what is known."""
    found = []
    for entry in (
        "normal, correlation 0.9 · ksg 1",
        "helix, azimuth of a hit and φ0 · ksg 1",
        "helix, turn and charge · ross",
    ):
        ours = find(rows, "T7", entry)
        margin = 0.1 - float(np.mean([abs(row["error_bits"]) for row in ours]))
        text = f"within 0.1 bit of the {ours[0]['known_bits']:.3f} that are there"
        found.append(Statement(text=text, score="error [bit]", where=entry, margin=margin, error=0.0, holds=margin > 0))
    return found


def judge_pairs(rows: Sequence[Row]) -> list[Statement]:
    """Decide whether the net finds more pairs than windows do."""
    ours = find(rows, "T8", "pair-embedding")
    found = []
    for name in ("window, pseudorapidity", "window, tuned"):
        theirs = find(rows, "T8", name)
        gain = [one["f1"] - other["f1"] for one, other in zip(ours, theirs, strict=True)]
        error = [math.sqrt(2 * row["f1"] * (1 - row["f1"]) / row["wanted"]) for row in ours]
        found.append(state("the net finds pairs better than the window", "F1", name, *average(gain, error)))
    return found


def tell_controls(rows: Sequence[Row]) -> list[str]:
    """Tell what the controls show, in words."""
    told = []
    for row in choose_rows(rows, table="T4", target="neuron"):
        if row["entry"].split(" · ")[0].endswith(("_hit", "_particle", "_event")):
            text = f"{row['entry']}: {row['bits']:.3f} bit, null of permuted {row['null']} {row['null_mean']:.3f}"
            told.append(f"{text} ± {row['null_deviation']:.3f}, z {row['z']:+.1f}")
    return told


def tell_found(rows: Sequence[Row]) -> dict[str, Any]:
    """Tell numbers of interest."""
    return {
        f"{row['table']} {row['entry']}": {name: row[name] for name in ("bits", "null_mean", "excess", "z")}
        for row in rows
        if row["table"] in {"T3", "T4"}
    }


def state(text: str, score: str, where: str, margin: float, error: float, *, headline: bool = False) -> Statement:
    """State what holds where its margin is above 0 by two standard errors."""
    return Statement(
        text=text, score=score, where=where, margin=margin, error=error, holds=exceeds(margin, error), headline=headline
    )
