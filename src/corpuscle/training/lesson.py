"""A trainer as Lightning sees it; imports Lightning and torch."""

import pickle
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import lightning as pl
import numpy as np
import torch
from lightning.pytorch.callbacks import Callback, EarlyStopping, ModelCheckpoint
from lightning.pytorch.loggers import Logger, TensorBoardLogger
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from corpuscle.training.base import Trainer
from corpuscle.training.clock import Clock
from corpuscle.training.history import Epoch, write_history
from corpuscle.training.machine import Machine
from corpuscle.training.run import Run

KEPT = 2
"""Checkpoints kept: should one be cut short by a kill, the one before is whole."""

WARM = 50
"""Steps over which the learning rate of a cosine schedule grows."""

LEAST = 0.01
"""Where a cosine schedule ends, as a share of the highest learning rate."""

STREAM = {"training": 0, "validation": 1}

Batch = tuple[Tensor, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Taught:
    """What a training gives: the net and its losses, epoch by epoch."""

    net: nn.Module
    history: list[Epoch]


class Batches(Dataset[Batch]):
    """Batches by number, each drawn from the seed, the epoch and its number, and drawn once."""

    def __init__(self, trainer: Trainer, seed: int, *, epoch: int, stream: str, count: int, examples: int) -> None:
        self.count, self.examples = count, examples
        self.source = (seed, STREAM[stream], epoch)
        self.draw = trainer.draw_batch if stream == "training" else trainer.draw_validation
        self.drawn: dict[int, Batch] = {}

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, number: int) -> Batch:
        if number not in self.drawn:
            generator = np.random.default_rng([*self.source, number])
            self.drawn[number] = self.draw(generator, self.examples)
        return self.drawn[number]


def keep(batch: Any) -> Any:  # noqa: ANN401 - torch's own signature speaks of lists
    """Keep a batch as it was drawn."""
    return batch


class Lesson(pl.LightningModule):
    """A net, what it learns from, and its optimiser: Adam, gradients clipped by the loop."""

    def __init__(self, trainer: Trainer, seed: int) -> None:
        super().__init__()
        self.teacher, self.seed = trainer, seed
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.net = trainer.build_net()
        self.same = self.make_batches("training", 0)
        self.held = self.make_batches("validation", 0)

    def make_batches(self, stream: str, epoch: int) -> Batches:
        """Give the batches of an epoch; validation has one, the same in every epoch."""
        teacher = self.teacher
        count, examples = (teacher.batches, teacher.experiments) if stream == "training" else (1, teacher.validation)
        return Batches(teacher, self.seed, epoch=epoch, stream=stream, count=count, examples=examples)

    def train_dataloader(self) -> DataLoader[Batch]:
        """Give the batches of this epoch."""
        batches = self.make_batches("training", self.current_epoch) if self.teacher.fresh else self.same
        return DataLoader(batches, batch_size=None, collate_fn=keep)

    def val_dataloader(self) -> DataLoader[Batch]:
        """Give what validation measures."""
        return DataLoader(self.held, batch_size=None, collate_fn=keep)

    def training_step(self, batch: Batch, number: int) -> Tensor:
        """Give the loss of one batch."""
        loss = self.teacher.measure_loss(self.net, batch)
        self.log("training_loss", loss, on_step=False, on_epoch=True, batch_size=1, sync_dist=True)
        return loss

    def validation_step(self, batch: Batch, number: int) -> None:
        """Measure the net as it is used."""
        loss = self.teacher.measure_validation(self.net, batch)
        self.log("validation_loss", loss, batch_size=1, prog_bar=True, sync_dist=True)

    def configure_optimizers(self) -> Any:  # noqa: ANN401 - Lightning takes several kinds
        """Give Adam, with the schedule of its learning rate."""
        optimizer = torch.optim.Adam(self.net.parameters(), lr=self.teacher.learning_rate)
        if self.teacher.schedule == "constant":
            return optimizer
        steps = self.teacher.epochs * self.teacher.batches
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: follow_cosine(step, steps))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def follow_cosine(step: int, steps: int) -> float:
    """Give the learning rate of a step as a share of the highest.

    >>> round(follow_cosine(999, 1000), 2)
    0.01
    """
    warm = min(1.0, (step + 1) / WARM)
    return warm * (LEAST + (1 - LEAST) * 0.5 * (1 + float(np.cos(np.pi * step / max(steps, 1)))))


