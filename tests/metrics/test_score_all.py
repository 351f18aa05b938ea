"""The names that a score is written under."""

import numpy as np

from corpuscle.data.scene import Truth
from corpuscle.metrics.base import Result
from corpuscle.metrics.score import score_all

RATIOS = [
    "link_precision", "link_recall", "link_jaccard", "alpha", "beta", "jsc", "jsc_theta", "rmse", "mota", "idf1",
]  # fmt: skip


def test_ratios_and_the_counts_behind_them() -> None:
    frame, zero = np.arange(4), np.zeros(4, dtype=np.int64)
    truth = Truth(zero, frame, np.zeros((4, 2)), np.array([0, 1, -1, 2]))
    kept = np.array([0, 1, 3])
    values = score_all(truth, Result(zero[kept], frame[kept], np.full((3, 2), 0.5)))
    counts = [name for name in values if name not in RATIOS]
    assert [name for name in values if name in RATIOS] == RATIOS
    assert {name.split("_")[0] for name in counts} == {"link", "isbi", "mot"}
    assert all(isinstance(values[name], int) for name in counts if name != "isbi_pairing_distance")
    assert all(type(value) in {int, float} for value in values.values())
    assert not [name for name in values if "calibration" in name]
    assert (values["link_jaccard"], values["jsc"], values["mota"]) == (1.0, 0.75, 0.75)


def test_calibration_is_scored_where_links_have_a_probability() -> None:
    frame, zero = np.arange(3), np.zeros(3, dtype=np.int64)
    truth = Truth(zero, frame, np.zeros((3, 2)), frame)
    result = Result(zero, frame, np.zeros((3, 2)), probability=np.array([np.nan, 0.75, 0.75]))
    values = score_all(truth, result)
    assert (values["calibration_error"], values["calibration_links"]) == (0.25, 2)
    assert values["link_negative_log_likelihood"] == -np.log(0.75)
