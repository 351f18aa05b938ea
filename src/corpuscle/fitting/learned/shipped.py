"""The kinds of nets that fit, and where their weights ship."""

from pathlib import Path

from corpuscle.fitting.learned.shape import CorrectorShape, TrackFormerShape
from corpuscle.nets.shipped import Architecture

ROOM = Path(__file__).parent / "weights"

CORRECTOR = Architecture(net="corrector", layout=1, shape=CorrectorShape, room=ROOM)
TRACKFORMER = Architecture(net="trackformer", layout=1, shape=TrackFormerShape, room=ROOM)
