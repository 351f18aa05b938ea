"""Every net that reads images, by name, with its settings."""

import dataclasses
from collections.abc import Mapping

from corpuscle.data.registry import Named
from corpuscle.data.settings import build_method
from corpuscle.nets.images.cnn_shape import CnnShape
from corpuscle.nets.images.shape import VitShape

IMAGE_NETS: Named[VitShape | CnnShape] = Named(
    "net",
    {
        "vit": "corpuscle.identification.presets:VIT",
        "simple-vit": "corpuscle.identification.presets:SIMPLE_VIT",
        "deep-vit": "corpuscle.identification.presets:DEEP_VIT",
        "scalable-vit": "corpuscle.identification.presets:SCALABLE_VIT",
        "cct": "corpuscle.identification.presets:CCT",
        "cms-vit": "corpuscle.identification.presets:CMS_VIT",
        "cifar-vit": "corpuscle.identification.presets:CIFAR_VIT",
        "keras-vit-2021": "corpuscle.identification.presets:KERAS_VIT",
        "cnn": "corpuscle.identification.presets:CNN",
        "jet-cnn": "corpuscle.identification.presets:JET_CNN",
    },
)


def find_shape(name: str, settings: Mapping[str, object] | None = None) -> VitShape | CnnShape:
    """Give the settings of a net by name, some of them changed.

    Args:
        name: the name.
        settings: what is changed, as numbers or text.

    Raises: ValueError, when there is no such net or setting, or settings do not go together.

    >>> find_shape("cifar-vit", {"patch": "8", "depth": 4}).count().parameters
    3342020
    """
    preset = IMAGE_NETS[name]
    before = {field.name: getattr(preset, field.name) for field in dataclasses.fields(preset)}
    shape: VitShape | CnnShape = build_method(type(preset), {**before, **(settings or {})}, name=name)
    return shape
