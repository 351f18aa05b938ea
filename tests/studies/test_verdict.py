"""A claim decided: paired differences, errors, and what a verdict rests on."""

import math
from typing import Any

import pytest

from corpuscle.studies.linking.robustness import judge_experiments, state_above
from corpuscle.studies.verdict import Statement, Verdict, compare_methods, exceeds, mean_score


def make_rows(method: str, scores: list[float], **more: Any) -> list[dict[str, Any]]:
    scene = {"start": "origin", "frames": 8, "measurement_noise": 7.0, "method": method, **more}
    names = ("jaccard_paper", "jaccard_measured", "jaccard_association")
    return [
        {**scene, "repeat": number, "seed": number, **dict.fromkeys(names, score)}
        for number, score in enumerate(scores)
    ]


def test_differences_are_paired_by_scene() -> None:
    rows = make_rows("a", [0.9, 0.1, 0.5]) + list(reversed(make_rows("b", [0.8, 0.0, 0.4])))
    margin, error = compare_methods(rows, "jaccard_paper", "a", "b")
    assert margin == pytest.approx(0.1)
    assert error == pytest.approx(0.0, abs=1e-12)
    mean, spread = mean_score(rows, "jaccard_paper", "a")
    assert mean == pytest.approx(0.5)
    assert spread == pytest.approx(0.4 / math.sqrt(3))


def test_methods_that_met_other_scenes_are_not_compared() -> None:
    rows = make_rows("a", [0.9, 0.1]) + make_rows("b", [0.8])
    with pytest.raises(ValueError, match="a and b are compared on the same scenes, but they met 2 and 1"):
        compare_methods(rows, "jaccard_paper", "a", "b")


def test_a_difference_counts_from_two_standard_errors() -> None:
    assert exceeds(0.021, 0.01)
    assert not exceeds(0.019, 0.01)
    assert not exceeds(0.1, math.nan)
    rows = make_rows("a", [0.9, 0.5]) + make_rows("b", [0.5, 0.8])
    assert not state_above(rows, "jaccard_paper", "a", "b", "here").holds


def test_a_verdict_rests_on_its_headline_alone() -> None:
    def say(holds: bool, headline: bool) -> Statement:
        return Statement(text="t", score="s", where="w", margin=0.0, error=0.0, holds=holds, headline=headline)

    assert Verdict(statements=(say(True, True), say(False, False)), reading="r").holds
    assert not Verdict(statements=(say(True, True), say(False, True)), reading="r").holds
    assert not Verdict(statements=(say(True, False),), reading="r").holds


def test_a_verdict_says_under_which_scores_the_claim_holds() -> None:
    def say(score: str, text: str, holds: bool, headline: bool) -> Statement:
        return Statement(text=text, score=score, where="w", margin=0.0, error=0.0, holds=holds, headline=headline)

    one = (say("paper", "a", True, True), say("paper", "b", True, True), say("paper", "c", False, False))
    other = (say("labels", "a", True, False), say("labels", "b", False, False), say("labels", "c", True, False))
    assert Verdict(statements=(*one, *other), reading="r").under == {"paper": True, "labels": False}


@pytest.mark.parametrize(("last", "holds"), [(0.72, True), (0.86, False)])
def test_returns_that_decrease_are_told_from_those_that_do_not(last: float, holds: bool) -> None:
    scores = {1: 0.5, 2: 0.7, 4: last}
    rows = [
        row
        for count, score in scores.items()
        for row in make_rows(f"transformer_8_{count}", [score - 0.01, score, score + 0.01], experiments=count)
    ]
    if not holds:
        rows = [row | {"jaccard_paper": row["jaccard_paper"] + 0.1 * (row.get("experiments") == 4)} for row in rows]
    for method in ("mht", "untrained", "constant", "nearest", "lap", "exact"):
        rows += make_rows(method, [0.97, 0.98, 0.99])
    verdict = judge_experiments(rows, rival="mht", over="experiments")
    assert verdict.holds is holds
    assert any("mht" in line for line in verdict.controls)
