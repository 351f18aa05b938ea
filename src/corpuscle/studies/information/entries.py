"""The tables of the information study, entry by entry: what is asked of what, with which null."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from corpuscle.studies.information.calibration import CALIBRATIONS
from corpuscle.studies.information.changes import CHANGES
from corpuscle.studies.information.pairs import PAIR_VARIABLES
from corpuscle.studies.information.variables import VARIABLES
from corpuscle.studies.study import Contender, Role

TABLES: Mapping[str, str] = {
    "T1": "single hit variables and the particle, event by event",
    "T2": "single hit variables and the parameters of their particle",
    "T3": "pairs of hits on neighbouring layers, and whether they follow one another on a track",
    "T4": "controls: random numbers drawn a hit, a particle, an event",
    "T5": "the same quantity written down in other ways",
    "T6": "neurons of the pair net, layer by layer",
    "T7": "the estimators on what is known",
    "T8": "linkers of hits: pairs within a radius",
}

PER_HIT = (
    "x", "y", "z", "r", "phi", "theta", "eta", "cos_theta", "z_over_r", "rho", "u", "v", "layer", "tile",
)  # fmt: skip
PARAMETERS = ("q_over_pt", "cot_theta", "phi0", "d0", "z0", "kind")
SINGLE = ("x", "y", "z", "r", "phi", "theta", "eta", "rho", "u", "v")
"""What T2 asks about parameters: one of several that say the same is enough (T5)."""

HEARD = ("r", "phi", "z", "eta", "q_over_pt", "pt", "phi0", "cot_theta", "uniform_hit", "uniform_particle")
"""What neurons are asked about."""

NET: Mapping[str, Any] = {"width": 32, "layers": 3}
"""The trainer's settings: a net small enough to be listened to neuron by neuron within a minute."""

NETS: Mapping[str, Any] = {"linker": "pair-embedding", "trainer": "pair-embedding", "training": NET, "nets": 1}


HELIX: Mapping[str, Any] = {"world": "helix"}
"""Where entries take part that need other events to choose by, or make their own."""


def list_entries(*, layers: int = 3) -> tuple[Contender, ...]:
    """List every entry of every table.

    Args:
        layers: hidden layers of the net, each an entry for each variable; its places are one more.
    """
    entries = [
        *ask("T1", PER_HIT, ("particle",), by_event=True),
        *ask("T2", SINGLE, PARAMETERS),
        *(enter("T3", name, "claimed", target="same track", **NETS) for name in PAIR_VARIABLES),
        *list_controls(),
        *(enter("T5", name, "claimed", **NETS) for name in CHANGES),
        *(
            enter("T6", f"{name} · layer {layer + 1}", "claimed", variable=name, layer=layer, **NETS)
            for name in HEARD
            for layer in range(layers + 1)
        ),
        *(enter("T7", name, "reference", where=HELIX) for name in CALIBRATIONS),
        enter("T8", "window, pseudorapidity", "rival", linker="window", where=HELIX),
        enter("T8", "window, tuned", "rival", linker="window", where=HELIX),
        enter("T8", "pair-embedding", "claimed", where=HELIX, **NETS),
    ]
    return tuple(entries)


def list_controls() -> Iterator[Contender]:
    """List the controls: against the particle and against a neuron, with the matching null; some with the wrong one."""
    grains, kinds = ("hit", "particle", "event"), ("uniform", "normal", "poisson")
    controls = [f"{kind}_{grain}" for grain in grains for kind in kinds]
    yield from ask("T4", controls, ("particle",))
    yield from ask("T4", [*controls, "pt", "q_over_pt", "eta"], ("neuron",), **NETS)
    for name in ("uniform_particle", "pt"):
        asked = {"variable": name, "target": "neuron", **NETS}
        yield enter("T4", f"{name} · neuron · hits permuted", "control", null="hits", **asked)
        yield enter("T4", f"{name} · neuron · one layer", "control", one_layer=True, **asked)


def ask(table: str, variables: Sequence[str], targets: Sequence[str], **more: Any) -> Iterator[Contender]:  # noqa: ANN401
    """Ask what each variable says of each target."""
    for variable in variables:
        for target in targets:
            yield enter(table, f"{variable} · {target}", "claimed", variable=variable, target=target, **more)


def enter(table: str, name: str, role: Role, **more: Any) -> Contender:  # noqa: ANN401 - columns and parts of an entry
    """Make one entry: what is no part of a contender is a column of its row."""
    own = {key: more.pop(key) for key in ("linker", "trainer", "training", "nets", "where") if key in more}
    label = VARIABLES[more["variable"]].label if more.get("variable") in VARIABLES else name
    columns = {"table": table, "entry": name, "label": label, **more}
    return Contender(name=f"{table} {name}", label=label, role=role, columns=columns, **own)
