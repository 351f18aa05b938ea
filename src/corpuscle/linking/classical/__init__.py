"""Linkers without hypotheses and without training."""
