"""A net learns, a run that was stopped goes on as if it had not been, and what does not fit says why."""

import dataclasses
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from corpuscle.data.settings import build_method
from corpuscle.identification.nets import IMAGE_NETS
from corpuscle.linking.learned.transformer import Transformer
from corpuscle.linking.result import run_linker
from corpuscle.simulation.worlds import PRESETS, WORLDS
from corpuscle.training.history import Epoch
from corpuscle.training.loop import train
from corpuscle.training.machine import PLACES, RANKS, Machine, is_first_process, make_machine
from corpuscle.training.run import Run, read_run
from corpuscle.training.trainers import TRAINERS
from corpuscle.training.transformer import TransformerTrainer

TINY: dict[str, Any] = {
    "frames": 6, "epochs": 3, "batches": 4, "validation": 4, "width": 8, "heads": 2, "hidden": 8,
    "encoder_layers": 1, "decoder_layers": 1, "measurement_noise": 1.0,
}  # fmt: skip
CPU = Machine(accelerator="cpu")
RANKS_AND_PLACES = (*RANKS, *PLACES)


def make_run(folder: Path, *, seed: int = 0, **settings: Any) -> tuple[TransformerTrainer, Run]:
    trainer = build_method(TransformerTrainer, {**TINY, **settings})
    return trainer, Run(folder=folder, method="transformer", settings=dataclasses.asdict(trainer), seed=seed)


def teach(folder: Path, *, seed: int = 0, resume: bool = False, **settings: Any) -> list[Epoch]:
    trainer, run = make_run(folder, seed=seed, **settings)
    return train(trainer, run, CPU, resume=resume)


def assert_same_weights(one: Path, other: Path) -> None:
    ours, theirs = (load_file(folder / "weights.safetensors") for folder in (one, other))
    assert ours.keys() == theirs.keys()
    for name, value in ours.items():
        np.testing.assert_array_equal(value, theirs[name])


def test_every_trainer_is_one() -> None:
    assert [TRAINERS[name].__name__ for name in TRAINERS] == [
        "TransformerTrainer",
        "HybridTransformerTrainer",
        "AttentionBayesianTrainer",
        "CorrectorTrainer",
        "TrackFormerTrainer",
        "PairEmbeddingTrainer",
        "BoostedTreesTrainer",
        "LogisticTrainer",
        *["ImageNetTrainer"] * len(IMAGE_NETS),
    ]


def test_a_tiny_net_learns_and_links(tmp_path: Path) -> None:
    history = teach(
        tmp_path / "run", epochs=40, batches=4, experiments=16, schedule="cosine", learning_rate=1e-2,
        loss="permutation", feedback="own", width=16, hidden=16, validation=16,
    )  # fmt: skip
    assert history[-1].validation_loss < 0.5 * history[0].validation_loss
    # the two points that a net can say without looking leave the spread of the start
    assert history[-1].validation_loss * 20.0**2 < 0.5 * 10.0**2
    linker = Transformer(weights=str(tmp_path / "run"))
    scene = WORLDS["brownian"](**{**PRESETS["paper"], "frames": 6}).simulate(np.random.default_rng(1))
    assert len(run_linker("run", linker, scene.detections).links) == 10


def test_the_same_seed_gives_the_same_weights_and_another_others(tmp_path: Path) -> None:
    first, again, other = (teach(tmp_path / name, seed=seed) for name, seed in (("a", 0), ("b", 0), ("c", 1)))
    assert first == again != other
    assert_same_weights(tmp_path / "a", tmp_path / "b")


@pytest.mark.parametrize("fresh", [True, False])
def test_a_run_that_goes_on_ends_like_one_that_was_not_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fresh: bool
) -> None:
    settings: dict[str, Any] = {"fresh": fresh, "schedule": "cosine", "epochs": 4}
    expected = teach(tmp_path / "whole", **settings)
    draw, calls = TransformerTrainer.draw_batch, []

    def stop(self: TransformerTrainer, generator: np.random.Generator, count: int) -> Any:
        calls.append(count)
        if len(calls) == 11:
            raise KeyboardInterrupt
        return draw(self, generator, count)

    if fresh:
        monkeypatch.setattr(TransformerTrainer, "draw_batch", stop)
        with pytest.raises((KeyboardInterrupt, SystemExit)):
            teach(tmp_path / "stopped", **settings)
        monkeypatch.undo()
        assert not (tmp_path / "stopped" / "weights.safetensors").exists()
    else:
        teach(tmp_path / "stopped", **settings)
        (tmp_path / "stopped" / "checkpoints" / "epoch=000003.ckpt").write_bytes(b"cut short")
    assert teach(tmp_path / "stopped", resume=True, **settings) == expected
    assert_same_weights(tmp_path / "stopped", tmp_path / "whole")


