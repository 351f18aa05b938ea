"""The pieces of learning a population: what is free, where it starts, how it climbs, how sure it is."""
