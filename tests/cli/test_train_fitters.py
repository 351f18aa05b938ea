"""`corpuscle train` on shards and `corpuscle export`, as a user types them."""

from pathlib import Path

import numpy as np
import pytest

from corpuscle.cli.main import run
from corpuscle.io.shard_writer import write_shards
from corpuscle.simulation.helical import Helix

TINY = ["epochs=2", "batches=2", "experiments=16", "validation=16", "width=8", "heads=2", "hidden=8", "layers=1"]


@pytest.fixture(autouse=True)
def _in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    world = Helix(tracks=200, tracks_per_event=10)
    write_shards(Path("shards"), [world.simulate(np.random.default_rng(0))], world.apparatus)


def train(method: str, *more: str) -> int:
    settings = [part for text in TINY for part in ("--set", text)]
    return run(["train", method, "-o", "run", "--accelerator", "cpu", *settings, *more])


def test_train_on_shards_and_fit(capsys: pytest.CaptureFixture[str]) -> None:
    assert train("trackformer", "shards", "--set", "loss=quantile", "--set", "target=curvature") == 0
    assert "use it: corpuscle fit --method run" in capsys.readouterr().err
    simulate = ["simulate", "helix", "-o", "hits.parquet", "--truth", "particles.parquet", "--tracks", "20"]
    assert run(simulate) == 0
    assert run(["fit", "hits.parquet", "-o", "parameters.parquet", "--method", "run"]) == 0
    assert "20 tracks in 2 events, 20 valid" in capsys.readouterr().err


def test_going_on_with_other_shards_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert train("corrector", "shards") == 0
    assert train("corrector", "shards", "--resume") == 0
    capsys.readouterr()
    assert train("corrector", "--resume") == 2
    assert "run was begun with data=shards, not None" in capsys.readouterr().err


MISTAKES = {
    "no shards": (["train", "corrector", "nowhere", "-o", "run"], "nowhere"),
    "a world beside shards": (
        ["train", "corrector", "shards", "-o", "run", "--set", "field=3"],
        "field is for simulated tracks, and these come from shards: leave it out",
    ),
    "shards for a linker": (
        ["train", "transformer", "shards", "-o", "run"],
        "trained on sequences that it simulates (TransformerTrainer); leave shards out",
    ),
    "a fitter without a net": (["export", "gls", "-o", "gls.onnx"], "expected corrector, trackformer or the folder"),
    "a file that exists": (["export", "corrector", "-o", "shards"], "exists"),
    "weights that are none": (["export", "corrector", "-o", "c.onnx", "--weights", "endcap"], "there are barrel"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments, message = MISTAKES[name]
    before = sorted(Path.cwd().rglob("*"))
    assert run(arguments) == 2
    lines = [line for line in capsys.readouterr().err.strip().splitlines() if not line.startswith("training ")]
    assert len(lines) == 1
    assert message in lines[0]
    assert sorted(Path.cwd().rglob("*")) == before
