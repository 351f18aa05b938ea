"""Linking a data frame of any kind: the same kind back, nothing else touched."""

import re
import subprocess
import sys
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import corpuscle
from corpuscle.data.detections import Detections
from corpuscle.data.settings import list_settings
from corpuscle.linking.classical.lap import FrameAssignment
from corpuscle.linking.linkers import LINKERS
from tests.laws.test_linkers import GIVEN

ADDED = ["track", "link_probability", "link_gap", "parent"]
DOUBTS = ["runner_up", "runner_up_probability", "identity_probability"]
COLUMNS: dict[str, list[Any]] = {
    "name": ["a", "b", "c", None],
    "frame": [1, 0, 0, 1],
    "x": [0.5, 0.0, 9.0, 8.5],
    "y": [0.0, 0.0, 0.0, 0.0],
    "weight": [1, 2, 3, 4],
}
MAKERS = {"pandas": pd.DataFrame, "polars": pl.DataFrame, "pyarrow": pa.table}
every_kind = pytest.mark.parametrize("kind", MAKERS)


def make(kind: str, **columns: list[Any]) -> Any:
    return MAKERS[kind](columns or COLUMNS)


def column(table: Any, name: str) -> list[Any]:
    cells: list[Any] = nw.from_native(table, eager_only=True)[name].to_list()
    return cells


def names(table: Any) -> list[str]:
    return list(nw.from_native(table).columns)


@every_kind
def test_the_same_kind_comes_back_with_columns_added(kind: str) -> None:
    table = make(kind)
    linked = corpuscle.link(table, method="lap", gate=2.0)
    assert type(linked) is type(table)
    assert names(linked) == [*COLUMNS, *ADDED]
    assert column(linked, "track") == [0, 0, 1, 1]
    assert column(linked, "link_gap") == [0, 0, 0, 0]
    assert column(linked, "parent") == [-1, -1, -1, -1]
    assert np.isnan(np.array(column(linked, "link_probability"), dtype=float)).all()


@every_kind
@pytest.mark.parametrize("settings", [{}, {"gate": 2.0}], ids=["nothing given", "a gate"])
def test_the_default_says_how_sure_it_is(kind: str, settings: dict[str, Any]) -> None:
    table = make(kind)
    linked = corpuscle.link(table, **settings)
    assert type(linked) is type(table)
    assert names(linked) == [*COLUMNS, *ADDED, *DOUBTS]
    assert column(linked, "track") == [0, 0, 1, 1]
    assert column(linked, "parent") == [-1, -1, -1, -1]
    assert column(linked, "runner_up")[1:3] == [-1, -1]
    sure = np.array(column(linked, "link_probability"), dtype=float)
    assert np.isnan(sure[[1, 2]]).all()
    assert (sure[[0, 3]] > 0.9).all()
    assert (sure[[0, 3]] <= 1).all()


@every_kind
def test_other_columns_and_the_order_of_the_rows_are_untouched(kind: str) -> None:
    table = make(kind)
    linked = nw.from_native(corpuscle.link(table, gate=2.0), eager_only=True)
    before = nw.from_native(table, eager_only=True)
    assert linked.select(*COLUMNS).schema == before.schema
    assert linked.select(*COLUMNS).to_arrow().equals(before.to_arrow())


@every_kind
def test_what_was_given_is_not_changed(kind: str) -> None:
    table = make(kind)
    corpuscle.link(table, gate=2.0)
    assert names(table) == list(COLUMNS)


@every_kind
def test_a_track_that_was_there_is_kept(kind: str) -> None:
    linked = corpuscle.link(make(kind, **COLUMNS, track=["p", "q", "p", "q"]), gate=2.0)
    assert names(linked) == [*COLUMNS, "track_before", *ADDED, *DOUBTS]
    assert column(linked, "track_before") == ["p", "q", "p", "q"]
    again = corpuscle.link(linked, gate=2.0)
    assert column(again, "track_before_before") == column(linked, "track")
    assert column(again, "track_before") == ["p", "q", "p", "q"]
    assert column(again, "runner_up_before") == column(linked, "runner_up")
    assert len(names(again)) == len(set(names(again)))


