"""The stages of a vision transformer: blocks between which the grid of tokens does not change."""

from collections.abc import Mapping
from dataclasses import dataclass

from corpuscle.nets.images.settings import Attending, VitSettings

SPREAD = ("width", "depth", "heads", "reduction", "window", "hidden")
"""Settings that may be rows, one number a stage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Blocks that share a grid and a width.

    Args:
        grid: rows and columns of tokens.
        width: numbers a token has.
        heads: heads of each attention.
        part: width of each head.
        hidden: width inside the feed-forward nets.
        reduction: tokens a side that reduced attention makes one key of.
        window: tokens a side of a window.
        kinds: the attention of each block.
    """

    grid: int
    width: int
    heads: int
    part: int
    hidden: int
    reduction: int
    window: int
    kinds: tuple[Attending, ...]

    @property
    def inner(self) -> int:
        """Numbers of a query, all heads together."""
        return self.heads * self.part


def list_stages(settings: VitSettings) -> tuple[Stage, ...]:
    """List the stages; each but the first has half the grid of the one before it.

    Raises: ValueError, when rows of settings have not the same length.

    >>> [(stage.grid, stage.width) for stage in list_stages(VitSettings(width=(16, 32), depth=1))]
    [(4, 16), (2, 32)]
    """
    rows = {name: getattr(settings, name) for name in SPREAD}
    lengths = {name: len(row) for name, row in rows.items() if isinstance(row, tuple)}
    count = max(lengths.values(), default=1)
    if count == 0 or any(length != count for length in lengths.values()):
        told = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        message = f"expected rows with one number a stage, all of the same length, but {told}"
        raise ValueError(message)
    grids = [measure_grid(settings)]
    for _ in range(count - 1):
        grids.append((grids[-1] - 1) // 2 + 1)
    return tuple(
        make_stage(settings, grid, {name: row[number] if isinstance(row, tuple) else row for name, row in rows.items()})
        for number, grid in enumerate(grids)
    )


def make_stage(settings: VitSettings, grid: int, one: Mapping[str, int]) -> Stage:
    """Make one stage from its own numbers."""
    turn = settings.attention if isinstance(settings.attention, tuple) else (settings.attention,)
    return Stage(
        grid=grid,
        width=one["width"],
        heads=one["heads"],
        part=settings.head_width or one["width"] // one["heads"],
        hidden=one["hidden"],
        reduction=one["reduction"],
        window=one["window"] or grid,
        kinds=tuple(turn[number % len(turn)] for number in range(one["depth"])),
    )


def measure_grid(settings: VitSettings) -> int:
    """Give the rows of tokens that the tokenizer makes; a stem rounds up where it halves.

    >>> measure_grid(VitSettings(size=33, tokenizer="stem", patch=4))
    9
    """
    if settings.tokenizer != "stem":
        return settings.size // settings.patch
    return -(-settings.size // settings.patch)


def count_places(settings: VitSettings) -> int:
    """Count the places of the first grid: the tokens, one that belongs to no patch apart."""
    return measure_grid(settings) ** 2 * (settings.channels if settings.tokenizer == "channel" else 1)


def count_tokens(settings: VitSettings, stage: Stage) -> int:
    """Count the tokens of a stage, the class token among them."""
    return stage.grid**2 * (settings.channels if settings.tokenizer == "channel" else 1) + (settings.pool == "token")
