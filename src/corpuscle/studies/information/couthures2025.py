"""Couthures 2025, single neurons: what their information is about, with a null that means something."""

from corpuscle.studies.information.entries import list_entries
from corpuscle.studies.information.folder import open_folder
from corpuscle.studies.information.judged import judge_information
from corpuscle.studies.information.measure import measure_entry
from corpuscle.studies.information.world import Barrel
from corpuscle.studies.study import Grid, Study

SOURCE = "Couthures 2025"

INFORMATION = Study(
    name="couthures2025-information",
    source=SOURCE,
    title="Information of hits, pairs and neurons: estimators, matching nulls, learning curves",
    claim="Should be close to 0: Any particle can hit any cell Indicates not enough data",
    worlds={
        "quick": Grid(worlds=(Barrel(events=8, tracks=100),)),
        "paper": Grid(worlds=(Barrel(events=32, tracks=400, repeats=3),)),
    },
    methods=list_entries(),
    measure=measure_entry,
    holds=judge_information,
    axis=("table", "table"),
    panels=(("excess", "information over its null [bit]"),),
    columns={"world": "world", "world_events": "events", "world_tracks": "tracks an event"},
    facets=(),
    figure="information",
    gather=open_folder,
    assumed=(
        (
            "The charts themselves are lost; what they drew was read in the author's public code: one dot a neuron, "
            "its information about one variable over that of the variable about itself."
        ),
        (
            "The net is a small one of the same kind (3 layers of 32, r/1000, φ/π, z/1000, hinge loss on pairs), "
            "trained on the helix world; one neuron stands for all in T4 and T5: the first of the second layer, chosen "
            "beforehand."
        ),
        "Hits without noise of the helix world, 0.5 to 50 GeV, |η| < 1, 2 T, 0.02 radiation lengths a layer.",
        (
            "Intervals draw events with return and keep the neighbours of every hit: rows that stood twice would be "
            "their own nearest neighbours. p is that of Student's t over the permutations, one-sided."
        ),
        "The claim is decided on the helix world; a folder of TrackML events (--data DIR) has rows of its own beside.",
        "A tile of 20 mm x 70 mm stands for a module; there are no cells, charges or clusters in the helix world.",
    ),
)
"""T1 to T8 (`information.entries.TABLES`)."""
