"""Write the net of a fitter for other programs."""

from pathlib import Path

from corpuscle.fitting.fitters import FITTERS
from corpuscle.training.export import Ports, export_net
from corpuscle.training.run import read_run


def export(method: str, path: Path, *, weights: str | None = None, force: bool = False) -> Ports:
    """Write the net of a fitter as an ONNX file.

    Args:
        method: the name of a fitter that has a net, or the folder of a training run.
        path: the file to write.
        weights: of a fitter: the name of shipped weights, a file, or the folder of a run (default: its own default).
        force: whether the file may be replaced.

    Raises: ValueError, when the method has no net; OSError, when the file exists or cannot be written.
    """
    if method not in FITTERS and Path(method).is_dir():
        if weights is not None:
            message = f"{method} is the folder of a run, which has its own weights: leave weights={weights} out"
            raise ValueError(message)
        return export_net(read_run(Path(method)).method, method, path, force=force)
    fitter = FITTERS[method]()
    own = getattr(fitter, "weights", None)
    return export_net(method, str(own) if weights is None else weights, path, force=force)
