"""Weights of Keras's example of a vision transformer, under the names of this one."""

from collections.abc import Iterator, Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from corpuscle.nets.images.settings import VitSettings
from corpuscle.nets.images.stages import Stage, count_places, list_stages

Numbers = Float[Tensor, "..."]


def carry_keras(settings: VitSettings, weights: Sequence[Numbers]) -> dict[str, Tensor]:
    """Give the weights of a net made as Keras's example as those of the net that the settings make.

    Keras has inputs before outputs, and heads as an axis of their own; a patch's numbers stand pixel by pixel.

    Args:
        settings: what that net is: `cifar-vit`, `keras-vit-2021`, or those with other sizes.
        weights: its `trainable_weights` in their order, as tensors.

    Returns:
        What `load_state_dict` takes.

    Raises: ValueError, when there are fewer or more, or one has another number of numbers.

    Source: Salama, Image classification with Vision Transformer, keras.io (2021).
    """
    wanted = list(list_weights(settings, list_stages(settings)[0]))
    if len(wanted) != len(weights):
        message = (
            f"expected {len(wanted)} trainable weights of Keras, found {len(weights)}: set depth, position and head as "
            f"they were there"
        )
        raise ValueError(message)
    return {name: arrange(name, shape, weight, settings) for (name, shape), weight in zip(wanted, weights, strict=True)}


def list_weights(settings: VitSettings, stage: Stage) -> Iterator[tuple[str, tuple[int, int]]]:
    """List the weights in Keras's order, each with its inputs and outputs; a bias or a norm has one input."""
    width = stage.width
    yield from list_map("tokenizer.embed", settings.channels * settings.patch**2, width)
    if settings.position == "learned":
        yield "placing.place", (count_places(settings), width)
    for number in range(len(stage.kinds)):
        block = f"layers.{number}"
        yield from list_map(f"{block}.norms.0", 1, width)
        for part in ("query", "key", "value"):
            yield from list_map(f"{block}.attention.{part}", width, stage.inner)
        yield from list_map(f"{block}.attention.mix", stage.inner, width)
        yield from list_map(f"{block}.norms.1", 1, width)
        yield from list_map(f"{block}.forward_net.0", width, stage.hidden)
        yield from list_map(f"{block}.forward_net.2", stage.hidden, width)
    yield from list_map("pool.0", 1, width)
    inputs = width * (count_places(settings) if settings.pool == "flatten" else 1)
    for number, outputs in enumerate([*settings.head, settings.outputs]):
        yield from list_map(f"head.{3 * number}", inputs, outputs)
        inputs = outputs


def list_map(name: str, inputs: int, outputs: int) -> Iterator[tuple[str, tuple[int, int]]]:
    """List the two weights of a linear map, or of a norm."""
    yield f"{name}.weight", (inputs, outputs)
    yield f"{name}.bias", (1, outputs)


def arrange(name: str, shape: tuple[int, int], weight: Numbers, settings: VitSettings) -> Tensor:
    """Put the numbers of one weight in our order."""
    inputs, outputs = shape
    if weight.numel() != inputs * outputs or weight.shape[-1] not in {outputs, settings.head_width}:
        message = (
            f"expected {name}, {inputs} by {outputs}, found a weight of Keras of shape {tuple(weight.shape)}: set "
            f"size, channels, patch, width, heads and head as they were there"
        )
        raise ValueError(message)
    if name == "placing.place":
        return weight.reshape(shape)
    if name == "tokenizer.embed.weight":
        sides = (settings.patch, settings.patch, settings.channels, outputs)
        return weight.reshape(sides).permute(3, 2, 0, 1).flatten(1)
    flat = weight.reshape(shape)
    return flat[0] if name.endswith("bias") or inputs == 1 else torch.t(flat)