class History(Callback):
    """Keeps what every epoch was, through resumptions, and writes it as it comes."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.rows: list[Epoch] = []
        self.clock = Clock()

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Begin to wait for the first batch."""
        self.clock = Clock()

    def on_train_batch_start(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, batch: Batch, batch_idx: int
    ) -> None:
        """Stop waiting."""
        self.clock.stop_waiting()

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: object, batch: Batch, batch_idx: int
    ) -> None:
        """Begin to wait for the next batch."""
        self.clock.begin_waiting()

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Take note of an epoch."""
        loss = {name: float(trainer.callback_metrics[name]) for name in ("training_loss", "validation_loss")}
        waited = self.clock.share
        self.rows.append(Epoch(epoch=trainer.current_epoch, step=trainer.global_step, **loss, waited=waited))
        if trainer.is_global_zero:
            write_history(self.run, self.rows)

    def state_dict(self) -> dict[str, Any]:
        """Give the losses to a checkpoint."""
        return {"rows": [asdict(row) for row in self.rows]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take the losses from a checkpoint."""
        self.rows = [Epoch(**row) for row in state_dict["rows"]]


def teach(trainer: Trainer, run: Run, machine: Machine, *, wandb: bool, bar: bool) -> Taught:
    """Train a net with Lightning, from the newest checkpoint that is whole."""
    lesson, history = Lesson(trainer, run.seed), History(run)
    # the history comes before the checkpoints, so that these hold the epoch they were made after
    newest = ModelCheckpoint(run.checkpoints, "{epoch:06d}", monitor="epoch", mode="max", save_top_k=KEPT)
    best = ModelCheckpoint(run.checkpoints, "best", monitor="validation_loss", enable_version_counter=False)
    stopping = [] if trainer.patience is None else [best, EarlyStopping("validation_loss", patience=trainer.patience)]
    loop = pl.Trainer(
        accelerator=machine.accelerator,
        devices=machine.devices,
        num_nodes=machine.nodes,
        max_epochs=trainer.epochs,
        callbacks=[history, newest, *stopping],
        logger=make_loggers(run, wandb=wandb),
        enable_progress_bar=bar,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        log_every_n_steps=1,
        gradient_clip_val=1.0,
        reload_dataloaders_every_n_epochs=1,
        default_root_dir=run.folder,
    )
    loop.fit(lesson, ckpt_path=find_checkpoint(run.checkpoints))
    if stopping and best.best_model_path:
        state = torch.load(best.best_model_path, weights_only=True)["state_dict"]
        lesson.load_state_dict(state)
    return Taught(lesson.net, history.rows)


def find_checkpoint(folder: Path) -> Path | None:
    """Find the newest checkpoint that can be read; a kill may have cut the last one short."""
    for path in sorted(folder.glob("epoch=*.ckpt"), reverse=True):
        try:
            torch.load(path, weights_only=True)
        except (pickle.UnpicklingError, RuntimeError, EOFError, OSError, ValueError):
            continue
        return path
    return None


def make_loggers(run: Run, *, wandb: bool) -> list[Logger]:
    """Make TensorBoard's logger, and that of Weights & Biases where it is asked for."""
    loggers: list[Logger] = [TensorBoardLogger(run.folder, name="logs", version="tensorboard")]
    if wandb:
        from lightning.pytorch.loggers import WandbLogger

        loggers.append(WandbLogger(project="corpuscle", name=run.folder.name, save_dir=run.folder))
    return loggers
