"""What a linker says that it costs is what its formula says."""

import pytest

from corpuscle.linking.linkers import LINKERS
from corpuscle.linking.probabilistic.operations import count_merged, count_shared


@pytest.mark.parametrize("window", [1, 4, 8])
def test_multiply_adds_are_half_the_operations(window: int) -> None:
    mht = LINKERS["mht"](window=window)
    assert mht.count_multiply_adds(frames=150, particles=2) == 150 * count_shared(2, window) // 2
    merged = LINKERS["merged"](window=window)
    assert merged.count_multiply_adds(frames=150, particles=2) == 150 * count_merged(window) // 2


def test_what_has_no_formula_is_not_counted() -> None:
    assert LINKERS["mht"](window=8).count_multiply_adds(frames=150, particles=50) is None
    assert LINKERS["merged"]().count_multiply_adds(frames=150, particles=3) is None
