"""Linkers that consider only pairs within a gate, and pay for every end and start that they leave apart."""

import dataclasses
from dataclasses import dataclass

from corpuscle.data.detections import Detections
from corpuscle.data.settings import setting
from corpuscle.data.units import AREA, FRAMES, LENGTH
from corpuscle.estimation.gate import choose_gate
from corpuscle.linking.base import Linker


@dataclass(frozen=True, slots=True, kw_only=True)
class GatedLinker(Linker):
    """A linker with a gate that grows over missed frames."""

    gate: float | None = setting(
        None,
        "distance beyond which a pair is not considered; default 3 median nearest steps",
        unit=LENGTH,
        least=0.0,
        most=1e100,
    )
    gap: int = setting(0, "missed frames bridged", unit=FRAMES, least=0, most=10**9)
    gate_growth: float = setting(0.5, "the gate grows with the elapsed frames to this power", least=0.0, most=2.0)

    def settle(self, detections: Detections) -> "GatedLinker":
        """Give the same linker with its gate filled in."""
        return dataclasses.replace(self, gate=self.settle_gate(detections))

    def settle_gate(self, detections: Detections) -> float:
        """Give the gate that was asked for, or the one that the detections suggest [length]."""
        return choose_gate(detections) if self.gate is None else float(self.gate)


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedLinker(GatedLinker):
    """A gated linker that minimises a total cost."""

    start_cost: float | None = setting(
        None, "cost of a track's start; default half the gate squared", unit=AREA, least=0.0
    )
    end_cost: float | None = setting(None, "cost of a track's end; default half the gate squared", unit=AREA, least=0.0)

    def price(self, gate: float) -> float:
        """Give the cost of leaving one end and one start apart [length squared]."""
        half = gate**2 / 2
        start = half if self.start_cost is None else float(self.start_cost)
        end = half if self.end_cost is None else float(self.end_cost)
        return start + end
