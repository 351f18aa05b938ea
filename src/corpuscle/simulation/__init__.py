"""Worlds: scenes and events with their truth, drawn from a generator."""
