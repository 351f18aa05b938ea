"""Tiny scenes with names. Each is drawn in its docstring, and the drawing is what makes it.

A line of a drawing is a position x, a column a frame. A capital letter is a particle that was detected, the same
letter in lower case the particle where it was missed, and `*` a false detection. All lie on y = 0.
"""

import inspect
import re
from collections.abc import Callable

import numpy as np

from corpuscle.data.detections import Detections
from corpuscle.data.scene import Scene, Truth

LINE = re.compile(r"(\d+) \| ((?:[A-Za-z*.] )*[A-Za-z*.])")


def draw(scene: Callable[[], Scene]) -> Scene:
    """Make the scene that a function's docstring draws; detections are sorted by frame, then by x."""
    lines = [found for found in map(LINE.fullmatch, (inspect.getdoc(scene) or "").splitlines()) if found]
    cells = sorted(
        (frame, int(line[1]), cell) for line in lines for frame, cell in enumerate(line[2].split()) if cell != "."
    )
    measured = [(frame, x) for frame, x, cell in cells if not cell.islower()]
    true = [(ord(cell.upper()) - ord("A"), frame, x, cell.isupper()) for frame, x, cell in cells if cell != "*"]
    rows = {place: row for row, place in enumerate(measured)}
    detections = Detections(np.array([frame for frame, _ in measured]), on_axis([x for _, x in measured]))
    truth = Truth(
        np.array([track for track, *_ in true]),
        np.array([frame for _, frame, *_ in true]),
        on_axis([x for *_, x, _ in true]),
        np.array([rows[frame, x] if seen else -1 for _, frame, x, seen in true]),
    )
    return Scene(detections, truth)


def on_axis(x: list[int]) -> np.ndarray:
    """Put positions on the x axis of a plane."""
    return np.stack([np.array(x, dtype=np.float64), np.zeros(len(x))], axis=1)


def two_far_apart() -> Scene:
    """Two particles that never meet.

    00 | A . A .
    01 | . A . A
    50 | B B B .
    51 | . . . B
    """
    return draw(two_far_apart)


def crossing() -> Scene:
    """Two particles of constant velocity change sides between frames 2 and 3; the closest are then the wrong ones.

    00 | A . . . . .
    01 | . . . . . B
    02 | . A . . . .
    03 | . . . . B .
    04 | . . A . . .
    05 | . . . B . .
    06 | . . . A . .
    07 | . . B . . .
    08 | . . . . A .
    09 | . B . . . .
    10 | . . . . . A
    11 | B . . . . .
    """
    return draw(crossing)


def blinking() -> Scene:
    """A particle is missed once, another in every second frame, so that it is never seen in two frames running.

    00 | A A a A A
    50 | B b B b B
    """
    return draw(blinking)


def dark_frame() -> Scene:
    """Nothing is seen in frame 2.

    00 | A A a A A
    50 | B B b B B
    """
    return draw(dark_frame)


def splitting() -> Scene:
    """A particle splits in two after frame 1: B begins beside A.

    08 | A A . . .
    09 | . . A A A
    11 | . . B . .
    12 | . . . B B
    """
    return draw(splitting)


def merging() -> Scene:
    """Two particles become one after frame 2: B ends beside A.

    08 | . . . A A
    09 | A A A . .
    11 | . . B . .
    12 | B B . . .
    """
    return draw(merging)


def with_false_detection() -> Scene:
    """A particle, and in one frame something that is none.

    00 | A A A A
    30 | . * . .
    """
    return draw(with_false_detection)


def born_and_dying() -> Scene:
    """A particle ends where, one frame later and far away, another begins.

    00 | A A A . . .
    40 | . . . B B B
    """
    return draw(born_and_dying)


SCENES = (
    two_far_apart, crossing, blinking, dark_frame, splitting, merging, with_false_detection, born_and_dying,
)  # fmt: skip
"""All of them, for laws that hold in every scene."""
