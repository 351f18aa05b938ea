"""Tracks in a field: circles, crossings, scattering, and the bound."""
