"""The settings of a vision transformer that can be built, what they count to, and the net."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from corpuscle.data.settings import check_settings
from corpuscle.nets.images.legal import find_faults
from corpuscle.nets.images.settings import VitSettings
from corpuscle.nets.images.vit_count import count_vit
from corpuscle.nets.operations import Count
from corpuscle.nets.weights import import_torch

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, slots=True, kw_only=True)
class VitShape(VitSettings):
    """A vision transformer: an image is cut into tokens that attend to each other.

    Raises: ValueError, when a setting is out of bounds, or two do not go together.

    Source: Dosovitskiy et al., ICLR (2021); each setting's own source stands where it is built.

    >>> VitShape(patch=5)
    Traceback (most recent call last):
    ValueError: a patch divides the image, but 5 does not divide 32: set patch to one of 1, 2, 4, 8, 16, 32
    """

    def __post_init__(self) -> None:
        check_settings(self)
        for fault in find_faults(self):
            raise ValueError(fault)

    def count(self) -> Count:
        """Count parameters and the multiply-adds of one image, by formula.

        >>> VitShape(size=32, channels=3, patch=16, width=32, depth=0, outputs=10).count()
        Count(parameters=25130, multiply_adds=98624)
        """
        return count_vit(self)

    def build(self) -> "nn.Module":
        """Build the net, its weights drawn by torch's own generator."""
        import_torch()
        from corpuscle.nets.images.vit import VisionTransformer

        return VisionTransformer(self)