@every_kind
@pytest.mark.parametrize("rows", [0, 1])
@pytest.mark.parametrize("method", LINKERS)
def test_nothing_to_link(kind: str, rows: int, method: str) -> None:
    before = nw.from_native(make(kind), eager_only=True).head(rows)
    if LINKERS[method]().domain.refuse(Detections(np.zeros(rows, np.int64), np.zeros((rows, 2)))):
        pytest.skip(f"{method} is made for more detections")
    linked = corpuscle.link(before.to_native(), method=method)
    assert names(linked) == [*COLUMNS, *ADDED, *(DOUBTS if LINKERS[method]().promises.probabilities else [])]
    assert column(linked, "track") == [-1] * rows
    assert type(linked) is type(before.to_native())


@every_kind
@pytest.mark.parametrize("method", LINKERS)
def test_every_method_links(kind: str, method: str) -> None:
    settings: dict[str, Any] = (
        {"gate": 2.0} if "gate" in {setting.name for setting in list_settings(LINKERS[method])} else {}
    ) | GIVEN.get(method, {})
    if method in {"constant", "untrained"}:
        pytest.skip(f"{method} is a control: it follows nothing")
    assert column(corpuscle.link(make(kind), method=method, **settings), "track") == [0, 0, 1, 1]


@every_kind
def test_columns_may_have_other_names(kind: str) -> None:
    table = make(kind, when=[0, 1], across=[0.0, 1.0], down=[0.0, 0.0])
    chosen = {"frame": "when", "x": "across", "y": "down"}
    assert column(corpuscle.link(table, columns=chosen, gate=2.0), "track") == [0, 0]


@every_kind
def test_aliases_are_recognised(kind: str) -> None:
    columns: dict[str, list[Any]] = {"FRAME": [0, 1], "X pos (µm)": [0.0, 1.0], "Y pos (µm)": [0.0, 0.0]}
    assert column(corpuscle.link(make(kind, **columns), gate=2.0), "track") == [0, 0]
    assert column(corpuscle.link(make(kind, **columns), gate="900nm"), "track") == [-1, -1]


@every_kind
def test_space_has_a_z(kind: str) -> None:
    table = make(kind, frame=[0, 1], x=[0.0, 0.0], y=[0.0, 0.0], z=[0.0, 3.0])
    assert column(corpuscle.link(table, gate=2.0), "track") == [-1, -1]
    assert column(corpuscle.link(table, gate=2.0, columns={"z": ""}), "track") == [0, 0]


@every_kind
def test_whole_numbers_may_be_floats(kind: str) -> None:
    linked = corpuscle.link(make(kind, frame=[0.0, 1.0], x=[0, 1], y=[0, 0]), gate=2.0)
    assert column(linked, "track") == [0, 0]
    assert column(linked, "frame") == [0.0, 1.0]


@every_kind
def test_settings_may_have_units(kind: str) -> None:
    for gate, found in (("0.8um", 1), ("1um", 2), (5.0, 1), ("6.1", 2)):
        table = make(kind, frame=[0, 1, 2], x=[0.0, 4.9, 11.0], y=[0.0] * 3)
        linked = corpuscle.link(table, gate=gate, pixel_size=0.16)
        assert column(linked, "track").count(0) == found + 1
    table = make(kind, frame=[0, 2], x=[0.0, 0.0], y=[0.0] * 2)
    assert column(corpuscle.link(table, gate=1.0, gap="50ms", frame_interval="50ms"), "track") == [0, 0]


@every_kind
def test_precision_is_used_by_the_filter(kind: str) -> None:
    table = make(kind, frame=[0, 1], x=[0.0, 5.0], y=[0.0, 0.0], x_sd=[2.0, 2.0], y_sd=[2.0, 2.0])
    assert column(corpuscle.link(table, method="kalman", step=1.0), "track") == [0, 0]
    unused = {"x_sd": "", "y_sd": ""}
    assert column(corpuscle.link(table, method="kalman", step=1.0, columns=unused), "track") == [-1, -1]


