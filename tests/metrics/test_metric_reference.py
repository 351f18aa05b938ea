"""The scores equal those of the organisers' program (ISBI) and of py-motmetrics (CLEAR-MOT, IDF1)."""

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corpuscle.data.scene import Truth
from corpuscle.metrics.identity import score_identity
from corpuscle.metrics.tracks import score_tracks

VECTORS = Path(__file__).parents[2].parent / "shared" / "data" / "isbi-metric-vectors"

CASES = [
    "tiny_identical",
    "tiny_shift_x_1",
    "tiny_one_track_missing",
    "tiny_one_spurious_far",
    "tiny_track0_split_at_t5",
    "tiny_id_swap_0_1_at_t5",
    "tiny_candidate_gap_t3_t4",
    "andi_e1f0_jitter_0p5",
    "andi_e1f0_drop_15pc_detections",
    "andi_e1f0_trackpy_link_search5_memory1",
]

pytestmark = pytest.mark.skipif(
    not VECTORS.exists(), reason="the reference values of ../shared/data/isbi-metric-vectors are not here"
)

NAMES = {
    "n_ref_tracks": "reference_tracks",
    "n_cand_tracks": "candidate_tracks",
    "n_paired_tracks": "paired_tracks",
    "n_missed_tracks": "missed_tracks",
    "n_spurious_tracks": "spurious_tracks",
    "n_ref_detections": "reference_detections",
    "n_cand_detections": "candidate_detections",
    "n_paired_detections": "paired_detections",
    "n_missed_detections": "missed_detections",
    "n_spurious_detections": "spurious_detections",
}


def read_case(case: str) -> dict[str, tuple[Any, Any, Any]]:
    """Read track, frame and position of the reference and of the candidate."""
    rows: dict[str, list[list[float]]] = {"reference": [], "candidate": []}
    with gzip.open(VECTORS / "cases.csv.gz", "rt") as file:
        for row in csv.DictReader(file):
            if row["case"] == case:
                rows[row["role"]].append([float(row[name]) for name in ("track", "t", "x", "y", "z")])
    tables = {role: np.array(values) for role, values in rows.items()}
    return {role: (table[:, 0].astype(int), table[:, 1].astype(int), table[:, 2:]) for role, table in tables.items()}


def test_every_case_is_known() -> None:
    assert list(json.loads((VECTORS / "expected.json").read_text())) == CASES


@pytest.mark.parametrize("case", CASES)
def test_tracks(case: str) -> None:
    tables = read_case(case)
    expected = json.loads((VECTORS / "expected.json").read_text())[case]
    for name, values in expected.items():
        score = score_tracks(Truth(*tables["reference"]), *tables["candidate"], gate=float(name.split("_")[1]))
        found = {key: getattr(score, NAMES.get(key, key)) for key in values}
        assert found == pytest.approx(values, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("case", CASES)
def test_identity(case: str) -> None:
    tables = read_case(case)
    values = json.loads((VECTORS / "expected_clearmot_gate5.json").read_text())[case]
    score = score_identity(Truth(*tables["reference"]), *tables["candidate"], gate=5.0)
    found = {key: getattr(score, key.removeprefix("num_")) for key in values}
    assert found == pytest.approx(values, rel=1e-9, abs=1e-9)
