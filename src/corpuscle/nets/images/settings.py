"""The settings of the one vision transformer; reading them needs no torch."""

from dataclasses import dataclass
from typing import Literal

from corpuscle.data.settings import setting

Attending = Literal["standard", "reattention", "reduced", "windowed", "locality"]
Initial = Literal["truncated", "glorot", "vit-pytorch"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VitSettings:
    """Everything that a vision transformer is built from, one thing a setting.

    Those that may be rows have one number a stage, or one for all stages.
    """

    size: int = setting(32, "rows and columns of an image [pixel]", least=1)
    channels: int = setting(2, "numbers a pixel has", least=1)
    outputs: int = setting(1, "numbers the net says; 1 tells two classes apart", least=1)
    tokenizer: Literal["patch", "stem", "channel", "shifted"] = setting(
        "patch",
        "patch: a linear map of each patch; stem: convolutions with max pooling, each halving the grid; channel: each "
        "channel's patches are tokens of their own; shifted: patches with those of the image moved half a patch",
    )
    patch: int = setting(8, "rows and columns of a patch; of a stem, how much smaller its grid is [pixel]", least=1)
    stem_kernel: int | None = setting(None, "rows and columns of a stem's kernels, odd; 3 unless given", least=1)
    stem_filters: int | None = setting(None, "filters of a stem but for the last; 64 unless given", least=1)
    patch_norm: Literal["none", "before", "both"] = setting("none", "norms around the map of the patches")
    position: Literal["none", "learned", "sincos", "conditional", "rope"] = setting(
        "learned",
        "where a token stands: learned numbers; sines and cosines in the plane; a convolution after the first block of "
        "each stage; queries and keys turned",
    )
    width: int | tuple[int, ...] = setting(48, "numbers a token has (D)", least=1)
    depth: int | tuple[int, ...] = setting(3, "blocks (L); 0 is the control without any", least=0)
    heads: int | tuple[int, ...] = setting(4, "heads of each attention (H)", least=1)
    head_width: int | None = setting(None, "width of each head (d_k); width / heads unless given", least=1)
    attention: Attending | tuple[Attending, ...] = setting(
        "standard", "kinds of attention, block after block in turn, beginning anew with each stage"
    )
    head_norm: Literal["none", "layer", "batch"] = setting("none", "norm over the heads that reattention has mixed")
    reduction: int | tuple[int, ...] = setting(1, "tokens a side that reduced attention makes one key of", least=1)
    window: int | tuple[int, ...] | None = setting(
        None, "tokens a side of a window of windowed attention; all unless given", least=1
    )
    interact: bool = setting(False, "add a convolution of the values to what windows say, across their borders")
    query_bias: bool = setting(True, "queries, keys and values have a bias")
    mix_bias: bool = setting(True, "the mixing of the heads has a bias")
    hidden: int | tuple[int, ...] = setting(96, "width inside the feed-forward nets", least=1)
    activation: Literal["gelu", "relu"] = setting("gelu", "what stands between linear maps")
    last_activation: bool = setting(False, "it stands after the feed-forward net's second map too")
    norm: Literal["before", "after", "between"] = setting("before", "where the norms of a block stand")
    eps: float = setting(1e-6, "what is added to a variance (epsilon)", above=0.0)
    final_norm: Literal["before", "after", "none"] = setting("before", "the last norm, before or after the pooling")
    pool: Literal["token", "mean", "flatten", "sequence", "attention"] = setting(
        "mean",
        "tokens to one: a class token; their mean; all side by side; a mean with learned weights; a learned query",
    )
    head: tuple[int, ...] = setting((), "widths of the layers between pooling and output", least=1)
    dropout: float = setting(0.0, "share of the numbers set to 0 in training", least=0.0, most=0.99)
    drop_path: float = setting(
        0.0, "share of the last block's sums left out in training, growing from 0", least=0.0, most=0.99
    )
    token_drop: float = setting(0.0, "share of the tokens left out in training", least=0.0, most=0.99)
    initial: Initial = setting("truncated", "law that the first weights are drawn from")