@every_kind
def test_a_linker_may_be_given(kind: str) -> None:
    assert column(corpuscle.link(make(kind), method=FrameAssignment(gate=2.0)), "track") == [0, 0, 1, 1]
    said = "settings go with the name of a linker; FrameAssignment has its own already"
    with pytest.raises(ValueError, match=said):
        corpuscle.link(make(kind), method=FrameAssignment(gate=2.0), gate=3.0)


@every_kind
def test_a_method_with_probabilities_says_how_sure_it_is(kind: str) -> None:
    table = make(kind, frame=[1, 0, 0, 1, 2, 2], x=[0.6, 0.0, 2.0, 1.4, 0.0, 2.0], y=[0.0] * 6)
    linked = corpuscle.link(table, method="merged", step=1.0)
    assert names(linked)[-7:] == [*ADDED, *DOUBTS]
    track, runner_up = column(linked, "track"), column(linked, "runner_up")
    assert track == [0, 0, 1, 1, 0, 1]
    assert runner_up == [2, -1, -1, 1, 3, 0]
    sure, other, identity = (
        np.array(column(linked, name), dtype=float)
        for name in ("link_probability", "runner_up_probability", "identity_probability")
    )
    assert np.isnan(sure[[1, 2]]).all()
    np.testing.assert_allclose(sure[[0, 3, 4, 5]] + other[[0, 3, 4, 5]], 1)
    assert identity[[1, 2]].tolist() == [1, 1]
    np.testing.assert_allclose(identity[[0, 3]], sure[[0, 3]])
    np.testing.assert_allclose(identity[[4, 5]], sure[[0, 3]] * sure[[4, 5]])
    again = corpuscle.link(linked, method="lap", gate=2.0)
    assert names(again)[-4:] == ADDED
    assert {f"{name}_before" for name in DOUBTS} <= set(names(again))
    assert not set(DOUBTS) & set(names(again))


@every_kind
def test_splits_have_a_parent_and_merges_a_goal(kind: str) -> None:
    table = make(kind, frame=[0, 1, 2, 2, 3, 3], x=[0.0, 0.0, 0.5, -1.0, 0.5, -1.5], y=[0.0] * 6)
    linked = corpuscle.link(table, method="lap", gate=2.0, splits=True, merges=True)
    assert names(linked)[-5:] == [*ADDED, "merged_into"]
    assert column(linked, "track") == [0, 0, 0, 1, 0, 1]
    assert column(linked, "parent") == [-1, -1, -1, 0, -1, 0]


