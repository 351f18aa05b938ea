"""Where a net is trained: the accelerator, how many, on how many machines."""

import os
from dataclasses import dataclass
from typing import Literal

from corpuscle.nets.weights import import_torch

RANKS = ("RANK", "LOCAL_RANK", "SLURM_PROCID")
"""Where whoever starts several processes tells each its number; the first that is set counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Where a net is trained.

    Args:
        accelerator: cpu, gpu, or auto: a GPU where there is one.
        devices: how many of them on each node.
        nodes: how many machines; they are started by the cluster's own command (srun, torchrun).
    """

    accelerator: Literal["auto", "cpu", "gpu"] = "auto"
    devices: int = 1
    nodes: int = 1

    def choose(self) -> "Machine":
        """Choose for `auto`, and refuse what is not there.

        Raises: ValueError, when a GPU is asked for and there is none, or a count is below 1.
        """
        if self.devices < 1 or self.nodes < 1:
            message = f"devices and nodes are numbers from 1, not {self.devices} and {self.nodes}"
            raise ValueError(message)
        there = int(import_torch().cuda.device_count())
        chosen = self.accelerator if self.accelerator != "auto" else ("gpu" if there else "cpu")
        if chosen == "gpu" and there < self.devices:
            message = f"{self.devices} GPU asked for, and torch finds {there} here: say --accelerator cpu, or auto"
            raise ValueError(message)
        return Machine(accelerator=chosen, devices=self.devices, nodes=self.nodes)

    def __str__(self) -> str:
        return f"{self.accelerator} ({self.devices} a node, {self.nodes} node{'s' if self.nodes > 1 else ''})"


def make_machine(accelerator: str, *, devices: int, nodes: int) -> Machine:
    """Read where to train.

    Raises: ValueError, when the accelerator is none that there is.
    """
    for known in ("auto", "cpu", "gpu"):
        if accelerator == known:
            return Machine(accelerator=known, devices=devices, nodes=nodes)
    message = f"no accelerator {accelerator!r}; there are auto, cpu, gpu"
    raise ValueError(message)


def is_first_process() -> bool:
    """Tell whether this process is the first, or only, one of a training: the one that writes and speaks."""
    ranks = [int(os.environ[name]) for name in RANKS if os.environ.get(name, "").isdigit()]
    return not ranks or ranks[0] == 0
