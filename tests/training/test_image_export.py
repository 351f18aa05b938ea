"""A trained net leaves the package as three files that say what it says, or not at all."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corpuscle.api.export import export
from corpuscle.cli.main import run as run_command
from corpuscle.identification.learned.judge import NetJudge
from corpuscle.io.checksums import describe_file
from corpuscle.io.images.store import ImageStore, open_images
from corpuscle.training import eight_bits, image_export, judged
from corpuscle.training.image_net import make_image_trainer
from corpuscle.training.loop import train
from corpuscle.training.machine import Machine
from corpuscle.training.run import Run
from tests.stored import draw_bars, store_images

pytest.importorskip("onnxruntime", reason="needs pip install 'corpuscle[export]'")
pytest.importorskip("onnxscript", reason="needs pip install 'corpuscle[export]'")

pytestmark = pytest.mark.slow  # torch's exporter takes ten seconds to load

NETS: dict[str, dict[str, Any]] = {
    "cnn": {"filters": (8, 16), "halved": (1,), "head": (64,), "scale": "log", "epochs": 4},
    "vit": {"patch": 4, "width": 48, "depth": 1, "heads": 2, "hidden": 96, "epochs": 4, "crop": 8, "scale": "none"},
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> ImageStore:
    return store_images(tmp_path_factory.mktemp("images") / "store", draw_bars(400, size=12, channels=2))


def teach(store: ImageStore, folder: Path, method: str, **settings: Any) -> Path:
    trainer = make_image_trainer(method, {"data": str(store.folder), "batch": 16, "learning_rate": 3e-3, **settings})
    run = Run(folder=folder, method=method, settings=trainer.gather_settings(), seed=0)
    train(trainer, run, Machine(accelerator="cpu"))
    return folder


@pytest.fixture(scope="module")
def runs(store: ImageStore, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("runs")
    return {name: teach(store, folder / name, name, **settings) for name, settings in NETS.items()}


@pytest.fixture(scope="module")
def exported(runs: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exported")
    export(str(runs["cnn"]), folder / "model.onnx")
    return folder


def open_graph(path: Path) -> Any:
    return judged.open_session(path)


def test_a_graph_takes_raw_pixels_and_says_what_the_net_says(
    exported: Path, runs: dict[str, Path], store: ImageStore
) -> None:
    session = open_graph(exported / "model.onnx")
    expected = NetJudge(weights=str(runs["cnn"])).identify(store.images.pixels).probability
    for count in (1, 5, 64):
        found = judged.judge(session, store.images.densify(np.arange(count)))
        np.testing.assert_allclose(found, expected[:count], atol=1e-5)
    # the order of the classes is that of the card, and the net has learned something
    card = json.loads((exported / "preprocess.json").read_text())
    assert card["output"]["classes"] == list(store.layout.names)
    said = judged.judge(session, store.images.densify()).argmax(axis=1)
    assert (said == store.images.label).mean() > 0.8


def test_the_description_says_all_that_a_user_needs(exported: Path, runs: dict[str, Path], store: ImageStore) -> None:
    import onnx

    card = json.loads((exported / "preprocess.json").read_text())
    assert card["input"]["shape"] == ["batch", 2, 12, 12]
    assert card["input"]["channels"] == list(store.layout.channels)
    assert (card["input"]["kind"], card["inside"]["scale"]) == ("toy", "log")
    assert card["model"] == {
        "file": "model.onnx", **describe_file(exported / "model.onnx"),
        "opset": image_export.OPSET, "ir": image_export.IR,
    }  # fmt: skip
    assert card["checked"]["largest_difference"] < 1e-4
    assert card["training"]["run"] == "cnn"
    assert card["training"]["settings"]["data"] == "store"  # no path of this machine
    assert str(store.folder) not in (exported / "preprocess.json").read_text()
    model = onnx.load(exported / "model.onnx")
    assert ([(one.domain, one.version) for one in model.opset_import], model.ir_version) == ([("", 18)], 8)
    assert model.graph.input[0].type.tensor_type.shape.dim[0].dim_param == "batch"
    assert not any(node.metadata_props or node.doc_string for node in model.graph.node)
    assert card["examples"][-1]["index"] == []


RUNNER = """
import runpy, sys
sys.argv = ["run_model.py", *{arguments!r}]
try:
    runpy.run_path({path!r}, run_name="__main__")
