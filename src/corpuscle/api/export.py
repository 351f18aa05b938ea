"""Write trained nets for other programs."""

from pathlib import Path

from corpuscle.fitting.fitters import FITTERS
from corpuscle.identification.identifiers import IDENTIFIERS
from corpuscle.identification.nets import IMAGE_NETS
from corpuscle.io.images.store import ImageStore, open_images
from corpuscle.training.export import Ports, export_net
from corpuscle.training.run import Run, read_run, refuse_absent


def export(
    method: str,
    path: Path,
    *,
    weights: str | None = None,
    data: str | Path | None = None,
    int8: bool = False,
    force: bool = False,
) -> list[str]:
    """Write a trained net as an ONNX file.

    Of a net that names images, `preprocess.json` and `run_model.py` are written beside it.

    Args:
        method: the name of a fitter that has a net, or the folder of a training run.
        path: the file to write.
        weights: of a fitter: the name of shipped weights, a file, or the folder of a run (default: its own default).
        data: of a net that names images: the store that the file is checked on (default: that of the training).
        int8: of a net that names images: whether it is to be of eight bits.
        force: whether files may be replaced.

    Returns:
        What was written, one sentence each.

    Raises: ValueError, when the method has no net, or the file does not say what the net says; OSError, when a file
        exists or cannot be written.
    """
    refuse_absent(method, FITTERS)
    own_weights = method not in FITTERS and Path(method).is_dir()
    if own_weights and weights is not None:
        message = f"{method} is the folder of a run, which has its own weights: leave weights={weights} out"
        raise ValueError(message)
    run = read_run(Path(method)) if own_weights else None
    if run is not None and run.method in IMAGE_NETS:
        return export_pixels(run, path, data=data, int8=int8, force=force)
    if run is not None and run.method in IDENTIFIERS and not int8:
        return export_numbers(run, path, data=data, force=force)
    if data is not None or int8:
        message = f"{method}: --data and --int8 are for nets that name images: {', '.join(IMAGE_NETS)}"
        raise ValueError(message)
    if run is not None:
        return tell_ports(export_net(run.method, method, path, force=force), path)
    own = getattr(FITTERS[method](), "weights", None)
    return tell_ports(export_net(method, str(own) if weights is None else weights, path, force=force), path)


def tell_ports(ports: Ports, path: Path) -> list[str]:
    """Tell what goes into the net of a fitter and what comes out."""
    inputs = ", ".join([*(f"{name} [track hit {count}]" for name, count in ports.inputs.items()), "real [track hit]"])
    return [f"{inputs} -> {', '.join(ports.outputs)} -> {path}"]


def export_pixels(run: Run, path: Path, *, data: str | Path | None, int8: bool, force: bool) -> list[str]:
    """Write a net that names images, and tell what was measured on the way."""
    from corpuscle.training.image_export import export_images

    store = find_images(run, data)
    made = export_images(run, path, store=store, int8=int8, force=force)
    size = path.stat().st_size
    times = ", ".join(f"{time:.0f} with {count} at once" for count, time in made.latency.items())
    return [
        f"{run.method} -> {', '.join(map(str, made.files))}, {size:,} bytes; microseconds an image: {times}",
        f"ONNX Runtime and torch differ by at most {made.difference:.1e} in a probability, on {made.checked}",
        *(made.eight.tell() if made.eight is not None else []),
    ]


def export_numbers(run: Run, path: Path, *, data: str | Path | None, force: bool) -> list[str]:
    """Write trees or lines that name images, and tell what they take."""
    from corpuscle.training.feature_export import export_features

    latency = export_features(run, path, store=find_images(run, data), force=force)
    times = ", ".join(f"{time:.1f} with {count} at once" for count, time in latency.items())
    return [
        f"{run.method} -> {path} and what is beside it, {path.stat().st_size:,} bytes; microseconds an image: {times}",
        "the graph takes features of images, as preprocess.json names them, not pixels",
    ]


def find_images(run: Run, data: str | Path | None) -> ImageStore | None:
    """Open the images that were named, or those of the training where they are still there."""
    if data is not None:
        return open_images(data)
    own = Path(str(run.settings.get("data", "")))
    return open_images(own) if (own / "card.json").is_file() else None
