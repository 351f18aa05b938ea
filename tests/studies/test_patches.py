"""Patch size against layers: the study's own numbers, the verdict of made-up rows, and a run that is small."""

import csv
import dataclasses
import itertools
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corpuscle.cli.main import run
from corpuscle.identification.nets import find_shape
from corpuscle.io.errors import FormatError
from corpuscle.report.patches import draw_patches
from corpuscle.report.patches_table import list_patches
from corpuscle.studies.cluster import Where
from corpuscle.studies.patches.beyond import judge_beyond
from corpuscle.studies.patches.cells import ASKED, LAYERS, PATCHES
from corpuscle.studies.patches.explained import explain_published
from corpuscle.studies.patches.front import find_front, spread_along
from corpuscle.studies.patches.ibrahimovic2023 import BEYOND, GRID
from corpuscle.studies.patches.image_set import gather_set
from corpuscle.studies.patches.judged import judge_grid
from corpuscle.studies.patches.published import ACCURACY, PARAMETERS, SECONDS
from corpuscle.studies.run import run_study, sort_rows
from corpuscle.studies.store import identify
from corpuscle.studies.study import Grid, Study
from corpuscle.studies.verdict import Row, Verdict, tell_held, tell_outcome
from tests.io.image_files import write_photographs
from tests.stored import draw_bars, store_images

MULTIPLY_ADDS = {(16, 2): 2_732_032, (8, 2): 4_132_864, (4, 2): 11_210_752, (2, 2): 63_115_264}
"""By hand, of CIFAR-100."""

A_LAYER = {16: 86_016, 8: 393_216, 4: 2_359_296, 2: 22_020_096}
"""What each layer adds to them, by hand."""

SUBSET = Path(__file__).parents[2].parent / "shared" / "data" / "cifar10-subset"


@pytest.mark.parametrize("patch", PATCHES[32])
@pytest.mark.parametrize("depth", LAYERS)
def test_the_net_is_the_studys_in_every_cell(patch: int, depth: int) -> None:
    unrun = {(2, 8): 19_149_380, (2, 16): 19_318_340}
    count = find_shape("cifar-vit", {"patch": patch, "depth": depth}).count()
    assert count.parameters == {**PARAMETERS, **unrun}[patch, depth]
    one_more = find_shape("cifar-vit", {"patch": patch, "depth": depth + 1}).count()
    assert one_more.parameters - count.parameters == 21_120
    assert count.multiply_adds == MULTIPLY_ADDS[patch, 2] + (depth - 2) * A_LAYER[patch]


def test_switches_are_what_the_study_asks_about() -> None:
    plain = find_shape("cifar-vit", {"patch": 4})
    assert find_shape("cifar-vit", {"patch": 4, "position": "learned"}).count().parameters == 32 * 64 + (
        plain.count().parameters
    )
    asked = [one for _, one in ASKED.values()]
    switches: list[Mapping[str, Any]] = [{"depth": 0}, {"pool": "mean"}, {"pool": "token"}, {"head": ()}, *asked]
    for changes in switches:
        assert find_shape("cifar-vit", {"patch": 4, **changes}).count().parameters != plain.count().parameters


def test_the_published_times_come_from_operations() -> None:
    fits = explain_published()
    assert fits["multiply_adds"].share == pytest.approx(0.990, abs=5e-4)
    assert fits["parameters"].share == pytest.approx(0.876, abs=5e-4)
    assert fits["multiply_adds"].layer == pytest.approx(143, abs=0.5)
    assert fits["multiply_adds"].slope == pytest.approx(92.5, abs=0.05)


def draw_row(
    patch: int, depth: int, seed: int, accuracy: float, *, kind: str = "cell", name: str = ""
) -> dict[str, Any]:
    shape = find_shape("cifar-vit", {"patch": patch, "depth": depth})
    count, chance = shape.count(), np.random.default_rng([patch, depth, seed, len(kind)])
    curve = list(np.linspace(0.01, accuracy, 4))
    return {
        "study": "ibrahimovic2023-grid", "method": name or f"p{patch}-l{depth}", "kind": kind, "patch": patch,
        "depth": depth, "images": "cifar-100", "repeat": seed, "seed": seed, "parameters": count.parameters,
        "multiply_adds": count.multiply_adds, "training_seconds": float(SECONDS.get((patch, depth), 700)),
        "step_seconds": 1.0, "step_processor_seconds": 1e-3 * (3 + depth + count.multiply_adds / 1e6),
        "accelerator": "cpu", "epochs": 4, "test_accuracy": accuracy + chance.normal(0, 1e-4),
        "chosen_test_accuracy": accuracy, "validation_accuracy": accuracy, "training_accuracy": accuracy,
        "test_loss": 1.0, **{f"curve_{part}_accuracy": curve for part in ("training", "validation", "test")},
    }  # fmt: skip


