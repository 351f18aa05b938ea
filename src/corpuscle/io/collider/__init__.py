"""Readers of collisions, as experiments and their simulations write them."""
