"""The information study: its entries, what a row says, and what is made of rows."""

import dataclasses
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from corpuscle.linking.learned.pair_embedding import build_embedding
from corpuscle.linking.learned.shape import EmbeddingShape
from corpuscle.nets.weights import Card, write_weights
from corpuscle.report.information_table import list_information
from corpuscle.studies.information.calibration import CALIBRATIONS, compute_azimuth, draw_azimuth, draw_turn
from corpuscle.studies.information.changes import WAYS
from corpuscle.studies.information.collected import Collected
from corpuscle.studies.information.couthures2025 import INFORMATION
from corpuscle.studies.information.entries import HELIX, NET, TABLES, list_entries
from corpuscle.studies.information.folder import open_folder
from corpuscle.studies.information.judged import adjust_rows, average, judge_information
from corpuscle.studies.information.measure import ASKED, measure_entry
from corpuscle.studies.information.pairs import draw_pairs, measure_curvature, measure_start
from corpuscle.studies.information.variables import VARIABLES
from corpuscle.studies.information.world import Barrel
from corpuscle.studies.run import run_study
from corpuscle.studies.study import Contender, Grid
from corpuscle.studies.verdict import Row, Verdict

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "trackml-small"
SOURCE = Path(__file__).parents[2].parent / "shared" / "sources" / "couthures2025-tracking-with-ml.md"
WORLD = Barrel(events=2, tracks=30)
ENTRIES = {entry.name: entry for entry in list_entries()}


@pytest.fixture(scope="module")
def collected() -> Collected:
    return WORLD.draw_scene(0)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("net") / "weights.safetensors"
    shape = {**NET, "width": 8, "places": 4}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        net = build_embedding(EmbeddingShape(**shape))
    write_weights(net, path, Card(net="pair-embedding", layout=1, settings=shape, training={}, seed=0, version="0"))
    return str(path)


def measure(entry: Contender, collected: Collected, weights: str) -> dict[str, Any]:
    entrant = entry.build(WORLD, 0, weights if entry.training else None)
    return {"world": "helix", "repeat": 0, **entry.columns, **measure_entry(entry, entrant, collected)}


def test_every_table_has_entries_and_each_is_asked_once() -> None:
    entries = list_entries()
    assert len(ENTRIES) == len(entries)
    assert {entry.columns["table"] for entry in entries} == set(TABLES) == set(ASKED)
    assert {entry.where["world"] for entry in entries if entry.where} == {HELIX["world"]}


def test_one_entry_of_each_table_is_measured(collected: Collected, weights: str) -> None:
    rows = [
        measure(ENTRIES[name], collected, weights)
        for name in (
            "T1 phi · particle", "T1 layer · particle", "T2 phi · phi0", "T3 Δφ, Δη together", "T3 distance in the net",
            "T4 uniform_particle · neuron", "T4 uniform_event · particle", "T5 theta · neuron · ranks",
            "T6 phi · layer 1", "T6 uniform_hit · layer 4", "T7 normal, correlation 0.6 · ksg 1", "T8 pair-embedding",
            "T8 window, tuned",
        )
    ]  # fmt: skip
    azimuth, layer, direction, pair, net, control, event, theta, neuron, chance, normal, linker, window = rows
    assert azimuth["share"] > 0.6
    assert azimuth["ceiling"] == pytest.approx(math.log2(30))
    assert layer["bits"] == pytest.approx(0.0, abs=1e-9)
    assert layer["excess"] < 0  # more even than chance: every particle crosses every layer once
    assert direction["curve_events"] == [1, 2]
    assert direction["z"] > 5
    assert pair["share"] > 0.7
    assert net["ceiling"] == pytest.approx(pair["ceiling"])
    assert control["bits"] > 0.1
    assert abs(control["z"]) < 4
    assert control["null"] == "particles"
    assert event["bits"] == pytest.approx(1.0) == event["null_mean"]
    assert theta["spread_all"] == pytest.approx(0.0, abs=1e-9)
    assert neuron["above_null"] == 1.0
    assert neuron["probe_r2"] > 0.8
    assert chance["above_null"] < 0.3
    assert normal["error_bits"] == pytest.approx(0.0, abs=0.06)
    assert 0 < linker["f1"] < 1
    assert 0.7 < window["f1"] < 1
    assert window["chosen"].startswith("aspect")
    tables = list_information(rows)
    assert [title[:2] for title, _, _ in tables] == list(TABLES)
    assert all(len(line) == len(head) for _, head, body in tables for line in body)


def test_every_variable_has_a_value_of_every_hit(collected: Collected) -> None:
    for name, variable in VARIABLES.items():
        values = variable.give(collected)
        assert values.shape == (600, 1), name
        assert np.isfinite(values).all(), name
        owner = {"particle": collected.origin.particle, "event": collected.origin.event}.get(variable.grain)
        if owner is not None:
            assert all(len(np.unique(values[owner == one])) == 1 for one in np.unique(owner)), name
    assert len(np.unique(VARIABLES["r"].give(collected))) == 10


def test_controls_differ_and_are_the_same_twice(collected: Collected) -> None:
    one, other = (VARIABLES[f"uniform_{grain}"].give(collected) for grain in ("hit", "particle"))
    assert not np.array_equal(one, other)
    np.testing.assert_array_equal(one, VARIABLES["uniform_hit"].give(WORLD.draw_scene(0)))


