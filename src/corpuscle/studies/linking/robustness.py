"""What decides the claims on scores: against noise, against experiments in training, against length."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

from corpuscle.studies.verdict import Row, Statement, Verdict, choose_rows, compare_methods, exceeds, mean_score

PAPER = "jaccard_paper"
HONEST = ("jaccard_measured", "jaccard_association")
SCORES = (PAPER, *HONEST)
PLAIN = ("nearest", "lap")
"""Methods without memory."""

ALLOWED = 0.01
"""By how much a net may pass a method without memory and still be no better [Jaccard]."""


def list_values(rows: Sequence[Row], column: str) -> list[Any]:
    """List the values of a column, each once, in the order of the rows."""
    return list(dict.fromkeys(row[column] for row in rows if row.get(column) is not None))


def state_above(
    rows: Sequence[Row], score: str, ours: str, theirs: str, where: str, *, headline: bool = False
) -> Statement:
    """State that one method scores above another, on the same scenes, by two standard errors."""
    margin, error = compare_methods(rows, score, ours, theirs)
    text = f"{ours} scores above {theirs}"
    return Statement(
        text=text, score=score, where=where, margin=margin, error=error, holds=exceeds(margin, error), headline=headline
    )


def state_no_better(rows: Sequence[Row], score: str, ours: str, theirs: str, where: str) -> Statement:
    """State that one method scores at most a little above another, on the same scenes."""
    margin, error = compare_methods(rows, score, ours, theirs)
    text = f"{ours} scores at most {ALLOWED} above {theirs}"
    return Statement(
        text=text, score=score, where=where, margin=ALLOWED - margin, error=error, holds=bool(margin <= ALLOWED)
    )


def state_falls_less(
    least: Sequence[Row], most: Sequence[Row], score: str, ours: str, theirs: str, where: str, *, headline: bool = False
) -> Statement:
    """State that one method loses less than another between two sets of scenes."""
    before, before_error = compare_methods(least, score, ours, theirs)
    after, after_error = compare_methods(most, score, ours, theirs)
    margin, error = after - before, math.hypot(before_error, after_error)
    text = f"{ours} loses less than {theirs} from the least to the most noise"
    return Statement(
        text=text, score=score, where=where, margin=margin, error=error, holds=exceeds(margin, error), headline=headline
    )


def state_changes(
    before: Sequence[Row], after: Sequence[Row], score: str, method: str, where: str, *, rises: bool, headline: bool
) -> Statement:
    """State that a method's score rises, or falls, from one set of scenes to another."""
    first, first_error = mean_score(before, score, method)
    last, last_error = mean_score(after, score, method)
    margin, error = (last - first if rises else first - last), math.hypot(first_error, last_error)
    text = f"{method} {'rises' if rises else 'falls'} from the shortest to the longest sequences"
    return Statement(
        text=text, score=score, where=where, margin=margin, error=error, holds=exceeds(margin, error), headline=headline
    )


def judge_noise(
    rows: Sequence[Row], pairs: Sequence[tuple[str, str]], better: Sequence[tuple[str, str]] = (), reading: str = ""
) -> Verdict:
    """Decide that a method is more robust against noise: at the most noise it is above, and it has lost less.

    The claim's own form is the first pair under the paper's scoring, from the first start; every other pair, start and
    scoring is stated beside it.

    Args:
        rows: the rows.
        pairs: pairs of the claimed winner and its rival.
        better: pairs of a method with more and with less (lookback, knowledge); the claim is that the first is above.
        reading: those pairs in words, behind the rest of the claim's own form.
    """
    found: list[Statement] = []
    levels = sorted(list_values(rows, "measurement_noise"))
    for number, start in enumerate(list_values(rows, "start")):
        least = choose_rows(rows, start=start, measurement_noise=levels[0])
        most = choose_rows(rows, start=start, measurement_noise=levels[-1])
        at, between = f"start {start}, noise {levels[-1]:g}", f"start {start}, noise {levels[0]:g} to {levels[-1]:g}"
        for score in SCORES:
            for pair in pairs:
                own = number == 0 and score == PAPER and pair == pairs[0]
                found.append(state_above(most, score, *pair, at, headline=own))
                found.append(state_falls_less(least, most, score, *pair, between, headline=own))
            found += [state_above(most, score, *pair, at, headline=number == 0 and score == PAPER) for pair in better]
        rival = pairs[0][1]
        found += [state_above(most, PAPER, control, rival, at) for control in ("untrained", "constant")]
        nets = list(dict.fromkeys(claimed for claimed, _ in pairs))
        found += [state_no_better(most, score, net, plain, at) for score in HONEST for net in nets for plain in PLAIN]
        found += [state_above(most, score, "exact", net, at) for score in HONEST[1:] for net in nets]
    reading = (
        f"{pairs[0][0]} is above {pairs[0][1]} at the most noise, and loses less from the least to the most{reading}; "
        f"under {PAPER}, start {list_values(rows, 'start')[0]}; a difference counts from two standard errors on"
    )
    return Verdict(statements=tuple(found), reading=reading, controls=tell_controls(found))


