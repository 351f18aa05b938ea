"""`corpuscle score`: a result against the truth."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from corpuscle.cli.console import out, progress, say
from corpuscle.cli.options import Columns, Force, FrameInterval, From, PixelSize, Quiet, read_columns, read_scale
from corpuscle.cli.outcome import Picture

SHOWN = {
    "link_precision": "share of found links that are true",
    "link_recall": "share of true links that were found",
    "link_jaccard": "true and found over true or found",
    "alpha": "ISBI: tracks, 1 is perfect",
    "beta": "ISBI: the same, spurious tracks punished",
    "jsc": "ISBI: Jaccard of detections in paired tracks",
    "jsc_theta": "ISBI: Jaccard of whole tracks",
    "rmse": "ISBI: distance of paired detections",
    "mota": "CLEAR-MOT accuracy",
    "idf1": "F1 of detections with the right identity",
    "calibration_error": "link_probability against the share of true links, 0 is perfect",
    "calibration_floor": "the same of perfect probabilities, from chance alone",
    "link_negative_log_likelihood": "mean surprise a link, lower is better",
}

SHOWN_HITS = {
    "trackml_score": "TrackML: weight of hits in good tracks, 1 is perfect",
    "tracks": "tracks that hits were put into",
    "good_tracks": "mostly one particle's, with most of it",
    "hits": "hits",
    "events": "events, over which the score is the mean",
}


def score(
    result: Annotated[
        Path,
        typer.Argument(
            help="Tracks: frame, x, y, perhaps z, track; parameters, as fit gives; labels, as identify does."
        ),
    ],
    truth: Annotated[
        Path,
        typer.Option(
            help="Truth: track, frame, x, y, perhaps z and detection; particles, as simulate gives, or shards; images."
        ),
    ],
    gate: Annotated[str, typer.Option(help="Distance from which on two positions are not the same.")] = "5",
    by: Annotated[
        str, typer.Option(help="Score links by detection, by position, or auto: as the truth allows.")
    ] = "auto",
    json_out: Annotated[
        Path | None, typer.Option("--json", metavar="OUT|-", help="Write every value, and the counts behind it.")
    ] = None,
    columns: Columns = None,
    truth_columns: Columns = None,
    pixel_size: PixelSize = None,
    frame_interval: FrameInterval = None,
    source: From = None,
    truth_source: Annotated[
        str | None, typer.Option("--truth-from", metavar="FORMAT", help="Format of the truth, if its name misleads.")
    ] = None,
    hits: Annotated[
        Path | None, typer.Option(help="Of parameters: the hits that were fitted, so that a bound knows their holes.")
    ] = None,
    against: Annotated[
        Path | None, typer.Option(help="Of parameters: those of another fit, whose width is compared with.")
    ] = None,
    picture: Picture = None,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """Score tracks, track parameters, or labels of images against the truth."""
    from corpuscle.io.labels import holds_labels
    from corpuscle.io.parameters import holds_parameters

    if holds_parameters(result):
        from corpuscle.api.score import refuse_options
        from corpuscle.cli.score_fitted import score_fitted

        options = {"--gate": gate != "5", "--by": by != "auto", "--columns": columns, "--from": source}
        more = {"--truth-columns": truth_columns, "--pixel-size": pixel_size, "--truth-from": truth_source}
        refuse_options(**options, **more, **{"--frame-interval": frame_interval})
        score_fitted(
            result, truth, hits=hits, against=against, json_out=json_out, picture=picture, force=force, quiet=quiet
        )
        return
    if holds_labels(result):
        from corpuscle.cli.score_labels import score_labels

        refuse_for_labels(
            {"--gate": gate != "5", "--by": by != "auto", "--columns": columns, "--from": source, "--hits": hits,
             "--against": against, "--truth-columns": truth_columns, "--pixel-size": pixel_size,
             "--truth-from": truth_source, "--frame-interval": frame_interval}
        )  # fmt: skip
        score_labels(result, truth, json_out=json_out, picture=picture, force=force, quiet=quiet)
        return
    for name, given in (("--hits", hits), ("--against", against), ("--picture", picture)):
        if given is not None:
            message = f"{name} is about track parameters (d0, z0, ...), which {result.name} does not hold: leave it out"
            raise ValueError(message)
    from corpuscle.api.hits import read_submission, score_submission
    from corpuscle.api.score import score_tables
    from corpuscle.io.files import check_writable, read_file

    if json_out is not None and str(json_out) != "-":
        check_writable(json_out, force=force)
    submission = None if source or truth_source or columns or truth_columns else read_submission(result, truth)
    if submission is not None:
        refuse_given(
            {
                "--gate": gate != "5",
                "--by": by != "auto",
                "--pixel-size": pixel_size,
                "--frame-interval": frame_interval,
            }
        )
        values = score_submission(*submission)
        report(values, {}, SHOWN_HITS, json_out, force=force)
        return
    scale = read_scale(pixel_size, frame_interval)
    with progress(quiet=quiet):
        ours = read_file(result, format=source, chosen=read_columns(columns), scale=scale)
        theirs = read_file(truth, format=truth_source, chosen=read_columns(truth_columns), scale=scale)
        values = score_tables(ours, theirs, gate=gate, by=by)
    links_by = "detection" if by != "position" and "detection" in theirs.roles else "position"
    for name, table in ((result.name, ours), (truth.name, theirs)):
        for note in table.notes:
            say(f"{name}: {note}", quiet=quiet)
    say(f"links are scored by {links_by} (--by), positions within a gate of {gate}", quiet=quiet)
    report(values, {"by": links_by, "gate": gate}, SHOWN, json_out, force=force)


def refuse_for_labels(given: Mapping[str, object]) -> None:
    """Refuse options that say nothing to labels of images."""
    wrong = [name for name, value in given.items() if value]
    if wrong:
        message = f"{wrong[0]} says nothing to labels of images (row, probability_<class>): leave it out"
        raise ValueError(message)


def refuse_given(given: Mapping[str, object]) -> None:
    """Refuse options that say nothing to a submission of TrackML."""
    wrong = [name for name, value in given.items() if value]
    if wrong:
        message = f"{wrong[0]} says nothing to hits and their tracks (hit_id, track_id): leave it out"
        raise ValueError(message)


def report(
    values: dict[str, float | int],
    about: Mapping[str, object],
    shown: Mapping[str, str],
    json_out: Path | None,
    *,
    force: bool,
) -> None:
    """Print the scores, or write them as JSON."""
    from corpuscle.io.files import write_whole

    plain = {key: None if math.isnan(value) else value for key, value in values.items()}
    text = json.dumps({**about, **plain}, indent=1)
    if json_out is not None and str(json_out) == "-":
        out.print(text, markup=False)
        return
    if json_out is not None:
        write_whole(text + "\n", json_out, force=force)
    print_scores(values, shown)


def print_scores(values: dict[str, float | int], shown: Mapping[str, str]) -> None:
    """Print the scores as a table."""
    from rich.table import Table

    table = Table("score", "value", "meaning", box=None, pad_edge=False)
    table.columns[1].justify = "right"
    for name, meaning in shown.items():
        if name in values:
            value = values[name]
            table.add_row(name, f"{value:.4f}" if isinstance(value, float) else str(value), meaning)
    out.print(table)
