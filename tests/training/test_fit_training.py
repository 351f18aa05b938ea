"""Nets that fit learn from simulated tracks and from shards, and are used from the folder of their run."""

import csv
import dataclasses
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from corpuscle.data.apparatus import Apparatus
from corpuscle.data.settings import build_method
from corpuscle.fitting.fitters import FITTERS
from corpuscle.fitting.learned.shipped import CORRECTOR
from corpuscle.io.shard_writer import write_shards
from corpuscle.nets.shipped import describe_weights
from corpuscle.simulation.helical import Helix
from corpuscle.training.apparatuses import FIELDS, RADII, draw_apparatus
from corpuscle.training.history import Epoch
from corpuscle.training.loop import train
from corpuscle.training.machine import Machine
from corpuscle.training.run import Run
from corpuscle.training.tracks import TrackTrainer
from corpuscle.training.trainers import TRAINERS

NAMES = ("corrector", "trackformer")
TINY: dict[str, Any] = {
    "epochs": 3, "batches": 4, "experiments": 48, "validation": 64, "width": 8, "heads": 2, "hidden": 8, "layers": 1,
}  # fmt: skip


def teach(name: str, folder: Path, *, resume: bool = False, **settings: Any) -> list[Epoch]:
    trainer: TrackTrainer = build_method(TRAINERS[name], {**TINY, **settings})
    run = Run(folder=folder, method=name, settings=dataclasses.asdict(trainer), seed=0)
    return train(trainer, run, Machine(accelerator="cpu"), resume=resume)


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("training") / "shards"
    world = Helix(tracks=600, tracks_per_event=20, field=3.0)
    write_shards(folder, [world.simulate(np.random.default_rng(0))], world.apparatus)
    return folder


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("simulated", [True, False])
def test_a_tiny_net_learns_and_fits(name: str, simulated: bool, tmp_path: Path, shards: Path) -> None:
    history = teach(name, tmp_path / "run", data=None if simulated else str(shards))
    assert history[-1].validation_loss < history[0].validation_loss
    world = Helix(tracks=50, field=2.0 if simulated else 3.0, lowest_pt=1.0, highest_eta=0.8)
    fitter = FITTERS[name](weights=str(tmp_path / "run"))
    assert fitter.fit(world.simulate(np.random.default_rng(1)).hits.collect_tracks(), world.apparatus).valid.all()
    other = Helix(tracks=5, field=5.0)
    with pytest.raises(ValueError, match=rf"trained in a field of .* in 5 T.* corpuscle train {name} -o RUN"):
        fitter.fit(other.simulate(np.random.default_rng(1)).hits.collect_tracks(), other.apparatus)


def test_what_was_learned_from_shards_stands_in_the_weights(tmp_path: Path, shards: Path) -> None:
    teach("corrector", tmp_path / "run", data=str(shards))
    card = describe_weights(str(tmp_path / "run"), CORRECTOR)
    assert card.training["data"] == str(shards)
    assert card.settings["lowest_field"] == card.settings["highest_field"] == 3.0
    assert card.settings["lowest_pt"] == pytest.approx(0.5, rel=0.1)
    assert card.settings["highest_eta"] == pytest.approx(1.0, rel=0.1)


@pytest.mark.parametrize(
    "settings",
    [
        {"loss": "mse", "inputs": "raw", "target": "momentum", "masked": False, "errors": "plain"},
        {"loss": "quantile", "inputs": "scaled", "target": "momentum"},
        {"loss": "huber", "inputs": "relative"},
        {"loss": "quantiles"},
    ],
)
def test_every_way_of_the_slides_and_beyond(settings: dict[str, Any], tmp_path: Path) -> None:
    teach("trackformer", tmp_path / "run", epochs=1, **settings)
    world = Helix(tracks=30)
    hits = world.simulate(np.random.default_rng(1)).hits.collect_tracks()
    found = FITTERS["trackformer"](weights=str(tmp_path / "run")).fit(hits, world.apparatus)
    assert found.valid.all()
    assert (found.parameters.covariance is None) == (settings["loss"] != "quantiles")


def test_padding_changes_what_the_published_form_says(tmp_path: Path) -> None:
    teach("trackformer", tmp_path / "run", epochs=1, masked=False)
    world = Helix(tracks=60, holes=0.3)
    hits = world.simulate(np.random.default_rng(1)).hits.collect_tracks()
    fitter = FITTERS["trackformer"](weights=str(tmp_path / "run"))
    row = int(np.argmin(hits.length))
    together = fitter.fit(hits, world.apparatus).parameters.value[row]
    alone = fitter.fit(hits.choose(np.array([row])), world.apparatus).parameters.value[0]
    assert abs(together[4] / alone[4] - 1) > 1e-3


@pytest.mark.parametrize("loss", ["huber", "student", "beta-nll"])
def test_every_law_of_the_corrector(loss: str, tmp_path: Path) -> None:
    history = teach("corrector", tmp_path / "run", loss=loss, share=1.0)
    assert history[-1].validation_loss < history[0].validation_loss


