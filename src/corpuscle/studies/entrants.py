"""What may enter a study: every linker, its peers, and references that know what no linker is told."""

from corpuscle.data.registry import Registry
from corpuscle.linking.linkers import LINKERS

ENTRANTS = Registry(
    "linker",
    {
        **LINKERS.entries,
        "trackpy": "corpuscle.studies.peers:Trackpy",
        "laptrack": "corpuscle.studies.peers:Laptrack",
    },
)