@pytest.fixture(scope="module")
def published() -> list[dict[str, Any]]:
    """The study's own numbers as rows of three seeds, with controls and what it asks about."""
    cells = {**{cell: value / 100 for cell, value in ACCURACY.items()}, **{(patch, 0): 0.25 for patch in PATCHES[32]}}
    rows = [draw_row(*cell, seed, value) for cell, value in cells.items() for seed in range(3)]
    asked = [draw_row(4, 4, seed, 0.42, kind=name, name=f"p4-l4-{name}") for name in ASKED for seed in range(3)]
    return rows + asked


def test_the_studys_own_numbers_are_judged_as_they_stand(published: list[dict[str, Any]]) -> None:
    found = judge_grid(published)
    said = {one.text.split(" (")[0]: one for one in found.statements}
    smaller, deeper = (
        said["a smaller patch gives a higher test accuracy"],
        said["more layers give a higher test accuracy"],
    )
    assert not smaller.holds  # from patch 4 to 2 with 4 layers accuracy falls from 39.43 to 38.88
    assert smaller.where == "the least step, to patch 2, 4 layers"
    assert smaller.margin == pytest.approx(-0.0055, abs=5e-4)
    assert not deeper.holds  # from 4 to 8 layers with patch 16 from 29.31 to 28.8
    assert deeper.where == "the least step, to patch 16, 8 layers"
    assert "9 of 10 steps up by two standard errors, 1 down" in smaller.text
    assert any(text.startswith("the range of accuracies over patch sizes") and one.holds for text, one in said.items())
    assert any("(R² 1.0000" in one.text and one.holds for one in found.statements)
    assert any(one.text == "14 of 14 cells of Table 2 are equal" and one.holds for one in found.statements)
    assert not found.holds
    assert found.decided
    assert any(line.startswith("p4-l4-token: 1.00 of the time of p4-l4, accuracy +0.02") for line in found.controls)
    assert any("no layers, patch 4: accuracy 0.25" in line for line in found.controls)


def test_one_seed_decides_nothing(published: list[dict[str, Any]]) -> None:
    found = judge_grid([row for row in published if row["seed"] == 0])
    assert not found.decided
    assert tell_outcome(found.list_values()) == "is not decided: of one seed, accuracies have no interval"
    assert {tell_held(one) for one in found.list_values()["statements"][:5]} == {"open"}
    assert not any("nan" in line for line in found.controls)


def test_tables_4_and_5_are_ranges_of_table_3(published: list[dict[str, Any]]) -> None:
    tables = {title.partition(":")[0]: (head, body) for title, head, body in list_patches(published)}
    head, body = tables["Table 2"]
    assert head == ["size of patch", "0 layers", "2 layers", "4 layers", "8 layers", "16 layers"]
    assert body[0][2:] == ["2 531 780", "2 574 020", "2 658 500", "2 827 460"]
    assert body[3][4:] == ["×", "×"]
    lines = {line[0]: line[1:] for line in tables["Table 4"][1]}
    for patch, wanted in ((16, (0.71, 29.09, 2.44)), (8, (4.18, 35.25, 11.86)), (4, (8.99, 40.16, 22.39))):
        assert [float(cell.split(" ")[0]) for cell in lines[str(patch)]] == pytest.approx(wanted, abs=0.05)
    two = [float(cell.split(" ")[0]) for cell in tables["Table 5"][1][0][1:]]
    assert two == pytest.approx((7.05, 33.14, 21.27), abs=0.05)
    cells = [row for row in published if row["kind"] == "cell" and row["depth"] in {2, 4}]
    assert spread_along(cells, "test_accuracy", "patch").mean() == pytest.approx((0.2127 + 0.2836) / 2, abs=1e-3)


def test_the_front_has_nothing_dearer_and_worse(published: list[dict[str, Any]]) -> None:
    front = find_front(published)
    rows = {row["method"]: row for row in published}
    for one, other in itertools.pairwise(front):
        assert rows[one]["multiply_adds"] < rows[other]["multiply_adds"]
    assert front[-1] == "p4-l16"


def test_the_picture_is_drawn_of_several_seeds_and_of_one(published: list[dict[str, Any]], tmp_path: Path) -> None:
    draw_patches(tmp_path / "some.png", "a title", [row for row in published if row["seed"] == 0 and row["patch"] > 4])
    assert (tmp_path / "some.png").stat().st_size > 10_000


