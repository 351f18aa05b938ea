"""Batches of tracks as tensors, made by this process or by others that map the same files."""

from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Int

from corpuscle.nets.weights import import_torch
from corpuscle.training.loading import Batch, Batches

if TYPE_CHECKING:
    from torch.utils.data import DataLoader


class Numbered:
    """The batches of one epoch as torch asks for them; each process plans the epoch once."""

    def __init__(self, batches: Batches, epoch: int) -> None:
        self.batches, self.epoch = batches, epoch
        self.planned: Int[np.ndarray, " track"] | None = None

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, number: int) -> Batch:
        if self.planned is None:
            self.planned = self.batches.plan(self.epoch)
        return self.batches.gather(self.batches.cut(self.planned, number))


def serve(batches: Batches, epoch: int, *, workers: int = 0, ahead: int = 2) -> "DataLoader[Batch]":
    """Give the batches of an epoch as tensors, made by other processes where asked for.

    A process is sent the folder's name and the rows, never hits: all of them map the same files, whose pages the system
    keeps once.

    Args:
        batches: the batches.
        epoch: which epoch.
        workers: how many processes make them; 0: this one.
        ahead: batches that each process makes ahead.
    """
    import_torch()
    from torch.utils.data import DataLoader

    numbered: Any = Numbered(batches, epoch)
    # started afresh: a fork of a process with threads may wait for ever
    afresh: dict[str, Any] = {"multiprocessing_context": "spawn", "prefetch_factor": ahead} if workers else {}
    return DataLoader(numbered, batch_size=None, num_workers=workers, collate_fn=as_tensors, **afresh)


def as_tensors(batch: Any) -> Any:  # noqa: ANN401 - the type that came, with tensors in place of arrays
    """Give a batch with tensors in place of arrays, which share their memory."""
    torch = import_torch()
    return type(batch)(*(torch.from_numpy(np.require(array, requirements="W")) for array in batch))
