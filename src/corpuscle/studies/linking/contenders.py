"""Who takes part in the studies of linking: the claimed, the rivals each tuned, the references and the ceiling.

A linker that is not registered yet is left out of a run by itself, and takes part as soon as it is.
"""

from collections.abc import Iterable
from typing import Any

from corpuscle.studies.linking.measures import VELOCITIES
from corpuscle.studies.study import Contender, Role, ScaleName, Times
from corpuscle.studies.tuning import lay_settings

CLAIMED = "marginal"
"""The linker whose claims these studies decide, told the parameters of the world."""

LEARNED = "auto"
"""The same, told nothing."""

SAMPLER = Contender(
    name="sampler", label="sampler (ceiling)", role="ceiling", linker="sampler", told=True,
    settings={"unconverged": True},
)  # fmt: skip
"""The ceiling, and the reference that gives the posterior of each scene; whether its chains agree, rows say."""

NO_GATE = 1e4
"""A gate that everything passes, where all particles are in every frame [length]."""

WIDE = tuple(Times("reach", factor) for factor in (2.0, 3.0, 4.0, 6.0))
"""Gates to choose from, in standard deviations of the way from one detection to the next along an axis."""

LENGTHS = (2.0, 3.0, 5.0, 7.0, 10.0, 14.0, 20.0, 28.0, 40.0, 60.0, 90.0)
"""Gates to choose from where nothing is known of the motion [length]."""


def enter_claimed(*, told: bool = True) -> list[Contender]:
    """Enter the linkers of this package that give probabilities, told the world's parameters or nothing."""
    named = (("hybrid-transformer", "hybrid transformer"), ("attention-bayesian", "attention + Bayesian filter"))
    known = [Contender(name=CLAIMED, label="marginal, parameters known", role="claimed", linker="marginal", told=True)]
    return [
        *(known if told else []),
        Contender(name=LEARNED, label="auto, nothing told", role="claimed", linker="auto"),
        *(Contender(name=name, label=label, role="claimed", linker=name) for name, label in named),
    ]


def price_gates(gates: Iterable[Any], prices: Iterable[float] = (1.0, 2.0)) -> tuple[dict[str, Any], ...]:
    """Give gates, each with the price of what stays apart as a multiple of the gate squared; 1 is the default."""
    found: list[dict[str, Any]] = []
    for gate in gates:
        for price in prices:
            if price == 1.0:
                found.append({"gate": gate})
                continue
            half: Any = price * gate**2 / 2 if isinstance(gate, float) else None
            if half is None:
                half = Times("reach_squared", price * gate.factor**2 / 2)
            found.append({"gate": gate, "start_cost": half, "end_cost": half})
    return tuple(found)


def join_settings(one: Iterable[dict[str, Any]], other: Iterable[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
    """Join every set of settings with every other."""
    others = tuple(other)
    return tuple({**first, **second} for first in one for second in others)


def enter_rivals(
    gates: tuple[Any, ...] = WIDE, *, gaps: tuple[int, ...] = (0,), scales: tuple[ScaleName, ...] = ("quick", "paper"),
    moves: bool = False, known: bool = True,
) -> list[Contender]:  # fmt: skip
    """Enter assignment, path cover, Kalman filter, trackpy and laptrack, each tuned.

    Args:
        gates: the gates to choose from.
        gaps: the missed frames to choose from.
        scales: the scales at which those of other packages take part.
        moves: whether velocities are worth predicting: more motions of the filter, and trackpy's prediction.
        known: whether something is known of the motion that the filter may be told; where not, and the gates are many,
            laptrack, which takes a hundred times as long as the others, chooses from every second one.
    """
    bridged = lay_settings(gap=gaps)
    filters: tuple[dict[str, Any], ...] = lay_settings(
        motion=("walk", "drift", "velocity") if moves else ("walk", "drift"),
        step=tuple(Times("step", factor) for factor in ((0.7, 1.0, 1.5) if moves else (1.0, 1.5))),
        gate=(gates[-1],),
    )
    if not known:
        filters = lay_settings(motion=("walk", "drift", "velocity"), gate=gates)
    near = tuple(gate for gate in gates if gate != NO_GATE)
    ahead = lay_settings(predict=(False, True)) if moves else ({},)
    rival: Role = "rival"
    return [
        Contender(
            name="lap", label="assignment, tuned", role=rival, linker="lap",
            grid=join_settings(price_gates(gates), bridged),
        ),
        Contender(
            name="cover", label="path cover, tuned", role=rival, linker="cover",
            grid=join_settings(price_gates(gates), bridged),
        ),
        Contender(
            name="kalman", label="Kalman filter, tuned", role=rival, linker="kalman", told=known,
            grid=join_settings(filters, bridged),
        ),
        Contender(
            name="trackpy", label="trackpy, tuned", role=rival, linker="trackpy", needs="trackpy", scales=scales,
            grid=join_settings(join_settings(lay_settings(gate=near), bridged), ahead),
        ),
        Contender(
            name="laptrack", label="laptrack, tuned", role=rival, linker="laptrack", needs="laptrack", scales=scales,
            grid=join_settings(lay_settings(gate=gates if known else gates[::2]), bridged),
        ),
    ]  # fmt: skip


def enter_plain(gate: object = WIDE[1]) -> list[Contender]:
    """Enter what looks no farther than the nearest."""
    return [
        Contender(
            name="nearest", label="nearest neighbour", role="reference", linker="nearest", settings={"gate": gate}
        )
    ]


def enter_oracle() -> list[Contender]:
    """Enter the assignment that knows every particle's velocity."""
    return [
        Contender(
            name=VELOCITIES, label="assignment, every velocity known", role="reference", linker="lap",
            settings={"gate": Times("step", 4.5)},
        )
    ]  # fmt: skip
