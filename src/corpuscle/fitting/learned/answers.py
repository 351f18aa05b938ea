"""What a net of corrections answers, for all tracks, in numbers of double precision."""

from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import nn

from corpuscle.fitting.learned.buckets import Bucket, make_buckets
from corpuscle.fitting.learned.gains import ORDER
from corpuscle.fitting.learned.inputs import Told
from corpuscle.fitting.learned.residuals import Residuals
from corpuscle.nets.joint import measure_spread
from corpuscle.nets.threads import one_thread


def ask(
    net: nn.Module, told: Residuals, device: torch.device
) -> tuple[Float[np.ndarray, "track 5"], Float[np.ndarray, "track 5 5"]]:
    """Ask a net for the corrections of d0, z0, phi, theta, q/p and their covariance, in the units of the residuals."""
    tracks = len(told.offset) - 1
    said = [np.empty((tracks, count)) for count in (5, 5, 10)]
    net = net.to(device)
    with torch.inference_mode(), one_thread():
        for bucket in make_buckets(told.offset):
            for whole, part in zip(said, net(*(x.to(device) for x in fill(told, bucket))), strict=True):
                whole[bucket.rows] = part.cpu().numpy()
    correction, sharpness, below = said
    place = np.argsort(ORDER)
    covariance = spread_out(sharpness, below)[:, place[:, None], place]
    shape: Any = net.shape
    return correction[:, place], covariance * measure_spread(shape.law)


def ask_regressor(net: nn.Module, told: Told, device: torch.device) -> Float[np.ndarray, "track 2 level"]:
    """Ask a net for its two numbers of each track, at each of its levels."""
    shape: Any = net.shape
    said = np.empty((len(told.offset) - 1, 2, len(shape.levels)))
    net = net.to(device)
    with torch.inference_mode(), one_thread():
        for bucket in make_buckets(told.offset):
            feature = torch.from_numpy(told.feature[bucket.hit] * bucket.real[..., None])
            said[bucket.rows] = net(feature.to(device), torch.from_numpy(bucket.real).to(device)).cpu().numpy()
    return said


def fill(told: Residuals, bucket: Bucket) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Give the features and residuals of some tracks side by side, 0 where there is no hit, and where there is one."""
    real = bucket.real[..., None]
    arrays = (told.feature[bucket.hit] * real, told.residual[bucket.hit] * real, bucket.real)
    feature, residual, where = (torch.from_numpy(array) for array in arrays)
    return feature, residual, where


def spread_out(
    sharpness: Float[np.ndarray, "track p"], below: Float[np.ndarray, "track pair"]
) -> Float[np.ndarray, "track p p"]:
    """Give covariances from the Cholesky factors of their inverses (see `nets.joint.whiten`).

    >>> spread_out(np.log(np.array([[2.0, 1.0]])), np.array([[0.0]]))
    array([[[0.25, 0.  ],
            [0.  , 1.  ]]])
    """
    size = sharpness.shape[1]
    factor = np.tile(np.eye(size), (len(sharpness), 1, 1))
    factor[:, *np.tril_indices(size, -1)] = below
    root = np.linalg.inv(factor * np.exp(sharpness)[:, :, None])
    return np.asarray(root @ root.swapaxes(1, 2))
