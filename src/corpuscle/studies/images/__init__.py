"""Studies of images: which method names what they show, how surely, and at what cost."""
