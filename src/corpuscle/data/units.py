"""Units of length and time, and quantities written with one."""

import re
from dataclasses import dataclass

LENGTH = "length"
FRAMES = "frames"
AREA = "length squared"
SPEED = "length per frame"
RATE = "per frame"
PLAIN = ""

METRES = {"nm": 1e-9, "um": 1e-6, "µm": 1e-6, "μm": 1e-6, "micron": 1e-6, "mm": 1e-3, "cm": 1e-2, "m": 1.0, "km": 1e3}
ENERGIES = {"keV": 1e-6, "MeV": 1e-3, "GeV": 1.0, "TeV": 1e3}
"""Units of energy [GeV]."""

SECONDS = {"us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "sec": 1.0, "min": 60.0, "h": 3600.0}
QUANTITY = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*([^\W\d]*)\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """What one unit of a table's positions and one frame stand for.

    `pixel_size` is the length of one unit of position [m] and `frame_interval` the time of one frame [s];
    None where nobody said.
    """

    pixel_size: float | None = None
    frame_interval: float | None = None


def name_length(scale: Scale) -> str:
    """Name one unit of position: a unit of length where it is one, else px; "" where nobody said.

    >>> name_length(Scale(pixel_size=1e-6)), name_length(Scale(pixel_size=0.16e-6))
    ('um', 'px')
    """
    size = scale.pixel_size
    if size is None:
        return ""
    return next((name for name, metres in METRES.items() if abs(size - metres) <= 1e-9 * metres), "px")


def fill_length(text: str, scale: Scale) -> str:
    """Name the unit of position in a sentence that says `{length}` for it; where nobody said, leave it out.

    >>> fill_length("step 2 {length}, drift 1 {length} a frame", Scale(pixel_size=1e-6))
    'step 2 um, drift 1 um a frame'
    >>> fill_length("step 2 {length}, drift 1 {length} a frame", Scale())
    'step 2, drift 1 a frame'
    """
    unit = name_length(scale)
    return text.replace(" {length}", f" {unit}" if unit else "")


def split_quantity(text: str) -> tuple[float, str]:
    """Split a quantity into its number and its unit.

    Raises: ValueError, when the text is no number with an optional unit behind it.

    >>> split_quantity("0.8um")
    (0.8, 'um')
    """
    found = QUANTITY.fullmatch(text)
    if found is None:
        message = f"expected a number, perhaps with a unit (5, 0.8um, 50ms), not {text!r}"
        raise ValueError(message)
    return float(found[1]), found[2]


def parse_metres(text: str, default: str = "um") -> float:
    """Read a length [m]; a bare number is in the `default` unit.

    Raises: ValueError, when the unit is none of length or the length is not above zero.

    >>> round(parse_metres("160nm") * 1e9)
    160
    """
    return parse_positive(text, METRES, default, "length")


def parse_seconds(text: str, default: str = "s") -> float:
    """Read a time [s]; a bare number is in the `default` unit.

    Raises: ValueError, when the unit is none of time or the time is not above zero.

    >>> parse_seconds("50ms")
    0.05
    """
    return parse_positive(text, SECONDS, default, "time")


def parse_positive(text: str, units: dict[str, float], default: str, kind: str) -> float:
    """Read a quantity above zero, in SI units."""
    number, unit = split_quantity(text)
    unit = unit or default
    if unit not in units:
        message = f"expected a unit of {kind} ({', '.join(units)}), not {unit!r} in {text!r}"
        raise ValueError(message)
    if not number > 0:
        message = f"expected a {kind} above zero, not {text!r}"
        raise ValueError(message)
    return number * units[unit]


def convert_quantity(text: str, dimension: str, scale: Scale) -> float:
    """Read a setting's value in the table's own units, whatever unit it was written in.

    Args:
        text: a number, perhaps with a unit of length or time behind it.
        dimension: LENGTH, FRAMES or PLAIN: what the setting measures.
        scale: what one unit of position and one frame stand for.

    Returns:
        The value in units of position (LENGTH), in frames (FRAMES), or the bare number.

    Raises: ValueError, when the unit does not fit the dimension or the scale that it needs is unknown.

    >>> convert_quantity("0.8um", LENGTH, Scale(pixel_size=0.16e-6))
    5.0
    """
    number, unit = split_quantity(text)
    if not unit or (dimension == LENGTH and unit in {"px", "pixel"}) or (dimension == FRAMES and unit == "frames"):
        return number
    if dimension == LENGTH and unit in METRES:
        if scale.pixel_size is None:
            message = f"{text!r} needs the length of one unit of position: say --pixel-size (pixel_size=)"
            raise ValueError(message)
        return round(number * METRES[unit] / scale.pixel_size, 12)
    if dimension == FRAMES and unit in SECONDS:
        if scale.frame_interval is None:
            message = f"{text!r} needs the time of one frame: say --frame-interval (frame_interval=)"
            raise ValueError(message)
        return round(number * SECONDS[unit] / scale.frame_interval, 9)
    wanted = {LENGTH: "a length", FRAMES: "a number of frames or a time"}.get(dimension, "a plain number")
    message = f"expected {wanted}, not {text!r}"
    raise ValueError(message)
