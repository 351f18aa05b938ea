"""The trainers by the name of the method that they train."""

from corpuscle.data.registry import Registry

TRAINERS = Registry(
    "method to train",
    {
        "transformer": "corpuscle.training.transformer:TransformerTrainer",
        "hybrid-transformer": "corpuscle.training.hybrid_transformer:HybridTransformerTrainer",
        "attention-bayesian": "corpuscle.training.attention_bayesian:AttentionBayesianTrainer",
        "corrector": "corpuscle.training.corrector:CorrectorTrainer",
        "trackformer": "corpuscle.training.trackformer:TrackFormerTrainer",
        "pair-embedding": "corpuscle.training.pair_embedding:PairEmbeddingTrainer",
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
