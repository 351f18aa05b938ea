"""What decides the claim on cost: who needs fewer operations, and from which lookback on."""

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float
from scipy.optimize import minimize_scalar

from corpuscle.studies.verdict import Row, Statement, Verdict, choose_rows

RIVALS = ("mht_naive", "mht_shared", "merged")
NETS = ("transformer", "transformer_cached")
SCORE = "operations"
LINE = "line"


def read_curve(rows: Sequence[Row], series: str) -> tuple[list[int], list[float]]:
    """Read the operations of a method by window."""
    found = {int(row["window"]): float(row[SCORE]) for row in choose_rows(rows, series=series)}
    windows = sorted(found)
    return windows, [found[window] for window in windows]


def fit_shapes(windows: Sequence[int], values: Sequence[float]) -> dict[str, float]:
    """Fit four curves of two numbers each to operations by window, and give what each leaves unexplained.

    A line a + b K, a square a + b K^2, a power a K^b and an exponential a b^K, each by least squares of the values
    themselves; what is left is the root mean square, as a share of the largest value. None has more freedom than
    another, so that the one that leaves least says how the operations grow, without a bound that someone chose.

    >>> left = fit_shapes([1, 2, 4, 8], [12.0, 14.0, 18.0, 26.0])
    >>> min(left, key=left.get), round(left["line"], 9)
    ('line', 0.0)
    """
    k, y = np.array(windows, dtype=np.float64), np.array(values, dtype=np.float64) / max(values)
    near = k / k.max()
    return {
        LINE: leave_with_offset(k, y),
        "square": leave_with_offset(k**2, y),
        "power": leave_with_rate(lambda rate: near**rate, y),
        "exponential": leave_with_rate(lambda rate: np.exp(rate * (k - k.max())), y),
    }


def leave_with_offset(shape: Float[np.ndarray, " n"], values: Float[np.ndarray, " n"]) -> float:
    """Fit a + b shape, and give the root mean square of what is left."""
    columns = np.stack([np.ones_like(shape), shape], axis=1)
    found = np.linalg.lstsq(columns, values, rcond=None)[0]
    return float(np.sqrt(((columns @ found - values) ** 2).mean()))


def leave_with_rate(
    shape: Callable[[float], Float[np.ndarray, " n"]], values: Float[np.ndarray, " n"], fastest: float = 50.0
) -> float:
    """Fit a shape(rate) over rates from 0 to the fastest, and give the root mean square of what is left."""

    def leave(rate: float) -> float:
        column = shape(rate)
        return float(np.sqrt(((column * (column @ values) / (column @ column) - values) ** 2).mean()))

    rates = np.linspace(0.0, fastest, 2001)
    best = int(np.argmin([leave(float(rate)) for rate in rates]))
    low, high = rates[max(best - 1, 0)], rates[min(best + 1, len(rates) - 1)]
    return float(minimize_scalar(leave, bounds=(low, high), method="bounded", options={"xatol": 1e-10}).fun)


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

    It grows in a line where a line leaves less unexplained than every other curve of two numbers (`fit_shapes`). The
    claim's own form is the net without cache against the search as it is described; crossings are reported.
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
        left = fit_shapes(windows, ours)
        second = min((name for name in left if name != LINE), key=left.__getitem__)
        found.append(
            Statement(
                text=f"{net} grows in a line rather than as a square, a power or an exponential",
                score=SCORE,
                where=f"K = {windows[0]} to {windows[-1]}; next best: {second}",
                margin=left[second] - left[LINE],
                error=0.0,
                holds=bool(left[LINE] < left[second]),
                headline=net == NETS[0],
            )
        )
    crossings = find_crossings(rows)
    shapes = {name: fit_shapes(*read_curve(rows, name)) for name in (*RIVALS, *NETS)}
    nearest = {f"{name} grows as": min(left, key=left.__getitem__) for name, left in shapes.items()}
    return Verdict(
        statements=tuple(found),
        reading=f"{NETS[0]} needs more operations than {RIVALS[0]} at the shortest lookback, fewer at the longest, and "
        f"grows in a line",
        controls=(
            *(tell_crossing(name, window) for name, window in crossings.items()),
            *(f"{name} a curve of the kind: {kind}" for name, kind in nearest.items()),
        ),
        found={**crossings, **nearest, "left by each shape": shapes},
    )


def tell_crossing(name: str, window: int | None) -> str:
    """Tell from which window of the grid on a net is below a search."""
    return f"{name.removesuffix(' from K')}: " + ("at no K of the grid" if window is None else f"from K = {window} on")
