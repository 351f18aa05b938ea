"""Labelled images on disk: the store that streams, and the layouts it is made of."""
