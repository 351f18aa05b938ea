"""Tuning: on scenes of its own, the best kept, once a run, and recorded in the rows."""

import dataclasses
import json
from pathlib import Path

import pytest

from corpuscle.data.scene import Scene
from corpuscle.studies import tuning
from corpuscle.studies.case import TRAINING, Case
from corpuscle.studies.run import run_study
from corpuscle.studies.study import Contender, Grid, Times
from corpuscle.studies.tuning import lay_settings, place_tuned, tune
from tests.studies.test_case import make_case, make_study

LAP = Contender(
    name="lap_tuned", label="lap, tuned", role="rival", linker="lap", training_scenes=3,
    grid=lay_settings(gate=(Times("reach", 0.3), Times("reach", 4.0)), gap=(0, 1)),
)  # fmt: skip


def test_the_best_on_training_scenes_is_kept_and_not_sought_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = make_case(20, 0.2, misses=0.1, frames=8)
    drawn: list[int] = []
    draw = type(case).draw_scene

    def watch(self: Case[Scene], repeat: int, data: Path | None = None) -> object:
        drawn.append(repeat)
        return draw(self, repeat, data)  # type: ignore[arg-type] # the class it was taken from

    monkeypatch.setattr(type(case), "draw_scene", watch)
    found = tune(tmp_path, LAP, case)
    assert found == {"gate": pytest.approx(8.0), "gap": 1}
    assert drawn == [TRAINING, TRAINING + 1, TRAINING + 2]
    said = json.loads(place_tuned(tmp_path, LAP, case).read_text())
    assert len(said["tried"]) == 4
    assert said["link_jaccard"] == max(one["link_jaccard"] for one in said["tried"])
    assert tune(tmp_path, LAP, case) == found
    assert len(drawn) == 3
    assert place_tuned(tmp_path, LAP, case) != place_tuned(tmp_path, LAP, make_case(21, 0.2))


def test_a_run_tunes_each_world_once_and_its_rows_say_what_was_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grid = Grid(worlds=(make_case(8, 0.1), make_case(8, 0.4)))
    study = dataclasses.replace(make_study(), worlds={"quick": grid, "paper": grid}, methods=(LAP,))
    rows = run_study(study, "quick", tmp_path).rows
    assert len(list((tmp_path / tuning.TUNED).iterdir())) == 2
    assert "gate=4.0" in rows[0]["settings"]
    assert "gate=16.0" in rows[-1]["settings"]
    monkeypatch.setattr(tuning, "try_settings", None)
    for part in (tmp_path / "parts").iterdir():
        part.unlink()
    assert run_study(study, "quick", tmp_path).rows == rows


def test_another_grid_is_another_run() -> None:
    assert dataclasses.replace(LAP, grid=LAP.grid[:1]).declare() != LAP.declare()
    assert dataclasses.replace(LAP, training_scenes=4).declare() != LAP.declare()
