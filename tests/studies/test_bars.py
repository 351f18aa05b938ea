"""The bars of the studies of linking: reached, missed, and not decided where who claims took no part."""

from typing import Any

import numpy as np
import pytest

from corpuscle.studies.linking.bars import (
    judge_calibration,
    judge_ceiling,
    judge_clutter,
    judge_density,
    judge_directed,
    judge_real,
    judge_scale,
    measure_share,
)
from corpuscle.studies.linking.reliability import pool_links

SCENES = 6


def make_rows(levels: dict[str, float], score: str = "link_jaccard", **columns: Any) -> list[dict[str, Any]]:
    """Rows of methods that differ by constants from scene to scene, which vary far more."""
    found = []
    for scene in range(SCENES):
        seed = hash((scene, *columns.values()))
        for method, level in levels.items():
            value = 0.5 + 0.05 * scene + level + 1e-4 * ((scene + len(method)) % 3)
            found.append({"method": method, "seed": seed, "repeat": scene, score: value, **columns})
    return found


def make_ceiling(share: float, *, agree: bool = True) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    levels = {"lap": 0.0, "marginal": 0.1 * share, "sampler": 0.1}
    for particles in (2, 10):
        for noise in (1.5, 3.0):
            cell = {"particles": particles, "drift": 0.0, "measurement_noise": noise}
            for row in make_rows(levels, "expected_jaccard", **cell):
                wrong = noise == 3.0 and not agree
                rows.append({**row, "link_jaccard": row["expected_jaccard"], "converged": not wrong})
    return rows


def test_the_share_of_a_gap_is_of_means_on_the_same_scenes() -> None:
    rows = make_rows({"a": 0.0, "b": 0.03, "c": 0.1})
    share, error = measure_share(rows, "link_jaccard", "b", "a", "c")
    assert share == pytest.approx(0.3, abs=0.01)
    assert 0 <= error < 0.01


@pytest.mark.parametrize(("share", "holds"), [(0.6, True), (0.3, False), (0.1, False)])
def test_the_gap_to_the_ceiling_has_two_bars(share: float, holds: bool) -> None:
    verdict = judge_ceiling(make_ceiling(share))
    assert verdict.holds is holds
    assert any(statement.text.endswith("on average") and statement.headline for statement in verdict.statements)
    assert {s.where for s in verdict.statements if s.headline and "25 %" in s.text} == {
        "particles 10, drift 0.0, measurement_noise 1.5",
        "particles 10, drift 0.0, measurement_noise 3.0",
    }


def test_cells_whose_starts_disagree_are_marked_and_do_not_count() -> None:
    verdict = judge_ceiling(make_ceiling(0.6, agree=False))
    assert verdict.holds
    assert verdict.found == {"cells": 1, "cells_left_out": 2}
    assert "left out, the sampler's starts agree in 0% of the scenes only" in verdict.controls[0]


def test_nothing_is_decided_where_who_claims_took_no_part() -> None:
    rows = [row for row in make_ceiling(0.6) if row["method"] != "marginal"]
    verdict = judge_ceiling(rows)
    assert not verdict.holds
    assert verdict.reading == "nothing: marginal took no part"


@pytest.mark.parametrize(("off", "holds"), [(0.005, True), (0.02, False)])
def test_what_is_learned_is_as_good_as_what_is_known(off: float, holds: bool) -> None:
    rows = [
        row for ratio in (0.1, 0.3) for row in make_rows({"marginal": 0.1, "auto": 0.1 - off, "lap": 0}, ratio=ratio)
    ]
    assert judge_density(rows).holds is holds


@pytest.mark.parametrize(("gains", "holds"), [((0.05, 0.03), True), ((0.05, -0.01), False), ((0.01, 0.01), False)])
def test_clutter_asks_for_an_average_and_for_no_loss_anywhere(gains: tuple[float, float], holds: bool) -> None:
    rows = [
        row
        for drift, gain in zip((0.0, 3.0), gains, strict=True)
        for row in make_rows({"lap": 0, "cover": -0.1, "marginal": gain}, clutter=0.1, particles=10, drift=drift)
    ]
    assert judge_clutter(rows).holds is holds


@pytest.mark.parametrize(("gain", "holds"), [(0.05, True), (0.02, False)])
def test_directed_motion_is_measured_against_the_best_of_all(gain: float, holds: bool) -> None:
    levels = {"lap": 0, "kalman": 0.1, "trackpy": 0.02, "auto": 0.1 + gain, "velocities": 0.3}
    verdict = judge_directed([row for n in (20, 100) for row in make_rows(levels, particles=n)])
    assert verdict.holds is holds
    assert {s.text for s in verdict.statements if s.headline} == {"auto is above kalman by 0.03 or more"}


def add_probabilities(rows: list[dict[str, Any]], off: float) -> list[dict[str, Any]]:
    generator = np.random.default_rng(0)
    for row in rows:
        true = generator.uniform(0.3, 1.0, 2000)
        plain = row["method"] == "lap"
        row["right"] = [] if plain else (generator.random(2000) < true).tolist()
        row["probability"] = [] if plain else np.clip(true + off, 0, 1).tolist()
    return rows


@pytest.mark.parametrize(("gain", "off", "holds"), [(0.0, 0.0, True), (-0.01, 0.0, False), (0.0, -0.1, False)])
def test_recorded_data_ask_for_no_loss_and_fair_probabilities(gain: float, off: float, holds: bool) -> None:
    rows = make_rows({"lap": 0.0, "auto": gain}, data="AnDi overlaid", every=8)
    assert judge_real(add_probabilities(rows, off)).holds is holds


@pytest.mark.parametrize(("off", "holds"), [(0.0, True), (-0.05, False)])
def test_calibration_is_pooled_over_the_scenes_of_a_world(off: float, holds: bool) -> None:
    rows = make_rows({"marginal": 0.0, "auto": 0.0, "lap": 0.0}, motion="walk", clutter=0.0)
    verdict = judge_calibration(add_probabilities(rows, off))
    assert verdict.holds is holds
    assert {statement.text.split(":")[0] for statement in verdict.statements} == {"marginal", "auto"}


def test_the_links_of_all_scenes_are_taken_together() -> None:
    rows = add_probabilities(make_rows({"marginal": 0.0}), 0.0)
    links = pool_links(rows)
    assert len(links.right) == SCENES * 2000
    assert sorted(set(links.scene.tolist())) == list(range(SCENES))
    assert links.expected_error < 0.02
    assert len(pool_links([]).right) == 0


@pytest.mark.parametrize(("times", "holds"), [((40, 500, 30_000, 160_000), True), ((40, 500, 30_000, 300_000), False)])
def test_cost_has_bars_and_a_growth(times: tuple[int, ...], holds: bool) -> None:
    rows = [
        {"method": "marginal", "seed": hash((size, repeat)), "particles": size, "microseconds": float(spent)}
        for size, spent in zip((10, 100, 1000, 5000), times, strict=True)
        for repeat in range(2)
    ]
    verdict = judge_scale(rows)
    assert verdict.holds is holds
    assert [statement.where for statement in verdict.statements] == ["N 10", "N 1000", "N 1000 to 5000"]
