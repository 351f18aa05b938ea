"""Cases: any world with any settings, what a method is told of it, and data that must be given."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corpuscle.data.scene import Scene
from corpuscle.linking.base import Linker
from corpuscle.metrics.links import score_links
from corpuscle.report.study import draw_study, list_cells
from corpuscle.studies.case import TRAINING, Simulated
from corpuscle.studies.linking.mishra2024 import FIG2B
from corpuscle.studies.run import run_study
from corpuscle.studies.study import Contender, Grid, Known, Study, Times
from corpuscle.studies.verdict import Row, Verdict


def make_case(particles: int = 5, ratio: float = 0.2, **settings: Any) -> Simulated:
    values = {"particles": particles, "frames": 4, "spacing": 10.0, "step": 10.0 * ratio, **settings}
    return Simulated(world="brownian", settings=values, shown={"particles": particles, "ratio": ratio}, repeats=2)


def measure(method: Contender, linker: Linker, scene: Scene) -> dict[str, float]:
    return {"jaccard": score_links(linker.link(scene.detections), scene.truth).jaccard}


def decide_nothing(rows: Sequence[Row]) -> Verdict:
    return Verdict(statements=(), reading=f"{len(rows)} rows")


def make_study() -> Study:
    cases = tuple(make_case(particles, ratio) for particles in (5, 8) for ratio in (0.1, 0.4))
    grid = Grid(worlds=cases)
    methods = (
        Contender(name="lap", label="lap", role="rival", linker="lap", settings={"gate": Times("step", 4.0)}),
        Contender(name="walk", label="filter", role="claimed", linker="kalman", told=True),
        Contender(name="absent", label="absent", role="rival", linker="lap", needs="no_such_package"),
        Contender(name="later", label="later", role="rival", linker="not_written_yet"),
    )
    return dataclasses.replace(
        FIG2B, name="any", worlds={"quick": grid, "paper": grid}, methods=methods, measure=measure,
        holds=decide_nothing,
        axis=("ratio", "step / spacing"), panels=(("jaccard", "link Jaccard"),),
        columns={"particles": "N", "ratio": "step / spacing"}, facets=("particles",),
    )  # fmt: skip


def test_seeds_come_from_the_columns_and_the_repeat_alone() -> None:
    case = make_case()
    assert case.derive_seed(1) == make_case(measurement_noise=3.0).derive_seed(1)
    assert len({case.derive_seed(repeat) for repeat in (0, 1, TRAINING)} | {make_case(6).derive_seed(0)}) == 4
    np.testing.assert_array_equal(case.draw_scene(0).detections.position, make_case().draw_scene(0).detections.position)
    assert case.list_training(3) == range(TRAINING, TRAINING + 3)


def test_a_method_is_told_what_it_has_a_setting_for() -> None:
    case = make_case(measurement_noise=0.5, misses=0.25, false_detections=0.2)
    method = Contender(
        name="k", label="k", role="rival", linker="kalman", told=True, settings={"gate": Times("reach", 3)}
    )
    assert method.settle(case) == {
        "step": 2.0, "measurement_noise": 0.5, "drift": 0.0, "gate": pytest.approx(3 * 4.5**0.5)
    }  # fmt: skip
    assert case.known["misses"] == 0.25
    assert case.known["false_detections"] == 1.0
    told = Contender(name="k", label="k", role="rival", linker="kalman", settings={"step": Known("step")})
    assert told.settle(case) == {"step": 2.0}


def test_a_study_of_any_world_runs_draws_and_says_who_was_left_out(tmp_path: Path) -> None:
    study = make_study()
    found = run_study(study, "quick", tmp_path / "run")
    assert len(found.rows) == 4 * 2 * 2
    assert found.missing == (
        "absent (no no_such_package: pip install 'corpuscle[bench]')",
        "later (no linker 'not_written_yet' in this version)",
    )
    assert run_study(study, "quick", tmp_path / "run").rows == found.rows
    head, body = list_cells(study, found.rows)
    assert head[:4] == ["N", "step / spacing", "method", "scenes"]
    assert body[0][:4] == ["5", "0.1", "lap", "2"]
    draw_study(tmp_path / "figure.svg", study, found.rows)
    text = (tmp_path / "figure.svg").read_text(encoding="utf-8")
    assert "<!-- N: 5 -->" in text
    assert "mean of 2 scenes a point" in text
    draw_study(tmp_path / "figure.svg", dataclasses.replace(study, facets=("ratio", "particles")), found.rows)
    assert "<!-- step / spacing: 0.1, N: 8 -->" in (tmp_path / "figure.svg").read_text(encoding="utf-8")


def test_other_settings_behind_the_same_columns_are_another_run(tmp_path: Path) -> None:
    study = make_study()
    run_study(study, "quick", tmp_path)
    grid = Grid(worlds=tuple(dataclasses.replace(case, repeats=3) for case in study.worlds["quick"].worlds))  # type: ignore[type-var] # a dataclass
    with pytest.raises(ValueError, match="holds another run: its cases are others"):
        run_study(dataclasses.replace(study, worlds={"quick": grid, "paper": grid}), "quick", tmp_path)


def test_data_are_given_where_they_are_read_and_nowhere_else(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="any reads no data; leave --data out"):
        run_study(make_study(), "quick", tmp_path / "run", data=tmp_path)
    assert not (tmp_path / "run").exists()


def test_the_chance_to_cross_the_edge_is_told() -> None:
    settings = {"particles": 100, "frames": 50, "spacing": 10.0, "speed": 3.0, "step": 1.5, "field": "crossing"}
    case = Simulated(world="straight", settings=settings, shown={"particles": 100}, repeats=2)
    born = int(case.draw_scene(0).truth.track.max()) + 1 - 100
    assert case.known["births"] * 49 == pytest.approx(born, rel=0.2)
    assert case.known["deaths"] == pytest.approx(case.known["births"] / 100)
