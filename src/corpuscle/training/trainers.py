"""The trainers by the name of the method that they train."""

from corpuscle.data.registry import Registry

CLASSICAL_TRAINERS = Registry(
    "method to train",
    {
        "boosted-trees": "corpuscle.training.boosted_trees:BoostedTreesTrainer",
        "logistic": "corpuscle.training.logistic:LogisticTrainer",
    },
)
"""Those that need neither torch nor epochs."""

TRAINERS = Registry(
    "method to train",
    {
        "transformer": "corpuscle.training.transformer:TransformerTrainer",
        "hybrid-transformer": "corpuscle.training.hybrid_transformer:HybridTransformerTrainer",
        "attention-bayesian": "corpuscle.training.attention_bayesian:AttentionBayesianTrainer",
        "corrector": "corpuscle.training.corrector:CorrectorTrainer",
        "trackformer": "corpuscle.training.trackformer:TrackFormerTrainer",
        "pair-embedding": "corpuscle.training.pair_embedding:PairEmbeddingTrainer",
        **CLASSICAL_TRAINERS.entries,
        "vit": "corpuscle.training.image_net:ImageNetTrainer",
        "simple-vit": "corpuscle.training.image_net:ImageNetTrainer",
        "deep-vit": "corpuscle.training.image_net:ImageNetTrainer",
        "scalable-vit": "corpuscle.training.image_net:ImageNetTrainer",
        "cct": "corpuscle.training.image_net:ImageNetTrainer",
        "cms-vit": "corpuscle.training.image_net:ImageNetTrainer",
        "cifar-vit": "corpuscle.training.image_net:ImageNetTrainer",
        "keras-vit-2021": "corpuscle.training.image_net:ImageNetTrainer",
        "cnn": "corpuscle.training.image_net:ImageNetTrainer",
        "jet-cnn": "corpuscle.training.image_net:ImageNetTrainer",
    },
)
