"""`corpuscle train`, `tune` and `cost` of nets that read images, as a user types them."""

import csv
import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch

from corpuscle.cli.main import MISTAKE, run
from corpuscle.identification.learned.judge import NetJudge
from corpuscle.identification.nets import find_shape
from corpuscle.io.images.store import open_images
from corpuscle.training.counting import count_operations
from tests.stored import draw_bars, store_images

TINY = ["patch=4", "width=16", "depth=1", "heads=2", "hidden=8", "epochs=2", "batch=32"]
SET = [part for text in TINY for part in ("--set", text)]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store_images(Path("store"), draw_bars())


def test_train_judge_and_cost(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["train", "vit", "store", "-o", "run", "--accelerator", "cpu", *SET]) == 0
    told = capsys.readouterr().err
    assert re.search(r"2 epochs, 6 steps, validation loss [\d.]+, accuracy [\d.]+, AUC [\d.]+ -> run/weights", told)
    assert "corpuscle identify STORE -o labels.parquet --method run" in " ".join(told.split())
    assert len(NetJudge(weights="run").identify(open_images("store").images.pixels)) == 96
    before = Path("run/weights.safetensors").read_bytes()
    assert run(["train", "vit", "store", "-o", "run", "--accelerator", "cpu", *SET, "--resume"]) == 0
    assert Path("run/weights.safetensors").read_bytes() == before
    capsys.readouterr()
    assert run(["cost", "run", "--batch", "4", "--json", "-", "--profile", "profile.txt"]) == 0
    values = json.loads(capsys.readouterr().out)
    named = [part for text in [*TINY[:5], "size=8", "channels=1"] for part in ("--set", text)]
    assert run(["cost", "vit", *named, "--json", "-"]) == 0
    other = json.loads(capsys.readouterr().out)
    assert [values[name] for name in ("parameters", "multiply_adds")] == [
        other[name] for name in ("parameters", "multiply_adds")
    ]
    assert "aten::addmm" in Path("profile.txt").read_text()


def test_an_ensemble(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["train", "vit", "store", "-o", "run", "--accelerator", "cpu", "--ensemble", "2", *SET]) == 0
    told = " ".join(capsys.readouterr().err.split())
    assert re.search("the last of 2 nets: .* -> run losses: run/member-.*/learning_curve.png", told), told
    assert run(["cost", "run/member-0", "--json", "-"]) == 0
    one = json.loads(capsys.readouterr().out)
    assert run(["cost", "run", "--json", "-"]) == 0
    assert json.loads(capsys.readouterr().out)["parameters"] == 2 * one["parameters"]


@pytest.mark.slow
def test_tune_stops_goes_on_and_says_how_to_train(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("optuna", reason="Optuna is not installed: pip install 'corpuscle[tune]'")
    fixed = [part for text in ("patch=4", "epochs=1", "batch=32", "dropout=0") for part in ("--set", text)]
    search = ["tune", "vit", "store", "-o", "tuned", "--accelerator", "cpu", "--budget", "150000", *fixed]
    assert run([*search, "--trials", "2"]) == 0
    capsys.readouterr()
    assert run([*search, "--trials", "4"]) == MISTAKE
    assert "tuned has a search already; go on with it, or share it: --resume" in capsys.readouterr().err
    assert run([*search, "--trials", "3", "--resume"]) == 0
    printed = capsys.readouterr()
    with Path("tuned/trials.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert sum(bool(row["validation_loss"]) for row in rows) == 3
    assert {row["state"] for row in rows} <= {"complete", "pruned"}
    assert any("above the budget of 150,000" in row["reason"] for row in rows)
    assert "dropout" not in rows[0]
    assert Path("tuned/trials.png").stat().st_size > 0
    best = min((row for row in rows if row["state"] == "complete"), key=lambda row: float(row["validation_loss"]))
    command = printed.out.split()
    assert command[:6] == ["corpuscle", "train", "vit", "store", "-o", "RUN"]
    assert f"depth={best['depth']}" in command
    assert run([*command[1:], "--accelerator", "cpu"]) == 0
    assert run([*search, "--trials", "3", "--resume", "--set", "share=0.5"]) == MISTAKE
    assert "tuned was begun with settings" in capsys.readouterr().err


def test_operations_are_counted_with_attention() -> None:
    shape = find_shape("vit", {"size": 8, "patch": 4})
    net = shape.build().eval()
    assert count_operations(lambda: net(torch.zeros(3, 2, 8, 8))) == 3 * shape.count().multiply_adds


@pytest.mark.parametrize("method", ["corrector", "trackformer", "karimaki"])
def test_cost_of_fitters(method: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["cost", method, "--tracks", "20", "--json", "-"]) == 0
    values = json.loads(capsys.readouterr().out)
    assert values["latency"] > 0
    assert (values["parameters"] > 0) == (values["multiply_adds"] is not None) == (method != "karimaki")


MISTAKES = {
    "no store": (["train", "vit", "-o", "run"], "vit learns from images: corpuscle train vit STORE -o RUN"),
    "no such store": (["train", "vit", "nowhere", "-o", "run"], "nowhere"),
    "patch": (
        ["train", "vit", "store", "-o", "run", "--set", "patch=3"],
        "3 does not divide 8: set patch to one of 1, 2, 4, 8",
    ),
    "channels": (["train", "cnn", "store", "-o", "run"], "too small for 4 convolutions"),
    "ensemble": (["train", "lap", "-o", "run", "--ensemble", "2"], "no method to train 'lap'"),
    "tracks": (["cost", "vit", "--tracks", "2"], "vit is a net that reads images, which has no tracks here"),
    "profile": (["cost", "lap", "--profile", "p.txt"], "a profile is of a net that reads images, and lap is none"),
    "accelerator": (["cost", "vit", "--accelerator", "tpu"], "no accelerator 'tpu' to measure on; there are cpu, gpu"),
    "tune": (["tune", "lap", "store", "-o", "tuned"], "no net 'lap'; there are vit"),
    "nothing": (
        ["tune", "cnn", "store", "-o", "tuned", "--set", "learning_rate=1", "--set", "weight_decay=0"],
        "nothing is left to search for cnn",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    if name == "nothing":
        pytest.importorskip("optuna", reason="Optuna is not installed: pip install 'corpuscle[tune]'")
    arguments, message = MISTAKES[name]
    assert run(arguments) == MISTAKE
    told = " ".join(capsys.readouterr().err.split())
    assert re.search(message, told), told
    assert sorted(path.name for path in Path.cwd().iterdir()) == ["store"]


def test_zero_layers_are_the_control() -> None:
    settings = [*SET[:4], "--set", "depth=0", *SET[10:]]
    assert run(["train", "vit", "store", "-o", "run", "--accelerator", "cpu", *settings]) == 0
    assert np.isfinite(NetJudge(weights="run").identify(open_images("store").images.pixels).probability).all()


@pytest.mark.parametrize("method", ["cnn", "logistic"])
def test_images_of_one_class_teach_nothing(method: str, capsys: pytest.CaptureFixture[str]) -> None:
    images = draw_bars()
    store_images(Path("one"), images.choose(np.flatnonzero(images.label == 1)))
    assert run(["train", method, "one", "-o", "run"]) == MISTAKE
    assert re.search(
        "one: (all .* images of training are|of .* images of training none is) of the class", capsys.readouterr().err
    )
    assert not Path("run").exists()