@every_kind
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"method": "lapp"}, f"no linker 'lapp'; there are {', '.join(LINKERS)} (did you mean 'lap'?)"),
        ({"method": "lap", "gaet": 3}, "lap has no setting 'gaet'; there are: gate, gap, gate_growth"),
        ({"gaet": 3}, "auto has no setting 'gaet'; there are: step, drift, persistence, measurement_noise"),
        ({"method": "lap", "gate": -1.0}, "lap.gate: expected a finite number at least 0, not -1"),
        ({"gate": -1.0}, "auto.gate: expected a finite number at least 0, not -1"),
        ({"method": "marginal"}, "learning needs 40 detections in 4 frames, and here are 4 in 2; say the parameters"),
        ({"gate": "1um"}, "setting gate: '1um' needs the length of one unit of position: say --pixel-size"),
        ({"pixel_size": "big"}, "expected a number, perhaps with a unit (5, 0.8um, 50ms), not 'big'"),
        ({"frame_interval": 0}, "expected a time above zero, not '0'"),
        ({"columns": {"x": "nowhere"}}, "a column 'nowhere' for x"),
        ({"columns": {"where": "x"}}, "a role in --columns"),
        ({"columns": {"y": ""}}, "a column for y"),
    ],
)
def test_a_mistake_is_named(kind: str, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        corpuscle.link(make(kind), **changes)


@every_kind
@pytest.mark.parametrize(
    ("name", "values", "said"),
    [
        ("frame", [0.0, 0.5, 1.0, 1.0], "row 1"),
        ("frame", [0, 0, -1, 1], "row 2"),
        ("frame", [0, None, 1, 1], "row 1"),
        ("x", [0.0, 1.0, float("inf"), 1.0], "row 2"),
        ("y", ["0.0", "one", "1.0", "1.0"], "row 1"),
    ],
)
def test_a_cell_that_does_not_fit_is_named(kind: str, name: str, values: list[Any], said: str) -> None:
    with pytest.raises(ValueError, match=rf"{said}\b.*{name!r}"):
        corpuscle.link(make(kind, **(COLUMNS | {name: values})))


@pytest.mark.parametrize("table", [[1, 2], {"frame": [0]}, "spots.csv", np.zeros((2, 2)), None])
def test_what_is_no_table_is_refused(table: Any) -> None:
    said = f"expected a pandas, polars or pyarrow table, not {type(table).__name__}; files go through"
    with pytest.raises(TypeError, match=said):
        corpuscle.link(table)


@pytest.mark.parametrize(
    "index",
    [[10, 20, 30, 40], ["p", "q", "r", "s"], [1, 1, 1, 1], [3, 2, 1, 0]],
    ids=["numbers", "text", "same", "back"],
)
def test_the_index_of_pandas_is_kept(index: list[Any]) -> None:
    table = pd.DataFrame(COLUMNS, index=pd.Index(index, name="spot"))
    linked = corpuscle.link(table, gate=2.0)
    pd.testing.assert_index_equal(linked.index, table.index)
    assert linked["track"].tolist() == [0, 0, 1, 1]
    pd.testing.assert_frame_equal(linked[list(COLUMNS)], table)


def test_columns_of_any_kind_ride_along_in_pandas() -> None:
    table = pd.DataFrame(COLUMNS)
    table["kind"] = pd.Categorical(["u", "v", "u", None])
    table["thing"] = [[1], {"a": 2}, None, object()]
    table["when"] = pd.date_range("2020-01-01", periods=4, tz="UTC")
    table["maybe"] = pd.array([1, None, 3, 4], dtype="Int64")
    linked = corpuscle.link(table, gate=2.0)
    pd.testing.assert_frame_equal(linked[list(table.columns)], table)


def test_a_multi_index_of_pandas_is_kept() -> None:
    table = pd.DataFrame(COLUMNS).set_index(["name", "weight"], append=True)
    linked = corpuscle.link(table, gate=2.0)
    pd.testing.assert_index_equal(linked.index, table.index)


@pytest.mark.parametrize("other", [7, 2.5, ("a", "b"), None])
def test_other_columns_of_pandas_may_have_any_name(other: Any) -> None:
    table = pd.DataFrame(COLUMNS)
    table[other] = [1, 2, 3, 4]
    linked = corpuscle.link(table, gate=2.0)
    assert linked[other].tolist() == [1, 2, 3, 4]
    assert linked["track"].tolist() == [0, 0, 1, 1]


@pytest.mark.parametrize("kind", ["convert_dtypes", "float32", "object", "str", "category"])
def test_cells_of_pandas_may_be_of_any_type(kind: str) -> None:
    table = pd.DataFrame(COLUMNS)[["frame", "x", "y"]]
    table = table.convert_dtypes() if kind == "convert_dtypes" else table.astype(kind)
    linked = corpuscle.link(table, gate=2.0)
    assert linked["track"].tolist() == [0, 0, 1, 1]
    pd.testing.assert_frame_equal(linked[["frame", "x", "y"]], table)


def test_a_column_that_stands_twice_is_refused() -> None:
    table = pd.DataFrame([[0, 0.0, 0.0, 1, 2]], columns=["frame", "x", "y", "k", "k"])
    with pytest.raises(ValueError, match="'k'"):
        corpuscle.link(table)


@every_kind
def test_frames_may_be_told_from_times(kind: str) -> None:
    table = make(kind, time=[0.0, 0.05, 0.15], x=[0.0, 1.0, 1.5], y=[0.0, 0.0, 0.0])
    linked = corpuscle.link(table, gate=2.0, gap=1, frame_interval=0.05)
    assert column(linked, "track") == [0, 0, 0]
    assert column(linked, "link_gap") == [0, 0, 1]
    with pytest.raises(ValueError, match="expected a column for frame, found only times in 'time'; say --frame-int"):
        corpuscle.link(table, gate=2.0)


def test_a_slice_of_pandas_is_linked() -> None:
    table = pd.DataFrame(COLUMNS)
    linked = corpuscle.link(table[table["frame"] == 0], gate=2.0)
    assert linked["track"].tolist() == [-1, -1]
    assert linked.index.tolist() == [1, 2]


def test_columns_of_any_kind_ride_along_in_polars() -> None:
    table = pl.DataFrame(COLUMNS).with_columns(
        pl.Series("kind", ["u", "v", "u", None], dtype=pl.Categorical), pl.Series("list", [[1], [2, 3], [], None])
    )
    linked = corpuscle.link(table, gate=2.0)
    assert linked.select(table.columns).equals(table)


def test_metadata_of_arrow_is_kept() -> None:
    table = pa.table(COLUMNS).replace_schema_metadata({"note": "kept"})
    assert corpuscle.link(table, gate=2.0).schema.metadata == {b"note": b"kept"}


def test_chunks_of_arrow_are_linked() -> None:
    table = pa.concat_tables([pa.table(COLUMNS), pa.table(COLUMNS | {"frame": [3, 2, 2, 3]})])
    assert corpuscle.link(table, gate=2.0)["track"].to_pylist() == [0, 0, 1, 1, 0, 0, 1, 1]


def test_the_table_of_a_lazy_frame_is_asked_for() -> None:
    with pytest.raises(TypeError, match="expected a pandas, polars or pyarrow table, not LazyFrame"):
        corpuscle.link(pl.DataFrame(COLUMNS).lazy())


def test_linking_by_a_classical_method_needs_no_large_package() -> None:
    """None of them is imported: here they cannot be. Where pandas is there, pyarrow imports it by itself."""
    code = """
import sys
large = {"torch", "lightning", "sklearn", "matplotlib", "pandas", "polars"}

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name in large:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Missing())
import pyarrow as pa
import corpuscle
spots = pa.table({"frame": [0, 1], "x": [0.0, 1.0], "y": [0.0, 0.0]})
for method in ("nearest", "lap", "cover", "kalman"):
    for settings in ({"gate": 2.0}, {}):
        linked = corpuscle.link(spots, method=method, **settings)
        assert linked["track"].to_pylist() == [0, 0], method
assert corpuscle.score(linked, linked)["link_jaccard"] == 1.0
corpuscle.simulate("brownian", particles=2, frames=2)
assert not large & set(sys.modules)
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert not ran.stderr


def test_nothing_is_imported_with_the_package() -> None:
    code = "import sys, corpuscle; print(sorted({'numpy', 'numba', 'scipy', 'pyarrow'} & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_a_z_of_zeros_is_no_third_dimension() -> None:
    detections, _ = corpuscle.simulate("brownian", particles=6, frames=12, seed=1)
    zeros = pa.array(np.zeros(detections.num_rows))
    flat = corpuscle.link(detections, method="marginal", step=1.5, drift=0.0)
    deep = corpuscle.link(detections.append_column("z", zeros), method="marginal", step=1.5, drift=0.0)
    assert deep["track"].equals(flat["track"])
    assert deep["link_probability"].to_pylist() == pytest.approx(flat["link_probability"].to_pylist(), nan_ok=True)
    assert deep["z"].to_pylist() == zeros.to_pylist()
    moved = corpuscle.motion(flat)
    assert corpuscle.motion(deep).values["diffusion"] == moved.values["diffusion"]
