"""How particles moved, from their tracks: diffusion, displacements, series."""
