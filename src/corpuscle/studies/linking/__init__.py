"""Studies of linkers, and what they say of a user's own scenes."""
