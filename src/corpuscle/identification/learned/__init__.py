"""Nets that name images, trained: what one is made of, and how it judges."""
