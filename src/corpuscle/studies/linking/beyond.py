"""Linking near the Bayes limit, as studies: ceiling, density, clutter, directed motion, scale, recorded data."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from corpuscle.studies.case import Simulated
from corpuscle.studies.linking.bars import (
    judge_calibration,
    judge_ceiling,
    judge_clutter,
    judge_density,
    judge_directed,
    judge_real,
    judge_scale,
)
from corpuscle.studies.linking.contenders import (
    LENGTHS,
    NO_GATE,
    SAMPLER,
    WIDE,
    enter_claimed,
    enter_oracle,
    enter_plain,
    enter_rivals,
)
from corpuscle.studies.linking.measures import measure_cost, measure_links, measure_probabilities
from corpuscle.studies.linking.recorded import ANDI, PLANES, Recorded
from corpuscle.studies.study import Contender, Grid, Study, Times

SOURCE = "this package"
JACCARD = ("link_jaccard", "Jaccard of links")

ASSUMED = (
    (
        "Every rival is tuned: the best of a declared grid of settings by mean link Jaccard on training scenes of the "
        "same world, which are not scored. What was tried stands in the folder of the run, under tuned/."
    ),
    "Spacing is the mean distance to the nearest neighbour at the start; in an open field the particles then spread.",
    "All methods meet the same scenes; differences are paired, standard errors are over scenes.",
    "Methods that are not installed take no part; a run prints which.",
)


def walk(shown: dict[str, Any], repeats: int, *, world: str = "brownian", **settings: Any) -> Simulated:  # noqa: ANN401
    """Declare a world of particles with a spacing."""
    return Simulated(world=world, settings={"start": "uniform", **settings}, shown=shown, repeats=repeats)


def lay_ceiling(
    counts: Iterable[int], drifts: Iterable[float], noises: Iterable[float], repeats: dict[int, int]
) -> Grid:
    """Lay the grid of the ceiling."""
    levels, spreads = list(noises), list(drifts)
    return Grid(
        worlds=tuple(
            walk(
                {"particles": count, "drift": drift, "measurement_noise": noise}, repeats[count],
                particles=count, frames=20, spacing=6.0, drift=drift, measurement_noise=noise,
            )
            for count in counts
            for drift in spreads
            for noise in levels
        )
    )  # fmt: skip


CEILING = Study(
    name="beyond-ceiling",
    source=SOURCE,
    title="Jaccard against the sampler's ceiling: 2 to 50 particles, 20 frames, spacing 6, step 1.5",
    claim="Of the gap between lap's best setting and the sampler's ceiling, marginal closes at least 25 % in every "
    "cell (10, 20 and 50 particles; drift 0, 1.5, 3; noise 1.5, 3) in which the sampler's two starts agree, and at "
    "least 45 % on average.",
    worlds={
        "quick": lay_ceiling((2, 10), (0.0, 3.0), (1.5, 3.0), {2: 12, 10: 6}),
        "paper": lay_ceiling((2, 10, 20, 50), (0.0, 1.5, 3.0), (1.5, 3.0), {2: 100, 10: 40, 20: 20, 50: 10}),
    },
    methods=(*enter_claimed(), *enter_rivals((*WIDE, NO_GATE)), SAMPLER),
    measure=measure_links,
    holds=judge_ceiling,
    axis=("particles", "particles N"),
    panels=(("expected_jaccard", "expected Jaccard of links"),),
    columns={"particles": "N", "drift": "drift [px/frame]", "measurement_noise": "noise [px]"},
    facets=("drift", "measurement_noise"),
    against="lap",
    logarithmic=(True, False),
    reference=SAMPLER,
    assumed=(
        *ASSUMED,
        (
            "The expected Jaccard is that under the sampler's posterior, with the parameters of the world; a cell "
            "whose scenes disagree between its two starts in more than one of ten is marked and left out."
        ),
    ),
)

RATIOS = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6)


def lay_density(ratios: Iterable[float], particles: int, repeats: int) -> Grid:
    """Lay the grid of densities."""
    return Grid(
        worlds=tuple(
            walk(
                {"ratio": ratio}, repeats, particles=particles, frames=20, spacing=10.0, step=10.0 * ratio,
                measurement_noise=0.5, field="reflecting",
            )
            for ratio in ratios
        )
    )  # fmt: skip


DENSITY = Study(
    name="beyond-density",
    source=SOURCE,
    title="Jaccard against step / spacing, parameters known and learned: 20 frames, spacing 10, noise 0.5",
    claim="With known parameters and with learned ones the Jaccard of links is within 0.01 of each other at every "
    "step/spacing.",
    worlds={"quick": lay_density((0.1, 0.3, 0.5), 30, 6), "paper": lay_density(RATIOS, 100, 20)},
    methods=(*enter_claimed(), *enter_rivals(), *enter_plain()),
    measure=measure_links,
    holds=judge_density,
    against="lap",
    axis=("ratio", "step / spacing"),
    panels=(JACCARD,),
    columns={"ratio": "step / spacing"},
    facets=(),
    assumed=(*ASSUMED, "The field is reflecting, so that the density stays."),
)


def lay_clutter(levels: Iterable[float], counts: Iterable[int], drifts: Iterable[float], repeats: int) -> Grid:
    """Lay the grid of missed and false detections."""
    shares, spreads = list(levels), list(drifts)
    return Grid(
        worlds=tuple(
            walk(
                {"clutter": share, "particles": count, "drift": drift}, repeats, particles=count, frames=20,
                spacing=6.0, drift=drift, measurement_noise=1.5, misses=share, false_detections=share,
            )
            for count in counts
            for drift in spreads
            for share in shares
        )
    )  # fmt: skip


CLUTTER = Study(
    name="beyond-clutter",
    source=SOURCE,
    title="Jaccard against missed and false detections: 20 frames, spacing 6, step 1.5, noise 1.5",
    claim="With 10 % of the detections missed and 10 % false (10 and 30 particles; drift 0, 1.5, 3), marginal is above "
    "the best-tuned gated assignment with gap closing by 0.02 or more on average, and below it nowhere by 0.005.",
    worlds={
        "quick": lay_clutter((0.0, 0.1, 0.2), (10,), (0.0, 3.0), 8),
        "paper": lay_clutter((0.0, 0.05, 0.1, 0.15, 0.2), (10, 30), (0.0, 1.5, 3.0), 40),
    },
    methods=(*enter_claimed(), *enter_rivals(gaps=(0, 1, 2)), *enter_plain()),
    measure=measure_links,
    holds=judge_clutter,
    axis=("clutter", "share missed, and false"),
    panels=(JACCARD,),
    columns={"clutter": "missed and false", "particles": "N", "drift": "drift [px/frame]"},
    facets=("drift", "particles"),
    against="lap",
    assumed=(
        *ASSUMED,
        (
            "False detections are Poisson in number, as many on average as the share says of the particles, and "
            "uniform over the box around the particles of their frame."
        ),
    ),
)


def lay_directed(counts: Iterable[int], repeats: dict[int, int]) -> Grid:
    """Lay the grid of directed motion."""
    return Grid(
        worlds=tuple(
            walk(
                {"particles": count}, repeats[count], world="straight", particles=count, frames=20, spacing=10.0,
                step=3.0, speed=6.0, field="crossing",
            )
            for count in counts
        )
    )  # fmt: skip


DIRECTED = Study(
    name="beyond-directed",
    source=SOURCE,
    title="Directed motion with births at the border: speed twice the step, step / spacing 0.3, 20 frames",
    claim="Where particles go straight, each its own way, at twice the speed of their steps, and enter and leave at "
    "the border (20 and 100 particles, step/spacing 0.3), auto is above the best of lap, kalman, trackpy and laptrack, "
    "each tuned, by 0.03 or more.",
    worlds={"quick": lay_directed((20, 100), {20: 10, 100: 5}), "paper": lay_directed((20, 100), {20: 100, 100: 30})},
    methods=(
        *enter_claimed(),
        *enter_rivals(tuple(Times("reach", factor) for factor in (1.0, 1.5, 2.0, 3.0, 4.5)), moves=True),
        *enter_plain(),
        *enter_oracle(),
    ),
    measure=measure_links,
    holds=judge_directed,
    against="lap",
    axis=("particles", "particles N"),
    panels=(JACCARD,),
    columns={"particles": "N"},
    facets=(),
    logarithmic=(True, False),
    assumed=(
        *ASSUMED,
        (
            "The field is crossed: whoever leaves ends, and another particle enters, with the directions of those that "
            "leave. The oracle knows each particle's velocity as the mean of its other steps."
        ),
    ),
)

STEP_RATIO = 0.2


def lay_scale(sizes: Iterable[tuple[int, int]], repeats: int) -> Grid:
    """Lay the grid of sizes."""
    return Grid(
        worlds=tuple(
            walk(
                {"particles": count, "frames": frames}, repeats, particles=count, frames=frames, spacing=10.0,
                step=10.0 * STEP_RATIO, measurement_noise=0.5, field="reflecting",
            )
            for count, frames in sizes
        )
    )  # fmt: skip


def enter_scale() -> list[Contender]:
    """Enter what scales, with the settings of the world and no tuning; other packages at the quick scale only."""
    gate = {"gate": WIDE[1]}
    return [
        *enter_claimed(),
        *enter_plain(),
        Contender(name="lap", label="assignment", role="rival", linker="lap", settings=gate),
        Contender(name="cover", label="path cover", role="rival", linker="cover", settings=gate),
        Contender(name="kalman", label="Kalman filter", role="rival", linker="kalman", told=True, settings=gate),
        Contender(
            name="trackpy", label="trackpy", role="rival", linker="trackpy", settings=gate, needs="trackpy",
            scales=("quick",),
        ),
        Contender(
            name="laptrack", label="laptrack", role="rival", linker="laptrack", settings=gate, needs="laptrack",
            scales=("quick",),
        ),
    ]  # fmt: skip


SCALE = Study(
    name="beyond-scale",
    source=SOURCE,
    title="Cost against size at constant density: step / spacing 0.2, one process, rows one after another",
    claim="marginal takes 50 microseconds a frame at 10 particles and 40 ms at 1,000, gating and decision included, on "
    "one core, and grows no faster than N log N at constant density to 5,000.",
    worlds={
        "quick": lay_scale(((10, 50), (100, 20), (1000, 10)), 2),
        "paper": lay_scale(((10, 500), (100, 500), (1000, 500), (2000, 500), (5000, 500)), 3),
    },
    methods=tuple(enter_scale()),
    measure=measure_cost,
    holds=judge_scale,
    axis=("particles", "particles N"),
    panels=(("microseconds", "time a frame [µs]"), ("microseconds_detection", "time a detection [µs]")),
    columns={"particles": "N", "frames": "T [frames]"},
    facets=(),
    logarithmic=(True, True),
    assumed=(
        "Nothing is tuned here: gates are three times the way from one detection to the next along an axis.",
        "The least of up to three runs, after one on three frames that is not counted: compiling is apart.",
        "The field is reflecting, so that the density stays. trackpy and laptrack take part at the quick scale only.",
    ),
    serial=True,
)


def lay_real(every: Iterable[int], planes: Iterable[int], alone: Iterable[int] = (0, 1, 2)) -> Grid:
    """Lay the grid of recorded scenes."""
    fields = {f"AnDi {number}": (ANDI[number],) for number in alone} | {"AnDi overlaid": ANDI}
    strides = list(every)
    return Grid(
        worlds=(
            *(
                Recorded(shown=name, sources=sources, every=stride)
                for name, sources in fields.items()
                for stride in strides
            ),
            *(Recorded(shown="OpenSky", sources=(PLANES,), every=stride) for stride in planes),
        )
    )


REAL = Study(
    name="beyond-real",
    source=SOURCE,
    title="Data that no model here made: AnDi fields alone and overlaid, aircraft of OpenSky, every k-th frame",
    claim="On the AnDi fields overlaid, at every 8th frame, all eight phases paired, auto, with no setting given, is "
    "not below the best-tuned lap, and its calibration error on AnDi is 0.05 or less.",
    worlds={"quick": lay_real((8, 16), (6, 12), (0,)), "paper": lay_real((1, 4, 8, 16), (1, 6, 12))},
    methods=(
        *enter_claimed(told=False),
        *enter_rivals(LENGTHS, known=False),
        Contender(name="lap_default", label="assignment, as it comes", role="reference", linker="lap"),
        Contender(name="nearest", label="nearest neighbour, as it comes", role="reference", linker="nearest"),
    ),
    measure=measure_probabilities,
    holds=judge_real,
    axis=("every", "every k-th frame"),
    panels=(JACCARD,),
    columns={"data": "data", "every": "every"},
    facets=("data",),
    against="lap",
    logarithmic=(True, False),
    assumed=(
        (
            "Rivals are tuned on the very scenes that are scored, the best setting in hindsight: an advantage that "
            "only they have. The gates tried are 2 to 90 px, of aircraft 2 to 90 km."
        ),
        "Each phase of every k-th frame is one scene; phases of one recording are not independent.",
        "Fields are overlaid by their corners; positions are the recorded ones, nothing is missed, nothing is false.",
        "AnDi is simulated, by others; OpenSky is real, one frame is 10 s, kilometres on a plane around the middle.",
        "Methods that are not installed take no part; a run prints which.",
    ),
)

MOTIONS: dict[str, dict[str, Any]] = {
    "walk": {"drift": 0.0, "measurement_noise": 1.5},
    "drift": {"drift": 3.0, "measurement_noise": 1.5},
    "noisy": {"drift": 0.0, "measurement_noise": 3.0},
}


def lay_calibration(repeats: int, particles: int) -> Grid:
    """Lay the grid of motions, with and without missed and false detections."""
    return Grid(
        worlds=tuple(
            walk(
                {"motion": name, "clutter": share}, repeats, particles=particles, frames=20, spacing=6.0, misses=share,
                false_detections=share, **settings,
            )
            for name, settings in MOTIONS.items()
            for share in (0.0, 0.1)
        )
    )  # fmt: skip


CALIBRATION = Study(
    name="beyond-calibration",
    source=SOURCE,
    title="How often links are right against how likely they were said to be: 20 frames, spacing 6, step 1.5",
    claim="The calibration error of link_probability is 0.02 or less on simulated scenes.",
    worlds={"quick": lay_calibration(16, 30), "paper": lay_calibration(40, 30)},
    methods=(*enter_claimed(), replace(SAMPLER, scales=("paper",)), *enter_plain()),
    measure=measure_probabilities,
    holds=judge_calibration,
    axis=("clutter", "share missed, and false"),
    panels=(JACCARD,),
    columns={"motion": "motion", "clutter": "missed and false"},
    facets=("motion", "clutter"),
    figure="reliability",
    assumed=(
        "Over the links that were chosen, ten bins of equal count, all scenes of a world together.",
        "Methods that give no probabilities stand in the table, not in the figure.",
        "`walk`: no drift, noise 1.5; `drift`: drift 3, noise 1.5; `noisy`: no drift, noise 3.",
        "Methods that are not installed take no part; a run prints which.",
    ),
)
