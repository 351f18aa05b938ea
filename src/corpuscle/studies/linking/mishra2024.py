"""Mishra and Roudot 2024: its figures as studies, and what decides them."""

import statistics
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from corpuscle.data.links import no_links
from corpuscle.data.scene import Scene
from corpuscle.linking.base import Linker
from corpuscle.linking.learned.transformer import Regressor
from corpuscle.linking.probabilistic.operations import count_merged, count_naive, count_shared
from corpuscle.metrics.positions import list_scores, measure_positions
from corpuscle.studies.linking.crossing import judge_cost
from corpuscle.studies.linking.pair import Pair
from corpuscle.studies.linking.robustness import judge_experiments, judge_lengths, judge_noise
from corpuscle.studies.study import Contender, Grid, Known, Role, ScaleName, Study

SOURCE = "Mishra and Roudot, EUSIPCO 2024, hal-04619330v1"

SIGMA = Known("measurement_noise")
STEP = Known("step")

NO_GATE = {"gate": 10_000.0}
"""Both particles are in every frame, so that a gate could only lose links."""

AXIS_NOISE = ("measurement_noise", "measurement noise σ [px]")
PANELS = (
    ("jaccard_paper", "Jaccard, paired with true positions"),
    ("jaccard_association", "Jaccard, labels of detections"),
)

LONG, SHORT = 150, 8
REPEATS: Mapping[ScaleName, Mapping[int, int]] = {
    "quick": {8: 100, 32: 20, 150: 20},
    "paper": {8: 400, 16: 200, 32: 200, 64: 200, 75: 200, 150: 200},
}

ASSUMED = (
    (
        "Where particles start is not in the paper: `origin` (both at one point), `paper` (normal, 10 px), `separated` "
        "(20 px apart)."
    ),
    "Measurement noise is new for each particle and frame; Eq 3 gives omega no index t. There is no drift.",
    (
        "The process noise of Eq 4 is two numbers on a state of four: `mht` adds it to positions, which is the "
        "simulator's own motion; `mht_velocity` adds it to velocities."
    ),
    (
        "The transformer's width (64), heads (4), layers (2 + 2), optimiser (Adam, 0.001) and number of epochs are not "
        "in the paper; `_barely` is one pass over its 6 batches, `_longer` 20 passes over the same."
    ),
    (
        "Scores are means over scenes. With two particles chance is 1/3, not 0. Standard errors are over scenes; nets "
        "take the scenes in turn, so that they hold the nets' differences in part."
    ),
)


def measure_links(method: Contender, linker: Linker, scene: Scene) -> dict[str, float]:
    """Score a linker on a scene in the three ways; a regressor gives only positions, and is scored by them."""
    detections = scene.detections
    if isinstance(linker, Regressor):
        score = measure_positions(linker.estimate(detections, no_links()), None, scene)
    else:
        settled = linker.settle(detections)
        links = settled.link(detections)
        score = measure_positions(settled.estimate(detections, links), links, scene)
    counts = {
        f"{name}_{part}": float(getattr(getattr(score, name), part))
        for name in ("paper", "measured", "association")
        for part in ("true_positives", "false_positives", "false_negatives")
    }
    return list_scores(score) | counts


def measure_cost(method: Contender, linker: Linker, scene: Scene) -> dict[str, float]:
    """Count the operations of a frame: by formula, by torch's counter where there is a net; and time what there is."""
    series, window = str(method.columns["series"]), int(method.columns["window"])
    frames = int(scene.detections.frame.max()) + 1
    values = {"operations": float("nan"), "operations_counted": float("nan"), "microseconds": float("nan")}
    if isinstance(linker, Regressor):
        values["operations"] = 2 * linker.count_multiply_adds(frames=frames, particles=2) / frames
        values["operations_counted"] = count_torch(linker, scene) / frames
    else:
        by_hand: dict[str, Callable[[int], int]] = {
            "mht_naive": partial(count_naive, 2),
            "mht_shared": partial(count_shared, 2),
            "merged": count_merged,
        }
        values["operations"] = float(by_hand[series](window))
    if series != "mht_naive":
        values["microseconds"] = 1e6 * time_linker(linker, scene) / frames
    return values


