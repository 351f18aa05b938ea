"""Train a classical method on images into a folder, without torch."""

from collections.abc import Mapping
from pathlib import Path

from corpuscle.data.settings import build_method
from corpuscle.report.learning import draw_learning
from corpuscle.training.classical import ClassicalRun, ClassicalTrainer, fit_classical
from corpuscle.training.trainers import CLASSICAL_TRAINERS


def train_classical(
    method: str, settings: Mapping[str, object], folder: Path, *, seed: int = 0, resume: bool = False
) -> ClassicalRun:
    """Train a classical method into a folder: settings, what was learned, losses and their picture, scores.

    Args:
        method: boosted-trees or logistic.
        settings: the trainer's settings, as numbers or text; `data` names the store.
        folder: the folder to make, or to go on in.
        seed: of the split into training, validation and test, and of the fit.
        resume: fit again in a folder that has the same run.

    Raises: ValueError, when the method, a setting, the store or the folder is not what it must be.
    """
    if seed < 0:
        message = f"expected a seed that is a whole number from 0, not {seed}"
        raise ValueError(message)
    trainer: ClassicalTrainer = build_method(CLASSICAL_TRAINERS[method], settings, name=method)
    done = fit_classical(trainer, folder, seed=seed, resume=resume)
    ranking = done.scores.ranking
    title = f"{method}, seed {seed}: validation AUC {ranking.value:.4f} ± {ranking.error:.4f} (standard error)"
    draw_learning(done.run.curve, done.fitted.history, title=title, step=done.fitted.unit)
    return done
