"""Studies of the vision transformer's patches and layers: what they cost, and what they are good for."""