def count_torch(linker: Regressor, scene: Scene) -> int:
    """Count the operations of a net by torch's own counter, which sees attention only where it is written out."""
    from torch.nn.attention import SDPBackend, sdpa_kernel
    from torch.utils.flop_counter import FlopCounterMode

    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        linker.estimate(scene.detections, no_links())
    return int(counter.get_total_flops())


def time_linker(linker: Linker, scene: Scene) -> float:
    """Give the median time of three runs after one that is not counted [s]."""
    seconds = []
    for _ in range(4):
        begin = time.perf_counter()
        linker.link(scene.detections)
        seconds.append(time.perf_counter() - begin)
    return statistics.median(seconds[1:])


def search(
    name: str, label: str, role: Role, window: int, *, noise: object = SIGMA, slot: str = "position"
) -> Contender:
    """Enter multiple hypothesis tracking."""
    settings = {"window": window, "process_noise": STEP, "measurement_noise": noise, "noise_slot": slot}
    return Contender(name=name, label=label, role=role, linker="mht", settings=settings)


def learn(name: str, label: str, role: Role = "claimed", *, nets: int = 2, **training: object) -> Contender:
    """Enter the transformer, trained on 6 batches by the study itself."""
    settings = {"start": Known("start"), "frames": Known("frames"), "measurement_noise": SIGMA, "validation": 1}
    return Contender(
        name=name, label=label, role=role, linker="transformer", nets=nets, training={**settings, **training}
    )


def add_controls(window: int) -> list[Contender]:
    """Enter what follows nothing, what remembers nothing, and the best that is possible."""
    walk = {"step": STEP, "measurement_noise": SIGMA}
    ceiling = {**walk, "start_spread": Known("start_spread")}
    return [
        Contender(
            name="untrained", label="untrained transformer", role="control", linker="untrained", nets=4,
            settings={"decoder_window": window},
        ),
        Contender(name="constant", label="two constant points", role="control", linker="constant"),
        Contender(name="nearest", label="nearest neighbour", role="reference", linker="nearest", settings=NO_GATE),
        Contender(name="lap", label="frame-by-frame assignment", role="reference", linker="lap", settings=NO_GATE),
        Contender(name="merged", label="merged hypotheses", role="reference", linker="merged", settings=walk),
        Contender(
            name="exact", label="exact posterior (ceiling of links)", role="ceiling", linker="exact",
            settings={**ceiling, "sweeps": 300}, scales=("quick",),
        ),
        Contender(
            name="exact", label="exact posterior (ceiling of links)", role="ceiling", linker="exact",
            settings={**ceiling, "sweeps": 1000}, scales=("paper",),
        ),
    ]  # fmt: skip


def lay_grid(starts: Iterable[str], frames: Iterable[int], noises: Iterable[float]) -> tuple[Pair, ...]:
    """List the worlds of a grid."""
    lengths, levels = list(frames), [float(noise) for noise in noises]
    return tuple(
        Pair(start=start, frames=length, measurement_noise=noise)
        for start in starts
        for length in lengths
        for noise in levels
    )


def span_noise(frames: int, *, quick: Sequence[float], starts: Sequence[str]) -> dict[ScaleName, Grid]:
    """Span worlds from no noise to the most; the first start is that of the claim's own form at both scales."""
    every = dict.fromkeys((*starts, "origin", "paper", "separated"))
    return {
        "quick": Grid(worlds=lay_grid(starts, [frames], quick), repeats=REPEATS["quick"]),
        "paper": Grid(worlds=lay_grid(every, [frames], range(11)), repeats=REPEATS["paper"]),
    }


