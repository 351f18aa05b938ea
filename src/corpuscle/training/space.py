"""What a search may change of the training of a net that names images, and within which bounds."""

from collections.abc import Mapping
from dataclasses import dataclass

from corpuscle.identification.nets import IMAGE_NETS


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The bounds of one setting.

    Args:
        low: the least.
        high: the most.
        step: between values of a whole number; None of any number.
        log: whether a factor counts alike everywhere.
    """

    low: float
    high: float
    step: int | None = None
    log: bool = False


SPANS: Mapping[str, Span] = {
    "learning_rate": Span(low=1e-4, high=1e-2, log=True),
    "weight_decay": Span(low=1e-3, high=0.5, log=True),
    "dropout": Span(low=0.0, high=0.3),
    "depth": Span(low=1, high=8, step=1),
    "width": Span(low=16, high=128, step=16),
}
"""The settings that are searched, where a net has them as one number."""


def list_spans(method: str, fixed: Mapping[str, object]) -> dict[str, Span]:
    """List what is searched for a net: what it has as one number, and nobody fixed.

    Raises: ValueError, when there is no such net, or nothing is left to search.

    >>> list(list_spans("cnn", {}))
    ['learning_rate', 'weight_decay']
    """
    preset = IMAGE_NETS[method]
    own = {name for name in ("dropout", "depth", "width") if not isinstance(getattr(preset, name, ()), tuple)}
    spans = {
        name: span
        for name, span in SPANS.items()
        if name not in fixed and (name in own or name in {"learning_rate", "weight_decay"})
    }
    if not spans:
        message = f"nothing is left to search for {method}: all of {', '.join(SPANS)} are set"
        raise ValueError(message)
    return spans
