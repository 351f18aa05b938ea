"""Hits lie where a net puts them, which has learned to put neighbours on a track close together."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from jaxtyping import Float

from corpuscle.data.settings import setting
from corpuscle.linking.hits.base import HitLinker
from corpuscle.linking.learned.shape import EmbeddingShape
from corpuscle.linking.learned.shipped import EMBEDDING
from corpuscle.nets.placed import choose_device, load_net
from corpuscle.nets.weights import import_torch

if TYPE_CHECKING:
    from torch import nn

INPUTS = 3
"""Numbers that the net is given of a hit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairEmbedding(HitLinker):
    """Link what a net puts close together: hits are embedded one by one, neighbours within the radius are linked.

    The net sees r/1000, phi/pi and z/1000 of one hit at a time, and was trained with the hinge loss on pairs.

    Source: the "Architecture" of Couthures, Tracking with ML (2025), which is the metric learning of Exa.TrkX, Ju et
        al., European Physical Journal C 81 (2021) 876.
    """

    weights: str = setting("", "a file of weights, or the folder of a run of `corpuscle train pair-embedding`")
    accelerator: Literal["cpu", "gpu"] = setting("cpu", "where the net runs")

    def place(self, position: Float[np.ndarray, "hit 3"]) -> tuple[Float[np.ndarray, "hit d"], tuple[float, ...]]:
        """Give where the net puts each hit."""
        place = listen(position, self.weights, self.accelerator)[-1]
        return place, (0.0,) * place.shape[1]


def listen(position: Float[np.ndarray, "hit 3"], weights: str, accelerator: str = "cpu") -> list[np.ndarray]:
    """Give what every neuron of the net says of each hit, layer by layer, the places last.

    Raises: ValueError, when there are no weights, or they are of another net.
    """
    if not weights:
        advice = "train some, corpuscle train pair-embedding -o RUN, and say weights=RUN"
        message = f"pair-embedding has no weights of its own: {advice}"
        raise ValueError(message)
    torch = import_torch()
    from corpuscle.nets.threads import one_thread

    device = choose_device(accelerator)
    net: Any = load_net(weights, EMBEDDING, build_embedding).to(device)
    with one_thread(), torch.no_grad():
        said = net.listen(torch.as_tensor(read_hits(position)).to(device))
    return [layer.cpu().numpy().astype(float) for layer in said]


def read_hits(position: Float[np.ndarray, "hit 3"]) -> Float[np.ndarray, "hit 3"]:
    """Give what the net is given of hits: r/1000, phi/pi, z/1000, positions being in millimetres.

    >>> read_hits(np.array([[0.0, 500.0, -200.0]]))
    array([[ 0.5,  0.5, -0.2]], dtype=float32)
    """
    radius, phi = np.hypot(position[:, 0], position[:, 1]), np.arctan2(position[:, 1], position[:, 0])
    return np.stack([radius / 1000, phi / np.pi, position[:, 2] / 1000], axis=1).astype(np.float32)


def build_embedding(shape: EmbeddingShape) -> "nn.Module":
    """Build the net."""
    from corpuscle.nets.embedding import Embedding

    return Embedding(INPUTS, shape.width, shape.layers, shape.places)
