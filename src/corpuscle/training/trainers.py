"""The trainers by the name of the method that they train."""

from corpuscle.data.registry import Registry

TRAINERS = Registry("method to train", {"transformer": "corpuscle.training.transformer:TransformerTrainer"})
