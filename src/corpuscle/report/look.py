"""How the methods of a study look: colour, line and marker by what each is there for."""

from collections.abc import Mapping
from typing import Any

from corpuscle.report.style import BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILION
from corpuscle.studies.study import Role

COLOURS: Mapping[Role, tuple[str, ...]] = {
    "claimed": (ORANGE, VERMILION, PURPLE, "#999933"),
    "rival": (BLUE, SKY, "#332288", "#44AA99", "#882255"),
    "control": (GREY, "#4D4D4D"),
    "reference": (GREEN, "#7A6A00", "#004D40", "#882255", "#332288"),
    "ceiling": (BLACK,),
}
"""Colours by what a method is there for; lines and markers tell them apart as well."""

LINES: Mapping[Role, str] = {"claimed": "-", "rival": "-", "control": ":", "reference": "-.", "ceiling": "--"}
MARKERS = ("o", "s", "^", "D", "v", "P")
CROSSES = ("X", "P")
"""Markers of controls."""


def choose_look(role: Role, place: int, label: str) -> dict[str, Any]:
    """Choose colour, line and marker of the n-th series of a role."""
    colours, markers = COLOURS[role], CROSSES if role == "control" else MARKERS
    return {
        "color": colours[place % len(colours)], "linestyle": LINES[role], "marker": markers[place % len(markers)],
        "markersize": 4.5, "capsize": 2, "linewidth": 1.4, "elinewidth": 1.0, "label": label,
    }  # fmt: skip
