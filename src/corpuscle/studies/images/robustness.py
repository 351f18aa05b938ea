"""What perturbations do to convolutions, vision transformers and trees: the study, and what decides it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from corpuscle.metrics.classes.ranking import Ranking, average, subtract
from corpuscle.studies.images.borthakur2023 import SOURCE
from corpuscle.studies.images.contenders import CONTROL, enter_classical, enter_net
from corpuscle.studies.images.families import state_control
from corpuscle.studies.images.judged import INFLUENCE, measure_identifier
from corpuscle.studies.images.paired import join, state_auc_above
from corpuscle.studies.images.perturbed import Happening, lay_happenings
from corpuscle.studies.images.pictured import Pictured
from corpuscle.studies.study import Grid, ScaleName, Study
from corpuscle.studies.verdict import Row, Statement, Verdict, choose_rows, exceeds, lacks, list_methods

PROPOSAL = "noise of all pixels [of the largest pixel], the proposal's"
NOISES = ("noise of filled pixels [GeV]", "noise of all pixels [GeV]")

HAPPENINGS = (
    Happening(name=NOISES[0], perturbation="noise", strengths=(0, 0.3, 1, 3), settings={"pixels": "active"}),
    Happening(name=NOISES[1], perturbation="noise", strengths=(0, 0.1, 0.3, 1), settings={"pixels": "all"}),
    Happening(
        name=PROPOSAL, perturbation="noise", strengths=(0, 0.1), settings={"pixels": "all"}, of_largest=True,
        learned=False,
    ),
    Happening(name="dead cells [share]", perturbation="dead", strengths=(0, 0.05, 0.2), settings={}),
    Happening(
        name="gains of cells [relative spread]", perturbation="miscalibration", strengths=(0, 0.1, 0.4), settings={}
    ),
    Happening(name="a square is blank [pixels a side]", perturbation="mask", strengths=(0, 8, 16), settings={}),
    Happening(name="pile-up [other images on average]", perturbation="pile-up", strengths=(0, 1, 4), settings={}),
)  # fmt: skip
"""What happens to the images that are judged; pixels hold GeV."""

EPOCHS: Mapping[ScaleName, int] = {"quick": 4, "paper": 15}
SIZES: Mapping[ScaleName, tuple[int, int, int]] = {"quick": (3000, 1500, 3), "paper": (30_000, 5000, 3)}
"""Images to learn from, images that are judged, and repeats."""


def lay(scale: ScaleName) -> Grid:
    """Lay out the worlds of a scale."""
    images, tested, repeats = SIZES[scale]
    clean = Pictured(world="jets", settings={"size": 32}, images=images, tested=tested, repeats=repeats)
    return Grid(worlds=lay_happenings(clean, HAPPENINGS))


def read_curve(rows: Sequence[Row], method: str, perturbation: str) -> dict[int, list[tuple[float, Ranking]]]:
    """Read the AUCs of a method by repeat: of each strength, growing."""
    ours = choose_rows(rows, method=method, perturbation=perturbation)
    found: dict[int, list[tuple[float, Ranking]]] = {}
    for row in sorted(ours, key=lambda row: row["strength"]):
        ranking = Ranking(value=row["auc"], influence=np.array(row[INFLUENCE]))
        found.setdefault(row["repeat"], []).append((row["strength"], ranking))
    return found


def find_losses(rows: Sequence[Row], method: str, perturbation: str) -> list[Ranking]:
    """Find what a method loses of its AUC on average over the strengths, repeat by repeat, on the same images."""
    curves = read_curve(rows, method, perturbation)
    return [subtract(curve[0][1], average([one for _, one in curve[1:]])) for _, curve in sorted(curves.items())]


def state_loses_less(
    rows: Sequence[Row], ours: str, theirs: str, perturbation: str, *, headline: bool = False
) -> Statement:
    """State that one method loses less than another, on average over the strengths, by two standard errors."""
    pairs = zip(find_losses(rows, theirs, perturbation), find_losses(rows, ours, perturbation), strict=True)
    margin, error = join([subtract(their, our) for their, our in pairs])
    return Statement(
        text=f"{ours} loses less AUC than {theirs}", score="auc", where=perturbation, margin=margin, error=error,
        holds=exceeds(margin, error), headline=headline,
    )  # fmt: skip


def judge_robustness(rows: Sequence[Row]) -> Verdict:
    """Decide that a vision transformer is more robust than convolutions: above at the proposal's point, losing less."""
    missing = lacks(rows, "cnn", "vit", "boosted_trees", score="auc")
    if missing is not None:
        return missing
    point = [row for row in choose_rows(rows, perturbation=PROPOSAL) if row["strength"] > 0]
    found = [state_auc_above(point, "vit", "cnn", "at the proposal's noise", headline=True)]
    for kind in dict.fromkeys(row["perturbation"] for row in rows):
        found.append(state_loses_less(rows, "vit", "cnn", kind, headline=kind in NOISES))
        found.append(state_loses_less(rows, "vit", "boosted_trees", kind))
        found += [
            state_loses_less(rows, f"{method}_met", method, kind)
            for method in ("cnn", "vit", "boosted_trees")
            if f"{method}_met" in list_methods(rows)
        ]
    clean = choose_rows(rows, perturbation=PROPOSAL, strength=0.0)
    found.append(state_control(clean, "clean images"))
    return Verdict(
        statements=tuple(found),
        controls=tuple(tell_points(rows)),
        reading="at noise of 0.1 of the largest pixel on all pixels the ViT has a higher AUC than the CNN; and it "
        "loses less AUC, on average over the strengths of either noise, from its own AUC on clean images; two standard "
        "errors of the same images",
    )


