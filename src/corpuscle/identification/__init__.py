"""From images to classes: the nets that tell them apart, by name."""