def test_a_run_without_checkpoints_learns_the_same(tmp_path: Path) -> None:
    expected = teach(tmp_path / "with", epochs=2)
    trainer, run = make_run(tmp_path / "without", epochs=2)
    assert train(trainer, run, CPU, checkpoints=False) == expected
    assert not run.checkpoints.exists()
    assert_same_weights(tmp_path / "without", tmp_path / "with")


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="kills a process the POSIX way")
def test_a_killed_run_goes_on(tmp_path: Path) -> None:
    settings: dict[str, Any] = {"epochs": 30}
    arguments = ["train", "transformer", "-o", "run", "--accelerator", "cpu", "--quiet"]
    for name, value in {**TINY, **settings}.items():
        arguments += ["--set", f"{name}={value}"]
    code = "import sys; from corpuscle.cli.main import main; main(sys.argv[1:])"
    process = subprocess.Popen([sys.executable, "-c", code, *arguments], cwd=tmp_path)
    checkpoints = tmp_path / "run" / "checkpoints"
    until = time.monotonic() + 60
    while not list(checkpoints.glob("*.ckpt")):
        assert time.monotonic() < until
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "run" / "weights.safetensors").exists()
    history = teach(tmp_path / "run", resume=True, **settings)
    assert [row.epoch for row in history] == list(range(30))
    assert teach(tmp_path / "whole", **settings) == history
    assert_same_weights(tmp_path / "run", tmp_path / "whole")


def test_training_stops_early_and_keeps_the_best(tmp_path: Path) -> None:
    history = teach(tmp_path, epochs=40, patience=2, learning_rate=0.1)
    assert len(history) < 40
    losses = [row.validation_loss for row in history]
    trainer, _ = make_run(tmp_path)
    net = trainer.build_net()
    from corpuscle.nets.weights import load_weights
    from corpuscle.training.drawn import Drawn

    load_weights(net, tmp_path / "weights.safetensors")
    held = Drawn(trainer, 0, epoch=0, stream="validation", count=1, examples=trainer.validation)[0]
    assert trainer.measure_validation(net, held).item() == pytest.approx(min(losses), rel=1e-4)


def test_a_run_says_what_it_is(tmp_path: Path) -> None:
    teach(tmp_path / "run", seed=3)
    trainer, run = make_run(tmp_path / "run", seed=3)
    assert read_run(tmp_path / "run") == run
    card = Transformer(weights=str(tmp_path / "run")).read_domain()
    assert card.particles == (2, 2)
    assert (tmp_path / "run" / "history.csv").read_text().startswith("epoch,step,training_loss,validation_loss")
    assert list((tmp_path / "run" / "logs").rglob("events*"))
    assert trainer.describe_net()["frames"] == 6


def test_three_particles_have_weights_of_their_own(tmp_path: Path) -> None:
    teach(tmp_path / "run", particles=3, epochs=1, start="separated")
    linker = Transformer(weights=str(tmp_path / "run"))
    three, two = (
        WORLDS["brownian"](particles=count, frames=6).simulate(np.random.default_rng(0)).detections for count in (3, 2)
    )
    assert len(run_linker("run", linker, three).links) == 15
    with pytest.raises(ValueError, match="it is made for 3 detections a frame, and here are 2; weights for other"):
        run_linker("run", linker, two)
    with pytest.raises(ValueError, match=r"are for 3 particles in 2-D, and this scene has 2 in 2-D"):
        linker.link(two)


MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown setting": ({"epoch": 3}, "TransformerTrainer has no setting 'epoch'; there are: epochs"),
    "frames": ({"least_frames": 9}, r"least_frames is at most frames \(6\), not 9"),
    "noise": ({"least_measurement_noise": 2.0}, r"least_measurement_noise is at most measurement_noise \(1\), not 2"),
    "an order given away": ({"loss": "permutation"}, "loss=permutation needs feedback=own"),
    "a loss": ({"loss": "l1"}, "loss: expected one of mse, permutation, not 'l1'"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_setting_that_does_not_fit(name: str) -> None:
    settings, message = MISTAKES[name]
    with pytest.raises(ValueError, match=message):
        build_method(TransformerTrainer, {**TINY, **settings})


def test_another_run_stands_in_the_folder(tmp_path: Path) -> None:
    teach(tmp_path / "run", epochs=1)
    with pytest.raises(ValueError, match="has a training run already; go on with it: --resume"):
        teach(tmp_path / "run", epochs=1)
    with pytest.raises(ValueError, match="was begun with epochs=1, not 2: --resume goes on with the same settings"):
        teach(tmp_path / "run", epochs=2, resume=True)
    with pytest.raises(ValueError, match="exists and is no training run"):
        teach(tmp_path, epochs=1)
    with pytest.raises(ValueError, match=r"expected the folder of a training run, but it has no settings\.json"):
        read_run(tmp_path)
    (tmp_path / "run" / "settings.json").write_text("{")
    with pytest.raises(ValueError, match="expected the settings of a training run, found something else"):
        read_run(tmp_path / "run")


def test_where_to_train(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    assert make_machine("auto", devices=1, nodes=1).choose() == CPU
    with pytest.raises(ValueError, match="1 GPU asked for, and torch finds 0 here: say --accelerator cpu, or auto"):
        make_machine("gpu", devices=1, nodes=1).choose()
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    for name in RANKS_AND_PLACES:
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(
        ValueError, match=r"3 nodes asked for, but this process was started alone: .* with srun, or torch"
    ):
        make_machine("auto", devices=2, nodes=3).choose()
    monkeypatch.setenv("SLURM_PROCID", "0")
    assert str(make_machine("auto", devices=2, nodes=3).choose()) == "gpu (2 a node, 3 nodes)"
    with pytest.raises(ValueError, match="no accelerator 'tpu'; there are auto, cpu, gpu"):
        make_machine("tpu", devices=1, nodes=1)
    with pytest.raises(ValueError, match="devices and nodes are numbers from 1, not 0 and 1"):
        make_machine("cpu", devices=0, nodes=1).choose()


@pytest.mark.parametrize(
    ("given", "first"),
    [
        ({}, True),
        ({"LOCAL_RANK": "1"}, False),
        ({"NODE_RANK": "1"}, False),
        ({"NODE_RANK": "1", "LOCAL_RANK": "0"}, False),
        ({"NODE_RANK": "0", "LOCAL_RANK": "1"}, False),
        ({"RANK": "2", "LOCAL_RANK": "0"}, False),
        ({"RANK": "0", "LOCAL_RANK": "0"}, True),
        ({"SLURM_PROCID": "3"}, False),
    ],
)
def test_only_the_first_process_speaks(given: dict[str, str], first: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in RANKS_AND_PLACES:
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert is_first_process() is first


def test_a_small_net_is_trained_on_one_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    seen, measure = set(), TransformerTrainer.measure_loss

    def watch(self: TransformerTrainer, net: Any, batch: Any) -> Any:
        seen.add(torch.get_num_threads())
        return measure(self, net, batch)

    monkeypatch.setattr(TransformerTrainer, "measure_loss", watch)
    teach(tmp_path / "run", epochs=1)
    assert seen == {1}


def test_weights_and_biases_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corpuscle.training.loop.find_spec", lambda _: None)
    trainer, run = make_run(tmp_path / "run")
    with pytest.raises(ImportError, match="--wandb needs Weights & Biases: pip install wandb"):
        train(trainer, run, CPU, wandb=True)
    assert not run.folder.exists()


def test_lightning_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import corpuscle.training.lesson  # so that there is something to take away

    monkeypatch.delattr(corpuscle.training, "lesson")
    monkeypatch.setitem(sys.modules, "corpuscle.training.lesson", None)
    trainer, run = make_run(tmp_path / "run")
    with pytest.raises(ImportError, match=r"pip install 'corpuscle\[train\]'"):
        train(trainer, run, CPU)
