"""A claim about rows, decided: paired differences, their standard errors, and what holds."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

Row = Mapping[str, Any]

SIGNIFICANT = 2.0
"""Standard errors from which on a difference counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One sentence about rows, and whether it holds.

    Args:
        text: the sentence.
        score: the column that it is about.
        where: the rows that it is about, in words.
        margin: by how much it holds (above 0) or fails.
        error: the standard error of the margin.
        holds: whether the margin is what the sentence needs.
        headline: whether the verdict on the claim rests on it.
    """

    text: str
    score: str
    where: str
    margin: float
    error: float
    holds: bool
    headline: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of a claim: `holds` is that all headline statements do.

    Args:
        statements: what was decided.
        reading: which of them are the claim's own form, in words.
        controls: what the controls show, in words.
        found: further numbers of interest by name.
        decided: whether all took part that the claim is about, often enough.
        reason: why not, where that is another reason than that somebody is missing.
    """

    statements: tuple[Statement, ...]
    reading: str
    controls: tuple[str, ...] = ()
    found: Mapping[str, Any] | None = None
    decided: bool = True
    reason: str = ""

    @property
    def holds(self) -> bool:
        """Whether the claim holds in its own form."""
        headline = [statement.holds for statement in self.statements if statement.headline]
        return bool(headline) and all(headline)

    @property
    def under(self) -> dict[str, bool]:
        """Whether the claim's own form holds under each score."""
        own = {(statement.text, statement.where) for statement in self.statements if statement.headline}
        found: dict[str, bool] = {}
        for statement in self.statements:
            if (statement.text, statement.where) in own:
                found[statement.score] = found.get(statement.score, True) and statement.holds
        return found

    def list_values(self) -> dict[str, Any]:
        """Give everything as plain values."""
        return {
            "holds": self.holds,
            "decided": self.decided,
            "reason": self.reason,
            "under": self.under,
            "reading": self.reading,
            "statements": [asdict(statement) for statement in self.statements],
            "controls": list(self.controls),
            "found": dict(self.found or {}),
        }


def choose_rows(rows: Sequence[Row], **where: object) -> list[Row]:
    """Choose the rows whose columns have the values, or one of several in a tuple."""
    return [row for row in rows if all(matches(row.get(name), value) for name, value in where.items())]


def matches(value: object, wanted: object) -> bool:
    """Tell whether a value is the wanted one, or one of them."""
    return value in wanted if isinstance(wanted, tuple) else value == wanted


def index_rows(rows: Sequence[Row], score: str, method: str) -> dict[int, float]:
    """Give a method's score by scene, which its seed stands for."""
    return {row["seed"]: float(row[score]) for row in rows if row["method"] == method}


def compare_methods(rows: Sequence[Row], score: str, ours: str, theirs: str) -> tuple[float, float]:
    """Give the mean paired difference of two methods over the scenes, and its standard error.

    Raises: ValueError, when they did not meet the same scenes.

    >>> rows = [{"seed": k, "method": m, "s": v + k} for k in (0, 1) for m, v in (("a", 3.0), ("b", 1.0))]
    >>> compare_methods(rows, "s", "a", "b")
    (2.0, 0.0)
    """
    one, other = index_rows(rows, score, ours), index_rows(rows, score, theirs)
    if one.keys() != other.keys() or not one:
        message = f"{ours} and {theirs} are compared on the same scenes, but they met {len(one)} and {len(other)}"
        raise ValueError(message)
    return mean_and_error(np.array([one[scene] - other[scene] for scene in one]))


def mean_score(rows: Sequence[Row], score: str, method: str) -> tuple[float, float]:
    """Give the mean score of a method over rows, and its standard error."""
    return mean_and_error(np.array(list(index_rows(rows, score, method).values())))


def mean_and_error(values: Float[np.ndarray, " n"]) -> tuple[float, float]:
    """Give a mean and its standard error; NaN where there is too little for them."""
    if not len(values):
        return float("nan"), float("nan")
    error = float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else float("nan")
    return float(values.mean()), error


def exceeds(margin: float, error: float) -> bool:
    """Tell whether a margin is above 0 by two standard errors or more."""
    return bool(margin > SIGNIFICANT * error)


def list_methods(rows: Sequence[Row]) -> list[str]:
    """List the methods that took part."""
    return list(dict.fromkeys(row["method"] for row in rows))


def split_cells(rows: Sequence[Row], *columns: str) -> Iterator[tuple[str, list[Row]]]:
    """Split rows by the values of columns; give the values in words and the rows."""
    values = [list(dict.fromkeys(row[column] for row in rows)) for column in columns]
    for chosen in itertools.product(*values):
        here = choose_rows(rows, **dict(zip(columns, chosen, strict=True)))
        if here:
            yield ", ".join(f"{name} {value}" for name, value in zip(columns, chosen, strict=True)), here


def lacks(rows: Sequence[Row], *needed: str, score: str) -> Verdict | None:
    """Give the verdict where methods that a claim is about took no part; None where all did."""
    absent = [name for name in needed if name not in list_methods(rows)]
    if not absent:
        return None
    found = tuple(
        Statement(
            text=f"{name} took part", score=score, where="this run", margin=-1.0, error=0.0, holds=False, headline=True
        )
        for name in absent
    )
    return Verdict(
        statements=found,
        reading=f"nothing: {', '.join(absent)} took no part",
        controls=tell_scores(rows, score),
        decided=False,
    )


def tell_outcome(verdict: Mapping[str, Any]) -> str:
    """Tell what became of a claim.

    >>> tell_outcome({"holds": False, "decided": False, "reason": ""})
    'is not decided: not all took part that it is about'
    """
    if not verdict["decided"]:
        return f"is not decided: {verdict['reason'] or 'not all took part that it is about'}"
    return "holds" if verdict["holds"] else "does not hold"


def tell_held(statement: Mapping[str, Any]) -> str:
    """Tell whether a statement holds; open, where a single repeat gives its margin no error.

    >>> tell_held({"holds": False, "error": float("nan")})
    'open'
    """
    if not np.isfinite(statement["error"]):
        return "open"
    return "yes" if statement["holds"] else "no"


def tell_margin(margin: float, error: float) -> str:
    """Tell a margin and its standard error, where it has one.

    >>> tell_margin(0.25, 0.125), tell_margin(0.25, float("nan"))
    ('+0.2500 ± 0.1250', '+0.2500')
    """
    return f"{margin:+.4f} ± {error:.4f}" if np.isfinite(error) else f"{margin:+.4f}"


def tell_scores(rows: Sequence[Row], score: str) -> tuple[str, ...]:
    """Tell the mean score of every method over all scenes."""
    told = []
    for method in list_methods(rows):
        mean, error = mean_score(rows, score, method)
        told.append(f"{method}: {score} {mean:.4f} ± {error:.4f}")
    return tuple(told)
