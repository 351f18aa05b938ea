"""Logistic regression on shapes of images."""

from dataclasses import dataclass
from typing import ClassVar

from corpuscle.identification.classical.judge import ClassicalIdentifier


@dataclass(frozen=True, slots=True, kw_only=True)
class Logistic(ClassicalIdentifier):
    """Logistic regression on what is measured of an image: the plainest comparison there is.

    The logarithm of the odds is a sum over features, each in units of its spread, times a slope.

    Source: Cox, Journal of the Royal Statistical Society B 20 (1958) 215.
    """

    method: ClassVar[str] = "logistic"
