"""Learned mathematics that tasks share; the only floor, with those above it, that imports torch."""
