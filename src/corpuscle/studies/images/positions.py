"""Does a vision transformer need to be told where its patches stand? Positions and poolings on handwritten digits."""

import itertools
from collections.abc import Mapping, Sequence

from corpuscle.studies.images.digits import Digits
from corpuscle.studies.images.judged import measure_identifier
from corpuscle.studies.study import Contender, Grid, Known, Role, ScaleName, Study
from corpuscle.studies.verdict import Row, Statement, Verdict, compare_methods, exceeds, lacks, list_methods, mean_score

POSITIONS, POOLS = ("none", "learned", "sincos"), ("mean", "token", "flatten")

ROLES: Mapping[str, Role] = {"flatten": "claimed", "mean": "rival", "token": "reference"}

BAR, FAR = 0.975, 0.1
"""The accuracy that a flatten head is to reach, and what is called far below it."""

EPOCHS: Mapping[ScaleName, int] = {"quick": 25, "paper": 60}
REPEATS: Mapping[ScaleName, int] = {"quick": 3, "paper": 10}


def enter(position: str, pool: str) -> list[Contender]:
    """Enter a net with positions and a pooling, trained as long as each scale has it."""
    net = {
        "patch": 2,
        "depth": 2,
        "width": 32,
        "heads": 4,
        "hidden": 64,
        "initial": "glorot",
        "head": (64,) if pool == "flatten" else (),
    }
    trained = {"batch": 64, "learning_rate": 2e-3, "weight_decay": 0.01, "source": Known("source")}
    return [
        Contender(
            name=f"{position}_{pool}", label=f"{pool}, positions {position}", role=ROLES[pool], identifier="vit",
            trainer="vit", needs="lightning", nets=REPEATS[scale], scales=(scale,),
            training={**net, **trained, "position": position, "pool": pool, "epochs": EPOCHS[scale]},
        )
        for scale in EPOCHS
    ]  # fmt: skip


def judge_positions(rows: Sequence[Row]) -> Verdict:
    """Decide that a flatten head does without positions, and that a mean of tokens does not."""
    names = [f"{position}_{pool}" for pool, position in itertools.product(POOLS, POSITIONS)]
    missing = lacks(rows, *names, score="accuracy")
    if missing is not None:
        return missing
    found = [state_reaches(rows, f"{position}_flatten") for position in POSITIONS]
    found += [state_far_below(rows, f"none_{pool}", f"learned_{pool}", headline=pool == "mean") for pool in POOLS[:2]]
    return Verdict(
        statements=tuple(found),
        controls=tuple(
            f"{name}: accuracy {value:.4f} ± {error:.4f}"
            for name, (value, error) in ((name, mean_score(rows, "accuracy", name)) for name in list_methods(rows))
        ),
        reading=f"a flatten head has a mean accuracy of {BAR} or more whatever the positions; without positions the "
        f"mean of tokens is {FAR} below itself with learned ones, by two standard errors over splits",
    )


def state_reaches(rows: Sequence[Row], method: str) -> Statement:
    """State that a method's mean accuracy reaches the bar."""
    mean, error = mean_score(rows, "accuracy", method)
    return Statement(
        text=f"{method} has an accuracy of {BAR} or more (found {mean:.4f})", score="accuracy", where="all splits",
        margin=mean - BAR, error=error, holds=mean >= BAR, headline=True,
    )  # fmt: skip


def state_far_below(rows: Sequence[Row], worse: str, better: str, *, headline: bool) -> Statement:
    """State that a method's accuracy is far below another's on the same splits."""
    gap, error = compare_methods(rows, "accuracy", better, worse)
    return Statement(
        text=f"{worse} is {FAR} or more below {better} (found {gap:.3f})", score="accuracy", where="all splits",
        margin=gap - FAR, error=error, holds=exceeds(gap - FAR, error), headline=headline,
    )  # fmt: skip


POSITIONS_STUDY = Study(
    name="beyond-positions",
    source="corpuscle, after Ibrahimovic's study of patch size and depth (2023), whose nets have no positions",
    title="Positions and poolings of a small vision transformer on handwritten digits (8 x 8, patches of 2 x 2)",
    claim="A flatten head supplies positions by itself: 0.975 or more with none of them, where the mean over tokens "
    "without positions is far below.",
    worlds={scale: Grid(worlds=(Digits(repeats=count),)) for scale, count in REPEATS.items()},
    methods=tuple(one for pool, position in itertools.product(POOLS, POSITIONS) for one in enter(position, pool)),
    measure=measure_identifier,
    holds=judge_positions,
    axis=("images", "images"),
    panels=(("accuracy", "accuracy on test images"),),
    columns={"world": "world", "images": "images"},
    facets=(),
    figure="listed",
    scores=("validation_accuracy", "training_seconds"),
    assumed=(
        "Width 32, 2 blocks, 4 heads, patches of 2 x 2; the flatten head has a layer of 64, the others none.",
        (
            "Each repeat is a split of its own (80 % to learn from, 10 % of validation, 10 % judged: 181 digits or so) "
            "and a net of its own; all methods meet the same splits. 25 epochs (quick) or 60 (paper)."
        ),
        "Digits saturate near 0.98 even for one token: they tell whether positions are missing, and rank nothing else.",
    ),
)  # fmt: skip
