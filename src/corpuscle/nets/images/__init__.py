"""Nets that read images: one vision transformer with many settings, and plain convolutions."""
