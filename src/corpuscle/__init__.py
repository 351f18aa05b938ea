"""Follow and name particles: link detections into tracks, fit tracks in a field, with honest scores."""

from importlib import import_module, metadata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from corpuscle.api.compare import compare
    from corpuscle.api.convert import convert
    from corpuscle.api.fit import fit
    from corpuscle.api.identify import identify
    from corpuscle.api.link import link
    from corpuscle.api.methods import methods
    from corpuscle.api.motion import motion
    from corpuscle.api.score import score
    from corpuscle.api.simulate import simulate
    from corpuscle.api.trackable import trackable

__version__ = metadata.version("corpuscle")

PUBLIC = ("compare", "convert", "fit", "identify", "link", "methods", "motion", "score", "simulate", "trackable")

__all__ = [
    "__version__",
    "compare",
    "convert",
    "fit",
    "identify",
    "link",
    "methods",
    "motion",
    "score",
    "simulate",
    "trackable",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
    """Import a public name when it is first asked for."""
    if name in PUBLIC:
        found = getattr(import_module(f"corpuscle.api.{name}"), name)
        globals()[name] = found
        return found
    message = f"module 'corpuscle' has no attribute {name!r}"
    raise AttributeError(message)


def __dir__() -> list[str]:
    return sorted(__all__)