def tell_points(rows: Sequence[Row]) -> list[str]:
    """Tell every method's AUC on clean images and at the proposal's point, then its mean loss to each perturbation."""
    told = []
    for method in (name for name in list_methods(rows) if name != CONTROL):
        curve = read_curve(rows, method, PROPOSAL)
        ends = [join([one[end][1] for one in curve.values()]) for end in (0, -1)]
        said = [f"{mean:.4f} ± {error:.4f}" for mean, error in ends]
        told.append(f"{method}: AUC {said[0]} on clean images, {said[1]} at the proposal's noise")
    return told


ROBUSTNESS = Study(
    name="borthakur2023-robustness",
    source=SOURCE,
    title="What perturbations do to a CNN, a ViT and trees that have or have not learned from perturbed jets",
    claim="Although, the ViT outperforms the CNN when it comes to robustness and generalizability in the presence of "
    "perturbations such as Gaussian noise",
    worlds={scale: lay(scale) for scale in SIZES},
    methods=(
        *enter_net("vit", "claimed", EPOCHS),
        *enter_net("vit", "claimed", EPOCHS, name="vit_met", label="ViT, trained with", source="met"),
        *enter_net("cnn", "rival", EPOCHS),
        *enter_net("cnn", "rival", EPOCHS, name="cnn_met", label="CNN, trained with", source="met"),
        enter_classical("boosted-trees", "boosted trees"),
        enter_classical("boosted-trees", "trees, trained with", name="boosted_trees_met", source="met"),
        replace(
            enter_classical("boosted-trees", "trees, classes shuffled", name=CONTROL, source="shuffled"),
            where={"perturbation": PROPOSAL, "strength": 0},
        ),
    ),
    measure=measure_identifier,
    holds=judge_robustness,
    axis=("strength", "strength"),
    panels=(("auc", "AUC on images not learned from"),),
    columns={"source": "source", "world": "world", "perturbation": "perturbation", "strength": "strength"},
    facets=("perturbation",),
    figure="perturbed",
    scores=("auc_error", "accuracy"),
    assumed=(
        (
            "Jets (32 x 32, three channels in GeV) in place of electrons and photons: no net learns the latter from as "
            "few images as the quick scale has, and what is near chance has nothing to lose."
        ),
        (
            "Every strength meets the same images, and every method; a loss is a difference of AUCs on these, "
            "with DeLong's error or the spread over three repeats, which have nets and images of their own: the larger."
        ),
        (
            "The proposal said noise of standard deviation 0.1; its code took 0.1 of the largest value of all test "
            "images, on all pixels, and both nets were at chance (0.51 and 0.50). That point has a panel of its own."
        ),
        (
            "Those trained with perturbations have learned from the same number of images, of which each has met one "
            "of the strengths of one perturbation, or none; the proposal's noise they have not met."
        ),
        "Dead cells and gains are those of one detector, the same in all images that are judged and learned from.",
    ),
)
