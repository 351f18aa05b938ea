"""What ACTS itself fitted: track parameters with their covariance, and tracks with what they were made of."""

import re
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from corpuscle.data.helix import HelixParameters
from corpuscle.io.collider.bundle import Member
from corpuscle.io.collider.columns import Columns, read_columns, stack
from corpuscle.io.errors import FormatError
from corpuscle.io.text import parse_rows, read_header

NAMES = ("d0", "z0", "phi", "theta", "qop")
COUNTS = ("nStates", "nMajorityHits", "nMeasurements", "nOutliers", "nHoles", "nSharedHits")
VALUES = ("chi2", "ndf", "pT", "eta", "phi", "truthMatchProbability")
BARCODE = re.compile(r"vp=(\d+)\|vs=(\d+)\|p=(\d+)\|g=(\d+)\|sp=(\d+)")
SHIFTS = (52, 40, 24, 16, 0)


def read_parameters(member: Member) -> tuple[Int[np.ndarray, " track"], HelixParameters]:
    """Read `event*-parameters.csv`: the number of each track, and its perigee with covariance.

    Raises: FormatError, when a column is missing or a cell does not fit.
    """
    variances = [f"var_{name}" for name in NAMES]
    others = [f"cov_{one}{other}" for one in NAMES for other in NAMES if one != other]
    found = read_columns(member, numbers=(*NAMES, *variances, *others), whole=("trackId",))
    covariance = np.empty((len(found["trackId"]), 5, 5))
    for i, one in enumerate(NAMES):
        for j, other in enumerate(NAMES):
            covariance[:, i, j] = found[f"var_{one}" if i == j else f"cov_{one}{other}"]
    try:
        return found["trackId"], HelixParameters(stack(found, *NAMES), covariance)
    except ValueError as error:
        raise FormatError(str(member), "parameters of tracks", str(error)) from None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FittedTracks:
    """Tracks as ACTS found them.

    Args:
        number: of each track.
        particle: the barcode of its majority particle, packed as `read_barcodes` packs it.
        values: its counts, chi2, ndf, pT [GeV], eta, phi [rad], matching probability.
        sort: good, duplicate or fake.
        offset: where the measurements of each track begin, and the number of all.
        measurement: their identifiers.
    """

    number: Int[np.ndarray, " track"]
    particle: Int[np.ndarray, " track"]
    values: dict[str, Float[np.ndarray, " track"]]
    sort: tuple[str, ...]
    offset: Int[np.ndarray, " track_and_1"]
    measurement: Int[np.ndarray, " measurement"]


def read_tracks(member: Member) -> FittedTracks:
    """Read `event*-tracks.csv`. ACTS's own writer leaves out tracks below 1 GeV unless told otherwise.

    Raises: FormatError, when a column is missing or a cell does not fit.
    """
    found: Columns = read_columns(member, numbers=VALUES, whole=("track_id", *COUNTS))
    data = member.read()
    names, lines = read_header(data, str(member), delimiter=",")
    wanted = ("particleId", "good/duplicate/fake", "Measurements_ID")
    missing = [name for name in wanted if name not in names]
    if missing:
        raise FormatError(str(member), f"the column {missing[0]}", ", ".join(names), line=1)
    texts = parse_rows(data, str(member), names, delimiter=",", skipped=lines)
    particle, sort, lists = (texts.column(name).to_pylist() for name in wanted)
    made = [read_list(text, str(member), line) for line, text in enumerate(lists, start=2)]
    return FittedTracks(
        number=found["track_id"],
        particle=np.array([read_barcode(text, str(member), k) for k, text in enumerate(particle, start=2)], np.int64),
        values={name: found[name].astype(float) for name in (*COUNTS, *VALUES)},
        sort=tuple(sort),
        offset=np.cumsum([0, *map(len, made)]),
        measurement=np.array([one for row in made for one in row], np.int64),
    )


def read_list(text: str, source: str, line: int) -> list[int]:
    """Read a list as ACTS writes it, with a comma behind every number.

    >>> read_list("[6,20,]", "tracks.csv", 2)
    [6, 20]
    """
    try:
        return [int(part) for part in text.strip().strip("[]").split(",") if part.strip()]
    except ValueError:
        raise FormatError(source, "a list like [6,20,]", repr(text), line=line) from None


def read_barcode(text: str, source: str, line: int) -> int:
    """Read a barcode, packed already or spelled out.

    >>> read_barcode("vp=1|vs=0|p=10|g=0|sp=0", "tracks.csv", 2) == (1 << 52) + (10 << 24)
    True
    """
    if text.strip().isdigit():
        return int(text)
    match = BARCODE.fullmatch(text.strip())
    if match is None:
        raise FormatError(source, "a particle like vp=1|vs=0|p=10|g=0|sp=0", repr(text), line=line)
    return sum(int(part) << shift for part, shift in zip(match.groups(), SHIFTS, strict=True))