@pytest.mark.parametrize("name", NAMES)
def test_half_precision_behind_the_embedding(name: str, tmp_path: Path) -> None:
    exact, rounded = (
        teach(name, tmp_path / precision, epochs=1, precision=precision) for precision in ("single", "bfloat16")
    )
    assert exact[0].validation_loss != rounded[0].validation_loss
    assert rounded[0].validation_loss == pytest.approx(exact[0].validation_loss, rel=0.1)


def test_an_epoch_says_how_long_it_waited(tmp_path: Path) -> None:
    history = teach("corrector", tmp_path / "run")
    assert all(0 < row.waited < 1 for row in history)
    with (tmp_path / "run" / "history.csv").open(encoding="utf-8") as file:
        assert [float(row["waited"]) for row in csv.DictReader(file)] == [row.waited for row in history]


def test_a_run_that_goes_on_ends_like_one_that_was_not_stopped(tmp_path: Path, shards: Path) -> None:
    whole = teach("corrector", tmp_path / "whole", data=str(shards))
    teach("corrector", tmp_path / "cut", data=str(shards))
    (tmp_path / "cut" / "checkpoints" / "epoch=000002.ckpt").unlink()
    assert teach("corrector", tmp_path / "cut", data=str(shards), resume=True) == whole


def test_validation_learns_from_no_event_of_training(shards: Path) -> None:
    trainer: TrackTrainer = build_method(TRAINERS["corrector"], {"data": str(shards)})
    learned, held = (
        set(trainer.draw_tracks(np.random.default_rng(0), 400, held=held).hits.event.tolist()) for held in (False, True)
    )
    assert learned
    assert held
    assert not learned & held


@pytest.mark.parametrize("name", NAMES)
def test_tracks_that_cannot_be_learned_from_are_left_out(name: str) -> None:
    """A track that cannot be fitted, and one without truth."""
    trainer: Any = build_method(TRAINERS[name], {})
    tracks = trainer.draw_tracks(np.random.default_rng(0), 40)
    first = tracks.hits.offset[0]
    tracks.hits.position[first, 0] = np.nan
    tracks.truth.value[2] = np.nan
    drawn = trainer.read([tracks] if name == "corrector" else tracks)
    assert {len(part) for part in drawn} == {38}
    assert all(torch.isfinite(part).all() for part in drawn)


MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    "no shards": ({"data": "nowhere"}, "nowhere"),
    "a world": ({"lowest_pt": 9.0, "highest_pt": 1.0}, "lowest_pt: expected at most highest_pt, 1, not 9"),
    "radii": ({"radii": "30,20"}, "expected at least one cylinder, from the inside out"),
    "a precision": ({"precision": "half"}, "precision: expected one of single, bfloat16, float16, not 'half'"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_setting_that_does_not_fit(name: str) -> None:
    settings, message = MISTAKES[name]
    with pytest.raises((ValueError, OSError), match=message):
        build_method(TRAINERS["corrector"], settings)


@pytest.mark.parametrize("settings", [{"field": 3.0}, {"share": 1.0}])
def test_shards_bring_their_own_world(settings: dict[str, Any], shards: Path) -> None:
    with pytest.raises(ValueError, match=rf"{next(iter(settings))} is for simulated tracks, .*: leave it out"):
        build_method(TRAINERS["corrector"], {"data": str(shards), **settings})


def test_apparatuses_are_of_many_kinds() -> None:
    drawn: list[Apparatus] = [draw_apparatus(np.random.default_rng(seed)) for seed in range(200)]
    assert {len(apparatus.radius) for apparatus in drawn} == set(range(4, 17))
    assert all(FIELDS[0] <= apparatus.field <= FIELDS[1] for apparatus in drawn)
    assert all(apparatus.radius[0] > 0.7 * RADII[0] for apparatus in drawn)
    kinds = [len(np.unique(apparatus.resolution_z)) for apparatus in drawn]
    assert set(kinds) == {1, 2, 3}


@pytest.mark.slow
def test_two_processes_learn_together(tmp_path: Path) -> None:
    """Each draws batches of its own; together they end in one net."""
    arguments = ["train", "corrector", "-o", "run", "--accelerator", "cpu", "--devices", "2", "--quiet"]
    for name, value in TINY.items():
        arguments += ["--set", f"{name}={value}"]
    code = "import sys; from corpuscle.cli.main import main; main(sys.argv[1:])"
    (tmp_path / "train.py").write_text(code)
    done = subprocess.run(
        [sys.executable, "train.py", *arguments],
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    with (tmp_path / "run" / "history.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    # four batches an epoch, two for each
    assert [int(row["step"]) for row in rows] == [2, 4, 6]
    assert all(np.isfinite(float(row["validation_loss"])) for row in rows)
    world = Helix(tracks=20, lowest_pt=1.0)
    hits = world.simulate(np.random.default_rng(1)).hits.collect_tracks()
    assert FITTERS["corrector"](weights=str(tmp_path / "run")).fit(hits, world.apparatus).valid.all()
    state = torch.load(tmp_path / "run" / "checkpoints" / "epoch=000002.ckpt", weights_only=True)["state_dict"]
    assert all(torch.isfinite(value).all() for value in state.values())