def make_long(
    name: str, title: str, claim: str, methods: Sequence[Contender], *, pairs: Sequence[tuple[str, str]], **more: Any,  # noqa: ANN401 - the reading
) -> Study:  # fmt: skip
    """Declare a study of long sequences under growing noise."""
    return Study(
        name=name, source=SOURCE, title=title, claim=claim, methods=tuple(methods), measure=measure_links,
        axis=AXIS_NOISE, panels=PANELS, assumed=ASSUMED, worlds=span_noise(LONG, quick=(1, 7, 10), starts=("origin",)),
        holds=partial(judge_noise, pairs=tuple(pairs), **more),
    )  # fmt: skip


FIG2A = make_long(
    "mishra2024-fig2a",
    "Long sequences, growing noise, noise known: transformer and multiple hypotheses, K = 1",
    "In this experiment, the transformer shows a significantly higher robustness when compared against the MHT "
    "approach.",
    [
        learn("transformer_longer", "transformer, 6 experiments x 20", epochs=20),
        learn("transformer_barely", "transformer, 6 experiments", epochs=1),
        search("mht", "MHT K=1", "rival", 1),
        search("mht_velocity", "MHT K=1, noise on velocity", "rival", 1, slot="velocity"),
        *add_controls(1),
    ],
    pairs=(
        ("transformer_longer", "mht"),
        ("transformer_longer", "mht_velocity"),
        ("transformer_barely", "mht"),
    ),
)

FIG2B = make_long(
    "mishra2024-fig2b",
    "Long sequences, growing noise, a fixed prior nu' = 1: transformer and multiple hypotheses, K = 1",
    "Thus, in Fig. 2(b), we can see that performance of both the methods drop, and that the robustness of the "
    "transformer remains higher.",
    [
        learn("transformer_longer", "transformer, 6 experiments x 20", epochs=20, measurement_noise=1.0),
        learn("transformer_barely", "transformer, 6 experiments", epochs=1, measurement_noise=1.0),
        search("mht", "MHT K=1, nu'=1", "rival", 1, noise=1.0),
        search("mht_velocity", "MHT K=1, nu'=1, noise on velocity", "rival", 1, noise=1.0, slot="velocity"),
        *add_controls(1),
        learn("transformer_known", "transformer, noise known (2a)", "reference", epochs=20),
        search("mht_known", "MHT K=1, noise known (2a)", "reference", 1),
    ],
    pairs=(
        ("transformer_longer", "mht"),
        ("transformer_barely", "mht"),
        ("transformer_longer", "mht_velocity"),
        ("transformer_barely", "mht_velocity"),
    ),
    better=(("mht_known", "mht"), ("transformer_known", "transformer_longer")),
    reading=", and both have dropped: they are below themselves with the noise known (2a)",
)

PRIOR_8: dict[str, Any] = {"measurement_noise": 1.0, "decoder_window": 8}

FIG2C = make_long(
    "mishra2024-fig2c",
    "Long sequences, growing noise, a fixed prior nu' = 1: transformer and multiple hypotheses, K = 8",
    "We observe higher robustness of both approaches while the difference in their respective performances remains "
    "significant.",
    [
        learn("transformer_longer", "transformer K=8, 6 experiments x 20", epochs=20, **PRIOR_8),
        learn("transformer_barely", "transformer K=8, 6 experiments", epochs=1, **PRIOR_8),
        search("mht", "MHT K=8, nu'=1", "rival", 8, noise=1.0),
        search("mht_velocity", "MHT K=8, nu'=1, noise on velocity", "rival", 8, noise=1.0, slot="velocity"),
        *add_controls(8),
        learn("transformer_k1", "transformer K=1, 6 experiments x 20", "reference", epochs=20, measurement_noise=1.0),
        search("mht_k1", "MHT K=1, nu'=1", "reference", 1, noise=1.0),
    ],
    pairs=(
        ("transformer_longer", "mht"),
        ("transformer_barely", "mht"),
        ("transformer_longer", "mht_velocity"),
        ("transformer_barely", "mht_velocity"),
    ),
    better=(("mht", "mht_k1"), ("transformer_longer", "transformer_k1")),
    reading=", and both are above themselves with K = 1 (2b)",
)  # fmt: skip


