"""The identifiers by name."""

from corpuscle.data.registry import Registry
from corpuscle.identification.nets import IMAGE_NETS

IDENTIFIERS = Registry(
    "identifier",
    {
        "boosted-trees": "corpuscle.identification.classical.boosted_trees:BoostedTrees",
        "logistic": "corpuscle.identification.classical.logistic:Logistic",
        **dict.fromkeys(IMAGE_NETS.entries, "corpuscle.identification.learned.judge:NetJudge"),
    },
)
