"""What may enter a study: every linker, and methods that are no linkers of this package."""

from corpuscle.data.registry import Registry
from corpuscle.linking.linkers import LINKERS

ENTRANTS = Registry("linker", {**LINKERS.entries})
