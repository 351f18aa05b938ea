"""Which hits of a collision follow one another on a track: linkers of hits, which have no time."""

from corpuscle.data.registry import Registry

HIT_LINKERS = Registry(
    "linker of hits",
    {
        "window": "corpuscle.linking.hits.window:WindowPairs",
        "pair-embedding": "corpuscle.linking.learned.pair_embedding:PairEmbedding",
    },
)
"""The linkers of hits, by name."""
