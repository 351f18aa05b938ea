"""What the published claims rest on, measured: to be shown, not told."""

import dataclasses
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corpuscle.linking.linkers import LINKERS
from corpuscle.linking.probabilistic.exact import ExactPosterior, expect_accuracy
from corpuscle.linking.probabilistic.operations import count_merged, count_naive, count_shared
from corpuscle.studies.linking.crossing import NETS, RIVALS, find_crossings, fit_shapes, judge_cost
from corpuscle.studies.linking.mishra2024 import FIG2B, FIG5, WINDOWS, measure_cost, measure_links
from corpuscle.studies.linking.pair import Pair
from corpuscle.studies.linking.robustness import judge_noise, state_above, state_no_better
from corpuscle.studies.run import run_study
from corpuscle.studies.study import Grid
from corpuscle.studies.verdict import choose_rows, mean_score


@pytest.mark.slow
def test_a_net_that_follows_nothing_wins_under_the_published_score(tmp_path: Path) -> None:
    """The prior nu' is 1, T = 150, both start at one point; by detections the same nets are no better than nearest."""
    pytest.importorskip("lightning")
    worlds = tuple(Pair(start="origin", frames=150, measurement_noise=noise) for noise in (1.0, 10.0))
    grid = Grid(worlds=worlds, repeats={150: 16})
    names = (
        "transformer_longer",
        "transformer_barely",
        "mht",
        "mht_velocity",
        "constant",
        "untrained",
        "nearest",
        "lap",
        "exact",
    )
    methods = tuple(method for method in FIG2B.list_methods("quick") if method.name in names)
    holds = partial(judge_noise, pairs=(("transformer_longer", "mht"),))
    study = dataclasses.replace(FIG2B, worlds={"quick": grid, "paper": grid}, methods=methods, holds=holds)
    rows = run_study(study, "quick", tmp_path).rows
    most = choose_rows(rows, measurement_noise=10.0)
    for winner in ("transformer_longer", "constant"):
        assert state_above(most, "jaccard_paper", winner, "mht", "noise 10").holds
    for winner in ("transformer_longer", "transformer_barely", "constant", "untrained"):
        assert state_above(most, "jaccard_paper", winner, "mht_velocity", "noise 10").holds
    for net in ("transformer_longer", "transformer_barely"):
        for score in ("jaccard_measured", "jaccard_association"):
            assert state_no_better(most, score, net, "nearest", "noise 10").holds
            assert state_no_better(most, score, net, "lap", "noise 10").holds
            assert state_above(most, score, "exact", net, "noise 10").holds
    # flat against the noise: what the net gives does not depend on what it sees
    quiet = choose_rows(rows, measurement_noise=1.0)
    drop = (
        mean_score(quiet, "jaccard_paper", "transformer_longer")[0]
        - mean_score(most, "jaccard_paper", "transformer_longer")[0]
    )
    assert abs(drop) < 0.05


def measure_accuracy(case: Pair, count: int, **linkers: Any) -> dict[str, float]:
    """Give the Jaccard that each linker's links are expected to have, over the same scenes."""
    posterior = ExactPosterior(
        step=1.5, measurement_noise=case.measurement_noise, start_spread=case.known["start_spread"]
    )
    accuracy: dict[str, list[float]] = {name: [] for name in linkers}
    for repeat in range(count):
        detections = case.draw_scene(repeat).detections
        found = posterior.weigh(detections)
        for name, linker in linkers.items():
            accuracy[name].append(expect_accuracy(linker.link(detections), detections, found))
    return {name: float(np.mean(values) / (2 - np.mean(values))) for name, values in accuracy.items()}


@pytest.mark.parametrize("start", ["origin", "paper"])
@pytest.mark.parametrize("noise", [2.0, 7.0, 10.0])
def test_all_hypotheses_of_eight_frames_are_near_the_ceiling_and_marginals_nearer(start: str, noise: float) -> None:
    case = Pair(start=start, frames=8, measurement_noise=noise)
    walk: dict[str, Any] = {"step": 1.5, "measurement_noise": noise}
    found = measure_accuracy(
        case,
        150,
        mht=LINKERS["mht"](window=8, process_noise=1.5, measurement_noise=noise),
        merged=LINKERS["merged"](**walk, start_spread=case.known["start_spread"]),
        exact=ExactPosterior(**walk, start_spread=case.known["start_spread"]),
    )
    assert 0 <= found["exact"] - found["mht"] <= 0.005
    assert found["merged"] >= found["exact"] - 0.0005
    assert found["merged"] > found["mht"] or noise < 5


def test_where_a_net_becomes_cheaper_depends_on_how_hypotheses_are_searched() -> None:
    rows: list[dict[str, Any]] = []
    for window in WINDOWS:
        searched = {
            "mht_naive": count_naive(2, window),
            "mht_shared": count_shared(2, window),
            "merged": count_merged(window),
        }
        for net, cache in zip(NETS, (False, True), strict=True):
            linker: Any = LINKERS["untrained"](decoder_window=window, cache=cache)
            searched[net] = 2 * linker.count_multiply_adds(frames=150, particles=2) // 150
        rows += [{"series": series, "window": window, "operations": value} for series, value in searched.items()]
    crossings = find_crossings(rows)
    naive = crossings["transformer below mht_naive from K"]
    assert naive is not None
    assert 6 <= naive <= 10
    assert crossings["transformer below mht_shared from K"] is None
    assert crossings["transformer below merged from K"] is None
    assert crossings["transformer_cached below merged from K"] is None
    verdict = judge_cost(rows)
    assert verdict.holds
    assert verdict.found is not None
    assert {name: verdict.found[name] for name in crossings} == crossings
    assert {name: verdict.found[f"{name} grows as"] for name in (*NETS, *RIVALS)} == {
        **dict.fromkeys(NETS, "line"), **dict.fromkeys(RIVALS, "exponential"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "curve"),
    [
        ("line", lambda k: 5e6 + 2e5 * k),
        ("square", lambda k: 5e6 + 2e5 * k**2),
        ("power", lambda k: 3e4 * k**1.5),
        ("exponential", lambda k: 77 * 2.0**k),
    ],
)
def test_a_curve_is_told_from_others_of_as_many_numbers(kind: str, curve: Callable[[int], float]) -> None:
    left = fit_shapes(WINDOWS, [curve(window) for window in WINDOWS])
    assert min(left, key=left.__getitem__) == kind
    assert left[kind] < 1e-6
    assert all(value > 1e-3 for name, value in left.items() if name != kind)


@pytest.mark.parametrize("name", ["transformer_4", "transformer_cached_4"])
def test_torch_counts_what_the_formula_says(name: str) -> None:
    case = Pair(start="origin", frames=12, measurement_noise=7.0)
    method = next(method for method in FIG5.methods if method.name == name)
    values = measure_cost(method, method.build(case, 0, None), case.draw_scene(0))
    assert values["operations_counted"] == values["operations"] > 0
    assert values["microseconds"] > 0


def test_a_row_has_the_three_scores_and_their_counts() -> None:
    case = Pair(start="paper", frames=8, measurement_noise=1.0)
    method = next(method for method in FIG2B.methods if method.name == "nearest")
    values = measure_links(method, method.build(case, 0, None), case.draw_scene(0))
    links = values["association_true_positives"] + values["association_false_negatives"]
    assert links == 14
    wrong = values["association_false_positives"]
    assert values["jaccard_association"] == values["association_true_positives"] / (links + wrong)
    assert values["jaccard_association"] == values["jaccard_measured"]