finally:
    assert "numpy" in sys.modules and "onnxruntime" in sys.modules
    loaded = {{"torch", "corpuscle", "onnx", "scipy", "sklearn", "numba"}} & set(sys.modules)
    assert not loaded, loaded
"""


def run_alone(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the exported runner in a process of its own, which knows nothing of this package."""
    code = RUNNER.format(arguments=list(arguments), path=str(folder / "run_model.py"))
    away = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=away, capture_output=True, text=True, check=False
    )


def test_the_runner_needs_numpy_and_onnxruntime_alone(
    exported: Path, runs: dict[str, Path], store: ImageStore, tmp_path: Path
) -> None:
    for name in ("model.onnx", "preprocess.json", "run_model.py"):
        shutil.copy(exported / name, tmp_path)
    done = run_alone(tmp_path, "--check")
    assert done.returncode == 0, done.stderr
    assert "4 examples, largest difference" in done.stdout
    np.save(tmp_path / "images.npy", store.images.densify(np.arange(300)).astype(np.float64))
    done = run_alone(tmp_path, "images.npy", "-o", "said.csv")
    assert done.returncode == 0, done.stderr
    table = np.genfromtxt(tmp_path / "said.csv", delimiter=",", names=True)
    assert table.dtype.names == ("row", "probability_c0", "probability_c1")
    expected = NetJudge(weights=str(runs["cnn"])).identify(store.images.pixels).probability
    np.testing.assert_allclose(table["probability_c1"], expected[:300, 1], atol=1e-5)
    np.save(tmp_path / "images.npy", np.zeros((2, 1, 12, 12)))
    assert (
        "expected images of (2, 12, 12) (channel, y, x), found (1, 12, 12)" in run_alone(tmp_path, "images.npy").stderr
    )
    np.save(tmp_path / "images.npy", np.full((2, 2, 12, 12), np.nan))
    assert "expected finite numbers, found others in image 0" in run_alone(tmp_path, "images.npy").stderr
    with (tmp_path / "model.onnx").open("ab") as file:
        file.write(b"\0")
    assert "expected the file that" in run_alone(tmp_path, "--check").stderr


def test_the_command_tells_what_was_written(
    runs: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["export", str(runs["vit"]), "-o", str(tmp_path / "vit.onnx"), "--int8"]) == 0
    said = capsys.readouterr().err.replace("\n", " ")
    assert "ONNX Runtime and torch differ by at most" in said
    assert "dynamic int8 (taken):" in said
    assert "static int8:" in said
    card = json.loads((tmp_path / "preprocess.json").read_text())
    eight = card["quantization"]
    assert eight["how"] == "dynamic"
    assert eight["after"]["bytes"] == (tmp_path / "vit.onnx").stat().st_size < eight["before"]["bytes"]
    assert eight["before"]["auc"] - eight["after"]["auc"] <= 0.01
    assert sorted(path.name for path in tmp_path.iterdir()) == ["preprocess.json", "run_model.py", "vit.onnx"]
    assert run_command(["export", str(runs["vit"]), "-o", str(tmp_path / "other.onnx")]) == 2
    assert "preprocess.json exists" in capsys.readouterr().err


def test_convolutions_in_eight_bits_are_calibrated(runs: dict[str, Path], tmp_path: Path) -> None:
    told = export(str(runs["cnn"]), tmp_path / "cnn.onnx", int8=True)
    assert any(line.startswith("static int8 (taken)") for line in told)
    import onnx

    kinds = {node.op_type for node in onnx.load(tmp_path / "cnn.onnx").graph.node}
    assert {"QuantizeLinear", "DequantizeLinear", "Conv"} <= kinds


