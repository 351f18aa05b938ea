"""Compiled: the moments, shares and rings of one channel of an image after another."""

import math

import numpy as np

from corpuscle.data.compiled import compiled

OWN = 18
"""Numbers of a channel before its rings."""

CROSS = 3
"""Numbers that compare a channel with the first."""


@compiled
def fill_shapes(
    indptr: np.ndarray, index: np.ndarray, value: np.ndarray, channels: int, height: int, width: int,
    squares: np.ndarray, out: np.ndarray,
) -> None:  # fmt: skip
    """Fill a row of numbers for each image; what has nothing in it stays 0."""
    area = height * width
    own = OWN + len(squares) - 1
    blocks = channels + 1 if channels > 1 else 1
    for image in range(len(indptr) - 1):
        begin, end = indptr[image], indptr[image + 1]
        first = begin
        for channel in range(channels):
            last = first
            while last < end and index[last] < (channel + 1) * area:
                last += 1
            fill_channel(index, value, first, last, area, height, width, squares, out[image, channel * own :])
            if channel > 0:
                start = blocks * own + (channel - 1) * CROSS
                compare_channels(index, value, begin, first, last, area, channel, out[image, start:])
            first = last
        if channels > 1:
            fill_channel(index, value, begin, end, area, height, width, squares, out[image, channels * own :])


@compiled
def fill_channel(
    index: np.ndarray, value: np.ndarray, first: int, last: int, area: int, height: int, width: int,
    squares: np.ndarray, out: np.ndarray,
) -> None:  # fmt: skip
    """Fill the numbers of some pixels, taken as one channel."""
    total = signed = largest = second = square = 0.0
    mean_y = mean_x = 0.0
    peak_y = peak_x = 0
    for k in range(first, last):
        weight = abs(np.float64(value[k]))
        place = index[k] % area
        y, x = place // width, place % width
        signed += value[k]
        total += weight
        square += weight * weight
        mean_y += weight * y
        mean_x += weight * x
        if weight > largest:
            second = largest
            largest, peak_y, peak_x = weight, y, x
        elif weight > second:
            second = weight
    if total <= 0:
        return
    mean_y /= total
    mean_x /= total
    near = far = yy = xx = yx = around = root = third_y = third_x = 0.0
    middle_y, middle_x = (height - 1) / 2, (width - 1) / 2
    for k in range(first, last):
        weight = abs(np.float64(value[k]))
        place = index[k] % area
        y, x = place // width, place % width
        dy, dx = y - mean_y, x - mean_x
        yy += weight * dy * dy
        xx += weight * dx * dx
        yx += weight * dy * dx
        radius = math.sqrt(dy * dy + dx * dx)
        around += weight * radius
        root += weight * math.sqrt(radius)
        third_y += weight * dy * dy * dy
        third_x += weight * dx * dx * dx
        step = max(abs(y - peak_y), abs(x - peak_x))
        if step <= 1:
            near += weight
        if step <= 2:
            far += weight
        off = (y - middle_y) ** 2 + (x - middle_x) ** 2
        ring = 0
        while ring + 2 < len(squares) and off >= squares[ring + 1]:
            ring += 1
        out[OWN + ring] += weight
    out[0] = last - first
    out[1] = signed
    out[2] = largest
    out[3] = largest / total
    out[4] = second / total
    out[5] = near / total
    out[6] = far / total
    out[7] = math.sqrt(square) / total
    out[8] = mean_y - middle_y
    out[9] = mean_x - middle_x
    out[10] = math.sqrt(yy / total)
    out[11] = math.sqrt(xx / total)
    out[12] = yx / total
    out[13] = around / total
    out[14] = root / total
    out[15] = third_y / total
    out[16] = third_x / total
    out[17] = math.sqrt(total * (yy + xx))


@compiled
def compare_channels(
    index: np.ndarray, value: np.ndarray, begin: int, first: int, last: int, area: int, channel: int, out: np.ndarray
) -> None:
    """Fill what a channel holds where the first one is filled: mean and spread by its weight, and at its largest."""
    total = mean = square = largest = 0.0
    k = first
    for one in range(begin, first):
        if index[one] >= area:
            break
        weight = abs(np.float64(value[one]))
        place = index[one] + channel * area
        while k < last and index[k] < place:
            k += 1
        held = np.float64(value[k]) if k < last and index[k] == place else 0.0
        total += weight
        mean += weight * held
        square += weight * held * held
        if weight > largest:
            largest = weight
            out[2] = held
    if total > 0:
        mean /= total
        out[0] = mean
        out[1] = math.sqrt(max(square / total - mean * mean, 0.0))
