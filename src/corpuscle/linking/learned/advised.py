"""Links by posterior probabilities that a net has a say in: whose weights, and where it runs."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from corpuscle.data.detections import Detections
from corpuscle.data.links import Links
from corpuscle.data.settings import setting
from corpuscle.linking.base import Promises
from corpuscle.linking.probabilistic.marginal import PosteriorLinks
from corpuscle.nets.placed import check_device

DEFAULT = "mixed"
"""The weights that are used where nobody names others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvisedLinks(PosteriorLinks):
    """What linkers share that weigh links as `marginal` does, with a net beside: the net runs as asked or not at all.

    The net may have nothing to say of a scene; a device that is not there is refused all the same.
    """

    promises: ClassVar[Promises] = Promises(probabilities=True)

    weights: str = setting(DEFAULT, "the name of shipped weights (mixed), a file, or the folder of a run")
    accelerator: Literal["cpu", "gpu"] = setting("cpu", "where the net runs")

    def learn(self, detections: Detections) -> tuple[PosteriorLinks, tuple[str, ...]]:
        """Learn what was not given, where the net can run as asked."""
        check_device(self.accelerator)
        return PosteriorLinks.learn(self, detections)

    def link(self, detections: Detections) -> Links:
        """Link detections, where the net can run as asked."""
        check_device(self.accelerator)
        return PosteriorLinks.link(self, detections)
