"""Parameters and multiply-adds of a vision transformer, from its settings."""

import itertools

from corpuscle.nets.images.settings import Attending, VitSettings
from corpuscle.nets.images.stages import Stage, count_places, count_tokens, list_stages
from corpuscle.nets.operations import Count, count_attention, count_feed_forward, count_linear, count_norm

STEM_KERNEL, STEM_FILTERS = 3, 64
"""What a stem has unless it is said."""

KERNEL = 9
"""Numbers of a kernel of the convolutions over the grid, 3 x 3."""


def count_vit(settings: VitSettings) -> Count:
    """Count a vision transformer, one image."""
    stages = list_stages(settings)
    total = count_tokenizer(settings, stages[0]) + count_position(settings, stages[0])
    for stage in stages:
        total += count_stage(settings, stage)
    for before, after in itertools.pairwise(stages):
        total += count_linear(KERNEL * before.width, after.width, times=after.grid**2)
    return total + count_end(settings, stages[-1])


def count_tokenizer(settings: VitSettings, stage: Stage) -> Count:
    """Count what makes the tokens."""
    if settings.tokenizer == "stem":
        return count_stem(settings, stage.width)
    share = {"channel": 1, "shifted": 5 * settings.channels}.get(settings.tokenizer, settings.channels)
    inputs = share * settings.patch**2
    total = count_linear(inputs, stage.width, times=count_places(settings))
    total += count_norm(inputs) if settings.patch_norm != "none" else Count()
    total += count_norm(stage.width) if settings.patch_norm == "both" else Count()
    return total + Count(settings.channels * stage.width if settings.tokenizer == "channel" else 0)


def count_stem(settings: VitSettings, width: int) -> Count:
    """Count a stem: convolutions without bias, each at the size that the one before has halved."""
    layers = settings.patch.bit_length() - 1
    filters = [settings.channels, *[settings.stem_filters or STEM_FILTERS] * (layers - 1), width]
    kernel = (settings.stem_kernel or STEM_KERNEL) ** 2
    total, side = Count(), settings.size
    for inputs, outputs in itertools.pairwise(filters):
        total += count_linear(kernel * inputs, outputs, times=side**2, bias=False)
        side = (side + 1) // 2
    return total


def count_position(settings: VitSettings, stage: Stage) -> Count:
    """Count the class token and the learned positions."""
    token = settings.pool == "token"
    learned = count_places(settings) + token if settings.position == "learned" else 0
    return Count((token + learned) * stage.width)


def count_stage(settings: VitSettings, stage: Stage) -> Count:
    """Count the blocks of a stage."""
    tokens = count_tokens(settings, stage)
    forward = 2 * stage.width * stage.hidden + stage.width + stage.hidden
    rest = 2 * count_norm(stage.width) + Count(forward, count_feed_forward(stage.width, stage.hidden, token=tokens))
    total = Count()
    for kind in stage.kinds:
        total += rest + count_kind(settings, stage, kind, tokens)
    conditional = settings.position == "conditional" and stage.kinds
    return total + (count_depthwise(stage.width, tokens) if conditional else Count())


def count_kind(settings: VitSettings, stage: Stage, kind: Attending, tokens: int) -> Count:
    """Count one attention."""
    joined = stage.reduction**2 if kind == "reduced" else 1
    windows = (stage.grid // stage.window) ** 2 if kind == "windowed" else 1
    asked, inner = joined * stage.width, stage.inner
    numbers = 2 * stage.width * inner + 2 * asked * inner
    numbers += 3 * inner * settings.query_bias + stage.width * settings.mix_bias
    query, key = tokens // windows, tokens // joined // windows
    part = count_attention(stage.width, query=query, key=key, inner=inner, asked=asked)
    total = Count(numbers, windows * part)
    if kind == "reattention":
        total += Count(stage.heads**2, stage.heads**2 * tokens**2)
        total += count_norm(stage.heads) if settings.head_norm != "none" else Count()
    if kind == "windowed" and settings.interact:
        total += count_depthwise(inner, tokens)
    return total + Count(kind == "locality")


def count_depthwise(width: int, tokens: int) -> Count:
    """Count a convolution over the grid, each number of a token by itself."""
    return width * count_linear(KERNEL, 1, times=tokens)


def count_end(settings: VitSettings, stage: Stage) -> Count:
    """Count the last norm, the pooling and the layers that say the outputs."""
    tokens = count_tokens(settings, stage)
    pooled = stage.width * (tokens if settings.pool == "flatten" else 1)
    total = count_norm(pooled if settings.final_norm == "after" else stage.width)
    total = Count() if settings.final_norm == "none" else total
    if settings.pool == "sequence":
        total += count_linear(stage.width, 1, times=tokens) + Count(0, tokens * stage.width)
    if settings.pool == "attention":
        numbers = stage.width + 4 * stage.width * stage.inner + 3 * stage.inner + stage.width
        total += Count(numbers, count_attention(stage.width, query=1, key=tokens, inner=stage.inner))
    for inputs, outputs in itertools.pairwise([pooled, *settings.head, settings.outputs]):
        total += count_linear(inputs, outputs)
    return total
