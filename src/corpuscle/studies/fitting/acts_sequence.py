"""ACTS's own steps, run one after another: a gun, Fatras, digitisation, a Kalman filter; and what is taken of them."""

import functools
import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

FIELD = 2.0

LAYERS = ((8, 2), (8, 4), (8, 6), (8, 8), (13, 2), (13, 4), (13, 6), (13, 8), (17, 2), (17, 4))
"""Volume and layer of each cylinder of the barrel, from the inside out."""

SMEARING: Mapping[tuple[int, ...], tuple[float, float]] = {
    (7, 8, 9): (0.0144, 0.0144),
    (12, 13, 14): (0.0231, 0.346),
    (16, 17, 18): (0.0346, 3.1),
}
"""Standard deviations along and across a module [mm] by volume: pixels, short and long strips, as ACTS's examples have
them."""

INFLATION = [1e4] * 6
"""By how much the covariance of what ACTS's filter begins with is too large, so that it knows nothing by that."""


def run_muons(muons: int, lowest: float, highest: float, seed: int) -> "Taken":
    """Simulate muons, one an event, and let ACTS's Kalman filter find their perigees.

    Fatras flies them, hits are smeared (`SMEARING`); the filter is given the true hits, and begins with a covariance
    that says nothing. No cut on the momentum is made, as ACTS's own writers make one at 1 GeV.

    Args:
        muons: how many.
        lowest: least transverse momentum [GeV].
        highest: largest transverse momentum [GeV].
        seed: where all chances come from.

    Raises: ImportError, when pyacts is not installed.
    """
    from acts import examples, logging

    geometry, surfaces, context = build_detector()
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "smearing.json"
        config.write_text(json.dumps(describe_smearing()), encoding="utf-8")
        sequence = examples.Sequencer(events=muons, numThreads=1, logLevel=logging.ERROR, trackFpes=False)
        add_steps(sequence, geometry, config, lowest=lowest, highest=highest, seed=seed)
        taken = add_taker(sequence, surfaces, context)
        sequence.run()
    return taken


@functools.lru_cache(maxsize=1)
def build_detector() -> tuple[Any, Mapping[Any, Any], Any]:
    """Build the detector once: its geometry, its surfaces by their identifier, and the context they are placed in."""
    import acts
    from acts import examples

    geometry = examples.GenericDetector(logLevel=acts.logging.ERROR).trackingGeometry()
    return geometry, geometry.geoIdSurfaceMap(), acts.GeometryContext.dangerouslyDefaultConstruct()


def describe_smearing() -> dict[str, Any]:
    """Describe the digitisation in ACTS's own words."""
    entries = [
        {
            "volume": volume,
            "value": {
                "smearing": [
                    {"index": place, "mean": 0.0, "stddev": width, "type": "Gauss"}
                    for place, width in enumerate(widths)
                ]
            },
        }
        for volumes, widths in SMEARING.items()
        for volume in volumes
    ]
    head = {"format-version": 0, "value-identifier": "digitization-configuration"}
    return {"acts-geometry-hierarchy-map": head, "entries": entries}


def add_steps(sequence: Any, geometry: Any, config: Path, *, lowest: float, highest: float, seed: int) -> None:  # noqa: ANN401 - ACTS's
    """Add the gun, the flight, the digitisation and the Kalman filter."""
    import acts
    from acts.examples import RandomNumbers, reconstruction, simulation

    quiet = {"logLevel": acts.logging.ERROR}
    bending = acts.ConstantBField(acts.Vector3(0, 0, FIELD * acts.UnitConstants.T))
    random = RandomNumbers(seed=seed)
    simulation.addParticleGun(
        sequence,
        momentumConfig=simulation.MomentumConfig(lowest, highest, transverse=True, logUniform=True),
        etaConfig=simulation.EtaConfig(-0.8, 0.8, uniform=True),
        phiConfig=simulation.PhiConfig(-np.pi, np.pi),
        particleConfig=simulation.ParticleConfig(1, acts.PdgParticle.eMuon, randomizeCharge=True),
        rnd=random,
        **quiet,
    )
    simulation.addFatras(sequence, geometry, bending, rnd=random, **quiet)
    simulation.addDigitization(sequence, geometry, bending, digiConfigFile=config, rnd=random, **quiet)
    reconstruction.addSeeding(
        sequence,
        geometry,
        bending,
        rnd=random,
        selectedParticles="particles_generated",
        seedingAlgorithm=reconstruction.SeedingAlgorithm.TruthSmeared,
        particleHypothesis=acts.ParticleHypothesis.muon,
        initialVarInflation=INFLATION,
        **quiet,
    )
    reconstruction.addKalmanTracks(sequence, geometry, bending, **quiet)


