"""From the hits of tracks to their parameters: every fitter, by name."""
