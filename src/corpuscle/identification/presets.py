"""Nets that read images, by name: each a set of settings of the one vision transformer, or of plain convolutions."""

from corpuscle.nets.images.cnn_shape import CnnShape
from corpuscle.nets.images.shape import VitShape

VIT = VitShape()
"""Images of 2 x 32 x 32, below 100,000 parameters and 3 million multiply-adds, like all whose sizes are ours."""

SIMPLE_VIT = VitShape(position="sincos", query_bias=False, mix_bias=False, eps=1e-5, width=48, depth=3, hidden=96)
"""Beyer, Zhai and Kolesnikov, arXiv 2205.01580 (2022): fixed positions, mean pooling; the sizes are ours."""

DEEP_VIT = VitShape(
    attention="reattention",
    head_norm="batch",
    pool="token",
    query_bias=False,
    final_norm="after",
    eps=1e-5,
    width=32,
    depth=8,
    hidden=64,
)
"""Zhou et al., arXiv 2103.11886 (2021): the heads' weights are mixed, for more blocks; the sizes are ours."""

SCALABLE_VIT = VitShape(
    attention=("reduced", "windowed"),
    interact=True,
    position="conditional",
    query_bias=False,
    final_norm="after",
    eps=1e-5,
    patch=4,
    width=(24, 48),
    heads=(2, 4),
    depth=(2, 2),
    reduction=(2, 1),
    window=(4, 4),
    hidden=(48, 96),
)
"""Yang et al., arXiv 2203.10790 (2022): reduced attention, feed-forward, conditional positions, windowed attention,
feed-forward, in that order; two stages, the sizes are ours."""

CCT = VitShape(
    tokenizer="stem",
    patch=4,
    stem_filters=12,
    pool="sequence",
    query_bias=False,
    norm="between",
    eps=1e-5,
    width=32,
    depth=2,
    hidden=96,
)
"""Hassani et al., arXiv 2104.05704 (2021): tokens by convolution, pooled by weights they say; the sizes are ours."""

CMS_VIT = VitShape(
    size=32,
    channels=2,
    patch=8,
    patch_norm="both",
    width=64,
    depth=8,
    heads=10,
    head_width=64,
    hidden=128,
    pool="token",
    query_bias=False,
    eps=1e-5,
    initial="vit-pytorch",
)
"""The vision transformer of Borthakur's proposal for the CMS experiment (2023), for electrons and photons."""

CIFAR_VIT = VitShape(
    size=32,
    channels=3,
    outputs=100,
    patch=16,
    position="none",
    width=32,
    depth=2,
    heads=4,
    head_width=32,
    hidden=64,
    last_activation=True,
    pool="flatten",
    head=(2048, 1024),
    initial="glorot",
)
"""The study of patch size and depth on CIFAR-100 by Ibrahimovic (2023); its settings are `patch` and `depth`."""

KERAS_VIT = VitShape(
    size=72,
    channels=3,
    outputs=100,
    patch=6,
    width=64,
    depth=8,
    heads=4,
    head_width=64,
    hidden=128,
    last_activation=True,
    dropout=0.1,
    pool="flatten",
    head=(2048, 1024),
    initial="glorot",
)
"""The example of Keras from 2021 that the study of CIFAR-100 began with; one share of dropout stands for its two."""

CNN = CnnShape()
"""The net of Borthakur's proposal for electrons and photons."""

JET_CNN = CnnShape(size=33, channels=1, filters=(32, 32, 64, 64), head=(128, 16))
"""The net of Borthakur's proposal for quarks and gluons."""