def learn_experiments(count: int, *, scales: tuple[ScaleName, ...] = ("quick", "paper")) -> Contender:
    """Enter the transformer of short sequences, trained on so many experiments a batch."""
    entered = learn(f"transformer_8_{count}", f"transformer 8,{count}", experiments=count, epochs=10, decoder_window=8)
    columns = {"series": "transformer", "experiments": count}
    return Contender(
        name=entered.name, label=entered.label, role="claimed", linker="transformer", nets=2,
        training=entered.training, columns=columns, scales=scales,
    )  # fmt: skip


FIG3 = Study(
    name="mishra2024-fig3",
    source=SOURCE,
    title="Short sequences that multiple hypotheses search whole: transformers of more and more experiments",
    claim="In Fig. 3, we see that the transformer_8,1 performs significantly worse than MHT. As we increase the number "
    "of experiments, however, we see transformer performance approaches the optimal estimator of MHT, but does not "
    "reach it.",
    worlds=span_noise(SHORT, quick=(1, 4, 7, 10), starts=("paper",)),
    methods=(
        learn_experiments(1),
        learn_experiments(30),
        search("mht", "MHT K=8", "rival", 8),
        *add_controls(8),
    ),
    measure=measure_links,
    holds=partial(judge_experiments, rival="mht", over="noise"),
    axis=AXIS_NOISE,
    panels=PANELS,
    assumed=(*ASSUMED, ("The caption of Fig. 3 names one sigma (1.2) beside an axis of sigma; each net is trained at "
             "the noise that it is used at, 10 passes over 6 batches.")),
)  # fmt: skip

FIG4 = Study(
    name="mishra2024-fig4",
    source=SOURCE,
    title="Short sequences at noise 7: what more experiments in training are worth",
    claim="Fig. 4 also shows that more experiments do not help the transformer in approaching the optimal estimator "
    "further: as i increases, the growth in Jaccard coefficient becomes that of decreasing returns.",
    worlds={
        "quick": Grid(worlds=lay_grid(("paper",), [SHORT], [7]), repeats={SHORT: 300}),
        "paper": Grid(worlds=lay_grid(("paper", "origin", "separated"), [SHORT], [7]), repeats={SHORT: 400}),
    },
    methods=(
        *(learn_experiments(count) for count in (1, 3, 10, 30)),
        search("mht", "MHT K=8", "rival", 8),
        *add_controls(8),
    ),
    measure=measure_links,
    holds=partial(judge_experiments, rival="mht", over="experiments"),
    axis=("experiments", "experiments in a batch of training"),
    logarithmic=(True, False),
    panels=PANELS,
    assumed=(*ASSUMED, "Nets are trained by 10 passes over 6 batches, whatever the experiments in a batch."),
)

WALK = {"process_noise": STEP, "measurement_noise": SIGMA}
WINDOWS = (1, 2, 4, 6, 8, 10, 12, 14, 16)


def enter_cost(series: str, label: str, role: Role, linker: str, **settings: object) -> list[Contender]:
    """Enter a method at every lookback window."""
    name = "decoder_window" if linker == "untrained" else "window"
    return [
        Contender(
            name=f"{series}_{window}", label=label, role=role, linker=linker, settings={**settings, name: window},
            columns={"series": series, "window": window},
        )
        for window in WINDOWS
    ]  # fmt: skip


