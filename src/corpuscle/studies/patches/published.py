"""The tables of the study itself, as it prints them; the cells that it could not run are absent.

Source: Ibrahimovic (2023), Tables 1, 2 and 3.
"""

from collections.abc import Mapping

Cell = tuple[int, int]
"""Patch size [pixel] and layers."""

SECONDS: Mapping[Cell, float] = {
    (16, 2): 802, (16, 4): 1143, (16, 8): 1171, (16, 16): 3121,
    (8, 2): 803, (8, 4): 1059, (8, 8): 1930, (8, 16): 3303,
    (4, 2): 1121, (4, 4): 1814, (4, 8): 3219, (4, 16): 6011,
    (2, 2): 5931, (2, 4): 10895,
}  # fmt: skip
"""Table 1: training time [s]."""

PARAMETERS: Mapping[Cell, int] = {
    (16, 2): 2531780, (16, 4): 2574020, (16, 8): 2658500, (16, 16): 2827460,
    (8, 2): 3299780, (8, 4): 3342020, (8, 8): 3426500, (8, 16): 3595460,
    (4, 2): 6440900, (4, 4): 6483140, (4, 8): 6567620, (4, 16): 6736580,
    (2, 2): 19022660, (2, 4): 19064900,
}  # fmt: skip
"""Table 2: trainable parameters."""

ACCURACY: Mapping[Cell, float] = {
    (16, 2): 28.77, (16, 4): 29.31, (16, 8): 28.8, (16, 16): 29.48,
    (8, 2): 32.76, (8, 4): 35.12, (8, 8): 36.17, (8, 16): 36.94,
    (4, 2): 35.20, (4, 4): 39.43, (4, 8): 41.81, (4, 16): 44.19,
    (2, 2): 35.82, (2, 4): 38.88,
}  # fmt: skip
"""Table 3: test accuracy [%]."""
