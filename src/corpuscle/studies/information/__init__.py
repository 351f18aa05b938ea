"""What hits, pairs of hits and neurons say of particles: the tables of an information study."""
