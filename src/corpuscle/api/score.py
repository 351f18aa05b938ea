"""Score a result against the truth."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from corpuscle.api.hits import SUBMISSION, TRUTH, is_submission, score_submission, take_hits
from corpuscle.api.labels import Known, list_scores, score_rows
from corpuscle.api.tables import Frame, as_arrow, make_scale, read_frame, take_frame
from corpuscle.data.images import Images
from corpuscle.data.units import LENGTH, convert_quantity
from corpuscle.io.collisions import make_particles
from corpuscle.io.images.store import ImageStore
from corpuscle.io.labels import make_labels
from corpuscle.io.parameters import are_parameters, make_parameters
from corpuscle.io.table import Table, read_detections, read_probabilities, read_tracks, read_truth, require
from corpuscle.metrics.base import Result
from corpuscle.metrics.score import score_all


def score(
    result: Frame,
    truth: Frame | Known,
    *,
    gate: float | str = 5.0,
    by: str = "auto",
    columns: Mapping[str, str] | None = None,
    truth_columns: Mapping[str, str] | None = None,
    pixel_size: float | str | None = None,
) -> dict[str, Any]:
    """Score tracks, track parameters, or labels of images against the truth.

    Args:
        result: one row a detection with `track, frame, x, y[, z]`, as `link` gives it; or one row a track with `event,
            track, d0, z0, phi, theta, q_over_p`, as `fit` gives it; or one row an image with `row` and
            `probability_<class>`, as `identify` gives it.
        truth: one row a particle and frame with `track, frame, x, y[, z]`, and `detection`, the row of its detection
            (-1: missed), where it is known; of labels, the store of images: its folder, or an open one.
        gate: the distance from which on two positions are not the same [length].
        by: how links are scored: `detection`, by the identity of each detection; `position`, by pairing positions
            within the gate; `auto`, by detection where the truth knows it.
        columns: which column of the result plays which role, where the names do not tell.
        truth_columns: the same of the truth.
        pixel_size: length of one unit of position [um, or "160nm"], so that the gate may have a unit.

    Returns:
        `link_precision, link_recall, link_jaccard, alpha, beta, jsc, jsc_theta, rmse, mota, idf1` and the counts
        behind them; where the result has probabilities in `link_probability`, also `calibration_error,
        calibration_floor, calibration_links, link_negative_log_likelihood`. Of a submission of TrackML (`hit_id,
        track_id` against `hit_id, particle_id, weight`), `trackml_score, tracks, good_tracks, hits, events`. Of
        track parameters, whose truth is one row a particle with the same columns: `tracks, events, invalid, reasons`,
        the scores of `all` tracks, of `pt_bins`, `eta_bins` and `lost_bins` (`metrics.regression.score_momentum`)
        with their 95 % intervals, and of each of the `parameters`. Of labels: `auc, rejection_30, rejection_50,
        rejection_80, accuracy` with their intervals, `calibration_error, brier, log_loss, reliability`.

    Raises: ValueError, when result and truth cannot be compared; the message says why.

    >>> import pyarrow as pa
    >>> truth = pa.table({"track": [0, 0], "frame": [0, 1], "x": [0.0, 1.0], "y": [0.0, 0.0]})
    >>> score(truth, truth)["alpha"]
    1.0
    """
    if isinstance(truth, (str, Path, ImageStore, Images)):
        given = {"gate": gate != 5.0, "by": by != "auto", "columns": columns, "truth_columns": truth_columns}
        refuse_given({**given, "pixel_size": pixel_size}, "the truth is a store of images")
        found = make_labels(take_table(result))
        return list_scores(score_rows(found, truth), found)
    frame, true = take_frame(result), take_frame(truth)
    if is_submission(frame.columns, true.columns):
        return score_submission(take_hits(frame, SUBMISSION), take_hits(true, TRUTH))
    if are_parameters(frame.columns):
        refuse_options(gate=gate != 5.0, by=by != "auto", columns=columns, truth_columns=truth_columns,
                       pixel_size=pixel_size)  # fmt: skip
        return score_fitted(result, truth)
    ours = read_frame(frame, columns=columns, scale=make_scale(pixel_size, None))
    return score_tables(ours, read_frame(true, columns=truth_columns), gate=gate, by=by)


def score_tables(result: Table, truth: Table, *, gate: float | str = 5.0, by: str = "auto") -> dict[str, float | int]:
    """Score one table against another."""
    if by not in {"auto", "detection", "position"}:
        message = f"expected by auto, detection or position, not {by!r}"
        raise ValueError(message)
    require(result, "track", "x", "y")
    distance = convert_quantity(gate, LENGTH, result.scale) if isinstance(gate, str) else float(gate)
    true = read_truth(truth)
    if by == "detection" and true.detection is None:
        raise ValueError("the truth has no column `detection`; score by=position, or give one")
    if by == "position":
        true = dataclasses.replace(true, detection=None)
    detections = read_detections(result)
    label, parent, merged_into = read_tracks(result)
    if np.shape(true.position)[1] != detections.position.shape[1]:
        spaces = detections.position.shape[1], true.position.shape[1]
        hint = "leave z out of one with --columns z= or --truth-columns z="
        message = f"the result is {spaces[0]}-D and the truth {spaces[1]}-D; {hint}"
        raise ValueError(message)
    sure = read_probabilities(result)
    found = Result(label, detections.frame, detections.position, parent, merged_into, sure)
    return score_all(true, found, gate=distance)


def score_fitted(result: Frame, truth: Frame) -> dict[str, Any]:
    """Score a table of track parameters; the bound is found where the table brings its apparatus."""
    from corpuscle.api.parameters import read_apparatus_of, score_parameters

    ours, theirs = take_table(result), take_table(truth)
    apparatus = read_apparatus_of(ours.columns)
    return score_parameters(make_parameters(ours), make_particles(theirs), apparatus=apparatus).list_values()


def take_table(frame: Frame) -> Table:
    """Take the columns of a data frame by their names, with what a pyarrow table says of itself."""
    taken = take_frame(frame)
    columns = pa.table({name: as_arrow(taken[name]) for name in taken.columns})
    metadata = frame.schema.metadata if isinstance(frame, pa.Table) else None
    return Table(columns=columns.replace_schema_metadata(metadata), roles={}, first_line=0, format="python")


def refuse_options(**given: object) -> None:
    """Refuse what has no meaning for track parameters.

    Raises: ValueError, naming it.
    """
    refuse_given(given, "the result holds track parameters")


def refuse_given(given: Mapping[str, object], why: str) -> None:
    """Refuse what has a meaning for tracks only.

    Raises: ValueError, naming it.
    """
    for name, value in given.items():
        if value:
            message = f"{name} is about tracks (frame, x, y); {why}: leave it out"
            raise ValueError(message)