FIG5 = Study(
    name="mishra2024-fig5",
    source=SOURCE,
    title="Operations against lookback: three ways to search hypotheses, a transformer with and without cache",
    claim="Conversely, while the transformer model initially exhibits higher computational load than MHT for shorter "
    "lookback windows, its computational growth approximates a linear trajectory, thereby rendering it more "
    "computationally efficient than MHT for longer lookback windows.",
    worlds={
        "quick": Grid(worlds=lay_grid(("origin",), [LONG], [7]), repeats={LONG: 1}),
        "paper": Grid(worlds=lay_grid(("origin",), [LONG], [7]), repeats={LONG: 5}),
    },
    methods=(
        *enter_cost("mht_naive", "MHT, every hypothesis anew", "rival", "mht", **WALK),
        *enter_cost("mht_shared", "MHT, shared prefixes", "rival", "mht", **WALK),
        *enter_cost(
            "merged", "merged hypotheses", "reference", "merged", step=STEP, measurement_noise=SIGMA, limit=1_000_000
        ),
        *enter_cost("transformer", "transformer, no cache", "claimed", "untrained", cache=False),
        *enter_cost("transformer_cached", "transformer, cached", "claimed", "untrained", cache=True),
    ),
    measure=measure_cost,
    holds=judge_cost,
    axis=("window", "lookback window K [frames]"),
    logarithmic=(False, True),
    panels=(("operations", "operations a frame"), ("microseconds", "time a frame [µs]")),
    assumed=(
        ("Operations of the searches are counted by hand formula, those of the transformer by formula and by torch's "
        "counter; the paper counted with PAPI and fvcore, which count different things."),
        "The lookback of the transformer is its decoder's (K_D); its encoder sees all 150 frames (K_E = T).",
        ("The formula of shared prefixes counts every node; `mht` leaves branches that cost too much already, so that "
        "its time is below what the formula says. Times were measured one after another in one process."),
        "Width 64, 2 + 2 layers, as everywhere in these studies: another width moves every crossing.",
    ),
    serial=True,
)  # fmt: skip


def make_lengths() -> tuple[Contender, ...]:
    """Enter the nets of the last figure: trained at each length, or at the longest only."""
    many: dict[str, Any] = {"experiments": 30, "epochs": 2, "decoder_window": 8}
    return (
        learn("transformer_t_30", "transformer T,30", nets=1, **many),
        learn("transformer_150_30", "transformer 150,30", nets=1, frames=LONG, **many),
        learn("transformer_150_1", "transformer 150,1", epochs=20, frames=LONG, decoder_window=8),
        search("mht", "MHT K=8", "rival", 8),
        search("mht_prior", "MHT K=8, nu'=1, noise on velocity", "rival", 8, noise=1.0, slot="velocity"),
        *add_controls(8),
    )


FIG6 = Study(
    name="mishra2024-fig6",
    source=SOURCE,
    title="Growing length at noise 7: nets of many and of few experiments, multiple hypotheses K = 8",
    claim="transformer_150,30 achieves the best performances overall, while the performance of MHT diminishes as T "
    "increases. Although transformer_T,30 and transformer_150,1 initially exhibit lower performance at lower T values, "
    "they demonstrate improvement as T increases.",
    worlds={
        "quick": Grid(
            worlds=lay_grid(("origin", "separated"), [8, 32, 150], [7]), repeats={8: 40, 32: 20, 150: 20}
        ),
        "paper": Grid(
            worlds=lay_grid(("origin", "paper", "separated"), [8, 16, 32, 64, 75, 150], [7]), repeats=REPEATS["paper"]
        ),
    },
    methods=make_lengths(),
    measure=measure_links,
    holds=judge_lengths,
    axis=("frames", "length of the sequence T [frames]"),
    logarithmic=(True, False),
    panels=PANELS,
    assumed=(*ASSUMED, ("transformer_T,30 and transformer_150,30 are trained by 2 passes over 6 batches of 30 "
             "experiments, transformer_150,1 by 20 passes over 6 of one, all at noise 7.")),
)  # fmt: skip
