"""Fits in closed form, by least squares and step by step: none of them learns."""
