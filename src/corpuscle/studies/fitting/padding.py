"""What padding does to a net that does not leave it out."""

from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float32, Int

from corpuscle.fitting.base import GOOD
from corpuscle.fitting.classical.karimaki import Karimaki
from corpuscle.fitting.learned.buckets import fill_bucket
from corpuscle.fitting.learned.inputs import Told, read_inputs
from corpuscle.fitting.learned.shape import TrackFormerShape
from corpuscle.fitting.learned.shipped import TRACKFORMER
from corpuscle.fitting.learned.trackformer import TrackFormer, build_regressor
from corpuscle.nets.placed import read_shape
from corpuscle.studies.fitting.sample import Sample

if TYPE_CHECKING:
    from torch import nn

TRACKS = 500
"""Tracks that it is measured on."""


def measure_shift(fitter: TrackFormer, sample: Sample, *, rows: int) -> float:
    """Give by how much a net's first number changes, in parts of itself, when each track gets rows of zeros.

    So it does, without anyone's doing, when a longer track stands beside it in a batch. The median over tracks.

    Args:
        fitter: whose net is asked.
        sample: tracks; the first ones that can be fitted are asked about.
        rows: how many rows of zeros stand behind the longest track.
    """
    net = build_regressor(fitter.weights)
    shape: TrackFormerShape = read_shape(fitter.weights, TRACKFORMER)
    good = np.flatnonzero(Karimaki().fit(sample.hits, sample.apparatus).reason == GOOD)[:TRACKS]
    told = read_inputs(sample.hits.choose(good), shape.inputs)
    shifts = []
    for length in np.unique(np.diff(told.offset)):
        alike = np.flatnonzero(np.diff(told.offset) == length)
        plain, padded = (ask_padded(net, told, alike, int(length) + more) for more in (0, rows))
        shifts.append(np.abs(padded - plain) / np.abs(plain))
    return float(np.median(np.concatenate(shifts)))


def ask_padded(
    net: "nn.Module", told: Told, tracks: Int[np.ndarray, " some"], places: int
) -> Float32[np.ndarray, " some"]:
    """Ask a net for its first number of some tracks, each given so many places."""
    import torch

    bucket = fill_bucket(told.offset, tracks, places=places)
    feature = torch.from_numpy(told.feature[bucket.hit] * bucket.real[..., None])
    with torch.inference_mode():
        said = net(feature, torch.from_numpy(bucket.real))
    return np.asarray(said[:, 0, said.shape[2] // 2].numpy())
