"""Fit tracks: hits in, track parameters out."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa

from corpuscle.api.tables import Frame, as_arrow, make_backend, take_frame, text_names
from corpuscle.data.event import TrackHits
from corpuscle.data.progress import follow
from corpuscle.data.settings import build_method, list_settings
from corpuscle.fitting.base import REASONS, Fit, Fitter
from corpuscle.fitting.chunks import count_reasons, fit_chunks
from corpuscle.fitting.fitters import FITTERS
from corpuscle.io.collisions import HITS, make_events
from corpuscle.io.geometry import OVERRIDES, find_apparatus, settle_apparatus
from corpuscle.io.parameters import FittedTracks, list_parameters
from corpuscle.io.parts import Part, open_tracks
from corpuscle.io.table import Table
from corpuscle.io.tabular import write_parts
from corpuscle.training.run import read_run

DEFAULT = "gls"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What became of the tracks of a file.

    Args:
        events: events.
        tracks: tracks.
        valid: those with parameters.
        invalid: those without, by reason.
        noise: hits in no track.
        off_cylinders: valid tracks with a hit on no cylinder of the apparatus (an endcap's, say).
    """

    events: int = 0
    tracks: int = 0
    valid: int = 0
    invalid: Mapping[str, int] = field(default_factory=dict)
    noise: int = 0
    off_cylinders: int = 0

    def add(self, part: Part, fit: Fit) -> "Counts":
        """Count one more part of the file."""
        return Counts(
            events=self.events + part.events,
            tracks=self.tracks + len(fit),
            valid=self.valid + int(fit.valid.sum()),
            invalid=dict(Counter(self.invalid) + Counter(count_reasons(fit))),
            noise=self.noise + part.noise,
            off_cylinders=self.off_cylinders + count_off_cylinders(part.tracks, fit),
        )


def count_off_cylinders(tracks: TrackHits, fit: Fit) -> int:
    """Count the tracks that have parameters and a hit on no cylinder."""
    off = np.bincount(tracks.owner, tracks.layer < 0, len(tracks)) > 0
    return int((off & fit.valid).sum())


def fit(hits: Frame, *, method: str | Fitter = DEFAULT, **settings: object) -> Frame:
    """Fit the tracks of events.

    Args:
        hits: one row a hit, with `event, track, x, y, z` [mm] and `layer`, the number of its cylinder from the inside
            out, from 0 (-1: on none); track -1 is noise. pandas, polars, pyarrow or any other table that narwhals
            knows.
        method: the name of a fitter (`corpuscle methods fit`), the folder of a training run, or a fitter.
        settings: the method's settings; and the apparatus, where the table does not bring it or is wrong: `field` [T],
            `radius` [mm, cylinder by cylinder, or "trackml"], `resolution` and `resolution_z` [mm], `material`
            [radiation lengths]. A pyarrow table that was read from a file of ours, or simulated, brings it.

    Returns:
        The same kind of table, one row a track by event and track: `event, track, d0, z0, phi, theta, q_over_p`
        [mm, rad, 1/GeV], their covariance (`cov_d0_d0` and so on, NaN where the method gives none), `chi2`, `ndf`,
        `valid`, and the `reason` where it is not: such a row is NaN.

    Raises: ValueError, when the table, the apparatus, the method or a setting is not what it must be; the message says
        what to do.

    >>> import corpuscle
    >>> hits, truth = corpuscle.simulate("helix", tracks=3)
    >>> fit(hits, method="karimaki")["valid"].to_pylist()
    [True, True, True]
    """
    frame = take_frame(hits)
    names = text_names(frame)
    columns = pa.table({name: as_arrow(frame[name]) for name in (HITS if set(HITS) <= set(names) else names)})
    metadata = hits.schema.metadata if isinstance(hits, pa.Table) else None
    table = Table(columns=columns.replace_schema_metadata(metadata), roles={}, first_line=0, format="python")
    fitter, overrides = choose_fitter(method, settings)
    apparatus = settle_apparatus(find_apparatus(table.columns, None, ""), overrides, "")
    tracks = make_events(table, apparatus).collect_tracks()
    return make_backend(list_fit(tracks, fit_chunks(fitter, tracks, apparatus)), frame.implementation)


def list_fit(tracks: TrackHits, found: Fit) -> pa.Table:
    """List what was found as a table, one row a track."""
    fitted = FittedTracks(
        event=tracks.event,
        track=tracks.track,
        parameters=found.parameters,
        chi2=found.chi2,
        ndf=found.ndf,
        reason=found.reason,
        reasons=REASONS,
    )
    return list_parameters(fitted)


def fit_file(
    hits: Path, output: Path, fitter: Fitter, overrides: Mapping[str, object], *, force: bool = False
) -> Counts:
    """Fit the tracks of a file, a part at a time, into another one, which is there when all are fitted.

    Args:
        hits: a table of hits, or the folder of shards.
        output: the table of parameters to write.
        fitter: the fitter.
        overrides: what holds of the apparatus in place of what the file says.
        force: whether an output that exists is replaced.

    Raises: FormatError, when the hits are not what they must be; OSError, when a file cannot be read or written.
    """
    opened, counts = open_tracks(hits, overrides), [Counts()]

    def go() -> Iterator[pa.Table]:
        for part in follow(opened.parts, "parts of the file", opened.count):
            found = fit_chunks(fitter, part.tracks, opened.apparatus)
            counts[0] = counts[0].add(part, found)
            yield list_fit(part.tracks, found)

    write_parts(go(), output, opened.apparatus, force=force)
    return counts[0]


def choose_fitter(method: str | Fitter, settings: Mapping[str, object]) -> tuple[Fitter, dict[str, object]]:
    """Make the fitter that was named, and give what of the settings is about the apparatus.

    Raises: ValueError, when the method or a setting is unknown or a value does not fit.
    """
    if isinstance(method, Fitter):
        if set(settings) - set(OVERRIDES):
            message = (
                f"settings go with the name of a fitter; {type(method).__name__} has its own already "
                f"(the apparatus may be said: {', '.join(OVERRIDES)})"
            )
            raise ValueError(message)
        return method, dict(settings)
    name = name_fitter(method)
    known = {setting.name for setting in list_settings(FITTERS[name])}
    overrides = {key: value for key, value in settings.items() if key in OVERRIDES and key not in known}
    own = {key: value for key, value in settings.items() if key not in overrides}
    if name != method:
        own = {"weights": method, **own}
    fitter: Fitter = build_method(FITTERS[name], own, name=name)
    return fitter, overrides


def name_fitter(method: str) -> str:
    """Give the name of the fitter that a name or the folder of a training run stands for."""
    return read_run(Path(method)).method if method not in FITTERS and Path(method).is_dir() else method
