"""From images to classes: the methods that tell them apart, by name."""
