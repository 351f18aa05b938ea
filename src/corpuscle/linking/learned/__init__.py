"""Linkers that were trained, and their control that was not."""