def test_a_net_is_beyond_only_where_it_is_better_and_no_dearer() -> None:
    rows = [draw_row(*cell, seed, value) for cell, value in (((16, 2), 0.3), ((8, 2), 0.4)) for seed in range(3)]
    ours = [draw_row(16, 2, seed, 0.5, kind="beyond", name="convolutional") for seed in range(3)]
    assert judge_beyond([*rows, *ours]).holds
    dearer = judge_beyond([*rows, *({**row, "multiply_adds": 10**9} for row in ours)])
    assert [one.holds for one in dearer.statements] == [True, False, True, False]
    assert not judge_beyond([*rows, *({**row, "test_accuracy": 0.4} for row in ours)]).statements[0].holds
    assert not judge_beyond(rows).decided


@pytest.fixture(scope="module")
def bars(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return store_images(tmp_path_factory.mktemp("bars") / "bars", draw_bars(60, classes=3)).folder


def decide_nothing(rows: Sequence[Row]) -> Verdict:
    return Verdict(statements=(), reading=f"{len(rows)} rows")


def make_tiny(place: Path, repeats: int = 2, names: tuple[str, ...] = ("p8-l0", "p8-l2", "p4-l2")) -> Study:
    """Two cells and a control, with a small head, for a few images and one epoch."""
    world = Grid(worlds=(gather_set(place, epochs=1, repeats=repeats),))
    methods = tuple(
        dataclasses.replace(one, training={**one.training, "head": (4,), "width": 8})
        for one in GRID.list_methods("quick")
        if one.name in names
    )
    make = partial(gather_set, epochs=1, repeats=repeats)
    return dataclasses.replace(
        GRID, worlds={"quick": world, "paper": world}, methods=methods, gather=make, holds=decide_nothing
    )


def test_a_run_has_a_row_a_cell_and_seed_and_trains_each_net_once(bars: Path, tmp_path: Path) -> None:
    pytest.importorskip("lightning")
    study = make_tiny(bars, names=("p8-l0", "p4-l2"))
    found = run_study(study, "quick", tmp_path / "run", data=bars)
    assert [(row["method"], row["repeat"]) for row in found.rows] == [
        (name, repeat) for name in ("p8-l0", "p4-l2") for repeat in (0, 1)
    ]
    nets = {net: net.stat().st_mtime_ns for net in (tmp_path / "run" / "nets").iterdir()}
    assert len(nets) == 4
    row = found.rows[2]
    plain = {"size": 8, "channels": 1, "outputs": 3, "head": (4,), "width": 8}
    assert row["parameters"] == find_shape("cifar-vit", {**plain, "patch": 4}).count().parameters
    assert row["accelerator"] == "cpu"
    assert row["step_processor_seconds"] > 0
    assert row["test_images"] == 6
    assert row["curve_test_accuracy"] == [row["test_accuracy"]]
    for part in (tmp_path / "run" / "parts").iterdir():
        part.unlink()
    again = run_study(study, "quick", tmp_path / "run", data=bars)
    assert [one["test_accuracy"] for one in again.rows] == [one["test_accuracy"] for one in found.rows]
    assert {net: net.stat().st_mtime_ns for net in nets} == nets


def test_what_is_no_set_of_images_is_refused(bars: Path, tmp_path: Path) -> None:
    told = r"--data cifar-100: expected a store .* or for the grid the word digits; found no such folder"
    with pytest.raises(ValueError, match=told):
        gather_set(Path("cifar-100"), epochs=1, repeats=1)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="found neither in the folder"):
        gather_set(tmp_path / "empty", epochs=1, repeats=1)
    (tmp_path / "cifar.tar").touch()
    with pytest.raises(ValueError, match="found a file"):
        gather_set(tmp_path / "cifar.tar", epochs=1, repeats=1)
    write_photographs(tmp_path / "wrong" / "train", 20, fine_labels=[100] * 20)
    with pytest.raises(FormatError, match=r"row 0 \(from 0\): expected a label from 0 to 99, found 100"):
        gather_set(tmp_path / "wrong", epochs=1, repeats=1)
    write_photographs(tmp_path / "few" / "train", 1)
    with pytest.raises(ValueError, match="1 images are too few to learn from, to validate and to test"):
        gather_set(tmp_path / "few", epochs=1, repeats=1)
    odd = store_images(tmp_path / "odd", draw_bars(20, size=12)).folder
    with pytest.raises(ValueError, match=r"patches for images of 8 x 8 or 32 x 32 pixels, and these are 12 x 12"):
        gather_set(odd, epochs=1, repeats=1)
    assert GRID.take("quick", Path("digits")) is GRID


