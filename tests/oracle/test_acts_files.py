"""What ACTS itself simulates and writes is read as what it was told to simulate."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from corpuscle.io.collider.acts import Acts
from corpuscle.io.recorded import choose_tracks

pytestmark = pytest.mark.slow

PIPE = 0.03
"""As far as scattering in the beam pipe moves the perigee of most muons away from their vertex [mm]."""

SCRIPT = """
import sys
from pathlib import Path
import acts
import acts.examples
from acts.examples.simulation import (
    EtaConfig, MomentumConfig, ParticleConfig, addDigitization, addFatras, addParticleGun
)

folder, mm, GeV = Path(sys.argv[1]), acts.UnitConstants.mm, acts.UnitConstants.GeV
detector = acts.examples.GenericDetector()
geometry = detector.trackingGeometry()
field = acts.ConstantBField(acts.Vector3(0, 0, 2 * acts.UnitConstants.T))
random = acts.examples.RandomNumbers(seed=42)
steps = acts.examples.Sequencer(events=10, numThreads=1, logLevel=acts.logging.ERROR)
vertex = acts.examples.GaussianVertexGenerator(
    mean=acts.Vector4(0, 0, 0, 0), stddev=acts.Vector4(0.01 * mm, 0.01 * mm, 50 * mm, 0)
)
addParticleGun(
    steps, MomentumConfig(0.5 * GeV, 20 * GeV, transverse=True), EtaConfig(-1.0, 1.0, uniform=True),
    ParticleConfig(40, acts.PdgParticle.eMuon, randomizeCharge=True), vtxGen=vertex, rnd=random, outputDirCsv=folder,
)
addFatras(steps, geometry, field, rnd=random, outputDirCsv=folder)
addDigitization(steps, geometry, field, digiConfigFile=folder / "digitisation.json", rnd=random, outputDirCsv=folder)
steps.run()
"""


def smear(folder: Path) -> None:
    """Write the resolutions of ACTS's own example."""
    groups = {(7, 8, 9): (0.0144, 0.0144), (12, 13, 14): (0.0231, 0.346), (16, 17, 18): (0.0346, 3.1)}
    entries = [
        {"volume": volume, "value": {"smearing": [
            {"index": k, "mean": 0.0, "stddev": width, "type": "Gauss"} for k, width in enumerate(widths)
        ]}}
        for volumes, widths in groups.items() for volume in volumes
    ]  # fmt: skip
    head = {"format-version": 0, "value-identifier": "digitization-configuration"}
    text = json.dumps({"acts-geometry-hierarchy-map": head, "entries": entries})
    (folder / "digitisation.json").write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("acts")
    made = tmp_path_factory.mktemp("acts")
    smear(made)
    # in a process of its own: it writes to the terminal and changes the state of its libraries
    subprocess.run([sys.executable, "-c", SCRIPT, str(made)], check=True, capture_output=True, cwd=made)
    return made


def test_muons_point_back_to_their_vertex_and_lie_on_their_cylinders(folder: Path) -> None:
    reader = Acts()
    barrel = reader.lay(folder)
    away, off, lost = [], [], []
    both = zip(reader.stream(folder, barrel), Acts(positions="true").stream(folder, barrel), strict=True)
    for event, (measured, true) in enumerate(both):
        tracks, row, _ = choose_tracks(measured, least=3)
        exact, _, _ = choose_tracks(true, least=3)
        np.testing.assert_array_equal(tracks.track, exact.track)
        assert len(tracks.position) == len(exact.position)
        particles = measured.collisions.particles
        vertex = np.genfromtxt(folder / f"event{event:09d}-particles.csv", delimiter=",", names=True)
        muons = np.abs(particles.kind[row]) == 13
        d0, z0, phi = particles.parameters.value[row][muons, :3].T
        # all are of one vertex: a muon's d0 is how far its line passes from the axis there
        away.append(d0 - (vertex["vy"][0] * np.cos(phi) - vertex["vx"][0] * np.sin(phi)))
        away.append(z0 - vertex["vz"][0])
        lost.append(particles.lost[row][muons])
        across = np.linalg.norm(tracks.position[:, :2] - exact.position[:, :2], axis=1)
        off.append((across / barrel.apparatus.resolution[tracks.layer])[tracks.layer >= 0])
    assert sum(map(len, lost)) == 400
    assert np.quantile(np.abs(np.concatenate(away)), 0.9) < PIPE
    assert np.sqrt((np.concatenate(off) ** 2).mean()) == pytest.approx(1.0, abs=0.05)
    assert 0 < np.median(np.concatenate(lost)) < 1e-3
