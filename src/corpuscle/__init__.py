"""Follow and name particles: link detections into tracks, with honest scores."""

from importlib import metadata

__version__ = metadata.version("corpuscle")
