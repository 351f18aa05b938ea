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
    },
)