def test_every_way_to_write_a_quantity_can_be_turned_back(collected: Collected) -> None:
    for variable, ways in WAYS.items():
        plain = VARIABLES[variable].give(collected)
        for way, write in ways.items():
            assert len(np.unique(write(plain))) == len(np.unique(plain)), way


def test_pairs_are_of_neighbouring_layers_and_a_quarter_follows(collected: Collected) -> None:
    pairs = draw_pairs(collected)
    inner, outer = pairs.radii
    assert (outer > inner).all()
    assert pairs.same.mean() == pytest.approx(0.25, abs=0.02)
    assert np.abs(pairs.azimuth[pairs.same]).max() < 0.6
    bent = measure_curvature(pairs)[pairs.same]
    assert np.median(np.abs(bent)) < 5e-4 < np.median(np.abs(measure_curvature(pairs)[~pairs.same]))
    assert np.median(np.abs(measure_start(pairs)[pairs.same])) < 100


def test_the_computed_information_of_an_azimuth_is_that_of_many_tracks() -> None:
    generator = np.random.default_rng(0)
    azimuth, direction = draw_azimuth(generator)
    turn = np.mod(azimuth - direction + np.pi, 2 * np.pi) - np.pi
    # the entropy of the turn from the histogram of the logarithm of its size, in which it is nearly even, and its sign
    share, edge = np.histogram(np.log(np.abs(turn[:, 0])), bins=30)
    kept = share > 0
    share = share / share.sum()
    entropy = -(share[kept] * np.log(share[kept] / np.diff(edge)[kept])).sum()
    entropy += np.log(np.abs(turn)).mean() + np.log(2)
    assert compute_azimuth() == pytest.approx((np.log(2 * np.pi) - entropy) / np.log(2), abs=0.05)


def test_the_turn_of_a_track_tells_its_charge() -> None:
    turn, kind = draw_turn(np.random.default_rng(0))
    assert ((turn > np.pi) == (kind < 0)).all() or ((turn > np.pi) == (kind > 0)).all()
    assert set(CALIBRATIONS) >= {"helix, turn and charge · ross"}


def test_p_is_adjusted_table_by_table() -> None:
    rows: list[dict[str, Any]] = [{"table": "T1", "p": p} for p in (0.01, 0.02, 0.03)]
    rows += [{"table": "T2", "p": 0.04}, {"table": "T7"}]
    assert [row["q"] for row in adjust_rows(rows)] == [pytest.approx(0.03)] * 3 + [0.04, None]


def test_a_mean_over_samples_has_the_error_of_their_mean() -> None:
    assert average([1.0, 3.0], [0.3, 0.4]) == pytest.approx((2.0, 0.25))
    assert average([1.0], [math.nan]) == (1.0, 0.0)


def test_rows_that_are_missing_are_named() -> None:
    with pytest.raises(ValueError, match="expected rows of T4 'uniform_particle · neuron', and there are none"):
        judge_information([])


def test_the_claim_is_the_sentence_of_the_slides() -> None:
    if not SOURCE.exists():
        pytest.skip("the source text is not here")
    assert INFORMATION.claim in " ".join(SOURCE.read_text(encoding="utf-8").split())


def test_a_study_without_data_is_as_it_is() -> None:
    assert INFORMATION.take("quick", None) is INFORMATION
    assert dataclasses.replace(INFORMATION, gather=None).take("quick", Path("nowhere")).worlds is INFORMATION.worlds


def test_a_folder_of_events_is_a_world_beside() -> None:
    if not DATA.exists():
        pytest.skip(f"the reference data are not here: {DATA}")
    taken = INFORMATION.take("quick", DATA)
    assert [case.columns["world"] for case in taken.worlds["quick"].worlds] == ["helix", "trackml"]
    folder = open_folder(DATA)
    assert len(folder.files) == 4
    collected = folder.draw_scene(0, DATA)
    assert len(collected.truth) == 468
    row = measure(ENTRIES["T1 phi · particle"], collected, "")
    assert row["events"] == 1
    assert row["excess"] > 2
    with pytest.raises(ValueError, match="give --data DIR"):
        folder.draw_scene(0)


def hold_nothing(rows: Sequence[Row]) -> Verdict:
    return Verdict(statements=(), reading="nothing")


def test_a_run_goes_on_and_takes_a_folder_beside(tmp_path: Path) -> None:
    few = tuple(ENTRIES[name] for name in ("T1 phi · particle", "T7 normal, correlation 0.6 · ksg 1"))
    tiny = dataclasses.replace(INFORMATION, methods=few, worlds={"quick": Grid(worlds=(WORLD,))}, holds=hold_nothing)
    first = run_study(tiny, "quick", tmp_path / "run")
    part = next((tmp_path / "run" / "parts").iterdir())
    part.unlink()
    again = run_study(tiny, "quick", tmp_path / "run")
    assert [row["bits"] for row in again.rows] == [row["bits"] for row in first.rows]
    if DATA.exists():
        with pytest.raises(ValueError, match=r"holds another run: its (data|worlds|cases) are others"):
            run_study(tiny, "quick", tmp_path / "run", data=DATA)
        beside = run_study(tiny, "quick", tmp_path / "beside", data=DATA)
        assert [(row["world"], row["table"]) for row in beside.rows] == [
            ("helix", "T1"), ("helix", "T7"), ("trackml", "T1")
        ]  # fmt: skip
