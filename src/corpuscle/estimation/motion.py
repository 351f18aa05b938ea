"""How a particle moves between two times: linear motions with Gaussian noise, one axis like the other."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float

Kind = Literal["walk", "drift", "velocity"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Motion:
    """A motion along each axis; the state is the position, and its rate where the motion has one.

    Args:
        kind: `walk`, a random walk; `drift`, a random walk with a drift that is constant for each particle; `velocity`,
            a velocity that changes by a random walk of its own (nearly constant velocity).
        step: standard deviation of one step (mu), or for `velocity` of its change in one frame [length].
        rate: standard deviation of the drift or of the velocity over the particles [length per frame].
    """

    kind: Kind
    step: float
    rate: float = 0.0

    @property
    def width(self) -> int:
        """Numbers in the state of one axis."""
        return 1 if self.kind == "walk" else 2

    def transition(self, elapsed: Float[np.ndarray, " n"]) -> Float[np.ndarray, "n k k"]:
        """Give the matrix F that carries a state over some elapsed frames.

        >>> Motion(kind="drift", step=1.0, rate=1.0).transition(np.array([2.0]))
        array([[[1., 2.], [0., 1.]]])
        """
        carried = np.broadcast_to(np.eye(self.width), (len(elapsed), self.width, self.width)).copy()
        if self.width == 2:
            carried[:, 0, 1] = elapsed
        return carried

    def noise(self, elapsed: Float[np.ndarray, " n"]) -> Float[np.ndarray, "n k k"]:
        """Give the covariance Q that some elapsed frames add.

        For `velocity` it is that of white noise in the acceleration, step^2 [[t^3/3, t^2/2], [t^2/2, t]].

        Source: Bar-Shalom, Li and Kirubarajan, Estimation with Applications to Tracking and Navigation (2001), 6.2.2.

        >>> Motion(kind="walk", step=1.5).noise(np.array([2.0]))
        array([[[4.5]]])
        """
        added = np.zeros((len(elapsed), self.width, self.width))
        if self.kind == "velocity":
            added[:, 0, 0] = elapsed**3 / 3
            added[:, 0, 1] = added[:, 1, 0] = elapsed**2 / 2
            added[:, 1, 1] = elapsed
        else:
            added[:, 0, 0] = elapsed
        return self.step**2 * added
