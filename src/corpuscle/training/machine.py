"""Where a net is trained: the accelerator, how many, on how many machines."""

import os
from dataclasses import dataclass
from typing import Literal

from corpuscle.nets.weights import import_torch

RANKS = ("RANK", "SLURM_PROCID")
"""Where whoever starts processes on several machines tells each its number; the first that is set counts."""

PLACES = ("NODE_RANK", "LOCAL_RANK")
"""Where a process finds the number of its machine, and its own on it, when nobody numbered all of them."""


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

        Raises: ValueError, when a GPU is asked for and there is none, a count is below 1, or nothing has started this
            command on the other machines, for which training would wait for ever.
        """
        if self.devices < 1 or self.nodes < 1:
            message = f"devices and nodes are numbers from 1, not {self.devices} and {self.nodes}"
            raise ValueError(message)
        if self.nodes > 1 and not any(name in os.environ for name in (*RANKS, *PLACES)):
            message = (
                f"{self.nodes} nodes asked for, but this process was started alone: start the command on each of them, "
                f"with srun, or torchrun --nnodes {self.nodes}"
            )
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
    numbered = [name for name in RANKS if name in os.environ][:1]
    return not any(read_rank(name) for name in numbered or PLACES)


def read_rank(name: str) -> int:
    """Read a number from the environment; 0 where there is none."""
    text = os.environ.get(name, "")
    return int(text) if text.isdigit() else 0
