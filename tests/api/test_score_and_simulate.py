import re
import subprocess
import sys
from typing import Any

import narwhals as nw
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import corpuscle
from corpuscle.simulation.worlds import WORLDS

BACKENDS = {"pyarrow": pa.Table, "pandas": pd.DataFrame, "polars": pl.DataFrame}
NAMED = (
    "link_precision", "link_recall", "link_jaccard", "alpha", "beta", "jsc", "jsc_theta", "rmse", "mota", "idf1",
)  # fmt: skip
every_backend = pytest.mark.parametrize("backend", BACKENDS)


def simulate(backend: Any = "pyarrow", **settings: Any) -> tuple[Any, Any]:
    wanted: dict[str, Any] = {
        "particles": 6,
        "frames": 8,
        "start": "separated",
        "spacing": 50.0,
        "step": 0.5,
        "seed": 3,
    } | settings
    return corpuscle.simulate("brownian", backend=backend, **wanted)


@every_backend
@pytest.mark.parametrize("dimensions", [2, 3])
def test_a_scene_is_two_tables_of_the_kind_asked_for(backend: Any, dimensions: int) -> None:
    detections, truth = simulate(backend, dimensions=dimensions)
    axes = ["x", "y", "z"][:dimensions]
    assert type(detections) is type(truth) is BACKENDS[backend]
    assert list(nw.from_native(detections).columns) == ["frame", *axes]
    assert list(nw.from_native(truth).columns) == ["track", "frame", *axes, "detection"]


@pytest.mark.parametrize("world", WORLDS)
def test_the_same_seed_gives_the_same_scene(world: str) -> None:
    first, second, other = (corpuscle.simulate(world, particles=3, frames=4, seed=seed) for seed in (1, 1, 2))
    assert all(a.equals(b) for a, b in zip(first, second, strict=True))
    assert not first[0].equals(other[0])


def test_the_kind_of_table_changes_nothing() -> None:
    tables = [nw.from_native(simulate(backend)[0], eager_only=True).to_arrow() for backend in BACKENDS]
    assert all(table.cast(tables[0].schema).equals(tables[0]) for table in tables)


@every_backend
def test_from_a_world_to_a_score(backend: Any) -> None:
    detections, truth = simulate(backend)
    values = corpuscle.score(corpuscle.link(detections, method="lap", gate=5.0), truth, gate=5.0)
    assert values["link_jaccard"] == values["alpha"] == values["jsc"] == values["mota"] == values["idf1"] == 1.0
    assert values["rmse"] == pytest.approx(0.0, abs=1e-12)
    assert set(NAMED) < set(values)
    assert all(isinstance(value, int | float) for value in values.values())


def test_the_counts_stand_behind_the_ratios() -> None:
    detections, truth = simulate()
    values = corpuscle.score(corpuscle.link(detections, method="lap", gate=5.0), truth)
    assert values["link_true_positives"] == 6 * 7
    assert values["link_false_positives"] == values["link_false_negatives"] == 0


def test_links_are_scored_by_identity_or_by_position() -> None:
    detections, truth = simulate()
    linked = corpuscle.link(detections, method="lap", gate=5.0)
    moved = linked.set_column(linked.column_names.index("x"), "x", pa.array(linked["x"].to_numpy() + 1e4))
    assert corpuscle.score(moved, truth)["link_jaccard"] == 1.0
    assert corpuscle.score(moved, truth, by="position")["link_jaccard"] == 0.0
    assert corpuscle.score(moved, truth.drop_columns("detection"))["link_jaccard"] == 0.0
    assert corpuscle.score(linked, truth.drop_columns("detection"))["link_jaccard"] == 1.0


def test_result_and_truth_may_be_of_different_kinds() -> None:
    detections, _ = simulate("polars")
    _, truth = simulate("pandas")
    assert corpuscle.score(corpuscle.link(detections, method="lap", gate=5.0), truth)["link_jaccard"] == 1.0


def test_columns_of_the_result_may_have_other_names() -> None:
    detections, truth = simulate("pandas")
    linked = corpuscle.link(detections, method="lap", gate=5.0).rename(columns={"track": "mine", "x": "across"})
    assert corpuscle.score(linked, truth, columns={"track": "mine", "x": "across"})["link_jaccard"] == 1.0


def test_rows_in_no_track_are_not_scored() -> None:
    detections, truth = simulate(false_detections=0.5)
    values = corpuscle.score(corpuscle.link(detections, method="lap", gate=5.0), truth)
    assert values["link_recall"] == 1.0


def table(**columns: Any) -> pa.Table:
    return pa.table({"track": [0, 0], "frame": [0, 1], "x": [0.0, 1.0], "y": [0.0, 0.0]} | columns)


@pytest.mark.parametrize(
    ("result", "truth", "settings", "said"),
    [
        (table(), table(), {"by": "name"}, "expected by auto, detection or position, not 'name'"),
        (table(), table(), {"by": "detection"}, "the truth has no column `detection`; score by=position, or give one"),
        (table(z=[0.0, 0.0]), table(), {}, "the result is 3-D and the truth 2-D; leave z out of one with --columns z="),
        (table().drop_columns("track"), table(), {}, "a column for track"),
        (table(), table().drop_columns("track"), {}, "a column for track"),
        (table(), table(), {"gate": 0.0}, "the gate of a score is a finite length above 0, not 0"),
        (table(), table(), {"gate": "1um"}, "'1um' needs the length of one unit of position"),
        (table(frame=[1, 1]), table(), {}, "a track once in a frame"),
        (table(), table(detection=[0, 7]), {}, "the truth names detection 7, but there are 2 rows of detections"),
        (
            table(d0=[0, 0], z0=[0, 0], phi=[0, 0], theta=[0, 0], q_over_p=[0, 0]),
            table(),
            {},
            "expected a table of track parameters with the columns event, track, d0",
        ),
    ],
)
def test_what_cannot_be_compared_is_refused(
    result: pa.Table, truth: pa.Table, settings: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        corpuscle.score(result, truth, **settings)


def test_what_is_no_table_is_not_scored() -> None:
    with pytest.raises(TypeError, match="expected a pandas, polars or pyarrow table, not str"):
        corpuscle.score("tracks.csv", table())


def test_nothing_is_scored_against_nothing() -> None:
    empty = table().slice(0, 0)
    values = corpuscle.score(empty, empty)
    assert values["link_precision"] == values["link_recall"] == 1.0
    assert corpuscle.score(empty, table())["link_recall"] == 0.0


@pytest.mark.parametrize(
    ("world", "settings", "said"),
    [
        (
            "brownain",
            {},
            "no world 'brownain'; there are brownian, drift, directed, straight, confined, mixed, switching",
        ),
        ("brownian", {"particels": 3}, "brownian has no setting 'particels'; there are: particles, frames"),
        ("brownian", {"particles": -1}, "brownian.particles: expected a finite number at least 0, not -1"),
        ("brownian", {"seed": -1}, "expected a seed that is a whole number from 0, not -1"),
        ("brownian", {"seed": True}, "expected a seed that is a whole number from 0, not True"),
    ],
)
def test_a_mistake_is_named(world: str, settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        corpuscle.simulate(world, **settings)


def test_a_kind_of_table_that_is_none_is_refused() -> None:
    # in a test the type refuses it first; in use, where types are not executed, the function does
    code = "import corpuscle; corpuscle.simulate('brownian', particles=2, frames=2, backend='numpy')"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "ValueError: expected backend pyarrow, pandas or polars, not 'numpy'" in ran.stderr
