"""Worlds: scenes with their truth, drawn from a generator."""
