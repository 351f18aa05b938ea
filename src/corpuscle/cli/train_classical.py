"""`corpuscle train` of a classical method on images."""

from collections.abc import Mapping
from pathlib import Path

from corpuscle.cli.console import progress, say


def refuse_machine(method: str, given: Mapping[str, bool]) -> None:
    """Refuse options that a classical method has no use for.

    Raises: ValueError, naming one.
    """
    for name, asked in given.items():
        if asked:
            message = f"{method} is fitted once, by one process on the CPU, and logs nothing: leave {name} out"
            raise ValueError(message)


def train_classical(
    method: str, settings: Mapping[str, object], folder: Path, *, seed: int, resume: bool, quiet: bool
) -> None:
    """Train a method that needs neither torch nor epochs, and tell what came out."""
    from corpuscle.api.classical import train_classical as fit

    with progress(quiet=quiet):
        done = fit(method, settings, folder, seed=seed, resume=resume)
    last = done.fitted.history[-1]
    low, high = done.scores.ranking.interval
    told = f"{last.step} {done.fitted.unit}, features {done.run.settings['features']}"
    auc = f"validation loss {last.validation_loss:.4g}, AUC {done.scores.ranking.value:.4f} ({low:.4f} to {high:.4f})"
    say(f"{told}, {auc} -> {done.weights}", quiet=quiet)
    say(f"losses: {done.run.curve}; use it: corpuscle identify STORE -o labels.parquet --method {folder}", quiet=quiet)
