"""Which settings of a vision transformer go together, and what to do where they do not."""

from collections.abc import Iterator

from corpuscle.nets.images.settings import VitSettings
from corpuscle.nets.images.stages import Stage, count_tokens, list_stages


def find_faults(settings: VitSettings) -> Iterator[str]:
    """Find what cannot be built, or would have no effect, and say what to set."""
    yield from find_token_faults(settings)
    yield from find_idle(settings)
    stages = list_stages(settings)
    yield from find_grid_faults(settings, len(stages))
    for number, stage in enumerate(stages, start=1):
        yield from find_stage_faults(settings, stage, f" of stage {number}" if len(stages) > 1 else "")


def find_token_faults(settings: VitSettings) -> Iterator[str]:
    """Find what is wrong with how an image becomes tokens."""
    size, patch, kernel = settings.size, settings.patch, settings.stem_kernel
    if settings.tokenizer == "stem":
        if patch < 2 or patch & (patch - 1):
            yield f"a stem halves the grid with each layer, so its patch is 2, 4, 8, ..., not {patch}"
        if kernel is not None and kernel % 2 == 0:
            yield f"a stem's kernel has a middle, so stem_kernel is odd, not {kernel}"
        if settings.patch_norm != "none":
            yield "a stem has no patches to normalise: set patch_norm=none or tokenizer=patch"
    elif size % patch:
        fits = ", ".join(str(number) for number in range(1, size + 1) if size % number == 0)
        yield f"a patch divides the image, but {patch} does not divide {size}: set patch to one of {fits}"
    if settings.tokenizer == "shifted" and patch < 2:
        yield "shifted patches move by half a patch, so patch is at least 2, not 1"
    if not settings.attention:
        yield "expected one kind of attention or several, not none: set attention=standard"


def find_idle(settings: VitSettings) -> Iterator[str]:
    """Find settings that would do nothing."""
    kinds = settings.attention if isinstance(settings.attention, tuple) else (settings.attention,)
    for name, idle, kind in (
        ("reduction", 1, "reduced"),
        ("window", None, "windowed"),
        ("interact", False, "windowed"),
        ("head_norm", "none", "reattention"),
    ):
        if getattr(settings, name) != idle and kind not in kinds:
            yield f"{name} does nothing without {kind}: set attention={kind}, or {name}={str(idle).lower()}"
    for name in ("stem_kernel", "stem_filters"):
        if getattr(settings, name) is not None and settings.tokenizer != "stem":
            yield f"{name} does nothing without a stem: set tokenizer=stem, or {name}=none"
    if settings.stem_filters is not None and settings.patch == 2:
        yield "stem_filters are those of all layers but the last, and with patch=2 there is one: set stem_filters=none"


def find_grid_faults(settings: VitSettings, stages: int) -> Iterator[str]:
    """Find what needs a full grid of tokens, and is not given one."""
    kinds = settings.attention if isinstance(settings.attention, tuple) else (settings.attention,)
    needs = [f"{kind} attention" for kind in ("reduced", "windowed") if kind in kinds]
    needs += ["conditional positions"] if settings.position == "conditional" else []
    needs += ["several stages"] if stages > 1 else []
    for breaks, how, instead in (
        (settings.pool == "token", "a class token stands in no grid", "pool=mean"),
        (settings.tokenizer == "channel", "patches of several channels are no grid", "tokenizer=patch"),
        (settings.token_drop > 0, "tokens left out leave holes in the grid", "token_drop=0"),
    ):
        if breaks and needs:
            yield f"{how}, and {' and '.join(needs)} need one: set {instead}"
    if settings.token_drop > 0 and (settings.pool == "flatten" or settings.position == "rope"):
        yield "token_drop changes how many tokens there are, which pool=flatten and position=rope fix: set token_drop=0"
    if settings.position == "rope" and "reduced" in kinds:
        yield "position=rope turns queries and keys by one grid, and reduced attention has two: set position=learned"


def find_stage_faults(settings: VitSettings, stage: Stage, owner: str) -> Iterator[str]:
    """Find what is wrong with the numbers of one stage."""
    if settings.head_width is None and stage.width % stage.heads:
        yield (
            f"a width is a multiple of the heads, but {stage.width}{owner} is none of {stage.heads}: set head_width to "
            f"give the heads a width of their own"
        )
    if settings.position == "sincos" and (stage.width % 4 or stage.width < 8):
        yield f"position=sincos needs a width that is a multiple of 4, 8 at least, not {stage.width}{owner}"
    if settings.position == "rope" and stage.part % 4:
        yield f"position=rope needs heads whose width is a multiple of 4, not {stage.part}{owner}"
    for name, kind in (("reduction", "reduced"), ("window", "windowed")):
        side = getattr(stage, name)
        if kind in stage.kinds and stage.grid % side:
            yield f"a {name} divides the grid of tokens, but {side} does not divide {stage.grid}{owner}"
    if "locality" in stage.kinds and count_tokens(settings, stage) == 1:
        yield "locality attention keeps a token from asking itself, and there is one token: set a smaller patch"
