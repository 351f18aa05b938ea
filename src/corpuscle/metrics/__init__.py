"""How good a result is: links, tracks and identities against the truth."""
