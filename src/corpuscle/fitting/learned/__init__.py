"""Fits by nets, and what nets are told of tracks."""
