"""Borthakur 2023, Vision Transformers for CMS: convolutions and transformers on electrons, photons, quarks, gluons."""

from collections.abc import Mapping
from functools import partial

from corpuscle.studies.images.contenders import UNTUNED, enter_net, enter_references, enter_vits, tell_budget
from corpuscle.studies.images.families import judge_families
from corpuscle.studies.images.judged import measure_identifier
from corpuscle.studies.images.pictured import Pictured, gather_store
from corpuscle.studies.study import Grid, Known, ScaleName, Study

SOURCE = "Borthakur, Vision Transformers for End-to-End Particle Reconstruction for the CMS Experiment, 2023, proposal"

EPOCHS: Mapping[ScaleName, int] = {"quick": 4, "paper": 15}
"""Passes over the images to learn from, of every net by scale."""

SIZES: Mapping[ScaleName, tuple[int, ...]] = {"quick": (1000, 3000), "paper": (3000, 12_000, 60_000)}
"""Images to learn from; a fifth of them are held back."""

TESTED: Mapping[ScaleName, int] = {"quick": 4000, "paper": 10_000}
"""Images that are judged in each repeat."""

REPEATS = 3

COLUMNS = {"source": "source", "world": "world", "images": "images"}
PANELS = (("auc", "AUC on images not learned from"),)
SCORES = ("auc_error", "validation_auc", "accuracy", "training_seconds")

SHARED = (
    (
        "Each repeat has nets, a split and test images of its own; all methods of a repeat meet the same. The error of "
        "a difference is the larger of DeLong's, paired on the same images, and the spread over the three repeats."
    ),
    "The best vision transformer is the one with the highest mean AUC on validation images: no test image has a say.",
    (
        "No net was tuned: one recipe for all (AdamW, 0.001, cosine, batches of 64; 4 epochs at the quick scale, 15 at "
        "the paper scale), but for the proposal's own, which is trained as it was there. The quick scale is of few "
        "images and short trainings: what it compares is how much methods make of little."
    ),
    (
        "Nobody knows the best possible AUC of these images; the trees stand beside as what is reached without a net. "
        "The control has learned from images whose classes were dealt out by chance."
    ),
    (
        "The images are a toy's unless a store is given (--data STORE), which then stands in their place: real ones "
        "and simulated ones are never in one table."
    ),
)


def lay_images(world: str) -> dict[ScaleName, Grid]:
    """Lay out growing numbers of images of a world."""
    return {
        scale: Grid(
            worlds=tuple(
                Pictured(world=world, images=images, tested=TESTED[scale], repeats=REPEATS) for images in SIZES[scale]
            )
        )
        for scale in EPOCHS
    }


ELECTRON_PHOTON = Study(
    name="borthakur2023-electron-photon",
    source=SOURCE,
    title="Electrons and photons: convolutions, vision transformers of one budget and trees, from growing numbers of "
    "images",
    claim="The CNN in task 1 performs better here, due to the ability of the powerful and useful inductive bias to "
    "learn local patterns and hierarchical features in this limited data setting.",
    worlds=lay_images("showers"),
    methods=(
        *enter_net("cnn", "claimed", EPOCHS),
        *enter_net("cms-vit", "claimed", EPOCHS, where={"quick": {"images": SIZES["quick"][0]}}, **UNTUNED),
        *enter_vits(EPOCHS),
        *enter_references(),
    ),
    measure=measure_identifier,
    holds=partial(judge_families, cnn="cnn", published="cms_vit"),
    axis=("images", "images to learn from (a fifth of them held back)"),
    panels=PANELS,
    columns=COLUMNS,
    facets=(),
    scores=SCORES,
    logarithmic=(True, False),
    gather=gather_store,
    replaces=True,
    assumed=(
        (
            f"Budget: 100,000 parameters, 3 M multiply-adds. {tell_budget('cnn')}; the vision transformers have fewer "
            f"than both. The proposal's own is over budget: {tell_budget('cms-vit')}; of simulated images "
            "it meets only the fewest at the quick scale."
        ),
        *SHARED,
    ),
)

QUARK_GLUON = Study(
    name="borthakur2023-quark-gluon",
    source=SOURCE,
    title="Quark and gluon jets: convolutions, vision transformers and trees, from growing numbers of images",
    claim="CNNs have an advantage where you might not have much data to train on",
    worlds=lay_images("jets"),
    methods=(
        *enter_net("jet-cnn", "claimed", EPOCHS, crop=Known("jet_crop")),
        *enter_net("cnn", "claimed", EPOCHS, crop=Known("crop")),
        *enter_vits(EPOCHS, crop=Known("crop")),
        *enter_references(),
    ),
    measure=measure_identifier,
    holds=partial(judge_families, cnn="jet_cnn", published=""),
    axis=("images", "images to learn from (a fifth of them held back)"),
    panels=PANELS,
    columns=COLUMNS,
    facets=(),
    scores=SCORES,
    logarithmic=(True, False),
    gather=gather_store,
    replaces=True,
    assumed=(
        (
            "Nets are given what the proposal's was given: the middle of each image of 125 x 125, its channels added, "
            "its length 1; 33 x 33 pixels for the published net, 32 x 32 for the others, which can be cut into "
            "patches. Trees are given the three channels of the whole image."
        ),
        (
            f"{tell_budget('jet-cnn')}: the published net has four times the multiply-adds of the others, of which "
            "each has 3 M at most, and fewer than 100,000 parameters."
        ),
        "For jets of Pythia: corpuscle simulate pythia-jets -o STORE, then --data STORE.",
        *SHARED,
    ),
)
