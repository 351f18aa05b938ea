"""Every perturbation of images, by name."""

from corpuscle.data.registry import Named
from corpuscle.simulation.perturbed import Perturbation

PERTURBATIONS: Named[type[Perturbation]] = Named(
    "perturbation",
    {
        "noise": "corpuscle.simulation.noise:Noise",
        "dead": "corpuscle.simulation.cells:DeadCells",
        "miscalibration": "corpuscle.simulation.cells:Miscalibration",
        "mask": "corpuscle.simulation.mask:Mask",
        "pile-up": "corpuscle.simulation.pile_up:PileUp",
        "deposits": "corpuscle.simulation.pile_up:Deposits",
    },
)
