"""Link with the paper's transformer: positions from a net, links from the detections closest to them."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float, Int

from corpuscle.data.detections import Detections
from corpuscle.data.estimates import Estimates
from corpuscle.data.links import Links, no_links
from corpuscle.data.settings import setting
from corpuscle.data.units import FRAMES, LENGTH
from corpuscle.estimation.assign import assign
from corpuscle.linking.base import Domain, Linker, Promises
from corpuscle.linking.learned.shape import Shape
from corpuscle.linking.learned.shipped import TRANSFORMER
from corpuscle.linking.panel import Panel, lay_panel, read_permutations
from corpuscle.nets.shipped import describe_weights, find_weights
from corpuscle.nets.weights import import_torch, load_weights

if TYPE_CHECKING:
    from corpuscle.linking.learned.regressor import PositionTransformer

DEFAULT = "permutation"
"""The weights that are used where nobody names others."""

STEP = 1.5
"""The step of the particles that nets are trained on, as published [length]."""

PAIR = Domain(particles=(2, 2), dimensions=(2,), misses=False)
"""What the shipped weights are made for."""


class OwnDomain:
    """The domain of the class is that of the shipped weights, that of a linker that of its own."""

    def __get__(self, linker: "Regressor | None", owner: type) -> Domain:
        """Give the domain."""
        return PAIR if linker is None else linker.read_domain()


@dataclass(frozen=True, slots=True, kw_only=True)
class Regressor(Linker):
    """A net that gives positions; a track goes through the detections that they are closest to.

    In every frame, estimates are paired with detections at the least summed distance, so that a net that gives only
    positions has links. Positions go into the net relative to the mean of all detections of the sequence.
    """

    domain = OwnDomain()
    promises = Promises(equivariant=False)

    step: float = setting(
        STEP,
        "standard deviation of the particles' steps along each axis (mu), which sets the scale",
        unit=LENGTH,
        above=0,
    )
    encoder_window: int | None = setting(
        None, "frames that the encoder sees (K_E), all of the sequence or more; none: all", unit=FRAMES, least=1
    )
    decoder_window: int | None = setting(
        None, "own last outputs that the decoder sees (K_D); none: as trained", unit=FRAMES, least=1
    )
    cache: bool = setting(True, "keep keys and values between frames: the same positions at less cost")

    def link(self, detections: Detections) -> Links:
        """Link detections through the positions that the net gives."""
        if not len(detections):
            return no_links()
        panel = lay_panel(detections)
        self.check_length(panel)
        return read_permutations(panel, pair_detections(panel, self.regress(panel)))

    def estimate(self, detections: Detections, links: Links) -> Estimates:
        """Give the positions as the net gives them; its tracks are its own outputs, numbered as the links begin."""
        if not len(detections):
            return Estimates(np.empty(0, np.int64), np.empty(0, np.int64), np.empty((0, detections.position.shape[1])))
        panel = lay_panel(detections)
        self.check_length(panel)
        position = self.regress(panel)
        frames, particles, space = position.shape
        # the k-th track of the links begins at the k-th detection of the first frame (`join_tracks`)
        rank = np.argsort(np.argsort(panel.rows[0][pair_detections(panel, position)[0]]))
        track, frame = np.tile(rank, frames), np.repeat(panel.number, particles)
        return Estimates(track.astype(np.int64), frame, position.reshape(-1, space))

    def regress(self, panel: Panel) -> Float[np.ndarray, "t n d"]:
        """Give the position of every particle in every frame [length]."""
        torch = import_torch()
        from corpuscle.nets.threads import one_thread

        net = self.build_net(panel)
        centre = panel.position.mean(axis=(0, 1))
        one = net.shape.length * float(self.step) / STEP
        measured = read_frames(panel.position - centre) / one
        frame = panel.number - panel.number[0]
        with one_thread():
            found = net.infer(
                torch.tensor(measured[None], dtype=torch.float32),
                torch.tensor(frame[None]),
                window=self.decoder_window or net.shape.decoder_window,
                cache=self.cache,
            )
        scaled = found.numpy().astype(np.float64).reshape(panel.position.shape)
        position: Float[np.ndarray, "t n d"] = scaled * one + centre
        return position

    def check_length(self, panel: Panel) -> None:
        """Refuse a sequence that the encoder's window does not hold."""
        span = int(panel.number[-1] - panel.number[0]) + 1
        if self.encoder_window is not None and self.encoder_window < span:
            message = (
                f"encoder_window (K_E) holds the whole sequence, but it is {self.encoder_window} and the sequence has "
                f"{span} frames: say encoder_window=none or {span}, or cut the sequence"
            )
            raise ValueError(message)
        self.check_frames(span)

    def read_domain(self) -> Domain:
        """Give the domain of this linker's net."""
        return PAIR

    def check_frames(self, span: int) -> None:
        """Refuse a sequence that is longer than any the net knows; a net that knows none refuses none."""

    @abstractmethod
    def build_net(self, panel: Panel) -> "PositionTransformer":
        """Give the net, ready for use."""

    def count_multiply_adds(self, *, frames: int, particles: int) -> int:
        """Count the multiply-adds of linking one sequence."""
        from corpuscle.linking.learned.regressor import count_multiply_adds

        shape = self.read_shape(particles=particles, frames=frames)
        window = self.decoder_window or shape.decoder_window
        return count_multiply_adds(shape, frames=frames, window=window, cache=self.cache)

    def count_parameters(self, *, frames: int, particles: int) -> int:
        """Count the numbers that training sets."""
        from corpuscle.linking.learned.regressor import PositionTransformer

        import_torch()
        shape = self.read_shape(particles=particles, frames=frames)
        return sum(weight.numel() for weight in PositionTransformer(shape).parameters())

    @abstractmethod
    def read_shape(self, *, particles: int, frames: int) -> Shape:
        """Give what the net is built from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transformer(Regressor):
    """The paper's encoder-decoder, trained on simulated particles; it knows as many as its weights do.

    Source: Mishra and Roudot, EUSIPCO 2024, section III.C and Fig. 1.
    """

    weights: str = setting(DEFAULT, "the name of shipped weights (permutation, mse), a file, or the folder of a run")

    def read_domain(self) -> Domain:
        """Give the domain of the weights."""
        settings = describe_weights(self.weights, TRANSFORMER).settings
        count, space = int(settings["particles"]), int(settings["dimensions"])
        others = "weights for other numbers, in the plane: corpuscle train transformer -o RUN --set particles=N"
        return Domain(particles=(count, count), dimensions=(space,), misses=False, others=others)

    def check_frames(self, span: int) -> None:
        """Refuse a sequence longer than those of the training.

        Raises: ValueError, naming both lengths.
        """
        known = int(describe_weights(self.weights, TRANSFORMER).settings["frames"])
        if span > known:
            message = (
                f"weights {self.weights!r} know sequences of up to {known} frames, and this one has {span}: cut it, or "
                f"train others: corpuscle train transformer -o RUN --set frames={span}"
            )
            raise ValueError(message)

    def build_net(self, panel: Panel) -> "PositionTransformer":
        """Build the net of the weights' settings and load them."""
        import_torch()
        from corpuscle.linking.learned.regressor import PositionTransformer

        shape = self.read_shape(particles=panel.particles, frames=len(panel))
        check_particles(self.weights, shape, panel)
        net = PositionTransformer(shape).eval()
        load_weights(net, find_weights(self.weights, TRANSFORMER))
        return net

    def read_shape(self, *, particles: int, frames: int) -> Shape:
        """Give the shape that the weights were trained in."""
        return Shape(**describe_weights(self.weights, TRANSFORMER).settings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Untrained(Regressor):
    """The same net with random weights: a control, which shows what a score gives for nothing.

    Source: control of Mishra and Roudot, EUSIPCO 2024; not in the paper.
    """

    seed: int = setting(0, "where the random weights come from", least=0)

    def build_net(self, panel: Panel) -> "PositionTransformer":
        """Build a net from the seed."""
        from corpuscle.linking.learned.regressor import PositionTransformer

        shape = self.read_shape(particles=panel.particles, frames=len(panel))
        torch: Any = import_torch()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            return PositionTransformer(shape).eval()

    def read_shape(self, *, particles: int, frames: int) -> Shape:
        """Give the published shape for these particles."""
        return Shape(particles=particles, frames=max(frames, Shape().frames))


def check_particles(weights: str, shape: Shape, panel: Panel) -> None:
    """Refuse a scene of other particles than those of the training."""
    ours, theirs = (shape.particles, shape.dimensions), panel.position.shape[1:]
    if ours != theirs:
        message = (
            f"weights {weights!r} are for {ours[0]} particles in {ours[1]}-D, and this scene has {theirs[0]} in "
            f"{theirs[1]}-D: train others: corpuscle train transformer -o RUN --set particles={theirs[0]}"
        )
        raise ValueError(message)


def read_frames(position: Float[np.ndarray, "t n d"]) -> Float[np.ndarray, "t coordinate"]:
    """Read each frame as one row of coordinates, its detections in the order of x, then y.

    That order tells nothing about who is who, and makes the order of the table irrelevant.

    >>> read_frames(np.array([[[3.0, 0.0], [1.0, 5.0]]])).tolist()
    [[1.0, 5.0, 3.0, 0.0]]
    """
    frames, particles, space = position.shape
    flat = position.reshape(-1, space)
    order = np.lexsort((*flat.T[::-1], np.repeat(np.arange(frames), particles)))
    return flat[order].reshape(frames, particles * space)


def pair_detections(panel: Panel, estimate: Float[np.ndarray, "t n d"]) -> Int[np.ndarray, "t n"]:
    """Say which detection of its frame each estimate is paired with, at the least summed distance."""
    apart = np.linalg.norm(estimate[:, :, None] - panel.position[:, None], axis=-1)
    # dearer than any exchange of two pairs, so that all are made
    price = 2 * float(apart.max(initial=0.0)) * panel.particles + 1
    place = [assign(cost, unassigned=price)[:, 1] for cost in apart]
    return np.array(place, dtype=np.int64).reshape(len(panel), panel.particles)