def tell_controls(found: Iterable[Statement]) -> tuple[str, ...]:
    """Tell in words what the controls show."""
    told = []
    for statement in found:
        name = statement.text.split(" ", 1)[0]
        if name in {"untrained", "constant"} or statement.text.endswith(PLAIN):
            told.append(
                f"{statement.text}: {'yes' if statement.holds else 'no'} ({statement.score}, {statement.where}; margin "
                f"{statement.margin:+.3f} ± {statement.error:.3f})"
            )
    return tuple(told)


def judge_experiments(rows: Sequence[Row], rival: str, over: str) -> Verdict:
    """Decide that more experiments bring a net nearer to its rival, never there, and less and less.

    Over the noise (`over="noise"`) the claim is that the net of fewest experiments is below the rival, that of most
    above that of fewest, and below the rival still. Over experiments it is that the net of most is below the rival,
    and that the last doubling of the experiments brings less than the first.
    """
    found: list[Statement] = []
    counts = sorted(list_values(rows, "experiments"))
    nets = [f"transformer_{list_values(rows, 'frames')[0]}_{count}" for count in counts]
    for number, start in enumerate(list_values(rows, "start")):
        here = choose_rows(rows, start=start)
        at = f"start {start}, all noises" if over == "noise" else f"start {start}"
        for score in SCORES:
            own = number == 0 and score == PAPER
            found.append(state_above(here, score, rival, nets[-1], at, headline=own))
            if over == "noise":
                found.append(state_above(here, score, rival, nets[0], at, headline=own))
                found.append(state_above(here, score, nets[-1], nets[0], at, headline=own))
            else:
                found.append(state_returns(here, score, nets, counts, at, headline=own))
        found += [state_above(here, PAPER, control, rival, at) for control in ("untrained", "constant")]
        found += [state_no_better(here, score, nets[-1], plain, at) for score in HONEST for plain in PLAIN]
        found += [state_above(here, score, "exact", rival, at) for score in HONEST[1:]]
    first = list_values(rows, "start")[0]
    reading = f"{rival} is above {nets[-1]}" + (
        f" and {nets[0]}, and {nets[-1]} above {nets[0]}" if over == "noise" else ", and the returns diminish"
    )
    reading += f", under {PAPER}, start {first}; a difference counts from two standard errors on"
    return Verdict(statements=tuple(found), reading=reading, controls=tell_controls(found))


def state_returns(
    rows: Sequence[Row], score: str, nets: Sequence[str], counts: Sequence[int], where: str, *, headline: bool
) -> Statement:
    """State that the last doubling of experiments brings less than the first."""
    early, early_error = compare_methods(rows, score, nets[1], nets[0])
    late, late_error = compare_methods(rows, score, nets[-1], nets[-2])
    first, last = math.log2(counts[1] / counts[0]), math.log2(counts[-1] / counts[-2])
    margin, error = early / first - late / last, math.hypot(early_error / first, late_error / last)
    return Statement(
        text=f"a doubling from {counts[0]} to {counts[1]} experiments brings more than one from {counts[-2]} to "
        f"{counts[-1]}",
        score=score, where=where, margin=margin, error=error, holds=exceeds(margin, error), headline=headline,
    )  # fmt: skip


def judge_lengths(rows: Sequence[Row]) -> Verdict:
    """Decide that a net is the best over all lengths, that multiple hypotheses fall with length and nets rise."""
    found: list[Statement] = []
    lengths = sorted(list_values(rows, "frames"))
    for number, start in enumerate(list_values(rows, "start")):
        here = choose_rows(rows, start=start)
        short, long = (choose_rows(here, frames=length) for length in (lengths[0], lengths[-1]))
        at = f"start {start}, T {lengths[0]} to {lengths[-1]}"
        for score in SCORES:
            own = number == 0 and score == PAPER
            found.append(state_above(here, score, "transformer_150_30", "mht", at, headline=own))
            found += [
                state_changes(short, long, score, method, at, rises=False, headline=own and method == "mht")
                for method in ("mht", "mht_prior")
            ]
            found += [
                state_changes(short, long, score, net, at, rises=True, headline=own)
                for net in ("transformer_t_30", "transformer_150_1")
            ]
            found += [
                state_changes(short, long, score, method, at, rises=True, headline=False)
                for method in ("exact", "constant", "lap")
            ]
        found += [state_above(here, PAPER, control, "mht", at) for control in ("untrained", "constant")]
        found += [state_no_better(here, score, "transformer_150_30", plain, at) for score in HONEST for plain in PLAIN]
    reading = (
        f"transformer_150_30 is above mht over all lengths, mht falls, transformer_t_30 and transformer_150_1 rise "
        f"with length, all under {PAPER} and one start ({list_values(rows, 'start')[0]}); a difference counts from two "
        f"standard errors on"
    )
    return Verdict(statements=tuple(found), reading=reading, controls=tell_controls(found))
