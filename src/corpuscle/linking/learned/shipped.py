"""The kinds of nets that link, and where their weights ship."""

from pathlib import Path

from corpuscle.linking.learned.shape import AssociatorShape, CorrectorShape, EmbeddingShape, Shape
from corpuscle.nets.shipped import Architecture

ROOM = Path(__file__).parent / "weights"

TRANSFORMER = Architecture(net="transformer", layout=1, shape=Shape, room=ROOM)
CORRECTOR = Architecture(net="hybrid-transformer", layout=1, shape=CorrectorShape, room=ROOM)
ASSOCIATOR = Architecture(net="attention-bayesian", layout=1, shape=AssociatorShape, room=ROOM)
EMBEDDING = Architecture(net="pair-embedding", layout=1, shape=EmbeddingShape, room=ROOM)
