"""Shapes: what an image holds, how wide, how uneven and how far out, channel by channel."""

from itertools import pairwise

import numpy as np
from jaxtyping import Float

from corpuscle.data.pixels import Pixels, Shape
from corpuscle.identification.classical.shapes_kernel import CROSS, OWN, fill_shapes

NAMES = (
    "filled", "sum", "largest", "largest_share", "second_share", "share_9", "share_25", "concentration",
    "offset_y", "offset_x", "width_y", "width_x", "covariance", "mean_radius", "root_radius", "third_y", "third_x",
    "mass",
)  # fmt: skip
"""Of a channel, before its rings."""

COMPARED = ("mean_by_first", "spread_by_first", "at_largest_of_first")
"""Of a channel beside the first one."""


def measure_shapes(pixels: Pixels) -> Float[np.ndarray, "image shape"]:
    """Measure the shapes of images, whatever they show; an empty image has zeros only.

    A pixel weighs as much as what it holds, whichever its sign; where there are several channels, all of them together
    are measured like one more. Of each: the number of filled pixels, their sum, the largest; the shares of the
    largest, of the second, of the 3 x 3 and of the 5 x 5 pixels around the largest (E1, E9 and E25 of a calorimeter);
    sqrt(sum w^2) / sum w (p_T D of a jet); where its centre lies from the middle; second moments in y, in x and
    across, mean distance from the centre and mean root of it (width and Les Houches angularity of a jet), third
    moments, sqrt(sum w sum w r^2) (its mass, at small angles); and the sums in rings about the middle. Of a channel
    beside the first, its mean, its spread where the first weighs, and what it holds in the first's largest pixel (the
    time of a shower).

    Source: CMS, JINST 10 (2015) P08010 (showers); Gras et al., JHEP 07 (2017) 091 (jets).

    >>> pixels = Pixels(indptr=np.array([0, 2]), index=np.array([0, 2]), value=np.array([1.0, 3.0]), shape=(1, 1, 3))
    >>> dict(zip(list_shapes(pixels.shape), measure_shapes(pixels)[0].tolist()))["offset_x"]
    0.5
    """
    edges = np.asarray(list_edges(pixels.shape))
    out = np.zeros((len(pixels), len(list_shapes(pixels.shape))))
    fill_shapes(pixels.indptr, pixels.index, pixels.value, *pixels.shape, edges**2, out)
    return out


def list_shapes(shape: Shape) -> list[str]:
    """Name the shapes of images of one size, in the order of their columns.

    >>> list_shapes((1, 3, 3))[-2:]
    ['ring_0_1', 'ring_1_2']
    """
    edges = list_edges(shape)
    rings = [f"ring_{low}_{high}" for low, high in pairwise(edges)]
    blocks = [""] if shape[0] == 1 else [*(f"channel_{k}_" for k in range(shape[0])), "all_"]
    compared = [f"channel_{k}_{name}" for k in range(1, shape[0]) for name in COMPARED]
    return [block + name for block in blocks for name in (*NAMES, *rings)] + compared


def list_edges(shape: Shape) -> list[int]:
    """List where rings begin and end, as far as an image reaches: 0, 1, 2, 3, 4, 6, 8, 12, 16, ... [pixel].

    >>> list_edges((1, 8, 8))
    [0, 1, 2, 3, 4, 6]
    """
    reach = np.hypot((shape[1] - 1) / 2, (shape[2] - 1) / 2)
    edges, step = [0, 1], 1
    while edges[-1] <= reach:
        edges.append(edges[-1] + step)
        step = max(1, 2 ** (edges[-1].bit_length() - 2))
    return edges


assert len(NAMES) == OWN
assert len(COMPARED) == CROSS