def test_the_run_of_another_study_or_other_images_is_refused(bars: Path, tmp_path: Path) -> None:
    pytest.importorskip("lightning")
    run_study(make_tiny(bars, 1, ("p8-l0",)), "quick", tmp_path / "run", data=bars)
    with pytest.raises(ValueError, match="its study is another 'ibrahimovic2023-grid', not 'ibrahimovic2023-beyond'"):
        run_study(BEYOND, "quick", tmp_path / "run", data=make_subset(tmp_path / "subset"))
    (tmp_path / "others").mkdir()
    other = store_images(tmp_path / "others" / "bars", draw_bars(60, classes=3, seed=1)).folder
    with pytest.raises(ValueError, match="holds another run: its data are others; name another folder"):
        run_study(make_tiny(other, 1, ("p8-l0",)), "quick", tmp_path / "run", data=other)


def make_subset(folder: Path, images: int = 40) -> Path:
    """A few photographs in numpy's archive."""
    folder.mkdir()
    pixels = np.random.default_rng(0).integers(0, 256, (images, 32, 32, 3), dtype=np.uint8)
    np.savez(folder / "cifar10_train_0000_2999.npz", images=pixels, labels=np.arange(images) % 10)
    return folder


def test_a_study_of_photographs_asks_for_them(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"reads data that do not come with the package, .* give --data DIR, a folder"):
        run_study(BEYOND, "quick", tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_published_tests_stay_the_test(tmp_path: Path) -> None:
    write_photographs(tmp_path / "c" / "train", 400)
    write_photographs(tmp_path / "c" / "test", 100)
    world = gather_set(tmp_path / "c", epochs=1, repeats=1)
    assert world.columns == {"images": "c", "size": 32, "classes": 100}
    one, other = world.draw_scene(0), world.draw_scene(1)
    assert [len(rows) for rows in (one.training, one.validation, one.test)] == [360, 40, 100]
    np.testing.assert_array_equal(one.test, other.test)  # the files in order of name: test, train
    assert not np.array_equal(one.validation, other.validation)


def test_the_shared_photographs_are_dealt_by_class() -> None:
    if not SUBSET.exists():
        pytest.skip("the shared photographs are not here")
    dealt = gather_set(SUBSET, epochs=1, repeats=1).draw_scene(0)
    assert [len(rows) for rows in (dealt.training, dealt.validation, dealt.test)] == [2400, 300, 300]
    assert len(np.unique(np.concatenate([dealt.training, dealt.validation, dealt.test]))) == 3000
    assert np.ptp(np.bincount(dealt.label[dealt.test])) <= 8


@pytest.mark.slow
def test_the_grid_on_digits_from_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("lightning")
    monkeypatch.chdir(tmp_path)
    assert run(["study", "run", "ibrahimovic2023-grid", "-o", "run", "--quiet", "--accelerator", "auto"]) == 0
    assert run(["study", "report", "run", "--quiet"]) == 0
    with (tmp_path / "run" / "table-3.csv").open() as file:
        assert [line[0] for line in csv.reader(file)] == ["size of patch", "8", "4", "2", "1"]
    assert "Table 5: range of accuracies" in (tmp_path / "run" / "report.html").read_text()


KILLER = """
import os, sys, time, pathlib
nets = pathlib.Path(sys.argv[1]) / "run" / "nets"
while not (nets.exists() and any(not net.name.startswith(".") for net in nets.iterdir())):
    time.sleep(0.02)
os.kill(int(sys.argv[2]), 9)
"""


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # Dask's own, of sockets and event loops
def test_a_worker_killed_among_nets_loses_no_cell(bars: Path, tmp_path: Path) -> None:
    pytest.importorskip("lightning")
    dask = pytest.importorskip("distributed")
    names = ("p8-l2", "p8-l4", "p4-l2", "p4-l4")
    study = dataclasses.replace(make_tiny(bars, names=names), holds=judge_grid)
    with (
        dask.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50) as cluster,
        dask.Client(cluster) as client,
    ):
        pids = [str(pid) for pid in client.run(os.getpid).values()]
        killer = subprocess.Popen([sys.executable, "-c", KILLER, str(tmp_path), pids[0]])
        found = run_study(study, "quick", tmp_path / "run", Where(scheduler=cluster.scheduler_address), bars)
        assert killer.wait(60) == 0
    assert [identify(row) for row in found.rows] == sort_rows(study.take("quick", bars), "quick")
    kept = [net for net in (tmp_path / "run" / "nets").iterdir() if not net.name.startswith(".")]
    assert len(kept) == len(found.rows) == 8


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_scheduler_that_is_not_there_is_named_within_ten_seconds(bars: Path, tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    begin = time.monotonic()
    with pytest.raises(ValueError, match=r"no Dask scheduler answers at 'tcp://127\.0\.0\.1:9'"):
        run_study(make_tiny(bars), "quick", tmp_path / "run", Where(scheduler="tcp://127.0.0.1:9"), bars)
    assert time.monotonic() - begin < 10
    assert not (tmp_path / "run").exists()
