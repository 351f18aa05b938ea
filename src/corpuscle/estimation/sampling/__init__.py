"""A Markov chain over sets of tracks."""
