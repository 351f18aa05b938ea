"""Studies of fitters: momenta, the bound, losses, loading."""
