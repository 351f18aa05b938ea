"""The barcode of a particle in ACTS: one packed number, or five that are packed into one."""

import numpy as np
from jaxtyping import Int

from corpuscle.io.collider.bundle import Member
from corpuscle.io.collider.columns import Columns, read_columns
from corpuscle.io.errors import FormatError

FIELDS = {"pv": 12, "sv": 12, "part": 16, "gen": 8, "subpart": 16}
"""Primary vertex, secondary vertex, particle, generation, sub-particle, and their bits from the top."""

NAMES = tuple(f"particle_id_{field}" for field in FIELDS)
PACKED = "particle_id"


def read_barcodes(
    member: Member, *, numbers: tuple[str, ...], whole: tuple[str, ...] = (), wide: tuple[str, ...] = ()
) -> tuple[Int[np.ndarray, " row"], Columns]:
    """Read the barcode of every row, and other columns.

    Raises: FormatError, when there is none of either kind, or one has more than 63 bits.
    """
    found = read_columns(
        member, numbers=numbers, whole=(*whole, *NAMES), wide=(*wide, PACKED), optional=(*NAMES, PACKED)
    )
    if PACKED in found:
        over = found[PACKED] > np.uint64(np.iinfo(np.int64).max)
        refuse(over, member, f"a {PACKED} below 2^63", found[PACKED])
        return found[PACKED].astype(np.int64), found
    missing = [name for name in NAMES if name not in found]
    if missing:
        raise FormatError(str(member), f"the column {PACKED}, or {', '.join(NAMES)}", f"no {missing[0]}", line=1)
    return pack([found[name] for name in NAMES], member), found


def pack(fields: list[Int[np.ndarray, " row"]], member: Member) -> Int[np.ndarray, " row"]:
    """Pack five numbers into one of 63 bits.

    Raises: FormatError, naming the first row in which a number has too many bits.
    """
    packed = np.zeros(len(fields[0]), np.int64)
    for values, (name, bits) in zip(fields, FIELDS.items(), strict=True):
        room = bits - 1 if name == "pv" else bits
        refuse((values < 0) | (values >= 1 << room), member, f"particle_id_{name} of {room} bits", values)
        packed = (packed << bits) | values
    return packed


def refuse(bad: np.ndarray, member: Member, expected: str, values: np.ndarray) -> None:
    """Refuse the first row that does not fit."""
    if bad.any():
        row = int(np.argmax(bad))
        raise FormatError(str(member), expected, str(values[row]), line=row + 2)
