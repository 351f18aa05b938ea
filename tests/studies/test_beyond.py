"""The studies of linking as declared: recorded scenes, the posterior kept once a scene, the oracle of velocities."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corpuscle.data.detections import Detections
from corpuscle.data.links import Links
from corpuscle.data.registry import Registry
from corpuscle.data.settings import setting
from corpuscle.linking.base import Linker
from corpuscle.linking.classical.nearest import NearestNeighbour
from corpuscle.metrics.links import score_links
from corpuscle.report.study import draw_study
from corpuscle.studies import posterior
from corpuscle.studies import study as declaration
from corpuscle.studies.entrants import ENTRANTS
from corpuscle.studies.linking.beyond import CALIBRATION, CEILING, DIRECTED, REAL, lay_ceiling
from corpuscle.studies.linking.contenders import NO_GATE, enter_plain
from corpuscle.studies.linking.measures import link_by_velocity, measure_cost, measure_probabilities
from corpuscle.studies.linking.recorded import ANDI, PLANES, Recorded, Source
from corpuscle.studies.posterior import weigh_scene
from corpuscle.studies.run import run_study
from corpuscle.studies.study import Contender, Grid
from corpuscle.studies.verdict import choose_rows, mean_score

DATA = Path(__file__).parents[2].parent / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="needs ../shared/data, which a user's clone has not")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled(Linker):
    """Stands in for the sampler: every link of the nearest is as likely as its distance is short."""

    step: float = setting(1.0, "standard deviation of one step", least=0)
    unconverged: bool = setting(False, "link all the same")

    def sample(self, detections: Detections) -> Any:
        pair = NearestNeighbour(gate=1e4).link(detections).pair
        distance = np.linalg.norm(np.diff(detections.position[pair], axis=1)[:, 0], axis=1)
        return Samples(pair, np.exp(-distance / 20), converged=True, agreement=0.001)

    def link(self, detections: Detections) -> Links:
        links: Links = self.sample(detections).decide()
        return links


@dataclass
class Samples:
    pair: Any
    probability: Any
    converged: bool
    agreement: float

    def decide(self) -> Links:
        return Links(self.pair, self.probability)


@pytest.fixture
def sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = {**ENTRANTS.entries, "sampler": "tests.studies.test_beyond:Sampled"}
    entries |= {"marginal": "corpuscle.linking.classical.lap:FrameAssignment"}
    monkeypatch.setattr(declaration, "ENTRANTS", Registry("linker", entries))


@pytest.mark.usefixtures("sampled")
def test_the_posterior_of_a_scene_is_found_once_and_measures_every_method(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grid = lay_ceiling((10,), (0.0,), (1.5, 3.0), {10: 2})
    methods = tuple(method for method in CEILING.methods if method.name in {"lap", "marginal", "sampler"})
    methods += tuple(enter_plain(NO_GATE))
    study = dataclasses.replace(CEILING, worlds={"quick": grid, "paper": grid}, methods=methods)
    found = run_study(study, "quick", tmp_path)
    assert len(list((tmp_path / posterior.POSTERIORS).iterdir())) == 4
    ceiling, plain = (mean_score(found.rows, "expected_jaccard", name)[0] for name in ("sampler", "nearest"))
    assert ceiling == plain > 0.5
    assert mean_score(found.rows, "expected_jaccard", "lap")[0] < ceiling
    assert found.verdict.found == {"cells": 2, "cells_left_out": 0}
    draw_study(tmp_path / "figure.svg", study, found.rows)
    text = (tmp_path / "figure.svg").read_text(encoding="utf-8")
    assert "<!-- minus assignment, tuned -->" in text
    monkeypatch.setattr(posterior, "weigh", None)
    assert weigh_scene(tmp_path, CEILING.reference or methods[0], grid.worlds[0], 0).converged
    for part in (tmp_path / "parts").iterdir():
        part.unlink()
    again = run_study(study, "quick", tmp_path)
    for one, other in zip(found.rows, again.rows, strict=True):
        assert {**one, "seconds": 0} == {**other, "seconds": 0}


def test_knowing_every_velocity_is_the_best_that_an_assignment_can_do() -> None:
    case = DIRECTED.worlds["quick"].worlds[0]
    scores = []
    for repeat in range(4):
        scene = case.draw_scene(repeat)
        known = score_links(link_by_velocity(scene, gate=13.5), scene.truth).jaccard
        plain = score_links(ENTRANTS["lap"](gate=15.0).link(scene.detections), scene.truth).jaccard
        scores.append((known, plain))
    known, plain = np.mean(scores, axis=0)
    assert 0.75 < known < 0.85
    assert plain < known - 0.1


def test_probabilities_stand_beside_whether_they_were_right() -> None:
    case = CALIBRATION.worlds["quick"].worlds[0]
    method = Contender(name="any", label="any", role="rival", linker="lap")
    values = measure_probabilities(method, Sampled(), case.draw_scene(0))
    assert len(values["probability"]) == len(values["right"]) > 100
    assert sum(values["right"]) == values["links_true_positives"]
    nothing = measure_probabilities(method, NearestNeighbour(gate=20.0), case.draw_scene(0))
    assert nothing["probability"] == nothing["right"] == []


def test_a_reliability_curve_is_drawn_a_panel_a_world(tmp_path: Path) -> None:
    grid = CALIBRATION.worlds["quick"]
    method = Contender(name="marginal", label="marginal", role="claimed", linker="lap")
    rows = []
    for case in grid.worlds[:4]:
        for repeat in range(2):
            values = measure_probabilities(method, Sampled(), case.draw_scene(repeat))
            rows.append({**case.columns, "method": "marginal", "repeat": repeat, "seed": repeat, **values})
    draw_study(tmp_path / "figure.svg", CALIBRATION, rows)
    text = (tmp_path / "figure.svg").read_text(encoding="utf-8")
    assert "<!-- right probabilities -->" in text
    assert "<!-- motion: walk, missed and false: 0 -->" in text


def test_cost_is_a_frame_and_a_detection() -> None:
    case = lay_ceiling((10,), (0.0,), (1.5,), {10: 1}).worlds[0]
    method = Contender(name="lap", label="lap", role="rival", linker="lap")
    values = measure_cost(method, ENTRANTS["lap"](gate=9.0), case.draw_scene(0))
    assert values["microseconds"] == pytest.approx(10 * values["microseconds_detection"])


@needs_data
def test_fields_are_read_at_every_phase_alone_and_overlaid() -> None:
    alone = Recorded(shown="AnDi 0", sources=ANDI[:1], every=8)
    scenes = [alone.draw_scene(repeat, DATA) for repeat in range(8)]
    assert sum(len(scene.detections) for scene in scenes) == 2364
    assert scenes[0].detections.frame.max() == 24
    assert alone.count == len(alone.list_training(6)) == 8
    whole = Recorded(shown="AnDi overlaid", sources=ANDI, every=8).draw_scene(3, DATA)
    assert len(whole.detections) / 25 == pytest.approx(38, abs=4)
    assert np.abs(whole.detections.position - 64).max() < 70
    linked = ENTRANTS["lap"](gate=20.0).link(whole.detections)
    assert score_links(linked, whole.truth).jaccard == pytest.approx(0.80, abs=0.05)


@needs_data
def test_aircraft_are_in_kilometres() -> None:
    scene = Recorded(shown="OpenSky", sources=(PLANES,), every=6).draw_scene(0, DATA)
    assert scene.detections.frame.max() == 20
    linked = ENTRANTS["lap"](gate=20.0).link(scene.detections)
    assert score_links(linked, scene.truth).jaccard == pytest.approx(0.90, abs=0.02)


@needs_data
def test_recorded_data_are_tuned_in_hindsight_and_sealed_by_their_content(tmp_path: Path) -> None:
    grid = Grid(worlds=(Recorded(shown="AnDi 0", sources=ANDI[:1], every=16),))
    methods = tuple(method for method in REAL.methods if method.name in {"lap", "lap_default"})
    study = dataclasses.replace(REAL, worlds={"quick": grid, "paper": grid}, methods=methods)
    rows = run_study(study, "quick", tmp_path / "run", data=DATA).rows
    assert len(choose_rows(rows, method="lap")) == 16
    assert mean_score(rows, "link_jaccard", "lap")[0] >= mean_score(rows, "link_jaccard", "lap_default")[0]
    other = tmp_path / "data" / "andi2-fov"
    other.mkdir(parents=True)
    text = (DATA / ANDI[0].file).read_text()
    (tmp_path / "data" / ANDI[0].file).write_text(text.replace("186.92", "186.93", 1))
    with pytest.raises(ValueError, match="holds another run: its data are others"):
        run_study(study, "quick", tmp_path / "run", data=tmp_path / "data")


def test_data_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="beyond-real reads data that do not come with the package, and no folder was"):
        run_study(REAL, "quick", tmp_path / "run")
    with pytest.raises(ValueError, match=r"has no andi2-fov/t2_trajs_exp_0_fov_0.csv; give --data DIR, a folder with"):
        run_study(REAL, "quick", tmp_path / "run", data=tmp_path)
    with pytest.raises(ValueError, match=r"a is read from a\.csv; give the folder of data"):
        Recorded(shown="a", sources=(Source(file="a.csv"),), every=1).draw_scene(0)
