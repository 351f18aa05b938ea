"""`corpuscle train` and `corpuscle cost`, as a user types them."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from corpuscle.cli.main import run

TINY = ["frames=6", "epochs=2", "batches=2", "validation=2", "width=8", "heads=2", "hidden=8"]


@pytest.fixture(autouse=True)
def _in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def train(folder: str, *more: str) -> int:
    settings = [part for text in TINY for part in ("--set", text)]
    return run(["train", "transformer", "-o", folder, "--accelerator", "cpu", *settings, *more])


def refuse(arguments: list[str], pattern: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Expect exit code 2, one line that matches, and no new file."""
    before = sorted(Path.cwd().rglob("*"))
    assert run(arguments) == 2
    lines = [line for line in capsys.readouterr().err.strip().splitlines() if not line.startswith("training ")]
    assert len(lines) == 1
    assert re.search(pattern, lines[0]), lines[0]
    assert sorted(Path.cwd().rglob("*")) == before


def test_train_link_and_cost(capsys: pytest.CaptureFixture[str]) -> None:
    assert train("run", "--seed", "4") == 0
    told = capsys.readouterr().err
    assert "training transformer on cpu (1 a node, 1 node)" in told
    assert "2 epochs, 4 steps, validation loss" in told
    made = {path.name for path in Path("run").iterdir()}
    assert made == {"checkpoints", "history.csv", "learning_curve.png", "logs", "settings.json", "weights.safetensors"}
    assert json.loads(Path("run/settings.json").read_text())["seed"] == 4
    assert run(["simulate", "brownian", "-o", "d.csv", "--truth", "t.csv", "--particles", "2", "--frames", "6"]) == 0
    assert run(["link", "d.csv", "-o", "tracks.csv", "--method", "run"]) == 0
    assert "10 links, 2 tracks" in capsys.readouterr().err
    assert run(["cost", "run", "--frames", "6", "--json", "-"]) == 0
    values = json.loads(capsys.readouterr().out)
    assert values["parameters"] > 0
    assert values["multiply_adds"] > 0
    assert values["latency"] > 0
    assert values["method"] == "run"


def test_resume_says_the_same_again(capsys: pytest.CaptureFixture[str]) -> None:
    assert train("run", "--resume") == 0
    weights = Path("run/weights.safetensors").read_bytes()
    assert train("run", "--resume") == 0
    assert Path("run/weights.safetensors").read_bytes() == weights
    capsys.readouterr()
    refuse(["train", "transformer", "-o", "run"], "run has a training run already; go on with it: --resume", capsys)


def test_cost_of_a_method_that_learned_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["cost", "nearest", "--frames", "10", "--json", "cost.json"]) == 0
    assert "parameters" in capsys.readouterr().out
    values = json.loads(Path("cost.json").read_text())
    assert values["parameters"] == 0
    assert values["particles"] == 2
    refuse(["cost", "nearest", "--json", "cost.json"], r"cost\.json exists", capsys)


MISTAKES = {
    "no such method": (
        ["train", "mht", "-o", "run"],
        r"no method to train 'mht'; there are transformer, hybrid-transformer, attention-bayesian",
    ),
    "no folder": (["train", "transformer"], r"--output"),
    "data": (
        ["train", "transformer", "d.csv", "-o", "run"],
        r"trained on sequences that it simulates .* leave d\.csv out",
    ),
    "no such setting": (
        ["train", "transformer", "-o", "run", "--set", "depth=3"],
        r"has no setting 'depth'; there are:",
    ),
    "no such accelerator": (["train", "transformer", "-o", "run", "--accelerator", "tpu"], r"there are auto, cpu, gpu"),
    "a negative seed": (["train", "transformer", "-o", "run", "--seed", "-1"], r"whole number from 0, not -1"),
    "no such linker": (["cost", "nearby"], r"no linker, fitter or net 'nearby'; there are .*did you mean 'nearest'"),
    "outside the domain": (
        ["cost", "exact", "--particles", "3"],
        r"made for 2 detections a frame, and here are 3; `corpuscle methods link`",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments, pattern = MISTAKES[name]
    refuse(arguments, pattern, capsys)


def test_a_folder_without_a_run(capsys: pytest.CaptureFixture[str]) -> None:
    Path("empty").mkdir()
    refuse(["cost", "empty"], r"expected the folder of a training run, but it has no settings\.json", capsys)


def test_help_imports_neither_numpy_nor_torch() -> None:
    code = (
        "import sys; from corpuscle.cli.main import run; run(['--help']); run(['train', '--help']); "
        "run(['cost', '--help']); assert not {'numpy', 'torch', 'lightning'} & set(sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, capture_output=True).returncode == 0


def test_listing_methods_imports_no_torch() -> None:
    code = (
        "import sys; from corpuscle.cli.main import run; run(['methods', 'link']); "
        "assert not {'torch', 'lightning', 'safetensors'} & set(sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, capture_output=True).returncode == 0
