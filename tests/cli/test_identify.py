"""`corpuscle train`, `identify` and `score` of images, as a user types them; and what they refuse."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from corpuscle.cli.main import run
from corpuscle.io.images.store import open_images

pytest.importorskip("sklearn")
pytest.importorskip("onnxruntime")

TREES = ["--set", "iterations=10", "--set", "least=5"]


def simulate(folder: Path, *settings: str) -> None:
    more = [part for text in settings for part in ("--set", text)]
    assert run(["simulate", "templates", "-o", str(folder), "--events", "300", "--quiet", *more]) == 0


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a store, another one of other images, and a run."""
    folder = tmp_path_factory.mktemp("made")
    simulate(folder / "store", "size=8")
    simulate(folder / "wide", "size=9")
    assert run(["train", "boosted-trees", str(folder / "store"), "-o", str(folder / "run"), "-q", *TREES]) == 0
    return folder


@pytest.fixture(autouse=True)
def _in_folder(tmp_path: Path, made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("store", "wide", "run"):
        shutil.copytree(made / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)


def test_from_images_to_scores(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["train", "boosted-trees", "store", "-o", "mine", "--seed", "2", *TREES]) == 0
    said = capsys.readouterr().err
    assert "10 trees a score, features both, validation loss" in said
    assert "use it: corpuscle identify STORE -o labels.parquet --method mine" in said
    for name in ("settings.json", "weights.onnx", "history.csv", "learning_curve.png", "validation.json"):
        assert (Path("mine") / name).stat().st_size > 0
    assert json.loads(Path("mine/settings.json").read_text())["settings"]["features"] == "both"
    validation = json.loads(Path("mine/validation.json").read_text())
    assert f"AUC {validation['auc']:.4f}" in said
    assert run(["identify", "store", "-o", "labels.parquet", "--method", "mine", "--part", "test", "--batch", "7"]) == 0
    assert "store: 30 images of test, method boosted-trees -> labels.parquet" in capsys.readouterr().err
    assert run(["score", "labels.parquet", "--truth", "store", "--picture", "roc.png", "--json", "scores.json"]) == 0
    out, err = capsys.readouterr()
    assert re.search(r"auc +0\.\d{4} +0\.\d{4} to [01]\.\d{4}", out)
    assert "labels.parquet: 30 images" in err
    scores = json.loads(Path("scores.json").read_text())
    assert (scores["method"], scores["part"], scores["images"]) == ("boosted-trees", "test", 30)
    assert Path("roc.png").stat().st_size > 10_000


def test_scores_that_are_infinite_are_null_in_every_file() -> None:
    assert run(["train", "boosted-trees", "store", "-o", "r", "-q", *TREES]) == 0
    text = Path("r/validation.json").read_text()
    values = json.loads(text, parse_constant=pytest.fail)
    assert values["rejection_30_interval"][1] is None


def test_a_part_is_the_one_that_training_held_back() -> None:
    assert run(["identify", "store", "-o", "test.parquet", "--method", "run", "--part", "test", "-q"]) == 0
    assert run(["identify", "store", "-o", "all.parquet", "--method", "run", "-q", "--json", "done.json"]) == 0
    part, whole = pq.read_table("test.parquet"), pq.read_table("all.parquet")
    np.testing.assert_array_equal(part["row"], open_images("store").split(0)[2])
    assert whole.take(part["row"])["probability_wide"].equals(part["probability_wide"])
    done = json.loads(Path("done.json").read_text())
    assert (done["images"], done["of_training"]) == (300, 240)


def test_a_part_is_known_of_perturbed_images_too() -> None:
    assert run(["perturb", "store", "-o", "noisy", "--with", "noise", "-q"]) == 0
    assert run(["perturb", "noisy", "-o", "worse", "--with", "mask", "--set", "side=2", "-q"]) == 0
    assert run(["train", "logistic", "noisy", "-o", "r", "-q"]) == 0
    for store, method in (("noisy", "run"), ("worse", "run"), ("store", "r")):
        file = f"{store}.parquet"
        assert run(["identify", store, "-o", file, "--method", method, "--part", "test", "-q"]) == 0
        np.testing.assert_array_equal(pq.read_table(file)["row"], open_images("store").split(0)[2])


def test_the_same_run_gives_the_same_bytes() -> None:
    for name in ("a", "b"):
        assert run(["train", "boosted-trees", "store", "-o", name, "-q", *TREES]) == 0
        assert run(["identify", "store", "-o", f"{name}.csv", "--method", name, "-q"]) == 0
    assert Path("a/weights.onnx").read_bytes() == Path("b/weights.onnx").read_bytes()
    assert Path("a.csv").read_bytes() == Path("b.csv").read_bytes()
    assert run(["train", "boosted-trees", "store", "-o", "a", "-q", "--resume", *TREES]) == 0
    assert Path("a/weights.onnx").read_bytes() == Path("b/weights.onnx").read_bytes()


def test_labels_of_many_classes_are_scored(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["convert", "scikit-learn", "-o", "digits", "--from", "digits", "-q"]) == 0
    capsys.readouterr()
    assert run(["train", "logistic", "digits", "-o", "lines", "--set", "features=pixels", "-q"]) == 0
    assert run(["identify", "digits", "-o", "labels.tsv.gz", "--method", "lines", "--part", "test", "-q"]) == 0
    assert run(["score", "labels.tsv.gz", "--truth", "digits", "--picture", "roc.svg"]) == 0
    out, err = capsys.readouterr()
    assert "AUC: the mean of one against the rest" in err
    assert len(re.findall(r"^\d +\d+ +[01]\.\d{4}", out, re.MULTILINE)) == 10


@pytest.mark.parametrize("method", ["boosted-trees", "logistic"])
def test_what_trees_and_lines_cost(method: str, capsys: pytest.CaptureFixture[str]) -> None:
    more = TREES if method == "boosted-trees" else []
    assert run(["train", method, "store", "-o", "r", "-q", *more]) == 0
    assert run(["cost", "r", "--batch", "3", "--json", "-"]) == 0
    cost = json.loads(capsys.readouterr().out)
    assert (cost["numbers"], cost["batch"], cost["channels"], cost["size"]) == (23 + 64, 3, 1, 8)
    assert cost["file"] == Path("r/weights.onnx").stat().st_size
    assert 0 < cost["measuring"] < cost["latency"]
    if method == "logistic":
        assert (cost["parameters"], cost["multiply_adds"], cost["comparisons"]) == (88, 87, 0)
        return
    most = 10 * 14  # trees of 15 leaves ask 14 questions, each once; a balanced one 4 one after another
    assert 10 * 4 <= cost["comparisons"] <= most
    assert cost["parameters"] == 10 * (14 + 15) + 1
    shutil.rmtree("store")
    assert run(["cost", "r"]) == 0
    assert "of a number with a threshold, an image, at most" in capsys.readouterr().out


MISTAKES = {
    "the cost of a name": (["cost", "logistic"], "logistic costs what it has learned: name the folder of a run"),
    "a setting of a run's cost": (["cost", "run", "--set", "leaves=3"], "run was trained with settings of its own"),
    "a GPU for trees": (["cost", "run", "--accelerator", "gpu"], "run is a classical identifier, which has no accel"),
    "no such store": (["identify", "nowhere", "-o", "l.csv", "--method", "run"], "nowhere"),
    "no such method": (["identify", "store", "-o", "l.csv", "--method", "tress"], "no identifier 'tress'"),
    "no weights": (["identify", "store", "-o", "l.csv", "--method", "logistic"], "learned nothing by itself"),
    "a folder without a run": (["identify", "store", "-o", "l.csv", "--method", "store"], "no settings.json"),
    "another shape": (["identify", "wide", "-o", "l.csv", "--method", "run"], "from images of 1 x 8 x 8 .* 1 x 9 x 9"),
    "another store's part": (
        ["identify", "wide", "-o", "l.csv", "--method", "run", "--part", "test"],
        "part=test is of .*store, which run was trained on; wide is another store",
    ),
    "no such part": (
        ["identify", "store", "-o", "l.csv", "--method", "run", "--part", "half"],
        "no part 'half'",
    ),
    "no batch": (["identify", "store", "-o", "l.csv", "--method", "run", "--batch", "0"], "batch"),
    "an unknown setting": (
        ["identify", "store", "-o", "l.csv", "--method", "run", "--set", "gate=1"],
        "boosted-trees has no setting 'gate'",
    ),
    "an ending": (
        ["identify", "store", "-o", "l.xml", "--method", "run"],
        "^corpuscle: l.xml: expected a table that ends",
    ),
    "no such run": (["identify", "store", "-o", "l.csv", "--method", "runs/a"], "there is no folder runs/a"),
    "no such run to export": (["export", "runs/a", "-o", "l.csv"], "there is no folder runs/a"),
    "no such run to measure": (["cost", "runs/a"], "there is no folder runs/a"),
    "a file that exists": (["identify", "store", "-o", "store/card.png", "--method", "run"], "card.png"),
    "nothing to learn from": (["train", "logistic", "-o", "r"], "corpuscle train logistic STORE -o RUN"),
    "no images": (["train", "logistic", "run", "-o", "r"], "run"),
    "a run's folder": (["train", "logistic", "store", "-o", "run"], "run has a training run already"),
    "another folder": (["train", "logistic", "store", "-o", "store"], "store exists and is no training run"),
    "a wrong setting": (["train", "logistic", "store", "-o", "r", "--set", "penalty=0"], "penalty.*above 0"),
    "an unknown feature": (["train", "logistic", "store", "-o", "r", "--set", "features=all"], "auto, shapes, pixels"),
    "a GPU": (["train", "logistic", "store", "-o", "r", "--accelerator", "gpu"], "leave --accelerator out"),
    "a negative seed": (["train", "logistic", "store", "-o", "r", "--seed", "-1"], "seed"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_mistakes_of_training_and_judging(case: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments, message = MISTAKES[case]
    assert run(arguments) == 2
    said = capsys.readouterr().err
    assert re.search(message, said), said
    assert said.count("\n") == 1
    assert not Path("l.csv").exists()
    assert not Path("r").exists()


def test_a_run_of_something_else_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    settings = json.loads(Path("run/settings.json").read_text())
    Path("run/settings.json").write_text(json.dumps({**settings, "method": "trackformer"}))
    assert run(["identify", "store", "-o", "l.csv", "--method", "run"]) == 2
    assert "run is a run of trackformer, which names no images; there are boosted-trees" in capsys.readouterr().err


def test_other_classes_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    card = json.loads(Path("store/card.json").read_text())
    card["layout"]["names"] = ["photon", "electron"]
    Path("store/card.json").write_text(json.dumps(card))
    assert run(["identify", "store", "-o", "l.csv", "--method", "run"]) == 2
    assert "the method tells narrow, wide apart, and these images are of photon, electron" in capsys.readouterr().err
    assert not Path("l.csv").exists()


LABELS = {
    "one class": (
        "row,probability_narrow,probability_wide\n{narrow},0.4,0.6\n",
        "images of two classes at least",
    ),
    "another class": ("row,probability_photon,probability_wide\n0,0.4,0.6\n", "found the class 'photon'"),
    "a row beyond": ("row,probability_narrow,probability_wide\n300,0.4,0.6\n", "300 images, found row 300"),
    "a row twice": (
        "row,probability_narrow,probability_wide\n1,0.4,0.6\n1,0.4,0.6\n",
        "line 3: .* every row once",
    ),
    "above 1": ("row,probability_narrow,probability_wide\n1,-0.4,1.4\n", "line 2: .*between 0 and 1"),
    "no rows": ("row,probability_narrow,probability_wide\n", "images of two classes at least"),
}


@pytest.mark.parametrize("case", LABELS)
def test_mistakes_in_labels(case: str, capsys: pytest.CaptureFixture[str]) -> None:
    text, message = LABELS[case]
    Path("labels.csv").write_text(text.format(narrow=int(np.argmax(open_images("store").images.label == 0))))
    assert run(["score", "labels.csv", "--truth", "store", "--picture", "p.png"]) == 2
    said = capsys.readouterr().err
    assert re.search(message, said), said
    assert not Path("p.png").exists()


def test_options_about_tracks_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["identify", "store", "-o", "labels.csv", "--method", "run", "-q"]) == 0
    for option in (["--gate", "3"], ["--hits", "h.csv"], ["--columns", "x=a"], ["--by", "position"]):
        assert run(["score", "labels.csv", "--truth", "store", *option]) == 2
        assert f"{option[0]} says nothing to labels of images" in capsys.readouterr().err
    assert run(["score", "labels.csv", "--truth", "labels.csv"]) == 2


def test_a_store_without_a_class_in_a_part_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["simulate", "templates", "-o", "few", "--events", "4", "--set", "size=8", "-q"]) == 0
    assert run(["train", "logistic", "few", "-o", "r"]) == 2
    said = capsys.readouterr().err
    assert re.search(r"few: of \d images of (training|validation) none is of the class '(narrow|wide)'", said), said
    assert not Path("r").exists()
