"""`corpuscle.score` of tables of track parameters."""

import numpy as np
import pyarrow as pa
import pytest

import corpuscle

TRUTH = {
    "event": [0, 0, 1, 1],
    "track": [0, 1, 0, 1],
    "d0": [0.0] * 4,
    "z0": [0.0] * 4,
    "phi": [0.1, 0.2, 0.3, 0.4],
    "theta": [1.5] * 4,
    "q_over_p": [0.5, -0.5, 0.25, 0.0],
}


def test_the_truth_is_perfect_and_the_neutral_left_out() -> None:
    values = corpuscle.score(pa.table(TRUTH), pa.table(TRUTH))
    assert (values["tracks"], values["neutral"], values["invalid"]) == (3, 1, 0.0)
    assert values["all"]["mae_pt"] == values["all"]["r68"] == 0.0
    assert values["unknown"] == 1  # the neutral one stands in the result and is no track of the truth


def test_what_was_not_found_counts_by_reason() -> None:
    found = pa.table(TRUTH | {"valid": [True, False, True, True], "reason": ["", "fewer than 3 hits", "", ""]})
    values = corpuscle.score(found.slice(0, 2), pa.table(TRUTH))
    assert values["reasons"] == {"not in the result": 1, "fewer than 3 hits": 1}
    assert values["invalid"] == pytest.approx(2 / 3)


def test_a_simulated_table_brings_its_apparatus() -> None:
    hits, truth = corpuscle.simulate("helix", tracks=200)
    parameters = corpuscle.fit(hits)
    values = corpuscle.score(parameters, truth)
    assert np.isfinite(values["all"]["pull_width"])
    assert values["tracks"] == 200


def test_options_of_tracks_are_refused() -> None:
    table = pa.table(TRUTH)
    with pytest.raises(ValueError, match=r"gate is about tracks \(frame, x, y\); the result holds track parameters"):
        corpuscle.score(table, table, gate=3.0)
    with pytest.raises(ValueError, match="by is about tracks"):
        corpuscle.score(table, table, by="position")


def test_a_missing_column_is_named() -> None:
    table = pa.table(TRUTH)
    with pytest.raises(ValueError, match="event"):
        corpuscle.score(table.drop_columns(["event"]), table)
