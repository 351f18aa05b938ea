"""Worlds times methods times a measure, declared."""
