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
    },
)
