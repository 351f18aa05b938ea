"""The identifiers by name."""

from corpuscle.data.registry import Registry

IDENTIFIERS = Registry(
    "identifier",
    {
        "boosted-trees": "corpuscle.identification.classical.boosted_trees:BoostedTrees",
        "logistic": "corpuscle.identification.classical.logistic:Logistic",
    },
)
