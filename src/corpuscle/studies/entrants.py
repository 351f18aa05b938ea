"""What may enter a study: every linker, its peers and references; every fitter; every identifier."""

from corpuscle.data.registry import Registry
from corpuscle.fitting.fitters import FITTERS
from corpuscle.identification.identifiers import IDENTIFIERS
from corpuscle.linking.hits import HIT_LINKERS
from corpuscle.linking.linkers import LINKERS

ENTRANTS = Registry(
    "linker",
    {
        **LINKERS.entries,
        **HIT_LINKERS.entries,
        "trackpy": "corpuscle.studies.linking.peers:Trackpy",
        "laptrack": "corpuscle.studies.linking.peers:Laptrack",
    },
)
"""The linkers that may enter, those of hits among them."""

FITTING = Registry(
    "fitter",
    {
        **FITTERS.entries,
        "constant": "corpuscle.studies.fitting.constants:Constant",
        "kasa": "corpuscle.studies.fitting.innermost:Kasa",
        "innermost": "corpuscle.studies.fitting.innermost:Innermost",
    },
)
"""The fitters that may enter, and references."""

NAMING = IDENTIFIERS
"""The identifiers that may enter."""
