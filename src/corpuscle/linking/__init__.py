"""From detections to links: every linker, by name."""