@dataclass(slots=True)
class Taken:
    """What was taken of each event, in the order of the events."""

    position: list[list[list[float]]] = field(default_factory=list)
    layer: list[list[int]] = field(default_factory=list)
    state: list[list[float]] = field(default_factory=list)
    kind: list[int] = field(default_factory=list)
    fit: list[tuple[Any, Any, float, int]] = field(default_factory=list)


def add_taker(sequence: Any, surfaces: Mapping[Any, Any], context: Any) -> Taken:  # noqa: ANN401 - ACTS's
    """Add a step that takes the measured hits, the true state at the first of them, and the fit of every event."""
    import acts
    from acts import examples

    taken = Taken()

    class Taker(examples.IAlgorithm):  # type: ignore[misc] # ACTS is not here when types are checked
        """Takes what an event has."""

        def __init__(self) -> None:
            examples.IAlgorithm.__init__(self, "Taker", acts.logging.ERROR)
            self.read = {
                name: examples.ReadDataHandle(self, kind, name)
                for name, kind in (
                    ("kf_tracks", examples.ConstTrackContainer),
                    ("measurements", examples.MeasurementContainer),
                    ("simhits", examples.SimHitContainer),
                    ("particles_simulated", examples.SimParticleContainer),
                )
            }
            for name, handle in self.read.items():
                handle.initialize(name)

        def execute(self, event: Any) -> Any:  # noqa: ANN401 - ACTS's
            """Take one event."""
            found = {name: handle(event.eventStore) for name, handle in self.read.items()}
            particle = next(iter(found["particles_simulated"]))
            position, layer = take_hits(found["measurements"], surfaces, context)
            taken.position.append(position)
            taken.layer.append(layer)
            taken.state.append(take_state(found["simhits"], particle))
            taken.kind.append(-13 * int(np.sign(particle.charge)))
            taken.fit.append(take_fit(found["kf_tracks"]))
            return examples.ProcessCode.SUCCESS

    sequence.addAlgorithm(Taker())
    return taken


def take_hits(measured: Any, surfaces: Mapping[Any, Any], context: Any) -> tuple[list[list[float]], list[int]]:  # noqa: ANN401 - ACTS's
    """Take where hits were measured, from module to detector, and the cylinder of each."""
    import acts

    ahead = acts.Vector3(1, 0, 0)
    number = {place: layer for layer, place in enumerate(LAYERS)}
    position, layer = [], []
    for one in measured:
        local, place = one.fullParameters, one.geometryId
        point = surfaces[place].localToGlobal(context, acts.Vector2(local[0], local[1]), ahead)
        position.append([point[axis] for axis in range(3)])
        layer.append(number.get((place.volume, place.layer), -1))
    return position, layer


def take_state(hits: Any, particle: Any) -> list[float]:  # noqa: ANN401 - ACTS's
    """Take position and momentum where the particle meets its first hit, its charge, and the momentum it began with."""
    first = min(hits, key=lambda hit: hit.time, default=None)
    state = [np.nan] * 6
    if first is not None:
        state = [vector[axis] for vector in (first.fourPosition, first.momentum4Before) for axis in range(3)]
    return [*state, particle.charge, particle.initialState.absoluteMomentum]


def take_fit(tracks: Any) -> tuple[Any, Any, float, int]:  # noqa: ANN401 - ACTS's
    """Take parameters, covariance, chi2 and degrees of freedom of an event's one track; NaN where there is none."""
    if len(tracks) != 1:
        return np.full(5, np.nan), np.full((5, 5), np.nan), np.nan, 0
    return (
        tracks.parameters[0, :5].copy(), tracks.covariance[0, :5, :5].copy(), float(tracks.chi2[0]), int(tracks.ndf[0]),
    )  # fmt: skip
