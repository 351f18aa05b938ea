"""A trainer as Lightning sees it; imports Lightning and torch."""

import math
import pickle
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import lightning as pl
import torch
from lightning.pytorch.callbacks import Callback, EarlyStopping, ModelCheckpoint
from lightning.pytorch.loggers import Logger, TensorBoardLogger
from torch import Tensor, nn
from torch.utils.data import DataLoader

from corpuscle.data.progress import tell
from corpuscle.training.base import WARM, Numbered, Trainer
from corpuscle.training.clock import Clock
from corpuscle.training.history import MEASURED, Epoch, write_history
from corpuscle.training.machine import Machine
from corpuscle.training.run import Run

KEPT = 2
"""Checkpoints kept: should one be cut short by a kill, the one before is whole."""

LEAST = 0.01
"""Where a cosine schedule ends, as a share of the highest learning rate."""

STEPS = 2**32
"""More than any training has: seeds and steps together give each step a number of its own."""

Batch = tuple[Tensor, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Taught:
    """What a training gives: the net and its losses, epoch by epoch."""

    net: nn.Module
    history: list[Epoch]


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
        self.same = trainer.make_batches(seed, 0)
        self.held = trainer.make_held(seed)

    def train_dataloader(self) -> DataLoader[Batch]:
        """Give the batches of this epoch."""
        fresh = self.teacher.is_fresh() and self.current_epoch
        return load(self.teacher.make_batches(self.seed, self.current_epoch) if fresh else self.same)

    def val_dataloader(self) -> DataLoader[Batch]:
        """Give what validation measures."""
        return load(self.held)

    def on_train_batch_start(self, batch: Batch, batch_idx: int) -> None:
        """Begin each step with chances of its own, so that what is left out does not hang on earlier steps."""
        torch.manual_seed(self.seed * STEPS + self.global_step)

    def training_step(self, batch: Batch, number: int) -> Tensor:
        """Give the loss of one batch."""
        found = self.teacher.measure_training(self.net, batch)
        self.log_dict(found.value, on_step=False, on_epoch=True, batch_size=found.weight, sync_dist=True)
        return found.value["training_loss"]

    def validation_step(self, batch: Batch, number: int) -> None:
        """Measure the net as it is used."""
        found = self.teacher.measure_held(self.net, batch)
        self.log_dict(found.value, batch_size=found.weight, sync_dist=True)

    def configure_optimizers(self) -> Any:  # noqa: ANN401 - Lightning takes several kinds
        """Give Adam, or AdamW where weights decay, with the schedule of its learning rate."""
        optimizer = make_optimizer(self.net, self.teacher)
        if self.teacher.schedule == "constant":
            return optimizer
        each = len(self.same)
        steps, warm = self.teacher.epochs * each, self.teacher.count_warm(each)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: follow_cosine(step, steps, warm))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def load(batches: Numbered) -> DataLoader[Batch]:
    """Give batches as Lightning takes them."""
    numbered: Any = batches  # has what torch asks of a dataset: a length, and items by number
    return DataLoader(numbered, batch_size=None, collate_fn=keep)


def make_optimizer(net: nn.Module, trainer: Trainer) -> torch.optim.Optimizer:
    """Make the optimiser; biases, norms and learned tokens do not decay.

    Source: Loshchilov and Hutter, ICLR (2019), Algorithm 2.
    """
    if not trainer.weight_decay:
        return torch.optim.Adam(net.parameters(), lr=trainer.learning_rate)
    kinds = (nn.Linear, nn.Conv2d)
    maps = {id(module.weight) for module in net.modules() if isinstance(module, kinds)}
    groups = [
        {"params": [one for one in net.parameters() if (id(one) in maps) == decays], "weight_decay": share}
        for decays, share in ((True, trainer.weight_decay), (False, 0.0))
    ]
    return torch.optim.AdamW(groups, lr=trainer.learning_rate)


def follow_cosine(step: int, steps: int, warm: int = WARM) -> float:
    """Give the learning rate of a step as a share of the highest.

    >>> round(follow_cosine(999, 1000), 2)
    0.01
    """
    grown = min(1.0, (step + 1) / max(warm, 1))
    return grown * (LEAST + (1 - LEAST) * 0.5 * (1 + math.cos(math.pi * step / max(steps, 1))))


class History(Callback):
    """Keeps what every epoch was, through resumptions, and writes it as it comes."""

    def __init__(self, run: Run, watch: Callable[[Epoch], None] | None = None) -> None:
        self.run, self.watch = run, watch
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
        tell("training", trainer.global_step, (trainer.max_epochs or 0) * int(trainer.num_training_batches))

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Take note of an epoch."""
        found = {name: float(trainer.callback_metrics[name]) for name in MEASURED if name in trainer.callback_metrics}
        clock = self.clock
        times = {"waited": clock.share, "seconds": clock.whole, "step_seconds": clock.each}
        self.rows.append(Epoch(epoch=trainer.current_epoch, step=trainer.global_step, **found, **times))
        if trainer.is_global_zero:
            write_history(self.run, self.rows)
        if self.watch is not None:
            self.watch(self.rows[-1])

    def state_dict(self) -> dict[str, Any]:
        """Give the losses to a checkpoint."""
        return {"rows": [asdict(row) for row in self.rows]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take the losses from a checkpoint."""
        self.rows = [Epoch(**row) for row in state_dict["rows"]]


def teach(
    trainer: Trainer,
    run: Run,
    machine: Machine,
    *,
    wandb: bool,
    watch: Callable[[Epoch], None] | None = None,
    checkpoints: bool = True,
) -> Taught:
    """Train a net with Lightning, from the newest checkpoint that is whole."""
    lesson, history = Lesson(trainer, run.seed), History(run, watch)
    # the history comes before the checkpoints, so that these hold the epoch they were made after
    newest = [ModelCheckpoint(run.checkpoints, "{epoch:06d}", monitor="epoch", mode="max", save_top_k=KEPT)]
    kept = newest if checkpoints else []
    best = ModelCheckpoint(run.checkpoints, "best", monitor="validation_loss", enable_version_counter=False)
    stopping = [] if trainer.patience is None else [best, EarlyStopping("validation_loss", patience=trainer.patience)]
    loop = pl.Trainer(
        accelerator=machine.accelerator,
        devices=machine.devices,
        num_nodes=machine.nodes,
        max_epochs=trainer.epochs,
        callbacks=[history, *kept, *stopping],
        enable_checkpointing=bool(kept or stopping),
        logger=make_loggers(run, wandb=wandb),
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        log_every_n_steps=1,
        gradient_clip_val=1.0,
        reload_dataloaders_every_n_epochs=1,
        default_root_dir=run.folder,
    )
    with torch.random.fork_rng(devices=[]):  # each step sets the seed
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
