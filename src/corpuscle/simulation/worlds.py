"""The worlds by name, and the settings that name the published experiment."""

from collections.abc import Mapping
from typing import Any

from corpuscle.data.registry import Registry

WORLDS = Registry(
    "world",
    {
        "brownian": "corpuscle.simulation.brownian:Brownian",
        "drift": "corpuscle.simulation.drift:Drift",
        "directed": "corpuscle.simulation.directed:Directed",
        "straight": "corpuscle.simulation.straight:Straight",
        "confined": "corpuscle.simulation.confined:Confined",
        "mixed": "corpuscle.simulation.mixed:Mixed",
        "switching": "corpuscle.simulation.switching:Switching",
    },
)

EVENT_WORLDS = Registry(
    "world",
    {"helix": "corpuscle.simulation.helical:Helix", "toytrack": "corpuscle.simulation.toytrack:ToyTracks"},
)
"""The worlds of collisions, whose particles fly through layers and leave hits."""

IMAGE_WORLDS = Registry(
    "world",
    {
        "showers": "corpuscle.simulation.showers:Showers",
        "jets": "corpuscle.simulation.jets:Jets",
        "templates": "corpuscle.simulation.templates:Templates",
        "pythia-jets": "corpuscle.simulation.pythia:PythiaJets",
    },
)
"""The worlds of labelled images."""

ALL_WORLDS = Registry("world", {**WORLDS.entries, **EVENT_WORLDS.entries, **IMAGE_WORLDS.entries})
"""All kinds of worlds, which share no name."""

PRESETS: Mapping[str, Mapping[str, Any]] = {
    "paper": {"particles": 2, "step": 1.5, "start": "normal", "start_spread": 10.0},
    "origin": {"particles": 2, "step": 1.5, "start": "origin"},
    "separated": {"particles": 2, "step": 1.5, "start": "separated", "spacing": 20.0},
    "drift": {"particles": 2, "step": 1.5, "start": "normal", "start_spread": 10.0, "drift": 0.5},
}
"""Settings of `WORLDS["brownian"]` for the two particles of Mishra and Roudot, EUSIPCO 2024.

The paper gives the motion (Eq 2) and the scale of its steps, not where particles start: `paper` is the choice this
package makes, `origin` and `separated` are the starts that some of its figures need, `drift` gives each particle a
static drift. `measurement_noise` (0 to 10 there) and `frames` (8 to 150) are left to the study.
"""