def test_without_its_images_a_net_is_checked_on_drawn_ones(
    runs: dict[str, Path], store: ImageStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(runs["cnn"], tmp_path / "run")
    settings = json.loads((tmp_path / "run" / "settings.json").read_text())
    settings["settings"]["data"] = "nowhere"
    (tmp_path / "run" / "settings.json").write_text(json.dumps(settings))
    with pytest.raises(ValueError, match=r"those of .* are gone: --data STORE"):
        export(str(tmp_path / "run"), tmp_path / "model.onnx", int8=True)
    told = export(str(tmp_path / "run"), tmp_path / "model.onnx")
    assert "on images drawn by chance" in told[1]
    other = store_images(tmp_path / "other", draw_bars(20, size=8))
    with pytest.raises(ValueError, match=r"expected images like those of the training, \(\(2, 12, 12\)"):
        export(str(tmp_path / "run"), tmp_path / "again.onnx", data=other.folder, force=True)


def test_a_graph_that_says_something_else_is_not_written(
    runs: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = judged.judge
    monkeypatch.setattr(judged, "judge", lambda session, images: whole(session, images) + 2e-4)
    with pytest.raises(ValueError, match=r"the graph differs from the net by 0.0002 .* 1 images at once"):
        export(str(runs["cnn"]), tmp_path / "model.onnx")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("name", "value"), [("LOSS", -1.0), ("LARGE", 1)])
def test_eight_bits_that_lose_too_much_or_save_too_little_are_not_written(
    name: str, value: float, runs: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(eight_bits, name, value)
    with pytest.raises(ValueError, match=r"eight bits are to lose .* but .*static: AUC .*: nothing is written"):
        export(str(runs["cnn"]), tmp_path / "model.onnx", int8=True)
    assert not list(tmp_path.iterdir())


def test_a_graph_is_named_as_what_it_is(runs: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"model\.txt: expected a name that ends in \.onnx"):
        export(str(runs["cnn"]), tmp_path / "model.txt")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("method", ["simple-vit", "deep-vit", "scalable-vit", "cct", "jet-cnn"])
def test_every_kind_of_net_is_exported(method: str, tmp_path: Path) -> None:
    size = 36 if method == "jet-cnn" else 32
    store = store_images(tmp_path / "store", draw_bars(60, size=size, channels=3, classes=3))
    teach(store, tmp_path / "run", method, epochs=1)
    (tmp_path / "out").mkdir()
    told = export(str(tmp_path / "run"), tmp_path / "out" / "model.onnx")
    assert "differ by at most" in told[1]
    assert run_alone(tmp_path / "out", "--check").returncode == 0
    assert open_images(store.folder).layout.names == ("c0", "c1", "c2")


def test_a_large_net_is_three_times_smaller(store: ImageStore, tmp_path: Path) -> None:
    teach(store, tmp_path / "run", "vit", patch=4, width=96, depth=3, heads=4, hidden=192, epochs=3)
    told = export(str(tmp_path / "run"), tmp_path / "model.onnx", int8=True)
    card = json.loads((tmp_path / "preprocess.json").read_text())
    assert card["net"]["parameters"] > 100_000
    assert card["quantization"]["before"]["bytes"] >= 3 * card["quantization"]["after"]["bytes"]
    assert any("times smaller" in line for line in told)


def test_an_ensemble_is_one_graph(runs: dict[str, Path], store: ImageStore, tmp_path: Path) -> None:
    first, second = runs["cnn"], teach(store, tmp_path / "second", "cnn", **(NETS["cnn"] | {"epochs": 1}))
    ensemble = tmp_path / "ensemble"
    for number, folder in enumerate((first, second)):
        shutil.copytree(folder, ensemble / f"member-{number}")
    settings = json.loads((first / "settings.json").read_text())
    settings["settings"]["ensemble"] = 2
    (ensemble / "settings.json").write_text(json.dumps(settings))
    export(str(ensemble), tmp_path / "model.onnx")
    found = judged.judge(judged.open_session(tmp_path / "model.onnx"), store.images.densify())
    members = [NetJudge(weights=str(folder)).identify(store.images.pixels).probability for folder in (first, second)]
    np.testing.assert_allclose(found, np.mean(members, axis=0), atol=1e-5)
    assert json.loads((tmp_path / "preprocess.json").read_text())["net"]["members"] == 2


@pytest.mark.parametrize("method", ["boosted-trees", "logistic"])
def test_classical_methods_leave_with_their_features(method: str, store: ImageStore, tmp_path: Path) -> None:
    assert run_command(["train", method, str(store.folder), "-o", str(tmp_path / "run"), "-q"]) == 0
    (tmp_path / "out").mkdir()
    told = export(str(tmp_path / "run"), tmp_path / "out" / "model.onnx")
    assert "the graph takes features of images" in told[1]
    card = json.loads((tmp_path / "out" / "preprocess.json").read_text())
    assert len(card["input"]["features"]) == card["input"]["shape"][1]
    assert (card["input"]["image"], card["output"]["classes"]) == ([2, 12, 12], ["c0", "c1"])
    done = run_alone(tmp_path / "out", "--check")
    assert done.returncode == 0, done.stderr
    with pytest.raises(ValueError, match="--data and --int8 are for nets that name images"):
        export(str(tmp_path / "run"), tmp_path / "out" / "other.onnx", int8=True)
