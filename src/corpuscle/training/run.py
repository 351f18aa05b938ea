"""The folder of a training run: what was asked for, checkpoints, logs, weights."""

import dataclasses
import json
from collections.abc import Container, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpuscle.nets.shipped import FILE
from corpuscle.nets.weights import this_version

SETTINGS = "settings.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A folder and what is trained into it.

    Args:
        folder: the folder.
        method: the name of the method that is trained.
        settings: every setting of its trainer.
        seed: where all chances come from.
        version: the version of this package.
    """

    folder: Path
    method: str
    settings: Mapping[str, Any]
    seed: int
    version: str = dataclasses.field(default_factory=this_version)

    @property
    def weights(self) -> Path:
        """The file of the weights."""
        return self.folder / FILE

    @property
    def checkpoints(self) -> Path:
        """The folder of the checkpoints."""
        return self.folder / "checkpoints"

    @property
    def history(self) -> Path:
        """The losses, epoch by epoch."""
        return self.folder / "history.csv"

    @property
    def curve(self) -> Path:
        """The picture of the losses."""
        return self.folder / "learning_curve.png"


def begin_run(run: Run, *, resume: bool) -> None:
    """Make the folder of a run, or check that it is the one to go on with.

    Raises: ValueError, when the folder is in use and nobody said to go on, or another run stands in it.
    """
    place = run.folder / SETTINGS
    if not place.exists():
        if run.folder.exists() and (not run.folder.is_dir() or any(run.folder.iterdir())):
            message = f"{run.folder} exists and is no training run; name another folder"
            raise ValueError(message)
        run.folder.mkdir(parents=True, exist_ok=True)
        fields = {"method": run.method, "seed": run.seed, "version": run.version, "settings": dict(run.settings)}
        made = place.with_name(f".{SETTINGS}.part")
        made.write_text(json.dumps(fields, indent=1) + "\n", encoding="utf-8")
        made.replace(place)
        return
    if not resume:
        message = f"{run.folder} has a training run already; go on with it: --resume, or name another folder"
        raise ValueError(message)
    check_same(read_run(run.folder), run)


def check_same(before: Run, now: Run) -> None:
    """Refuse to go on with another run than was begun."""
    ours, theirs = (
        json.loads(json.dumps({**run.settings, "method": run.method, "seed": run.seed})) for run in (now, before)
    )
    for name in sorted(ours.keys() | theirs.keys()):
        if ours.get(name) != theirs.get(name):
            message = (
                f"{now.folder} was begun with {name}={theirs.get(name)}, not {ours.get(name)}: --resume goes on with "
                f"the same settings; name another folder for others"
            )
            raise ValueError(message)


def refuse_absent(method: str, known: Container[str]) -> None:
    """Refuse what is written like the folder of a run and is none, nor the name of a method.

    Raises: FileNotFoundError, naming it.
    """
    if method not in known and len(Path(method).parts) > 1 and not Path(method).is_dir():
        message = f"there is no folder {method}, in which a training run would be"
        raise FileNotFoundError(message)


def read_run(folder: Path) -> Run:
    """Read what a folder's run is.

    Raises: ValueError, when the folder has none.
    """
    place = folder / SETTINGS
    try:
        fields = json.loads(place.read_text(encoding="utf-8"))
        return Run(folder=folder, **fields)
    except FileNotFoundError:
        message = f"{folder}: expected the folder of a training run, but it has no {SETTINGS}"
    except (ValueError, TypeError):
        message = f"{place}: expected the settings of a training run, found something else"
    raise ValueError(message) from None
