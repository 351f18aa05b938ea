"""The linkers by name."""

from corpuscle.data.registry import Registry

LINKERS = Registry(
    "linker",
    {
        "nearest": "corpuscle.linking.classical.nearest:NearestNeighbour",
        "lap": "corpuscle.linking.classical.lap:FrameAssignment",
        "cover": "corpuscle.linking.classical.cover:PathCover",
        "kalman": "corpuscle.linking.classical.kalman:KalmanLinker",
        "mht": "corpuscle.linking.probabilistic.mht:MultipleHypotheses",
        "merged": "corpuscle.linking.probabilistic.merged:MergedHypotheses",
        "exact": "corpuscle.linking.probabilistic.exact:ExactPosterior",
        "marginal": "corpuscle.linking.probabilistic.marginal:PosteriorLinks",
        "auto": "corpuscle.linking.probabilistic.auto:Automatic",
        "sampler": "corpuscle.linking.probabilistic.sampler:LinkSampler",
        "constant": "corpuscle.linking.controls:ConstantPoints",
        "transformer": "corpuscle.linking.learned.transformer:Transformer",
        "hybrid-transformer": "corpuscle.linking.learned.hybrid:HybridTransformer",
        "attention-bayesian": "corpuscle.linking.learned.attention_bayesian:AttentionBayesian",
        "untrained": "corpuscle.linking.learned.transformer:Untrained",
    },
)
