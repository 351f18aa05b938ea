"""What decides the claim on cost: who needs fewer operations, and from which lookback on."""

from collections.abc import Sequence

import numpy as np

from corpuscle.studies.verdict import Row, Statement, Verdict, choose_rows

RIVALS = ("mht_naive", "mht_shared", "merged")
NETS = ("transformer", "transformer_cached")
SCORE = "operations"
STRAIGHT = 0.1
"""The largest deviation from a straight line that still counts as one, as a share of the value."""


def read_curve(rows: Sequence[Row], series: str) -> tuple[list[int], list[float]]:
    """Read the operations of a method by window."""
    found = {int(row["window"]): float(row[SCORE]) for row in choose_rows(rows, series=series)}
    windows = sorted(found)
    return windows, [found[window] for window in windows]


def find_crossings(rows: Sequence[Row]) -> dict[str, int | None]:
    """Find the first window of the grid at which a net needs fewer operations than a search; None: at none."""
    crossings: dict[str, int | None] = {}
    for net in NETS:
        windows, ours = read_curve(rows, net)
        for rival in RIVALS:
            _, theirs = read_curve(rows, rival)
            cheaper = [window for window, our, their in zip(windows, ours, theirs, strict=True) if our < their]
            crossings[f"{net} below {rival} from K"] = min(cheaper) if cheaper else None
    return crossings


def judge_cost(rows: Sequence[Row]) -> Verdict:
    """Decide that a net costs more than a search at the shortest lookback, less at the longest, and grows in a line.

    The claim's own form is the net without cache against the search as it is described; crossings are reported.
    """
    found: list[Statement] = []
    for net in NETS:
        windows, ours = read_curve(rows, net)
        for rival in RIVALS:
            _, theirs = read_curve(rows, rival)
            own = net == NETS[0] and rival == RIVALS[0]
            for place, sign, word in ((0, 1.0, "more"), (-1, -1.0, "fewer")):
                margin = sign * (ours[place] - theirs[place])
                found.append(
                    Statement(
                        text=f"{net} needs {word} operations than {rival}",
                        score=SCORE,
                        where=f"K = {windows[place]}",
                        margin=margin,
                        error=0.0,
                        holds=bool(margin > 0),
                        headline=own,
                    )
                )
        line = np.polyval(np.polyfit(windows, ours, 1), windows)
        bend = float(np.abs(line / np.array(ours) - 1).max())
        found.append(
            Statement(
                text=f"{net} grows in a line, within {STRAIGHT:.0%}",
                score=SCORE,
                where=f"K = {windows[0]} to {windows[-1]}",
                margin=STRAIGHT - bend,
                error=0.0,
                holds=bool(bend <= STRAIGHT),
                headline=net == NETS[0],
            )
        )
    crossings = find_crossings(rows)
    return Verdict(
        statements=tuple(found),
        reading=f"{NETS[0]} needs more operations than {RIVALS[0]} at the shortest lookback, fewer at the longest, and "
        f"grows in a line",
        controls=tuple(f"{name} {'never' if window is None else window}" for name, window in crossings.items()),
        found=crossings,
    )
