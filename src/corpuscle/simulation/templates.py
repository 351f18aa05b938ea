"""Independent Poisson pixels from one of two known templates: the best possible AUC is known."""

from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np
from jaxtyping import Float, Int
from scipy.integrate import quad

from corpuscle.data.pixels import Shape
from corpuscle.data.settings import setting
from corpuscle.simulation.pictured import ImageWorld


@dataclass(frozen=True, slots=True, kw_only=True)
class Templates(ImageWorld):
    """A blob is narrow or wide, and each pixel counts by chance: a ruler for how much a method learns from how little.

    Pixel i holds a Poisson number of mean a_i (narrow) or b_i (wide): a Gaussian of known width and counts, and the
    background. The best method is the likelihood ratio, sum_i n_i ln(b_i / a_i), whose AUC `compute_ceiling` gives.
    """

    classes: ClassVar[tuple[str, str]] = ("narrow", "wide")
    channels: ClassVar[tuple[str, ...]] = ("counts",)

    size: int = setting(32, "height and width of an image", unit="pixel", least=2, most=256)
    counts: float = setting(40.0, "mean number of counts of a blob", above=0)
    narrow: float = setting(2.0, "standard deviation of a narrow blob", unit="pixel", above=0)
    wide: float = setting(2.35, "standard deviation of a wide blob", unit="pixel", above=0)
    background: float = setting(0.02, "mean number of counts of each pixel beside the blob", above=0)

    @property
    def shape(self) -> Shape:
        """One channel of a square."""
        return (1, self.size, self.size)

    @property
    def means(self) -> tuple[Float[np.ndarray, "y x"], Float[np.ndarray, "y x"]]:
        """The mean number of counts in each pixel, of a narrow blob and of a wide one."""
        return self.spread(self.narrow), self.spread(self.wide)

    def spread(self, width: float) -> Float[np.ndarray, "y x"]:
        """Spread the counts of a blob over the image."""
        along = np.arange(self.size) - (self.size - 1) / 2
        blob = np.exp(-(along[:, None] ** 2 + along**2) / (2 * width**2))
        return np.asarray(self.counts * blob / blob.sum() + self.background)

    def draw(
        self, generator: np.random.Generator, label: Int[np.ndarray, " image"]
    ) -> tuple[Float[np.ndarray, "image channel y x"], dict[str, Float[np.ndarray, " image"]]]:
        """Draw the counts of every pixel."""
        mean = np.stack(self.means)[label]
        return generator.poisson(mean).astype(float)[:, None], {}

    def weigh(self) -> Float[np.ndarray, "y x"]:
        """Give what a count in each pixel says for a wide blob: the logarithm of the ratio of the means."""
        narrow, wide = self.means
        return np.asarray(np.log(wide / narrow))

    def compute_ceiling(self) -> float:
        """Compute the best possible AUC, of the likelihood ratio, exactly (the normal approximation says 0.8793).

        D, the ratio of a wide image less that of a narrow one, is a sum of weighted Poisson numbers with the
        characteristic function phi(t) = exp sum_i [b_i (e^(i t w_i) - 1) + a_i (e^(-i t w_i) - 1)], and
        AUC = P(D > 0) + P(D = 0) / 2 = 1/2 + 1/pi integral_0^inf Im phi(t) / t dt.

        Source: Gil-Pelaez, Biometrika 38 (1951) 481.

        >>> round(Templates().compute_ceiling(), 4)
        0.8801
        """
        narrow, wide = (mean.ravel() for mean in self.means)
        weight = self.weigh().ravel()

        def integrand(t: float) -> float:
            turn = t * weight
            size = ((wide + narrow) * (np.cos(turn) - 1)).sum()
            return float(np.exp(size) * np.sin(((wide - narrow) * np.sin(turn)).sum()) / t)

        deviation = float(np.sqrt(((wide + narrow) * weight**2).sum()))
        if deviation == 0:
            return 0.5
        steps = np.arange(0, 61, 4) / deviation
        parts = [quad(integrand, *ends, epsabs=1e-10, limit=500)[0] for ends in pairwise(steps)]
        return float(0.5 + sum(parts) / np.pi)
