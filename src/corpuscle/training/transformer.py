"""Train the paper's transformer on simulated particles."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from jaxtyping import Float

from corpuscle.data.scene import Scene
from corpuscle.data.settings import setting
from corpuscle.data.units import FRAMES, LENGTH
from corpuscle.linking.learned.shape import Shape
from corpuscle.linking.learned.shipped import TRANSFORMER
from corpuscle.linking.learned.transformer import read_frames
from corpuscle.linking.panel import lay_panel
from corpuscle.simulation.worlds import PRESETS, WORLDS
from corpuscle.training.drawn import DrawnTrainer

if TYPE_CHECKING:
    from torch import Tensor, nn

    from corpuscle.linking.learned.regressor import PositionTransformer


@dataclass(frozen=True, slots=True, kw_only=True)
class TransformerTrainer(DrawnTrainer):
    """Simulate Brownian particles, and let the net say where they are.

    The defaults are the published training: 6 batches of one experiment each, mean squared error, the decoder fed
    with the truth. The paper leaves open the optimiser, the epochs and in which order the particles of the truth
    stand; here that is the order of the simulator, which no measurement tells. `loss=permutation` asks only for the
    best order of each sequence, and needs `feedback=own`, as the truth fed back would give the order away.

    Source: Mishra and Roudot, EUSIPCO 2024, sections III.C and IV.A.
    """

    net: ClassVar[str] = TRANSFORMER.net
    layout: ClassVar[int] = TRANSFORMER.layout
    small: ClassVar[bool] = True

    particles: int = setting(2, "particles of a sequence (N)", least=1, most=8)
    frames: int = setting(150, "length of a sequence (T)", unit=FRAMES, least=2)
    least_frames: int | None = setting(
        None,
        "length of the shortest sequence; each batch has one length, none: all have `frames`",
        unit=FRAMES,
        least=2,
    )
    start: Literal["paper", "origin", "separated", "drift"] = setting("paper", "the preset that particles start by")
    measurement_noise: float = setting(
        7.0, "standard deviation of a measured coordinate (sigma), the highest of a range", unit=LENGTH, least=0
    )
    least_measurement_noise: float | None = setting(
        None, "the lowest of the range, drawn anew for each sequence; none: all have `measurement_noise`",
        unit=LENGTH, least=0,
    )  # fmt: skip
    loss: Literal["mse", "permutation"] = setting(
        "mse", "mse: particles in the truth's order, as published; permutation: in the best order of each sequence"
    )
    feedback: Literal["truth", "own"] = setting(
        "truth", "what the decoder sees in training: the truth (teacher forcing) or its own outputs, as in use"
    )
    decoder_window: int = setting(1, "own last outputs that the decoder sees (K_D)", unit=FRAMES, least=1)
    length: float = setting(20.0, "the length that stands for 1 inside the net", unit=LENGTH, above=0)
    width: int = setting(64, "numbers a token has (d)", least=2)
    heads: int = setting(4, "heads of each attention", least=1)
    encoder_layers: int = setting(2, "layers of the encoder", least=1)
    decoder_layers: int = setting(2, "layers of the decoder", least=1)
    hidden: int = setting(128, "width inside the feed-forward nets", least=1)

    def __post_init__(self) -> None:
        DrawnTrainer.__post_init__(self)
        for low, high in (("least_frames", "frames"), ("least_measurement_noise", "measurement_noise")):
            least, most = getattr(self, low), getattr(self, high)
            if least is not None and least > most:
                message = f"{low} is at most {high} ({most:g}), not {least:g}"
                raise ValueError(message)
        if self.loss == "permutation" and self.feedback == "truth":
            raise ValueError(
                "loss=permutation needs feedback=own: the truth fed back would give the order of the particles away"
            )

    def read_shape(self) -> Shape:
        """Give what the net is built from."""
        ours = [field.name for field in dataclasses.fields(Shape) if field.name != "dimensions"]
        return Shape(dimensions=2, **{name: getattr(self, name) for name in ours})

    def describe_net(self) -> Mapping[str, Any]:
        """Give everything that the net is built from."""
        return dataclasses.asdict(self.read_shape())

    def build_net(self) -> "nn.Module":
        """Build the net."""
        from corpuscle.linking.learned.regressor import PositionTransformer

        return PositionTransformer(self.read_shape())

    def draw_batch(self, generator: np.random.Generator, count: int) -> "tuple[Tensor, ...]":
        """Draw sequences of one length: what was measured, the frames, which are data, where the particles were."""
        import torch

        least = self.frames if self.least_frames is None else self.least_frames
        frames = int(generator.integers(least, self.frames, endpoint=True))
        drawn = [self.draw_sequence(generator, frames) for _ in range(count)]
        measured = torch.tensor(np.stack([seen for seen, _ in drawn]) / self.length, dtype=torch.float32)
        target = torch.tensor(np.stack([truth for _, truth in drawn]) / self.length, dtype=torch.float32)
        frame = torch.arange(frames).expand(count, -1)
        return measured, frame, torch.ones(count, frames, dtype=torch.bool), target

    def draw_sequence(
        self, generator: np.random.Generator, frames: int
    ) -> tuple[Float[np.ndarray, "t coordinate"], Float[np.ndarray, "t n d"]]:
        """Draw one sequence: measured coordinates and true positions, relative to the mean of the detections."""
        least = self.measurement_noise if self.least_measurement_noise is None else self.least_measurement_noise
        world: dict[str, Any] = {
            **PRESETS[self.start],
            "particles": self.particles,
            "frames": frames,
            "measurement_noise": float(generator.uniform(least, self.measurement_noise)),
        }
        scene: Scene = WORLDS["brownian"](**world).simulate(generator)
        panel = lay_panel(scene.detections)
        centre = panel.position.mean(axis=(0, 1))
        truth = scene.truth.position.reshape(self.particles, frames, -1).swapaxes(0, 1)
        return read_frames(panel.position - centre), truth - centre

    def measure_loss(self, net: "nn.Module", batch: "tuple[Tensor, ...]") -> "Tensor":
        """Give the loss, the decoder fed as the settings say."""
        return self.compare(net, batch, feedback=self.feedback)

    def measure_validation(self, net: "nn.Module", batch: "tuple[Tensor, ...]") -> "Tensor":
        """Give the loss of the net as it is used: fed with its own outputs."""
        return self.compare(net, batch, feedback="own")

    def compare(self, net: "nn.Module", batch: "tuple[Tensor, ...]", *, feedback: str) -> "Tensor":
        """Give the squared error of all frames at once, each from what stands before it."""
        import torch

        from corpuscle.nets.loss import mean_squared_error, permuted_squared_error

        regressor: PositionTransformer = net  # type: ignore[assignment] # what build_net built
        measured, frame, real, target = batch
        if feedback == "own":
            given = regressor.infer(measured, frame, real, window=self.decoder_window)
        else:
            given = target.flatten(2)
        before = torch.cat([torch.zeros_like(given[:, :1]), given[:, :-1]], dim=1)
        output = regressor(measured, frame, real, before).reshape(target.shape)
        measure = mean_squared_error if self.loss == "mse" else permuted_squared_error
        return measure(output, target, real)
